//! Filters as text, as a person types them: `label:"grade 1" reader:Ann split:train not:reviewed size>1000 knee`. Words that
//! are no part of a filter are looked for in names. What is read is written back the same.

mod complete;
mod read;
mod write;

pub use complete::{Completion, complete};
pub use read::{Problem, read};
pub use write::{write, write_terms};

use crate::domain::{ClassList, Presence, Split};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One condition of a filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// It must not be so.
    pub not: bool,
    pub what: What,
}

/// What may be asked of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// Its label (index into the class list); of findings that this one is present; `None`: it has no label.
    Label(Option<usize>),
    /// The class that the model says, or a finding that it says is present.
    Model(usize),
    /// What is said of a finding; `None`: nobody looked.
    Finding(usize, Option<Presence>),
    /// All findings are absent.
    NoFinding,
    /// The reader who last said something of it.
    Reader(String),
    Split(Split),
    /// Part of the patient, or of what else its group is called.
    Patient(String),
    /// Part of the note; empty: there is one.
    Note(String),
    Is(Is),
    Number(Quantity, Bounds),
    /// When something was last said of it, from and to these days, both among them.
    Date(Option<Date>, Option<Date>),
    /// An attribute of its file, such as "view", and its value.
    Attribute(String, String),
    /// Part of the name.
    Name(String),
}

impl What {
    /// Whether the answer shows anything that a model says.
    pub fn depends_on_model(&self) -> bool {
        match self {
            Self::Model(_) => true,
            Self::Is(is) => match is {
                Is::Wrong | Is::Unsure | Is::Missed | Is::Shifted | Is::Extra => true,
                Is::Reviewed
                | Is::Flagged
                | Is::Key
                | Is::Signed
                | Is::SignedElsewhere
                | Is::Labelled
                | Is::Missing => false,
            },
            Self::Number(quantity, _) => match quantity {
                Quantity::Sure | Quantity::Uncertainty => true,
                Quantity::Size | Quantity::Boxes => false,
            },
            Self::Label(_)
            | Self::Finding(..)
            | Self::NoFinding
            | Self::Reader(_)
            | Self::Split(_)
            | Self::Patient(_)
            | Self::Note(_)
            | Self::Date(..)
            | Self::Attribute(..)
            | Self::Name(_) => false,
        }
    }
}

/// What an image is or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Is {
    Reviewed,
    Flagged,
    /// A key image.
    Key,
    /// Signed off, here or in another copy, as saying what it says here.
    Signed,
    /// Signed off in another copy in which it said something else.
    SignedElsewhere,
    Labelled,
    /// The model says something else than is said of it.
    Wrong,
    /// The model is not sure.
    Unsure,
    /// Its file is not there.
    Missing,
    /// The model misses a box, has one beside its place, has one that is not there.
    Missed,
    Shifted,
    Extra,
}

impl Is {
    const ALL: [(Is, &'static str); 12] = [
        (Is::Reviewed, "reviewed"),
        (Is::Flagged, "flagged"),
        (Is::Key, "key"),
        (Is::Signed, "signed"),
        (Is::SignedElsewhere, "signed:elsewhere"),
        (Is::Labelled, "labelled"),
        (Is::Wrong, "wrong"),
        (Is::Unsure, "class?"),
        (Is::Missing, "missing"),
        (Is::Missed, "missed"),
        (Is::Shifted, "shifted"),
        (Is::Extra, "extra"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(is, _)| *is == self).map_or("", |(_, word)| word)
    }
}

/// What of an image is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quantity {
    /// The longer side, in pixels.
    Size,
    /// Boxes of readers, where it is known which there are.
    Boxes,
    /// The probability of what the model says, 0 to 1.
    Sure,
    /// How undecided the model is, 0 to 1.
    Uncertainty,
}

impl Quantity {
    const ALL: [(Quantity, &'static str); 4] = [
        (Quantity::Size, "size"),
        (Quantity::Boxes, "boxes"),
        (Quantity::Sure, "sure"),
        (Quantity::Uncertainty, "uncertainty"),
    ];

    fn key(self) -> &'static str {
        Self::ALL.iter().find(|(quantity, _)| *quantity == self).map_or("", |(_, key)| key)
    }
}

/// Between what a number lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Bounds {
    Above(f64),
    AtLeast(f64),
    Below(f64),
    AtMost(f64),
    /// From the first to the second, both among them.
    Between(f64, f64),
    Is(f64),
}

impl Bounds {
    /// Whether a number lies there.
    pub fn hold(self, number: f64) -> bool {
        match self {
            Self::Above(low) => number > low,
            Self::AtLeast(low) => number >= low,
            Self::Below(high) => number < high,
            Self::AtMost(high) => number <= high,
            Self::Between(low, high) => (low..=high).contains(&number),
            Self::Is(wanted) => (number - wanted).abs() < f64::EPSILON,
        }
    }
}

/// What stands before a colon and takes a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Label,
    Model,
    Finding,
    Reader,
    Split,
    /// Under either of two names.
    Patient,
    Note,
    Name,
    Date,
    Is,
    /// Before any other word.
    Not,
}

/// All of them with their names and what they take. What is read, offered and said of a wrong one is this table.
const KEYS: [(Key, &str, &str); 12] = [
    (Key::Label, "label", "a class, or none"),
    (Key::Model, "model", "the class that the model says"),
    (Key::Finding, "finding", "a finding that is present; NAME? uncertain; NAME=absent; none"),
    (Key::Reader, "reader", "who last said something of it"),
    (Key::Split, "split", "train, validation or test"),
    (Key::Patient, "patient", "a part of the patient or group"),
    (Key::Patient, "group", "a part of the patient or group"),
    (Key::Note, "note", "a part of the note, or nothing: there is one"),
    (Key::Name, "name", "a part of the name"),
    (Key::Date, "date", "DAY, FROM.. , ..TO or FROM..TO, as 2026-11-30"),
    (Key::Is, "is", "what an image is, such as reviewed"),
    (Key::Not, "not", "a word that must not be so"),
];

/// Words for what an image is under another name, or is not.
const ALSO: [(&str, Is, bool); 3] =
    [("unreviewed", Is::Reviewed, true), ("unlabelled", Is::Labelled, true), ("unsure", Is::Unsure, false)];

/// Every word that can stand alone.
fn words_alone() -> impl Iterator<Item = &'static str> {
    Is::ALL.iter().map(|(_, word)| *word).chain(ALSO.iter().map(|(word, ..)| *word))
}

/// Every word that can stand before a value.
fn words_before() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|(_, word, _)| *word).chain(Quantity::ALL.iter().map(|(_, word)| *word))
}

/// What a project knows, against which text is read.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub classes: &'a ClassList,
    pub readers: &'a [String],
    /// Attributes of files with some of their values, where they were looked through.
    pub attributes: &'a [(String, Vec<String>)],
}

#[cfg(test)]
mod tests;
