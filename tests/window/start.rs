//! Projects are made and opened: the demo, an import, what was open before.

use super::*;

#[test]
fn the_demo_is_one_click_away_and_its_kind_can_be_chosen() {
    let bench = Bench::start_screen();
    let mut harness = window(&bench);
    harness.get_by_label("Knee").click();
    harness.run();
    press(&mut harness, "Try the demo");
    let Some(Command::Desk(DeskCommand::CreateDemo { kind, images, dir: None, .. })) = last(&bench) else {
        panic!("no demo")
    };
    assert_eq!(kind, DemoKind::Knee);
    assert!(images >= 100);
    assert!(harness.query_by_role_and_label(Role::Tab, "Review").is_some(), "the demo did not open");
}

#[test]
fn the_demo_card_says_which_demo_has_to_be_trained_and_how_long_that_takes() {
    let bench = Bench::start_screen();
    let mut harness = window(&bench);
    let said = |harness: &Harness<'_, App>| {
        let card = harness.get_by_role_and_label(Role::Button, "Try the demo");
        card.accesskit_node().description().unwrap_or_default()
    };
    assert!(said(&harness).contains("A trained model comes with it"), "{}", said(&harness));
    for (kind, minutes) in [("Findings", "1½ minutes on two cores"), ("Boxes", "2½ minutes on two cores")] {
        harness.get_by_role_and_label(Role::RadioButton, kind).click();
        harness.run();
        let said = said(&harness);
        assert!(
            said.contains("No model comes with it") && said.contains(minutes) && !said.contains("seconds"),
            "{said}"
        );
    }
}

#[test]
fn two_copies_of_a_project_are_told_apart_by_where_they_lie() {
    let bench = Bench::start_screen();
    let home = directories::UserDirs::new().unwrap().home_dir().to_path_buf();
    bench.edit(|view| {
        let recent = Arc::make_mut(&mut view.recent);
        for (project, folder) in recent.iter_mut().zip(["desk", "stick"]) {
            (project.name, project.path) = ("wrist".into(), home.join(folder).join("wrist.overread"));
        }
    });
    let harness = window(&bench);
    for folder in ["desk", "stick"] {
        let place = PathBuf::from("~").join(folder).join("wrist.overread");
        let named = |name: &str| name.starts_with(&format!("Open wrist, {}, ", place.display()));
        let found = harness.query_by(|node| node.role() == Role::Button && node.label().is_some_and(|l| named(&l)));
        assert!(found.is_some(), "{folder}");
    }
    let alone =
        harness.query_by(|node| node.label().is_some_and(|label| label.starts_with("Open old stick, not found")));
    assert!(alone.is_some(), "a name of its own needs no place");
}

#[test]
fn the_kinds_of_demo_stand_inside_their_card_with_the_same_room_on_both_sides() {
    for (width, rows) in [(1280.0, 1), (820.0, 2)] {
        let bench = Bench::start_screen();
        let mut harness = Harness::builder()
            .with_size([width, 800.0])
            .build_eframe(move |cc| App::new(&cc.egui_ctx, Box::new(bench)));
        harness.run();
        let card = harness.get_by_role_and_label(Role::Button, "Try the demo").rect();
        let kinds = ["Fracture", "Knee", "Ankle", "Findings", "Boxes"];
        let kinds = kinds.map(|kind| harness.get_by_role_and_label(Role::RadioButton, kind).rect());
        let left = kinds.iter().fold(f32::INFINITY, |left, kind| left.min(kind.left())) - card.left();
        let right = card.right() - kinds.iter().fold(0.0f32, |right, kind| right.max(kind.right()));
        assert!(left > 16.0 && (left - right).abs() < 1.0, "{left} and {right} at {width}");
        assert!(kinds.iter().all(|kind| kind.bottom() < card.bottom() - 16.0));
        let mut tops: Vec<i64> = kinds.iter().map(|kind| kind.top() as i64).collect();
        tops.dedup();
        assert_eq!(tops.len(), rows, "at {width}");
    }
}

#[test]
fn a_folder_chosen_in_the_dialog_is_scanned_and_becomes_a_project() {
    let bench = Bench::start_screen();
    let mut harness = window_with(&bench, Answer::Path("/data/fracture".into()));
    ctrl(&mut harness, Key::O);
    harness.run();
    let scan = Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/fracture")));
    assert_eq!(last(&bench), Some(scan));
    press(&mut harness, "Create project");
    let Some(Command::Desk(DeskCommand::CreateProject(new))) = last(&bench) else { panic!("no project") };
    assert_eq!(new.source, PathBuf::from("/data/fracture"));
    assert_eq!(new.classes, ["Fractured", "Non_fractured"]);
    assert_eq!(new.project, PathBuf::from("/data/fracture.overread"));
}

#[test]
fn another_format_or_something_left_out_reads_the_source_again() {
    let bench = Bench::start_screen();
    bench.send(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/fracture"))));
    let mut harness = window(&bench);
    assert!(harness.query_by_label_contains("coco.json lists images").is_some(), "the reason is not shown");
    harness.get_by_role_and_label(Role::ComboBox, "Format").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "YOLO").click();
    harness.run();
    let yolo = ImportSource { format: Some(Format::YOLO), ..ImportSource::at("/data/fracture") };
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::ReadSource(yolo.clone()))));
    harness.get_by_role_and_label(Role::TextInput, "Leave out").click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Leave out").type_text("consensus_*");
    harness.run();
    press(&mut harness, "Read again");
    let without = ImportSource { exclude: vec!["consensus_*".into()], ..yolo };
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::ReadSource(without))));
}

#[test]
fn the_pictures_of_annotations_may_be_looked_for_elsewhere() {
    let bench = Bench::start_screen();
    bench.send(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/fracture"))));
    let mut harness = window_with(&bench, Answer::Path("/archive/pictures".into()));
    assert!(harness.query_by_role_and_label(Role::Button, "Use the annotations' folder").is_none());
    press(&mut harness, "Choose their folder");
    harness.run();
    let elsewhere = ImportSource { images: Some("/archive/pictures".into()), ..ImportSource::at("/data/fracture") };
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::ReadSource(elsewhere))));
    assert!(harness.query_by_label_contains("/archive/pictures").is_some());
    press(&mut harness, "Use the annotations' folder");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/fracture")))));
    // A folder for each class has its pictures in it, if it has any.
    let folders = ImportSource { format: Some(Format::FOLDERS), ..ImportSource::at("/data/fracture") };
    bench.send(Command::Desk(DeskCommand::ReadSource(folders)));
    harness.run();
    assert!(harness.query_by_role_and_label(Role::Button, "Choose their folder").is_none());
    bench.edit(|view| {
        let import = Arc::make_mut(view.import.as_mut().unwrap());
        import.state = ImportState::Failed("/data/fracture holds no pictures".into());
    });
    harness.run();
    assert!(harness.query_by_role_and_label(Role::Button, "Choose their folder").is_some());
}

#[test]
fn what_cannot_be_read_says_why_and_offers_other_formats() {
    let bench = Bench::start_screen();
    bench.send(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/fracture"))));
    bench.edit(|view| {
        let import = std::sync::Arc::make_mut(view.import.as_mut().unwrap());
        import.state = ImportState::Failed("coco.json is no JSON (line 3)".into());
    });
    let mut harness = window(&bench);
    assert!(harness.query_by_label_contains("line 3").is_some());
    assert!(harness.query_by_role_and_label(Role::ComboBox, "Format").is_some());
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::DismissImport)));
}

#[test]
fn images_are_added_to_the_open_project_after_a_look_at_what_that_does() {
    let bench = Bench::project();
    let mut harness = window_with(&bench, Answer::Path("/data/second".into()));
    harness.get_by_role_and_label(Role::Tab, "Data").click();
    harness.run();
    part(&mut harness, "Imports");
    let add = harness.get_by_role_and_label(Role::Button, "Add images…");
    add.click_accesskit();
    harness.run();
    harness.run();
    assert!(matches!(last(&bench), Some(Command::Desk(DeskCommand::PreviewMerge(_)))), "{:?}", last(&bench));
    assert!(harness.query_by_label_contains("as AM has it").is_some(), "the conflict is not shown");
    press(&mut harness, "Add to this project");
    let Some(Command::Desk(DeskCommand::AddImages(new))) = last(&bench) else { panic!("nothing added") };
    assert_eq!((new.source, new.project), ("/data/second".into(), "/home/reader/wrist.overread".into()));
}

#[test]
fn without_a_file_chooser_the_path_can_be_typed() {
    let bench = Bench::start_screen();
    let mut harness = window_with(&bench, Answer::Unavailable);
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
    harness.run();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Path").type_text("/data/a.overread");
    harness.run();
    press(&mut harness, "OK");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::OpenProject("/data/a.overread".into()))));
}

#[test]
fn a_recent_project_opens_and_a_missing_one_can_be_forgotten() {
    let bench = Bench::start_screen();
    let mut harness = window(&bench);
    press(&mut harness, "Forget old stick");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::ForgetRecent("/home/reader/old stick.overread".into()))));
    harness.get_by(|n| n.label().is_some_and(|l| l.starts_with("Open wrist"))).click();
    harness.run();
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::OpenProject("/home/reader/wrist.overread".into()))));
}
