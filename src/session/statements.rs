//! Puts what imported data say of images into the log: with the events that a reader's own hand would leave.

use super::error::SessionError;
use crate::domain::annotation::{IMPORT_READER, imported_reader};
use crate::domain::{AnnotatedBox, Annotation, Change, ImageId};
use crate::interchange::{ReadImage, Said};
use crate::store::Store;
use std::collections::{BTreeMap, HashMap};

/// Appends the statements of all images, each under its reader's name. Of several readers of one image the later one's
/// boxes and label replace the earlier one's, which stay in the log. Classes that the project lacks are passed over.
pub(super) fn append(
    store: &mut Store,
    ids: &[ImageId],
    images: &[ReadImage],
    class_of: &dyn Fn(&str) -> Option<usize>,
) -> Result<(), SessionError> {
    let mut states: HashMap<ImageId, Annotation> = HashMap::new();
    let most = images.iter().map(|image| image.said.len()).max().unwrap_or(0);
    for turn in 0..most {
        // The order within an image is kept, and what one reader said in one turn is one transaction.
        let mut changes: BTreeMap<String, Vec<(ImageId, Change)>> = BTreeMap::new();
        for (id, image) in ids.iter().zip(images) {
            let Some(said) = image.said.get(turn) else { continue };
            let reader = said.reader.as_deref().map_or_else(|| IMPORT_READER.to_owned(), imported_reader);
            let state = states.entry(*id).or_default();
            let new = changes_of(said, state, store, class_of);
            new.iter().for_each(|change| change.apply(state));
            changes.entry(reader).or_default().extend(new.into_iter().map(|change| (*id, change)));
        }
        for (reader, changes) in changes {
            store.append_many(&reader, &changes)?;
        }
    }
    Ok(())
}

fn changes_of(
    said: &Said,
    state: &Annotation,
    store: &mut Store,
    class_of: &dyn Fn(&str) -> Option<usize>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    if !said.boxes.is_empty() || said.nothing_found {
        let delete = |old: &AnnotatedBox| Change::Box { id: old.id, old: Some((old.class, old.rect)), new: None };
        changes.extend(state.boxes.iter().map(delete));
    }
    for one in &said.boxes {
        if let Some(class) = class_of(&one.class) {
            changes.push(Change::Box { id: store.allocate_box_id(), old: None, new: Some((class, one.rect)) });
        }
    }
    let label = said.label.as_deref().and_then(class_of).or(state.label);
    // Somebody looked and found nothing to draw: that is a review.
    let reviewed = state.reviewed || said.nothing_found;
    if label != state.label || reviewed != state.reviewed {
        changes.push(Change::Label {
            old: state.label,
            new: label,
            old_reviewed: state.reviewed,
            new_reviewed: reviewed,
            accepted: false,
        });
    }
    changes
}
