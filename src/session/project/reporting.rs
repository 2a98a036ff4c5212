//! Writing the report of an evaluation from the predictions that the project keeps: as a job, so that nobody waits for it.

use crate::domain::{AnswerKind, Decision, ImageId, MeasuredRobustness, ModelId, ModelRecord, Split};
use crate::nn::Compute;
use crate::session::project::comparing::SideBySide;
use crate::session::project::core::Core;
use crate::session::project::evaluation_report::mistakes::{self, Answer, Mistakes};
use crate::session::project::evaluation_report::{
    self, Against, EvaluationReport, FindingMistakes, Judged, ThresholdFrom,
};
use crate::session::project::judging::Heard;
use crate::session::project::predicting::PredictPlan;
use crate::session::project::seen::seen_of_test;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::reports::{REPORT, ReportRequest};
use crate::session::protocol::task::{Order, Report, Task, Work};
use std::cell::{Cell, RefCell};
use std::path::PathBuf;

/// Parts of the work beside the figures: reading the project, four looks at the data, writing.
const OTHER_PARTS: usize = 6;

/// What the job that writes a report is called.
pub(in crate::session) const WRITING_REPORT: &str = "Writing the report";

/// Predictions to make before a report can be written.
#[derive(Clone, Debug)]
pub struct ReportPredictions {
    pub request: ReportRequest,
    pub predict: Vec<PredictPlan>,
}

impl Task for ReportPredictions {
    fn name(&self) -> String {
        "Predicting for the report".into()
    }

    fn run(self: Box<Self>, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        for plan in self.predict.into_iter().filter(|plan| !plan.images.is_empty()) {
            let mut failed = false;
            Box::new(plan).run(compute, order, &mut |report| {
                failed |= matches!(report, Report::Failed(_));
                tell(report);
            });
            if failed || order() != Order::Go {
                return;
            }
        }
        tell(Report::Reportable(self.request));
    }
}

/// A report to be written, from a second look at the project.
#[derive(Clone, Debug)]
pub struct ReportPlan {
    pub project: PathBuf,
    /// Its hash goes into the project's log.
    pub bound: bool,
    pub request: ReportRequest,
}

impl Task for ReportPlan {
    fn name(&self) -> String {
        WRITING_REPORT.into()
    }

    fn run(self: Box<Self>, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let tell = RefCell::new(tell);
        let progress = |done: usize, total: usize, text: &str| {
            (tell.borrow_mut())(Report::Progress { done, total, text: text.to_owned() });
            order() == Order::Go
        };
        if !progress(0, 1, "reading the project") {
            return;
        }
        let written = Core::open_to_look(&self.project)
            .and_then(|core| core.evaluation_report(&self.request, compute, &progress))
            .and_then(|report| report.map(|report| report.bound(self.bound).write(&self.request.to)).transpose());
        let report = match written {
            Ok(Some(written)) => {
                Report::ReportWritten { to: self.request.to, written: Some(Box::new(written)).filter(|_| self.bound) }
            }
            // Who cancelled it knows.
            Ok(None) => return,
            Err(error) => Report::Failed(error.to_string()),
        };
        (tell.borrow_mut())(report);
    }
}

/// What a list has of a model.
fn taken<T>(list: &mut Vec<(ModelId, T)>, model: ModelId) -> Option<T> {
    let at = list.iter().position(|(id, _)| *id == model)?;
    Some(list.swap_remove(at).1)
}

impl Core {
    /// What is to be done for a report: first the predictions that are not there yet.
    pub(in crate::session) fn write_report(&self, request: ReportRequest) -> Result<Work, SessionError> {
        let request = ReportRequest { to: EvaluationReport::free_folder(&request.to), ..request };
        EvaluationReport::check_folder(&request.to)?;
        if std::path::absolute(&request.to).is_ok_and(|to| to.starts_with(self.store.dir())) {
            return Err(SessionError::refused("a report does not go into the project's own folder: choose another"));
        }
        let models = std::iter::once(&request.model).chain(&request.against);
        let predict: Vec<PredictPlan> =
            models.map(|model| self.split_plan(*model, Split::Test)).collect::<Result<_, _>>()?;
        if predict.iter().all(|plan| plan.images.is_empty()) {
            return Ok(self.report_work(request));
        }
        Ok(Box::new(ReportPredictions { request, predict }))
    }

    /// The writing of a report of which all predictions are there.
    pub(in crate::session) fn report_work(&self, request: ReportRequest) -> Work {
        Box::new(ReportPlan { project: self.view.path.clone(), bound: self.view.read_only.is_none(), request })
    }

    /// Says where a report was written, and logs its hash, by which `overread verify` tells that it is still that one.
    pub(in crate::session) fn take_report(
        &mut self,
        to: PathBuf,
        written: Option<Decision>,
    ) -> Result<(), SessionError> {
        if let Some(written) = written {
            self.store.decide(&self.view.reader, &[written])?;
        }
        self.inform(format!("{REPORT} was written to {}", to.display()));
        self.view.reported = Some(to);
        Ok(())
    }

    /// The report of a model, and of others on the same images, from the predictions there are. `progress` is told how
    /// much of how much is done and what comes next; `None` is where it said no.
    pub(in crate::session) fn evaluation_report(
        &self,
        request: &ReportRequest,
        compute: &Compute,
        progress: &dyn Fn(usize, usize, &str) -> bool,
    ) -> Result<Option<EvaluationReport>, SessionError> {
        let models: Vec<ModelId> = std::iter::once(request.model).chain(request.against.iter().copied()).collect();
        let all = self.side_by_side(&models)?;
        let Some((first, others)) = all.split_first() else { return Ok(None) };
        let images: Vec<_> = first.evaluation.images.iter().map(|(image, ..)| *image).collect();
        let heard: Vec<Heard<'_>> = all.iter().map(|one| (one.model, &one.said)).collect();
        let pairs = (1..all.len()).map(|other| (0, other)).collect();
        let pairs: Vec<(usize, usize)> = pairs;
        let judge = self.judge(&images, &heard, pairs.clone()).map(|plan| plan.by(evaluation_report::fits));
        let boxes = self.judge_boxes(&images, &heard, pairs).map(|plan| plan.by(evaluation_report::fits));
        let of_figures = judge.as_ref().map_or(0, |plan| plan.steps()) + boxes.as_ref().map_or(0, |plan| plan.steps());
        let plans = judge.map(|plan| Box::new(plan) as Work).into_iter();
        let plans = plans.chain(boxes.map(|plan| Box::new(plan) as Work));
        let total = of_figures + OTHER_PARTS;
        let (mut performances, mut differences, mut subgroups) = (Vec::new(), Vec::new(), Vec::new());
        let go = Cell::new(true);
        let (mut of_boxes, mut boxes_apart, mut box_subgroups) = (Vec::new(), Vec::new(), Vec::new());
        for plan in plans {
            let order = || if go.get() { Order::Go } else { Order::Cancel };
            plan.run(compute, &order, &mut |report| match report {
                Report::Progress { done, text, .. } => go.set(go.get() && progress(done + 1, total, &text)),
                Report::Judged { model, performance } => performances.push((model, *performance)),
                Report::Apart { models: [_, other], difference } => differences.push((other, *difference)),
                Report::Parted { subgroups: parts, .. } => subgroups = parts,
                Report::BoxesJudged { model, performance, .. } => of_boxes.push((model, *performance)),
                Report::BoxesApart { models: [_, other], difference } => boxes_apart.push((other, *difference)),
                Report::BoxesParted { subgroups: parts, .. } => box_subgroups = parts,
                // Of other work, or what needs no look here.
                Report::AllJudged
                | Report::FilesChecked { .. }
                | Report::Relinked { .. }
                | Report::Predicted { .. }
                | Report::Training { .. }
                | Report::Trained { .. }
                | Report::Comparable { .. }
                | Report::Recalled(_)
                | Report::MapTested { .. }
                | Report::RobustnessMeasured { .. }
                | Report::ValidationReady(_)
                | Report::Reportable(_)
                | Report::Wrote { .. }
                | Report::ReportWritten { .. }
                | Report::Exported(_)
                | Report::Analysed { .. }
                | Report::NotAnalysed(_)
                | Report::ReadersCompared { .. }
                | Report::Adjudicable(_)
                | Report::Audited { .. }
                | Report::LogVerified(_)
                | Report::Measured { .. }
                | Report::FeaturesRead { .. }
                | Report::Refitted { .. }
                | Report::Ordered { .. }
                | Report::HeatPlaced { .. }
                | Report::SplitPlanned(_)
                | Report::Trial(_)
                | Report::Swept { .. }
                | Report::WeightsLookedAt(_)
                | Report::WeightsAdopted(_)
                | Report::Failed(_) => {}
            });
        }
        if !go.get() {
            return Ok(None);
        }
        let mut judged = |of: &SideBySide| -> Result<Judged, SessionError> {
            let box_performance = taken(&mut of_boxes, of.model);
            Ok(Judged { box_performance, ..self.judged_of(of, taken(&mut performances, of.model))? })
        };
        let ours = judged(first)?;
        let mut against = Vec::new();
        for other in others {
            let difference = taken(&mut differences, other.model);
            let box_difference = taken(&mut boxes_apart, other.model);
            against.push(Against { judged: judged(other)?, difference, box_difference });
        }
        let done = Cell::new(of_figures + 1);
        let go_on = |part: &str| {
            done.set(done.get() + 1);
            progress(done.get(), total, part)
        };
        let calibration = self.calibration_on_test(request.model)?;
        let findings_calibration = self.findings_calibration_on_test(request.model)?;
        let box_calibration = self.box_calibration_on_test(request.model)?;
        let mistakes = self.mistakes(first, request.pictures);
        let finding_mistakes = self.finding_mistakes(first, request.pictures);
        let report = EvaluationReport::new(&self.store, ours, against, subgroups, &go_on)?;
        let of_model = |one: &&MeasuredRobustness| one.model == request.model && one.robustness.split == Split::Test;
        let worse = self.view.robustness.iter().filter(of_model).map(|one| one.robustness.clone()).collect();
        let with = |report: EvaluationReport| {
            let report = report.with_findings_calibration(findings_calibration);
            let report = report.with_box_calibration(box_calibration).with_box_subgroups(box_subgroups);
            report.with_calibration(calibration).with_mistakes(mistakes).with_finding_mistakes(finding_mistakes)
        };
        Ok(report.map(|report| with(report).with_robustness(worse)))
    }

    /// What a model called what it is not; none of one that does not give one class an image.
    fn mistakes(&self, of: &SideBySide, pictures: bool) -> Option<Mistakes> {
        if self.kind_of(of.model) != AnswerKind::Class {
            return None;
        }
        let truths = of.evaluation.images.iter().map(|(image, truth, _)| (*image, *truth));
        let answers = self.answers(of, truths);
        Some(mistakes::of(&answers, &self.view.classes, &self.thresholds_of(of.model).classes, pictures))
    }

    /// What a model told wrong of each finding; nothing of one that does not answer with findings.
    fn finding_mistakes(&self, of: &SideBySide, pictures: bool) -> Vec<FindingMistakes> {
        let known = of.evaluation.findings();
        let truths = of.evaluation.images.iter().filter_map(|(image, ..)| Some((*image, known.get(image)?.clone())));
        let answers = self.answers(of, truths);
        let own = self.thresholds_of(of.model).classes;
        match self.kind_of(of.model) {
            AnswerKind::Findings => mistakes::of_findings(&answers, &self.view.classes, &own, pictures),
            AnswerKind::Class | AnswerKind::Boxes => Vec::new(),
        }
    }

    /// What a model said of images of which this is true.
    fn answers<T>(&self, of: &SideBySide, truths: impl IntoIterator<Item = (ImageId, T)>) -> Vec<Answer<T>> {
        let answer = |(image, truth): (ImageId, T)| {
            let record = self.at.get(&image).and_then(|at| self.images.get(*at))?;
            let probabilities = of.said.get(&image)?.probabilities.clone();
            Some(Answer { file: record.file(), truth, probabilities })
        };
        truths.into_iter().filter_map(answer).collect()
    }

    fn judged_of(
        &self,
        of: &SideBySide,
        performance: Option<crate::domain::performance::Performance>,
    ) -> Result<Judged, SessionError> {
        let record = self.usable_model(of.model)?;
        let thresholds = self.thresholds_of(of.model);
        let own = !thresholds.classes.is_empty();
        let threshold_from = match record.card.answers() {
            AnswerKind::Boxes => ThresholdFrom::of_boxes(&record.card, Some(record)),
            AnswerKind::Findings => ThresholdFrom::of_findings(own, true),
            AnswerKind::Class if own => ThresholdFrom::Project,
            AnswerKind::Class => ThresholdFrom::MostProbable,
        };
        let threshold = match record.card.answers() {
            AnswerKind::Boxes => Some(record.box_threshold()),
            AnswerKind::Findings => Some(ModelRecord::THRESHOLD),
            AnswerKind::Class => record.class_threshold(),
        };
        Ok(Judged {
            card: record.card.clone(),
            record: Some(record.clone()),
            model: record.card.name.clone(),
            split: Split::Test,
            report: of.evaluation.report.clone(),
            performance,
            box_performance: None,
            threshold,
            class_thresholds: record.class_thresholds.clone(),
            threshold_from,
            tta: false,
            looked: None,
            preprocessing: record.card.preprocessing.clone(),
            left_out: of.evaluation.left_out,
            cut_short: None,
            seen_in_training: seen_of_test(&self.store, of.model)?.unwrap_or(0),
            never_learned: self.never_learned(record),
        })
    }
}

#[cfg(test)]
#[path = "reporting_tests.rs"]
mod tests;
