//! Kills the program with SIGKILL at random points and looks what is left: everything it acknowledged, and nothing half
//! done.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

mod program;

use overread::domain::{Change, EventId};
use overread::store::{Access, Store};
use program::{Place, arg};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};

const CLASSES: [&str; 2] = ["Fractured", "Non_fractured"];

/// Lets a random, short while pass without sleeping, so that kills fall anywhere in a transaction.
fn spin(rng: &mut ChaCha8Rng) {
    for turn in 0..rng.random_range(0..400_000u64) {
        std::hint::black_box(turn);
    }
}

fn start(place: &Place, args: &[&str]) -> Child {
    place
        .command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

#[test]
fn every_acknowledged_label_survives_fifty_kills() {
    let place = Place::new();
    let images = place.pictures("hands", &CLASSES, 10);
    let project = place.path("hands.overread");
    place.ok(&["import", arg(&images), "--project", arg(&project)]);
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut events = 20;
    let mut acknowledged = 0;
    for round in 0..50 {
        let lines: Vec<(String, usize)> = (0..60)
            .map(|_| {
                let folder = CLASSES[rng.random_range(0..2)];
                (format!("{folder}/{:03}.png", rng.random_range(0..10)), rng.random_range(0..2))
            })
            .collect();
        let wait_for = rng.random_range(0..25);
        let answers = label_until_killed(&place, &project, &lines, wait_for, &mut rng);
        let log = read_log(&project);
        let added = log.len() - events;
        assert!(added >= answers.len(), "round {round}: {} labels acknowledged, {added} in the log", answers.len());
        assert!(added <= lines.len());
        for (at, id) in answers.iter().enumerate() {
            assert_eq!(log[events + at].0.0, *id, "round {round}: answer {at} names another event");
        }
        // Whatever was committed is what was sent, in order: no line is half there or out of turn.
        for ((image, class), (_, name, change)) in lines.iter().zip(&log[events..]) {
            assert_eq!(name, image, "round {round}");
            assert!(
                matches!(change, Change::Label { new: Some(new), new_reviewed: true, .. } if new == class),
                "round {round}: {change:?} where {class} was sent"
            );
        }
        events = log.len();
        acknowledged += answers.len();
        let checked = place.json(&["verify", "--project", arg(&project), "--json"]);
        assert_eq!(checked[0]["events"], events, "round {round}");
    }
    assert!(acknowledged > 100, "only {acknowledged} labels were acknowledged: the kills came too early to test much");
}

/// Streams labels, kills the program when so many were acknowledged, and returns the event of every `ok` it still said.
fn label_until_killed(
    place: &Place,
    project: &Path,
    lines: &[(String, usize)],
    wait_for: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<i64> {
    let mut child = start(place, &["label", "--project", arg(project), "--reader", "driver", "-"]);
    let mut stdin = child.stdin.take().expect("a pipe");
    // All fits into the pipe, so that the program has work until it is killed.
    for (image, class) in lines {
        writeln!(stdin, "{image}\t{}", CLASSES[*class]).expect("the program reads");
    }
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut answers = String::new();
    for _ in 0..wait_for {
        assert!(stdout.read_line(&mut answers).expect("text") > 0, "the program ended early: {answers}");
    }
    spin(rng);
    child.kill().expect("it runs, or its end was not waited for");
    child.wait().expect("it ends");
    // What it had said before it died was acknowledged too.
    for rest in stdout.split(b'\n') {
        answers.push_str(&String::from_utf8(rest.expect("the pipe")).expect("text"));
        answers.push('\n');
    }
    drop(stdin);
    let complete = answers.lines().filter(|line| !line.is_empty());
    complete
        .map(|line| line.strip_prefix("ok ").and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{line}")))
        .collect()
}

/// Event, image name and change of the whole log.
fn read_log(project: &Path) -> Vec<(EventId, String, Change)> {
    let store = Store::open(project, Access::ReadOnly).expect("it opens");
    let images = store.images().expect("images");
    let mut log = Vec::new();
    store
        .for_each_event(|event| {
            let image = images.iter().find(|i| i.id == event.image).expect("events are about images");
            log.push((event.id, image.name.clone(), event.change));
            Ok(())
        })
        .expect("the log reads");
    log
}

/// A run small enough to be killed several times within a second or two.
const TINY: &[&str] = &[
    "--recipe",
    "small-cnn",
    "--set",
    "epochs=30",
    "--set",
    "batch=8",
    "--set",
    "preprocessing.side=32",
    "--set",
    "patience=none",
    "--device",
    "cpu",
    "--json",
];

#[test]
fn a_killed_training_resumes_to_the_weights_of_an_unbroken_one() {
    let place = Place::new();
    let images = place.pictures("hands", &CLASSES, 24);
    let (whole, broken) = (place.path("whole.overread"), place.path("broken.overread"));
    for project in [&whole, &broken] {
        place.ok(&["import", arg(&images), "--project", arg(project)]);
    }
    let train = |project: &Path| {
        let args = ["train", "--project"].into_iter().chain([arg(project)]).chain(TINY.iter().copied());
        args.map(str::to_owned).collect::<Vec<_>>()
    };
    let unbroken: Vec<String> = train(&whole);
    let unbroken = place.json(&unbroken.iter().map(String::as_str).collect::<Vec<_>>());

    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut args = train(&broken);
    let mut kills = 0;
    // After the run began, and after some epochs more each time.
    for epochs in [0, 1, 3, 6] {
        match train_until_killed(&place, &args, epochs, &mut rng) {
            Some(run) => {
                kills += 1;
                let resume = ["train", "--project", arg(&broken), "--resume", &run, "--device", "cpu", "--json"];
                args = resume.iter().map(|a| (*a).to_owned()).collect();
            }
            None => panic!("the run ended before it was killed: it is too short to test anything"),
        }
    }
    assert_eq!(kills, 4);
    let resumed = place.json(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let (a, b) = (unbroken.last().expect("lines"), resumed.last().expect("lines"));
    assert_eq!(a["confusion_matrix"], b["confusion_matrix"]);
    assert_eq!(tensors(a), tensors(b), "the weights differ");
    let info = place.json(&["info", "--project", arg(&broken), "--json"]);
    assert_eq!(info[0]["runs"].as_array().map(Vec::len), Some(1), "resuming makes no second run: {}", info[0]["runs"]);
    assert_eq!(info[0]["models"].as_array().map(Vec::len), Some(1));
}

/// Trains until so many epochs were told, kills, and returns the run's number; `None` when it ended before.
fn train_until_killed(place: &Place, args: &[String], epochs: usize, rng: &mut ChaCha8Rng) -> Option<String> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut child = start(place, &args);
    // Kept until the end: a closed pipe would end the program in its own way.
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let (mut run, mut seen) = (None, 0);
    for line in lines.by_ref() {
        let event: Value = serde_json::from_str(&line.expect("text")).expect("JSON");
        match event["event"].as_str() {
            Some("run") => run = event["run"].as_i64(),
            Some("epoch") => seen += 1,
            _ => {}
        }
        if run.is_some() && seen >= epochs {
            break;
        }
    }
    spin(rng);
    child.kill().expect("it runs, or its end was not waited for");
    let ended = child.wait().expect("it ends");
    if ended.success() { None } else { run.map(|run| run.to_string()) }
}

/// Every tensor of the model named in a last line, by name.
fn tensors(line: &Value) -> Vec<(String, Vec<u8>)> {
    let file = line["file"].as_str().unwrap_or_else(|| panic!("no model in {line}"));
    let bytes = std::fs::read(file).expect("the weight file");
    let file = safetensors::SafeTensors::deserialize(&bytes).expect("weights");
    let mut tensors: Vec<_> = file.iter().map(|(name, view)| (name.to_owned(), view.data().to_vec())).collect();
    tensors.sort();
    assert!(!tensors.is_empty());
    tensors
}
