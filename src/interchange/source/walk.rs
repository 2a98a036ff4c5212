//! The files below a folder: pictures by name, and what else there is.

use crate::imaging::is_picture_file;
use crate::interchange::model::error::FolderError;
use crate::interchange::model::names::natural_order;
use crate::interchange::source::dicom_directory;
use globset::{GlobBuilder, GlobMatcher};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::Arc;
use walkdir::{DirEntry, WalkDir};

/// A file below the folder. There may be a hundred thousand of them, so each keeps no more than it must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    place: Place,
    /// The path below the folder, with `/`.
    pub name: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Below this folder, as its name says.
    Below(Arc<Path>),
    /// The name does not say it: it is no Unicode, or the file lies elsewhere.
    At(Box<Path>),
}

impl File {
    /// A file that lies anywhere.
    pub fn at(path: &Path, name: &str) -> Self {
        Self { place: Place::At(path.into()), name: name.into() }
    }

    fn below(folder: &Arc<Path>, path: &Path, name: String) -> Self {
        // Most are, and need no path to be put together.
        let plain = |path: &str| {
            let rest = path.strip_prefix(folder.to_str()?)?.strip_prefix(MAIN_SEPARATOR)?;
            Some(MAIN_SEPARATOR == '/' && rest == name)
        };
        let as_named =
            path.to_str().and_then(plain) == Some(true) || joined(folder, &name).as_os_str() == path.as_os_str();
        let place = if as_named { Place::Below(folder.clone()) } else { Place::At(path.into()) };
        Self { place, name: name.into() }
    }

    /// Where it lies.
    pub fn path(&self) -> Cow<'_, Path> {
        match &self.place {
            Place::Below(folder) => joined(folder, &self.name).into(),
            Place::At(path) => Cow::Borrowed(path),
        }
    }

    /// What follows the last dot of its name, where something goes before it.
    pub fn extension(&self) -> Option<&str> {
        Path::new(&*self.name).extension()?.to_str()
    }
}

/// What lies below a folder.
pub struct Walk {
    /// In natural order of their names.
    pub files: Vec<File>,
    /// What was left out and why.
    pub left_out: Vec<(String, String)>,
    /// Files of other names, in the order of the walk.
    pub other_files: Vec<File>,
}

/// ", only other files (3 .csv, 1 .txt)" where there are other files, else empty.
pub fn others(files: &[File]) -> String {
    match kinds(files) {
        None => String::new(),
        Some(kinds) => format!(", only other files ({kinds})"),
    }
}

/// That files are not named as pictures, where there are any.
pub fn not_pictures(files: &[File]) -> Option<(String, String)> {
    Some((files_text(files.len()), format!("not named as pictures ({})", kinds(files)?)))
}

/// "3 .csv, 1 .txt"; `None` without files.
fn kinds(files: &[File]) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for file in files {
        let extension = file.extension().map(|e| format!(".{}", e.to_lowercase()));
        *counts.entry(extension.unwrap_or_else(|| "without extension".into())).or_default() += 1;
    }
    let kinds: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    (!kinds.is_empty()).then(|| kinds.join(", "))
}

/// The path of a name with `/`, as this system writes it.
fn joined(folder: &Path, name: &str) -> PathBuf {
    let mut path = folder.to_owned();
    path.extend(name.split('/'));
    path
}

struct Exclude {
    pattern: String,
    matcher: GlobMatcher,
}

/// Walks through the folder; links are followed, and one that leads back up is left out.
pub fn walk(folder: &Path, exclude: &[String]) -> Result<Walk, FolderError> {
    let unreadable = |why| FolderError::Unreadable { folder: folder.to_owned(), why };
    if !std::fs::metadata(folder).map_err(unreadable)?.is_dir() {
        return Err(FolderError::NotAFolder(folder.to_owned()));
    }
    std::fs::read_dir(folder).map_err(unreadable)?;
    let exclude = compile(exclude)?;
    let root: Arc<Path> = folder.into();
    let (mut files, mut other_files, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    let mut excluded: BTreeMap<&str, usize> = BTreeMap::new();
    // Of one folder's entries the whole paths order as the names do, and need not be taken apart.
    let by_name = |a: &DirEntry, b: &DirEntry| a.path().as_os_str().cmp(b.path().as_os_str());
    let mut entries = WalkDir::new(folder).min_depth(1).follow_links(true).sort_by(by_name).into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let name = error.path().map_or_else(String::new, |path| below(folder, path));
                left_out.push((name, why_not(&error)));
                continue;
            }
        };
        let is_dir = entry.file_type().is_dir();
        if is_clutter(&entry) {
            if is_dir {
                entries.skip_current_dir();
            }
            continue;
        }
        let name = below(folder, entry.path());
        if let Some(hit) = exclude.iter().find(|e| e.matches(&name)) {
            if is_dir {
                entries.skip_current_dir();
                left_out.push((format!("{name}/"), format!("left out by the pattern {:?}", hit.pattern)));
            } else {
                *excluded.entry(hit.pattern.as_str()).or_default() += 1;
            }
        } else if entry.file_type().is_file() {
            let list = if is_picture_file(entry.path()) { &mut files } else { &mut other_files };
            list.push(File::below(&root, entry.path(), name));
        }
    }
    dicom_directory::resolve(&mut files, &mut left_out);
    files.sort_by(|a: &File, b: &File| natural_order(&a.name, &b.name));
    for (pattern, count) in excluded {
        left_out.push((files_text(count), format!("left out by the pattern {pattern:?}")));
    }
    Ok(Walk { files, left_out, other_files })
}

fn compile(patterns: &[String]) -> Result<Vec<Exclude>, FolderError> {
    let compiled = patterns.iter().map(|pattern| {
        let trimmed = pattern.trim_end_matches('/');
        let glob = GlobBuilder::new(trimmed).literal_separator(true).build();
        match glob {
            Ok(glob) => Ok(Exclude { pattern: pattern.clone(), matcher: glob.compile_matcher() }),
            Err(why) => Err(FolderError::Pattern { pattern: pattern.clone(), why: why.kind().to_string() }),
        }
    });
    compiled.collect()
}

impl Exclude {
    fn matches(&self, name: &str) -> bool {
        let last = name.rsplit('/').next().unwrap_or(name);
        self.matcher.is_match(name)
            || (!self.pattern.trim_end_matches('/').contains('/') && self.matcher.is_match(last))
    }
}

/// What systems and this program leave lying about, and what is hidden: not worth a word.
fn is_clutter(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    name.starts_with('.')
        || ["__MACOSX", "Thumbs.db", "desktop.ini"].contains(&name.as_ref())
        || (entry.file_type().is_dir() && name.ends_with(".overread"))
}

fn below(folder: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(folder).unwrap_or(path);
    if let (Some(name), '/') = (relative.to_str(), MAIN_SEPARATOR) {
        return name.to_owned();
    }
    relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn why_not(error: &walkdir::Error) -> String {
    match error.io_error() {
        None => "a link that leads back to a folder above it".into(),
        Some(why) => format!("cannot be opened ({why})"),
    }
}

fn files_text(count: usize) -> String {
    if count == 1 { "1 file".into() } else { format!("{count} files") }
}
