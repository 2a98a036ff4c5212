//! Whose word is in force after imports, and whose is kept beside it.

use super::*;
use crate::domain::{AnnotationEvent, EventId, ImageId};
use crate::interchange::ReadBox;

const NAMES: [&str; 3] = ["normal", "fracture", "cast"];

fn said(reader: Option<&str>, time_ms: Option<i64>, label: Option<&str>, boxes: &[(&str, f64)]) -> Said {
    let boxes = boxes.iter().map(|(class, x)| ReadBox {
        class: (*class).into(),
        rect: Rect { xmin: *x, ymin: 0.0, xmax: x + 10.0, ymax: 10.0 },
    });
    let (reader, label) = (reader.map(str::to_owned), label.map(str::to_owned));
    Said { reader, time_ms, label, boxes: boxes.collect(), ..Said::default() }
}

/// A project of one image whose log the statements go to.
#[derive(Default)]
struct Log {
    readings: Readings,
    /// Where an image may have several findings.
    findings: Vec<usize>,
    events: i64,
    boxes: i64,
}

impl Log {
    fn add(&mut self, reader: &str, stated_ms: Option<i64>, change: Change, undoes: Option<i64>) {
        self.events += 1;
        self.readings.take(&AnnotationEvent {
            id: EventId(self.events),
            time_ms: 1_000_000 + self.events,
            reader: reader.into(),
            image: ImageId(1),
            change,
            shown: None,
            display: None,
            undoes: undoes.map(EventId),
            stated_ms,
            previous_hash: String::new(),
            hash: String::new(),
        });
    }

    fn import(&mut self, said: &[Said]) -> (usize, Vec<String>, Vec<String>) {
        self.import_from("import", said)
    }

    fn import_from(&mut self, logged: &str, said: &[Said]) -> (usize, Vec<String>, Vec<String>) {
        let class_of = |name: &str| NAMES.iter().position(|n| *n == name);
        let name_of = |index: usize| NAMES[index].to_owned();
        let places = self.findings.clone();
        let mut statements = Statements::new(&class_of, &name_of, &places, Unnamed::LoggedAs(logged));
        let mut boxes = self.boxes;
        let mut id = || {
            boxes += 1;
            BoxId(boxes)
        };
        statements.take(About::Known(ImageId(1)), "a.png", said, &self.readings.clone(), &mut id);
        self.boxes = boxes;
        for one in statements.changes {
            self.add(&one.reader, one.stated_ms, one.change, None);
        }
        (statements.repeated, statements.differing, statements.kept)
    }

    fn label(&mut self, label: usize) {
        let state = &self.readings.state;
        let (old, old_reviewed) = (state.label, state.reviewed);
        let change = Change::Label { old, new: Some(label), old_reviewed, new_reviewed: true, accepted: false };
        self.add("carol", None, change, None);
    }

    fn word(&self, reader: &str) -> (Option<usize>, Vec<f64>) {
        let word = &self.readings.words[reader];
        (word.label, word.boxes.iter().map(|(_, rect)| rect.xmin).collect())
    }
}

#[test]
fn every_reader_keeps_the_own_word_and_the_latest_is_in_force() {
    let ann = said(Some("ann"), Some(10), Some("fracture"), &[("fracture", 1.0)]);
    let bob = said(Some("bob"), Some(20), Some("normal"), &[("cast", 50.0), ("cast", 70.0)]);
    for at_once in [true, false] {
        let mut log = Log::default();
        let differing = if at_once {
            log.import(&[ann.clone(), bob.clone()]).1
        } else {
            log.import(std::slice::from_ref(&ann));
            log.import(std::slice::from_ref(&bob)).1
        };
        assert_eq!(differing, ["a.png"]);
        assert_eq!(log.word("import:ann"), (Some(1), vec![1.0]));
        assert_eq!(log.word("import:bob"), (Some(0), vec![50.0, 70.0]));
        assert_eq!((log.readings.state.label, log.readings.state.boxes.len()), (Some(0), 2));
        assert_eq!(log.readings.words["import:ann"].said_ms, 10);
        assert_eq!(log.readings.in_order().last().unwrap().0, "import:bob");
        // The same again is nothing new.
        let before = log.events;
        assert_eq!(log.import(&[ann.clone(), bob.clone()]).0, 2);
        assert_eq!(log.events, before);
    }
}

#[test]
fn an_earlier_statement_that_comes_later_is_kept_beside() {
    let mut log = Log::default();
    log.import(&[said(Some("bob"), Some(20), Some("normal"), &[])]);
    log.import(&[said(Some("ann"), Some(10), Some("fracture"), &[])]);
    assert_eq!(log.readings.state.label, Some(0));
    assert_eq!(log.word("import:ann"), (Some(1), vec![]));
}

#[test]
fn one_reader_leaves_one_event_a_statement() {
    let mut log = Log::default();
    log.import(&[said(None, None, Some("normal"), &[])]);
    assert_eq!(log.events, 1);
    // Unnamed data that says the same of a known image is no second reader; what says otherwise is.
    assert_eq!(log.import_from("import:copy", &[said(None, None, Some("normal"), &[])]).0, 1);
    assert_eq!(log.import_from("import:copy", &[said(None, None, Some("cast"), &[])]).0, 0);
    assert_eq!(log.word("import"), (Some(0), vec![]));
    assert_eq!(log.import(&[said(Some("bob"), None, Some("normal"), &[])]).0, 0);
    assert_eq!(log.word("import:bob"), (Some(0), vec![]));
}

#[test]
fn what_a_person_reviewed_stays_and_the_contradiction_is_told() {
    let mut log = Log::default();
    log.import(&[said(None, None, Some("normal"), &[])]);
    log.label(1);
    let (_, differing, kept) = log.import(&[said(Some("bob"), None, Some("normal"), &[("cast", 5.0)])]);
    assert_eq!((log.readings.state.label, log.readings.state.boxes.len()), (Some(1), 0));
    assert_eq!(log.word("import:bob"), (Some(0), vec![5.0]));
    assert!(differing.is_empty());
    assert_eq!(kept, ["a.png: bob says normal, 1 box; fracture, as carol has it, stays in force."]);
    assert!(log.import(&[said(Some("dan"), None, Some("fracture"), &[])]).2.is_empty(), "dan agrees");
}

#[test]
fn a_label_that_was_undone_is_nobody_s_word() {
    let mut log = Log::default();
    log.import(&[said(None, None, Some("normal"), &[])]);
    log.label(1);
    let back = Change::Label { old: Some(1), new: Some(0), old_reviewed: true, new_reviewed: false, accepted: false };
    log.add("carol", None, back.clone(), Some(log.events));
    assert_eq!(log.readings.words.keys().collect::<Vec<_>>(), ["import"]);
    assert_eq!(log.readings.settled_by(), None);
    log.add("carol", None, back.inverse(), Some(log.events));
    assert_eq!(log.readings.settled_by(), Some("carol"));
}

#[test]
fn an_empty_file_over_boxes_is_a_review_that_takes_them_away() {
    let mut log = Log::default();
    log.import(&[said(Some("ann"), None, None, &[("cast", 5.0)])]);
    log.import(&[Said { nothing_found: true, reader: Some("bob".into()), ..Said::default() }]);
    assert!(log.readings.state.boxes.is_empty() && log.readings.state.reviewed);
    log.import(&[said(Some("cleo"), None, None, &[("cast", 5.0)])]);
    assert!(log.readings.state.boxes.len() == 1 && !log.readings.state.reviewed);
}

#[test]
fn findings_come_into_force_and_what_is_not_named_stays() {
    use Presence::{Absent, Present, Uncertain};
    let of = |said: &[(usize, Presence)]| said.iter().copied().collect::<Findings>();
    let said = |reader: &str, findings: &[(&str, Presence)], others_absent| Said {
        reader: Some(reader.into()),
        findings: findings.iter().map(|(name, presence)| ((*name).to_owned(), *presence)).collect(),
        others_absent,
        ..Said::default()
    };
    // The first of the names means that there is nothing to find: it is no finding of its own.
    let mut log = Log { findings: vec![1, 2], ..Log::default() };
    let (repeated, differing, _) = log.import(&[said("ann", &[("fracture", Uncertain), ("normal", Present)], false)]);
    assert_eq!((repeated, differing.len()), (0, 0));
    assert_eq!(log.readings.state.findings, of(&[(1, Uncertain)]));
    assert_eq!(log.import(&[said("ann", &[("fracture", Uncertain)], false)]).0, 1, "the same again");
    // Another reader speaks of another finding: both are in force.
    assert_eq!(log.import(&[said("bob", &[("cast", Present)], false)]).1.len(), 0);
    assert_eq!(log.readings.state.findings, of(&[(1, Uncertain), (2, Present)]));
    // Who says that nothing else is there says so of all; the readers differ now.
    assert_eq!(log.import(&[said("bob", &[("cast", Present)], true)]).1, ["a.png"]);
    assert_eq!(log.readings.state.findings, of(&[(1, Absent), (2, Present)]));
    assert_eq!(log.readings.words["import:ann"].findings, of(&[(1, Uncertain)]));
    assert_eq!(log.readings.state.label, None);
    // A class of the whole image is a finding; one without any says so of all.
    log.import(&[Said { label: Some("normal".into()), ..said("cy", &[], false) }]);
    assert_eq!(log.readings.state.findings, of(&[(1, Absent), (2, Absent)]));
    log.import(&[Said { label: Some("fracture".into()), ..said("cy", &[], false) }]);
    assert_eq!(log.readings.state.findings, of(&[(1, Present), (2, Absent)]));
    // What a person reviewed stays; the words of others are kept beside it.
    let now = &log.readings.state;
    let (old, old_reviewed) = (now.findings.clone(), now.reviewed);
    let new = of(&[(1, Absent), (2, Uncertain)]);
    log.add(
        "carol",
        None,
        Change::Findings { old, new: new.clone(), old_reviewed, new_reviewed: true, accepted: false },
        None,
    );
    let (_, _, kept) = log.import(&[said("dan", &[("fracture", Present)], false)]);
    assert_eq!(kept, ["a.png: dan says fracture; perhaps cast, as carol has it, stays in force."]);
    assert_eq!(log.readings.state.findings, new);
    assert_eq!(log.readings.words["import:dan"].findings, of(&[(1, Present)]));
}

#[test]
fn of_findings_renamed_to_one_the_surest_word_counts() {
    use Presence::{Absent, Present, Uncertain};
    let class_of = |_: &str| Some(0);
    let name_of = |_: usize| "infection".to_owned();
    for (words, wanted) in [([Present, Absent], Present), ([Uncertain, Absent], Uncertain), ([Absent, Absent], Absent)]
    {
        let mut statements = Statements::new(&class_of, &name_of, &[0], Unnamed::LoggedAs("import"));
        let findings = words.iter().map(|presence| ("one of them".to_owned(), *presence)).collect();
        let nobody = Readings::default();
        let said = Said { findings, ..Said::default() };
        statements.take(About::Known(ImageId(1)), "a.png", &[said], &nobody, &mut || BoxId(1));
        let said = statements.changes.iter().find_map(|one| match &one.change {
            Change::Findings { new, .. } => new.get(0),
            _ => None,
        });
        assert_eq!(said, Some(wanted), "{words:?}");
    }
}

#[test]
fn where_an_image_is_of_one_class_its_only_finding_is_that_and_the_rest_is_counted() {
    use Presence::{Absent, Present, Uncertain};
    let said = |findings: &[(&str, Presence)], others_absent| Said {
        findings: findings.iter().map(|(name, presence)| ((*name).to_owned(), *presence)).collect(),
        others_absent,
        ..Said::default()
    };
    let class_of = |name: &str| NAMES.iter().position(|n| *n == name);
    let name_of = |index: usize| NAMES[index].to_owned();
    let of = |said: Said, nothing| {
        let mut statements = Statements::new(&class_of, &name_of, &[], Unnamed::LoggedAs("import"));
        statements.nothing = nothing;
        let nobody = Readings::default();
        statements.take(About::Known(ImageId(1)), "a.png", &[said], &nobody, &mut || BoxId(1));
        let label = statements.changes.iter().find_map(|one| match &one.change {
            Change::Label { new, .. } => *new,
            _ => None,
        });
        let mut report = ImportReport::default();
        statements.found().tell(&mut report);
        (label, report.conflicts.join(" "))
    };
    assert_eq!(of(said(&[("cast", Present)], true), Some(0)), (Some(2), String::new()));
    assert_eq!(of(said(&[("cast", Present), ("fracture", Absent)], false), Some(0)).0, Some(2));
    assert_eq!(of(said(&[], true), Some(0)), (Some(0), String::new()));
    assert_eq!(of(said(&[("cast", Absent)], false), Some(0)), (None, String::new()), "nothing follows from that");
    for (said, nothing, why) in [
        (said(&[("cast", Present), ("fracture", Present)], true), Some(0), "several findings"),
        (said(&[("cast", Present), ("fracture", Uncertain)], true), Some(0), "an uncertain finding"),
        (said(&[], true), None, "none of the findings"),
    ] {
        let (label, told) = of(said, nothing);
        assert!(label.is_none() && told.contains(why) && told.contains("1 image: a.png"), "{why}: {told}");
    }
}

#[test]
fn what_a_person_reviewed_elsewhere_is_reviewed_here_by_the_same_reader() {
    let reviewed = |one: Said| Said { reviewed: true, ..one };
    let mut log = Log::default();
    log.import(&[reviewed(said(Some("ann"), Some(10), Some("fracture"), &[]))]);
    assert!(log.readings.state.reviewed);
    assert_eq!(log.readings.label_by.as_ref().map(|by| by.reader.as_str()), Some("import:ann"));
    let mut log = Log::default();
    log.import(&[reviewed(said(Some("ann"), Some(10), Some("fracture"), &[("fracture", 1.0)]))]);
    assert!(log.readings.state.reviewed, "with boxes, too");
    let mut log = Log::default();
    log.import(&[said(Some("ann"), Some(10), Some("fracture"), &[("fracture", 1.0)])]);
    assert!(!log.readings.state.reviewed);
}
