//! Who last said something of each image, read once a filter, an order or a set of copies asks for it: a log may be long.

use crate::domain::{Annotation, ImageId};
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::query::What;
use crate::session::protocol::queue::{Filter, Sort};
use crate::session::protocol::view::ImageRow;
use crate::session::protocol::words;
use std::collections::HashSet;
use std::sync::Arc;

/// From so many images on the whole log is read at once.
const MANY: usize = 2_000;

impl Core {
    /// Reads it where the filter or the order goes by it and it was not read yet.
    pub(in crate::session) fn read_said(&mut self, filter: &Filter, sort: Sort) -> Result<(), SessionError> {
        let asks = |what: &What| matches!(what, What::Reader(_) | What::Date(..));
        if matches!(sort, Sort::Time | Sort::Oldest) || filter.terms.iter().any(|term| asks(&term.what)) {
            self.know_said()?;
        }
        Ok(())
    }

    /// Reads it where it was not read yet.
    pub(in crate::session) fn know_said(&mut self) -> Result<(), SessionError> {
        if std::mem::replace(&mut self.said_read, true) {
            return Ok(());
        }
        self.read_all_said()
    }

    fn read_all_said(&mut self) -> Result<(), SessionError> {
        let own = self.view.reading.is_own().then_some(self.view.reader.as_str());
        let mut words = self.store.last_words(own)?;
        let hidden = self.unread_again();
        for row in Arc::make_mut(&mut self.view.rows) {
            let said = words.remove(&row.id).filter(|_| !hidden.contains(&row.id));
            put(row, said);
        }
        Ok(())
    }

    /// Images whose second reading has not begun, of which nothing may tell that there is a first.
    fn unread_again(&self) -> HashSet<ImageId> {
        let waits = |image: &ImageId| {
            let said = self.at.get(image).and_then(|&at| self.annotations.get(at));
            self.is_second(*image) && said.is_none_or(Annotation::is_untouched)
        };
        self.assigned_images().filter(waits).collect()
    }

    /// Brings it up to date where it was read and something was said of the images at these places.
    pub(in crate::session) fn said_touched(&mut self, places: &[usize]) -> Result<(), SessionError> {
        if !self.said_read {
            return Ok(());
        }
        if places.len() > MANY {
            return self.read_all_said();
        }
        let own = self.view.reading.is_own().then(|| self.view.reader.clone());
        let hidden = self.unread_again();
        for &at in places {
            let image: Option<ImageId> = self.images.get(at).map(|image| image.id);
            let said = image.map(|image| self.store.last_word(image, own.as_deref())).transpose()?.flatten();
            let said = said.filter(|_| image.is_none_or(|image| !hidden.contains(&image)));
            if let Some(row) = Arc::make_mut(&mut self.view.rows).get_mut(at) {
                put(row, said);
            }
        }
        Ok(())
    }
}

fn put(row: &mut ImageRow, said: Option<(String, i64)>) {
    let said = said.map(|(reader, time_ms)| (Arc::from(words::reader(&reader)), time_ms));
    if row.facts.said != said {
        Arc::make_mut(&mut row.facts).said = said;
    }
}
