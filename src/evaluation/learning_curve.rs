//! How long a reader looks at an image, over the order of reading: the learning curve that DECIDE-AI asks for (Vasey et al. 2022,
//! item 14, human factors).
//!
//! Times are skewed, so that quartiles stand for them, and a trend is told by ranks (Spearman 1904), whose p is that of Student's t
//! with n - 2 degrees of freedom.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Fewer readings have no trend.
const FEWEST: usize = 4;

/// The middle of times and what lies around it, in ms; between two values as numpy's `percentile` has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quartiles {
    pub lower: f64,
    pub median: f64,
    pub upper: f64,
}

/// A part of the readings, in order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TimeBlock {
    /// The number of its first reading, from 1.
    pub from: usize,
    pub readings: usize,
    #[serde(flatten)]
    pub times_ms: Quartiles,
}

/// Whether times go down or up with the number of readings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Trend {
    /// Spearman's rank correlation of time with the order: below 0 reading becomes faster.
    pub spearman: f64,
    /// Two-sided; absent where the order is the same in all (a correlation of 1 or -1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
}

/// How a reader's times go.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LearningCurve {
    pub readings: usize,
    /// Of all; absent without readings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times_ms: Option<Quartiles>,
    /// Of so many each, in order; there are two or more, or none.
    pub blocks: Vec<TimeBlock>,
    /// Absent where there are too few, or all took as long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trend: Option<Trend>,
}

/// The curve of these times, in the order of reading, in blocks of `size` of which a last one that is smaller than half of it is
/// left out.
pub fn learning_curve(times_ms: &[u64], size: usize) -> LearningCurve {
    let size = size.max(1);
    let block = |(at, part): (usize, &[u64])| {
        let times_ms = quartiles(part)?;
        Some(TimeBlock { from: at * size + 1, readings: part.len(), times_ms })
    };
    let whole = |(_, part): &(usize, &[u64])| 2 * part.len() >= size;
    let blocks: Vec<TimeBlock> = times_ms.chunks(size).enumerate().filter(whole).filter_map(block).collect();
    LearningCurve {
        readings: times_ms.len(),
        times_ms: quartiles(times_ms),
        blocks: if blocks.len() > 1 { blocks } else { Vec::new() },
        trend: trend(times_ms),
    }
}

/// The quartiles of values; `None` without any.
fn quartiles(values: &[u64]) -> Option<Quartiles> {
    let mut sorted: Vec<f64> = values.iter().map(|value| *value as f64).collect();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let at = share * sorted.len().checked_sub(1)? as f64;
        let (low, high) = (*sorted.get(at.floor() as usize)?, *sorted.get(at.ceil() as usize)?);
        Some(low + (high - low) * at.fract())
    };
    Some(Quartiles { lower: at(0.25)?, median: at(0.5)?, upper: at(0.75)? })
}

/// Spearman's correlation of values with their order, as Pearson's of the ranks, of which equal values share the mean.
fn trend(values: &[u64]) -> Option<Trend> {
    let n = values.len();
    if n < FEWEST {
        return None;
    }
    let ranks = ranks(values);
    let middle = (n as f64 - 1.0) / 2.0;
    let (mut both, mut of_order, mut of_ranks) = (0.0, 0.0, 0.0);
    for (at, rank) in ranks.iter().enumerate() {
        let (x, y) = (at as f64 - middle, rank - middle);
        (both, of_order, of_ranks) = (both + x * y, of_order + x * x, of_ranks + y * y);
    }
    if of_ranks <= 0.0 {
        return None;
    }
    let spearman = (both / (of_order * of_ranks).sqrt()).clamp(-1.0, 1.0);
    let freedom = n as f64 - 2.0;
    let left = (1.0 - spearman) * (1.0 + spearman);
    let t = (left > f64::EPSILON).then(|| spearman.abs() * (freedom / left).sqrt());
    let p = t.and_then(|t| Some(2.0 * StudentsT::new(0.0, 1.0, freedom).ok()?.sf(t)));
    Some(Trend { spearman, p })
}

/// The rank of each value, from 0.
fn ranks(values: &[u64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = |value: &u64| {
        let below = sorted.partition_point(|one| one < value);
        let most = sorted.partition_point(|one| one <= value);
        (below + most) as f64 / 2.0 - 0.5
    };
    values.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those of `tests/reference/reading.py`.
    const TIMES: [u64; 23] = [
        9100, 8700, 9100, 12050, 7400, 6900, 8800, 5100, 6100, 5100, 4800, 30500, 5300, 4700, 4650, 4100, 5100, 3900,
        4000, 4400, 3800, 4200, 2950,
    ];

    fn of(lower: f64, median: f64, upper: f64) -> Quartiles {
        Quartiles { lower, median, upper }
    }

    #[test]
    fn quartiles_are_numpys_and_a_short_last_block_is_left_out() {
        let found = learning_curve(&TIMES, 10);
        assert_eq!(found.times_ms, Some(of(4300.0, 5100.0, 8050.0)));
        let blocks: Vec<_> = found.blocks.iter().map(|block| (block.from, block.readings, block.times_ms)).collect();
        assert_eq!(
            blocks,
            [(1, 10, of(6300.0, 8050.0, 9025.0)), (11, 10, of(4175.0, 4675.0, 5025.0))],
            "three of ten are no block"
        );
        assert!(learning_curve(&TIMES[..12], 10).blocks.is_empty(), "one block is no curve");
        assert_eq!(learning_curve(&TIMES, 5).blocks.last().map(|block| (block.from, block.readings)), Some((21, 3)));
    }

    #[test]
    fn the_trend_is_scipys() {
        // scipy.stats.spearmanr of the order with the times.
        let near = |times: &[u64], spearman: f64, p: f64| {
            let found = learning_curve(times, 10).trend.unwrap();
            assert!((found.spearman - spearman).abs() < 1e-12, "{found:?}");
            assert!((found.p.unwrap() / p - 1.0).abs() < 1e-9, "{found:?}");
        };
        near(&TIMES, -0.866_683_818_843_051_7, 8.897_154_795_512_93e-8);
        near(&[5, 5, 4, 3], -0.948_683_298_050_513_9, 0.051_316_701_949_486_15);
        assert_eq!(learning_curve(&[4, 3, 2, 1], 10).trend, Some(Trend { spearman: -1.0, p: None }));
        assert_eq!((learning_curve(&[3, 2, 1], 10).trend, learning_curve(&[2; 9], 10).trend), (None, None));
        assert_eq!(learning_curve(&[], 10), LearningCurve::default());
    }
}
