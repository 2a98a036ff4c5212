//! Replays on made features and over a project on disk.

use super::*;
use crate::domain::ModelCard;
use crate::evaluation::active::saving::AsGoodAs;
use crate::inference::Classifier;
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::test_project::{small, tiny};

fn asked(strategies: &[Strategy]) -> Asked {
    Asked { strategies: strategies.to_vec(), seeds: 3, batch: Some(8), at_random: 10, c: 10.0 }
}

/// Four classes, one of them rare, each with a direction of its own; the last 40 of 160 are to judge by.
fn separable() -> Material {
    let truths: Vec<usize> = (0..160).map(|at| if at % 20 == 7 { 3 } else { at % 3 }).collect();
    let row = |(at, truth): (usize, &usize)| {
        let truth = *truth;
        (0..5).map(move |i| f32::from(u8::from(i == truth)) + ((at * 29 + i * 13) % 23) as f32 / 80.0)
    };
    let features = truths.iter().enumerate().flat_map(row).collect();
    Material::made(features, 5, truths, 4, 40)
}

#[test]
fn a_replay_is_the_same_again_and_learned_orders_beat_chance() {
    let material = separable();
    let orders = [Strategy::Uncertainty, Strategy::ColdStart];
    let found = replay_all(&material, &asked(&orders), &|_| true).unwrap();
    assert_eq!(found, replay_all(&material, &asked(&orders), &|_| true).unwrap());
    let names: Vec<&str> = found.orders.iter().map(|one| one.order).collect();
    assert_eq!(names, ["random", "uncertainty", "cold-start"]);
    assert_eq!((found.images, found.test, found.batch, found.orders[0].curve.len()), (120, 40, 8, 15));
    let needed = |at: usize| found.orders[at].labelled_to_95.unwrap().mean;
    assert!(needed(1) <= needed(0) && needed(2) < needed(0), "{} {} {}", needed(0), needed(1), needed(2));
    assert!(found.orders[0].savings.is_empty());
    let saving = found.orders[2].savings[1];
    let more = match saving.random {
        AsGoodAs::Images(images) | AsGoodAs::MoreThan(images) => images,
    };
    assert!(more > saving.labelled, "{saving:?}");
}

#[test]
fn planted_errors_are_found_and_none_are_refused() {
    let material = separable();
    let found = find_wrong_labels(&material, &asked(&[]), Wrong::Planted(10), &|_| true).unwrap();
    assert_eq!((found.images, found.wrong, found.first), (160, 16.0, 50));
    assert!((found.highest - 0.32).abs() < 1e-12);
    assert!(found.precision.mean > 0.28 && found.at_random.mean < 0.2, "{found:?}");
    assert!(found.looked_at.mean < found.looked_at_random.mean / 2.0);
    let none = find_wrong_labels(&material, &asked(&[]), Wrong::Known, &|_| true).unwrap_err().to_string();
    assert!(none.contains("--planted-errors=5"), "{none}");
}

#[test]
fn a_no_ends_it_with_a_sentence() {
    let no = |share: f64| share < 0.2;
    let of_orders = replay_all(&separable(), &asked(&[Strategy::Margin]), &no).unwrap_err();
    assert_eq!(of_orders.to_string(), "the replay was stopped");
    assert!(find_wrong_labels(&separable(), &asked(&[]), Wrong::Planted(10), &|_| false).is_err());
}

/// A network whose weights nothing was learned by, with the classes of a project.
fn untrained(core: &Core) -> Classifier {
    let recipe = tiny();
    let card = ModelCard {
        format: ModelCard::FORMAT,
        name: "untrained".into(),
        architecture: recipe.architecture.clone(),
        classes: (*core.view().classes).clone(),
        preprocessing: recipe.preprocessing.clone(),
        recipe: Some(recipe),
        head: None,
        data_digest: String::new(),
        threshold: None,
        decided: None,
        created_ms: 0,
    };
    Classifier::before_training(card, &Compute::cpu(), 1).unwrap()
}

#[test]
fn a_project_is_looked_at_and_left_as_it_was() {
    let project = small(60);
    let classifier = untrained(&project.open());
    let core = project.open_to_look();
    let before = core.store().annotations().unwrap();
    let material = gather(core.store(), &classifier, false, &mut |_, _| true).unwrap().unwrap();
    assert_eq!((material.width, material.pool.len(), material.test.len()), (4, 48, 12));
    let rows = material.features(&material.pool);
    for feature in 0..4 {
        let values: Vec<f32> = rows.chunks_exact(4).map(|row| row[feature]).collect();
        let mean = values.iter().sum::<f32>() / 48.0;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 48.0;
        assert!(mean.abs() < 1e-4 && (variance < 1e-9 || (variance - 0.25).abs() < 1e-3), "{mean} {variance}");
    }
    // Dark and bright pictures are told apart by any network.
    let found = replay_all(&material, &asked(&[Strategy::Uncertainty]), &|_| true).unwrap();
    assert!(found.orders.iter().all(|one| one.curve.last().unwrap().accuracy.mean > 0.9), "{found:?}");
    assert_eq!(core.store().annotations().unwrap(), before);
    assert_eq!(gather(core.store(), &classifier, false, &mut |done, _| done < 5).unwrap(), None);
}

#[test]
fn what_cannot_be_replayed_is_said() {
    let project = small(10);
    let core = project.open();
    let few = gather(core.store(), &untrained(&core), false, &mut |_, _| true).unwrap_err().to_string();
    assert!(few.starts_with("8 images with a known class"), "{few}");
}
