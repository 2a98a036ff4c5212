//! `overread evaluate` for a model that gives classes to whole images.

use super::lines::{self, Lines};
use super::parts::Parts;
use super::report::{self, Subject};
use super::{Args, Learned, LeftOut, classes_chosen_for, confusion, deciding, intervals, kept, log, robustness};
use crate::cli::output::Output;
use crate::cli::predict::class_map;
use crate::cli::progress::Bar;
use crate::cli::project::Chosen;
use crate::cli::report::Figures;
use crate::cli::thresholds;
use crate::domain::Robustness;
use crate::domain::performance::FindingGoal;
use crate::domain::thresholds::RULE;
use crate::domain::{
    AnswerKind, BoxThresholds, ClassList, ClassThresholds, ClassificationReport, Decision, ImageFile, ImageId,
    ModelCard, ModelRecord, Split,
};
use crate::evaluation::performance::{HeldTruths, choose_class_threshold, choose_threshold, of_classes};
use crate::evaluation::temperature::softened;
use crate::files::atomically;
use crate::inference::test_augmentation::described;
use crate::inference::{Model, PredictOptions};
use crate::session::chosen_by;
use crate::session::project::evaluation_report::ThresholdFrom;
use crate::session::project::evaluation_report::mistakes::{self, Answer, Mistakes};
use crate::session::project::reader;
use crate::store::{Store, class_threshold_of, threshold_of};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::collections::HashMap;
use std::path::Path;

/// One labelled image and what the model says.
type Line = lines::Line<usize>;

/// Runs the command; `learned` says what the model was trained on.
pub(super) fn run(
    args: &Args,
    mut store: Store,
    split: Split,
    (of, model): (&Chosen, &Model),
    learned: Learned,
) -> Result<()> {
    let classes = store.classes()?;
    let chosen_for = asked(args, &classes)?;
    let validation = |store: &Store| {
        let (lines, ..) = predictions(store, Split::Validation, model, args.options(), None)?;
        Ok(lines)
    };
    let of = &deciding::decide(args, &mut store, of, &validation)?;
    let of = &kept(args, &mut store, of)?;
    let (temperature, rule) = (of.temperature(model.card()), of.answers(model.card()));
    let (of, thresholds, threshold_from) = &decided(args, &mut store, (of, model), (temperature, &chosen_for))?;
    let (lines, left_out, cut_short) = predictions(&store, split, model, args.options(), temperature)?;
    super::refuse_nothing(lines.len(), left_out.len(), split)?;
    log::opened(args, &mut store, split, of, (&model.card().name, lines.len()))?;
    let held = Lines::of(&lines, HeldTruths::Classes);
    let (report, judged) = (held.figures(&classes, thresholds), held.judged(&classes, thresholds));
    let performance = of_classes(judged, args.bootstrap());
    let parts = Parts::of(args, &store, lines.iter().map(|line| line.image), judged)?;
    let others = report::others(args, &mut store, split, (&held, thresholds))?;
    let worse = robustness::measured(
        args,
        &mut store,
        split,
        (of, model),
        BoxThresholds { all: 0.0, each: thresholds.clone() },
    )?;
    if let Some(dir) = &args.out {
        write_files(dir, &lines, &classes, (&report, split, &worse), (thresholds, args.tta, model.card()))?;
    }
    super::warn(args, &left_out, &cut_short);
    let seen_calibration = deciding::seen(&lines, &classes, temperature, rule);
    let card = model.card();
    let (threshold, own) = report::written(AnswerKind::Class, thresholds, &classes.names());
    let mut extra = json!({
        "classes": classes.names(),
        "never_learned": learned.never,
        "preprocessing": super::preparation(card),
        "looked": args.tta.then(|| described(card)),
        "left_out": left_out.len(),
        "cut_short": cut_short.len(),
        "threshold": threshold,
        "class_thresholds": own,
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
    confusion::print(&report, out)?;
    said_how(card, thresholds, args, out)?;
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
        class_thresholds: own,
        threshold_from: *threshold_from,
        left_out: left_out.len(),
        cut_short: cut_short.len(),
        calibration: seen_calibration,
    };
    let calibration = figures.calibration.clone();
    let judged = Subject { chosen: of, model, learned: &learned }.judged(args, figures);
    let mistakes = args.report.is_some().then(|| mistakes(args, &store, (&lines, &classes), thresholds)).transpose()?;
    let of_model = report::OfModel {
        calibration,
        mistakes,
        subgroups: parts.of_report,
        robustness: robustness::of_report(&store, of, split, worse)?,
        ..report::OfModel::default()
    };
    report::write(args, &mut store, (judged, of_model), others)
}

/// The classes whose thresholds are to be chosen; fails where thresholds are asked for that the classes cannot have. Said now
/// and not after minutes of work.
fn asked(args: &Args, classes: &ClassList) -> Result<Vec<usize>> {
    let chosen_for = classes_chosen_for(args, &classes.names())?;
    if args.choose.is_some() && classes.len() != 2 && chosen_for.is_empty() {
        bail!(
            "of {} classes each has its own threshold: say whose is chosen, by --class NAME or --class all",
            classes.len()
        );
    }
    if classes.len() == 2 && !chosen_for.is_empty() {
        bail!("of two classes there is one threshold: leave --class out");
    }
    thresholds::of_classes(&args.threshold, &classes.names(), ClassThresholds::default())?;
    Ok(chosen_for)
}

/// How classes are called, chosen on the validation images where that is asked for, and where it comes from; the model as it is
/// then.
fn decided(
    args: &Args,
    store: &mut Store,
    (of, model): (&Chosen, &Model),
    (temperature, chosen_for): (Option<f64>, &[usize]),
) -> Result<(Chosen, ClassThresholds, ThresholdFrom)> {
    let as_it_is = || Chosen { file: of.file.clone(), record: of.record.clone() };
    let Some(goals) = args.choose else {
        let (thresholds, from) = self::thresholds(args, of, model)?;
        return Ok((as_it_is(), thresholds, from));
    };
    let Some(record) = &of.record else {
        bail!("--choose keeps the threshold with a model of the project: name one instead of a file");
    };
    let Some(goal) = goals.finding else {
        bail!("map is for models that draw boxes: use f1, youden, sensitivity=0.9, specificity=0.9 or cost=5");
    };
    let decisions = chosen(store, (model, record), args.options(), (goal, temperature, chosen_for))?;
    if !decisions.is_empty() {
        let reader = reader::of_project(store)?;
        store.decide(&reader, &decisions)?;
    }
    let record = store.model(record.id)?;
    let thresholds = record.thresholds();
    Ok((Chosen { record: Some(record), ..as_it_is() }, thresholds, ThresholdFrom::ChosenNow))
}

/// How classes are called where nothing is to be chosen, and where that comes from.
pub(super) fn thresholds(args: &Args, of: &Chosen, model: &Model) -> Result<(ClassThresholds, ThresholdFrom)> {
    let kept = of.class_thresholds(model.card());
    if !args.threshold.is_empty() && !args.keep {
        let given = thresholds::of_classes(&args.threshold, &model.card().classes.names(), kept)?;
        return Ok((given, ThresholdFrom::Given));
    }
    let from = match (kept.is_empty(), &of.record) {
        (true, _) => ThresholdFrom::MostProbable,
        (false, None) => ThresholdFrom::ModelFile,
        (false, Some(_)) => ThresholdFrom::Project,
    };
    Ok((kept, from))
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

/// The decisions that fix the threshold of the second of two classes, or those of these classes of more, as the validation
/// images have it.
fn chosen(
    store: &Store,
    (model, record): (&Model, &ModelRecord),
    options: PredictOptions,
    (goal, temperature, chosen_for): (FindingGoal, Option<f64>, &[usize]),
) -> Result<Vec<Decision>> {
    let (lines, _, _) = predictions(store, Split::Validation, model, options, temperature)?;
    let (lines, classes) = (Lines::of(&lines, HeldTruths::Classes), store.classes()?);
    let of = lines.judged(&classes, ClassThresholds::NONE);
    if chosen_for.is_empty() {
        let (threshold, table) =
            choose_threshold(of, goal).context(format!("no threshold serves that {NO_THRESHOLD}"))?;
        let unchanged = record.threshold == Some(threshold);
        let decision = threshold_of(record, Some(threshold), chosen_by(goal, &table));
        return Ok(if unchanged { Vec::new() } else { vec![decision] });
    }
    let mut decisions = Vec::new();
    for class in chosen_for {
        let name = classes.name(*class);
        let chosen = choose_class_threshold(of, *class, goal);
        let (threshold, table) =
            chosen.with_context(|| format!("no threshold of {name} serves that {NO_THRESHOLD}"))?;
        let by = chosen_by(goal, &table);
        decisions.extend(class_threshold_of(record, &name, Some(threshold), by)?);
    }
    Ok(decisions)
}

const NO_THRESHOLD: &str =
    "on the validation images: some must be of the class and some of another, and the share wanted within reach";

/// What the model called what it is not.
fn mistakes(
    args: &Args,
    store: &Store,
    (lines, classes): (&[Line], &ClassList),
    thresholds: &ClassThresholds,
) -> Result<Mistakes> {
    let files: HashMap<ImageId, ImageFile> =
        store.images()?.into_iter().map(|image| (image.id, image.file())).collect();
    let answer = |line: &Line| {
        let file = files.get(&line.image)?.clone();
        Some(Answer { file, truth: line.truth, probabilities: line.probabilities.clone() })
    };
    let answers: Vec<Answer<usize>> = lines.iter().filter_map(answer).collect();
    Ok(mistakes::of(&answers, classes, thresholds, args.pictures))
}

/// How the figures came about, beside the model and the split that stand above them.
fn said_how(card: &ModelCard, thresholds: &ClassThresholds, args: &Args, out: Output) -> Result<()> {
    let names = card.classes.names();
    for (class, threshold) in thresholds.with_names(&names) {
        out.text(format!("  {class} is called from a probability of {threshold:.3} on"))?;
    }
    if !thresholds.is_empty() && names.len() != 2 {
        out.text(format!("  {RULE}"))?;
    }
    if args.tta { out.text(format!("  each image is {}", described(card))) } else { Ok(()) }
}

fn write_files(
    dir: &Path,
    lines: &[Line],
    classes: &ClassList,
    (report, split, worse): (&ClassificationReport, Split, &[Robustness]),
    (thresholds, tta, card): (&ClassThresholds, bool, &ModelCard),
) -> Result<()> {
    let (threshold, own) = report::written(AnswerKind::Class, thresholds, &classes.names());
    let how = json!({
        "model": card.name,
        "split": split.name(),
        "classes": classes.names(),
        "threshold": threshold,
        "class_thresholds": own,
        "tta": tta,
        "looked": tta.then(|| described(card)),
        "preprocessing": super::preparation(card),
    });
    super::write_report(dir, report, how, worse)?;
    let path = dir.join("predictions.jsonl");
    let names = classes.names();
    atomically(&path, |out| {
        for line in lines {
            let label = thresholds.called(&line.probabilities).map(|class| classes.name(class));
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
        let lines = Lines::of(&[line(0, 0.1), line(0, 0.35), line(1, 0.4), line(1, 0.9)], HeldTruths::Classes);
        assert_eq!(lines.figures(&classes, ClassThresholds::NONE).confusion_matrix, [[2, 0], [1, 1]]);
        let low = lines.figures(&classes, &ClassThresholds::of_second(Some(0.3)));
        assert_eq!(low.confusion_matrix, [[1, 1], [0, 2]]);
        assert_eq!(low.per_class["broken"].recall, Some(1.0));
    }
}
