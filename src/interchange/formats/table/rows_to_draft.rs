//! Tables of labels and boxes: one row an image or a box, in the columns that a [`Plan`] says.

use super::beside::{Beside, is_machine_id};
use super::called::{Called, Folders};
use super::findings::{self, Marked};
use super::headless::is_folder;
use super::mapping::{BoxColumns, InCell};
use super::plan::{Extent, Plan, extent};
use super::published::Published;
use super::refused::Refused;
use super::rows::{Row, Table};
use crate::domain::class_list::means_nothing_to_find;
use crate::domain::{Presence, Rect, Split};
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use crate::interchange::model::names::path_of;
use crate::interchange::model::reading::instant;
use crate::interchange::model::spill::Spilled;
use crate::interchange::resolve::named::join;
use std::cell::OnceCell;
use std::io::BufRead;

/// What a table's rows are read with.
pub struct Around<'a, 'p> {
    /// The table's name below the source.
    pub file: &'a str,
    /// The folder in which its pictures are looked for first.
    pub scope: &'a str,
    /// What the table's name says of its images.
    pub split: Option<Split>,
    pub beside: &'a Beside,
    pub called: &'a Called,
    pub pictures: &'a dyn Fn() -> Folders<'p>,
}

/// What a row says.
#[derive(Default)]
struct Said {
    label: Option<String>,
    findings: Vec<(String, Presence)>,
    others_absent: bool,
    /// The row says all of the image's findings that its table knows of.
    whole: bool,
    also_none: bool,
    one: Option<DraftBox>,
    nothing_found: bool,
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
    let mut last: Option<DraftImage> = None;
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
            images.extend(last.take());
            images.extend(pictures.iter().map(|name| image(plan, &row, around, name, written, &said)));
            continue;
        }
        match &mut last {
            Some(before) if before.file == written => {
                let mut more = image(plan, &row, around, written, written, &said);
                if plan.lists() && !plan.listed {
                    as_findings(before, &mut more);
                }
                join(before, more);
            }
            _ => images.extend(last.replace(image(plan, &row, around, written, written, &said))),
        }
    }
    images.extend(last);
    Ok(refused.told(plan, around.file))
}

/// Rows of one image by one reader that name different findings say together what the image has.
fn as_findings(before: &mut DraftImage, more: &mut DraftImage) {
    for said in &mut more.said {
        let of_reader = |one: &&mut DraftSaid| one.reader == said.reader && one.time_ms == said.time_ms;
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

/// What a row says of its image.
fn said(plan: &Plan, row: &Row, around: &Around, refused: &mut Refused) -> Result<Said, String> {
    let mapping = &plan.mapping;
    if plan.exclusive {
        let label = findings::only(|at| row.cell(at), &plan.findings).map(|at| plan.column(at).to_owned());
        return Ok(Said { label, ..Said::default() });
    }
    if !plan.findings.is_empty() {
        let cells = plan.findings.iter().map(|at| (plan.finding(*at), row.cell(*at)));
        let Marked { findings, others_absent, also_none, unnamed, unread } = findings::marked(cells, plan.by_name);
        if unnamed {
            refused.unnamed();
        }
        if let Some(unread) = unread {
            refused.unread(&unread);
        }
        let whole = others_absent || !findings.is_empty();
        return Ok(Said { findings, others_absent, whole, also_none, ..Said::default() });
    }
    let written = findings::unlisted(mapping.class.map(|at| row.cell(at)).unwrap_or_default());
    let written = if plan.is_unlabelled(written) {
        refused.unlabelled(written);
        if mapping.boxes.is_none() {
            return Ok(Said::default());
        }
        ""
    } else {
        written
    };
    if let (Some(names), None) = (plan.several(written), &mapping.boxes) {
        refused.several(written);
        let names = names.iter().map(|name| around.beside.classes.get(*name).map_or(*name, String::as_str));
        let Marked { findings, others_absent, also_none, .. } = findings::listed(names);
        return Ok(Said { findings, others_absent, whole: true, also_none, ..Said::default() });
    }
    let class = class(plan, written, around).filter(|class| !class.is_empty());
    if let Some(class) = class.as_ref().filter(|class| is_machine_id(class)) {
        refused.nameless(class);
    }
    if let (Some(Published::OpenImages), Some(class)) = (plan.published, &class) {
        let confidence = plan.columns.iter().position(|column| column.eq_ignore_ascii_case("confidence"));
        let confidence = confidence.and_then(|at| number(row.cell(at), ','));
        match (&mapping.boxes, confidence) {
            // People were asked of each image whether it shows this and that, and of nothing else.
            (None, Some(sure)) if sure == 0.0 || sure == 1.0 => {
                let findings = vec![(class.clone(), Presence::from(sure == 1.0))];
                return Ok(Said { findings, ..Said::default() });
            }
            (_, Some(0.0)) => {
                refused.absent();
                return Ok(Said::default());
            }
            (None | Some(_), _) => {}
        }
    }
    if let (Some(at), Some(class)) = (plan.presence, &class) {
        return Ok(present_or_not(class, findings::mark(row.cell(at)).flatten()));
    }
    let Some(columns) = &mapping.boxes else {
        return Ok(Said { label: class, whole: plan.listed, ..Said::default() });
    };
    let nothing = class.as_ref().is_none_or(|class| is_nothing(class, plan));
    let Some(in_cell) = plan.in_cell.meant() else {
        // Its image is no negative either.
        if rect(columns, row, plan.delimiter, InCell::Corners)?.is_some() {
            refused.unsure();
            return Ok(Said::default());
        }
        return Ok(Said { label: class.filter(|_| !nothing), nothing_found: nothing, ..Said::default() });
    };
    let found = rect(columns, row, plan.delimiter, in_cell)?;
    // Some write a box of one pixel where there is none.
    let of_one = |rect: &Rect| [rect.xmin, rect.ymin, rect.xmax, rect.ymax] == [0.0, 0.0, 1.0, 1.0];
    let Some(rect) = found.filter(|rect| !(nothing && mapping.class.is_some() && of_one(rect))) else {
        // A row without a box: the image's own label, or that it has nothing.
        return Ok(Said { label: class.filter(|_| !nothing), nothing_found: nothing, ..Said::default() });
    };
    let class = match class {
        Some(class) if plan.several(written).is_some() => {
            return Err(format!("a box of several classes ({class}): write a row for each"));
        }
        Some(class) => class,
        None if mapping.class.is_none() => "object".to_owned(),
        None => return Err("a box without a class".into()),
    };
    match plan.unit {
        Unit::Fractions if extent(rect) == Extent::Pixels => {
            Err("a box beyond the image, where the others are in shares of its sides".into())
        }
        Unit::Pixels if extent(rect) == Extent::Shares && !plan.tiny && rect.area() > 0.0 => {
            Err("a box within one pixel, where the others are in pixels: write it in pixels, too".into())
        }
        unit @ (Unit::Fractions | Unit::Pixels) => {
            Ok(Said { one: Some(DraftBox { class, rect, unit }), ..Said::default() })
        }
    }
}

/// What a row says that names one finding and whether it is present: of others nothing.
fn present_or_not(class: &str, presence: Option<Presence>) -> Said {
    match (means_nothing_to_find(class), presence) {
        (true, Some(Presence::Present)) => Said { others_absent: true, ..Said::default() },
        (true, _) | (false, None) => Said::default(),
        (false, Some(presence)) => Said { findings: vec![(class.to_owned(), presence)], ..Said::default() },
    }
}

/// The class that a cell means.
fn class(plan: &Plan, written: &str, around: &Around) -> Option<String> {
    let flag = findings::flag(written);
    Some(match (plan.published, flag) {
        (Some(Published::Rsna), Some(Some(1))) => "Pneumonia".to_owned(),
        (Some(Published::Graz), Some(flag))
            if plan.mapping.class.map(|at| plan.column(at)) == Some("fracture_visible") =>
        {
            if flag == Some(1) { "Fracture visible" } else { "No fracture visible" }.to_owned()
        }
        (_, Some(Some(yes @ (0 | 1)))) if plan.mapping.yes_or_no.is_some() => {
            plan.mapping.yes_or_no.and_then(|names| names.get(usize::from(yes == 0)).copied())?.to_owned()
        }
        (None, Some(Some(yes @ (0 | 1)))) if plan.studies => if yes == 1 { "positive" } else { "negative" }.to_owned(),
        _ => around.beside.classes.get(written).cloned().unwrap_or_else(|| plan.class_name(written).to_owned()),
    })
}

/// Words for a row that says there is nothing; in a column called target it is 0.
fn is_nothing(class: &str, plan: &Plan) -> bool {
    let is_target = plan.mapping.class.is_some_and(|at| plan.column(at).eq_ignore_ascii_case("target"));
    (is_target && findings::flag(class) == Some(Some(0)))
        || ["no finding", "none", "nofinding", "no_finding", "background", "normal"]
            .contains(&class.to_lowercase().as_str())
}

/// A number of a cell; tables separated by semicolons have decimal commas, often.
fn number(cell: &str, delimiter: char) -> Option<f64> {
    let comma = || (delimiter == ';' && !cell.contains('.')).then(|| cell.replacen(',', ".", 1));
    let number: Option<f64> = cell.trim().parse().ok().or_else(|| comma()?.trim().parse().ok());
    number.filter(|n| n.is_finite())
}

/// The box of a row; `None` where its cells are empty.
pub fn rect(columns: &BoxColumns, row: &Row, delimiter: char, in_cell: InCell) -> Result<Option<Rect>, String> {
    let four = |numbers: [Option<f64>; 4]| match numbers {
        [Some(a), Some(b), Some(c), Some(d)] => Ok([a, b, c, d]),
        _ => Err("a box with something that is no number".to_owned()),
    };
    match columns {
        BoxColumns::Corners(places) | BoxColumns::Size(places) | BoxColumns::Middle(places) => {
            let cells = places.map(|at| row.cell(at));
            if cells.iter().all(|cell| cell.is_empty()) {
                return Ok(None);
            }
            let [a, b, c, d] = four(cells.map(|cell| number(cell, delimiter)))?;
            let rect = match columns {
                BoxColumns::Corners(_) => Rect { xmin: a, ymin: b, xmax: c, ymax: d },
                BoxColumns::Middle(_) => {
                    Rect { xmin: a - c / 2.0, ymin: b - d / 2.0, xmax: a + c / 2.0, ymax: b + d / 2.0 }
                }
                BoxColumns::Size(_) | BoxColumns::OneCell(..) => Rect { xmin: a, ymin: b, xmax: a + c, ymax: b + d },
            };
            Ok(Some(rect))
        }
        BoxColumns::OneCell(at, _) => {
            let text = row.cell(*at);
            let inner = text.trim_matches(['[', ']', '(', ')', ' ']);
            let parts: Vec<&str> = inner.split([',', ' ', ';']).filter(|part| !part.is_empty()).collect();
            if parts.is_empty() {
                return Ok(None);
            }
            let &[x, y, w, h] = parts.as_slice() else {
                return Err(format!("a box with {} numbers instead of 4", parts.len()));
            };
            let [x, y, w, h] = four([x, y, w, h].map(|part| number(part, ',')))?;
            Ok(Some(match in_cell {
                InCell::Size => Rect { xmin: x, ymin: y, xmax: x + w, ymax: y + h },
                InCell::Corners => Rect { xmin: x, ymin: y, xmax: w, ymax: h },
            }))
        }
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
