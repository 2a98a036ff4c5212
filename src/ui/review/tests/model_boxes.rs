//! What the model says of boxes: its threshold, its picture beside the drawn ones, and why it says so.

use super::boxes::{LEFT, bench, choose_left, click, shifted};
use super::*;

#[test]
fn a_threshold_of_many_digits_stays_as_it_is_where_it_is_only_looked_at() {
    let bench = bench();
    bench.edit_project(|project| project.threshold = Some(0.403_721_6));
    let mut driver = open(&bench);
    driver.run();
    driver.get_by_label_contains("boxes from a score of 0.40 on.");
    let in_force = bench.view().project.as_ref().and_then(|project| project.threshold);
    assert_eq!(in_force, Some(0.403_721_6), "nobody touched it");
}

#[test]
fn the_threshold_is_live_while_dragged_and_kept_when_let_go() {
    let bench = bench();
    let mut driver = open(&bench);
    driver.get_by_label_contains("2 boxes from a score of 0.40 on.");
    let slider = driver.get_by_role_and_label(Role::Slider, "Threshold").rect();
    let at = |share: f32| pos2(slider.left() + slider.width() * share, slider.center().y);
    press(&driver, PointerButton::Primary, at(0.4), true);
    driver.step();
    driver.hover_at(at(0.8));
    driver.run();
    driver.get_by_label_contains("1 box from a score of 0.");
    assert_eq!(bench.take_commands(), [], "nothing is kept while it moves");
    press(&driver, PointerButton::Primary, at(0.8), false);
    driver.run();
    let sent = bench.take_commands();
    let [Command::Project(ProjectCommand::SetThreshold { model: ModelId(2), threshold: Some(now) })] = sent.as_slice()
    else {
        panic!("{sent:?}")
    };
    assert!((0.72..0.92).contains(now), "{now}");
    driver.key_press(Key::Comma);
    driver.run();
    let lower = ((now - 0.05) * 100.0).round() / 100.0;
    assert_eq!(
        bench.take_commands(),
        [Command::Project(ProjectCommand::SetThreshold { model: ModelId(2), threshold: Some(lower) })]
    );
}

#[test]
fn a_threshold_that_was_moved_does_not_come_back() {
    let bench = bench();
    let mut driver = open(&bench);
    driver.key_press(Key::Period);
    driver.run();
    driver.get_by_label_contains("from a score of 0.45 on.");
    // As the Evaluate screen does, or another model with that threshold.
    bench.send(Command::Project(ProjectCommand::SetThreshold { model: ModelId(2), threshold: Some(0.4) }));
    driver.run();
    driver.get_by_label_contains("from a score of 0.40 on.");
}

#[test]
fn a_read_only_project_can_be_looked_at_with_another_threshold() {
    let bench = bench();
    bench.edit_project(|p| p.read_only = Some("B has it open".into()));
    let mut driver = open(&bench);
    for _ in 0..8 {
        driver.key_press(Key::Period);
    }
    driver.run();
    driver.get_by_label_contains("1 box from a score of 0.80 on.");
    assert_eq!(bench.take_commands(), []);
}

#[test]
fn side_by_side_the_model_s_picture_takes_its_boxes_and_the_drawn_stay_on_theirs() {
    let bench = bench();
    let mut driver = open(&bench);
    let whole = on_screen(&driver, [400.0, 150.0]);
    driver.get_by_label("Drawn and model side by side").click();
    driver.run();
    let left = {
        driver.hover_at(whole - vec2(200.0, 0.0));
        driver.run();
        on_screen(&driver, [400.0, 300.0])
    };
    driver.hover_at(whole + vec2(200.0, 0.0));
    driver.run();
    let right = on_screen(&driver, [400.0, 300.0]);
    assert!(right.x - left.x > 200.0, "the same place on two pictures: {left} {right}");
    click(&mut driver, left);
    assert_eq!(driver.state().state.canvas.chosen, Some(BoxId(1)));
    click(&mut driver, right);
    assert_eq!((driver.state().state.canvas.chosen, driver.state().state.canvas.chosen_found), (None, Some(0)));
    drag(&mut driver, PointerButton::Primary, right, right + vec2(20.0, 20.0));
    assert_eq!(annotations(&bench), [], "the model's word cannot be changed");
    driver.key_press(Key::Y);
    driver.run();
    assert!((on_screen(&driver, [400.0, 150.0]) - whole).length() < 0.5);
}

#[test]
fn the_boxes_of_two_compared_models_are_beside_each_other_and_each_picture_says_whose() {
    let bench = bench();
    let rect = crate::domain::Rect { xmin: 20.0, ymin: 20.0, xmax: 60.0, ymax: 60.0 };
    let other = crate::session::OtherBoxes {
        name: "other-model".into(),
        threshold: 0.3,
        boxes: vec![PredictedBox { class: 0, score: 0.77, rect }],
    };
    let mut driver = open(&bench);
    driver.key_press(Key::Y);
    driver.run();
    assert!(driver.query_by_label_contains("other-model").is_none());
    driver.key_press(Key::Y);
    driver.run();
    assert!(!has_painted(&driver, "other-model, from 0.30"), "no other model: one picture again");
    bench.edit_project(|p| {
        p.detail.as_mut().map(Arc::make_mut).expect("an image is looked at").others = vec![other];
    });
    driver.run();
    driver.get_by_label_contains("other-model: 1 box from a score of 0.30 on");
    let whole = on_screen(&driver, [400.0, 150.0]);
    driver.key_press(Key::Y);
    driver.key_press(Key::Y);
    driver.run();
    assert!(has_painted(&driver, "other-model, from 0.30"));
    driver.hover_at(whole + vec2(200.0, 0.0));
    driver.run();
    let right = on_screen(&driver, [400.0, 300.0]);
    click(&mut driver, right);
    assert_eq!(driver.state().state.canvas.chosen_found, None, "the active model's box is on the left picture alone");
    driver.hover_at(whole - vec2(200.0, 0.0));
    driver.run();
    let left = on_screen(&driver, [400.0, 300.0]);
    click(&mut driver, left);
    assert!(driver.state().state.canvas.chosen.is_some() || driver.state().state.canvas.chosen_found.is_some());
    driver.key_press(Key::Escape);
    driver.key_press(Key::Y);
    driver.run();
    assert!(!has_painted(&driver, "other-model, from 0.30"));
}

/// Whether this text was painted in the last frame.
fn has_painted(driver: &Driver, wanted: &str) -> bool {
    fn is_in(shape: &egui::Shape, wanted: &str) -> bool {
        match shape {
            egui::Shape::Text(text) => text.galley.text() == wanted,
            egui::Shape::Vec(shapes) => shapes.iter().any(|shape| is_in(shape, wanted)),
            _ => false,
        }
    }
    driver.output().shapes.iter().any(|clipped| is_in(&clipped.shape, wanted))
}

/// The last heat map that was asked for, and what the panel says of it.
fn explained(driver: &Driver, said: &str) -> Explained {
    driver.get_by_label_contains(said);
    driver.state().watched.heats.lock().unwrap().last().expect("asked").explained
}

#[test]
fn the_heat_map_is_of_the_chosen_box_and_else_of_the_surest() {
    let bench = bench();
    let mut driver = open(&bench);
    assert!(driver.query_by_label_contains("Heat map of").is_none(), "it is not switched on");
    driver.key_press(Key::G);
    driver.run();
    let found = shifted(LEFT, 4.0, 4.0);
    let now = explained(&driver, "Heat map of the model's box 1, Left lung 0.93, in cells of 20 pixels.");
    assert_eq!(now, Explained::Box { class: 0, rect: found });

    // Past the two that are drawn, to the model's second.
    for _ in 0..4 {
        driver.key_press(Key::Tab);
    }
    driver.run();
    let rect = Rect { xmin: 170.0, ymin: 190.0, xmax: 310.0, ymax: 460.0 };
    let now = explained(&driver, "Heat map of the model's box 2, Right lung 0.71");
    assert_eq!(now, Explained::Box { class: 1, rect });
    driver.key_press_modifiers(Modifiers::SHIFT, Key::G);
    driver.run();
    assert_eq!(explained(&driver, "the model's box 1, Left lung 0.93"), Explained::Box { class: 0, rect: found });

    choose_left(&mut driver);
    let now =
        explained(&driver, "Heat map of your box 1, Left lung, to which the model gives 0.12, in cells of 20 pixels.");
    assert_eq!(now, Explained::Box { class: 0, rect: LEFT });
    driver.key_press(Key::F);
    driver.get_by_label("Nothing here").click();
    driver.run();
    let sent = bench.take_commands();
    let display = sent.iter().find_map(|c| match c {
        Command::Project(ProjectCommand::Annotate { display, .. }) => Some(display.clone()),
        _ => None,
    });
    let display = display.expect("said");
    assert_eq!((display.heat_map, display.heat_box), (Some(0), Some(LEFT)), "what was on screen is in the log");
}

#[test]
fn where_no_box_counts_the_heat_map_says_so() {
    let bench = bench();
    let mut driver = open(&bench);
    driver.key_press(Key::G);
    for _ in 0..12 {
        driver.key_press(Key::Period);
    }
    driver.run();
    driver.get_by_label_contains("No heat map: the model draws no box here from this score on.");
    choose_left(&mut driver);
    assert_eq!(explained(&driver, "Heat map of your box 1"), Explained::Box { class: 0, rect: LEFT });
    bench.set_loading(true);
    driver.run_ok();
    driver.get_by_label("Heat map of your box 1, Left lung.");
}
