//! Reads a source to be imported, off the session's thread, and says what was found.

use super::command::ImportSource;
use super::create;
use super::error::SessionError;
use super::import_view::{FoundClass, ImportSummary, Sample};
use super::pictures::Thumbnail;
use super::sources::decode_guarded;
use super::staging::Opened;
use super::thumbnail_service::SIDE;
use super::{patients, tables};
use crate::domain::{ImageFile, LeftOut, Split};
use crate::imaging;
use crate::interchange::csv_mapping::KnownTable;
use crate::interchange::{self, Format, Mapping, Options, ReadError, ReadImage, Reading, TableHead, notes};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

/// Names kept to try a pattern on.
const NAMES: usize = 200;
/// Pictures shown.
const SAMPLES: usize = 8;

/// A source that was read, or why it could not be.
pub(super) struct Found {
    pub source: ImportSource,
    pub formats: Vec<(Format, String)>,
    pub format: Option<Format>,
    pub table: Option<TableHead>,
    /// Where an archive's images wait.
    pub opened: Option<Arc<Opened>>,
    pub read: Result<(Reading, ImportSummary), String>,
}

/// Opens the source, tells the format, reads it and makes the pictures that are shown of it. The project it may go to,
/// `project`, has the key that tells patients apart and knows tables; what is seen is noted beside it, so that an import
/// that is broken off can go on. `opened` is what the source was opened to before; `tables` are those that the program
/// knows besides.
pub(super) fn find(
    source: ImportSource,
    project: &Path,
    opened: Option<Arc<Opened>>,
    tables: Vec<KnownTable>,
    progress: create::ScanProgress,
) -> Found {
    let (formats, format, table, read) = (Vec::new(), None, None, Err(String::new()));
    let mut found = Found { source, formats, format, table, opened, read };
    if let Err(error) = look(&mut found, project, tables, progress) {
        let error = error.to_string();
        found.read = Err(found.opened.as_ref().map_or(error.clone(), |opened| opened.in_words(&error)));
    }
    found
}

fn look(
    found: &mut Found,
    project: &Path,
    mut known_tables: Vec<KnownTable>,
    progress: create::ScanProgress,
) -> Result<(), SessionError> {
    let opened = match found.opened.take() {
        Some(opened) => opened,
        None => Arc::new(Opened::of(&found.source.path, project, progress)?),
    };
    found.opened = Some(opened.clone());
    tables::learn(&mut known_tables, &tables::known(project)?);
    let head = || {
        let mut head = interchange::table_head(&opened.source, &found.source.exclude)?;
        let known = known_tables.iter().rev().find(|table| table.header == head.columns);
        let told = known.and_then(|table| Mapping::given(&head.columns, &table.columns).ok());
        head.remembered = told.is_some();
        head.suggested = told.or(head.suggested);
        Some(head)
    };
    let table = head();
    let asked = found.source.columns.as_ref().zip(table.as_ref());
    let options = Options {
        exclude: found.source.exclude.clone(),
        columns: asked.map(|(asked, table)| table.told(asked)).unwrap_or_default(),
        patients: patients::on_import(project, found.source.patients)?,
        // An archive is unpacked anew each time.
        notes: (!opened.waits()).then(|| notes::beside(project)),
        known_tables,
        voc_base: found.source.voc_base,
        ..Options::default()
    };
    let refused = |error: ReadError| SessionError::refused(error.to_string());
    let detected = interchange::format_of(&opened.source, &options).map_err(refused)?;
    found.formats.push((detected.format, detected.reason));
    found.formats.extend(detected.others);
    let format = found.source.format.or(found.formats.first().map(|(format, _)| *format)).unwrap_or(Format::Folders);
    found.format = Some(format);
    found.table = table.filter(|_| format == Format::Csv || found.source.columns.is_some());
    let mut reading = interchange::read(&opened.source, format, &options, progress).map_err(refused)?;
    if reading.images.is_empty() {
        return Err(create::nothing_read(&found.source.path, &reading));
    }
    let reason = found.formats.iter().find(|(known, _)| *known == format && format != Format::Folders);
    let how = reason.map(|(format, reason)| format!("read as {}: {reason}.", format.name()));
    reading.remarks.splice(0..0, how);
    reading.left_out.splice(0..0, opened.left_out.iter().cloned());
    let summary = summary(&opened, &reading);
    found.read = Ok((reading, summary));
    Ok(())
}

fn summary(opened: &Opened, reading: &Reading) -> ImportSummary {
    let said = || reading.images.iter().flat_map(|image| &image.said);
    let mut classes: HashMap<&str, FoundClass> = HashMap::new();
    for label in reading.images.iter().filter_map(ReadImage::label) {
        if let Some(name) = reading.classes.iter().find(|name| *name == label) {
            classes.entry(name).or_default().images += 1;
        }
    }
    for one in said().flat_map(|said| &said.boxes) {
        classes.entry(&one.class).or_default().boxes += 1;
    }
    let class = |name: &String| FoundClass { name: name.clone(), ..classes.remove(name.as_str()).unwrap_or_default() };
    let of_split = |split: Split| reading.images.iter().filter(|i| i.split.unwrap_or(Split::Train) == split).count();
    let distinct = |all: &mut dyn Iterator<Item = &str>| all.collect::<BTreeSet<_>>().len();
    let readers: BTreeSet<&str> = said().filter_map(|said| said.reader.as_deref()).collect();
    ImportSummary {
        images: reading.images.len(),
        ordinal: reading.ordinal,
        splits: if reading.has_splits { Split::ALL.iter().map(|&s| (s, of_split(s))).collect() } else { Vec::new() },
        groups: distinct(&mut reading.images.iter().filter_map(|image| image.group.as_deref())),
        readers: readers.into_iter().map(str::to_owned).collect(),
        patients: (reading.with_headers > 0).then(|| (&reading.patients).into()),
        boxes: reading.boxes(),
        boxes_clipped: reading.boxes_clipped,
        measurements: reading.measurements(),
        truncated: reading.images.iter().filter(|image| image.truncated).count(),
        left_out: reading.left_out.iter().map(|(file, why)| LeftOut { file: file.clone(), why: why.clone() }).collect(),
        remarks: reading.remarks.clone(),
        conflicts: reading.conflicts.clone(),
        names: reading.images.iter().take(NAMES).map(|image| image.name.clone()).collect(),
        samples: samples(&reading.images),
        project: create::project_beside(&opened.given),
        unpacked: opened.waits(),
        classes: reading.classes.iter().map(class).collect(),
    }
}

/// Some of the images, those with boxes first, spread over the source.
fn samples(images: &[ReadImage]) -> Vec<Sample> {
    let has_box = |image: &&ReadImage| image.said.iter().any(|said| !said.boxes.is_empty());
    let boxed: Vec<&ReadImage> = images.iter().filter(has_box).collect();
    let from: Vec<&ReadImage> = if boxed.is_empty() { images.iter().collect() } else { boxed };
    let step = (from.len() / SAMPLES).max(1);
    from.into_iter().step_by(step).take(SAMPLES).filter_map(sample).collect()
}

fn sample(image: &ReadImage) -> Option<Sample> {
    let decoded = decode_guarded(&ImageFile { path: image.path.clone(), frame: image.frame }).ok()?;
    let small = imaging::thumbnail(&decoded, SIDE);
    let said = image.said.iter().rev().find(|said| !said.boxes.is_empty());
    Some(Sample {
        name: image.name.clone(),
        label: image.label().map(str::to_owned),
        boxes: said
            .map(|said| said.boxes.iter().map(|one| (one.class.clone(), one.rect)).collect())
            .unwrap_or_default(),
        size: [image.width, image.height],
        thumbnail: Thumbnail { width: small.width, height: small.height, rgba: Arc::new(small.rgba) },
    })
}
