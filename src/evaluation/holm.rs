//! Probabilities of several tests, corrected for their number (Holm 1979).

/// Each probability as it counts among all of them, never above 1; what was not tested stays so and counts for nothing. The
/// chance that even one of several true hypotheses is rejected stays below the level that these are held against.
pub fn holm(probabilities: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut tested: Vec<(usize, f64)> =
        probabilities.iter().enumerate().filter_map(|(at, p)| Some((at, (*p)?))).collect();
    tested.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut corrected = vec![None; probabilities.len()];
    let (tests, mut highest) = (tested.len(), 0.0f64);
    for (rank, (at, p)) in tested.into_iter().enumerate() {
        highest = highest.max((p * (tests - rank) as f64).min(1.0));
        if let Some(slot) = corrected.get_mut(at) {
            *slot = Some(highest);
        }
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrected_probabilities_are_statsmodels() {
        // statsmodels.stats.multitest.multipletests(p, method="holm")[1], statsmodels 0.15.0
        for (given, wanted) in HOLM {
            let ours = holm(&given.iter().map(|p| Some(*p)).collect::<Vec<_>>());
            for (ours, wanted) in ours.iter().zip(wanted) {
                assert!((ours.unwrap() - wanted).abs() < 1e-12, "{given:?}: {ours:?}, {wanted}");
            }
        }
        assert_eq!(holm(&[None, Some(0.02), None, Some(0.5)]), [None, Some(0.04), None, Some(0.5)]);
        assert!(holm(&[]).is_empty());
    }

    const HOLM: [(&[f64], &[f64]); 5] = [
        (&[0.01, 0.04, 0.03, 0.005], &[0.03, 0.06, 0.06, 0.02]),
        (&[0.5, 0.02], &[0.5, 0.04]),
        (&[0.2], &[0.2]),
        (&[0.04, 0.04, 0.9], &[0.12, 0.12, 0.9]),
        (&[0.6, 0.7, 0.01], &[1.0, 1.0, 0.03]),
    ];
}
