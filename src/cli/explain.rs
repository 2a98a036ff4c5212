//! `overread explain`: a heat map over an image, as a picture or as numbers; or a test of whether such maps can be believed.

use super::output::Output;
use super::predict::box_object;
use super::progress::Bar;
use super::project::{Chosen, chosen_model, class, image_file};
use super::{interrupt, map_test, npy};
use crate::domain::map_method::UnknownMethod;
use crate::domain::{HeatMap, MapMethod, PredictedBox, Rect, map_layers};
use crate::evaluation::temperature;
use crate::explain::{self, BoxCam, BoxMap, How, MapError, Masks, OnPass};
use crate::imaging::{self, DecodedImage, Rendered, write::write_png_rgba};
use crate::inference::{Classifier, Detector, Examined, Model};
use crate::nn::Compute;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// How strongly the heat map covers the picture.
const OPACITY: f32 = 0.5;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A .safetensors file that Overread wrote, or a model's number or name with --project.
    #[arg(long, value_name = "M|FILE")]
    model: String,
    /// The project that has the model.
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// The image; FILE#N for the frame N, counted from 0, of a DICOM file that holds several.
    #[arg(required_unless_present = "test", conflicts_with = "test")]
    image: Option<String>,
    /// Test on the project's images whether the maps of a model can be believed: whether they point into boxes that readers
    /// drew, whether they change when the weights are random, and whether the answer hangs on what they mark.
    #[arg(long, requires = "project", conflicts_with_all = ["out", "class", "number"])]
    test: bool,
    /// With --test: train, validation, test or all; else the test images, or all where there are none.
    #[arg(long, requires = "test")]
    split: Option<String>,
    /// With --test: how many images at most, drawn by the seed.
    #[arg(long, value_name = "N", requires = "test", default_value_t = map_test::IMAGES)]
    images: usize,
    /// How the map is made: grad-cam, grad-cam++, hires-cam, eigen-cam (of no class) and score-cam look at a layer; gradient,
    /// smooth-grad, integrated-gradients and guided-grad-cam at pixels; occlusion and rise hide parts of the image and look
    /// how sure the model still is. Of a box grad-cam or d-rise, which looks how much of the box is left. With --test also
    /// all, one after the other.
    #[arg(long, value_name = "NAME", default_value = "grad-cam")]
    method: Methods,
    /// The layer that the map looks at, from 1, the finest, to the last, which is taken where none is given; the answer says
    /// which it was and how fine its grid is, and a number that is too high gets the list of them. Of grad-cam, grad-cam++,
    /// hires-cam, eigen-cam, score-cam and guided-grad-cam.
    #[arg(long, value_name = "N")]
    layer: Option<usize>,
    /// The class to explain; else the one the model says. Of a model that draws boxes, only boxes of this class count.
    #[arg(long)]
    class: Option<String>,
    /// Which of the boxes that the model draws on the image to explain, counted from 1, the best score first; 1 where it
    /// is not given. The map is of the features that the box was told from.
    #[arg(long = "box", value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    number: Option<u32>,
    /// How often rise and d-rise look at the image; more takes longer and shows less of chance.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    masks: u32,
    /// The same seed gives the same map by smooth-grad, rise and d-rise.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Where to write: .png for the image with the map over it, .npy for the map alone (rows x columns of the image, 0 to
    /// 1; of integrated-gradients and occlusion -1 to 1, below zero where a place speaks against the class).
    #[arg(long, value_name = "FILE", required_unless_present = "test")]
    out: Option<PathBuf>,
    /// In a .png, lines of equal heat at 25, 50 and 75 % of the strongest value in place of colour.
    #[arg(long, requires = "out")]
    lines: bool,
    /// auto, cpu, cuda:N or metal.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Methods as `--method` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Methods {
    /// Every one that fits.
    All,
    One(MapMethod),
}

impl std::str::FromStr for Methods {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        if name.trim().eq_ignore_ascii_case("all") { Ok(Self::All) } else { name.parse().map(Self::One) }
    }
}

/// What the map is of, by what, and where it goes.
struct Asked<'a> {
    args: &'a Args,
    image: &'a str,
    out: &'a Path,
    method: MapMethod,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    if let (true, Some(project)) = (args.test, &args.project) {
        let how = How { layer: args.layer, masks: args.masks as usize, seed: args.seed, ..How::default() };
        let asked = map_test::Asked {
            project,
            model: &args.model,
            methods: args.method,
            how,
            split: args.split.as_deref(),
            images: args.images,
            device: &args.device,
        };
        return map_test::run(&asked, Output::new(args.json));
    }
    let (Some(image), Some(out)) = (&args.image, &args.out) else { bail!("name an image and where to write its map") };
    let Methods::One(method) = args.method else { bail!("all is for --test: name the method to make a map by") };
    explain(&Asked { args, image, out, method })
}

fn explain(asked: &Asked<'_>) -> Result<()> {
    let Asked { args, image: name, out: file, method } = *asked;
    let extension = file.extension().map(|e| e.to_string_lossy().to_lowercase());
    if !matches!(extension.as_deref(), Some("png" | "npy")) {
        bail!("{} ends neither with .png nor with .npy: say which by the name", file.display());
    }
    let chosen = chosen_model(args.project.as_deref(), &args.model)?;
    let model = Model::open(&chosen.file, &Compute::parse(&args.device)?)?;
    let image = imaging::read(&image_file(name))?;
    let explained = match &model {
        Model::Classifier(classifier) => of_class(asked, &chosen, classifier, &image)?,
        Model::Detector(detector) => of_box(asked, detector, &image)?,
    };
    let map = &explained.map;
    if extension.as_deref() == Some("npy") {
        npy::write(file, &[u64::from(image.height), u64::from(image.width)], &on_image(map, &image))?;
    } else {
        write_picture(file, &if args.lines { imaging::overlay_lines(&image, map) } else { shown(&image, map) })?;
    }
    let out = Output::new(args.json);
    let line = json!({
        "image": name,
        "model": model.card().name,
        "method": method.name(),
        "grid": [map.height, map.width],
        "covers": map.covers,
        "signed": map.signed,
        "empty": map.is_empty(),
        "strength": map.strength,
        "out": file,
    });
    out.json(&merged(line, explained.fields))?;
    out.text(format!("{} of {} written to {}", method.name(), explained.words, file.display()))?;
    if map.is_empty() {
        return out.text("The map is empty: by this method nothing on the image speaks for it.");
    }
    out.text(format!("Strength before scaling: {}", HeatMap::strength_text(map.strength)))
}

/// A map with what it explains, for scripts and for people.
struct Explained {
    map: HeatMap,
    /// A JSON object.
    fields: Value,
    words: String,
}

/// A class of the whole image.
fn of_class(asked: &Asked<'_>, chosen: &Chosen, classifier: &Classifier, image: &DecodedImage) -> Result<Explained> {
    let Asked { args, method, .. } = *asked;
    if args.number.is_some() {
        bail!("--box is for models that draw boxes, this one gives the whole image a class: leave it out");
    }
    if !method.explains_images() {
        return Err(MapError::OfBoxes(method).into());
    }
    let how = How { method, layer: args.layer, masks: args.masks as usize, seed: args.seed };
    let layer = explain::layer_of(classifier, &how)?;
    let said = classifier.predict(std::slice::from_ref(image))?.into_iter().next().context("the model said nothing")?;
    let (card, classes) = (classifier.card(), &classifier.card().classes);
    let by = chosen.temperatures(card);
    let shares = temperature::calibrated(said.probabilities.clone(), &said.logits, &by);
    let of = match &args.class {
        Some(name) => class(classes, name)?,
        None => chosen.class_thresholds(card).called(&shares).context("the model has no class")?,
    };
    let name = classes.name(of);
    let share = 100.0 * shares.get(of).copied().unwrap_or_default();
    let calibrated = if by.is_some() { ", calibrated" } else { "" };
    let mut words = format!("{name} ({share:.1} %{calibrated})");
    let mut fields = json!({"class": name, "probability": shares.get(of), "calibrated": by.is_some()});
    if method.has_layers() {
        let layers = map_layers(&card.architecture, &card.preprocessing);
        let titled = layers.iter().find(|one| one.number == layer);
        fields = merged(
            fields,
            json!({
                "layer": layer,
                "layers": classifier.network().layers(),
                "layer_name": titled.map(|one| &one.own_name),
            }),
        );
        if let Some(one) = titled {
            let (of, title, own) = (layers.len(), one.with_grid(), &one.own_name);
            words.push_str(&format!(" at layer {layer} of {of} ({title}; {own})"));
        }
    }
    if method.has_masks() {
        fields = merged(fields, json!({"masks": args.masks, "seed": args.seed}));
    }
    let map = watched(asked, &mut |on| Ok(explain::class_map(classifier, image, of, &how, on)?))?;
    Ok(Explained { map, fields, words })
}

/// What `make` makes, with its progress shown, until it is interrupted.
fn watched(asked: &Asked<'_>, make: &mut dyn FnMut(OnPass<'_>) -> Result<Option<HeatMap>>) -> Result<HeatMap> {
    let (bar, interrupted) = (Bar::new(asked.method.name(), 0), interrupt::pressed());
    let map = make(&mut |done, total| {
        bar.at(done, total);
        !interrupted.load(Ordering::Relaxed)
    })?;
    map.with_context(|| format!("interrupted, {} was not written", asked.out.display()))
}

/// A box on it.
fn of_box(asked: &Asked<'_>, detector: &Detector, image: &DecodedImage) -> Result<Explained> {
    let Asked { args, method, .. } = *asked;
    if !method.explains_boxes() {
        return Err(MapError::OfImages(method).into());
    }
    if args.layer.is_some() {
        bail!(
            "--layer is for models that give the whole image a class: a box was told from one level already, leave it out"
        );
    }
    let card = detector.card();
    let only = args.class.as_ref().map(|name| class(&card.classes, name)).transpose()?;
    let examined = detector.examine(image)?;
    let (number, found) = chosen_box(asked, &card.classes.names(), only, &examined)?;
    let (name, r) = (card.classes.name(found.class), &found.rect);
    let (x, y, score) = (r.xmin, r.ymin, 100.0 * found.score);
    let what = format!("box {number}, {name} {score:.1} % at {x:.0}, {y:.0}, {:.0} x {:.0}", r.width(), r.height());
    let shown = json!({"class": name, "number": number, "box": box_object(&card.classes.names(), found)});
    let wanted = (found.class, found.rect);
    // All others that explain boxes are made of one level's activations.
    let (map, words, more) = match BoxCam::of(method) {
        Some(method) => {
            let BoxMap { map, level, stride, region, .. } = explain::cam_box(detector, &examined, wanted, method)?;
            let words = format!("{what} (level {level} of the pyramid, cells of {stride} pixels)");
            (map, words, json!({"region": region, "level": level, "stride": stride}))
        }
        None => {
            let map = behind_masks(asked, detector, image, &examined, wanted)?;
            (map, format!("{what} ({} masks)", args.masks), json!({"masks": args.masks, "seed": args.seed}))
        }
    };
    Ok(Explained { map, fields: merged(shown, more), words })
}

/// The map by D-RISE, with its progress shown, until it is interrupted.
fn behind_masks(
    asked: &Asked<'_>,
    detector: &Detector,
    image: &DecodedImage,
    examined: &Examined,
    wanted: (usize, Rect),
) -> Result<HeatMap> {
    let count = asked.args.masks as usize;
    let masks = Masks { count, seed: asked.args.seed, ..Masks::default() };
    watched(asked, &mut |on| {
        let on = &mut |done| on(done, count);
        Ok(explain::d_rise(detector, image, (examined, wanted), &masks, on)?)
    })
}

/// The fields of two JSON objects.
fn merged(mut one: Value, other: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (one.as_object_mut(), other) {
        fields.extend(more);
    }
    one
}

/// The box that was asked for, with its place among those of the class, or a sentence why there is none.
fn chosen_box<'f>(
    asked: &Asked<'_>,
    names: &[String],
    only: Option<usize>,
    examined: &'f Examined,
) -> Result<(usize, &'f PredictedBox)> {
    let all = examined.found.iter().map(|(_, one)| one);
    let counts: Vec<&PredictedBox> = all.filter(|one| only.is_none_or(|class| one.class == class)).collect();
    let image = asked.image;
    let number = asked.args.number.unwrap_or(1) as usize;
    if let Some(found) = counts.get(number - 1) {
        return Ok((number, found));
    }
    let of = only.and_then(|class| names.get(class)).map(|name| format!(" of {name}")).unwrap_or_default();
    match counts.len() {
        0 => bail!("the model draws no box{of} on {image}: there is nothing to explain"),
        1 => bail!("the model draws one box{of} on {image}: --box {number} is not there"),
        count => bail!("the model draws {count} boxes{of} on {image}: --box goes from 1 to {count}"),
    }
}

/// The map's value at the centre of every pixel, row by row.
fn on_image(map: &HeatMap, image: &DecodedImage) -> Vec<f32> {
    let rows = 0..image.height;
    rows.flat_map(|y| (0..image.width).map(move |x| map.at(f64::from(x) + 0.5, f64::from(y) + 0.5))).collect()
}

/// The image with the map over it.
fn shown(image: &DecodedImage, map: &HeatMap) -> Rendered {
    imaging::overlay(image, map, OPACITY)
}

/// Writes the image with the map over it.
pub fn write_overlay(path: &Path, image: &DecodedImage, map: &HeatMap) -> Result<()> {
    write_picture(path, &shown(image, map))
}

fn write_picture(path: &Path, shown: &Rendered) -> Result<()> {
    let (width, height) = (u32::try_from(shown.width)?, u32::try_from(shown.height)?);
    write_png_rgba(path, width, height, &shown.rgba).with_context(|| format!("{} was not written", path.display()))
}
