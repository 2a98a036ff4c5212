//! Findings said with keys over a real session: what the log holds after a restart, undo, and the queue by finding.

use super::desk::Desk;
use super::folders;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use overread::domain::Presence::{self, Absent, Present, Uncertain};
use overread::domain::{Findings, ImageId};
use overread::store::{Access, Store};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A project of three findings of which nothing is said, made on the command line.
fn project(dir: &Path) -> PathBuf {
    let source = folders(dir);
    let project = dir.join("chest.overread");
    let said = Command::new(env!("CARGO_BIN_EXE_overread"))
        .arg("import")
        .arg(source.join("train").join("bright"))
        .arg("--project")
        .arg(&project)
        .args(["--classes", "Effusion,Mass,Nodule", "--findings"])
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    project
}

fn shown(desk: &Desk) -> (ImageId, Findings) {
    let detail = desk.project().detail.clone().unwrap();
    (detail.image, detail.annotation.findings.clone())
}

#[test]
fn findings_said_with_keys_are_on_disk_and_undone_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let project = project(dir.path());
    let of = |said: &[(usize, Presence)]| said.iter().copied().collect::<Findings>();
    let all = of(&[(0, Present), (1, Uncertain), (2, Absent)]);
    let image = {
        let mut desk = Desk::open(dir.path(), Some(&project));
        let (image, said) = shown(&desk);
        assert!(said.is_empty());
        let says = |desk: &mut Desk, said: Findings| {
            desk.until("what was said", |view| {
                view.project.as_ref().unwrap().detail.as_ref().unwrap().annotation.findings == said
            });
        };
        desk.key(Key::Num1);
        says(&mut desk, of(&[(0, Present)]));
        desk.key_with(Modifiers::SHIFT, Key::Num2);
        says(&mut desk, of(&[(0, Present), (1, Uncertain)]));
        desk.key(Key::Num3);
        says(&mut desk, of(&[(0, Present), (1, Uncertain), (2, Present)]));
        desk.key(Key::Num3);
        says(&mut desk, all.clone());
        assert_eq!(shown(&desk).0, image, "the image stays");
        desk.key(Key::ArrowRight);
        desk.until("the next image", |view| {
            view.project.as_ref().unwrap().detail.as_ref().is_some_and(|detail| detail.image != image)
        });
        desk.key(Key::E);
        desk.until("no finding", |view| view.project.as_ref().unwrap().counts.labelled == 2);
        desk.quiet();
        desk.window.get_by_label("Effusion 1").click_accesskit();
        desk.until("the queue of one finding", |view| view.project.as_ref().unwrap().queue.len() == 1);
        desk.until("its image", |view| {
            view.project.as_ref().unwrap().detail.as_ref().is_some_and(|detail| detail.image == image)
        });
        image
    };
    let said = Store::open(&project, Access::ReadOnly).unwrap().replay().unwrap().remove(&image).unwrap();
    assert_eq!((said.findings, said.reviewed), (all, true));
    let mut desk = Desk::open(dir.path(), Some(&project));
    while desk.project().undo.is_some() {
        let before = desk.project().undo.clone();
        let stepped = desk.project().stepped;
        desk.ctrl(Key::Z);
        desk.until("a step back", |view| view.project.as_ref().unwrap().stepped != stepped);
        assert!(before.is_some_and(|what| what.starts_with("findings of ")));
        desk.quiet();
    }
    assert_eq!(desk.project().counts.labelled, 0);
}
