//! `overread predict`: what a model says of images.

use super::output::Output;
use super::project::{image_file, model_file};
use crate::domain::ImageFile;
use crate::domain::prediction::top_class;
use crate::imaging::write::atomically;
use crate::inference::{self, Classifier, Output as Said, PredictOptions};
use crate::nn::Compute;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A .safetensors file that Overread wrote, or a model's number or name with --project.
    #[arg(long, value_name = "M|FILE")]
    model: String,
    /// The project that has the model.
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// The images; FILE#N for the frame N, counted from 0, of a DICOM file that holds several.
    #[arg(required = true)]
    images: Vec<String>,
    /// Average each image with its mirror image.
    #[arg(long)]
    tta: bool,
    /// auto, cpu, cuda:N or metal.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Also write a table: image, label and a column with the probability of each class.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Print one JSON object an image.
    #[arg(long)]
    json: bool,
}

/// Runs the command. Images that cannot be read are named on standard error and make the exit code 1; the others are
/// predicted all the same.
pub fn run(args: &Args) -> Result<()> {
    let file = model_file(args.project.as_deref(), &args.model)?;
    let classifier = Classifier::open(&file, &Compute::parse(&args.device)?)?;
    let names = classifier.card().classes.names();
    let out = Output::new(args.json);
    let (mut rows, mut failed, mut closed) = (Vec::new(), Vec::new(), None);
    let files: Vec<ImageFile> = args.images.iter().map(|image| image_file(image)).collect();
    let options = PredictOptions { batch: 16, tta: args.tta };
    inference::predict_files_with(&classifier, &files, options, &mut |index, output| {
        let Some(image) = args.images.get(index) else { return true };
        match output {
            Ok(said) => {
                let printed = print(out, image, &names, &said);
                rows.push((image, said));
                printed.map_err(|error| closed = Some(error)).is_ok()
            }
            Err(why) => {
                failed.push(why);
                true
            }
        }
    });
    if let Some(error) = closed {
        return Err(error);
    }
    if let Some(csv) = &args.csv {
        write_csv(csv, &names, &rows)?;
    }
    match &failed[..] {
        [] => Ok(()),
        [one] => bail!("{one}"),
        [first, ..] => bail!("{} of {} images cannot be read, first {first}", failed.len(), args.images.len()),
    }
}

fn print(out: Output, image: &str, names: &[String], said: &Said) -> Result<()> {
    let label = label(names, said);
    out.json(&json!({
        "image": image,
        "label": label,
        "probabilities": class_map(names, &said.probabilities),
        "logits": said.logits,
        "boxes": [],
    }))?;
    let shares: Vec<String> =
        names.iter().zip(&said.probabilities).map(|(name, p)| format!("{name} {:.1} %", 100.0 * p)).collect();
    out.text(format!("{image}: {label} ({})", shares.join(", ")))
}

/// Probabilities by class.
pub fn class_map(names: &[String], probabilities: &[f32]) -> Value {
    Value::Object(names.iter().cloned().zip(probabilities.iter().map(|p| json!(p))).collect())
}

fn label(names: &[String], said: &Said) -> String {
    top_class(&said.probabilities).and_then(|class| names.get(class)).cloned().unwrap_or_default()
}

fn write_csv(path: &Path, names: &[String], rows: &[(&String, Said)]) -> Result<()> {
    atomically(path, |out| {
        let header: Vec<String> = names.iter().map(|name| cell(&format!("p_{name}"))).collect();
        writeln!(out, "image,label,{}", header.join(","))?;
        for (image, said) in rows {
            let shares: Vec<String> = said.probabilities.iter().map(ToString::to_string).collect();
            let (image, label) = (cell(image), cell(&label(names, said)));
            writeln!(out, "{image},{label},{}", shares.join(","))?;
        }
        Ok(())
    })
    .with_context(|| format!("{} was not written", path.display()))
}

/// A cell as RFC 4180 wants it.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_commas_and_quotes_are_quoted() {
        assert_eq!(cell("hand.png"), "hand.png");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }
}
