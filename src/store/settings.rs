//! What people chose in a project: named settings, and the class list with all it has been.

use super::error::{StoreError, from_json, to_json};
use super::project::{Store, insert_classes};
use crate::domain::{Annotation, Change, ClassList, Findings};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Store {
    /// A setting of this project; absent, or no longer of this form, is `None`.
    pub fn setting<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let text: Option<String> =
            self.db.query_row("SELECT value FROM settings WHERE key = ?", [key], |row| row.get(0)).optional()?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// All settings whose key begins so, in the order of their keys; those that cannot be read are passed over.
    pub fn settings_under<T: DeserializeOwned>(&self, prefix: &str) -> Result<Vec<T>, StoreError> {
        let mut query =
            self.db.prepare_cached("SELECT value FROM settings WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key")?;
        let texts = query.query_map([prefix], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        Ok(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
    }

    /// Keeps a setting.
    pub fn set_setting<T: Serialize>(&mut self, key: &str, value: &T) -> Result<(), StoreError> {
        insert(self.writable()?, key, value)
    }

    /// The class list in force.
    pub fn classes(&self) -> Result<ClassList, StoreError> {
        let text: Option<String> = self
            .db
            .query_row("SELECT classes FROM class_lists ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
            .optional()?;
        text.map_or_else(|| Ok(ClassList::default()), |text| from_json(&text, "the class list"))
    }

    /// Puts another class list in force; the old ones are kept. Refused when a label or box has a class that the new
    /// list lacks.
    pub fn set_classes(&mut self, reader: &str, classes: &ClassList) -> Result<(), StoreError> {
        let used = if classes.len() < self.classes()?.len() { self.last_class_used()? } else { None };
        if let Some(used) = used.filter(|used| *used >= classes.len()) {
            let name = self.classes()?.name(used);
            return Err(StoreError::Refused(format!(
                "the class {name:?} is still given to images: give them another class first"
            )));
        }
        let tx = self.begin()?;
        insert_classes(&tx, reader, classes)?;
        tx.commit()?;
        Ok(())
    }

    /// Whether any label, box, imported reading or reading of a reader's own names a class, so that their places must stay.
    pub fn names_classes(&self) -> Result<bool, StoreError> {
        Ok(self.last_class_used()?.is_some())
    }

    /// The last class of the list that a label, a box or an imported reading has.
    fn last_class_used(&self) -> Result<Option<usize>, StoreError> {
        let states = self.annotations()?;
        let of_state = |a: &Annotation| a.boxes.iter().map(|b| b.class).chain(a.label).chain(a.findings.last()).max();
        let in_force = states.values().filter_map(of_state).max();
        let mut select =
            self.db.prepare("SELECT change FROM events WHERE own OR json_extract(change, '$.what') = 'reading'")?;
        let mut rows = select.query([])?;
        let mut used = in_force;
        while let Some(row) = rows.next()? {
            used = last_class(&from_json(&row.get::<_, String>(0)?, "an event")?).max(used);
        }
        Ok(used)
    }

    /// Every class list so far: time (ms since 1970-01-01 UTC), who set it, and the list; the oldest first.
    pub fn class_history(&self) -> Result<Vec<(i64, String, ClassList)>, StoreError> {
        let mut select = self.db.prepare("SELECT time_ms, reader, classes FROM class_lists ORDER BY id")?;
        let rows = select.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get::<_, String>(2)?)))?;
        rows.map(|row| {
            let (time, reader, text) = row?;
            Ok((time, reader, from_json(&text, "a class list")?))
        })
        .collect()
    }
}

/// The last class of the list that a reading or a change of a reader's own names.
fn last_class(change: &Change) -> Option<usize> {
    let findings = |said: &Findings| said.last();
    match change {
        Change::Reading { label, findings: said, boxes, .. } => {
            boxes.iter().map(|(class, _)| *class).chain(*label).chain(findings(said)).max()
        }
        Change::Own { change, .. } => last_class(change),
        // What came into force of it is in the states.
        Change::Adjudicated { changes, .. } => changes.iter().filter_map(last_class).max(),
        Change::Label { new, .. } => *new,
        Change::Findings { new, .. } => findings(new),
        Change::Box { new, .. } => new.map(|(class, _)| class),
        Change::Flag { .. } | Change::KeyImage { .. } | Change::Note { .. } => None,
        Change::Measurement { .. } | Change::Committed | Change::SignOff { .. } => None,
    }
}

/// Writes a setting.
pub(super) fn insert<T: Serialize>(db: &Connection, key: &str, value: &T) -> Result<(), StoreError> {
    db.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", [key, &to_json(value)?])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;

    #[test]
    fn a_class_in_use_cannot_be_dropped_and_old_lists_stay() {
        let mut project = sample::project(1);
        project.say(0, sample::label(None, false, 2));
        let two = ClassList::from_names(&["intact", "broken"], false).unwrap();
        let refused = project.store.set_classes("ada", &two).unwrap_err().to_string();
        assert!(refused.contains("unsure"), "{refused}");

        let renamed = ClassList::from_names(&["intact", "fractured", "unsure"], true).unwrap();
        project.store.set_classes("ada", &renamed).unwrap();
        assert_eq!(project.store.classes().unwrap(), renamed);
        let names: Vec<_> = project.store.class_history().unwrap().into_iter().map(|(_, who, _)| who).collect();
        assert_eq!(names, ["import", "ada"]);
        assert!(project.store.db.execute("DELETE FROM class_lists", []).is_err());
    }

    #[test]
    fn settings_survive_and_a_changed_form_counts_as_absent() {
        let mut project = sample::project(0);
        project.store.set_setting("reader", &"ada").unwrap();
        project.store.set_setting("reader", &"grace").unwrap();
        let project = project.reopen();
        assert_eq!(project.store.setting::<String>("reader").unwrap().as_deref(), Some("grace"));
        assert_eq!(project.store.setting::<u32>("reader").unwrap(), None);
        assert_eq!(project.store.setting::<u32>("other").unwrap(), None);
    }
}
