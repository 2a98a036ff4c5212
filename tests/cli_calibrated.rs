//! A calibrated model that may be not sure, through the real binary: judged, applied, handed to another project, and back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

mod program;

use program::{Place, arg};
use serde_json::Value;
use std::path::{Path, PathBuf};

const CLASSES: [&str; 2] = ["Fractured", "Non_fractured"];

/// Pictures of which every fifth has the other label, so that no model is right of all, and a model of them.
fn trained(place: &Place) -> PathBuf {
    let images = place.pictures("hands", &CLASSES, 40);
    let project = place.path("hands.overread");
    place.ok(&["import", arg(&images), "--project", arg(&project), "--split", "60/20/20"]);
    for at in (0..40).step_by(5) {
        for [from, to] in [[0, 1], [1, 0]] {
            let image = format!("{}/{at:03}.png", CLASSES[from]);
            place.ok(&["label", "--project", arg(&project), &image, CLASSES[to]]);
        }
    }
    let small = ["--recipe", "small-cnn", "--set", "epochs=4", "--set", "batch=8", "--set", "preprocessing.side=32"];
    place.ok(&[&["train", "--project", arg(&project), "--device", "cpu"][..], &small].concat());
    project
}

#[test]
fn what_is_decided_is_used_everywhere_goes_along_with_the_file_and_is_taken_back() {
    let place = Place::new();
    let project = trained(&place);
    let evaluate = |more: &[&str]| -> Value {
        let of = ["evaluate", "--project", arg(&project), "--model", "small-cnn", "--device", "cpu", "--draws", "0"];
        place.json(&[&of[..], more, &["--json"]].concat()).remove(0)
    };
    let image = place.path("hands/Fractured/001.png");
    let predict = |of: &Path, model: &str| -> Value {
        let of = ["predict", "--project", arg(of), "--model", model, arg(&image), "--json"];
        place.json(&of).remove(0)
    };
    evaluate(&["--choose", "youden"]);
    let plain = evaluate(&[]);
    let own = predict(&project, "small-cnn");
    assert_eq!((&own["temperature"], &own["answer"], &own["not_sure"]), (&Value::Null, &Value::Null, &Value::Null));

    let on_validation = evaluate(&["--calibrate", "--not-sure", "0.3", "--split", "validation"]);
    let seen = &on_validation["calibration"];
    let loss = |of: &str| seen[of]["log_loss"].as_f64().unwrap();
    assert!(loss("calibrated") < loss("own"), "{seen}");
    let temperature = seen["temperature"].as_f64().unwrap();
    let judged = evaluate(&[]);
    assert_eq!(judged["confusion_matrix"], plain["confusion_matrix"], "the same images are called");
    assert_eq!(judged["auc"], plain["auc"]);
    assert_ne!((&judged["threshold"], &judged["performance"]), (&plain["threshold"], &plain["performance"]));
    let answers = &judged["calibration"]["answers"];
    assert_eq!(answers["images"], judged["images"]);
    assert!(answers["coverage"]["low"].as_f64() <= answers["coverage"]["value"].as_f64());

    let now = predict(&project, "small-cnn");
    assert_eq!((now["temperature"].as_f64(), &now["label"]), (Some(temperature), &own["label"]));
    assert_eq!(now["logits"], own["logits"], "what the model itself said stays");
    assert_ne!(now["probabilities"], own["probabilities"]);
    assert!(now["answer"].is_array() && now["not_sure"].is_boolean());
    let explained = {
        let out = place.path("map.npy");
        let of =
            ["explain", "--project", arg(&project), "--model", "small-cnn", arg(&image), "--out", arg(&out), "--json"];
        place.json(&of).remove(0)
    };
    let class = now["label"].as_str().unwrap();
    assert_eq!((&explained["class"], &explained["calibrated"]), (&now["label"], &true.into()), "what the model calls");
    assert_eq!(explained["probability"], now["probabilities"][class], "{explained}");

    // A file that is handed out holds it, for whoever applies it and for another project, whose log says where it is from.
    let file = place.path("out.safetensors");
    place.ok(&["models", "export", "small-cnn", "--project", arg(&project), "--out", arg(&file)]);
    assert_eq!(place.json(&["predict", "--model", arg(&file), arg(&image), "--json"])[0], now);
    let other = place.path("other.overread");
    place.ok(&["import", arg(&place.path("hands")), "--project", arg(&other)]);
    place.ok(&["models", "import", arg(&file), "--project", arg(&other)]);
    assert_eq!(predict(&other, "small-cnn"), now);
    let log = place.path("log.jsonl");
    place.ok(&["export", "--project", arg(&other), "--format", "audit-log", "--out", arg(&log)]);
    assert!(std::fs::read_to_string(&log).unwrap().contains("model_file"), "the threshold came with the file");
    for project in [&project, &other] {
        place.ok(&["verify", "--project", arg(project)]);
    }

    evaluate(&["--uncalibrate", "--not-sure", "0"]);
    let back = predict(&project, "small-cnn");
    assert_eq!(back["probabilities"], own["probabilities"]);
    assert_eq!((&back["label"], &back["answer"], &back["temperature"]), (&own["label"], &Value::Null, &Value::Null));
    let refused = place.fails(&["evaluate", "--project", arg(&project), "--model", arg(&file), "--calibrate"]);
    assert!(refused.contains("name one instead of a file"), "{refused}");
}
