//! What a file says, in its own names and coordinates, before any picture was looked at.

use crate::domain::class_list::means_nothing_to_find;
use crate::domain::{Presence, Rect, Split};
use crate::interchange::model::columns::KnownTable;
use crate::interchange::model::options::Frame;
use crate::interchange::model::reading::Measured;
use crate::interchange::model::spill::{SpillError, Spilled};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a draft's coordinates are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Pixels of the frame whose size the file states.
    Pixels,
    /// Shares of the width and height, 0 to 1.
    Fractions,
}

/// A box as a file has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftBox {
    pub class: String,
    pub rect: Rect,
    pub unit: Unit,
}

/// What one reader said, as a file has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DraftSaid {
    pub reader: Option<String>,
    pub time_ms: Option<i64>,
    pub label: Option<String>,
    /// As [`Said::findings`](crate::interchange::Said::findings).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<(String, Presence)>,
    /// As [`Said::others_absent`](crate::interchange::Said::others_absent).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub others_absent: bool,
    /// As [`Said::table`](crate::interchange::Said::table).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// As [`Said::also_none`](crate::interchange::Said::also_none).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub also_none: bool,
    pub boxes: Vec<DraftBox>,
    pub nothing_found: bool,
    /// As [`Said::reviewed`](crate::interchange::Said::reviewed).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reviewed: bool,
    /// As [`Said::again`](crate::interchange::Said::again).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// What the boxes are called in their file, one each, which tells the same box in another file; empty where the format
    /// has no names for boxes.
    pub ids: Vec<Option<Box<str>>>,
}

impl DraftSaid {
    /// Whether it says something of the image as a whole.
    pub fn is_about_the_whole(&self) -> bool {
        self.label.is_some() || !self.findings.is_empty() || self.others_absent
    }

    /// A class of the whole image beside those that were said before: several are findings that it has, and it has no others.
    pub fn add_label(&mut self, class: &str) {
        if !self.is_about_the_whole() || self.label.as_deref() == Some(class) {
            self.label = Some(class.to_owned());
            return;
        }
        self.label_as_finding();
        let none = means_nothing_to_find(class) || is_called_none(class);
        // There is no finding, and there are some.
        self.also_none |= none != self.findings.is_empty();
        if !none && self.findings.iter().all(|(known, _)| known != class) {
            self.findings.push((class.to_owned(), Presence::Present));
        }
    }

    /// Says of an image of one class what it has of several findings: that one and no other; a class that means that there
    /// is nothing to find says that there is none.
    pub fn label_as_finding(&mut self) {
        if let Some(label) = self.label.take() {
            self.others_absent = true;
            if !means_nothing_to_find(&label) && !is_called_none(&label) {
                self.findings.push((label, Presence::Present));
            } else {
                self.also_none |= self.findings.iter().any(|(_, presence)| *presence == Presence::Present);
            }
        }
    }
}

/// Whether, among findings, a name says that there is none.
pub fn is_called_none(name: &str) -> bool {
    name.trim().eq_ignore_ascii_case("none")
}

/// What a file says of one box besides its class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftMarks {
    /// The box as it stands in the draft.
    pub rect: Rect,
    pub marks: BTreeMap<String, String>,
}

/// An image as a file speaks of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DraftImage {
    /// The file's path, name or address, as written.
    pub file: String,
    /// The name without extension that is tried when nothing is called `file`.
    pub stem: Option<String>,
    /// The folder below the source in which it is looked for first, with `/`; empty for the source itself.
    pub scope: String,
    /// So many folders above the file's name must be the picture's, too, as far as it lies in any: names alone do not
    /// tell the file's pictures apart.
    pub folders: usize,
    /// Only there, and by likeness of the names: Label Studio alters them.
    pub uploader: Option<String>,
    /// Width and height in pixels that the file states.
    pub stated: Option<[f64; 2]>,
    /// The frame of its boxes, where the file's kind says so.
    pub frame: Option<Frame>,
    /// It is listed without an annotation, and nothing says whether anybody looked at it.
    pub unannotated: bool,
    pub split: Option<Split>,
    pub group: Option<String>,
    /// What else is said of it, by name.
    pub attributes: BTreeMap<String, String>,
    /// Attributes of which several places say different things: all that they say.
    pub differing: BTreeMap<String, BTreeSet<String>>,
    pub said: Vec<DraftSaid>,
    /// What is said of single boxes.
    pub marked: Vec<DraftMarks>,
    /// In pixels of the frame whose size the file states.
    pub measured: Vec<Measured>,
}

/// One file's content, before any image was looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft<Images = Vec<DraftImage>> {
    /// Classes in the order the file gives them; those only named by annotations are added later.
    pub classes: Vec<String>,
    pub images: Images,
    pub left_out: Vec<(String, String)>,
    /// So many more were left out than stand there by their names.
    pub unlisted: usize,
    pub conflicts: Vec<String>,
    pub remarks: Vec<String>,
    pub tables: Vec<KnownTable>,
}

/// What all files of a source hold.
pub type Drafts = Draft<Spilled<DraftImage>>;

impl Drafts {
    /// The same with its images in memory.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn in_memory(self) -> Result<Draft, SpillError> {
        let (rest, images) = self.parted();
        Ok(rest.with(images.to_vec()?))
    }
}

impl<Images> Draft<Images> {
    /// Notes something not taken.
    pub fn leave_out(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.left_out.push((what.into(), why.into()));
    }

    /// Adds what another file holds, or several.
    pub fn extend<Others: IntoIterator<Item = DraftImage>>(&mut self, other: Draft<Others>)
    where
        Images: Extend<DraftImage>,
    {
        let (other, images) = other.parted();
        self.images.extend(images);
        self.join(other);
    }

    /// What it holds besides images, and those.
    fn parted(self) -> (Draft<()>, Images) {
        let Self { classes, images, left_out, unlisted, conflicts, remarks, tables } = self;
        (Draft { classes, images: (), left_out, unlisted, conflicts, remarks, tables }, images)
    }

    /// The same with other images.
    pub fn with<Others>(self, images: Others) -> Draft<Others> {
        let Self { classes, left_out, unlisted, conflicts, remarks, tables, .. } = self;
        Draft { classes, images, left_out, unlisted, conflicts, remarks, tables }
    }

    /// Adds what other files hold; their images take the place of those here.
    pub fn take(&mut self, other: Self) {
        let (other, images) = other.parted();
        self.images = images;
        self.join(other);
    }

    /// Adds what another file holds besides images.
    pub fn join(&mut self, other: Draft<()>) {
        for class in other.classes {
            if !self.classes.contains(&class) {
                self.classes.push(class);
            }
        }
        self.left_out.extend(other.left_out);
        self.unlisted += other.unlisted;
        self.conflicts.extend(other.conflicts);
        self.tables.extend(other.tables);
        for remark in other.remarks {
            if !self.remarks.contains(&remark) {
                self.remarks.push(remark);
            }
        }
    }
}
