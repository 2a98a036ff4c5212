//! `overread similar`: the images that look most like one to the active model.

use super::output::Output;
use super::project::ProjectArg;
use crate::nn::Compute;
use crate::session::{Core, Order};
use anyhow::Result;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// The image, by its name in the project.
    image: String,
    /// So many at most.
    #[arg(long, value_name = "N", default_value_t = 24)]
    count: usize,
    /// auto, cpu, cuda:N or metal.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let compute = Compute::parse(&args.device)?;
    // Where somebody else has it open, what is worked out is not kept.
    let mut core = Core::open(&args.project.project)?;
    let image = core.find_image(&args.image)?;
    let work = core.features_work()?.into_iter().collect();
    core.perform(work, &compute, &mut |_| Order::Go)?;
    let near = core.similar(image, args.count).unwrap_or_default();
    let classes = core.view().classes.clone();
    let mut found = Vec::with_capacity(near.len());
    for (id, likeness) in &near {
        let place = core.images().iter().position(|image| image.id == *id);
        let Some(at) = place else { continue };
        let (Some(image), Some(said)) = (core.images().get(at), core.annotations().get(at)) else { continue };
        let names: Vec<String> = said.classes(classes.len()).into_iter().map(|class| classes.name(class)).collect();
        found.push((image.name.clone(), *likeness, names, image.split.name(), said.reviewed));
    }
    let out = Output::new(args.json);
    let line = |(name, likeness, classes, split, reviewed): &(String, f32, Vec<String>, &str, bool)| json!({ "image": name, "cosine": likeness, "classes": classes, "split": split, "reviewed": reviewed });
    out.json(&json!({ "image": args.image, "similar": found.iter().map(line).collect::<Vec<_>>() }))?;
    if found.is_empty() {
        return out
            .text(format!("{} has nothing to be compared by: its file could not be read by the model", args.image));
    }
    for (name, likeness, classes, split, _) in &found {
        let said = if classes.is_empty() { "no label".to_owned() } else { classes.join(", ") };
        out.text(format!("{likeness:.4}  {name}  {said}  ({split})"))?;
    }
    Ok(())
}
