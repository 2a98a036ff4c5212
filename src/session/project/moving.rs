//! Moves images that a person chose to another split, with what has to stay with them.

use crate::domain::{ImageId, Split, SplitMove};
use crate::session::project::core::Core;
use crate::session::project::splitting::{Divided, invalidated};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use std::collections::HashSet;

impl Core {
    /// Brings these images into a split, with those of the same group and copies of the same file: what a model was trained
    /// on cannot test it.
    pub fn move_to(&mut self, images: &[ImageId], split: Split) -> Result<(), SessionError> {
        self.check_splits_free()?;
        let asked: HashSet<ImageId> = images.iter().copied().collect();
        let chosen = || self.images.iter().filter(|image| asked.contains(&image.id));
        let groups: HashSet<&str> = chosen().filter_map(|image| image.group.as_deref()).collect();
        let copies: HashSet<(&str, u32)> = chosen().map(|image| (image.sha256.as_str(), image.frame)).collect();
        let moves: Vec<SplitMove> = self
            .images
            .iter()
            .filter(|image| {
                let of_group = image.group.as_deref().is_some_and(|group| groups.contains(group));
                of_group || copies.contains(&(image.sha256.as_str(), image.frame))
            })
            .filter(|image| image.split != split)
            .map(|image| SplitMove { image: image.id, from: image.split, to: split })
            .collect();
        if moves.is_empty() {
            return Err(SessionError::refused(format!("these images are in the {} split already", split.name())));
        }
        let (runs, changes) = (self.store.runs()?, self.store.split_changes()?);
        let of = Divided {
            images: &self.images,
            annotations: &self.annotations,
            classes: &self.view.classes,
            models: &self.models,
            runs: &runs,
            changes: &changes,
            looks: &[],
        };
        let invalidated = invalidated(&of, &moves);
        let along = moves.iter().filter(|one| !asked.contains(&one.image)).count();
        let mut what = format!("{} moved to the {} split", words::images(moves.len()), split.name());
        if along > 0 {
            what.push_str(&format!(", {} of them with their patient or as copies", words::thousands(along)));
        }
        self.store.change_splits(&self.view.reader, &what, &moves, &[])?;
        self.splits_changed(&moves, &[])?;
        self.inform_of_split(&what);
        self.tell_invalidated(&invalidated);
        Ok(())
    }
}
