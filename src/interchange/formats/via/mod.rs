//! VGG Image Annotator (robots.ox.ac.uk/~vgg/software/via): projects and exports of VIA 1, 2 and 3.

mod choice;
mod regions;
mod shapes;
mod third;

#[cfg(test)]
mod tests;

use super::drawn::Drawn;
use super::table::rows::rows;
use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::columns::Role;
use crate::interchange::model::draft::Draft;
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::{folder_of, split_in_name, split_of};
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, Other, Source};
use crate::interchange::source::text::text_of;
use serde_json::Value;

impl Format {
    /// VGG Image Annotator.
    pub const VIA: Self = Self::new("via", "VGG Image Annotator");
}

/// Reads [`Format::VIA`].
pub struct Via;

impl Importer for Via {
    fn format(&self) -> Format {
        Format::VIA
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let is = |other: &&Other| {
            let has = |key: &str| other.head.contains(key);
            let of_third = has("\"vid_list\"") && has("\"data_format_version\"");
            let of_second = has("\"_via_") || (has("\"filename\"") && has("\"regions\"") && has("\"file_attributes\""));
            (other.is("json") && (of_second || of_third || has("\"shape_attributes\"")))
                || (other.is("csv") && (has("region_shape_attributes") || has("temporal_coordinates")))
        };
        let first = glance.others.iter().find(is)?;
        Some(Told { reason: format!("{} holds regions of VGG Image Annotator", first.name), rank: Rank::Annotations })
    }

    /// VIA lists every picture that was loaded, so one without regions says nothing.
    fn read(&self, source: &Source, options: &Options) -> Result<Found, ReadError> {
        let (mut draft, mut drawn, mut any) = (source.draft(), Drawn::default(), false);
        let wanted = options.columns.iter().find(|(role, _)| *role == Role::Class).map(|(_, name)| name.as_str());
        for file in source.with_extension("json").chain(source.with_extension("csv")) {
            match text_of(file, LARGEST).and_then(|text| parse(&text, &file.name, wanted)) {
                Ok((mut more, of_file)) => {
                    any = true;
                    let split = split_of(&file.name).or_else(|| split_in_name(&file.name));
                    for image in &mut more.images {
                        image.scope = folder_of(&file.name).to_owned();
                        image.split = split;
                    }
                    drawn.add(of_file);
                    draft.extend(more);
                }
                Err(why) => draft.leave_out(file.name.clone(), why),
            }
        }
        if !any {
            return Err(source.none_of("file of VGG Image Annotator (.json, .csv)", &draft));
        }
        drawn.tell(&mut draft);
        Ok(Found { draft, rest: Rest::Leave })
    }
}

/// Reads a file's text; `wanted` is the attribute that a person says is the class.
fn parse(text: &str, file: &str, wanted: Option<&str>) -> Result<(Draft, Drawn), String> {
    if !file.to_lowercase().ends_with(".csv") {
        let whole: Value =
            serde_json::from_str(text).map_err(|e| format!("is no file of VGG Image Annotator ({e})"))?;
        let of_third = whole.get("metadata").is_some() && whole.get("file").is_some();
        return if of_third { third::parse(&whole, file, wanted) } else { regions::of_json(&whole, file, wanted) };
    }
    if text.starts_with('#') && text.contains("temporal_coordinates") {
        return Err("is a table of VGG Image Annotator 3, which has numbers for its classes: save the project there \
                    (.json) and import that"
            .into());
    }
    let (columns, rows) = rows(text)?;
    regions::of_table(&columns, &rows, file, wanted)
}
