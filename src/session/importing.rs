//! Reads a source to be imported, off the session's thread, and says what was found.

use super::command::ImportSource;
use super::create;
use super::import_view::{FoundClass, ImportSummary, Sample};
use super::patients;
use super::pictures::Thumbnail;
use super::sources::decode_guarded;
use super::thumbnail_service::SIDE;
use crate::domain::{ImageFile, LeftOut, Split};
use crate::imaging;
use crate::interchange::archive;
use crate::interchange::{self, Format, Options, ReadImage, Reading, TableHead};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

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
    pub read: Result<(Reading, ImportSummary), String>,
}

/// Tells the format, reads the source and makes the pictures that are shown of it. Patients are told apart with the key
/// of the project it may go to, `project`, or with a new one.
pub(super) fn find(source: ImportSource, project: &Path, progress: create::ScanProgress) -> Found {
    let mut found = Found { source, formats: Vec::new(), format: None, table: None, read: Err(String::new()) };
    let patients = match patients::hashed(project) {
        Ok(patients) => patients,
        Err(error) => {
            found.read = Err(error.to_string());
            return found;
        }
    };
    let asked = found.source.columns.as_ref();
    if asked.is_some() {
        found.table = interchange::table_head(&found.source.path, &found.source.exclude);
    }
    let columns = asked.zip(found.table.as_ref()).map(|(asked, table)| table.told(asked)).unwrap_or_default();
    if archive::is_archive(&found.source.path) {
        found.read = Err(format!(
            "{} is an archive: import it with `overread import`, or unpack it and open its folder",
            found.source.path.display()
        ));
        return found;
    }
    let options = Options { exclude: found.source.exclude.clone(), columns, patients, ..Options::default() };
    match interchange::format_of(&found.source.path, &options) {
        Ok(detected) => {
            found.formats.push((detected.format, detected.reason));
            found.formats.extend(detected.others);
        }
        Err(error) => {
            found.read = Err(error.to_string());
            return found;
        }
    }
    let format = found.source.format.or(found.formats.first().map(|(format, _)| *format)).unwrap_or(Format::Folders);
    found.format = Some(format);
    if format == Format::Csv {
        found.table = interchange::table_head(&found.source.path, &found.source.exclude);
    }
    found.read = interchange::read(&found.source.path, format, &options, progress)
        .map_err(|error| error.to_string())
        .and_then(|mut reading| {
            if reading.images.is_empty() {
                return Err(create::nothing_read(&found.source.path, &reading).to_string());
            }
            let reason = found.formats.iter().find(|(known, _)| *known == format && format != Format::Folders);
            let how = reason.map(|(format, reason)| format!("read as {}: {reason}.", format.name()));
            reading.remarks.splice(0..0, how);
            let summary = summary(&found.source.path, &reading);
            Ok((reading, summary))
        });
    found
}

fn summary(source: &Path, reading: &Reading) -> ImportSummary {
    let said = || reading.images.iter().flat_map(|image| &image.said);
    let last_label = |image: &ReadImage| image.said.iter().rev().find_map(|said| said.label.clone());
    let mut classes: HashMap<&str, FoundClass> = HashMap::new();
    for label in reading.images.iter().filter_map(last_label) {
        if let Some(name) = reading.classes.iter().find(|name| **name == label) {
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
        boxes: reading.boxes(),
        boxes_clipped: reading.boxes_clipped,
        truncated: reading.images.iter().filter(|image| image.truncated).count(),
        left_out: reading.left_out.iter().map(|(file, why)| LeftOut { file: file.clone(), why: why.clone() }).collect(),
        remarks: reading.remarks.clone(),
        conflicts: reading.conflicts.clone(),
        names: reading.images.iter().take(NAMES).map(|image| image.name.clone()).collect(),
        samples: samples(&reading.images),
        project: create::project_beside(source),
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
        label: image.said.iter().rev().find_map(|said| said.label.clone()),
        boxes: said
            .map(|said| said.boxes.iter().map(|one| (one.class.clone(), one.rect)).collect())
            .unwrap_or_default(),
        size: [image.width, image.height],
        thumbnail: Thumbnail { width: small.width, height: small.height, rgba: std::sync::Arc::new(small.rgba) },
    })
}
