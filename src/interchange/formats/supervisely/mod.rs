//! Supervisely (supervisely.com): `meta.json`, and a folder a dataset with `img/` and `ann/`, in which `a.png.json` is of
//! `a.png`.

mod parse;

#[cfg(test)]
mod tests;

use super::drawn::{Drawn, counted};
use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::base_name;
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, LARGEST_OF_ONE, Other, Source, TOGETHER};
use crate::interchange::source::text::text_of;
use crate::interchange::source::walk::File;
use rayon::prelude::*;
use std::collections::BTreeMap;

impl Format {
    /// Supervisely.
    pub const SUPERVISELY: Self = Self::new("supervisely", "Supervisely");
}

/// Reads [`Format::SUPERVISELY`].
pub struct Supervisely;

/// The project's file of classes and tags.
const META: &str = "meta.json";

impl Importer for Supervisely {
    fn format(&self) -> Format {
        Format::SUPERVISELY
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let is = |other: &&Other| {
            let has = |key: &str| other.head.contains(key);
            let in_ann = other.name.split('/').rev().nth(1) == Some("ann");
            other.is("json")
                && (has("\"classTitle\"") || (in_ann && has("\"objects\"") && has("\"tags\"") && has("\"size\"")))
        };
        let first = glance.others.iter().find(is)?;
        Some(Told {
            reason: format!("{} is a picture's annotation of Supervisely", first.name),
            rank: Rank::Annotations,
        })
    }

    /// Supervisely writes a file for every picture, so one without an object says nothing.
    fn read(&self, source: &Source, _: &Options) -> Result<Found, ReadError> {
        let mut draft = source.draft();
        let (mut drawn, mut rectangles) = (Drawn::default(), 0);
        let mut tags: BTreeMap<String, usize> = BTreeMap::new();
        let is_meta = |file: &&File| base_name(&file.name) == META;
        let (metas, files): (Vec<&File>, Vec<&File>) = source.with_extension("json").partition(is_meta);
        for meta in metas {
            match text_of(meta, LARGEST).and_then(|text| parse::classes(&text)) {
                Ok(classes) => draft.classes.extend(classes),
                Err(why) => draft.leave_out(meta.name.clone(), why),
            }
        }
        let largest = LARGEST_OF_ONE.max(LARGEST / files.len().max(1) as u64);
        let parsed = |files: &[&File]| -> Vec<_> {
            let parse = |file: &&File| text_of(file, largest).and_then(|text| parse::parse(&text, &file.name));
            files.par_iter().map(parse).collect()
        };
        for (file, parsed) in files.iter().zip(files.chunks(TOGETHER).flat_map(parsed)) {
            match parsed {
                Ok(page) => {
                    rectangles += page.rectangles;
                    page.other_tags.into_iter().for_each(|tag| *tags.entry(tag).or_default() += 1);
                    drawn.add(page.drawn);
                    draft.extend(page.draft);
                }
                Err(why) => draft.leave_out(file.name.clone(), why),
            }
        }
        if draft.images.is_empty() {
            return Err(source.none_of("Supervisely annotation (ann/*.json)", &draft));
        }
        if rectangles > 0 {
            draft.remarks.push(format!(
                "{}: taken to end where the right and bottom coordinates say, as in Supervisely's own \
                 conversions to and from COCO and YOLO; its Python library counts that column and row in, which is a pixel more.",
                counted(rectangles, "rectangle")
            ));
        }
        for (tag, count) in tags {
            draft.remarks.push(format!(
                "{}: the tag {tag} was not taken, an image has one label, told by one tag without a value.",
                counted(count, "image")
            ));
        }
        drawn.tell(&mut draft);
        Ok(Found { draft, rest: Rest::Take })
    }
}
