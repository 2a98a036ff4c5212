//! Heat maps: by which method, how far a slow one is, and what an empty one says.

use super::*;
use crate::domain::MapMethod;
use crate::session::DeskCommand;

fn asked(driver: &Driver) -> MapRequest {
    *driver.state().watched.heats.lock().unwrap().last().expect("a heat map was asked for")
}

fn method(driver: &Driver) -> egui_kittest::Node<'_> {
    driver.get_by_label("Method of the heat map")
}

#[test]
fn the_method_is_chosen_from_those_that_fit_and_kept() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    assert!(driver.query_by_label("Method of the heat map").is_none(), "there is no heat map yet");
    driver.key_press(Key::G);
    driver.run();
    assert_eq!(asked(&driver).method, MapMethod::GradCam);
    driver.get_by_label_contains("Grad-CAM. Which places of a layer speak for the class");
    method(&driver).click();
    driver.run();
    assert!(driver.query_by_label("D-RISE").is_none(), "it explains boxes");
    driver.get_by_label("Occlusion").click();
    driver.run();
    let chosen = DeskCommand::SetMapMethod { boxes: false, method: MapMethod::Occlusion };
    assert!(bench.take_commands().contains(&Command::Desk(chosen)));
    assert_eq!(asked(&driver).method, MapMethod::Occlusion);
    driver.get_by_label_contains("Red speaks for it, blue against it.");
    driver.key_press_modifiers(Modifiers::CTRL, Key::G);
    driver.run();
    assert_eq!(asked(&driver).method, MapMethod::Rise);
}

#[test]
fn models_that_draw_boxes_have_a_method_of_their_own() {
    let bench = Bench::boxes();
    let mut driver = open(&bench);
    driver.key_press(Key::G);
    driver.run();
    assert_eq!(asked(&driver).method, MapMethod::GradCam);
    for method in [MapMethod::GradCamPlusPlus, MapMethod::HiResCam, MapMethod::DRise] {
        driver.key_press_modifiers(Modifiers::CTRL, Key::G);
        driver.run();
        assert_eq!(asked(&driver).method, method);
    }
    driver.key_press_modifiers(Modifiers::CTRL, Key::G);
    driver.run();
    assert_eq!(asked(&driver).method, MapMethod::GradCam);
    let methods = bench.view().map_methods;
    assert_eq!((methods.images, methods.boxes), (MapMethod::GradCam, MapMethod::GradCam));
}

#[test]
fn an_empty_map_says_that_it_is_empty() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    bench.send(DeskCommand::SetMapMethod { boxes: false, method: MapMethod::EigenCam }.into());
    driver.key_press(Key::G);
    driver.run();
    assert!(shown(&driver).iter().any(|text| text.starts_with("Eigen-CAM is empty: by it nothing here speaks for")));
}

#[test]
fn how_far_a_slow_map_is_is_shown_and_switching_off_gives_it_up() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::G);
    driver.run();
    let before = *driver.state().watched.dropped.lock().unwrap();
    bench.set_heat_loading(true);
    driver.run_ok();
    assert!(shown(&driver).contains(&"Grad-CAM: 3 of 10 passes".to_owned()), "{:?}", shown(&driver));
    driver.key_press(Key::G);
    driver.run_ok();
    assert!(*driver.state().watched.dropped.lock().unwrap() > before, "nobody was told");
}

/// The texts that were painted, also where they are no widgets.
pub(super) fn shown(driver: &Driver) -> Vec<String> {
    let mut texts = Vec::new();
    fn walk(shape: &egui::Shape, texts: &mut Vec<String>) {
        match shape {
            egui::Shape::Text(text) => texts.push(text.galley.text().to_owned()),
            egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| walk(shape, texts)),
            _ => {}
        }
    }
    driver.output().shapes.iter().for_each(|clipped| walk(&clipped.shape, &mut texts));
    texts
}

#[test]
fn a_map_is_tested_on_request_and_the_verdict_stands_beside_it() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    assert!(driver.query_by_label("Test this map").is_none(), "no map is on screen");
    driver.key_press(Key::G);
    driver.run();
    driver.get_by_label("Test this map").click();
    driver.run();
    driver.get_by_label_contains("Tested: on your 29 boxed images this map points right in 76 % (chance 9 %");
    driver.get_by_label("Test again");
    driver.key_press_modifiers(Modifiers::CTRL, Key::G);
    driver.run();
    assert!(driver.query_by_label_contains("Tested:").is_none(), "another method was not tested");
    driver.get_by_label("Test this map").click();
    driver.run();
    driver.get_by_label_contains("Tested: do not read this map: it hardly changes when the weights are random");
}

#[test]
fn a_verdict_of_one_layer_does_not_stand_beside_the_map_of_another() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::G);
    driver.run();
    driver.get_by_label("Test this map").click();
    driver.run();
    driver.get_by_label_contains("Tested: on your 29 boxed images");
    driver.key_press_modifiers(Modifiers::CTRL | Modifiers::SHIFT, Key::G);
    driver.run();
    assert!(driver.query_by_label_contains("Tested:").is_none(), "maps of this layer were not tested");
    driver.get_by_label("Test this map").click();
    driver.run();
    driver.get_by_label_contains("Tested: on your 29 boxed images");
}
