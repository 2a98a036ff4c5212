//! `overread verify`: recomputes the chain of the annotation log and replays it against the state shown.

use super::output::Output;
use super::project::ProjectArg;
use anyhow::{Result, bail};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let store = args.project.read()?;
    let chain = store.verify_chain()?;
    if store.replay()? != store.annotations()? {
        bail!(
            "{}: the annotations differ from what the log replays to, though its chain holds; restore project.db from a backup",
            args.project.project.display()
        );
    }
    let out = Output::new(args.json);
    out.json(&json!({"events": chain.events, "head": chain.head, "chain": "ok", "replay": "ok"}))?;
    out.text(format!(
        "{} events, each following from the one before; replaying them gives the annotations.\nhead {}",
        chain.events, chain.head
    ))
}
