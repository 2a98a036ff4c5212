//! Roboflow's tables: `_annotations.csv` with a row a box, `_classes.csv` with a column a class; one in each of train, valid
//! and test, beside the pictures.

use super::drawn::counted;
use super::table::rows::rows;
use super::{Found, Glance, Importer, Rank, Told};
use crate::domain::Rect;
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::{base_name, folder_of, split_of};
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, Other, Source};
use crate::interchange::source::text::text_of;
use std::collections::{BTreeMap, HashSet};

#[cfg(test)]
mod tests;

impl Format {
    /// Roboflow's CSV tables.
    pub const ROBOFLOW: Self = Self::new("roboflow", "Roboflow CSV");
}

/// Reads [`Format::ROBOFLOW`].
pub struct Roboflow;

const BOXES: &str = "_annotations.csv";
const CLASSES: &str = "_classes.csv";
/// The columns of the table of boxes.
const COLUMNS: [&str; 8] = ["filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax"];

fn is_one(name: &str) -> bool {
    [BOXES, CLASSES].contains(&base_name(name).to_lowercase().as_str())
}

impl Importer for Roboflow {
    fn format(&self) -> Format {
        Format::ROBOFLOW
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let is = |other: &&Other| is_one(&other.name) && other.head.to_lowercase().trim_start().starts_with("filename");
        let first = glance.others.iter().find(is)?;
        Some(Told { reason: format!("{} is a table of Roboflow", first.name), rank: Rank::Annotations })
    }

    fn read(&self, source: &Source, _: &Options) -> Result<Found, ReadError> {
        let (mut draft, mut any) = (source.draft(), false);
        for file in source.with_extension("csv").filter(|file| source.is_file || is_one(&file.name)) {
            let table = text_of(file, LARGEST).and_then(|text| rows(&text));
            let parsed = table.and_then(|(columns, rows)| parse(&columns, &rows, &file.name));
            match parsed {
                Ok(mut more) => {
                    any = true;
                    more.images.extend(without_a_row(source, &more, &file.name));
                    draft.extend(more);
                }
                Err(why) => draft.leave_out(file.name.clone(), why),
            }
        }
        let none = || source.none_of("table of Roboflow (_annotations.csv, _classes.csv)", &draft);
        if any { Ok(Found { draft, rest: Rest::Take }) } else { Err(none()) }
    }
}

/// The pictures beside a table that it does not name: it has no row for one on which nothing is drawn.
fn without_a_row(source: &Source, draft: &Draft, file: &str) -> Vec<DraftImage> {
    let named: HashSet<String> = draft.images.iter().map(|image| base_name(&image.file).to_lowercase()).collect();
    let beside = source.pictures.iter().filter(|picture| folder_of(&picture.name) == folder_of(file));
    let others = beside.filter(|picture| !named.contains(&base_name(&picture.name).to_lowercase()));
    let unannotated = |name| DraftImage { unannotated: true, said: Vec::new(), ..image(name, file) };
    others.map(|picture| unannotated(base_name(&picture.name))).collect()
}

/// Reads a table; `file` is its name below the source.
fn parse(columns: &[String], rows: &[Vec<String>], file: &str) -> Result<Draft, String> {
    let place = |name: &str| columns.iter().position(|column| column.eq_ignore_ascii_case(name));
    let places: Option<Vec<usize>> = COLUMNS.into_iter().map(place).collect();
    match (places.as_deref(), columns.first()) {
        (Some(&[name, width, height, class, xmin, ymin, xmax, ymax]), _) => {
            Ok(boxes(rows, file, [name, class], [width, height], [xmin, ymin, xmax, ymax]))
        }
        (_, Some(first)) if first.eq_ignore_ascii_case("filename") && columns.len() > 1 => {
            Ok(classes(columns, rows, file))
        }
        _ => Err(format!(
            "is no table of Roboflow: its columns are neither {} nor filename and classes",
            COLUMNS.join(", ")
        )),
    }
}

fn image(name: &str, file: &str) -> DraftImage {
    DraftImage {
        file: name.to_owned(),
        scope: folder_of(file).to_owned(),
        split: split_of(file),
        said: vec![DraftSaid::default()],
        ..DraftImage::default()
    }
}

/// A row a box.
fn boxes(rows: &[Vec<String>], file: &str, [name, class]: [usize; 2], size: [usize; 2], corners: [usize; 4]) -> Draft {
    let mut draft: Draft = Draft::default();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (number, row) in (2..).zip(rows) {
        let text = |at: usize| row.get(at).map_or("", |cell| cell.trim());
        let side = |at: usize| text(at).parse::<f64>().ok().filter(|n| n.is_finite());
        let what = format!("{file}: row {number}");
        if text(name).is_empty() {
            draft.leave_out(what, "it names no image");
            continue;
        }
        let at = *places.entry(text(name).to_owned()).or_insert_with(|| {
            let [w, h] = size.map(side);
            let stated = w.zip(h).filter(|(w, h)| *w > 0.0 && *h > 0.0).map(|(w, h)| [w, h]);
            draft.images.push(DraftImage { stated, ..image(text(name), file) });
            draft.images.len() - 1
        });
        let Some(said) = draft.images.get_mut(at).and_then(|image| image.said.first_mut()) else { continue };
        match (corners.map(side), text(class)) {
            ([Some(_), Some(_), Some(_), Some(_)], "") => draft.leave_out(what, "a box without a class: give it one"),
            ([Some(xmin), Some(ymin), Some(xmax), Some(ymax)], class) => {
                let rect = Rect::from_corners([xmin, ymin], [xmax, ymax]);
                said.boxes.push(DraftBox { class: class.to_owned(), rect, unit: Unit::Pixels });
            }
            _ => draft.leave_out(what, "a box whose corners are not four numbers: correct the row"),
        }
    }
    draft
}

/// A column a class, with 1 where the image is of it.
fn classes(columns: &[String], rows: &[Vec<String>], file: &str) -> Draft {
    let mut draft: Draft = Draft {
        classes: columns.iter().skip(1).filter(|name| !name.is_empty()).cloned().collect(),
        ..Draft::default()
    };
    let mut of_none = 0;
    for (number, row) in (2..).zip(rows) {
        let Some(name) = row.first().map(|cell| cell.trim()).filter(|name| !name.is_empty()) else {
            draft.leave_out(format!("{file}: row {number}"), "it names no image");
            continue;
        };
        let set =
            columns.iter().zip(row).skip(1).filter(|(_, cell)| cell.trim().parse::<f64>().is_ok_and(|n| n == 1.0));
        let set: Vec<&str> = set.map(|(class, _)| class.as_str()).collect();
        let mut image = image(name, file);
        of_none += usize::from(set.is_empty());
        for said in &mut image.said {
            set.iter().for_each(|class| said.add_label(class));
        }
        draft.images.push(image);
    }
    if of_none > 0 {
        draft
            .remarks
            .push(format!("{file}: {} of none of its classes: taken without a label.", counted(of_none, "image")));
    }
    draft
}
