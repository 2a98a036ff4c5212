//! Pascal VOC: an XML file an image.

mod base;
mod parse;
mod sets;
pub mod write;

use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::formats::marks::Marks;
use crate::interchange::model::draft::DraftImage;
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::{base_name, stem};
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, LARGEST_OF_ONE, Source, TOGETHER};
use crate::interchange::source::text::text_of;
use crate::interchange::source::walk::File;
use rayon::prelude::*;
use std::collections::HashSet;

impl Format {
    /// Pascal VOC, one XML file an image or one for all.
    pub const VOC: Self = Self::new("voc", "Pascal VOC");
}

/// Why an object of MIT's LabelMe is not taken.
const OUTLINED: &str = "drawn as a polygon, without a box (as MIT's LabelMe writes them): this format is read for its boxes, \
                        so convert them to boxes, or to COCO or labelme's JSON, whose polygons become the boxes around them";

/// Reads [`Format::VOC`].
pub struct Voc;

impl Importer for Voc {
    fn format(&self) -> Format {
        Format::VOC
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let marks = ["<annotation>", "<annotation "];
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
        let (mut hints, mut marks, mut each) = (base::Hints::default(), Marks::default(), 0usize);
        for (file, parsed) in files.iter().zip(files.chunks(TOGETHER).flat_map(parsed)) {
            match parsed {
                Ok((more, of_file, marked)) => {
                    hints.add(of_file);
                    marks.add(marked);
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
            let (shift, why) = match options.voc_base {
                Some(base) => (base::shift_of(base), None),
                None => {
                    let (shift, why) = hints.shift();
                    (shift, Some(why))
                }
            };
            if shift != 0.0 {
                draft.images.change(|image| base::shifted(image, shift))?;
            }
            draft.remarks.extend(why);
        }
        draft.remarks.extend(marks.sentences());
        if marks.outlined > 0 {
            let objects = if marks.outlined == 1 { "1 object".into() } else { format!("{} objects", marks.outlined) };
            draft.leave_out(objects, OUTLINED);
        }
        let splits = sets::given(source, &mut draft);
        if !splits.is_empty() {
            let pictures = || splits.iter().filter_map(|(at, split)| Some((&*source.pictures.get(*at)?.name, *split)));
            let listed: HashSet<String> = pictures().map(|(name, _)| stem(base_name(name)).to_lowercase()).collect();
            draft.images.change(|image| {
                let own = image.stem.as_ref().map(|stem| stem.to_lowercase());
                image.split = image.split.filter(|_| own.is_none_or(|own| !listed.contains(&own)));
            })?;
            // What is said of one picture in several places is joined.
            draft.images.extend(pictures().map(|(name, split)| DraftImage {
                file: name.to_owned(),
                split: Some(split),
                ..DraftImage::default()
            }));
        }
        let rest = if each == files.len() && each > 1 { Rest::Take } else { Rest::Leave };
        Ok(Found { draft, rest })
    }
}

#[cfg(test)]
mod tests;
