//! `overread share`: the small copy of a project that somebody else merges from.

use super::interrupt;
use super::output::Output;
use super::progress::Bar;
use super::project::ProjectArg;
use crate::store::sharing;
use anyhow::{Result, bail};
use serde_json::json;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// The folder to write, NAME.overread, on a stick or in a shared folder; an earlier shared copy of this project there is
    /// replaced.
    #[arg(value_name = "DIR")]
    to: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    let bar = Bar::new("copying", 0);
    let interrupted = interrupt::pressed();
    let made = sharing::share(&args.project.project, &args.to, &|done, total| {
        bar.at(done, total);
        !interrupted.load(Ordering::Relaxed)
    })?;
    drop(bar);
    let Some(made) = made else { bail!("it was cancelled, nothing was written") };
    out.json(&json!({"to": made.to, "events": made.events, "merged_logs": made.merged, "bytes": made.bytes}))?;
    out.text(format!(
        "{}: {} events of the log{}, {} kB.\nIn it: who said what, with roles and qualifications, and what a model showed then, plans of readings, studies with what they plant, notes as they were typed, names \
         of imported sources that the log has, models' cards, hashes of the images. Not in it: pictures, names and paths of their \
         files, patients and groups, headers, other predictions, models' files and settings.\nThe other \
         takes it in with: overread merge --project THEIRS.overread {}",
        made.to.display(),
        made.events,
        match made.merged {
            0 => String::new(),
            1 => " and 1 log merged before".to_owned(),
            logs => format!(" and {logs} logs merged before"),
        },
        made.bytes.div_ceil(1000),
        made.to.display()
    ))
}
