//! How a picture is seen: turned, flipped, taken back, and noted with what is said.

use super::*;

/// The last display that was noted.
fn noted(bench: &Bench) -> DisplayState {
    let sent = bench.take_commands().into_iter();
    let mut displays = sent.filter_map(|c| match c {
        Command::Project(ProjectCommand::Annotate { display, .. }) => Some(display),
        _ => None,
    });
    displays.next_back().expect("something was said")
}

fn shift(driver: &mut Driver, key: Key) {
    driver.key_press_modifiers(Modifiers::SHIFT, key);
    driver.run();
}

#[test]
fn a_flipped_and_turned_picture_is_drawn_on_in_its_own_pixels() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let upright = on_screen(&driver, [100.0, 90.0]);
    let middle = on_screen(&driver, [0.0, 0.0]).x / 2.0 + on_screen(&driver, [640.0, 0.0]).x / 2.0;
    driver.get_by_label("In the patient: left R, right L, above H, below F");
    shift(&mut driver, Key::H);
    driver.get_by_label("In the patient: left L, right R, above H, below F");
    let flipped = on_screen(&driver, [100.0, 90.0]);
    assert!((flipped.y - upright.y).abs() < 0.5 && flipped.x != upright.x, "{middle} {upright:?} {flipped:?}");
    driver.key_press(Key::R);
    driver.key_press(Key::B);
    driver.run();
    driver.get_by_label("In the patient: left F, right H, above L, below R");
    let (from, to) = (on_screen(&driver, [120.0, 90.0]), on_screen(&driver, [260.0, 300.0]));
    drag(&mut driver, PointerButton::Primary, from, to);
    let rect = Rect { xmin: 120.0, ymin: 90.0, xmax: 260.0, ymax: 300.0 };
    let sent = bench.take_commands();
    let Some(Command::Project(ProjectCommand::Annotate { edit, display, .. })) = sent.first() else {
        panic!("{sent:?}")
    };
    assert!(matches!(edit, Edit::DrawBox { rect: drawn, .. } if *drawn == rect), "{edit:?}");
    assert_eq!((display.turned, display.mirrored), (90, true));

    // The chosen box is where it was drawn: its corner is taken and moved.
    let (corner, outward) = (on_screen(&driver, [260.0, 300.0]), on_screen(&driver, [290.0, 330.0]));
    driver.key_press(Key::V);
    driver.run();
    drag(&mut driver, PointerButton::Primary, corner, outward);
    let sent = annotations(&bench);
    let larger = Rect { xmax: 290.0, ymax: 330.0, ..rect };
    assert!(matches!(sent.as_slice(), [(_, Edit::ChangeBox { rect, .. })] if *rect == larger), "{sent:?}");
}

#[test]
fn changes_of_the_view_are_taken_back_step_by_step_or_all_at_once() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    shift(&mut driver, Key::V);
    driver.key_press(Key::I);
    driver.run();
    let from = on_screen(&driver, [300.0, 250.0]);
    drag(&mut driver, PointerButton::Secondary, from, from + vec2(60.0, 30.0));
    let seen = |driver: &mut Driver, bench: &Bench| {
        driver.key_press(Key::X);
        driver.run();
        noted(bench)
    };
    let all = seen(&mut driver, &bench);
    assert_eq!((all.window.is_some(), all.inverted, all.turned, all.mirrored), (true, true, 180, true));
    shift(&mut driver, Key::Z);
    let before = seen(&mut driver, &bench);
    assert_eq!((before.window, before.inverted, before.turned), (None, true, 180));
    shift(&mut driver, Key::Z);
    assert!(!seen(&mut driver, &bench).inverted);
    shift(&mut driver, Key::R);
    assert_eq!(seen(&mut driver, &bench), DisplayState::default());
    // Taking all back is a step as well.
    shift(&mut driver, Key::Z);
    assert_eq!(seen(&mut driver, &bench).turned, 180);
}
