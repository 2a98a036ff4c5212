//! The scores of a detector's boxes, recalibrated class by class from what readers made of the boxes while they label.
//!
//! Its file, its stored predictions and the thresholds that a person chose stay as they are: what is shown has other scores.

use super::Shown;
use crate::domain::annotation::is_imported;
use crate::domain::{BetaMap, Change, ImageId, PredictedBox, Prediction, Split};
use crate::evaluation::box_recalibration::{JudgedBox, recalibrated};
use crate::evaluation::on_truth;
use crate::session::project::core::Core;
use crate::session::project::working::standing;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::refit::Learned;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

impl Core {
    /// Shows the model's boxes with the scores that follow from what was said since it was made, or its own where nothing was.
    pub(super) fn recalibrate_boxes(&mut self) -> Result<(), SessionError> {
        let started = Instant::now();
        let spoken = self.spoken_of()?;
        let maps: BTreeMap<usize, BetaMap> = self
            .judged_boxes(&spoken)
            .into_iter()
            .filter_map(|(class, boxes)| Some((class, recalibrated(&boxes)?)))
            .collect();
        let thresholds = self.view.box_thresholds();
        let Some(thresholds) = thresholds.filter(|_| !maps.is_empty()) else { return self.show_stored() };
        let mut learned = Learned { corrections: spoken.len(), ..Learned::default() };
        let mut said = HashMap::with_capacity(self.predictions.len());
        for image in &self.images {
            let Some(stored) = self.predictions.get(&image.id) else { continue };
            let mut shown = stored.clone();
            for one in &mut shown.boxes {
                if let Some(map) = maps.get(&one.class) {
                    one.score = map.of(one.score.into()) as f32;
                }
            }
            let counts = |of: &Prediction| of.boxes.iter().map(|one| thresholds.counts(one)).collect::<Vec<_>>();
            if counts(&shown) != counts(stored) {
                learned.changed.push(image.id);
            }
            said.insert(image.id, shown);
        }
        learned.milliseconds = started.elapsed().as_millis() as u64;
        self.refitting.shown = Some(Shown { said, learned });
        self.show_all_rows();
        self.show_images()
    }

    /// Images of the train split of which a person said something since the training of the model began, and of which it is known
    /// what boxes they have.
    fn spoken_of(&self) -> Result<HashSet<ImageId>, SessionError> {
        let Some(since) = self.trained_since() else { return Ok(HashSet::new()) };
        let events = self.store.events_since(since)?;
        let stands = standing(&events);
        let people = events.iter().filter(|event| stands.contains(&event.id) && !is_imported(&event.reader));
        let said: HashSet<ImageId> = people.filter(|event| settles(&event.change)).map(|event| event.image).collect();
        let known = self.images.iter().zip(&self.annotations).filter(|(image, annotation)| {
            image.split == Split::Train && said.contains(&image.id) && annotation.boxes_known(&self.view.classes)
        });
        Ok(known.map(|(image, _)| image.id).collect())
    }

    /// The model's boxes on the images of the train split, by class, with what became of those on images that were spoken of.
    fn judged_boxes(&self, spoken: &HashSet<ImageId>) -> BTreeMap<usize, Vec<JudgedBox>> {
        let mut by_class: BTreeMap<usize, Vec<JudgedBox>> = BTreeMap::new();
        let images = self.images.iter().zip(&self.annotations).filter(|(image, _)| image.split == Split::Train);
        for (image, annotation) in images {
            let Some(said) = self.predictions.get(&image.id) else { continue };
            let truth: Vec<_> = annotation.boxes.iter().map(|one| (one.class, one.rect)).collect();
            let right = spoken.contains(&image.id).then(|| on_truth(&truth, &said.boxes));
            for (at, PredictedBox { class, score, .. }) in said.boxes.iter().enumerate() {
                let right = right.as_ref().and_then(|right| right.get(at).copied());
                by_class.entry(*class).or_default().push(JudgedBox { score: f64::from(*score), right });
            }
        }
        by_class
    }
}

/// Whether a change says something of the boxes that come into force.
fn settles(change: &Change) -> bool {
    match change {
        Change::Label { .. } | Change::Findings { .. } | Change::Box { .. } | Change::Adjudicated { .. } => true,
        Change::Flag { .. }
        | Change::KeyImage { .. }
        | Change::SignOff { .. }
        | Change::Note { .. }
        | Change::Measurement { .. }
        | Change::Reading { .. }
        | Change::Own { .. }
        | Change::Committed => false,
    }
}
