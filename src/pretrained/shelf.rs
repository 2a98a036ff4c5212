//! The folder in which downloaded weights are kept.

use super::catalogue::{Pretrained, catalogue};
use super::download::{Going, Progress, Source, fetch, part_of};
use super::error::DownloadError;
use std::path::{Path, PathBuf};

/// Weights that can be downloaded and the folder they are kept in. Nothing is downloaded but by [`Shelf::download`].
#[derive(Clone, Debug)]
pub struct Shelf {
    dir: PathBuf,
    entries: &'static [Pretrained],
}

/// What there is of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nothing.
    Nothing,
    /// The beginning: so many bytes of a download that was broken off.
    Part(u64),
    /// All of it, here.
    Whole(PathBuf),
}

impl Shelf {
    /// The folder `weights` in a user's data folder; it need not exist yet.
    pub fn in_dir(data: &Path) -> Self {
        Self::with(data, catalogue())
    }

    /// The same with other weights to be had.
    pub fn with(data: &Path, entries: &'static [Pretrained]) -> Self {
        Self { dir: data.join("weights"), entries }
    }

    /// All that can be had.
    pub fn entries(&self) -> &'static [Pretrained] {
        self.entries
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The weights a person means by this name.
    ///
    /// # Errors
    /// With the names there are.
    pub fn find(&self, name: &str) -> Result<&'static Pretrained, DownloadError> {
        self.entries.iter().find(|entry| entry.is_called(name)).ok_or_else(|| DownloadError::Unknown {
            what: name.to_owned(),
            known: self.entries.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", "),
        })
    }

    /// Where a file is or would be.
    pub fn place(&self, entry: &Pretrained) -> PathBuf {
        self.dir.join(entry.file_name())
    }

    /// What there is of a file.
    pub fn kept(&self, entry: &Pretrained) -> Kept {
        let place = self.place(entry);
        if place.is_file() {
            return Kept::Whole(place);
        }
        match std::fs::metadata(part_of(&place)) {
            Ok(part) if part.len() > 0 => Kept::Part(part.len()),
            _ => Kept::Nothing,
        }
    }

    /// Fetches a file unless it is there, and gives its place. `listen` is told how far it is and says whether to go on.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn download(
        &self,
        entry: &Pretrained,
        listen: &mut dyn FnMut(Progress) -> Going,
    ) -> Result<PathBuf, DownloadError> {
        let place = self.place(entry);
        let source = Source { url: entry.url, sha256_prefix: entry.sha256_prefix, bytes: entry.bytes() };
        fetch(&source, &place, listen)?;
        Ok(place)
    }
}
