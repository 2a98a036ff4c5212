//! L-BFGS with a curvature to begin with, and a search along lines that passes over no features.

use super::Settings;
use super::curvature::Curvature;
use super::objective::{Objective, OnLine};
use std::collections::VecDeque;
use std::sync::Arc;

/// Steps that are remembered.
const MEMORY: usize = 12;
/// The end: the next step would lower the mean loss of a row by less than this.
const LEAST_GAIN: f64 = 1e-12;
/// After so many steps of no use the features' own precision is reached.
const IDLE: usize = 3;
/// A start whose curvature needed more steps than this is given a new one.
const STEPS_OF_A_GOOD_CURVATURE: usize = 25;

/// Where it ended.
pub(super) struct Found {
    pub weights: Vec<f64>,
    pub steps: usize,
    pub converged: bool,
    pub curvature: Arc<Curvature>,
}

/// A step that was taken: the move, the change of the gradient, and one over their product.
struct Step {
    moved: Vec<f64>,
    turned: Vec<f64>,
    scale: f64,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds `by` times `b` to `a`.
fn add(a: &mut [f64], by: f64, b: &[f64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += by * b);
}

/// The way down: minus the inverse Hessian as far as it is known, times the gradient.
fn direction(gradient: &[f64], steps: &VecDeque<Step>, curvature: &Curvature) -> Vec<f64> {
    let mut down: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut shares = Vec::with_capacity(steps.len());
    for step in steps.iter().rev() {
        let share = step.scale * dot(&step.moved, &down);
        add(&mut down, -share, &step.turned);
        shares.push(share);
    }
    curvature.divide(&mut down);
    if let Some(last) = steps.back() {
        let mut turned = last.turned.clone();
        curvature.divide(&mut turned);
        let expected = dot(&last.turned, &turned);
        if expected > 0.0 {
            let scale = 1.0 / (last.scale * expected);
            down.iter_mut().for_each(|value| *value *= scale);
        }
    }
    for (step, share) in steps.iter().zip(shares.into_iter().rev()) {
        let back = step.scale * dot(&step.turned, &down);
        add(&mut down, share - back, &step.moved);
    }
    down
}

/// The pull along a line: its value and slope follow from three numbers.
struct Pull {
    at: f64,
    across: f64,
    along: f64,
}

impl Pull {
    fn new(objective: &Objective, weights: &[f64], down: &[f64]) -> Self {
        let mut pull = Self { at: 0.0, across: 0.0, along: 0.0 };
        for (place, (weight, down)) in weights.iter().zip(down).enumerate() {
            let strength = objective.pull(place);
            pull.at += strength * weight * weight;
            pull.across += strength * weight * down;
            pull.along += strength * down * down;
        }
        pull
    }

    fn on(&self, line: OnLine, step: f64) -> OnLine {
        OnLine {
            loss: line.loss + 0.5 * (self.at + 2.0 * step * self.across + step * step * self.along),
            slope: line.slope + self.across + step * self.along,
        }
    }
}

/// How far to go down a line: the loss is lower there and the slope at most nine tenths of what it was (the strong Wolfe
/// conditions); `None` where there is no such step.
fn step_length(objective: &Objective, logits: &[f64], along: &[f64], pull: &Pull) -> Option<f64> {
    let value = |step: f64| pull.on(objective.along(logits, along, step), step);
    let start = value(0.0);
    if start.slope >= 0.0 {
        return None;
    }
    let (mut low, mut high) = ((0.0, start.slope), None::<(f64, f64)>);
    let mut step = 1.0;
    // The loss of many rows is known no better than this.
    let rounding = 1e-13 * start.loss.abs();
    for _ in 0..30 {
        let here = value(step);
        let lower = here.loss <= start.loss + 1e-4 * step * start.slope + rounding;
        if lower && here.slope.abs() <= 0.9 * start.slope.abs() {
            return Some(step);
        }
        if here.slope < 0.0 && lower {
            low = (step, here.slope)
        } else {
            high = Some((step, here.slope))
        }
        step = match high {
            None => step * 3.0,
            // Where the slope would be zero if it changed evenly, and never too near an end.
            Some((end, slope)) => {
                let share = if slope > low.1 { -low.1 / (slope - low.1) } else { 0.5 };
                low.0 + (end - low.0) * share.clamp(0.1, 0.9)
            }
        };
    }
    None
}

/// Weights at the bottom; `None` where `go_on` ended it.
pub(super) fn minimise(
    objective: &Objective,
    start: Option<(&[f64], &Arc<Curvature>)>,
    settings: Settings,
    go_on: &dyn Fn() -> bool,
) -> Option<Found> {
    let mut weights = match start {
        Some((weights, _)) => weights.to_vec(),
        None => vec![0.0; objective.columns * (objective.width + 1)],
    };
    let mut logits = objective.logits(&weights);
    let mut curvature = match start {
        Some((_, curvature)) => Arc::clone(curvature),
        None => Arc::new(Curvature::at(objective, &logits)),
    };
    let mut gradient = objective.gradient(&weights, &logits);
    let mut steps: VecDeque<Step> = VecDeque::with_capacity(MEMORY);
    let (mut taken, mut idle, mut converged) = (0, 0, false);
    let mut least = f64::INFINITY;
    while taken < settings.most_steps {
        if !go_on() {
            return None;
        }
        let mut down = direction(&gradient, &steps, &curvature);
        let gain = -dot(&down, &gradient) / objective.total.max(f64::MIN_POSITIVE);
        idle = if gain < 0.5 * least { 0 } else { idle + 1 };
        least = least.min(gain);
        if gain.abs() <= LEAST_GAIN || (idle >= IDLE && gain.abs() < 1e3 * LEAST_GAIN) {
            converged = true;
            break;
        }
        let mut along = objective.direction_logits(&down);
        let pull = Pull::new(objective, &weights, &down);
        let Some(step) = step_length(objective, &logits, &along, &pull) else {
            if steps.is_empty() {
                // The slope is as flat as numbers of this precision can tell.
                converged = true;
                break;
            }
            steps.clear();
            continue;
        };
        down.iter_mut().for_each(|value| *value *= step);
        along.iter_mut().for_each(|value| *value *= step);
        add(&mut weights, 1.0, &down);
        add(&mut logits, 1.0, &along);
        let next = objective.gradient(&weights, &logits);
        let turned: Vec<f64> = next.iter().zip(&gradient).map(|(next, before)| next - before).collect();
        gradient = next;
        taken += 1;
        let product = dot(&down, &turned);
        if product > 0.0 {
            if steps.len() == MEMORY {
                steps.pop_front();
            }
            steps.push_back(Step { moved: down, turned, scale: 1.0 / product });
        }
        if taken % STEPS_OF_A_GOOD_CURVATURE == 0 {
            curvature = Arc::new(Curvature::at(objective, &logits));
            steps.clear();
        }
    }
    Some(Found { weights, steps: taken, converged, curvature })
}
