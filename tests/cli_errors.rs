//! Bad input through the real binary: each time one sentence that names the file, a failing exit code and no panic.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

mod program;

use program::{Place, arg};

const CLASSES: [&str; 2] = ["a", "b"];

#[test]
fn a_project_that_is_not_there_is_named() {
    let place = Place::new();
    let gone = place.path("gone.overread");
    for command in [
        &["info"][..],
        &["verify"],
        &["label", "x.png", "a"],
        &["train", "--recipe", "demo-cnn"],
        &["evaluate", "--model", "1"],
        &["models", "list"],
        &["models", "promote", "1"],
        &["export", "--format", "csv", "--out", "labels.csv"],
    ] {
        let said = place.fails(&[command, &["--project", arg(&gone)]].concat());
        assert!(said.contains("gone.overread"), "{command:?}: {said}");
    }
    let folder = place.pictures("plain", &CLASSES, 1);
    let said = place.fails(&["info", "--project", arg(&folder)]);
    assert!(said.contains("is not an Overread project"), "{said}");
}

#[test]
fn folders_without_a_readable_image_are_refused() {
    let place = Place::new();
    let empty = place.path("empty");
    std::fs::create_dir(&empty).expect("a folder");
    let texts = place.path("texts");
    std::fs::create_dir_all(texts.join("a")).expect("a folder");
    std::fs::write(texts.join("a/text.png"), "no picture").expect("a file");
    std::fs::write(texts.join("a/empty.jpg"), "").expect("a file");
    for (folder, name) in [(empty, "empty"), (texts, "texts"), (place.path("nowhere"), "nowhere")] {
        let project = place.path("p.overread");
        let said = place.fails(&["import", arg(&folder), "--project", arg(&project)]);
        assert!(said.contains(name), "{said}");
        assert!(!project.exists(), "{name} left half a project behind");
    }
}

#[test]
fn the_catalogue_of_weights_is_listed_without_a_network_and_a_wrong_name_is_told() {
    let place = Place::new();
    let all = place.json(&["weights", "list", "--json"]);
    let resnet = all.iter().find(|entry| entry["name"] == "resnet18").expect("resnet18 is listed");
    let (url, prefix) = (resnet["url"].as_str().expect("text"), resnet["sha256_prefix"].as_str().expect("text"));
    assert!(url.starts_with("https://download.pytorch.org/") && url.contains(prefix), "{url} {prefix}");
    assert_eq!((resnet["state"].as_str(), &resnet["file"]), (Some("absent"), &serde_json::Value::Null));
    let text = place.ok(&["weights", "list"]);
    assert!(all.iter().all(|entry| text.contains(entry["url"].as_str().expect("text"))), "{text}");
    for command in [["weights", "download", "vgg"], ["weights", "path", "vgg"]] {
        let said = place.fails(&command);
        assert!(said.contains("vgg") && said.contains("resnet18"), "{said}");
    }
}

/// A command on a project with the classes a and b and no model, and what its sentence names.
const REFUSED: &[(&[&str], &str)] = &[
    (&["label", "a/000.png", "Hand"], "\"Hand\""),
    (&["label", "no.png", "a"], "\"no.png\""),
    (&["label", "000.png", "a"], "2 images"),
    (&["label", "a/000.png"], "a, b"),
    (&["train", "--recipe", "no-such-recipe"], "no-such-recipe"),
    (&["train", "--recipe", "demo-cnn", "--set", "epoch=3"], "epoch"),
    (&["train", "--recipe", "demo-cnn", "--set", "optimizer.speed=3"], "speed"),
    (&["train", "--recipe", "demo-cnn", "--set", "batch=many"], "batch"),
    (&["train", "--recipe", "demo-cnn", "--set", "batch"], "batch"),
    (&["train", "--recipe", "demo-cnn", "--device", "toaster"], "toaster"),
    (&["train", "--recipe", "demo-cnn", "--weights", "no.safetensors"], "no.safetensors"),
    (&["train", "--recipe", "demo-cnn", "--weights", "resnet18"], "simple-cnn"),
    (&["train", "--recipe", "fracture-resnet18", "--weights", "resnet18"], "overread weights download resnet18"),
    (&["train", "--recipe", "demo-cnn", "--weights", "vgg"], "densenet121"),
    (&["train", "--resume", "7"], "run 7"),
    (&["evaluate", "--model", "best"], "\"best\""),
    (&["evaluate", "--model", "1", "--split", "elsewhere"], "\"elsewhere\""),
    (&["export", "--format", "coco", "--out", "coco", "--since", "yesterday"], "yesterday"),
];

#[test]
fn what_a_project_cannot_do_is_said() {
    let place = Place::new();
    let images = place.pictures("hands", &CLASSES, 4);
    let project = place.path("hands.overread");
    place.ok(&["import", arg(&images), "--project", arg(&project)]);
    let of = |command: &[&str]| {
        let mut args: Vec<String> = command.iter().map(|a| (*a).to_owned()).collect();
        args.extend(["--project".to_owned(), arg(&project).to_owned()]);
        place.fails(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    for (command, said) in REFUSED {
        let sentence = of(command);
        assert!(sentence.contains(*said), "{command:?}: {sentence}");
    }
    let recipe = place.path("mine.toml");
    std::fs::write(&recipe, "epochs = 3\nlearning_rat = 1\n").expect("a file");
    let said = place.fails(&["train", "--project", arg(&project), "--recipe", arg(&recipe)]);
    assert!(said.contains("learning_rat"), "{said}");
    let said = place.fails(&["import", arg(&images), "--project", arg(&images)]);
    assert!(said.contains("hands"), "a folder with other things in it is never overwritten: {said}");
    let said = place.json(&["import", arg(&images), "--project", arg(&project), "--json"]);
    assert_eq!(
        (&said[0]["images"], &said[0]["repeated"]),
        (&0.into(), &8.into()),
        "nothing is taken twice: {}",
        said[0]
    );
    let said = place.fails(&["import", arg(&images), "--project", "q.overread", "--format", "yolo"]);
    assert!(said.contains("no YOLO label file"), "{said}");
    let said = place.fails(&["import", arg(&images), "--project", "q.overread", "--group", "("]);
    assert!(said.contains("regular expression"), "{said}");
}

#[test]
fn the_stream_of_labels_answers_every_line_and_goes_on_after_errors() {
    use std::io::Write;
    let place = Place::new();
    let images = place.pictures("hands", &CLASSES, 2);
    let project = place.path("hands.overread");
    place.ok(&["import", arg(&images), "--project", arg(&project)]);
    let mut child = place
        .command(["label", "--project", arg(&project), "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let lines = "a/000.png\tb\nno tab here\na/000.png\tc\nb/9.png\ta\n\na/001.png\tb\n";
    child.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("the program reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    let kinds: Vec<&str> = text.lines().map(|l| l.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(kinds, ["ok", "error", "error", "error", "ok"], "{text}");
    let checked = place.json(&["verify", "--project", arg(&project), "--json"]);
    assert_eq!(checked[0]["events"], 6);
}

#[test]
fn decoding_gives_stored_values_and_refuses_what_is_no_picture() {
    let place = Place::new();
    let deep = place.path("deep.png");
    let picture =
        image::ImageBuffer::<image::Luma<u16>, _>::from_fn(3, 2, |x, y| image::Luma([(x * 20_000 + y) as u16]));
    picture.save(&deep).expect("a picture");
    let out = place.path("deep.npy");
    place.ok(&["decode", arg(&deep), "--out", arg(&out)]);
    let array = npyz::NpyFile::new(std::fs::File::open(&out).expect("a file")).expect("an array");
    assert_eq!(array.shape(), [2, 3]);
    assert_eq!(array.into_vec::<u16>().expect("u16"), [0, 20_000, 40_000, 1, 20_001, 40_001]);
    let shown = place.path("deep-shown.png");
    place.ok(&["decode", arg(&deep), "--out", arg(&shown)]);
    assert_eq!(image::image_dimensions(&shown).expect("a picture"), (3, 2));

    let text = place.path("text.png");
    std::fs::write(&text, "no picture").expect("a file");
    let said = place.fails(&["decode", arg(&text), "--out", arg(&out)]);
    assert!(said.contains("text.png"), "{said}");
    let said = place.fails(&["decode", arg(&deep), "--out", "deep.gif"]);
    assert!(said.contains("deep.gif"), "{said}");
    let said = place.fails(&["decode", arg(&deep), "--frame", "3", "--out", arg(&out)]);
    assert!(said.contains("deep.png"), "{said}");
}

#[test]
fn speed_is_measured_and_unknown_networks_are_named() {
    let place = Place::new();
    let of = ["--arch", "simple-cnn", "--batch", "2", "--size", "32", "--device", "cpu", "--json"];
    for task in ["train", "infer"] {
        let line = place.json(&[&["bench", task][..], &of].concat());
        assert!(line[0]["images_per_second"].as_f64().is_some_and(|v| v > 0.0), "{}", line[0]);
    }
    let said = place.fails(&["bench", "infer", "--arch", "vgg"]);
    assert!(said.contains("vgg"), "{said}");
}

#[test]
fn the_window_is_measured_on_a_copy() {
    let place = Place::new();
    let (images, project) = (place.pictures("bones", &["normal", "fracture"], 12), place.path("bones.overread"));
    place.ok(&["import", arg(&images), "--project", arg(&project)]);
    let events = |place: &Place| place.json(&["verify", "--project", arg(&project), "--json"]);
    let before = events(&place);
    let measured = ["bench", "window", "--project", arg(&project), "--rounds", "1", "--pause", "0", "--json"];
    let measured = place.json(&measured).remove(0);
    assert_eq!((measured["images"].as_u64(), measured["meanwhile"].as_str()), (Some(24), Some("nothing")));
    let times = |of: &str, what: &str| {
        let timed = measured[of].as_array().unwrap().iter().find(|timed| timed["what"] == what).unwrap();
        assert!(timed["median_ms"].as_f64().unwrap() <= timed["longest_ms"].as_f64().unwrap());
        timed["times"].as_u64().unwrap()
    };
    assert_eq!(times("answers", "order: label"), 1);
    assert!(times("frames", "next image") >= 60 && times("frames", "confirm and next") >= 30);
    assert_eq!(events(&place), before, "nothing of it is in the project");
    let beside = std::fs::read_dir(place.path(".")).unwrap().flatten().map(|entry| entry.file_name());
    let left: Vec<_> = beside.filter(|name| name.to_string_lossy().starts_with(".trial-")).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(place.fails(&["bench", "window"]).contains("add --project"));
    let nowhere = place.path("nowhere.overread");
    let why = place.fails(&["bench", "window", "--project", arg(&nowhere)]);
    assert!(why.contains("nowhere.overread") && why.contains("is not there"), "{why}");
}

#[test]
fn a_damaged_project_is_repaired_with_its_backup_and_says_what_it_did() {
    let place = Place::new();
    let pictures = place.pictures("pictures", &CLASSES, 3);
    let project = place.path("p.overread");
    place.ok(&["import", arg(&pictures), "--project", arg(&project)]);
    let said = place.ok(&["repair", arg(&project)]);
    assert!(said.contains("nothing to repair"), "{said}");
    let database = project.join("project.db");
    let whole = std::fs::read(&database).expect("a database");
    std::fs::write(&database, vec![0xa5; whole.len()]).expect("written over");
    let said = place.fails(&["repair", arg(&project), "--check"]);
    assert!(said.contains("p.overread") && said.contains("there is no backup of it"), "{said}");
    std::fs::create_dir(project.join("backups")).expect("a folder");
    std::fs::write(project.join("backups/project-2026-01-01T00-00-00Z.db"), &whole).expect("a backup");
    let plan = &place.json(&["repair", arg(&project), "--dry-run", "--json"])[0];
    assert_eq!((plan["changed"].as_bool(), plan["entries_in_backup"].as_u64()), (Some(false), Some(6)), "{plan}");
    assert!(place.fails(&["info", "--project", arg(&project)]).contains("overread repair"));
    let said = place.ok(&["repair", arg(&project)]);
    assert!(said.contains("6 entries of the log") && said.contains("is kept in"), "{said}");
    place.ok(&["verify", "--project", arg(&project)]);
}
