//! What is known of the images on screen.

use crate::domain::{
    AnnotatedBox, AnnotatedMeasurement, Annotation, BoxId, ImageId, PredictedBox, Prediction, Spacing,
};
use crate::session::protocol::agreement::ReaderWords;

/// Everything about one image.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageDetail {
    pub image: ImageId,
    pub name: String,
    /// The group, where there is one.
    pub group: Option<String>,
    pub annotation: Annotation,
    pub prediction: Option<Prediction>,
    /// From how many corrections the head learned that says it; absent where it is what the model said.
    pub learned_from: Option<usize>,
    /// What the other models of the last comparison find on it, where they draw boxes and have seen it.
    pub others: Vec<OtherBoxes>,
    /// Newest first.
    pub history: Vec<HistoryLine>,
    pub readers: ReaderWords,
    /// "Signed off by ann, 10:42"; absent while it is open.
    pub signed: Option<String>,
    /// The reader has committed a reading of the reader's own, and what the model and the others say is shown.
    pub committed: bool,
    /// "8 bit, 640 x 512, truncated".
    pub facts: String,
    /// Absent where the file does not say how large its pixels are.
    pub spacing: Option<Spacing>,
    /// What the file itself says of it, also where a reader's calibration stands in its place.
    pub file_spacing: Option<Spacing>,
    /// What a person should know of how the file was read, a sentence each.
    pub remarks: Vec<String>,
    /// What imported files say of drawn boxes besides their class: "difficult, truncated".
    pub box_marks: Vec<(BoxId, String)>,
    /// The file has a DICOM header.
    pub dicom: bool,
}

impl ImageDetail {
    /// What imported files say of a drawn box; empty where they say nothing.
    pub fn marks_of(&self, id: BoxId) -> &str {
        self.box_marks.iter().find(|(of, _)| *of == id).map_or("", |(_, words)| words)
    }
}

/// What a model that is not the active one finds on an image.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherBoxes {
    pub name: String,
    /// The score from which its boxes count, where a class has none of its own.
    pub threshold: f64,
    /// Those that count.
    pub boxes: Vec<PredictedBox>,
}

/// What lies on a picture that is shown beside others.
#[derive(Clone, Debug, PartialEq)]
pub struct PageImage {
    pub image: ImageId,
    /// The readers' boxes.
    pub boxes: Vec<AnnotatedBox>,
    /// All of the active model's, from whatever score.
    pub found: Vec<PredictedBox>,
    pub measurements: Vec<AnnotatedMeasurement>,
    /// How large its pixels are, as [`ImageDetail::spacing`]; absent also where nothing is measured.
    pub spacing: Option<Spacing>,
}

/// One line of an image's history: `10:41`, `A`, `Non-fractured -> Fractured`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    pub time: String,
    pub who: String,
    pub what: String,
}
