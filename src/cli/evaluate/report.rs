//! `overread evaluate --report`: the report for a reader outside, of one model or of two on the same images.

use super::classes::{self, Line};
use super::{Args, boxes, seen_in_training};
use crate::cli::output::Output;
use crate::cli::project::{Chosen, chosen_model};
use crate::domain::performance::{Difference, Performance, Subgroups};
use crate::domain::{ClassList, ClassificationReport, Split};
use crate::evaluation::bootstrap::Bootstrap;
use crate::evaluation::boxes::of_detector;
use crate::evaluation::performance::{Judged as Rows, difference};
use crate::inference::Model;
use crate::nn::Compute;
use crate::session::project::evaluation_report::{Against, EvaluationReport, Judged, ThresholdFrom};
use crate::store::Store;
use anyhow::{Result, bail};
use std::collections::HashSet;
use std::path::Path;

/// A model, what is known of it, and how many of the judged images it was trained or tuned on.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub chosen: &'a Chosen,
    pub model: &'a Model,
    pub seen: usize,
}

/// The figures of a subject and what they are of.
pub(super) struct Found {
    pub split: Split,
    pub report: ClassificationReport,
    pub performance: Option<Performance>,
    pub threshold: Option<f64>,
    pub threshold_from: ThresholdFrom,
    pub left_out: usize,
    pub cut_short: usize,
    /// What a report may show of them.
    pub subgroups: Vec<Subgroups>,
}

impl Subject<'_> {
    fn judged(&self, args: &Args, found: Found) -> Judged {
        let Found { split, report, performance, threshold, threshold_from, left_out, cut_short, subgroups: _ } = found;
        Judged {
            card: self.model.card().clone(),
            record: self.chosen.record.clone(),
            model: self.model.card().name.clone(),
            split,
            report,
            performance,
            threshold,
            threshold_from,
            tta: args.tta,
            left_out,
            cut_short: Some(cut_short),
            seen_in_training: self.seen,
        }
    }
}

/// Writes the report of a classifier; `lines` are what it said.
pub(super) fn of_classes(
    args: &Args,
    store: &Store,
    subject: Subject<'_>,
    mut found: Found,
    lines: &[Line],
) -> Result<()> {
    let Some(dir) = &args.report else { return Ok(()) };
    let (split, classes) = (found.split, store.classes()?);
    let against = match &args.against {
        None => None,
        Some(name) => {
            let (chosen, model) = other(args, store, name)?;
            if !matches!(model, Model::Classifier(_)) {
                bail!("{name} draws boxes and the other model gives classes: they cannot be laid beside each other");
            }
            let subject = Subject { chosen: &chosen, model: &model, seen: seen_in_training(store, &chosen, split)? };
            let (threshold, threshold_from) = classes::threshold(args, &chosen);
            let (theirs, left_out, cut_short) = classes::predictions(store, split, &model, args.options())?;
            let difference = apart(args, &classes, (lines, found.threshold), (&theirs, threshold));
            let found = Found {
                split,
                report: classes::figures(&theirs, &classes, threshold),
                performance: Some(classes::performance(&theirs, &classes, threshold, args)),
                threshold,
                threshold_from,
                left_out: left_out.len(),
                cut_short: cut_short.len(),
                subgroups: Vec::new(),
            };
            Some(Against { judged: subject.judged(args, found), difference })
        }
    };
    let subgroups = std::mem::take(&mut found.subgroups);
    write(args, store, dir, (subject.judged(args, found), against, subgroups))
}

/// What a model said, and its threshold.
type Said<'a> = (&'a [Line], Option<f64>);

/// How much two models differ on the images that both could read.
fn apart(args: &Args, classes: &ClassList, ours: Said<'_>, theirs: Said<'_>) -> Option<Difference> {
    let names = |(lines, _): Said<'_>| lines.iter().map(|line| line.name.clone()).collect::<HashSet<String>>();
    let both: HashSet<String> = names(ours).intersection(&names(theirs)).cloned().collect();
    let kept = |(lines, _): Said<'_>| -> Kept {
        let of = |line: &Line| (line.truth, line.probabilities.clone(), line.group.clone());
        let all: Vec<_> = lines.iter().filter(|line| both.contains(&line.name)).map(of).collect();
        Kept {
            truth: all.iter().map(|(truth, ..)| *truth).collect(),
            groups: all.iter().map(|(.., group)| group.clone()).collect(),
            probabilities: all.into_iter().map(|(_, probabilities, _)| probabilities).collect(),
        }
    };
    let (first, second) = (kept(ours), kept(theirs));
    let how = Bootstrap { draws: args.draws, seed: args.seed };
    difference(first.rows(classes, ours.1), second.rows(classes, theirs.1), how)
}

/// What is judged of the images that both models could read.
struct Kept {
    truth: Vec<usize>,
    probabilities: Vec<Vec<f32>>,
    groups: Vec<Option<String>>,
}

impl Kept {
    fn rows<'a>(&'a self, classes: &'a ClassList, threshold: Option<f64>) -> Rows<'a> {
        let Self { truth, probabilities, groups } = self;
        Rows { truth, probabilities, groups, classes, threshold }
    }
}

/// Writes the report of a model that draws boxes.
pub(super) fn of_boxes(args: &Args, store: &Store, subject: Subject<'_>, found: Found) -> Result<()> {
    let Some(dir) = &args.report else { return Ok(()) };
    let split = found.split;
    let against = match &args.against {
        None => None,
        Some(name) => {
            let (chosen, model) = other(args, store, name)?;
            if !matches!(model, Model::Detector(_)) {
                bail!("{name} gives classes and the other model draws boxes: they cannot be laid beside each other");
            }
            let seen = seen_in_training(store, &chosen, split)?;
            let said = boxes::found(store, split, &model, args.options())?;
            let (threshold, threshold_from) = boxes::threshold(args, &chosen, &model);
            let found = Found {
                split,
                report: of_detector(&said.truth, &said.boxes, &store.classes()?, threshold),
                performance: None,
                threshold: Some(threshold),
                threshold_from,
                left_out: said.left_out.len(),
                cut_short: said.cut_short.len(),
                subgroups: Vec::new(),
            };
            let subject = Subject { chosen: &chosen, model: &model, seen };
            Some(Against { judged: subject.judged(args, found), difference: None })
        }
    };
    write(args, store, dir, (subject.judged(args, found), against, Vec::new()))
}

fn other(args: &Args, store: &Store, name: &str) -> Result<(Chosen, Model)> {
    let chosen = chosen_model(Some(&args.project.project), name)?;
    let model = Model::open(&chosen.file, &Compute::parse(&args.device)?)?;
    model.check_classes(&store.classes()?)?;
    Ok((chosen, model))
}

/// The model, the one beside it, and its finding in parts of the images.
type Content = (Judged, Option<Against>, Vec<Subgroups>);

fn write(args: &Args, store: &Store, dir: &Path, (judged, against, subgroups): Content) -> Result<()> {
    // It always goes on, so that it is always there.
    if let Some(report) = EvaluationReport::new(store, judged, against, subgroups, &|_| true)? {
        report.write(dir)?;
    }
    Output::new(args.json).text(format!("report: {}", dir.join("report.html").display()))
}
