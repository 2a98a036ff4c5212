//! `overread simulate`: labelling replayed over a project whose truth is known, order by order, to see what each saves.

use super::interrupt;
use super::output::line;
use super::progress::Bar;
use super::project;
use crate::domain::ModelRecord;
use crate::evaluation::active::replay::Strategy;
use crate::evaluation::active::saving::{AsGoodAs, OverSeeds};
use crate::files::atomically;
use crate::inference::Classifier;
use crate::nn::Compute;
use crate::session::project::simulating::{
    Asked, FoundOverSeeds, Material, OfOrder, Simulated, Wrong, find_wrong_labels, gather, replay_all,
};
use crate::store::{Access, Store};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Parts of a bar that shows a share.
const PARTS: f64 = 1000.0;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The project folder, NAME.overread; it is read and never changed.
    project: PathBuf,
    /// The orders to replay beside a random one; may be given several times. All of them, if not given.
    #[arg(long, value_name = "NAME", value_parser = strategy)]
    order: Vec<Strategy>,
    /// Replay so often, each time from other first images.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// The model whose network makes the features: a number or name in the project, or a .safetensors file that Overread wrote.
    #[arg(long, value_name = "M", default_value = "active")]
    model: String,
    /// Images labelled before the head learns again; a fortieth of all, and 10 at least, if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    batch: Option<u32>,
    /// How many percent of each order are drawn at random.
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=100))]
    at_random: u8,
    /// How strongly the head learns, as scikit-learn's C; smaller holds its weights nearer to zero.
    #[arg(long, value_name = "C", default_value_t = 100.0)]
    strength: f64,
    /// Instead look for wrong labels, by confident learning: those that a demo has, or with a number labels of which so many
    /// percent are changed for the replay.
    #[arg(long, value_name = "PERCENT", num_args = 0..=1, require_equals = true, default_missing_value = "0",
          value_parser = clap::value_parser!(u8).range(0..=50))]
    planted_errors: Option<u8>,
    /// auto, cpu, cuda:N or metal.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Write all figures and curves to this file as JSON.
    #[arg(long, value_name = "OUT")]
    json: Option<PathBuf>,
}

fn strategy(text: &str) -> Result<Strategy, String> {
    let names: Vec<&str> = Strategy::ALL.iter().map(|one| one.name()).collect();
    let found = Strategy::ALL.into_iter().find(|one| one.name() == text);
    found.ok_or_else(|| format!("there is no order {text:?} to replay: use {}", names.join(", ")))
}

/// What is written as JSON.
#[derive(Serialize)]
struct Written<'a> {
    project: &'a std::path::Path,
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<&'a Simulated>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label_errors: Option<&'a FoundOverSeeds>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    if !(args.strength.is_finite() && args.strength > 0.0) {
        bail!("--strength {} makes no sense: give a number above 0", args.strength);
    }
    let store = Store::open(&args.project, Access::ReadOnly)?;
    let (file, record) = chosen(&store, args)?;
    let classifier = Classifier::open(&file, &Compute::parse(&args.device)?)?;
    let stopped = || interrupt::pressed().load(Ordering::Relaxed);
    let bar = Bar::with_time_left("looking at images");
    let learned_here = record.is_some_and(|record| learns_features(&record, &classifier));
    let material = gather(&store, &classifier, learned_here, &mut |done, total| {
        bar.at(done, total);
        !stopped()
    })?;
    drop(bar);
    let Some(material) = material else { bail!("stopped: nothing was changed") };
    for why in material.unread.iter().take(3) {
        line(&format!("left out: {why}"))?;
    }
    let asked = Asked {
        strategies: wanted(args, material.classes),
        seeds: args.seeds,
        batch: args.batch.map(|batch| batch as usize),
        at_random: args.at_random.into(),
        c: args.strength,
    };
    let bar = Bar::with_time_left("replaying");
    let go_on = |share: f64| {
        bar.at((share * PARTS) as usize, PARTS as usize);
        !stopped()
    };
    let name = &classifier.card().name;
    let (mut replayed, mut errors) = (None, None);
    match args.planted_errors {
        None => replayed = Some(replay_all(&material, &asked, &go_on)?),
        Some(percent) => {
            let wrong = if percent == 0 { Wrong::Known } else { Wrong::Planted(percent.into()) };
            errors = Some(find_wrong_labels(&material, &asked, wrong, &go_on)?);
        }
    }
    drop(bar);
    head(&material, name, args)?;
    replayed.as_ref().map_or(Ok(()), print)?;
    errors.as_ref().map_or(Ok(()), print_errors)?;
    if let Some(to) = &args.json {
        let all =
            Written { project: &args.project, model: name, replay: replayed.as_ref(), label_errors: errors.as_ref() };
        let text = serde_json::to_vec_pretty(&all)?;
        atomically(to, |file| file.write_all(&text)).with_context(|| format!("{} was not written", to.display()))?;
        line(&format!("all figures and curves: {}", to.display()))?;
    }
    Ok(())
}

/// The file of the model, and what the project knows of it.
fn chosen(store: &Store, args: &Args) -> Result<(PathBuf, Option<ModelRecord>)> {
    if args.model == "active" && !store.models()?.iter().any(|model| model.active) {
        bail!(
            "{} has no active model whose network could look at its images: name one with --model",
            args.project.display()
        );
    }
    let project::Chosen { file, record } = project::chosen_model(Some(&args.project), &args.model)?;
    Ok((file, record))
}

/// Whether the network before its last layer has learned from labels of this project.
fn learns_features(record: &ModelRecord, classifier: &Classifier) -> bool {
    let frozen = record.card.recipe.as_ref().is_some_and(|recipe| {
        let stages = recipe.frozen_stages + 1 >= classifier.network().stages();
        stages || recipe.freeze_backbone_epochs >= recipe.epochs
    });
    record.run.is_some() && !frozen
}

fn wanted(args: &Args, classes: usize) -> Vec<Strategy> {
    let all = || Strategy::ALL.into_iter().filter(|one| one.differs(classes)).collect();
    if args.order.is_empty() { all() } else { args.order.clone() }
}

fn head(material: &Material, model: &str, args: &Args) -> Result<()> {
    line(&format!(
        "{} images to label and {} to judge by, {} features of {model}, {} classes, {} seeds",
        material.pool.len(),
        material.test.len(),
        material.width,
        material.classes,
        args.seeds
    ))?;
    if material.own_truth {
        line("the truth is the project's own, which its labels contradict here and there")?;
    }
    if material.learned_here {
        line(
            "this model's network has learned from labels in this project: what is found here is better than on new images, \
             for its features know these labels",
        )?;
    }
    Ok(())
}

/// "140.0 (131.2 to 148.8)".
fn figure(of: &OverSeeds, digits: usize) -> String {
    match of.interval {
        Some([low, high]) => format!("{:.digits$} ({low:.digits$} to {high:.digits$})", of.mean),
        None => format!("{:.digits$}", of.mean),
    }
}

fn print(replayed: &Simulated) -> Result<()> {
    line(&format!(
        "batches of {}, {} % of each order drawn at random; means over seeds with 95 % intervals",
        replayed.batch, replayed.at_random
    ))?;
    line("\nuntil 95 % of the images have the right label: images labelled, corrections among them")?;
    for one in &replayed.orders {
        let reached = one.labelled_to_95.as_ref().zip(one.corrections_to_95.as_ref());
        line(&match reached {
            Some((labelled, corrections)) => {
                format!("  {:<17}{:<27}{}", one.order, figure(labelled, 0), figure(corrections, 0))
            }
            None => format!("  {:<17}not reached", one.order),
        })?;
    }
    line("\nshare of the test images that the head says rightly")?;
    let at: Vec<usize> = replayed.orders.iter().skip(1).take(1).flat_map(places).collect();
    let at = if at.is_empty() {
        replayed.orders.iter().flat_map(|one| one.curve.len().checked_sub(1)).collect()
    } else {
        at
    };
    let labelled = |place: &usize| replayed.orders.first().and_then(|one| one.curve.get(*place)).map(|p| p.labelled);
    let titles: Vec<String> =
        at.iter().filter_map(labelled).map(|images| format!("{:<24}", format!("{images} labelled"))).collect();
    line(format!("  {:<17}{}", "", titles.concat()).trim_end())?;
    for one in &replayed.orders {
        let cells: Vec<String> = at
            .iter()
            .filter_map(|place| one.curve.get(*place))
            .map(|point| format!("{:<24}", figure(&point.accuracy, 3)))
            .collect();
        line(format!("  {:<17}{}", one.order, cells.concat()).trim_end())?;
    }
    line("\nmean curves compared, without their falls:")?;
    for one in replayed.orders.iter().skip(1) {
        let savings: Vec<String> = one
            .savings
            .iter()
            .map(|saving| match saving.random {
                AsGoodAs::Images(images) => format!("after {} images as good as {images} at random", saving.labelled),
                AsGoodAs::MoreThan(all) => format!("after {} better than all {all} at random", saving.labelled),
            })
            .collect();
        line(&format!("{}: {}", one.order, savings.join("; ")))?;
    }
    Ok(())
}

/// The places of its savings in its curve.
fn places(order: &OfOrder) -> Vec<usize> {
    let place = |labelled: usize| order.curve.iter().position(|point| point.labelled == labelled);
    order.savings.iter().filter_map(|saving| place(saving.labelled)).collect()
}

fn print_errors(found: &FoundOverSeeds) -> Result<()> {
    line(&format!(
        "{} labels, {:.0} of them wrong; the queue by probabilities out of fold (5 folds)",
        found.images, found.wrong
    ))?;
    line(&format!(
        "wrong among the first {}: {} in the queue, {} at random; at most {:.3}",
        found.first,
        figure(&found.precision, 3),
        figure(&found.at_random, 3),
        found.highest
    ))?;
    line(&format!(
        "called likely errors: {}, of which {} are",
        figure(&found.suspected, 0),
        figure(&found.rightly, 3)
    ))?;
    line(&format!(
        "labels to look at until 95 % of the wrong ones are found: {} in the queue, {} at random",
        figure(&found.looked_at, 0),
        figure(&found.looked_at_random, 0)
    ))
}
