//! How unsure a model is of one image, three ways (Settles 2009, "Active learning literature survey", section 3.1), each
//! scaled so that 0 is certain and 1 undecided. The third is Shannon's entropy, [`crate::domain::prediction::uncertainty`].
//!
//! Of two classes all three put images in the same order.

/// The two largest of the probabilities; zeros where there are none.
fn top_two(probabilities: &[f32]) -> (f32, f32) {
    probabilities.iter().fold((0.0, 0.0), |(first, second), &p| match p {
        p if p > first => (p, first),
        p if p > second => (first, p),
        _ => (first, second),
    })
}

/// `1 - (p1 - p2)` of the two largest probabilities: high where two classes are about as likely, whatever the rest.
pub fn margin(probabilities: &[f32]) -> f32 {
    if probabilities.len() < 2 {
        return 0.0;
    }
    let (first, second) = top_two(probabilities);
    (1.0 - (first - second)).clamp(0.0, 1.0)
}

/// `(1 - p1) K / (K - 1)` of the largest of K probabilities: high where no class is likely.
pub fn least_confidence(probabilities: &[f32]) -> f32 {
    let classes = probabilities.len() as f32;
    if probabilities.len() < 2 {
        return 0.0;
    }
    ((1.0 - top_two(probabilities).0) * classes / (classes - 1.0)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::prediction::uncertainty as entropy;

    #[test]
    fn each_runs_from_zero_to_one() {
        for of in [margin, least_confidence, entropy] {
            assert_eq!(of(&[0.0, 1.0, 0.0]), 0.0);
            assert!((of(&[0.25; 4]) - 1.0).abs() < 1e-6);
            assert_eq!((of(&[1.0]), of(&[])), (0.0, 0.0));
        }
        assert!((margin(&[0.5, 0.1, 0.4]) - 0.9).abs() < 1e-6);
        assert!((least_confidence(&[0.5, 0.1, 0.4]) - 0.75).abs() < 1e-6);
        assert_eq!(top_two(&[0.2, 0.4, 0.4]), (0.4, 0.4));
    }

    #[test]
    fn the_three_disagree_about_more_than_two_classes_only() {
        // Two classes that are equally likely beside none; one that is likelier than four small ones.
        let (torn, spread) = ([0.49, 0.49, 0.01, 0.01, 0.0], [0.4, 0.15, 0.15, 0.15, 0.15]);
        assert!(margin(&torn) > margin(&spread));
        assert!(least_confidence(&torn) < least_confidence(&spread) && entropy(&torn) < entropy(&spread));
        let two: Vec<[f32; 2]> = (0..=20).map(|at| [at as f32 / 20.0, 1.0 - at as f32 / 20.0]).collect();
        for (a, b) in two.iter().zip(two.iter().skip(1)) {
            let order = |of: fn(&[f32]) -> f32| of(a).partial_cmp(&of(b));
            assert!(order(margin) == order(entropy) && order(least_confidence) == order(entropy), "{a:?} {b:?}");
        }
    }
}
