//! Two heat maps beside each other, the layers they look at, lines in place of colour, and what the log keeps of them.

use super::*;
use crate::domain::{MapMethod, ShownMap};
use crate::session::DeskCommand;

const ALT: Modifiers = Modifiers::ALT;

fn asked(driver: &Driver) -> Vec<MapRequest> {
    driver.state().watched.heats.lock().unwrap().clone()
}

fn with_two(bench: &Bench) -> Driver {
    let mut driver = open_in(bench, Theme::dark(), vec2(1600.0, 900.0));
    driver.key_press_modifiers(ALT, Key::G);
    driver.run();
    driver
}

fn choose(driver: &mut Driver, menu: &str, choice: &str) {
    driver.get_by_label(menu).click();
    driver.run();
    driver.get_by_label(choice).click();
    driver.run();
}

#[test]
fn two_models_are_beside_each_other_and_each_side_has_its_own_class_method_and_model() {
    let bench = Bench::project();
    let mut driver = with_two(&bench);
    let [left, right] = asked(&driver)[..] else { panic!("two maps: {:?}", asked(&driver)) };
    assert_eq!((left.model, right.model), (None, Some(ModelId(3))), "another model first");
    assert_eq!(right, MapRequest { model: right.model, ..left }, "of the same class, by the same method");
    driver.get_by_label_contains("Left, small-cnn-2: Grad-CAM.");
    driver.get_by_label_contains("Right, small-cnn-3: Grad-CAM.");

    choose(&mut driver, "Method of the right heat map", "Occlusion");
    assert_eq!(asked(&driver)[1].method, MapMethod::Occlusion);
    assert_eq!(asked(&driver)[0].method, MapMethod::GradCam, "the left one stays");
    assert_eq!(bench.view().map_methods.images, MapMethod::GradCam, "and with it what is kept");
    choose(&mut driver, "Model of the left heat map", "small-cnn-1");
    assert_eq!(asked(&driver)[0].model, Some(ModelId(1)));
    let other = 1 - left.explained.class();
    let name = project(&bench).classes.name(other);
    driver.get_by_label("Class of the left heat map").click();
    driver.run();
    let listed: Vec<_> = driver.query_all_by_label(&name).collect();
    listed.last().expect("the class is listed").click();
    driver.run();
    let classes: Vec<usize> = asked(&driver).iter().map(|one| one.explained.class()).collect();
    assert_eq!(classes, [other, right.explained.class()]);

    driver.key_press(Key::Escape);
    driver.run();
    let [one] = asked(&driver)[..] else { panic!("one map: {:?}", asked(&driver)) };
    assert_eq!(one.model, None, "the active model's again");
    assert!(driver.query_by_label("Model of the left heat map").is_none());
}

#[test]
fn keys_are_about_the_map_in_hand_and_zoom_moves_both() {
    let bench = Bench::project();
    let mut driver = with_two(&bench);
    driver.get_by_label("The keys are about this map");
    driver.key_press_modifiers(Modifiers::CTRL, Key::G);
    driver.run();
    assert_eq!([asked(&driver)[0].method, asked(&driver)[1].method], [MapMethod::GradCam, MapMethod::GradCamPlusPlus]);
    driver.key_press_modifiers(ALT | Modifiers::SHIFT, Key::G);
    driver.key_press_modifiers(Modifiers::SHIFT, Key::G);
    driver.run();
    let [left, right] = asked(&driver)[..] else { panic!("two maps") };
    assert_ne!(left.explained, right.explained, "the left one explains the next class");
    let zoom = |driver: &Driver| driver.state().state.canvas.placement().unwrap().zoom;
    let before = zoom(&driver);
    driver.key_press(Key::Plus);
    driver.run();
    assert!(zoom(&driver) > before * 1.2);
    let meshes = meshes(&driver);
    assert!(meshes.len() >= 4, "two pictures and two maps: {}", meshes.len());
    let sizes: Vec<i32> = meshes.iter().take(4).map(|rect| rect.width().round() as i32).collect();
    assert_eq!((sizes[0], sizes[1]), (sizes[2], sizes[3]), "both are as large");
}

/// Where the textured meshes lie, in the order they were painted.
fn meshes(driver: &Driver) -> Vec<egui::Rect> {
    let mut found = Vec::new();
    for clipped in &driver.output().shapes {
        if let egui::Shape::Mesh(mesh) = &clipped.shape
            && mesh.texture_id != egui::TextureId::default()
        {
            found.push(mesh.calc_bounds());
        }
    }
    found
}

#[test]
fn without_another_model_the_second_map_is_by_another_method_and_boxes_have_two_as_well() {
    let bench = Bench::project();
    bench.edit_project(|project| Arc::make_mut(&mut project.models).retain(|one| one.record.id == ModelId(2)));
    let driver = with_two(&bench);
    let [left, right] = asked(&driver)[..] else { panic!("two maps") };
    assert_eq!((left.model, right.model), (None, None));
    assert_eq!((left.method, right.method), (MapMethod::GradCam, MapMethod::GradCamPlusPlus));
    let bench = Bench::boxes();
    let driver = with_two(&bench);
    let [left, right] = asked(&driver)[..] else { panic!("two maps") };
    assert_eq!(left.explained, right.explained, "of the same box");
    assert!(left.method != right.method || left.model != right.model);
}

#[test]
fn the_layer_is_chosen_by_its_grid_and_by_key() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::G);
    driver.run();
    let layers = {
        let project = project(&bench);
        let card = &project.models.iter().find(|one| Some(one.record.id) == project.active).unwrap().record.card;
        crate::domain::map_layers(&card.architecture, &card.preprocessing)
    };
    assert!(layers.len() > 2);
    assert_eq!(asked(&driver)[0].layer, None, "the last");
    driver.get_by_label_contains(&format!("Looked at: {}", layers.last().unwrap().with_grid()));
    choose(&mut driver, "Layer of the heat map", &layers[0].with_grid());
    assert_eq!(asked(&driver)[0].layer, Some(1));
    driver.get_by_label_contains(&format!("Looked at: {}", layers[0].with_grid()));
    driver.key_press_modifiers(Modifiers::CTRL | Modifiers::SHIFT, Key::G);
    driver.run();
    assert_eq!(asked(&driver)[0].layer, None, "after the finest comes the last");
    driver.key_press_modifiers(Modifiers::CTRL | Modifiers::SHIFT, Key::G);
    driver.run();
    assert_eq!(asked(&driver)[0].layer, Some(layers.len() - 1));
    bench.send(DeskCommand::SetMapMethod { boxes: false, method: MapMethod::Occlusion }.into());
    driver.run();
    assert!(driver.query_by_label("Layer of the heat map").is_none(), "it looks at no layer");
}

#[test]
fn lines_take_the_place_of_colour_and_the_scale_says_what_they_stand_for() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::G);
    driver.run();
    let texts = super::heat::shown(&driver);
    assert!(texts.contains(&"100 %".to_owned()) && texts.contains(&"50 %".to_owned()), "{texts:?}");
    let colours = meshes(&driver).len();
    driver.key_press(Key::H);
    driver.run();
    assert_eq!(meshes(&driver).len(), colours - 1, "the colours are gone");
    let texts = super::heat::shown(&driver);
    assert!(["25 %", "50 %", "75 %"].iter().all(|level| texts.contains(&(*level).to_owned())), "{texts:?}");
    let lines = driver.output().shapes.iter().filter(|one| matches!(one.shape, egui::Shape::Path(_))).count();
    assert!(lines >= 6, "each of three lines with its edge: {lines}");
    bench.send(DeskCommand::SetMapMethod { boxes: false, method: MapMethod::Occlusion }.into());
    driver.run();
    let texts = super::heat::shown(&driver);
    assert!(texts.contains(&"-75 %".to_owned()) && texts.contains(&"+75 %".to_owned()), "{texts:?}");
    driver.get_by_label("Lines").click();
    driver.run();
    assert!(super::heat::shown(&driver).contains(&"against".to_owned()));
}

#[test]
fn strength_and_emptiness_are_said_beside_the_picture() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::G);
    driver.run();
    driver.get_by_label("Strength before scaling: 0.0340.");
    bench.send(DeskCommand::SetMapMethod { boxes: false, method: MapMethod::EigenCam }.into());
    driver.run();
    driver.get_by_label_contains("This map is empty: by Eigen-CAM nothing here speaks for");
    assert!(driver.query_by_label_contains("Strength before scaling").is_none());
}

#[test]
fn the_log_says_which_maps_could_be_seen() {
    let bench = Bench::project();
    let mut driver = with_two(&bench);
    choose(&mut driver, "Method of the right heat map", "Eigen-CAM");
    bench.take_commands();
    let shown = |bench: &Bench| {
        bench.take_commands().into_iter().find_map(|command| match command {
            Command::Project(ProjectCommand::Annotate { display, .. }) => Some(display.maps),
            _ => None,
        })
    };
    driver.key_press(Key::X);
    driver.run();
    let class = asked(&driver)[0].explained.class();
    let map = |method, model, empty| ShownMap { method, class, model, layer: None, empty };
    let both = [map(MapMethod::GradCam, None, false), map(MapMethod::EigenCam, Some(ModelId(3)), true)];
    assert_eq!(shown(&bench).unwrap(), both);
    bench.set_heat_loading(true);
    driver.run_ok();
    driver.key_press(Key::X);
    driver.run_ok();
    assert_eq!(shown(&bench).unwrap(), [], "what was still being made could not be seen");
}

#[test]
fn a_verdict_of_other_boxes_says_that_it_is_old() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::G);
    driver.run();
    driver.get_by_label("Test this map").click();
    driver.run();
    assert!(driver.query_by_label_contains("boxes changed since").is_none());
    bench.edit_project(|project| Arc::make_mut(&mut project.map_tests)[0].outdated = true);
    driver.run();
    driver.get_by_label_contains("Readers' boxes changed since");
    driver.get_by_label("Test again");
}
