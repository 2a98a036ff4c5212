//! Reading the tables of a source, with what lies beside them: ids and their files, the boxes of FracAtlas.

use super::csv_mapping::{ID_TABLE, KnownTable, Mapping};
use super::folders::walk::File;
use super::locate::{base_name, folder_of, path_of, stem};
use super::read::{LARGEST, Options, none_of, scoped, split_in_name, with_extension};
use super::reading::{Drafts, ReadError};
use super::spill::Spilled;
use super::text::text_of;
use super::{csv_import, fracatlas, measurements, table};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// The tables below a source, each by its own header.
pub(super) fn read_csv(
    source: &Path,
    pictures: &[File],
    others: &[File],
    mut draft: Drafts,
    options: &Options,
) -> Result<Drafts, ReadError> {
    let is_ids = |file: &&File| base_name(&file.name).eq_ignore_ascii_case(ID_TABLE);
    let tables: Vec<&File> = with_extension(others, "csv").chain(with_extension(others, "tsv")).collect();
    let names = tables.iter().copied().find(is_ids).map_or_else(HashMap::new, |file| ids(file, &mut draft));
    let called: BTreeSet<String> = pictures.iter().map(|file| base_name(&file.name).to_lowercase()).collect();
    let (mut any, mut yes_or_no) = (false, None);
    for file in tables.into_iter().filter(|file| !is_ids(file)) {
        let table = text_of(file, LARGEST).and_then(|text| table::rows(&text));
        let (columns, rows) = match table {
            Ok(table) => table,
            Err(why) => {
                draft.leave_out(file.name.clone(), why);
                continue;
            }
        };
        if measurements::is_table(&columns) {
            let mut more = measurements::draft(&columns, &rows);
            scoped(&mut more, folder_of(&file.name));
            any |= !more.images.is_empty();
            draft.remarks.push(format!("{}: lengths and angles.", file.name));
            draft.extend(more);
            continue;
        }
        let known = options.known_tables.iter().rev().find(|table| table.header == columns);
        let told = if options.columns.is_empty() { known.map(|table| &table.columns) } else { Some(&options.columns) };
        let mapping = match Mapping::given(&columns, told.unwrap_or(&Vec::new())) {
            Ok(mapping) => mapping,
            Err(why) => {
                draft.leave_out(file.name.clone(), why);
                continue;
            }
        };
        let mut more = csv_import::draft(&mapping, &columns, &rows, &names);
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
        fracatlas::complete(source, pictures, others, options, names, &mut here);
        draft = Drafts { images: Spilled::within(options.scratch.as_deref()), ..Drafts::default() };
        draft.extend(here);
    }
    if any {
        Ok(draft)
    } else {
        Err(none_of(source, "table (.csv) with a header that names a column for the images", &draft))
    }
}

/// Files by id: the first two columns, whichever order they are in.
fn ids(file: &File, draft: &mut Drafts) -> HashMap<String, String> {
    match text_of(file, LARGEST).and_then(|text| table::rows(&text)) {
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
