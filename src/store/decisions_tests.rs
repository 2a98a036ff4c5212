//! Decisions in the log, taken back, replayed, and what older projects held.

use super::*;
use crate::domain::{AnswerRule, Basis, Change, ImageId, LoggedEvent, Split};
use crate::store::head::chain_hash;
use crate::store::sample::{self, Sample};
use crate::store::{Access, schema};

fn threshold(project: &Sample, id: ModelId) -> Option<f64> {
    project.store.model(id).unwrap().threshold
}

fn set(project: &mut Sample, id: ModelId, to: Option<f64>) {
    let on = Basis { split: Split::Validation, images: 40, positives: Some(9) };
    let by = ThresholdBy::Goal { goal: "youden".into(), on, reached: None };
    project.store.set_threshold("ada", id, to, by).unwrap();
}

#[test]
fn a_threshold_is_logged_taken_back_and_set_again_across_restarts() {
    let mut project = sample::project(1);
    let id = project.add_model("a");
    project.say(0, Change::Flag { old: false, new: true });
    set(&mut project, id, Some(0.31));
    set(&mut project, id, Some(0.1 + 0.2));
    for (step, expected) in [(true, Some(0.31)), (true, None), (false, Some(0.31)), (false, Some(0.1 + 0.2))] {
        project = project.reopen();
        let done = if step { project.store.undo("ada") } else { project.store.redo("ada") };
        assert!(matches!(done.unwrap(), Some(LoggedEvent::Decision(_))));
        assert_eq!(threshold(&project, id), expected);
        assert!(project.store.decisions_hold().unwrap());
    }
    project.store.undo("ada").unwrap();
    project.store.undo("ada").unwrap();
    let flag = project.store.undo("ada").unwrap();
    assert!(matches!(flag, Some(LoggedEvent::Image(_))), "edits of images lie in the same row");
    assert_eq!(project.store.undo("ada").unwrap(), None, "that a model came cannot be undone");
    project.store.verify_chain().unwrap();
    assert_eq!(project.store.replay().unwrap(), project.store.annotations().unwrap());
    assert_eq!(project.store.event_count().unwrap(), 1 + 1 + 2 + 4 + 3);
}

#[test]
fn what_is_altered_in_the_registry_is_noticed_and_stale_decisions_are_refused() {
    let mut project = sample::project(0);
    let id = project.add_model("a");
    set(&mut project, id, Some(0.3));
    let (name, class) = (String::new(), None);
    let stale = Decision::Threshold { model: id, name, class, old: Some(0.2), new: None, by: ThresholdBy::Hand };
    assert!(project.store.decide("ada", &[stale]).unwrap_err().to_string().contains("another one by now"));
    assert!(project.store.decisions_hold().unwrap() && project.store.verify_chain().is_ok());
    project.store.db.execute("UPDATE models SET threshold = 0.4", []).unwrap();
    assert!(!project.store.decisions_hold().unwrap());
}

#[test]
fn a_class_s_own_threshold_is_logged_kept_and_taken_back_and_alterations_are_noticed() {
    let mut project = sample::project(0);
    let (two, id) = (project.add_model("a"), project.add_model_of("b", &["intact", "broken", "unsure"]));
    let set = |project: &mut Sample, class: &str, to| {
        project.store.set_class_threshold("ada", id, (class, to), ThresholdBy::Hand)
    };
    set(&mut project, "broken", Some(0.31)).unwrap();
    set(&mut project, "unsure", Some(0.2)).unwrap();
    set(&mut project, "broken", Some(0.4)).unwrap();
    let events = project.store.event_count().unwrap();
    set(&mut project, "broken", Some(0.4)).unwrap();
    assert_eq!(project.store.event_count().unwrap(), events, "the same again is no other choice");
    let mut project = project.reopen();
    let own = |project: &Sample| {
        let kept = project.store.model(id).unwrap().class_thresholds;
        (kept.get("broken").copied(), kept.get("unsure").copied())
    };
    assert_eq!(own(&project), (Some(0.4), Some(0.2)));
    assert_eq!(project.store.model(id).unwrap().thresholds().of(1), Some(0.4));
    for (back, expected) in [(true, Some(0.31)), (false, Some(0.4)), (true, Some(0.31))] {
        let done = if back { project.store.undo("ada") } else { project.store.redo("ada") };
        assert!(matches!(done.unwrap(), Some(LoggedEvent::Decision(_))));
        assert_eq!(own(&project), (expected, Some(0.2)));
    }
    set(&mut project, "unsure", None).unwrap();
    assert_eq!(own(&project), (Some(0.31), None));
    assert!(project.store.decisions_hold().unwrap() && project.store.verify_chain().is_ok());
    assert!(set(&mut project, "gone", Some(0.3)).unwrap_err().to_string().contains("no class \"gone\""));
    assert!(set(&mut project, "broken", Some(1.2)).unwrap_err().to_string().contains("from 0 to 1"));
    let why = project.store.set_class_threshold("ada", two, ("b", Some(0.3)), ThresholdBy::Hand).unwrap_err();
    assert!(why.to_string().contains("two classes"), "{why}");
    project.store.db.execute("UPDATE settings SET value = '{}' WHERE key LIKE 'class_thresholds%'", []).unwrap();
    assert!(!project.store.decisions_hold().unwrap());
}

#[test]
fn several_decisions_of_one_action_are_in_or_out_together() {
    let mut project = sample::project(0);
    let id = project.add_model("a");
    let temperature = |to| Decision::Temperature { model: id, name: "a".into(), old: None, new: Some(to), on: None };
    let moved = threshold_of(&project.store.model(id).unwrap(), Some(0.4), ThresholdBy::Hand);
    assert!(project.store.decide("ada", &[moved.clone(), temperature(f64::NAN)]).is_err());
    assert_eq!(threshold(&project, id), None);
    assert_eq!(project.store.event_count().unwrap(), 1);
    let events = project.store.decide("ada", &[moved, temperature(1.5)]).unwrap();
    let first = Some(events[0].id);
    assert_eq!(
        (project.store.batch(events[1].id).unwrap(), project.store.batch(events[0].id).unwrap()),
        (first, first)
    );
    assert_eq!(project.store.model(id).unwrap().temperature, Some(1.5));
    let rule = AnswerRule { miss: 0.1, least: 0.25, images: 40 };
    let answers = Decision::Answers { model: id, name: "a".into(), old: None, new: Some(rule) };
    project.store.decide("ada", &[answers]).unwrap();
    assert_eq!(project.reopen().store.model(id).unwrap().answers, Some(rule));
}

#[test]
fn the_test_split_is_opened_once_a_model() {
    let mut project = sample::project(0);
    let (a, b) = (project.add_model("a"), project.add_model("b"));
    for (model, name) in [(Some(a), "a"), (Some(a), "a"), (Some(b), "b"), (None, "x"), (None, "x"), (None, "y")] {
        project.store.open_test("ada", model, name, 12).unwrap();
    }
    let opened: Vec<Option<ModelId>> = (project.store.decisions().unwrap().into_iter())
        .filter_map(|event| match event.decision {
            Decision::TestOpened { model, images: 12, earlier: false, .. } => Some(model),
            _ => None,
        })
        .collect();
    assert_eq!(opened, [Some(a), Some(b), None, None]);
}

/// A project as the version before decisions were logged left it: an edit and its undo, and a model with test figures and a threshold.
fn of_version_8() -> Sample {
    let project = sample::project(1);
    let card = serde_json::to_string(&{
        let mut project = sample::project(0);
        let id = project.add_model("old");
        project.store.model(id).unwrap().card
    })
    .unwrap();
    let Sample { store, dir, path, images } = project;
    drop(store);
    let file = path.join("project.db");
    std::fs::remove_file(&file).unwrap();
    for rest in ["project.db-wal", "project.db-shm"] {
        let _ = std::fs::remove_file(path.join(rest));
    }
    let mut db = Connection::open(&file).unwrap();
    schema::of_version(&mut db, 8).unwrap();
    db.pragma_update(None, "application_id", schema::APPLICATION_ID).unwrap();
    db.execute_batch(
        r#"INSERT INTO meta VALUES ('name', '"old"'), ('created_ms', '1');
           INSERT INTO class_lists (time_ms, reader, classes) SELECT 1, 'import', '{"classes":[],"ordinal":false}';
           INSERT INTO images (id, path, name, sha256, width, height, split, source, truncated)
           VALUES (1, 'a.png', 'a.png', 'x', 1, 1, 2, '', 0);"#,
    )
    .unwrap();
    let mut previous = "0".repeat(64);
    for (id, old, undoes) in [(1, false, None), (2, true, Some(1))] {
        let change = serde_json::to_string(&Change::Flag { old, new: !old }).unwrap();
        let hash = chain_hash(&previous, id, 5, "ada", Some(1), [Some(&change), None, None], undoes, None);
        db.execute(
            "INSERT INTO events (id, time_ms, reader, image, change, undoes, previous_hash, hash) VALUES (?,5,'ada',1,?,?,?,?)",
            params![id, change, undoes, previous, hash],
        )
        .unwrap();
        previous = hash;
    }
    let test = serde_json::to_string(&crate::domain::ClassificationReport { images: 7, ..Default::default() }).unwrap();
    db.execute(
        "INSERT INTO models (id, card, file, bytes, status, active, test, threshold) VALUES (4, ?, 'o', 1, '\"promoted\"', 1, ?, 0.3)",
        [&card, &test],
    )
    .unwrap();
    drop(db);
    looked_at(&path);
    let store = Store::open(&path, Access::Write).unwrap();
    Sample { store, dir, path, images }
}

/// A project of an older version can be looked at, which leaves it as it is.
fn looked_at(path: &std::path::Path) {
    let file = path.join("project.db");
    let before = std::fs::read(&file).unwrap();
    let mut seen = Store::open(path, Access::ReadOnly).unwrap();
    assert_eq!((seen.events(ImageId(1)).unwrap().len(), seen.models().unwrap().len()), (2, 1));
    seen.verify_chain().unwrap();
    assert!(seen.set_name("new").is_err(), "only to look");
    drop(seen);
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_project_of_the_version_before_keeps_its_log_and_says_what_it_held() {
    let project = of_version_8();
    let logged: Vec<(String, String)> = (project.store.decisions().unwrap().into_iter())
        .map(|event| (event.reader, serde_json::to_value(event.decision).unwrap()["what"].as_str().unwrap().to_owned()))
        .collect();
    let program = |what: &str| (PROGRAM_READER.to_owned(), what.to_owned());
    assert_eq!(logged, ["registered", "test_opened", "threshold", "promoted"].map(program));
    assert!(project.store.decisions_hold().unwrap());
    assert_eq!(project.store.events(ImageId(1)).unwrap().len(), 2);
    project.store.verify_chain().unwrap();
    let mut project = project.reopen();
    assert_eq!(project.store.decisions().unwrap().len(), 4, "said once");
    assert!(project.store.redo_target().unwrap().is_some(), "and no step back or forth is lost");
    assert_eq!(threshold(&project, ModelId(4)), Some(0.3));
}

#[test]
fn temperatures_and_rules_of_findings_are_kept_whole_refused_where_they_make_no_sense_and_taken_back() {
    let mut project = sample::project(0);
    let (id, name) = (project.add_model_of("a", &["intact", "broken"]), "a".to_owned());
    let one = |finding: &str, temperature| crate::domain::FindingTemperature {
        finding: finding.into(),
        temperature,
        images: 30,
        positives: 9,
    };
    let to = |old: &[_], new: &[_]| Decision::FindingTemperatures {
        model: id,
        name: name.clone(),
        old: old.to_vec(),
        new: new.to_vec(),
        on: None,
    };
    let each = vec![one("intact", 1.0 / 3.0), one("broken", 1.7)];
    for wrong in [0.0, f64::NAN, f64::INFINITY] {
        assert!(project.store.decide("ada", &[to(&[], &[one("intact", wrong)])]).is_err(), "{wrong}");
    }
    project.store.decide("ada", &[to(&[], &each)]).unwrap();
    let stale = project.store.decide("ada", &[to(&[], &each)]).unwrap_err().to_string();
    assert!(stale.contains("another one by now"), "{stale}");
    let rule = |least| crate::domain::FindingRules {
        miss: 0.1,
        each: vec![crate::domain::FindingRule { finding: "broken".into(), least, images: 30, positives: 9 }],
    };
    let rules = |new| Decision::FindingRules { model: id, name: name.clone(), old: None, new: Some(new) };
    assert!(project.store.decide("ada", &[rules(rule(Some(1.5)))]).is_err());
    project.store.decide("ada", &[rules(rule(Some(0.25)))]).unwrap();
    let mut project = project.reopen();
    let kept = project.store.model(id).unwrap();
    assert_eq!(
        (kept.finding_temperatures, kept.finding_rules),
        (each.clone(), Some(rule(Some(0.25)))),
        "to the last bit"
    );
    assert!(project.store.decisions_hold().unwrap());
    project.store.undo("ada").unwrap();
    project.store.undo("ada").unwrap();
    let back = project.store.model(id).unwrap();
    assert_eq!((back.finding_temperatures, back.finding_rules), (Vec::new(), None));
    project.store.db.execute("UPDATE settings SET value = '[]' WHERE key LIKE 'finding_temp%'", []).unwrap();
    assert!(project.store.decisions_hold().unwrap(), "as it is");
    project.store.redo("ada").unwrap();
    project.store.db.execute("UPDATE settings SET value = '[]' WHERE key LIKE 'finding_temp%'", []).unwrap();
    assert!(!project.store.decisions_hold().unwrap(), "what is altered in the registry is noticed");
}
