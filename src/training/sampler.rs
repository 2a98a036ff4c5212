//! Which images come in an epoch, in which order and in which batches, and what each class weighs.

use super::seeds::{Purpose, generator};
use crate::domain::recipe::Imbalance;
use rand::RngExt;
use rand::seq::SliceRandom;
use std::collections::{BTreeMap, HashMap};

/// One appearance of an image in an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Draw {
    /// Index into the list of images.
    pub image: usize,
    /// How often it came in this epoch before.
    pub copy: usize,
}

/// The images of an epoch in their order. `kinds` is of each image its class, or the findings that are present on it; of one
/// without any, that it has none.
///
/// Weighted sampling makes as many draws as there are images, with replacement, in which each class that occurs is
/// equally likely, and of several findings each. Oversampling takes every image and repeats those of smaller classes until each class comes as often
/// as the largest: all of its images equally often, and the rest of the places go to some of them. Otherwise every
/// image comes once. All this is done `views` times over, with copies that are numbered on.
pub(super) fn epoch_order(
    kinds: &[Vec<usize>],
    imbalance: Imbalance,
    views: usize,
    seed: u64,
    epoch: usize,
) -> Vec<Draw> {
    let mut rng = generator(seed, Purpose::Order, epoch, 0, 0);
    let views = views.max(1);
    match imbalance {
        Imbalance::None | Imbalance::ClassWeights => {
            let copies = |image| (0..views).map(move |copy| Draw { image, copy });
            let mut order: Vec<Draw> = (0..kinds.len()).flat_map(copies).collect();
            order.shuffle(&mut rng);
            order
        }
        Imbalance::WeightedSampling => {
            let members = members(kinds);
            numbered((0..kinds.len() * views).filter_map(|_| {
                let of_class = members.get(rng.random_range(0..members.len()))?;
                of_class.get(rng.random_range(0..of_class.len())).copied()
            }))
        }
        Imbalance::Oversampling => {
            let members = members(kinds);
            let most = views * members.iter().map(Vec::len).max().unwrap_or(0);
            let mut images = Vec::with_capacity(most * members.len());
            for mut of_class in members {
                of_class.shuffle(&mut rng);
                images.extend(of_class.iter().cycle().take(most));
            }
            images.shuffle(&mut rng);
            numbered(images.into_iter())
        }
    }
}

/// The images of each class or finding that occurs.
fn members(kinds: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (image, kinds) in kinds.iter().enumerate() {
        kinds.iter().for_each(|kind| members.entry(*kind).or_default().push(image));
    }
    members.into_values().collect()
}

/// Images as draws that know how often their image came before.
fn numbered(images: impl Iterator<Item = usize>) -> Vec<Draw> {
    let mut copies: HashMap<usize, usize> = HashMap::new();
    images
        .map(|image| {
            let seen = copies.entry(image).or_insert(0);
            *seen += 1;
            Draw { image, copy: *seen - 1 }
        })
        .collect()
}

/// How many images that show each of `count` classes an order has; `shown` is the classes of each image.
pub(super) fn drawn(order: &[Draw], shown: &[Vec<usize>], count: usize) -> Vec<usize> {
    let mut images = vec![0; count];
    for class in order.iter().filter_map(|draw| shown.get(draw.image)).flatten() {
        if let Some(n) = images.get_mut(*class) {
            *n += 1;
        }
    }
    images
}

/// Cuts an order into batches. A last batch of a single image joins the one before it: batch norm cannot learn from
/// one image.
pub(super) fn batches(order: &[Draw], size: usize) -> Vec<Vec<Draw>> {
    let mut batches: Vec<Vec<Draw>> = order.chunks(size.max(1)).map(<[Draw]>::to_vec).collect();
    if size > 1
        && batches.len() > 1
        && let Some(single) = batches.pop_if(|last| last.len() == 1)
        && let Some(last) = batches.last_mut()
    {
        last.extend(single);
    }
    batches
}

/// The weight of each class in the loss, scikit-learn's "balanced": inverse to its frequency, mean 1 over the images.
/// A class without images weighs 1.
pub(super) fn class_weights(classes: &[usize], count: usize) -> Vec<f32> {
    let mut images = vec![0usize; count];
    for &class in classes {
        if let Some(n) = images.get_mut(class) {
            *n += 1;
        }
    }
    let present = images.iter().filter(|n| **n > 0).count();
    images.iter().map(|&n| if n == 0 { 1.0 } else { (classes.len() as f64 / (present * n) as f64) as f32 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn of(classes: &[usize]) -> Vec<Vec<usize>> {
        classes.iter().map(|class| vec![*class]).collect()
    }

    #[test]
    fn each_finding_is_drawn_as_often_as_the_others() {
        // 90 images without any, 9 with a common one, one with it and a rare one.
        let mut kinds = vec![vec![usize::MAX]; 90];
        kinds.extend(vec![vec![0]; 9]);
        kinds.push(vec![0, 1]);
        let kinds: Vec<Vec<usize>> = kinds.iter().cycle().take(1000).cloned().collect();
        let order = epoch_order(&kinds, Imbalance::WeightedSampling, 1, 5, 0);
        let share = |kind| order.iter().filter(|draw| kinds[draw.image].contains(&kind)).count() as f64 / 1000.0;
        assert!((share(usize::MAX) - 1.0 / 3.0).abs() < 0.05, "{}", share(usize::MAX));
        // A third for the rare one, and a tenth of the third for the common one.
        assert!((share(1) - (1.0 + 0.1) / 3.0).abs() < 0.05, "{}", share(1));
    }

    #[test]
    fn an_epoch_is_every_image_once_in_an_order_of_its_own() {
        let classes = of(&[0; 50]);
        let images = |epoch, seed| -> Vec<usize> {
            epoch_order(&classes, Imbalance::None, 1, seed, epoch).into_iter().map(|draw| draw.image).collect()
        };
        let first = images(0, 1);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
        assert_eq!(first, images(0, 1));
        assert_ne!(first, images(1, 1));
        assert_ne!(first, images(0, 2));
    }

    #[test]
    fn even_draws_balance_the_classes_and_number_their_copies() {
        let mut classes = vec![0; 900];
        classes.extend(vec![2; 100]);
        let order = epoch_order(&of(&classes), Imbalance::WeightedSampling, 1, 5, 0);
        assert_eq!(order.len(), 1000);
        let rare = order.iter().filter(|draw| classes[draw.image] == 2).count();
        assert!((440..560).contains(&rare), "{rare}");
        let distinct: HashSet<(usize, usize)> = order.iter().map(|draw| (draw.image, draw.copy)).collect();
        assert_eq!(distinct.len(), order.len());
    }

    #[test]
    fn oversampling_fills_every_class_up_to_the_largest() {
        let mut classes = vec![0; 10];
        classes.extend([1; 4]);
        classes.extend([3; 1]);
        let order = |epoch| epoch_order(&of(&classes), Imbalance::Oversampling, 1, 5, epoch);
        let first = order(0);
        let shown: Vec<Vec<usize>> = classes.iter().map(|class| vec![*class]).collect();
        assert_eq!(drawn(&first, &shown, 4), [10, 10, 0, 10]);
        let times = |image| first.iter().filter(|draw| draw.image == image).count();
        assert!((0..10).all(|image| times(image) == 1));
        assert!((10..14).all(|image| (2..=3).contains(&times(image))), "4 images share 10 places");
        let distinct: HashSet<(usize, usize)> = first.iter().map(|draw| (draw.image, draw.copy)).collect();
        assert_eq!(distinct.len(), 30);
        assert_eq!(first, order(0));
        assert_ne!(first, order(1));
        assert_eq!(drawn(&order(1), &shown, 4), [10, 10, 0, 10]);
    }

    #[test]
    fn views_multiply_the_images() {
        for imbalance in [Imbalance::None, Imbalance::ClassWeights, Imbalance::Oversampling] {
            let order = epoch_order(&of(&[0, 0, 1]), imbalance, 3, 5, 0);
            for image in 0..3 {
                let mut copies: Vec<usize> =
                    order.iter().filter(|draw| draw.image == image).map(|draw| draw.copy).collect();
                copies.sort_unstable();
                let times = if imbalance == Imbalance::Oversampling && image == 2 { 6 } else { 3 };
                assert_eq!(copies, (0..times).collect::<Vec<_>>());
            }
        }
        assert_eq!(epoch_order(&of(&[0, 0, 1]), Imbalance::WeightedSampling, 3, 5, 0).len(), 9);
    }

    #[test]
    fn a_single_last_image_joins_the_batch_before() {
        let order = epoch_order(&of(&[0; 9]), Imbalance::None, 1, 1, 0);
        let sizes = |size| batches(&order, size).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(4), [4, 5]);
        assert_eq!(sizes(5), [5, 4]);
        assert_eq!(sizes(9), [9]);
        assert_eq!(sizes(1), [1; 9]);
        assert_eq!(batches(&order, 4).concat(), order);
    }

    #[test]
    fn rare_classes_weigh_more() {
        assert_eq!(class_weights(&[0, 0, 0, 1], 3), [4.0 / 6.0, 2.0, 1.0]);
    }
}
