//! `overread adjudicate`: brings what several readers said into force, by a rule.

use super::interrupt;
use super::output::Output;
use super::progress::Bar;
use super::project::ProjectArg;
use crate::domain::{AdjudicationRule, ImageId};
use crate::nn::Compute;
use crate::session::project::reader;
use crate::session::protocol::task::{Order, Report};
use crate::session::{Core, ProjectCommand};
use anyhow::{Result, bail};
use serde_json::json;
use std::collections::HashMap;
use std::sync::atomic::Ordering;

/// Images that are named before the rest is only counted.
const NAMED: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// `all`: where all readers say the same; `majority`: where more than half do, of the class and of each finding; `staple`: the
    /// same, and boxes by how far each reader's can be relied on, estimated from all of them (from three readers on).
    #[arg(long, value_enum)]
    rule: Rule,
    /// Take what students say, too; without this it is left out.
    #[arg(long)]
    with_students: bool,
    /// Who adjudicates; the log keeps it.
    #[arg(long)]
    reader: Option<String>,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Rule {
    All,
    Majority,
    Staple,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    let project = &args.project.project;
    let mut core = if args.dry_run { Core::open_to_look(project)? } else { Core::open(project)? };
    if let (Some(why), false) = (core.view().read_only.clone(), args.dry_run) {
        bail!(why);
    }
    let name = args.reader.clone().unwrap_or_else(reader::default_reader);
    core.act_as(&name);
    let rule = match args.rule {
        Rule::All => AdjudicationRule::All,
        Rule::Majority => AdjudicationRule::Majority,
        Rule::Staple => AdjudicationRule::Staple,
    };
    let bar = Bar::new("reading the log", 0);
    let interrupted = interrupt::pressed();
    let compute = Compute::cpu();
    let work = core.apply(ProjectCommand::PlanAdjudication { rule, with_students: args.with_students }, &compute)?;
    core.perform(work, &compute, &mut |report| {
        if let Report::Progress { done, total, .. } = report {
            bar.at(*done, *total);
        }
        if interrupted.load(Ordering::Relaxed) { Order::Cancel } else { Order::Go }
    })?;
    drop(bar);
    let Some(plan) = core.view().data.adjudication.clone() else {
        bail!("the adjudication was cancelled, nothing was changed");
    };
    let changed = if args.dry_run { 0 } else { core.adjudicate()? };
    let names: HashMap<ImageId, &str> = core.images().iter().map(|image| (image.id, image.name.as_str())).collect();
    let undecided: Vec<&str> = plan.undecided.iter().filter_map(|image| names.get(image).copied()).collect();
    let signed: Vec<&str> = plan.signed.iter().filter_map(|image| names.get(image).copied()).collect();
    out.json(&json!({
        "rule": plan.rule,
        "instead_of_the_one_asked_for": plan.instead,
        "readers": *plan.readers,
        "shared_images": plan.shared,
        "left_out_of_students": plan.left_out,
        "decided": plan.decided.len(),
        "stand": plan.stand,
        "undecided": undecided,
        "signed_off": signed,
        "test_images": plan.test_images,
        "changed": changed,
    }))?;
    out.text(format!("{} images were read by two or more readers", plan.shared))?;
    if plan.left_out > 0 {
        let what = if plan.left_out == 1 { "word of a student is" } else { "words of students are" };
        out.text(format!("{} {what} left out (--with-students takes them)", plan.left_out))?;
    }
    if let Some(why) = &plan.instead {
        out.text(format!("{why}: by majority instead"))?;
    }
    for one in plan.readers.iter() {
        out.text(format!(
            "{}: drew {:.1} % of the findings, and no box at {:.1} % of the places that are none; counts {:.2}",
            one.reader,
            one.sensitivity * 100.0,
            one.specificity * 100.0,
            one.weight
        ))?;
    }
    let would = if args.dry_run { "would change" } else { "changed" };
    let test = if plan.test_images > 0 { format!(", {} of them test images", plan.test_images) } else { String::new() };
    out.text(format!(
        "by the rule \"{}\" the label in force {would} on {}{test}",
        plan.rule.name(),
        plan.decided.len()
    ))?;
    out.text(format!("{} stand as they are", plan.stand))?;
    let lists = [
        (undecided, "a person has to decide (Review, Readers differ):"),
        (signed, "signed off, and stay as they are (overread reopen, with a reason):"),
    ];
    for (list, what) in lists.iter().filter(|(list, _)| !list.is_empty()) {
        out.text(format!("{} {what}", list.len()))?;
        for name in list.iter().take(NAMED) {
            out.text(format!("  {name}"))?;
        }
        if let more @ 1.. = list.len().saturating_sub(NAMED) {
            out.text(format!("  and {more} more; --json lists all"))?;
        }
    }
    Ok(())
}
