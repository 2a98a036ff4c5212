//! How a picture is seen: turned, flipped, taken back, and noted with what is said.

use super::*;
use crate::session::Mouse;

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

/// How the picture shown last was asked for.
fn asked(driver: &Driver) -> PictureRequest {
    *driver.state().watched.asked.lock().unwrap().last().expect("asked")
}

fn roll(driver: &mut Driver, lines: f32, modifiers: Modifiers) {
    driver.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, lines),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers,
    });
    driver.run_ok();
    driver.run_ok();
}

#[test]
fn the_mouse_of_a_workstation_windows_on_the_left_zooms_on_the_right_and_pages_with_the_wheel() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let at = on_screen(&driver, [300.0, 250.0]);
    let view = bench.view();
    driver.state_mut().act(ReviewAction::MouseOfWorkstation, &view);
    driver.run();
    assert_eq!(bench.view().preferences.reading.mouse, Mouse::WORKSTATION);
    drag(&mut driver, PointerButton::Primary, at, at + vec2(60.0, 30.0));
    assert!(matches!(asked(&driver).voi, Voi::Window(..)), "left is the window");
    let zoom = |driver: &Driver| driver.state().state.canvas.placement().expect("a picture").zoom;
    let before = zoom(&driver);
    drag(&mut driver, PointerButton::Secondary, at, at - vec2(0.0, 60.0));
    assert!(zoom(&driver) > before * 1.3, "up is nearer: {} after {before}", zoom(&driver));
    let first = driver.state().state.selected();
    driver.hover_at(at);
    driver.run();
    roll(&mut driver, -1.0, Modifiers::NONE);
    assert_eq!(driver.state().state.selected(), Some(queued(&bench, 1)), "towards the person is on");
    roll(&mut driver, -2.0, Modifiers::NONE);
    assert_eq!(driver.state().state.selected(), Some(queued(&bench, 2)), "none is passed unseen in one frame");
    roll(&mut driver, 3.0, Modifiers::NONE);
    roll(&mut driver, 1.0, Modifiers::NONE);
    assert_eq!(driver.state().state.selected(), first);
    let before = zoom(&driver);
    roll(&mut driver, 3.0, Modifiers::COMMAND);
    assert!(zoom(&driver) > before && driver.state().state.selected() == first, "with Ctrl it zooms");

    // A tool in hand goes before the window, and so does the box that is chosen.
    bench.take_commands();
    driver.key_press(Key::B);
    driver.run();
    let (from, to) = (on_screen(&driver, [280.0, 240.0]), on_screen(&driver, [310.0, 270.0]));
    drag(&mut driver, PointerButton::Primary, from, to);
    assert!(matches!(annotations(&bench).as_slice(), [(_, Edit::DrawBox { .. })]));
    let view = bench.view();
    driver.state_mut().act(ReviewAction::MouseForLabelling, &view);
    driver.run();
    assert_eq!(bench.view().preferences.reading.mouse, Mouse::LABELLING);
}

#[test]
fn a_kept_view_goes_along_to_an_image_of_the_same_kind_and_the_place_is_found_again() {
    let bench = Bench::project();
    bench.edit_project(|p| {
        let queue: Vec<usize> = p.queue.iter().map(|row| *row as usize).collect();
        let rows = Arc::make_mut(&mut p.rows);
        // The first two are alike, the third is of another size.
        let (width, height) = (rows[queue[0]].width, rows[queue[0]].height);
        (rows[queue[1]].width, rows[queue[1]].height) = (width, height);
        (rows[queue[2]].width, rows[queue[2]].height) = (width + 64, height);
    });
    let mut driver = open(&bench);
    let zoom = |driver: &Driver| driver.state().state.canvas.placement().expect("a picture").zoom;
    let fitted = zoom(&driver);
    driver.key_press(Key::I);
    driver.key_press(Key::Plus);
    driver.run();
    let zoomed = zoom(&driver);
    driver.key_press(Key::ArrowRight);
    driver.run();
    assert_eq!((asked(&driver).invert, zoom(&driver)), (false, fitted), "not asked for");
    driver.key_press(Key::ArrowLeft);
    driver.run();
    assert_eq!((asked(&driver).invert, zoom(&driver)), (true, zoomed), "as it was left");

    shift(&mut driver, Key::K);
    driver.get_by_role_and_label(Role::ComboBox, "View of the picture");
    assert!(bench.view().preferences.reading.keep_view);
    driver.key_press(Key::ArrowRight);
    driver.run();
    assert_eq!((asked(&driver).invert, zoom(&driver)), (true, zoomed), "it goes along");
    // There and back within one frame: the image between was never on screen.
    at_once(&mut driver, all_tapped(&[Key::ArrowLeft, Key::ArrowRight]));
    assert_eq!((asked(&driver).invert, zoom(&driver)), (true, zoomed), "past images that were not seen");
    shift(&mut driver, Key::Z);
    assert!(!asked(&driver).invert, "and is taken back");
    driver.key_press(Key::I);
    driver.key_press(Key::ArrowRight);
    driver.run();
    assert!(!asked(&driver).invert, "but not to an image of another kind");
}

#[test]
fn the_value_under_the_pointer_and_of_regions_is_read_off_the_picture() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let at = on_screen(&driver, [120.5, 90.5]);
    driver.hover_at(at);
    driver.run();
    driver.get_by_label("x 120  y 90: 90120 stored, 89096");
    driver.key_press(Key::M);
    driver.run();
    driver.get_by_label("Measure values, or say a length").click();
    driver.run();
    driver.get_by_label("Ellipse").click();
    driver.run();
    let (from, to) = (on_screen(&driver, [100.0, 100.0]), on_screen(&driver, [200.0, 150.0]));
    drag(&mut driver, PointerButton::Primary, from, to);
    let sent = annotations(&bench);
    let [(_, Edit::Measure(measurement))] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(measurement.measure, crate::domain::Measure::Ellipse);
    // pi / 4 of 100 by 50 pixels of 0.2 mm: 157.1 square millimetres.
    driver.get_by_label_contains("Measurement 1, Ellipse, mean 120.5, SD 12.2, 80 to 160, 15");

    driver.get_by_label("Measure values, or say a length").click();
    driver.run();
    driver.get_by_label("Known length").click();
    driver.run();
    let (from, to) = (on_screen(&driver, [100.0, 300.0]), on_screen(&driver, [200.0, 300.0]));
    drag(&mut driver, PointerButton::Primary, from, to);
    at_once(&mut driver, all_tapped(&[Key::Num5, Key::Num0, Key::Enter]));
    // The header of the picture says 0.2 mm itself.
    let instead = "calibrated by the reader, instead of the header's 0.200 mm a pixel";
    driver.get_by_label_contains(&format!("Measurement 2, Known length, 50.0 mm, {instead}"));
    driver.get_by_label_contains("0.50");
    driver.get_by_label_contains(&format!("mm a pixel: {instead}."));
    // The ellipse, measured before, is in the reader's millimetres from now on: 982 square millimetres, and says so.
    let calibrated = driver.query_all_by_label_contains("square mm, calibrated by the reader").count()
        + driver.query_all_by_label_contains("mm\u{b2}, calibrated by the reader").count();
    assert!(calibrated > 0, "all that is measured on the image says who calibrated it");
    driver.get_by_label("Delete measurement 2").click();
    driver.run();
    assert!(driver.query_all_by_label_contains("calibration deleted").count() > 0);
}

#[test]
fn a_held_key_magnifies_what_is_under_the_pointer() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let at = on_screen(&driver, [300.0, 250.0]);
    driver.hover_at(at);
    driver.run();
    let before = driver.output().shapes.len();
    driver.key_down(Key::Q);
    driver.run_ok();
    assert!(driver.output().shapes.len() > before, "there is more on screen");
    driver.key_up(Key::Q);
    driver.run();
    assert_eq!(driver.output().shapes.len(), before);
}

#[test]
fn pictures_of_a_grid_are_windowed_and_zoomed_together_or_each_for_itself() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.state_mut().state.show_grid(crate::ui::action::Grid::Two);
    driver.run();
    let cell = |driver: &Driver, at: usize| {
        driver.get_all_by(|node| node.role() == Role::GridCell).nth(at).expect("a cell").rect().center()
    };
    let windows = |driver: &Driver| -> Vec<bool> {
        let asked = driver.state().watched.asked.lock().unwrap();
        let last: Vec<PictureRequest> = asked.iter().rev().take(4).copied().collect();
        last.iter().rev().map(|one| matches!(one.voi, Voi::Window(..))).collect()
    };
    let at = cell(&driver, 0);
    drag(&mut driver, PointerButton::Secondary, at, at + vec2(40.0, 20.0));
    assert_eq!(windows(&driver), [true; 4], "linked");
    shift(&mut driver, Key::R);
    shift(&mut driver, Key::L);
    let at = cell(&driver, 1);
    drag(&mut driver, PointerButton::Secondary, at, at + vec2(90.0, 20.0));
    let voi = |driver: &Driver, at: usize| {
        let asked = driver.state().watched.asked.lock().unwrap();
        asked.iter().rev().take(4).nth(3 - at).expect("four").voi
    };
    assert_ne!(voi(&driver, 1), voi(&driver, 2), "each for itself");
    assert_eq!(voi(&driver, 2), voi(&driver, 3));
    driver.hover_at(at);
    driver.run();
    roll(&mut driver, 5.0, Modifiers::NONE);
    assert_eq!(driver.get_all_by(|node| node.role() == Role::GridCell).count(), 4, "the wheel zooms in its cell");
}

#[test]
fn the_frames_of_a_file_are_played_and_begin_again() {
    let bench = Bench::project();
    bench.edit_project(|p| {
        let queue: Vec<usize> = p.queue.iter().take(3).map(|row| *row as usize).collect();
        let rows = Arc::make_mut(&mut p.rows);
        for (frame, row) in queue.into_iter().enumerate() {
            rows[row].name = format!("film.dcm#{frame}").into();
        }
    });
    let mut driver = open(&bench);
    driver.key_press(Key::P);
    let mut seen = Vec::new();
    for _ in 0..24 {
        driver.step();
        let now = driver.state().state.selected();
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    let film: Vec<Option<ImageId>> = [0, 1, 2, 0, 1].map(|place| Some(queued(&bench, place))).to_vec();
    assert_eq!(seen.get(..5), Some(&film[..]), "three frames, then from the first again");
    let frames = |driver: &mut Driver| {
        let mut frames = 0;
        for _ in 0..40 {
            let before = driver.state().state.selected();
            driver.step();
            frames += usize::from(driver.state().state.selected() != before);
        }
        frames
    };
    // Forty steps are two seconds.
    let usual = frames(&mut driver);
    assert!((18..=21).contains(&usual), "{usual} frames in two seconds at ten a second");
    for _ in 0..4 {
        driver.key_press_modifiers(Modifiers::ALT, Key::P);
        driver.step();
    }
    assert_eq!(bench.view().preferences.reading.frames_a_second, Some(3.0), "8, 6, 4, 3");
    let slow = frames(&mut driver);
    assert!((5..=7).contains(&slow), "{slow} frames in two seconds at three a second");
    driver.get_by_label("As usual: 10").click();
    driver.step();
    driver.step();
    assert_eq!(bench.view().preferences.reading.frames_a_second, None);
    driver.key_press(Key::P);
    driver.step();
    let stopped = driver.state().state.selected();
    for _ in 0..6 {
        driver.step();
    }
    assert_eq!(driver.state().state.selected(), stopped);
}
