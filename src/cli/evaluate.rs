//! `overread evaluate`: a model's figures on one split, with the readers' labels as truth.

mod boxes;
mod classes;
mod confusion;
mod deciding;
mod findings;
mod findings_deciding;
mod intervals;
mod lines;
mod log;
mod parts;
mod report;
mod robustness;
mod tables;

use super::fusion::FusionArg;
use super::left_out;
use super::predict::score;
use super::project::{Chosen, ProjectArg, chosen_model};
use super::thresholds::{Typed, typed};
use crate::domain::performance::FindingGoal;
use crate::domain::{AnswerKind, ClassificationReport, ModelCard, Robustness, Split, ThresholdBy, ThresholdGoal};
use crate::evaluation::bootstrap::Bootstrap;
use crate::files::atomically;
use crate::inference::{Model, PredictOptions};
use crate::nn::Compute;
use crate::session::project::evaluation_report::EvaluationReport;
use crate::session::project::reader;
use crate::session::seen_of_test;
use crate::store::{Access, Store};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// A model's number or name in the project, or a .safetensors file that Overread wrote.
    #[arg(long, value_name = "M")]
    model: String,
    /// train, validation or test.
    #[arg(long, default_value = "test")]
    split: String,
    /// For two classes: the probability from which the second class is called. For boxes: the score from which a box
    /// counts, else the model's. CLASS=SCORE, which may be given several times, is one class's own threshold, of boxes and of
    /// more than two classes: of the classes whose probability reaches their threshold the most probable is called; where none
    /// does, the most probable of those without a threshold; where all have one, the most probable, and the image counts as not
    /// sure. CLASS=none takes one away.
    #[arg(long, value_name = "[CLASS=]SCORE", value_parser = typed)]
    threshold: Vec<Typed>,
    /// Keep the --threshold with the model: what it calls, and which of its boxes count, from now on.
    #[arg(long, requires = "threshold")]
    keep: bool,
    /// Choose the threshold on the validation images and keep it with the model. For boxes: f1, map, or sensitivity=0.9 for a
    /// wanted share of the boxes found. For two classes: f1, youden, sensitivity=0.9, specificity=0.9, or cost=5 where a missed
    /// finding costs five times what a false alarm costs; the finding is the second class, or the first where the second is
    /// its absence by name (Non_fractured, normal).
    #[arg(long, value_name = "GOAL", conflicts_with = "threshold", value_parser = goal)]
    choose: Option<Goals>,
    /// With --choose: the class whose own threshold is chosen, against all others; may be given several times, all for each.
    /// Needed where there are more than two classes; of boxes it leaves the other classes as they are.
    #[arg(long, value_name = "CLASS", requires = "choose")]
    class: Vec<String>,
    /// Fit to the validation images what makes the probabilities as sure as they should be, a temperature (of findings one for
    /// each), and for boxes the scores (beta calibration), and keep it with the model. A threshold moves along, so that the same
    /// images are called and the same boxes count.
    #[arg(long, conflicts_with_all = ["uncalibrate", "tta"])]
    calibrate: bool,
    /// Use the model's own probabilities, or scores, again.
    #[arg(long)]
    uncalibrate: bool,
    /// For classes: let the model name several classes where it is not sure, so that at most this share of its answers misses
    /// the truth, as in 0.1; chosen on the validation images and kept with the model. 0 for one class an image again. For findings:
    /// let it be not sure of each by itself; 0 for present or absent only.
    #[arg(long, value_name = "SHARE", value_parser = score, conflicts_with = "tta")]
    not_sure: Option<f64>,
    /// Look at each image several times: average it with its mirror image, or for boxes see it at three scales, lighter,
    /// and mirrored where the model learned from mirrored images.
    #[arg(long)]
    tta: bool,
    #[command(flatten)]
    fusion: FusionArg,
    /// auto, cpu, cuda:N or metal.
    #[arg(long, default_value = "auto")]
    device: String,
    /// How often the groups (patients) are drawn for the 95 % intervals, 40 times or more; 0 for none.
    #[arg(long, value_name = "N", default_value_t = Bootstrap::default().draws, value_parser = draws)]
    draws: usize,
    /// Of those draws, and of the noise of --robustness.
    #[arg(long, value_name = "N", default_value_t = Bootstrap::default().seed)]
    seed: u64,
    /// Also measure the model on the same images made worse: the main figures at about five strengths each, and how far they
    /// fall. all, or some of noise, blur, contrast, window, rotation, jpeg, with commas. Ctrl+C ends it.
    #[arg(long, value_name = "KINDS", num_args = 0..=1, default_missing_value = "all", value_parser = robustness::kinds)]
    robustness: Option<robustness::Kinds>,
    /// The figures in parts of the images by this attribute (view, manufacturer, "image size"), which may be
    /// given several times; all for every one.
    #[arg(long, value_name = "ATTRIBUTE")]
    by: Vec<String>,
    /// A folder to write report.json and predictions.jsonl to; for boxes also precision_recall.csv and froc.csv; with
    /// --robustness also robustness.csv.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A folder to write a report for others to: report.html, report.json and figures.csv, without pixels, names of images,
    /// patients or readers.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Small pictures of the mistakes that the model was surest of go into the report; without it no picture does.
    #[arg(long, requires = "report")]
    pictures: bool,
    /// Another model to lay beside the first on the same images: figures side by side, differences with intervals, and the
    /// tests of DeLong (of findings for each) and McNemar, for boxes a permutation test by groups, corrected (Holm) where there are several. May be given
    /// several times.
    #[arg(long, value_name = "M")]
    against: Vec<String>,
    /// A file to write the table of all models to: .csv, .md for Markdown, or text.
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Name every image that is left out, not only the first ten of each reason.
    #[arg(long)]
    all_left_out: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// An image's name and why it is left out.
type LeftOut = (String, String);

impl Args {
    fn bootstrap(&self) -> Bootstrap {
        Bootstrap { draws: self.draws, seed: self.seed }
    }

    fn options(&self) -> PredictOptions {
        PredictOptions { batch: 16, tta: self.tta, fusion: self.fusion.fusion() }
    }

    /// Whether anything but a threshold is to be decided.
    fn decides_more(&self) -> bool {
        self.calibrate || self.uncalibrate || self.not_sure.is_some()
    }

    /// Whether anything is decided that is kept with the model.
    fn decides(&self) -> bool {
        self.choose.is_some() || self.keep || self.decides_more()
    }
}

/// What a threshold is chosen for, as typed: for a model that draws boxes, and for one that tells two classes apart.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Goals {
    boxes: Option<ThresholdGoal>,
    finding: Option<FindingGoal>,
}

fn goal(text: &str) -> Result<Goals, String> {
    let share = |name: &str| text.strip_prefix(name)?.strip_prefix('=').and_then(|share| score(share).ok());
    let ratio = text.strip_prefix("cost=").and_then(|ratio| ratio.parse::<f64>().ok());
    let goals = |boxes, finding| Ok(Goals { boxes, finding });
    match text {
        "f1" => goals(Some(ThresholdGoal::F1), Some(FindingGoal::F1)),
        "map" => goals(Some(ThresholdGoal::Map50), None),
        "youden" => goals(None, Some(FindingGoal::Youden)),
        _ => match (share("sensitivity"), share("specificity"), ratio.filter(|r| r.is_finite() && *r > 0.0)) {
            (Some(share), _, _) => {
                goals(Some(ThresholdGoal::Sensitivity(share)), Some(FindingGoal::Sensitivity(share)))
            }
            (_, Some(share), _) => goals(None, Some(FindingGoal::Specificity(share))),
            (_, _, Some(ratio)) => goals(None, Some(FindingGoal::Cost(ratio))),
            (None, None, None) => Err("use f1, map, youden, sensitivity=0.9, specificity=0.9 or cost=5".to_owned()),
        },
    }
}

/// Draws of which one in forty lies beyond each end of a 95 % interval, or none.
fn draws(text: &str) -> Result<usize, String> {
    let draws = text.parse::<usize>().ok().filter(|draws| *draws == 0 || *draws >= 40);
    draws.ok_or_else(|| "use 0, or 40 and more: of fewer draws none lies beyond a 95 % interval".to_owned())
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let Some(split) = Split::parse(&args.split) else {
        bail!("there is no split {:?}: use train, validation or test", args.split);
    };
    // Said now and not after minutes of work.
    if let Some(dir) = &args.report {
        EvaluationReport::check_folder(dir)?;
    }
    if split == Split::Test || args.decides() {
        // It will be written to: a project of an older form is renewed now.
        drop(Store::open(&args.project.project, Access::Write)?);
    }
    let chosen = chosen_model(Some(&args.project.project), &args.model)?;
    let mut laid = vec![chosen.file.clone()];
    for name in &args.against {
        let against = chosen_model(Some(&args.project.project), name)?;
        if laid.contains(&against.file) {
            // Twice the same would count as another comparison where the tests are corrected.
            bail!("--against {name} is there already: lay each model beside the others once");
        }
        laid.push(against.file);
    }
    let store = if args.decides() { args.project.write()? } else { args.project.read()? };
    let model = Model::open(&chosen.file, &Compute::parse(&args.device)?)?;
    model.check_classes(&store.classes()?)?;
    args.fusion.check(matches!(model, Model::Detector(_)))?;
    let learned = learned(&store, &chosen, split)?;
    match &model {
        Model::Classifier(_) if model.card().answers() == AnswerKind::Findings => {
            findings::run(args, store, split, (&chosen, &model), learned)
        }
        Model::Classifier(_) => classes::run(args, store, split, (&chosen, &model), learned),
        Model::Detector(_) => boxes::run(args, store, split, (&chosen, &model), learned),
    }
}

/// Keeps the threshold that was given with the model, where that is asked for; the model as it is then.
fn kept(args: &Args, store: &mut Store, of: &Chosen) -> Result<Chosen> {
    let record = match &of.record {
        record if !args.keep => record.clone(),
        None => bail!("--keep keeps the threshold with a model of the project: name one instead of a file"),
        Some(record) => {
            let reader = reader::of_project(store)?;
            for typed in &args.threshold {
                let named = typed.class.clone().filter(|_| record.has_classes_of_their_own());
                let classes = &record.card.classes;
                let of_each = match (&named, record.card.answers()) {
                    (Some(class), _) => vec![class.clone()],
                    // Findings have no threshold but their own.
                    (None, AnswerKind::Findings) => classes.finding_places().map(|at| classes.name(at)).collect(),
                    (None, AnswerKind::Class | AnswerKind::Boxes) => Vec::new(),
                };
                for class in &of_each {
                    store.set_class_threshold(&reader, record.id, (class, typed.value), ThresholdBy::Hand)?;
                }
                if of_each.is_empty() {
                    store.set_threshold(&reader, record.id, typed.value, ThresholdBy::Hand)?;
                }
            }
            Some(store.model(record.id)?)
        }
    };
    Ok(Chosen { file: of.file.clone(), record })
}

/// The places of the classes that a threshold is chosen for; none for the one of all boxes, or of the second of two classes.
fn classes_chosen_for(args: &Args, classes: &[String]) -> Result<Vec<usize>> {
    if args.class.iter().any(|class| class == "all") {
        return Ok((0..classes.len()).collect());
    }
    let place = |class: &String| {
        let at = classes.iter().position(|name| name == class);
        at.with_context(|| format!("--class {class}: the classes are {}, or all", classes.join(", ")))
    };
    args.class.iter().map(place).collect()
}

/// Says which images are left out and which are used in part, by the sentences for those.
fn warn(args: &Args, left_out: &[LeftOut], cut_short: &[String]) {
    cut_short.iter().for_each(|sentence| tracing::warn!("{sentence}"));
    if !cut_short.is_empty() {
        tracing::warn!("{} of the images that are judged are cut short: copy their files again", cut_short.len());
    }
    let left_out = left_out.iter().map(|(name, why)| (name.as_str(), why.as_str()));
    left_out::lines(left_out, args.all_left_out).iter().for_each(|line| tracing::warn!("{line}"));
}

/// What a model learned from, as far as figures depend on it; nothing is known of a file that is no model of the project.
#[derive(Clone, Debug)]
struct Learned {
    /// So many of the images that are judged; only test images are asked about.
    seen: usize,
    /// The classes that no image showed, by name.
    never: Vec<String>,
}

/// What a model learned from; warns of what makes its figures better or worse than they are.
fn learned(store: &Store, chosen: &Chosen, split: Split) -> Result<Learned> {
    let run = chosen.record.as_ref().and_then(|record| record.run).map(|run| store.run(run)).transpose()?;
    let never = run.and_then(|run| run.facts).map(|facts| facts.never_shown()).unwrap_or_default();
    let classes = store.classes()?;
    let never: Vec<String> = never.into_iter().map(|class| classes.name(class)).collect();
    for name in &never {
        tracing::warn!("no training image showed {name}: the model never says it, and its images count as errors");
    }
    let record = chosen.record.as_ref().filter(|_| split == Split::Test);
    let seen = record.map(|record| seen_of_test(store, record.id)).transpose()?.flatten().unwrap_or(0);
    if seen > 0 {
        tracing::warn!("the model was trained or tuned on {seen} of the test images: these figures flatter it");
    }
    Ok(Learned { seen, never })
}

/// How pictures are prepared for a model, its numbers as they are written: values of JSON have 64 bits, and 0.3 of 32 bits
/// would be 0.30000001.
fn preparation(card: &ModelCard) -> serde_json::Value {
    let text = serde_json::to_string(&card.preprocessing).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Refuses figures of nothing where there was something to look at.
fn refuse_nothing(judged: usize, left_out: usize, split: Split) -> Result<()> {
    if judged == 0 && left_out > 0 {
        bail!(
            "none of the {left_out} images of the {} split can be read, so that there are no figures: look with `overread info` \
             which files are not where the project says, and bring them back or find them on the Data screen",
            split.name()
        );
    }
    Ok(())
}

/// Makes the folder and writes the figures to it, with how they came about, and those of worse pictures.
fn write_report(
    dir: &Path,
    report: &ClassificationReport,
    how: serde_json::Value,
    robustness: &[Robustness],
) -> Result<()> {
    #[derive(Serialize)]
    struct Written<'a> {
        #[serde(flatten)]
        how: serde_json::Value,
        #[serde(flatten)]
        report: &'a ClassificationReport,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        robustness: &'a [Robustness],
    }

    std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    robustness::write_csv(dir, robustness)?;
    let text = serde_json::to_vec_pretty(&Written { how, report, robustness })?;
    let path = dir.join("report.json");
    atomically(&path, |out| out.write_all(&text)).with_context(|| format!("{} was not written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_typed_as_the_help_says() {
        let of = |boxes, finding| Ok(Goals { boxes, finding });
        assert_eq!(goal("f1"), of(Some(ThresholdGoal::F1), Some(FindingGoal::F1)));
        assert_eq!(
            (goal("map"), goal("youden")),
            (of(Some(ThresholdGoal::Map50), None), of(None, Some(FindingGoal::Youden)))
        );
        let both = of(Some(ThresholdGoal::Sensitivity(0.9)), Some(FindingGoal::Sensitivity(0.9)));
        assert_eq!(goal("sensitivity=0.9"), both);
        assert_eq!(goal("specificity=0.8"), of(None, Some(FindingGoal::Specificity(0.8))));
        assert_eq!(goal("cost=5"), of(None, Some(FindingGoal::Cost(5.0))));
        for wrong in ["", "f2", "sensitivity", "sensitivity=90", "sensitivity=NaN", "cost=0", "cost=inf"] {
            assert!(goal(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn draws_are_none_or_enough_for_an_interval() {
        assert_eq!((draws("0"), draws("40"), draws("2000")), (Ok(0), Ok(40), Ok(2000)));
        for wrong in ["1", "39", "-1", "many"] {
            assert!(draws(wrong).is_err(), "{wrong}");
        }
    }
}
