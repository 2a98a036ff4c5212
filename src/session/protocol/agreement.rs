//! How far the readers of a project agree, as values.

use crate::domain::ImageId;
use crate::domain::performance::Estimate;
use crate::evaluation::box_agreement::BoxAgreement;
use crate::evaluation::influence::Influence;
use crate::evaluation::raters::{Coefficient, Likeness};
use crate::evaluation::readers::ReaderAgreement;
use serde::Serialize;

/// What all readers make of the images that several of them have read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    /// Those who read most images first; elsewhere a reader is a place in this list.
    pub readers: Vec<ReaderRead>,
    /// The class of the image, or each finding of which two readers of the same image said something.
    pub asked: Vec<AskedOfReaders>,
    /// Every two readers whose boxes can be compared.
    pub boxes: Vec<PairOfBoxes>,
    /// What models did to readers who had committed a reading before.
    pub influences: Influences,
}

/// What a model did to a reader.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfReader {
    pub reader: String,
    /// What the model is called.
    pub model: String,
    pub all: Influence,
    /// Of so many answers each, in the order they were committed; there are two or more, or none.
    pub over_time: Vec<Influence>,
}

/// What the models did to their readers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Influences {
    /// By reader and model.
    pub readers: Vec<OfReader>,
    /// Of all readers, by model.
    pub models: Vec<(String, Influence)>,
    /// Readings that were committed where no model had answered, or one that draws boxes: they are not counted.
    pub without_answer: usize,
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
    /// The images by what the first said, by what the second said.
    pub cells: Vec<Vec<Vec<ImageId>>>,
    pub seen: Unblinded,
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
