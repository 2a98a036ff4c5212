//! `overread evaluate` for a model that answers with findings, of which an image may have several.

use super::lines::{self, Lines};
use super::parts::Parts;
use super::report::{self, Subject};
use super::{Args, Learned, LeftOut, classes_chosen_for, findings_deciding, intervals, kept, log, robustness};
use crate::cli::output::Output;
use crate::cli::predict::class_map;
use crate::cli::progress::Bar;
use crate::cli::project::Chosen;
use crate::cli::report::Figures;
use crate::cli::thresholds;
use crate::domain::prediction::answered_findings;
use crate::domain::{
    AnswerKind, BoxThresholds, ClassList, ClassThresholds, Decision, Findings, ImageFile, ImageId, ModelCard,
    ModelRecord, Presence, Split,
};
use crate::evaluation::performance::{HeldTruths, choose_class_threshold, of_classes};
use crate::evaluation::temperature;
use crate::files::atomically;
use crate::inference::test_augmentation::described;
use crate::inference::{Model, PredictOptions};
use crate::session::project::evaluation_report::mistakes::{self, Answer};
use crate::session::project::evaluation_report::{FindingMistakes, ThresholdFrom};
use crate::session::project::reader;
use crate::session::{chosen_by, known_findings};
use crate::store::{Store, class_threshold_of};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

/// What is known of an image's findings, and what the model says, at the temperature of each where there are some.
type Line = lines::Line<Findings>;

/// Runs the command.
pub(super) fn run(
    args: &Args,
    mut store: Store,
    split: Split,
    (of, model): (&Chosen, &Model),
    learned: Learned,
) -> Result<()> {
    let classes = store.classes()?;
    let names = classes.names();
    let mut chosen_for = classes_chosen_for(args, &names)?;
    if chosen_for.is_empty() {
        chosen_for = classes.finding_places().collect();
    }
    thresholds::of_findings(&args.threshold, &names, ClassThresholds::default())?;
    let validation = |store: &Store| {
        let (lines, ..) = predictions(store, Split::Validation, (of, model, &classes), args.options())?;
        Ok(lines)
    };
    let of = &findings_deciding::decide(args, &mut store, of, &validation)?;
    let of = &kept(args, &mut store, of)?;
    let (of, own, threshold_from) = &decided(args, &mut store, (of, model), &chosen_for)?;
    let (lines, left_out, cut_short) = predictions(&store, split, (of, model, &classes), args.options())?;
    super::refuse_nothing(lines.len(), left_out.len(), split)?;
    log::opened(args, &mut store, split, of, (&model.card().name, lines.len()))?;
    let held = Lines::of(&lines, HeldTruths::Findings);
    let report = held.figures(&classes, own);
    let judged = held.judged(&classes, own);
    let performance = of_classes(judged, args.bootstrap());
    let parts = Parts::of(args, &store, lines.iter().map(|line| line.image), judged)?;
    let worse =
        robustness::measured(args, &mut store, split, (of, model), BoxThresholds { all: 0.0, each: own.clone() })?;
    let others = report::others(args, &mut store, split, (&held, own))?;
    let card = model.card();
    let each: Vec<f64> = (0..names.len()).map(|at| own.of(at).unwrap_or(ModelRecord::THRESHOLD)).collect();
    let how = json!({
        "model": card.name,
        "split": split.name(),
        "classes": names,
        "thresholds": thresholds_map(&classes, &each),
        "temperatures": temperatures_map(of, card),
        "tta": args.tta,
        "looked": args.tta.then(|| described(card)),
        "preprocessing": super::preparation(card),
    });
    if let Some(dir) = &args.out {
        super::write_report(dir, &report, how.clone(), &worse)?;
        write_predictions(dir, &lines, &classes, &each)?;
    }
    super::warn(args, &left_out, &cut_short);
    let seen_calibration = findings_deciding::seen(&lines, of, card);
    let mut extra = how;
    if let Some(object) = extra.as_object_mut() {
        // Said beside them already.
        object.remove("model");
        object.remove("split");
        object.insert("never_learned".to_owned(), json!(learned.never));
        object.insert("left_out".to_owned(), json!(left_out.len()));
        object.insert("cut_short".to_owned(), json!(cut_short.len()));
        object.insert("seen_in_training".to_owned(), json!(learned.seen));
        object.insert("calibration".to_owned(), serde_json::to_value(&seen_calibration)?);
        object.insert("performance".to_owned(), serde_json::to_value(&performance)?);
        if !worse.is_empty() {
            object.insert("robustness".to_owned(), serde_json::to_value(&worse)?);
        }
        if !args.by.is_empty() {
            object.insert("subgroups".to_owned(), serde_json::to_value(&parts.asked)?);
        }
        report::insert(object, &others)?;
    }
    let out = Output::new(args.json);
    Figures { model: &card.name, split: split.name(), report: &report, extra }.print(out)?;
    if args.tta {
        out.text(format!("  each image is {}", described(card)))?;
    }
    intervals::print(&performance, out)?;
    findings_deciding::print(seen_calibration.as_ref(), out)?;
    parts.print(out)?;
    robustness::print(&worse, out)?;
    report::lineup(args, &card.name, &performance, &others)?;
    let (threshold, class_thresholds) = report::written(AnswerKind::Findings, own, &names);
    let found = report::Found {
        split,
        report,
        performance: Some(performance),
        box_performance: None,
        threshold,
        class_thresholds,
        threshold_from: *threshold_from,
        left_out: left_out.len(),
        cut_short: cut_short.len(),
        calibration: None,
    };
    let judged = Subject { chosen: of, model, learned: &learned }.judged(args, found);
    let mistakes = args.report.is_some().then(|| mistakes(args, &store, (&lines, &classes), own)).transpose()?;
    let of_model = report::OfModel {
        findings_calibration: seen_calibration,
        finding_mistakes: mistakes.unwrap_or_default(),
        subgroups: parts.of_report,
        robustness: robustness::of_report(&store, of, split, worse)?,
        ..report::OfModel::default()
    };
    report::write(args, &mut store, (judged, of_model), others)
}

/// From where on each finding is said to be present, chosen on the validation images where that is asked for, and where that
/// comes from; the model as it is then.
fn decided(
    args: &Args,
    store: &mut Store,
    (of, model): (&Chosen, &Model),
    chosen_for: &[usize],
) -> Result<(Chosen, ClassThresholds, ThresholdFrom)> {
    let as_it_is = || Chosen { file: of.file.clone(), record: of.record.clone() };
    let Some(goals) = args.choose else {
        let (own, from) = thresholds(args, of, model.card())?;
        return Ok((as_it_is(), own, from));
    };
    let Some(record) = &of.record else {
        bail!("--choose keeps thresholds with a model of the project: name one instead of a file");
    };
    let Some(goal) = goals.finding else {
        bail!("map is for models that draw boxes: use f1, youden, sensitivity=0.9, specificity=0.9 or cost=5");
    };
    let classes = store.classes()?;
    let (lines, ..) = predictions(store, Split::Validation, (of, model, &classes), args.options())?;
    let lines = Lines::of(&lines, HeldTruths::Findings);
    let mut decisions: Vec<Decision> = Vec::new();
    for finding in chosen_for {
        let name = classes.name(*finding);
        let chosen = choose_class_threshold(lines.judged(&classes, ClassThresholds::NONE), *finding, goal);
        let (threshold, table) = chosen.with_context(|| {
            format!(
                "no threshold of {name} serves that on the validation images: some must have it and some not, and the share \
                 wanted be within reach"
            )
        })?;
        let by = chosen_by(goal, &table);
        decisions.extend(class_threshold_of(record, &name, Some(threshold), by)?);
    }
    if !decisions.is_empty() {
        let reader = reader::of_project(store)?;
        store.decide(&reader, &decisions)?;
    }
    let record = store.model(record.id)?;
    let own = record.thresholds();
    Ok((Chosen { record: Some(record), ..as_it_is() }, own, ThresholdFrom::ChosenNow))
}

/// From where on each finding is said to be present where nothing is to be chosen, and where that comes from.
pub(super) fn thresholds(args: &Args, of: &Chosen, card: &ModelCard) -> Result<(ClassThresholds, ThresholdFrom)> {
    let kept = of.class_thresholds(card);
    if !args.threshold.is_empty() && !args.keep {
        let given = thresholds::of_findings(&args.threshold, &card.classes.names(), kept)?;
        return Ok((given, ThresholdFrom::Given));
    }
    let from = ThresholdFrom::of_findings(!kept.is_empty(), of.record.is_some());
    Ok((kept, from))
}

/// What the model told wrong of each finding.
fn mistakes(
    args: &Args,
    store: &Store,
    (lines, classes): (&[Line], &ClassList),
    own: &ClassThresholds,
) -> Result<Vec<FindingMistakes>> {
    let files: HashMap<ImageId, ImageFile> =
        store.images()?.into_iter().map(|image| (image.id, image.file())).collect();
    let answer = |line: &Line| {
        let file = files.get(&line.image)?.clone();
        Some(Answer { file, truth: line.truth.clone(), probabilities: line.probabilities.clone() })
    };
    let answers: Vec<Answer<Findings>> = lines.iter().filter_map(answer).collect();
    Ok(mistakes::of_findings(&answers, classes, own, args.pictures))
}

/// The temperature of each finding by its name; empty where the model's own probabilities are used.
fn temperatures_map(of: &Chosen, card: &ModelCard) -> Value {
    let each = of.decided(card).finding_temperatures.into_iter();
    Value::Object(each.map(|one| (one.finding, json!(one.temperature))).collect())
}

/// The threshold of each finding by its name.
fn thresholds_map(classes: &ClassList, each: &[f64]) -> Value {
    let of = |place: usize| Some((classes.name(place), json!(each.get(place)?)));
    Value::Object(classes.finding_places().filter_map(of).collect())
}

/// What the model says of every image of a split of which something is known of a finding, calibrated where that is decided.
pub(super) fn predictions(
    store: &Store,
    split: Split,
    (of, model, classes): (&Chosen, &Model, &ClassList),
    options: PredictOptions,
) -> Result<(Vec<Line>, Vec<LeftOut>, Vec<String>)> {
    let annotations = store.annotations()?;
    let (mut known, mut files, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for image in store.images()?.into_iter().filter(|image| image.split == split) {
        match annotations.get(&image.id).and_then(|annotation| known_findings(annotation, classes)) {
            Some(said) => {
                files.push(image.file());
                known.push((image.id, image.name, said, image.group));
            }
            None => left_out.push((image.name, "nobody said anything of a finding".to_owned())),
        }
    }
    let by = of.temperatures(model.card());
    let bar = Bar::new("predicting", files.len());
    let (mut lines, mut cut_short) = (Vec::with_capacity(files.len()), Vec::new());
    model.predict_files(&files, options, &mut |index, output| {
        bar.at(index + 1, files.len());
        if let Some((image, name, is, group)) = known.get(index) {
            match output {
                Ok(said) => {
                    cut_short.extend(said.cut_short(name));
                    lines.push(Line {
                        image: *image,
                        name: name.clone(),
                        truth: is.clone(),
                        probabilities: temperature::calibrated(said.probabilities, &said.logits, &by),
                        logits: said.logits,
                        group: group.clone(),
                    });
                }
                Err(why) => left_out.push((name.clone(), why)),
            }
        }
        true
    });
    Ok((lines, left_out, cut_short))
}

fn write_predictions(dir: &Path, lines: &[Line], classes: &ClassList, each: &[f64]) -> Result<()> {
    let path = dir.join("predictions.jsonl");
    let names = classes.names();
    atomically(&path, |out| {
        for line in lines {
            let of = |presence: Presence| -> Vec<String> {
                line.truth.that_are(presence).map(|finding| classes.name(finding)).collect()
            };
            let answered = answered_findings(&line.probabilities, each, classes);
            let present: Vec<String> =
                answered.that_are(Presence::Present).map(|finding| classes.name(finding)).collect();
            let object = json!({
                "image": line.name,
                "present": of(Presence::Present),
                "absent": of(Presence::Absent),
                "uncertain": of(Presence::Uncertain),
                "findings": present,
                "probabilities": class_map(&names, &line.probabilities),
                "logits": line.logits,
            });
            writeln!(out, "{object}")?;
        }
        Ok(())
    })
    .with_context(|| format!("{} was not written", path.display()))
}
