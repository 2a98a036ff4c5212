//! The boxes of readers who read the same image twice.

use super::boxes::{BothOf, Compared, compared};
use crate::domain::ImageId;
use crate::session::project::influence::BoxesTwice;
use crate::session::protocol::agreement::RepeatsOfBoxes;
use std::collections::BTreeMap;

/// By reader, how the boxes of the second reading agree with those of the first; nothing of who drew none in either.
pub(super) fn of_boxes(
    repeated: Vec<(String, Vec<BoxesTwice>)>,
    groups: &BTreeMap<ImageId, String>,
) -> Vec<RepeatsOfBoxes> {
    let of = |(reader, twice): (String, Vec<BoxesTwice>)| {
        twice.iter().any(|one| one.answers.iter().any(|boxes| !boxes.is_empty())).then(|| {
            let both: Vec<BothOf<'_>> = twice
                .iter()
                .map(|one| {
                    let [first, again] = &one.answers;
                    (one.image, groups.get(&one.image).map(String::as_str), [first.as_slice(), again.as_slice()])
                })
                .collect();
            let Compared { all, by_class, images } = compared(&both);
            RepeatsOfBoxes { reader, unseen: twice.iter().filter(|one| one.unseen).count(), all, by_class, images }
        })
    };
    repeated.into_iter().filter_map(of).collect()
}
