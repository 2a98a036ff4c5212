//! What a reader does to one image.

use crate::domain::{BoxId, Measurement, MeasurementId, Presence, Rect};

/// What a reader does to an image's annotation.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A class, or `None` to take the label away.
    Label(Option<usize>),
    /// Says of a finding whether it is present; `None` for "not looked at".
    Finding {
        finding: usize,
        presence: Option<Presence>,
    },
    /// The model's class is right; changes nothing where somebody has said anything of the image. Of findings the model's
    /// answer fills in what nobody has said, and the image is reviewed.
    Accept,
    /// The model's class takes the place of the label, or its answer that of all that was said of findings.
    Replace,
    Flag(bool),
    /// Marks it as a key image, or takes the mark off.
    Key(bool),
    Note(String),
    DrawBox {
        class: usize,
        rect: Rect,
    },
    ChangeBox {
        id: BoxId,
        class: usize,
        rect: Rect,
    },
    DeleteBox {
        id: BoxId,
    },
    /// Draws these, class and rectangle, where they are not drawn already.
    DrawBoxes(Vec<(usize, Rect)>),
    /// This box of the model's is right.
    AcceptBox {
        class: usize,
        rect: Rect,
    },
    /// The model's boxes from this score on are right, and the image is reviewed; changes nothing where somebody has said
    /// anything of it.
    AcceptBoxes {
        threshold: f64,
    },
    /// The image is reviewed and has no box; all findings are absent.
    NothingHere,
    /// What is said of the image, its label and boxes, is right as it stands; the image is reviewed. Changes nothing where
    /// nobody has said anything.
    Confirm,
    Measure(Measurement),
    ChangeMeasurement {
        id: MeasurementId,
        measurement: Measurement,
    },
    DeleteMeasurement {
        id: MeasurementId,
    },
}
