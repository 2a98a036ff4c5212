//! What a model's boxes do to a reader: of each place where one of them saw something, who drew a box there.
//!
//! A place is where boxes of one class lie on each other by half of their union, as two readers' boxes are matched. The model's boxes
//! are places first, then those of the reader before the reveal, after it, and of what is held to be true; each box is in one place.
//! Of a place the answer is whether something is there, so that boxes are counted as other answers are ([`super::influence`]). There
//! is no end of places where nobody drew anything: what is said is of places alone.

use super::box_agreement::{ReadBox, pairs_from};
use super::influence::{Reveal, Shown, TruthFrom};
use super::matching::{FOUND_IOU, SHIFTED_IOU};
use serde::Serialize;

/// What became of a model's boxes in what a reader drew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BoxFates {
    /// The reader has a box of the class there.
    pub kept: usize,
    /// The reader has one beside it: they overlap by less than half of their union and a tenth or more.
    pub moved: usize,
    /// The reader has none.
    pub deleted: usize,
    /// Boxes of the reader that belong to none of the model's.
    pub added: usize,
}

impl std::ops::AddAssign for BoxFates {
    fn add_assign(&mut self, other: Self) {
        self.kept += other.kept;
        self.moved += other.moved;
        self.deleted += other.deleted;
        self.added += other.added;
    }
}

/// What the boxes of a model came to in what a reader drew on the same image.
pub fn box_fates(model: &[ReadBox], reader: &[ReadBox]) -> BoxFates {
    let same = |one: usize, other: usize| one == other;
    let on = pairs_from(model, reader, FOUND_IOU, same);
    let left = |boxes: &[ReadBox], taken: Vec<usize>| -> Vec<ReadBox> {
        boxes.iter().enumerate().filter(|(at, _)| !taken.contains(at)).map(|(_, one)| *one).collect()
    };
    let model_left = left(model, on.iter().map(|(at, ..)| *at).collect());
    let reader_left = left(reader, on.iter().map(|(_, at, _)| *at).collect());
    let beside = pairs_from(&model_left, &reader_left, SHIFTED_IOU, same).len();
    BoxFates { kept: on.len(), moved: beside, deleted: model_left.len() - beside, added: reader_left.len() - beside }
}

/// Whether something is at a place: to each who was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    said: [bool; LISTS],
}

/// The model's boxes, the reader's before and after the reveal, and the true ones.
const LISTS: usize = 4;

/// Places of these lists of boxes, in which each list's boxes lie on at most one of those before it.
fn places(lists: [&[ReadBox]; LISTS]) -> Vec<Place> {
    let mut found: Vec<(ReadBox, Place)> = Vec::new();
    for (list, boxes) in lists.into_iter().enumerate() {
        let known: Vec<ReadBox> = found.iter().map(|(one, _)| *one).collect();
        let on = pairs_from(&known, boxes, FOUND_IOU, |one, other| one == other);
        let mut say = |at: usize| {
            let said = found.get_mut(at).and_then(|(_, place)| place.said.get_mut(list));
            if let Some(said) = said {
                *said = true;
            }
        };
        on.iter().for_each(|(at, ..)| say(*at));
        let alone = |at: usize| !on.iter().any(|(_, taken, _)| *taken == at);
        for (_, one) in boxes.iter().enumerate().filter(|(at, _)| alone(*at)) {
            let mut place = Place::default();
            if let Some(said) = place.said.get_mut(list) {
                *said = true;
            }
            found.push((*one, place));
        }
    }
    found.into_iter().map(|(_, place)| place).collect()
}

/// The places of an image as answers before and after the reveal: 1 where something is, 0 where nothing is.
pub fn revealed_places(
    model: &[ReadBox],
    (first, last): (&[ReadBox], &[ReadBox]),
    truth: Option<(&[ReadBox], TruthFrom)>,
) -> Vec<Reveal> {
    let of = |Place { said: [model, first, last, is] }: Place| {
        let [model, first, last, is] = [model, first, last, is].map(usize::from);
        Reveal { first, last, model, truth: truth.map(|(_, from)| (is, from)) }
    };
    let true_boxes = truth.map_or(&[][..], |(boxes, _)| boxes);
    places([model, first, last, true_boxes]).into_iter().map(of).collect()
}

/// The same of a reader who saw the model's boxes all along.
pub fn shown_places(model: &[ReadBox], said: &[ReadBox], truth: Option<(&[ReadBox], TruthFrom)>) -> Vec<Shown> {
    revealed_places(model, (said, said), truth).into_iter().map(Shown::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rect;
    use crate::evaluation::influence::influence;

    fn at(class: usize, x: f64) -> ReadBox {
        (class, Rect { xmin: x, ymin: 0.0, xmax: x + 10.0, ymax: 10.0 })
    }

    #[test]
    fn boxes_are_kept_moved_deleted_and_added() {
        // Shifted by d of 10, boxes overlap by (10 - d) / (10 + d): 1 is 0.82, 5 is a third, 9 is 0.05.
        let model = [at(0, 0.0), at(0, 100.0), at(0, 200.0), at(1, 300.0)];
        let reader = [at(0, 1.0), at(0, 105.0), at(0, 209.0), at(0, 300.0), at(1, 400.0)];
        let found = box_fates(&model, &reader);
        assert_eq!(found, BoxFates { kept: 1, moved: 1, deleted: 2, added: 3 });
        let turned = box_fates(&reader, &model);
        assert_eq!((turned.kept, turned.moved, turned.deleted, turned.added), (1, 1, 3, 2));
        let mut sum = BoxFates::default();
        sum += found;
        sum += BoxFates { kept: 1, ..BoxFates::default() };
        assert_eq!(sum, BoxFates { kept: 2, ..found });
    }

    #[test]
    fn each_place_is_an_answer_before_and_after_the_reveal() {
        let model = [at(0, 0.0), at(0, 100.0), at(0, 200.0)];
        // The reader had the first, a place of its own at 300 and one of another class; took the second and dropped its own.
        let first = [at(0, 1.0), at(0, 300.0), at(1, 200.0)];
        let last = [at(0, 1.0), at(0, 100.0), at(1, 200.0), at(0, 400.0)];
        let truth = [at(0, 0.0), at(0, 300.0), at(0, 500.0)];
        let found = revealed_places(&model, (&first, &last), Some((&truth, TruthFrom::Imported)));
        let answers: Vec<[usize; 4]> =
            found.iter().map(|one| [one.model, one.first, one.last, one.truth.map_or(9, |(is, _)| is)]).collect();
        let expected = [
            [1, 1, 1, 1], // 0
            [1, 0, 1, 0], // 100: taken over, wrongly
            [1, 0, 0, 0], // 200: not taken
            [0, 1, 0, 1], // 300: its own, dropped, wrongly
            [0, 1, 1, 0], // 200 of another class
            [0, 0, 1, 0], // 400: added after the reveal
            [0, 0, 0, 1], // 500: what all missed
        ];
        assert_eq!(answers, expected);
        let of = influence(&found);
        assert_eq!((of.misled.count, of.misled.of, of.gained.count, of.gained.of), (2, 3, 0, 1));
        assert_eq!((of.right_model.count, of.right_first.count, of.right_last.count), (3, 5, 2));
        let unknown = revealed_places(&model, (&first, &last), None);
        assert!(unknown.len() == 6 && unknown.iter().all(|one| one.truth.is_none()));
        let shown = shown_places(&model, &last, None);
        assert_eq!(shown.iter().filter(|one| one.said != one.model).count(), 3);
    }

    #[test]
    fn two_boxes_on_one_place_are_two_places() {
        let found = revealed_places(&[at(0, 0.0)], (&[at(0, 1.0), at(0, 2.0)], &[at(0, 0.0)]), None);
        let firsts: Vec<_> = found.iter().map(|one| (one.model, one.first, one.last)).collect();
        assert_eq!(firsts, [(1, 1, 1), (0, 1, 0)]);
    }
}
