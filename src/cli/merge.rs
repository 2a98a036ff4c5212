//! `overread merge`: two copies of a project, or two projects over the same images, become one.

use super::interrupt;
use super::output::Output;
use super::progress::Bar;
use super::project::ProjectArg;
use crate::session::Core;
use anyhow::{Result, bail};
use serde_json::json;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Lines that are printed before the rest is only counted.
const NAMED: usize = 10;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// The other project folder, OTHER.overread; it is only read.
    #[arg(value_name = "OTHER")]
    other: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    let mut core = Core::open(&args.project.project)?;
    if let Some(why) = core.view().read_only.clone() {
        bail!(why);
    }
    let bar = Bar::new("reading the other project", 0);
    let interrupted = interrupt::pressed();
    let merged = core.merge(&args.other, &|done, total| {
        bar.at(done, total);
        !interrupted.load(Ordering::Relaxed)
    })?;
    drop(bar);
    // The predictions that are missing now are made when the project is opened.
    let Some((merged, _)) = merged else {
        bail!("the merge was cancelled, nothing was changed");
    };
    out.json(&json!({
        "shared_images": merged.shared,
        "new_events": merged.logs.events,
        "logs_kept": merged.logs.kept,
        "logs_outgrown": merged.logs.outgrown,
        "taken": merged.taken,
        "left_out": merged.left_out,
        "left_in_log": merged.left_in_log,
        "sign_offs": merged.sign_offs,
        "assignments_new": merged.assignments.new,
        "assignments_changed": merged.assignments.changed,
        "readers_described": merged.described,
    }))?;
    let events = match merged.logs.events {
        0 => "its log is known here already".to_owned(),
        1 => "1 event of its log was not known here; the log is kept whole".to_owned(),
        events => format!("{events} events of its log were not known here; the log is kept whole"),
    };
    out.text(format!("{} images are in both; {events}.", merged.shared))?;
    match &merged.taken {
        None => out.text("Its readers say nothing that is not here already.")?,
        Some(taken) => {
            out.text(format!("{} new images, {} known statements passed over.", taken.images, taken.repeated))?;
            let lines = || taken.remarks.iter().chain(&taken.conflicts);
            for line in lines().take(NAMED) {
                out.text(line)?;
            }
            if let more @ 1.. = lines().count().saturating_sub(NAMED) {
                out.text(format!("and {more} more; --json lists all"))?;
            }
        }
    }
    if merged.sign_offs > 0 {
        out.text(format!("{} sign-offs and reopenings taken over.", merged.sign_offs))?;
    }
    if let Some(text) = merged.said_of_assignments() {
        out.text(format!("{text}."))?;
    }
    if let Some(text) = &merged.study_ended {
        out.text(format!("{text}."))?;
    }
    if merged.described > 0 {
        out.text(format!("Later words on the role or qualification of readers taken over: {}.", merged.described))?;
    }
    if let Some(text) = merged.said_of_log() {
        out.text(format!("{text}."))?;
    }
    for (name, why) in merged.left_out.iter().take(NAMED) {
        out.text(format!("left out: {name}: {why}"))?;
    }
    if let more @ 1.. = merged.left_out.len().saturating_sub(NAMED) {
        out.text(format!("left out: {more} more; --json lists all"))?;
    }
    out.text(format!("How far the readers agree: overread agreement --project {}", args.project.project.display()))
}
