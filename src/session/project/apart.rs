//! How far readers, and models, are apart on each image: worked out once an order asks for it, since that reads the log of
//! every image that several have read, or all that another model has said.

use crate::domain::{ImageId, ModelId};
use crate::session::project::agreeing::readers_apart;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::queue::Sort;
use crate::session::protocol::view::ImageRow;
use std::collections::HashMap;
use std::sync::Arc;

impl Core {
    /// Works out what an order goes by.
    pub(in crate::session) fn read_apart(&mut self, sort: Sort) -> Result<(), SessionError> {
        match sort {
            Sort::ReadersApart => self.read_readers_apart(),
            Sort::ModelsApart => self.read_models_apart(),
            Sort::Name
            | Sort::Likeness
            | Sort::Import
            | Sort::Random(_)
            | Sort::Label
            | Sort::Class
            | Sort::Time
            | Sort::Oldest
            | Sort::Patient
            | Sort::Size
            | Sort::Probability(_)
            | Sort::Uncertainty
            | Sort::Margin
            | Sort::LeastConfidence
            | Sort::LabelErrors
            | Sort::ColdStart
            | Sort::KCentre
            | Sort::RareClass
            | Sort::NotSure
            | Sort::Disagreement
            | Sort::Boxes
            | Sort::BestScore
            | Sort::Finding(_)
            | Sort::Missed
            | Sort::Shifted
            | Sort::WrongPlace
            | Sort::HeatOutside
            | Sort::Extra => Ok(()),
        }
    }

    fn read_readers_apart(&mut self) -> Result<(), SessionError> {
        let mut apart: HashMap<ImageId, f32> = HashMap::new();
        for image in self.store.read_by_several()? {
            if let Some(far) = readers_apart(&self.store.events(image)?, &self.view.classes) {
                apart.insert(image, far);
            }
        }
        self.put_facts(|row| {
            let far = apart.get(&row.id).copied();
            if row.facts.readers_apart != far {
                Arc::make_mut(&mut row.facts).readers_apart = far;
            }
        });
        Ok(())
    }

    /// Brings it up to date for images of which something was said, where the order goes by it.
    pub(in crate::session) fn readers_touched(&mut self, places: &[usize]) -> Result<(), SessionError> {
        if self.view.sort != Sort::ReadersApart {
            return Ok(());
        }
        for &at in places {
            let Some(image) = self.images.get(at).map(|image| image.id) else { continue };
            let far = readers_apart(&self.store.events(image)?, &self.view.classes);
            if let Some(row) = Arc::make_mut(&mut self.view.rows).get_mut(at) {
                Arc::make_mut(&mut row.facts).readers_apart = far;
            }
        }
        Ok(())
    }

    /// The largest total variation distance, `max |P(A) - Q(A)| = sum |p - q| / 2`, between what the active model says and what
    /// another of the comparison does; of findings the largest difference of one.
    pub(in crate::session) fn read_models_apart(&mut self) -> Result<(), SessionError> {
        let mut apart: HashMap<ImageId, f32> = HashMap::new();
        for model in self.compared_with_active() {
            for said in self.stored_predictions(model)?.into_values() {
                let Some(own) = self.predictions.get(&said.image) else { continue };
                if own.probabilities.is_empty() || own.probabilities.len() != said.probabilities.len() {
                    continue;
                }
                let each = own.probabilities.iter().zip(&said.probabilities).map(|(p, q)| (p - q).abs());
                let far = if self.view.classes.findings { each.fold(0.0, f32::max) } else { each.sum::<f32>() / 2.0 };
                let slot = apart.entry(said.image).or_insert(far);
                *slot = slot.max(far);
            }
        }
        self.put_facts(|row| {
            let far = apart.get(&row.id).copied();
            if row.facts.models_apart != far {
                Arc::make_mut(&mut row.facts).models_apart = far;
            }
        });
        Ok(())
    }

    /// The models of the comparison, but for the active one.
    fn compared_with_active(&self) -> Vec<ModelId> {
        self.view
            .comparison
            .iter()
            .flat_map(|comparison| comparison.models())
            .filter(|model| Some(*model) != self.view.active)
            .collect()
    }

    fn put_facts(&mut self, put: impl Fn(&mut ImageRow)) {
        Arc::make_mut(&mut self.view.rows).iter_mut().for_each(put);
    }
}

#[cfg(test)]
#[path = "apart_tests.rs"]
mod tests;
