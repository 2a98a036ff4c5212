//! Whether models are judged by test images that they were trained on.

use crate::domain::{ClassList, ModelId, ModelRecord};
use crate::session::project::core::Core;
use crate::session::project::splitting::{Divided, invalidated};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::splits::Invalidated;
use crate::store::Store;

/// How many images of today's test split a model of a project was trained or tuned on, where there are any.
pub fn seen_of_test(store: &Store, model: ModelId) -> Result<Option<usize>, SessionError> {
    let (images, runs, changes) = (store.images()?, store.runs()?, store.split_changes()?);
    let models: Vec<ModelRecord> = store.models()?.into_iter().filter(|record| record.id == model).collect();
    let classes = ClassList::default();
    let of = Divided {
        images: &images,
        annotations: &[],
        classes: &classes,
        models: &models,
        runs: &runs,
        changes: &changes,
        looks: &[],
    };
    Ok(invalidated(&of, &[]).first().map(|one| one.images))
}

impl Core {
    /// Warns where one of these models has seen images of the test split.
    pub(in crate::session) fn tell_seen(&mut self, models: &[ModelId]) -> Result<(), SessionError> {
        let mut seen = Vec::new();
        for id in models {
            let name = self.models.iter().find(|model| model.id == *id).map(|model| model.card.name.clone());
            if let (Some(images), Some(model)) = (seen_of_test(&self.store, *id)?, name) {
                seen.push(Invalidated { id: *id, model, images });
            }
        }
        self.tell_invalidated(&seen);
        Ok(())
    }
}
