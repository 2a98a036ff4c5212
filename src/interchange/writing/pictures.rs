//! Putting pictures into an export: copied, linked, or not at all. Sources are only read.

use super::names;
use super::{ExportError, Progress, make};
use crate::domain::ImageFile;
use crate::imaging;
use crate::imaging::write::write_png_picture;
use crate::interchange::model::reading::ReadImage;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// What becomes of the pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pictures {
    #[default]
    Copy,
    /// Links to where they lie; copies where the system has none.
    Link,
    /// Only labels are written.
    Leave,
    /// They were made for this export and are moved to their place.
    Move,
}

/// Puts one picture after the other where a format wants it.
pub struct Placing<'a> {
    pub pictures: Pictures,
    total: usize,
    done: usize,
    /// Several frames of one file are placed once.
    placed: HashSet<PathBuf>,
    progress: Progress<'a>,
}

impl<'a> Placing<'a> {
    pub fn new(pictures: Pictures, total: usize, progress: Progress<'a>) -> Self {
        Self { pictures, total, done: 0, placed: HashSet::new(), progress }
    }

    /// Puts an image's picture into a folder for a format that cannot name a frame: one of several in a file becomes a
    /// PNG of its own. `name` is what it is called, with its folders.
    pub fn put_alone(&mut self, image: &ReadImage, folder: &Path, name: &str) -> Result<(), ExportError> {
        if names::file_of(name) == name {
            return self.put(&image.path, &folder.join(name));
        }
        self.step()?;
        if self.pictures == Pictures::Leave {
            return Ok(());
        }
        let to = folder.join(format!("{}.png", names::stem(name)));
        let of_frame = ImageFile { path: image.path.clone(), frame: image.frame };
        let picture = imaging::read(&of_frame).map_err(|why| ExportError::Refused(why.to_string()))?;
        if let Some(folder) = to.parent() {
            make(folder)?;
        }
        write_png_picture(&to, &picture).map_err(|why| ExportError::Io { path: to, why })
    }

    fn step(&mut self) -> Result<(), ExportError> {
        if !(self.progress)(self.done, self.total) {
            return Err(ExportError::Cancelled);
        }
        self.done += 1;
        Ok(())
    }

    /// Copies, links or moves a picture.
    pub fn put(&mut self, from: &Path, to: &Path) -> Result<(), ExportError> {
        self.step()?;
        if self.pictures == Pictures::Leave || !self.placed.insert(to.to_owned()) {
            return Ok(());
        }
        if let Some(folder) = to.parent() {
            make(folder)?;
        }
        let unwritten = |why| ExportError::Io { path: to.to_owned(), why };
        match self.pictures {
            Pictures::Move => return std::fs::rename(from, to).map_err(unwritten),
            Pictures::Link if link(from, to).is_ok() => return Ok(()),
            _ => {}
        }
        let mut source =
            std::fs::File::open(from).map_err(|why| ExportError::Picture { path: from.to_owned(), why })?;
        let mut target = std::fs::File::create_new(to).map_err(unwritten)?;
        std::io::copy(&mut source, &mut target).map(|_| ()).map_err(unwritten)
    }
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    // A link to nothing would be an export without the picture.
    std::os::unix::fs::symlink(from.canonicalize()?, to)
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::hard_link(from, to)
}
