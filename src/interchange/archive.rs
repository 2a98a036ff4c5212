//! Zip archives (PKWARE APPNOTE 6.3) as sources: unpacked into a folder of ours, which is then read as any other. What
//! an archive says of itself is not believed: paths, sizes and counts are checked while unpacking.

use super::folders::FolderError;
use super::read::Progress;
use super::reading::ReadError;
use crate::imaging::is_image_name;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use zip::ZipArchive;
use zip::result::ZipError;

/// What is unpacked at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub entries: usize,
    /// Bytes of all files together.
    pub bytes: u64,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// How many times its packed size a file may have, once it is larger than `SMALL`; pictures do not reach a tenth.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { entries: 1_000_000, bytes: 200 << 30, file_bytes: 1 << 30, ratio: 200 }
    }
}

/// Files of up to this many bytes may be packed as tightly as they like.
const SMALL: u64 = 1 << 20;
/// Files that hold labels; others that are no pictures are not unpacked.
const LABELS: [&str; 8] = ["json", "xml", "csv", "tsv", "txt", "yaml", "yml", "names"];
const ARCHIVES: [&str; 8] = ["zip", "7z", "rar", "tar", "gz", "tgz", "bz2", "xz"];

/// Whether a file begins as a zip archive does, whatever it is called.
pub fn is_archive(path: &Path) -> bool {
    let mut head = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && [&b"PK\x03\x04"[..], b"PK\x05\x06"].contains(&head.as_slice())
}

/// Unpacks pictures and label files below a folder, which must exist, and says what was left out and why. What was
/// unpacked is on disk when it returns.
///
/// # Errors
/// When the archive as a whole cannot be read or is made to do harm, when the disk is full, and on cancelling: `progress`
/// hears the entries done and their number, and answers whether to go on. The folder is the caller's to remove then.
pub fn unpack(
    archive: &Path,
    to: &Path,
    limits: Limits,
    progress: Progress,
) -> Result<Vec<(String, String)>, ReadError> {
    let failed = |why: String| ReadError::File { path: archive.to_owned(), why };
    let file = File::open(archive).map_err(|e| failed(format!("cannot be opened ({e})")))?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|e| {
        failed(format!("is no whole zip archive ({}): copy it again from where it came from", words(&e)))
    })?;
    let refused =
        |what: String| failed(format!("{what}: it is damaged or made to do harm, unpack it yourself if you trust it"));
    if zip.len() > limits.entries {
        return Err(refused(format!("has {} entries, more than the {} that are unpacked", zip.len(), limits.entries)));
    }
    if zip.has_overlapping_entries().unwrap_or(true) {
        return Err(refused("has entries that lie over each other".into()));
    }
    let mut unpacking = Unpacking { to, limits, left: limits.bytes, left_out: Vec::new(), others: BTreeMap::new() };
    let entries = zip.len();
    let mut written = Vec::new();
    for index in 0..entries {
        if !progress(index + 1, entries) {
            return Err(FolderError::Cancelled.into());
        }
        match unpacking.entry(&mut zip, index) {
            Ok(path) => written.extend(path),
            Err(Stop::Entry(name, why)) => unpacking.left_out.push((name, why)),
            Err(Stop::TooMuch) => {
                let most = limits.bytes >> 20;
                return Err(refused(format!("unpacks to more than {most} MB")));
            }
            Err(Stop::Disk(error)) => {
                return Err(ReadError::File {
                    path: to.to_owned(),
                    why: format!("cannot be written to ({error}): make room or choose another place"),
                });
            }
        }
    }
    // Together at the end: most of it has reached the disk by then.
    for path in written {
        File::open(&path).and_then(|file| file.sync_all()).map_err(|error| ReadError::File {
            path,
            why: format!("cannot be written ({error}): make room or choose another place"),
        })?;
    }
    let others = unpacking.others.into_iter();
    let others =
        others.map(|(kind, n)| (format!("{n} {kind}"), "in the archive, but neither pictures nor labels".into()));
    unpacking.left_out.extend(others);
    Ok(unpacking.left_out)
}

/// Why an entry was not unpacked.
enum Stop {
    /// It is left out, and the rest goes on.
    Entry(String, String),
    /// The archive holds more than is unpacked.
    TooMuch,
    Disk(io::Error),
}

struct Unpacking<'a> {
    to: &'a Path,
    limits: Limits,
    /// Bytes that may still be written.
    left: u64,
    left_out: Vec<(String, String)>,
    /// Files of other kinds by extension.
    others: BTreeMap<String, usize>,
}

impl Unpacking<'_> {
    /// Unpacks one entry; where it was written to.
    fn entry(
        &mut self,
        zip: &mut ZipArchive<BufReader<File>>,
        index: usize,
    ) -> Result<Option<std::path::PathBuf>, Stop> {
        let unreadable =
            |name: &str, e: &ZipError| Stop::Entry(name.to_owned(), format!("cannot be unpacked: {}", words(e)));
        let entry = zip.by_index_raw(index).map_err(|e| unreadable(&format!("entry {}", index + 1), &e))?;
        let name = match std::str::from_utf8(entry.name_raw()) {
            // macOS writes UTF-8 without saying so.
            Ok(name) => name.to_owned(),
            Err(_) => entry.name().map_or_else(|_| format!("entry {}", index + 1), std::borrow::Cow::into_owned),
        };
        let left_out = |why: &str| Err(Stop::Entry(name.clone(), why.to_owned()));
        if entry.is_dir() || is_clutter(&name) {
            return Ok(None);
        }
        if entry.is_symlink() {
            return left_out("a link: links in archives are not followed");
        }
        let Some(inside) = inside(&name) else {
            return left_out("its path leads out of the archive: such files are not unpacked");
        };
        if entry.encrypted() {
            return left_out("it is encrypted: unpack the archive with its password and import the folder");
        }
        let (packed, extension) = (entry.compressed_size(), extension(&inside));
        drop(entry);
        if ARCHIVES.contains(&extension.as_str()) {
            return left_out("an archive within the archive: unpack it first if it belongs to the images");
        }
        // DICOM files often have no extension, or a number for one.
        let nameless = extension.bytes().all(|b| b.is_ascii_digit());
        if !is_image_name(Path::new(&inside)) && !LABELS.contains(&extension.as_str()) && !nameless {
            *self.others.entry(format!(".{extension}")).or_default() += 1;
            return Ok(None);
        }
        let path = self.to.join(&inside);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| not_made(&name, e))?;
        }
        let mut content = zip.by_index(index).map_err(|e| unreadable(&name, &e))?;
        let mut out = OpenOptions::new().write(true).create_new(true).open(&path).map_err(|e| not_made(&name, e))?;
        let copied = self.copy(&mut content, &mut out, packed, &name);
        if copied.is_err() {
            // What is left out is not left lying about; the folder is ours.
            let _ = std::fs::remove_file(&path);
        }
        copied.map(|()| Some(path))
    }

    fn copy(&mut self, from: &mut impl Read, to: &mut File, packed: u64, name: &str) -> Result<(), Stop> {
        let mut piece = vec![0u8; 1 << 16];
        let mut size = 0u64;
        loop {
            let read = match from.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(Stop::Entry(name.to_owned(), format!("it is damaged or cut short ({e})"))),
            };
            size += read as u64;
            if size > self.limits.file_bytes {
                let most = self.limits.file_bytes >> 20;
                return Err(Stop::Entry(
                    name.to_owned(),
                    format!("it unpacks to more than the {most} MB that are opened"),
                ));
            }
            if size > SMALL && size > packed.saturating_mul(self.limits.ratio) {
                let why =
                    format!("it unpacks to more than {} times its size: it is made to do harm", self.limits.ratio);
                return Err(Stop::Entry(name.to_owned(), why));
            }
            self.left = self.left.checked_sub(read as u64).ok_or(Stop::TooMuch)?;
            to.write_all(piece.get(..read).unwrap_or_default()).map_err(Stop::Disk)?;
        }
    }
}

/// A file that could not be made: there is one of that name, or the system does not take the name.
fn not_made(name: &str, error: io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Stop::Entry(name.to_owned(), "the archive holds another file of this name".to_owned())
        }
        io::ErrorKind::StorageFull | io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Stop::Disk(error)
        }
        _ => Stop::Entry(name.to_owned(), format!("it cannot be written under its name ({error})")),
    }
}

/// The path below the folder that an entry is unpacked to; `None` where it would lie elsewhere: absolute paths, drives,
/// and `..` in it.
fn inside(name: &str) -> Option<String> {
    let name = name.replace('\\', "/");
    let drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with('/') || drive || name.contains('\0') {
        return None;
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

/// What systems put into archives besides what people put there.
fn is_clutter(name: &str) -> bool {
    let mut parts = name.split(['/', '\\']);
    parts.any(|part| part == "__MACOSX" || (part.starts_with('.') && part != "." && part != ".."))
}

fn extension(name: &str) -> String {
    Path::new(name).extension().map_or_else(String::new, |e| e.to_string_lossy().to_lowercase())
}

/// The crate's words without its own prefix.
fn words(error: &ZipError) -> String {
    match error {
        ZipError::Io(error) => error.to_string(),
        ZipError::InvalidArchive(why) => why.to_string(),
        ZipError::UnsupportedArchive(why) => (*why).to_owned(),
        ZipError::CompressionMethodNotSupported(method) => {
            format!("it is packed by method {method}, and only deflate is read: pack it again as a plain zip")
        }
        other => other.to_string(),
    }
}
