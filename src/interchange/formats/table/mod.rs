//! Tables (CSV, TSV): a row an image, a label or a box; with what lies beside them: ids and their files, the boxes of
//! FracAtlas.

mod fracatlas;
pub mod head;
pub mod mapping;
pub mod measurements;
pub mod rows;
mod rows_to_draft;

#[cfg(test)]
mod tests;

use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::columns::KnownTable;
use crate::interchange::model::draft::Drafts;
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::{base_name, folder_of, path_of, split_in_name, stem};
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, Source};
use crate::interchange::source::text::text_of;
use crate::interchange::source::walk::File;
use mapping::{ID_TABLE, Mapping};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

impl Format {
    /// Tables: comma, semicolon or tab separated.
    pub const CSV: Self = Self::new("csv", "CSV");
}

/// Reads [`Format::CSV`].
pub struct Tables;

impl Importer for Tables {
    fn format(&self) -> Format {
        Format::CSV
    }

    /// A table whose header names a column for the images and one for a class or box, and that names a picture which is
    /// there; or one beside a table that gives ids their files.
    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let stems: HashSet<String> = glance.pictures.iter().map(|name| stem(base_name(name)).to_lowercase()).collect();
        let has_ids = glance.others.iter().any(|other| base_name(&other.name).eq_ignore_ascii_case(ID_TABLE));
        glance.others.iter().filter(|other| other.is("csv") || other.is("tsv")).find_map(|other| {
            let (header, rows) = rows::rows(other.whole_lines()?).ok()?;
            let mapping = Mapping::of(&header).filter(|mapping| mapping.class.is_some() || mapping.boxes.is_some())?;
            let names = rows.iter().filter_map(|row| row.get(mapping.image));
            let there = |name: &String| stems.contains(&stem(base_name(&path_of(name))).to_lowercase());
            if !has_ids && !names.into_iter().any(there) {
                return None;
            }
            let rank = match (&mapping.boxes, mapping.yes_or_no) {
                // FracAtlas' table says more of the images than its annotation files, which are beside it.
                (_, Some(_)) => Rank::Whole,
                (Some(_), None) => Rank::Annotations,
                (None, None) => Rank::Labels,
            };
            let reason = format!("{} names the pictures in its column {}", other.name, header.get(mapping.image)?);
            Some(Told { reason, rank })
        })
    }

    /// The tables below a source, each by its own header.
    fn read(&self, source: &Source, options: &Options) -> Result<Found, ReadError> {
        let mut draft = source.draft();
        let is_ids = |file: &&File| base_name(&file.name).eq_ignore_ascii_case(ID_TABLE);
        let tables: Vec<&File> = source.with_extension("csv").chain(source.with_extension("tsv")).collect();
        let names = tables.iter().copied().find(is_ids).map_or_else(HashMap::new, |file| ids(file, &mut draft));
        let called: BTreeSet<String> =
            source.pictures.iter().map(|file| base_name(&file.name).to_lowercase()).collect();
        let (mut any, mut yes_or_no) = (false, None);
        for file in tables.into_iter().filter(|file| !is_ids(file)) {
            let table = text_of(file, LARGEST).and_then(|text| rows::rows(&text));
            let (columns, rows) = match table {
                Ok(table) => table,
                Err(why) => {
                    draft.leave_out(file.name.clone(), why);
                    continue;
                }
            };
            if measurements::is_table(&columns) {
                let mut more = measurements::draft(&columns, &rows);
                for image in &mut more.images {
                    image.scope = folder_of(&file.name).to_owned();
                }
                any |= !more.images.is_empty();
                draft.remarks.push(format!("{}: lengths and angles.", file.name));
                draft.extend(more);
                continue;
            }
            let known = options.known_tables.iter().rev().find(|table| table.header == columns);
            let told =
                if options.columns.is_empty() { known.map(|table| &table.columns) } else { Some(&options.columns) };
            let mapping = match Mapping::given(&columns, told.unwrap_or(&Vec::new())) {
                Ok(mapping) => mapping,
                Err(why) => {
                    draft.leave_out(file.name.clone(), why);
                    continue;
                }
            };
            let mut more = rows_to_draft::draft(&mapping, &columns, &rows, &names);
            more.tables.extend(told.map(|told| KnownTable { header: columns.clone(), columns: told.clone() }));
            for image in &mut more.images {
                image.scope = folder_of(&file.name).to_owned();
                // A table of names without extension, or of another one.
                image.stem = Some(stem(base_name(&image.file)).to_owned())
                    .filter(|_| !called.contains(&base_name(&path_of(&image.file)).to_lowercase()));
                image.split = image.split.or_else(|| split_in_name(base_name(&file.name)));
            }
            let column = |at: usize| columns.get(at).map_or("", String::as_str);
            let boxes = if mapping.boxes.is_some() { ", boxes from their columns" } else { "" };
            let class = mapping.class.map_or_else(String::new, |at| format!(", classes from {}", column(at)));
            draft.remarks.push(format!("{}: images from {}{class}{boxes}.", file.name, column(mapping.image)));
            any |= !more.images.is_empty();
            yes_or_no = yes_or_no.or(mapping.yes_or_no);
            draft.extend(more);
        }
        if let Some(names) = yes_or_no {
            // FracAtlas is a few thousand images.
            let mut here = draft.in_memory()?;
            fracatlas::complete(source, options, names, &mut here);
            draft = source.draft();
            draft.extend(here);
        }
        if any {
            Ok(Found { draft, rest: Rest::Leave })
        } else {
            Err(source.none_of("table (.csv) with a header that names a column for the images", &draft))
        }
    }
}

/// Files by id: the first two columns, whichever order they are in.
fn ids(file: &File, draft: &mut Drafts) -> HashMap<String, String> {
    match text_of(file, LARGEST).and_then(|text| rows::rows(&text)) {
        Ok((_, rows)) => {
            let pair = |row: Vec<String>| match row.as_slice() {
                [a, b, ..] if crate::imaging::is_image_name(Path::new(a)) => Some((b.clone(), a.clone())),
                [a, b, ..] => Some((a.clone(), b.clone())),
                _ => None,
            };
            rows.into_iter().filter_map(pair).collect()
        }
        Err(why) => {
            draft.leave_out(file.name.clone(), why);
            HashMap::new()
        }
    }
}
