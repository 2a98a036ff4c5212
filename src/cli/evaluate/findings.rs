//! `overread evaluate` for a model that answers with findings, of which an image may have several.

use super::lines::{self, Lines};
use super::parts::Parts;
use super::report::{self, Subject};
use super::{Args, Learned, LeftOut, classes_chosen_for, intervals, kept, log};
use crate::cli::output::Output;
use crate::cli::predict::class_map;
use crate::cli::progress::Bar;
use crate::cli::project::Chosen;
use crate::cli::report::Figures;
use crate::cli::thresholds;
use crate::domain::prediction::answered_findings;
use crate::domain::{
    AnswerKind, ClassList, ClassThresholds, Decision, Findings, ImageFile, ImageId, ModelCard, ModelRecord, Presence,
    Split,
};
use crate::evaluation::performance::{HeldTruths, choose_class_threshold, of_classes};
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

/// What is known of an image's findings, and what the model says.
type Line = lines::Line<Findings>;

/// What is asked for that is not there for findings.
fn refuse_what_is_not_there(args: &Args) -> Result<()> {
    for (name, asked) in [
        ("--calibrate", args.calibrate || args.uncalibrate),
        ("--not-sure", args.not_sure.is_some()),
        ("--robustness", args.robustness.is_some()),
    ] {
        if asked {
            bail!("{name} is not there for models that answer with findings: leave it out");
        }
    }
    Ok(())
}

/// Runs the command.
pub(super) fn run(
    args: &Args,
    mut store: Store,
    split: Split,
    (of, model): (&Chosen, &Model),
    learned: Learned,
) -> Result<()> {
    refuse_what_is_not_there(args)?;
    let classes = store.classes()?;
    let names = classes.names();
    let mut chosen_for = classes_chosen_for(args, &names)?;
    if chosen_for.is_empty() {
        chosen_for = classes.finding_places().collect();
    }
    thresholds::of_findings(&args.threshold, &names, ClassThresholds::default())?;
    let of = &kept(args, &mut store, of)?;
    let (of, own, threshold_from) = &decided(args, &mut store, (of, model), &chosen_for)?;
    let (lines, left_out, cut_short) = predictions(&store, split, (model, &classes), args.options())?;
    log::opened(args, &mut store, split, of, (&model.card().name, lines.len()))?;
    let held = Lines::of(&lines, HeldTruths::Findings);
    let report = held.figures(&classes, own);
    let judged = held.judged(&classes, own);
    let performance = of_classes(judged, args.bootstrap());
    let parts = Parts::of(args, &store, lines.iter().map(|line| line.image), judged)?;
    let others = report::others(args, &mut store, split, (&held, own))?;
    let card = model.card();
    let each: Vec<f64> = (0..names.len()).map(|at| own.of(at).unwrap_or(ModelRecord::THRESHOLD)).collect();
    let how = json!({
        "model": card.name,
        "split": split.name(),
        "classes": names,
        "thresholds": thresholds_map(&classes, &each),
        "tta": args.tta,
        "looked": args.tta.then(|| described(card)),
        "preprocessing": super::preparation(card),
    });
    if let Some(dir) = &args.out {
        super::write_report(dir, &report, how.clone(), &[])?;
        write_predictions(dir, &lines, &classes, &each)?;
    }
    super::warn(&left_out, &cut_short);
    let mut extra = how;
    if let Some(object) = extra.as_object_mut() {
        // Said beside them already.
        object.remove("model");
        object.remove("split");
        object.insert("never_learned".to_owned(), json!(learned.never));
        object.insert("left_out".to_owned(), json!(left_out.len()));
        object.insert("cut_short".to_owned(), json!(cut_short.len()));
        object.insert("seen_in_training".to_owned(), json!(learned.seen));
        object.insert("performance".to_owned(), serde_json::to_value(&performance)?);
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
    parts.print(out)?;
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
        finding_mistakes: mistakes.unwrap_or_default(),
        subgroups: parts.of_report,
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
    let (lines, ..) = predictions(store, Split::Validation, (model, &classes), args.options())?;
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
        let by = chosen_by(goal, (table.positives() + table.negatives()).round() as usize, &table);
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

/// The threshold of each finding by its name.
fn thresholds_map(classes: &ClassList, each: &[f64]) -> Value {
    let of = |place: usize| Some((classes.name(place), json!(each.get(place)?)));
    Value::Object(classes.finding_places().filter_map(of).collect())
}

/// What the model says of every image of a split of which something is known of a finding.
pub(super) fn predictions(
    store: &Store,
    split: Split,
    (model, classes): (&Model, &ClassList),
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
                        logits: said.logits,
                        probabilities: said.probabilities,
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
