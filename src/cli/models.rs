//! `overread models`: the registry of a project.

use super::bench::architecture;
use super::output::Output;
use super::project::{self, ProjectArg};
use crate::domain::recipe::Resize;
use crate::domain::{Architecture, ClassList, ClassificationReport, ModelCard, ModelId, ModelRecord, Preprocessing};
use crate::inference::{self, Model};
use crate::models::faster_rcnn::FasterRcnn;
use crate::nn::{Compute, Params, weights};
use crate::session::{Core, Order, TestChanges, changed_since};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Sides of the inputs that torchvision's weights were made for: of classifiers, and about that of detectors.
const SIDE: usize = 224;
const SIDE_FOR_BOXES: usize = 1024;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Every model with its figures, the oldest first.
    List {
        #[command(flatten)]
        project: ProjectArg,
        /// Print one JSON object a model.
        #[arg(long)]
        json: bool,
    },
    /// Everything about one model, its recipe included, as JSON.
    Show {
        /// The model's number or name.
        model: String,
        #[command(flatten)]
        project: ProjectArg,
    },
    /// Copy a model's weight file out.
    Export {
        /// The model's number or name.
        model: String,
        #[command(flatten)]
        project: ProjectArg,
        /// The .safetensors file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Write what a model is, what it learned from and how it does, as Markdown.
    Card {
        /// The model's number or name.
        model: String,
        #[command(flatten)]
        project: ProjectArg,
        /// The .md file to write; else standard output.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Make a model the active one and predict every image with it.
    Promote {
        /// The model's number or name.
        model: String,
        #[command(flatten)]
        project: ProjectArg,
    },
    /// Register a weight file: one that Overread wrote, or one with torchvision's tensor names.
    Import(ImportArgs),
}

#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// A .safetensors or .pth file.
    file: PathBuf,
    #[command(flatten)]
    project: ProjectArg,
    /// The network, where the file does not say: resnet18, efficientnet-b0, fasterrcnn-resnet50-fpn-v2, ...
    #[arg(long)]
    arch: Option<String>,
    /// The classes in the order of the last layer, where the file does not say; else the project's.
    #[arg(long, value_delimiter = ',', value_name = "A,B,..")]
    classes: Vec<String>,
    /// Side of the input in pixels, where the file does not say: 224, and 1024 for a network that draws boxes, if not
    /// given.
    #[arg(long)]
    size: Option<usize>,
    /// What to call it; else the file's name.
    #[arg(long)]
    name: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    match &args.what {
        What::List { project, json } => list(project, Output::new(*json)),
        What::Show { model, project } => {
            let record = project::model(&project.read()?, model)?;
            super::output::line(&serde_json::to_string_pretty(&record)?)
        }
        What::Export { model, project, out } => {
            let store = project.read()?;
            let id = project::model(&store, model)?.id;
            drop(store);
            Core::open_to_look(&project.project)?.export_model(id, out)?;
            super::output::line(&format!("{model} written to {}", out.display()))
        }
        What::Card { model, project, out } => {
            let core = Core::open_to_look(&project.project)?;
            let id = core.find_model(model)?.id;
            match out {
                None => super::output::line(core.model_card(id)?.trim_end()),
                Some(out) => {
                    core.write_model_card(id, out)?;
                    super::output::line(&format!("the card of {model} was written to {}", out.display()))
                }
            }
        }
        What::Promote { model, project } => promote(&project.project, model),
        What::Import(args) => import(args),
    }
}

fn list(project: &ProjectArg, out: Output) -> Result<()> {
    let store = project.read()?;
    let models = store.models()?;
    let since = changed_since(&store)?;
    for model in &models {
        let problem = store.model_file_problem(model)?;
        let since = since.get(&model.id).copied().unwrap_or_default();
        out.json(&row(model, problem.as_deref(), since))?;
        let mut test = model.test.as_ref().map_or_else(String::new, figure);
        if let Some(since) = since.in_words() {
            test.push_str(&format!(" ({since})"));
        }
        let state = if model.active { "active" } else { status(model) };
        let problem = problem.map_or(String::new(), |why| format!("; {why}"));
        out.text(format!(
            "{:>3}  {} ({}), {state}{test}{problem}",
            model.id,
            model.card.name,
            model.card.architecture.name()
        ))?;
    }
    if models.is_empty() {
        out.text("no model yet: `overread train` makes one")?;
    }
    Ok(())
}

/// The figure that a line of the list has room for.
fn figure(test: &ClassificationReport) -> String {
    match test.detection.as_ref().and_then(|boxes| boxes.map50) {
        Some(map50) => format!(", test mAP@0.5 {map50:.3} of {} images", test.images),
        None => format!(", test accuracy {:.1} % of {} images", 100.0 * test.accuracy, test.images),
    }
}

fn row(model: &ModelRecord, problem: Option<&str>, since: TestChanges) -> Value {
    json!({
        "id": model.id,
        "name": model.card.name,
        "arch": model.card.architecture.name(),
        "status": model.status,
        "active": model.active,
        "parent": model.parent,
        "run": model.run,
        "file": model.file,
        "data_digest": model.card.data_digest,
        "created_ms": model.card.created_ms,
        "test": model.test,
        "test_since": since,
        "problem": problem,
    })
}

fn status(model: &ModelRecord) -> &'static str {
    use crate::domain::ModelStatus::{Candidate, Discarded, Promoted};
    match model.status {
        Candidate => "candidate",
        Promoted => "promoted before",
        Discarded => "discarded",
    }
}

fn promote(project: &Path, model: &str) -> Result<()> {
    let mut core = Core::open(project)?;
    let id = project::model(core.store(), model)?.id;
    let work = core.promote(id)?;
    let bar = super::progress::Bar::new("predicting", 0);
    core.perform(work, &Compute::parse("auto")?, &mut |report| {
        if let crate::session::Report::Progress { done, total, .. } = report {
            bar.at(*done, *total);
        }
        Order::Go
    })?;
    drop(bar);
    super::output::line(&format!("{model} is the active model"))
}

fn import(args: &ImportArgs) -> Result<()> {
    let mut core = Core::open(&args.project.project)?;
    let compute = Compute::cpu();
    let (_, metadata) = weights::read(&args.file, compute.device())?;
    let id = if metadata.contains_key(ModelCard::KEY) {
        core.import_model(&args.file, &compute)?
    } else {
        // Given its description, a foreign file becomes one like those Overread writes.
        let folder = tempfile::tempdir().context("no temporary folder can be made")?;
        let described = folder.path().join("model.safetensors");
        describe(args, &core, &compute, &described)?;
        core.import_model(&described, &compute)?
    };
    say(&core, id, Output::new(args.json))
}

fn say(core: &Core, id: ModelId, out: Output) -> Result<()> {
    let record = core.models().iter().find(|m| m.id == id).context("the model is not in the registry")?;
    out.json(&row(record, None, TestChanges::default()))?;
    out.text(format!("{} is model {id}, a candidate", record.card.name))
}

/// Writes a file with torchvision's tensor names again, with all that is needed to use it.
fn describe(args: &ImportArgs, core: &Core, compute: &Compute, to: &Path) -> Result<()> {
    let file = args.file.display();
    let Some(arch) = &args.arch else {
        bail!("{file} does not say for what network it is: add --arch with one of {}", Architecture::names());
    };
    let architecture = architecture(arch)?;
    let classes = if args.classes.is_empty() {
        (*core.view().classes).clone()
    } else {
        ClassList::from_names(&args.classes, core.view().classes.ordinal)?
    };
    let params = Params::new(compute.device(), 0);
    let preprocessing = match &architecture {
        Architecture::Classifier(network) => {
            let preprocessing = Preprocessing::imagenet(Resize::Stretch, args.size.unwrap_or(SIDE));
            crate::models::build(network, &preprocessing, classes.len(), &params)?;
            preprocessing
        }
        Architecture::Detector(network) => {
            let preprocessing = Preprocessing::imagenet(Resize::Pad, args.size.unwrap_or(SIDE_FOR_BOXES));
            FasterRcnn::new(network, &preprocessing, classes.len(), &params)?;
            preprocessing
        }
    };
    let (tensors, _) = weights::read(&args.file, compute.device())?;
    let report = params.assign(&crate::models::current_names(tensors))?;
    if let Some(wrong) = report.misshaped.first() {
        bail!(
            "{file} has {} of shape {:?} where {arch} with {} classes needs {:?}: name the classes it was trained for, \
             or start a training from it with `overread train --weights`",
            wrong.name,
            wrong.found,
            classes.len(),
            wrong.expected
        );
    }
    if !report.is_exact() {
        let odd = report.missing.first().or(report.unexpected.first()).map_or("", String::as_str);
        bail!(
            "{file} does not fit {arch}: {} tensors are missing and {} unknown, first {odd}",
            report.missing.len(),
            report.unexpected.len()
        );
    }
    let stem = args.file.file_stem().map(|s| s.to_string_lossy().into_owned());
    let card = ModelCard {
        format: ModelCard::FORMAT,
        name: args.name.clone().or(stem).unwrap_or_else(|| "imported".to_owned()),
        architecture,
        classes,
        preprocessing,
        recipe: None,
        data_digest: String::new(),
        threshold: None,
        decided: None,
        created_ms: jiff::Timestamp::now().as_millisecond(),
    };
    inference::save(to, &card, &params)?;
    // What was just written must be usable before it is registered.
    Model::open(to, compute)?;
    Ok(())
}
