//! A reader's statements about an image, and the events of the append-only log.

use super::change::Change;
use super::class_list::ClassList;
use super::finding::{Findings, Presence};
use super::geometry::Rect;
use super::ids::{BoxId, EventId, ImageId, ModelId};
use super::map_method::MapMethod;
use super::measurement::{AnnotatedMeasurement, Spacing, calibrated};
use super::prediction::{PredictedBox, Prediction};
use super::report::TrueBox;
use super::sign_off::SignOff;
use super::thresholds::BoxThresholds;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The reader's name under which labels found in the imported data are logged.
pub const IMPORT_READER: &str = "import";

/// The name under which the statements of a reader whom the imported data name are logged.
pub fn imported_reader(name: &str) -> String {
    format!("{IMPORT_READER}:{name}")
}

/// Whether statements under this name were imported.
pub fn is_imported(reader: &str) -> bool {
    reader.strip_prefix(IMPORT_READER).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// What is logged is nobody's word where it begins and ends so: a source that names no reader, or what was recovered.
const NOBODY: [char; 2] = ['(', ')'];

/// The name under which statements are logged that come from somewhere and that nobody is named for.
pub fn imported_from(somewhere: &str) -> String {
    let [open, close] = NOBODY;
    imported_reader(&format!("{open}{somewhere}{close}"))
}

/// Whether statements under this name are a reader's: not those of an import that names nobody.
pub fn is_readers(logged: &str) -> bool {
    let Some(rest) = logged.strip_prefix(IMPORT_READER) else { return true };
    match rest.strip_prefix(':') {
        Some(name) => !(name.starts_with(NOBODY[0]) && name.ends_with(NOBODY[1])),
        None => !rest.is_empty(),
    }
}

/// A box a reader drew or took from a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnnotatedBox {
    pub id: BoxId,
    /// Index into the class list.
    pub class: usize,
    pub rect: Rect,
}

/// Everything readers have said about one image: the state the log replays to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Annotation {
    /// Index into the class list.
    pub label: Option<usize>,
    /// What is said of each finding, in projects whose images may have several; those have no label.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub findings: Findings,
    /// A person has labelled the image or accepted the model's label; an imported label alone is not a review.
    pub reviewed: bool,
    pub flagged: bool,
    /// It is one of those to be shown to others: a key image.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub key: bool,
    pub note: String,
    pub boxes: Vec<AnnotatedBox>,
    #[serde(default)]
    pub measurements: Vec<AnnotatedMeasurement>,
    /// The sign-offs that hold, the earliest first: while there is one all of this is locked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<SignOff>,
}

impl Annotation {
    /// Whether it is known what boxes the image has: some are drawn, or somebody looked and found nothing to draw, or its
    /// class is one of images with nothing to find, or all findings are absent. Any other class or finding alone says
    /// nothing about boxes.
    pub fn boxes_known(&self, classes: &ClassList) -> bool {
        let nothing = || match self.label {
            Some(label) => classes.is_negative(label),
            None if self.findings.is_empty() => self.reviewed,
            None => self.findings.all_absent(classes.finding_places()),
        };
        !self.boxes.is_empty() || nothing()
    }

    /// Whether nobody has said what is on the image: no label, no finding, no box, not reviewed.
    pub fn is_untouched(&self) -> bool {
        self.label.is_none() && self.findings.is_empty() && self.boxes.is_empty() && !self.reviewed
    }

    /// What is known of the image's findings: what was said of them, and of those nothing was said of, that they are present
    /// where a box of them is drawn.
    pub fn known_findings(&self) -> Findings {
        let drawn = self.boxes.iter().map(|one| (one.class, Presence::Present)).collect();
        self.findings.clone().filled_with(&drawn)
    }

    /// Its classes below `known`, in order: the label where there is one, else the findings that are present and those of
    /// its boxes, each once.
    pub fn classes(&self, known: usize) -> BTreeSet<usize> {
        let boxes = self.boxes.iter().map(|one| one.class).filter(|_| self.label.is_none());
        self.label
            .into_iter()
            .chain(self.findings.that_are(Presence::Present))
            .chain(boxes)
            .filter(|class| *class < known)
            .collect()
    }

    /// How large the image's pixels are, by what readers know and drew before what its file says.
    pub fn spacing(&self, file: Option<Spacing>) -> Option<Spacing> {
        calibrated(self.measurements.iter().map(|one| &one.measurement), file)
    }

    /// Its boxes as the truth that a model's are judged by.
    pub fn true_boxes(&self) -> Vec<TrueBox> {
        self.boxes.iter().map(|one| TrueBox { class: one.class, rect: one.rect, crowd: false }).collect()
    }
}

/// How the picture was displayed when the reader decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DisplayState {
    /// Window centre and width in stored values, where the reader changed them.
    pub window: Option<(f64, f64)>,
    /// Which of the header's presets, from 0, where no window was set.
    #[serde(default, skip_serializing_if = "is_first")]
    pub preset: usize,
    pub inverted: bool,
    /// Degrees clockwise by which the view was turned, after it was mirrored left to right where it was: 0, 90, 180, 270.
    #[serde(default, skip_serializing_if = "is_upright")]
    pub turned: u16,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mirrored: bool,
    /// The class whose heat map was shown.
    pub heat_map: Option<usize>,
    /// The box that the heat map explained, in pixels; absent where it explained the whole image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heat_box: Option<Rect>,
    /// The maps that could be seen, the left one of two first: not those that were still being made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maps: Vec<ShownMap>,
    /// For how long the image had been looked at since it came on screen or was revealed, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_ms: Option<u64>,
}

/// A heat map that was on screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownMap {
    pub method: MapMethod,
    pub class: usize,
    /// Of a model that is not the active one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelId>,
    /// From 1, the finest; absent for the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// Nothing spoke for the class, or the box.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub empty: bool,
}

/// Left out of the log, which knew no presets at first.
fn is_first(preset: &usize) -> bool {
    *preset == 0
}

/// Left out of the log, which knew no turned views at first.
fn is_upright(turned: &u16) -> bool {
    *turned == 0
}

/// What the model had said when the reader decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownPrediction {
    pub model: ModelId,
    pub probabilities: Vec<f32>,
    /// The boxes on screen, which are those from the threshold on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boxes: Vec<PredictedBox>,
    /// The score from which boxes were shown; absent for a model that draws none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// From how many corrections since the model was made a head had learned whose probabilities these are; absent where they
    /// are the model's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned_from: Option<usize>,
    /// They are none of the model's: a study had planted a wrong answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub planted: bool,
}

impl ShownPrediction {
    /// What is on screen of a prediction: of its boxes those from the threshold on.
    pub fn of(prediction: &Prediction, thresholds: Option<&BoxThresholds>) -> Self {
        let shown = |one: &&PredictedBox| thresholds.is_none_or(|thresholds| thresholds.counts(one));
        Self {
            model: prediction.model,
            probabilities: prediction.probabilities.clone(),
            boxes: prediction.boxes.iter().filter(shown).cloned().collect(),
            threshold: thresholds.map(|thresholds| thresholds.all),
            learned_from: None,
            planted: false,
        }
    }
}

/// One entry of the append-only log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnnotationEvent {
    pub id: EventId,
    /// When it was logged, in milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    pub reader: String,
    pub image: ImageId,
    pub change: Change,
    pub shown: Option<ShownPrediction>,
    pub display: Option<DisplayState>,
    /// The event that this one takes back.
    pub undoes: Option<EventId>,
    /// When it was said, where imported data state that, in milliseconds since 1970-01-01 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_ms: Option<i64>,
    /// SHA-256 of the event before this one, hexadecimal; 64 zeros for the first.
    pub previous_hash: String,
    /// SHA-256 over `previous_hash` and everything above, hexadecimal; a `stated_ms` that is absent has no part in it.
    pub hash: String,
}

impl AnnotationEvent {
    /// When it was said: as imported data state, else when it was logged. Milliseconds since 1970-01-01 UTC.
    pub fn said_ms(&self) -> i64 {
        self.stated_ms.unwrap_or(self.time_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: f64) -> Rect {
        Rect { xmin: x, ymin: 0.0, xmax: x + 5.0, ymax: 5.0 }
    }

    #[test]
    fn a_readers_word_is_told_from_what_nobody_is_named_for() {
        let nobody = [IMPORT_READER.to_owned(), imported_from("labels 2024")];
        assert!(nobody.iter().all(|name| is_imported(name) && !is_readers(name)), "{nobody:?}");
        assert!(["ann", "importer", "(ann)", "import:ann", "import:Ann (MD)"].into_iter().all(is_readers));
    }

    #[test]
    fn boxes_are_known_where_some_are_drawn_or_nothing_is_to_be_found() {
        let classes = ClassList::from_names(&["Fractured", "Non_fractured"], false).expect("distinct names");
        let known = |label, reviewed, boxes: usize| {
            let one = |at: usize| AnnotatedBox { id: BoxId(at as i64), class: 0, rect: rect(at as f64) };
            Annotation { label, reviewed, boxes: (0..boxes).map(one).collect(), ..Annotation::default() }
                .boxes_known(&classes)
        };
        assert!(known(None, false, 1) && known(Some(0), false, 1) && known(None, true, 0));
        assert!(!known(None, false, 0) && !known(Some(0), true, 0), "a class alone says nothing about boxes");
        assert!(known(Some(1), false, 0) && known(Some(1), true, 0), "but one of images with nothing to find");
    }

    #[test]
    fn a_display_of_before_there_were_turned_views_is_read_and_written_as_it_was() {
        let before = r#"{"window":[10.0,20.0],"inverted":false,"heat_map":null}"#;
        let display: DisplayState = serde_json::from_str(before).expect("an old display");
        assert_eq!((display.turned, display.mirrored), (0, false));
        assert_eq!(serde_json::to_string(&display).expect("writes"), before, "or its hash would differ");
        let turned = DisplayState { turned: 90, mirrored: true, ..display };
        let written = serde_json::to_string(&turned).expect("writes");
        assert_eq!(serde_json::from_str::<DisplayState>(&written).expect("reads"), turned);
    }

    #[test]
    fn a_prediction_shown_before_heads_were_is_read_and_written_as_it_was() {
        let before = r#"{"model":7,"probabilities":[0.25,0.75]}"#;
        let shown: ShownPrediction = serde_json::from_str(before).expect("an old entry");
        assert_eq!(shown.learned_from, None);
        assert_eq!(serde_json::to_string(&shown).expect("writes"), before, "or its hash would differ");
        let learned = ShownPrediction { learned_from: Some(12), ..shown };
        let written = serde_json::to_string(&learned).expect("writes");
        assert!(written.contains("\"learned_from\":12"), "{written}");
        assert_eq!(serde_json::from_str::<ShownPrediction>(&written).expect("reads"), learned);
        let planted = ShownPrediction { planted: true, ..learned };
        let written = serde_json::to_string(&planted).expect("writes");
        assert_eq!(serde_json::from_str::<ShownPrediction>(&written).expect("reads"), planted);
    }
}
