//! What an order saves: curves of several seeds, their means, and how many images drawn at random do as much.

use super::replay::Point;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean with its 95 % interval over seeds.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct OverSeeds {
    pub mean: f64,
    /// Student's: `mean -+ t(n - 1) s / sqrt(n)`; absent of one seed alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
}

impl OverSeeds {
    /// Of one value a seed; `None` without any.
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let interval = StudentsT::new(0.0, 1.0, n - 1.0).ok().filter(|_| values.len() > 1).map(|t| {
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
            let half = t.inverse_cdf(0.975) * (variance / n).sqrt();
            [mean - half, mean + half]
        });
        Some(Self { mean, interval })
    }
}

/// A point of the mean curve.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct MeanPoint {
    pub labelled: usize,
    pub corrections: OverSeeds,
    pub right: OverSeeds,
    pub accuracy: OverSeeds,
}

/// The mean of curves of one length, one a seed.
pub fn mean_curve(curves: &[Vec<Point>]) -> Vec<MeanPoint> {
    let Some(first) = curves.first() else { return Vec::new() };
    let at = |(place, point): (usize, &Point)| {
        let of = |of: fn(&Point) -> f64| {
            OverSeeds::of(&curves.iter().filter_map(|curve| curve.get(place)).map(of).collect::<Vec<_>>())
        };
        Some(MeanPoint {
            labelled: point.labelled,
            corrections: of(|point| point.corrections as f64)?,
            right: of(|point| point.right)?,
            accuracy: of(|point| point.accuracy)?,
        })
    };
    first.iter().enumerate().filter_map(at).collect()
}

/// What it took until so much of the pool had the right label: images labelled, and corrections, of each seed that got there.
pub fn needed(curves: &[Vec<Point>], right: f64) -> Option<(OverSeeds, OverSeeds)> {
    let reached: Vec<&Point> =
        curves.iter().filter_map(|curve| curve.iter().find(|point| point.right >= right)).collect();
    let of = |of: fn(&Point) -> usize| OverSeeds::of(&reached.iter().map(|point| of(point) as f64).collect::<Vec<_>>());
    Some((of(|point| point.labelled)?, of(|point| point.corrections)?))
}

/// How many images drawn at random do as well.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AsGoodAs {
    /// So many.
    Images(usize),
    /// More than all of the pool ever did at random.
    MoreThan(usize),
}

/// The accuracies of a mean curve without its falls, which are noise where more labels can do no harm: the rising curve nearest
/// to it by least squares, by pooling adjacent violators (Barlow et al. 1972, "Statistical inference under order restrictions";
/// scikit-learn's `IsotonicRegression`).
pub fn rising(curve: &[MeanPoint]) -> Vec<f64> {
    // The mean and size of each run of points that are pooled.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for point in curve {
        let mut last = (point.accuracy.mean, 1);
        while let Some((mean, size)) = pools.pop_if(|(mean, _)| *mean >= last.0) {
            let all = size + last.1;
            last = ((mean * size as f64 + last.0 * last.1 as f64) / all as f64, all);
        }
        pools.push(last);
    }
    pools.into_iter().flat_map(|(mean, size)| std::iter::repeat_n(mean, size)).collect()
}

/// From how many images on a random order is at `accuracy` or above for the first time, on a line from point to point of its
/// [`rising`] mean curve.
pub fn as_good_as(random: &[MeanPoint], accuracy: f64) -> Option<AsGoodAs> {
    let risen = rising(random);
    let Some(at) = risen.iter().position(|reached| *reached >= accuracy) else {
        return random.last().map(|last| AsGoodAs::MoreThan(last.labelled));
    };
    let (here, reached) = (random.get(at)?, risen.get(at)?);
    let before = at.checked_sub(1).and_then(|before| Some((random.get(before)?, risen.get(before)?)));
    let Some((before, below)) = before else { return Some(AsGoodAs::Images(here.labelled)) };
    let rise = reached - below;
    let share = if rise > 0.0 { (accuracy - below) / rise } else { 1.0 };
    Some(AsGoodAs::Images(before.labelled + (share * (here.labelled - before.labelled) as f64).round() as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(labelled: usize, accuracy: f64) -> Point {
        Point { labelled, corrections: labelled / 2, right: accuracy, accuracy }
    }

    #[test]
    fn the_interval_is_students() {
        // scipy.stats.t.interval(0.95, 3, loc=2.5, scale=scipy.stats.sem([1, 2, 3, 4]))
        let OverSeeds { mean, interval } = OverSeeds::of(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        let [low, high] = interval.unwrap();
        assert_eq!(mean, 2.5);
        assert!(
            (low - 0.445_739_743_239_479).abs() < 1e-9 && (high - 4.554_260_256_760_521).abs() < 1e-9,
            "{low} {high}"
        );
        assert_eq!(OverSeeds::of(&[3.0]), Some(OverSeeds { mean: 3.0, interval: None }));
        assert_eq!(OverSeeds::of(&[]), None);
    }

    #[test]
    fn a_saving_is_read_off_the_mean_curve_at_random() {
        let seed = |shift: f64| vec![point(10, 0.5 + shift), point(20, 0.7 + shift), point(30, 0.6), point(40, 0.8)];
        let curves = [seed(-0.1), seed(0.1)];
        let mean = mean_curve(&curves);
        assert_eq!(mean.iter().map(|p| p.labelled).collect::<Vec<_>>(), [10, 20, 30, 40]);
        assert!((mean[1].accuracy.mean - 0.7).abs() < 1e-12);
        // sklearn.isotonic.isotonic_regression([0.5, 0.7, 0.6, 0.8])
        for (ours, theirs) in rising(&mean).iter().zip([0.5, 0.65, 0.65, 0.8]) {
            assert!((ours - theirs).abs() < 1e-12, "{ours} {theirs}");
        }
        let good = |accuracy| as_good_as(&mean, accuracy).unwrap();
        assert_eq!(good(0.4), AsGoodAs::Images(10));
        assert_eq!(good(0.62), AsGoodAs::Images(18));
        assert_eq!(good(0.76), AsGoodAs::Images(37));
        assert_eq!(good(0.81), AsGoodAs::MoreThan(40));
        let (labelled, corrections) = needed(&curves, 0.75).unwrap();
        assert_eq!((labelled.mean, corrections.mean), (30.0, 15.0), "40 and 20");
        assert_eq!(needed(&curves, 0.99), None);
    }
}
