//! Epoch after epoch: what a run holds, how it begins or goes on, and when it ends.

use super::checkpoint::{Files, Progress, Saved};
use super::error::TrainError;
use super::freeze::FrozenFeatures;
use super::job::{Sample, TrainEvent, TrainJob, Truth, data_digest};
use super::learner::Learner;
use super::listener::Listener;
use super::recipe;
use super::sampler::{batches, class_weights, epoch_order};
use super::samples::Samples;
use super::start::start_from;
use super::task::positive_weights;
use crate::domain::metric::Needs;
use crate::domain::recipe::{Greys, Imbalance, Loss};
use crate::domain::{AnswerKind, ModelCard, Presence, StopReason};
use crate::files::hash::sha256_hex;
use crate::inference;
use crate::nn::Schedule;
use std::collections::HashMap;
use std::time::Instant;

/// What a model of this job says of itself.
pub(super) fn card(job: &TrainJob, data_digest: String) -> ModelCard {
    ModelCard {
        format: ModelCard::FORMAT,
        name: job.model_name.clone(),
        architecture: job.recipe.architecture.clone(),
        classes: job.classes.clone(),
        preprocessing: job.recipe.preprocessing.clone(),
        recipe: Some(job.recipe.clone()),
        head: None,
        data_digest,
        threshold: None,
        decided: None,
        created_ms: job.created_ms,
    }
}

/// A run between its first step and its last.
pub(super) struct Run<'a> {
    pub(super) job: &'a TrainJob,
    pub(super) files: &'a Files,
    pub(super) train: Samples,
    pub(super) validation: Samples,
    pub(super) card: ModelCard,
    pub(super) learner: Learner,
    pub(super) progress: Progress,
    pub(super) kept: FrozenFeatures,
    /// Of the last look at the validation images.
    pub(super) validation_seconds: Option<f64>,
}

impl<'a> Run<'a> {
    /// A run that takes its first step, or goes on from where it was saved.
    pub(super) fn begin(
        job: &'a TrainJob,
        train: Samples,
        validation: Samples,
        saved: Option<Saved>,
        files: &'a Files,
        listener: &mut Listener<'_>,
    ) -> Result<Self, TrainError> {
        refuse_other_answers(job)?;
        refuse_nothing_to_tell(&train, job)?;
        refuse_unmeasurable(&validation, job)?;
        let recipe = &job.recipe;
        let weights = (recipe.imbalance == Imbalance::ClassWeights).then(|| match recipe.answers() {
            AnswerKind::Findings => positive_weights(train.findings(), job.classes.len()),
            AnswerKind::Class | AnswerKind::Boxes => class_weights(&train.classes(), job.classes.len()),
        });
        let mut learner = Learner::new(recipe, job.classes.len(), weights, job.compute.device())?;
        let mut card = card(job, data_digest(train.samples(), &job.classes));
        let fingerprint = fingerprint(job, &card.data_digest, &validation)?;
        for line in opening_lines(job, &train, &validation) {
            listener.log(line);
        }
        let progress = match saved {
            Some(saved) => restore(saved, &fingerprint, &mut learner, files)?,
            None => {
                if let Some(path) = &job.start_from {
                    let is_head = |name: &str| learner.task.is_head(name);
                    let classes = job.classes.names();
                    for line in start_from(path, &recipe.architecture, &classes, &is_head, &learner.params)? {
                        listener.log(line);
                    }
                }
                let order = epoch_order(&train.kinds(), recipe.imbalance, recipe.augmentation.views(), recipe.seed, 0);
                let steps = batches(&order, recipe.batch).len().div_ceil(recipe.accumulate);
                let rate = recipe.optimizer.learning_rate();
                Progress {
                    fingerprint,
                    schedule: Schedule::new(&recipe.schedule, rate, recipe.epochs, steps),
                    best: None,
                    best_loss: None,
                    threshold: None,
                    gained: None,
                    waited: 0,
                    parts: 1,
                    history: Vec::new(),
                }
            }
        };
        card.threshold = progress.threshold;
        listener.tell(&TrainEvent::Started { train: train.len(), validation: validation.len() });
        Ok(Self {
            job,
            files,
            train,
            validation,
            card,
            learner,
            progress,
            kept: FrozenFeatures::default(),
            validation_seconds: None,
        })
    }

    /// All epochs that are left.
    pub(super) fn epochs(&mut self, listener: &mut Listener<'_>) -> Result<(), TrainError> {
        let recipe = &self.job.recipe;
        let mut partial = false;
        while self.progress.history.len() < recipe.epochs && listener.asked.is_none() {
            if !self.validation.is_empty() && recipe.patience.is_some_and(|most| self.progress.waited >= most) {
                listener.asked = Some(StopReason::NoGain);
                break;
            }
            let epoch = self.progress.history.len();
            let began = Instant::now();
            if !self.freeze(epoch, listener)? {
                break;
            }
            let pass = self.pass(epoch, listener)?;
            let record = if pass.whole { self.close(epoch, &pass, began, listener)? } else { None };
            let Some(record) = record else {
                partial = pass.figures.images > 0;
                break;
            };
            self.count_kept_epoch();
            if !listener.tell(&TrainEvent::Epoch(record)) && self.progress.history.len() == recipe.epochs {
                // Nothing was left to stop.
                listener.asked = listener.asked.filter(|asked| *asked == StopReason::Cancelled);
            }
        }
        self.drop_features(listener);
        if partial && listener.asked == Some(StopReason::Stopped) && self.progress.history.is_empty() {
            inference::save(&self.files.model(), &self.card, &self.learner.params)?;
            listener.log("stopped within the first pass: the weights are kept as they were then".to_owned());
        }
        Ok(())
    }
}

/// A network that gives one class, where images have findings, or the reverse.
fn refuse_other_answers(job: &TrainJob) -> Result<(), TrainError> {
    let (recipe, findings) = (job.recipe.answers(), job.classes.findings);
    let other = match recipe {
        AnswerKind::Class => findings,
        AnswerKind::Findings => !findings,
        AnswerKind::Boxes => false,
    };
    if other { Err(TrainError::OtherAnswers { recipe, findings }) } else { Ok(()) }
}

/// A figure that the classes or the validation images do not have what it needs for.
fn refuse_unmeasurable(validation: &Samples, job: &TrainJob) -> Result<(), TrainError> {
    let recipe = &job.recipe;
    let plateau = Schedule::new(&recipe.schedule, 1.0, 1, 1).watched();
    let asked = [Some(recipe.best_by), recipe.stop_by, plateau].into_iter().flatten();
    if recipe.loss == Loss::Corn && !job.classes.ordinal {
        return Err(TrainError::NotGrades { what: "the loss corn" });
    }
    for metric in asked {
        match metric.needs() {
            Needs::Images | Needs::Classes => {}
            Needs::Grades if job.classes.ordinal => {}
            Needs::Grades => return Err(TrainError::NotGrades { what: metric.words() }),
            // Findings that are on no image, or on all, have no part in the mean.
            Needs::EveryClass if job.classes.findings => {}
            Needs::EveryClass => {
                let shown = validation.classes();
                let absent = (0..job.classes.len()).find(|class| !shown.contains(class));
                if let Some(class) = absent.filter(|_| !validation.is_empty()) {
                    return Err(TrainError::NoClass { what: metric.name(), class: job.classes.name(class) });
                }
            }
            Needs::Boxes => {
                if !validation.is_empty() && validation.shown().iter().all(|classes| classes.is_empty()) {
                    return Err(TrainError::NoValidationBox);
                }
            }
        }
    }
    Ok(())
}

/// Images without anything to tell them apart by: all of one class, or none with a box.
fn refuse_nothing_to_tell(train: &Samples, job: &TrainJob) -> Result<(), TrainError> {
    let classes = train.classes();
    match classes.first() {
        None => Err(TrainError::NoTrainingImage),
        _ if job.recipe.answers() == AnswerKind::Findings => {
            let mut told = job.classes.finding_places();
            let both = |finding: usize| {
                let has = |presence| train.findings().any(|said| said.get(finding) == Some(presence));
                has(Presence::Present) && has(Presence::Absent)
            };
            if told.any(both) { Ok(()) } else { Err(TrainError::NoFinding) }
        }
        _ if job.recipe.architecture.draws_boxes() => match train.shown().iter().any(|of| !of.is_empty()) {
            true => Ok(()),
            false => Err(TrainError::NoBox),
        },
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
    let order: Vec<String> = job.train.iter().map(Sample::content).collect();
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
    let (showing, none) = train.counts(job.classes.len());
    let mut counts: Vec<String> =
        showing.iter().enumerate().map(|(class, count)| format!("{}: {count}", job.classes.name(class))).collect();
    if none > 0 {
        counts.push(format!(
            "{}: {none}",
            if job.recipe.answers() == AnswerKind::Findings { "with none of them" } else { "without a box" }
        ));
    }
    lines.push(format!("training images by class: {}", counts.join(", ")));
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
    lines.extend(unlearnable(train));
    lines.extend(told_of_greys(train));
    let conflicting = conflicts(train);
    if conflicting > 0 {
        lines.push(format!("{conflicting} training images occur more than once with different labels"));
    }
    lines
}

/// What is drawn on the training images and cannot be learned, where there is such.
fn unlearnable(train: &Samples) -> Vec<String> {
    let (mut doubled, mut small) = (0, 0);
    for boxes in train.boxes() {
        small += boxes.iter().filter(|(_, rect)| rect.width().min(rect.height()) < 1.0).count();
        doubled += boxes
            .iter()
            .enumerate()
            .filter(|(at, (class, rect))| {
                boxes.iter().take(*at).any(|(other, place)| other != class && rect.is_on_the_place_of(place))
            })
            .count();
    }
    let p = train.preprocessing();
    let small = (small > 0).then(|| {
        format!(
            "{small} boxes are less than a pixel wide or high at the {} x {} pixels of the network: they cannot be learned; \
             train with a larger preprocessing.side",
            p.width, p.height
        )
    });
    let doubled = (doubled > 0).then(|| {
        format!("{doubled} boxes lie on one of another class: of two classes on one place the network learns only one")
    });
    small.into_iter().chain(doubled).collect()
}

/// How pictures of more than 8 bits reach the network, where there are some: by one rule it sees no absolute brightness, by
/// the other those that use few of their bits nearly black.
fn told_of_greys(train: &Samples) -> Option<String> {
    let count = train.wide();
    let images = if count == 1 { "1 training image has".to_owned() } else { format!("{count} training images have") };
    let more = match train.preprocessing().greys {
        Greys::Shown => {
            ", so how bright a picture is as a whole tells it nothing; where that is what classes differ in, train with \
             preprocessing.greys = full-depth"
        }
        Greys::FullDepth => "",
    };
    let greys = train.preprocessing().greys.sentence();
    (count > 0).then(|| format!("{images} more than 8 bits: the network gets {greys}{more}"))
}

fn conflicts(samples: &Samples) -> usize {
    let mut labels: HashMap<&str, Vec<&Truth>> = HashMap::new();
    for sample in samples.samples() {
        let seen = labels.entry(&sample.sha256).or_default();
        if !seen.contains(&&sample.truth) {
            seen.push(&sample.truth);
        }
    }
    labels.values().filter(|seen| seen.len() > 1).count()
}
