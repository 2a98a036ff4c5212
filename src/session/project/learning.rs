//! Training runs: gathering samples, carrying a run out, resuming and discarding it.

use crate::domain::{AnswerKind, Findings, ImageFile, ImageRecord, Recipe, Rect, RunId, RunRecord, RunState, Split};
use crate::files::atomically;
use crate::nn::Compute;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::truth::truth;
use crate::session::protocol::command::StartFrom;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task, TaskKind, Work};
use crate::session::protocol::view::TrainingView;
use crate::session::protocol::words;
use crate::training::{self, Control, Sample, TrainError, TrainEvent, TrainJob, Truth, recipe};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Steps are told at most this often.
const EVERY: Duration = Duration::from_millis(100);
/// What a run was started with, in its folder, so that resuming it does not take in later labels.
const SAMPLES: &str = "samples.json";

/// A run that was noted in the project and is about to be carried out.
#[derive(Clone, Debug)]
pub struct TrainPlan {
    pub run: RunId,
    pub job: TrainJob,
}

impl Task for TrainPlan {
    fn name(&self) -> String {
        format!("Training {}", self.job.recipe.title)
    }

    fn kind(&self) -> TaskKind {
        TaskKind::Train(self.run)
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let mut told = Instant::now();
        let mut left = false;
        let outcome = training::train(&self.job, &mut |event| {
            // What a run says once the program is on its way out is no part of its story: it will be resumed.
            if !left && (matters(event) || told.elapsed() >= EVERY) {
                told = Instant::now();
                tell(Report::Training { run: self.run, event: event.clone() });
            }
            match order() {
                Order::Go => Control::Continue,
                Order::Stop => Control::Stop,
                Order::Cancel => Control::Cancel,
                // The last whole epoch's checkpoint stays, so the run goes on from there next time.
                Order::Leave => {
                    left = true;
                    Control::Stop
                }
            }
        });
        if !left {
            tell(Report::Trained { run: self.run, outcome: Box::new(outcome.map_err(|e| e.to_string())) });
        }
    }
}

/// Whether an event must not be left out.
fn matters(event: &TrainEvent) -> bool {
    matches!(event, TrainEvent::Started { .. } | TrainEvent::Epoch(_) | TrainEvent::Log(_))
}

/// A sample as it is kept with its run.
#[derive(Serialize, Deserialize)]
struct SampleRecord {
    path: PathBuf,
    #[serde(default)]
    frame: u32,
    name: String,
    sha256: String,
    #[serde(flatten)]
    truth: TruthRecord,
}

/// What is known of a sample; the sides of boxes as the bits of their numbers, since JSON may round the last digit and
/// a resumed run must learn from the very same.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TruthRecord {
    Class(usize),
    Findings(Findings),
    Boxes(Vec<(usize, [u64; 4])>),
}

impl TruthRecord {
    fn of(truth: &Truth) -> Self {
        let bits = |r: &Rect| [r.xmin, r.ymin, r.xmax, r.ymax].map(f64::to_bits);
        match truth {
            Truth::Class(class) => Self::Class(*class),
            Truth::Findings(said) => Self::Findings(said.clone()),
            Truth::Boxes(boxes) => Self::Boxes(boxes.iter().map(|(class, rect)| (*class, bits(rect))).collect()),
        }
    }

    fn truth(&self) -> Truth {
        let rect = |bits: &[u64; 4]| {
            let [xmin, ymin, xmax, ymax] = bits.map(f64::from_bits);
            Rect { xmin, ymin, xmax, ymax }
        };
        match self {
            Self::Class(class) => Truth::Class(*class),
            Self::Findings(said) => Truth::Findings(said.clone()),
            Self::Boxes(boxes) => Truth::Boxes(boxes.iter().map(|(class, bits)| (*class, rect(bits))).collect()),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct KeptSamples {
    model_name: String,
    train: Vec<SampleRecord>,
    validation: Vec<SampleRecord>,
    start_from: Option<PathBuf>,
}

impl Core {
    /// Notes a run of a recipe on the images of the training and validation splits of which is known what it learns from: the
    /// class, findings, or all boxes. `start_from` is a weight file to begin with instead of random weights.
    pub fn train(
        &mut self,
        recipe: Recipe,
        start_from: Option<PathBuf>,
        compute: &Compute,
    ) -> Result<Work, SessionError> {
        self.check_can_train()?;
        recipe::check(&recipe).map_err(TrainError::from)?;
        let kind = recipe.answers();
        self.refuse_other_answers(kind)?;
        let (train, absent) = self.samples(Split::Train, kind);
        let (validation, absent_too) = self.samples(Split::Validation, kind);
        self.refuse_nothing_to_tell(&train, kind)?;
        let model_name = self.store.unique_model_name(&recipe.name)?;
        // The model whose weights it begins with, which need not be the one that is active.
        let parent = start_from.as_ref().and_then(|file| self.models.iter().find(|model| model.file == *file));
        let record = self.store.add_run(&recipe, parent.map(|model| model.id))?;
        let job = TrainJob {
            recipe,
            classes: (*self.view.classes).clone(),
            model_name,
            train,
            validation,
            dir: self.store.run_dir(record.id),
            start_from,
            resume: false,
            compute: compute.clone(),
            created_ms: record.started_ms,
        };
        keep_samples(&job)?;
        self.warn_of_missing(absent + absent_too);
        Ok(self.begin(record, job))
    }

    pub(in crate::session) fn warn_of_missing(&mut self, missing: usize) {
        if missing > 0 {
            self.warn(format!("{} left out of the training: the files are not there", words::images(missing)));
        }
    }

    /// The work of a run that starts from what is named.
    pub(in crate::session) fn train_from(
        &mut self,
        recipe: Recipe,
        start: StartFrom,
        compute: &Compute,
    ) -> Result<Vec<Work>, SessionError> {
        let file = self.start_file(start)?;
        Ok(vec![self.train(recipe, file, compute)?])
    }

    /// The file of what a run starts from.
    pub(in crate::session) fn start_file(&self, start: StartFrom) -> Result<Option<PathBuf>, SessionError> {
        match start {
            StartFrom::Random => Ok(None),
            StartFrom::Model(model) => Ok(Some(self.usable_model(model)?.file.clone())),
            StartFrom::File(file) if file.is_file() => Ok(Some(file)),
            StartFrom::File(file) => {
                Err(SessionError::refused(format!("{} is not there: choose another weight file", file.display())))
            }
            StartFrom::Pretrained(name) => {
                Err(SessionError::refused(format!("{name} is not downloaded yet: download it, or choose its file")))
            }
        }
    }

    /// Goes on with a run that was interrupted, with the images and labels it was started with.
    pub fn resume(&mut self, run: RunId, compute: &Compute) -> Result<Work, SessionError> {
        self.check_can_train()?;
        let mut record = self.run(run)?.clone();
        if record.state != RunState::Interrupted {
            return Err(SessionError::refused("only a run that was interrupted can be resumed: start a new one"));
        }
        let dir = self.store.run_dir(run);
        let kept = read_samples(&dir)?;
        let sample = |k: SampleRecord| Sample {
            file: self.place_now(&k),
            truth: k.truth.truth(),
            name: k.name,
            sha256: k.sha256,
        };
        let job = TrainJob {
            recipe: record.recipe.clone(),
            classes: (*self.view.classes).clone(),
            model_name: kept.model_name,
            train: kept.train.into_iter().map(sample).collect(),
            validation: kept.validation.into_iter().map(sample).collect(),
            dir,
            start_from: kept.start_from,
            resume: true,
            compute: compute.clone(),
            created_ms: record.started_ms,
        };
        record.state = RunState::Running;
        self.store.set_run_state(run, &record.state, None)?;
        self.runs.retain(|r| r.id != run);
        Ok(self.begin(record, job))
    }

    /// Forgets a run that is over, with its checkpoint; a model it made stays.
    pub fn discard_run(&mut self, run: RunId) -> Result<(), SessionError> {
        self.check_writable()?;
        if self.training == Some(run) {
            return Err(SessionError::refused("that run is in progress: cancel it instead"));
        }
        self.store.delete_run(run)?;
        self.runs.retain(|r| r.id != run);
        if self.view.training.as_ref().is_some_and(|t| t.run == run) {
            self.view.training = None;
        }
        self.refresh(Changed::Runs)
    }

    /// The run in progress.
    pub fn training_run(&self) -> Option<RunId> {
        self.training
    }

    pub(in crate::session) fn check_can_train(&self) -> Result<(), SessionError> {
        self.check_writable()?;
        if self.training.is_some() {
            return Err(SessionError::refused("a run is in progress: wait for it, or stop or cancel it first"));
        }
        if self.sweeping.load(Ordering::Relaxed) {
            return Err(SessionError::refused("a sweep is in progress: wait for it, or cancel it and go on later"));
        }
        Ok(())
    }

    pub(in crate::session) fn run(&self, run: RunId) -> Result<&RunRecord, SessionError> {
        let found = self.runs.iter().find(|r| r.id == run);
        found.ok_or_else(|| SessionError::refused(format!("the project has no run {run}")))
    }

    fn begin(&mut self, record: RunRecord, job: TrainJob) -> Work {
        let run = record.id;
        self.training = Some(run);
        let images = words::images(job.train.len() + job.validation.len());
        self.view.training = Some(Arc::new(TrainingView {
            run,
            recipe: record.recipe.clone(),
            running: true,
            phase: format!("preparing {images}"),
            progress: 0.0,
            seconds_left: None,
            images_per_second: None,
            epochs: record.epochs.clone(),
            log: record.log.clone(),
            model: None,
            error: None,
        }));
        self.runs.push(record);
        self.runs.sort_by_key(|r| r.id);
        self.show_runs();
        Box::new(TrainPlan { run, job })
    }

    /// Images without anything to tell them apart by: before reading them all, so that the answer comes at once.
    pub(in crate::session) fn refuse_nothing_to_tell(
        &self,
        train: &[Sample],
        kind: AnswerKind,
    ) -> Result<(), TrainError> {
        let mut shown: Vec<usize> = train.iter().flat_map(|sample| sample.truth.classes()).collect();
        shown.sort_unstable();
        shown.dedup();
        match shown[..] {
            _ if train.is_empty() => Err(TrainError::NoTrainingImage),
            [] if kind == AnswerKind::Findings => Err(TrainError::NoFinding),
            [] => Err(TrainError::NoBox),
            [class] if kind == AnswerKind::Class => Err(TrainError::OneClass { class: self.view.classes.name(class) }),
            _ => Ok(()),
        }
    }

    /// A recipe that gives one class, where images have findings, or the reverse.
    pub(in crate::session) fn refuse_other_answers(&self, recipe: AnswerKind) -> Result<(), TrainError> {
        let findings = self.view.classes.findings;
        match recipe {
            AnswerKind::Class if findings => Err(TrainError::OtherAnswers { recipe, findings }),
            AnswerKind::Findings if !findings => Err(TrainError::OtherAnswers { recipe, findings }),
            AnswerKind::Class | AnswerKind::Findings | AnswerKind::Boxes => Ok(()),
        }
    }

    /// The images of a split of which is known what such a network learns from, and whose files are there; and how many files
    /// are not.
    pub(in crate::session) fn samples(&self, split: Split, kind: AnswerKind) -> (Vec<Sample>, usize) {
        let mut missing = 0;
        let labelled = self.images.iter().zip(&self.annotations).filter(|(image, _)| image.split == split);
        // What follows an answer that a study had planted is said again first.
        let labelled = labelled.filter(|(image, _)| !self.studying.is_followed(image.id));
        let samples = labelled
            .filter_map(|(image, annotation)| {
                let truth = truth(annotation, kind, &self.view.classes)?;
                if !image.path.is_file() {
                    missing += 1;
                    return None;
                }
                let (name, sha256) = (image.name.clone(), image.sha256.clone());
                Some(Sample { file: image.file(), name, sha256, truth })
            })
            .collect();
        (samples, missing)
    }

    /// Where a sample lies now: images may have moved since the run was started.
    fn place_now(&self, kept: &SampleRecord) -> ImageFile {
        let there = || ImageFile { path: kept.path.clone(), frame: kept.frame };
        if kept.path.is_file() {
            return there();
        }
        let moved = self.images.iter().find(|i| i.sha256 == kept.sha256 && i.name == kept.name);
        moved.map_or_else(there, ImageRecord::file)
    }
}

fn keep_samples(job: &TrainJob) -> Result<(), SessionError> {
    let keep = |samples: &[Sample]| {
        let kept = |s: &Sample| SampleRecord {
            path: s.file.path.clone(),
            frame: s.file.frame,
            name: s.name.clone(),
            sha256: s.sha256.clone(),
            truth: TruthRecord::of(&s.truth),
        };
        samples.iter().map(kept).collect()
    };
    let kept = KeptSamples {
        model_name: job.model_name.clone(),
        train: keep(&job.train),
        validation: keep(&job.validation),
        start_from: job.start_from.clone(),
    };
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(&job.dir)?;
        let text = serde_json::to_vec(&kept)?;
        atomically(&job.dir.join(SAMPLES), |out| out.write_all(&text))
    };
    write().map_err(|e| SessionError::file(&job.dir, "written", &e))
}

fn read_samples(dir: &Path) -> Result<KeptSamples, SessionError> {
    let gone = |why: String| {
        SessionError::refused(format!("this run cannot be resumed ({why}): discard it and start a new one"))
    };
    let text = std::fs::read(dir.join(SAMPLES)).map_err(|e| gone(format!("its list of images is gone: {e}")))?;
    serde_json::from_slice(&text).map_err(|e| gone(format!("its list of images is damaged: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_learns_from_is_kept_to_the_last_bit() {
        let rect = Rect { xmin: 0.1 + 0.2, ymin: 1.0 / 3.0, xmax: 1e3 + f64::EPSILON * 512.0, ymax: 7.0 };
        let file = ImageFile::first("a.png");
        for truth in [Truth::Class(3), Truth::Boxes(vec![(1, rect)]), Truth::Boxes(Vec::new())] {
            let kept = SampleRecord {
                path: file.path.clone(),
                frame: 0,
                name: "a".into(),
                sha256: "00".into(),
                truth: TruthRecord::of(&truth),
            };
            let text = serde_json::to_string(&kept).unwrap();
            let back: SampleRecord = serde_json::from_str(&text).unwrap();
            assert_eq!(back.truth.truth(), truth, "{text}");
        }
        // As they were written before there were boxes.
        let old: SampleRecord = serde_json::from_str(r#"{"path":"a.png","name":"a","sha256":"00","class":1}"#).unwrap();
        assert_eq!(old.truth.truth(), Truth::Class(1));
    }
}
