//! Runs that go on while another project, or none, is open; and what is said of runs that ended or were cut short.

use crate::domain::{AnswerKind, Metric, RunRecord, RunState, StopReason};
use crate::jobs::CancelReason;
use crate::session::desk::job_board::Kind;
use crate::session::desk::notices::{Tried, project_folder};
use crate::session::desk::{Desk, Message};
use crate::session::project::core::Core;
use crate::session::protocol::task::Report;
use crate::session::protocol::view::{Elsewhere, NoticeKind, Offer, TrainingView};
use crate::store::UnfinishedRun;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often at most it is written how far a run is.
const BETWEEN_NOTES: Duration = Duration::from_secs(2);

/// A project that is closed but for its run.
pub(in crate::session) struct Parked {
    /// The number it had while it was open; its jobs have it.
    pub project: u64,
    pub core: Core,
}

impl Parked {
    fn trains(&self) -> bool {
        self.core.training_run().is_some()
    }
}

impl Desk {
    /// Keeps a project whose run goes on, and drops any other.
    pub(in crate::session) fn park(&mut self, project: u64, core: Core) {
        if core.training_run().is_some() {
            self.parked.push(Parked { project, core });
        }
    }

    /// A project that was left while its run went on, to be opened again.
    pub(in crate::session) fn unpark(&mut self, path: &Path) -> Option<Parked> {
        let path = project_folder(path);
        let at = self.parked.iter().position(|parked| project_folder(&parked.core.view().path) == path)?;
        Some(self.parked.remove(at))
    }

    /// Whether a job belongs to the run of a project that is not open and must not end with the open one.
    pub(in crate::session) fn is_parked(&self, project: u64) -> bool {
        self.parked.iter().any(|parked| parked.project == project)
    }

    /// The name of a project whose run goes on elsewhere.
    pub(in crate::session) fn trains_elsewhere(&self) -> Option<String> {
        self.parked.iter().find(|parked| parked.trains()).map(|parked| parked.core.view().name.clone())
    }

    /// Takes what a job of a project that is not open has to say.
    pub(in crate::session) fn report_elsewhere(&mut self, project: u64, tried: Tried, report: Report) {
        let Some(parked) = self.parked.iter_mut().find(|parked| parked.project == project) else { return };
        let epoch = is_epoch(&report);
        let outcome = parked.core.take(report);
        let (name, path) = (parked.core.view().name.clone(), parked.core.view().path.clone());
        let notices = parked.core.take_notices();
        let trains = parked.trains();
        if epoch || !trains {
            let run = unfinished(parked.core.runs());
            self.note_run(&path, run, epoch);
        }
        for (kind, text) in notices {
            self.notice_elsewhere(kind, format!("{name}: {text}"), None);
        }
        match outcome {
            Ok(work) => work.into_iter().for_each(|work| self.start_for(project, tried, work)),
            Err(error) => self.notice_elsewhere(NoticeKind::Error, format!("{name}: {error}"), None),
        }
        if !trains && self.board.of_project(project).is_empty() {
            // Its job was over before the project was left, so that nothing else would say so.
            self.ended_elsewhere(project);
        }
    }

    /// Before the program ends: how far the runs of projects that are not open are.
    pub(super) fn remember_runs(&mut self) {
        let runs: Vec<(PathBuf, Option<UnfinishedRun>)> = self
            .parked
            .iter()
            .map(|parked| (parked.core.view().path.clone(), unfinished(parked.core.runs())))
            .collect();
        runs.into_iter().for_each(|(path, run)| self.note_run(&path, run, false));
    }

    /// Lets a project go whose run, and what followed from it, has ended.
    pub(in crate::session) fn settle(&mut self, project: u64) {
        let Some(at) = self.parked.iter().position(|parked| parked.project == project) else { return };
        let busy = !self.board.of_project(project).is_empty();
        if busy || self.parked.get(at).is_some_and(Parked::trains) {
            return;
        }
        let Parked { core, .. } = self.parked.remove(at);
        let view = core.view();
        let offer = Some(Offer::Open(view.path.clone()));
        let made = view.training.as_ref().and_then(|training| training.model);
        let model = made.and_then(|id| core.models().iter().find(|model| model.id == id));
        let text = match (model, view.training.as_ref().and_then(|training| training.error.as_ref())) {
            (Some(model), _) => format!("The run in {} is done: {} waits to be looked at", view.name, model.card.name),
            (None, Some(_)) => format!("The run in {} ended with an error", view.name),
            (None, None) => format!("The run in {} ended without a model", view.name),
        };
        self.notice_elsewhere(NoticeKind::Info, text, offer);
        drop(core);
        self.refresh_recent();
    }

    /// A job ended whose project is not open: once all it said is taken in, the project may go.
    pub(in crate::session) fn ended_elsewhere(&self, project: u64) {
        // Behind all reports of that job. Without a receiver the program is ending.
        let _ = self.inbox.send(Message::Settle { project });
    }

    /// What the window shows of projects whose runs go on elsewhere.
    pub(in crate::session) fn elsewhere(&self) -> Arc<Vec<Elsewhere>> {
        let one = |parked: &Parked| {
            let view = parked.core.view();
            Elsewhere {
                path: view.path.clone(),
                name: view.name.clone(),
                jobs: self.board.of_project(parked.project),
                training: view.training.clone(),
            }
        };
        Arc::new(self.parked.iter().map(one).collect())
    }

    /// Ends the open project's run.
    pub(in crate::session) fn end_training(&self, reason: CancelReason) {
        let project = self.project;
        self.board.end_where(reason, |kind, _| matches!(kind, Kind::Train { project: of, .. } if of == project));
    }

    /// Whether a run of a project that was closed has not noticed yet.
    pub(in crate::session) fn run_ends(&self) -> bool {
        self.board.trains(|of| of != self.project && !self.is_parked(of))
    }

    /// After a report of the open project's: what became of its run.
    pub(in crate::session) fn follow_run(&mut self, trained: bool, epoch: bool) {
        let Some(core) = &self.core else { return };
        if epoch || trained {
            let (path, run) = (core.view().path.clone(), unfinished(core.runs()));
            self.note_run(&path, run, epoch && !trained);
        }
        let Some(core) = self.core.as_ref().filter(|_| trained) else { return };
        let training = core.view().training.as_deref();
        let made = training.and_then(|training| training.model);
        let model = made.and_then(|id| core.models().iter().find(|model| model.id == id));
        if let Some((id, name)) = model.map(|model| (model.id, model.card.name.clone())) {
            let figure = training.and_then(kept_figure).unwrap_or_default();
            let run = training.and_then(|training| core.runs().iter().find(|run| run.id == training.run));
            let ended = RunState::Finished { stopped: Some(StopReason::Stopped) };
            let how = if run.is_some_and(|run| run.state == ended) { "was stopped" } else { "is done" };
            let text = format!("The run {how}: {name} waits to be promoted or discarded{figure}");
            self.offer(NoticeKind::Info, text, Some(Offer::Evaluate(id)));
        }
    }

    /// Says that a run of the project that was just opened can be gone on with.
    pub(in crate::session) fn offer_resuming(&mut self) {
        let Some(core) = self.core.as_ref().filter(|core| core.view().read_only.is_none()) else { return };
        let Some(run) = core.runs().iter().rev().find(|run| run.state == RunState::Interrupted) else { return };
        let (title, of) = (&run.recipe.title, run.recipe.epochs);
        let text = match run.epochs.len() {
            0 => format!("A run of {title} was cut short before its first epoch was done: start it again"),
            done => format!("A run of {title} was cut short after epoch {done} of {of}: it can be resumed"),
        };
        self.offer(NoticeKind::Warning, text, Some(Offer::Train));
    }

    /// Remembers in the list of recent projects how far a run is, so that the next start can say so, whatever ends this.
    /// Epochs can be short: `often` of them not each is written.
    fn note_run(&mut self, path: &Path, run: Option<UnfinishedRun>, often: bool) {
        let first = run.is_none_or(|run| run.epochs <= 1);
        if often && !first && self.noted_run.is_some_and(|last| last.elapsed() < BETWEEN_NOTES) {
            return;
        }
        self.noted_run = Some(Instant::now());
        if let Err(error) = self.places.recent().note_run(path, run) {
            tracing::warn!(%error, "the list of recent projects was not written");
        }
    }
}

/// What is known of the epoch that is kept: "; mean AUROC over the findings 0.912 on the validation images".
pub(super) fn kept_figure(training: &TrainingView) -> Option<String> {
    let (name, metric) = match training.recipe.answers() {
        AnswerKind::Class => ("accuracy", Metric::Accuracy),
        AnswerKind::Findings => ("mean AUROC over the findings", Metric::Auroc),
        AnswerKind::Boxes => ("mAP@0.5", Metric::Map50),
    };
    let kept = training.epochs.iter().rev().find(|epoch| epoch.best)?;
    let value = kept.validation.get(metric).filter(|value| value.is_finite())?;
    Some(format!("; {name} {value:.3} on the validation images"))
}

pub(in crate::session) fn is_epoch(report: &Report) -> bool {
    use crate::training::TrainEvent::{Epoch, Started};
    matches!(report, Report::Training { event: Epoch(_) | Started { .. }, .. })
}

/// How far the newest run is that has not ended, or did not get to its end.
pub(in crate::session) fn unfinished(runs: &[RunRecord]) -> Option<UnfinishedRun> {
    let open = |run: &&RunRecord| matches!(run.state, RunState::Running | RunState::Interrupted);
    let run = runs.iter().rev().find(open)?;
    Some(UnfinishedRun { epochs: run.epochs.len(), of: run.recipe.epochs })
}
