//! Which images are shown with a wrong answer in a study, and with which: drawn by a seed and the images' content, whatever the
//! order the images come in.
//!
//! A planted answer looks like one of the model's: its probabilities are those that the model gave another image that it answers
//! so.

use super::reading::draw;
use crate::domain::{ImageKey, PlantedAnswer};
use std::collections::{BTreeMap, BTreeSet};

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
    let by_answer = by_answer(images);
    let mut known = known(images);
    known.sort_by_cached_key(|(image, _)| draw(seed, "plant", &image.key));
    let wrong = |(image, truth): (&Looked, usize)| {
        let mut classes: Vec<usize> = by_answer.keys().copied().filter(|class| *class != truth).collect();
        // The model's own answer may be wrong already: another one is planted then, where there is one.
        let place = |class: &usize| (*class == image.answer, draw(seed, &format!("wrong {class}"), &image.key));
        classes.sort_by_cached_key(place);
        classes.into_iter().find_map(|answer| {
            let like = like(seed, image, by_answer.get(&answer)?)?;
            Some(PlantedAnswer { image: image.key.clone(), answer, probabilities: like.probabilities.clone() })
        })
    };
    let mut planted: Vec<PlantedAnswer> = known.into_iter().filter_map(wrong).take(wanted).collect();
    planted.sort_by(|a, b| a.image.cmp(&b.image));
    planted
}

/// What the model answers so, by answer; in order, of copies of a picture one.
fn by_answer(images: &[Looked]) -> BTreeMap<usize, Vec<&Looked>> {
    let mut by_answer: BTreeMap<usize, Vec<&Looked>> = BTreeMap::new();
    images.iter().for_each(|image| by_answer.entry(image.answer).or_default().push(image));
    for list in by_answer.values_mut() {
        let bits = |one: &Looked| one.probabilities.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
        list.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| bits(a).cmp(&bits(b))));
        list.dedup_by(|a, b| a.key == b.key);
    }
    by_answer
}

/// The images whose truth is known, with it; of copies of a picture one, and none where different things are known of them.
fn known(images: &[Looked]) -> Vec<(&Looked, usize)> {
    let mut known: BTreeMap<&ImageKey, (&Looked, BTreeSet<usize>)> = BTreeMap::new();
    for image in images {
        let Some(truth) = image.truth else { continue };
        let (one, truths) = known.entry(&image.key).or_insert_with(|| (image, BTreeSet::new()));
        truths.insert(truth);
        if image.answer < one.answer {
            *one = image;
        }
    }
    let agreed =
        |(image, truths): (_, BTreeSet<usize>)| Some((image, truths.first().copied()?)).filter(|_| truths.len() == 1);
    known.into_values().filter_map(agreed).collect()
}

/// Another image of a list in order, drawn for an image: never a copy of it.
fn like<'a>(seed: u64, image: &Looked, list: &[&'a Looked]) -> Option<&'a Looked> {
    let own = list.binary_search_by(|other| other.key.cmp(&image.key)).ok();
    let others = list.len() - usize::from(own.is_some());
    let at = draw(seed, "like", &image.key).0.checked_rem(others as u64)? as usize;
    list.get(at + usize::from(own.is_some_and(|own| own <= at))).copied()
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

    #[test]
    fn copies_of_which_different_things_are_known_are_left_out_whatever_the_order() {
        let mut images: Vec<Looked> = (0..60).map(|at| looked(at, at % 2 == 0)).collect();
        let known = |image: &Looked, truth: usize| Looked { truth: Some(truth), ..image.clone() };
        let (differ, agree) = (images[0].clone(), images[2].clone());
        images.push(known(&differ, (differ.truth.unwrap() + 1) % 3));
        images.push(known(&agree, agree.truth.unwrap()));
        // A copy of which nothing is known changes nothing.
        images.push(Looked { truth: None, ..images[4].clone() });
        let planted = plant(5, 99, &images);
        assert_eq!(planted.len(), 29);
        assert!(planted.iter().all(|one| one.image != differ.key));
        let of = |key: &ImageKey| planted.iter().find(|one| one.image == *key).unwrap();
        assert_ne!(Some(of(&agree.key).answer), agree.truth);
        images.reverse();
        assert_eq!(plant(5, 99, &images), planted);
    }

    #[test]
    fn an_answer_is_never_like_that_of_a_copy_of_the_image_itself() {
        // Of the answer 1 there is nothing but copies of the image, which the model answers in two ways, and one other.
        let of = |at: usize, answer: usize, p: f32, truth: Option<usize>| Looked {
            key: ImageKey(format!("{at:064x}"), 0),
            probabilities: if answer == 0 { vec![p, 1.0 - p] } else { vec![1.0 - p, p] },
            answer,
            truth,
        };
        let mut images = vec![of(1, 0, 0.9, Some(0))];
        images.extend((0..20).map(|_| of(1, 1, 0.6, None)));
        assert!(plant(3, 1, &images).is_empty());
        images.push(of(2, 1, 0.8, None));
        for seed in 0..30 {
            assert_eq!(plant(seed, 1, &images)[0].probabilities, images[21].probabilities, "{seed}");
        }
    }
}
