//! `overread influence`: what the model does to its readers, told from readings that were committed before it was revealed.

use super::output::Output;
use super::project::ProjectArg;
use crate::evaluation::influence::{Influence, Part};
use crate::session::project::influence;
use anyhow::Result;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// Say who the readers are; without this they are numbers.
    #[arg(long)]
    names: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    let store = args.project.read()?;
    let Some(mut found) = influence::of(&store, &|_, _| true)? else { return Ok(()) };
    if !args.names {
        let mut known: Vec<String> = found.readers.iter().map(|one| one.reader.clone()).collect();
        known.dedup();
        for one in &mut found.readers {
            let at = known.iter().position(|name| *name == one.reader).unwrap_or_default();
            one.reader = format!("reader {}", at + 1);
        }
    }
    out.json(&json!(found))?;
    if found.readers.is_empty() {
        out.text(
            "no reading was committed before a model was revealed: choose \"Reveal after commit\" in the reader's menu of the window",
        )?;
    }
    for one in &found.readers {
        out.text(format!("{}, {}", one.reader, one.model))?;
        text(out, &one.all)?;
        for (at, part) in one.over_time.iter().enumerate() {
            let (first, followed) = (part.median_first_ms, share(part.followed));
            let time = first.map_or_else(String::new, |ms| format!(", {} s an image", seconds(ms)));
            out.text(format!("  part {}: took the model's answer {followed}{time}", at + 1))?;
        }
    }
    for (model, all) in found.models.iter().filter(|_| found.readers.len() > 1) {
        out.text(format!("all readers, {model}"))?;
        text(out, all)?;
    }
    if found.without_answer > 0 {
        let count = found.without_answer;
        out.text(format!(
            "{count} committed readings are not counted: no model had answered, or one that draws boxes"
        ))?;
    }
    Ok(())
}

fn seconds(ms: u64) -> String {
    format!("{:.1}", ms as f64 / 1000.0)
}

/// "3 of 5 (0.23 to 0.88)".
fn share(part: Part) -> String {
    match part.interval {
        Some([low, high]) => format!("{} of {} ({low:.2} to {high:.2})", part.count, part.of),
        None => format!("{} of {}", part.count, part.of),
    }
}

fn text(out: Output, of: &Influence) -> Result<()> {
    let lines = [
        ("said the same as the model before the reveal", of.agreed_first),
        ("and after it", of.agreed_last),
        ("had said something else and took the model's answer", of.followed),
        ("had said the same and left it", of.left),
        ("right before the reveal, where the truth is known", of.right_first),
        ("right after it", of.right_last),
        ("right: the model", of.right_model),
        ("took the model's answer where it was right", of.gained),
        ("took the model's answer where it was wrong (automation bias)", of.misled),
    ];
    out.text(format!("  {} answers", of.answers))?;
    for (what, part) in lines.into_iter().filter(|(_, part)| part.of > 0) {
        out.text(format!("  {what}: {}", share(part)))?;
    }
    match of.median_first_ms {
        Some(ms) => {
            out.text(format!("  half of the images were looked at for {} s or less before the commit", seconds(ms)))
        }
        None => Ok(()),
    }
}
