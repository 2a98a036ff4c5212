//! Thumbnails on disk, and the one way this floor writes files. Everything below `cache/` may be deleted at any time.

use super::error::{IoContext, StoreError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Encoded thumbnails by the content of their image (its hash, and its frame in a file of several), one file each below `cache/thumbnails/`. Cheap to clone and
/// needs no store, so that worker threads can read and fill it.
#[derive(Clone, Debug)]
pub struct Thumbnails {
    dir: PathBuf,
}

impl Thumbnails {
    /// The cache below a folder that need not exist yet.
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The bytes put earlier under this content and kind (such as the side in pixels), where they are still there.
    pub fn get(&self, content: &str, kind: &str) -> Option<Vec<u8>> {
        std::fs::read(self.file(content, kind)?).ok().filter(|bytes| !bytes.is_empty())
    }

    /// Keeps bytes under a content and kind. A reader never sees half of them.
    pub fn put(&self, content: &str, kind: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let Some(file) = self.file(content, kind) else {
            return Err(StoreError::Refused("a thumbnail's name must be letters and digits".into()));
        };
        let parent = file.parent().unwrap_or(&self.dir);
        std::fs::create_dir_all(parent).on(parent)?;
        let mut temporary = tempfile::NamedTempFile::new_in(parent).on(parent)?;
        // Not synced: a thumbnail that a power cut takes is made again, and a short one does not decode.
        temporary.write_all(bytes).on(&file)?;
        temporary.persist(&file).map_err(|e| e.error).on(&file)?;
        Ok(())
    }

    /// Removes all of them.
    pub fn clear(&self) -> Result<(), StoreError> {
        match std::fs::remove_dir_all(&self.dir) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e).on(&self.dir),
            _ => Ok(()),
        }
    }

    fn file(&self, content: &str, kind: &str) -> Option<PathBuf> {
        let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric());
        let folder = content.get(..2)?;
        (plain(content) && plain(kind)).then(|| self.dir.join(folder).join(format!("{content}-{kind}")))
    }
}

/// Writes a file so that after a crash there is the old one or the new one: temporary name, sync, rename, and the
/// folder synced where the system can.
pub(super) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(parent).on(parent)?;
    temporary.write_all(bytes).on(path)?;
    finish(temporary, path)
}

/// Syncs a temporary file and gives it its name.
pub(super) fn finish(temporary: tempfile::NamedTempFile, path: &Path) -> Result<(), StoreError> {
    temporary.as_file().sync_all().on(path)?;
    temporary.persist(path).map_err(|e| e.error).on(path)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")));
    Ok(())
}

/// Makes a rename in the folder durable, where the system can open folders.
pub(super) fn sync_folder(dir: &Path) {
    if let Ok(folder) = std::fs::File::open(dir)
        && let Err(e) = folder.sync_all()
    {
        tracing::debug!("a folder could not be synced: {e}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbnails_come_back_and_may_vanish() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Thumbnails::at(dir.path().join("thumbnails"));
        assert_eq!(cache.get("abcdef", "96"), None);
        cache.put("abcdef", "96", b"picture").unwrap();
        assert_eq!(cache.get("abcdef", "96").as_deref(), Some(b"picture".as_slice()));
        assert_eq!(cache.get("abcdef", "48"), None);
        cache.clear().unwrap();
        cache.clear().unwrap();
        assert_eq!(cache.get("abcdef", "96"), None);
        assert!(cache.put("../../etc", "96", b"x").is_err());
    }
}
