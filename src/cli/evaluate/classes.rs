//! `overread evaluate` for a model that gives classes to whole images.

use super::parts::Parts;
use super::report::{self, Subject};
use super::{Args, Learned, LeftOut, deciding, intervals, kept, log, robustness};
use crate::cli::output::Output;
use crate::cli::predict::class_map;
use crate::cli::progress::Bar;
use crate::cli::project::Chosen;
use crate::cli::report::Figures;
use crate::domain::Robustness;
use crate::domain::performance::{FindingGoal, Performance};
use crate::domain::prediction::called_class;
use crate::domain::{ClassList, ClassificationReport, ImageFile, ImageId, ModelCard, Split, ThresholdBy};
use crate::evaluation;
use crate::evaluation::bootstrap::Bootstrap;
use crate::evaluation::performance::{Judged, choose_threshold, of_classes};
use crate::evaluation::temperature::softened;
use crate::files::atomically;
use crate::inference::test_augmentation::described;
use crate::inference::{Model, PredictOptions};
use crate::session::chosen_by;
use crate::session::project::evaluation_report::ThresholdFrom;
use crate::session::project::evaluation_report::mistakes::{self, Answer, Mistakes};
use crate::session::project::reader;
use crate::store::Store;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::collections::HashMap;
use std::path::Path;

/// One labelled image and what the model says.
pub(super) struct Line {
    pub image: ImageId,
    pub name: String,
    pub truth: usize,
    pub logits: Vec<f32>,
    pub probabilities: Vec<f32>,
    pub group: Option<String>,
}

/// Runs the command; `learned` says what the model was trained on.
pub(super) fn run(
    args: &Args,
    mut store: Store,
    split: Split,
    (of, model): (&Chosen, &Model),
    learned: Learned,
) -> Result<()> {
    let classes = store.classes()?;
    if classes.len() != 2 {
        let given = [("--threshold", args.threshold.is_some()), ("--choose", args.choose.is_some())];
        if let Some((name, _)) = given.into_iter().find(|(_, given)| *given) {
            bail!("{name} is for two classes, the project has {}: leave it out", classes.len());
        }
    }
    let of = &deciding::decide(args, &mut store, of, model)?;
    let of = &kept(args, &mut store, of)?;
    let (temperature, rule) = (of.temperature(model.card()), of.answers(model.card()));
    let (threshold, threshold_from) = match args.choose {
        None => self::threshold(args, of, model),
        Some(goals) => {
            let Some(record) = &of.record else {
                bail!("--choose keeps the threshold with a model of the project: name one instead of a file");
            };
            let Some(goal) = goals.finding else {
                bail!("map is for models that draw boxes: use f1, youden, sensitivity=0.9, specificity=0.9 or cost=5");
            };
            let (chosen, by) = chosen(&store, model, args.options(), (goal, temperature))?;
            let reader = reader::of_project(&store)?;
            store.set_threshold(&reader, record.id, Some(chosen), by)?;
            (Some(chosen), ThresholdFrom::ChosenNow)
        }
    };
    let (lines, left_out, cut_short) = predictions(&store, split, model, args.options(), temperature)?;
    log::opened(args, &mut store, split, of, (&model.card().name, lines.len()))?;
    let report = figures(&lines, &classes, threshold);
    let performance = performance(&lines, &classes, threshold, args);
    let parts = Parts::of(args, &store, &lines, &classes, threshold)?;
    let others = report::others_of_classes(args, &mut store, split, (&lines, threshold))?;
    let worse = robustness::measured(args, &mut store, split, (of, model), [threshold, temperature])?;
    if let Some(dir) = &args.out {
        write_files(dir, &lines, &classes, (&report, split, &worse), (threshold, args.tta, model.card()))?;
    }
    super::warn(&left_out, &cut_short);
    let seen_calibration = deciding::seen(&lines, &classes, temperature, rule);
    let card = model.card();
    let mut extra = json!({
        "classes": classes.names(),
        "never_learned": learned.never,
        "preprocessing": super::preparation(card),
        "looked": args.tta.then(|| described(card)),
        "left_out": left_out.len(),
        "cut_short": cut_short.len(),
        "threshold": threshold,
        "tta": args.tta,
        "seen_in_training": learned.seen,
        "calibration": seen_calibration,
        "performance": performance,
    });
    if let Some(object) = extra.as_object_mut() {
        if !args.by.is_empty() {
            object.insert("subgroups".to_owned(), serde_json::to_value(&parts.asked)?);
        }
        if !worse.is_empty() {
            object.insert("robustness".to_owned(), serde_json::to_value(&worse)?);
        }
        report::insert(object, &others)?;
    }
    let out = Output::new(args.json);
    Figures { model: &card.name, split: split.name(), report: &report, extra }.print(out)?;
    said_how(card, threshold, args, out)?;
    intervals::print(&performance, out)?;
    deciding::print(seen_calibration.as_ref(), out)?;
    parts.print(out)?;
    robustness::print(&worse, out)?;
    report::lineup(args, &model.card().name, &performance, &others)?;
    let figures = report::Found {
        split,
        report,
        performance: Some(performance),
        box_performance: None,
        threshold,
        threshold_from,
        left_out: left_out.len(),
        cut_short: cut_short.len(),
        calibration: seen_calibration,
    };
    let calibration = figures.calibration.clone();
    let judged = Subject { chosen: of, model, learned: &learned }.judged(args, figures);
    let mistakes = args.report.is_some().then(|| mistakes(args, &store, (&lines, &classes), threshold)).transpose()?;
    let of_model = report::OfModel {
        calibration,
        mistakes,
        subgroups: parts.of_report,
        robustness: robustness::of_report(&store, of, split, worse)?,
    };
    report::write(args, &store, (judged, of_model), others)
}

/// The probability from which the second class is called where none is to be chosen, and where it comes from.
pub(super) fn threshold(args: &Args, of: &Chosen, model: &Model) -> (Option<f64>, ThresholdFrom) {
    match (args.threshold.filter(|_| !args.keep), of.class_threshold(model.card())) {
        (Some(given), _) => (Some(given), ThresholdFrom::Given),
        (None, Some(kept)) if of.record.is_none() => (Some(kept), ThresholdFrom::ModelFile),
        (None, Some(kept)) => (Some(kept), ThresholdFrom::Project),
        (None, None) => (None, ThresholdFrom::MostProbable),
    }
}

/// What the model says of every labelled image of a split, calibrated where there is a temperature, the images left out with the reason, and a sentence
/// for each that is cut short.
pub(super) fn predictions(
    store: &Store,
    split: Split,
    model: &Model,
    options: PredictOptions,
    temperature: Option<f64>,
) -> Result<(Vec<Line>, Vec<LeftOut>, Vec<String>)> {
    let annotations = store.annotations()?;
    let (mut known, mut files, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for image in store.images()?.into_iter().filter(|i| i.split == split) {
        match annotations.get(&image.id).and_then(|a| a.label) {
            Some(label) => {
                files.push(image.file());
                known.push((image.id, image.name, label, image.group));
            }
            None => left_out.push((image.name, "it has no label".to_owned())),
        }
    }
    let bar = Bar::new("predicting", files.len());
    let (mut lines, mut cut_short) = (Vec::with_capacity(files.len()), Vec::new());
    model.predict_files(&files, options, &mut |index, output| {
        bar.at(index + 1, files.len());
        if let Some((image, name, truth, group)) = known.get(index) {
            match output {
                Ok(o) => {
                    cut_short.extend(o.cut_short(name));
                    lines.push(Line {
                        image: *image,
                        name: name.clone(),
                        truth: *truth,
                        probabilities: temperature.map_or(o.probabilities, |t| softened(&o.logits, t)),
                        logits: o.logits,
                        group: group.clone(),
                    })
                }
                Err(why) => left_out.push((name.clone(), why)),
            }
        }
        true
    });
    Ok((lines, left_out, cut_short))
}

/// The probability from which the second class is to be called, chosen on the validation images.
fn chosen(
    store: &Store,
    model: &Model,
    options: PredictOptions,
    (goal, temperature): (FindingGoal, Option<f64>),
) -> Result<(f64, ThresholdBy)> {
    let (lines, _, _) = predictions(store, Split::Validation, model, options, temperature)?;
    let truth: Vec<usize> = lines.iter().map(|line| line.truth).collect();
    let probabilities: Vec<Vec<f32>> = lines.iter().map(|line| line.probabilities.clone()).collect();
    let classes = store.classes()?;
    let of = Judged { truth: &truth, probabilities: &probabilities, groups: &[], classes: &classes, threshold: None };
    let chosen = choose_threshold(of, goal);
    let by = |(threshold, table)| (threshold, chosen_by(goal, truth.len(), &table));
    chosen.map(by).context(
        "no threshold serves that on the validation images: they must be of both classes, and the share wanted within reach",
    )
}

/// The figures finding by finding, with their intervals.
pub(super) fn performance(lines: &[Line], classes: &ClassList, threshold: Option<f64>, args: &Args) -> Performance {
    let truth: Vec<usize> = lines.iter().map(|line| line.truth).collect();
    let probabilities: Vec<Vec<f32>> = lines.iter().map(|line| line.probabilities.clone()).collect();
    let groups: Vec<Option<String>> = lines.iter().map(|line| line.group.clone()).collect();
    let of = Judged { truth: &truth, probabilities: &probabilities, groups: &groups, classes, threshold };
    of_classes(of, Bootstrap { draws: args.draws, seed: args.seed })
}

pub(super) fn figures(lines: &[Line], classes: &ClassList, threshold: Option<f64>) -> ClassificationReport {
    let truth: Vec<usize> = lines.iter().map(|l| l.truth).collect();
    let probabilities: Vec<Vec<f32>> = lines.iter().map(|l| l.probabilities.clone()).collect();
    evaluation::classification_at(&truth, &probabilities, classes, threshold)
}

/// What the model called what it is not.
fn mistakes(
    args: &Args,
    store: &Store,
    (lines, classes): (&[Line], &ClassList),
    threshold: Option<f64>,
) -> Result<Mistakes> {
    let files: HashMap<ImageId, ImageFile> =
        store.images()?.into_iter().map(|image| (image.id, image.file())).collect();
    let answer = |line: &Line| {
        let file = files.get(&line.image)?.clone();
        Some(Answer { file, truth: line.truth, probabilities: line.probabilities.clone() })
    };
    let answers: Vec<Answer> = lines.iter().filter_map(answer).collect();
    Ok(mistakes::of(&answers, classes, threshold, args.pictures))
}

/// How the figures came about, beside the model and the split that stand above them.
fn said_how(card: &ModelCard, threshold: Option<f64>, args: &Args, out: Output) -> Result<()> {
    if let Some(threshold) = threshold {
        out.text(format!("  {} is called from a probability of {threshold:.3} on", card.classes.name(1)))?;
    }
    if args.tta { out.text(format!("  each image is {}", described(card))) } else { Ok(()) }
}

fn write_files(
    dir: &Path,
    lines: &[Line],
    classes: &ClassList,
    (report, split, worse): (&ClassificationReport, Split, &[Robustness]),
    (threshold, tta, card): (Option<f64>, bool, &ModelCard),
) -> Result<()> {
    let how = json!({
        "model": card.name,
        "split": split.name(),
        "classes": classes.names(),
        "threshold": threshold,
        "tta": tta,
        "looked": tta.then(|| described(card)),
        "preprocessing": super::preparation(card),
    });
    super::write_report(dir, report, how, worse)?;
    let path = dir.join("predictions.jsonl");
    let names = classes.names();
    atomically(&path, |out| {
        for line in lines {
            let label = called_class(&line.probabilities, threshold).map(|class| classes.name(class));
            let object = json!({
                "image": line.name,
                "truth": classes.name(line.truth),
                "label": label,
                "probabilities": class_map(&names, &line.probabilities),
                "logits": line.logits,
            });
            writeln!(out, "{object}")?;
        }
        Ok(())
    })
    .with_context(|| format!("{} was not written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_threshold_calls_the_second_class_more_often() {
        let classes = ClassList::from_names(&["healthy", "broken"], false).unwrap();
        let line = |truth, p: f32| Line {
            image: ImageId(1),
            name: String::new(),
            truth,
            logits: vec![0.0; 2],
            probabilities: vec![1.0 - p, p],
            group: None,
        };
        let lines = [line(0, 0.1), line(0, 0.35), line(1, 0.4), line(1, 0.9)];
        assert_eq!(figures(&lines, &classes, None).confusion_matrix, [[2, 0], [1, 1]]);
        let low = figures(&lines, &classes, Some(0.3));
        assert_eq!(low.confusion_matrix, [[1, 1], [0, 2]]);
        assert_eq!(low.per_class["broken"].recall, Some(1.0));
    }
}
