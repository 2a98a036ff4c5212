//! What a project keeps of the tests of its models' maps.

use crate::session::protocol::error::SessionError;
use crate::session::protocol::view::TestedMap;
use crate::store::Store;

/// The project's setting that keeps what was found.
const KEPT: &str = "map_tests";

/// All that is kept.
///
/// # Errors
/// When the project cannot be read.
pub(in crate::session) fn kept(store: &Store) -> Result<Vec<TestedMap>, SessionError> {
    Ok(store.setting(KEPT)?.unwrap_or_default())
}

/// Keeps these in place of what was kept.
///
/// # Errors
/// When the project cannot be written.
pub(in crate::session) fn keep(store: &mut Store, tests: &[TestedMap]) -> Result<(), SessionError> {
    Ok(store.set_setting(KEPT, &tests)?)
}
