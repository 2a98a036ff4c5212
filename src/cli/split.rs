//! `overread split`: divides the images of a project into train, validation and test anew.

use super::output::Output;
use super::project::ProjectArg;
use crate::domain::{Split, SplitRatios};
use crate::session::project::splitting;
use crate::session::{Core, SplitOptions, SplitPlan};
use anyhow::{Result, bail};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// Shares of train, validation and test.
    #[arg(long, value_name = "TRAIN/VALIDATION/TEST", default_value = "80/10/10", value_parser = super::import::ratios)]
    ratios: SplitRatios,
    /// The same seed divides the same images alike.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Leave the test split as it is and divide the rest.
    #[arg(long)]
    freeze_test: bool,
    /// A regular expression: images of which it finds the same in the name (its first group, or all of it) become one
    /// group and stay together.
    #[arg(long, value_name = "REGEX")]
    group: Option<String>,
    /// Say what would move, and change nothing.
    #[arg(long, conflicts_with = "undo")]
    dry_run: bool,
    /// Take the last change of the splits back instead.
    #[arg(long, conflicts_with_all = ["seed", "ratios", "freeze_test", "group"])]
    undo: bool,
    /// Who divides, and whose change is taken back; else the reader that the project remembers.
    #[arg(long)]
    reader: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    let options =
        SplitOptions { ratios: args.ratios, seed: args.seed, freeze_test: args.freeze_test, group: args.group.clone() };
    if args.dry_run {
        let store = args.project.read()?;
        let plan = splitting::plan_of_project(&store, &options)?;
        return report(&out, &plan, &store.classes()?.names(), false);
    }
    let mut core = Core::open(&args.project.project)?;
    if let Some(why) = &core.view().read_only {
        bail!("{} cannot be changed: {why}", args.project.project.display());
    }
    if let Some(reader) = &args.reader {
        core.act_as(reader);
    }
    if args.undo {
        core.undo_split()?;
        let [train, validation, test] = core.view().counts.splits;
        out.json(&json!({"undone": true, "splits": {"train": train, "validation": validation, "test": test}}))?;
        if !out.is_json() {
            out.text(format!("taken back: train {train}, validation {validation}, test {test}"))?;
        }
        return Ok(());
    }
    let plan = splitting::plan_of_project(core.store(), &options)?;
    if !plan.moves.is_empty() || !plan.regroups.is_empty() {
        core.apply_split(&plan)?;
    }
    report(&out, &plan, &core.view().classes.names(), true)
}

fn report(out: &Output, plan: &SplitPlan, classes: &[String], applied: bool) -> Result<()> {
    let names: Vec<&str> = classes.iter().map(String::as_str).chain(["no label"]).collect();
    let totals = |counts: &[[usize; 3]]| [0, 1, 2].map(|split| counts.iter().map(|row| row[split]).sum::<usize>());
    let named = |counts: [usize; 3]| -> serde_json::Map<String, serde_json::Value> {
        Split::ALL.iter().zip(counts).map(|(split, n)| (split.name().to_owned(), n.into())).collect()
    };
    let by_class = |counts: &[[usize; 3]]| -> serde_json::Map<String, serde_json::Value> {
        names.iter().zip(counts).map(|(name, row)| ((*name).to_owned(), named(*row).into())).collect()
    };
    let invalidated: Vec<_> = plan.invalidated.iter().map(|i| json!({"model": i.model, "images": i.images})).collect();
    out.json(&json!({
        "what": plan.what,
        "applied": applied,
        "moved": plan.moves.len(),
        "regrouped": plan.regroups.len(),
        "groups": plan.groups,
        "before": named(totals(&plan.before)),
        "after": named(totals(&plan.after)),
        "by_class": by_class(&plan.after),
        "test_changes": plan.test_changes,
        "invalidated": invalidated,
    }))?;
    if out.is_json() {
        return Ok(());
    }
    let line = |counts: [usize; 3]| format!("train {}, validation {}, test {}", counts[0], counts[1], counts[2]);
    let verb = if applied { "moved" } else { "would move" };
    let mut lines = vec![
        format!("{}: {} images {verb}, {} groups", plan.what, plan.moves.len(), plan.groups),
        format!("  before: {}", line(totals(&plan.before))),
        format!("  after:  {}", line(totals(&plan.after))),
    ];
    for (name, row) in names.iter().zip(&plan.after).filter(|(_, row)| row.iter().sum::<usize>() > 0) {
        lines.push(format!("  {name:<24} {}", line(*row)));
    }
    if plan.test_changes {
        lines.push("the test split is another one: figures of before cannot be laid beside later ones".into());
    }
    for one in &plan.invalidated {
        lines.push(format!(
            "{} was trained on {} images of the test split: its test figures no longer count",
            one.model, one.images
        ));
    }
    out.text(lines.join("\n"))
}
