//! Which labels follow a planted answer: read once, and then kept up to date for what is touched.

use super::elsewhere::{Elsewhere, PlantedWord};
use super::results;
use crate::domain::{ImageId, ImageKey, ImageRecord, Split};
use crate::session::project::assigning::key;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use std::collections::{HashMap, HashSet};

impl Core {
    /// Reads which labels follow a planted answer.
    pub(super) fn read_followed(&mut self) -> Result<(), SessionError> {
        let (said, elsewhere) = (self.store.said_under_planted()?, Elsewhere::of(&self.store)?.words);
        let said: HashSet<ImageId> = said.into_iter().collect();
        let mut follow: HashMap<ImageKey, Vec<PlantedWord>> = HashMap::new();
        for one in elsewhere.into_iter().filter(|one| one.follows_ms.is_some()) {
            follow.entry(one.image.clone()).or_default().push(one);
        }
        let is_met =
            |image: &&ImageRecord| said.contains(&image.id) || (!follow.is_empty() && follow.contains_key(&key(image)));
        let met: HashMap<ImageId, ImageKey> =
            self.images.iter().filter(is_met).map(|image| (image.id, key(image))).collect();
        self.studying.followed = results::followed(&self.store, &met, &follow)?;
        self.studying.met = met.into_keys().collect();
        self.studying.elsewhere = follow;
        Ok(())
    }

    /// Brings up to date which labels follow a planted answer, where something was said of such images.
    pub(in crate::session) fn studied_touched(&mut self, places: &[usize]) -> Result<(), SessionError> {
        let mut touched: HashMap<ImageId, ImageKey> = HashMap::new();
        for image in places.iter().filter_map(|&at| self.images.get(at)) {
            let is_met = self.studying.met.contains(&image.id)
                || (self.studying.planted.contains_key(&image.id) && results::is_met(&self.store, image.id)?);
            if is_met {
                touched.insert(image.id, key(image));
            }
        }
        if touched.is_empty() {
            return Ok(());
        }
        let followed = results::followed(&self.store, &touched, &self.studying.elsewhere)?;
        self.studying.followed.retain(|image| !touched.contains_key(image));
        self.studying.followed.extend(followed);
        self.studying.met.extend(touched.into_keys());
        self.count_followed();
        Ok(())
    }

    /// Counts them; not while a study runs, when the count would tell after each answer whether it was a planted one.
    pub(super) fn count_followed(&mut self) {
        if self.studying.running {
            return self.view.follows_planted = [0; 3];
        }
        let followed = |image: &&ImageRecord| self.studying.is_followed(image.id) && !self.missing.contains(&image.id);
        let followed: Vec<Split> = self.images.iter().filter(followed).map(|image| image.split).collect();
        self.view.follows_planted = Split::ALL.map(|split| followed.iter().filter(|one| **one == split).count());
    }
}
