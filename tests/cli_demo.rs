//! The headless demo through the real binary: from nothing to a model that is right and looks where the fracture is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

mod program;

use program::{Place, arg};
use std::path::Path;

#[test]
fn the_headless_demo_learns_to_see_fractures_where_they_are() {
    let place = Place::new();
    let dir = place.path("demo");
    let lines = place.json(&["demo", "--headless", "--kind", "fracture", "--json", "--dir", arg(&dir)]);
    let last = lines.last().expect("a last line");
    let number = |field: &str| last[field].as_f64().unwrap_or_else(|| panic!("no {field} in {last}"));
    let figures = ["accuracy", "heat_inside", "heat_chance", "heat_images"].map(number);
    println!("accuracy, heat inside and by chance, images: {figures:.3?}");
    // The issue asks for 0.8; the labels are wrong for some images on purpose, so that 1 cannot be had.
    assert!(number("accuracy") > 0.8, "{last}");
    assert!(number("heat_images") >= 10.0, "{last}");
    assert!(number("heat_inside") > 3.0 * number("heat_chance"), "{last}");
    assert!(number("wrong_on_purpose") > 0.0, "{last}");
    let picture = Path::new(last["grad_cam"].as_str().expect("a path"));
    let (width, height) = image::image_dimensions(picture).expect("a picture");
    assert!(width > 0 && height > 0);
    let project = last["project"].as_str().expect("a path");
    let info = place.json(&["info", "--project", project, "--json"]);
    assert_eq!(
        info[0]["wrong_on_purpose"].as_array().map(Vec::len),
        last["wrong_on_purpose"].as_u64().map(|n| n as usize)
    );
}

#[test]
fn the_headless_demo_tells_several_findings_of_a_film() {
    let place = Place::new();
    let dir = place.path("demo");
    let lines = place.json(&["demo", "--headless", "--kind", "findings", "--json", "--dir", arg(&dir)]);
    let last = lines.last().expect("a last line");
    let findings = &last["findings"];
    let auroc = findings["macro_auroc"].as_f64().unwrap_or_else(|| panic!("no macro_auroc in {last}"));
    println!("macro AUROC {auroc:.3}");
    // The issue asks for 0.9; some statements are wrong on purpose.
    assert!(auroc > 0.9, "{last}");
    let names = ["cardiomegaly", "effusion", "nodule", "pneumothorax"];
    for name in names {
        let of = &findings["per_finding"][name];
        assert!(of["positives"].as_u64() > Some(0) && of["auroc"].as_f64() > Some(0.8), "{name}: {of}");
    }
    for of in last["maps"]["of_each"].as_array().expect("a list") {
        let share = |field: &str| of[field].as_f64().unwrap_or_else(|| panic!("no {field} in {of}"));
        assert!(share("heat_inside") > share("heat_chance"), "{of}");
    }
    let pair = &last["maps"]["two_of_one_image"];
    for at in 0..2 {
        let (own, other) = (pair["own"][at].as_f64(), pair["others"][at].as_f64());
        assert!(own > other, "the heat of each finding lies in its own boxes: {pair}");
        let picture = Path::new(pair["maps"][at].as_str().expect("a path"));
        assert!(image::image_dimensions(picture).is_ok());
    }
    // What is known of them can be seen, changed and judged on the command line.
    let project = last["project"].as_str().expect("a path");
    let said = place.ok(&["label", "--project", project, "0001.png", "nodule=uncertain"]);
    assert!(said.starts_with("ok "), "{said}");
    let chosen = [
        "evaluate",
        "--project",
        project,
        "--model",
        "demo-findings",
        "--choose",
        "youden",
        "--draws",
        "200",
        "--json",
    ];
    let judged = place.json(&chosen);
    let of = &judged[0]["findings"]["per_finding"]["effusion"];
    assert!(of["threshold"].as_f64().is_some_and(|threshold| threshold != 0.5), "{of}");
    let overall = judged[0]["performance"]["overall"].as_array().expect("figures");
    assert!(overall.iter().any(|one| one[0] == "exact_match" && one[1]["interval"].is_array()), "{overall:?}");
    // The same network from elsewhere stands beside it and differs by nothing.
    let (copy, table) = (place.path("copy.safetensors"), place.path("models.csv"));
    let models = std::fs::read_dir(Path::new(project).join("models")).expect("models");
    let file =
        models.map(|one| one.expect("a file").path()).find(|path| path.extension().is_some_and(|e| e == "safetensors"));
    std::fs::copy(file.expect("a model"), &copy).expect("a copy");
    let evaluate = ["evaluate", "--project", project, "--model", "demo-findings", "--draws", "40", "--json"];
    let beside = ["--against", arg(&copy), "--table", arg(&table)];
    let judged = place.json(&[&evaluate[..], &beside].concat());
    let apart = &judged[0]["against"]["difference"];
    assert_eq!(apart["overall"][0][1]["value"], 0.0, "{apart}");
    assert_eq!(apart["findings"].as_array().map(Vec::len), Some(names.len()), "{apart}");
    let table = std::fs::read_to_string(table).expect("a table");
    assert!(names.iter().all(|name| table.contains(&format!("AUROC,{name},"))), "{table}");
    let picture = dir.join("images").join("0003.png");
    let said = place.json(&["predict", "--project", project, "--model", "demo-findings", "--json", arg(&picture)]);
    assert!(said[0]["findings"].is_array() && said[0]["probabilities"]["nodule"].is_f64(), "{said:?}");
}
