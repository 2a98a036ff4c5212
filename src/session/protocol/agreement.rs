//! How far the readers of a project agree, as values.

use crate::domain::performance::Estimate;
use crate::domain::{AnswerKind, ImageId, ModelId};
use crate::evaluation::box_agreement::BoxAgreement;
use crate::evaluation::box_influence::BoxFates;
use crate::evaluation::influence::{Influence, Overrides, Truths};
use crate::evaluation::learning_curve::LearningCurve;
use crate::evaluation::planted::PlantedFollowed;
use crate::evaluation::raters::{Coefficient, Likeness};
use crate::evaluation::readers::{BlockAgreement, ReaderAgreement};
use crate::evaluation::repeats::IntraReader;
use serde::Serialize;

/// Which of a reader's readings of an image are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhichReadings {
    /// As said before a reveal, a consensus or going on to another image.
    First,
    /// What each said last.
    #[default]
    Last,
}

impl WhichReadings {
    pub const ALL: [Self; 2] = [Self::Last, Self::First];

    /// As people call them.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "First readings",
            Self::Last => "Last words",
        }
    }

    /// What they are, in a sentence.
    pub fn means(self) -> &'static str {
        match self {
            Self::First => {
                "First readings: what each said of an image before committing it, going on to another, or an adjudication."
            }
            Self::Last => "Last words: what each said last of an image, also after a reveal or an adjudication.",
        }
    }
}

/// What all readers make of the images that several of them have read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    pub which: WhichReadings,
    /// Of first readings: how many there are that came after an adjudication of the image, or elsewhere after a reveal, and are left
    /// out.
    pub late: usize,
    /// Those who read most images first; elsewhere a reader is a place in this list.
    pub readers: Vec<ReaderRead>,
    /// The class of the image, or each finding of which two readers of the same image said something.
    pub asked: Vec<AskedOfReaders>,
    /// Every two readers whose boxes can be compared.
    pub boxes: Vec<PairOfBoxes>,
    /// By reader and what is asked.
    pub repeats: Vec<RepeatsOf>,
    /// By reader.
    pub box_repeats: Vec<RepeatsOfBoxes>,
    /// What models did to their readers.
    pub influences: Influences,
}

/// What a model did to a reader, or to all of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfReader {
    /// Empty for all of them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reader: String,
    /// What the model is called, and which it is.
    pub model: String,
    pub version: ModelId,
    /// What an answer is: the class of an image, a finding of it, or a place where somebody drew a box.
    pub asked: AnswerKind,
    /// Readings that were committed.
    pub readings: usize,
    pub all: Influence,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boxes: Option<BoxFatesOf>,
    /// Of so many answers each, in the order they were committed; there are two or more, or none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub over_time: Vec<Influence>,
}

/// What became of a model's boxes in what a reader drew before it was revealed, and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BoxFatesOf {
    pub before: BoxFates,
    pub after: BoxFates,
}

impl std::ops::AddAssign for BoxFatesOf {
    fn add_assign(&mut self, other: Self) {
        self.before += other.before;
        self.after += other.after;
    }
}

/// What a reader made of a model's answers that were on screen all along.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assisted {
    pub reader: String,
    pub model: String,
    pub version: ModelId,
    pub asked: AnswerKind,
    /// Images.
    pub readings: usize,
    #[serde(flatten)]
    pub overrides: Overrides,
    pub truths: Truths,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boxes: Option<BoxFates>,
}

/// What a reader made of answers that studies had planted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlantedOf {
    pub reader: String,
    pub model: String,
    pub version: ModelId,
    #[serde(flatten)]
    pub followed: PlantedFollowed,
}

/// How long a reader looks at an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimesOf {
    pub reader: String,
    #[serde(flatten)]
    pub curve: LearningCurve,
}

/// How a reader agrees with the reader's own earlier readings.
#[derive(Clone, Debug, PartialEq)]
pub struct RepeatsOf {
    pub reader: String,
    /// Index into the class list; absent for the class of the image.
    pub finding: Option<usize>,
    pub intra: IntraReader,
    /// Images of which the same was said twice, and of which it was not.
    pub images: [Vec<ImageId>; 2],
}

/// How the boxes of a reader agree with the reader's own earlier ones of the same images.
#[derive(Clone, Debug, PartialEq)]
pub struct RepeatsOfBoxes {
    pub reader: String,
    /// Of how many images the first boxes were not on screen at the second reading: of others only what is changed is sure to be in
    /// the log, so that the agreement is of what the reader moved alone.
    pub unseen: usize,
    /// Of all classes; the first reading comes first.
    pub all: BoxAgreement,
    /// Of each class that was drawn (index into the class list), where there are several.
    pub by_class: Vec<(usize, BoxAgreement)>,
    /// Images on which the same was drawn twice, and on which it was not.
    pub images: [Vec<ImageId>; 2],
}

/// What the figures of influence are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MadeOf {
    /// Images of which a reading is counted.
    pub images: usize,
    /// Readings that were committed before the model was revealed.
    pub committed: usize,
    /// Readings with the model on screen all along.
    pub assisted: usize,
    /// Readings that were committed and are not counted: no model had answered, or what it answers cannot be compared with what was
    /// said.
    pub without_answer: usize,
    /// Readings of which it is not known by which threshold the model was called then: those known first are used.
    pub unsure_thresholds: usize,
    /// Readings with the answers of a head that had learned from corrections.
    pub learned: usize,
}

/// What the models did to their readers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Influences {
    /// By reader and model.
    pub readers: Vec<OfReader>,
    /// Of all readers, by model.
    pub models: Vec<OfReader>,
    /// By reader and model.
    pub assisted: Vec<Assisted>,
    /// Of readers who saw planted answers, by reader and model; in no other figure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub planted: Vec<PlantedOf>,
    pub made_of: MadeOf,
    /// By reader, with or without a model.
    pub times: Vec<TimesOf>,
}

/// A reader and how much was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderRead {
    /// As shown: a person here, or whom imported data name.
    pub name: String,
    /// What the reader says was imported.
    pub imported: bool,
    /// Images of which the reader says something.
    pub images: usize,
}

/// What was asked of the readers, and how far they agree on it.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedOfReaders {
    /// Index into the class list; absent for the class of the image.
    pub finding: Option<usize>,
    /// What can be answered, in order.
    pub answers: Vec<String>,
    /// Images that two or more have read.
    pub shared: usize,
    /// All readers together; of grades once more with near grades counting as near.
    pub all: Vec<OfAllReaders>,
    pub pairs: Vec<PairOfReaders>,
}

/// A coefficient of all readers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfAllReaders {
    pub coefficient: Coefficient,
    pub likeness: Likeness,
    #[serde(flatten)]
    pub estimate: Estimate,
}

/// Two readers of the same images.
#[derive(Clone, Debug, PartialEq)]
pub struct PairOfReaders {
    /// Places in the list of readers.
    pub readers: [usize; 2],
    pub agreement: ReaderAgreement,
    /// Of each answer, how far the two agree on it (specific agreement).
    pub by_class: Vec<Estimate>,
    /// In the order of reading; there are two or more, or none.
    pub over_time: Vec<AgreementBlock>,
    /// The images by what the first said, by what the second said.
    pub cells: Vec<Vec<Vec<ImageId>>>,
    pub seen: Unblinded,
}

/// Two readers of a part of their images, by when the later of the two spoke.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgreementBlock {
    /// The number of its first image, from 1.
    pub from: usize,
    /// The days on which the later of the two spoke of its first and of its last image, in UTC: "2026-01-15".
    pub days: [String; 2],
    #[serde(flatten)]
    pub agreement: BlockAgreement,
    #[serde(skip)]
    pub images: Vec<ImageId>,
}

/// What is known of whether the later of two readers saw what the other had said: agreement on those images tells less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unblinded {
    /// Images on which it was on screen here.
    pub could_see: usize,
    /// Images that the later reader read elsewhere, in another copy or with another program.
    pub not_known: usize,
}

/// Two readers' boxes.
#[derive(Clone, Debug, PartialEq)]
pub struct PairOfBoxes {
    /// Places in the list of readers.
    pub readers: [usize; 2],
    /// Of all classes.
    pub all: BoxAgreement,
    /// Of each class that either drew (index into the class list), where there are several.
    pub by_class: Vec<(usize, BoxAgreement)>,
    /// Images on which both drew the same, and on which they did not.
    pub images: [Vec<ImageId>; 2],
    pub seen: Unblinded,
}

/// What several readers said last of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReaderWords {
    /// They do not all say the same class and findings, or draw the same boxes.
    pub differ: bool,
    /// In the order they were said; empty where fewer than two have said anything.
    pub words: Vec<ReaderWord>,
}

/// What a reader said last of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderWord {
    pub who: String,
    pub time: String,
    /// "Fractured, 2 boxes".
    pub what: String,
    /// The class of the whole image (index into the class list).
    pub label: Option<usize>,
    /// That is what is in force, too.
    pub in_force: bool,
}
