//! One number that makes a model's probabilities as sure as they should be (Guo et al. 2017, "On calibration of modern
//! neural networks", section 4.2).

use crate::domain::Temperatures;

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

/// The temperature of one finding, of its logits and whether it is there: that of the two classes of which the absence of the
/// finding has a logit of 0. `None` as [`temperature`].
pub fn of_finding(statements: &[(bool, f32)]) -> Option<f64> {
    let (truth, logits): (Vec<usize>, Vec<Vec<f32>>) =
        statements.iter().map(|(is, logit)| (usize::from(*is), vec![0.0, *logit])).unzip();
    temperature(&truth, &logits)
}

/// The probability of a finding of this logit at a temperature.
pub fn sigmoid(logit: f32, temperature: f64) -> f32 {
    let x = f64::from(logit) / temperature;
    (if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }) as f32
}

/// What a model's own probabilities become by what its logits are divided by. Where there are no logits they stay.
pub fn calibrated(own: Vec<f32>, logits: &[f32], by: &Temperatures) -> Vec<f32> {
    match by {
        Temperatures::Softmax(temperature) if !logits.is_empty() => softened(logits, *temperature),
        Temperatures::Sigmoid(each) if logits.len() == own.len() => {
            let one = |(at, own): (usize, f32)| match (logits.get(at), each.get(at)) {
                // As it is to the last bit.
                (Some(_), Some(1.0)) | (None, _) | (_, None) => own,
                (Some(logit), Some(temperature)) => sigmoid(*logit, *temperature),
            };
            own.into_iter().enumerate().map(one).collect()
        }
        Temperatures::None | Temperatures::Softmax(_) | Temperatures::Sigmoid(_) => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_is_divided_by_its_own_temperature() {
        let own = vec![0.9, 0.2, 0.7];
        let logits: Vec<f32> = own.iter().map(|p: &f32| (p / (1.0 - p)).ln()).collect();
        let by = Temperatures::Sigmoid(vec![2.0, 1.0]);
        let found = calibrated(own.clone(), &logits, &by);
        assert!((found[0] - 0.75).abs() < 1e-6, "odds of 9 become 3: {found:?}");
        assert_eq!(found[1..], own[1..], "at 1, or without one, it stays to the last bit");
        assert_eq!(calibrated(own.clone(), &[], &by), own);
        assert_eq!(calibrated(own.clone(), &logits, &Temperatures::None), own);
        let two = calibrated(vec![0.1, 0.9], &[0.0, 2.0], &Temperatures::Softmax(2.0));
        assert_eq!(two, softened(&[0.0, 2.0], 2.0));
        assert_eq!((sigmoid(-1000.0, 1.0), sigmoid(1000.0, 1.0), sigmoid(0.0, 7.0)), (0.0, 1.0, 0.5));
    }

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
