//! The window is found again as it was left, and who reads is asked where that is not known.

use super::*;
use overread::session::{Filter, Panels, ThemeChoice, Workplace};

/// A project that was left so.
fn left(workplace: Workplace) -> Bench {
    let bench = Bench::project();
    bench.edit_project(|project| project.workplace = Some(Arc::new(workplace)));
    bench
}

/// What was handed over to be kept since the last call.
fn kept(bench: &Bench) -> Vec<Workplace> {
    let kept = |command| match command {
        Command::Desk(DeskCommand::KeepWorkplace(_, workplace)) => Some(*workplace),
        _ => None,
    };
    bench.take_commands().into_iter().filter_map(kept).collect()
}

#[test]
fn colours_and_text_size_are_the_person_s_from_the_first_frame() {
    let bench = Bench::start_screen();
    bench.edit(|view| {
        let appearance = &mut Arc::make_mut(&mut view.preferences).appearance;
        (appearance.theme, appearance.text_size) = (ThemeChoice::Light, 1.3);
    });
    let mut harness = window(&bench);
    assert_eq!((harness.ctx.zoom_factor(), harness.ctx.theme()), (1.3, egui::Theme::Light));
    ctrl(&mut harness, Key::Num0);
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND | Modifiers::SHIFT, Key::L);
    harness.run();
    let appearance = bench.view().preferences.appearance.clone();
    assert_eq!((appearance.theme, appearance.text_size), (ThemeChoice::Dark, 1.0), "and remembered");
    assert_eq!((harness.ctx.zoom_factor(), harness.ctx.theme()), (1.0, egui::Theme::Dark));
    bench.edit(|view| Arc::make_mut(&mut view.preferences).appearance.text_size = f32::NAN);
    harness.run();
    assert_eq!(harness.ctx.zoom_factor(), 1.0, "a number that is none is the usual size");
}

#[test]
fn a_project_is_found_on_the_screen_and_the_image_it_was_left_on() {
    let image = Bench::project().view().project.as_ref().unwrap().rows[20].id;
    let bench = left(Workplace {
        screen: "Review".into(),
        image: Some(image),
        tool: "window".into(),
        panels: Panels { queue_folded: true, grid: 1, ..Panels::default() },
        ..Workplace::default()
    });
    let harness = window(&bench);
    let looked = Command::Project(ProjectCommand::Look { image });
    assert_eq!(bench.take_commands().last(), Some(&looked));
    assert!(
        harness.query_by_role_and_label(Role::TextInput, "Find an image by name").is_none(),
        "the queue was folded"
    );

    let bench = left(Workplace { screen: "Models".into(), image: Some(image), ..Workplace::default() });
    let mut harness = window(&bench);
    assert_eq!(harness.state().screen(), Screen::Models);
    harness.run_steps(8);
    let seen = kept(&bench);
    assert!(seen.is_empty(), "nothing changed, also of what was not painted yet: {seen:?}");
    ctrl(&mut harness, Key::Num1);
    harness.run_steps(8);
    let kept = kept(&bench);
    assert_eq!(kept.len(), 1, "once");
    assert_eq!((kept[0].screen.as_str(), kept[0].image), ("Review", Some(image)));
}

#[test]
fn what_changes_is_kept_once_it_stays_and_before_the_project_is_left() {
    let bench = left(Workplace::default());
    let mut harness = window(&bench);
    harness.run_steps(8);
    bench.take_commands();
    for _ in 0..5 {
        harness.key_press(Key::Plus);
        harness.step();
        harness.key_press(Key::ArrowRight);
        harness.step();
    }
    let before = kept(&bench);
    assert!(before.len() <= 1, "{} while it changes", before.len());
    harness.key_press(Key::I);
    harness.run_steps(8);
    let now = kept(&bench).pop().expect("it is kept");
    let shown = bench.view().project.as_ref().unwrap().detail.as_ref().map(|detail| detail.image);
    assert_eq!((now.image, now.displays.len()), (shown, 1));
    assert!(now.displays[0].inverted);
    harness.key_press(Key::ArrowRight);
    harness.step();
    bench.edit_project(|project| project.filter = Filter { flagged: true, ..Filter::default() });
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND, Key::W);
    harness.step();
    let sent = bench.take_commands();
    let place = |test: &dyn Fn(&Command) -> bool| sent.iter().rposition(test);
    let keeps = place(&|command| matches!(command, Command::Desk(DeskCommand::KeepWorkplace(..)))).expect("kept");
    let closes = place(&|command| *command == Command::Desk(DeskCommand::CloseProject)).expect("closed");
    assert!(keeps < closes, "{sent:?}");
    let Command::Desk(DeskCommand::KeepWorkplace(_, kept)) = &sent[keeps] else { panic!("no workplace") };
    assert!(kept.filter.flagged);
}

#[test]
fn who_reads_is_asked_where_more_than_one_has_worked_and_no_key_labels_before() {
    let readers = vec!["ada".to_owned(), "bob".to_owned()];
    let asked = || {
        let bench = left(Workplace::default());
        bench.edit_project(|project| project.readers = Some(Arc::new(readers.clone())));
        bench
    };
    let set = |bench: &Bench| {
        let reader = |command| match command {
            Command::Project(ProjectCommand::SetReader(name)) => Some(name),
            _ => None,
        };
        bench.take_commands().into_iter().filter_map(reader).collect::<Vec<_>>()
    };
    let bench = asked();
    let mut harness = window(&bench);
    bench.take_commands();
    assert!(harness.query_by_label("Who is reading?").is_some());
    harness.key_press(Key::Num2);
    harness.run();
    assert_eq!(last(&bench), None, "nothing is said in the last person's name");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(set(&bench), ["ada"], "the last one was chosen");
    assert!(harness.query_by_label("Who is reading?").is_none());

    let bench = asked();
    let mut harness = window(&bench);
    harness.get_by_role_and_label(Role::RadioButton, "bob").click();
    harness.run();
    press(&mut harness, "Go on as bob");
    assert_eq!(set(&bench), ["bob"]);

    let bench = asked();
    let mut harness = window(&bench);
    harness.key_press(Key::ArrowDown);
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Somebody else").click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Somebody else").type_text("carol");
    harness.run();
    press(&mut harness, "Go on as carol");
    assert_eq!(set(&bench), ["carol"]);

    let bench = asked();
    let mut harness = window(&bench);
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::CloseProject)), "nobody reads it unnamed");
}

#[test]
fn the_edges_of_the_panels_are_drawn_and_found_again() {
    let edge = |harness: &Harness<'_, App>, name: &str| harness.get_by_label(name).rect().center();
    let bench = left(Workplace::default());
    let mut harness = window(&bench);
    let usual = edge(&harness, "Width of the queue");
    let to = usual + egui::vec2(20.0, 0.0);
    harness.hover_at(usual);
    harness.step();
    harness.drag_at(usual);
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    harness.run();
    harness.run_steps(8);
    let drawn = edge(&harness, "Width of the queue");
    assert!(drawn.x > usual.x + 10.0, "{usual} {drawn}");
    let kept = kept(&bench).pop().expect("it is kept");
    let width = kept.panels.queue_width.expect("a width");
    assert!((width - drawn.x).abs() < 2.0, "{width} {drawn}");

    let panels = Panels { queue_width: Some(280.0), detail_width: Some(1e9), ..Panels::default() };
    let harness = window(&left(Workplace { panels, ..Workplace::default() }));
    assert!((edge(&harness, "Width of the queue").x - 280.0).abs() < 2.0);
    let detail = edge(&harness, "Width of the details").x;
    assert!(detail > 900.0, "the picture keeps more than half of the room: {detail}");
}
