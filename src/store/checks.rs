//! Whether a change fits what is said of its image, and how it is written down.

use super::error::{StoreError, from_json, to_json};
use crate::domain::{Annotation, Change, ImageId, Rect, signed_by};

/// The change as it reads back from its JSON, and that JSON. Decimal text can miss a number of 17 digits by its last
/// bit; logging the value that the text stands for keeps replay exact.
pub(super) fn canonical(change: &Change) -> Result<(Change, String), StoreError> {
    let broken = |(_, r): &(usize, Rect)| [r.xmin, r.ymin, r.xmax, r.ymax].iter().any(|c| !c.is_finite());
    let no_number = || StoreError::Refused("a box has a corner that is not a number".into());
    match change {
        Change::Box { old, new, .. } if [old, new].into_iter().flatten().any(broken) => return Err(no_number()),
        Change::Reading { boxes, .. } if boxes.iter().any(broken) => return Err(no_number()),
        Change::Measurement { old, new, .. } if [old, new].into_iter().flatten().any(|one| !one.is_whole()) => {
            return Err(StoreError::Refused("a measurement lacks a point, or has one that is not a number".into()));
        }
        Change::Own { change, .. } => _ = canonical(change)?,
        Change::Adjudicated { changes, .. } => {
            for change in changes {
                _ = canonical(change)?;
            }
        }
        _ => {}
    }
    let mut text = to_json(change)?;
    for _ in 0..8 {
        let read: Change = from_json(&text, "the change")?;
        let again = to_json(&read)?;
        if again == text {
            return Ok((read, text));
        }
        text = again;
    }
    Err(StoreError::Refused("a place in the image cannot be written down exactly".into()))
}

/// Whether the change's old value is the present one.
///
/// # Errors
/// Where it is not, and where the image is signed off and the change would change what that locks, undo included.
pub(super) fn check_old(state: &Annotation, image: ImageId, change: &Change) -> Result<(), StoreError> {
    if let Some(by) = signed_by(&state.signed).filter(|_| change.is_locked_by_sign_off()) {
        return Err(StoreError::Refused(format!(
            "image {image} is signed off by {by}, so that nothing said of it changes: reopen it first, with a reason"
        )));
    }
    let (same, what) = match change {
        Change::Label { old, old_reviewed, .. } => {
            (state.label == *old && state.reviewed == *old_reviewed, "the label")
        }
        Change::Findings { old, old_reviewed, .. } => {
            (state.findings == *old && state.reviewed == *old_reviewed, "the findings")
        }
        Change::Flag { old, .. } => (state.flagged == *old, "the flag"),
        Change::KeyImage { old, .. } => (state.key == *old, "the mark of a key image"),
        Change::Note { old, .. } => (state.note == *old, "the note"),
        Change::Box { id, old, .. } => {
            (state.boxes.iter().find(|b| b.id == *id).map(|b| (b.class, b.rect)) == *old, "the box")
        }
        Change::Measurement { id, old, .. } => {
            let now = state.measurements.iter().find(|one| one.id == *id).map(|one| &one.measurement);
            (now == old.as_ref(), "the measurement")
        }
        Change::SignOff { sign_off, old, .. } => {
            (state.signed.iter().any(|one| one.is(sign_off)) == *old, "the sign-off")
        }
        // What its reader said before is no part of this state.
        Change::Reading { .. } | Change::Own { .. } | Change::Committed => (true, "nothing"),
        Change::Adjudicated { changes, .. } => {
            let mut state = state.clone();
            for change in changes {
                check_old(&state, image, change)?;
                change.apply(&mut state);
            }
            (true, "nothing")
        }
    };
    if same { Ok(()) } else { Err(StoreError::Stale { image, what }) }
}

/// Not asked of an undo: what it brings back was right when it was said.
pub(super) fn check_new(
    state: &Annotation,
    classes: usize,
    change: &Change,
    used: &dyn Fn(i64) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let class = match change {
        Change::Label { new, .. } => *new,
        Change::Box { new, .. } => new.map(|(class, _)| class),
        Change::Findings { new, .. } => new.last(),
        Change::Reading { label, findings, boxes, .. } => {
            boxes.iter().map(|(class, _)| *class).chain(*label).chain(findings.last()).max()
        }
        // What its reader said before is no part of this state; numbers are counted for themselves.
        Change::Own { change, .. } => return check_new(&Annotation::default(), classes, change, &|_| Ok(false)),
        Change::Adjudicated { changes, .. } => {
            let mut state = state.clone();
            for change in changes {
                check_new(&state, classes, change, used)?;
                change.apply(&mut state);
            }
            return Ok(());
        }
        Change::Flag { .. } | Change::KeyImage { .. } | Change::Note { .. } | Change::Measurement { .. } => None,
        Change::Committed | Change::SignOff { .. } => None,
    };
    if let Some(class) = class.filter(|class| *class >= classes) {
        return Err(StoreError::Refused(format!("there is no class {class}; the project has {classes}")));
    }
    let id = match change {
        Change::Box { old: None, new: None, .. } | Change::Measurement { old: None, new: None, .. } => {
            return Err(StoreError::Refused("what is not there cannot be deleted".into()));
        }
        Change::Box { old: None, new: Some((_, rect)), .. } if rect.xmin > rect.xmax || rect.ymin > rect.ymax => {
            return Err(StoreError::Refused("a box has its corners in the wrong order".into()));
        }
        Change::Box { id, old: None, .. } => id.0,
        Change::Measurement { id, old: None, .. } => id.0,
        _ => return Ok(()),
    };
    let here = state.boxes.iter().any(|one| one.id.0 == id) || state.measurements.iter().any(|one| one.id.0 == id);
    if here || used(id)? {
        return Err(StoreError::Refused(format!("the number {id} was that of something else")));
    }
    Ok(())
}
