//! `overread evaluate --report --against --table`: one model or several on the same images, for a reader outside.

use super::lines::{Lines, Said, apart};
use super::{Args, Learned, boxes, classes, findings, learned, log};
use crate::cli::output::Output;
use crate::cli::project::{Chosen, chosen_model};
use crate::domain::calibration::{BoxCalibration, Calibration};
use crate::domain::finding_calibration::FindingsCalibration;
use crate::domain::performance::{BoxDifference, BoxPerformance, BoxSubgroups, Performance, Subgroups};
use crate::domain::{
    AnswerKind, BoxThresholds, ClassList, ClassThresholds, ClassificationReport, ModelCard, ModelRecord,
    NamedThresholds, Robustness, Split,
};
use crate::evaluation::boxes::{box_difference, of_boxes, of_detector};
use crate::evaluation::performance::{HeldTruths, of_classes};
use crate::files::atomically;
use crate::inference::Model;
use crate::inference::test_augmentation::described;
use crate::nn::Compute;
use crate::session::project::evaluation_report::{
    Against, EvaluationReport, FindingMistakes, Judged, Mistakes, ThresholdFrom,
};
use crate::session::project::reader;
use crate::session::{Apart, BoxEntrant, Entrant, Lineup, with_scores};
use crate::store::{Access, Store};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// A model, what is known of it, and what it learned from.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub chosen: &'a Chosen,
    pub model: &'a Model,
    pub learned: &'a Learned,
}

/// The figures of a subject and what they are of.
pub(super) struct Found {
    pub split: Split,
    pub report: ClassificationReport,
    pub performance: Option<Performance>,
    pub box_performance: Option<BoxPerformance>,
    pub threshold: Option<f64>,
    pub class_thresholds: NamedThresholds,
    pub threshold_from: ThresholdFrom,
    pub left_out: usize,
    pub cut_short: usize,
    pub calibration: Option<Calibration>,
}

impl Subject<'_> {
    /// What a report says of it.
    pub fn judged(&self, args: &Args, found: Found) -> Judged {
        let Found { split, report, performance, box_performance, threshold, class_thresholds, threshold_from, .. } =
            found;
        let Found { left_out, cut_short, .. } = found;
        Judged {
            card: self.model.card().clone(),
            record: self.chosen.record.clone(),
            model: self.model.card().name.clone(),
            split,
            report,
            performance,
            box_performance,
            threshold,
            class_thresholds,
            threshold_from,
            tta: args.tta,
            looked: args.tta.then(|| described(self.model.card())),
            preprocessing: self.model.card().preprocessing.clone(),
            left_out,
            cut_short: Some(cut_short),
            seen_in_training: self.learned.seen,
            never_learned: self.learned.never.clone(),
        }
    }
}

/// The models that one that judges whole images is laid beside; `ours` is what it said.
pub(super) fn others(args: &Args, store: &mut Store, split: Split, ours: Said<'_>) -> Result<Vec<Against>> {
    let classes = store.classes()?;
    let one = |name: &String| {
        let (chosen, model) = other(args, store, name)?;
        alike(name, model.card(), ours.0.kind())?;
        let learned = learned(store, &chosen, split)?;
        let subject = Subject { chosen: &chosen, model: &model, learned: &learned };
        let card = model.card();
        let (thresholds, threshold_from, said) = match ours.0.kind() {
            AnswerKind::Findings => {
                let (thresholds, from) = findings::thresholds(args, &chosen, card)?;
                let (lines, left_out, cut_short) =
                    findings::predictions(store, split, (&chosen, &model, &classes), args.options())?;
                (thresholds, from, (Lines::of(&lines, HeldTruths::Findings), left_out, cut_short))
            }
            AnswerKind::Class | AnswerKind::Boxes => {
                let (thresholds, from) = classes::thresholds(args, &chosen, &model)?;
                let (lines, left_out, cut_short) =
                    classes::predictions(store, split, &model, args.options(), chosen.temperature(card))?;
                (thresholds, from, (Lines::of(&lines, HeldTruths::Classes), left_out, cut_short))
            }
        };
        let (theirs, left_out, cut_short) = said;
        log::opened(args, store, split, &chosen, (&card.name, theirs.len()))?;
        let (threshold, class_thresholds) = written(ours.0.kind(), &thresholds, &classes.names());
        let difference = apart(&classes, ours, (&theirs, &thresholds), args.bootstrap());
        let found = Found {
            split,
            report: theirs.figures(&classes, &thresholds),
            performance: Some(of_classes(theirs.judged(&classes, &thresholds), args.bootstrap())),
            box_performance: None,
            threshold,
            class_thresholds,
            threshold_from,
            left_out: left_out.len(),
            cut_short: cut_short.len(),
            calibration: None,
        };
        Ok(Against { judged: subject.judged(args, found), difference, box_difference: None })
    };
    args.against.iter().map(one).collect()
}

/// Fails for a model that answers another question than the one that it would be laid beside.
fn alike(name: &str, card: &ModelCard, kind: AnswerKind) -> Result<()> {
    let does = |kind| match kind {
        AnswerKind::Class => "gives classes",
        AnswerKind::Findings => "answers with findings",
        AnswerKind::Boxes => "draws boxes",
    };
    if card.answers() != kind {
        let (theirs, ours) = (does(card.answers()), does(kind));
        bail!("{name} {theirs} and the other model {ours}: they cannot be laid beside each other");
    }
    Ok(())
}

/// Thresholds as they are written: the one of the second of two classes, or of all findings, and those of classes or findings
/// by their names.
pub(super) fn written(
    kind: AnswerKind,
    thresholds: &ClassThresholds,
    names: &[String],
) -> (Option<f64>, NamedThresholds) {
    match (kind, names.len()) {
        (AnswerKind::Findings, _) => (Some(ModelRecord::THRESHOLD), thresholds.with_names(names)),
        (AnswerKind::Class | AnswerKind::Boxes, 2) => (thresholds.of(1), NamedThresholds::new()),
        (AnswerKind::Class | AnswerKind::Boxes, _) => (None, thresholds.with_names(names)),
    }
}

/// Prints all models side by side where there are several, and writes the table that was asked for.
pub(super) fn lineup(args: &Args, model: &str, performance: &Performance, others: &[Against]) -> Result<()> {
    if others.is_empty() && args.table.is_none() {
        return Ok(());
    }
    let first = Entrant { name: model, performance, difference: None };
    let others = others.iter().filter_map(|against| {
        let performance = against.judged.performance.as_ref()?;
        // A difference is the first model less the other.
        let difference = against.difference.as_ref();
        Some(Entrant { name: &against.judged.model, performance, difference })
    });
    let entrants: Vec<Entrant<'_>> = std::iter::once(first).chain(others).collect();
    let lineup = Lineup::of(&entrants, (0, Apart::OfReference));
    if entrants.len() > 1 {
        Output::new(args.json).text(lineup.text().trim_end())?;
    }
    write_table(args, &lineup)
}

/// The same of models that draw boxes.
pub(super) fn box_lineup(args: &Args, model: &str, performance: &BoxPerformance, others: &[Against]) -> Result<()> {
    if others.is_empty() && args.table.is_none() {
        return Ok(());
    }
    let first = BoxEntrant { name: model, performance, difference: None };
    let others = others.iter().filter_map(|against| {
        let (name, performance) = (&against.judged.model, against.judged.box_performance.as_ref()?);
        Some(BoxEntrant { name, performance, difference: against.box_difference.as_ref() })
    });
    let entrants: Vec<BoxEntrant<'_>> = std::iter::once(first).chain(others).collect();
    let lineup = Lineup::of_boxes(&entrants, (0, Apart::OfReference));
    if entrants.len() > 1 {
        Output::new(args.json).text(lineup.text().trim_end())?;
    }
    write_table(args, &lineup)
}

/// Writes the table that was asked for.
fn write_table(args: &Args, lineup: &Lineup) -> Result<()> {
    let Some(path) = &args.table else { return Ok(()) };
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let text = match ending.as_deref() {
        Some("csv") => lineup.csv(),
        Some("md") => lineup.markdown(),
        Some(_) | None => lineup.text(),
    };
    atomically(path, |out| out.write_all(text.as_bytes()))
        .with_context(|| format!("{} was not written", path.display()))
}

/// Puts the others into the object that is printed, as the report has them.
pub(super) fn insert(object: &mut serde_json::Map<String, serde_json::Value>, others: &[Against]) -> Result<()> {
    let Some((first, further)) = others.split_first() else { return Ok(()) };
    object.insert("against".to_owned(), serde_json::to_value(first)?);
    if !further.is_empty() {
        object.insert("beside".to_owned(), serde_json::to_value(further)?);
    }
    Ok(())
}

/// The models that one that draws boxes is laid beside.
pub(super) fn others_of_boxes(
    args: &Args,
    store: &mut Store,
    split: Split,
    ours: (&boxes::Found, &BoxThresholds),
) -> Result<Vec<Against>> {
    let classes = store.classes()?;
    let one = |name: &String| {
        let (chosen, model) = other(args, store, name)?;
        alike(name, model.card(), AnswerKind::Boxes)?;
        let learned = learned(store, &chosen, split)?;
        let mut said = boxes::found(store, split, &model, args.options())?;
        said.boxes.iter_mut().for_each(|boxes| with_scores(boxes, chosen.scores(model.card())));
        log::opened(args, store, split, &chosen, (&model.card().name, said.truth.len()))?;
        let (thresholds, threshold_from) = boxes::thresholds(args, &chosen, &model)?;
        let box_difference = boxes_apart(args, &classes, ours, (&said, &thresholds));
        let found = Found {
            split,
            report: of_detector(&said.truth, &said.boxes, &classes, &thresholds),
            performance: None,
            box_performance: Some(of_boxes(said.judged(&classes, &thresholds), args.bootstrap())),
            threshold: Some(thresholds.all),
            class_thresholds: thresholds.each.with_names(&classes.names()),
            threshold_from,
            left_out: said.left_out.len(),
            cut_short: said.cut_short.len(),
            calibration: None,
        };
        let subject = Subject { chosen: &chosen, model: &model, learned: &learned };
        Ok(Against { judged: subject.judged(args, found), difference: None, box_difference })
    };
    args.against.iter().map(one).collect()
}

/// How much two models that draw boxes differ on the images that both could read.
fn boxes_apart(
    args: &Args,
    classes: &ClassList,
    (ours, our_thresholds): (&boxes::Found, &BoxThresholds),
    (theirs, their_thresholds): (&boxes::Found, &BoxThresholds),
) -> Option<BoxDifference> {
    let (first, second) = (ours.kept(theirs), theirs.kept(ours));
    let (first, second) = (first.judged(classes, our_thresholds), second.judged(classes, their_thresholds));
    box_difference(first, second, args.bootstrap())
}

fn other(args: &Args, store: &Store, name: &str) -> Result<(Chosen, Model)> {
    let chosen = chosen_model(Some(&args.project.project), name)?;
    let model = Model::open(&chosen.file, &Compute::parse(&args.device)?)?;
    model.check_classes(&store.classes()?)?;
    Ok((chosen, model))
}

/// Writes a report, and its hash into the project's log, by which `verify` tells that it is still that one. A project that
/// cannot be changed keeps no note; then it is said.
fn bind(args: &Args, store: &mut Store, report: EvaluationReport, dir: &Path) -> Result<()> {
    if dir.join("report.json").exists() {
        tracing::warn!("the report that was in {} is replaced", dir.display());
    }
    if store.read_only_reason().is_none() {
        let (reader, written) = (reader::of_project(store)?, report.bound(true).write(dir)?);
        store.decide(&reader, &[written])?;
        return Ok(());
    }
    // Held only for this moment.
    let mut writer = Store::open(&args.project.project, Access::Write)?;
    if let Some(why) = writer.read_only_reason() {
        tracing::warn!("the report is not bound to the project's log: {why}");
        report.write(dir)?;
        return Ok(());
    }
    let (reader, written) = (reader::of_project(&writer)?, report.bound(true).write(dir)?);
    writer.decide(&reader, &[written])?;
    Ok(())
}

/// What a report says of the first model alone.
#[derive(Default)]
pub(super) struct OfModel {
    pub calibration: Option<Calibration>,
    pub findings_calibration: Option<FindingsCalibration>,
    pub box_calibration: Option<BoxCalibration>,
    pub box_subgroups: Vec<BoxSubgroups>,
    pub mistakes: Option<Mistakes>,
    pub finding_mistakes: Vec<FindingMistakes>,
    pub subgroups: Vec<Subgroups>,
    pub robustness: Vec<Robustness>,
}

/// Writes the report where one is asked for.
pub(super) fn write(
    args: &Args,
    store: &mut Store,
    (judged, of): (Judged, OfModel),
    others: Vec<Against>,
) -> Result<()> {
    let Some(dir) = &args.report else { return Ok(()) };
    // It always goes on, so that it is always there.
    if let Some(report) = EvaluationReport::new(store, judged, others, of.subgroups, &|_| true)? {
        let report = report.with_calibration(of.calibration).with_mistakes(of.mistakes);
        let report =
            report.with_finding_mistakes(of.finding_mistakes).with_findings_calibration(of.findings_calibration);
        let report = report.with_box_calibration(of.box_calibration).with_box_subgroups(of.box_subgroups);
        bind(args, store, report.with_robustness(of.robustness), dir)?;
    }
    Output::new(args.json).text(format!("report: {}", dir.join("report.html").display()))
}
