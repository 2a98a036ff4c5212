//! The window over a real session on disk: what is shown, what is done and what is there after a restart.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

#[path = "real/cases.rs"]
mod cases;
#[path = "real/desk.rs"]
mod desk;
#[path = "real/findings.rs"]
mod findings;
#[path = "real/remembers.rs"]
mod remembers;
#[path = "real/screens.rs"]
mod screens;
#[path = "real/walk.rs"]
mod walk;

use desk::Desk;
use egui::accesskit::Role;
use egui::{Key, Pos2};
use egui_kittest::kittest::Queryable;
use overread::domain::recipe::{Preprocessing, SimpleCnn};
use overread::domain::{ImageId, ModelId, Recipe, Split};
use overread::imaging::write::write_png_gray;
use overread::session::{Command, DemoKind, ProjectCommand, create_demo};
use overread::store::{Access, Store};
use std::path::{Path, PathBuf};

/// Bright and dark pictures in class folders, in all three splits.
fn folders(dir: &Path) -> PathBuf {
    let root = dir.join("source");
    for (first, split, count) in [(3, "train", 10), (13, "val", 4), (17, "test", 4)] {
        for (class, grey) in [("bright", 200u8), ("dark", 40)] {
            let folder = root.join(split).join(class);
            std::fs::create_dir_all(&folder).unwrap();
            // No two are alike: copies of one picture would become one image.
            for number in first..first + count {
                let pixels: Vec<u8> = (0..32 * 32).map(|at: u32| grey + ((at * number) % 23) as u8).collect();
                write_png_gray(&folder.join(format!("{class}{number}.png")), 32, 32, &pixels).unwrap();
            }
        }
    }
    root
}

/// Makes a project of a folder, as a person does.
fn import(desk: &mut Desk, source: &Path) {
    desk.answers.next(source);
    desk.ctrl(Key::O);
    desk.until("the preview", |view| view.import.is_some());
    desk.quiet();
    desk.press("Create project");
    desk.until("the project", |view| view.project.is_some());
    desk.quiet();
}

/// A recipe that is over in a moment.
fn tiny() -> Recipe {
    Recipe {
        name: "tiny".into(),
        title: "Tiny".into(),
        architecture: SimpleCnn { channels: vec![4], batch_norm: false, hidden: 0, global_pooling: true, dropout: 0.0 }
            .into(),
        preprocessing: Preprocessing { width: 16, height: 16, ..Preprocessing::default() },
        epochs: 2,
        batch: 4,
        ..Recipe::default()
    }
}

/// A demo with the model that is shipped for it.
fn demo(dir: &Path, images: usize) -> PathBuf {
    create_demo(DemoKind::Fracture, images, 7, dir, &|_, _| true).unwrap()
}

/// The model of a project that was made first, second, ... and its name.
fn model(desk: &Desk, number: usize) -> (ModelId, String) {
    let project = desk.project();
    let mut models: Vec<_> = project.models.iter().map(|row| (row.record.id, row.record.card.name.clone())).collect();
    models.sort();
    models.swap_remove(number - 1)
}

#[test]
fn a_label_a_note_and_a_flag_are_on_disk_and_undone_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let project = demo(dir.path(), 12);
    let image: ImageId;
    let before;
    {
        let mut desk = Desk::open(dir.path(), Some(&project));
        image = desk.project().detail.as_ref().unwrap().image;
        before = desk.project().detail.as_ref().unwrap().annotation.clone();
        desk.key(Key::X);
        desk.until("the flag", |view| view.project.as_ref().unwrap().detail.as_ref().unwrap().annotation.flagged);
        desk.key(Key::N);
        desk.typed("seen twice");
        desk.key(Key::Enter);
        desk.quiet();
    }
    let said = Store::open(&project, Access::ReadOnly).unwrap().replay().unwrap().remove(&image).unwrap();
    assert_eq!((said.flagged, said.note.as_str()), (true, "seen twice"));
    let mut desk = Desk::open(dir.path(), Some(&project));
    while desk.project().undo.is_some() {
        desk.ctrl(Key::Z);
        desk.quiet();
    }
    let now = desk.project().detail.as_ref().unwrap().annotation.clone();
    assert_eq!(now, before);
    drop(desk);
    let said = Store::open(&project, Access::ReadOnly).unwrap().replay().unwrap().remove(&image).unwrap_or_default();
    assert_eq!(said, before, "what was taken back is taken back on disk");
}

#[test]
fn folders_are_imported_learned_from_judged_promoted_rolled_back_and_exported() {
    let dir = tempfile::tempdir().unwrap();
    let source = folders(dir.path());
    let mut desk = Desk::open(dir.path(), None);
    import(&mut desk, &source);
    let project = desk.project();
    assert_eq!((project.rows.len(), project.classes.names()), (36, vec!["bright".to_owned(), "dark".to_owned()]));
    assert_eq!(project.rows.iter().filter(|row| row.split == Split::Test).count(), 8);
    let path = project.path.clone();
    for run in 1..=2 {
        // The recipe's own settings are another test's.
        desk.send(Command::Project(ProjectCommand::Train(Box::new(tiny()))));
        desk.until("the model", |view| view.project.as_ref().is_some_and(|p| p.models.len() == run));
        desk.until("the comparison", |view| view.project.as_ref().is_some_and(|p| p.comparison.is_some()));
        desk.quiet();
        desk.ctrl(Key::Num4);
        let (newest, name) = model(&desk, run);
        desk.press(&format!("Promote {name}"));
        // It learned for a moment only: the window asks whether that is meant.
        if desk.window.query_by_label("Promote it all the same").is_some() {
            desk.press("Promote it all the same");
        }
        desk.until("the promotion", |view| view.project.as_ref().unwrap().active == Some(newest));
        desk.quiet();
    }
    let ((first, name), (second, _)) = (model(&desk, 1), model(&desk, 2));
    assert!(desk.project().models.iter().all(|model| model.record.test.is_some()), "both were judged");
    assert_eq!(desk.project().active, Some(second));
    desk.ctrl(Key::Num5);
    desk.press(&format!("Promote {name}"));
    desk.until("the roll back", |view| view.project.as_ref().unwrap().active == Some(first));
    desk.quiet();
    let table = dir.path().join("labels.csv");
    desk.answers.next(&table);
    desk.ctrl(Key::E);
    desk.until("the table", |view| view.project.as_ref().unwrap().exported.is_some());
    assert_eq!(std::fs::read_to_string(&table).unwrap().lines().count(), 37);
    drop(desk);
    let desk = Desk::open(dir.path(), Some(&path));
    assert_eq!(desk.project().active, Some(first), "the roll back is on disk");
}

#[test]
fn a_box_drawn_by_hand_is_there_after_a_restart_and_undone() {
    let dir = tempfile::tempdir().unwrap();
    let project = demo(dir.path(), 8);
    let image;
    {
        let mut desk = Desk::open(dir.path(), Some(&project));
        image = desk.project().detail.as_ref().unwrap().image;
        desk.key(Key::B);
        let canvas = desk.window.get_by(|node| {
            node.role() == Role::Image || node.label().is_some_and(|label| label.starts_with("Picture"))
        });
        let rect = canvas.rect();
        let at = |x: f32, y: f32| Pos2::new(rect.left() + x * rect.width(), rect.top() + y * rect.height());
        desk.window.hover_at(at(0.4, 0.4));
        desk.window.step();
        desk.window.drag_at(at(0.4, 0.4));
        desk.window.step();
        desk.window.hover_at(at(0.55, 0.6));
        desk.window.step();
        desk.window.drop_at(at(0.55, 0.6));
        desk.window.run_steps(3);
        desk.until("the box", |view| {
            !view.project.as_ref().unwrap().detail.as_ref().unwrap().annotation.boxes.is_empty()
        });
        desk.quiet();
    }
    let on_disk =
        || Store::open(&project, Access::ReadOnly).unwrap().replay().unwrap().remove(&image).unwrap_or_default();
    assert_eq!(on_disk().boxes.len(), 1);
    let mut desk = Desk::open(dir.path(), Some(&project));
    desk.ctrl(Key::Z);
    desk.quiet();
    drop(desk);
    assert_eq!(on_disk().boxes, []);
}
