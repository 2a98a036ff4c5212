//! Tables of labels and boxes: one row an image or a box, in the columns that a [`Plan`] says.

use super::headless::is_folder;
use super::plan::Plan;
use super::rect::number;
use super::refused::Refused;
use super::rows::{Row, Table};
use super::said::{Around, Said, said};
use super::write;
use crate::domain::{Presence, Split};
use crate::interchange::model::draft::{Draft, DraftImage, DraftSaid};
use crate::interchange::model::names::path_of;
use crate::interchange::model::reading::instant;
use crate::interchange::model::spill::Spilled;
use crate::interchange::resolve::named::join;
use std::cell::OnceCell;
use std::io::BufRead;

/// An image whose rows may go on.
struct Going {
    image: DraftImage,
    /// A row says that there is something to find.
    something: bool,
}

impl Going {
    /// The image, when no further row follows.
    fn ended(self, refused: &mut Refused) -> DraftImage {
        let there = |said: &DraftSaid| said.findings.iter().any(|(_, presence)| *presence != Presence::Absent);
        if self.something && !self.image.said.iter().any(there) {
            refused.unnamed();
        }
        self.image
    }
}

/// Adds the images of a table's rows; what else it says is returned. Rows of one image that follow each other are one
/// image; those that lie apart come together when the pictures are found.
///
/// # Errors
/// What is wrong with the table, in words that go behind its name.
pub fn draft<R: BufRead>(
    plan: &Plan,
    mut table: Table<R>,
    around: &Around,
    images: &mut Spilled<DraftImage>,
) -> Result<Draft<()>, String> {
    let (mut row, mut refused) = (Row::default(), Refused::default());
    let folders = OnceCell::new();
    let mut last: Option<Going> = None;
    while table.next(&mut row)? {
        let id = plan.name_of(&row);
        if id.is_empty() {
            refused.row(row.number, "it names no image");
            continue;
        }
        let written = around.beside.files.get(&*id).map_or(&*id, String::as_str);
        let said = match said(plan, &row, around, &mut refused) {
            Ok(said) => said,
            Err(why) => {
                refused.row(row.number, &why);
                Said::default()
            }
        };
        if is_folder(written) {
            let pictures = folders.get_or_init(around.pictures).pictures_of(written);
            if pictures.is_empty() {
                refused.row(row.number, "no pictures lie in the folder it names, or there are several of that name");
            }
            images.extend(last.take().map(|last| last.ended(&mut refused)));
            images.extend(pictures.iter().map(|name| image(plan, &row, around, name, written, &said)));
            continue;
        }
        match &mut last {
            Some(Going { image: before, something }) if before.file == written => {
                *something |= said.something;
                let mut more = image(plan, &row, around, written, written, &said);
                if plan.lists() && !plan.listed {
                    as_findings(before, &mut more);
                }
                join(before, more);
            }
            Some(_) | None => {
                let going =
                    Going { image: image(plan, &row, around, written, written, &said), something: said.something };
                images.extend(last.replace(going).map(|last| last.ended(&mut refused)));
            }
        }
    }
    images.extend(last.map(|last| last.ended(&mut refused)));
    Ok(refused.told(plan, around.file))
}

/// Rows of one image by one reader that name different findings say together what the image has.
fn as_findings(before: &mut DraftImage, more: &mut DraftImage) {
    for said in &mut more.said {
        let of_reader =
            |one: &&mut DraftSaid| (&one.reader, one.time_ms, one.again) == (&said.reader, said.time_ms, said.again);
        let Some(before) = before.said.iter_mut().find(of_reader) else { continue };
        let (was, is) = (before.label.as_ref(), said.label.as_ref());
        if is.is_some() && (was.is_some() || before.others_absent) && was != is {
            before.label_as_finding();
            said.label_as_finding();
        }
    }
}

fn image(plan: &Plan, row: &Row, around: &Around, file: &str, written: &str, said: &Said) -> DraftImage {
    let mapping = &plan.mapping;
    let cell = |at: usize| Some(row.cell(at)).filter(|text| !text.is_empty());
    let optional = |at: Option<usize>| at.and_then(cell).map(str::to_owned);
    let side = |at: usize| number(row.cell(at), plan.delimiter).filter(|n| *n > 0.0);
    let by_path = || if mapping.group.is_none() { patient_of(written) } else { None };
    DraftImage {
        split: mapping.split.and_then(cell).and_then(Split::parse).or(around.split),
        group: optional(mapping.group).or_else(by_path),
        stated: mapping.size.and_then(|[w, h]| Some([side(w)?, side(h)?])),
        said: vec![DraftSaid {
            reader: optional(mapping.reader),
            time_ms: mapping.time.and_then(cell).and_then(instant),
            label: said.label.clone(),
            findings: said.findings.clone(),
            others_absent: said.others_absent,
            table: said.whole.then(|| around.file.to_owned()),
            also_none: said.also_none,
            boxes: said.one.iter().cloned().collect(),
            nothing_found: said.nothing_found,
            reviewed: plan.reviewed.and_then(cell) == Some(write::TRUE),
            again: plan.reading.and_then(cell) == Some(write::AGAIN),
            ids: Vec::new(),
        }],
        attributes: plan.kept.iter().filter_map(|(at, name)| Some((name.clone(), cell(*at)?.to_owned()))).collect(),
        // A table of names without extension, or of another one.
        stem: around.called.stem_of(file),
        scope: if is_folder(written) { String::new() } else { around.scope.to_owned() },
        folders: if is_folder(written) { 0 } else { plan.folders },
        file: file.to_owned(),
        ..DraftImage::default()
    }
}

/// The patient of a path such as `train/patient00012/study1/view1.jpg`.
fn patient_of(path: &str) -> Option<String> {
    let path = path_of(path);
    let (folders, _) = path.rsplit_once('/')?;
    let is = |part: &&str| {
        part.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("patient"))
            && part.get(7..).is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    };
    folders.split('/').find(is).map(str::to_owned)
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
