//! `overread explain`: a heat map over an image, as a picture or as numbers.

use super::npy;
use super::output::Output;
use super::project::{chosen_model, class, image_file};
use crate::domain::HeatMap;
use crate::domain::prediction::top_class;
use crate::explain::{self, Method};
use crate::imaging::{self, DecodedImage, write::write_png_rgba};
use crate::inference::Classifier;
use crate::nn::Compute;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::path::{Path, PathBuf};

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
    image: String,
    /// How the map is made: grad-cam.
    #[arg(long, default_value = "grad-cam")]
    method: Method,
    /// The class to explain; else the one the model says.
    #[arg(long)]
    class: Option<String>,
    /// Where to write: .png for the image with the map over it, .npy for the map alone (rows x columns of the image,
    /// 0 to 1).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// auto, cpu, cuda:N or metal.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let extension = args.out.extension().map(|e| e.to_string_lossy().to_lowercase());
    if !matches!(extension.as_deref(), Some("png" | "npy")) {
        bail!("{} ends neither with .png nor with .npy: say which by the name", args.out.display());
    }
    let file = chosen_model(args.project.as_deref(), &args.model)?.file;
    let classifier = Classifier::open(&file, &Compute::parse(&args.device)?)?;
    let image = imaging::read(&image_file(&args.image))?;
    let said =
        classifier.predict(std::slice::from_ref(&image))?.into_iter().next().context("the model said nothing")?;
    let classes = &classifier.card().classes;
    let of = match &args.class {
        Some(name) => class(classes, name)?,
        None => top_class(&said.probabilities).context("the model has no class")?,
    };
    let map = explain::explain(args.method, &classifier, &image, of)?;
    if extension.as_deref() == Some("npy") {
        npy::write(&args.out, &[u64::from(image.height), u64::from(image.width)], &on_image(&map, &image))?;
    } else {
        write_overlay(&args.out, &image, &map)?;
    }
    let out = Output::new(args.json);
    out.json(&json!({
        "image": args.image,
        "model": classifier.card().name,
        "method": args.method.name(),
        "class": classes.name(of),
        "probability": said.probabilities.get(of),
        "grid": [map.height, map.width],
        "covers": map.covers,
        "out": args.out,
    }))?;
    let share = 100.0 * said.probabilities.get(of).copied().unwrap_or_default();
    out.text(format!("{} of {} ({share:.1} %) written to {}", args.method.name(), classes.name(of), args.out.display()))
}

/// The map's value at the centre of every pixel, row by row.
fn on_image(map: &HeatMap, image: &DecodedImage) -> Vec<f32> {
    let rows = 0..image.height;
    rows.flat_map(|y| (0..image.width).map(move |x| map.at(f64::from(x) + 0.5, f64::from(y) + 0.5))).collect()
}

/// Writes the image with the map over it.
pub fn write_overlay(path: &Path, image: &DecodedImage, map: &HeatMap) -> Result<()> {
    let shown = imaging::overlay(image, map, OPACITY);
    let (width, height) = (u32::try_from(shown.width)?, u32::try_from(shown.height)?);
    write_png_rgba(path, width, height, &shown.rgba).with_context(|| format!("{} was not written", path.display()))
}
