//! The screens that hold settings, over a real session: import options, Data, Splits, Train and Export, each with what is
//! on disk after it.

use super::desk::Desk;
use super::{folders, import, model};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use overread::domain::{ImageId, Split};
use overread::imaging::write::write_png_gray;
use overread::session::{DataState, ImportState, ProblemKind, ProjectView};
use overread::store::{Access, Store};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A table of 26 pictures whose columns have names of its own. The last two are pictures of the training split again, saved
/// anew, under other persons and in the other splits.
fn table(dir: &Path) -> PathBuf {
    let root = dir.join("source");
    std::fs::create_dir_all(&root).unwrap();
    let mut lines = vec!["film,verdict,part,person,who".to_owned()];
    for number in 0..26u32 {
        let of = number % 24;
        // Blocks of their own greys, so that no two look alike but the ones that are meant to.
        let grey = |at: u32| {
            let mut mixed = (of + 1) * 64 + at / 32 / 4 * 8 + at % 32 / 4;
            for _ in 0..3 {
                mixed = (mixed ^ (mixed >> 7)).wrapping_mul(2_654_435_761).rotate_left(13);
            }
            20 + (mixed >> 8) as u8 % 200
        };
        let pixels: Vec<u8> = (0..32 * 32).map(|at| grey(at) + u8::from(number != of && at == 0)).collect();
        write_png_gray(&root.join(format!("f{number:02}.png")), 32, 32, &pixels).unwrap();
        let verdict = if of % 2 == 0 { "normal" } else { "fracture" };
        let part = match number {
            0..16 => "train",
            16..20 | 24 => "val",
            _ => "test",
        };
        lines.push(format!("f{number:02}.png,{verdict},{part},p{number},reader {}", number % 3));
    }
    let file = root.join("verdicts.csv");
    std::fs::write(&file, lines.join("\n")).unwrap();
    file
}

/// A line of a drop-down list.
fn choose(desk: &mut Desk, list: &str, line: &str) {
    desk.window.get_by_role_and_label(Role::ComboBox, list).click_accesskit();
    desk.window.run_steps(3);
    desk.window.get_by_role_and_label(Role::MenuItem, line).click_accesskit();
    desk.window.run_steps(3);
}

fn splits(project: &ProjectView) -> BTreeMap<ImageId, Split> {
    project.rows.iter().map(|row| (row.id, row.split)).collect()
}

fn on_disk(project: &Path) -> BTreeMap<ImageId, Split> {
    let store = Store::open(project, Access::ReadOnly).unwrap();
    store.images().unwrap().into_iter().map(|image| (image.id, image.split)).collect()
}

/// A part of the Data screen.
fn part(desk: &mut Desk, name: &str) {
    desk.window
        .get_by(|node| node.role() == Role::RadioButton && node.label().is_some_and(|label| label.starts_with(name)))
        .click_accesskit();
    desk.window.run_steps(3);
}

#[test]
fn a_table_is_read_by_chosen_columns_and_copies_in_two_splits_are_brought_together() {
    let dir = tempfile::tempdir().unwrap();
    let file = table(dir.path());
    let mut desk = Desk::open(dir.path(), None);
    desk.answers.next(&file);
    desk.press("Open a file");
    desk.until("the preview", |view| view.import.as_ref().is_some_and(|import| import.table.is_some()));
    desk.quiet();
    for (column, title) in [
        ("Column of image", "film"),
        ("Column of class", "verdict"),
        ("Column of patient or group", "person"),
        ("Column of split", "part"),
        ("Column of reader", "who"),
    ] {
        choose(&mut desk, column, title);
    }
    desk.press("Read with these columns");
    desk.until("the table as chosen", |view| {
        let import = view.import.as_ref().unwrap();
        matches!(&import.state, ImportState::Ready(summary) if summary.groups == 26 && summary.readers.len() == 3)
    });
    desk.quiet();
    desk.press("Create project");
    desk.until("the project", |view| view.project.is_some());
    desk.quiet();
    let path = desk.project().path.clone();
    let imported = on_disk(&path);
    assert_eq!(imported.values().filter(|split| **split == Split::Train).count(), 16);

    desk.ctrl(Key::Num2);
    let looked_through = |project: &ProjectView| project.data.state == DataState::Done;
    desk.until("what is wrong with the data", |view| looked_through(view.project.as_ref().unwrap()));
    part(&mut desk, "Problems");
    let across = |desk: &Desk| {
        let analysis = desk.project().data.analysis.clone().unwrap();
        let found = analysis.problems.iter().find(|problem| problem.kind == ProblemKind::DuplicatesAcrossSplits);
        found.map_or(0, |problem| problem.sets.len())
    };
    assert_eq!(across(&desk), 2, "the last two are pictures that are trained on");
    desk.press("Move all duplicates across splits to one split");
    assert_eq!(on_disk(&path), imported, "nothing moves before the question is answered");
    desk.press("Change them");
    let trained_on = |project: &ProjectView| project.rows.iter().filter(|row| row.split == Split::Train).count();
    desk.until("one split", |view| trained_on(view.project.as_ref().unwrap()) == 18);
    desk.until("what is right now", |view| looked_through(view.project.as_ref().unwrap()));
    assert_eq!(across(&desk), 0);
    desk.quiet();
    drop(desk);
    assert_eq!(on_disk(&path).values().filter(|split| **split == Split::Train).count(), 18);

    let mut desk = Desk::open(dir.path(), Some(&path));
    desk.ctrl(Key::Num2);
    part(&mut desk, "Splits");
    desk.press("Undo the last change of the splits");
    desk.press("Change them");
    desk.until("the splits of before", |view| splits(view.project.as_ref().unwrap()) == imported);
    desk.quiet();
    drop(desk);
    assert_eq!(on_disk(&path), imported, "what was taken back is taken back on disk");
}

#[test]
fn the_images_are_divided_anew_trained_on_as_set_and_handed_out_again() {
    let dir = tempfile::tempdir().unwrap();
    let source = folders(dir.path());
    let mut desk = Desk::open(dir.path(), None);
    import(&mut desk, &source);
    let path = desk.project().path.clone();
    let imported = on_disk(&path);

    desk.ctrl(Key::Num2);
    part(&mut desk, "Splits");
    for (name, value) in [("Train share", 50.0), ("Validation share", 50.0)] {
        desk.window.get_by_role_and_label(Role::SpinButton, name).set_value_accesskit(value);
        desk.window.run_steps(2);
    }
    desk.press("Show what would move");
    desk.until("the plan", |view| view.project.as_ref().unwrap().data.plan.is_some());
    assert_eq!(on_disk(&path), imported, "a plan moves nothing");
    desk.press("Apply the division");
    desk.until("the division", |view| view.project.as_ref().unwrap().data.plan.is_none());
    desk.quiet();
    let divided = on_disk(&path);
    let count = |wanted: Split| divided.values().filter(|split| **split == wanted).count();
    assert_eq!((count(Split::Train), count(Split::Validation), count(Split::Test)), (14, 14, 8));
    let test = |of: &BTreeMap<ImageId, Split>| -> Vec<ImageId> {
        of.iter().filter(|(_, split)| **split == Split::Test).map(|(id, _)| *id).collect()
    };
    assert_eq!(test(&divided), test(&imported), "the test split was to stay");

    desk.ctrl(Key::Num3);
    for (name, value) in [("Epochs", 1.0), ("Batch", 4.0)] {
        desk.window.get_by_role_and_label(Role::SpinButton, name).set_value_accesskit(value);
        desk.window.run_steps(2);
    }
    desk.ctrl(Key::R);
    desk.until("the model", |view| view.project.as_ref().unwrap().models.len() == 1);
    desk.until("its figures", |view| view.project.as_ref().unwrap().comparison.is_some());
    desk.quiet();
    let run = desk.project().runs.last().cloned().unwrap();
    assert_eq!((run.recipe.epochs, run.recipe.batch, run.epochs.len()), (1, 4, 1));
    assert!(model(&desk, 1).1.starts_with(&run.recipe.name), "{:?}", model(&desk, 1));

    desk.ctrl(Key::Num2);
    part(&mut desk, "Export");
    choose(&mut desk, "Format of the export", "class folders");
    let out = dir.path().join("out");
    desk.answers.next(&out);
    desk.press("Choose where the export goes");
    desk.press("Export");
    desk.until("what was written", |view| view.project.as_ref().unwrap().exported.is_some());
    let exported = desk.project().exported.clone().unwrap();
    assert_eq!((exported.images, exported.to.as_path(), exported.left_out.len()), (36, out.as_path(), 0));
    let written = |folder: &str| std::fs::read_dir(out.join(folder)).unwrap().count();
    assert_eq!((written("train/bright"), written("test/dark")), (7, 4));
    desk.quiet();
}
