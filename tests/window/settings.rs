//! Settings: found by a key and by words, in force at once, and put back by section.

use super::*;
use overread::session::{Preferences, ThemeChoice};

fn settings(bench: &Bench) -> Harness<'static, App> {
    let mut harness = window(bench);
    ctrl(&mut harness, Key::Comma);
    bench.take_commands();
    harness
}

fn tab(harness: &mut Harness<'_, App>, name: &str) {
    harness.get_by_role_and_label(Role::Tab, name).click();
    harness.run();
}

fn find(harness: &mut Harness<'_, App>, words: &str) {
    harness.get_by_role_and_label(Role::TextInput, "Find a setting").click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Find a setting").type_text(words);
    harness.run();
}

#[test]
fn they_open_from_anywhere_and_keys_do_nothing_else_meanwhile() {
    for bench in [Bench::start_screen(), Bench::project()] {
        let mut harness = settings(&bench);
        let field = harness.get_by_role_and_label(Role::TextInput, "Find a setting");
        assert!(field.is_focused(), "what is typed is looked for");
        harness.key_press(Key::Num2);
        harness.run();
        assert_eq!(last(&bench), None);
        harness.key_press(Key::Escape);
        harness.run();
        if harness.query_by_role_and_label(Role::TextInput, "Find a setting").is_some() {
            harness.key_press(Key::Escape);
            harness.run();
        }
        assert!(harness.query_by_role_and_label(Role::TextInput, "Find a setting").is_none());
        ctrl(&mut harness, Key::Comma);
        ctrl(&mut harness, Key::Comma);
        assert!(harness.query_by_role_and_label(Role::TextInput, "Find a setting").is_none(), "the key closes them");
    }
}

#[test]
fn a_choice_is_in_force_at_once_and_its_section_can_be_put_back() {
    let bench = Bench::project();
    let mut harness = settings(&bench);
    harness.get_by_role_and_label(Role::RadioButton, "Light").click();
    harness.run();
    assert_eq!(harness.ctx.theme(), egui::Theme::Light);
    assert_eq!(bench.view().preferences.appearance.theme, ThemeChoice::Light);
    harness.get_by_role_and_label(Role::ComboBox, "Text size").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "125 %").click();
    harness.run();
    assert_eq!((harness.ctx.zoom_factor(), bench.view().preferences.appearance.text_size), (1.25, 1.25));
    tab(&mut harness, "Training");
    harness.get_by_role_and_label(Role::CheckBox, "Keep the test split closed after a training").click();
    harness.run();
    assert!(bench.view().preferences.training.keep_test_closed);
    tab(&mut harness, "Appearance");
    press(&mut harness, "Reset this section: Appearance");
    let mut left = Preferences::default();
    left.training.keep_test_closed = true;
    assert_eq!(*bench.view().preferences, left, "the other sections are as they were");
    assert_eq!((harness.ctx.zoom_factor(), harness.ctx.theme()), (1.0, egui::Theme::Dark));
}

#[test]
fn words_find_settings_in_all_sections() {
    let bench = Bench::project();
    let mut harness = settings(&bench);
    find(&mut harness, "heat map");
    assert!(harness.query_by_role_and_label(Role::ComboBox, "Heat maps of boxes").is_some());
    assert!(harness.query_by_role_and_label(Role::ComboBox, "Text size").is_none());
    tab(&mut harness, "Appearance");
    assert!(harness.query_by_role_and_label(Role::ComboBox, "Text size").is_some(), "a section ends the search");
    find(&mut harness, "telemetry");
    assert!(harness.query_by_label_contains("no telemetry").is_some());
    tab(&mut harness, "About");
    find(&mut harness, "zzz");
    assert!(harness.query_by_label_contains("No setting is called that").is_some());
}

#[test]
fn every_section_shows_something_and_keys_can_be_changed_in_theirs() {
    let bench = Bench::project();
    let mut harness = settings(&bench);
    for (section, seen) in [
        ("Mouse", "Middle drag"),
        ("Reading", "True size"),
        ("Labelling", "Who is asked for"),
        ("Privacy", "What leaves this computer"),
        ("About", "Not a medical device"),
    ] {
        tab(&mut harness, section);
        // A row and its control have one name.
        assert!(harness.query_all_by_label(seen).next().is_some(), "{section}");
    }
    tab(&mut harness, "Keys");
    press(&mut harness, "Flag the image: another key");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Flag the image: another key").is_some(), "an Esc that answered closes nothing");
    press(&mut harness, "Flag the image: another key");
    ctrl(&mut harness, Key::K);
    let Some(Command::Desk(DeskCommand::SetKeys(keys))) = last(&bench) else { panic!("no keys") };
    assert_eq!(keys.actions["flag"], ["X", "Ctrl K"]);
}

#[test]
fn what_lies_where_is_measured_when_it_is_looked_at_and_the_cache_can_be_cleared() {
    let bench = Bench::project();
    let mut harness = settings(&bench);
    assert_eq!(last(&bench), None, "nothing is measured unasked");
    tab(&mut harness, "Storage");
    assert!(bench.take_commands().contains(&Command::Desk(DeskCommand::MeasureStorage)));
    assert!(harness.query_by_label("17 MB").is_some() && harness.query_by_label("nothing yet").is_some());
    press(&mut harness, "Show the folder of: Backups");
    let shown = last(&bench);
    assert_eq!(shown, Some(Command::Desk(DeskCommand::Show("/home/reader/wrist.overread/backups".into()))));
    press(&mut harness, "Clear the cache");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::ClearCache)));
}

#[test]
fn a_damaged_project_is_repaired_with_a_press() {
    let bench = Bench::start_screen();
    let project = PathBuf::from("/data/knees.overread");
    let offer = Some(Offer::Repair(project.clone()));
    bench.edit(|view| {
        let text = "it is damaged".to_owned();
        view.notices.push(Notice { id: 3, kind: NoticeKind::Error, text, offer, of_project: false });
    });
    let mut harness = window(&bench);
    press(&mut harness, "Repair with the newest backup");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::Repair(project))));
}
