//! Scores of boxes as probabilities that a box is right, at an intersection over union of 0.5 (of detectors: Küppers and others
//! 2020), and calibrating them (Kull, Silva Filho and Flach 2017, "Beta calibration").

use super::resampled::boxes_on;
use crate::domain::BoxThresholds;
use crate::domain::calibration::{BoxCalibration, ScoreFigures};
use crate::domain::{BetaMap, ClassList, PredictedBox, TrueBox};
use crate::evaluation::calibration::CALIBRATION_BINS;

/// The score of each box that was found, of any class, and whether it is right; boxes on crowds are left out.
pub fn hits(truth: &[Vec<TrueBox>], found: &[Vec<PredictedBox>], classes: &ClassList) -> Vec<(f64, bool)> {
    boxes_on(truth, found, classes, &BoxThresholds::default()).into_iter().flat_map(|on| on.found).collect()
}

/// The map that makes the likelihood of which boxes are right greatest: a logistic regression on `ln s` and `-ln(1 - s)`. Where
/// one of the two would turn the order of the boxes round it is left out, as the paper has it. `None` without right and wrong
/// boxes, where the likelihood only rises (all right ones have higher scores than all wrong ones), or where the scores say
/// nothing of what is right.
pub fn beta_map(hits: &[(f64, bool)]) -> Option<BetaMap> {
    let right = hits.iter().filter(|(_, right)| *right).count();
    if right == 0 || right == hits.len() {
        return None;
    }
    // Scores that part right from wrong boxes: the likelihood rises for ever.
    let end = |of: bool, pick: fn(f64, f64) -> f64| {
        hits.iter().filter(|(_, right)| *right == of).map(|(score, _)| *score).reduce(pick)
    };
    if end(true, f64::min) > end(false, f64::max) || end(false, f64::min) > end(true, f64::max) {
        return None;
    }
    let rows: Vec<([f64; 2], bool)> = hits.iter().map(|(score, right)| (features(*score), *right)).collect();
    let [a, b, c] = regression(&rows, [true, true])?;
    let [a, b, c] = if a < 0.0 {
        regression(&rows, [false, true])?
    } else if b < 0.0 {
        regression(&rows, [true, false])?
    } else {
        [a, b, c]
    };
    let map = BetaMap { a, b, c, boxes: hits.len() };
    map.makes_sense().then_some(map)
}

fn features(score: f64) -> [f64; 2] {
    let score = score.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    [score.ln(), -(-score).ln_1p()]
}

/// Newton's method; the weights of the two features, 0 where one is not used, and the constant.
fn regression(rows: &[([f64; 2], bool)], used: [bool; 2]) -> Option<[f64; 3]> {
    let x = |row: &[f64; 2]| {
        let of = |at: usize| if used.get(at) == Some(&true) { row.get(at).copied().unwrap_or(0.0) } else { 0.0 };
        [of(0), of(1), 1.0]
    };
    let value = |w: &[f64; 3], x: &[f64; 3]| w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
    let loss = |w: &[f64; 3]| -> f64 {
        // ln(1 + e^-m) without overflow.
        let of = |m: f64| if m > 0.0 { (-m).exp().ln_1p() } else { m.exp().ln_1p() - m };
        rows.iter().map(|(row, right)| of(if *right { value(w, &x(row)) } else { -value(w, &x(row)) })).sum()
    };
    let mut w = [0.0; 3];
    let mut now = loss(&w);
    for _ in 0..200 {
        let (mut gradient, mut hessian) = ([0.0; 3], [[0.0; 3]; 3]);
        for (row, right) in rows {
            let x = x(row);
            let p = 1.0 / (1.0 + (-value(&w, &x)).exp());
            for (i, xi) in x.iter().enumerate() {
                gradient[i] += (p - f64::from(u8::from(*right))) * xi;
                for (j, xj) in x.iter().enumerate() {
                    hessian[i][j] += p * (1.0 - p) * xi * xj;
                }
            }
        }
        // A feature that is not used stays at 0.
        for (at, used) in used.iter().enumerate() {
            if !used {
                hessian[at][at] = 1.0;
            }
        }
        if gradient.iter().all(|g| g.abs() < 1e-9 * rows.len() as f64) {
            return Some(w);
        }
        let step = solved(hessian, gradient)?;
        // Halved until the likelihood rises.
        let mut share = 1.0;
        let next = loop {
            let next: [f64; 3] = std::array::from_fn(|at| w[at] - share * step[at]);
            if loss(&next) < now {
                break Some(next);
            }
            share /= 2.0;
            if share < 1e-12 {
                break None;
            }
        };
        let Some(next) = next else { return Some(w) };
        (w, now) = (next, loss(&next));
        if w.iter().any(|w| w.abs() > 1e4) {
            return None;
        }
    }
    None
}

/// A system of three equations by elimination; `None` where it has no single answer.
fn solved(mut m: [[f64; 3]; 3], mut v: [f64; 3]) -> Option<[f64; 3]> {
    for at in 0..3 {
        let pivot = (at..3).max_by(|a, b| m[*a][at].abs().total_cmp(&m[*b][at].abs()))?;
        if m[pivot][at].abs() < 1e-14 {
            return None;
        }
        m.swap(at, pivot);
        v.swap(at, pivot);
        for below in at + 1..3 {
            let factor = m[below][at] / m[at][at];
            let lead = m[at];
            m[below].iter_mut().zip(lead).for_each(|(value, lead)| *value -= factor * lead);
            v[below] -= factor * v[at];
        }
    }
    let mut out = [0.0; 3];
    for at in (0..3).rev() {
        let known: f64 = (at + 1..3).map(|later| m[at][later] * out[later]).sum();
        out[at] = (v[at] - known) / m[at][at];
    }
    Some(out)
}

/// How scores do, the model's own and calibrated where there is a map.
pub fn box_calibration(own: &[(f64, bool)], map: Option<BetaMap>) -> BoxCalibration {
    // As they are shown: in single precision.
    let with = |map: BetaMap| own.iter().map(|(s, right)| (f64::from(map.of(*s) as f32), *right)).collect::<Vec<_>>();
    BoxCalibration {
        boxes: own.len(),
        right: own.iter().filter(|(_, right)| *right).count(),
        map,
        own: figures(own),
        calibrated: map.map(|map| figures(&with(map))),
    }
}

fn figures(of: &[(f64, bool)]) -> ScoreFigures {
    let count = of.len() as f64;
    if of.is_empty() {
        return ScoreFigures::default();
    }
    let truth = |right: bool| f64::from(u8::from(right));
    let mut apart = [0.0; CALIBRATION_BINS];
    for (score, right) in of {
        let bin = ((score * CALIBRATION_BINS as f64).ceil() as usize).clamp(1, CALIBRATION_BINS) - 1;
        if let Some(apart) = apart.get_mut(bin) {
            *apart += score - truth(*right);
        }
    }
    let loss = |(score, right): &(f64, bool)| -(if *right { *score } else { 1.0 - score }).max(f64::EPSILON).ln();
    ScoreFigures {
        calibration_error: Some(apart.iter().map(|apart: &f64| apart.abs()).sum::<f64>() / count),
        brier: Some(of.iter().map(|(score, right)| (score - truth(*right)).powi(2)).sum::<f64>() / count),
        log_loss: Some(of.iter().map(loss).sum::<f64>() / count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn maps_are_those_of_betacal_and_statsmodels() {
        let all: Value =
            serde_json::from_str(include_str!("../../../tests/reference/expected/beta_calibration.json")).unwrap();
        for case in all["cases"].as_array().unwrap() {
            let numbers = |name: &str| -> Vec<f64> {
                case[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
            };
            let hits: Vec<(f64, bool)> =
                numbers("scores").into_iter().zip(numbers("right")).map(|(s, r)| (s, r > 0.5)).collect();
            let map = beta_map(&hits).unwrap();
            for (ours, theirs) in [map.a, map.b, map.c].into_iter().zip(numbers("statsmodels")) {
                assert!((ours - theirs).abs() < 1e-5 * theirs.abs().max(1.0), "{map:?}, {theirs}");
            }
            for (at, theirs) in numbers("at").into_iter().zip(numbers("betacal")) {
                // Its optimiser stops early.
                assert!((map.of(at) - theirs).abs() < 2e-3, "{at}: {}, {theirs}", map.of(at));
            }
            let seen = box_calibration(&hits, Some(map));
            let (own, calibrated) = (seen.own, seen.calibrated.unwrap());
            assert!(calibrated.log_loss < own.log_loss, "{own:?} {calibrated:?}");
            for (ours, theirs) in [own.brier, own.log_loss].into_iter().zip(numbers("own_brier_and_log_loss")) {
                assert!((ours.unwrap() - theirs).abs() < 1e-9, "{ours:?} {theirs}");
            }
        }
    }

    #[test]
    fn what_cannot_be_fitted_has_no_map() {
        assert_eq!(beta_map(&[]), None);
        assert_eq!(beta_map(&[(0.5, true), (0.6, true)]), None, "none is wrong");
        let parted: Vec<(f64, bool)> = (1..20).map(|at| (f64::from(at) / 20.0, at > 10)).collect();
        assert_eq!(beta_map(&parted), None, "it could be made surer for ever");
        let turned: Vec<(f64, bool)> = (1..40).map(|at| (f64::from(at) / 40.0, at % 3 == 0 && at < 20)).collect();
        assert!(beta_map(&turned).is_none_or(|map| map.makes_sense()), "the order stays");
    }
}
