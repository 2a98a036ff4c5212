//! A project is found as it was left, by whoever left it.

use super::*;
use egui::Modifiers;
use overread::session::{Places, Sort, ThemeChoice, Workplace};

fn left(home: &Path, project: &Path, reader: &str) -> Workplace {
    Places::at(home).workplace(project, reader).expect("it is kept how the project was left")
}

#[test]
fn the_window_is_after_a_restart_as_it_was_left() {
    let dir = tempfile::tempdir().unwrap();
    let project = demo(dir.path(), 30);
    let (image, reader);
    {
        let mut desk = Desk::open(dir.path(), Some(&project));
        reader = desk.project().reader.clone();
        desk.key(Key::S);
        desk.until("another order", |view| view.project.as_ref().unwrap().sort != Sort::Name);
        desk.key(Key::ArrowRight);
        desk.key(Key::ArrowRight);
        desk.quiet();
        // A picture is zoomed once it is on screen, which a busy machine takes its time for.
        for _ in 0..500 {
            desk.key(Key::Plus);
            desk.window.run_steps(8);
            let kept = Places::at(dir.path()).workplace(&project, &reader);
            if kept.is_some_and(|left| left.place.is_some()) {
                break;
            }
        }
        for key in [Key::I, Key::R, Key::W] {
            desk.key(key);
        }
        desk.quiet();
        image = desk.project().detail.as_ref().unwrap().image;
        desk.ctrl(Key::B);
        desk.key_with(Modifiers::CTRL | Modifiers::COMMAND | Modifiers::SHIFT, Key::L);
        desk.until("the light colours", |view| view.preferences.appearance.theme == ThemeChoice::Light);
        desk.window.run_steps(8);
    }
    let before = left(dir.path(), &project, &reader);
    assert_eq!((before.image, before.tool.as_str(), before.panels.queue_folded), (Some(image), "window", true));
    assert!(before.place.is_some_and(|place| place.zoom > 0.0));
    assert_eq!((before.displays.len(), before.displays[0].turns, before.displays[0].inverted), (1, 1, true));
    {
        let mut desk = Desk::open(dir.path(), Some(&project));
        assert_eq!(desk.project().detail.as_ref().unwrap().image, image);
        assert_eq!(desk.project().sort, before.sort);
        assert_eq!(desk.window.ctx.theme(), egui::Theme::Light);
        // Something else changes: all the rest is kept as it was found, and so it was found.
        desk.ctrl(Key::J);
        desk.window.run_steps(8);
    }
    let mut after = left(dir.path(), &project, &reader);
    assert!(std::mem::take(&mut after.panels.detail_folded));
    assert_eq!(after, before);
}

#[test]
fn the_second_reader_is_asked_for_and_finds_a_place_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let project = demo(dir.path(), 12);
    let mut first = None;
    for reader in ["ada", "bob"] {
        let mut desk = Desk::open(dir.path(), Some(&project));
        assert!(desk.project().readers.is_none(), "one person has worked here");
        desk.send(Command::Project(ProjectCommand::SetReader(reader.into())));
        desk.until("the reader", |view| view.project.as_ref().unwrap().reader == reader);
        desk.key(Key::ArrowRight);
        desk.quiet();
        desk.key(Key::X);
        desk.quiet();
        first = first.or_else(|| Some(desk.project().detail.as_ref().unwrap().image));
        desk.window.run_steps(8);
    }
    assert_eq!(left(dir.path(), &project, "ada").image, first);
    assert_ne!(left(dir.path(), &project, "bob").image, first);
    let mut desk = Desk::open(dir.path(), Some(&project));
    assert_eq!(desk.project().readers.as_deref().map(Vec::as_slice), Some(&["bob".to_owned(), "ada".to_owned()][..]));
    desk.window.get_by_role_and_label(Role::RadioButton, "ada").click_accesskit();
    desk.window.run_steps(3);
    desk.press("Go on as ada");
    desk.until("ada", |view| view.project.as_ref().unwrap().reader == "ada");
    desk.until("where she was", |view| {
        let project = view.project.as_ref();
        project.and_then(|p| p.detail.as_ref()).map(|detail| detail.image) == first
    });
    desk.quiet();
    desk.key(Key::X);
    desk.quiet();
    assert_eq!(desk.project().detail.as_ref().unwrap().history[0].who, "ada");
}
