//! What `overread export` writes and refuses, through the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

mod program;

use program::{Place, arg};
use serde_json::Value;

const CLASSES: [&str; 2] = ["Fractured", "Non_fractured"];

fn project(place: &Place) -> std::path::PathBuf {
    let images = place.pictures("hands", &CLASSES, 3);
    let project = place.path("hands.overread");
    place.ok(&["import", arg(&images), "--project", arg(&project)]);
    place.ok(&["label", "--project", arg(&project), "--reader", "B", "Fractured/001.png", "Non_fractured"]);
    project
}

#[test]
fn the_audit_log_can_be_checked_and_an_altered_one_is_noticed() {
    let place = Place::new();
    let project = project(&place);
    let log = place.path("log.jsonl");
    let said =
        place.json(&["export", "--project", arg(&project), "--format", "audit-log", "--out", arg(&log), "--json"]);
    let of_project = place.json(&["verify", "--project", arg(&project), "--json"]);
    let of_log = place.json(&["verify", "--log", arg(&log), "--json"]);
    assert_eq!(of_log[0]["head"], of_project[0]["head"]);
    assert_eq!((&of_log[0]["events"], &of_log[0]["chain"]), (&said[0]["events"], &Value::from("ok")));
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace("\"reader\":\"B\"", "\"reader\":\"C\"")).unwrap();
    let said = place.fails(&["verify", "--log", arg(&log)]);
    assert!(said.contains("altered at event"), "{said}");
}

#[test]
fn only_what_changed_since_then_goes_out_and_pictures_only_where_asked() {
    let place = Place::new();
    let project = project(&place);
    let export = |more: &[&str]| {
        let mut words = vec!["export", "--project", arg(&project), "--json"];
        words.extend(more);
        place.json(&words)
    };
    let to = place.path("folders");
    let said = export(&["--format", "folders", "--out", arg(&to)]);
    assert_eq!(said[0]["images"], 6);
    let moved = walkdir::WalkDir::new(&to).into_iter().filter_map(Result::ok);
    let moved = moved.filter(|e| e.path().to_string_lossy().contains("Non_fractured/Fractured_001.png")).count();
    assert_eq!(moved, 1, "the label of today is the folder");
    let none = export(&["--format", "coco", "--out", arg(&place.path("none")), "--since", "2999-01-01T00:00:00Z"]);
    assert_eq!(none[0]["images"], 0);
    let tables = place.path("tables");
    export(&["--format", "csv", "--out", arg(&tables), "--all-readers"]);
    let text = std::fs::read_to_string(tables.join("labels.csv")).unwrap();
    let rows = text.lines().filter(|line| line.contains("Fractured/001.png") && !line.contains("Non_fractured/001"));
    assert_eq!(rows.count(), 2, "the import's word and B's");
    assert!(!tables.join("images").exists());
    let clean = place.path("clean");
    let said = export(&["--format", "csv", "--out", arg(&clean), "--deidentify"]);
    assert_eq!(said[0]["images"], 6);
    let names = std::fs::read_dir(clean.join("images")).unwrap().map(|e| e.unwrap().file_name());
    assert!(names.into_iter().all(|name| name.to_string_lossy().starts_with("0000")));
    let refused = place.fails(&[
        "export",
        "--project",
        arg(&project),
        "--format",
        "csv",
        "--out",
        arg(&place.path("x.csv")),
        "--deidentify",
    ]);
    assert!(refused.contains("export to a folder"), "{refused}");
}
