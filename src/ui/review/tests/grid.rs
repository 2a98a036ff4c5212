//! Several pictures beside each other.

use super::*;
use crate::ui::action::Grid;
use egui::Shape;

fn three(bench: &Bench) -> Driver {
    let mut driver = open(bench);
    driver.key_press(Key::L);
    driver.key_press(Key::L);
    driver.run();
    driver
}

/// What a screen reader says of the pictures, in their order.
fn cells(driver: &Driver) -> Vec<String> {
    let all = driver.query_all_by_role(Role::GridCell);
    all.filter_map(|node| node.accesskit_node().label()).collect()
}

/// The file names of the pictures, in their order.
fn names(driver: &Driver) -> Vec<String> {
    cells(driver).iter().map(|cell| cell.split(',').next().unwrap_or_default().to_owned()).collect()
}

/// The file names of places of the queue.
fn queue(bench: &Bench, places: std::ops::Range<usize>) -> Vec<String> {
    let project = project(bench);
    let name = |place: usize| project.rows[project.queue[place] as usize].name.rsplit('/').next().unwrap().to_owned();
    places.map(name).collect()
}

fn ids(bench: &Bench, places: std::ops::Range<usize>) -> Vec<ImageId> {
    places.map(|place| queued(bench, place)).collect()
}

fn selected(driver: &Driver) -> Option<ImageId> {
    driver.state().state.selected()
}

fn cell_at(driver: &Driver, place: usize) -> Pos2 {
    driver.query_all_by_role(Role::GridCell).nth(place).expect("a picture").rect().center()
}

fn click(driver: &mut Driver, at: Pos2, times: usize) {
    for _ in 0..times {
        press(driver, PointerButton::Primary, at, true);
        press(driver, PointerButton::Primary, at, false);
    }
    driver.run();
}

/// All text that was painted between the panels in the last frame.
fn painted(driver: &Driver) -> Vec<String> {
    fn collect(shape: &Shape, all: &mut Vec<String>) {
        match shape {
            Shape::Text(text) => all.push(text.galley.text().to_owned()),
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, all)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    let on_canvas = driver.output().shapes.iter().filter(|s| s.clip_rect.min.x > 200.0 && s.clip_rect.max.x < 1000.0);
    on_canvas.for_each(|clipped| collect(&clipped.shape, &mut all));
    all
}

#[test]
fn what_was_measured_is_drawn_on_the_pictures_of_a_grid_too() {
    use crate::domain::{Measure, Measurement};
    let bench = Bench::project();
    let mut driver = open(&bench);
    let measurement = Measurement::new(Measure::Length, vec![[100.0, 100.0], [400.0, 100.0]]);
    let (edit, display) = (Edit::Measure(measurement), DisplayState::default());
    let image = queued(&bench, 1);
    bench.send(Command::Project(ProjectCommand::Annotate { image, edit, shown: None, display }));
    driver.key_press(Key::L);
    driver.run();
    // 300 pixels of 0.2 mm.
    let lengths = |driver: &Driver| painted(driver).into_iter().filter(|text| text == "60.0 mm").count();
    assert_eq!(lengths(&driver), 1, "{:?}", painted(&driver));
    driver.key_down(Key::Space);
    driver.step();
    assert_eq!(lengths(&driver), 0, "out of the way as boxes are");
}

#[test]
fn a_page_of_the_queue_is_shown_and_the_session_told() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    assert_eq!(cells(&driver), Vec::<String>::new());
    driver.key_press(Key::L);
    driver.run();
    assert_eq!(names(&driver), queue(&bench, 0..4));
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::LookAtPage(ids(&bench, 0..4)))]);
    driver.key_press(Key::L);
    driver.run();
    assert_eq!(names(&driver), queue(&bench, 0..9));
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::LookAtPage(ids(&bench, 0..9)))]);
    driver.get_by_label("1–9 of 60");
    assert!(cells(&driver)[1].contains("unreviewed") || cells(&driver)[1].contains("reviewed"));
    driver.key_press(Key::L);
    driver.run();
    assert_eq!(cells(&driver), Vec::<String>::new());
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::LookAtPage(Vec::new()))]);
}

#[test]
fn a_click_chooses_arrows_go_on_and_the_page_follows() {
    let bench = Bench::project();
    let mut driver = three(&bench);
    let at = cell_at(&driver, 4);
    click(&mut driver, at, 1);
    assert_eq!(selected(&driver), Some(queued(&bench, 4)));
    assert_eq!(driver.state().state.grid, Grid::Three);
    for (key, place) in [(Key::ArrowRight, 5), (Key::ArrowUp, 2), (Key::ArrowDown, 5), (Key::ArrowDown, 8)] {
        driver.key_press(key);
        driver.run();
        assert_eq!(selected(&driver), Some(queued(&bench, place)), "{key:?}");
        assert_eq!(names(&driver), queue(&bench, 0..9));
    }
    driver.key_press(Key::ArrowRight);
    driver.run();
    assert_eq!(names(&driver), queue(&bench, 9..18));
    driver.key_press(Key::ArrowLeft);
    driver.run();
    assert_eq!((names(&driver), selected(&driver)), (queue(&bench, 0..9), Some(queued(&bench, 8))));
}

#[test]
fn pages_are_turned_by_key_and_button() {
    let bench = Bench::project();
    let mut driver = three(&bench);
    driver.key_press(Key::ArrowRight);
    driver.key_press(Key::PageDown);
    driver.run();
    assert_eq!((names(&driver), selected(&driver)), (queue(&bench, 9..18), Some(queued(&bench, 9))));
    driver.get_by_label("10–18 of 60");
    driver.get_by_label("Next page").click();
    driver.run();
    assert_eq!(names(&driver), queue(&bench, 18..27));
    driver.key_press(Key::End);
    driver.key_press(Key::PageDown);
    driver.run();
    assert_eq!((names(&driver), selected(&driver)), (queue(&bench, 54..60), Some(queued(&bench, 59))));
    driver.get_by_label("Previous page").click();
    driver.key_press(Key::PageUp);
    driver.run();
    assert_eq!(names(&driver), queue(&bench, 36..45));
    driver.key_press(Key::Escape);
    driver.key_press(Key::PageUp);
    driver.run();
    assert_eq!(selected(&driver), Some(queued(&bench, 36)), "there are no pages of single pictures");
}

#[test]
fn one_picture_is_opened_by_double_click_by_key_and_by_what_needs_it_alone() {
    let bench = Bench::project();
    let mut driver = three(&bench);
    let at = cell_at(&driver, 7);
    click(&mut driver, at, 2);
    assert_eq!((cells(&driver), selected(&driver)), (Vec::new(), Some(queued(&bench, 7))));
    driver.get_by_label_contains("Picture of ");
    for key in [Key::Escape, Key::O, Key::B, Key::Plus, Key::G] {
        driver.state_mut().state.show_grid(Grid::Two);
        driver.run();
        assert_eq!(cells(&driver).len(), 4);
        driver.key_press(key);
        driver.run();
        assert_eq!(cells(&driver), Vec::<String>::new(), "{key:?}");
    }
    assert!(driver.state().state.heat.shown);
    driver.key_press_modifiers(Modifiers::SHIFT, Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), [], "nothing was accepted");
    driver.get_by_label("Grid").click();
    driver.run();
    driver.get_by_label("One").click();
    driver.run();
    driver.get_by_label_contains("Picture of ");
}

#[test]
fn labels_go_to_the_chosen_picture_and_the_log_knows_of_no_heat_map() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::G);
    driver.run();
    driver.state_mut().state.show_grid(Grid::Three);
    driver.run();
    let at = cell_at(&driver, 3);
    click(&mut driver, at, 1);
    bench.take_commands();
    driver.key_press(Key::Num2);
    driver.run();
    let sent = bench.take_commands();
    let Some(Command::Project(ProjectCommand::Annotate { image, edit, display, .. })) = sent.first() else {
        panic!("{sent:?}")
    };
    assert_eq!((*image, edit.clone(), display.heat_map), (queued(&bench, 3), Edit::Label(Some(1)), None));
    assert_eq!(selected(&driver), Some(queued(&bench, 4)), "the next comes by itself here too");
}

#[test]
fn no_one_and_five_images_are_shown() {
    for (images, pages) in [(0, vec![]), (1, vec![(0, 1)]), (5, vec![(0, 4), (4, 5)])] {
        let bench = Bench::project();
        bench.edit_project(|p| {
            Arc::make_mut(&mut p.rows).truncate(images);
            p.queue = Arc::new((0..images as u32).collect());
        });
        let mut driver = open(&bench);
        driver.key_press(Key::L);
        driver.run();
        if pages.is_empty() {
            assert_eq!(cells(&driver), Vec::<String>::new());
            driver.get_by_label("This project has no images");
        }
        for (from, to) in pages {
            assert_eq!(names(&driver), queue(&bench, from..to));
            driver.key_press(Key::PageDown);
            driver.run();
        }
    }
}

#[test]
fn only_pictures_of_the_page_are_asked_for_and_no_larger_than_needed() {
    let bench = Bench::project();
    let mut driver = three(&bench);
    driver.key_press(Key::PageDown);
    driver.run();
    driver.state().watched.asked.lock().unwrap().clear();
    driver.step();
    let asked = driver.state().watched.asked.lock().unwrap().clone();
    assert_eq!(asked.iter().map(|request| request.image).collect::<Vec<_>>(), ids(&bench, 9..18));
    assert!(asked.iter().all(|request| request.side == 256), "{asked:?}");
    driver.key_press(Key::I);
    driver.run();
    let asked = driver.state().watched.asked.lock().unwrap().clone();
    let inverted: Vec<ImageId> = asked.iter().filter(|request| request.invert).map(|request| request.image).collect();
    assert!(!inverted.is_empty() && inverted.iter().all(|image| Some(*image) == selected(&driver)), "of that one only");
}

#[test]
fn boxes_of_every_picture_follow_the_threshold_and_space_hides_them() {
    let bench = Bench::boxes();
    let mut driver = three(&bench);
    let tags = |driver: &Driver, text: &str| painted(driver).iter().filter(|painted| *painted == text).count();
    // Of the first nine images four have drawn boxes; the model found lungs in all but one.
    assert_eq!(tags(&driver, "Left lung"), 4);
    assert_eq!((tags(&driver, "Left lung 0.93"), tags(&driver, "Right lung 0.71")), (8, 8));
    assert_eq!(tags(&driver, "model, from 0.40"), 1);
    let heights = ["drawn", "model, from 0.40"].map(|text| driver.get_by_label(text).rect().height());
    assert_eq!(heights, [26.0; 2], "no part of it goes into another row");
    driver.key_down(Key::Space);
    driver.run();
    assert_eq!((tags(&driver, "Left lung"), tags(&driver, "Left lung 0.93")), (0, 0));
    driver.key_up(Key::Space);
    driver.run();
    let slider = driver.get_by_role_and_label(Role::Slider, "Threshold").rect();
    let at = |share: f32| pos2(slider.left() + slider.width() * share, slider.center().y);
    press(&driver, PointerButton::Primary, at(0.4), true);
    driver.step();
    driver.hover_at(at(0.8));
    driver.run();
    assert_eq!((tags(&driver, "Left lung 0.93"), tags(&driver, "Right lung 0.71")), (8, 0), "while it is dragged");
}

#[test]
fn what_is_being_made_or_missing_says_so_in_its_place() {
    let bench = Bench::project();
    bench.edit_project(|p| Arc::make_mut(&mut p.rows)[2].missing = true);
    let mut driver = three(&bench);
    let states = |driver: &Driver, state: &str| cells(driver).iter().filter(|cell| cell.ends_with(state)).count();
    assert_eq!(states(&driver, "file missing, cannot be shown"), 1);
    assert!(painted(&driver).iter().any(|text| text == "File is missing"));
    bench.set_loading(true);
    driver.key_press(Key::PageDown);
    driver.run();
    assert_eq!(states(&driver, ", loading"), 9);
    bench.set_loading(false);
    driver.run();
    assert_eq!(states(&driver, ", loading"), 0);
}

#[test]
fn pictures_of_a_grid_say_which_way_they_lie_and_that_they_are_mirrored() {
    let bench = Bench::project();
    let mut driver = three(&bench);
    let count = |driver: &Driver, text: &str| painted(driver).iter().filter(|one| *one == text).count();
    assert_eq!([count(&driver, "R"), count(&driver, "mirrored")], [9, 0]);
    assert!(cells(&driver)[0].contains("In the patient: left R, right L, above H, below F"), "{:?}", cells(&driver));
    driver.key_press_modifiers(Modifiers::SHIFT, Key::H);
    driver.run();
    let mirrored = cells(&driver).iter().filter(|cell| cell.contains(", mirrored, In the patient: left L")).count();
    assert!(mirrored > 0 && count(&driver, "mirrored") == mirrored, "{:?}", painted(&driver));
}
