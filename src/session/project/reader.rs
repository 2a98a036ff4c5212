//! The name of the reader where nobody gave one.

use crate::session::protocol::error::SessionError;
use crate::store::Store;

/// The setting under which a project remembers who reads it.
pub(in crate::session) const READER: &str = "reader";

/// Who reads a project: as it remembers, else what the system calls the user.
///
/// # Errors
/// When the project cannot be read.
pub fn of_project(store: &Store) -> Result<String, SessionError> {
    Ok(store.setting::<String>(READER)?.unwrap_or_else(default_reader))
}

/// What the system calls the user, else "Reader 1".
pub fn default_reader() -> String {
    let named = ["USER", "USERNAME", "LOGNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.map(|name| name.trim().to_owned()).find(|name| !name.is_empty()).unwrap_or_else(|| "Reader 1".to_owned())
}
