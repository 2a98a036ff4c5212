//! Changes of the splits: each one transaction, kept with who made it and when, and taken back by its inverse.

use super::error::{StoreError, from_json, to_json};
use super::images::split_number;
use super::now_ms;
use super::project::Store;
use crate::domain::{ImageId, Regroup, Split, SplitChange, SplitMove};
use rusqlite::{Transaction, params};

impl Store {
    /// Moves images to other splits and gives them other groups, all or none, and keeps that in the history; the change's
    /// number. Refused when an image is not where the change says, or when a group would come to lie in two splits.
    pub fn change_splits(
        &mut self,
        reader: &str,
        what: &str,
        moves: &[SplitMove],
        regroups: &[Regroup],
    ) -> Result<i64, StoreError> {
        let tx = self.begin()?;
        let id = write(&tx, reader, what, moves, regroups, None)?;
        let torn: Option<String> = torn_group(&tx, moves, regroups)?;
        if let Some(group) = torn {
            return Err(StoreError::Refused(format!(
                "images of the group {group} would lie in two splits: move the whole group"
            )));
        }
        tx.commit()?;
        Ok(id)
    }

    /// Takes the last change of the splits back that was not taken back yet; `None` when there is none. What was before
    /// comes back even where a group lay in two splits then, as imported data may have it.
    pub fn undo_splits(&mut self, reader: &str) -> Result<Option<SplitChange>, StoreError> {
        self.writable()?;
        let Some(last) = last_standing(&self.split_changes()?).cloned() else { return Ok(None) };
        let (moves, regroups) = last.inverse();
        let tx = self.begin()?;
        write(&tx, reader, &format!("undo: {}", last.what), &moves, &regroups, Some(last.id))?;
        tx.commit()?;
        Ok(self.split_changes()?.pop())
    }

    /// Every change of the splits, the oldest first.
    pub fn split_changes(&self) -> Result<Vec<SplitChange>, StoreError> {
        let mut select = self
            .db
            .prepare("SELECT id, time_ms, reader, what, moves, regroups, undoes FROM split_changes ORDER BY id")?;
        let mut rows = select.query([])?;
        let mut changes = Vec::new();
        while let Some(row) = rows.next()? {
            let (moves, regroups): (String, String) = (row.get(4)?, row.get(5)?);
            let moves: Vec<(i64, Split, Split)> = from_json(&moves, "a change of the splits")?;
            let regroups: Vec<(i64, Option<String>, Option<String>)> = from_json(&regroups, "a change of the groups")?;
            let moved = |(image, from, to)| SplitMove { image: ImageId(image), from, to };
            let regrouped = |(image, from, to)| Regroup { image: ImageId(image), from, to };
            changes.push(SplitChange {
                id: row.get(0)?,
                time_ms: row.get(1)?,
                reader: row.get(2)?,
                what: row.get(3)?,
                moves: moves.into_iter().map(moved).collect(),
                regroups: regroups.into_iter().map(regrouped).collect(),
                undoes: row.get(6)?,
            });
        }
        Ok(changes)
    }
}

/// The last change that was not taken back and takes none back.
pub fn last_standing(changes: &[SplitChange]) -> Option<&SplitChange> {
    changes.iter().rev().find(|c| c.undoes.is_none() && changes.iter().all(|other| other.undoes != Some(c.id)))
}

fn write(
    tx: &Transaction<'_>,
    reader: &str,
    what: &str,
    moves: &[SplitMove],
    regroups: &[Regroup],
    undoes: Option<i64>,
) -> Result<i64, StoreError> {
    let mut shift = tx.prepare("UPDATE images SET split = ?3 WHERE id = ?1 AND split = ?2")?;
    for m in moves {
        if shift.execute(params![m.image.0, split_number(m.from), split_number(m.to)])? == 0 {
            return Err(StoreError::Stale { image: m.image, what: "the split" });
        }
    }
    let mut regroup = tx.prepare("UPDATE images SET patient_group = ?3 WHERE id = ?1 AND patient_group IS ?2")?;
    for r in regroups {
        if regroup.execute(params![r.image.0, r.from, r.to])? == 0 {
            return Err(StoreError::Stale { image: r.image, what: "the group" });
        }
    }
    let moves: Vec<(i64, Split, Split)> = moves.iter().map(|m| (m.image.0, m.from, m.to)).collect();
    let regroups: Vec<_> = regroups.iter().map(|r| (r.image.0, &r.from, &r.to)).collect();
    tx.execute(
        "INSERT INTO split_changes (time_ms, reader, what, moves, regroups, undoes) VALUES (?, ?, ?, ?, ?, ?)",
        params![now_ms(), reader, what, to_json(&moves)?, to_json(&regroups)?, undoes],
    )?;
    Ok(tx.last_insert_rowid())
}

/// A group that lies in two splits and has an image that was touched.
fn torn_group(tx: &Transaction<'_>, moves: &[SplitMove], regroups: &[Regroup]) -> Result<Option<String>, StoreError> {
    let touched: std::collections::HashSet<i64> =
        moves.iter().map(|m| m.image.0).chain(regroups.iter().map(|r| r.image.0)).collect();
    let mut select = tx.prepare(
        "SELECT id, patient_group FROM images WHERE patient_group IN
         (SELECT patient_group FROM images WHERE patient_group IS NOT NULL
          GROUP BY patient_group HAVING min(split) <> max(split))",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        if touched.contains(&row.get(0)?) {
            return Ok(row.get(1)?);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;

    fn moved(image: ImageId, from: Split, to: Split) -> SplitMove {
        SplitMove { image, from, to }
    }

    #[test]
    fn changes_are_kept_and_taken_back_one_after_the_other() {
        let mut project = sample::project(3);
        let (a, b) = (project.images[0], project.images[1]);
        let was = project.store.images().unwrap();
        let from = was[0].split;
        let to = if from == Split::Test { Split::Train } else { Split::Test };
        project.store.change_splits("ada", "by hand", &[moved(a, from, to)], &[]).unwrap();
        let regroup = Regroup { image: b, from: was[1].group.clone(), to: Some("p7".into()) };
        project.store.change_splits("ada", "groups", &[], std::slice::from_ref(&regroup)).unwrap();
        let mut project = project.reopen();
        let now = project.store.images().unwrap();
        assert_eq!((now[0].split, now[1].group.as_deref()), (to, Some("p7")));
        for expected in ["undo: groups", "undo: by hand"] {
            let undone = project.store.undo_splits("grace").unwrap().unwrap();
            assert_eq!((undone.what.as_str(), undone.reader.as_str()), (expected, "grace"));
        }
        assert_eq!(project.store.images().unwrap(), was);
        assert_eq!(project.store.undo_splits("grace").unwrap(), None);
        assert_eq!(project.store.split_changes().unwrap().len(), 4);
        assert!(project.store.db.execute("DELETE FROM split_changes", []).is_err());
    }

    #[test]
    fn a_torn_group_or_a_stale_change_changes_nothing() {
        let mut project = sample::project(3);
        let was = project.store.images().unwrap();
        let group = |at: usize| Regroup { image: was[at].id, from: was[at].group.clone(), to: Some("p1".into()) };
        let beside = moved(was[1].id, was[1].split, was[0].split);
        project.store.change_splits("ada", "groups", &[beside], &[group(0), group(1)]).unwrap();
        let was = project.store.images().unwrap();
        let (from, to) = (was[0].split, if was[0].split == Split::Test { Split::Train } else { Split::Test });
        let torn = project.store.change_splits("ada", "x", &[moved(was[0].id, from, to)], &[]).unwrap_err();
        assert!(torn.to_string().contains("p1"), "{torn}");
        let stale =
            project.store.change_splits("ada", "x", &[moved(was[2].id, Split::Validation, from)], &[]).unwrap_err();
        assert!(matches!(stale, StoreError::Stale { .. }), "{stale}");
        let splits = |images: &[crate::domain::ImageRecord]| images.iter().map(|i| i.split).collect::<Vec<_>>();
        assert_eq!(splits(&project.store.images().unwrap()), splits(&was));
        assert_eq!(project.store.split_changes().unwrap().len(), 1);
    }
}
