//! Keys that come faster than frames: each goes where the person meant it.

use super::*;

const COMMAND: Modifiers = Modifiers { command: true, ctrl: true, ..Modifiers::NONE };

fn note(driver: &Driver) -> String {
    driver.get_by_role_and_label(Role::MultilineTextInput, "Note").value().unwrap_or_default()
}

#[test]
fn what_is_typed_after_n_is_the_note() {
    for folded in [false, true] {
        let bench = Bench::project();
        let mut driver = open(&bench);
        let first = queued(&bench, 0);
        driver.state_mut().state.detail_folded = folded;
        driver.run();
        at_once(&mut driver, all_tapped(&[Key::N, Key::X, Key::Num2, Key::M, Key::N]));
        assert_eq!(annotations(&bench), [], "neither flagged nor labelled, folded: {folded}");
        assert_eq!(note(&driver), "x2mn");
        at_once(&mut driver, all_tapped(&[Key::Enter, Key::Num2]));
        assert_eq!(annotations(&bench), [(first, Edit::Note("x2mn".into())), (first, Edit::Label(Some(1)))]);
    }
}

#[test]
fn what_was_asked_for_in_the_same_frame_is_undone_and_redone() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let first = queued(&bench, 0);
    assert!(project(&bench).undo.is_none());
    bench.take_commands();
    let back = tapped(Key::Z, COMMAND);
    let again = tapped(Key::Z, COMMAND | Modifiers::SHIFT);
    at_once(&mut driver, all_tapped(&[Key::X]).into_iter().chain(back).chain(again));
    let sent: Vec<Command> = bench
        .take_commands()
        .into_iter()
        .filter(|c| !matches!(c, Command::Project(ProjectCommand::Look { .. })))
        .collect();
    let [
        Command::Project(ProjectCommand::Annotate { image, edit: Edit::Flag(true), .. }),
        Command::Project(ProjectCommand::Undo),
        Command::Project(ProjectCommand::Redo),
    ] = sent.as_slice()
    else {
        panic!("{sent:?}")
    };
    assert_eq!(*image, first);
}

#[test]
fn enter_and_escape_leave_a_field_that_was_opened_in_the_same_frame() {
    for leave in [Key::Enter, Key::Escape] {
        let bench = Bench::boxes();
        let mut driver = open(&bench);
        let first = queued(&bench, 0);
        driver.key_press(Key::Tab);
        driver.run();
        let chosen = driver.state().state.canvas.chosen;
        assert!(chosen.is_some());
        at_once(&mut driver, all_tapped(&[Key::N, Key::X, leave, Key::X]));
        assert_eq!(annotations(&bench), [(first, Edit::Note("x".into())), (first, Edit::Flag(true))], "{leave:?}");
        assert_eq!(driver.state().state.canvas.chosen, chosen, "Escape was the field's");
    }
}

#[test]
fn a_key_held_down_types_nothing_into_the_field_it_opened() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let mut events = Vec::new();
    for _ in 0..3 {
        events.extend(tapped(Key::N, Modifiers::NONE).into_iter().take(2));
    }
    events.extend(tapped(Key::N, Modifiers::NONE).into_iter().skip(2));
    events.extend(tapped(Key::N, Modifiers::NONE));
    at_once(&mut driver, events);
    assert_eq!(note(&driver), "n", "the one after it was let go");
}

#[test]
fn what_is_typed_waits_for_an_image_that_is_still_looked_up() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let second = queued(&bench, 1);
    driver.state().watched.fall_behind();
    driver.input_mut().events.extend(all_tapped(&[Key::ArrowRight, Key::N, Key::X, Key::Num2]));
    for _ in 0..20 {
        driver.step();
    }
    driver.state().watched.catch_up();
    driver.run();
    assert_eq!(annotations(&bench), []);
    assert_eq!(note(&driver), "x2");
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), [(second, Edit::Note("x2".into()))]);
}

#[test]
fn what_is_typed_after_ctrl_f_is_searched_for() {
    for folded in [false, true] {
        let bench = Bench::project();
        let mut driver = open(&bench);
        driver.state_mut().state.queue_folded = folded;
        driver.run();
        let search = || {
            let keys = all_tapped(&[Key::Num2, Key::Num2, Key::X]);
            tapped(Key::F, COMMAND).into_iter().chain(keys)
        };
        at_once(&mut driver, search());
        let filter = |name: &str| {
            Some(Command::Project(ProjectCommand::SetFilter(Filter { name: name.into(), ..Filter::default() })))
        };
        let sent = bench.take_commands();
        assert_eq!(sent.last(), filter("22x").as_ref(), "folded: {folded}");
        assert!(sent.iter().all(|c| !matches!(c, Command::Project(ProjectCommand::Annotate { .. }))), "{sent:?}");
        assert!(project(&bench).queue.is_empty());
        driver.key_press(Key::Escape);
        driver.run();
        at_once(&mut driver, search());
        assert_eq!(project(&bench).filter.name, "22x", "what was searched for before is replaced");
    }
}

#[test]
fn enter_in_the_search_goes_through_what_was_found_and_never_labels() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let typed = "g00005".chars().map(|c| Event::Text(c.to_string()));
    at_once(&mut driver, tapped(Key::F, COMMAND).into_iter().chain(typed).chain(all_tapped(&[Key::Enter; 3])));
    driver.get_by_label("Enter goes to the next one found, Esc leaves the search.");
    let found = project(&bench).queue.len();
    assert!(found > 3, "{found}");
    assert_eq!(driver.state().state.selection.position(), Some(2));
    assert_eq!(annotations(&bench), []);
    let shown = driver.state().state.selected().unwrap();
    at_once(&mut driver, all_tapped(&[Key::Escape, Key::Enter]));
    assert_eq!(annotations(&bench), [(shown, Edit::Confirm)], "left, it confirms what is shown");
}

#[test]
fn a_search_that_is_left_before_the_session_followed_confirms_what_it_found() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let last = project(&bench).rows[*project(&bench).queue.last().unwrap() as usize].clone();
    let typed = Event::Text(crate::session::protocol::words::short(&last.name).to_owned());
    driver.state().watched.fall_behind();
    let events = tapped(Key::F, COMMAND).into_iter().chain([typed]).chain(all_tapped(&[Key::Escape, Key::Enter]));
    driver.input_mut().events.extend(events);
    for _ in 0..20 {
        driver.step();
    }
    driver.state().watched.catch_up();
    driver.run();
    assert_eq!(annotations(&bench), [(last.id, Edit::Confirm)]);
}

#[test]
fn a_click_into_a_field_takes_the_keys_that_follow_it_in_the_same_frame() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let at = driver.get_by_role_and_label(Role::MultilineTextInput, "Note").rect().center();
    let button =
        |pressed| Event::PointerButton { pos: at, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
    let keys = all_tapped(&[Key::X, Key::Num2]);
    let before = tapped(Key::X, Modifiers::NONE);
    let click = [Event::PointerMoved(at), button(true), button(false)];
    at_once(&mut driver, before.into_iter().chain(click).chain(keys));
    assert_eq!(annotations(&bench), [(queued(&bench, 0), Edit::Flag(true))], "the one before the click");
    assert_eq!(note(&driver), "x2");
}

#[test]
fn keys_of_one_frame_are_obeyed_in_their_order() {
    let bench = Bench::boxes();
    let mut driver = open(&bench);
    driver.key_press(Key::Tab);
    driver.run();
    at_once(&mut driver, all_tapped(&[Key::Escape, Key::Delete, Key::Num2]));
    assert_eq!(annotations(&bench), [], "no box was chosen any more");
    assert_eq!(driver.state().state.canvas.box_class, Some(1));

    let bench = Bench::project();
    let mut driver = open(&bench);
    let second = queued(&bench, 1);
    at_once(&mut driver, all_tapped(&[Key::ArrowRight, Key::Num2]));
    assert_eq!(annotations(&bench), [(second, Edit::Label(Some(1)))]);
}

#[test]
fn a_key_held_down_goes_on_through_the_queue_and_labels_once() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let first = queued(&bench, 0);
    for _ in 0..3 {
        driver.key_down(Key::Num2);
        driver.run();
    }
    driver.key_up(Key::Num2);
    for _ in 0..3 {
        driver.key_down(Key::ArrowRight);
        driver.run();
    }
    assert_eq!(annotations(&bench), [(first, Edit::Label(Some(1)))]);
    assert_eq!(driver.state().state.selected(), Some(queued(&bench, 4)));
}
