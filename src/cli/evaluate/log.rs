//! What an evaluation leaves in the project's log: that its test split was opened.

use super::Args;
use crate::cli::project::Chosen;
use crate::domain::Split;
use crate::session::project::reader;
use crate::store::{Access, Store};
use anyhow::Result;

/// Notes that figures of this model on so many images are about to be seen, where they are test images. A project that
/// cannot be changed keeps no note; then it is said.
pub(super) fn opened(
    args: &Args,
    store: &mut Store,
    split: Split,
    of: &Chosen,
    (name, images): (&str, usize),
) -> Result<()> {
    if split != Split::Test {
        return Ok(());
    }
    let model = of.record.as_ref().map(|record| record.id);
    if store.read_only_reason().is_none() {
        let reader = reader::of_project(store)?;
        return Ok(store.open_test(&reader, model, name, images)?);
    }
    // Held only for this moment: a window may want the project while images are predicted.
    let mut writer = Store::open(&args.project.project, Access::Write)?;
    if let Some(why) = writer.read_only_reason() {
        tracing::warn!("that the test split is opened is not noted in the project's log: {why}");
        return Ok(());
    }
    let reader = reader::of_project(&writer)?;
    Ok(writer.open_test(&reader, model, name, images)?)
}
