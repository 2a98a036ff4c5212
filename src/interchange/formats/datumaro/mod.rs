//! Datumaro (github.com/open-edge-platform/datumaro), which CVAT exports too: `annotations/SUBSET.json` beside
//! `images/SUBSET/`.

mod parse;

#[cfg(test)]
mod tests;

use super::drawn::Drawn;
use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, Other, Source};
use crate::interchange::source::text::text_of;

impl Format {
    /// Datumaro's own JSON.
    pub const DATUMARO: Self = Self::new("datumaro", "Datumaro");
}

/// Reads [`Format::DATUMARO`].
pub struct Datumaro;

impl Importer for Datumaro {
    fn format(&self) -> Format {
        Format::DATUMARO
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let is = |other: &&Other| {
            let has = |key: &str| other.head.contains(key);
            other.is("json")
                && (has("\"dm_format_version\"")
                    || (has("\"categories\"") && has("\"label\"") && has("\"labels\"") && has("\"parent\""))
                    || (has("\"items\"") && has("\"annotations\"") && has("\"label_id\"")))
        };
        let first = glance.others.iter().find(is)?;
        Some(Told { reason: format!("{} lists items and their categories", first.name), rank: Rank::Annotations })
    }

    fn read(&self, source: &Source, _: &Options) -> Result<Found, ReadError> {
        let (mut draft, mut drawn, mut any) = (source.draft(), Drawn::default(), false);
        for file in source.with_extension("json") {
            match text_of(file, LARGEST).and_then(|text| parse::parse(&text, &file.name)) {
                Ok((more, of_file)) => {
                    any = true;
                    drawn.add(of_file);
                    draft.extend(more);
                }
                Err(why) => draft.leave_out(file.name.clone(), why),
            }
        }
        if !any {
            return Err(source.none_of("Datumaro file (.json)", &draft));
        }
        drawn.tell(&mut draft);
        Ok(Found { draft, rest: Rest::Leave })
    }
}
