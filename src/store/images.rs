//! The images of a project: where they lie, which are gone, and where they went.

use super::error::{StoreError, damaged, from_json, to_json};
use super::project::Store;
use crate::domain::{ImageFacts, ImageId, ImageRecord, Split};
use crate::imaging;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

/// An image to add; as [`ImageRecord`], whose fields say what they are, before it has an id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewImage {
    pub path: PathBuf,
    pub frame: u32,
    pub name: String,
    pub sha256: String,
    pub width: u32,
    pub height: u32,
    pub group: Option<String>,
    pub split: Split,
    pub source: String,
    pub truncated: bool,
    pub facts: ImageFacts,
}

impl Store {
    /// Adds images in one transaction; their ids, in the order given.
    pub fn add_images(&mut self, images: &[NewImage]) -> Result<Vec<ImageId>, StoreError> {
        let dir = self.dir.clone();
        let tx = self.begin()?;
        let ids = insert(&tx, &dir, images)?;
        tx.commit()?;
        Ok(ids)
    }

    /// Every image, in order of import, with absolute paths.
    pub fn images(&self) -> Result<Vec<ImageRecord>, StoreError> {
        let mut select = self.db.prepare(
            "SELECT id, path, name, sha256, width, height, patient_group, split, source, truncated, frame
             FROM images ORDER BY id",
        )?;
        let mut rows = select.query([])?;
        let mut images = Vec::new();
        while let Some(row) = rows.next()? {
            let id = ImageId(row.get(0)?);
            let path =
                restored(&self.dir, row.get_ref(1)?).ok_or_else(|| damaged(format!("image {id} has no path")))?;
            let split = Split::ALL.get(row.get::<_, u32>(7)? as usize).copied();
            images.push(ImageRecord {
                id,
                path,
                name: row.get(2)?,
                sha256: row.get(3)?,
                width: row.get(4)?,
                height: row.get(5)?,
                group: row.get(6)?,
                split: split.ok_or_else(|| damaged(format!("image {id} has no split")))?,
                source: row.get(8)?,
                truncated: row.get(9)?,
                frame: row.get(10)?,
            });
        }
        Ok(images)
    }

    /// What is known of each image; images that were imported before this was kept are not among them.
    pub fn facts(&self) -> Result<HashMap<ImageId, ImageFacts>, StoreError> {
        let mut select = self.db.prepare("SELECT image, facts FROM image_facts")?;
        let mut rows = select.query([])?;
        let mut facts = HashMap::new();
        while let Some(row) = rows.next()? {
            let text: String = row.get(1)?;
            facts.insert(ImageId(row.get(0)?), from_json(&text, "what is known of an image")?);
        }
        Ok(facts)
    }

    /// How many images have a DICOM header, and how many are of files that store colours.
    pub fn kinds_of_files(&self) -> Result<(usize, usize), StoreError> {
        let counts = "SELECT count(*) FILTER (WHERE json_extract(facts, '$.format') = 'DICOM'),
                             count(*) FILTER (WHERE json_extract(facts, '$.color') = 1) FROM image_facts";
        let (dicom, colour): (i64, i64) = self.db.query_row(counts, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((usize::try_from(dicom).unwrap_or_default(), usize::try_from(colour).unwrap_or_default()))
    }

    /// What is known of one image.
    pub fn facts_of(&self, image: ImageId) -> Result<Option<ImageFacts>, StoreError> {
        let mut select = self.db.prepare_cached("SELECT facts FROM image_facts WHERE image = ?")?;
        let text: Option<String> = select.query_row([image.0], |row| row.get(0)).optional()?;
        text.map(|text| from_json(&text, "what is known of an image")).transpose()
    }

    /// Keeps what was learned of images, in one transaction; what was kept of them before is replaced.
    pub fn set_facts(&mut self, facts: &[(ImageId, ImageFacts)]) -> Result<(), StoreError> {
        let tx = self.begin()?;
        replace_facts(&tx, facts)?;
        tx.commit()?;
        Ok(())
    }

    /// Notes where images lie now, in one transaction.
    pub fn set_paths(&mut self, paths: &[(ImageId, PathBuf)]) -> Result<(), StoreError> {
        let mut shortener = Shortener::new(&self.dir);
        let tx = self.begin()?;
        for (image, path) in paths {
            let stored = shortener.stored(path);
            if tx.execute("UPDATE images SET path = ? WHERE id = ?", params![stored, image.0])? == 0 {
                return Err(StoreError::Unknown(format!("image {image}")));
            }
        }
        tx.commit()?;
        Ok(())
    }

    /// Finds the missing images below a folder by their content and notes where they lie now; how many were found.
    /// Reads whole files: where a thread must not wait, run [`missing`] and [`find_moved`] in a job and hand the result
    /// to [`Store::set_paths`].
    pub fn relink(
        &mut self,
        folder: &Path,
        progress: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<usize, StoreError> {
        self.writable()?;
        let images = self.images()?;
        let gone: HashSet<ImageId> = missing(&images, &mut |_, _| true).into_iter().collect();
        let wanted: Vec<ImageRecord> = images.into_iter().filter(|image| gone.contains(&image.id)).collect();
        let found = find_moved(&wanted, folder, progress);
        self.set_paths(&found)?;
        Ok(found.len())
    }
}

/// Keeps what was learned of images in the place of what was kept before.
pub(super) fn replace_facts(db: &Connection, facts: &[(ImageId, ImageFacts)]) -> Result<(), StoreError> {
    let mut put = db.prepare(
        "INSERT INTO image_facts (image, facts) VALUES (?1, ?2) ON CONFLICT (image) DO UPDATE SET facts = ?2",
    )?;
    for (image, facts) in facts {
        put.execute(params![image.0, to_json(facts)?])?;
    }
    Ok(())
}

/// Puts images in groups.
pub(super) fn set_groups(db: &Connection, groups: &[(ImageId, String)]) -> Result<(), StoreError> {
    let mut put = db.prepare("UPDATE images SET patient_group = ? WHERE id = ?")?;
    for (image, group) in groups {
        put.execute(params![group, image.0])?;
    }
    Ok(())
}

/// Writes images and what is known of them; their ids, in the order given.
fn insert(db: &Connection, dir: &Path, images: &[NewImage]) -> Result<Vec<ImageId>, StoreError> {
    let mut shortener = Shortener::new(dir);
    images.iter().map(|image| insert_one(db, &mut shortener, image)).collect()
}

/// Writes one image and what is known of it.
pub(super) fn insert_one(db: &Connection, shortener: &mut Shortener, image: &NewImage) -> Result<ImageId, StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO images (path, name, sha256, width, height, patient_group, split, source, truncated, frame)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    insert.execute(params![
        shortener.stored(&image.path),
        image.name,
        image.sha256,
        image.width,
        image.height,
        image.group,
        split_number(image.split),
        image.source,
        image.truncated,
        image.frame
    ])?;
    let id = db.last_insert_rowid();
    let mut insert_facts = db.prepare_cached("INSERT INTO image_facts (image, facts) VALUES (?, ?)")?;
    insert_facts.execute(params![id, to_json(&image.facts)?])?;
    Ok(ImageId(id))
}

/// The images whose file is not there. `progress` gets how many were looked at and of how many; `false` ends early.
pub fn missing(images: &[ImageRecord], progress: &mut dyn FnMut(usize, usize) -> bool) -> Vec<ImageId> {
    let mut gone = Vec::new();
    for (index, image) in images.iter().enumerate() {
        if index % 256 == 0 && !progress(index, images.len()) {
            break;
        }
        if !image.path.is_file() {
            gone.push(image.id);
        }
    }
    gone
}

/// Looks below a folder for files with the content of these images; those of the same file name are tried first, so
/// that a folder that only moved is matched without reading anything else. `progress` gets files looked at and how many
/// there are; `false` ends early with what was found so far.
pub fn find_moved(
    images: &[ImageRecord],
    folder: &Path,
    progress: &mut dyn FnMut(usize, usize) -> bool,
) -> Vec<(ImageId, PathBuf)> {
    let mut wanted: HashMap<&str, Vec<&ImageRecord>> = HashMap::new();
    for image in images {
        wanted.entry(image.sha256.as_str()).or_default().push(image);
    }
    let names: HashSet<_> = images.iter().filter_map(|image| image.path.file_name()).collect();
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file() && imaging::is_picture_file(entry.path()))
        .map(walkdir::DirEntry::into_path)
        .collect();
    files.sort_by_key(|file| !file.file_name().is_some_and(|name| names.contains(name)));

    let mut found: Vec<(ImageId, PathBuf)> = Vec::new();
    for (index, file) in files.iter().enumerate() {
        if wanted.is_empty() || !progress(index, files.len()) {
            break;
        }
        let Ok(hash) = crate::files::hash::sha256_file(file) else { continue };
        // Of images with the same content, the one with this file's name; else any.
        if let Some(same) = wanted.get_mut(hash.as_str()) {
            let at = same.iter().position(|image| image.path.file_name() == file.file_name()).unwrap_or(0);
            let image = same.swap_remove(at);
            found.push((image.id, file.clone()));
            if same.is_empty() {
                wanted.remove(hash.as_str());
            }
        }
    }
    // One file can stand for every image of its content.
    let by_id: HashMap<ImageId, &ImageRecord> = images.iter().map(|image| (image.id, image)).collect();
    let places: HashMap<&str, PathBuf> =
        found.iter().filter_map(|(id, path)| Some((by_id.get(id)?.sha256.as_str(), path.clone()))).collect();
    for (hash, rest) in wanted {
        if let Some(path) = places.get(hash) {
            found.extend(rest.iter().map(|image| (image.id, path.clone())));
        }
    }
    found.sort_by_key(|(id, _)| *id);
    found
}

/// Makes paths relative to the project folder when they lie below it or beside it, so that both can move together.
pub(super) struct Shortener {
    dir: PathBuf,
    real_dir: PathBuf,
    /// Folders of images with links followed.
    real: HashMap<PathBuf, PathBuf>,
}

impl Shortener {
    pub(super) fn new(dir: &Path) -> Self {
        let real_dir = dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf());
        Self { dir: dir.to_path_buf(), real_dir, real: HashMap::new() }
    }

    fn stored(&mut self, path: &Path) -> Value {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        if let Some(short) = relative(&self.dir, &path) {
            return value(&short);
        }
        if let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
            let real = self
                .real
                .entry(folder.to_path_buf())
                .or_insert_with_key(|folder| folder.canonicalize().unwrap_or_else(|_| folder.clone()));
            if let Some(short) = relative(&self.real_dir, &real.join(name)) {
                return value(&short);
            }
        }
        value(&path)
    }
}

/// `x/y` below the folder, `../x/y` beside it, `None` elsewhere.
fn relative(dir: &Path, path: &Path) -> Option<PathBuf> {
    if let Ok(below) = path.strip_prefix(dir) {
        return Some(below.to_path_buf());
    }
    // Beside a project in the root of a disk lies the whole disk, which does not move along.
    let parent = dir.parent().filter(|parent| parent.parent().is_some())?;
    path.strip_prefix(parent).ok().map(|beside| Path::new("..").join(beside))
}

fn value(path: &Path) -> Value {
    match path.to_str() {
        Some(text) if path.is_relative() => Value::Text(text.replace(std::path::MAIN_SEPARATOR, "/")),
        Some(text) => Value::Text(text.to_owned()),
        None => not_unicode(path),
    }
}

#[cfg(unix)]
fn not_unicode(path: &Path) -> Value {
    use std::os::unix::ffi::OsStrExt;
    Value::Blob(path.as_os_str().as_bytes().to_vec())
}

#[cfg(not(unix))]
fn not_unicode(path: &Path) -> Value {
    Value::Text(path.to_string_lossy().into_owned())
}

/// The absolute path of a stored one, without `..` where the folder itself can be stepped out of.
fn restored(dir: &Path, stored: ValueRef<'_>) -> Option<PathBuf> {
    let path = match stored {
        ValueRef::Text(text) => PathBuf::from(std::str::from_utf8(text).ok()?),
        #[cfg(unix)]
        ValueRef::Blob(bytes) => {
            use std::os::unix::ffi::OsStrExt;
            PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
        }
        _ => return None,
    };
    if path.is_absolute() {
        return Some(path);
    }
    let mut parts = path.components();
    match (parts.next(), dir.parent()) {
        (Some(Component::ParentDir), Some(parent)) => Some(parent.join(parts.as_path())),
        _ => Some(dir.join(path)),
    }
}

pub(super) fn split_number(split: Split) -> i64 {
    match split {
        Split::Train => 0,
        Split::Validation => 1,
        Split::Test => 2,
    }
}

#[cfg(test)]
#[path = "images_tests.rs"]
mod tests;
