//! `overread repair`: puts the newest whole backup in the place of a damaged database, and says again what the damaged file
//! still holds of the log after it.

use super::output::Output;
use crate::store::repair::repair;
use anyhow::Result;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The project folder, NAME.overread.
    project: PathBuf,
    /// Only say what would be done; nothing is changed.
    #[arg(long, visible_alias = "dry-run")]
    check: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    let done = repair(&args.project, args.check)?;
    out.json(&json!({
        "damage": done.damage,
        "backup": done.backup,
        "passed_over": done.passed_over,
        "entries_in_backup": done.in_backup,
        "replayed": done.replayed,
        "unreadable": done.unreadable,
        "unfitting": done.unfitting,
        "recovered": done.recovered,
        "recovered_images": done.recovered_images,
        "recovered_unfitting": done.recovered_unfitting,
        "states_unreadable": done.states_unreadable,
        "images_gone": done.images_gone,
        "unmoved": done.unmoved,
        "not_all_read": done.cut.iter().map(|(table, rows)| json!({"table": table, "rows": rows})).collect::<Vec<_>>(),
        "rows": done.rows,
        "kept": done.kept,
        "changed": done.kept.is_some(),
    }))?;
    out.text(done.in_words(args.check))
}
