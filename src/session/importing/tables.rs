//! Tables whose columns a person told once: a project remembers them for when the same header comes again, and so does
//! the program for projects to come.

use crate::interchange::KnownTable;
use crate::session::protocol::error::SessionError;
use crate::store::{Access, Importing, Store};
use std::path::Path;

const KEY: &str = "tables";

/// The tables that a project knows; none for one that is yet to be made.
pub fn known(project: &Path) -> Result<Vec<KnownTable>, SessionError> {
    if !Store::is_project(project) {
        return Ok(Vec::new());
    }
    Ok(Store::open(project, Access::ReadOnly)?.setting(KEY)?.unwrap_or_default())
}

/// The tables that a project knows with these, where there are any; of one header what was said last.
pub(in crate::session) fn with(store: &Store, tables: &[KnownTable]) -> Result<Option<Vec<KnownTable>>, SessionError> {
    if tables.is_empty() {
        return Ok(None);
    }
    let mut known: Vec<KnownTable> = store.setting(KEY)?.unwrap_or_default();
    learn(&mut known, tables);
    Ok(Some(known))
}

/// Remembers tables with the import that brings them.
pub(in crate::session) fn keep(import: &Importing, tables: Option<&[KnownTable]>) -> Result<(), SessionError> {
    Ok(tables.map_or(Ok(()), |tables| import.set_setting(KEY, &tables))?)
}

/// Puts tables behind those that are known; of one header the last stays.
pub(in crate::session) fn learn(known: &mut Vec<KnownTable>, tables: &[KnownTable]) {
    known.retain(|old| tables.iter().all(|new| new.header != old.header));
    known.extend_from_slice(tables);
}
