//! The run: epochs of steps, validation, what is kept, when it ends.

use super::batches::{Varied, for_each_batch};
use super::checkpoint::{self, Files, Progress, Saved};
use super::error::TrainError;
use super::job::{Control, Outcome, Sample, TrainEvent, TrainJob, data_digest};
use super::learner::{Figures, Learner};
use super::pace::Pace;
use super::recipe;
use super::sampler::{batches, class_weights, epoch_order};
use super::samples::{MEMORY_BUDGET, Samples};
use super::start::start_from;
use crate::domain::recipe::{BestBy, Imbalance};
use crate::domain::{EpochRecord, ModelCard, StopReason};
use crate::imaging::hash::sha256_hex;
use crate::inference;
use crate::nn::Schedule;
use std::collections::HashMap;
use std::time::Instant;

/// Trains a model as `job` says and tells `on_event` about every step; its answer may end the run.
///
/// The best weights lie in `job.dir` as a model file from the first epoch on, beside a checkpoint that a later call
/// with `resume` goes on from.
///
/// # Errors
/// See [`TrainError`]. After an error the last epoch's checkpoint is still there.
pub fn train(job: &TrainJob, on_event: &mut dyn FnMut(&TrainEvent) -> Control) -> Result<Outcome, TrainError> {
    recipe::check(&job.recipe)?;
    refuse_foreign_classes(job)?;
    refuse_leaks(job)?;
    let files = Files::new(&job.dir)?;
    let mut listener = Listener { on_event, asked: None };
    let saved = if job.resume { checkpoint::read(&files.checkpoint(), job.compute.device())? } else { None };
    if saved.is_none() {
        files.remove()?;
        if job.resume {
            listener.log("there is no checkpoint to resume from: the run starts at the beginning".to_owned());
        }
    }
    let before = saved.as_ref().map(|saved| saved.progress.history.clone()).unwrap_or_default();
    let (epochs, card) = match read_images(job, &mut listener) {
        None => (before, card(job, data_digest(&job.train, &job.classes))),
        Some((train, validation)) => {
            let mut run = Run::begin(job, train, validation, saved, &files, &mut listener)?;
            run.epochs(&mut listener)?;
            (run.progress.history, run.card)
        }
    };
    if listener.asked == Some(StopReason::Cancelled) {
        files.remove()?;
    }
    let model_file = Some(files.model()).filter(|file| file.exists());
    Ok(Outcome { stopped: listener.asked, model_file, epochs, card })
}

/// Hears the listener's answers; the first wish to end holds, but a cancel overrides a stop.
struct Listener<'a> {
    on_event: &'a mut dyn FnMut(&TrainEvent) -> Control,
    asked: Option<StopReason>,
}

impl Listener<'_> {
    /// Whether to go on.
    fn tell(&mut self, event: &TrainEvent) -> bool {
        match (self.on_event)(event) {
            Control::Continue => {}
            Control::Stop => self.asked = self.asked.or(Some(StopReason::Stopped)),
            Control::Cancel => self.asked = Some(StopReason::Cancelled),
        }
        self.asked.is_none()
    }

    fn log(&mut self, line: String) -> bool {
        self.tell(&TrainEvent::Log(line))
    }
}

fn refuse_foreign_classes(job: &TrainJob) -> Result<(), TrainError> {
    match job.train.iter().chain(&job.validation).find(|sample| sample.class >= job.classes.len()) {
        Some(sample) => Err(TrainError::ForeignClass { name: sample.name.clone(), class: sample.class }),
        None => Ok(()),
    }
}

fn refuse_leaks(job: &TrainJob) -> Result<(), TrainError> {
    let trained: HashMap<&str, &Sample> = job.train.iter().map(|s| (s.sha256.as_str(), s)).collect();
    for validation in &job.validation {
        if let Some(train) = trained.get(validation.sha256.as_str()) {
            return Err(TrainError::Leak { train: train.name.clone(), validation: validation.name.clone() });
        }
    }
    Ok(())
}

/// Both splits; `None` when the listener ended the run meanwhile.
fn read_images(job: &TrainJob, listener: &mut Listener<'_>) -> Option<(Samples, Samples)> {
    let total = job.train.len() + job.validation.len();
    let mut budget = MEMORY_BUDGET;
    let mut read = |samples: &[Sample], before: usize, listener: &mut Listener<'_>| {
        // Both closures speak to the listener, so the sentences wait until reading is done.
        let mut lines = Vec::new();
        let split = Samples::read(
            samples,
            &job.recipe.preprocessing,
            &mut budget,
            &mut |done| listener.tell(&TrainEvent::Preparing { done: before + done, total }),
            &mut |line| lines.push(line),
        );
        for line in lines {
            listener.log(line);
        }
        split.filter(|_| listener.asked.is_none())
    };
    let train = read(&job.train, 0, listener)?;
    let validation = read(&job.validation, job.train.len(), listener)?;
    Some((train, validation))
}

fn card(job: &TrainJob, data_digest: String) -> ModelCard {
    ModelCard {
        format: ModelCard::FORMAT,
        name: job.model_name.clone(),
        architecture: job.recipe.architecture.clone(),
        classes: job.classes.clone(),
        preprocessing: job.recipe.preprocessing.clone(),
        recipe: Some(job.recipe.clone()),
        data_digest,
        created_ms: job.created_ms,
    }
}

struct Run<'a> {
    job: &'a TrainJob,
    files: &'a Files,
    train: Samples,
    validation: Samples,
    card: ModelCard,
    learner: Learner,
    progress: Progress,
    /// Of the last look at the validation images.
    validation_seconds: Option<f64>,
}

impl<'a> Run<'a> {
    fn begin(
        job: &'a TrainJob,
        train: Samples,
        validation: Samples,
        saved: Option<Saved>,
        files: &'a Files,
        listener: &mut Listener<'_>,
    ) -> Result<Self, TrainError> {
        let classes = train.classes();
        refuse_one_class(&classes, job)?;
        let recipe = &job.recipe;
        let weights = (recipe.imbalance == Imbalance::ClassWeights).then(|| class_weights(&classes, job.classes.len()));
        let mut learner = Learner::new(recipe, job.classes.len(), weights, job.compute.device())?;
        let card = card(job, data_digest(train.samples(), &job.classes));
        let fingerprint = fingerprint(job, &card.data_digest, &validation)?;
        for line in opening_lines(job, &train, &validation) {
            listener.log(line);
        }
        let progress = match saved {
            Some(saved) => restore(saved, &fingerprint, &mut learner, files)?,
            None => {
                if let Some(path) = &job.start_from {
                    for line in start_from(path, &recipe.architecture, learner.network.as_ref(), &learner.params)? {
                        listener.log(line);
                    }
                }
                Progress {
                    fingerprint,
                    schedule: Schedule::new(&recipe.schedule, recipe.optimizer.learning_rate(), recipe.epochs),
                    best: None,
                    last_loss: None,
                    waited: 0,
                    history: Vec::new(),
                }
            }
        };
        listener.tell(&TrainEvent::Started { train: train.len(), validation: validation.len() });
        Ok(Self { job, files, train, validation, card, learner, progress, validation_seconds: None })
    }

    fn epochs(&mut self, listener: &mut Listener<'_>) -> Result<(), TrainError> {
        let recipe = &self.job.recipe;
        let mut partial = false;
        while self.progress.history.len() < recipe.epochs && listener.asked.is_none() {
            if !self.validation.is_empty() && recipe.patience.is_some_and(|most| self.progress.waited >= most) {
                listener.asked = Some(StopReason::NoGain);
                break;
            }
            let epoch = self.progress.history.len();
            let began = Instant::now();
            let rate = self.progress.schedule.rate(epoch, self.progress.last_loss);
            self.learner.freeze_backbone(self.job.start_from.is_some() && epoch < recipe.freeze_backbone_epochs);
            let (trained, waited, whole) = self.pass(epoch, rate, listener)?;
            if !whole {
                partial = trained.images > 0;
                break;
            }
            let record = self.close(epoch, rate, trained, began, waited)?;
            if !listener.tell(&TrainEvent::Epoch(record)) && self.progress.history.len() == recipe.epochs {
                // Nothing was left to stop.
                listener.asked = listener.asked.filter(|asked| *asked == StopReason::Cancelled);
            }
        }
        if partial && listener.asked == Some(StopReason::Stopped) && self.progress.history.is_empty() {
            inference::save(&self.files.model(), &self.card, &self.learner.params)?;
            listener.log("stopped within the first pass: the weights are kept as they were then".to_owned());
        }
        Ok(())
    }

    /// One pass over the training images: its figures, the seconds waited for images, and whether it was whole.
    fn pass(
        &mut self,
        epoch: usize,
        rate: f64,
        listener: &mut Listener<'_>,
    ) -> Result<(Figures, f64, bool), TrainError> {
        let recipe = &self.job.recipe;
        let evenly = recipe.imbalance == Imbalance::WeightedSampling;
        let order = epoch_order(&self.train.classes(), evenly, recipe.seed, epoch);
        let plan = batches(&order, recipe.batch);
        let varied = Varied { settings: &recipe.augmentation, seed: recipe.seed, epoch };
        let pace = Pace {
            images: order.len(),
            epochs_after: recipe.epochs - epoch - 1,
            validation_images: self.validation.len(),
            validation_seconds: self.validation_seconds,
        };
        let began = Instant::now();
        let (mut figures, mut whole) = (Figures::default(), true);
        let learner = &mut self.learner;
        let waited = for_each_batch(&self.train, &plan, Some(varied), &mut |step, batch| {
            let of_step = learner.step(&batch, rate, epoch, step)?;
            if !of_step.loss.is_finite() {
                let at = format!("in epoch {}, step {}", epoch + 1, step + 1);
                return Err(TrainError::NotFinite { at, rate });
            }
            figures.add(of_step);
            let (images_per_second, seconds_left) = pace.after(figures.images, began.elapsed().as_secs_f64());
            let go_on = listener.tell(&TrainEvent::Step {
                epoch: epoch + 1,
                epochs: recipe.epochs,
                step: step + 1,
                steps: plan.len(),
                loss: of_step.loss,
                images_per_second,
                seconds_left,
            });
            // A wish to stop after the last step leaves a whole epoch, which is worth closing.
            whole = step + 1 == plan.len() && listener.asked != Some(StopReason::Cancelled);
            Ok(go_on)
        })?;
        Ok((figures, waited.as_secs_f64(), whole))
    }

    /// Validates, keeps the weights if they are the best, and writes the checkpoint.
    fn close(
        &mut self,
        epoch: usize,
        rate: f64,
        trained: Figures,
        began: Instant,
        waited: f64,
    ) -> Result<EpochRecord, TrainError> {
        let validating = Instant::now();
        let validated = if self.validation.is_empty() {
            None
        } else {
            Some(self.learner.validate(&self.validation, self.job.recipe.batch)?)
        };
        self.validation_seconds = Some(validating.elapsed().as_secs_f64());
        if validated.is_some_and(|figures| !figures.loss.is_finite()) {
            return Err(TrainError::NotFinite {
                at: format!("on the validation images after epoch {}", epoch + 1),
                rate,
            });
        }
        let score = validated.map(|figures| match self.job.recipe.best_by {
            BestBy::ValidationLoss => figures.loss,
            BestBy::ValidationAccuracy => -figures.accuracy(),
        });
        let best = match (score, self.progress.best) {
            (Some(score), Some(best)) => score < best,
            _ => true,
        };
        if best {
            inference::save(&self.files.model(), &self.card, &self.learner.params)?;
            self.progress.best = score;
        }
        self.progress.waited = if best { 0 } else { self.progress.waited + 1 };
        self.progress.last_loss = Some(validated.map_or(trained.loss, |figures| figures.loss));
        let seconds = began.elapsed().as_secs_f64();
        let record = EpochRecord {
            epoch: epoch + 1,
            train_loss: trained.loss,
            train_accuracy: trained.accuracy(),
            validation_loss: validated.map(|figures| figures.loss),
            validation_accuracy: validated.map(|figures| figures.accuracy()),
            learning_rate: rate,
            seconds,
            data_wait: if seconds > 0.0 { (waited / seconds).min(1.0) } else { 0.0 },
            best,
        };
        self.progress.history.push(record.clone());
        checkpoint::write(&self.files.checkpoint(), &self.progress, &self.learner)?;
        Ok(record)
    }
}

fn refuse_one_class(classes: &[usize], job: &TrainJob) -> Result<(), TrainError> {
    match classes.first() {
        None => Err(TrainError::NoTrainingImage),
        Some(first) if classes.iter().all(|class| class == first) => {
            Err(TrainError::OneClass { class: job.classes.name(*first) })
        }
        Some(_) => Ok(()),
    }
}

/// Everything a run's weights depend on but its start: two runs of one fingerprint may share a checkpoint.
fn fingerprint(job: &TrainJob, train_digest: &str, validation: &Samples) -> Result<String, TrainError> {
    let recipe = recipe::to_toml(&job.recipe)?;
    let names = job.classes.names().join("\n");
    let order: Vec<&str> = job.train.iter().map(|sample| sample.sha256.as_str()).collect();
    let validation = data_digest(validation.samples(), &job.classes);
    Ok(sha256_hex([&recipe, &names, &order.join("\n"), train_digest, &validation].join("\n\n").as_bytes()))
}

fn restore(saved: Saved, fingerprint: &str, learner: &mut Learner, files: &Files) -> Result<Progress, TrainError> {
    let refuse = |why: &str| TrainError::CannotResume { why: why.to_owned() };
    if saved.progress.fingerprint != fingerprint {
        return Err(refuse("its settings, classes, labels or images have changed since"));
    }
    if !files.model().exists() {
        return Err(refuse("the file with its best weights is gone"));
    }
    if !learner.params.assign(&saved.model)?.is_exact() {
        return Err(refuse("its checkpoint does not fit the network"));
    }
    learner.optimizer.load_state(&saved.optimizer)?;
    Ok(saved.progress)
}

fn opening_lines(job: &TrainJob, train: &Samples, validation: &Samples) -> Vec<String> {
    let mut lines = vec![format!("training on {}", job.compute.describe())];
    let classes = train.classes();
    let counts: Vec<String> = (0..job.classes.len())
        .map(|class| format!("{} {}", job.classes.name(class), classes.iter().filter(|c| **c == class).count()))
        .collect();
    lines.push(format!("training images: {}", counts.join(", ")));
    let not_kept = train.not_kept() + validation.not_kept();
    if not_kept > 0 {
        lines.push(format!("{not_kept} images do not fit into memory and are read again in each pass"));
    }
    if validation.is_empty() {
        lines
            .push("there is no validation image: the last weights are kept, and nothing ends the run early".to_owned());
    }
    if job.recipe.freeze_backbone_epochs > 0 && job.start_from.is_none() {
        lines
            .push("no pretrained weights were given, so nothing is frozen: all layers learn from the start".to_owned());
    }
    let conflicting = conflicts(train);
    if conflicting > 0 {
        lines.push(format!("{conflicting} training images occur more than once with different labels"));
    }
    lines
}

fn conflicts(samples: &Samples) -> usize {
    let mut labels: HashMap<&str, Vec<usize>> = HashMap::new();
    for sample in samples.samples() {
        let seen = labels.entry(&sample.sha256).or_default();
        if !seen.contains(&sample.class) {
            seen.push(sample.class);
        }
    }
    labels.values().filter(|seen| seen.len() > 1).count()
}
