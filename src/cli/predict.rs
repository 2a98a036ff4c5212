//! `overread predict`: what a model says of images.

mod boxes;
mod classes;
mod findings;

pub use boxes::box_object;
pub use classes::class_map;

pub(super) use classes::cell;

use super::fusion::FusionArg;
use super::output::Output;
use super::project::{chosen_model, image_file};
use super::thresholds::{self, Typed, typed};
use crate::domain::recipe::Greys;
use crate::domain::{AnswerKind, BetaMap, BoxThresholds, ImageFile, Temperatures};
use crate::evaluation::temperature;
use crate::imaging::decode;
use crate::inference::test_augmentation::{described, learned_mirrored};
use crate::inference::{Model, Output as Said, PredictOptions};
use crate::nn::Compute;
use crate::session::with_scores;
use anyhow::{Result, bail};
use std::path::PathBuf;

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
    /// Look at each image several times: average it with its mirror image, or for boxes see it at three scales, lighter,
    /// and mirrored where the model learned from mirrored images.
    #[arg(long)]
    tta: bool,
    #[command(flatten)]
    fusion: FusionArg,
    /// For boxes: list those from this score on; for two classes: call the second from this probability on. CLASS=SCORE, which may
    /// be given several times, is one class's own threshold, of boxes and of more than two classes: of the classes whose
    /// probability reaches their threshold the most probable is called; where none does, the most probable of those without a
    /// threshold; where all have one, the most probable, and it is not sure. CLASS=none takes one away. Else the model's.
    #[arg(long, value_name = "[CLASS=]SCORE", value_parser = typed)]
    threshold: Vec<Typed>,
    /// auto, cpu, cuda:N or metal.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Also write a table: image, label and a column with the probability of each class. For boxes: a row a box with its
    /// image, class, score and sides in pixels; an image without one has no row.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// For boxes: also write the best box of each image as a table for competitions:
    /// ID,image_id,x_min,y_min,x_max,y_max,confidence,label. An image without a box gets one of a pixel and a score of
    /// 0.001.
    #[arg(long, value_name = "FILE")]
    submission: Option<PathBuf>,
    /// With --submission: a table of the columns ID and image_id that says which rows are wanted, in which order. Without
    /// it rows are numbered from 0.
    #[arg(long, value_name = "FILE", requires = "submission")]
    ids: Option<PathBuf>,
    /// Print one JSON object an image.
    #[arg(long)]
    json: bool,
}

/// A score or probability, as typed.
pub(super) fn score(text: &str) -> Result<f64, String> {
    let score = text.parse::<f64>().ok().filter(|score| (0.0..=1.0).contains(score));
    score.ok_or_else(|| "use a number from 0 to 1".to_owned())
}

/// The images that could be looked at, by their place in the command, each with what was said.
type Rows<'a> = Vec<(&'a str, Said)>;

/// Runs the command. Images that cannot be read are named on standard error and make the exit code 1; the others are
/// predicted all the same.
pub fn run(args: &Args) -> Result<()> {
    let chosen = chosen_model(args.project.as_deref(), &args.model)?;
    let model = Model::open(&chosen.file, &Compute::parse(&args.device)?)?;
    args.fusion.check(matches!(model, Model::Detector(_)))?;
    let names = model.card().classes.names();
    let out = Output::new(args.json);
    match &model {
        Model::Classifier(_) if model.card().answers() == AnswerKind::Findings => {
            if args.submission.is_some() {
                bail!("--submission is for models that draw boxes, this one says which findings there are");
            }
            let card = model.card();
            let own = thresholds::of_findings(&args.threshold, &names, chosen.class_thresholds(card))?;
            let labels = findings::Labels::new(&card.classes, &own, chosen.decided(card));
            let by = (chosen.temperatures(card), None);
            let (rows, failed) =
                predict(args, &model, by, &mut |image, said| findings::print(out, image, &labels, said))?;
            if let Some(csv) = &args.csv {
                findings::write_csv(csv, &labels, &rows)?;
            }
            report(args, &failed)
        }
        Model::Classifier(_) => {
            if args.submission.is_some() {
                bail!("--submission is for models that draw boxes, this one gives classes");
            }
            let card = model.card();
            let thresholds = thresholds::of_classes(&args.threshold, &names, chosen.class_thresholds(card))?;
            let labels = classes::Labels {
                names: &names,
                thresholds: &thresholds,
                temperature: chosen.temperature(card),
                answers: chosen.answers(card),
            };
            let by = (chosen.temperatures(card), None);
            let (rows, failed) =
                predict(args, &model, by, &mut |image, said| classes::print(out, image, labels, said))?;
            if let Some(csv) = &args.csv {
                classes::write_csv(csv, labels, &rows)?;
            }
            report(args, &failed)
        }
        Model::Detector(_) => {
            let thresholds = thresholds::of_boxes(&args.threshold, &names, chosen.box_thresholds(model.card()))?;
            // Before any image is looked at, so that a mistake in it costs no time.
            let wanted = args.submission.as_ref().map(|_| boxes::Wanted::new(args.ids.as_deref(), &args.images));
            let wanted = wanted.transpose()?;
            let by = (Temperatures::None, chosen.scores(model.card()));
            let (mut rows, failed) =
                predict(args, &model, by, &mut |image, said| boxes::print(out, image, &names, &thresholds, said))?;
            if let (Some(to), Some(wanted)) = (&args.submission, &wanted) {
                let least = BoxThresholds::default();
                let asked = if args.threshold.is_empty() { &least } else { &thresholds };
                boxes::write_submission(to, wanted, &names, asked, &rows)?;
            }
            if let Some(csv) = &args.csv {
                for (_, said) in &mut rows {
                    said.boxes.retain(|one| thresholds.counts(one));
                }
                boxes::write_csv(csv, &names, &rows)?;
            }
            report(args, &failed)
        }
    }
}

/// What is said of each image, calibrated where that is decided, printed as it comes, and the sentences of those that could not be read.
fn predict<'a>(
    args: &'a Args,
    model: &Model,
    (temperatures, scores): (Temperatures, Option<BetaMap>),
    print: &mut dyn FnMut(&str, &Said) -> Result<()>,
) -> Result<(Rows<'a>, Vec<String>)> {
    let (mut rows, mut failed, mut closed, mut cut_short) = (Vec::new(), Vec::new(), None, 0);
    let files: Vec<ImageFile> = args.images.iter().map(|image| image_file(image)).collect();
    let options = PredictOptions { batch: 16, tta: args.tta, fusion: args.fusion.fusion() };
    if args.tta && !learned_mirrored(model.card()) {
        told(&format!("note: each image is {}", described(model.card())));
    }
    if model.card().preprocessing.greys == Greys::FullDepth
        && let Some(first) = files.iter().find(|file| decode::is_wide(&file.path))
    {
        told(&format!(
            "note: {} has 16 bits, and the model gets {}: train it again for it to get what is shown",
            first.path.display(),
            Greys::FullDepth.sentence()
        ));
    }
    model.predict_files(&files, options, &mut |index, output| {
        let Some(image) = args.images.get(index) else { return true };
        match output {
            Ok(mut said) => {
                said.probabilities = temperature::calibrated(said.probabilities, &said.logits, &temperatures);
                with_scores(&mut said.boxes, scores);
                if let Some(sentence) = said.cut_short(image) {
                    tracing::warn!("{sentence}");
                    cut_short += 1;
                }
                for remark in &said.remarks {
                    told(&format!("note: {image}: {remark}"));
                }
                let printed = print(image, &said);
                rows.push((image.as_str(), said));
                printed.map_err(|error| closed = Some(error)).is_ok()
            }
            Err(why) => {
                failed.push(why);
                true
            }
        }
    });
    if cut_short > 0 {
        tracing::warn!("{cut_short} of {} images are cut short: copy their files again", args.images.len());
    }
    closed.map_or(Ok((rows, failed)), Err)
}

/// A sentence beside the results.
fn told(sentence: &str) {
    use std::io::Write;
    if let Err(error) = writeln!(std::io::stderr(), "{sentence}") {
        tracing::debug!(%error, "standard error cannot be written to");
    }
}

fn report(args: &Args, failed: &[String]) -> Result<()> {
    match failed {
        [] => Ok(()),
        [one] => bail!("{one}"),
        [first, ..] => bail!("{} of {} images cannot be read, first {first}", failed.len(), args.images.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_lie_between_0_and_1() {
        assert_eq!((score("0"), score("0.25"), score("1")), (Ok(0.0), Ok(0.25), Ok(1.0)));
        for wrong in ["", "half", "1.5", "-0.1", "NaN", "inf"] {
            assert!(score(wrong).is_err(), "{wrong}");
        }
    }
}
