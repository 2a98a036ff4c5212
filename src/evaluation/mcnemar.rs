//! Whether two models that judged the same images are right on more of them, or only on others (McNemar 1947).

use statrs::distribution::{Binomial, DiscreteCDF};

/// The probability of such an uneven split of the images on which only one of two models is right, or a more uneven one,
/// where neither is better: exact and two-sided (statsmodels' `mcnemar(exact=True)`). `None` where they are never right
/// apart, which leaves nothing to test.
pub fn mcnemar(only_first: u64, only_second: u64) -> Option<f64> {
    let apart = only_first.checked_add(only_second).filter(|apart| *apart > 0)?;
    let tail = Binomial::new(0.5, apart).ok()?.cdf(only_first.min(only_second));
    Some((2.0 * tail).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_statsmodels() {
        // statsmodels.stats.contingency_tables.mcnemar([[0, b], [c, 0]], exact=True).pvalue, statsmodels 0.15.0
        for (b, c, p) in MCNEMAR {
            let ours = mcnemar(b, c).unwrap();
            assert!((ours - p).abs() < 1e-9 * p.max(1e-9), "{b} {c}: {ours}, {p}");
        }
        assert_eq!(mcnemar(0, 0), None);
    }

    const MCNEMAR: [(u64, u64, f64); 6] = [
        (0, 5, 0.0625),
        (1, 1, 1.0),
        (3, 12, 0.03515625),
        (10, 10, 1.0),
        (20, 45, 0.0026263768106840374),
        (400, 520, 8.549170923883781e-05),
    ];
}
