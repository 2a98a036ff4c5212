//! `overread assignments`: how far the readers are with what was assigned to them, and how they do where that can be told.

use super::output::Output;
use super::project::ProjectArg;
use crate::domain::AssignmentState;
use crate::evaluation::influence::Part;
use crate::session::{AssignmentView, Core, ReaderProgress, reading_progress};
use anyhow::{Result, anyhow, bail};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    let core = Core::open_to_look(&args.project.project)?;
    let plans = core.assignments()?;
    out.json(&json!({ "plans": plans }))?;
    if plans.is_empty() {
        return out.text("nothing is assigned: overread assign --readers a,b");
    }
    for plan in &plans {
        let state = match plan.state {
            AssignmentState::Open => "open",
            AssignmentState::Ended => "ended",
        };
        let digest = plan.digest.get(..12).unwrap_or(&plan.digest);
        out.text(format!("plan {digest}, {state}, made {} by {}: {}", plan.made, plan.by, plan.summary()))?;
        for one in &plan.readers {
            of_reader(out, one)?;
        }
    }
    Ok(())
}

fn of_reader(out: Output, one: &ReaderProgress) -> Result<()> {
    out.text(format!("  {}: {}", one.name, reading_progress(one.read, one.total, one.left_ms)))?;
    if one.honeypots.of > 0 {
        out.text(format!("    right on honeypots: {}", part(one.honeypots)))?;
    }
    if one.honeypots_in_sight > 0 {
        let count = one.honeypots_in_sight;
        out.text(format!("    {count} honeypots were read with the label in sight and are not counted"))?;
    }
    if one.repeats.equal.of > 0 {
        let kappa = one.repeats.kappa.map_or_else(|| "not defined".to_owned(), |kappa| format!("{kappa:.2}"));
        out.text(format!("    the same when read again: {}, Cohen's kappa {kappa}", part(one.repeats.equal)))?;
    }
    Ok(())
}

/// "3 of 5 (0.23 to 0.88)".
fn part(part: Part) -> String {
    match part.interval {
        Some([low, high]) => format!("{} of {} ({low:.2} to {high:.2})", part.count, part.of),
        None => format!("{} of {}", part.count, part.of),
    }
}

/// A share in percent: "20%", "20".
pub(super) fn share(text: &str) -> Result<u8> {
    let number = text.trim().trim_end_matches('%').trim().parse::<u8>().ok().filter(|share| *share <= 100);
    number.ok_or_else(|| anyhow!("{text:?} is no share of the images: say a whole number from 0 to 100, as 20%"))
}

/// The plan whose name begins so; the newest open one where nothing is given.
pub(super) fn named(core: &Core, wanted: &str) -> Result<AssignmentView> {
    let mut fit: Vec<AssignmentView> = core
        .assignments()?
        .into_iter()
        .filter(|plan| match wanted.is_empty() {
            true => plan.state == AssignmentState::Open,
            false => plan.digest.starts_with(wanted),
        })
        .collect();
    match (fit.len(), wanted.is_empty()) {
        (0, true) => bail!("no plan of readings is open"),
        (0, false) => bail!("no plan of readings begins with {wanted:?}: overread assignments lists them"),
        (2.., false) => bail!("several plans of readings begin with {wanted:?}: give more of the name"),
        (_, _) => Ok(fit.remove(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_whole_number_of_percent() {
        assert_eq!((share("20%").unwrap(), share(" 7 ").unwrap(), share("100 %").unwrap()), (20, 7, 100));
        for wrong in ["", "101%", "-3", "0.2", "a fifth"] {
            assert!(share(wrong).unwrap_err().to_string().contains("no share of the images"), "{wrong}");
        }
    }
}
