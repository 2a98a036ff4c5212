//! Which images come in an epoch, in which order and in which batches, and what each class weighs.

use super::seeds::{Purpose, generator};
use rand::RngExt;
use rand::seq::SliceRandom;
use std::collections::HashMap;

/// One appearance of an image in an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Draw {
    /// Index into the list of images.
    pub image: usize,
    /// How often it came in this epoch before.
    pub copy: usize,
}

/// All images once, shuffled; or, `evenly`, as many draws with replacement in which each class that occurs is equally
/// likely. `classes` is the class of each image.
pub(super) fn epoch_order(classes: &[usize], evenly: bool, seed: u64, epoch: usize) -> Vec<Draw> {
    let mut rng = generator(seed, Purpose::Order, epoch, 0, 0);
    if !evenly {
        let mut order: Vec<Draw> = (0..classes.len()).map(|image| Draw { image, copy: 0 }).collect();
        order.shuffle(&mut rng);
        return order;
    }
    let count = classes.iter().max().map_or(0, |most| most + 1);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (image, &class) in classes.iter().enumerate() {
        members[class].push(image);
    }
    members.retain(|images| !images.is_empty());
    let mut copies: HashMap<usize, usize> = HashMap::new();
    (0..classes.len())
        .map(|_| {
            let of_class = &members[rng.random_range(0..members.len())];
            let image = of_class[rng.random_range(0..of_class.len())];
            let seen = copies.entry(image).or_insert(0);
            *seen += 1;
            Draw { image, copy: *seen - 1 }
        })
        .collect()
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

    #[test]
    fn an_epoch_is_every_image_once_in_an_order_of_its_own() {
        let classes = vec![0; 50];
        let images = |epoch, seed| -> Vec<usize> {
            epoch_order(&classes, false, seed, epoch).into_iter().map(|draw| draw.image).collect()
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
        let order = epoch_order(&classes, true, 5, 0);
        assert_eq!(order.len(), 1000);
        let rare = order.iter().filter(|draw| classes[draw.image] == 2).count();
        assert!((440..560).contains(&rare), "{rare}");
        let distinct: HashSet<(usize, usize)> = order.iter().map(|draw| (draw.image, draw.copy)).collect();
        assert_eq!(distinct.len(), order.len());
    }

    #[test]
    fn a_single_last_image_joins_the_batch_before() {
        let order = epoch_order(&[0; 9], false, 1, 0);
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
