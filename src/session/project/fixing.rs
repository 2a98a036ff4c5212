//! One action on many images: what mends a set of duplicates.

use crate::domain::{AnnotatedBox, Change, Findings, ImageId};
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::duplicates;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use std::collections::BTreeSet;

impl Core {
    /// Of each set keeps one image and leaves the others out of training and evaluation: their label and boxes are taken
    /// away and they are flagged, as events of the log that one undo takes back. The one that stays is that of
    /// [`duplicates::kept`].
    pub fn keep_one(&mut self, sets: &[Vec<ImageId>]) -> Result<usize, SessionError> {
        self.check_writable()?;
        self.know_said()?;
        let mut changes: Vec<(ImageId, Change)> = Vec::new();
        let mut left_out = Vec::new();
        for set in sets {
            let mut places: Vec<usize> = set.iter().filter_map(|image| self.at.get(image).copied()).collect();
            places.sort_unstable();
            places.dedup();
            let rows: Vec<_> = places.iter().filter_map(|&at| self.view.rows.get(at)).collect();
            let Some((kept, _)) = duplicates::kept(&rows) else { continue };
            let kept = self.at.get(&kept.id).copied();
            left_out.extend(places.into_iter().filter(|&at| Some(at) != kept));
        }
        left_out.sort_unstable();
        left_out.dedup();
        for &at in &left_out {
            let (Some(image), Some(now)) = (self.images.get(at), self.annotations.get(at)) else { continue };
            let delete = |one: &AnnotatedBox| Change::Box { id: one.id, old: Some((one.class, one.rect)), new: None };
            changes.extend(now.boxes.iter().map(|one| (image.id, delete(one))));
            // A reviewed image without a box would be learned from as one that has none.
            if !now.findings.is_empty() || (self.view.classes.findings && now.reviewed) {
                let (old, old_reviewed) = (now.findings.clone(), now.reviewed);
                let (new, new_reviewed) = (Findings::default(), false);
                changes.push((image.id, Change::Findings { old, new, old_reviewed, new_reviewed, accepted: false }));
            } else if now.label.is_some() || now.reviewed {
                let (old, old_reviewed) = (now.label, now.reviewed);
                let change = Change::Label { old, new: None, old_reviewed, new_reviewed: false, accepted: false };
                changes.push((image.id, change));
            }
            if !now.flagged {
                changes.push((image.id, Change::Flag { old: false, new: true }));
            }
        }
        let changed = changes.iter().filter_map(|(image, _)| self.at.get(image).copied());
        self.check_unsigned(changed.collect::<BTreeSet<_>>())?;
        if changes.is_empty() {
            return Err(SessionError::refused("all but one of these images are left out already"));
        }
        let events = self.store.append_many(&self.view.reader, &changes)?;
        for event in &events {
            if let Some(annotation) = self.at.get(&event.image).and_then(|&at| self.annotations.get_mut(at)) {
                event.change.apply(annotation);
            }
        }
        self.refresh(Changed::Annotations(&left_out))?;
        let left_out = left_out.len();
        let them = if left_out == 1 { "it" } else { "them" };
        self.inform_of_undoable(format!("{} left out and flagged; Undo brings {them} back", words::images(left_out)));
        Ok(left_out)
    }
}
