//! Keys: what they ask for, how they are changed, and fields that take them.

use super::*;

#[test]
fn the_palette_finds_an_action_and_runs_it() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::P);
    harness.get_by_role_and_label(Role::TextInput, "Find anything").type_text("go mod");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().screen(), Screen::Models);
    assert!(harness.query_by_role_and_label(Role::TextInput, "Find anything").is_none(), "the palette stayed");
}

#[test]
fn the_palette_finds_an_image_and_shows_it() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    let view = bench.view();
    let row = view.project.as_ref().and_then(|p| p.rows.get(20)).expect("a row");
    ctrl(&mut harness, Key::P);
    harness.get_by_role_and_label(Role::TextInput, "Find anything").type_text(&row.name);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let looked =
        bench.take_commands().into_iter().rfind(|c| matches!(c, Command::Project(ProjectCommand::Look { .. })));
    assert_eq!(looked, Some(Command::Project(ProjectCommand::Look { image: row.id })));
}

#[test]
fn f1_shows_the_keys_and_escape_puts_them_away() {
    let mut harness = window(&Bench::project());
    harness.key_press(Key::F1);
    harness.run();
    assert!(harness.query_by_label("Find anything: Ctrl P").is_some());
    assert!(harness.query_by_label("Next image: Right or D").is_some());
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Find anything: Ctrl P").is_none());
}

#[test]
fn a_class_gets_a_key_of_its_own_which_says_whose_it_was() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.key_press(Key::F1);
    harness.run();
    press(&mut harness, "Change the keys");
    harness.get_by_role_and_label(Role::TextInput, "Find a line of the keys").click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Find a line of the keys").type_text("fracture");
    harness.run();
    press(&mut harness, "Label with Non_fractured: change 2");
    bench.take_commands();
    // Neither the palette nor an end of the dialog: the key is asked for.
    harness.key_press(Key::F1);
    harness.run();
    assert!(harness.query_by_label("F1 is the key of \"All keys\".").is_some());
    press(&mut harness, "Cancel");
    assert_eq!(last(&bench), None);
    press(&mut harness, "Label with Non_fractured: change 2");
    harness.key_press(Key::F);
    harness.run();
    assert!(harness.query_by_label("F is the key of \"Fit the picture\".").is_some(), "it takes it unasked");
    press(&mut harness, "Give it to \"Label with Non_fractured\"");
    let Some(Command::Desk(DeskCommand::SetKeys(keys))) = last(&bench) else { panic!("no keys") };
    assert_eq!(keys.classes.into_iter().collect::<Vec<_>>(), [("Non_fractured".to_owned(), vec!["F".to_owned()])]);
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::F);
    harness.run();
    let Some(Command::Project(ProjectCommand::Annotate { edit, .. })) = last(&bench) else { panic!("no label") };
    assert_eq!(edit, overread::session::Edit::Label(Some(1)));
    harness.key_press(Key::F1);
    harness.run();
    press(&mut harness, "Change the keys");
    press(&mut harness, "Label with Non_fractured: the keys it comes with");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::SetKeys(Default::default()))));
}

#[test]
fn a_key_that_was_given_in_two_projects_is_said_before_it_is_pressed() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    assert!(harness.query_by_label_contains("not as you set").is_none());
    bench.edit(|view| {
        let keys = Arc::make_mut(&mut view.keys);
        // A class of this project and an action, which got the key while a project without that class was open.
        keys.classes.insert("Fractured".into(), vec!["7".into()]);
        keys.actions.insert("flag".into(), vec!["7".into()]);
    });
    harness.run();
    press(&mut harness, "1 key is not as you set it");
    assert!(harness.query_by_label_contains("7 has two meanings").is_some());
}

#[test]
fn a_key_is_added_and_taken_away_and_escape_changes_nothing() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::P);
    harness.get_by_role_and_label(Role::TextInput, "Find anything").type_text("change the keys");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    press(&mut harness, "Flag the image: another key");
    bench.take_commands();
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(last(&bench), None);
    press(&mut harness, "Flag the image: another key");
    ctrl(&mut harness, Key::K);
    let Some(Command::Desk(DeskCommand::SetKeys(keys))) = last(&bench) else { panic!("no keys") };
    assert_eq!(keys.actions["flag"], ["X", "Ctrl K"]);
    press(&mut harness, "Flag the image: change X");
    press(&mut harness, "Take X away");
    let Some(Command::Desk(DeskCommand::SetKeys(keys))) = last(&bench) else { panic!("no keys") };
    assert_eq!(keys.actions["flag"], ["Ctrl K"]);
    press(&mut harness, "All keys as they come");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::SetKeys(Default::default()))));
}

#[test]
fn a_key_held_with_others_and_those_of_the_clipboard_are_no_keys_to_give() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.key_press(Key::F1);
    harness.run();
    press(&mut harness, "Change the keys");
    press(&mut harness, "Flag the image: another key");
    bench.take_commands();
    // As a keyboard does it: first what is held.
    harness.key_down_modifiers(Modifiers::COMMAND | Modifiers::CTRL, Key::ControlLeft);
    harness.run();
    assert_eq!(last(&bench), None);
    harness.event(egui::Event::Copy);
    harness.run();
    assert!(harness.query_by_label_contains("Copying is for text").is_some());
    assert_eq!(last(&bench), None);
    ctrl(&mut harness, Key::K);
    let Some(Command::Desk(DeskCommand::SetKeys(keys))) = last(&bench) else { panic!("no keys") };
    assert_eq!(keys.actions["flag"], ["X", "Ctrl K"]);

    // A question about a key of another line: Escape leaves it, and so does a reset of that line.
    for reset in [false, true] {
        press(&mut harness, "Last image: another key");
        ctrl(&mut harness, Key::K);
        assert!(harness.query_by_label_contains("is the key of \"Flag the image\"").is_some());
        bench.take_commands();
        if reset {
            press(&mut harness, "Flag the image: the keys it comes with");
            assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::SetKeys(Default::default()))));
        } else {
            harness.key_press(Key::Escape);
            harness.run();
            assert_eq!(last(&bench), None);
        }
        assert!(harness.query_by_label_contains("is the key of \"Flag the image\"").is_none());
        assert!(harness.query_by_label("Last image: another key").is_some(), "the dialog stays");
    }
}

#[test]
fn keys_label_and_undo() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.key_press(Key::Num2);
    harness.run();
    assert!(matches!(last(&bench), Some(Command::Project(ProjectCommand::Annotate { .. }))));
    ctrl(&mut harness, Key::Z);
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::Undo)));
}

#[test]
fn keys_typed_into_a_field_do_nothing_else() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    press(&mut harness, "Reader Reader 1");
    harness.key_press(Key::Num2);
    harness.run();
    assert_eq!(last(&bench), None);
}

#[test]
fn the_reader_is_changed_in_the_top_bar() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    press(&mut harness, "Reader Reader 1");
    ctrl(&mut harness, Key::A);
    harness.get_by_role_and_label(Role::TextInput, "Reader's name").type_text("B");
    harness.run();
    press(&mut harness, "Set reader");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::SetReader("B".into()))));
}

/// A key with what it types, and letters, all of which come in one frame.
fn at_once(harness: &mut Harness<'_, App>, key: Key, typed: &str) {
    let modifiers = Modifiers::CTRL | Modifiers::COMMAND;
    let event =
        |key, modifiers, pressed| egui::Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
    let events = &mut harness.input_mut().events;
    events.extend([event(key, modifiers, true), event(key, modifiers, false)]);
    for sign in typed.chars() {
        let key = match sign {
            '\n' => Some(Key::Enter),
            ' ' => Some(Key::Space),
            sign => Key::from_name(&sign.to_uppercase().to_string()),
        };
        events.extend(key.map(|key| event(key, Modifiers::NONE, true)));
        if sign != '\n' {
            events.push(egui::Event::Text(sign.to_string()));
        }
        events.extend(key.map(|key| event(key, Modifiers::NONE, false)));
    }
    // They are dealt out over several frames.
    harness.run_steps(16);
}

fn edits(bench: &Bench) -> Vec<Edit> {
    let edit =
        |command| if let Command::Project(ProjectCommand::Annotate { edit, .. }) = command { Some(edit) } else { None };
    bench.take_commands().into_iter().filter_map(edit).collect()
}

#[test]
fn what_is_typed_after_ctrl_p_is_found_and_what_follows_it_goes_where_that_leads() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    at_once(&mut harness, Key::P, "flag the\n");
    assert_eq!(edits(&bench), [Edit::Flag(true)]);
    at_once(&mut harness, Key::P, "write a note\nx2\n");
    assert_eq!(edits(&bench), [Edit::Note("x2".into())]);
    at_once(&mut harness, Key::P, "go to tr\n2x");
    assert_eq!(edits(&bench), [], "on another screen these keys say nothing");
    assert_eq!(harness.state().screen(), Screen::Train);
    at_once(&mut harness, Key::F, "22x");
    assert_eq!(edits(&bench), []);
    assert_eq!(bench.view().project.as_ref().unwrap().filter.name, "22x");
    assert_eq!(harness.state().screen(), Screen::Review);
}

#[test]
fn escape_closes_what_finds_anything_at_once() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::P);
    assert!(harness.query_by_role_and_label(Role::TextInput, "Find anything").is_some());
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_role_and_label(Role::TextInput, "Find anything").is_none());
}

#[test]
fn the_reader_s_name_is_typed_where_it_was_asked_for() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    at_once(&mut harness, Key::P, "change the reader\n");
    let field = harness.get_by_role_and_label(Role::TextInput, "Reader's name");
    assert!(field.is_focused(), "the field did not get the keyboard");
    harness.key_press(Key::Escape);
    harness.run();
    bench.take_commands();
    at_once(&mut harness, Key::P, "change the reader\nx2\n");
    let sent = bench.take_commands();
    let signed = |c: &Command| matches!(c, Command::Project(ProjectCommand::SetReader(name)) if name.ends_with("x2"));
    assert!(sent.iter().any(signed), "{sent:?}");
    assert!(sent.iter().all(|c| !matches!(c, Command::Project(ProjectCommand::Annotate { .. }))), "{sent:?}");
}

#[test]
fn a_path_is_typed_where_there_is_no_file_dialog() {
    let bench = Bench::project();
    let mut harness = window_with(&bench, Answer::Unavailable);
    at_once(&mut harness, Key::O, "/data/x2\n");
    let sent = bench.take_commands();
    assert!(sent.contains(&Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/x2")))), "{sent:?}");
    assert!(sent.iter().all(|c| !matches!(c, Command::Project(ProjectCommand::Annotate { .. }))), "{sent:?}");
}

#[test]
fn keys_after_another_screen_was_asked_for_are_that_screen_s() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    at_once(&mut harness, Key::Num3, "2x");
    assert_eq!(edits(&bench), []);
    assert_eq!(harness.state().screen(), Screen::Train);
}
