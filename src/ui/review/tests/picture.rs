//! Boxes, windows and moving the picture with the pointer.

use super::*;

#[test]
fn a_box_drawn_by_a_drag_is_one_command_in_image_pixels() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::B);
    driver.run();
    let (from, to) = (on_screen(&driver, [120.0, 90.0]), on_screen(&driver, [260.0, 300.0]));
    drag(&mut driver, PointerButton::Primary, from, to);
    let rect = Rect { xmin: 120.0, ymin: 90.0, xmax: 260.0, ymax: 300.0 };
    let class = project(&bench).rows[0].label.map_or(0, usize::from);
    assert_eq!(annotations(&bench), [(queued(&bench, 0), Edit::DrawBox { class, rect })]);

    // Turned by a quarter and zoomed, the same pixels are meant.
    driver.key_press(Key::Z);
    driver.key_press(Key::R);
    driver.key_press(Key::Plus);
    driver.run();
    let (from, to) = (on_screen(&driver, [330.0, 200.0]), on_screen(&driver, [400.0, 280.0]));
    drag(&mut driver, PointerButton::Primary, to, from);
    let rect = Rect { xmin: 330.0, ymin: 200.0, xmax: 400.0, ymax: 280.0 };
    assert_eq!(annotations(&bench), [(queued(&bench, 0), Edit::DrawBox { class, rect })]);
}

#[test]
fn boxes_are_moved_resized_and_deleted_with_one_command_each() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    with_boxes(&bench);
    driver.run();
    let image = queued(&bench, 0);
    let original = Rect { xmin: 200.0, ymin: 180.0, xmax: 320.0, ymax: 330.0 };
    let (inside, beside) = (on_screen(&driver, [240.0, 220.0]), on_screen(&driver, [250.0, 205.0]));
    drag(&mut driver, PointerButton::Primary, inside, beside);
    let moved = Rect { xmin: 210.0, ymin: 165.0, xmax: 330.0, ymax: 315.0 };
    assert_eq!(annotations(&bench), [(image, Edit::ChangeBox { id: BoxId(900), class: 0, rect: moved })]);

    with_boxes(&bench);
    driver.run();
    let (corner, outward) = (on_screen(&driver, [320.0, 330.0]), on_screen(&driver, [350.0, 360.0]));
    drag(&mut driver, PointerButton::Primary, corner, outward);
    let resized = Rect { xmax: 350.0, ymax: 360.0, ..original };
    assert_eq!(annotations(&bench), [(image, Edit::ChangeBox { id: BoxId(900), class: 0, rect: resized })]);

    with_boxes(&bench);
    driver.key_press(Key::Delete);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::DeleteBox { id: BoxId(900) })]);
}

#[test]
fn dragging_the_picture_moves_it_and_sends_nothing() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let before = on_screen(&driver, [300.0, 250.0]);
    drag(&mut driver, PointerButton::Middle, before, before + vec2(40.0, -25.0));
    let after = on_screen(&driver, [300.0, 250.0]);
    assert!((after - before - vec2(40.0, -25.0)).length() < 0.5, "moved by {:?}", after - before);
    assert_eq!(bench.take_commands(), []);
    driver.key_press(Key::F);
    driver.run();
    assert!((on_screen(&driver, [300.0, 250.0]) - before).length() < 0.5);
}

#[test]
fn a_right_drag_asks_for_another_window_which_the_log_then_knows() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let from = on_screen(&driver, [300.0, 250.0]);
    drag(&mut driver, PointerButton::Secondary, from, from + vec2(60.0, 30.0));
    let asked = driver.state().watched.asked.lock().unwrap().last().copied().expect("asked");
    let Voi::Window(centre, width) = asked.voi else { panic!("no window: {asked:?}") };
    assert!(width > 255.0, "right widens: {width}");
    assert!(centre > 127.5, "down darkens: {centre}");
    driver.key_press(Key::I);
    driver.key_press(Key::G);
    driver.run();
    driver.key_press(Key::Num1);
    driver.run();
    let display = bench.take_commands().into_iter().find_map(|c| match c {
        Command::Project(ProjectCommand::Annotate { display, .. }) => Some(display),
        _ => None,
    });
    let display = display.expect("labelled");
    assert_eq!((display.window, display.inverted), (Some((centre, width)), true));
    assert!(display.heat_map.is_some());
    let next = driver.state().watched.asked.lock().unwrap().last().copied().expect("asked");
    assert_eq!((next.voi, next.invert), (Voi::default(), false), "the next image has its own display");
}

#[test]
fn a_missing_file_is_explained_and_can_be_looked_for() {
    let bench = Bench::project();
    bench.edit_project(|p| Arc::make_mut(&mut p.rows)[0].missing = true);
    let mut driver = open(&bench);
    let first = queued(&bench, 0);
    assert_eq!(project(&bench).rows[0].id, first);
    driver.get_by_label("Find moved images").click();
    driver.run();
    assert!(driver.state().others.contains(&Action::Relink));
}

#[test]
fn the_wheel_zooms_at_the_pointer_and_a_double_click_fits_again() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let (pixel, other) = ([150.0, 400.0], [300.0, 100.0]);
    let (at, far) = (on_screen(&driver, pixel), on_screen(&driver, other));
    driver.hover_at(at);
    driver.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, 3.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    driver.run_ok();
    driver.run_ok();
    assert!((on_screen(&driver, pixel) - at).length() < 0.5, "the pixel under the pointer went away");
    let zoomed = (on_screen(&driver, other) - at).length() / (far - at).length();
    assert!(zoomed > 1.05, "zoomed by {zoomed}");
    for _ in 0..2 {
        press(&driver, PointerButton::Primary, at, true);
        press(&driver, PointerButton::Primary, at, false);
    }
    driver.run();
    assert!((on_screen(&driver, other) - far).length() < 0.5);
}

#[test]
fn space_held_moves_the_picture_instead_of_a_box() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    with_boxes(&bench);
    driver.run();
    let inside = on_screen(&driver, [240.0, 220.0]);
    driver.key_down(Key::Space);
    drag(&mut driver, PointerButton::Primary, inside, inside + vec2(30.0, 20.0));
    driver.key_up(Key::Space);
    driver.run();
    assert_eq!(annotations(&bench), []);
    assert!((on_screen(&driver, [240.0, 220.0]) - inside - vec2(30.0, 20.0)).length() < 0.5);
}

#[test]
fn a_picture_that_is_being_made_is_announced_and_nothing_is_drawn_on_it() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    bench.set_loading(true);
    driver.key_press(Key::ArrowRight);
    driver.run_ok();
    driver.key_press(Key::B);
    driver.run_ok();
    assert!(driver.state().state.canvas.placement().is_none(), "the last picture must not pass for this one");
    bench.set_loading(false);
    driver.run_ok();
    assert!(driver.state().state.canvas.placement().is_some());
}

#[test]
fn a_preset_of_the_header_is_chosen_by_name_or_key_and_noted_with_what_is_said() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::W);
    driver.run();
    driver.get_by_label("Window preset").click();
    driver.run();
    driver.get_by_label_contains("BONE").click();
    driver.run();
    let asked = *driver.state().watched.asked.lock().unwrap().last().expect("asked");
    assert_eq!(asked.voi, Voi::Preset(1));
    driver.key_press(Key::X);
    driver.run();
    let sent = bench.take_commands();
    let Some(Command::Project(ProjectCommand::Annotate { display, .. })) = sent.first() else { panic!("{sent:?}") };
    assert_eq!((display.window, display.preset), (None, 1));
    driver.key_press_modifiers(Modifiers::ALT, Key::Num1);
    driver.run();
    assert_eq!(driver.state().watched.asked.lock().unwrap().last().expect("asked").voi, Voi::default());
}
