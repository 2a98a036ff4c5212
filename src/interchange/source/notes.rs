//! What an unfinished import has seen, beside the project to be: one line of JSON a picture's file. Begun again, the
//! import does not look at files anew that are as they were.

use crate::imaging::Probe;
use crate::imaging::dicom::{PatientKey, Patients};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Imports of fewer files are sooner done again than noted.
const LEAST_FILES: usize = 500;

/// The first line: what was seen depends on it.
#[derive(Serialize, Deserialize)]
struct Head {
    version: String,
    /// What became of patients' identifiers: "ignored", "kept" or the key they are hashed with.
    patients: String,
}

impl Head {
    fn of(patients: &Patients) -> Self {
        let patients = match patients {
            Patients::Ignored => "ignored".to_owned(),
            Patients::Kept => "kept".to_owned(),
            Patients::Hashed(key) => key.to_hex(),
        };
        // Another version may see other things.
        Self { version: env!("CARGO_PKG_VERSION").to_owned(), patients }
    }
}

/// One file as it was when it was looked at.
#[derive(Serialize, Deserialize)]
struct Line {
    path: PathBuf,
    bytes: u64,
    /// Time of the last change, in nanoseconds since 1970-01-01 UTC.
    changed_ns: u64,
    frames: Vec<Probe>,
}

/// The part of a line that tells whose it is.
#[derive(Deserialize)]
struct Named {
    path: PathBuf,
}

/// Where the last line of each file begins, and its length in bytes, by a number made of the file's path: of a hundred
/// thousand paths a number takes less, and the line says whose it is.
#[derive(Default)]
struct Known {
    hasher: RandomState,
    lines: HashMap<u64, (u64, u32)>,
}

/// Notes that are read and added to.
pub struct Notes {
    known: Known,
    lines: Mutex<File>,
    out: Mutex<BufWriter<File>>,
}

impl Notes {
    /// Opens the notes at a path, or begins them; `None` for few files, and where they cannot be written: then nothing
    /// is lost but the time to look again.
    pub fn open(path: &Path, patients: &Patients, files: usize) -> Option<Self> {
        if files < LEAST_FILES {
            return None;
        }
        match Self::begin(path, patients) {
            Ok(notes) => Some(notes),
            Err(error) => {
                tracing::debug!(%error, "the import is not noted and cannot be gone on with");
                None
            }
        }
    }

    fn begin(path: &Path, patients: &Patients) -> std::io::Result<Self> {
        let head = serde_json::to_string(&Head::of(patients))?;
        let known = File::open(path).map_or_else(|_| None, |file| known(file, &head));
        let mut out = if known.is_some() {
            BufWriter::new(OpenOptions::new().append(true).open(path)?)
        } else {
            let mut out = BufWriter::new(private(OpenOptions::new().create(true).truncate(true)).open(path)?);
            write!(out, "{head}")?;
            out
        };
        // The last line may be cut.
        writeln!(out)?;
        let lines = Mutex::new(File::open(path)?);
        Ok(Self { known: known.unwrap_or_default(), lines, out: Mutex::new(out) })
    }

    /// What was seen of a file that has not changed since.
    pub fn find(&self, path: &Path) -> Option<Vec<Probe>> {
        let (at, length) = *self.known.lines.get(&self.known.hasher.hash_one(path))?;
        let mut text = vec![0; length as usize];
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.seek(SeekFrom::Start(at)).and_then(|_| lines.read_exact(&mut text)).ok()?;
        drop(lines);
        let line: Line = serde_json::from_slice(&text).ok()?;
        let (bytes, changed_ns) = state(path)?;
        (line.path == path && line.bytes == bytes && line.changed_ns == changed_ns).then_some(line.frames)
    }

    /// Keeps what was seen of a file.
    pub fn note(&self, path: &Path, frames: Vec<Probe>) {
        let Some((bytes, changed_ns)) = state(path) else { return };
        let Ok(line) = serde_json::to_string(&Line { path: path.to_owned(), bytes, changed_ns, frames }) else {
            return;
        };
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writeln!(out, "{line}") {
            tracing::debug!(%error, "a file was not noted");
        }
    }
}

/// Where the lines of each file are; `None` where the first line is another one. A line that was cut is nobody's.
fn known(file: File, head: &str) -> Option<Known> {
    let (mut reader, mut line, mut at) = (BufReader::new(file), Vec::new(), 0);
    let mut known = Known::default();
    while let Ok(length @ 1..) = reader.read_until(b'\n', &mut line) {
        let text = line.trim_ascii_end();
        if at == 0 && text != head.as_bytes() {
            return None;
        }
        if let (Ok(named), Ok(bytes)) = (serde_json::from_slice::<Named>(text), u32::try_from(text.len())) {
            known.lines.insert(known.hasher.hash_one(&*named.path), (at, bytes));
        }
        at += length as u64;
        line.clear();
    }
    (at > 0).then_some(known)
}

/// The key that patients' identifiers were hashed with in an import that was not finished.
pub fn patient_key(notes: &Path) -> Option<PatientKey> {
    let mut first = String::new();
    BufReader::new(File::open(notes).ok()?).read_line(&mut first).ok()?;
    PatientKey::from_hex(&serde_json::from_str::<Head>(&first).ok()?.patients)
}

/// Where the notes of an import into this project lie: beside it, under a hidden name.
pub fn beside(project: &Path) -> PathBuf {
    let name = project.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    project.with_file_name(format!(".{name}-import"))
}

/// Where the notes of an import into this project lie while nobody has agreed to its place: in a folder of the program's own,
/// under a name that its path gives.
pub fn within(folder: &Path, project: &Path) -> PathBuf {
    let project = std::path::absolute(project).unwrap_or_else(|_| project.to_owned());
    let hash = crate::files::hash::sha256_hex(project.as_os_str().as_encoded_bytes());
    folder.join(format!("{}-import", hash.get(..16).unwrap_or_default()))
}

/// Removes notes of a finished import, where there are any.
pub fn remove(notes: &Path) {
    match std::fs::remove_file(notes) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!("{} was not removed ({error}): it may be deleted", notes.display());
        }
        _ => {}
    }
}

/// Length in bytes and time of the last change.
fn state(path: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    let changed = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((metadata.len(), u64::try_from(changed.as_nanos()).ok()?))
}

/// Only for its owner, since it tells of pictures and their patients' hashes.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.write(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(width: u32) -> Probe {
        Probe {
            width,
            height: 2,
            sha256: "ab".into(),
            truncated: false,
            orientation: 1,
            facts: crate::domain::ImageFacts::default(),
            patient: None,
        }
    }

    #[test]
    fn what_was_seen_is_found_again_until_the_file_changes() {
        let dir = tempfile::tempdir().unwrap();
        let (file, notes) = (dir.path().join("a.png"), beside(&dir.path().join("x.overread")));
        std::fs::write(&file, "1").unwrap();
        let key = PatientKey::random().unwrap();
        let open = |patients: &Patients| Notes::open(&notes, patients, LEAST_FILES).unwrap();
        let hashed = Patients::Hashed(key.clone());
        assert!(Notes::open(&notes, &hashed, LEAST_FILES - 1).is_none() && !notes.exists());
        open(&hashed).note(&file, vec![probe(7), probe(8)]);
        // A line that a kill cut short does not spoil those after it.
        std::fs::OpenOptions::new().append(true).open(&notes).unwrap().write_all(b"{\"path\":\"x").unwrap();
        let other = dir.path().join("b.png");
        std::fs::write(&other, "22").unwrap();
        open(&hashed).note(&other, vec![probe(9)]);
        let again = open(&hashed);
        assert_eq!(again.find(&file), Some(vec![probe(7), probe(8)]));
        assert_eq!(again.find(&other), Some(vec![probe(9)]));
        assert_eq!(patient_key(&notes), Some(key));
        std::fs::write(&file, "longer").unwrap();
        assert_eq!(again.find(&file), None);
        // With other patients' names all is looked at anew.
        assert_eq!(open(&Patients::Kept).find(&other), None);
    }
}
