//! `overread evaluate` for a model that draws boxes.

use super::parts::BoxParts;
use super::report::{self, Subject};
use super::tables::write_tables;
use super::{Args, Learned, LeftOut, classes_chosen_for, intervals, kept, log, robustness};
use crate::cli::output::Output;
use crate::cli::predict::box_object;
use crate::cli::progress::Bar;
use crate::cli::project::Chosen;
use crate::cli::report::Figures;
use crate::cli::thresholds;
use crate::domain::calibration::BoxCalibration;
use crate::domain::{
    Basis, BetaMap, BoxThresholds, ClassList, ClassificationReport, Decision, ImageId, ModelRecord, PredictedBox,
    Split, ThresholdBy, ThresholdGoal, TrueBox,
};
use crate::evaluation::boxes::{
    JudgedBoxes, box_calibration, choose_class_threshold, choose_threshold, hits, of_boxes, of_detector,
};
use crate::files::atomically;
use crate::inference::test_augmentation::described;
use crate::inference::{Model, PredictOptions};
use crate::session::project::evaluation_report::ThresholdFrom;
use crate::session::project::reader;
use crate::session::{fitted_scores, rescored, with_scores};
use crate::store::{Store, class_threshold_of, threshold_of};
use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::Path;

/// The images of a split of which the boxes are known, with what was found on them; entry by entry.
#[derive(Default)]
pub(super) struct Found {
    pub images: Vec<ImageId>,
    names: Vec<String>,
    groups: Vec<Option<String>>,
    pub truth: Vec<Vec<TrueBox>>,
    pub boxes: Vec<Vec<PredictedBox>>,
    pub left_out: Vec<LeftOut>,
    /// A sentence for each that is cut short.
    pub cut_short: Vec<String>,
}

impl Found {
    /// As figures are made of it.
    pub fn judged<'a>(&'a self, classes: &'a ClassList, thresholds: &'a BoxThresholds) -> JudgedBoxes<'a> {
        JudgedBoxes { truth: &self.truth, found: &self.boxes, groups: &self.groups, classes, thresholds }
    }

    /// The images that are in another list, too.
    pub fn kept(&self, other: &Self) -> Self {
        let known: HashSet<&String> = other.names.iter().collect();
        let mut kept = Self::default();
        let all = self.images.iter().zip(&self.names).zip(&self.groups).zip(&self.truth).zip(&self.boxes);
        for ((((image, name), group), truth), boxes) in all {
            if known.contains(name) {
                kept.images.push(*image);
                kept.names.push(name.clone());
                kept.groups.push(group.clone());
                kept.truth.push(truth.clone());
                kept.boxes.push(boxes.clone());
            }
        }
        kept
    }
}

/// Runs the command; `learned` says what the model was trained on.
pub(super) fn run(
    args: &Args,
    mut store: Store,
    split: Split,
    (of, model): (&Chosen, &Model),
    learned: Learned,
) -> Result<()> {
    if args.not_sure.is_some() {
        bail!("this model draws boxes: --not-sure is for models that give classes");
    }
    let of = &recalibrated(args, &mut store, of, model)?;
    let of = &kept(args, &mut store, of)?;
    let scores = of.scores(model.card());
    let classes = store.classes()?;
    let chosen_for = classes_chosen_for(args, &classes.names())?;
    // Said now and not after minutes of work.
    thresholds::of_boxes(&args.threshold, &classes.names(), BoxThresholds::default())?;
    let (of, thresholds, threshold_from) = &decided(args, &mut store, (of, model), &chosen_for)?;
    let (threshold, own) = (thresholds.all, thresholds.each.with_names(&classes.names()));
    let mut found = found(&store, split, model, args.options())?;
    super::refuse_nothing(found.truth.len(), found.left_out.len(), split)?;
    let calibration = calibration(&found, &classes, scores);
    found.boxes.iter_mut().for_each(|boxes| with_scores(boxes, scores));
    log::opened(args, &mut store, split, of, (&model.card().name, found.truth.len()))?;
    let report = of_detector(&found.truth, &found.boxes, &classes, thresholds);
    let worse = robustness::measured(args, &mut store, split, (of, model), thresholds.clone())?;
    if let Some(dir) = &args.out {
        let card = model.card();
        let how = json!({
            "model": card.name,
            "split": split.name(),
            "classes": classes.names(),
            "threshold": threshold,
            "class_thresholds": own,
            "tta": args.tta,
            "fusion": args.tta.then(|| args.fusion.name()),
            "looked": args.tta.then(|| described(card)),
            "preprocessing": super::preparation(card),
        });
        super::write_report(dir, &report, how, &worse)?;
        write_files(dir, &found, &classes, &report)?;
    }
    super::warn(args, &found.left_out, &found.cut_short);
    let parts = BoxParts::of(args, &store, &found, &classes, thresholds)?;
    let others = report::others_of_boxes(args, &mut store, split, (&found, thresholds))?;
    let performance = of_boxes(found.judged(&classes, thresholds), args.bootstrap());
    let mut extra = json!({
        "box_performance": performance,
        "left_out": found.left_out.len(),
        "cut_short": found.cut_short.len(),
        "threshold": threshold,
        "class_thresholds": own,
        "tta": args.tta,
        "fusion": args.tta.then(|| args.fusion.name()),
        "looked": args.tta.then(|| described(model.card())),
        "classes": classes.names(),
        "never_learned": learned.never,
        "preprocessing": super::preparation(model.card()),
        "seen_in_training": learned.seen,
        "score_calibration": calibration,
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
    let name = &model.card().name;
    Figures { model: name, split: split.name(), report: &report, extra }.print(Output::new(args.json))?;
    intervals::print_boxes(&performance, Output::new(args.json))?;
    print_calibration(&calibration, Output::new(args.json))?;
    parts.print(Output::new(args.json))?;
    robustness::print(&worse, Output::new(args.json))?;
    report::box_lineup(args, name, &performance, &others)?;
    let figures = report::Found {
        split,
        report,
        performance: None,
        box_performance: Some(performance),
        threshold: Some(threshold),
        class_thresholds: own,
        threshold_from: *threshold_from,
        left_out: found.left_out.len(),
        cut_short: found.cut_short.len(),
        calibration: None,
    };
    let judged = Subject { chosen: of, model, learned: &learned }.judged(args, figures);
    let robustness = robustness::of_report(&store, of, split, worse)?;
    let of_model = report::OfModel {
        box_calibration: Some(calibration),
        box_subgroups: parts.of_report,
        robustness,
        ..report::OfModel::default()
    };
    report::write(args, &mut store, (judged, of_model), others)
}

/// From which scores boxes count, chosen on the validation images where that is asked for, and where it comes from; the model
/// as it is then.
fn decided(
    args: &Args,
    store: &mut Store,
    (of, model): (&Chosen, &Model),
    chosen_for: &[usize],
) -> Result<(Chosen, BoxThresholds, ThresholdFrom)> {
    let as_it_is = || Chosen { file: of.file.clone(), record: of.record.clone() };
    let Some(goals) = args.choose else {
        let (thresholds, from) = self::thresholds(args, of, model)?;
        return Ok((as_it_is(), thresholds, from));
    };
    let Some(goal) = goals.boxes else {
        bail!("this model draws boxes: choose its threshold by f1, map or sensitivity=0.9");
    };
    let Some(record) = &of.record else {
        bail!("--choose keeps the threshold with a model of the project: name one instead of a file");
    };
    let decisions = chosen(store, (model, record), args.options(), (goal, chosen_for))?;
    if !decisions.is_empty() {
        let reader = reader::of_project(store)?;
        store.decide(&reader, &decisions)?;
    }
    let record = store.model(record.id)?;
    let thresholds = record.box_thresholds();
    Ok((Chosen { record: Some(record), ..as_it_is() }, thresholds, ThresholdFrom::ChosenNow))
}

/// From which scores the boxes of a model count where nothing is to be chosen, and where that comes from.
pub(super) fn thresholds(args: &Args, of: &Chosen, model: &Model) -> Result<(BoxThresholds, ThresholdFrom)> {
    let kept = of.box_thresholds(model.card());
    if args.threshold.is_empty() || args.keep {
        return Ok((kept, ThresholdFrom::of_boxes(model.card(), of.record.as_ref())));
    }
    Ok((thresholds::of_boxes(&args.threshold, &model.card().classes.names(), kept)?, ThresholdFrom::Given))
}

/// Calibrates the scores on the validation images, or takes that away, where it is asked for; the model as it is then.
fn recalibrated(args: &Args, store: &mut Store, of: &Chosen, model: &Model) -> Result<Chosen> {
    let mut record = of.record.clone();
    if args.calibrate || args.uncalibrate {
        let Some(known) = &record else {
            bail!("what is decided is kept with a model of the project: name one instead of a file");
        };
        let decisions = if args.calibrate {
            let found = found(store, Split::Validation, model, args.options())?;
            let hits = hits(&found.truth, &found.boxes, &store.classes()?);
            fitted_scores(known, &hits, found.truth.len()).map_err(|why| anyhow!(why))?
        } else {
            rescored(known, None, 0)
        };
        if !decisions.is_empty() {
            let (reader, id) = (reader::of_project(store)?, known.id);
            store.decide(&reader, &decisions)?;
            record = Some(store.model(id)?);
        }
    }
    Ok(Chosen { file: of.file.clone(), record })
}

/// How the model's own scores do, and the calibrated ones where there are some.
fn calibration(found: &Found, classes: &ClassList, scores: Option<BetaMap>) -> BoxCalibration {
    box_calibration(&hits(&found.truth, &found.boxes, classes), scores)
}

/// Prints it where scores are calibrated, a line a figure.
fn print_calibration(of: &BoxCalibration, out: Output) -> Result<()> {
    let (Some(map), Some(calibrated)) = (of.map, &of.calibrated) else { return Ok(()) };
    let BetaMap { a, b, c, boxes } = map;
    out.text(format!(
        "scores calibrated on {boxes} boxes: log odds {a:.3} ln(s) - {b:.3} ln(1 - s) + {c:.3}; {} boxes here:",
        of.boxes
    ))?;
    let number = |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), |value| format!("{value:.3}"));
    for ((title, own), (_, now)) in of.own.rows().into_iter().zip(calibrated.rows()) {
        out.text(format!("  {title:<26} {} -> {} (lower is better)", number(own), number(now)))?;
    }
    Ok(())
}

/// The decisions that fix the threshold of all boxes, or those of these classes, as the validation images have it.
fn chosen(
    store: &Store,
    (model, record): (&Model, &ModelRecord),
    options: PredictOptions,
    (goal, chosen_for): (ThresholdGoal, &[usize]),
) -> Result<Vec<Decision>> {
    let mut found = found(store, Split::Validation, model, options)?;
    found.boxes.iter_mut().for_each(|boxes| with_scores(boxes, record.scores));
    let classes = store.classes()?;
    let by = || {
        let on = Basis { split: Split::Validation, images: found.truth.len(), positives: None };
        ThresholdBy::Goal { goal: goal.to_string(), on, reached: None }
    };
    if found.truth.iter().all(Vec::is_empty) {
        bail!("there is no validation image with a box to choose a threshold on: draw some, or give --threshold");
    }
    if chosen_for.is_empty() {
        let threshold = choose_threshold(&found.truth, &found.boxes, &classes, goal);
        let unchanged = record.threshold == Some(threshold);
        return Ok(if unchanged { Vec::new() } else { vec![threshold_of(record, Some(threshold), by())] });
    }
    let mut decisions = Vec::new();
    for class in chosen_for {
        let name = classes.name(*class);
        if !found.truth.iter().flatten().any(|one| one.class == *class) {
            bail!(
                "there is no validation image with a box of {name} to choose its threshold on: draw some, or give --threshold"
            );
        }
        let threshold = choose_class_threshold(&found.truth, &found.boxes, (&classes, *class), goal);
        decisions.extend(class_threshold_of(record, &name, Some(threshold), by())?);
    }
    Ok(decisions)
}

pub(super) fn found(store: &Store, split: Split, model: &Model, options: PredictOptions) -> Result<Found> {
    let (annotations, classes) = (store.annotations()?, store.classes()?);
    let (mut files, mut images, mut found) = (Vec::new(), Vec::new(), Found::default());
    for image in store.images()?.into_iter().filter(|i| i.split == split) {
        match annotations.get(&image.id).filter(|a| a.boxes_known(&classes)) {
            Some(annotation) => {
                files.push(image.file());
                images.push((image.id, image.name, image.group, annotation.true_boxes()));
            }
            None => found.left_out.push((image.name, "it is not known what boxes it has".to_owned())),
        }
    }
    let bar = Bar::new("predicting", files.len());
    let total = files.len();
    let mut images = images.into_iter();
    model.predict_files(&files, options, &mut |index, output| {
        bar.at(index + 1, total);
        let Some((image, name, group, truth)) = images.next() else { return false };
        match output {
            Ok(output) => {
                found.cut_short.extend(output.cut_short(&name));
                found.images.push(image);
                found.names.push(name);
                found.groups.push(group);
                found.truth.push(truth);
                found.boxes.push(output.boxes);
            }
            Err(why) => found.left_out.push((name, why)),
        }
        true
    });
    Ok(found)
}

fn write_files(dir: &Path, found: &Found, classes: &ClassList, report: &ClassificationReport) -> Result<()> {
    if let Some(boxes) = &report.detection {
        write_tables(dir, boxes)?;
    }
    let path = dir.join("predictions.jsonl");
    let drawn = |b: &TrueBox| -> Value {
        let r = &b.rect;
        json!({"class": classes.name(b.class), "xmin": r.xmin, "ymin": r.ymin, "xmax": r.xmax, "ymax": r.ymax})
    };
    let names = classes.names();
    atomically(&path, |out| {
        for ((name, truth), boxes) in found.names.iter().zip(&found.truth).zip(&found.boxes) {
            let truth: Vec<Value> = truth.iter().map(drawn).collect();
            let boxes: Vec<Value> = boxes.iter().map(|b| box_object(&names, b)).collect();
            writeln!(out, "{}", json!({"image": name, "truth": truth, "boxes": boxes}))?;
        }
        Ok(())
    })
    .with_context(|| format!("{} was not written", path.display()))
}
