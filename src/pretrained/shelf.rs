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
pub enum Downloaded {
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
    pub fn kept(&self, entry: &Pretrained) -> Downloaded {
        let place = self.place(entry);
        if place.is_file() {
            return Downloaded::Whole(place);
        }
        match std::fs::metadata(part_of(&place)) {
            Ok(part) if part.len() > 0 => Downloaded::Part(part.len()),
            _ => Downloaded::Nothing,
        }
    }

    /// The file a person means: a path, or the name of weights that were downloaded. Never downloads.
    ///
    /// # Errors
    /// When there is no such file, or it would have to be downloaded first.
    pub fn resolve(&self, word: &str) -> Result<PathBuf, DownloadError> {
        let path = Path::new(word);
        if path.is_file() {
            return Ok(path.to_owned());
        }
        let ending = path
            .extension()
            .is_some_and(|e| ["pth", "pt", "safetensors"].iter().any(|known| e.eq_ignore_ascii_case(known)));
        if ending || path.components().count() > 1 {
            return Err(DownloadError::NoFile { path: path.to_owned() });
        }
        let entry = self.find(word)?;
        match self.kept(entry) {
            Downloaded::Whole(file) => Ok(file),
            _ => Err(DownloadError::NotYet { name: entry.name, size: entry.size(), url: entry.url }),
        }
    }

    /// The same, to start the training of a network from.
    ///
    /// # Errors
    /// As [`Shelf::resolve`], and when a name is of weights for another network.
    pub fn start_for(&self, word: &str, architecture: &str) -> Result<PathBuf, DownloadError> {
        if let Ok(entry) = self.find(word)
            && !Path::new(word).is_file()
            && !entry.is_for(architecture)
        {
            let fitting = self.entries.iter().filter(|e| e.is_for(architecture)).map(|e| e.name);
            let fitting: Vec<_> = fitting.collect();
            return Err(DownloadError::OtherNetwork {
                name: entry.name,
                made_for: entry.architecture,
                wanted: architecture.to_owned(),
                remedy: match fitting.is_empty() {
                    true => "there are none for that network: leave --weights out or choose another recipe".to_owned(),
                    false => format!("take {}", fitting.join(" or ")),
                },
            });
        }
        self.resolve(word)
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
