//! Images that look like one to the active model.

use crate::domain::ImageId;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::image_features::ImageFeatures;
use crate::session::protocol::queue::{Filter, ImageSet, Sort};
use crate::session::protocol::task::Work;
use crate::session::protocol::words;
use std::sync::Arc;

/// As many are shown.
const MOST: usize = 24;

impl Core {
    /// Shows the images most like one, the most alike first, once their features are there; what has to be done before.
    ///
    /// # Errors
    /// Where no model could compare them, or nothing is known of that image.
    pub(in crate::session) fn show_similar(&mut self, image: ImageId) -> Result<Option<Work>, SessionError> {
        let at = self.place(image)?;
        let Some(features) = self.refitting.features.clone() else {
            if let Some(why) = self.why_no_features() {
                return Err(SessionError::refused(why));
            }
            self.refitting.similar_to = Some(image);
            return self.read_features();
        };
        let near = features.nearest(at, MOST);
        let name = self.images.get(at).map(|image| words::short(&image.name).to_owned()).unwrap_or_default();
        if near.is_empty() {
            return Err(SessionError::refused(format!(
                "{name} has nothing to be compared by: its file could not be read by the model"
            )));
        }
        // The image itself comes first, so that it is seen beside the others.
        let others = near.iter().filter_map(|(at, _)| self.images.get(*at)).map(|image| image.id);
        let images = Arc::new(std::iter::once(image).chain(others).collect());
        let only = Some(ImageSet { title: format!("similar to {name}"), images });
        self.view.sort = Sort::Likeness;
        self.set_filter(Filter { only, ..Filter::default() })?;
        Ok(None)
    }

    /// The images most like one with the cosine of the angle between their features, the most alike first; `None` while there
    /// are no features, which [`Core::features_work`] brings.
    pub fn similar(&self, image: ImageId, most: usize) -> Option<Vec<(ImageId, f32)>> {
        let features = self.refitting.features.as_ref()?;
        let near = features.nearest(*self.at.get(&image)?, most);
        Some(near.into_iter().filter_map(|(at, likeness)| Some((self.images.get(at)?.id, likeness))).collect())
    }

    /// The features of all images under the active model, where they are there.
    pub(in crate::session) fn image_features(&self) -> Option<Arc<ImageFeatures>> {
        self.refitting.features.clone()
    }

    /// Work that brings the features of all images under the active model.
    ///
    /// # Errors
    /// Where there is no model that has some.
    pub fn features_work(&mut self) -> Result<Option<Work>, SessionError> {
        match self.why_no_features() {
            Some(why) => Err(SessionError::refused(why)),
            None => self.read_features(),
        }
    }

    pub(in crate::session) fn why_no_features(&self) -> Option<&'static str> {
        let Some(active) = self.active_model() else {
            return Some("images are compared by the model, and there is none: train or promote one first");
        };
        if active.card.architecture.draws_boxes() {
            return Some(
                "a model that draws boxes does not compare whole images: promote one that gives classes or findings",
            );
        }
        if self.problem(active.id).is_some() { Some("the active model cannot be used: see Models") } else { None }
    }
}
