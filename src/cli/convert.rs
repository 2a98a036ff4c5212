//! `overread convert`: makes a project of one class an image one of several findings an image, or the other way round.

use super::output::Output;
use super::project::ProjectArg;
use crate::session::Core;
use anyhow::{Result, bail};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// What an image has then. Of a class becomes a finding that is present, and all others are absent; of the one finding
    /// that is present becomes the class.
    #[arg(long, value_enum, value_name = "KIND")]
    to: To,
    /// Do it; else it is only said what would be done.
    #[arg(long)]
    yes: bool,
    /// Do it though what the command names as lost is lost.
    #[arg(long)]
    lossy: bool,
    /// Who converts; else the reader that the project remembers.
    #[arg(long)]
    reader: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum To {
    /// Several findings an image, each present, absent, uncertain or not looked at.
    Findings,
    /// One class an image.
    OneClass,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    let mut core =
        if args.yes { Core::open(&args.project.project)? } else { Core::open_to_look(&args.project.project)? };
    if let (true, Some(why)) = (args.yes, &core.view().read_only) {
        bail!("{} cannot be changed: {why}", args.project.project.display());
    }
    if let Some(reader) = &args.reader {
        core.act_as(reader);
    }
    let plan = core.plan_conversion(args.to == To::Findings)?;
    let refused = args.yes && !plan.lost.is_empty() && !args.lossy;
    let applied = args.yes && !refused;
    if applied {
        // The predictions that are missing now are made when the project is opened.
        core.convert(&plan)?;
    }
    if refused {
        bail!(
            "the project stays as it is, since this would be lost: {} To lose it, say --lossy too",
            plan.lost.join(" ")
        );
    }
    out.json(&json!({
        "applied": applied,
        "findings": plan.classes.findings,
        "classes": plan.classes.names(),
        "images": plan.images,
        "lost": plan.lost,
        "notes": plan.notes,
    }))?;
    let verb = if applied { "converted" } else { "would be converted" };
    let kind = if plan.classes.findings { "findings" } else { "classes" };
    out.text(format!("{} images {verb}; {kind}: {}", plan.images, plan.classes.names().join(", ")))?;
    for lost in &plan.lost {
        out.text(format!("{}: {lost}", if applied { "lost" } else { "would be lost" }))?;
    }
    for note in &plan.notes {
        out.text(format!("note: {note}"))?;
    }
    out.text(match (applied, plan.lost.is_empty()) {
        (true, _) => "Undo in the window takes it back as a whole",
        (false, true) => "nothing was changed: --yes does it",
        (false, false) => "nothing was changed: --yes --lossy does it, and loses what is named above",
    })
}
