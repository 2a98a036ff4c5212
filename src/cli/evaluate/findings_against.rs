//! `overread evaluate --against --table` for models that answer with findings, on the same images.

use super::findings::{Line, Lines, predictions};
use super::report::{Found, Subject, other, write_table};
use super::{Args, learned, log};
use crate::cli::output::Output;
use crate::cli::project::Chosen;
use crate::cli::thresholds;
use crate::domain::performance::{Difference, Performance};
use crate::domain::{AnswerKind, ClassList, ClassThresholds, ModelCard, ModelRecord, NamedThresholds, Split};
use crate::evaluation::findings::findings_report;
use crate::evaluation::performance::{difference, of_classes};
use crate::inference::Model;
use crate::session::project::evaluation_report::{Against, ThresholdFrom};
use crate::session::{Apart, Entrant, Lineup};
use crate::store::Store;
use anyhow::{Result, bail};
use std::collections::HashSet;

/// What a model said, and from where on it finds something.
type Said<'a> = (&'a [Line], &'a ClassThresholds);

/// The models that one that answers with findings is laid beside; `ours` is what it said.
pub(super) fn others(args: &Args, store: &mut Store, split: Split, ours: Said<'_>) -> Result<Vec<Against>> {
    let classes = store.classes()?;
    let one = |name: &String| {
        let (chosen, model) = other(args, store, name)?;
        if !matches!(model, Model::Classifier(_)) || model.card().answers() != AnswerKind::Findings {
            bail!(
                "{name} does not answer with findings as the other model does: they cannot be laid beside each other"
            );
        }
        let learned = learned(store, &chosen, split)?;
        let (own, threshold_from) = own_thresholds(args, &chosen, model.card())?;
        let (theirs, left_out, cut_short) = predictions(store, split, (&chosen, &model, &classes), args.options())?;
        log::opened(args, store, split, &chosen, (&model.card().name, theirs.len()))?;
        let held = Lines::of(&theirs);
        let found = Found {
            split,
            report: findings_report(&held.truth, &held.probabilities, &classes, &own),
            performance: Some(of_classes(held.judged(&classes, &own), args.bootstrap())),
            box_performance: None,
            threshold: None,
            class_thresholds: named(&classes, &own),
            threshold_from,
            left_out: left_out.len(),
            cut_short: cut_short.len(),
            calibration: None,
        };
        let difference = apart(args, &classes, ours, (&theirs, &own));
        let judged = Subject { chosen: &chosen, model: &model, learned: &learned }.judged(args, found);
        Ok(Against { judged, difference, box_difference: None })
    };
    args.against.iter().map(one).collect()
}

/// From where on a model that is laid beside another finds something, and where that comes from.
fn own_thresholds(args: &Args, of: &Chosen, card: &ModelCard) -> Result<(ClassThresholds, ThresholdFrom)> {
    let kept = of.class_thresholds(card);
    if !args.threshold.is_empty() && !args.keep {
        return Ok((thresholds::of_findings(&args.threshold, &card.classes.names(), kept)?, ThresholdFrom::Given));
    }
    let from = match (kept.is_empty(), &of.record) {
        (true, _) => ThresholdFrom::Default,
        (false, None) => ThresholdFrom::ModelFile,
        (false, Some(_)) => ThresholdFrom::Project,
    };
    Ok((kept, from))
}

/// The threshold of each finding by its name, also where it is the usual one.
fn named(classes: &ClassList, own: &ClassThresholds) -> NamedThresholds {
    let of = |at: usize| (classes.name(at), own.of(at).unwrap_or(ModelRecord::THRESHOLD));
    classes.finding_places().map(of).collect()
}

/// How much two models differ on the images that both could read.
fn apart(args: &Args, classes: &ClassList, ours: Said<'_>, theirs: Said<'_>) -> Option<Difference> {
    let names = |(lines, _): Said<'_>| lines.iter().map(|line| line.name.clone()).collect::<HashSet<String>>();
    let (ours_read, theirs_read) = (names(ours), names(theirs));
    let both = |line: &&Line| ours_read.contains(&line.name) && theirs_read.contains(&line.name);
    let (first, second) = (Lines::of(ours.0.iter().filter(both)), Lines::of(theirs.0.iter().filter(both)));
    difference(first.judged(classes, ours.1), second.judged(classes, theirs.1), args.bootstrap())
}

/// Prints all models side by side where there are several, and writes the table that was asked for.
pub(super) fn lineup(args: &Args, model: &str, performance: &Performance, others: &[Against]) -> Result<()> {
    if others.is_empty() && args.table.is_none() {
        return Ok(());
    }
    let first = Entrant { name: model, performance, difference: None };
    let beside = others.iter().filter_map(|against| {
        let performance = against.judged.performance.as_ref()?;
        Some(Entrant { name: &against.judged.model, performance, difference: against.difference.as_ref() })
    });
    let entrants: Vec<Entrant<'_>> = std::iter::once(first).chain(beside).collect();
    let lineup = Lineup::of_findings(&entrants, (0, Apart::OfReference));
    if entrants.len() > 1 {
        Output::new(args.json).text(lineup.text().trim_end())?;
    }
    write_table(args, &lineup)
}
