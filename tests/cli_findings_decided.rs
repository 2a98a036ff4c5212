//! A model of findings that is calibrated and may be not sure, through the real binary: judged, applied, handed to another
//! project, measured on worse pictures, and back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

mod program;

use program::{Place, arg};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const SHADES: [&str; 2] = ["dark", "bright"];

/// Pictures that are bright where there is an effusion; every fifth says the opposite, so that no model is right of all, and of
/// every seventh it is uncertain. No picture has a mass, and of every third nobody looked for one.
fn trained(place: &Place) -> PathBuf {
    place.pictures("chest", &SHADES, 40);
    let mut table = "Path,split,Effusion,Mass\n".to_owned();
    for (class, shade) in SHADES.iter().enumerate() {
        for at in 0..40usize {
            let is = (class == 1) != at.is_multiple_of(5);
            let effusion = if at % 7 == 3 {
                "-1"
            } else if is {
                "1"
            } else {
                "0"
            };
            let mass = if at % 3 == 2 { "" } else { "0" };
            let split = ["train", "train", "valid", "test"][at / 2 % 4];
            writeln!(table, "{shade}/{at:03}.png,{split},{effusion},{mass}").unwrap();
        }
    }
    let source = place.path("chest");
    std::fs::write(source.join("labels.csv"), table).unwrap();
    let project = place.path("chest.overread");
    place.ok(&["import", arg(&source.join("labels.csv")), "--project", arg(&project), "--findings"]);
    let small = ["--set", "epochs=4", "--set", "batch=8", "--set", "preprocessing.side=32"];
    let network = ["--recipe", "small-cnn", "--set", "loss.kind=binary-cross-entropy"];
    place.ok(&[&["train", "--project", arg(&project), "--device", "cpu"][..], &network, &small].concat());
    project
}

#[test]
fn what_is_decided_about_findings_is_used_everywhere_goes_along_with_the_file_and_is_taken_back() {
    let place = Place::new();
    let project = trained(&place);
    let evaluate = |more: &[&str]| -> Value {
        let of = ["evaluate", "--project", arg(&project), "--model", "1", "--device", "cpu", "--draws", "0"];
        place.json(&[&of[..], more, &["--json"]].concat()).remove(0)
    };
    let image = place.path("chest/bright/001.png");
    let predict = |of: &Path| -> Value {
        place.json(&["predict", "--project", arg(of), "--model", "1", arg(&image), "--json"]).remove(0)
    };
    evaluate(&["--choose", "youden", "--class", "Effusion"]);
    let plain = evaluate(&[]);
    let own = predict(&project);
    assert_eq!((&own["answers"], &own["not_sure"], &plain["calibration"]), (&Value::Null, &Value::Null, &Value::Null));
    assert!(own["temperatures"].as_object().unwrap().is_empty());

    let judged = evaluate(&["--calibrate", "--not-sure", "0.3"]);
    let effusion = &judged["calibration"]["findings"][0];
    let temperature = effusion["temperature"]["temperature"].as_f64().unwrap();
    assert!(temperature != 1.0 && effusion["calibrated"] != effusion["own"], "{effusion}");
    let mass = &judged["calibration"]["findings"][1];
    assert_eq!(
        (&mass["temperature"]["temperature"], &mass["temperature"]["positives"]),
        (&1.0.into(), &0.into()),
        "it is on no image"
    );
    assert_eq!(mass["calibrated"], mass["own"]);
    assert_eq!(judged["temperatures"]["Effusion"].as_f64(), Some(temperature));
    let calls = |of: &Value| of["findings"]["per_finding"]["Effusion"]["sensitivity"].clone();
    assert_eq!(calls(&judged), calls(&plain), "the same findings are called");
    assert_ne!(judged["thresholds"]["Effusion"], plain["thresholds"]["Effusion"], "the threshold moves along");
    let answers = &effusion["answers"];
    assert!(answers["coverage"]["low"].as_f64() <= answers["coverage"]["value"].as_f64());

    let now = predict(&project);
    assert_eq!((&now["findings"], &now["logits"]), (&own["findings"], &own["logits"]));
    assert_ne!(now["probabilities"]["Effusion"], own["probabilities"]["Effusion"]);
    assert_eq!(now["probabilities"]["Mass"], own["probabilities"]["Mass"]);
    assert!(now["answers"]["Effusion"].is_array() && now["not_sure"].is_array(), "{now}");
    let out = place.path("map.npy");
    let explained = ["explain", "--project", arg(&project), "--model", "1", arg(&image), "--class", "Effusion"];
    let explained = place.json(&[&explained[..], &["--out", arg(&out), "--json"]].concat()).remove(0);
    assert_eq!(explained["probability"], now["probabilities"]["Effusion"]);

    // A file that is handed out holds it, for whoever applies it and for another project.
    let file = place.path("out.safetensors");
    place.ok(&["models", "export", "1", "--project", arg(&project), "--out", arg(&file)]);
    assert_eq!(place.json(&["predict", "--model", arg(&file), arg(&image), "--json"])[0], now);
    let other = place.path("other.overread");
    place.ok(&["import", arg(&place.path("chest/labels.csv")), "--project", arg(&other), "--findings"]);
    place.ok(&["models", "import", arg(&file), "--project", arg(&other)]);
    assert_eq!(predict(&other), now);
    for project in [&project, &other] {
        place.ok(&["verify", "--project", arg(project)]);
    }

    let folder = place.path("worse");
    let worse = evaluate(&["--robustness", "jpeg", "--out", arg(&folder)]);
    let points = worse["robustness"][0]["points"].as_array().unwrap().clone();
    let unchanged = points.iter().find(|point| point["strength"] == 100.0).unwrap();
    assert_eq!(
        (&unchanged["values"][0]["figure"], unchanged["findings"][0]["finding"].as_str()),
        (&"macro_auroc".into(), Some("Effusion"))
    );
    let of_evaluation = worse["findings"]["per_finding"]["Effusion"]["auroc"].as_f64().unwrap();
    assert!((unchanged["findings"][0]["value"]["value"].as_f64().unwrap() - of_evaluation).abs() < 1e-9);
    assert_eq!(unchanged["findings"][1]["value"]["value"], Value::Null, "a mass is on no image");
    let table = std::fs::read_to_string(folder.join("robustness.csv")).unwrap();
    assert!(table.contains("\njpeg,10,auroc of Effusion,"), "{table}");

    let back = evaluate(&["--uncalibrate", "--not-sure", "0"]);
    assert_eq!(back["calibration"], Value::Null);
    let same = |a: &Value, b: &Value| (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-12;
    assert!(same(&back["thresholds"]["Effusion"], &plain["thresholds"]["Effusion"]));
    let back = predict(&project);
    assert_eq!((&back["probabilities"], &back["not_sure"]), (&own["probabilities"], &Value::Null));
    let refused = place.fails(&["evaluate", "--project", arg(&project), "--model", arg(&file), "--calibrate"]);
    assert!(refused.contains("name one instead of a file"), "{refused}");
}
