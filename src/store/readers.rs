//! Who has worked in a project.

use super::error::StoreError;
use super::log::text;
use super::project::Store;
use crate::domain::annotation::is_imported;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The setting under which it stands, so that a long log is looked through once and not at every opening.
const READERS: &str = "readers";

/// Who is in the log up to an event.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    /// The last event that was looked at.
    up_to: i64,
    /// The last event of each.
    last: BTreeMap<String, i64>,
}

impl Store {
    /// The people who have said something of images here, whoever did last first; what was imported is nobody's work here.
    pub fn readers(&mut self) -> Result<Vec<String>, StoreError> {
        let mut known: Known = self.setting(READERS)?.unwrap_or_default();
        let end = self.last_event()?.unwrap_or(0);
        if known.up_to > end {
            known = Known::default();
        }
        if known.up_to < end {
            let mut select = self
                .db
                .prepare("SELECT reader, max(id) FROM events WHERE id > ? AND image IS NOT NULL GROUP BY reader")?;
            let mut rows = select.query([known.up_to])?;
            while let Some(row) = rows.next()? {
                let reader = text(row, 0)?;
                if !is_imported(reader) {
                    known.last.insert(reader.to_owned(), row.get(1)?);
                }
            }
            drop(rows);
            drop(select);
            known.up_to = end;
            if self.read_only_reason().is_none() {
                self.set_setting(READERS, &known)?;
            }
        }
        let mut readers: Vec<(i64, String)> = known.last.into_iter().map(|(name, last)| (last, name)).collect();
        readers.sort_by(|a, b| b.cmp(a));
        Ok(readers.into_iter().map(|(_, name)| name).collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Change;
    use crate::domain::annotation::imported_reader;
    use crate::store::sample;

    #[test]
    fn people_are_named_the_last_first_and_imports_are_not() {
        let mut project = sample::project(3);
        assert_eq!(project.store.readers().unwrap(), [""; 0]);
        project.store.append_many("import", &[(project.images[0], sample::imported(0))]).unwrap();
        project.store.append_many(&imported_reader("carol"), &[(project.images[1], sample::imported(0))]).unwrap();
        let flag = |old| Change::Flag { old, new: !old };
        for (who, old) in [("ada", false), ("bob", true), ("ada", false)] {
            project.store.append(who, project.images[2], flag(old), None, None, None).unwrap();
            if who == "bob" {
                assert_eq!(project.store.readers().unwrap(), ["bob", "ada"]);
            }
        }
        assert_eq!(project.store.readers().unwrap(), ["ada", "bob"]);
        let mut project = project.reopen();
        assert_eq!(project.store.readers().unwrap(), ["ada", "bob"], "also where it was kept");
    }
}
