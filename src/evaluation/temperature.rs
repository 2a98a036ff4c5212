//! One number that makes a model's probabilities as sure as they should be (Guo et al. 2017, "On calibration of modern
//! neural networks", section 4.2).

/// Logits are divided by at least and at most this.
const RANGE: [f64; 2] = [0.01, 100.0];

/// The temperature that makes the mean negative log-likelihood of the truth least, of logits with one row an image and one
/// column a class; chosen on validation images. The order of the classes of an image, and with it what it is called, stays.
/// `None` without images of at least two classes, or where the likelihood only rises to the end of the range: a model
/// without a mistake there can be made surer for ever.
pub fn temperature(truth: &[usize], logits: &[Vec<f32>]) -> Option<f64> {
    let rows: Vec<(usize, &[f32])> = truth
        .iter()
        .zip(logits)
        .filter(|(truth, row)| **truth < row.len() && row.iter().all(|logit| logit.is_finite()))
        .map(|(truth, row)| (*truth, row.as_slice()))
        .collect();
    let first = rows.first()?.0;
    if rows.iter().all(|(truth, _)| *truth == first) {
        return None;
    }
    // In the inverse temperature the loss is convex: its derivative rises, and changes its sign once at most.
    let rises = |inverse: f64| slope(&rows, inverse) > 0.0;
    let [mut low, mut high] = [1.0 / RANGE[1], 1.0 / RANGE[0]];
    if rises(low) || !rises(high) {
        return None;
    }
    for _ in 0..200 {
        let middle = (low * high).sqrt();
        if rises(middle) {
            high = middle
        } else {
            low = middle
        }
        if high / low - 1.0 < 1e-13 {
            break;
        }
    }
    Some(2.0 / (low + high))
}

/// The derivative of the summed negative log-likelihood by the inverse temperature: the expected logit less the true one.
fn slope(rows: &[(usize, &[f32])], inverse: f64) -> f64 {
    rows.iter()
        .map(|(truth, row)| {
            let logit = |at: usize| row.get(at).map_or(0.0, |logit| f64::from(*logit));
            let largest = row.iter().fold(f64::NEG_INFINITY, |most, logit| most.max(f64::from(*logit)));
            let (mut sum, mut expected) = (0.0, 0.0);
            for at in 0..row.len() {
                let weight = (inverse * (logit(at) - largest)).exp();
                sum += weight;
                expected += weight * logit(at);
            }
            expected / sum - logit(*truth)
        })
        .sum()
}

/// Probabilities of an image's logits at a temperature.
pub fn softened(logits: &[f32], temperature: f64) -> Vec<f32> {
    let largest = logits.iter().fold(f64::NEG_INFINITY, |most, logit| most.max(f64::from(*logit)));
    let weights: Vec<f64> = logits.iter().map(|logit| ((f64::from(*logit) - largest) / temperature).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_is_too_sure_is_cooled_down_and_the_order_stays() {
        // Right in 3 of 4, and as sure as if it were right in 99 of 100: log odds of 4.6 instead of 1.1.
        let logits = vec![vec![0.0, 4.595_12]; 4];
        let found = temperature(&[1, 1, 1, 0], &logits).unwrap();
        assert!((found - 4.595_12 / 3f64.ln()).abs() < 1e-6, "{found}");
        let softer = softened(&logits[0], found);
        assert!((softer[1] - 0.75).abs() < 1e-5 && softer[1] > softer[0], "{softer:?}");
        assert_eq!(softened(&[1.0, 2.0, 3.0], 1.0).iter().sum::<f32>(), 1.0);
    }

    #[test]
    fn what_can_be_made_surer_for_ever_has_no_temperature() {
        assert_eq!(temperature(&[0, 1], &[vec![2.0, 1.0], vec![0.0, 3.0]]), None);
        assert_eq!(temperature(&[1, 1], &[vec![2.0, 1.0], vec![0.0, 3.0]]), None);
        assert_eq!(temperature(&[], &[]), None);
        assert_eq!(temperature(&[5], &[vec![0.0, 1.0]]), None);
    }
}
