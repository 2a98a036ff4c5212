//! Labelling replayed on features that are made so that an order must win.

use super::*;

/// Two classes of which the first is 19 of 20, told apart by feature 0; the rare ones come in four heaps of their own, each along
/// a feature of its own, of which a head knows nothing before it has seen one.
fn heaps(count: usize, from: usize) -> (Vec<f32>, Vec<usize>) {
    let (mut features, mut truth) = (Vec::new(), Vec::new());
    for at in from..from + count {
        let rare = at % 20 == 3;
        let heap = at / 20 % 4;
        let grain = |i: usize| ((at * 37 + i * 11) % 17) as f32 / 60.0;
        features.extend((0..6).map(|i| {
            let own = if rare {
                if i == 1 + heap { 2.0 } else { 0.0 }
            } else if i == 0 {
                1.0
            } else {
                0.0
            };
            own + grain(i)
        }));
        truth.push(usize::from(rare));
    }
    (features, truth)
}

fn run(strategy: Strategy, seed: u64, at_random: usize) -> Vec<Point> {
    let (pool, truth) = heaps(240, 0);
    let (test_features, test_truth) = heaps(80, 1000);
    let pool = Learnable { features: &pool, width: 6, labels: &truth, classes: 2 };
    let of = Exercise { pool, test_features: &test_features, test_truth: &test_truth };
    let settings = Settings { c: 10.0, ..Settings::default() };
    replay(of, How { strategy, batch: 8, at_random, seed, settings }, &|_| true).unwrap()
}

fn needed(points: &[Point], right: f64) -> usize {
    points.iter().find(|point| point.right >= right).unwrap().labelled
}

#[test]
fn what_is_unlike_all_that_is_labelled_is_found_sooner_than_by_chance() {
    for strategy in [Strategy::Uncertainty, Strategy::ColdStart, Strategy::KCentre, Strategy::RareClass] {
        let sum =
            |strategy, at_random| (0..6).map(|seed| needed(&run(strategy, seed, at_random), 0.999)).sum::<usize>();
        let (ours, random) = (sum(strategy, 10), sum(Strategy::Random, 10));
        assert!(2 * ours < random, "{strategy:?}: {ours}, at random {random}");
    }
}

#[test]
fn a_replay_labels_all_once_and_is_the_same_again() {
    for strategy in Strategy::ALL {
        let points = run(strategy, 3, 10);
        assert_eq!(points.len(), 30);
        assert!(points.iter().zip(1..).all(|(point, at)| point.labelled == 8 * at && point.corrections <= 8 * at));
        assert!(points[0].corrections == 8, "nothing was said of the first batch");
        assert!(points.iter().zip(&points[1..]).all(|(a, b)| a.corrections <= b.corrections));
        let last = points.last().unwrap();
        assert_eq!((last.labelled, last.right), (240, 1.0));
        assert!(points == run(strategy, 3, 10), "{strategy:?}");
    }
}

#[test]
fn another_seed_is_another_replay() {
    for strategy in [Strategy::Random, Strategy::Uncertainty] {
        assert!(run(strategy, 3, 10) != run(strategy, 4, 10), "{strategy:?}");
    }
}

#[test]
fn a_random_arm_of_all_is_random_and_a_no_ends_it() {
    assert_eq!(run(Strategy::Uncertainty, 5, 100), run(Strategy::Random, 5, 10));
    assert_ne!(run(Strategy::Uncertainty, 5, 0), run(Strategy::Uncertainty, 5, 10));
    let (pool, truth) = heaps(40, 0);
    let pool = Learnable { features: &pool, width: 6, labels: &truth, classes: 2 };
    let of = Exercise { pool, test_features: &[], test_truth: &[] };
    let how = |strategy| How { strategy, batch: 8, at_random: 0, seed: 1, settings: Settings::default() };
    for strategy in Strategy::ALL {
        assert_eq!(replay(of, how(strategy), &|labelled| labelled < 16), Err(LogisticError::Stopped), "{strategy:?}");
    }
}
