//! `overread study`: some images are shown with a wrong answer of the model, to see how far readers follow it.

use super::output::Output;
use super::project::ProjectArg;
use crate::domain::ImageId;
use crate::evaluation::influence::Part;
use crate::session::project::reader;
use crate::session::{Core, StudyView};
use anyhow::{Result, bail};
use serde_json::json;
use std::collections::HashMap;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Begin one: readers see that it runs, and not which images it is about.
    Start(Start),
    /// End it, and say which images were shown with a wrong answer and how often it was followed.
    End(Common),
    /// Say whether one runs, and what came of those that ended.
    Status(Common),
}

#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    project: ProjectArg,
    /// Who does it; the log keeps it.
    #[arg(long)]
    reader: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Start {
    #[command(flatten)]
    common: Common,
    /// So many images with a class that is known are shown with a wrong answer.
    #[arg(long, value_name = "N", default_value_t = 20)]
    images: usize,
    /// The same images, model and seed give the same answers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    match &args.what {
        What::Start(start) => {
            let (out, mut core) = open(&start.common)?;
            let planted = core.begin_study(start.images, start.seed)?;
            out.json(&json!({"planted": planted, "wanted": start.images, "seed": start.seed}))?;
            out.text(format!(
                "a study runs: a wrong answer is planted in {planted} images ({} were asked for) until overread study end; have \
                 readers read with the reveal after the commit: who reads assisted sees the class that is known",
                start.images
            ))
        }
        What::End(common) => {
            let (out, mut core) = open(common)?;
            core.end_study()?;
            say(out, &core)
        }
        What::Status(common) => {
            let core = Core::open_to_look(&common.project.project)?;
            say(Output::new(common.json), &core)
        }
    }
}

fn open(common: &Common) -> Result<(Output, Core)> {
    let mut core = Core::open(&common.project.project)?;
    if let Some(why) = core.view().read_only.clone() {
        bail!(why);
    }
    core.act_as(&common.reader.clone().unwrap_or_else(reader::default_reader));
    Ok((Output::new(common.json), core))
}

fn say(out: Output, core: &Core) -> Result<()> {
    let studies = core.studies()?;
    let names: HashMap<_, _> = core.images().iter().map(|image| (image.id, image.name.as_str())).collect();
    let named =
        |images: &[ImageId]| -> Vec<&str> { images.iter().filter_map(|image| names.get(image).copied()).collect() };
    let one = |study: &StudyView| json!({"study": study, "images": named(&study.images), "unconfirmed": named(&study.unconfirmed)});
    out.json(&json!({ "studies": studies.iter().map(one).collect::<Vec<_>>() }))?;
    if studies.is_empty() {
        return out.text("there was no study: overread study start begins one");
    }
    for study in &studies {
        let ended = study.ended.as_ref().map_or_else(|| "runs".to_owned(), |ended| format!("ended {ended}"));
        out.text(format!(
            "study of {}, seed {}, began {} by {}, {ended}{}: a wrong answer planted in {} images{}",
            study.model,
            study.seed,
            study.began,
            study.by,
            if study.here { "" } else { " in another copy" },
            study.planted,
            // Of one that runs nothing is told.
            if study.ended.is_some() { format!(", of which {} were read", study.read) } else { String::new() }
        ))?;
        for one in &study.readers {
            out.text(format!("  {}: followed {}", one.reader, part(one.followed)))?;
        }
        if let Some(why) = &study.unreadable {
            out.text(format!("  which images they were is not known: {why}"))?;
        }
        if !study.images.is_empty() {
            out.text(format!("  they were: {}", named(&study.images).join(", ")))?;
        }
        if !study.unconfirmed.is_empty() {
            let names = named(&study.unconfirmed).join(", ");
            out.text(format!("  labelled as planted, left out of training until said again: {names}"))?;
        }
    }
    if studies.iter().all(|study| study.ended.is_none()) {
        return Ok(());
    }
    out.text("beside the model's own answers, wrong and right: overread influence")
}

/// "3 of 5 (0.23 to 0.88)".
fn part(part: Part) -> String {
    match part.interval {
        Some([low, high]) => format!("{} of {} ({low:.2} to {high:.2})", part.count, part.of),
        None => "none of 0".to_owned(),
    }
}
