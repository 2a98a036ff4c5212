//! labelme (github.com/wkentaro/labelme): a JSON file a picture, with what was drawn on it.

pub mod parse;

#[cfg(test)]
mod tests;

use super::drawn::{Drawn, counted};
use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, Other, Source, TOGETHER};
use crate::interchange::source::text::text_of;
use crate::interchange::source::walk::File;
use parse::{Page, Tool};
use rayon::prelude::*;

impl Format {
    /// labelme.
    pub const LABELME: Self = Self::new("labelme", "labelme");
}

/// Reads [`Format::LABELME`].
pub struct Labelme;

impl Importer for Labelme {
    fn format(&self) -> Format {
        Format::LABELME
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        told(glance, Tool::Labelme)
    }

    fn read(&self, source: &Source, _: &Options) -> Result<Found, ReadError> {
        read(source, Tool::Labelme)
    }
}

/// Whether a file is of this tool.
pub fn told(glance: &Glance<'_>, tool: Tool) -> Option<Told> {
    let is = |other: &&Other| other.is("json") && Tool::of(&other.head) == Some(tool);
    let first = glance.others.iter().find(is)?;
    let reason = format!("{} holds what was drawn on a picture with {}", first.name, tool.name());
    Some(Told { reason, rank: Rank::Annotations })
}

/// Reads the files of either tool. Pictures without a file are taken without a label: nobody saved anything for them.
///
/// # Errors
/// [`ReadError`] when no file is one.
pub fn read(source: &Source, tool: Tool) -> Result<Found, ReadError> {
    let mut draft = source.draft();
    let (mut drawn, mut saved_empty, mut flagged) = (Drawn::default(), 0, 0);
    let files: Vec<&File> = source.with_extension("json").collect();
    // Such a file may hold the picture itself. Each thread has the text of one.
    let parsed = |files: &[&File]| -> Vec<_> {
        let parse = |file: &&File| text_of(file, LARGEST).and_then(|text| parse::parse(&text, &file.name, tool));
        files.par_iter().map(parse).collect()
    };
    for (file, parsed) in files.iter().zip(files.chunks(TOGETHER).flat_map(parsed)) {
        match parsed {
            Ok(Page { draft: more, drawn: of_file }) => {
                let said = || more.images.iter().flat_map(|image| &image.said);
                saved_empty += said().filter(|said| said.nothing_found).count();
                flagged += said().filter(|said| said.label.is_some()).count();
                drawn.add(of_file);
                draft.extend(more);
            }
            Err(why) => draft.leave_out(file.name.clone(), why),
        }
    }
    if draft.images.is_empty() {
        return Err(source.none_of(&format!("{} file (.json)", tool.name()), &draft));
    }
    if saved_empty > 0 {
        draft.remarks.push(format!(
            "{} without a shape: taken as looked at, with nothing found, since the tool writes a file when somebody saves.",
            counted(saved_empty, "file")
        ));
    }
    if flagged > 0 {
        draft.remarks.push(format!("{}: the flag that is set is taken as the label.", counted(flagged, "image")));
    }
    drawn.tell(&mut draft);
    Ok(Found { draft, rest: Rest::Take })
}
