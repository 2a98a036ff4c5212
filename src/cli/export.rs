//! `overread export`: the labels and boxes of a project in the formats other tools read.

use super::output::Output;
use super::project::ProjectArg;
use crate::interchange::{self, Pictures};
use crate::session::{Core, Wanted};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// What to write.
    #[arg(long, value_enum)]
    format: Format,
    /// The folder to write, new or empty; for csv the file, or a folder for labels.csv. Boxes go into a file of their own
    /// beside it.
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// What becomes of the pictures.
    #[arg(long, value_enum, default_value_t = Images::Copy)]
    images: Images,
    /// Every reader's last word on each image, not only the last of all.
    #[arg(long)]
    all_readers: bool,
    /// Only images of which something was said since then, as in 2026-01-31T08:15:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Images {
    Copy,
    Link,
    None,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let since_ms = args.since.as_deref().map(since).transpose()?;
    let wanted = Wanted { all_readers: args.all_readers, since_ms };
    let core = Core::open_to_look(&args.project.project)?;
    let out = Output::new(args.json);
    let pictures = match args.images {
        Images::Copy => Pictures::Copy,
        Images::Link => Pictures::Link,
        Images::None => Pictures::Leave,
    };
    let format = match args.format {
        Format::Csv => return table(args, &core, wanted, out),
        Format::Coco => interchange::Format::Coco,
        Format::Yolo => interchange::Format::Yolo,
        Format::Voc => interchange::Format::Voc,
        Format::LabelStudio => interchange::Format::LabelStudio,
        Format::Folders => interchange::Format::Folders,
    };
    let written = core.export(format, &args.out, pictures, wanted)?;
    out.json(&json!({"out": args.out, "images": written.images, "boxes": written.boxes, "lost": written.lost}))?;
    out.text(format!("{} images and {} boxes written to {}", written.images, written.boxes, args.out.display()))?;
    for lost in &written.lost {
        out.text(format!("note: {lost}"))?;
    }
    Ok(())
}

/// The table of images, and beside it one of boxes where there are any.
fn table(args: &Args, core: &Core, wanted: Wanted, out: Output) -> Result<()> {
    if args.all_readers || args.since.is_some() {
        bail!("the table holds one row an image: --all-readers and --since are for the other formats");
    }
    let to = if args.out.is_dir() { args.out.join("labels.csv") } else { args.out.clone() };
    let rows = core.export_csv(&to)?;
    let beside = to.with_extension("boxes.csv");
    let has_boxes = core.has_boxes();
    let boxes = match has_boxes {
        true => core.export(interchange::Format::Csv, &beside, Pictures::Leave, wanted)?.boxes,
        false => 0,
    };
    out.json(&json!({"out": to, "rows": rows, "boxes": boxes}))?;
    out.text(format!("{rows} rows written to {}", to.display()))?;
    if has_boxes { out.text(format!("{boxes} boxes written to {}", beside.display())) } else { Ok(()) }
}

/// An instant in milliseconds since 1970-01-01 UTC.
fn since(text: &str) -> Result<i64> {
    interchange::reading::instant(text)
        .with_context(|| format!("--since {text:?} is no time: write it as 2026-01-31T08:15:00Z"))
}
