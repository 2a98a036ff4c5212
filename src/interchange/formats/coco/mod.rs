//! COCO: one JSON file of images and annotations, or one a split.

mod categories;
pub mod lists;
mod loose;
mod marks;
mod parse;
pub mod write;

#[cfg(test)]
mod kinds_tests;

pub use parse::*;

use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::{base_name, folder_of, split_in_name, split_of};
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle;
use crate::interchange::source::listing::{LARGEST, Other, Source};
use crate::interchange::source::text::stream_of;

impl Format {
    /// COCO's object detection files (cocodataset.org).
    pub const COCO: Self = Self::new("coco", "COCO");
}

/// Reads [`Format::COCO`].
pub struct Coco;

impl Importer for Coco {
    fn format(&self) -> Format {
        Format::COCO
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let is_one = |other: &&Other| {
            let has = |key: &str| other.head.contains(key);
            other.is("json")
                && other.head.trim_start().starts_with('{')
                && ((has("\"images\"") && has("\"file_name\"")) || (has("\"image_id\"") && has("\"category_id\"")))
        };
        // Captions are beside the boxes, most often.
        let of_boxes = |other: &&Other| is_one(other) && !other.head.contains("\"caption\"");
        let first = glance.others.iter().find(of_boxes).or_else(|| glance.others.iter().find(is_one))?;
        Some(Told { reason: format!("{} lists images and annotations", first.name), rank: Rank::Annotations })
    }

    fn read(&self, source: &Source, options: &Options) -> Result<Found, ReadError> {
        let (mut draft, mut files) = (source.draft(), Vec::new());
        for file in source.with_extension("json") {
            let split = split_of(&file.name).or_else(|| split_in_name(base_name(&file.name)));
            let about = About { split, scope: folder_of(&file.name), unannotated: options.unannotated };
            let before = draft.images.len();
            let read = match stream_of(file, LARGEST) {
                Ok(json) => parse::read(json, about, &mut draft.images)?,
                Err(why) => Err(why),
            };
            match read {
                Ok(Rest { draft: mut more, categories }) => {
                    for said in more.remarks.iter_mut().chain(&mut more.conflicts) {
                        said.insert_str(0, &format!("{}: ", file.name));
                    }
                    files.push((file.name.to_string(), before..draft.images.len(), categories));
                    draft.join(more);
                }
                Err(why) => draft.leave_out(file.name.clone(), why),
            }
        }
        if files.is_empty() {
            return Err(source.none_of("COCO file of boxes (.json)", &draft));
        }
        categories::told_apart(&mut draft, &files)?;
        Ok(Found { draft, rest: settle::Rest::Leave })
    }
}
