//! Test images are changed only where that is meant, and what is undone is seen.

use super::*;
use egui::Event;

/// As many frames as the queue needs to scroll from end to end.
fn settle(harness: &mut Harness<'_, App>) {
    harness.run_steps(16);
}

/// Goes to the last image of the queue, which is a test image, and says its class and that of the other key.
fn at_a_test_image(bench: &Bench, harness: &mut Harness<'_, App>) -> Option<(overread::domain::ImageId, usize)> {
    harness.key_press(Key::End);
    settle(harness);
    let project = bench.view().project.clone()?;
    let row = &project.rows[*project.queue.last()? as usize];
    assert_eq!(row.split, overread::domain::Split::Test, "test images come last");
    bench.take_commands();
    Some((row.id, 1 - usize::from(row.label?)))
}

fn labels(bench: &Bench) -> Vec<(overread::domain::ImageId, Edit)> {
    let sent = bench.take_commands().into_iter();
    sent.filter_map(|command| match command {
        Command::Project(ProjectCommand::Annotate { image, edit, .. }) => Some((image, edit)),
        _ => None,
    })
    .collect()
}

fn class_key(class: usize) -> Key {
    [Key::Num1, Key::Num2][class]
}

#[test]
fn a_test_image_says_what_it_is_and_changing_it_is_asked_once() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    assert!(harness.query_by_label_contains("Changing its label").is_none(), "the first image is work to be done");
    let (image, other) = at_a_test_image(&bench, &mut harness).unwrap();
    assert!(harness.query_by_label_contains("Changing its label").is_some());
    assert!(
        harness.query_all_by_label_contains("reviewed, test image").count() > 0,
        "its row in the queue says it too"
    );

    // What only confirms the label changes nothing and is not asked.
    harness.key_press(class_key(1 - other));
    settle(&mut harness);
    assert_eq!(labels(&bench), [(image, Edit::Label(Some(1 - other)))]);
    let (image, other) = at_a_test_image(&bench, &mut harness).unwrap();
    harness.key_press(class_key(other));
    settle(&mut harness);
    assert!(harness.query_by_label("Change the test images?").is_some(), "it is asked");
    assert_eq!(labels(&bench), [], "before it is done");
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(harness.query_by_label("Change the test images?").is_none());
    assert_eq!(labels(&bench), []);

    harness.key_press(class_key(other));
    settle(&mut harness);
    press(&mut harness, "Change them");
    assert_eq!(labels(&bench), [(image, Edit::Label(Some(other)))]);
    let (image, other) = at_a_test_image(&bench, &mut harness).unwrap();
    harness.key_press(class_key(other));
    settle(&mut harness);
    assert_eq!(labels(&bench), [(image, Edit::Label(Some(other)))], "it is not asked again");

    // Opened anew, it is asked anew.
    bench.send(Command::Desk(DeskCommand::CloseProject));
    settle(&mut harness);
    bench.send(Command::Desk(DeskCommand::OpenProject("/home/reader/wrist.overread".into())));
    settle(&mut harness);
    let (_, other) = at_a_test_image(&bench, &mut harness).unwrap();
    harness.key_press(class_key(other));
    settle(&mut harness);
    assert!(harness.query_by_label("Change the test images?").is_some());

    // The question goes with its project, else its answer would be about the next one.
    bench.send(Command::Desk(DeskCommand::CloseProject));
    settle(&mut harness);
    assert!(harness.query_by_label("Change the test images?").is_none());
}

#[test]
fn the_question_about_a_box_drawn_on_a_test_image_is_answered_at_once() {
    let bench = Bench::boxes();
    let mut harness = window(&bench);
    harness.key_press(Key::End);
    settle(&mut harness);
    harness.key_press(Key::B);
    settle(&mut harness);
    bench.take_commands();
    let said = |harness: &Harness<'_, App>| {
        let next = harness.query_all_by_label_contains("and next");
        next.filter_map(|node| node.accesskit_node().label()).collect::<Vec<_>>()
    };
    let before = said(&harness);
    let (from, to) = (egui::pos2(560.0, 300.0), egui::pos2(640.0, 380.0));
    harness.drag_at(from);
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    harness.run_steps(3);
    assert!(harness.query_by_label("Change the test images?").is_some());
    assert_ne!(said(&harness), before, "the box is shown as if it were there");
    // The new box is looked for in vain for two seconds, which are eight frames here.
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    assert!(harness.query_by_label("Change the test images?").is_none());
    assert!(
        bench.take_commands().iter().all(|sent| !matches!(sent, Command::Project(ProjectCommand::Annotate { .. })))
    );
    assert_eq!(said(&harness), before, "the box that is not to be drawn is not shown any more");
}

#[test]
fn a_box_drawn_on_a_test_image_is_chosen_however_long_the_question_stood() {
    let bench = Bench::boxes();
    let mut harness = window(&bench);
    harness.key_press(Key::End);
    settle(&mut harness);
    harness.key_press(Key::B);
    settle(&mut harness);
    harness.drag_at(egui::pos2(560.0, 300.0));
    harness.step();
    harness.hover_at(egui::pos2(640.0, 380.0));
    harness.step();
    harness.drop_at(egui::pos2(640.0, 380.0));
    // A frame is a quarter of a second here.
    harness.run_steps(60);
    press(&mut harness, "Change them");
    settle(&mut harness);
    let drawn = labels(&bench);
    let [(image, Edit::DrawBox { rect, .. })] = drawn.as_slice() else { panic!("{drawn:?}") };
    let boxes = |bench: &Bench| bench.view().project.clone().unwrap().detail.clone().unwrap().annotation.boxes.clone();
    assert!(boxes(&bench).iter().any(|one| one.rect == *rect));
    harness.key_press(Key::Delete);
    settle(&mut harness);
    assert!(matches!(labels(&bench).as_slice(), [(at, Edit::DeleteBox { .. })] if at == image));
    assert!(boxes(&bench).iter().all(|one| one.rect != *rect), "the one that was drawn");
}

#[test]
fn what_is_typed_after_a_step_back_is_not_for_the_image_that_it_leads_to() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.key_press(Key::X);
    settle(&mut harness);
    harness.key_press(Key::ArrowRight);
    settle(&mut harness);
    bench.take_commands();
    let command = Modifiers::CTRL | Modifiers::COMMAND;
    let plain = Modifiers::NONE;
    in_one_frame(&mut harness, &[(Key::Z, command), (Key::Enter, plain), (Key::Num1, plain), (Key::Y, command)]);
    assert_eq!(labels(&bench), [], "it was not yet seen");
    let project = bench.view().project.clone().unwrap();
    assert!(project.rows[project.queue[0] as usize].flagged, "what was stepped back is stepped forth");
    // Where one stays at the image, what follows is for it.
    bench.take_commands();
    in_one_frame(&mut harness, &[(Key::Z, command), (Key::X, plain)]);
    assert_eq!(labels(&bench).len(), 1);
}

fn in_one_frame(harness: &mut Harness<'_, App>, keys: &[(Key, Modifiers)]) {
    for (key, modifiers) in keys {
        for pressed in [true, false] {
            let (key, modifiers) = (*key, *modifiers);
            harness.input_mut().events.push(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
        }
    }
    settle(harness);
}

#[test]
fn going_on_after_a_held_label_is_taken_back_with_it() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    at_a_test_image(&bench, &mut harness).unwrap();
    harness.key_press(Key::ArrowLeft);
    settle(&mut harness);
    bench.take_commands();
    let project = bench.view().project.clone().unwrap();
    let at = project.queue[project.queue.len() - 2] as usize;
    let (image, label) = (project.rows[at].id, usize::from(project.rows[at].label.unwrap()));
    // Typed in one go: the second meets the next image.
    harness.key_press(class_key(1 - label));
    harness.key_press(Key::X);
    settle(&mut harness);
    press(&mut harness, "Leave them");
    let sent = bench.take_commands();
    assert!(
        !sent.iter().any(|c| matches!(c, Command::Project(ProjectCommand::Annotate { edit: Edit::Label(_), .. }))),
        "{sent:?}"
    );
    let looked = sent.iter().rfind(|c| matches!(c, Command::Project(ProjectCommand::Look { .. })));
    assert_eq!(looked, Some(&Command::Project(ProjectCommand::Look { image })), "back at the image in question");
}

#[test]
fn figures_of_other_test_labels_say_so_wherever_they_stand() {
    let bench = Bench::project();
    let since = TestChanges { changed: 3, ..TestChanges::default() };
    bench.edit_project(|p| Arc::make_mut(&mut p.models)[1].since = since);
    let mut harness = window(&bench);
    for tab in ["Train", "Evaluate", "Models"] {
        harness.get_by_role_and_label(Role::Tab, tab).click();
        harness.run();
        assert!(harness.query_by_label_contains("3 test labels changed since").is_some(), "{tab}");
    }
    harness.get_by_role_and_label(Role::Tab, "Evaluate").click();
    harness.run();
    bench.take_commands();
    press(&mut harness, "Evaluate again");
    assert_eq!(
        last(&bench),
        Some(Command::Project(ProjectCommand::Compare { candidate: ModelId(3), active: Some(ModelId(2)) }))
    );
}

#[test]
fn undo_shows_the_image_it_concerns_and_its_message_passes() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    let project = bench.view().project.clone().unwrap();
    let row = &project.rows[project.queue[0] as usize];
    harness.key_press(class_key(1 - usize::from(row.label.unwrap())));
    harness.run();
    harness.get_by_role_and_label(Role::Tab, "Data").click();
    harness.run();
    bench.take_commands();
    ctrl(&mut harness, Key::Z);
    assert_eq!(harness.state().screen(), Screen::Review);
    assert_eq!(last_look(&bench), Some(row.id), "it went on to the next image before");
    assert!(harness.query_by_label_contains("Undid: label ").is_some());
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert!(harness.query_by_label_contains("Undid: label ").is_none(), "gone with the next action");

    ctrl(&mut harness, Key::Y);
    assert_eq!(last_look(&bench), Some(row.id));
    assert!(harness.query_by_label_contains("Redid: label ").is_some());
    harness.run_steps(200);
    assert!(harness.query_by_label_contains("Redid: label ").is_none(), "gone by itself");
}

/// The image that was looked at last.
fn last_look(bench: &Bench) -> Option<overread::domain::ImageId> {
    bench.take_commands().into_iter().rev().find_map(|command| match command {
        Command::Project(ProjectCommand::Look { image }) => Some(image),
        _ => None,
    })
}
