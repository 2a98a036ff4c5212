//! Labels, accepting, notes and undo.

use super::*;

#[test]
fn a_class_key_labels_with_what_was_shown_and_goes_on() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let (first, second) = (queued(&bench, 0), queued(&bench, 1));
    let detail = project(&bench).detail.clone().expect("looked at");
    driver.key_press(Key::Num2);
    driver.run();
    let sent = bench.take_commands();
    let probabilities = detail.prediction.as_ref().expect("predicted").probabilities.clone();
    let annotate = Command::Project(ProjectCommand::Annotate {
        image: first,
        edit: Edit::Label(Some(1)),
        shown: Some(ShownPrediction {
            model: ModelId(2),
            probabilities,
            boxes: Vec::new(),
            threshold: None,
            learned_from: None,
            planted: false,
        }),
        display: DisplayState::default(),
    });
    assert_eq!(sent, [annotate, Command::Project(ProjectCommand::Look { image: second })]);
    assert_eq!(driver.state().state.selected(), Some(second));
}

#[test]
fn without_auto_advance_the_image_stays() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let first = queued(&bench, 0);
    driver.get_by_label("Auto-advance").click();
    driver.run();
    driver.get_by_label("Label Fractured").click();
    driver.run();
    assert_eq!(annotations(&bench), [(first, Edit::Label(Some(0)))]);
    assert_eq!(driver.state().state.selected(), Some(first));
}

#[test]
fn a_labelled_image_leaves_the_filtered_queue_and_none_is_skipped() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let unreviewed = project(&bench).counts.unreviewed;
    driver.get_by_label(&format!("Unreviewed {unreviewed}")).click();
    driver.run();
    assert_eq!(
        bench.take_commands()[0],
        Command::Project(ProjectCommand::SetFilter(Filter { review: Some(Review::Unreviewed), ..Filter::default() }))
    );
    let order: Vec<ImageId> = (0..4).map(|at| queued(&bench, at)).collect();
    for _ in 0..3 {
        driver.key_press(Key::Num1);
        driver.run();
    }
    let labelled: Vec<ImageId> = annotations(&bench).into_iter().map(|(image, _)| image).collect();
    assert_eq!(labelled, order[..3]);
    assert_eq!(driver.state().state.selected(), Some(order[3]));
}

#[test]
fn where_nobody_has_said_anything_enter_and_the_button_take_the_model_s_class() {
    let bench = Bench::project();
    let (first, second) = (queued(&bench, 0), queued(&bench, 1));
    unsaid(&bench, first);
    unsaid(&bench, second);
    let mut driver = open(&bench);
    let said = project(&bench).rows[project(&bench).queue[0] as usize].predicted.unwrap().0;
    let class = project(&bench).classes.name(usize::from(said));
    driver.get_by_label_contains("Nobody has said anything yet");
    driver.get_by_label(&format!("Accept {class} and next"));
    driver.key_press(Key::Enter);
    driver.run();
    let button = "Accept ";
    driver.get_by(|n| n.role() == Role::Button && n.label().is_some_and(|l| l.starts_with(button))).click();
    driver.run();
    assert_eq!(annotations(&bench), [(first, Edit::Accept), (second, Edit::Accept)]);
}

/// A label that was imported and that the model contradicts, with both.
fn contradicted(bench: &Bench) -> (ImageId, String, String, usize) {
    let project = project(bench);
    let other = |row: &&crate::session::ImageRow| row.disagrees() && !row.reviewed;
    let row = project.rows.iter().find(other).expect("the bench has one");
    let (label, said) = (usize::from(row.label.unwrap()), usize::from(row.predicted.unwrap().0));
    (row.id, project.classes.name(label), project.classes.name(said), said)
}

#[test]
fn enter_confirms_a_label_that_is_there_and_never_takes_the_model_s_instead() {
    let bench = Bench::project();
    let (image, label, _, said) = contradicted(&bench);
    let mut driver = open(&bench);
    driver.state_mut().state.stay = true;
    show(&mut driver, image);
    driver.get_by_label(&format!("Confirm {label}"));
    driver.get_by_label("This label was imported and nobody has confirmed it yet. Enter confirms it.");
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::Confirm)]);
    let row = project(&bench).rows.iter().find(|row| row.id == image).cloned().unwrap();
    assert!(row.reviewed && row.label != Some(said as u16));
    driver.get_by_label("Reviewed.");
}

#[test]
fn the_model_s_class_takes_another_s_place_by_its_own_button_and_key() {
    let bench = Bench::project();
    let (image, label, other, said) = contradicted(&bench);
    let mut driver = open(&bench);
    show(&mut driver, image);
    let button = format!("Replace {label} by the model's {other}");
    driver.get_by_label(&button);
    driver.key_press_modifiers(Modifiers::SHIFT, Key::T);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::Replace)]);
    assert_eq!(project(&bench).detail.as_ref().unwrap().annotation.label, Some(said));
    assert!(driver.query_by_label_contains("by the model's").is_none(), "they agree now");
    driver.get_by_label(&format!("Confirm {other} and next"));
    driver.key_press_modifiers(Modifiers::SHIFT, Key::T);
    driver.run();
    assert_eq!(annotations(&bench), [], "there is nothing to replace");
}

#[test]
fn without_a_model_enter_confirms_a_label_and_else_does_nothing_and_says_why() {
    let bench = Bench::project();
    let (first, second) = (queued(&bench, 0), queued(&bench, 1));
    unsaid(&bench, second);
    bench.edit_project(|p| {
        p.active = None;
        Arc::make_mut(&mut p.rows).iter_mut().for_each(|row| row.predicted = None);
        if let Some(detail) = p.detail.as_mut().map(Arc::make_mut) {
            detail.prediction = None;
        }
    });
    let mut driver = open(&bench);
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), [(first, Edit::Confirm)]);
    bench.edit_project(|p| {
        if let Some(detail) = p.detail.as_mut().map(Arc::make_mut) {
            detail.prediction = None;
        }
    });
    driver.run();
    assert_eq!(driver.state().state.selected(), Some(second));
    assert!(driver.get_by_label("Confirm and next").accesskit_node().is_disabled());
    driver.get_by_label("There is nothing to confirm: no label, and no model yet. Choose a class.");
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), []);
    assert_eq!(driver.state().state.selected(), Some(second));
}

#[test]
fn an_undecided_model_is_said_to_be() {
    let bench = Bench::project();
    let first = queued(&bench, 0);
    unsaid(&bench, first);
    let mut driver = open(&bench);
    bench.edit_project(|p| {
        let detail = p.detail.as_mut().map(Arc::make_mut).unwrap();
        detail.prediction.as_mut().unwrap().probabilities = vec![0.52, 0.48];
    });
    driver.run();
    let text = "Nobody has said anything yet, and the model is undecided between Fractured and";
    driver.get_by_label_contains(text);
}

#[test]
fn a_label_that_the_view_does_not_show_yet_is_not_overwritten_by_enter() {
    let bench = Bench::project();
    let first = queued(&bench, 0);
    unsaid(&bench, first);
    let mut driver = open(&bench);
    driver.state_mut().state.stay = true;
    let said = usize::from(project(&bench).rows[project(&bench).queue[0] as usize].predicted.unwrap().0);
    driver.state().watched.fall_behind();
    let other = if said == 0 { Key::Num2 } else { Key::Num1 };
    at_once(&mut driver, all_tapped(&[other, Key::Enter]));
    driver.state().watched.catch_up();
    driver.run();
    assert_eq!(project(&bench).detail.as_ref().unwrap().annotation.label, Some(1 - said));
}

fn show(driver: &mut Driver, image: ImageId) {
    let watched = driver.state().watched.clone();
    let view = watched.view();
    driver.state_mut().act(ReviewAction::Show(image), &view);
    driver.run();
    watched.bench.take_commands();
}

#[test]
fn undo_goes_to_the_session() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let first = queued(&bench, 0);
    driver.key_press(Key::Num1);
    driver.run();
    bench.take_commands();
    driver.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    driver.run();
    assert_eq!(
        bench.take_commands(),
        [Command::Project(ProjectCommand::Undo), Command::Project(ProjectCommand::Look { image: first })],
        "and shows what it changed"
    );
}

#[test]
fn a_note_is_sent_once_when_it_is_left() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let (first, second) = (queued(&bench, 0), queued(&bench, 1));
    driver.get_by_role_and_label(Role::MultilineTextInput, "Note").focus();
    driver.run();
    driver.get_by_role_and_label(Role::MultilineTextInput, "Note").type_text("dim 2nd ray");
    driver.run();
    assert_eq!(bench.take_commands(), [], "no event a keystroke, and no key of the keymap fires");
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), [(first, Edit::Note("dim 2nd ray".into()))]);

    driver.get_by_role_and_label(Role::MultilineTextInput, "Note").focus();
    driver.run();
    driver.get_by_role_and_label(Role::MultilineTextInput, "Note").type_text("!");
    driver.run();
    let project = project(&bench);
    let next = &project.rows[project.queue[1] as usize];
    let name = next.name.rsplit('/').next().unwrap_or_default().to_owned();
    driver.get_by_label_contains(&format!("{name}, ")).click();
    driver.run();
    assert_eq!(annotations(&bench), [(first, Edit::Note("dim 2nd ray!".into()))]);
    assert_eq!(driver.state().state.selected(), Some(second));
}

#[test]
fn a_read_only_project_changes_nothing_and_says_why() {
    let bench = Bench::project();
    bench.edit_project(|p| p.read_only = Some("B has it open on host ward-3".into()));
    let mut driver = open(&bench);
    driver.get_by_label_contains("B has it open on host ward-3");
    for name in ["Label Fractured", "Flag"] {
        assert!(driver.get_by_label(name).accesskit_node().is_disabled(), "{name} can be pressed");
    }
    let confirm = driver.get_by(|n| n.role() == Role::Button && n.label().is_some_and(|l| l.starts_with("Confirm ")));
    assert!(confirm.accesskit_node().is_disabled());
    driver.key_press(Key::Num1);
    driver.key_press(Key::Enter);
    driver.key_press(Key::X);
    driver.key_press(Key::B);
    driver.run();
    let at = on_screen(&driver, [200.0, 200.0]);
    drag(&mut driver, PointerButton::Primary, at, at + vec2(50.0, 50.0));
    assert_eq!(annotations(&bench), []);
}

#[test]
fn a_key_or_the_star_marks_a_key_image_and_its_row_and_the_filters_say_so() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let image = queued(&bench, 0);
    driver.key_press_modifiers(Modifiers::SHIFT, Key::X);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::Key(true))]);
    assert!(
        driver
            .query_all_by_role(Role::ListItem)
            .next()
            .is_some_and(|row| { row.accesskit_node().label().is_some_and(|label| label.contains(", key image")) })
    );
    driver.get_by_label("More filters").click();
    driver.run();
    driver.get_by_label("Key images  (1)").click();
    driver.run();
    assert_eq!(project(&bench).queue.len(), 1);
    driver.get_by_label("Key image").click();
    driver.run();
    assert!(annotations(&bench).contains(&(image, Edit::Key(false))));
}

#[test]
fn an_image_becomes_the_example_of_its_class_and_is_shown_over_the_button() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let image = queued(&bench, 0);
    driver.key_press(Key::Num2);
    driver.run();
    driver.key_press(Key::Home);
    driver.run();
    bench.take_commands();
    let row = driver.query_all_by_role(Role::ListItem).next().unwrap().rect().center();
    press(&driver, PointerButton::Secondary, row, true);
    press(&driver, PointerButton::Secondary, row, false);
    driver.run();
    let name = project(&bench).classes.name(1);
    let other = project(&bench).classes.name(0);
    assert!(driver.query_by_label(&format!("Use as example of {other}")).is_none(), "it is said to be another");
    driver.get_by_label(&format!("Use as example of {name}")).click();
    driver.run();
    assert_eq!(project(&bench).class_looks.example(1), Some(image));
    let at = driver.get_by_label(&format!("Label {name}")).rect().center();
    driver.hover_at(at);
    for _ in 0..24 {
        driver.step();
    }
    assert!(driver.query_by_label(&format!("Example of {name}")).is_some());
    driver.state_mut().act(ReviewAction::Example(1), &bench.view());
    assert_eq!(project(&bench).class_looks.example(1), None, "again it is none");
}

#[test]
fn buttons_and_keys_of_classes_stand_in_the_order_that_was_chosen() {
    let bench = Bench::project();
    let count = project(&bench).classes.len();
    bench.edit_project(|project| project.class_looks = Arc::new(project.class_looks.with_rank(count, 1, 0)));
    let mut driver = open(&bench);
    let view = bench.view();
    driver.state_mut().keymap.follow(&view);
    driver.run();
    let at = |class: usize| driver.get_by_label(&format!("Label {}", project(&bench).classes.name(class))).rect().min;
    assert!((at(1).y, at(1).x) < (at(0).y, at(0).x));
    let image = queued(&bench, 0);
    driver.key_press(Key::Num1);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::Label(Some(1)))]);
}

#[test]
fn the_menu_of_a_blind_reader_says_what_waits_for_assisted_reading() {
    let bench = Bench::project();
    bench.edit_project(|project| project.reading = crate::domain::ReadingMode::Blind);
    let mut driver = open(&bench);
    let row = driver.query_all_by_role(Role::ListItem).next().unwrap().rect().center();
    press(&driver, PointerButton::Secondary, row, true);
    press(&driver, PointerButton::Secondary, row, false);
    driver.run();
    for line in ["Similar images", "Export labels as CSV\u{2026}", "Move to the test split"] {
        let line = format!("{line}. Not while you read without the others.");
        assert!(driver.get_by_label(&line).accesskit_node().is_disabled());
    }
    driver.get_by_label("Confirm");
    assert!(driver.query_by_label("Confirm, else take the model's").is_none());
}
