//! Boxes: taking the model's, the threshold, and every tool that changes one's own.

use super::*;
use crate::ui::shortcut::Shortcut;

pub(super) fn bench() -> Bench {
    Bench::boxes()
}

/// Where the lungs of the first image are drawn.
pub(super) const LEFT: Rect = Rect { xmin: 330.0, ymin: 130.0, xmax: 470.0, ymax: 400.0 };

pub(super) fn shifted(rect: Rect, x: f64, y: f64) -> Rect {
    Rect { xmin: rect.xmin + x, ymin: rect.ymin + y, xmax: rect.xmax + x, ymax: rect.ymax + y }
}

fn drawn(bench: &Bench) -> Vec<AnnotatedBox> {
    project(bench).detail.as_ref().expect("looked at").annotation.boxes.clone()
}

pub(super) fn click(driver: &mut Driver, at: Pos2) {
    press(driver, PointerButton::Primary, at, true);
    driver.step();
    press(driver, PointerButton::Primary, at, false);
    driver.run();
}

/// Presses the drawn box of the left lung where nothing else lies.
pub(super) fn choose_left(driver: &mut Driver) {
    let at = on_screen(driver, [400.0, 150.0]);
    click(driver, at);
}

#[test]
fn where_nobody_has_said_anything_enter_accepts_all_that_is_shown_and_goes_on() {
    let bench = bench();
    let mut driver = open(&bench);
    let images: Vec<ImageId> = (2..4).map(|at| queued(&bench, at)).collect();
    driver.key_press(Key::ArrowRight);
    driver.key_press(Key::ArrowRight);
    driver.run();
    driver.get_by_label("Accept 2 boxes and next");
    driver.get_by_label_contains("Enter takes the model's boxes");
    bench.take_commands();
    driver.key_press(Key::Enter);
    driver.run();
    let sent = bench.take_commands();
    let Some(Command::Project(ProjectCommand::Annotate { image, edit, shown: Some(shown), .. })) = sent.first() else {
        panic!("{sent:?}")
    };
    assert_eq!((*image, edit.clone()), (images[0], Edit::AcceptBoxes { threshold: 0.4 }));
    assert_eq!((shown.boxes.len(), shown.threshold), (2, Some(0.4)), "what was on screen is in the log");
    assert_eq!(driver.state().state.selected(), Some(images[1]));
}

#[test]
fn enter_confirms_boxes_that_are_there_and_the_model_s_are_added_by_a_button_that_counts_them() {
    let bench = bench();
    let mut driver = open(&bench);
    let (first, fourth) = (queued(&bench, 0), queued(&bench, 3));
    let before = drawn(&bench);
    // Two count; one of them is drawn already.
    driver.get_by_label("Confirm 2 boxes and next");
    driver.key_press_modifiers(Modifiers::SHIFT, Key::T);
    driver.run();
    let said = project(&bench).detail.as_ref().unwrap().prediction.as_ref().unwrap().boxes[1].clone();
    assert_eq!(annotations(&bench), [(first, Edit::DrawBoxes(vec![(said.class, said.rect)]))]);
    assert_eq!(drawn(&bench).len(), before.len() + 1);
    assert!(driver.query_by_label_contains("of the model").is_none(), "there is nothing more to add");
    driver.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    driver.run();
    driver.get_by_label("Add 1 box of the model");
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), [(first, Edit::Confirm)]);
    let show = ReviewAction::Show(first);
    let watched = driver.state().watched.clone();
    driver.state_mut().act(show, &watched.view());
    driver.run();
    assert_eq!(drawn(&bench), before, "none was added");
    assert_ne!(first, fourth);
}

#[test]
fn enter_confirms_that_nothing_is_here_and_says_where_there_is_nothing_to_confirm() {
    let bench = bench();
    let mut driver = open(&bench);
    let (second, third) = (queued(&bench, 1), queued(&bench, 2));
    driver.key_press(Key::ArrowRight);
    driver.run();
    driver.get_by_label("Confirm: nothing here and next");
    driver.get_by_label("Add 2 boxes of the model");
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), [(second, Edit::Confirm)]);
    assert_eq!(driver.state().state.selected(), Some(third));
    bench.edit_project(|p| {
        Arc::make_mut(&mut p.rows).iter_mut().for_each(|row| row.boxes.seen = false);
        p.detail.as_mut().map(Arc::make_mut).unwrap().prediction = None;
    });
    driver.run();
    assert!(driver.get_by_label("Confirm and next").accesskit_node().is_disabled());
    driver.get_by_label_contains("the model has not looked at this image yet");
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), []);
}

#[test]
fn t_takes_the_model_s_box_under_the_pointer() {
    let bench = bench();
    let mut driver = open(&bench);
    // The right lung as the model has it, outside what is drawn.
    let at = on_screen(&driver, [290.0, 440.0]);
    driver.hover_at(at);
    driver.run();
    driver.key_press(Key::T);
    driver.run();
    let rect = Rect { xmin: 170.0, ymin: 190.0, xmax: 310.0, ymax: 460.0 };
    assert_eq!(annotations(&bench), [(queued(&bench, 0), Edit::AcceptBox { class: 1, rect })]);
    assert_eq!(drawn(&bench).len(), 3);
}

#[test]
fn nothing_here_and_right_as_drawn_have_keys_and_buttons() {
    let bench = bench();
    let mut driver = open(&bench);
    let images: Vec<ImageId> = (0..3).map(|at| queued(&bench, at)).collect();
    driver.key_press(Key::K);
    driver.run();
    driver.get_by_label("Nothing here").click();
    driver.run();
    driver.key_press(Key::K);
    driver.key_press(Key::E);
    driver.run();
    let expected = [(images[0], Edit::Confirm), (images[1], Edit::NothingHere), (images[2], Edit::NothingHere)];
    assert_eq!(annotations(&bench), expected, "where nothing is drawn there is nothing to confirm");
}

#[test]
fn arrows_move_the_queue_and_with_alt_the_chosen_box() {
    let bench = bench();
    let mut driver = open(&bench);
    let first = queued(&bench, 0);
    choose_left(&mut driver);
    driver.key_press_modifiers(Modifiers::ALT, Key::ArrowRight);
    driver.key_press_modifiers(Modifiers::ALT | Modifiers::SHIFT, Key::ArrowDown);
    driver.run();
    assert_eq!(driver.state().state.selected(), Some(first));
    let edits: Vec<Edit> = annotations(&bench).into_iter().map(|(_, edit)| edit).collect();
    let moved = |x, y| Edit::ChangeBox { id: BoxId(1), class: 0, rect: shifted(LEFT, x, y) };
    assert_eq!(edits, [moved(1.0, 0.0), moved(1.0, 10.0)]);
    for (key, place) in [(Key::ArrowRight, 1), (Key::ArrowDown, 2), (Key::ArrowUp, 1), (Key::ArrowLeft, 0)] {
        driver.key_press(Key::Tab);
        driver.run();
        let canvas = &driver.state().state.canvas;
        assert!(canvas.chosen.is_some() || canvas.chosen_found.is_some());
        driver.key_press(key);
        driver.run();
        assert_eq!(driver.state().state.selected(), Some(queued(&bench, place)));
    }
    assert_eq!(annotations(&bench), [], "no box moved");
}

#[test]
fn the_panel_says_what_keys_do_to_the_chosen_box_also_after_they_were_changed() {
    let bench = bench();
    let mut driver = open(&bench);
    assert!(driver.query_by_label_contains("move this box").is_none());
    choose_left(&mut driver);
    let text = "Alt Arrows move this box (Alt Shift Arrows: by 10 pixels), Delete deletes it, 1 to 2 give it a class.";
    driver.get_by_label(text);
    let keymap = &mut driver.state_mut().keymap;
    for (action, key) in [(ReviewAction::Nudge(-1, 0), "H"), (ReviewAction::Delete, "F2")] {
        let own = keymap.with(&action.into(), Some(vec![Shortcut::parse(key).unwrap()]));
        *keymap = Keymap::of(vec!["Left lung".into(), "Right lung".into()], own);
    }
    driver.run();
    driver.get_by_label_contains("H, Alt Right, Alt Up, Alt Down move this box");
    driver.get_by_label_contains("F2 deletes it");
}

#[test]
fn a_box_just_drawn_is_the_chosen_one_also_before_the_session_has_it() {
    let bench = bench();
    let mut driver = open(&bench);
    choose_left(&mut driver);
    driver.key_press(Key::B);
    driver.run();
    driver.state().watched.fall_behind();
    let (from, to) = (on_screen(&driver, [500.0, 20.0]), on_screen(&driver, [540.0, 60.0]));
    press(&driver, PointerButton::Primary, from, true);
    driver.step();
    for at in [from + (to - from) * 0.5, to] {
        driver.hover_at(at);
        driver.step();
    }
    press(&driver, PointerButton::Primary, to, false);
    driver.step();
    driver.input_mut().events.extend(all_tapped(&[Key::Num2, Key::Delete]));
    for _ in 0..10 {
        driver.step();
    }
    driver.state().watched.catch_up();
    driver.run();
    let sent: Vec<Edit> = annotations(&bench).into_iter().map(|(_, edit)| edit).collect();
    let [Edit::DrawBox { .. }, Edit::ChangeBox { id: changed, class: 1, .. }, Edit::DeleteBox { id }] = sent.as_slice()
    else {
        panic!("{sent:?}")
    };
    assert!(id == changed && *id != BoxId(1), "the new one, not the one chosen before");
    assert_eq!(drawn(&bench).len(), 2);
}

#[test]
fn a_box_drawn_within_one_frame_is_drawn_and_the_one_chosen_before_left_alone() {
    let bench = bench();
    let mut driver = open(&bench);
    choose_left(&mut driver);
    driver.key_press(Key::B);
    driver.run();
    let before = drawn(&bench);
    let (from, to) = (on_screen(&driver, [500.0, 20.0]), on_screen(&driver, [540.0, 60.0]));
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let way = [0.25, 0.5, 1.0].map(|part| Event::PointerMoved(from + (to - from) * part));
    let drag = [Event::PointerMoved(from), button(from, true)].into_iter().chain(way).chain([button(to, false)]);
    at_once(&mut driver, drag.chain(all_tapped(&[Key::Delete])));
    let sent: Vec<Edit> = annotations(&bench).into_iter().map(|(_, edit)| edit).collect();
    let [Edit::DrawBox { .. }, Edit::DeleteBox { id }] = sent.as_slice() else { panic!("{sent:?}") };
    assert!(before.iter().all(|old| old.id != *id), "the new one, not the one chosen before");
    assert_eq!(drawn(&bench), before);
}

#[test]
fn undoing_a_box_takes_the_choice_away() {
    let bench = bench();
    let mut driver = open(&bench);
    driver.key_press(Key::B);
    driver.run();
    let (from, to) = (on_screen(&driver, [500.0, 20.0]), on_screen(&driver, [540.0, 60.0]));
    drag(&mut driver, PointerButton::Primary, from, to);
    let new = drawn(&bench)[2].id;
    assert_eq!(driver.state().state.canvas.chosen, Some(new));
    driver.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    driver.run();
    assert_eq!(driver.state().state.canvas.chosen, None);
    driver.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    driver.run();
    assert_eq!((drawn(&bench).len(), driver.state().state.canvas.chosen), (3, None));
}

#[test]
fn a_box_taken_from_the_model_is_chosen_and_the_one_chosen_before_left_alone() {
    let bench = bench();
    let mut driver = open(&bench);
    choose_left(&mut driver);
    driver.get_by_label("Take the model's box Right lung").click();
    driver.run();
    let taken = drawn(&bench)[2].id;
    assert_eq!(driver.state().state.canvas.chosen, Some(taken));
    annotations(&bench);
    driver.key_press(Key::Delete);
    driver.run();
    assert_eq!(annotations(&bench), [(queued(&bench, 0), Edit::DeleteBox { id: taken })]);
}

#[test]
fn digits_give_the_chosen_box_a_class_and_else_choose_one_for_drawing() {
    let bench = bench();
    let mut driver = open(&bench);
    choose_left(&mut driver);
    driver.key_press(Key::Num2);
    driver.run();
    assert_eq!(annotations(&bench), [(queued(&bench, 0), Edit::ChangeBox { id: BoxId(1), class: 1, rect: LEFT })]);
    driver.key_press(Key::Escape);
    driver.key_press(Key::Num2);
    driver.key_press(Key::B);
    driver.run();
    let from = on_screen(&driver, [500.0, 20.0]);
    let to = on_screen(&driver, [540.0, 60.0]);
    drag(&mut driver, PointerButton::Primary, from, to);
    let sent = annotations(&bench);
    assert!(matches!(sent.as_slice(), [(_, Edit::DrawBox { class: 1, .. })]), "{sent:?}");
}

#[test]
fn a_chosen_box_is_duplicated_deleted_and_brought_back() {
    let bench = bench();
    let mut driver = open(&bench);
    choose_left(&mut driver);
    driver.key_press_modifiers(Modifiers::COMMAND, Key::D);
    driver.run();
    assert_eq!(annotations(&bench)[0].1, Edit::DrawBox { class: 0, rect: shifted(LEFT, 10.0, 10.0) });
    let copy = drawn(&bench)[2].id;
    assert_eq!(driver.state().state.canvas.chosen, Some(copy), "what comes next is meant for the duplicate");
    driver.key_press(Key::Delete);
    driver.run();
    assert_eq!(annotations(&bench)[0].1, Edit::DeleteBox { id: copy });
    assert_eq!(drawn(&bench).len(), 2);
    driver.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    driver.run();
    assert_eq!(drawn(&bench).len(), 3);
}

#[test]
fn tab_goes_through_the_boxes_of_both_sides() {
    let bench = bench();
    let mut driver = open(&bench);
    let mut seen = Vec::new();
    for _ in 0..5 {
        driver.key_press(Key::Tab);
        driver.run();
        let canvas = &driver.state().state.canvas;
        seen.push((canvas.chosen, canvas.chosen_found));
    }
    let (one, two) = ((Some(BoxId(1)), None), (Some(BoxId(2)), None));
    assert_eq!(seen, [one, two, (None, Some(0)), (None, Some(1)), one]);
    driver.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
    driver.run();
    assert_eq!(driver.state().state.canvas.chosen_found, Some(1));
    assert!(driver.ctx.memory(|m| m.focused().is_none()), "no control got the keyboard");
}

#[test]
fn boxes_are_copied_to_the_next_image() {
    let bench = bench();
    let mut driver = open(&bench);
    let second = queued(&bench, 1);
    let before: Vec<(usize, Rect)> = drawn(&bench).iter().map(|one| (one.class, one.rect)).collect();
    driver.key_press(Key::C);
    driver.run();
    assert_eq!(annotations(&bench), [(second, Edit::DrawBoxes(before.clone()))]);
    assert_eq!(driver.state().state.selected(), Some(second));
    let now: Vec<(usize, Rect)> = drawn(&bench).iter().map(|one| (one.class, one.rect)).collect();
    assert_eq!(now, before);
    driver.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    driver.run();
    assert_eq!(drawn(&bench), [], "one step");
}

#[test]
fn a_box_drawn_near_the_edge_is_laid_on_it_and_a_broken_off_drag_draws_none() {
    let bench = bench();
    let mut driver = open(&bench);
    driver.key_press(Key::B);
    driver.run();
    let (from, to) = (on_screen(&driver, [500.0, 40.0]), on_screen(&driver, [578.0, 2.0]));
    press(&driver, PointerButton::Primary, from, true);
    driver.step();
    driver.hover_at(to);
    driver.step();
    driver.key_press(Key::Escape);
    driver.step();
    press(&driver, PointerButton::Primary, to, false);
    driver.run();
    assert_eq!(annotations(&bench), []);
    drag(&mut driver, PointerButton::Primary, from, to);
    let sent = annotations(&bench);
    let [(_, Edit::DrawBox { rect, .. })] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((rect.xmax, rect.ymin), (580.0, 0.0));
}

#[test]
fn a_box_s_edges_can_be_typed() {
    let bench = bench();
    let mut driver = open(&bench);
    choose_left(&mut driver);
    let field = "Left edge of the box, in pixels";
    driver.get_by_role_and_label(Role::SpinButton, field).click();
    driver.run();
    driver.key_press_modifiers(Modifiers::COMMAND, Key::A);
    driver.event(Event::Text("301".into()));
    driver.run();
    assert_eq!(annotations(&bench), [], "no event a keystroke");
    driver.key_press(Key::Enter);
    driver.run();
    let rect = Rect { xmin: 301.0, ..LEFT };
    assert_eq!(annotations(&bench), [(queued(&bench, 0), Edit::ChangeBox { id: BoxId(1), class: 0, rect })]);
}

#[test]
fn chips_and_orders_are_about_boxes() {
    let bench = bench();
    let mut driver = open(&bench);
    let extra = project(&bench).counts.extra;
    driver.get_by_label("More filters").click();
    driver.run();
    driver.get_by_role_and_label(Role::MenuItem, &format!("Extra  ({extra})")).click();
    driver.run();
    assert!(extra > 0 && project(&bench).queue.len() == extra);
    bench.take_commands();
    for _ in 0..3 {
        driver.key_press(Key::S);
        driver.run();
    }
    assert_eq!(bench.take_commands().last(), Some(&Command::Project(ProjectCommand::SetSort(Sort::Missed))));
}

#[test]
fn in_a_project_about_classes_nothing_of_this_is_shown() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    with_boxes(&bench);
    driver.run();
    assert!(driver.query_by_label("Threshold").is_none() && driver.query_by_label("Nothing here").is_none());
    driver.get_by_label("Label Fractured");
    let labelled = queued(&bench, 0);
    for key in [Key::Num1, Key::Home, Key::E] {
        driver.key_press(key);
        driver.run();
    }
    assert_eq!(annotations(&bench), [(labelled, Edit::Label(Some(0)))], "a key of the boxes takes no label away");
    assert_eq!(driver.state().state.selected(), Some(labelled));
}

#[test]
fn what_an_imported_file_says_of_a_box_stands_in_its_row() {
    let bench = bench();
    let mut driver = open(&bench);
    let drawn = drawn(&bench);
    driver.get_by_role_and_label(Role::Button, "Box 1, Left lung");
    bench.edit_project(|p| {
        let detail = p.detail.as_mut().map(Arc::make_mut).unwrap();
        detail.box_marks = vec![(drawn[0].id, "difficult, pose Left".into())];
    });
    driver.run();
    driver.get_by_role_and_label(Role::Button, "Box 1, Left lung, difficult, pose Left");
    driver.get_by_role_and_label(Role::Label, "difficult, pose Left");
    driver.get_by_role_and_label(Role::Button, "Box 2, Right lung");
}

#[test]
fn the_list_of_boxes_has_the_colours_of_the_picture() {
    use crate::ui::widgets::class_color;
    let bench = bench();
    let driver = open(&bench);
    let classes = project(&bench).classes.clone();
    let marks_before = |name: &str| {
        let row = driver.get_by_role_and_label(Role::Button, name).rect();
        let painted = driver.output().shapes.iter().filter_map(|clipped| match &clipped.shape {
            egui::Shape::Rect(square) if square.rect.width() < 9.0 => Some((square.rect.center(), square.fill)),
            _ => None,
        });
        let beside = painted
            .filter(|(at, _)| (at.y - row.center().y).abs() < 4.0 && at.x < row.left() && at.x > row.left() - 24.0);
        beside.map(|(_, fill)| fill).collect::<Vec<_>>()
    };
    let wanted = |class| vec![class_color(&Theme::dark(), &classes, class)];
    assert_ne!(wanted(0), wanted(1));
    assert_eq!(marks_before("Box 1, Left lung"), wanted(0));
    assert_eq!(marks_before("Box 2, Right lung"), wanted(1));
}
