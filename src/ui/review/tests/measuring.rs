//! Lengths, angles, and the header that says how large a pixel is.

use super::*;
use crate::domain::{Measure, Measurement};

fn click(driver: &mut Driver, at: Pos2) {
    press(driver, PointerButton::Primary, at, true);
    driver.step();
    press(driver, PointerButton::Primary, at, false);
    driver.run();
}

/// The measurement of the only edit that was sent.
fn measured(bench: &Bench) -> Measurement {
    match annotations(bench).as_slice() {
        [(_, Edit::Measure(measurement))] => measurement.clone(),
        other => panic!("{other:?} is not one measurement"),
    }
}

fn near(found: &Measurement, measure: Measure, points: &[[f64; 2]]) {
    assert_eq!((found.measure, found.points.len()), (measure, points.len()));
    for (found, wanted) in found.points.iter().zip(points) {
        assert!((found[0] - wanted[0]).abs() < 2.0 && (found[1] - wanted[1]).abs() < 2.0, "{found:?} {wanted:?}");
    }
}

#[test]
fn a_drag_measures_a_length_in_millimetres_and_its_end_can_be_moved() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::M);
    driver.run();
    let [from, to] = [[100.0, 100.0], [400.0, 100.0]];
    let places = [from, to].map(|at| on_screen(&driver, at));
    drag(&mut driver, PointerButton::Primary, places[0], places[1]);
    near(&measured(&bench), Measure::Length, &[from, to]);
    // 300 pixels of 0.2 mm.
    driver.get_by_label_contains("Measurement 1, Length, 60.");
    driver.get_by_label_contains("imager pixel spacing, at the detector");

    let elsewhere = on_screen(&driver, [400.0, 300.0]);
    drag(&mut driver, PointerButton::Primary, places[1], elsewhere);
    let sent = annotations(&bench);
    let [(_, Edit::ChangeMeasurement { measurement, .. })] = sent.as_slice() else { panic!("{sent:?}") };
    near(measurement, Measure::Length, &[from, [400.0, 300.0]]);
    driver.get_by_label_contains("Measurement 1, Length, 72.");
    driver.key_press(Key::Delete);
    driver.run();
    assert!(matches!(annotations(&bench).as_slice(), [(_, Edit::DeleteMeasurement { .. })]));
    assert!(driver.query_by_label_contains("Measurement 1").is_none());
}

#[test]
fn a_point_let_go_while_overlays_are_hidden_stays_where_it_was() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::M);
    driver.run();
    let at = [[100.0, 100.0], [400.0, 100.0], [400.0, 300.0], [200.0, 400.0]].map(|at| on_screen(&driver, at));
    drag(&mut driver, PointerButton::Primary, at[0], at[1]);
    annotations(&bench);
    press(&driver, PointerButton::Primary, at[1], true);
    driver.step();
    driver.hover_at(at[2]);
    driver.step();
    driver.key_down(Key::Space);
    driver.step();
    press(&driver, PointerButton::Primary, at[2], false);
    driver.step();
    driver.key_up(Key::Space);
    driver.run();
    driver.key_press(Key::V);
    driver.run();
    drag(&mut driver, PointerButton::Primary, at[2], at[3]);
    assert_eq!(annotations(&bench), []);
    driver.get_by_label_contains("Measurement 1, Length, 60.");
}

#[test]
fn what_is_drawn_begins_anew_on_a_measurement_that_is_not_chosen() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::M);
    driver.run();
    let at = [[100.0, 100.0], [400.0, 100.0], [400.0, 300.0]].map(|at| on_screen(&driver, at));
    drag(&mut driver, PointerButton::Primary, at[0], at[1]);
    annotations(&bench);
    driver.get_by_label("Measure values, or say a length").click();
    driver.run();
    driver.get_by_label("Known length").click();
    driver.run();
    drag(&mut driver, PointerButton::Primary, at[1], at[2]);
    at_once(&mut driver, all_tapped(&[Key::Num2, Key::Num0, Key::Enter]));
    near(&measured(&bench), Measure::Known, &[[400.0, 100.0], [400.0, 300.0]]);
    // It is chosen now, so its end is in the way of the next one, and goes along.
    drag(&mut driver, PointerButton::Primary, at[2], at[0]);
    let sent = annotations(&bench);
    let [(_, Edit::ChangeMeasurement { measurement, .. })] = sent.as_slice() else { panic!("{sent:?}") };
    near(measurement, Measure::Known, &[[400.0, 100.0], [100.0, 100.0]]);
}

#[test]
fn nothing_is_calibrated_by_a_length_that_nobody_typed() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::M);
    driver.run();
    driver.get_by_label("Measure values, or say a length").click();
    driver.run();
    driver.get_by_label("Known length").click();
    driver.run();
    let at = [[100.0, 100.0], [400.0, 100.0], [400.0, 300.0]].map(|at| on_screen(&driver, at));
    let field = |driver: &Driver| {
        let field = driver.get_by_role_and_label(Role::TextInput, "Known length in millimetres");
        (field.value().unwrap_or_default(), field.is_focused())
    };
    assert_eq!(field(&driver), (String::new(), false), "it begins empty");
    drag(&mut driver, PointerButton::Primary, at[0], at[1]);
    assert_eq!(annotations(&bench), [], "how long it is was not said");
    driver.get_by_label("How long? Enter");
    assert!(field(&driver).1, "it can be typed at once");
    at_once(&mut driver, all_tapped(&[Key::X, Key::Enter]));
    assert_eq!(annotations(&bench), [], "that is no length");
    assert_eq!(field(&driver).0, "");
    // Drawn again, and then told.
    drag(&mut driver, PointerButton::Primary, at[1], at[2]);
    at_once(&mut driver, all_tapped(&[Key::Num2, Key::Num5, Key::Enter]));
    let sent = measured(&bench);
    near(&sent, Measure::Known, &[[400.0, 100.0], [400.0, 300.0]]);
    assert_eq!(sent.known_mm, Some(25.0));
    // The next drag measures: it must not calibrate again by the way.
    driver.run();
    assert!(driver.query_by_role_and_label(Role::TextInput, "Known length in millimetres").is_none());
    drag(&mut driver, PointerButton::Primary, at[0], at[2]);
    assert_eq!(measured(&bench).measure, Measure::Length);
}

#[test]
fn a_press_that_closes_a_menu_leaves_the_picture_alone() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let [from, to] = [[300.0, 350.0], [450.0, 450.0]].map(|at| on_screen(&driver, at));
    for tool in [Key::M, Key::B] {
        driver.key_press(tool);
        driver.run();
        let menu = |driver: &Driver| driver.query_by_label("Known length").is_some();
        if tool == Key::M {
            driver.get_by_label("Measure values, or say a length").click();
            driver.run();
            assert!(menu(&driver));
            click(&mut driver, from);
            assert!(!menu(&driver), "the press closes it");
            driver.get_by_label("Measure values, or say a length").click();
        } else {
            driver.get_by_label_contains("Class of new boxes").click();
        }
        driver.run();
        assert!(egui::Popup::is_any_open(&driver.ctx));
        drag(&mut driver, PointerButton::Primary, from, to);
        assert!(!egui::Popup::is_any_open(&driver.ctx), "so does a drag, {tool:?}");
        assert_eq!(annotations(&bench), [], "nothing is put on the picture");
        drag(&mut driver, PointerButton::Primary, from, to);
        assert_eq!(annotations(&bench).len(), 1, "the next one is meant for it");
    }
}

#[test]
fn three_clicks_measure_an_angle_and_two_drags_one_between_lines() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.get_by_label("Measure").click();
    driver.run();
    driver.get_by_role_and_label(Role::RadioButton, "Angle").click();
    driver.run();
    let corner = [[100.0, 300.0], [300.0, 300.0], [300.0, 100.0]];
    for at in corner {
        let at = on_screen(&driver, at);
        click(&mut driver, at);
    }
    near(&measured(&bench), Measure::Angle, &corner);

    driver.get_by_role_and_label(Role::RadioButton, "Angle between lines").click();
    driver.run();
    let lines = [[150.0, 150.0], [350.0, 170.0], [150.0, 350.0], [350.0, 250.0]];
    let at = lines.map(|at| on_screen(&driver, at));
    drag(&mut driver, PointerButton::Primary, at[0], at[1]);
    assert_eq!(annotations(&bench), [], "one line is no angle");
    drag(&mut driver, PointerButton::Primary, at[2], at[3]);
    near(&measured(&bench), Measure::LineAngle, &lines);
}

#[test]
fn escape_forgets_the_points_set_so_far_and_then_the_tool() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::M);
    driver.run();
    let at = on_screen(&driver, [100.0, 100.0]);
    click(&mut driver, at);
    driver.key_press(Key::Escape);
    driver.run();
    let at = on_screen(&driver, [300.0, 300.0]);
    click(&mut driver, at);
    assert_eq!(annotations(&bench), [], "the first point is forgotten");
    driver.get_by_label("Drag from end to end");
    driver.key_press(Key::Escape);
    driver.key_press(Key::Escape);
    driver.run();
    assert!(driver.query_by_label("Drag from end to end").is_none());
}

#[test]
fn the_header_hides_who_the_patient_is_until_asked() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.get_by_label("DICOM HEADER").click();
    driver.run();
    driver.get_by_label("(0010,0010) PatientName");
    assert!(driver.query_by_label("Roe^Jane").is_none());
    driver.get_by_label("Show what may identify the patient").click();
    driver.run();
    driver.get_by_label("Roe^Jane");
    driver.get_by_role_and_label(Role::TextInput, "Search the header").focus();
    driver.run();
    driver.get_by_role_and_label(Role::TextInput, "Search the header").type_text("spacing");
    driver.run();
    driver.get_by_label("(0018,1164) ImagerPixelSpacing");
    assert!(driver.query_by_label("(0010,0010) PatientName").is_none());
}
