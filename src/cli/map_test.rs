//! `overread explain --test`: whether the maps of a model can be believed, method by method.

use super::explain::Methods;
use super::interrupt;
use super::output::Output;
use super::progress::Bar;
use super::project;
use crate::domain::map_test::{Curves, Pointing};
use crate::domain::performance::Estimate;
use crate::domain::{MapMethod, MapTest, Split};
use crate::explain::How;
use crate::nn::Compute;
use crate::session::project::map_testing;
use crate::session::{Core, Order, Report, TestOn};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::path::Path;
use std::sync::atomic::Ordering;

/// Images that are looked at where nothing else is said.
pub const IMAGES: usize = map_testing::IMAGES;

/// What is to be tested, on what.
pub struct Asked<'a> {
    pub project: &'a Path,
    pub model: &'a str,
    pub methods: Methods,
    /// All but the method.
    pub how: How,
    /// As it was typed.
    pub split: Option<&'a str>,
    pub images: usize,
    pub device: &'a str,
}

/// Tests one method after the other, telling what each comes to. What was found is kept in the project where it can be
/// changed.
pub fn run(asked: &Asked<'_>, out: Output) -> Result<()> {
    let mut core = Core::open(asked.project)?;
    let record = project::model(core.store(), asked.model)?;
    let on = match asked.split {
        None => TestOn { most: asked.images, ..core.usual_map_test() },
        Some("all") => TestOn { split: None, most: asked.images },
        Some(name) => TestOn { split: Some(split(name)?), most: asked.images },
    };
    let compute = Compute::parse(asked.device)?;
    let methods: Vec<MapMethod> = match asked.methods {
        Methods::One(method) => vec![method],
        Methods::All => MapMethod::that_fit(record.card.architecture.draws_boxes()).collect(),
    };
    let interrupted = interrupt::pressed();
    if let Some(why) = &core.view().read_only {
        out.text(format!("What is found is told here only and not kept: {why}"))?;
    }
    for method in &methods {
        let bar = Bar::new(method.name(), 0);
        // A layer is for those of all methods that look at one.
        let layer = asked.how.layer.filter(|_| methods.len() == 1 || method.has_layers());
        let how = How { method: *method, layer, ..asked.how };
        let work = core.test_map(record.id, how, on)?;
        let mut found = None;
        let done = core.perform(vec![work], &compute, &mut |report| {
            match report {
                Report::Progress { done, total, .. } => bar.at(*done, *total),
                Report::MapTested { test, .. } => found = Some(test.as_ref().clone()),
                _ => {}
            }
            if interrupted.load(Ordering::Relaxed) { Order::Cancel } else { Order::Go }
        });
        drop(bar);
        if interrupted.load(Ordering::Relaxed) && found.is_none() {
            bail!("interrupted, {} was not tested", method.name());
        }
        match done {
            Ok(()) => tell(&record.card.name, &found.context("the test ended without an answer")?, out)?,
            // One that does not fit this network must not keep the others from being tested.
            Err(error) if methods.len() > 1 => {
                out.json(&json!({"model": record.card.name, "method": method.name(), "error": error.to_string()}))?;
                out.text(format!("{}: not tested, {error}", method.name()))?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn split(name: &str) -> Result<Split> {
    let all = [Split::Train, Split::Validation, Split::Test];
    let found = all.into_iter().find(|split| split.name() == name);
    found.with_context(|| format!("there is no split {name:?}: use train, validation, test or all"))
}

fn tell(model: &str, test: &MapTest, out: Output) -> Result<()> {
    out.json(&json!({
        "model": model,
        "method": test.method.name(),
        "layer": test.layer,
        "split": test.split.map_or("all", Split::name),
        "images": test.images,
        "unread": test.unread,
        "unexplained": test.unexplained,
        "maps": test.maps,
        "empty": test.empty,
        "pointing": test.pointing,
        "sanity": test.sanity,
        "curves": test.curves,
        "seed": test.seed,
        "readable": !test.is_damning(),
        "verdict": test.verdict(),
    }))?;
    let layer = test.layer.map_or_else(String::new, |number| format!(" at layer {number}"));
    out.text(format!("{}{layer}: {}", test.method.name(), test.verdict()))?;
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let with_interval = |estimate: &Estimate| {
        let value = estimate.value.map_or_else(|| "unknown".to_owned(), percent);
        match (estimate.interval, &estimate.why) {
            (Some([low, high]), _) => format!("{value} (95 % interval {:.0} to {:.0} %)", low * 100.0, high * 100.0),
            (None, Some(why)) => format!("{value} ({why})"),
            (None, None) => value,
        }
    };
    if let Some(Pointing { right, heat, chance, maps, hits, .. }) = &test.pointing {
        let (right, heat, chance) = (with_interval(right), with_interval(heat), percent(*chance));
        out.text(format!("  points into readers' boxes: {hits} of {maps}, {right}; by chance {chance}"))?;
        out.text(format!("  share of the heat in them: {heat}; by chance {chance}"))?;
    }
    if let Some(sanity) = &test.sanity {
        let (correlation, bound) = (sanity.correlation, sanity.bound);
        out.text(format!(
            "  rank correlation with maps of random weights: {correlation:.2}; from {bound:.2} on it hardly changes"
        ))?;
        if let Some(structure) = sanity.structure {
            out.text(format!("  structural similarity with them: {structure:.2}; 1 is the same map"))?;
        }
    }
    if let Some(curves) = &test.curves {
        let Curves { steps, deletion, random_deletion, insertion, random_insertion, .. } = curves;
        let gain = |estimate: &Estimate| match (estimate.value, estimate.interval) {
            (Some(value), Some([low, high])) => format!("{value:+.3} (95 % interval {low:+.3} to {high:+.3})"),
            (Some(value), None) => format!("{value:+.3} (too few groups for an interval)"),
            (None, _) => "unknown".to_owned(),
        };
        let (by, more) = (gain(&curves.deletion_gain), gain(&curves.insertion_gain));
        out.text(format!(
            "  deletion {deletion:.3}, of random maps {random_deletion:.3}, better by {by}; {steps} steps"
        ))?;
        out.text(format!("  insertion {insertion:.3}, of random maps {random_insertion:.3}, better by {more}"))?;
    }
    if test.empty > 0 {
        out.text(format!("  {} of {} maps are empty", test.empty, test.maps))?;
    }
    if test.unexplained > 0 {
        out.text(format!("  on {} images the model draws no box of a class that readers drew", test.unexplained))?;
    }
    if test.unread > 0 {
        out.text(format!("  {} images could not be read", test.unread))?;
    }
    Ok(())
}
