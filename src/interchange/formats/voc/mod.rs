//! Pascal VOC: an XML file an image; and CVAT's "for images", one XML for all.

pub mod parse;

use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::{Options, VocBase};
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, LARGEST_OF_ONE, Source, TOGETHER};
use crate::interchange::source::text::text_of;
use crate::interchange::source::walk::File;
use rayon::prelude::*;

impl Format {
    /// Pascal VOC, and CVAT's "for images" XML beside it.
    pub const VOC: Self = Self::new("voc", "Pascal VOC");
}

/// Reads [`Format::VOC`].
pub struct Voc;

impl Importer for Voc {
    fn format(&self) -> Format {
        Format::VOC
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let marks = ["<annotation>", "<annotations>"];
        let is = |head: &str| marks.iter().any(|tag| head.contains(tag));
        let first = glance.others.iter().find(|other| other.is("xml") && is(&other.head))?;
        Some(Told { reason: format!("{} is an XML annotation", first.name), rank: Rank::Annotations })
    }

    fn read(&self, source: &Source, options: &Options) -> Result<Found, ReadError> {
        let mut draft = source.draft();
        let files: Vec<&File> = source.with_extension("xml").collect();
        let largest = if files.len() == 1 { LARGEST } else { LARGEST_OF_ONE.max(LARGEST / files.len().max(1) as u64) };
        let parsed = |files: &[&File]| -> Vec<_> {
            let parse = |file: &&File| text_of(file, largest).and_then(|text| parse::parse(&text, &file.name));
            files.par_iter().map(parse).collect()
        };
        let (mut hints, mut each) = (parse::Hints::default(), 0usize);
        for (file, parsed) in files.iter().zip(files.chunks(TOGETHER).flat_map(parsed)) {
            match parsed {
                Ok((more, of_file)) => {
                    hints.add(of_file);
                    each += usize::from(more.images.len() == 1);
                    draft.extend(more);
                }
                Err(why) => draft.leave_out(file.name.clone(), why),
            }
        }
        if draft.images.is_empty() {
            return Err(source.none_of("Pascal VOC file (.xml)", &draft));
        }
        if hints.boxes > 0 {
            let (base, why) = match options.voc_base {
                Some(base) => (base, None),
                None => {
                    let (base, why) = hints.base();
                    (base, Some(why))
                }
            };
            if base == VocBase::One {
                draft.images.change(parse::from_zero)?;
            }
            draft.remarks.extend(why);
        }
        let rest = if each == files.len() && each > 1 { Rest::Take } else { Rest::Leave };
        Ok(Found { draft, rest })
    }
}
