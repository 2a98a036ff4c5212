//! Several images chosen together, in the queue and in the grid, by pointer and by keys alone.

use super::*;
use crate::domain::Split;
use crate::session::ManyEdit;
use crate::ui::action::{Grid, ManyAction};
use crate::ui::review::Asked;

fn row(driver: &Driver, place: usize) -> Pos2 {
    driver.query_all_by_role(Role::ListItem).nth(place).expect("a row").rect().center()
}

fn click(driver: &mut Driver, pos: Pos2, button: PointerButton, modifiers: Modifiers) {
    for pressed in [true, false] {
        driver.event(Event::PointerMoved(pos));
        driver.event_modifiers(Event::PointerButton { pos, button, pressed, modifiers }, modifiers);
    }
    driver.run();
}

fn chosen(driver: &Driver, bench: &Bench) -> Vec<usize> {
    let project = project(bench);
    let all = driver.state().state.chosen(&project);
    let place = |image: &ImageId| {
        project.queue.iter().position(|&row| project.rows[row as usize].id == *image).expect("it is in the queue")
    };
    all.iter().map(place).collect()
}

fn sent(bench: &Bench) -> Vec<(Vec<ImageId>, ManyEdit)> {
    let sent = bench.take_commands().into_iter();
    sent.filter_map(|command| match command {
        Command::Project(ProjectCommand::AnnotateMany { images, edit }) => Some((images, edit)),
        _ => None,
    })
    .collect()
}

fn ids(bench: &Bench, places: &[usize]) -> Vec<ImageId> {
    places.iter().map(|&place| queued(bench, place)).collect()
}

#[test]
fn rows_are_chosen_with_ctrl_and_shift_and_a_plain_press_chooses_one() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let at = row(&driver, 1);
    click(&mut driver, at, PointerButton::Primary, Modifiers::NONE);
    assert_eq!(chosen(&driver, &bench), [1]);
    let at = row(&driver, 4);
    click(&mut driver, at, PointerButton::Primary, Modifiers::SHIFT);
    assert_eq!(chosen(&driver, &bench), [1, 2, 3, 4]);
    let at = row(&driver, 2);
    click(&mut driver, at, PointerButton::Primary, Modifiers::COMMAND);
    assert_eq!(chosen(&driver, &bench), [1, 3, 4]);
    driver.get_by_label("3 chosen");
    let at = row(&driver, 3);
    click(&mut driver, at, PointerButton::Primary, Modifiers::NONE);
    assert_eq!(chosen(&driver, &bench), [3]);
    assert!(driver.query_by_label("3 chosen").is_none());
}

#[test]
fn keys_alone_choose_label_and_let_go() {
    let bench = Bench::project();
    bench.edit_project(|project| {
        Arc::make_mut(&mut project.rows).iter_mut().for_each(|row| (row.label, row.reviewed) = (None, false));
    });
    let mut driver = open(&bench);
    for _ in 0..2 {
        driver.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
        driver.run();
    }
    assert_eq!(chosen(&driver, &bench), [0, 1, 2]);
    bench.take_commands();
    let images = ids(&bench, &[0, 1, 2]);
    driver.key_press(Key::Num2);
    driver.run();
    assert_eq!(
        sent(&bench),
        [(images.clone(), ManyEdit::Label(Some(1)))],
        "nobody had said anything: nothing is asked"
    );
    assert!(project(&bench).rows.iter().filter(|row| images.contains(&row.id)).all(|row| row.label == Some(1)));
    driver.key_press(Key::X);
    driver.run();
    assert_eq!(sent(&bench), [(images, ManyEdit::Flag(true))]);
    driver.key_press(Key::Escape);
    driver.run();
    assert_eq!(chosen(&driver, &bench).len(), 1);
    driver.key_press_modifiers(Modifiers::COMMAND, Key::A);
    driver.run();
    assert_eq!(chosen(&driver, &bench).len(), project(&bench).queue.len());
    driver.key_press(Key::ArrowLeft);
    driver.key_press(Key::ArrowRight);
    driver.run();
    assert_eq!(chosen(&driver, &bench).len(), 1, "who goes on looks at one image");
}

#[test]
fn what_readers_said_is_replaced_only_after_a_question_with_a_count() {
    let bench = Bench::project();
    bench.edit_project(|project| {
        let queue = project.queue.clone();
        let rows = Arc::make_mut(&mut project.rows);
        for (place, &row) in queue.iter().enumerate().take(3) {
            (rows[row as usize].label, rows[row as usize].reviewed) = (Some(0), place < 2);
        }
    });
    let mut driver = open(&bench);
    driver.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    driver.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    driver.run();
    bench.take_commands();
    driver.key_press(Key::Num2);
    driver.run();
    assert_eq!(sent(&bench), []);
    let Some(Asked::Whether { title, text, command, .. }) = driver.state_mut().state.take_asked() else {
        panic!("nothing was asked")
    };
    assert!(title.starts_with("Label 3 images"), "{title}");
    assert!(text.starts_with("Of 2 of them a reader"), "{text}");
    let images = ids(&bench, &[0, 1, 2]);
    let expected = ProjectCommand::AnnotateMany { images, edit: ManyEdit::Label(Some(1)) };
    assert_eq!(*command, Command::Project(expected));
}

#[test]
fn the_menu_of_the_other_button_is_about_the_chosen_or_about_the_one_pressed() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    driver.run();
    let at = row(&driver, 1);
    click(&mut driver, at, PointerButton::Secondary, Modifiers::NONE);
    driver.get_by_label("2 images");
    driver.get_by_label("Nothing here. Images here have one class: there is no \u{201c}nothing\u{201d}.");
    bench.take_commands();
    driver.get_by_label("Flag, again unflag").click();
    driver.run();
    assert_eq!(sent(&bench), [(ids(&bench, &[0, 1]), ManyEdit::Flag(true))]);
    let at = row(&driver, 5);
    click(&mut driver, at, PointerButton::Secondary, Modifiers::NONE);
    driver.get_by_label("1 image");
    assert_eq!(chosen(&driver, &bench), [5]);
    bench.take_commands();
    let image = queued(&bench, 5);
    let to = match project(&bench).rows.iter().find(|row| row.id == image).unwrap().split {
        Split::Train => Split::Validation,
        Split::Validation | Split::Test => Split::Train,
    };
    driver.get_by_label(&format!("Move to the {} split", to.name())).click();
    driver.run();
    let moves = Command::Project(ProjectCommand::MoveTo { images: vec![image], split: to });
    assert!(bench.take_commands().contains(&moves));
}

#[test]
fn a_page_of_the_grid_is_accepted_as_a_whole_and_cells_are_chosen_like_rows() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.state_mut().state.show_grid(Grid::Two);
    driver.run();
    bench.take_commands();
    driver.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    driver.run();
    assert_eq!(sent(&bench), [(ids(&bench, &[0, 1, 2, 3]), ManyEdit::Accept { threshold: None })]);
    let cell = |driver: &Driver, place: usize| {
        driver.query_all_by_role(Role::GridCell).nth(place).expect("a picture").rect().center()
    };
    let at = cell(&driver, 2);
    click(&mut driver, at, PointerButton::Primary, Modifiers::SHIFT);
    assert_eq!(chosen(&driver, &bench), [0, 1, 2]);
    let view = bench.view();
    driver.state_mut().act(ReviewAction::Many(ManyAction::Export), &view);
    let Some(Asked::Export(images)) = driver.state_mut().state.take_asked() else { panic!("nothing was asked") };
    assert_eq!(*images, ids(&bench, &[0, 1, 2]));
}

#[test]
fn where_boxes_have_the_classes_images_are_not_labelled() {
    let bench = Bench::boxes();
    let mut driver = open(&bench);
    driver.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    driver.run();
    let at = row(&driver, 0);
    click(&mut driver, at, PointerButton::Secondary, Modifiers::NONE);
    let names = project(&bench).classes.names();
    driver.get_by_label(&format!("Label {}. Here boxes have classes, and images have none.", names[0]));
    driver.key_press(Key::Escape);
    driver.run();
    bench.take_commands();
    driver.key_press(Key::Num1);
    driver.run();
    assert_eq!(sent(&bench), []);
}

#[test]
fn rows_are_no_wider_than_their_panel_while_several_are_chosen() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let right = |driver: &Driver| driver.query_all_by_role(Role::ListItem).next().expect("a row").rect().right();
    let before = right(&driver);
    let at = row(&driver, 4);
    click(&mut driver, at, PointerButton::Primary, Modifiers::SHIFT);
    driver.get_by_label("5 chosen");
    assert_eq!(right(&driver), before, "else the marks at its right edge lie outside it");
}
