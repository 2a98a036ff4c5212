//! Pictures and words cleaned of what may tell who the patient is, before they are handed out.
//!
//! DICOM files are cleaned by the basic profile of PS3.15 (see [`crate::imaging::dicom`]); other pictures are written
//! anew as PNG, with their pixels and nothing else. Files get numbers for names, groups and readers are replaced, notes
//! and the times of statements are left out. A report lists what was done, without any value.

use super::{ExportError, Outgoing, Progress, Written};
use crate::domain::ImageFile;
use crate::files::atomically;
use crate::files::hash;
use crate::imaging;
use crate::imaging::decode;
use crate::imaging::dicom::{self, Deidentification, DeidentificationReport, Dicom};
use crate::imaging::write::write_png_picture;
use crate::interchange::writing::{make, names, put};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// The report's name in the export.
const REPORT: &str = "deidentification.json";
/// Where cleaned pictures wait for their place.
const STAGING: &str = ".cleaned";

/// What becomes of dates in DICOM files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dates {
    /// All of a patient's by the same number of days, so that their distances stay.
    Shift,
    #[default]
    Remove,
}

/// How everything is cleaned.
#[derive(Clone, PartialEq, Eq)]
pub struct Confidentiality {
    /// What replaced identifiers depend on. Who has it can find out whether a file is a known patient's.
    pub key: [u8; 32],
    pub dates: Dates,
}

impl std::fmt::Debug for Confidentiality {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Confidentiality").field("dates", &self.dates).finish_non_exhaustive()
    }
}

/// A file that was cleaned: where it waits, its new name and hash.
#[derive(Clone)]
struct Cleaned {
    path: PathBuf,
    name: String,
    sha256: String,
    patient: Option<String>,
}

/// The images with cleaned pictures, below a folder of the export, and words; what cannot be cleaned is left out.
pub fn cleaned(
    images: Vec<Outgoing>,
    how: &Confidentiality,
    to: &Path,
    written: &mut Written,
    progress: Progress,
) -> Result<Vec<Outgoing>, ExportError> {
    make(&to.join(STAGING))?;
    let mut work = Work { how, folder: to.join(STAGING), files: HashMap::new(), report: Vec::new(), number: 0 };
    let said = images.iter().flat_map(|i| &i.image.said).filter_map(|s| s.reader.clone());
    let measured = images.iter().flat_map(|i| &i.image.measured).filter_map(|m| m.reader.clone());
    let readers: Vec<String> = said.chain(measured).collect::<BTreeSet<_>>().into_iter().collect();
    let numbered = |reader: Option<String>| {
        let place = reader.and_then(|reader| readers.binary_search(&reader).ok());
        place.map(|place| format!("reader {}", place + 1))
    };
    let total = images.len();
    let mut kept = Vec::with_capacity(total);
    let (mut notes, mut known) = (0usize, 0usize);
    for (done, mut one) in images.into_iter().enumerate() {
        if !progress(done, total) {
            return Err(ExportError::Cancelled);
        }
        let frame = one.image.name.get(names::file_of(&one.image.name).len()..).unwrap_or_default().to_owned();
        let file = match work.file(&one) {
            Ok(file) => file,
            Err(why) => {
                written.left_out.push((one.image.name, why));
                continue;
            }
        };
        one.image.path = file.path;
        one.image.name = format!("{}{frame}", file.name);
        one.image.sha256 = file.sha256;
        one.image.group = match (file.patient, one.image.group) {
            (Some(patient), _) => Some(patient),
            (None, group) => group.map(|group| dicom::pseudonym(&how.key, "group", &group)),
        };
        notes += usize::from(!one.note.is_empty());
        one.note = String::new();
        known += usize::from(!one.image.facts.attributes.is_empty());
        one.image.facts.attributes.clear();
        // Words may name people; of these three there are but yes and no.
        for marked in &mut one.image.facts.box_marks {
            let plain = |name: &String, value: &mut String| {
                ["difficult", "truncated", "occluded"].contains(&name.as_str()) && ["0", "1"].contains(&value.as_str())
            };
            marked.marks.retain(plain);
        }
        if let Some(signed) = &mut one.signed {
            signed.at_ms = None;
            // That it is signed off is no name.
            signed.by = numbered(signed.by.take()).or_else(|| Some("a reader".to_owned()));
        }
        for said in &mut one.image.said {
            said.time_ms = None;
            said.reader = numbered(said.reader.take());
        }
        for measured in &mut one.image.measured {
            measured.time_ms = None;
            measured.reader = numbered(measured.reader.take());
        }
        kept.push(one);
    }
    if notes > 0 {
        let images = if notes == 1 { "1 image".into() } else { format!("{notes} images") };
        written.lost.push(format!("Notes may name people: those of {images} are not written."));
    }
    if known > 0 {
        let images = if known == 1 { "1 image".into() } else { format!("{known} images") };
        written.lost.push(format!("Attributes may tell who somebody is: the attributes of {images} are not written."));
    }
    written.lost.push("The times of statements are not written, and readers are called by numbers.".into());
    work.finish(to, written)?;
    Ok(kept)
}

/// Removes the place where cleaned pictures waited, with what no format wanted.
pub fn remove_staging(to: &Path) -> Result<(), ExportError> {
    let staging = to.join(STAGING);
    match std::fs::remove_dir_all(&staging) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(ExportError::Io { path: staging, why }),
        _ => Ok(()),
    }
}

struct Work<'a> {
    how: &'a Confidentiality,
    folder: PathBuf,
    /// What became of each source file, which may hold several images.
    files: HashMap<PathBuf, Result<Cleaned, String>>,
    report: Vec<Value>,
    number: usize,
}

impl Work<'_> {
    fn file(&mut self, one: &Outgoing) -> Result<Cleaned, String> {
        if let Some(known) = self.files.get(&one.image.path) {
            return known.clone();
        }
        let cleaned = self.clean(one);
        self.files.insert(one.image.path.clone(), cleaned.clone());
        cleaned
    }

    fn clean(&mut self, one: &Outgoing) -> Result<Cleaned, String> {
        let bytes = decode::file_bytes(&one.image.path).map_err(|problem| problem.to_string())?;
        let number = self.number + 1;
        let (name, patient, report) = if dicom::is_dicom(&bytes) {
            let name = format!("{number:06}.dcm");
            let (patient, report) = self.dicom(&bytes, &self.folder.join(&name))?;
            (name, patient, report)
        } else {
            let name = format!("{number:06}.png");
            self.picture(one, &self.folder.join(&name))?;
            (name, None, DeidentificationReport::default())
        };
        let path = self.folder.join(&name);
        let sha256 = hash::sha256_file(&path).map_err(|why| format!("cannot be read again ({why})"))?;
        self.number = number;
        self.report.push(json!({
            "name": name,
            "removed": report.removed,
            "emptied": report.emptied,
            "replaced": report.replaced,
            "warnings": report.warnings,
        }));
        Ok(Cleaned { path, name, sha256, patient })
    }

    fn dicom(&self, bytes: &[u8], to: &Path) -> Result<(Option<String>, DeidentificationReport), String> {
        let patient = Dicom::parse(bytes).map_err(|problem| problem.to_string())?.patient(&self.how.key);
        let shift_days = match self.how.dates {
            Dates::Shift => Some(dicom::days_for(&self.how.key, patient.as_deref().unwrap_or_default())),
            Dates::Remove => None,
        };
        let how = Deidentification { key: self.how.key, shift_days };
        let (clean, report) = dicom::deidentify(bytes, &how).map_err(|problem| problem.to_string())?;
        atomically(to, |out| out.write_all(&clean)).map_err(|why| format!("cannot be written ({why})"))?;
        Ok((patient, report))
    }

    fn picture(&self, one: &Outgoing, to: &Path) -> Result<(), String> {
        let file = ImageFile { path: one.image.path.clone(), frame: one.image.frame };
        let picture = imaging::read(&file).map_err(|error| error.problem.to_string())?;
        write_png_picture(to, &picture).map_err(|why| format!("cannot be written ({why})"))
    }

    fn finish(self, to: &Path, written: &mut Written) -> Result<(), ExportError> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let texts = self.report.iter().filter_map(|file| file.get("warnings")?.as_array()).flatten();
        texts.filter_map(Value::as_str).for_each(|text| *counts.entry(text).or_default() += 1);
        let mut warnings: Vec<String> = counts.iter().map(|(text, count)| format!("{count} files: {text}")).collect();
        warnings.sort_unstable();
        let pngs = self.files.values().flatten().filter(|file| file.name.ends_with(".png")).count();
        if pngs > 0 {
            warnings.push(format!(
                "{pngs} pictures that are no DICOM files were written as PNG with nothing but their pixels; words in the \
                 pixels stay: look at them."
            ));
        }
        // Names of source files may name people: only how many, and why.
        let mut why: HashMap<&str, usize> = HashMap::new();
        self.files.values().filter_map(|file| file.as_ref().err()).for_each(|text| *why.entry(text).or_default() += 1);
        let dates = match self.how.dates {
            Dates::Shift => "shifted by whole days, the same for all files of a patient",
            Dates::Remove => "removed",
        };
        let report = json!({
            "profile": "DICOM PS3.15 annex E, Basic Application Level Confidentiality Profile",
            "dates": dates,
            "files": self.report,
            "left_out": why,
            "warnings": warnings,
        });
        written.warnings.extend(warnings);
        let text = serde_json::to_string_pretty(&report).unwrap_or_default();
        put(&to.join(REPORT), &text)
    }
}
