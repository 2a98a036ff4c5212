//! Reading what a damaged database still holds, row by row: a page that is gone costs the rows on it.

use super::leaves;
use crate::domain::{ModelId, ModelRecord};
use crate::store::backups::with_suffix;
use crate::store::error::StoreError;
use crate::store::models;
use crate::store::project::{Meta, connect};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Numbers that are looked up beyond the last one that is known, where the table does not say which is the last.
const BEYOND: i64 = 20_000;

/// Bytes that no row does with less of: two that say where it lies, its length, its number, and a record with a header.
const LEAST_ROW: u64 = 8;

/// What a row of a damaged table came to.
pub(super) enum Found {
    Row(Vec<Value>),
    /// There is no such row, as far as the table says.
    None,
    /// The page where it stands, or that leads there, cannot be read.
    Unreadable,
}

/// A damaged database, as far as it can be opened.
pub(super) struct Salvage {
    db: Option<Connection>,
    file: PathBuf,
    /// The log as its pages hold it, read where the tree above them is broken.
    leaves: OnceCell<HashMap<i64, Vec<Value>>>,
}

impl Salvage {
    /// Opens a copy, which may be changed by that. Where nothing can be opened, there is nothing to read.
    pub(super) fn open(copy: &Path) -> Self {
        let opened = |copy: &Path| -> Result<Connection, StoreError> {
            let db = connect(copy, true)?;
            // Else a file that is shorter than it says is not opened at all.
            db.pragma_update(None, "writable_schema", true)?;
            db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
            // So that the file holds all that there is; what cannot be taken in stays where it is.
            if let Err(error) = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
                tracing::debug!(%error, "the log of a damaged database is not taken in");
            }
            Ok(db)
        };
        let db = opened(copy).or_else(|_| {
            // Its log may be what is damaged.
            let _ = std::fs::remove_file(with_suffix(copy, "-wal"));
            opened(copy)
        });
        Self { db: db.ok(), file: copy.to_owned(), leaves: OnceCell::new() }
    }

    /// Whether anything can be read.
    pub(super) fn is_open(&self) -> bool {
        self.db.is_some()
    }

    /// Itself, where any of its main tables can be read; else one of which nothing can.
    pub(super) fn if_it_tells_anything(self) -> Self {
        let tells = [("events", "id"), ("images", "id"), ("annotations", "image")]
            .iter()
            .any(|(table, key)| self.last(table, key, 0).1);
        if tells { self } else { Self { db: None, ..self } }
    }

    /// What a table keeps by this name.
    pub(super) fn named(&self, table: &str, key: &str) -> Option<Value> {
        let db = self.db.as_ref()?;
        db.query_row(&format!("SELECT value FROM {table} WHERE key = ?"), [key], |row| row.get(0)).ok()
    }

    /// What the project says of itself, with the first of its class lists; `None` where that cannot be read.
    pub(super) fn meta(&self) -> Option<Meta> {
        let db = self.db.as_ref()?;
        let of = |key: &str| -> Option<String> {
            db.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0)).ok()
        };
        let classes: String =
            db.query_row("SELECT classes FROM class_lists WHERE id = 1", [], |row| row.get(0)).ok()?;
        Some(Meta {
            name: serde_json::from_str(&of("name")?).ok()?,
            created_ms: serde_json::from_str(&of("created_ms")?).ok()?,
            classes: serde_json::from_str(&classes).ok()?,
            demo: None,
            source: None,
        })
    }

    /// A model as the registry has it; `None` where it is not there or cannot be read.
    pub(super) fn model(&self, id: ModelId) -> Option<ModelRecord> {
        models::read_one(self.db.as_ref()?, Path::new(""), id).ok()
    }

    /// One row by its number, in these columns; `None` where there is none or it cannot be read.
    pub(super) fn row(&self, table: &str, key: &str, columns: &[String], number: i64) -> Option<Vec<Value>> {
        match self.look(table, key, columns, number) {
            Found::Row(row) => Some(row),
            Found::None | Found::Unreadable => None,
        }
    }

    /// As [`Salvage::row`], telling a row that is not there from one that cannot be read.
    pub(super) fn look(&self, table: &str, key: &str, columns: &[String], number: i64) -> Found {
        let Some(db) = self.db.as_ref() else { return Found::Unreadable };
        let select = format!("SELECT {} FROM {table} WHERE {key} = ?", columns.join(", "));
        let Ok(mut select) = db.prepare_cached(&select) else { return Found::Unreadable };
        match select.query_row([number], |row| (0..columns.len()).map(|at| row.get(at)).collect()) {
            Ok(row) => Found::Row(row),
            Err(rusqlite::Error::QueryReturnedNoRows) => Found::None,
            Err(_) => self.on_a_page(table, columns, number).map_or(Found::Unreadable, Found::Row),
        }
    }

    /// An event as a page holds it by itself.
    fn on_a_page(&self, table: &str, columns: &[String], number: i64) -> Option<Vec<Value>> {
        let all = (table == "events").then(|| self.leaves.get_or_init(|| leaves::events(&self.file)))?;
        let row = all.get(&number)?;
        let value = |column: &String| row.get(leaves::COLUMNS.iter().position(|name| name == column)?).cloned();
        columns.iter().map(value).collect()
    }

    /// The rows of a table that are numbered by nothing, up to the first that cannot be read, and whether all could be.
    pub(super) fn rows(&self, table: &str, columns: &[String]) -> (Vec<Vec<Value>>, bool) {
        let mut all = Vec::new();
        let Some(db) = &self.db else { return (all, false) };
        let Ok(mut select) = db.prepare(&format!("SELECT {} FROM {table}", columns.join(", "))) else {
            return (all, false);
        };
        let Ok(mut rows) = select.query(params_from_iter(std::iter::empty::<i64>())) else { return (all, false) };
        loop {
            let Ok(next) = rows.next() else { return (all, false) };
            let Some(row) = next else { return (all, true) };
            match (0..columns.len()).map(|at| row.get(at)).collect::<Result<Vec<Value>, _>>() {
                Ok(values) => all.push(values),
                Err(_) => return (all, false),
            }
        }
    }

    /// Whether a table has such a column, as far as its form can be read.
    pub(super) fn has_column(&self, table: &str, column: &str) -> bool {
        self.db.as_ref().is_some_and(|db| db.prepare(&format!("SELECT {column} FROM {table}")).is_ok())
    }

    /// How many rows a file of this length can hold.
    fn most_rows(&self) -> i64 {
        let bytes = |file: &Path| std::fs::metadata(file).map_or(0, |file| file.len());
        let all = bytes(&self.file) + bytes(&with_suffix(&self.file, "-wal"));
        i64::try_from(all / LEAST_ROW).unwrap_or(i64::MAX)
    }

    /// The last number that a table has or had, as far as anything says it, and whether that is known; else how far to look.
    pub(super) fn last(&self, table: &str, key: &str, from: i64) -> (i64, bool) {
        let Some(db) = &self.db else { return (from, false) };
        let ask = |query: &str| db.query_row(query, [], |row| row.get::<_, Option<i64>>(0)).ok().flatten();
        // A number that is itself damaged may be so large that nobody counts up to it.
        let most = from.saturating_add(BEYOND).max(self.most_rows());
        let ever = ask(&format!("SELECT seq FROM sqlite_sequence WHERE name = '{table}' AND seq <= {most}"));
        let there = ask(&format!("SELECT max({key}) FROM {table} WHERE {key} <= {most}"));
        match ever.max(there) {
            Some(last) => (last.max(from), true),
            None => (from.saturating_add(BEYOND), false),
        }
    }
}
