//! Conditions in words and the orders that need no model, over rows and over a project on disk.

use crate::domain::{ClassList, ImageId, Split};
use crate::session::project::order::{Matcher, NameOrder, queue};
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::query::{Known, read};
use crate::session::protocol::queue::{Filter, Sort};
use crate::session::protocol::survey::{Analysis, AttributeTable, ValueCount};
use crate::session::protocol::view::{ImageRow, RowBoxes, RowFacts};
use crate::session::test_project::{annotate, send, small};
use std::sync::Arc;
use std::time::Instant;

/// 2026-11-15 noon UTC, in milliseconds.
const MIDDLE: i64 = 1_794_744_000_000;
const DAY: i64 = 86_400_000;

fn classes() -> ClassList {
    ClassList::from_names(&["grade 0", "1"], true).unwrap()
}

fn rows() -> Vec<ImageRow> {
    let row = |id: i64, name: &str, label: Option<u16>, predicted: Option<(u16, f32)>| ImageRow {
        id: ImageId(id),
        name: name.into(),
        width: 100 * id as u32,
        height: 50,
        split: if id == 5 { Split::Validation } else { Split::Train },
        label,
        reviewed: id > 2,
        flagged: id == 3,
        predicted,
        uncertainty: 0.0,
        missing: false,
        boxes: RowBoxes::default(),
        named: None,
        findings: None,
        facts: Arc::new(RowFacts {
            group: [None, Some("p10"), Some("p2"), Some("p2"), None]
                .get(id as usize - 1)
                .copied()
                .flatten()
                .map(Arc::from),
            note: (id == 2).then(|| "Look again".into()),
            key: id == 2,
            said: (id > 1).then(|| (if id == 2 { "Ann" } else { "ben" }.into(), MIDDLE + (id - 3) * DAY)),
            probabilities: predicted.map(|(class, p)| {
                let other = 1.0 - p;
                if class == 0 { Arc::from([p, other]) } else { Arc::from([other, p]) }
            }),
            ..RowFacts::default()
        }),
    };
    vec![
        row(1, "knee_10.png", Some(0), Some((0, 0.9))),
        row(2, "knee_9.png", Some(0), Some((1, 0.6))),
        row(3, "foot_1.png", Some(1), Some((0, 0.95))),
        row(4, "foot_2.png", None, Some((1, 0.7))),
        row(5, "hand_1.png", Some(1), None),
    ]
}

fn analysis() -> Analysis {
    let value = |value: &str, images: &[i64]| ValueCount {
        value: value.into(),
        images: images.iter().map(|id| ImageId(*id)).collect(),
        by_class: Vec::new(),
        by_split: [0; 3],
    };
    let values = vec![value("AP", &[1, 4]), value("lateral", &[2])];
    Analysis { attributes: vec![AttributeTable { name: "view".into(), values, distinct: 2 }], ..Analysis::default() }
}

fn filter(text: &str) -> Filter {
    let classes = classes();
    let attributes = [("view".to_owned(), vec!["AP".to_owned(), "lateral".to_owned()])];
    let known = Known { classes: &classes, readers: &[], attributes: &attributes };
    let (terms, name) = read(text, &known).unwrap();
    Filter { terms, name, ..Filter::default() }
}

fn ids(text: &str, sort: Sort) -> Vec<i64> {
    let rows = rows();
    let matcher = Matcher::with(&filter(text), Some(&analysis()));
    queue(&rows, &NameOrder::new(&rows), &matcher, sort).iter().map(|&at| rows[at as usize].id.0).collect()
}

#[test]
fn conditions_in_words_narrow_and_combine() {
    for (text, expected) in [
        ("", vec![1, 2, 3, 4, 5]),
        ("knee", vec![1, 2]),
        ("knee not:name:10", vec![2]),
        ("label:1", vec![3, 5]),
        ("label:none", vec![4]),
        ("unlabelled", vec![4]),
        ("not:label:1", vec![1, 2, 4]),
        ("model:1", vec![2, 4]),
        ("wrong", vec![2, 3]),
        ("wrong not:flagged", vec![2]),
        ("reader:ann", vec![2]),
        ("reader:ben reviewed", vec![3, 4, 5]),
        ("split:validation", vec![5]),
        ("patient:p2", vec![3, 4]),
        ("patient:P", vec![2, 3, 4]),
        ("note:", vec![2]),
        ("note:\"look ag\"", vec![2]),
        ("size>300", vec![4, 5]),
        ("size:200..300", vec![2, 3]),
        ("sure>=0.7 not:reviewed", vec![1]),
        ("date:2026-11-15", vec![3]),
        ("date:2026-11-15..", vec![3, 4, 5]),
        ("date:..2026-11-14", vec![2]),
        ("not:date:..2026-11-14", vec![1, 3, 4, 5]),
        ("view:AP", vec![1, 4]),
        ("not:view:ap label:\"grade 0\"", vec![2]),
    ] {
        let mut found = ids(text, Sort::Import);
        found.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn orders_without_a_model_and_by_its_classes() {
    assert_eq!(ids("", Sort::Import), [1, 2, 3, 4, 5]);
    assert_eq!(ids("", Sort::Name), [3, 4, 5, 2, 1]);
    assert_eq!(ids("", Sort::Label), [2, 1, 3, 5, 4]);
    assert_eq!(ids("", Sort::Class), [3, 1, 4, 2, 5]);
    assert_eq!(ids("", Sort::Time), [5, 4, 3, 2, 1]);
    assert_eq!(ids("", Sort::Patient), [3, 4, 2, 5, 1]);
    assert_eq!(ids("", Sort::Size), [5, 4, 3, 2, 1]);
    assert_eq!(ids("", Sort::Probability(1)), [4, 2, 1, 3, 5]);
    let shuffled: Vec<Vec<i64>> = (0..8).map(|seed| ids("", Sort::Random(seed))).collect();
    assert_eq!(ids("", Sort::Random(3)), shuffled[3], "the same seed is the same order");
    assert!(shuffled.iter().any(|one| *one != shuffled[0]));
    assert!(shuffled.iter().all(|one| one.iter().sum::<i64>() == 15));
}

#[test]
fn who_said_what_and_when_is_read_when_it_is_asked_for_and_kept_up_to_date() {
    let project = small(6);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    assert!(core.view().rows.iter().all(|row| row.facts.said.is_none()), "nobody asked");
    let of_ada = filter("reader:ada");
    send(&mut core, ProjectCommand::SetFilter(of_ada)).unwrap();
    assert_eq!(core.view().queue.len(), 0);
    send(&mut core, annotate(project.ids[2], Edit::Label(Some(1)))).unwrap();
    send(&mut core, annotate(project.ids[3], Edit::Note("no word of what it shows".into()))).unwrap();
    assert_eq!(*core.view().queue, [2]);
    send(&mut core, ProjectCommand::SetFilter(filter("note:word"))).unwrap();
    assert_eq!(*core.view().queue, [3]);
    send(&mut core, ProjectCommand::SetFilter(Filter::default())).unwrap();
    send(&mut core, ProjectCommand::SetSort(Sort::Time)).unwrap();
    assert_eq!(core.view().queue[0], 2);
}

#[test]
#[ignore = "takes time; run it to see how long a filter over 100,000 rows takes"]
fn a_filter_over_100_000_rows() {
    let some = rows();
    let all: Vec<ImageRow> = (0..100_000)
        .map(|at| ImageRow {
            id: ImageId(at),
            name: format!("knee/img_{at:06}.png").into(),
            ..some[at as usize % 5].clone()
        })
        .collect();
    let names = NameOrder::new(&all);
    for text in ["", "img_0500", "label:1 reader:ben split:train not:reviewed note: size>100 date:2026-11-01.. img"] {
        for sort in [Sort::Name, Sort::Random(1), Sort::Patient, Sort::Uncertainty] {
            let started = Instant::now();
            let found = queue(&all, &names, &Matcher::with(&filter(text), None), sort).len();
            println!("{text:?} {sort:?}: {found} images in {:?}", started.elapsed());
        }
    }
}
