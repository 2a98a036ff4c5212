//! CVAT's XML "for images" (docs.cvat.ai, "CVAT for image"): one file for all pictures of a task, with tags and shapes.

mod parse;

use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, Source};
use crate::interchange::source::text::text_of;

impl Format {
    /// CVAT's own XML.
    pub const CVAT: Self = Self::new("cvat", "CVAT");
}

/// Reads [`Format::CVAT`].
pub struct Cvat;

impl Importer for Cvat {
    fn format(&self) -> Format {
        Format::CVAT
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        // Several annotations of Pascal VOC may stand in one such element too.
        let is = |head: &str| {
            head.contains("<annotations") && ["<annotation>", "<annotation "].iter().all(|voc| !head.contains(voc))
        };
        let first = glance.others.iter().find(|other| other.is("xml") && is(&other.head))?;
        Some(Told { reason: format!("{} is CVAT's XML", first.name), rank: Rank::Annotations })
    }

    fn read(&self, source: &Source, _: &Options) -> Result<Found, ReadError> {
        let (mut draft, mut any) = (source.draft(), false);
        for file in source.with_extension("xml") {
            match text_of(file, LARGEST).and_then(|text| parse::parse(&text, &file.name)) {
                Ok(more) => {
                    any = true;
                    draft.extend(more);
                }
                Err(why) => draft.leave_out(file.name.clone(), why),
            }
        }
        if any { Ok(Found { draft, rest: Rest::Leave }) } else { Err(source.none_of("CVAT file (.xml)", &draft)) }
    }
}
