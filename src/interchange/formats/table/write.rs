//! Tables out (CSV, RFC 4180, UTF-8), for spreadsheets and scripts: labels with one row an image, and beside it boxes and
//! measurements.

use crate::domain::{Presence, calibrated};
use crate::interchange::formats::table::mapping::{ATTRIBUTE, Mapping};
use crate::interchange::formats::table::measurements;
use crate::interchange::model::format::Format;
use crate::interchange::model::reading::Said;
use crate::interchange::writing::losses::{Holds, sentences};
use crate::interchange::writing::names;
use crate::interchange::writing::pictures::{Pictures, Placing};
use crate::interchange::writing::{
    Export, ExportError, Outgoing, Signed, Writer, Written, draws, put_with, time_of, time_text,
};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// The columns before those of the classes; the first seven are stable.
pub const FIRST: [&str; 8] = ["path", "sha256", "split", "group", "label", "reader", "time", "model"];
/// The columns behind those of the classes: what people noted, and the model's most probable class. Behind them stands a
/// column for each attribute of images, where there are any.
pub const LAST: [&str; 8] =
    ["reviewed", "flagged", "key_image", "signed_off_by", "signed_off_at", "note", "predicted", "probability"];
/// Behind those, and behind the columns of boxes, where every reader's statement has a row: which reading of the image it is of.
const READING: &str = "reading";
/// What is in that column of a second reading; of any other it is the first.
pub(super) const AGAIN: &str = "2";
/// Those of [`LAST`] that tables from before there were key images, and then sign-offs, lack.
const LATER: [&str; 3] = ["key_image", "signed_off_by", "signed_off_at"];
/// In [`FIRST`] the fifth, where images may have several findings: those that are present as `A|B`, or that all are absent.
/// Behind the first columns stands one for each finding: 1 is present, 0 absent, -1 uncertain, blank not looked at.
const FINDINGS: &str = "findings";
/// What is in the columns of what is so or not where it is.
pub(super) const TRUE: &str = "true";
/// What is in that column where all are absent.
const NO_FINDING: &str = "No Finding";
/// What stands before a finding's name where a column called so would mean something else.
const FINDING: &str = "finding ";
/// The columns of the table of boxes, which the CSV reader knows again.
const BOXES: [&str; 12] = [
    "path",
    "class",
    "xmin",
    "ymin",
    "xmax",
    "ymax",
    "image_width",
    "image_height",
    "split",
    "group",
    "reader",
    "time",
];

/// Writes [`Format::CSV`].
pub const WRITER: Writer = Writer::new(Format::CSV, "Tables of labels and boxes, for spreadsheets and scripts.", write);

/// Writes `labels.csv`, `boxes.csv` and `measurements.csv` where there is anything to say of them, and `images/`.
pub fn write(
    export: &Export<'_>,
    to: &Path,
    placing: &mut Placing<'_>,
    written: &mut Written,
) -> Result<(), ExportError> {
    for image in export.images.iter().map(|one| &one.image) {
        placing.put(&image.path, &to.join("images").join(names::file_of(&image.name)))?;
    }
    let left = placing.pictures == Pictures::Leave;
    let path = |one: &Outgoing| if left { place(one) } else { format!("images/{}", one.image.name) };
    let names = ["labels.csv", "boxes.csv", "measurements.csv"];
    all(export, &names.map(|name| to.join(name)), &path, written)
}

/// Writes the table of labels to a file, and those of boxes and measurements beside it as `NAME.boxes.csv` and
/// `NAME.measurements.csv`; pictures are named by where they lie.
///
/// # Errors
/// [`ExportError`] when one cannot be written.
pub fn export_tables(export: &Export<'_>, to: &Path) -> Result<Written, ExportError> {
    let mut written = Written::default();
    let beside = ["boxes.csv", "measurements.csv"].map(|extension| to.with_extension(extension));
    let [boxes, measurements] = beside;
    all(export, &[to.to_owned(), boxes, measurements], &place, &mut written)?;
    Ok(written)
}

/// Where the picture lies, with the frame where it is one of several.
fn place(one: &Outgoing) -> String {
    let frame = one.image.name.get(names::file_of(&one.image.name).len()..).unwrap_or_default();
    format!("{}{frame}", one.image.path.to_string_lossy())
}

fn all(
    export: &Export<'_>,
    [labels, boxes, measurements]: &[PathBuf; 3],
    path: &dyn Fn(&Outgoing) -> String,
    written: &mut Written,
) -> Result<(), ExportError> {
    put_with(labels, |out| write_labels(export, path, out))?;
    written.images = export.images.len();
    if export.images.iter().any(|one| draws(&one.image)) {
        put_with(boxes, |out| {
            written.boxes = write_boxes(export, path, out)?;
            Ok(())
        })?;
    }
    if export.images.iter().any(|one| !one.image.measured.is_empty()) {
        put_with(measurements, |out| write_measurements(export, path, out))?;
    }
    let all = Holds {
        readers: true,
        several: true,
        groups: true,
        labels: true,
        boxes: true,
        marks: false,
        attributes: true,
        notes: true,
        predictions: true,
        measurements: true,
        own_key: None,
    };
    written.lost.extend(sentences(export, "CSV", all));
    if export.images.iter().any(|one| one.predicted.as_ref().is_some_and(|p| !p.boxes.is_empty())) {
        written.lost.push("The tables do not hold the boxes that the model predicts.".into());
    }
    Ok(())
}

/// One row an image with the label in force, or one a reader's statement.
fn write_labels(export: &Export<'_>, path: &dyn Fn(&Outgoing) -> String, out: &mut dyn io::Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let attributes: BTreeSet<&String> =
        export.images.iter().flat_map(|one| one.image.facts.attributes.keys()).collect();
    let of_images = attributes.iter().map(|name| format!("{ATTRIBUTE}{name}"));
    table.write_record(header(export).into_iter().chain(of_images)).map_err(plain)?;
    for one in export.images {
        let image = &one.image;
        let mut said: Vec<Option<&Said>> =
            vec![image.said.iter().rev().find(|s| s.label.is_some() || s.is_about_findings()).or(image.said.last())];
        if export.every_reader && !image.said.is_empty() {
            said = image.said.iter().map(Some).collect();
        }
        for said in said {
            let text = |text: Option<&String>| text.cloned().unwrap_or_default();
            let predicted = one.predicted.as_ref();
            let mut row = vec![
                path(one),
                image.sha256.clone(),
                image.split.map_or_else(String::new, |split| split.name().to_owned()),
                text(image.group.as_ref()),
                match export.findings {
                    [] => text(said.and_then(|s| s.label.as_ref())),
                    findings => said.map(|said| list(said, findings)).unwrap_or_default(),
                },
                text(said.and_then(|s| s.reader.as_ref())),
                said.and_then(time_of).unwrap_or_default(),
                predicted.map_or_else(String::new, |p| p.model.clone()),
            ];
            row.extend(export.findings.iter().map(|finding| said.map_or("", |said| mark(said, finding)).to_owned()));
            let probability = |at: usize| predicted.and_then(|p| p.probabilities.get(at)).map(f32::to_string);
            row.extend((0..export.classes.len()).map(|at| probability(at).unwrap_or_default()));
            row.extend([one.reviewed, one.flagged, one.key].map(|mark| mark.to_string()));
            row.extend(Signed::texts(one.signed.as_ref()));
            row.push(one.note.clone());
            let label = predicted.filter(|p| !p.label.is_empty());
            row.push(label.map_or_else(String::new, |p| p.label.clone()));
            row.push(label.map_or_else(String::new, |p| p.score.to_string()));
            if export.every_reader {
                row.push(said.map_or("", reading).to_owned());
            }
            row.extend(attributes.iter().map(|name| text(image.facts.attributes.get(*name))));
            table.write_record(row).map_err(plain)?;
        }
    }
    table.flush()
}

/// Which reading of its reader a statement is of.
fn reading(said: &Said) -> &'static str {
    if said.again { AGAIN } else { "1" }
}

/// The place of the column in our own tables that says which reading a row is of; `None` where there is none.
pub fn reading_of(columns: &[String]) -> Option<usize> {
    let of_boxes = || columns.iter().zip(BOXES).all(|(name, own)| name == own).then_some(BOXES.len());
    let at = reviewed_of(columns).map(|first| first + LAST.len()).or_else(of_boxes)?;
    columns.get(at).is_some_and(|name| name == READING).then_some(at)
}

/// What a statement says of a finding; blank where nothing.
fn mark(said: &Said, finding: &str) -> &'static str {
    match said.findings.iter().find(|(name, _)| name == finding) {
        Some((_, Presence::Present)) => "1",
        Some((_, Presence::Absent)) => "0",
        Some((_, Presence::Uncertain)) => "-1",
        None if said.others_absent => "0",
        None => "",
    }
}

/// The findings that are present, with signs between that a table's reader knows; a word of its own where each is absent.
fn list(said: &Said, findings: &[String]) -> String {
    let present: Vec<&str> = findings.iter().map(String::as_str).filter(|finding| mark(said, finding) == "1").collect();
    if present.is_empty() && findings.iter().all(|finding| mark(said, finding) == "0") {
        return NO_FINDING.to_owned();
    }
    present.join("|")
}

/// The places of the columns of findings in our own tables; `None` where this is none, or of one class an image.
pub fn findings_of(columns: &[String]) -> Option<Vec<usize>> {
    let is = |at: usize, name: &str| columns.get(at).is_some_and(|column| column == name);
    if !(is(1, FIRST[1]) && is(4, FINDINGS) && is(7, FIRST[7])) {
        return None;
    }
    let own = |name: &String| name.starts_with("p(") || LAST.contains(&name.as_str());
    let count = columns.iter().skip(FIRST.len()).take_while(|name| !own(name)).count();
    Some((FIRST.len()..FIRST.len() + count).collect())
}

/// The place of the column in our own tables that says whether a person reviewed the image; `None` where this is none.
pub fn reviewed_of(columns: &[String]) -> Option<usize> {
    let is = |(name, own): (&String, &&str)| name == own || (*own == "label" && name == FINDINGS);
    let begins = columns.len() > FIRST.len() && columns.iter().zip(&FIRST).all(is);
    let ends = |last: &[&str]| {
        columns.windows(last.len()).rposition(|there| there.iter().zip(last).all(|(name, own)| name == own))
    };
    let without = |names: &[&str]| LAST.into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>();
    let [_, by, at] = LATER;
    ends(&LAST).or_else(|| ends(&without(&[by, at]))).or_else(|| ends(&without(&LATER))).filter(|_| begins)
}

/// The finding of such a column.
pub fn finding_of(column: &str) -> &str {
    column.strip_prefix(FINDING).unwrap_or(column)
}

/// The columns' names. A class that is called as a column that means something else is written `p(CLASS)`, and so is each
/// class where the findings have columns of their own.
fn header(export: &Export<'_>) -> Vec<String> {
    let findings = !export.findings.is_empty();
    let mut first = FIRST;
    if let (true, Some(label)) = (findings, first.get_mut(4)) {
        *label = FINDINGS;
    }
    let own: Vec<String> = first.iter().chain(&LAST).map(|name| (*name).to_owned()).collect();
    let meant = Mapping::of(&own);
    let means_more = |name: &String| {
        let with: Vec<String> = own.iter().chain([name]).cloned().collect();
        // Four of these together would be a box.
        let sides = ["x", "y", "w", "h", "width", "height", "left", "top", "right", "bottom"];
        let taken = sides.contains(&name.to_lowercase().as_str()) || own.contains(name) || name.starts_with(ATTRIBUTE);
        taken || Mapping::of(&with) != meant
    };
    let finding = |name: &String| {
        let plain = !(means_more(name) || name.starts_with("p(") || name.starts_with(FINDING));
        if plain { name.clone() } else { format!("{FINDING}{name}") }
    };
    let class = |name: &String| if findings || means_more(name) { format!("p({name})") } else { name.clone() };
    let columns = export.findings.iter().map(finding).chain(export.classes.iter().map(class));
    let first = first.iter().map(|name| (*name).to_owned());
    let last = LAST.iter().copied().chain(export.every_reader.then_some(READING));
    first.chain(columns).chain(last.map(str::to_owned)).collect()
}

/// One row a box, corners in pixels of the upright frame from 0 with exclusive maxima, and a row with empty corners an
/// image that was reviewed and has none; how many boxes.
fn write_boxes(export: &Export<'_>, path: &dyn Fn(&Outgoing) -> String, out: &mut dyn io::Write) -> io::Result<usize> {
    let mut count = 0;
    let mut table = csv::Writer::from_writer(out);
    table.write_record(BOXES.iter().copied().chain(export.every_reader.then_some(READING))).map_err(plain)?;
    for one in export.images {
        let image = &one.image;
        for said in &image.said {
            let start = [path(one)];
            let end = [
                image.width.to_string(),
                image.height.to_string(),
                image.split.map_or_else(String::new, |split| split.name().to_owned()),
                image.group.clone().unwrap_or_default(),
                said.reader.clone().unwrap_or_default(),
                time_of(said).unwrap_or_default(),
            ];
            let which = export.every_reader.then(|| reading(said).to_owned());
            let mut row = |middle: [String; 5]| {
                table.write_record(start.iter().chain(&middle).chain(&end).chain(&which)).map_err(plain)
            };
            for drawn in &said.boxes {
                let r = drawn.rect;
                let [a, b, c, d] = [r.xmin, r.ymin, r.xmax, r.ymax].map(|side| side.to_string());
                row([drawn.class.clone(), a, b, c, d])?;
                count += 1;
            }
            if said.nothing_found {
                row(Default::default())?;
            }
        }
    }
    table.flush()?;
    Ok(count)
}

/// One row a length or angle.
fn write_measurements(
    export: &Export<'_>,
    path: &dyn Fn(&Outgoing) -> String,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(measurements::COLUMNS).map_err(plain)?;
    for one in export.images {
        let image = &one.image;
        let spacing = calibrated(image.measured.iter().map(|one| &one.measurement), image.facts.spacing);
        for measured in &image.measured {
            let measurement = &measured.measurement;
            let value = measurement.value(spacing).map(measurements::value_and_unit);
            let (value, unit) = value.map_or_else(Default::default, |(value, unit)| (value.to_string(), unit));
            table
                .write_record([
                    path(one),
                    measurements::kind(measurement.measure),
                    measurements::points_text(&measurement.points),
                    value,
                    unit.to_owned(),
                    measured.reader.clone().unwrap_or_default(),
                    measured.time_ms.map(time_text).unwrap_or_default(),
                    image.width.to_string(),
                    image.height.to_string(),
                ])
                .map_err(plain)?;
        }
    }
    table.flush()
}

fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
