//! A head that learns while somebody labels: what it needs, when it is learned anew, and what it says instead of the model.
//!
//! Model files and stored predictions stay as they are, and so do all figures: only what is shown of images changes.

mod boxes;
pub mod features;
pub mod plan;
mod similar;

#[cfg(test)]
mod tests;

use crate::domain::annotation::is_imported;
use crate::domain::{Annotation, AnswerKind, Change, Findings, ImageId, ModelId, Prediction, Presence, Split};
use crate::evaluation::logistic::Logistic;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::truth::truth;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::image_features::ImageFeatures;
use crate::session::protocol::refit::{Learned, RefitState, RefitView, Refitted, is_unsure};
use crate::session::protocol::task::Work;
use crate::store::FeatureKey;
use crate::training::Truth;
use features::FeaturesPlan;
use plan::{RefitPlan, UNSAID};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The setting of a project that lets a head learn.
const LEARNS: &str = "learns_while_labelling";
/// Logits of probabilities nearer to 0 than this, or of findings to 1, are those of this.
const LEAST: f32 = 1e-7;

/// What was said of an image.
#[derive(Clone, Debug, Default, PartialEq)]
struct Stood {
    label: Option<usize>,
    findings: Findings,
    reviewed: bool,
}

impl Stood {
    fn of(annotation: &Annotation) -> Self {
        Self { label: annotation.label, findings: annotation.findings.clone(), reviewed: annotation.reviewed }
    }

    /// Whether the same is said now.
    fn stands(&self, now: &Annotation) -> bool {
        self.label == now.label && self.reviewed == now.reviewed && self.findings == now.findings
    }
}

/// What is shown of a head.
#[derive(Debug)]
struct Shown {
    said: HashMap<ImageId, Prediction>,
    learned: Learned,
}

/// What an open project remembers of it.
#[derive(Debug, Default)]
pub(in crate::session) struct Refitting {
    on: bool,
    /// Something changed that a head follows from.
    stale: bool,
    /// Of the active model.
    features: Option<Arc<ImageFeatures>>,
    /// The model whose features are being worked out.
    reading: Option<ModelId>,
    /// An image that others are wanted like, once there are features.
    similar_to: Option<ImageId>,
    /// What was said of each image when the training of the active model began, in order of import.
    stood: Option<Vec<Stood>>,
    head: Option<Arc<Logistic>>,
    /// Grows with every head that is asked for: of older ones nothing is heard.
    number: u64,
    stop: Arc<AtomicBool>,
    shown: Option<Shown>,
}

impl Refitting {
    /// What is shown of an image: what a head says of it where one is shown, else the model's own.
    pub(in crate::session) fn said<'a>(
        &'a self,
        stored: &'a HashMap<ImageId, Prediction>,
        image: ImageId,
    ) -> Option<&'a Prediction> {
        self.shown.as_ref().and_then(|shown| shown.said.get(&image)).or_else(|| stored.get(&image))
    }

    /// From how many images the head learned that is shown of an image.
    pub(in crate::session) fn learned_from(&self, image: ImageId) -> Option<usize> {
        let shown = self.shown.as_ref()?;
        shown.said.contains_key(&image).then_some(shown.learned.images())
    }

    /// Whether a head learns while images are labelled.
    pub(in crate::session) fn is_on(&self) -> bool {
        self.on
    }

    /// Hears what changed of the project, before it is shown.
    pub(in crate::session) fn heed(&mut self, changed: &Changed<'_>) {
        match changed {
            Changed::Everything | Changed::Classes | Changed::ActiveModel => {
                self.stop_learning();
                let similar_to = self.similar_to.take();
                let (on, number) = (self.on, self.number);
                *self = Self { on, number, similar_to, stale: true, ..Self::default() };
            }
            Changed::Annotations(_)
            | Changed::Splits
            | Changed::Predictions(_)
            | Changed::Threshold
            | Changed::Models => self.stale = true,
            Changed::Runs | Changed::Reader | Changed::Facts | Changed::Looked | Changed::Page => {}
        }
    }

    /// Nothing that a head learned is shown any more, and none goes on learning.
    pub(in crate::session) fn hide(&mut self) {
        self.stop_learning();
        self.shown = None;
    }

    /// Ends what is being learned; what it says is not heard any more.
    fn stop_learning(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.number += 1;
    }
}

/// The logits whose softmax, or sigmoids, are these probabilities.
fn logits(probabilities: &[f32], findings: bool) -> impl Iterator<Item = f32> + '_ {
    probabilities.iter().map(move |p| {
        let inside = p.max(LEAST);
        if findings { (inside / (1.0 - p).max(LEAST)).ln() } else { inside.ln() }
    })
}

impl Core {
    /// Why what a head learned may not be shown now, as a sentence; `None` where it may. All that shows it asks here.
    pub(in crate::session) fn why_no_head(&self) -> Option<&'static str> {
        if self.view.reading.is_own() {
            return Some("It is off while you read without the model.");
        }
        let Some(active) = self.active_model() else { return Some("There is no model whose last layer could learn.") };
        if self.problem(active.id).is_some() {
            return Some("The model cannot be used.");
        }
        None
    }

    /// Reads whether the person wants it in this project.
    pub(in crate::session) fn read_refitting(&mut self) -> Result<(), SessionError> {
        self.refitting.on = self.store.setting(LEARNS)?.unwrap_or_default();
        self.show_refitting();
        Ok(())
    }

    /// Lets a head learn from now on, or shows the stored answers again; the project remembers it.
    pub(in crate::session) fn learn_while_labelling(&mut self, on: bool) -> Result<(), SessionError> {
        self.check_writable()?;
        self.store.set_setting(LEARNS, &on)?;
        self.refitting.on = on;
        self.refitting.stale = true;
        if on {
            // It was of what the model itself says.
            self.forget_heat();
        }
        Ok(())
    }

    /// The work that follows for the head from what changed since the last call.
    pub(in crate::session) fn follow_changes(&mut self) -> Result<Option<Work>, SessionError> {
        if !std::mem::take(&mut self.refitting.stale) {
            return Ok(None);
        }
        if !self.refitting.on || self.why_no_head().is_some() {
            self.show_stored()?;
            return Ok(None);
        }
        if self.active_model().is_some_and(|active| active.card.answers() == AnswerKind::Boxes) {
            self.recalibrate_boxes()?;
            self.show_refitting();
            return Ok(None);
        }
        let work = match self.refitting.features.clone() {
            None => self.read_features()?,
            Some(features) => self.refit(features)?,
        };
        self.show_refitting();
        Ok(work)
    }

    /// The model's own answers are shown again.
    fn show_stored(&mut self) -> Result<(), SessionError> {
        self.refitting.stop_learning();
        if self.refitting.shown.take().is_some() {
            self.show_all_rows();
            self.show_images()?;
        }
        self.show_refitting();
        Ok(())
    }

    /// Work that brings the features of all images; `None` while it goes on.
    pub(super) fn read_features(&mut self) -> Result<Option<Work>, SessionError> {
        let Some(active) = self.view.active else { return Ok(None) };
        if self.refitting.reading == Some(active) {
            return Ok(None);
        }
        let record = self.usable_model(active)?;
        let image = |image: &crate::domain::ImageRecord| {
            let file = (!self.missing.contains(&image.id)).then(|| image.file());
            (FeatureKey::of(&image.sha256, image.frame), file)
        };
        let plan = FeaturesPlan {
            model: active,
            name: record.card.name.clone(),
            file: record.file.clone(),
            images: self.images.iter().map(image).collect(),
            kept: self.store.features(),
            keeps: self.view.read_only.is_none(),
        };
        self.refitting.reading = Some(active);
        Ok(Some(Box::new(plan)))
    }

    /// Takes features in, where the model is still the active one.
    pub(in crate::session) fn take_features(
        &mut self,
        model: ModelId,
        features: Option<Box<ImageFeatures>>,
    ) -> Result<(), SessionError> {
        if self.refitting.reading != Some(model) {
            return Ok(());
        }
        self.refitting.reading = None;
        let wanted = self.refitting.similar_to.take();
        let Some(features) = features.filter(|features| features.there.len() == self.images.len()) else {
            self.give_up_order();
            self.show_refitting();
            return Ok(());
        };
        self.refitting.features = Some(Arc::new(*features));
        self.refitting.stale = true;
        match wanted {
            Some(image) => self.show_similar(image).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Work that learns a head of what is said now; none where nothing was corrected, and the stored answers are shown then.
    fn refit(&mut self, features: Arc<ImageFeatures>) -> Result<Option<Work>, SessionError> {
        if self.corrections()? == 0 {
            self.show_stored()?;
            return Ok(None);
        }
        let Some(active) = self.active_model() else { return Ok(None) };
        let (kind, answers) = (active.card.answers(), active.card.classes.len());
        let of_findings = kind == AnswerKind::Findings;
        let mut offsets = vec![f32::NAN; self.images.len() * answers];
        let stood = self.refitting.stood.as_deref().unwrap_or_default();
        let (mut rows, mut shares, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        let places =
            self.images.iter().zip(offsets.chunks_exact_mut(answers.max(1))).zip(&self.annotations).enumerate();
        for (at, ((image, offsets), annotation)) in places {
            let said = self.predictions.get(&image.id).map(|said| said.probabilities.as_slice());
            let Some(said) = said.filter(|said| said.len() == answers) else { continue };
            offsets.iter_mut().zip(logits(said, of_findings)).for_each(|(offset, logit)| *offset = logit);
            if image.split != Split::Train || features.row(at).is_none() {
                continue;
            }
            let share = |yes: bool| f32::from(u8::from(yes));
            // What follows an answer that a study had planted is said again first.
            let corrected =
                stood.get(at).is_some_and(|before| !before.stands(annotation)) && !self.studying.is_followed(image.id);
            let known = truth(annotation, kind, &self.view.classes).filter(|_| corrected);
            weights.push(if known.is_some() { 1.0 } else { UNSAID });
            match known {
                Some(Truth::Class(class)) => shares.extend((0..answers).map(|place| share(place == class))),
                Some(Truth::Findings(known)) => shares.extend(
                    (0..answers).map(|place| known.get(place).and_then(Presence::known).map_or(f32::NAN, share)),
                ),
                Some(Truth::Boxes(_)) | None => shares.extend_from_slice(said),
            }
            rows.push(at);
        }
        self.refitting.stop_learning();
        self.refitting.stop = Arc::default();
        let plan = RefitPlan {
            number: self.refitting.number,
            features,
            answers,
            rows,
            shares,
            weights,
            findings: of_findings,
            offsets,
            start: self.refitting.head.clone(),
            stop: Arc::clone(&self.refitting.stop),
        };
        Ok(Some(Box::new(plan)))
    }

    /// Images of the train split of which something else is said than when the training of the active model began.
    fn corrections(&mut self) -> Result<usize, SessionError> {
        if self.refitting.stood.as_ref().is_none_or(|stood| stood.len() != self.images.len()) {
            self.refitting.stood = Some(self.stood()?);
        }
        let stood = self.refitting.stood.as_deref().unwrap_or_default();
        let images = self.images.iter().zip(&self.annotations).zip(stood);
        let corrected = images.filter(|((image, now), before)| {
            image.split == Split::Train && !before.stands(now) && !self.studying.is_followed(image.id)
        });
        Ok(corrected.count())
    }

    /// Of the images that [`Self::corrections`] counts, those of which the model's own answer is said.
    fn confirmations(&self) -> usize {
        let Some(kind) = self.active_model().map(|active| active.card.answers()) else { return 0 };
        let stood = self.refitting.stood.as_deref().unwrap_or_default();
        let images = self.images.iter().zip(&self.annotations).zip(stood);
        let confirmed = images.filter(|((image, now), before)| {
            let Some(said) = self.predictions.get(&image.id).map(|said| said.probabilities.as_slice()) else {
                return false;
            };
            image.split == Split::Train
                && !before.stands(now)
                && !self.studying.is_followed(image.id)
                && match truth(now, kind, &self.view.classes) {
                    Some(Truth::Class(class)) => self.view.class_thresholds.called(said) == Some(class),
                    Some(Truth::Findings(known)) => {
                        let answered = self.view.answered_findings(said).unwrap_or_default();
                        known.iter().all(|(finding, presence)| {
                            presence.known().is_none_or(|yes| answered.get(finding) == Some(Presence::from(yes)))
                        })
                    }
                    Some(Truth::Boxes(_)) | None => false,
                }
        });
        confirmed.count()
    }

    /// When the training of the active model began, or where that is not known when it was made; ms since 1970-01-01 UTC.
    fn trained_since(&self) -> Option<i64> {
        let active = self.active_model()?;
        let run = self.runs.iter().find(|run| Some(run.id) == active.run);
        Some(run.map_or(active.card.created_ms, |run| run.started_ms))
    }

    /// What was said of each image when the training of the active model began, or where that is not known when it was made.
    fn stood(&self) -> Result<Vec<Stood>, SessionError> {
        let mut stood: Vec<Stood> = self.annotations.iter().map(Stood::of).collect();
        let Some(since) = self.trained_since() else { return Ok(stood) };
        let mut seen = HashSet::new();
        for event in self.store.events_since(since)? {
            let Some(before) = self.at.get(&event.image).and_then(|&at| stood.get_mut(at)) else { continue };
            // What comes in with an import is no correction: it stands from the beginning.
            let imported = is_imported(&event.reader);
            if !seen.insert(event.image) && !imported {
                continue;
            }
            let says = |change: &&Change| matches!(change, Change::Label { .. } | Change::Findings { .. });
            let change = match event.change {
                Change::Adjudicated { ref changes, .. } => changes.iter().find(says).unwrap_or(&event.change).clone(),
                other => other,
            };
            let reviewed = match change {
                Change::Label { old, new, old_reviewed, new_reviewed, .. } => {
                    before.label = if imported { new } else { old };
                    if imported { new_reviewed } else { old_reviewed }
                }
                Change::Findings { old, new, old_reviewed, new_reviewed, .. } => {
                    before.findings = if imported { new } else { old };
                    if imported { new_reviewed } else { old_reviewed }
                }
                Change::Flag { .. }
                | Change::KeyImage { .. }
                | Change::Note { .. }
                | Change::Box { .. }
                | Change::Measurement { .. }
                | Change::Reading { .. }
                | Change::Own { .. }
                | Change::Committed
                | Change::SignOff { .. }
                | Change::Adjudicated { .. } => {
                    seen.remove(&event.image);
                    continue;
                }
            };
            before.reviewed = reviewed;
        }
        Ok(stood)
    }

    /// Takes a head in and shows what it says, unless something changed since it was asked for.
    pub(in crate::session) fn take_refitted(
        &mut self,
        number: u64,
        refitted: Option<Box<Refitted>>,
    ) -> Result<(), SessionError> {
        let Some(refitted) = refitted.filter(|_| number == self.refitting.number) else { return Ok(()) };
        if !self.refitting.on || self.why_no_head().is_some() {
            return Ok(());
        }
        let Some(features) = self.refitting.features.clone() else { return Ok(()) };
        let answers = refitted.probabilities.len() / self.images.len().max(1);
        let of_findings = self.view.finding_thresholds.is_some();
        let mut learned =
            Learned { corrections: self.corrections()?, milliseconds: refitted.milliseconds, ..Learned::default() };
        learned.confirmations = self.confirmations();
        learned.corrections -= learned.confirmations.min(learned.corrections);
        let mut said = HashMap::with_capacity(self.predictions.len());
        let images = self.images.iter().zip(refitted.probabilities.chunks_exact(answers.max(1))).enumerate();
        for (at, (image, probabilities)) in images {
            let Some(stored) = self.predictions.get(&image.id).filter(|_| features.row(at).is_some()) else { continue };
            if probabilities.iter().any(|p| !p.is_finite()) {
                continue;
            }
            let answer = |p: &[f32]| (self.view.class_thresholds.called(p), self.view.answered_findings(p));
            if answer(probabilities) != answer(&stored.probabilities) {
                learned.changed.push(image.id);
                let reviewed = self.annotations.get(at).is_some_and(|now| now.reviewed);
                let unsure = |p: &[f32]| is_unsure(p, of_findings);
                if !reviewed && unsure(probabilities) && !unsure(&stored.probabilities) {
                    learned.unsure.push(image.id);
                }
            }
            let logits = logits(probabilities, of_findings).collect();
            let boxes = Vec::new();
            let shown = Prediction {
                image: image.id,
                model: stored.model,
                logits,
                probabilities: probabilities.to_vec(),
                boxes,
            };
            said.insert(image.id, shown);
        }
        self.refitting.head = Some(Arc::new(refitted.head));
        self.refitting.shown = Some(Shown { said, learned });
        self.show_all_rows();
        self.show_images()?;
        self.show_refitting();
        Ok(())
    }

    /// Says how far it is.
    fn show_refitting(&mut self) {
        let refitting = &self.refitting;
        let state = match &refitting.shown {
            Some(shown) => RefitState::Learned(shown.learned.clone()),
            None if refitting.on && refitting.reading.is_some() => RefitState::Preparing,
            None => RefitState::Stored,
        };
        let view = RefitView { on: refitting.on, problem: self.why_no_head(), state };
        if *self.view.refit != view {
            self.view.refit = Arc::new(view);
        }
    }
}
