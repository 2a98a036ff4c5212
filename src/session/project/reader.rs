//! Who reads a project, and how that reader left it.

use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::like_names::like_known;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::queue::{Filter, OfFindings, Sort};
use crate::session::protocol::words;
use crate::session::protocol::workplace::Workplace;
use crate::store::Store;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The setting under which a project remembers who reads it.
pub(in crate::session) const READER: &str = "reader";

/// Who reads a project: as it remembers, else what the system calls the user.
///
/// # Errors
/// When the project cannot be read.
pub fn of_project(store: &Store) -> Result<String, SessionError> {
    Ok(store.setting::<String>(READER)?.unwrap_or_else(default_reader))
}

/// What a reader is called whom nobody has named.
pub const UNNAMED: &str = "Reader 1";

/// What the system calls the user, else "Reader 1".
pub fn default_reader() -> String {
    let named = ["USER", "USERNAME", "LOGNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.map(|name| name.trim().to_owned()).find(|name| !name.is_empty()).unwrap_or_else(|| UNNAMED.to_owned())
}

impl Core {
    /// Who reads from now on.
    pub fn set_reader(&mut self, reader: &str) -> Result<(), SessionError> {
        let reader = reader.trim();
        if reader.is_empty() {
            return Err(SessionError::refused("a reader needs a name: type one"));
        }
        let like = like_known(reader, self.known_names()?.iter().map(String::as_str));
        self.view.reader = reader.to_owned();
        if self.view.read_only.is_none() {
            self.store.set_setting(READER, &reader)?;
        }
        self.own.waits = false;
        self.refresh(Changed::Reader)?;
        self.enter_reading_mode()?;
        if let Some(like) = like {
            // Not before: a reading of one's own begins with nothing that was told before.
            self.warn(like);
        }
        if !self.view.reading.is_own() {
            self.read_assigned(None)?;
        }
        self.start_assigned()
    }

    /// Another reader's name for what is done now; the project does not remember it.
    pub fn act_as(&mut self, reader: &str) {
        self.view.reader = reader.trim().to_owned();
    }

    /// Takes a reader's name for a project that does not remember one of its own.
    pub fn adopt_reader(&mut self, name: &str) {
        if !matches!(self.store.setting::<String>(READER), Ok(Some(_))) {
            self.view.reader = name.to_owned();
            if let Err(error) = self.refresh(Changed::Reader).and_then(|()| self.read_assigned(None)) {
                tracing::warn!(%error, "the history of the splits was not read again");
            }
        }
    }

    /// Shows who has worked here and to whom readings are assigned, where that is more than one or somebody else than who was here
    /// last, and changes can be made: the person has to say who reads now, or what is said next would be signed by whoever was here
    /// last, who may see what a reader of the plan is not to see.
    pub fn ask_for_reader(&mut self) {
        if self.view.read_only.is_some() {
            return;
        }
        let known = self.store.readers().and_then(|readers| Ok((readers, self.store.open_plans()?)));
        match known {
            Ok((mut readers, plans)) => {
                let mut others: Vec<String> = Vec::new();
                for name in plans.into_iter().flat_map(|plan| plan.readers) {
                    if !readers.contains(&name) && !others.contains(&name) {
                        others.push(name);
                    }
                }
                if others.iter().any(|name| *name != self.view.reader) && !readers.contains(&self.view.reader) {
                    readers.insert(0, self.view.reader.clone());
                }
                readers.extend(others.into_iter().filter(|name| *name != self.view.reader));
                if let Some(at) = readers.iter().position(|name| *name == self.view.reader) {
                    let last = readers.remove(at);
                    readers.insert(0, last);
                }
                self.view.readers = (readers.len() > 1).then(|| Arc::new(readers));
                self.own.waits = self.view.readers.is_some();
            }
            Err(error) => tracing::warn!(%error, "it is not known who has worked here"),
        }
    }

    /// It was said who reads; whether it had been asked.
    pub(in crate::session) fn reader_known(&mut self) -> bool {
        self.view.readers.take().is_some()
    }

    /// Shows the project as the reader left it: the queue at once, the rest is the window's.
    pub(in crate::session) fn take_workplace(&mut self, workplace: Workplace) {
        let (filter, sort) = match self.view.reading.is_own() {
            // It may have been left where more was to be seen.
            true => (Filter::default(), Sort::default()),
            // To which image the others were alike is not kept.
            false if workplace.sort == Sort::Likeness => (self.still_possible(&workplace), Sort::default()),
            false => (self.still_possible(&workplace), self.order_while_studying(workplace.sort)),
        };
        // A list that was assigned is gone on with, whatever was looked at besides.
        let is_left = self.view.assigned.as_ref().is_some_and(|mine| !mine.is_finished());
        let filter = match is_left {
            true => Filter { assigned: true, ..Filter::default() },
            false => Filter { assigned: false, ..filter },
        };
        let at_random = workplace.random_arm.min(100);
        // What was looked at last may be none of the list, and would be read in its place.
        let image = workplace.image.filter(|image| !is_left || self.is_assigned(*image));
        self.view.workplace = Some(Arc::new(Workplace { filter: filter.clone(), sort, image, ..workplace }));
        self.view.sort = sort;
        self.view.random_arm = at_random;
        if let Err(error) = self.want_order(sort).and_then(|()| self.want_heat(sort)) {
            tracing::debug!(%error, "there is nothing any more that the order goes by");
        }
        if let Err(error) = self.read_apart(sort).and_then(|()| self.set_filter(filter)) {
            tracing::warn!(%error, "the queue is not narrowed as it was left");
        }
    }

    /// The filter without classes that are no longer there.
    fn still_possible(&self, workplace: &Workplace) -> Filter {
        let mut filter = workplace.filter.clone();
        let classes = self.view.classes.len();
        filter.label = filter.label.filter(|class| *class < classes);
        filter.findings = filter.findings.filter(|findings| match findings {
            OfFindings::Said { finding, .. } => *finding < classes,
            OfFindings::None | OfFindings::Unsaid => true,
        });
        filter
    }

    /// The names of all readers who said something of images, are described, or are in a plan of readings.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub(in crate::session) fn known_names(&self) -> Result<BTreeSet<String>, SessionError> {
        let mut known: BTreeSet<String> =
            self.store.said_by()?.into_keys().map(|logged| words::reader(&logged).to_owned()).collect();
        known.extend(self.store.described_readers()?.into_keys());
        let plans = self.store.assignments()?.into_iter().filter(|one| one.state.is_some());
        known.extend(plans.flat_map(|one| one.plan.readers));
        Ok(known)
    }
}
