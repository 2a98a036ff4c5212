//! The house's floors, held: imports go downward only, crates stay where they belong, files stay readable.
//!
//! What only tests compile may use more.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly, its helpers too")]

#[path = "layering/circles.rs"]
mod circles;
#[path = "layering/scan.rs"]
mod scan;

use circles::{Uses, circles};
use scan::{Named, scan};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The floors from top to bottom. A floor may use itself and all below it.
const FLOORS: [&str; 21] = [
    "main",
    "measure",
    "ui",
    "cli",
    "session",
    "jobs",
    "pretrained",
    "store",
    "interchange",
    "training",
    "explain",
    "inference",
    "evaluation",
    "models",
    "nn",
    "phantom",
    "imaging",
    "splits",
    "files",
    "machine",
    "domain",
];

/// Floors that may use less than everything below: the window sees the workbench only through its read models.
const NARROWED: [(&str, &[&str]); 1] = [("ui", &["session", "domain"])];

/// Rooms of a floor or of a room, from the ground up: each uses itself and those before it, and none that stands beside it
/// on the same line. A file that lies in none of them uses all.
const ROOMS: [(&str, &[&str]); 5] = [
    ("interchange", &["model", "source", "resolve", "writing", "formats", "export"]),
    // Codestreams know nothing of the files that they lie in.
    ("imaging", &["codecs", "dicom"]),
    ("session", &["protocol", "drawing", "services", "importing", "project", "demo", "desk"]),
    ("ui", &["fonts", "theme", "action", "keymap", "context", "widgets", "review", "app"]),
    // The panels share values, and meet in the state of the screen only.
    ("ui/review", &["model", "queue canvas detail"]),
];

/// Crates that belong to some floors only.
const CRATES: [(&str, &[&str]); 38] = [
    ("statrs", &["evaluation"]),
    ("clap", &["main", "cli"]),
    ("anyhow", &["main", "cli"]),
    ("indicatif", &["cli"]),
    ("mimalloc", &["main"]),
    ("tracing_subscriber", &["main"]),
    ("eframe", &["ui"]),
    ("egui", &["ui", "measure"]),
    ("egui_extras", &["ui"]),
    ("egui_plot", &["ui"]),
    ("egui_kittest", &["ui"]),
    ("rfd", &["ui"]),
    ("winit", &["ui"]),
    ("ureq", &["pretrained"]),
    ("rusqlite", &["store"]),
    ("rusqlite_migration", &["store"]),
    ("fs4", &["store", "interchange"]),
    ("csv", &["interchange"]),
    ("zip", &["interchange"]),
    ("quick_xml", &["interchange"]),
    ("saphyr_parser", &["interchange"]),
    ("percent_encoding", &["interchange"]),
    ("candle_core", &["training", "explain", "inference", "models", "nn"]),
    ("candle_nn", &["training", "explain", "inference", "models", "nn"]),
    ("prost", &["inference"]),
    ("safetensors", &["training", "inference", "nn"]),
    ("gemm", &["nn"]),
    ("gemm_common", &["nn"]),
    ("gemm_f32", &["nn"]),
    ("pulp", &["machine", "nn"]),
    ("rustix", &["machine"]),
    ("image", &["imaging"]),
    ("fast_image_resize", &["imaging"]),
    ("zune_jpeg", &["imaging"]),
    ("exif", &["imaging"]),
    ("colorous", &["imaging"]),
    ("dicom", &["imaging"]),
    ("hayro_jpeg2000", &["imaging"]),
];

/// The ends or beginnings of paths that a floor or room must not name, with the reason.
const FORBIDDEN: [(&str, &str, &str); 10] = [
    ("ui", "std::fs", "the UI thread does no file work"),
    ("ui", "thread::sleep", "the UI thread never waits"),
    ("ui", "std::process", "the UI thread starts no program"),
    ("ui/review", "session::Workbench", "panels say what they ask for, and the window sends it"),
    ("ui/widgets", "session::Workbench", "panels say what they ask for, and the window sends it"),
    ("ui/review/model", "egui", "values do not paint"),
    ("ui/review/model", "review::state", "values know nothing of the screen"),
    ("evaluation", "std::fs", "metrics are pure functions of arrays"),
    ("domain", "std::fs", "domain values do no I/O"),
    ("domain", "std::thread", "domain values do no work of their own"),
];

/// All that domain may name.
const DOMAIN_CRATES: [&str; 3] = ["std", "core", "serde"];

/// Files that may use each other in a circle, at most.
const LARGEST_CIRCLE: usize = 6;

const LONGEST: usize = 500;
const EXCUSE: &str = "Longer than 500 lines because";

/// What is wrong with a path named in a place: a floor, or a room of it as "floor/room".
fn violation(place: &str, named: &Named) -> Option<String> {
    let floor = place.split('/').next()?;
    let segments: Vec<&str> = named.segments.iter().map(String::as_str).collect();
    let (first, second) = (*segments.first()?, segments.get(1).copied());
    if let Some((_, _, why)) = FORBIDDEN.iter().find(|(on, path, _)| lies_in(place, on) && contains(&segments, path)) {
        return Some((*why).into());
    }
    if first == "crate" || first == "overread" {
        return match second {
            None | Some("*") => Some("names the whole crate, which hides what it uses".into()),
            Some(other) if other == floor => None,
            Some(other) => {
                let below = rank(other).zip(rank(floor)).is_some_and(|(other, floor)| other > floor);
                let narrowed = NARROWED.iter().find(|(name, _)| *name == floor);
                let allowed = below && narrowed.is_none_or(|(_, only)| only.contains(&other));
                (!allowed).then(|| format!("{floor} may not use {other}"))
            }
        };
    }
    if let Some((_, floors)) =
        CRATES.iter().find(|(name, _)| first == *name || first.starts_with(&format!("{name}_")) && *name == "dicom")
        && !floors.contains(&floor)
    {
        return Some(format!("{first} belongs to {}", floors.join(", ")));
    }
    if first == "std" && second == Some("net") {
        return Some("only pretrained talks to a network, through its client".into());
    }
    let is_crate = KNOWN_CRATES.contains(&first) || CRATES.iter().any(|(name, _)| *name == first);
    (floor == "domain" && is_crate && !DOMAIN_CRATES.contains(&first)).then(|| format!("domain may not use {first}"))
}

/// Whether a place is another or a room of it.
fn lies_in(place: &str, other: &str) -> bool {
    place.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What is wrong with a path named in a room.
fn climbs(module: &[String], named: &Named) -> Option<String> {
    ROOMS.iter().find_map(|(floor, rooms)| {
        let floor: Vec<&str> = floor.split('/').collect();
        let (above, room) = module.split_at_checked(floor.len()).filter(|(above, _)| *above == floor)?;
        let (room, inside) = (room.first()?, named.segments.get(1..)?);
        let (other, wanted) = inside.split_at_checked(floor.len())?;
        let wanted = wanted.first().filter(|_| *other == *above)?;
        let at = |name: &str| rooms.iter().position(|beside| beside.split(' ').any(|room| room == name));
        let up = at(wanted)? > at(room)? || (at(wanted) == at(room) && wanted != room);
        let floor = floor.join("/");
        up.then(|| format!("{floor}/{room} may not use {floor}/{wanted}"))
    })
}

/// Other crates of Cargo.toml, to tell a crate from a type or module of that name.
const KNOWN_CRATES: [&str; 15] = [
    "flate2",
    "rayon",
    "sha2",
    "tempfile",
    "npyz",
    "serde_json",
    "toml",
    "walkdir",
    "regex",
    "globset",
    "thiserror",
    "tracing",
    "directories",
    "jiff",
    "crossbeam_channel",
];

fn rank(floor: &str) -> Option<usize> {
    FLOORS.iter().position(|name| *name == floor)
}

/// Whether the path has these segments next to each other.
fn contains(segments: &[&str], wanted: &str) -> bool {
    let wanted: Vec<&str> = wanted.split("::").collect();
    segments.windows(wanted.len()).any(|part| part == wanted)
}

/// Every source file below a folder, with its module path.
fn sources(dir: &Path, module: &[String], found: &mut Vec<(PathBuf, Vec<String>)>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let below: Vec<String> = module.iter().cloned().chain([stem.clone()]).collect();
        if path.is_dir() {
            sources(&path, &below, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let root = matches!(stem.as_str(), "mod" | "lib" | "main");
            found.push((path, if root { module.to_vec() } else { below }));
        }
    }
}

/// Where a module declared in a file may lie.
fn places(declared_in: &Path, name: &str) -> Vec<PathBuf> {
    let dir = declared_in.parent().unwrap();
    let stem = declared_in.file_stem().unwrap().to_string_lossy();
    let inside = if matches!(&*stem, "mod" | "lib" | "main") { dir.to_path_buf() } else { dir.join(&*stem) };
    if name.ends_with(".rs") {
        vec![dir.join(name)]
    } else {
        vec![inside.join(format!("{name}.rs")), inside.join(name)]
    }
}

/// Which files use which, as far as paths name files; a folder's own file hands on what lies in the folder and counts as
/// no user of it. What only tests compile is left out.
fn uses() -> Uses {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[], &mut files);
    let scans: Vec<_> = files
        .iter()
        .map(|(path, module)| (path, module, scan(&std::fs::read_to_string(path).unwrap(), module)))
        .collect();
    let tests: BTreeSet<PathBuf> =
        scans.iter().flat_map(|(path, _, scan)| scan.test_modules.iter().flat_map(|name| places(path, name))).collect();
    let named: BTreeSet<String> = files.iter().map(|(_, module)| module.join("::")).collect();
    let folder =
        |module: &str| named.iter().any(|other| other.strip_prefix(module).is_some_and(|r| r.starts_with("::")));
    let mut uses = Uses::new();
    for (path, module, scan) in &scans {
        let own = module.join("::");
        if path.ancestors().any(|part| tests.contains(part)) || folder(&own) {
            continue;
        }
        let used = uses.entry(own.clone()).or_default();
        for path in &scan.paths {
            let Some((_, inside)) = path.segments.split_first().filter(|(root, _)| *root == "crate") else { continue };
            let longest =
                (1..=inside.len()).rev().map(|end| inside[..end].join("::")).find(|name| named.contains(name));
            used.extend(longest.filter(|name| *name != own && !folder(name)));
        }
    }
    uses
}

#[test]
fn no_circle_is_larger_than_it_may_be() {
    let uses = uses();
    assert!(uses.values().map(BTreeSet::len).sum::<usize>() > 500, "the files use too little to be true");
    let wrong: Vec<String> =
        circles(&uses).iter().filter(|circle| circle.len() > LARGEST_CIRCLE).map(|circle| circle.join(", ")).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn imports_go_downward_and_crates_stay_on_their_floor() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &[], &mut files);
    assert!(files.len() > 20, "only {} sources were found", files.len());
    let scans: Vec<_> = files
        .iter()
        .map(|(path, module)| (path, module, scan(&std::fs::read_to_string(path).unwrap(), module)))
        .collect();
    let tests: BTreeSet<PathBuf> =
        scans.iter().flat_map(|(path, _, scan)| scan.test_modules.iter().flat_map(|name| places(path, name))).collect();
    let mut wrong = Vec::new();
    for (path, module, scan) in &scans {
        if path.ancestors().any(|part| tests.contains(part)) {
            continue;
        }
        let floor = module.first().map_or("main", String::as_str);
        assert!(rank(floor).is_some(), "{} lies on no floor: add it to the table", path.display());
        for named in &scan.paths {
            let place = if module.is_empty() { "main".to_owned() } else { module.join("/") };
            if let Some(what) = violation(&place, named).or_else(|| climbs(module, named)) {
                let place = path.strip_prefix(&src).unwrap().display();
                wrong.push(format!("src/{place}:{}: {} ({what})", named.line, named.segments.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_room_does_not_use_those_above() {
    let caught = |module: &str, source: &str| {
        let module: Vec<String> = module.split('/').map(str::to_owned).collect();
        scan(source, &module).paths.iter().filter_map(|named| climbs(&module, named)).count()
    };
    assert_eq!(caught("interchange/model/x", "use crate::interchange::formats::coco::Coco;"), 1);
    assert_eq!(caught("interchange/source/x", "use super::super::resolve::look;"), 1);
    assert_eq!(caught("interchange/resolve/x", "use crate::interchange::{model::names, source::walk, formats};"), 1);
    assert_eq!(caught("interchange/export/x", "use crate::interchange::formats::table;\nuse crate::domain::Rect;"), 0);
    assert_eq!(caught("ui/widgets/x", "use crate::ui::review::state::ReviewState;"), 1);
    assert_eq!(caught("ui/review/model/x", "use crate::ui::review::canvas;\nuse super::super::super::app::App;"), 2);
    assert_eq!(caught("ui/review/queue", "use super::detail;\nuse super::{model::words, state, queue::row};"), 1);
    assert_eq!(caught("ui/review/state", "use super::canvas;\nuse crate::ui::widgets;"), 0);
    assert_eq!(caught("ui/reviewer/model", "use crate::ui::reviewer::detail;"), 0);
}

#[test]
fn no_source_is_longer_than_it_can_say_why() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[], &mut files);
    let mut wrong = Vec::new();
    for (path, _) in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        let header = text.lines().take_while(|line| line.starts_with("//!")).any(|line| line.contains(EXCUSE));
        if lines > LONGEST && !header {
            wrong.push(format!("{}: {lines} lines", path.display()));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{}: its first line does not say what it is for", path.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn what_is_wrong_is_caught() {
    // (place, source, part of what is said; empty where nothing is wrong)
    let table = [
        ("store", "use crate::session::View;", "store may not use session"),
        ("store", "fn f() { crate::ui::theme::dark() }", "store may not use ui"),
        ("store", "use super::session::View;", "store may not use session"),
        ("store", "use crate::{domain::Rect, jobs::{Jobs}};", "store may not use jobs"),
        ("store", "use crate as everything;", "whole crate"),
        ("store", "use crate::*;", "whole crate"),
        ("store", "use candle_core::Tensor;", "candle_core belongs to"),
        ("session", "fn f() { ureq::get(a) }", "ureq belongs to"),
        ("pretrained", "use ureq::Agent;", ""),
        ("pretrained", "use crate::session::View;", "pretrained may not use session"),
        ("store", "use anyhow as oops;", "anyhow belongs to"),
        ("store", "use crate::{domain::Rect, imaging};", ""),
        ("store", "fn f() { rusqlite::Connection::open(\"x\") }", ""),
        ("ui", "use crate::store::Store;", "ui may not use store"),
        ("ui", "use crate::{session::View, domain::Rect};", ""),
        ("ui", "use std::{fmt, fs::File};", "no file work"),
        ("ui", "use std::thread;\nfn f() { thread::sleep(d) }", "never waits"),
        ("ui", "fn f() { std::fs::read(p) }", "no file work"),
        ("ui/review/canvas", "use crate::session::{Command, Workbench};", "the window sends it"),
        ("ui/app", "use crate::session::Workbench;", ""),
        ("ui/review/model/display", "use egui::Color32;", "do not paint"),
        ("ui/review/model/stated", "use super::super::state::ReviewState;", "nothing of the screen"),
        ("ui/review/state", "use egui::Context;", ""),
        ("cli", "fn f() { egui::Context::default() }", "egui belongs to"),
        ("session", "use dicom_object::open_file;", "dicom_object belongs to"),
        ("interchange", "use image::DynamicImage;", "image belongs to"),
        ("imaging", "use image::DynamicImage;", ""),
        ("domain", "mod image;\npub use image::ImageRecord;", ""),
        ("domain", "pub use image::DynamicImage;", "image belongs to"),
        ("domain", "use serde_json::Value;", "domain may not use serde_json"),
        ("domain", "use super::imaging::read;", "domain may not use imaging"),
        ("models", "fn f() { std::net::TcpStream::connect(a) }", "network"),
        ("models", "#[cfg(test)]\nmod tests { use crate::training::train; }", ""),
        ("models", "// use crate::training::train;\nconst T: &str = \"crate::training::x\";", ""),
    ];
    for (place, source, part) in table {
        let module: Vec<String> = place.split('/').map(str::to_owned).collect();
        let found: Vec<String> =
            scan(source, &module).paths.iter().filter_map(|named| violation(place, named)).collect();
        let caught = if part.is_empty() { found.is_empty() } else { found.iter().any(|what| what.contains(part)) };
        assert!(caught, "{place}: {source}\n{found:?}");
    }
}
