//! A threshold that is fixed before the test split is opened, and the proof of it from the log alone, through the real
//! binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

mod program;

use program::{Place, arg};
use serde_json::Value;
use std::path::Path;

const CLASSES: [&str; 2] = ["Fractured", "Non_fractured"];

fn read(dir: &Path, name: &str) -> String {
    std::fs::read_to_string(dir.join(name)).expect(name)
}

#[test]
fn a_report_is_proven_by_the_log_and_no_report_that_was_altered_or_came_too_late() {
    let place = Place::new();
    let images = place.pictures("hands", &CLASSES, 40);
    let folder = place.path("hands.overread");
    let project = arg(&folder);
    place.ok(&["import", arg(&images), "--project", project, "--split", "60/20/20"]);
    let small = ["--recipe", "small-cnn", "--set", "epochs=2", "--set", "batch=8", "--set", "preprocessing.side=32"];
    let train = ["train", "--project", project, "--device", "cpu", "--keep-test-closed", "--json"];
    let trained = place.json(&[&train[..], &small].concat());
    assert_eq!(trained.last().unwrap()["split"], "validation", "the test split stays closed");
    let evaluate = ["evaluate", "--project", project, "--device", "cpu", "--draws", "0", "--model", "small-cnn"];
    let with = |more: &[&str]| place.json(&[&evaluate[..], more, &["--json"]].concat());
    let chosen = with(&["--choose", "sensitivity=0.9", "--split", "validation"])[0]["threshold"].clone();
    let (early, late, given) = (place.path("early"), place.path("late"), place.path("given"));
    assert_eq!(with(&["--report", arg(&early)])[0]["threshold"], chosen);

    let made: Value = serde_json::from_str(&read(&early, "report.json")).unwrap();
    let shown = &made["prespecification"];
    assert_eq!((&shown["standing"], &shown["threshold"]), (&"fixed".into(), &chosen));
    let event = |name: &str| shown[name]["event"].as_i64().unwrap();
    assert!(event("fixed") < event("opened"), "{shown}");
    let sentence = shown["sentence"].as_str().unwrap();
    assert!(read(&early, "report.html").contains(&sentence.replace('\'', "&#39;")));
    let table = read(&early, "figures.csv");
    assert!(table.contains(&format!("small-cnn,test,,threshold_fixed_event,{},", event("fixed"))), "{table}");

    let log = place.path("log.jsonl");
    place.ok(&["export", "--project", project, "--format", "audit-log", "--out", arg(&log)]);
    let json = early.join("report.json");
    let by_project = place.json(&["verify", "--project", project, "--report", arg(&json), "--json"]);
    assert_eq!((&by_project[0]["proven"], &by_project[0]["why"]), (&true.into(), &sentence.into()));
    let page = early.join("report.html");
    let said = place.ok(&["verify", "--log", arg(&log), "--report", arg(&page)]);
    assert!(said.starts_with(&format!("proven by the log alone: {sentence}")), "{said}");
    assert!(said.contains("No figure was altered since the report was written"), "{said}");
    let written = by_project[0]["figures_event"].as_i64().unwrap();
    assert!(written > event("opened"), "{written}");
    place.ok(&["verify", "--project", project]);

    // Another event, another day, another standing, another sentence on the page: none goes through.
    let not_proven = |file: &Path, against: [&str; 2], part: &str| {
        let said = place.fails(&["verify", against[0], against[1], "--report", arg(file)]);
        assert!(said.contains("not proven") && said.contains(part), "{part}: {said}");
    };
    let whole = read(&early, "report.json");
    let altered = early.join("altered.json");
    let time = shown["fixed"]["time_ms"].to_string();
    for (from, to, part) in [
        (format!("\"event\": {}", event("fixed")), "\"event\": 1".to_owned(), "the event that fixed"),
        (time, "1".to_owned(), "the event that fixed"),
        (format!("\"threshold\": {chosen}"), "\"threshold\": 0.25".to_owned(), "the threshold"),
        ("\"standing\": \"fixed\"".to_owned(), "\"standing\": \"not_chosen\"".to_owned(), "fixed before"),
        ("before the test split".to_owned(), "long before the test split".to_owned(), "the sentence"),
        // A figure that no claim is about: the hash in the log shows it.
        ("\"made\": \"2".to_owned(), "\"made\": \"1".to_owned(), "altered since it was written"),
        ("\"model\": \"small-cnn\"".to_owned(), "\"model\": \"better\"".to_owned(), "no such model"),
    ] {
        assert!(whole.contains(&from), "{from} is not there");
        std::fs::write(&altered, whole.replace(&from, &to)).unwrap();
        not_proven(&altered, ["--project", project], part);
    }
    // One that does not say that it is bound is as one of an older program: nothing is said of its figures.
    std::fs::write(&altered, whole.replace("\"bound_to_log\": true,", "")).unwrap();
    let said = place.ok(&["verify", "--project", project, "--report", arg(&altered)]);
    assert!(said.contains("does not hold this report's hash"), "{said}");
    let own = read(&early, "report.html");
    std::fs::write(&page, own.replace("</title>", " </title>")).unwrap();
    not_proven(&page, ["--log", arg(&log)], "altered since it was written");
    std::fs::write(&page, own.replace("before the test split", "after lunch")).unwrap();
    not_proven(&page, ["--log", arg(&log)], "does not say what");
    let lines = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, lines.replace("test_opened", "promoted")).unwrap();
    not_proven(&json, ["--log", arg(&log)], "its content does not fit its hash");
    std::fs::write(&log, lines.lines().take(3).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    not_proven(&json, ["--log", arg(&log)], "no such model");

    // What is chosen now comes too late, what is given is nobody's choice, and the first report is proven all the same.
    let changed = with(&["--choose", "sensitivity=0.1", "--report", arg(&late)])[0]["threshold"] != chosen;
    assert!(changed, "the goals must differ for this test to mean anything");
    not_proven(&late.join("report.json"), ["--project", project], "after the test split was opened");
    with(&["--threshold", "0.4", "--report", arg(&given)]);
    not_proven(&given.join("report.json"), ["--project", project], "it was given for the evaluation");
    let kept = with(&["--threshold", "0.4", "--keep", "--report", arg(&given)]);
    assert_eq!((&kept[0]["threshold"], &with(&[])[0]["threshold"]), (&0.4.into(), &0.4.into()), "it is kept");
    not_proven(&given.join("report.json"), ["--project", project], "threshold 0.400 chosen");
    place.ok(&["verify", "--project", project, "--report", arg(&json)]);
}

#[test]
fn the_thresholds_of_findings_are_proven_one_by_one() {
    let place = Place::new();
    let images = place.pictures("chests", &["dark", "bright"], 40);
    let table = place.path("chests.csv");
    let row = |at: u32| {
        let (folder, bright) = if at < 40 { ("dark", 0) } else { ("bright", 1) };
        let odd = ["0", "1", "-1", ""][at as usize % 4];
        format!("{folder}/{:03}.png,{bright},{odd}\n", at % 40)
    };
    std::fs::write(&table, format!("image,Bright,Odd\n{}", (0..80).map(row).collect::<String>())).unwrap();
    let folder = place.path("chests.overread");
    let project = arg(&folder);
    let columns =
        ["--format", "csv", "--column", "image=image", "--column", "finding=Bright", "--column", "finding=Odd"];
    let import = ["import", arg(&table), "--images", arg(&images), "--project", project, "--split", "50/25/25"];
    place.ok(&[&import[..], &columns].concat());
    let small = ["--recipe", "demo-findings", "--set", "epochs=1", "--set", "preprocessing.side=32"];
    let train = ["train", "--project", project, "--device", "cpu", "--keep-test-closed", "--json"];
    place.json(&[&train[..], &small].concat());
    let evaluate = ["evaluate", "--project", project, "--device", "cpu", "--draws", "0", "--model", "demo-findings"];
    let with = |more: &[&str]| place.json(&[&evaluate[..], more, &["--json"]].concat());
    let chosen = with(&["--choose", "sensitivity=0.8", "--split", "validation"])[0]["thresholds"].clone();
    let early = place.path("early");
    let printed = with(&["--report", arg(&early)])[0].clone();
    assert_eq!(printed["thresholds"], chosen);

    let made: Value = serde_json::from_str(&read(&early, "report.json")).unwrap();
    assert_eq!(made["class_thresholds"], chosen);
    for key in ["findings", "performance", "classes", "left_out"] {
        assert_eq!(made[key], printed[key], "{key}");
    }
    let counts = |of: &Value| ["present", "absent", "uncertain", "not_looked_at"].map(|key| of[key].clone());
    let all = |of: &Value| {
        counts(of).iter().flat_map(|one| one.as_array().unwrap().clone()).filter_map(|n| n.as_u64()).sum::<u64>()
    };
    assert_eq!(made["prevalence"].as_array().unwrap().iter().map(all).collect::<Vec<_>>(), [80, 80]);
    let uncertain: u64 = counts(&made["prevalence"][1])[2].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    assert_eq!(uncertain, 20);
    let claims = made["prespecification"]["classes"].as_array().unwrap();
    assert!(claims.len() == 2 && claims.iter().all(|claim| claim["standing"] == "fixed"), "{claims:?}");

    let page = early.join("report.html");
    let said = place.ok(&["verify", "--project", project, "--report", arg(&page)]);
    assert!(said.contains("Bright: Threshold") && said.contains("Odd: Threshold"), "{said}");
    assert!(said.contains("No figure was altered since the report was written"), "{said}");
    // A page that says another day of one finding, and figures at another threshold of one, are not proven.
    let not_proven = |file: &Path, part: &str| {
        let said = place.fails(&["verify", "--project", project, "--report", arg(file)]);
        assert!(said.contains("not proven") && said.contains(part), "{part}: {said}");
    };
    let own = read(&early, "report.html");
    std::fs::write(&page, own.replace("<li>Odd: Threshold", "<li>Odd: threshold")).unwrap();
    not_proven(&page, "does not say what");
    let whole = read(&early, "report.json");
    let altered = early.join("altered.json");
    let odd = format!("\"Odd\": {}", chosen["Odd"]);
    assert!(whole.contains(&odd), "{odd}");
    std::fs::write(&altered, whole.replace(&odd, "\"Odd\": 0.125")).unwrap();
    not_proven(&altered, "other thresholds of classes");

    // One threshold without a name is that of each finding, and comes too late.
    let late = place.path("late");
    let kept = with(&["--threshold", "0.4", "--keep", "--report", arg(&late)]);
    assert_eq!((&kept[0]["thresholds"]["Bright"], &with(&[])[0]["thresholds"]["Odd"]), (&0.4.into(), &0.4.into()));
    not_proven(&late.join("report.json"), "Bright: Exploratory: threshold 0.400 chosen");
}
