//! Whether a score may be read as a probability: how far it is from what happened, and how it would have to be bent.

use super::ranked::Ranked;

/// Probabilities are kept this far from 0 and 1 where a logarithm of them is taken (the distance of the next number to 1
/// in f64, as scikit-learn's `log_loss` keeps it).
const EDGE: f64 = f64::EPSILON;
/// Steps after which a fit that has not come to rest is given up.
const ROUNDS: usize = 50;

/// The mean squared distance of the probability from what is (Brier 1950); `None` without images.
pub fn brier(ranked: &Ranked, weights: &[f64]) -> Option<f64> {
    mean(ranked, weights, |positive, p| (p - f64::from(positive)).powi(2))
}

/// The mean negative logarithm of the probability given to what is; `None` without images.
pub fn log_loss(ranked: &Ranked, weights: &[f64]) -> Option<f64> {
    mean(ranked, weights, |positive, p| {
        let p = p.clamp(EDGE, 1.0 - EDGE);
        if positive { -p.ln() } else { -(1.0 - p).ln() }
    })
}

fn mean(ranked: &Ranked, weights: &[f64], of: impl Fn(bool, f64) -> f64) -> Option<f64> {
    let (mut sum, mut all) = (0.0, 0.0);
    for ((positive, score), weight) in ranked.positive().iter().zip(ranked.scores()).zip(weights) {
        if *weight > 0.0 {
            sum += weight * of(*positive, *score);
            all += weight;
        }
    }
    (all > 0.0).then(|| sum / all)
}

/// What a line between the log odds of the probabilities and of what happened looks like (Cox 1958).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// 1 for probabilities that are as extreme as they should be; below 1 they are too extreme.
    pub slope: f64,
    /// Of the line with the slope left at 1, in log odds ("calibration in the large"): 0 where the probabilities are right
    /// on average, above 0 where they are too low.
    pub intercept: f64,
}

/// Fits [`Calibration`]s of one finding, for all images and for resamples of them.
pub struct Calibrator {
    /// Log odds of each image's probability.
    log_odds: Vec<f64>,
    /// Where fits begin: a resample's line is near that of all images.
    start: Line,
    start_offset: f64,
}

/// Log odds of what happened as a line over those of the probability.
#[derive(Clone, Copy)]
struct Line {
    intercept: f64,
    slope: f64,
}

impl Calibrator {
    /// Probabilities of 0 and 1 are moved to the nearest ones that have log odds.
    pub fn new(ranked: &Ranked) -> Self {
        let log_odds = |p: &f64| {
            let p = p.clamp(EDGE, 1.0 - EDGE);
            (p / (1.0 - p)).ln()
        };
        let start = Line { intercept: 0.0, slope: 1.0 };
        let new = Self { log_odds: ranked.scores().iter().map(log_odds).collect(), start, start_offset: 0.0 };
        let all = new.rows(ranked.positive(), &ranked.ones());
        let start = line(&all, start).unwrap_or(start);
        let start_offset = offset(&all, 0.0).unwrap_or(0.0);
        Self { start, start_offset, ..new }
    }

    /// Fits slope and intercept by maximum likelihood (logistic regression on the log odds; for the intercept with the log
    /// odds as offset). `None` where there are not images of both kinds, all probabilities are equal, or a threshold tells
    /// all images apart, for which no slope is the best.
    pub fn fit(&self, positive: &[bool], weights: &[f64]) -> Option<Calibration> {
        let rows = self.rows(positive, weights);
        let first = rows.first()?.1;
        if rows.iter().all(|(_, is, _)| *is == first) {
            return None;
        }
        let slope = line(&rows, self.start)?.slope;
        Some(Calibration { slope, intercept: offset(&rows, self.start_offset)? })
    }

    /// Log odds, what is and the weight of each image that has one.
    fn rows(&self, positive: &[bool], weights: &[f64]) -> Vec<(f64, f64, f64)> {
        self.log_odds
            .iter()
            .zip(positive)
            .zip(weights)
            .filter(|(_, weight)| **weight > 0.0)
            .map(|((log_odds, positive), weight)| (*log_odds, f64::from(*positive), *weight))
            .collect()
    }
}

/// The calibration of a finding's probabilities; see [`Calibrator::fit`].
pub fn calibration(ranked: &Ranked, weights: &[f64]) -> Option<Calibration> {
    Calibrator::new(ranked).fit(ranked.positive(), weights)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The most likely line, by Newton's method. Large steps are shortened until the likelihood rises; small ones, near the end,
/// need no such look.
fn line(rows: &[(f64, f64, f64)], start: Line) -> Option<Line> {
    // log(1 + e^x) without overflow.
    let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    let loss = |a: f64, b: f64| -> f64 {
        rows.iter().map(|(x, y, w)| w * (softplus(a + b * x) - y * (a + b * x))).sum::<f64>()
    };
    let Line { intercept: mut a, slope: mut b } = start;
    for _ in 0..ROUNDS {
        let (mut slope_a, mut slope_b, mut curve_aa, mut curve_ab, mut curve_bb) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (x, y, w) in rows {
            let p = sigmoid(a + b * x);
            let (residual, curve) = (w * (p - y), w * p * (1.0 - p));
            slope_a += residual;
            slope_b += residual * x;
            curve_aa += curve;
            curve_ab += curve * x;
            curve_bb += curve * x * x;
        }
        let determinant = curve_aa * curve_bb - curve_ab * curve_ab;
        if !(determinant.is_finite() && determinant > 1e-12 * curve_aa * curve_bb) {
            return None;
        }
        let (da, db) = (
            (curve_bb * slope_a - curve_ab * slope_b) / determinant,
            (curve_aa * slope_b - curve_ab * slope_a) / determinant,
        );
        let mut share = 1.0;
        if da.abs() + db.abs() > 0.5 * (1.0 + a.abs() + b.abs()) {
            let now = loss(a, b);
            while loss(a - share * da, b - share * db) > now && share > 1e-6 {
                share /= 2.0;
            }
        }
        (a, b) = (a - share * da, b - share * db);
        if (da.abs() + db.abs()) * share < 1e-10 * (1.0 + a.abs() + b.abs()) {
            return Some(Line { intercept: a, slope: b });
        }
    }
    // A line that grows steeper for ever: the images are told apart without a mistake.
    None
}

/// The most likely intercept with the slope left at 1, by Newton's method.
fn offset(rows: &[(f64, f64, f64)], start: f64) -> Option<f64> {
    let mut a = start;
    for _ in 0..ROUNDS {
        let (mut gradient, mut curve) = (0.0, 0.0);
        for (x, y, w) in rows {
            let p = sigmoid(a + x);
            gradient += w * (p - y);
            curve += w * p * (1.0 - p);
        }
        let step = (gradient / curve).clamp(-4.0, 4.0);
        if !step.is_finite() {
            return None;
        }
        a -= step;
        if step.abs() < 1e-12 * (1.0 + a.abs()) {
            return Some(a);
        }
    }
    None
}

/// Images whose probability lies in one range: what was said of them on average and what was.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// The range, the lower end open but for 0.
    pub from: f64,
    pub to: f64,
    /// Weight of the images in it.
    pub images: f64,
    /// Of those, with the finding.
    pub positives: f64,
    /// Mean probability; the middle of the range where it is empty.
    pub mean: f64,
}

impl Bin {
    /// The share that has the finding; `None` of an empty range.
    pub fn observed(&self) -> Option<f64> {
        (self.images > 0.0).then(|| self.positives / self.images)
    }
}

/// The images by probability in `bins` ranges of equal width.
pub fn reliability(ranked: &Ranked, weights: &[f64], bins: usize) -> Vec<Bin> {
    let count = bins.max(1);
    let edge = |at: usize| at as f64 / count as f64;
    let mut bins: Vec<Bin> =
        (0..count).map(|at| Bin { from: edge(at), to: edge(at + 1), mean: 0.0, ..Bin::default() }).collect();
    for ((positive, score), weight) in ranked.positive().iter().zip(ranked.scores()).zip(weights) {
        let at = ((score * count as f64).ceil() as usize).clamp(1, count) - 1;
        if let Some(bin) = bins.get_mut(at) {
            bin.images += weight;
            bin.positives += weight * f64::from(*positive);
            bin.mean += weight * score;
        }
    }
    for bin in &mut bins {
        bin.mean = if bin.images > 0.0 { bin.mean / bin.images } else { (bin.from + bin.to) / 2.0 };
    }
    bins
}

/// Expected calibration error of the finding's probability: the mean distance between what was said and what was, over the
/// ranges of [`reliability`], by their images. It is of the finding's own probability, not of the confidence in the class
/// that was called ([`crate::evaluation::expected_calibration_error`]); the two differ much. `None` without images.
pub fn calibration_error(ranked: &Ranked, weights: &[f64], bins: usize) -> Option<f64> {
    let bins = reliability(ranked, weights, bins);
    let images: f64 = bins.iter().map(|bin| bin.images).sum();
    let apart: f64 = bins.iter().map(|bin| (bin.mean * bin.images - bin.positives).abs()).sum();
    (images > 0.0).then(|| apart / images)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_every_image_once_and_the_error_is_their_distance() {
        let ranked = Ranked::new(&[false, true, true, false], &[0.0, 0.1, 0.95, 1.0]).unwrap();
        let bins = reliability(&ranked, &ranked.ones(), 10);
        assert_eq!((bins.len(), bins[0].images, bins[0].positives, bins[9].images), (10, 2.0, 1.0, 2.0));
        assert_eq!((bins[5].observed(), bins[0].observed(), bins[5].mean), (None, Some(0.5), 0.55));
        let error = calibration_error(&ranked, &ranked.ones(), 10).unwrap();
        assert!((error - (0.5 * 0.45 + 0.5 * 0.475)).abs() < 1e-12, "{error}");
    }

    #[test]
    fn what_no_line_fits_best_has_no_slope() {
        let apart = Ranked::new(&[false, false, true, true], &[0.1, 0.2, 0.8, 0.9]).unwrap();
        assert_eq!(calibration(&apart, &apart.ones()), None);
        let equal = Ranked::new(&[false, true], &[0.5, 0.5]).unwrap();
        assert_eq!(calibration(&equal, &equal.ones()), None);
        let one_sided = Ranked::new(&[true, true], &[0.4, 0.5]).unwrap();
        assert_eq!(calibration(&one_sided, &one_sided.ones()), None);
        assert_eq!((brier(&equal, &[0.0, 0.0]), log_loss(&equal, &[0.0, 0.0])), (None, None));
    }
}
