//! `overread sign-off` and `overread reopen`: locks what is said of images, and unlocks it for a reason.

use super::output::Output;
use super::project::{ImageIndex, ProjectArg};
use crate::domain::ImageId;
use crate::nn::Compute;
use crate::session::project::reader;
use crate::session::{Core, ProjectCommand};
use anyhow::{Result, bail};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// Who signs; the log keeps it.
    #[arg(long)]
    reader: Option<String>,
    /// The images, by their names in the project.
    #[arg(value_name = "IMAGE", required_unless_present = "all")]
    images: Vec<String>,
    /// Every image that is reviewed and on which readers do not differ.
    #[arg(long, conflicts_with = "images")]
    all: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub struct ReopenArgs {
    #[command(flatten)]
    project: ProjectArg,
    /// Who reopens; the log keeps it.
    #[arg(long)]
    reader: Option<String>,
    /// The images, by their names in the project.
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Why; the log keeps it.
    #[arg(long)]
    reason: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs `overread sign-off`.
pub fn run(args: &Args) -> Result<()> {
    let mut core = opened(&args.project, args.reader.as_deref())?;
    let images = match args.all {
        true => core.images().iter().map(|image| image.id).collect(),
        false => found(&core, &args.images)?,
    };
    done(&mut core, ProjectCommand::SignOff { images }, args.json)
}

/// Runs `overread reopen`.
pub fn reopen(args: &ReopenArgs) -> Result<()> {
    let mut core = opened(&args.project, args.reader.as_deref())?;
    let images = found(&core, &args.images)?;
    done(&mut core, ProjectCommand::Reopen { images, reason: args.reason.clone() }, args.json)
}

fn opened(project: &ProjectArg, name: Option<&str>) -> Result<Core> {
    let mut core = Core::open(&project.project)?;
    if let Some(why) = core.view().read_only.clone() {
        bail!(why);
    }
    core.act_as(&name.map_or_else(reader::default_reader, str::to_owned));
    Ok(core)
}

fn found(core: &Core, names: &[String]) -> Result<Vec<ImageId>> {
    let index = ImageIndex::new(core.images());
    names.iter().map(|name| Ok(index.find(name)?.id)).collect()
}

/// Does it and says what came of it.
fn done(core: &mut Core, command: ProjectCommand, json: bool) -> Result<()> {
    let out = Output::new(json);
    core.take_notices();
    core.apply(command, &Compute::cpu())?;
    let said: Vec<String> = core.take_notices().into_iter().map(|(_, text)| text).collect();
    let signed = core.annotations().iter().filter(|said| !said.signed.is_empty()).count();
    out.json(&json!({ "said": said, "signed_off": signed, "images": core.images().len() }))?;
    for text in said {
        out.text(text)?;
    }
    Ok(())
}
