//! Whether 95 % intervals hold the truth in 95 % of the cases: on data whose truth is known, drawn many times.

use super::*;
use crate::evaluation::binary::probability::brier;
use crate::evaluation::binary::{Ranked, Table};

/// Normal draws by the method of Box and Muller.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// Images of patients with two images each that share half of their noise, four of ten with the finding.
fn drawn(rng: &mut ChaCha8Rng, patients: usize) -> (Ranked, Groups) {
    let (mut positive, mut scores, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for patient in 0..patients {
        let there = rng.random::<f64>() < 0.4;
        let shared = normal(rng);
        for _ in 0..2 {
            let noise = (shared + normal(rng)) / 2f64.sqrt();
            positive.push(there);
            scores.push(1.0 / (1.0 + (-(noise + if there { 0.6 } else { -0.6 })).exp()));
            keys.push(Some(patient));
        }
    }
    (Ranked::new(&positive, &scores).unwrap(), Groups::new(keys))
}

fn figures(ranked: &Ranked) -> impl Fn(&[f64]) -> Vec<Option<f64>> + Sync + '_ {
    |weights| {
        let table = Table::at(ranked, weights, 0.5);
        vec![
            ranked.auroc(weights),
            ranked.average_precision(weights),
            table.sensitivity(),
            table.f1(),
            brier(ranked, weights),
        ]
    }
}

/// How often each figure's interval holds what the figure is on very many images.
fn coverage(patients: usize, repeats: u64, draws: usize) -> [f64; 5] {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (many, _) = drawn(&mut rng, 1_000_000);
    let truth = figures(&many)(&many.ones());
    let held: Vec<[bool; 5]> = (0..repeats)
        .into_par_iter()
        .map(|repeat| {
            let mut rng = ChaCha8Rng::seed_from_u64(11);
            rng.set_stream(repeat);
            let (ranked, groups) = drawn(&mut rng, patients);
            let estimates = intervals(&groups, Bootstrap { draws, seed: repeat }, figures(&ranked));
            std::array::from_fn(|at| {
                let [low, high] = estimates[at].interval.unwrap();
                (low..=high).contains(&truth[at].unwrap())
            })
        })
        .collect();
    std::array::from_fn(|at| held.iter().filter(|held| held[at]).count() as f64 / repeats as f64)
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_claim() {
    let held = coverage(150, 1000, 400);
    println!("AUROC, AP, sensitivity, F1, Brier: {held:.3?}");
    assert!(held.iter().all(|share| (share - 0.95).abs() < 0.025), "{held:.3?}");
}

#[test]
#[ignore = "minutes: by hand where intervals change"]
fn with_many_repeats_coverage_lies_within_a_percent_and_a_half() {
    for patients in [80, 150, 400] {
        let held = coverage(patients, 4000, 1000);
        println!("{patients} patients: AUROC, AP, sensitivity, F1, Brier: {held:.4?}");
        assert!(held.iter().all(|share| (share - 0.95).abs() < 0.015), "{held:.4?}");
    }
}
