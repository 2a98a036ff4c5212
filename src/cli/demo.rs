//! `overread demo`: phantoms and a project of them; without a window also the whole loop on them.

mod findings;

use super::Next;
use super::explain::write_overlay;
use super::output::Output;
use super::progress::Bar;
use super::report::Figures;
use super::train;
use crate::domain::prediction::top_class;
use crate::domain::{HeatMap, ImageRecord, ModelId, Split};
use crate::explain;
use crate::imaging::{self, DecodedImage};
use crate::inference::{Classifier, Model};
use crate::nn::Compute;
use crate::session::{Core, DemoKind, Order, Places, create_demo, demo_recipe};
use crate::store::Truth;
use crate::training::recipe;
use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Images of a demo of classes, and of one of boxes, which take longer to learn.
const IMAGES: usize = 600;
const IMAGES_WITH_BOXES: usize = 240;
/// Of several findings each needs its own images.
const IMAGES_WITH_FINDINGS: usize = 1000;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// What the phantoms show.
    #[arg(long, value_enum, default_value_t = Kind::Fracture)]
    kind: Kind,
    /// How many images to make; 600, 1000 for findings and 240 for boxes, if not given.
    #[arg(long)]
    images: Option<usize>,
    /// The seed of the phantoms; the same gives the same images.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A new or empty folder for images and project; else one in the user's data folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Train, evaluate and explain without a window, and print the result.
    #[arg(long)]
    headless: bool,
    /// Print events and the result as one JSON object a line.
    #[arg(long, requires = "headless")]
    json: bool,
    /// Changes one setting of the recipe, as in `epochs=3`.
    #[arg(long, value_name = "KEY=VALUE", requires = "headless")]
    set: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Fracture,
    Knee,
    Ankle,
    /// Chest films with several findings each, or none.
    Findings,
    Boxes,
}

/// What the headless demo adds to a model's figures.
#[derive(Debug, Default, Serialize)]
struct Extra {
    project: PathBuf,
    model_id: Option<ModelId>,
    /// Labels of the project that are wrong on purpose.
    wrong_on_purpose: usize,
    /// Share of test images whose class is found, by the truth instead of by their label; absent for boxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    truth_accuracy: Option<f64>,
    /// Test images with a finding whose true class the model says; the two shares below are means over these.
    heat_images: usize,
    /// Share of the heat map's mass that lies in the finding's box.
    heat_inside: Option<f64>,
    /// The same share for a map that is the same everywhere.
    heat_chance: Option<f64>,
    /// The picture of one of them.
    grad_cam: Option<PathBuf>,
    /// Where the demo is of several findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "maps")]
    findings: Option<findings::Looked>,
    seconds: f64,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Next> {
    let start = std::time::Instant::now();
    let kind = match args.kind {
        Kind::Fracture => DemoKind::Fracture,
        Kind::Knee => DemoKind::Knee,
        Kind::Ankle => DemoKind::Ankle,
        Kind::Findings => DemoKind::Findings,
        Kind::Boxes => DemoKind::Boxes,
    };
    let usual = match kind {
        DemoKind::Fracture | DemoKind::Knee | DemoKind::Ankle => IMAGES,
        DemoKind::Findings => IMAGES_WITH_FINDINGS,
        DemoKind::Boxes => IMAGES_WITH_BOXES,
    };
    let images = args.images.unwrap_or(usual);
    let dir = args.dir.clone().unwrap_or_else(|| Places::of_user().new_demo(kind.name()));
    let bar = Bar::new("making phantoms", 0);
    let project = create_demo(kind, images, args.seed, &dir, &|done, total| {
        bar.at(done, total);
        true
    })?;
    drop(bar);
    let out = Output::new(args.json);
    out.text(format!("made {images} images and {}", project.display()))?;
    if !args.headless {
        return Ok(Next::Window(Some(project)));
    }

    let compute = Compute::parse("auto")?;
    let mut core = Core::open(&project)?;
    let mut recipe = recipe::find(demo_recipe(kind))?;
    for change in &args.set {
        recipe::set(&mut recipe, change)?;
    }
    let work = core.train(recipe, None, &compute)?;
    let model = train::perform(&mut core, work, &compute, out)?;
    let promoted = core.promote(model)?;
    core.perform(promoted, &compute, &mut |_| Order::Go)?;
    let evaluation = core.evaluation(model, Split::Test)?;
    let record = core.models().iter().find(|m| m.id == model).context("the model is not in the registry")?;
    let mut extra = match Model::open(&record.file, &compute)? {
        Model::Classifier(classifier) if kind == DemoKind::Findings => findings::look(&core, &classifier, &dir)?,
        Model::Classifier(classifier) => look(&core, &classifier, &dir)?,
        Model::Detector(_) => Extra::default(),
    };
    (extra.project, extra.model_id) = (core.view().path.clone(), Some(model));
    extra.seconds = start.elapsed().as_secs_f64();
    let name = &record.card.name;
    Figures { model: name, split: Split::Test.name(), report: &evaluation.report, extra: &extra }.print(out)?;
    if let (Some(inside), Some(chance), Some(picture)) = (extra.heat_inside, extra.heat_chance, &extra.grad_cam) {
        out.text(format!(
            "{:.0} % of the heat lies in the finding's box, {:.1} % would by chance ({} images)",
            100.0 * inside,
            100.0 * chance,
            extra.heat_images
        ))?;
        out.text(format!("Grad-CAM of one of them: {}", picture.display()))?;
    }
    if let Some(findings) = &extra.findings {
        findings::print(findings, out)?;
    }
    Ok(Next::Done)
}

/// Compares the model with the truth on the test images, and its heat maps with the findings.
fn look(core: &Core, classifier: &Classifier, dir: &Path) -> Result<Extra> {
    let truths = core.store().truths()?;
    let labels = core.images().iter().zip(core.annotations());
    let wrong_on_purpose = labels
        .filter(|(image, a)| truths.get(&image.id).is_some_and(|t| a.label.is_some_and(|label| label != t.class)))
        .count();
    let test: Vec<(&ImageRecord, Truth)> = core
        .images()
        .iter()
        .filter(|i| i.split == Split::Test)
        .filter_map(|i| Some((i, *truths.get(&i.id)?)))
        .collect();
    let (mut right, mut inside, mut chance) = (0usize, Vec::new(), Vec::new());
    // The picture shown is the clearest case: the one most of whose heat lies in the box.
    let mut clearest: Option<(f64, DecodedImage, HeatMap)> = None;
    for (record, truth) in &test {
        let image = imaging::read(&record.file())?;
        let said = classifier.predict(std::slice::from_ref(&image))?;
        let said = said.first().ok_or_else(|| anyhow!("the model said nothing of {}", record.name))?;
        if top_class(&said.probabilities) != Some(truth.class) {
            continue;
        }
        right += 1;
        let Some(finding) = truth.finding else { continue };
        let map = explain::grad_cam(classifier, &image, truth.class)?;
        let share = map.share_inside(&finding, image.width, image.height);
        let everywhere = HeatMap { values: vec![1.0; map.values.len()], ..map.clone() };
        chance.push(everywhere.share_inside(&finding, image.width, image.height));
        inside.push(share);
        if clearest.as_ref().is_none_or(|(best, ..)| share > *best) {
            clearest = Some((share, image, map));
        }
    }
    let grad_cam = match &clearest {
        Some((_, image, map)) => {
            let path = dir.join("grad-cam.png");
            write_overlay(&path, image, map)?;
            Some(std::path::absolute(&path).unwrap_or(path))
        }
        None => None,
    };
    Ok(Extra {
        wrong_on_purpose,
        truth_accuracy: (!test.is_empty()).then(|| right as f64 / test.len() as f64),
        heat_images: inside.len(),
        heat_inside: mean(&inside),
        heat_chance: mean(&chance),
        grad_cam,
        ..Extra::default()
    })
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
