//! Filters and orders of the queue, on rows made by hand and on many made by chance.

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
        misplaced: drawn,
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
    assert_eq!(ids(None, Sort::WrongPlace)[..2], [1, 3]);
    assert_eq!(ids(None, Sort::Disagreement)[..2], [3, 1]);
}

#[test]
fn findings_narrow_and_order_the_queue() {
    use crate::domain::Presence::{self, Absent, Present, Uncertain};
    use crate::session::protocol::view::RowFindings;
    let one =
        |known: Option<Presence>, p: f32| RowFinding { known, answered: Some(p >= 0.5), probability: p, unsure: false };
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

/// Rows whose keys are often the same, negative, absent or no number.
fn many(count: i64) -> Vec<ImageRow> {
    let mut bits = 7u64;
    let mut next = |below: u64| {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (bits >> 33) % below
    };
    let numbers = [0.0, -0.0, 0.25, 0.5, 1.0, f32::NAN, -1.0, f32::INFINITY];
    let made = |id| {
        let number = |at: u64| numbers[at as usize];
        let predicted = (next(4) > 0).then(|| (next(3) as u16, number(next(5))));
        let facts = crate::session::protocol::row_facts::RowFacts {
            group: (next(5) > 0).then(|| format!("patient {}", next(40)).into()),
            said: (next(3) > 0).then(|| ("ada".into(), next(9) as i64 - 4)),
            ..Default::default()
        };
        let boxes = RowBoxes {
            known: next(2) > 0,
            seen: next(2) > 0,
            drawn: next(3) as u16,
            predicted: next(3) as u16,
            missed: next(3) as u16,
            shifted: next(3) as u16,
            extra: next(3) as u16,
            misplaced: next(3) as u16,
            best: number(next(8)),
        };
        ImageRow {
            label: (next(4) > 0).then(|| next(3) as u16),
            uncertainty: number(next(8)),
            named: (next(2) > 0).then(|| next(3) as u16),
            width: next(4) as u32,
            facts: Arc::new(facts),
            boxes,
            ..row(id, &format!("{}/x{}.png", next(7), next(300)), None, predicted)
        }
    };
    (0..count).map(made).collect()
}

#[test]
fn the_order_by_keys_is_the_order_of_comparing_two_rows() {
    let rows = many(700);
    let names = NameOrder::new(&rows);
    let sorts = [
        Sort::Name,
        Sort::Likeness,
        Sort::Import,
        Sort::Random(3),
        Sort::Label,
        Sort::Class,
        Sort::Time,
        Sort::Patient,
        Sort::Size,
        Sort::Probability(1),
        Sort::Uncertainty,
        Sort::Margin,
        Sort::LeastConfidence,
        Sort::LabelErrors,
        Sort::RareClass,
        Sort::ColdStart,
        Sort::KCentre,
        Sort::ReadersApart,
        Sort::ModelsApart,
        Sort::Oldest,
        Sort::NotSure,
        Sort::Disagreement,
        Sort::Boxes,
        Sort::BestScore,
        Sort::Finding(0),
        Sort::Missed,
        Sort::Shifted,
        Sort::WrongPlace,
        Sort::HeatOutside,
        Sort::Extra,
    ];
    for sort in sorts {
        for filter in [Filter::default(), Filter { split: Some(Split::Train), ..Filter::default() }] {
            let matcher = Matcher::new(&filter);
            let passing = (0u32..).zip(&rows).filter(|(_, row)| matcher.passes(row));
            let mut expected: Vec<u32> = passing.map(|(at, _)| at).collect();
            let keys = order_keys::of_all(&rows, sort);
            expected.sort_by(|&a, &b| before(&rows, &names, &matcher, sort, &keys, a, b));
            assert_eq!(queue(&rows, &names, &matcher, sort), expected, "{sort:?}");
        }
    }
}
