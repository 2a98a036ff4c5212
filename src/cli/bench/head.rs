//! How long a head takes to learn from features that were kept, and to learn again after a correction.

use super::Args;
use crate::cli::output::Output;
use crate::evaluation::logistic::{Logistic, Rows, Settings, Truth, fit};
use anyhow::{Result, bail};
use rayon::prelude::*;
use serde_json::json;
use std::time::Instant;

/// Corrections that are measured one after the other.
const CORRECTIONS: usize = 20;
/// What the invented features have in common.
const FACTORS: usize = 16;

/// A number from 0 to 1 that looks drawn by chance, the same in any language: the end of `splitmix32`.
fn even(at: u32) -> f64 {
    let mut z = at.wrapping_mul(0x9E37_79B9);
    z = (z ^ (z >> 16)).wrapping_mul(0x85EB_CA6B);
    z = (z ^ (z >> 13)).wrapping_mul(0xC2B2_AE35);
    f64::from(z ^ (z >> 16)) / 4_294_967_296.0
}

/// About normal, from four of those.
fn normal(at: u32) -> f64 {
    let first = at.wrapping_mul(4);
    ((0..4).map(|more| even(first.wrapping_add(more))).sum::<f64>() - 2.0) * f64::sqrt(3.0)
}

/// Features as a network's last stage pools them, and a class for each row; `tests/reference/bench_head.py` invents the same.
pub(super) fn invented(rows: usize, width: usize, classes: usize) -> (Vec<f32>, Vec<usize>) {
    let loads: Vec<f64> = (0..width * FACTORS).map(|at| normal(0x4000_0000 + at as u32)).collect();
    let factors: Vec<f64> = (0..rows * FACTORS).map(|at| normal(0x2000_0000 + at as u32)).collect();
    let mut features = vec![0.0f32; rows * width];
    features.par_chunks_mut(width.max(1)).zip(factors.par_chunks(FACTORS)).enumerate().for_each(
        |(row, (to, factors))| {
            for (at, (to, loads)) in to.iter_mut().zip(loads.chunks_exact(FACTORS)).enumerate() {
                let shared: f64 = factors.iter().zip(loads).map(|(factor, load)| factor * load).sum();
                let own = even((row * width + at) as u32) - 0.5;
                *to = (0.25 * shared + own + 0.5).max(0.0) as f32;
            }
        },
    );
    let class = |(row, factors): (usize, &[f64])| {
        let score = |class: &usize| {
            let noise = normal(0x6000_0000 + (row * classes + class) as u32);
            factors.get(*class % FACTORS).copied().unwrap_or_default() + 0.7 * noise
        };
        (0..classes).max_by(|a, b| score(a).total_cmp(&score(b))).unwrap_or_default()
    };
    let truth = factors.chunks_exact(FACTORS).enumerate().map(class).collect();
    (features, truth)
}

/// Runs the measurement.
pub(super) fn run(args: &Args) -> Result<()> {
    let (rows, width, classes) = (args.images.unwrap_or(5_000), args.features, args.classes);
    if rows < 2 || width == 0 || classes < 2 {
        bail!("a head cannot be learned from {rows} images of {width} features and {classes} classes");
    }
    let (features, mut truth) = invented(rows, width, classes);
    let learn = |truth: &[usize], start: Option<&Logistic>| -> Result<(Logistic, f64)> {
        let started = Instant::now();
        let rows = Rows {
            features: &features,
            width,
            truth: Truth::Classes(truth),
            answers: classes,
            weights: None,
            offsets: None,
        };
        let head = fit(&rows, Settings::default(), start, &|| true)?;
        // What is shown then is part of it.
        let said = head.probabilities(&features, None);
        let seconds = started.elapsed().as_secs_f64();
        if said.len() == features.len() / width * classes {
            Ok((head, seconds))
        } else {
            bail!("no probabilities came")
        }
    };
    let (mut head, first) = learn(&truth, None)?;
    let first_steps = head.steps;
    let (mut seconds, mut steps) = (Vec::new(), 0);
    for correction in 0..CORRECTIONS {
        let row = correction * 37 % rows;
        if let Some(class) = truth.get_mut(row) {
            *class = (*class + 1) % classes;
        }
        let (next, took) = learn(&truth, Some(&head))?;
        steps += next.steps;
        head = next;
        seconds.push(took);
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(seconds.len() / 2).copied().unwrap_or_default();
    let largest = seconds.last().copied().unwrap_or_default();
    let out = Output::new(args.json);
    out.json(&json!({
        "task": "head", "images": rows, "features": width, "classes": classes,
        "threads": rayon::current_num_threads(), "first_seconds": first, "first_steps": first_steps,
        "again_median_seconds": median, "again_largest_seconds": largest,
        "again_steps": steps as f64 / CORRECTIONS as f64, "converged": head.converged,
    }))?;
    out.text(format!(
        "a head of {classes} classes from {rows} images of {width} features: {:.0} ms; again after a correction: {:.0} ms in \
         the middle of {CORRECTIONS}, {:.0} ms at most",
        first * 1e3,
        median * 1e3,
        largest * 1e3
    ))
}
