//! As what readers read, and what qualifies them for it: said here, shown, and taken in with another copy. It tells who says
//! what on one machine; nobody is asked to prove it.

#[cfg(test)]
mod tests;

use crate::domain::annotation::imported_reader;
use crate::domain::{Decision, DescribedReader, ReaderDescription};
use crate::session::project::agreeing;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::view::DataState;
use crate::session::protocol::words;
use crate::store::Store;
use crate::store::described::described;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Somebody who has worked in a project, or is described in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownReader {
    pub name: String,
    /// All that the reader says was imported; false for one who says nothing.
    pub imported: bool,
    /// Images of which the reader says something.
    pub images: usize,
    /// Absent where nobody has said.
    pub description: Option<ReaderDescription>,
}

/// Everybody who has said something of an image, those who read most first, then those who are only described.
///
/// # Errors
/// When the project cannot be read.
pub fn readers(store: &Store) -> Result<Vec<KnownReader>, SessionError> {
    let mut described = store.described_readers()?;
    let mut all: Vec<KnownReader> = (agreeing::who_read(store)?.into_iter())
        .map(|one| {
            let description = described.remove(&one.name).map(|known| known.description);
            KnownReader { name: one.name, imported: one.imported, images: one.images, description }
        })
        .collect();
    all.extend(described.into_iter().map(|(name, known)| KnownReader {
        name,
        imported: false,
        images: 0,
        description: Some(known.description),
    }));
    Ok(all)
}

/// The names of those who learn to read.
///
/// # Errors
/// When the project cannot be read.
pub fn students(store: &Store) -> Result<BTreeSet<String>, SessionError> {
    let known = store.described_readers()?.into_iter();
    Ok(known.filter(|(_, known)| known.description.role.is_student()).map(|(name, _)| name).collect())
}

/// The later descriptions that another copy knows.
pub(in crate::session) struct ComingDescriptions {
    /// By name: what holds there, and who said so.
    known: BTreeMap<String, (DescribedReader, String)>,
}

impl ComingDescriptions {
    /// Reads those of another copy.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(theirs: &Store) -> Result<Self, SessionError> {
        let holding = theirs.described_readers()?;
        let mut known = BTreeMap::new();
        for event in theirs.decisions()? {
            let Decision::ReaderDescribed { reader, new, at_ms, .. } = event.decision else { continue };
            let said = DescribedReader { at_ms, description: new };
            if holding.get(&reader) == Some(&said) {
                // The first who said so: what was merged from elsewhere names the same one.
                known.entry(reader).or_insert((said, words::reader(&event.reader).to_owned()));
            }
        }
        Ok(Self { known })
    }

    /// Those that are later than what is known here, as decisions of who said so.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn news(&self, core: &Core) -> Result<Vec<(String, Decision)>, SessionError> {
        let mut ours = core.store.described_readers()?;
        let mut news = Vec::new();
        for (reader, (theirs, by)) in &self.known {
            let here = ours.remove(reader);
            if here.as_ref().is_some_and(|here| here >= theirs) {
                continue;
            }
            let old = here.map(|here| here.description);
            news.push((imported_reader(by), described(reader, old, theirs.description.clone(), theirs.at_ms)));
        }
        Ok(news)
    }
}

impl Core {
    /// As what the present reader reads from now on.
    ///
    /// # Errors
    /// When it cannot be kept so, or not be written.
    pub fn describe_present_reader(&mut self, description: &ReaderDescription) -> Result<(), SessionError> {
        let reader = self.view.reader.clone();
        self.describe_reader(&reader, description).map(|_| ())
    }

    /// As what somebody reads from now on, as the present reader says; whether that is anything new.
    ///
    /// # Errors
    /// When it cannot be kept so, or not be written.
    pub fn describe_reader(&mut self, reader: &str, description: &ReaderDescription) -> Result<bool, SessionError> {
        self.check_writable()?;
        let (by, reader, before) = (self.view.reader.clone(), reader.trim(), students(&self.store)?);
        let new = self.store.describe_reader(&by, reader, description)?;
        if new {
            self.descriptions_changed(&before)?;
            self.mention(format!("{reader}: {}", description.in_words()));
        }
        Ok(new)
    }

    /// Takes the descriptions of another copy in; how many were new.
    pub(in crate::session) fn take_descriptions(&mut self, coming: &ComingDescriptions) -> Result<usize, SessionError> {
        let (news, before) = (coming.news(self)?, students(&self.store)?);
        for (by, decision) in &news {
            self.store.decide(by, std::slice::from_ref(decision))?;
        }
        if !news.is_empty() {
            self.descriptions_changed(&before)?;
        }
        Ok(news.len())
    }

    fn descriptions_changed(&mut self, students_before: &BTreeSet<String>) -> Result<(), SessionError> {
        if students(&self.store)? != *students_before {
            // What a rule makes of the readers' words is another thing now.
            self.data_changed();
        } else if self.view.data.audit_state == DataState::Done {
            self.view.data.audit_state = DataState::Wanted;
        }
        self.refresh(Changed::Reader)
    }

    /// Shows what is known of readers.
    pub(in crate::session) fn show_described(&mut self) -> Result<(), SessionError> {
        let known = self.store.described_readers()?;
        let of = |known: DescribedReader| known.description;
        self.view.about_reader = known.get(&self.view.reader).cloned().map(of).unwrap_or_default();
        self.view.data.described = Arc::new(known.into_iter().map(|(name, known)| (name, of(known))).collect());
        Ok(())
    }
}
