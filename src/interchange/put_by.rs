//! What is known of each image of a large source, put by in a temporary file until it is wanted: headers say much, and
//! there may be a hundred thousand of them.

use super::read::Options;
use crate::domain::ImageFacts;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Of fewer files all is kept in memory.
const LEAST_FILES: usize = 500;
/// Bytes that are written at once.
const AT_ONCE: usize = 64 << 10;

/// What is known of one image, in memory or put by.
#[derive(Clone, Debug)]
pub struct Facts(Place);

#[derive(Clone, Debug)]
enum Place {
    Here(Box<ImageFacts>),
    PutBy { file: Arc<PutBy>, at: u64, bytes: u32 },
}

impl Facts {
    /// What is known.
    ///
    /// # Errors
    /// When it was put by and cannot be read back.
    pub fn get(&self) -> io::Result<Cow<'_, ImageFacts>> {
        match &self.0 {
            Place::Here(facts) => Ok(Cow::Borrowed(facts)),
            Place::PutBy { file, at, bytes } => Ok(Cow::Owned(serde_json::from_slice(&file.read(*at, *bytes)?)?)),
        }
    }
}

impl Facts {
    /// Adds to the attributes; then all of it is where it was.
    ///
    /// # Errors
    /// As [`Self::get`]; then only what is added is known.
    pub fn add_attributes(&mut self, more: BTreeMap<String, String>) -> io::Result<()> {
        if more.is_empty() {
            return Ok(());
        }
        let known = self.get().map(Cow::into_owned);
        let (mut facts, failed) = match known {
            Ok(facts) => (facts, None),
            Err(why) => (ImageFacts::default(), Some(why)),
        };
        facts.attributes.extend(more);
        *self = match &self.0 {
            Place::Here(_) => facts.into(),
            Place::PutBy { file, .. } => file.put(facts),
        };
        failed.map_or(Ok(()), Err)
    }
}

impl From<ImageFacts> for Facts {
    fn from(facts: ImageFacts) -> Self {
        Self(Place::Here(Box::new(facts)))
    }
}

impl Default for Facts {
    fn default() -> Self {
        ImageFacts::default().into()
    }
}

impl PartialEq for Facts {
    fn eq(&self, other: &Self) -> bool {
        matches!((self.get(), other.get()), (Ok(mine), Ok(theirs)) if mine == theirs)
    }
}

/// A temporary file without a name, gone with the program.
#[derive(Debug)]
pub struct PutBy(Mutex<Held>);

#[derive(Debug)]
struct Held {
    file: File,
    /// Bytes of the file.
    end: u64,
    /// What follows them.
    unwritten: Vec<u8>,
}

impl PutBy {
    /// A place for what is known of the images of so many files; `None` for few, and where no file can be made.
    pub fn of(files: usize, options: &Options) -> Option<Arc<Self>> {
        if files < LEAST_FILES {
            return None;
        }
        // Beside the notes: the folder for temporary files is often memory.
        let beside = options.notes.as_deref().and_then(|notes| tempfile::tempfile_in(notes.parent()?).ok());
        let file = beside.map_or_else(tempfile::tempfile, Ok);
        let file = file.inspect_err(|error| tracing::debug!(%error, "all that is known stays in memory")).ok()?;
        Some(Arc::new(Self(Mutex::new(Held { file, end: 0, unwritten: Vec::with_capacity(AT_ONCE) }))))
    }

    /// Puts by what is known of an image; what cannot be written stays in memory.
    pub fn put(self: &Arc<Self>, facts: ImageFacts) -> Facts {
        match self.write(&facts) {
            Ok((at, bytes)) => Facts(Place::PutBy { file: self.clone(), at, bytes }),
            Err(error) => {
                tracing::debug!(%error, "what is known of an image stays in memory");
                facts.into()
            }
        }
    }

    fn write(&self, facts: &ImageFacts) -> io::Result<(u64, u32)> {
        let text = serde_json::to_vec(facts)?;
        let bytes = u32::try_from(text.len()).map_err(io::Error::other)?;
        let held = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.unwritten.len() + text.len() > AT_ONCE {
            held.file.seek(SeekFrom::Start(held.end))?;
            held.file.write_all(&held.unwritten)?;
            held.end += held.unwritten.len() as u64;
            held.unwritten.clear();
        }
        let at = held.end + held.unwritten.len() as u64;
        held.unwritten.extend(text);
        Ok((at, bytes))
    }

    fn read(&self, at: u64, bytes: u32) -> io::Result<Vec<u8>> {
        let held = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = vec![0; bytes as usize];
        match at.checked_sub(held.end) {
            None => {
                held.file.seek(SeekFrom::Start(at))?;
                held.file.read_exact(&mut text)?;
            }
            Some(behind) => {
                let from = usize::try_from(behind).map_err(io::Error::other)?;
                let there = held.unwritten.get(from..from + text.len());
                text.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
            }
        }
        Ok(text)
    }
}

/// What is known of an image, put by where there is a place for it.
pub fn put(facts: ImageFacts, place: Option<&Arc<PutBy>>) -> Facts {
    match place {
        Some(place) => place.put(facts),
        None => facts.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_by_comes_back_while_more_is_put() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { notes: Some(dir.path().join("notes")), ..Options::default() };
        assert!(PutBy::of(LEAST_FILES - 1, &options).is_none());
        let place = PutBy::of(LEAST_FILES, &options).unwrap();
        let facts = |number: usize| {
            let attributes = [("view".to_owned(), "x".repeat(number % 97))].into();
            let study = Some(format!("1.2.{number}"));
            ImageFacts { format: "DICOM".into(), attributes, study, ..ImageFacts::default() }
        };
        let mut put: Vec<Facts> = Vec::new();
        for number in 0..2000 {
            put.push(place.put(facts(number)));
            let early = number / 2;
            assert_eq!(*put[early].get().unwrap(), facts(early), "{early} of {number}");
        }
        assert!(place.0.lock().unwrap().end > 2 * AT_ONCE as u64, "it was written more than once");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "it has no name");
        assert_eq!(put[7], facts(7).into());
        assert_ne!(put[7], put[8]);
    }
}
