//! Boxes of every two readers.

use super::{Material, Shared};
use crate::domain::{ClassList, ImageId};
use crate::evaluation::bootstrap::{Bootstrap, Groups};
use crate::evaluation::box_agreement::{BoxAgreement, ReadBox, box_agreement};
use crate::session::importing::readings::Word;
use crate::session::protocol::agreement::PairOfBoxes;
use std::collections::BTreeSet;

/// Every two readers who both looked for boxes on the same images; none where nobody drew any.
pub(super) fn of(material: &Material, classes: &ClassList, go_on: &dyn Fn() -> bool) -> Option<Vec<PairOfBoxes>> {
    let drawn = |image: &Shared| image.words.values().any(|word| !word.boxes.is_empty());
    if !material.shared.iter().any(drawn) {
        return Some(Vec::new());
    }
    let pair = |pair| go_on().then(|| of_pair(material, pair, classes));
    let pairs: Vec<Option<PairOfBoxes>> = material.pairs().map(pair).collect::<Option<_>>()?;
    Some(pairs.into_iter().flatten().collect())
}

/// A reader's boxes of an image; `None` where it is not known that the reader looked for any.
pub(super) fn looked_for<'a>(word: &'a Word, classes: &ClassList) -> Option<&'a [ReadBox]> {
    let nothing = word.nothing_found
        || word.label.is_some_and(|label| classes.is_negative(label))
        || word.findings.all_absent(classes.finding_places());
    (!word.boxes.is_empty() || nothing).then_some(&word.boxes)
}

fn of_pair(material: &Material, readers: [usize; 2], classes: &ClassList) -> Option<PairOfBoxes> {
    let both: Vec<(&Shared, [&[ReadBox]; 2])> = material
        .shared
        .iter()
        .filter_map(|image| {
            let of = |reader: usize| looked_for(image.words.get(&reader)?, classes);
            Some((image, [of(readers[0])?, of(readers[1])?]))
        })
        .collect();
    if both.is_empty() {
        return None;
    }
    let compared =
        compared(&both.iter().map(|(image, boxes)| (image.image, image.group.as_deref(), *boxes)).collect::<Vec<_>>());
    let seen = super::seen(both.iter().map(|(image, _)| *image), readers);
    let Compared { all, by_class, images } = compared;
    Some(PairOfBoxes { readers, all, by_class, images, seen })
}

/// An image, its group, and two lists of boxes of it.
pub(super) type BothOf<'a> = (ImageId, Option<&'a str>, [&'a [ReadBox]; 2]);

/// How two lists of boxes of each image compare.
pub(super) struct Compared {
    pub all: BoxAgreement,
    /// Of each class that was drawn, where there are several.
    pub by_class: Vec<(usize, BoxAgreement)>,
    /// Images on which both are the same, and on which they are not.
    pub images: [Vec<ImageId>; 2],
}

/// Compares two lists of boxes of each image, with its group.
pub(super) fn compared(both: &[BothOf<'_>]) -> Compared {
    let groups = Groups::new(both.iter().map(|(_, group, _)| *group));
    let of = |keep: &dyn Fn(usize) -> bool| -> BoxAgreement {
        let side = |at: usize| -> Vec<Vec<ReadBox>> {
            let kept = |boxes: &[ReadBox]| boxes.iter().filter(|one| keep(one.0)).copied().collect();
            both.iter().map(|(.., boxes)| kept(boxes.get(at).copied().unwrap_or_default())).collect()
        };
        box_agreement(&side(0), &side(1), &groups, Bootstrap::default())
    };
    let drawn: BTreeSet<usize> =
        both.iter().flat_map(|(.., boxes)| boxes.iter().copied().flatten()).map(|b| b.0).collect();
    let by_class = match drawn.len() {
        0 | 1 => Vec::new(),
        _ => {
            let alone = |class| BoxAgreement { other_class: None, ..of(&|one| one == class) };
            drawn.into_iter().map(|class| (class, alone(class))).collect()
        }
    };
    let mut images: [Vec<ImageId>; 2] = Default::default();
    for (image, _, [ours, theirs]) in both {
        let alone = box_agreement(
            &[ours.to_vec()],
            &[theirs.to_vec()],
            &Groups::new([Some(0)]),
            Bootstrap { draws: 0, ..Bootstrap::default() },
        );
        let [same, apart] = &mut images;
        if alone.only == [0, 0] { same.push(*image) } else { apart.push(*image) }
    }
    Compared { all: of(&|_| true), by_class, images }
}
