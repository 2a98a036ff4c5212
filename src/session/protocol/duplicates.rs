//! Which image of a set of copies stays when one is kept, so that the window can say it before the session does it.

use crate::domain::{ImageId, Split};
use crate::session::protocol::view::ImageRow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// What decides which image of a set stays: the smallest does, of equal ones the first.
pub type Rank = (Reverse<bool>, Reverse<bool>, Split);

/// The rank of an image: one that is reviewed comes before others, then one of which something is said, then by split.
pub fn rank(reviewed: bool, said: bool, split: Split) -> Rank {
    (Reverse(reviewed), Reverse(said), split)
}

fn rank_of(row: &ImageRow) -> Rank {
    let found = row.findings.as_ref().is_some_and(|findings| findings.is_known());
    rank(row.reviewed, row.label.is_some() || found || row.boxes.known, row.split)
}

/// The image of a set that stays, and why: "it is reviewed". `rows` are in the order of the project.
pub fn kept<'a>(rows: &[&'a ImageRow]) -> Option<(&'a ImageRow, &'static str)> {
    let kept = rows.iter().min_by_key(|row| rank_of(row))?;
    let next = rows.iter().filter(|row| row.id != kept.id).map(|row| rank_of(row)).min()?;
    let of = rank_of(kept);
    let why = if of.0 != next.0 {
        "it is reviewed"
    } else if of.1 != next.1 {
        "it has a label or boxes"
    } else if of.2 != next.2 {
        "training images come before validation and test images"
    } else {
        "it comes first in the project"
    };
    Some((kept, why))
}

/// What keeping one image of each of these sets would do, as sentences.
pub fn in_words(rows: &[ImageRow], sets: &[Vec<ImageId>]) -> String {
    let mut sets: Vec<Vec<&ImageRow>> = {
        let wanted: BTreeSet<ImageId> = sets.iter().flatten().copied().collect();
        let known: Vec<&ImageRow> = rows.iter().filter(|row| wanted.contains(&row.id)).collect();
        let of = |set: &Vec<ImageId>| {
            let set: BTreeSet<ImageId> = set.iter().copied().collect();
            known.iter().copied().filter(|row| set.contains(&row.id)).collect()
        };
        sets.iter().map(of).collect()
    };
    sets.retain(|set| set.len() > 1);
    let chosen: Vec<(&ImageRow, &'static str)> = sets.iter().filter_map(|set| kept(set)).collect();
    let left_out: BTreeSet<ImageId> = sets
        .iter()
        .zip(&chosen)
        .flat_map(|(set, (kept, _))| set.iter().map(|row| row.id).filter(|id| *id != kept.id))
        .collect();
    let keeps = match chosen.as_slice() {
        [(row, why)] => format!("{} is kept: {why}.", row.name),
        many => format!(
            "One image of each of these {} sets is kept: one that is reviewed before others, then one with a label or boxes, \
             then one for training.",
            many.len()
        ),
    };
    let left = match left_out.len() {
        1 => {
            "1 image is left out: it loses its label and boxes and is flagged, so that nothing trains on it.".to_owned()
        }
        many => format!(
            "{many} images are left out: they lose their labels and boxes and are flagged, so that nothing trains on them."
        ),
    };
    format!("{keeps} {left} No file is deleted. Undo brings all of it back.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Workbench as _;
    use crate::session::fixture::Bench;

    #[test]
    fn it_is_said_before_how_many_are_left_out_and_which_is_kept_and_why() {
        let view = Bench::project().view();
        let mut rows: Vec<ImageRow> = view.project.as_ref().unwrap().rows[..4].to_vec();
        for row in &mut rows {
            (row.reviewed, row.label, row.split) = (false, Some(0), Split::Train);
            row.boxes.known = false;
        }
        (rows[0].label, rows[2].reviewed, rows[3].split) = (None, true, Split::Test);
        let ids: Vec<ImageId> = rows.iter().map(|row| row.id).collect();
        let why = |set: &[usize]| {
            let set: Vec<&ImageRow> = set.iter().map(|at| &rows[*at]).collect();
            kept(&set).map(|(row, why)| (row.id, why)).unwrap()
        };
        assert_eq!(why(&[0, 1, 2]), (ids[2], "it is reviewed"));
        assert_eq!(why(&[0, 1]), (ids[1], "it has a label or boxes"));
        assert_eq!(why(&[1, 3]), (ids[1], "training images come before validation and test images"));
        let said = in_words(&rows, &[vec![ids[0], ids[1]]]);
        assert!(said.starts_with(&format!("{} is kept: it has a label or boxes. 1 image is left out", rows[1].name)));
        let said = in_words(&rows, &[vec![ids[0], ids[1]], vec![ids[2], ids[3], ids[1]]]);
        assert!(said.contains("each of these 2 sets") && said.contains("3 images are left out"), "{said}");
    }
}
