//! COCO: one JSON file of images and annotations, or one a split.

pub mod lists;
mod marks;
mod parse;

pub use parse::*;

use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::{base_name, folder_of, split_in_name, split_of};
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, Source};
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
        let first = glance.others.iter().find(|other| {
            let has = |key: &str| other.head.contains(key);
            other.is("json")
                && other.head.trim_start().starts_with('{')
                && ((has("\"images\"") && has("\"file_name\"")) || (has("\"image_id\"") && has("\"category_id\"")))
        })?;
        Some(Told { reason: format!("{} lists images and annotations", first.name), rank: Rank::Annotations })
    }

    fn read(&self, source: &Source, _: &Options) -> Result<Found, ReadError> {
        let (mut draft, mut any) = (source.draft(), false);
        for file in source.with_extension("json") {
            let split = split_of(&file.name).or_else(|| split_in_name(base_name(&file.name)));
            let scope = folder_of(&file.name);
            let read = match stream_of(file, LARGEST) {
                Ok(json) => parse::read(json, split, scope, &mut draft.images)?,
                Err(why) => Err(why),
            };
            match read {
                Ok(more) => {
                    any = true;
                    draft.join(more);
                }
                Err(why) => draft.leave_out(file.name.clone(), why),
            }
        }
        if any { Ok(Found { draft, rest: Rest::Leave }) } else { Err(source.none_of("COCO file (.json)", &draft)) }
    }
}
