//! How far a share counted on a few images may be from the truth.

/// The 97.5 % quantile of the normal distribution.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// The 95 % score interval of a share (Wilson 1927), as lower and upper end; `None` without a trial.
/// Equal to SciPy's `binomtest(..).proportion_ci(method="wilson")`.
pub fn wilson_interval(successes: usize, trials: usize) -> Option<(f64, f64)> {
    if successes > trials {
        return None;
    }
    wilson_of_share(successes as f64 / trials as f64, trials)
}

/// The same of a share from 0 to 1 that need not be one of so many.
pub fn wilson_of_share(p: f64, trials: usize) -> Option<(f64, f64)> {
    if trials == 0 || !(0.0..=1.0).contains(&p) {
        return None;
    }
    let n = trials as f64;
    let scale = 1.0 + Z * Z / n;
    let centre = (p + Z * Z / (2.0 * n)) / scale;
    let half = Z / scale * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some(((centre - half).max(0.0), (centre + half).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_scipys() {
        // scipy.stats.binomtest(k, n).proportion_ci(method="wilson"), SciPy 1.17
        for (successes, trials, low, high) in
            [(45, 50, 0.786398, 0.956524), (0, 10, 0.0, 0.277533), (10, 10, 0.722467, 1.0), (1, 3, 0.061492, 0.792340)]
        {
            let (l, h) = wilson_interval(successes, trials).unwrap();
            assert!((l - low).abs() < 1e-5 && (h - high).abs() < 1e-5, "{successes}/{trials}: {l} {h}");
        }
        assert_eq!(wilson_interval(0, 0), None);
        assert_eq!(wilson_interval(4, 3), None);
    }
}
