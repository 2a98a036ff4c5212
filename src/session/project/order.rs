//! Which rows are in the queue, and in what order.

use crate::domain::{ImageId, Presence, Split};
use crate::interchange::names::natural_order;
use crate::session::project::wanted::Wanted;
use crate::session::protocol::queue::{Boxes, Filter, OfFindings, Review, Sort};
use crate::session::protocol::survey::Analysis;
use crate::session::protocol::view::{ImageRow, RowFinding};
use crate::session::protocol::words;
use std::cmp::Ordering;
use std::collections::HashSet;

/// The natural order of all names, found once for a list of rows. Where no two files are called alike, folders are passed
/// over: they are splits and classes, and a reader should not get all images of a class in a row. Else, as with the
/// numbered files of many patients, folders go first. Test images come last, because they are no work to be done:
/// labelling them teaches no model and moves what all models are measured by.
#[derive(Clone, Debug, Default)]
pub struct NameOrder {
    /// Rows from the first name to the last.
    rows: Vec<u32>,
    /// The place of each row in that order.
    rank: Vec<u32>,
}

impl NameOrder {
    /// Sorts the names of these rows.
    pub fn new(rows: &[ImageRow]) -> Self {
        let mut seen = HashSet::new();
        let distinct = rows.iter().all(|row| seen.insert(words::short(&row.name)));

        let mut keyed: Vec<(bool, &str, u32)> = rows
            .iter()
            .zip(0u32..)
            .map(|(row, index)| (row.split == Split::Test, name(row, distinct), index))
            .collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| natural_order(a.1, b.1)).then(a.2.cmp(&b.2)));
        let order: Vec<u32> = keyed.into_iter().map(|(.., index)| index).collect();
        let mut rank = vec![0u32; order.len()];
        for (place, &row) in (0u32..).zip(&order) {
            if let Some(slot) = rank.get_mut(row as usize) {
                *slot = place;
            }
        }
        Self { rows: order, rank }
    }

    fn rank(&self, row: u32) -> u32 {
        self.rank.get(row as usize).copied().unwrap_or(u32::MAX)
    }
}

fn name(row: &ImageRow, distinct: bool) -> &str {
    if distinct { words::short(&row.name) } else { &row.name }
}

/// A filter made ready for many rows.
#[derive(Clone, Debug, Default)]
pub struct Matcher {
    filter: Filter,
    only: Option<HashSet<ImageId>>,
    name: String,
    terms: Vec<Wanted>,
}

impl Matcher {
    /// Prepares a filter.
    pub fn new(filter: &Filter) -> Self {
        Self::with(filter, None)
    }

    /// The same where it may ask for attributes of files, of which `analysis` knows; without it no image has any.
    pub fn with(filter: &Filter, analysis: Option<&Analysis>) -> Self {
        Self {
            terms: filter.terms.iter().map(|term| Wanted::of(term, analysis)).collect(),
            filter: filter.clone(),
            only: filter.only.as_ref().map(|set| set.images.iter().copied().collect()),
            name: filter.name.trim().to_lowercase(),
        }
    }

    /// Whether a row is in the queue.
    pub fn passes(&self, row: &ImageRow) -> bool {
        let f = &self.filter;
        f.label.is_none_or(|label| row.label.map(usize::from) == Some(label))
            && f.split.is_none_or(|split| row.split == split)
            && f.review.is_none_or(|review| row.reviewed == (review == Review::Reviewed))
            && (!f.flagged || row.flagged)
            && (!f.key || row.facts.key)
            && (!f.disagreement || row.disagrees())
            && (!f.unsure || row.is_unsure())
            && f.boxes.is_none_or(|boxes| has(row, boxes))
            && f.findings.is_none_or(|findings| says(row, findings))
            && self.only.as_ref().is_none_or(|only| only.contains(&row.id))
            && self.terms.iter().all(|term| term.fits(row))
            && (self.name.is_empty() || row.name.to_lowercase().contains(&self.name))
    }
}

fn has(row: &ImageRow, boxes: Boxes) -> bool {
    let row = &row.boxes;
    match boxes {
        Boxes::Some => row.drawn > 0,
        Boxes::None => row.known && row.drawn == 0,
        Boxes::Missed => row.missed > 0,
        Boxes::Shifted => row.shifted > 0,
        Boxes::Extra => row.extra > 0,
    }
}

fn says(row: &ImageRow, findings: OfFindings) -> bool {
    row.findings.as_ref().is_some_and(|of| match findings {
        OfFindings::Said { finding, presence } => of.get(finding).known == presence,
        OfFindings::None => of.is_none(),
        OfFindings::Unsaid => !of.is_known(),
    })
}

/// How early a row comes; the larger the earlier. Rows without a prediction come last where predictions decide.
fn priority(row: &ImageRow, sort: Sort) -> f32 {
    let boxes = &row.boxes;
    match sort {
        Sort::Name | Sort::Import | Sort::Random(_) | Sort::Time | Sort::Patient => 0.0,
        Sort::Label => match (&row.findings, row.label) {
            (Some(findings), _) => findings.known().that_are(Presence::Present).count() as f32,
            (None, Some(label)) => f32::from(u16::MAX) - f32::from(label),
            (None, None) => -1.0,
        },
        Sort::Size => row.width as f32 * row.height as f32,
        Sort::Boxes if boxes.known => f32::from(boxes.drawn),
        Sort::Boxes => f32::from(boxes.predicted),
        _ if !row.is_predicted() => -1.0,
        Sort::Uncertainty => row.uncertainty,
        // No class is likely enough: that is less sure than any number of them. The uncertainty is at most 1.
        Sort::NotSure => match row.named {
            Some(0) => f32::from(u16::MAX) + row.uncertainty,
            Some(named) => 2.0 * f32::from(named) + row.uncertainty,
            None => row.uncertainty,
        },
        Sort::Disagreement => match row.predicted {
            _ if boxes.seen => {
                // Above every agreement the one with the most wrong boxes; agreements begin with the least sure.
                f32::from(boxes.missed) + f32::from(boxes.shifted) + f32::from(boxes.extra) + row.uncertainty
            }
            _ if let Some(findings) = &row.findings => {
                let surest = findings.disagreements().map(RowFinding::sureness).reduce(f32::max);
                surest.map_or(row.uncertainty, |surest| 1.0 + surest)
            }
            // Above every agreement, the most confident contradiction first; agreements begin with the least sure.
            Some((_, p)) if row.disagrees() => 1.0 + p,
            Some((_, p)) => 1.0 - p,
            None => -1.0,
        },
        Sort::Class => row.predicted.map_or(-1.0, |(class, p)| f32::from(u16::MAX) - f32::from(class) + p / 2.0),
        Sort::Probability(class) => row
            .facts
            .probabilities
            .as_ref()
            .and_then(|said| said.get(usize::from(class)).copied())
            .or(row.predicted.filter(|(one, _)| *one == class).map(|(_, p)| p))
            .unwrap_or(-1.0),
        Sort::BestScore => boxes.best,
        Sort::Finding(finding) => {
            let of = row.findings.as_ref().map(|findings| findings.get(finding.into())).unwrap_or_default();
            if of.answered.is_some() { of.probability } else { -1.0 }
        }
        Sort::Missed => f32::from(boxes.missed),
        Sort::Shifted => f32::from(boxes.shifted),
        Sort::Extra => f32::from(boxes.extra),
    }
}

fn before(rows: &[ImageRow], names: &NameOrder, sort: Sort, a: u32, b: u32) -> Ordering {
    let of = |row: u32| rows.get(row as usize);
    let first = match sort {
        Sort::Import => a.cmp(&b),
        Sort::Random(seed) => shuffled(seed, of(a)).cmp(&shuffled(seed, of(b))),
        Sort::Time => said(of(b)).cmp(&said(of(a))),
        Sort::Patient => match (patient(of(a)), patient(of(b))) {
            (Some(a), Some(b)) => natural_order(a, b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        },
        _ => {
            let key = |row: u32| of(row).map_or(-1.0, |r| priority(r, sort));
            key(b).total_cmp(&key(a))
        }
    };
    first.then_with(|| names.rank(a).cmp(&names.rank(b)))
}

/// When something was last said of an image.
fn said(row: Option<&ImageRow>) -> Option<i64> {
    row?.facts.said.as_ref().map(|(_, time_ms)| *time_ms)
}

fn patient(row: Option<&ImageRow>) -> Option<&str> {
    row?.facts.group.as_deref()
}

/// A place in a shuffled order: the finaliser of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014) over the image's number, which no import changes.
fn shuffled(seed: u64, row: Option<&ImageRow>) -> u64 {
    let image = row.map_or(0, |row| row.id.0).cast_unsigned();
    let mut bits = image.wrapping_add(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The whole queue: indices into `rows`.
pub fn queue(rows: &[ImageRow], names: &NameOrder, matcher: &Matcher, sort: Sort) -> Vec<u32> {
    let passes = |&row: &u32| rows.get(row as usize).is_some_and(|r| matcher.passes(r));
    let mut queue: Vec<u32> = names.rows.iter().copied().filter(passes).collect();
    if sort != Sort::Name {
        queue.sort_by(|&a, &b| before(rows, names, sort, a, b));
    }
    queue
}

/// Brings the queue up to date after one row changed by a reader's hand: a row that passes no more drops out, one that
/// passes again comes back to its place, and one that still passes stays where it is, so that the list does not jump
/// under the person labelling. Says whether the queue changed.
pub fn refresh_one(
    queue: &mut Vec<u32>,
    rows: &[ImageRow],
    names: &NameOrder,
    matcher: &Matcher,
    sort: Sort,
    row: u32,
) -> bool {
    let passes = rows.get(row as usize).is_some_and(|r| matcher.passes(r));
    match (queue.iter().position(|&r| r == row), passes) {
        (Some(at), false) => {
            queue.remove(at);
            true
        }
        (None, true) => {
            let at = queue.partition_point(|&r| before(rows, names, sort, r, row) == Ordering::Less);
            queue.insert(at, row);
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::protocol::queue::ImageSet;
    use crate::session::protocol::view::RowBoxes;
    use std::sync::Arc;

    fn row(id: i64, name: &str, label: Option<u16>, predicted: Option<(u16, f32)>) -> ImageRow {
        ImageRow {
            id: ImageId(id),
            name: name.into(),
            width: 1,
            height: 1,
            split: if id % 2 == 0 { Split::Train } else { Split::Test },
            label,
            reviewed: id > 2,
            flagged: id == 3,
            predicted,
            uncertainty: predicted.map_or(0.0, |(_, p)| 2.0 - 2.0 * p),
            missing: false,
            boxes: RowBoxes::default(),
            named: None,
            findings: None,
            facts: Arc::default(),
        }
    }

    fn rows() -> Vec<ImageRow> {
        vec![
            row(1, "a/IMG10.jpg", Some(0), Some((0, 0.9))),
            row(2, "a/img9.jpg", Some(0), Some((1, 0.6))),
            row(3, "b/x.png", Some(1), Some((0, 0.95))),
            row(4, "a/img9b.jpg", None, Some((1, 0.7))),
            row(5, "b/y.png", Some(1), None),
        ]
    }

    fn ids(filter: &Filter, sort: Sort) -> Vec<i64> {
        let rows = rows();
        let names = NameOrder::new(&rows);
        queue(&rows, &names, &Matcher::new(filter), sort).iter().map(|&i| rows[i as usize].id.0).collect()
    }

    #[test]
    fn folders_decide_only_where_files_are_called_alike_and_test_images_come_last() {
        let named = |names: &[(&str, Split)]| -> Vec<String> {
            let row = |(at, (name, split)): (usize, &(&str, Split))| ImageRow {
                split: *split,
                ..row(at as i64, name, None, None)
            };
            let rows: Vec<ImageRow> = names.iter().enumerate().map(row).collect();
            NameOrder::new(&rows).rows.iter().map(|&row| rows[row as usize].name.to_string()).collect()
        };
        use Split::{Test, Train};
        let splits = [("test/0/img1.png", Test), ("train/0/img10.png", Train), ("train/1/img2.png", Train)];
        assert_eq!(named(&splits), ["train/1/img2.png", "train/0/img10.png", "test/0/img1.png"]);
        let patients = [("p2/1.png", Train), ("p10/1.png", Train), ("p2/2.png", Train), ("p1/1.png", Test)];
        assert_eq!(named(&patients), ["p2/1.png", "p2/2.png", "p10/1.png", "p1/1.png"]);
    }

    #[test]
    fn filters_narrow_and_sorts_order() {
        let all = Filter::default();
        let cases: [(Filter, Sort, &[i64]); 11] = [
            (all.clone(), Sort::Name, &[2, 4, 1, 3, 5]),
            (all.clone(), Sort::Uncertainty, &[2, 4, 1, 3, 5]),
            (all.clone(), Sort::Disagreement, &[3, 2, 4, 1, 5]),
            (Filter { label: Some(1), ..all.clone() }, Sort::Name, &[3, 5]),
            (Filter { split: Some(Split::Train), ..all.clone() }, Sort::Name, &[2, 4]),
            (Filter { review: Some(Review::Unreviewed), ..all.clone() }, Sort::Name, &[2, 1]),
            (Filter { review: Some(Review::Reviewed), flagged: true, ..all.clone() }, Sort::Name, &[3]),
            (Filter { disagreement: true, ..all.clone() }, Sort::Name, &[2, 3]),
            (Filter { disagreement: true, ..all.clone() }, Sort::Disagreement, &[3, 2]),
            (Filter { name: " IMG9 ".into(), ..all.clone() }, Sort::Name, &[2, 4]),
            (
                Filter {
                    only: Some(ImageSet {
                        title: String::new(),
                        images: Arc::new(vec![ImageId(5), ImageId(2), ImageId(77)]),
                    }),
                    ..all.clone()
                },
                Sort::Name,
                &[2, 5],
            ),
        ];
        for (filter, sort, expected) in cases {
            assert_eq!(ids(&filter, sort), expected, "{filter:?} {sort:?}");
        }
    }

    #[test]
    fn boxes_narrow_and_order_the_queue() {
        let seen = |known, drawn, missed, shifted, extra, best| RowBoxes {
            known,
            seen: true,
            drawn,
            predicted: 2,
            missed,
            shifted,
            extra,
            best,
        };
        let boxes = [
            seen(true, 3, 2, 0, 0, 0.9),
            seen(true, 0, 0, 0, 0, 0.2),
            seen(true, 1, 0, 1, 3, 0.95),
            seen(false, 0, 0, 0, 0, 0.5),
            RowBoxes { known: true, drawn: 5, ..RowBoxes::default() },
        ];
        let rows: Vec<ImageRow> =
            (1..).zip(boxes).map(|(id, boxes)| ImageRow { boxes, ..row(id, &format!("{id}"), None, None) }).collect();
        let names = NameOrder::new(&rows);
        let ids = |boxes: Option<Boxes>, sort| -> Vec<u32> {
            let filter = Filter { boxes, ..Filter::default() };
            queue(&rows, &names, &Matcher::new(&filter), sort).iter().map(|row| row + 1).collect()
        };
        assert_eq!(ids(Some(Boxes::Some), Sort::Name), [1, 3, 5]);
        assert_eq!(ids(Some(Boxes::None), Sort::Name), [2], "nobody has looked at the fourth");
        assert_eq!(ids(Some(Boxes::Missed), Sort::Name), [1]);
        assert_eq!(ids(Some(Boxes::Shifted), Sort::Name), [3]);
        assert_eq!(ids(Some(Boxes::Extra), Sort::Name), [3]);
        assert_eq!(ids(None, Sort::Boxes), [5, 1, 4, 3, 2]);
        assert_eq!(ids(None, Sort::BestScore), [3, 1, 4, 2, 5], "the model has not seen the fifth");
        assert_eq!(ids(None, Sort::Missed)[0], 1);
        assert_eq!(ids(None, Sort::Shifted)[0], 3);
        assert_eq!(ids(None, Sort::Extra)[0], 3);
        assert_eq!(ids(None, Sort::Disagreement)[..2], [3, 1]);
    }

    #[test]
    fn findings_narrow_and_order_the_queue() {
        use crate::domain::Presence::{self, Absent, Present, Uncertain};
        use crate::session::protocol::view::RowFindings;
        let one = |known: Option<Presence>, p: f32| RowFinding {
            known,
            answered: Some(p >= 0.5),
            probability: p,
            unsure: false,
        };
        let rows: Vec<ImageRow> = [
            RowFindings::new([one(Some(Present), 0.9), one(Some(Absent), 0.1)], false),
            RowFindings::new([one(Some(Uncertain), 0.2), one(None, 0.6)], false),
            RowFindings::new([one(Some(Absent), 0.95), one(Some(Absent), 0.8)], true),
            RowFindings::new([one(None, 0.4), one(None, 0.3)], false),
            RowFindings::new([RowFinding { known: Some(Absent), ..RowFinding::default() }; 2], true),
        ]
        .into_iter()
        .zip(1..)
        .map(|(of, id)| ImageRow { findings: Some(of), ..row(id, &format!("{id}"), None, None) })
        .collect();
        let names = NameOrder::new(&rows);
        let ids = |filter: Filter, sort| -> Vec<u32> {
            queue(&rows, &names, &Matcher::new(&filter), sort).iter().map(|row| row + 1).collect()
        };
        let of = |findings| Filter { findings: Some(findings), ..Filter::default() };
        let said = |finding, presence| of(OfFindings::Said { finding, presence });
        assert_eq!(ids(said(0, Some(Present)), Sort::Name), [1]);
        assert_eq!(ids(said(0, Some(Uncertain)), Sort::Name), [2]);
        assert_eq!(ids(said(1, None), Sort::Name), [2, 4]);
        assert_eq!(ids(of(OfFindings::None), Sort::Finding(0)), [3, 5], "the model has not seen the fifth");
        assert_eq!(ids(of(OfFindings::Unsaid), Sort::Name), [4]);
        assert_eq!(ids(Filter::default(), Sort::Finding(1)), [3, 2, 4, 1, 5]);
        assert_eq!(ids(Filter { disagreement: true, ..Filter::default() }, Sort::Disagreement), [3]);
    }

    #[test]
    fn a_labelled_row_drops_out_or_stays_where_it_is() {
        let mut rows = rows();
        let names = NameOrder::new(&rows);
        let hide = Matcher::new(&Filter { disagreement: true, ..Filter::default() });
        let mut list = queue(&rows, &names, &hide, Sort::Disagreement);
        rows[2].label = Some(0);
        assert!(refresh_one(&mut list, &rows, &names, &hide, Sort::Disagreement, 2));
        assert_eq!(list, [1]);
        rows[2].label = Some(1);
        assert!(refresh_one(&mut list, &rows, &names, &hide, Sort::Disagreement, 2));
        assert_eq!(list, [2, 1]);

        let all = Matcher::new(&Filter::default());
        let mut list = queue(&rows, &names, &all, Sort::Disagreement);
        let before = list.clone();
        rows[2].label = Some(0);
        assert!(!refresh_one(&mut list, &rows, &names, &all, Sort::Disagreement, 2));
        assert_eq!(list, before);
    }
}
