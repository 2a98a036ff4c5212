//! `overread export`: the labels of a project as a table.

use super::output::Output;
use super::project::ProjectArg;
use crate::session::Core;
use anyhow::{Result, bail};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// What to write.
    #[arg(long, value_enum)]
    format: Format,
    /// The file to write, or a folder for labels.csv.
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Csv,
    Coco,
    Yolo,
    Voc,
    LabelStudio,
    Folders,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    if args.format != Format::Csv {
        bail!("--format {:?} is not written yet: only csv is", args.format);
    }
    let to = if args.out.is_dir() { args.out.join("labels.csv") } else { args.out.clone() };
    let rows = Core::open_to_look(&args.project.project)?.export_csv(&to)?;
    let out = Output::new(args.json);
    out.json(&json!({"out": to, "rows": rows}))?;
    out.text(format!("{rows} rows written to {}", to.display()))
}
