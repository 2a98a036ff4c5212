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
    let annotate = Command::Annotate {
        image: first,
        edit: Edit::Label(Some(1)),
        shown: Some(ShownPrediction { model: ModelId(2), probabilities, boxes: Vec::new(), threshold: None }),
        display: DisplayState::default(),
    };
    assert_eq!(sent, [annotate, Command::Look { image: second }]);
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
        Command::SetFilter(Filter { review: Some(Review::Unreviewed), ..Filter::default() })
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
fn enter_and_the_button_accept_the_prediction() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let (first, second) = (queued(&bench, 0), queued(&bench, 1));
    driver.key_press(Key::Enter);
    driver.run();
    driver.get_by_label("Accept and next").click();
    driver.run();
    assert_eq!(annotations(&bench), [(first, Edit::Accept), (second, Edit::Accept)]);
}

#[test]
fn undo_goes_to_the_session() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::Num1);
    driver.run();
    bench.take_commands();
    driver.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    driver.run();
    assert_eq!(bench.take_commands(), [Command::Undo]);
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
    for name in ["Label Fractured", "Accept and next", "Flag"] {
        assert!(driver.get_by_label(name).accesskit_node().is_disabled(), "{name} can be pressed");
    }
    driver.key_press(Key::Num1);
    driver.key_press(Key::Enter);
    driver.key_press(Key::X);
    driver.key_press(Key::B);
    driver.run();
    let at = on_screen(&driver, [200.0, 200.0]);
    drag(&mut driver, PointerButton::Primary, at, at + vec2(50.0, 50.0));
    assert_eq!(annotations(&bench), []);
}
