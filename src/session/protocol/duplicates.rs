//! Which image of a set of copies stays when one is kept, so that the window can say it before the session does it.

use crate::domain::annotation::IMPORT_READER;
use crate::domain::{ImageId, Split};
use crate::session::protocol::view::ImageRow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// So many of the images that are left out are named.
const NAMED: usize = 6;

/// What decides which image of a set stays: the smallest does, of equal ones the first.
type Rank = [Reverse<bool>; 4];

/// Whether a reader, and no import that names nobody, has last said something of the image.
fn is_readers(row: &ImageRow) -> bool {
    match &row.facts.said {
        Some((who, _)) => **who != *IMPORT_READER && !(who.starts_with('(') && who.ends_with(')')),
        // It was not read who spoke last.
        None => row.reviewed,
    }
}

/// The rank of an image: what a reader said comes before what was imported, then boxes before none, then what is reviewed and
/// then what anything is said of; then by split.
fn rank(row: &ImageRow) -> (Rank, Split) {
    let found = row.findings.as_ref().is_some_and(|findings| findings.is_known());
    let said = row.reviewed || row.label.is_some() || found || row.boxes.known || row.boxes.drawn > 0;
    ([said && is_readers(row), row.boxes.drawn > 0, row.reviewed, said].map(Reverse), row.split)
}

/// The image of a set that stays, and why: "it is reviewed". `rows` are in the order of the project.
pub fn kept<'a>(rows: &[&'a ImageRow]) -> Option<(&'a ImageRow, &'static str)> {
    let kept = rows.iter().min_by_key(|row| rank(row))?;
    let next = rows.iter().filter(|row| row.id != kept.id).map(|row| rank(row)).min()?;
    let (of, split) = rank(kept);
    const WHY: [&str; 4] = ["a reader has said what is on it", "it has boxes", "it is reviewed", "it has a label"];
    let differs = of.iter().zip(&next.0).zip(WHY).find(|((a, b), _)| a != b);
    let why = if let Some((_, why)) = differs {
        why
    } else if split != next.1 {
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
    let others = |(set, (kept, _)): (&Vec<&'_ ImageRow>, &(&ImageRow, &str))| {
        let kept = kept.id;
        set.iter().copied().filter(move |row| row.id != kept).map(|row| row.id).collect::<Vec<_>>()
    };
    let out: BTreeSet<ImageId> = sets.iter().zip(&chosen).flat_map(others).collect();
    let left_out: Vec<&ImageRow> = rows.iter().filter(|row| out.contains(&row.id)).collect();
    let keeps = match chosen.as_slice() {
        [(row, why)] => format!("{} is kept: {why}.", row.name),
        many => format!(
            "One image of each of these {} sets is kept: one of which a reader said something before others, then one with \
             boxes, then one that is reviewed or has a label, then one for training.",
            many.len()
        ),
    };
    let names: Vec<&str> = left_out.iter().take(NAMED).map(|row| row.short_name()).collect();
    let more = match left_out.len() - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (names, count) = (names.join(", "), left_out.len());
    let left = if count == 1 {
        format!("{names} is left out: it loses its label and boxes and is flagged, so that nothing trains on it.")
    } else {
        format!(
            "{count} images are left out, {names}{more}: they lose their labels and boxes and are flagged, so that nothing \
             trains on them."
        )
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
        assert_eq!(why(&[0, 1, 2]), (ids[2], "a reader has said what is on it"));
        assert_eq!(why(&[0, 1]), (ids[1], "it has a label"));
        assert_eq!(why(&[1, 3]), (ids[1], "training images come before validation and test images"));
        let [a, b] = [0, 1].map(|at| rows[at].short_name().to_owned());
        let said = in_words(&rows, &[vec![ids[0], ids[1]]]);
        let wanted = format!("{} is kept: it has a label. {a} is left out: it loses", rows[1].name);
        assert!(said.starts_with(&wanted), "{said}");
        let said = in_words(&rows, &[vec![ids[0], ids[1]], vec![ids[2], ids[3], ids[1]]]);
        let all = format!("3 images are left out, {a}, {b}, {}: they lose", rows[3].short_name());
        assert!(said.contains("each of these 2 sets") && said.contains(&all), "{said}");
    }

    #[test]
    fn what_a_reader_said_is_kept_and_then_boxes_before_an_imported_word_that_there_are_none() {
        let view = Bench::project().view();
        let mut rows: Vec<ImageRow> = view.project.as_ref().unwrap().rows[..3].to_vec();
        for (row, who) in rows.iter_mut().zip(["import", "import", "ann"]) {
            (row.label, row.split) = (None, Split::Train);
            std::sync::Arc::make_mut(&mut row.facts).said = Some((who.into(), 0));
        }
        // Imported as reviewed and without a box; imported with boxes; and looked at by somebody.
        (rows[0].reviewed, rows[0].boxes.known) = (true, true);
        (rows[1].reviewed, rows[1].boxes.known, rows[1].boxes.drawn) = (false, true, 2);
        (rows[2].reviewed, rows[2].boxes.known) = (true, true);
        let why = |set: &[usize]| {
            let set: Vec<&ImageRow> = set.iter().map(|at| &rows[*at]).collect();
            kept(&set).map(|(row, why)| (row.id, why)).unwrap()
        };
        assert_eq!(why(&[0, 1]), (rows[1].id, "it has boxes"));
        assert_eq!(why(&[0, 1, 2]), (rows[2].id, "a reader has said what is on it"));
    }
}
