//! `overread evaluate --report` through the real binary: two models of a small project, and what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

mod program;

use program::{Place, arg};
use serde_json::Value;

const CLASSES: [&str; 2] = ["Fractured", "Non_fractured"];

#[test]
fn a_report_has_the_figures_that_are_printed_and_names_no_image() {
    let place = Place::new();
    let images = place.pictures("hands", &CLASSES, 40);
    let project = place.path("hands.overread");
    let project = arg(&project);
    place.ok(&["import", arg(&images), "--project", project, "--split", "60/20/20"]);
    let small = ["--recipe", "small-cnn", "--set", "epochs=2", "--set", "batch=8", "--set", "preprocessing.side=32"];
    for seed in ["1", "2"] {
        place.ok(&[&["train", "--project", project, "--device", "cpu", "--seed", seed][..], &small].concat());
    }
    let dir = place.path("made/report");
    let evaluate = ["evaluate", "--project", project, "--device", "cpu", "--draws", "100", "--model", "small-cnn"];
    let report = ["--report", arg(&dir), "--against", "small-cnn-2"];
    let said = place.ok(&[&evaluate[..], &report].concat());
    assert!(said.trim_end().ends_with("report.html"), "{said}");

    let read = |name: &str| std::fs::read_to_string(dir.join(name)).expect(name);
    let made: Value = serde_json::from_str(&read("report.json")).expect("JSON");
    let printed = &place.json(&[&evaluate[..], &["--json"]].concat())[0];
    for (key, value) in printed.as_object().expect("an object") {
        assert_eq!(&made[key], value, "{key}");
    }
    assert_eq!(made["flow"]["judged"], 16);
    assert!(made["against"]["difference"]["only_other"].is_number() && made["against"]["model"] == "small-cnn-2");
    for name in ["report.html", "report.json", "figures.csv"] {
        let text = read(name);
        let home = place.path("");
        assert!(!text.contains(".png") && !text.contains(arg(&home)), "{name} names a file");
    }

    assert_eq!(made["against"]["model"], "small-cnn-2");
    let table = place.path("models.md");
    let parted = ["--by", "image size", "--by", "mean brightness", "--table", arg(&table), "--against", "small-cnn-2"];
    let refused = place.fails(&[&evaluate[..], &parted].concat());
    assert!(refused.contains("no attribute \"image size\" parts these images: use all, or"), "{refused}");
    let twice = ["--against", "small-cnn-2", "--against", "2"];
    let refused = place.fails(&[&evaluate[..], &twice].concat());
    assert!(refused.contains("--against 2 is there already"), "{refused}");
    let refused = place.fails(&[&evaluate[..], &["--against", "small-cnn"]].concat());
    assert!(refused.contains("--against small-cnn is there already"), "{refused}");
    let refused = place.fails(&[&evaluate[..], &["--tta", "--fusion", "weighted"]].concat());
    assert!(refused.contains("--fusion is for models that draw boxes"), "{refused}");
    // The same network from elsewhere is another one as far as anybody knows.
    let third = place.path("third.safetensors");
    let models = place.path("hands.overread/models");
    let mut files: Vec<_> = std::fs::read_dir(models).expect("models").map(|one| one.expect("a file").path()).collect();
    files.sort();
    std::fs::copy(files.last().expect("a model"), &third).expect("a copy");
    let all = ["--by", "all", "--table", arg(&table), "--against", "small-cnn-2", "--against", arg(&third)];
    let said = place.ok(&[&evaluate[..], &all].concat());
    assert!(said.contains("95 % intervals from 100 draws") && said.contains("small-cnn − small-cnn-2"), "{said}");
    assert!(said.contains("by mean brightness") && (said.contains("low by chance") || said.contains("too small")));
    let table = std::fs::read_to_string(&table).expect("a table");
    assert!(table.starts_with("| Figure | small-cnn | small-cnn-2 | small-cnn − small-cnn-2 |"), "{table}");
    let json = &place.json(&[&evaluate[..], &all, &["--json"]].concat())[0];
    assert_eq!(json["against"]["model"], "small-cnn-2");
    assert!(json["beside"][0]["model"].as_str().is_some_and(|name| name.starts_with("small-cnn")), "{json}");
    assert!(json["subgroups"].as_array().is_some_and(|parts| !parts.is_empty()));

    let file = place.path("taken");
    std::fs::write(&file, "mine").expect("a file");
    let refused = place.fails(&[&evaluate[..], &["--report", arg(&file)]].concat());
    assert!(refused.ends_with("taken is a file: name a folder for the report"), "{refused}");
    let refused = place.fails(&[&evaluate[..], &["--report", arg(&dir), "--against", "nothing"]].concat());
    assert!(refused.contains("no model \"nothing\""), "{refused}");
}
