//! The files of a source: pictures, the rest, and the limits of what is read of them.

use super::text::{HEAD, head_of};
use super::walk::{self, File, Walk};
use crate::interchange::model::draft::{Draft, Drafts};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::options::Options;
use crate::interchange::model::spill::Spilled;
use std::path::{Path, PathBuf};

/// Annotation files beyond this size, in bytes, are refused unread.
pub const LARGEST: u64 = 512 << 20;
/// Files that hold one image's annotations are smaller.
pub const LARGEST_OF_ONE: u64 = 16 << 20;
/// Files of one image's annotations that are read together.
pub const TOGETHER: usize = 512;
/// Of so many files of each kind the beginning is looked at to tell a format.
const LOOKED_INTO: usize = 1000;
/// A beginning of fewer bytes is all there is; what was in UTF-16 is half as long.
const WHOLE: usize = HEAD / 2 - 2;
/// Endings of files that may hold annotations.
const TEXTS: [&str; 9] = ["json", "xml", "csv", "tsv", "txt", "yaml", "yml", "names", "data"];
/// Endings of tables and lists that other programs write and nothing here reads.
pub const OF_OTHERS: [&str; 8] = ["xlsx", "xls", "ods", "numbers", "jsonl", "ndjson", "manifest", "parquet"];

/// A source's files.
pub struct Source {
    /// The folder, or the one file, as it was given.
    pub path: PathBuf,
    /// It is one file of annotations, whose pictures lie below its folder.
    pub is_file: bool,
    /// The pictures lie elsewhere, as a person said.
    pub apart: bool,
    /// In natural order of their names.
    pub pictures: Vec<File>,
    /// Files that are no pictures.
    pub others: Vec<File>,
    /// What was left out on the way, and why.
    pub left_out: Vec<(String, String)>,
    /// The folder for what is put by; see [`Options::scratch`].
    pub scratch: Option<PathBuf>,
}

/// A file that is no picture, and its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Its path below the source, with `/`.
    pub name: String,
    /// The first [`super::text::HEAD`] bytes as text, as far as they are text.
    pub head: String,
}

impl Other {
    /// Whether its name has this ending, in any case.
    pub fn is(&self, extension: &str) -> bool {
        self.name.rsplit_once('.').is_some_and(|(_, own)| own.eq_ignore_ascii_case(extension))
    }

    /// Its whole lines: the last may be cut where the file is longer than what was read. `None` where not one is whole.
    pub fn whole_lines(&self) -> Option<&str> {
        if self.head.len() < WHOLE { Some(&self.head) } else { Some(self.head.rsplit_once('\n')?.0) }
    }
}

impl Source {
    /// Lists what lies below a folder, or below the folder of a file.
    ///
    /// # Errors
    /// [`ReadError`] when the folder or a pattern cannot be used.
    pub fn of(source: &Path, options: &Options) -> Result<Self, ReadError> {
        let is_file = source.is_file();
        let folder = if is_file { source.parent().unwrap_or(Path::new(".")) } else { source };
        let around = |folder| walk::walk(folder, &options.exclude);
        let Walk { files: pictures, mut other_files, left_out } = match &options.images {
            None => around(folder)?,
            // Whatever else lies beside the one file says nothing.
            Some(images) if is_file => Walk { other_files: Vec::new(), ..around(images)? },
            Some(images) => {
                let (beside, apart) = (around(folder)?, around(images)?);
                let left_out = beside.left_out.into_iter().chain(apart.left_out).collect();
                Walk { files: apart.files, other_files: beside.other_files, left_out }
            }
        };
        if is_file {
            other_files.retain(|file| file.path() == source);
            if other_files.is_empty() {
                let name = source.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                other_files.push(File::at(source, &name));
            }
        }
        Ok(Self {
            path: source.to_owned(),
            is_file,
            apart: options.images.is_some(),
            pictures,
            others: other_files,
            left_out,
            scratch: options.scratch.clone(),
        })
    }

    /// An empty draft whose images are put by where this source's are.
    pub fn draft(&self) -> Drafts {
        Draft { images: Spilled::within(self.scratch.as_deref()), ..Draft::default() }
    }

    /// The other files with this ending, in any case.
    pub fn with_extension<'a>(&'a self, extension: &'a str) -> impl Iterator<Item = &'a File> {
        with_extension(&self.others, extension)
    }

    /// The beginnings of the files that may hold annotations.
    pub fn heads(&self) -> Vec<Other> {
        let of_texts = TEXTS
            .iter()
            .flat_map(|extension| self.with_extension(extension).take(LOOKED_INTO))
            .map(|file| Other { name: file.name.to_string(), head: head_of(&file.path()) });
        // Only that they are there is of interest.
        let of_others = OF_OTHERS
            .iter()
            .flat_map(|extension| self.with_extension(extension).take(LOOKED_INTO))
            .map(|file| Other { name: file.name.to_string(), head: String::new() });
        of_texts.chain(of_others).collect()
    }

    /// That no file of the wanted kind is there, with the first of them that could not be read.
    pub fn none_of(&self, what: &str, draft: &Drafts) -> ReadError {
        let own = |name: &str| self.others.iter().any(|file| *file.name == *name);
        let first = draft.left_out.iter().find(|(file, _)| own(file));
        let first = first.map_or_else(String::new, |(file, why)| format!(" ({file} {why})"));
        ReadError::Refused(format!("{} holds no {what}{first}: choose another folder or format", self.path.display()))
    }
}

/// The files with this ending, in any case.
pub fn with_extension<'a>(files: &'a [File], extension: &'a str) -> impl Iterator<Item = &'a File> {
    files.iter().filter(move |file| file.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension)))
}
