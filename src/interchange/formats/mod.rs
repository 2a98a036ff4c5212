//! The formats: one folder each, one line each in [`ALL`], and one in [`WRITERS`] for those that are written too.
//!
//! A new format is a folder with a type that is an [`Importer`] and a constant of type [`Format`], and a line here. Which
//! pictures are meant, frames, scales, copies and splits are settled for all of them in `resolve`. Its [`Writer`] lies in
//! its folder too; what writers have in common is `writing`.

pub mod coco;
pub mod createml;
pub mod cvat;
pub mod datumaro;
pub mod detect;
mod drawn;
pub mod folders;
pub mod label_studio;
pub mod labelme;
mod marks;
pub mod mask;
pub mod monai_label;
pub mod roboflow;
pub mod supervisely;
pub mod table;
mod unread;
pub mod via;
pub mod voc;
pub mod xanylabeling;
pub mod yolo;

use super::model::draft::Drafts;
use super::model::error::ReadError;
use super::model::format::Format;
use super::model::options::Options;
use super::resolve::settle::Rest;
use super::source::listing::{Other, Source};
use super::writing::Writer;
use serde::{Deserialize, Deserializer, de::Error};

/// All of them. Those that say more go before those that say less: where several are told, the first is read.
pub const ALL: &[&dyn Importer] = &[
    &createml::CreateMl,
    &label_studio::LabelStudio,
    &coco::Coco,
    &datumaro::Datumaro,
    &supervisely::Supervisely,
    &via::Via,
    &labelme::Labelme,
    &xanylabeling::XAnyLabeling,
    &yolo::Yolo,
    &cvat::Cvat,
    &voc::Voc,
    &roboflow::Roboflow,
    &table::Tables,
    &monai_label::MonaiLabel,
    &folders::Folders,
];

/// Those that are written too, in the order they are offered.
pub const WRITERS: &[Writer] = &[
    table::write::WRITER,
    coco::write::WRITER,
    yolo::write::WRITER,
    voc::write::WRITER,
    label_studio::write::WRITER,
    folders::write::WRITER,
];

/// A reader of one format.
pub trait Importer: Sync {
    /// What it reads.
    fn format(&self) -> Format;

    /// Why these files look like its format; `None` where they do not.
    fn detect(&self, glance: &Glance<'_>) -> Option<Told>;

    /// What the files of its format say, before any picture is looked at.
    ///
    /// # Errors
    /// [`ReadError`] when none of the files can be read, or what was put by cannot be read again.
    fn read(&self, source: &Source, options: &Options) -> Result<Found, ReadError>;
}

/// What a format is told by: names below the source, with `/`, and the beginnings of what is no picture.
pub struct Glance<'a> {
    pub pictures: &'a [&'a str],
    pub others: &'a [Other],
    /// How the source is read, as a person says it.
    pub options: &'a Options,
}

/// Why files look like a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// A part of a sentence: "a.json lists images and annotations".
    pub reason: String,
    pub rank: Rank,
}

/// How much a format says where several are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// More than the others, which are parts of it.
    Whole,
    /// What was annotated.
    Annotations,
    /// Labels of whole images.
    Labels,
    /// What the names of folders say.
    Folders,
    /// A list of what the names of folders say, too.
    List,
}

/// What was found.
pub struct Found {
    pub draft: Drafts,
    /// What becomes of pictures that no annotation names.
    pub rest: Rest,
}

impl Format {
    /// All formats that are read.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|importer| importer.format())
    }

    /// The format of this identifier, `label-studio`.
    pub fn parse(id: &str) -> Option<Self> {
        Self::all().find(|format| format.id() == id)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let id = String::deserialize(from)?;
        Self::parse(&id).ok_or_else(|| D::Error::custom(format!("{id:?} is no format that is read")))
    }
}
