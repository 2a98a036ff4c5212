//! How the classes of a project are shown: in which order, and with which image as an example. It changes nothing of labels
//! and models, which refer to the places of classes in the list.

use crate::domain::ImageId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Orders and examples, by the places of classes in the class list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClassLooks {
    /// The places in the order they are shown in; those that are not named follow in the order of the list.
    order: Vec<usize>,
    /// An image of the project that shows what is meant by a class.
    examples: BTreeMap<usize, ImageId>,
}

impl ClassLooks {
    /// The places of so many classes in the order they are shown in.
    pub fn order(&self, classes: usize) -> Vec<usize> {
        let mut order: Vec<usize> = Vec::with_capacity(classes);
        for place in self.order.iter().copied().chain(0..classes) {
            if place < classes && !order.contains(&place) {
                order.push(place);
            }
        }
        order
    }

    /// The same with one of so many classes at another rank, from 0.
    pub fn with_rank(&self, classes: usize, class: usize, rank: usize) -> Self {
        let mut order = self.order(classes);
        order.retain(|place| *place != class);
        order.insert(rank.min(order.len()), class);
        Self { order, ..self.clone() }
    }

    /// The example of a class.
    pub fn example(&self, class: usize) -> Option<ImageId> {
        self.examples.get(&class).copied()
    }

    /// The same with another example of a class, or none.
    pub fn with_example(&self, class: usize, image: Option<ImageId>) -> Self {
        let mut examples = self.examples.clone();
        match image {
            Some(image) => examples.insert(class, image),
            None => examples.remove(&class),
        };
        Self { examples, ..self.clone() }
    }

    /// Without what is of no class of so many, and without examples that are not there.
    pub(in crate::session) fn that_holds(mut self, classes: usize, is_there: impl Fn(ImageId) -> bool) -> Self {
        self.order = self.order(classes);
        self.examples.retain(|class, image| *class < classes && is_there(*image));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_stand_where_they_were_put_and_new_ones_at_the_end() {
        let looks = ClassLooks::default();
        assert_eq!(looks.order(3), [0, 1, 2]);
        let looks = looks.with_rank(3, 2, 0);
        assert_eq!((looks.order(3), looks.order(4), looks.order(2)), (vec![2, 0, 1], vec![2, 0, 1, 3], vec![0, 1]));
        let looks = looks.with_rank(3, 2, 1).with_rank(3, 0, 9);
        assert_eq!(looks.order(3), [2, 1, 0]);
        let broken: ClassLooks = serde_json::from_str(r#"{"order":[7,1,1]}"#).unwrap();
        assert_eq!(broken.order(3), [1, 0, 2]);
    }

    #[test]
    fn an_example_goes_with_its_image_or_its_class() {
        let looks = ClassLooks::default().with_example(0, Some(ImageId(5))).with_example(1, Some(ImageId(6)));
        let written = serde_json::to_string(&looks).unwrap();
        assert_eq!(serde_json::from_str::<ClassLooks>(&written).unwrap(), looks);
        let of = |looks: &ClassLooks| [0, 1].map(|class| looks.example(class));
        assert_eq!(of(&looks.clone().that_holds(2, |image| image != ImageId(5))), [None, Some(ImageId(6))]);
        assert_eq!(of(&looks.clone().that_holds(1, |_| true)), [Some(ImageId(5)), None]);
        assert_eq!(of(&looks.with_example(0, None)), [None, Some(ImageId(6))]);
    }
}
