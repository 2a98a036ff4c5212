//! The augmented views of a picture that a detector sees at test time: at other scales, mirrored, lighter.

use crate::domain::{ModelCard, Preprocessing, Rect};
use crate::imaging::{DecodedImage, preprocess};

/// Scales of the input beside the one that was learned.
const SCALES: [f64; 2] = [0.9, 1.1];
/// Added to the 0..1 values of a lighter view.
const LIGHTER: f32 = 0.1;
/// Scaled inputs have sides that the backbone divides evenly.
const STRIDE: f64 = 32.0;

/// How a picture is looked at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TestAugmentation {
    pub preprocessing: Preprocessing,
    pub mirrored: bool,
    pub lighter: f32,
}

/// The plain view, and those that test-time augmentation adds: at 0.9 and 1.1 of the input's size, lighter, and mirrored
/// where the model learned from mirrored pictures. One that did not may tell left from right.
pub(super) fn test_augmentations(card: &ModelCard) -> Vec<TestAugmentation> {
    let plain = TestAugmentation::plain(card);
    let mut views = vec![plain.clone()];
    for scale in SCALES {
        let side = |side: usize| ((side as f64 * scale / STRIDE).round().max(1.0) * STRIDE) as usize;
        let (width, height) = (side(plain.preprocessing.width), side(plain.preprocessing.height));
        let preprocessing = Preprocessing { width, height, ..plain.preprocessing.clone() };
        // The side of a small input may round back to itself.
        if views.iter().all(|view: &TestAugmentation| view.preprocessing != preprocessing) {
            views.push(TestAugmentation { preprocessing, ..plain.clone() });
        }
    }
    if learned_mirrored(card) {
        views.push(TestAugmentation { mirrored: true, ..plain.clone() });
    }
    views.push(TestAugmentation { lighter: LIGHTER, ..plain });
    views
}

/// Whether a model learned from mirrored pictures, and may see them. Weights from elsewhere, of which no recipe is known,
/// are taken to have learned so, as torchvision's did, unless their classes are sides.
pub fn learned_mirrored(card: &ModelCard) -> bool {
    match &card.recipe {
        Some(recipe) => recipe.augmentation.mirrors(),
        None => card.classes.sides().is_none(),
    }
}

/// What test-time augmentation does for a model, in words for a report.
pub fn described(card: &ModelCard) -> &'static str {
    match (card.architecture.draws_boxes(), learned_mirrored(card)) {
        (true, true) => "seen at three scales, lighter and mirrored",
        (true, false) => {
            "seen at three scales and lighter; not mirrored, for the model did not learn from mirrored images"
        }
        (false, true) => "averaged with its mirror image",
        (false, false) => {
            "seen once after all: it is not averaged with its mirror image, for the model did not learn from mirrored images"
        }
    }
}

impl TestAugmentation {
    /// A picture as the model learned from it.
    pub fn plain(card: &ModelCard) -> Self {
        Self { preprocessing: card.preprocessing.clone(), mirrored: false, lighter: 0.0 }
    }

    /// The picture as the network's input: C x H x W normalised values.
    pub fn input(&self, image: &DecodedImage) -> Vec<f32> {
        let p = &self.preprocessing;
        let mut planes = preprocess::to_planes(image, p);
        if self.lighter != 0.0 {
            planes.iter_mut().for_each(|value| *value = (*value + self.lighter).clamp(0.0, 1.0));
        }
        if self.mirrored {
            planes.chunks_mut(p.width.max(1)).for_each(<[f32]>::reverse);
        }
        preprocess::normalise(&mut planes, p);
        planes
    }

    /// A box of this view as it lies on the input that is not mirrored.
    pub fn unmirrored(&self, rect: Rect) -> Rect {
        if !self.mirrored {
            return rect;
        }
        let width = self.preprocessing.width as f64;
        Rect { xmin: width - rect.xmax, xmax: width - rect.xmin, ..rect }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recipe::Augmentation;
    use crate::domain::{Architecture, ClassList, Recipe};

    fn card(side: usize, mirrored: bool) -> ModelCard {
        let augmentation = Augmentation { horizontal_flip: mirrored, ..Augmentation::default() };
        ModelCard {
            format: ModelCard::FORMAT,
            name: "m".into(),
            architecture: Architecture::default(),
            classes: ClassList::from_names(&["a"], false).unwrap(),
            preprocessing: Preprocessing { width: side, height: side, ..Preprocessing::default() },
            recipe: Some(Recipe { augmentation, ..Recipe::default() }),
            head: None,
            data_digest: String::new(),
            threshold: None,
            decided: None,
            created_ms: 0,
        }
    }

    #[test]
    fn mirrors_are_for_models_that_learned_from_them() {
        let sides = |card: &ModelCard| -> Vec<usize> {
            test_augmentations(card).iter().map(|l| l.preprocessing.width).collect()
        };
        assert_eq!(sides(&card(256, false)), [256, 224, 288, 256]);
        assert_eq!(sides(&card(1024, true)), [1024, 928, 1120, 1024, 1024]);
        assert_eq!(sides(&card(64, false)), [64, 64], "too small for other scales");
        assert!(test_augmentations(&card(256, true)).iter().any(|view| view.mirrored));
        let elsewhere = |classes: &[&str]| ModelCard {
            recipe: None,
            classes: ClassList::from_names(classes, false).unwrap(),
            ..card(256, false)
        };
        assert!(test_augmentations(&elsewhere(&["a"])).iter().any(|view| view.mirrored));
        assert!(!test_augmentations(&elsewhere(&["left", "right"])).iter().any(|view| view.mirrored));
    }

    #[test]
    fn a_mirrored_look_sees_the_other_side_and_gives_it_back() {
        let samples = (0..32 * 32).map(|i| if i % 32 < 8 { 255 } else { 0 }).collect();
        let image = DecodedImage::from_gray8(32, 32, samples).unwrap();
        let card = card(32, true);
        let view = test_augmentations(&card).into_iter().find(|view| view.mirrored).unwrap();
        let input = view.input(&image);
        assert!(input[31] > input[0], "bright on the right");
        let rect = Rect { xmin: 24.0, ymin: 1.0, xmax: 32.0, ymax: 9.0 };
        assert_eq!(view.unmirrored(rect), Rect { xmin: 0.0, ymin: 1.0, xmax: 8.0, ymax: 9.0 });
    }
}
