//! Scores of a class's boxes, recalibrated from what readers made of them while they label.
//!
//! With z the log odds of a score, those of the recalibrated one are `(1 + w) z + c`, where w and c have the least
//!
//! ```text
//! sum over boxes that readers kept or deleted of the cross-entropy with that
//!   + 0.1 * sum over the other boxes of the cross-entropy with their own score
//!   + (w^2 + c^2) / 2
//! ```
//!
//! which is what a head on features learns by ([`super::logistic`]), with the score as its only feature. Without a kept or deleted box
//! the least is at w = c = 0, the model's own scores. Where `1 + w` would turn the order of the boxes around, w is left out. It is
//! Platt's scaling (1999) toward the model, a beta map with `a = b`.

use crate::domain::BetaMap;

/// What a box that nobody spoke of weighs against one that somebody kept or deleted.
const UNSAID: f64 = 0.1;
/// Scores nearer to 0 or 1 than this are those of this.
const LEAST: f64 = 1e-6;
/// Newton's steps at most; a handful does.
const MOST_STEPS: usize = 50;

/// A box of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgedBox {
    /// 0 to 1.
    pub score: f64,
    /// Whether readers have a box there; absent where nobody spoke of its image.
    pub right: Option<bool>,
}

/// The map of the scores of these boxes of one class; `None` where nobody kept or deleted one.
pub fn recalibrated(boxes: &[JudgedBox]) -> Option<BetaMap> {
    let judged = boxes.iter().filter(|one| one.right.is_some()).count();
    if judged == 0 {
        return None;
    }
    let row = |one: &JudgedBox| {
        let score = one.score.clamp(LEAST, 1.0 - LEAST);
        let z = (score / (1.0 - score)).ln();
        match one.right {
            Some(right) => (z, f64::from(u8::from(right)), 1.0),
            None => (z, score, UNSAID),
        }
    };
    let rows: Vec<(f64, f64, f64)> = boxes.iter().map(row).collect();
    let [w, c] = match fit(&rows, true) {
        [w, _] if w <= -1.0 => fit(&rows, false),
        both => both,
    };
    Some(BetaMap { a: 1.0 + w, b: 1.0 + w, c, boxes: judged }).filter(BetaMap::makes_sense)
}

/// Where the sum is least, by Newton's method: w, which is 0 without `slope`, and c. Rows have log odds, truth and weight.
fn fit(rows: &[(f64, f64, f64)], slope: bool) -> [f64; 2] {
    let loss = |[w, c]: [f64; 2]| -> f64 {
        let of = |(z, truth, weight): &(f64, f64, f64)| {
            let odds = (1.0 + w) * z + c;
            // The cross-entropy, written so that it does not overflow.
            weight * (odds.max(0.0) - odds * truth + (-odds.abs()).exp().ln_1p())
        };
        rows.iter().map(of).sum::<f64>() + (w * w + c * c) / 2.0
    };
    let mut at = [0.0, 0.0];
    for _ in 0..MOST_STEPS {
        let ([w, c], [mut gw, mut gc]) = (at, at);
        let (mut ww, mut wc, mut cc) = (1.0, 0.0, 1.0);
        for (z, truth, weight) in rows {
            let p = 1.0 / (1.0 + (-((1.0 + w) * z + c)).exp());
            let (off, bend) = (weight * (p - truth), weight * p * (1.0 - p));
            (gw, gc) = (gw + off * z, gc + off);
            (ww, wc, cc) = (ww + bend * z * z, wc + bend * z, cc + bend);
        }
        if !slope {
            (gw, ww, wc) = (0.0, 1.0, 0.0);
        }
        let det = ww * cc - wc * wc;
        let step = [(cc * gw - wc * gc) / det, (ww * gc - wc * gw) / det];
        // The loss is convex: half a step is tried where a whole one goes too far.
        let mut share = 1.0;
        let before = loss(at);
        let next = loop {
            let next = [w - share * step[0], c - share * step[1]];
            if loss(next) <= before || share < 1e-6 {
                break next;
            }
            share /= 2.0;
        };
        at = next;
        if step[0].abs().max(step[1].abs()) < 1e-12 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(of: &[(f64, Option<bool>)]) -> Vec<JudgedBox> {
        of.iter().map(|(score, right)| JudgedBox { score: *score, right: *right }).collect()
    }

    #[test]
    fn the_map_is_where_scipy_finds_the_least() {
        // tests/reference/reading.py: scipy.optimize.minimize of the same sum, by BFGS.
        let (yes, no) = (Some(true), Some(false));
        let some = [(0.9, yes), (0.8, yes), (0.85, no), (0.7, no), (0.6, no), (0.95, yes), (0.3, no), (0.4, no)];
        let more = [(0.55, yes), (0.2, None), (0.75, None), (0.65, None)];
        let found = recalibrated(&boxes(&[&some[..], &more[..]].concat())).unwrap();
        assert!((found.a - 0.911_219_214_277_404_8).abs() < 1e-9 && found.a == found.b, "{found:?}");
        assert!((found.c + 0.706_160_408_766_170_8).abs() < 1e-9 && found.boxes == 9, "{found:?}");
    }

    #[test]
    fn nothing_said_moves_nothing_and_little_said_moves_little() {
        let alone: Vec<(f64, Option<bool>)> = (1..20).map(|at| (f64::from(at) / 20.0, None)).collect();
        assert_eq!(recalibrated(&boxes(&alone)), None);
        let with = |more: &[(f64, Option<bool>)]| recalibrated(&boxes(&[&alone[..], more].concat())).unwrap();
        let once = with(&[(0.9, Some(false))]);
        let often = with(&[(0.9, Some(false)); 20]);
        assert!(once.of(0.9) < 0.9 && often.of(0.9) < once.of(0.9) && often.of(0.9) < 0.5, "{once:?} {often:?}");
        assert!(with(&[(0.4, Some(true)); 5]).of(0.4) > 0.5);
        // Scores of 0 and 1 are scores, too.
        assert!(with(&[(0.0, Some(true)), (1.0, Some(false))]).makes_sense());
    }

    #[test]
    fn the_order_of_the_boxes_is_never_turned_around() {
        let turned: Vec<(f64, Option<bool>)> = (1..60).map(|at| (f64::from(at) / 60.0, Some(at < 40))).collect();
        let found = recalibrated(&boxes(&turned)).unwrap();
        assert_eq!((found.a, found.b, found.c.abs() < 1e-9), (1.0, 1.0, false), "{found:?}");
        assert!(found.of(0.9) > found.of(0.8));
    }
}
