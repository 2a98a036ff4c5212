//! Sweeps of a project: each has a folder with its file, a log of JSON for every run, and the weights of the best.

use crate::domain::sweep::{Trial, TrialEnd, TrialRecord};
use crate::domain::{Metric, Recipe, RunFacts, Split};
use crate::files::atomically;
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::sweeps::SweepView;
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::training::sweep::{self, Here, Place, Sweep};
use crate::training::{self, Control, Outcome, TrainError, TrainEvent, TrainJob, recipe};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The folder of all sweeps in a project.
const FOLDER: &str = "sweeps";
/// A sweep's own file, as it was given.
const FILE: &str = "sweep.toml";
/// The weights of the best run so far.
const BEST: &str = "best.safetensors";

/// A sweep that is about to go on.
#[derive(Debug)]
pub struct SweepPlan {
    name: String,
    dir: PathBuf,
    sweep: Sweep,
    /// What every run learns from.
    job: TrainJob,
    digest: String,
    place: Box<dyn Place>,
    _going: Going,
}

/// Says that a sweep is going on for as long as it is there, however it ends.
#[derive(Debug)]
struct Going(Arc<AtomicBool>);

impl Going {
    fn new(said: &Arc<AtomicBool>) -> Self {
        said.store(true, Ordering::Relaxed);
        Self(said.clone())
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// How the runs that are done now ended.
enum Ended {
    All,
    /// Asked to; the run it was in can be resumed.
    Left,
}

impl Core {
    /// Begins a sweep, or goes on with it: what was done is not done again.
    ///
    /// # Errors
    /// When the text is no sweep, the name belongs to a sweep by another file, or there is nothing to learn from.
    pub fn sweep(&mut self, name: &str, text: &str, compute: &Compute) -> Result<Work, SessionError> {
        self.check_can_train()?;
        let dir = self.sweep_dir(name)?;
        let refused = |error: sweep::SweepError| SessionError::refused(error.to_string());
        let sweep = Sweep::parse(text, recipe::find).map_err(refused)?;
        match std::fs::read_to_string(dir.join(FILE)) {
            Ok(before) if before != text => {
                return Err(SessionError::refused(format!(
                    "the sweep {name} was begun with another file ({}): give this one a name of its own",
                    dir.join(FILE).display()
                )));
            }
            Ok(_) => {}
            Err(_) => write_file(&dir, text)?,
        }
        let (job, missing) = self.sweep_job(sweep.base(), &dir, compute)?;
        self.warn_of_missing(missing);
        let digest = training::data_digest(&job.train, &job.classes);
        let going = Going::new(&self.sweeping);
        self.show_sweeps();
        Ok(Box::new(SweepPlan { name: name.to_owned(), dir, sweep, job, digest, place: Box::new(Here), _going: going }))
    }

    /// The sweeps of the project, by name.
    pub fn sweeps(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.store().dir().join(FOLDER)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter(|entry| entry.path().join(FILE).is_file())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// A sweep as far as it is.
    ///
    /// # Errors
    /// When there is none of that name, or a log of it is damaged.
    pub fn sweep_view(&self, name: &str) -> Result<SweepView, SessionError> {
        let refused = |error: String| SessionError::refused(error);
        let text = self.sweep_text(name)?;
        let sweep = Sweep::parse(&text, recipe::find).map_err(|error| refused(error.to_string()))?;
        let records = sweep::read_records(&self.sweep_dir(name)?).map_err(|error| refused(error.to_string()))?;
        Ok(SweepView::new(name, &sweep, records))
    }

    /// Goes on with a sweep that was begun.
    pub(in crate::session) fn continue_sweep(&mut self, name: &str, compute: &Compute) -> Result<Work, SessionError> {
        let text = self.sweep_text(name)?;
        self.sweep(name, &text, compute)
    }

    fn sweep_text(&self, name: &str) -> Result<String, SessionError> {
        std::fs::read_to_string(self.sweep_dir(name)?.join(FILE)).map_err(|_| {
            let known = self.sweeps();
            let known = if known.is_empty() { "it has none yet".to_owned() } else { known.join(", ") };
            SessionError::refused(format!("the project has no sweep {name:?}; its sweeps: {known}"))
        })
    }

    /// Shows the sweeps as they are on disk.
    pub(in crate::session) fn show_sweeps(&mut self) {
        let view = |name: &String| match self.sweep_view(name) {
            Ok(view) => view,
            Err(error) => SweepView { name: name.clone(), problem: Some(error.to_string()), ..SweepView::default() },
        };
        self.view.sweeps = Arc::new(self.sweeps().iter().map(view).collect());
    }

    fn sweep_dir(&self, name: &str) -> Result<PathBuf, SessionError> {
        let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        if name.is_empty() || !plain {
            return Err(SessionError::refused(format!(
                "{name:?} names no sweep: use letters, digits, - and _, since a folder is called so"
            )));
        }
        Ok(self.store().dir().join(FOLDER).join(name))
    }

    fn sweep_job(&self, recipe: &Recipe, dir: &Path, compute: &Compute) -> Result<(TrainJob, usize), SessionError> {
        let kind = recipe.answers();
        self.refuse_other_answers(kind)?;
        let (train, absent) = self.samples(Split::Train, kind);
        let (validation, absent_too) = self.samples(Split::Validation, kind);
        self.refuse_nothing_to_tell(&train, kind)?;
        if validation.is_empty() {
            return Err(SessionError::refused(
                "a sweep tells its runs apart on validation images, and there are none: divide the images again",
            ));
        }
        let job = TrainJob {
            recipe: recipe.clone(),
            classes: (*self.view().classes).clone(),
            model_name: self.store().unique_model_name(&recipe.name)?,
            train,
            validation,
            dir: dir.to_path_buf(),
            start_from: None,
            resume: true,
            compute: compute.clone(),
            created_ms: jiff::Timestamp::now().as_millisecond(),
        };
        Ok((job, absent + absent_too))
    }

    /// Registers the weights of a sweep's best run as a candidate. It is measured on the test images when a person asks for
    /// that, and not before: a sweep chooses among many.
    pub(in crate::session) fn take_swept(&mut self, best: Option<PathBuf>) -> Result<(), SessionError> {
        if let Some(file) = best {
            self.import_model(&file, &Compute::cpu())?;
            // It lies with the models now.
            if let Err(error) = std::fs::remove_file(&file) {
                tracing::debug!(%error, "a sweep's best weights stay beside its logs");
            }
            self.inform("the sweep is done; the weights of its best run are a candidate".into());
        }
        self.show_sweeps();
        Ok(())
    }
}

fn write_file(dir: &Path, text: &str) -> Result<(), SessionError> {
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(dir)?;
        atomically(&dir.join(FILE), |out| out.write_all(text.as_bytes()))
    };
    write().map_err(|e| SessionError::file(&dir.join(FILE), "written", &e))
}

impl Task for SweepPlan {
    fn name(&self) -> String {
        format!("Sweep {}", self.name)
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        match self.go_on(order, tell) {
            Ok(Ended::All) => {
                let best = self.dir.join(BEST);
                tell(Report::Swept { best: best.is_file().then_some(best) });
            }
            Ok(Ended::Left) => {}
            Err(why) => tell(Report::Failed(why)),
        }
    }
}

impl SweepPlan {
    fn go_on(&self, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) -> Result<Ended, String> {
        let total = self.sweep.epochs();
        loop {
            let records = sweep::read_records(&self.dir).map_err(|error| error.to_string())?;
            let done: usize = records.iter().map(|record| record.trial.epochs).sum();
            let Some(trial) = self.sweep.next(&records) else { return Ok(Ended::All) };
            if order() != Order::Go {
                return Ok(Ended::Left);
            }
            let began = Instant::now();
            let text = format!("run {} of {}", trial.number, self.sweep.runs());
            let job = self.job_of(&trial).map_err(|error| error.to_string())?;
            let mut left = false;
            let outcome = self.place.train(&job, &mut |event| {
                if let Some((epochs, text)) = how_far(event, &text) {
                    tell(Report::Progress { done: done + epochs, total, text });
                }
                left |= order() != Order::Go;
                if left { Control::Stop } else { Control::Continue }
            });
            if left {
                return Ok(Ended::Left);
            }
            let record = self.record(&trial, &outcome, began.elapsed().as_secs_f64());
            if let (Ok(Outcome { model_file: Some(file), .. }), true) = (&outcome, self.is_best(&record, &records)) {
                std::fs::rename(file, self.dir.join(BEST))
                    .map_err(|error| format!("{} cannot be kept: {error}", file.display()))?;
            }
            sweep::write_record(&self.dir, &record).map_err(|error| error.to_string())?;
            if let Err(error) = std::fs::remove_dir_all(&job.dir) {
                tracing::debug!(%error, "the folder of a run that is over stays");
            }
            tell(Report::Trial(Box::new(record)));
        }
    }

    /// A run in a folder of its own, which goes with what it learns from: with other labels it begins anew.
    fn job_of(&self, trial: &Trial) -> Result<TrainJob, recipe::RecipeError> {
        let digest = self.digest.get(..12).unwrap_or_default();
        let dir = self.dir.join(format!("run-{:04}-{digest}", trial.number));
        Ok(TrainJob { recipe: self.sweep.recipe(trial)?, dir, ..self.job.clone() })
    }

    fn record(&self, trial: &Trial, outcome: &Result<Outcome, TrainError>, seconds: f64) -> TrialRecord {
        let facts = outcome.as_ref().map(|outcome| outcome.facts.clone()).unwrap_or_default();
        let history = outcome.as_ref().map(|outcome| outcome.epochs.clone()).unwrap_or_default();
        let best = history.iter().rfind(|epoch| epoch.best);
        let RunFacts { program, wall_seconds, .. } = facts;
        TrialRecord {
            recipe: self.sweep.base().name.clone(),
            trial: trial.clone(),
            end: match outcome {
                Ok(outcome) => TrialEnd::Done { stopped: outcome.stopped },
                Err(error) => TrialEnd::Failed { why: error.to_string() },
            },
            figures: best.map(|epoch| epoch.validation.clone()).unwrap_or_default(),
            best_epoch: best.map(|epoch| epoch.epoch),
            data_digest: self.digest.clone(),
            // A run that was resumed knows of its time before.
            seconds: if wall_seconds > 0.0 { wall_seconds } else { seconds },
            program,
            history,
        }
    }

    /// Whether a run is better than all before it that learned from the same images and labels. Of a halving only runs of
    /// the last rung so far count: they were given the most.
    fn is_best(&self, record: &TrialRecord, before: &[TrialRecord]) -> bool {
        let by: Metric = self.sweep.by();
        let score = |record: &TrialRecord| {
            let value = record.figures.get(by)?;
            Some(if by.lower_is_better() { -value } else { value })
        };
        let rung = record.trial.rung;
        let earlier = before.iter().filter(|r| r.trial.rung >= rung && r.data_digest == record.data_digest);
        score(record).is_some_and(|now| earlier.filter_map(score).all(|then| now > then))
    }
}

/// How far a run is, in whole epochs, and in words.
fn how_far(event: &TrainEvent, run: &str) -> Option<(usize, String)> {
    match event {
        TrainEvent::Preparing { done, total } => Some((0, format!("{run}, {done} of {total} images prepared"))),
        TrainEvent::Step { epoch, epochs, .. } => Some((epoch - 1, format!("{run}, epoch {epoch} of {epochs}"))),
        TrainEvent::Epoch(record) => Some((record.epoch, format!("{run}, epoch {} is done", record.epoch))),
        TrainEvent::Started { .. }
        | TrainEvent::KeepingFeatures { .. }
        | TrainEvent::Validating { .. }
        | TrainEvent::Log(_) => None,
    }
}
