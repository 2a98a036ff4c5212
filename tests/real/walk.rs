//! A random walk of valid inputs over a real session with a model beside it: keys, clicks, text, drags, pauses, restarts
//! and copies as a kill would leave them.

use super::desk::Desk;
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, Pos2, Rect};
use egui_kittest::kittest::Queryable;
use overread::domain::{Annotation, ImageId};
use overread::session::{DemoKind, ProjectView, create_demo};
use overread::store::{Access, Store};
use overread::ui::Keymap;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::path::Path;

/// What leads out of the project, or into long work that says nothing about labels.
const LEADS_AWAY: [&str; 18] = [
    "quit",
    "close-project",
    "open-project",
    "open-images",
    "open-file",
    "add-images",
    "add-file",
    "resume-import",
    "demo",
    "train",
    "full-screen",
    "export-csv",
    "relink",
    "reader",
    "choose-weights",
    "palette",
    "change-keys",
    "settings",
];
/// The same of buttons, by a part of their names.
const BUTTONS_AWAY: [&str; 24] = [
    "Train",
    "Create",
    "Open",
    "Try",
    "Close",
    "Export",
    "Quit",
    "Reader",
    "Download",
    "Add images",
    "Find",
    "Project",
    "Discard",
    "Evaluate",
    "Compare",
    "Divide",
    "Apply",
    "Look through",
    "Look at",
    "Save",
    "Choose",
    "Move to",
    "Keep one",
    "Stop",
];

type Said = HashMap<ImageId, Annotation>;

/// What is said, without images of which nothing is.
fn said(said: Said) -> Said {
    said.into_iter().filter(|(_, annotation)| *annotation != Annotation::default()).collect()
}

fn on_disk(project: &Path) -> Said {
    said(Store::open(project, Access::ReadOnly).unwrap().replay().unwrap())
}

/// That what is shown as saved is in the log.
fn check(project: &ProjectView, disk: &Said, step: usize) {
    let nothing = Annotation::default();
    for row in project.rows.iter() {
        let said = disk.get(&row.id).unwrap_or(&nothing);
        let shown = (row.label.map(usize::from), row.reviewed, row.flagged);
        assert_eq!(shown, (said.label, said.reviewed, said.flagged), "step {step}: the row of {}", row.name);
    }
    if let Some(detail) = &project.detail {
        let said = disk.get(&detail.image).unwrap_or(&nothing);
        assert_eq!(detail.annotation, *said, "step {step}: the image looked at");
    }
}

/// A copy of the project's files as they lie there now, which is what a kill leaves.
fn check_after_a_kill(project: &ProjectView, step: usize) {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(&project.path).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() && !entry.file_name().to_string_lossy().contains(".lock") {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    let store = Store::open(copy.path(), Access::ReadOnly).unwrap();
    store.verify_chain().unwrap();
    check(project, &said(store.replay().unwrap()), step);
}

/// Something to be pressed that stays in the project.
fn button(desk: &Desk, rng: &mut ChaCha8Rng) -> Option<Rect> {
    let pressed = [Role::Button, Role::Tab, Role::RadioButton, Role::CheckBox, Role::MenuItem];
    let nodes: Vec<Rect> = desk
        .window
        .query_all_by(|node| {
            let label = node.label().unwrap_or_default();
            pressed.contains(&node.role())
                && !node.is_disabled()
                && !BUTTONS_AWAY.iter().any(|part| label.contains(part))
        })
        .map(|node| node.rect())
        .collect();
    (!nodes.is_empty()).then(|| nodes[rng.random_range(0..nodes.len())])
}

fn walk(kind: DemoKind, steps: usize, seed: u64) {
    let dir = tempfile::tempdir().unwrap();
    let path = create_demo(kind, 12, 7, dir.path(), &|_, _| true).unwrap();
    let keymap = Keymap::default();
    let keys: Vec<(Key, Modifiers)> = (keymap.entries().iter())
        .filter(|entry| !LEADS_AWAY.contains(&&*entry.id))
        .flat_map(|entry| entry.keys.iter().map(|shortcut| (shortcut.key, shortcut.modifiers)))
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut desk = Desk::open(dir.path(), Some(&path));
    let model = desk.project().active.is_some();
    assert_eq!(model, kind == DemoKind::Fracture, "the boxes demo comes without a model");
    desk.until("the predictions", |view| !model || view.project.as_ref().is_some_and(|p| p.counts.predicted == 12));
    let start = on_disk(&path);
    let screen = Rect::from_min_size(Pos2::ZERO, egui::vec2(1440.0, 900.0));
    let middle = screen.shrink2(egui::vec2(320.0, 120.0));
    let at = |rng: &mut ChaCha8Rng, rect: Rect| {
        Pos2::new(rng.random_range(rect.left()..rect.right()), rng.random_range(rect.top()..rect.bottom()))
    };
    let mut restarts = 0;
    for step in 0..steps {
        match rng.random_range(0..100) {
            0..55 => {
                // Several keys in one frame, as a busy machine hands them over.
                for _ in 0..rng.random_range(1..4) {
                    let (key, modifiers) = keys[rng.random_range(0..keys.len())];
                    desk.window.key_press_modifiers(modifiers, key);
                    if modifiers.is_none() && key.name().len() == 1 {
                        desk.window.event(Event::Text(key.name().to_lowercase()));
                    }
                }
            }
            55..75 => {
                if let Some(rect) = button(&desk, &mut rng) {
                    desk.window.drag_at(rect.center());
                    desk.window.drop_at(rect.center());
                }
            }
            75..90 => {
                let (from, to) = (at(&mut rng, middle), at(&mut rng, middle));
                desk.window.hover_at(from);
                desk.window.drag_at(from);
                desk.window.step();
                desk.window.hover_at(to);
                desk.window.step();
                desk.window.drop_at(to);
            }
            90..94 => desk.window.event(Event::Text("left 3".into())),
            94..98 => desk.window.key_press(Key::Escape),
            98 => check_after_a_kill(&quiet(&mut desk), step),
            _ => {
                restarts += 1;
                drop(desk);
                desk = Desk::open(dir.path(), Some(&path));
            }
        }
        desk.window.run_steps(2);
        let project = quiet(&mut desk);
        check(&project, &on_disk(&path), step);
    }
    // Whatever has the keyboard or lies over the screen.
    for _ in 0..4 {
        desk.key(Key::Escape);
    }
    let mut back = 0;
    while desk.project().undo.is_some() {
        desk.send(overread::session::Command::Project(overread::session::ProjectCommand::Undo));
        desk.quiet();
        back += 1;
        assert!(back <= 3 * steps, "seed {seed}: undo does not come to an end: {:?}", desk.view().notices);
    }
    desk.quiet();
    assert_eq!(on_disk(&path), start, "seed {seed}: undone {back} times, restarted {restarts} times");
    println!("seed {seed}: {steps} steps, {back} changes undone, {restarts} restarts");
}

/// Waits for what was asked for; what is shown then is saved.
fn quiet(desk: &mut Desk) -> std::sync::Arc<ProjectView> {
    let view = desk.still("the log", |view| view.project.as_ref().is_some_and(|p| p.saved));
    view.project.clone().expect("what is saved is a project")
}

/// `OVERREAD_WALK_SEED` takes another walk than the usual one.
fn seed() -> u64 {
    std::env::var("OVERREAD_WALK_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

#[test]
fn a_walk_of_5000_inputs_loses_nothing_and_is_undone_to_the_start() {
    walk(DemoKind::Fracture, 5_000, seed());
}

#[test]
fn a_walk_among_boxes_loses_nothing_and_is_undone_to_the_start() {
    walk(DemoKind::Boxes, 1_500, seed());
}
