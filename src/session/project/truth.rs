//! What a run or a judgement takes for true of an image.

use crate::domain::{Annotation, ClassList};
use crate::training::Truth;

/// What is known of an image: its class, or with `boxes` its boxes.
pub(in crate::session) fn truth(annotation: &Annotation, boxes: bool, classes: &ClassList) -> Option<Truth> {
    if !boxes {
        return annotation.label.map(Truth::Class);
    }
    let drawn = || annotation.boxes.iter().map(|one| (one.class, one.rect)).collect();
    annotation.boxes_known(classes).then(|| Truth::Boxes(drawn()))
}
