//! A run from its images to its model file.

use super::checkpoint::{self, Files};
use super::error::TrainError;
use super::facts::facts;
use super::job::{Control, Outcome, Sample, TrainEvent, TrainJob, Truth, data_digest};
use super::listener::Listener;
use super::recipe;
use super::run::{Run, card};
use super::samples::{MEMORY_BUDGET, Samples};
use super::sides;
use crate::domain::{EpochRecord, StopReason};
use std::collections::{HashMap, HashSet};
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
    refuse_other_truth(job)?;
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
    let began = Instant::now();
    let before = saved.as_ref().map(|saved| saved.progress.history.clone()).unwrap_or_default();
    let from = before.len();
    let (validation, unlearned) = judging(job);
    for line in unlearned {
        listener.log(line);
    }
    let (epochs, card, images) = match read_images(job, &validation, &mut listener) {
        None => (before, card(job, data_digest(&job.train, &job.classes)), (0, 0)),
        Some((train, validation)) => {
            let images = (train.len(), validation.len());
            let unmirrored = sides::unmirrored(job, &train)?;
            let changed = unmirrored.map(|(recipe, why)| {
                listener.log(why);
                TrainJob { recipe, ..job.clone() }
            });
            let mut run = Run::begin(changed.as_ref().unwrap_or(job), train, validation, saved, &files, &mut listener)?;
            run.epochs(&mut listener)?;
            (run.progress.history, run.card, images)
        }
    };
    if listener.asked == Some(StopReason::Cancelled) {
        files.remove()?;
    }
    let stopped = listener.asked;
    let ended = ending(job, stopped, &epochs);
    listener.log(ended.clone());
    let model_file = Some(files.model()).filter(|file| file.exists());
    let took = (from, began.elapsed().as_secs_f64());
    let facts = facts(job, &card.data_digest, images, &epochs, took, ended);
    Ok(Outcome { stopped, model_file, epochs, card, facts })
}

/// Why the run ended, for its log.
fn ending(job: &TrainJob, stopped: Option<StopReason>, epochs: &[EpochRecord]) -> String {
    let done = format!("after {} of {} epochs", epochs.len(), job.recipe.epochs);
    let kept = match epochs.iter().rfind(|epoch| epoch.best) {
        Some(best) => format!("; the weights of epoch {} are kept", best.epoch),
        None => String::new(),
    };
    match stopped {
        None => format!("the run went through all its epochs{kept}"),
        Some(StopReason::Stopped) => format!("the run was stopped {done}{kept}"),
        Some(StopReason::Cancelled) => format!("the run was cancelled {done}; nothing is kept"),
        Some(StopReason::NoGain) => {
            let by = job.recipe.stop_by.unwrap_or(job.recipe.best_by).words();
            let waited = job.recipe.patience.unwrap_or(0);
            format!("the run ended {done}: no gain in the {by} in {waited} epochs{kept}")
        }
    }
}

fn refuse_foreign_classes(job: &TrainJob) -> Result<(), TrainError> {
    for sample in job.train.iter().chain(&job.validation) {
        if let Some(class) = sample.truth.classes().into_iter().find(|class| *class >= job.classes.len()) {
            return Err(TrainError::ForeignClass { name: sample.name.clone(), class });
        }
    }
    Ok(())
}

/// Boxes for a network that gives classes, or any other kind for another.
fn refuse_other_truth(job: &TrainJob) -> Result<(), TrainError> {
    let wanted = job.recipe.answers();
    let other = |sample: &&Sample| sample.truth.kind() != wanted;
    match job.train.iter().chain(&job.validation).find(other) {
        None => Ok(()),
        Some(sample) => {
            let (known, wanted) = (sample.truth.kind().words(), wanted.words());
            Err(TrainError::OtherTruth { name: sample.name.clone(), known, wanted })
        }
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

/// The validation images by which epochs are judged, and a sentence for each class that cannot be learned: its images would
/// only tell which epoch is the least sure of what it did learn.
fn judging(job: &TrainJob) -> (Vec<Sample>, Vec<String>) {
    let learned: HashSet<usize> = job.train.iter().flat_map(|sample| sample.truth.classes()).collect();
    let known = |sample: &&Sample| match &sample.truth {
        Truth::Class(class) => learned.contains(class),
        // Other findings, and what is drawn besides, are judged by the classes that were learned.
        Truth::Findings(_) | Truth::Boxes(_) => true,
    };
    // A class of images with nothing to find is no finding of its own.
    let is_taught = |class: &usize| !job.classes.findings || job.classes.finding_places().any(|place| place == *class);
    let never = (0..job.classes.len()).filter(|class| is_taught(class) && !learned.contains(class)).map(|class| {
        let name = job.classes.name(class);
        match job.validation.iter().filter(|sample| matches!(sample.truth, Truth::Class(of) if of == class)).count() {
            0 => format!("no training image shows {name}: the model will never say it"),
            count => format!(
                "no training image shows {name}: the model will never say it, and {count} validation images of it do not \
                 count in choosing the best epoch"
            ),
        }
    });
    (job.validation.iter().filter(known).cloned().collect(), never.collect())
}

/// Both splits; `None` when the listener ended the run meanwhile.
fn read_images(job: &TrainJob, validation: &[Sample], listener: &mut Listener<'_>) -> Option<(Samples, Samples)> {
    let total = job.train.len() + validation.len();
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
    let validation = read(validation, job.train.len(), listener)?;
    Some((train, validation))
}
