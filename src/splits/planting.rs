//! Which images are shown with a wrong answer in a study, and with which: drawn by a seed and the images' content, whatever the
//! order the images come in.
//!
//! A planted answer looks like one of the model's: its probabilities are those that the model gave another image that it answers
//! so.

use super::reading::draw;
use crate::domain::{ImageKey, PlantedAnswer};
use std::collections::BTreeMap;

/// An image that the model has looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    pub key: ImageKey,
    /// One a class.
    pub probabilities: Vec<f32>,
    /// The class that the model answers.
    pub answer: usize,
    /// The class that is known to be true; absent where none is, or the image is not to be shown with a wrong answer.
    pub truth: Option<usize>,
}

/// Wrong answers for so many of the images whose truth is known, or as many as there can be; by image.
pub fn plant(seed: u64, wanted: usize, images: &[Looked]) -> Vec<PlantedAnswer> {
    let mut by_answer: BTreeMap<usize, Vec<&Looked>> = BTreeMap::new();
    images.iter().for_each(|image| by_answer.entry(image.answer).or_default().push(image));
    // Of copies of a picture one.
    let known: BTreeMap<&ImageKey, (&Looked, usize)> =
        images.iter().filter_map(|image| Some((&image.key, (image, image.truth?)))).collect();
    let mut known: Vec<(&Looked, usize)> = known.into_values().collect();
    known.sort_by_key(|(image, _)| draw(seed, "plant", &image.key));
    let wrong = |(image, truth): (&Looked, usize)| {
        let mut classes: Vec<usize> = by_answer.keys().copied().filter(|class| *class != truth).collect();
        // The model's own answer may be wrong already: another one is planted then, where there is one.
        let place = |class: &usize| (*class == image.answer, draw(seed, &format!("wrong {class}"), &image.key));
        classes.sort_by_key(place);
        classes.into_iter().find_map(|answer| {
            let what = format!("like {} {}", image.key.0, image.key.1);
            let others = by_answer.get(&answer)?.iter().filter(|other| other.key != image.key);
            let like = others.min_by_key(|other| draw(seed, &what, &other.key))?;
            Some(PlantedAnswer { image: image.key.clone(), answer, probabilities: like.probabilities.clone() })
        })
    };
    let mut planted: Vec<PlantedAnswer> = known.into_iter().filter_map(wrong).take(wanted).collect();
    planted.sort_by(|a, b| a.image.cmp(&b.image));
    planted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(at: usize, known: bool) -> Looked {
        let (p, answer) = (0.5 + (at % 40) as f32 / 100.0, at % 3);
        let probabilities = (0..3).map(|class| if class == answer { p } else { (1.0 - p) / 2.0 }).collect();
        Looked { key: ImageKey(format!("{at:064x}"), 0), probabilities, answer, truth: known.then_some((at / 3) % 3) }
    }

    #[test]
    fn planted_answers_are_wrong_and_as_the_model_gives_them() {
        let mut images: Vec<Looked> = (0..60).map(|at| looked(at, at % 2 == 0)).collect();
        let planted = plant(5, 12, &images);
        assert_eq!(planted.len(), 12);
        for one in &planted {
            let of = images.iter().find(|image| image.key == one.image).unwrap();
            assert_ne!(Some(one.answer), of.truth, "wrong");
            assert_ne!(one.answer, of.answer, "and another one than the model's own, of three");
            let like = images.iter().find(|image| image.probabilities == one.probabilities).unwrap();
            assert_eq!(like.answer, one.answer, "as the model gave one that it answers so");
            assert_ne!(like.key, one.image);
        }
        images.reverse();
        assert_eq!(plant(5, 12, &images), planted, "whatever the order");
        assert_ne!(plant(6, 12, &images), planted);
        assert_eq!(plant(5, 99, &images).len(), 30, "no more than are known");
        // Where the model never answers so there is nothing to plant.
        let of_one: Vec<Looked> = (0..9).map(|at| Looked { answer: 0, truth: Some(0), ..looked(at, true) }).collect();
        assert!(plant(5, 3, &of_one).is_empty());
    }
}
