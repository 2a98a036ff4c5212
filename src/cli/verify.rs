//! `overread verify`: recomputes the chain of the annotation log and replays it against the state shown; or the chain
//! of a log that was exported; or holds a report against either.

mod report;

use super::output::Output;
use crate::store::merged_logs::MergedLog;
use crate::store::repair::{REPAIRED, Repaired};
use crate::store::{Access, ChainSummary, Store, follow_log, verify_log};
use anyhow::{Result, bail};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The project folder, NAME.overread.
    #[arg(long, value_name = "DIR", required_unless_present = "log", conflicts_with = "log")]
    project: Option<PathBuf>,
    /// A log that `export --format audit-log` wrote.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// A report (report.json, or report.html with that beside it) that `evaluate --report` wrote: is what it says of when the
    /// threshold was fixed proven by the log alone? The exit code is 0 where it is, else 1.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    match (&args.project, &args.log, &args.report) {
        (Some(project), _, None) => of_project(project, out),
        (None, Some(log), None) => of_log(log, out),
        (Some(project), _, Some(file)) => {
            report::check(file, Store::open(project, Access::ReadOnly)?.follow_log(), out)
        }
        (None, Some(log), Some(file)) => report::check(file, follow_log(log), out),
        (None, None, _) => bail!("name what to verify: --project DIR or --log FILE"),
    }
}

fn of_project(project: &Path, out: Output) -> Result<()> {
    let store = Store::open(project, Access::ReadOnly)?;
    // Whoever labels meanwhile does not make it look altered.
    let (chain, merged, repaired) = store.at_one_moment(|| checked(&store, project))??;
    let mut answer = json!({"events": chain.events, "head": chain.head, "chain": "ok", "replay": "ok"});
    if let (Some(repaired), Some(object)) = (&repaired, answer.as_object_mut()) {
        object.insert("repaired".to_owned(), serde_json::to_value(repaired)?);
    }
    if let (false, Some(object)) = (merged.is_empty(), answer.as_object_mut()) {
        let of = |one: &MergedLog| json!({"events": one.log.events, "head": one.log.head});
        object.insert("merged".to_owned(), merged.iter().map(of).collect());
    }
    out.json(&answer)?;
    for one in &merged {
        let log = &one.log;
        out.text(format!("merged log: {} events, each following from the one before; head {}", log.events, log.head))?;
    }
    if let Some(repaired) = repaired {
        out.text(repaired.in_words())?;
    }
    out.text(format!(
        "{} events, each following from the one before; replaying them gives the annotations.\nhead {}",
        chain.events, chain.head
    ))
}

/// The log of a project whose chain holds and replays to what is shown, the logs beside it, and what repair said of it.
fn checked(store: &Store, project: &Path) -> Result<(ChainSummary, Vec<MergedLog>, Option<Repaired>)> {
    let chain = store.verify_chain()?;
    if store.replay()? != store.annotations()? {
        bail!(
            "{}: the annotations differ from what the log replays to, though its chain holds; restore project.db from a backup",
            project.display()
        );
    }
    if !store.decisions_hold()? {
        bail!(
            "{}: what is decided about its models differs from what the log replays to, though its chain holds; restore \
             project.db from a backup",
            project.display()
        );
    }
    let merged = store.merged_logs()?;
    Ok((chain, merged, store.setting(REPAIRED)?))
}

fn of_log(log: &Path, out: Output) -> Result<()> {
    let chain = verify_log(log)?;
    out.json(&json!({"events": chain.events, "head": chain.head, "chain": "ok"}))?;
    out.text(format!(
        "{} events, each following from the one before. That none is missing at the end shows the head: compare it with \
         what `overread verify --project` says.\nhead {}",
        chain.events, chain.head
    ))
}
