//! What a replay finds, over all seeds.

use super::{Asked, FIRST, Material};
use crate::evaluation::active::planted::FoundErrors;
use crate::evaluation::active::replay::{Point, Strategy};
use crate::evaluation::active::saving::{AsGoodAs, MeanPoint, OverSeeds, as_good_as, mean_curve, needed, rising};
use serde::Serialize;

/// The share of right labels that labelling is to reach.
const RIGHT: f64 = 0.95;
/// After which shares of the pool it is said what an order saves.
const AFTER: [f64; 4] = [0.1, 0.2, 0.3, 0.5];

/// All orders, random first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simulated {
    /// Images to label, and images to judge by.
    pub images: usize,
    pub test: usize,
    pub classes: usize,
    pub features: usize,
    pub batch: usize,
    pub seeds: u64,
    /// How many percent of every order but the random one were drawn at random.
    pub at_random: usize,
    /// The truth is the project's own, not the readers' labels.
    pub own_truth: bool,
    /// The features come from a network that has learned from labels in this project.
    pub learned_here: bool,
    pub orders: Vec<OfOrder>,
}

/// One order over all seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfOrder {
    pub order: &'static str,
    /// What it took until 95 % of the pool had the right label: images labelled, corrections among them.
    pub labelled_to_95: Option<OverSeeds>,
    pub corrections_to_95: Option<OverSeeds>,
    /// What it saves after a tenth, a fifth, three tenths and half of the pool; nothing of the random order.
    pub savings: Vec<Saving>,
    pub curve: Vec<MeanPoint>,
}

/// After so many images an order is as good as another number at random.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Saving {
    pub labelled: usize,
    /// On the test images, on average over seeds, without the falls of its curve.
    pub accuracy: f64,
    pub random: AsGoodAs,
}

/// Likely label errors over all seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoundOverSeeds {
    /// Images with a label, and how many of the labels are wrong, on average over seeds.
    pub images: usize,
    pub wrong: f64,
    /// So many first images of the queue are looked at.
    pub first: usize,
    /// The share of them with a wrong label, in the queue and at random.
    pub precision: OverSeeds,
    pub at_random: OverSeeds,
    /// The highest share there can be, since there may be fewer wrong labels than images looked at.
    pub highest: f64,
    /// Labels that are called wrong, and the share of them that is.
    pub suspected: OverSeeds,
    pub rightly: OverSeeds,
    /// Images to look at until 95 % of the wrong labels are found, in the queue and at random.
    pub looked_at: OverSeeds,
    pub looked_at_random: OverSeeds,
}

/// Puts the curves together.
pub(super) fn of(
    material: &Material,
    batch: usize,
    asked: &Asked,
    random: &[Vec<Point>],
    others: Vec<(Strategy, Vec<Vec<Point>>)>,
) -> Simulated {
    let mean_random = mean_curve(random);
    let mut orders = vec![of_order(Strategy::Random, random, &[])];
    orders.extend(others.iter().map(|(strategy, curves)| of_order(*strategy, curves, &mean_random)));
    Simulated {
        images: material.pool.len(),
        test: material.test.len(),
        classes: material.classes,
        features: material.width,
        batch,
        seeds: asked.seeds,
        at_random: asked.at_random,
        own_truth: material.own_truth,
        learned_here: material.learned_here,
        orders,
    }
}

fn of_order(strategy: Strategy, curves: &[Vec<Point>], random: &[MeanPoint]) -> OfOrder {
    let curve = mean_curve(curves);
    let risen = rising(&curve);
    let all = curve.last().map_or(0, |last| last.labelled) as f64;
    let after = |share: f64| {
        let (point, accuracy) = curve.iter().zip(&risen).find(|(point, _)| point.labelled as f64 >= share * all)?;
        let random = as_good_as(random, *accuracy)?;
        Some(Saving { labelled: point.labelled, accuracy: *accuracy, random })
    };
    let (labelled_to_95, corrections_to_95) = needed(curves, RIGHT).unzip();
    let savings = AFTER.into_iter().filter_map(after).collect();
    OfOrder { order: strategy.name(), labelled_to_95, corrections_to_95, savings, curve }
}

/// Puts what was found together; `None` where no label is wrong.
pub(super) fn of_errors(labelled: &[usize], found: &[(usize, FoundErrors)]) -> Option<FoundOverSeeds> {
    let over = |of: &dyn Fn(&(usize, FoundErrors)) -> f64| OverSeeds::of(&found.iter().map(of).collect::<Vec<f64>>());
    let wrong = over(&|(wrong, _)| *wrong as f64)?.mean;
    if wrong == 0.0 {
        return None;
    }
    let first = FIRST.min(labelled.len());
    Some(FoundOverSeeds {
        images: labelled.len(),
        wrong,
        first,
        precision: over(&|(_, found)| found.precision)?,
        at_random: over(&|(_, found)| found.at_random)?,
        highest: (wrong / first as f64).min(1.0),
        suspected: over(&|(_, found)| found.suspected as f64)?,
        rightly: over(&|(_, found)| found.rightly as f64 / found.suspected.max(1) as f64)?,
        looked_at: over(&|(_, found)| found.looked_at[0] as f64)?,
        looked_at_random: over(&|(_, found)| found.looked_at[1] as f64)?,
    })
}
