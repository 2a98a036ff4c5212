//! Create ML (Apple): a JSON list of images with their boxes, each said by its middle and its size.
//!
//! As `MLObjectDetector.AnnotationType.boundingBox(units:origin:anchor:)` describes it: pixels from the upper left corner,
//! x and y of the box's middle. The file does not say when its units, origin or anchor are others; only shares of the
//! image, which all lie between 0 and 1, betray themselves. `imagefilename` with `annotation`, and `image` with
//! `annotations`, are both in use.

mod parse;

#[cfg(test)]
mod tests;

use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, Other, Source};
use crate::interchange::source::text::text_of;

impl Format {
    /// Create ML's annotations.
    pub const CREATE_ML: Self = Self::new("createml", "Create ML");
}

/// Reads [`Format::CREATE_ML`].
pub struct CreateMl;

impl Importer for CreateMl {
    fn format(&self) -> Format {
        Format::CREATE_ML
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let is = |other: &&Other| other.is("json") && parse::is_one(&other.head);
        let first = glance.others.iter().find(is)?;
        Some(Told {
            reason: format!("{} lists images with boxes about their middles", first.name),
            rank: Rank::Annotations,
        })
    }

    fn read(&self, source: &Source, _: &Options) -> Result<Found, ReadError> {
        let (mut draft, mut any) = (source.draft(), false);
        for file in source.with_extension("json") {
            match text_of(file, LARGEST).and_then(|text| parse::parse(&text, &file.name)) {
                Ok(more) => {
                    any = true;
                    draft.extend(more);
                }
                Err(why) => draft.leave_out(file.name.clone(), why),
            }
        }
        if !any {
            return Err(source.none_of("Create ML file (.json)", &draft));
        }
        Ok(Found { draft, rest: Rest::Leave })
    }
}
