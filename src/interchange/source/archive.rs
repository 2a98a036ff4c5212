//! Zip archives (PKWARE APPNOTE 6.3) as sources: unpacked into a folder of ours, which is then read as any other. What
//! an archive says of itself is not believed: paths, sizes and counts are checked while unpacking.

use crate::imaging::is_image_name;
use crate::interchange::model::error::{FolderError, ReadError};
use crate::interchange::model::options::Progress;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use zip::ZipArchive;
use zip::read::{ZipFile, read_zipfile_from_stream};
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

/// Unpacks pictures and label files below a folder, which must exist, and says what was left out and why. Of an archive
/// that is cut short, what lies before the cut is unpacked. What was unpacked is on disk when it returns.
///
/// # Errors
/// When the archive as a whole cannot be read or is made to do harm, when the disk has no room for it, and on cancelling:
/// `progress` hears the entries done and their number, and answers whether to go on. The folder is the caller's to remove
/// then.
pub fn unpack(
    archive: &Path,
    to: &Path,
    limits: Limits,
    progress: Progress,
) -> Result<Vec<(String, String)>, ReadError> {
    let failed = |why: String| ReadError::File { path: archive.to_owned(), why };
    let open = || File::open(archive).map(BufReader::new).map_err(|e| failed(format!("cannot be opened ({e})")));
    let others = BTreeMap::new();
    let mut unpacking = Unpacking { to, limits, left: limits.bytes, written: Vec::new(), left_out: Vec::new(), others };
    let unpacked = match ZipArchive::new(open()?) {
        Ok(zip) => whole(&mut unpacking, zip, progress),
        Err(error) => cut(&mut unpacking, open()?, &words(&error), progress),
    };
    unpacked.map_err(|stop| match stop {
        Stop::Entry(name, why) => failed(format!("{name} {why}")),
        Stop::Archive(why) => failed(why),
        Stop::Harm(what) => {
            failed(format!("{what}: it is damaged or made to do harm, unpack it yourself if you trust it"))
        }
        Stop::Disk(error) => full(to, &error),
        Stop::Cancelled => FolderError::Cancelled.into(),
    })?;
    // Together at the end: most of it has reached the disk by then.
    for path in &unpacking.written {
        File::open(path).and_then(|file| file.sync_all()).map_err(|error| full(path, &error))?;
    }
    let others = unpacking.others.into_iter();
    let others =
        others.map(|(kind, n)| (format!("{n} {kind}"), "in the archive, but neither pictures nor labels".into()));
    unpacking.left_out.extend(others);
    Ok(unpacking.left_out)
}

fn full(path: &Path, error: &io::Error) -> ReadError {
    let why = format!("cannot be written ({error}): make room or choose another place");
    ReadError::File { path: path.to_owned(), why }
}

/// Unpacks an archive by the table of contents at its end.
fn whole(unpacking: &mut Unpacking, mut zip: ZipArchive<BufReader<File>>, progress: Progress) -> Result<(), Stop> {
    let (entries, limits) = (zip.len(), unpacking.limits);
    if entries > limits.entries {
        return Err(Stop::Harm(format!("has {entries} entries, more than the {} that are unpacked", limits.entries)));
    }
    if zip.has_overlapping_entries().unwrap_or(true) {
        return Err(Stop::Harm("has entries that lie over each other".into()));
    }
    // What cannot be asked for is found out by writing.
    if let Ok(free) = fs4::available_space(unpacking.to) {
        room(stated_bytes(&mut zip, limits), free)?;
    }
    for index in 0..entries {
        if !progress(index + 1, entries) {
            return Err(Stop::Cancelled);
        }
        let unpacked = unpacking.entry(&mut zip, index);
        unpacking.take(unpacked)?;
    }
    Ok(())
}

/// The bytes that the entries say they unpack to, those left aside that are refused for their size.
fn stated_bytes(zip: &mut ZipArchive<BufReader<File>>, limits: Limits) -> u64 {
    let mut bytes = 0u64;
    for index in 0..zip.len() {
        let Ok(entry) = zip.by_index_raw(index) else { continue };
        let size = entry.size();
        let bomb = size > SMALL && size > entry.compressed_size().saturating_mul(limits.ratio);
        if size <= limits.file_bytes && !bomb && is_wanted(&entry_name(&entry)) {
            bytes = bytes.saturating_add(size);
        }
    }
    bytes
}

/// Refuses to begin what the disk has no room for.
pub(super) fn room(needed: u64, free: u64) -> Result<(), Stop> {
    if needed <= free {
        return Ok(());
    }
    Err(Stop::Archive(format!(
        "unpacks to {} MB, and {} MB are free where its images are to lie: make room or choose another place",
        needed.div_ceil(1 << 20),
        free >> 20
    )))
}

/// Unpacks what can be read of an archive without the table of contents, which is at the end: one entry after the other,
/// up to where it breaks off.
fn cut(unpacking: &mut Unpacking, mut from: BufReader<File>, why: &str, progress: Progress) -> Result<(), Stop> {
    let mut ended = None;
    for done in 1..=unpacking.limits.entries {
        if !progress(done, done + 1) {
            return Err(Stop::Cancelled);
        }
        match read_zipfile_from_stream(&mut from) {
            Ok(Some(mut entry)) => {
                let unpacked = unpacking.content(&mut entry);
                unpacking.take(unpacked)?;
            }
            Ok(None) => break,
            Err(error) => {
                ended = Some(words(&error));
                break;
            }
        }
    }
    if unpacking.written.is_empty() {
        return Err(Stop::Archive(format!("is no whole zip archive ({why}): copy it again from where it came from")));
    }
    let at = ended.map_or_else(String::new, |at| format!("; reading ended there: {at}"));
    let taken = unpacking.written.len();
    unpacking.left_out.push((
        "the archive's end".to_owned(),
        format!("it is cut short or damaged ({why}{at}): {taken} files before it are taken. Copy the archive again to have the rest"),
    ));
    Ok(())
}

/// Why an entry, or the whole archive, was not unpacked.
pub(super) enum Stop {
    /// It is left out, and the rest goes on.
    Entry(String, String),
    /// The archive cannot be unpacked, with the reason.
    Archive(String),
    /// The archive is not to be trusted, with what shows it.
    Harm(String),
    Disk(io::Error),
    Cancelled,
}

struct Unpacking<'a> {
    to: &'a Path,
    limits: Limits,
    /// Bytes that may still be written.
    left: u64,
    written: Vec<PathBuf>,
    left_out: Vec<(String, String)>,
    /// Files of other kinds by extension.
    others: BTreeMap<String, usize>,
}

impl Unpacking<'_> {
    /// Notes what became of an entry; what concerns more than the entry ends the work.
    fn take(&mut self, unpacked: Result<Option<PathBuf>, Stop>) -> Result<(), Stop> {
        match unpacked {
            Ok(path) => self.written.extend(path),
            Err(Stop::Entry(name, why)) => self.left_out.push((name, why)),
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// Unpacks an entry of the table of contents; where it was written to.
    fn entry(&mut self, zip: &mut ZipArchive<BufReader<File>>, index: usize) -> Result<Option<PathBuf>, Stop> {
        let unreadable =
            |name: &str, e: &ZipError| Stop::Entry(name.to_owned(), format!("cannot be unpacked: {}", words(e)));
        let raw = zip.by_index_raw(index).map_err(|e| unreadable(&format!("entry {}", index + 1), &e))?;
        let name = entry_name(&raw);
        // Encrypted ones cannot be opened below; they are told here.
        if self.place(&raw, &name)?.is_none() {
            return Ok(None);
        }
        drop(raw);
        let mut entry = zip.by_index(index).map_err(|e| unreadable(&name, &e))?;
        self.content(&mut entry)
    }

    /// Unpacks an entry that can be read; where it was written to, `None` for what is neither a picture nor labels.
    fn content(&mut self, entry: &mut ZipFile<'_, impl Read>) -> Result<Option<PathBuf>, Stop> {
        let (name, packed) = (entry_name(entry), entry.compressed_size());
        let Some(inside) = self.place(entry, &name)? else { return Ok(None) };
        if !is_wanted(&name) {
            *self.others.entry(format!(".{}", extension(&inside))).or_default() += 1;
            return Ok(None);
        }
        let path = self.to.join(&inside);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| not_made(&name, e))?;
        }
        let mut out = OpenOptions::new().write(true).create_new(true).open(&path).map_err(|e| not_made(&name, e))?;
        let copied = self.copy(entry, &mut out, packed, &name);
        if copied.is_err() {
            // What is left out is not left lying about; the folder is ours.
            let _ = std::fs::remove_file(&path);
        }
        copied.map(|()| Some(path))
    }

    /// The path below the folder that an entry is to have; `None` for folders and what systems add, and an error for what
    /// is not unpacked at all.
    fn place(&self, entry: &ZipFile<'_, impl Read>, name: &str) -> Result<Option<String>, Stop> {
        let left_out = |why: &str| Err(Stop::Entry(name.to_owned(), why.to_owned()));
        if entry.is_dir() || is_clutter(name) {
            return Ok(None);
        }
        if entry.is_symlink() {
            return left_out("a link: links in archives are not followed");
        }
        let Some(inside) = inside(name) else {
            return left_out("its path leads out of the archive: such files are not unpacked");
        };
        if entry.encrypted() {
            return left_out("it is encrypted: unpack the archive with its password and import the folder");
        }
        if ARCHIVES.contains(&extension(&inside).as_str()) {
            return left_out("an archive within the archive: unpack it first if it belongs to the images");
        }
        Ok(Some(inside))
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
            let most = self.limits.bytes >> 20;
            let more = || Stop::Harm(format!("unpacks to more than {most} MB"));
            self.left = self.left.checked_sub(read as u64).ok_or_else(more)?;
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

fn entry_name(entry: &ZipFile<'_, impl Read>) -> String {
    match std::str::from_utf8(entry.name_raw()) {
        // macOS writes UTF-8 without saying so.
        Ok(name) => name.to_owned(),
        Err(_) => entry.name().map_or_else(|_| "an entry without a name".to_owned(), std::borrow::Cow::into_owned),
    }
}

/// Whether a file is a picture or may hold labels.
fn is_wanted(name: &str) -> bool {
    let extension = extension(name);
    // DICOM files often have no extension, or a number for one.
    let nameless = extension.bytes().all(|b| b.is_ascii_digit());
    is_image_name(Path::new(name)) || LABELS.contains(&extension.as_str()) || nameless
}

/// What systems put into archives besides what people put there.
fn is_clutter(name: &str) -> bool {
    let mut parts = name.split(['/', '\\']);
    parts.any(|part| part == "__MACOSX" || (part.starts_with('.') && part != "." && part != ".."))
}

fn extension(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
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
