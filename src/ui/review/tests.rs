//! The Review screen driven by keys, pointer and accessible names, against the bench.

use super::State;
use crate::domain::{AnnotatedBox, BoxId, DisplayState, ImageId, ModelId, PredictedBox, Rect, ShownPrediction};
use crate::session::fixture::Bench;
use crate::session::{
    Command, Edit, Fetched, Filter, HeatPicture, Picture, PictureRequest, ProjectView, Review, Sort, Thumbnail, View,
    Workbench,
};
use crate::ui::{Action, Keymap, Screen, Theme, Ui, theme};
use egui::{Event, Key, Modifiers, PointerButton, Pos2, Role, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::{Arc, Mutex};

/// A bench that also remembers which pictures were asked for.
#[derive(Clone)]
struct Watched {
    bench: Bench,
    asked: Arc<Mutex<Vec<PictureRequest>>>,
    thumbnails: Arc<Mutex<Vec<ImageId>>>,
}

impl Workbench for Watched {
    fn view(&self) -> Arc<View> {
        self.bench.view()
    }

    fn send(&self, command: Command) {
        self.bench.send(command);
    }

    fn picture(&self, request: PictureRequest) -> Fetched<Picture> {
        self.asked.lock().unwrap().push(request);
        self.bench.picture(request)
    }

    fn thumbnail(&self, image: ImageId) -> Fetched<Thumbnail> {
        self.thumbnails.lock().unwrap().push(image);
        self.bench.thumbnail(image)
    }

    fn heat_map(&self, image: ImageId, class: usize) -> Fetched<HeatPicture> {
        self.bench.heat_map(image, class)
    }
}

struct Window {
    watched: Watched,
    theme: Theme,
    keymap: Keymap,
    state: State,
    /// Actions that are not this screen's.
    others: Vec<Action>,
}

impl Window {
    fn frame(&mut self, ui: &mut egui::Ui) {
        let view = self.watched.view();
        let mut actions = self.keymap.pressed(ui.ctx(), Screen::Review, &view);
        let mut cx =
            Ui { bench: &self.watched, view: &view, theme: &self.theme, keymap: &self.keymap, actions: &mut actions };
        super::show(ui, &mut cx, &mut self.state);
        let view = self.watched.view();
        for action in actions {
            match action {
                Action::Send(command) => self.watched.send(command),
                Action::Undo => self.watched.send(Command::Undo),
                Action::Redo => self.watched.send(Command::Redo),
                action => {
                    self.state.on_action(&action, &self.watched, &view);
                    self.others.push(action);
                }
            }
        }
    }
}

type Driver = Harness<'static, Window>;

fn open(bench: &Bench) -> Driver {
    open_in(bench, Theme::dark(), vec2(1280.0, 732.0))
}

fn open_in(bench: &Bench, theme: Theme, size: egui::Vec2) -> Driver {
    let watched = Watched { bench: bench.clone(), asked: Arc::default(), thumbnails: Arc::default() };
    let window = Window {
        watched,
        theme: theme.clone(),
        keymap: Keymap::default(),
        state: State::default(),
        others: Vec::new(),
    };
    let mut driver = Harness::builder()
        .with_size(size)
        .with_max_steps(24)
        .with_context_setup(move |ctx| theme::apply(ctx, &theme))
        .build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
    driver.run();
    bench.take_commands();
    driver
}

fn project(bench: &Bench) -> Arc<ProjectView> {
    bench.view().project.clone().expect("the bench has a project")
}

/// The image at a place of the queue.
fn queued(bench: &Bench, position: usize) -> ImageId {
    let project = project(bench);
    project.rows[project.queue[position] as usize].id
}

fn annotations(bench: &Bench) -> Vec<(ImageId, Edit)> {
    let sent = bench.take_commands().into_iter();
    sent.filter_map(|c| match c {
        Command::Annotate { image, edit, .. } => Some((image, edit)),
        _ => None,
    })
    .collect()
}

fn press(driver: &Driver, button: PointerButton, pos: Pos2, pressed: bool) {
    driver.event(Event::PointerMoved(pos));
    driver.event(Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE });
}

/// Drags in three steps, so that there are frames between press and release.
fn drag(driver: &mut Driver, button: PointerButton, from: Pos2, to: Pos2) {
    press(driver, button, from, true);
    driver.step();
    for share in [0.3, 0.7, 1.0] {
        driver.hover_at(from + (to - from) * share);
        driver.step();
    }
    press(driver, button, to, false);
    driver.run();
}

/// Where an image point lies on the screen, found through the fitted picture of the fixture's size.
fn on_screen(driver: &Driver, at: [f64; 2]) -> Pos2 {
    let p = driver.state().state.canvas.placement().expect("a picture is shown").to_screen(at);
    pos2(p[0] as f32, p[1] as f32)
}

fn with_boxes(bench: &Bench) {
    let rect = Rect { xmin: 200.0, ymin: 180.0, xmax: 320.0, ymax: 330.0 };
    bench.edit_project(|project| {
        if let Some(detail) = project.detail.as_mut().map(Arc::make_mut) {
            detail.annotation.boxes = vec![AnnotatedBox { id: BoxId(900), class: 0, rect }];
            if let Some(prediction) = detail.prediction.as_mut() {
                let rect = Rect { xmin: 180.0, ymin: 200.0, xmax: 300.0, ymax: 345.0 };
                prediction.boxes = vec![PredictedBox { class: 0, score: 0.71, rect }];
            }
        }
    });
}

#[test]
fn a_class_key_labels_with_what_was_shown_and_goes_on() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let (first, second) = (queued(&bench, 0), queued(&bench, 1));
    let detail = project(&bench).detail.clone().expect("looked at");
    driver.key_press(Key::Num2);
    driver.run();
    let sent = bench.take_commands();
    let probabilities = detail.prediction.as_ref().expect("predicted").probabilities.clone();
    let annotate = Command::Annotate {
        image: first,
        edit: Edit::Label(Some(1)),
        shown: Some(ShownPrediction { model: ModelId(2), probabilities }),
        display: DisplayState::default(),
    };
    assert_eq!(sent, [annotate, Command::Look { image: second }]);
    assert_eq!(driver.state().state.selected(), Some(second));
}

#[test]
fn without_auto_advance_the_image_stays() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let first = queued(&bench, 0);
    driver.get_by_label("Auto-advance").click();
    driver.run();
    driver.get_by_label("Label Fractured").click();
    driver.run();
    assert_eq!(annotations(&bench), [(first, Edit::Label(Some(0)))]);
    assert_eq!(driver.state().state.selected(), Some(first));
}

#[test]
fn a_labelled_image_leaves_the_filtered_queue_and_none_is_skipped() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let unreviewed = project(&bench).counts.unreviewed;
    driver.get_by_label(&format!("Unreviewed {unreviewed}")).click();
    driver.run();
    assert_eq!(
        bench.take_commands()[0],
        Command::SetFilter(Filter { review: Some(Review::Unreviewed), ..Filter::default() })
    );
    let order: Vec<ImageId> = (0..4).map(|at| queued(&bench, at)).collect();
    for _ in 0..3 {
        driver.key_press(Key::Num1);
        driver.run();
    }
    let labelled: Vec<ImageId> = annotations(&bench).into_iter().map(|(image, _)| image).collect();
    assert_eq!(labelled, order[..3]);
    assert_eq!(driver.state().state.selected(), Some(order[3]));
}

#[test]
fn enter_and_the_button_accept_the_prediction() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let (first, second) = (queued(&bench, 0), queued(&bench, 1));
    driver.key_press(Key::Enter);
    driver.run();
    driver.get_by_label("Accept and next").click();
    driver.run();
    assert_eq!(annotations(&bench), [(first, Edit::Accept), (second, Edit::Accept)]);
}

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
fn undo_goes_to_the_session() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::Num1);
    driver.run();
    bench.take_commands();
    driver.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    driver.run();
    assert_eq!(bench.take_commands(), [Command::Undo]);
}

#[test]
fn a_note_is_sent_once_when_it_is_left() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let (first, second) = (queued(&bench, 0), queued(&bench, 1));
    driver.get_by_role_and_label(Role::MultilineTextInput, "Note").focus();
    driver.run();
    driver.get_by_role_and_label(Role::MultilineTextInput, "Note").type_text("dim 2nd ray");
    driver.run();
    assert_eq!(bench.take_commands(), [], "no event a keystroke, and no key of the keymap fires");
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), [(first, Edit::Note("dim 2nd ray".into()))]);

    driver.get_by_role_and_label(Role::MultilineTextInput, "Note").focus();
    driver.run();
    driver.get_by_role_and_label(Role::MultilineTextInput, "Note").type_text("!");
    driver.run();
    let project = project(&bench);
    let next = &project.rows[project.queue[1] as usize];
    let name = next.name.rsplit('/').next().unwrap_or_default().to_owned();
    driver.get_by_label_contains(&format!("{name}, ")).click();
    driver.run();
    assert_eq!(annotations(&bench), [(first, Edit::Note("dim 2nd ray!".into()))]);
    assert_eq!(driver.state().state.selected(), Some(second));
}

#[test]
fn chips_and_search_set_the_filter() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let counts = project(&bench).counts;
    driver.get_by_label(&format!("Disagree {}", counts.disagreements)).click();
    driver.run();
    let filter = Filter { disagreement: true, ..Filter::default() };
    assert_eq!(bench.take_commands().first(), Some(&Command::SetFilter(filter.clone())));
    driver.get_by_label("Find by name").focus();
    driver.run();
    driver.get_by_label("Find by name").type_text("IMG");
    driver.run();
    let sent = bench.take_commands();
    assert_eq!(sent.last(), Some(&Command::SetFilter(Filter { name: "IMG".into(), ..filter })));
}

#[test]
fn an_empty_queue_offers_to_show_all() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    bench.send(Command::SetFilter(Filter { name: "no such image".into(), ..Filter::default() }));
    driver.run();
    driver.get_by_label("Show all").click();
    driver.run();
    assert_eq!(bench.take_commands().last(), Some(&Command::SetFilter(Filter::default())));
    assert_eq!(project(&bench).queue.len(), project(&bench).rows.len());
}

#[test]
fn the_order_is_chosen_from_its_menu_and_the_image_is_kept() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let first = queued(&bench, 0);
    driver.get_by_label("Order of the queue").click();
    driver.run();
    driver.get_by_label("Most uncertain first").click();
    driver.run();
    assert_eq!(bench.take_commands(), [Command::SetSort(Sort::Uncertainty)]);
    assert_eq!(driver.state().state.selected(), Some(first));
}

#[test]
fn a_right_drag_asks_for_another_window_which_the_log_then_knows() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let from = on_screen(&driver, [300.0, 250.0]);
    drag(&mut driver, PointerButton::Secondary, from, from + vec2(60.0, 30.0));
    let asked = driver.state().watched.asked.lock().unwrap().last().copied().expect("asked");
    let (centre, width) = asked.window.expect("a window");
    assert!(width > 255.0, "right widens: {width}");
    assert!(centre > 127.5, "down darkens: {centre}");
    driver.key_press(Key::I);
    driver.key_press(Key::G);
    driver.run();
    driver.key_press(Key::Num1);
    driver.run();
    let display = bench.take_commands().into_iter().find_map(|c| match c {
        Command::Annotate { display, .. } => Some(display),
        _ => None,
    });
    let display = display.expect("labelled");
    assert_eq!((display.window, display.inverted), (asked.window, true));
    assert!(display.heat_map.is_some());
    let next = driver.state().watched.asked.lock().unwrap().last().copied().expect("asked");
    assert_eq!((next.window, next.invert), (None, false), "the next image has its own display");
}

#[test]
fn a_read_only_project_changes_nothing_and_says_why() {
    let bench = Bench::project();
    bench.edit_project(|p| p.read_only = Some("B has it open on host ward-3".into()));
    let mut driver = open(&bench);
    driver.get_by_label_contains("B has it open on host ward-3");
    for name in ["Label Fractured", "Accept and next", "Flag"] {
        assert!(driver.get_by_label(name).accesskit_node().is_disabled(), "{name} can be pressed");
    }
    driver.key_press(Key::Num1);
    driver.key_press(Key::Enter);
    driver.key_press(Key::X);
    driver.key_press(Key::B);
    driver.run();
    let at = on_screen(&driver, [200.0, 200.0]);
    drag(&mut driver, PointerButton::Primary, at, at + vec2(50.0, 50.0));
    assert_eq!(annotations(&bench), []);
}

#[test]
fn only_visible_thumbnails_are_asked_for() {
    let bench = Bench::project();
    bench.edit_project(|project| {
        let row = project.rows[0].clone();
        let rows = (0..5000).map(|i| crate::session::ImageRow { id: ImageId(i), ..row.clone() });
        project.rows = Arc::new(rows.collect());
        project.queue = Arc::new((0..5000).collect());
    });
    let mut driver = open(&bench);
    driver.key_press(Key::End);
    driver.run();
    assert_eq!(driver.state().state.selected(), Some(ImageId(4999)));
    let asked = driver.state().watched.thumbnails.lock().unwrap().clone();
    assert!(asked.contains(&ImageId(4999)), "the last row is in view");
    assert!(!asked.contains(&ImageId(2500)));
    assert!(asked.len() < 200, "{} thumbnails", asked.len());
}

#[test]
fn any_view_is_survived() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    with_boxes(&bench);
    driver.key_press(Key::G);
    driver.run();
    let strange: [fn(&mut ProjectView); 7] = [
        |p| p.classes = Arc::default(),
        |p| p.queue = Arc::new(vec![99_999, 3, 3, 70]),
        |p| {
            Arc::make_mut(&mut p.rows).iter_mut().for_each(|r| {
                r.predicted = Some((77, f32::NAN));
                r.label = Some(99);
            });
        },
        |p| {
            if let Some(detail) = p.detail.as_mut().map(Arc::make_mut) {
                detail.annotation.label = Some(1234);
                for b in &mut detail.annotation.boxes {
                    b.class = 55;
                    b.rect = Rect { xmin: 9.0, ymin: f64::NAN, xmax: -4.0, ymax: 1e300 };
                }
                if let Some(prediction) = detail.prediction.as_mut() {
                    prediction.probabilities = vec![f32::NAN; 40];
                }
            }
        },
        |p| p.active = None,
        |p| p.rows = Arc::default(),
        |p| p.queue = Arc::default(),
    ];
    for change in strange {
        bench.edit_project(change);
        driver.run();
        for key in [Key::ArrowRight, Key::ArrowLeft, Key::Num9, Key::Enter, Key::Delete, Key::U, Key::S, Key::R] {
            driver.key_press(key);
        }
        driver.run();
    }
    bench.edit(|view| view.project = None);
    driver.run();
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

/// Renders the screen in several states into the folder named by `OVERREAD_SHOTS`, to be looked at.
#[test]
fn pictures_of_the_screen() {
    let Some(dir) = std::env::var_os("OVERREAD_SHOTS").map(std::path::PathBuf::from) else {
        eprintln!("skipped: OVERREAD_SHOTS names no folder for the pictures");
        return;
    };
    std::fs::create_dir_all(&dir).unwrap();
    let save = |driver: &mut Driver, name: &str| {
        driver.remove_cursor();
        driver.run();
        driver.render().unwrap().save(dir.join(name)).unwrap();
    };
    for (name, theme) in [("dark", Theme::dark()), ("light", Theme::light())] {
        let bench = Bench::project();
        let mut driver = open_in(&bench, theme.clone(), vec2(1280.0, 732.0));
        save(&mut driver, &format!("review-{name}.png"));
        bench.send(Command::SetSort(Sort::Uncertainty));
        driver.key_press(Key::G);
        driver.run();
        driver.key_press(Key::Num2);
        driver.run();
        driver.key_press(Key::ArrowLeft);
        driver.run();
        with_boxes(&bench);
        driver.run();
        driver.get_by_label("Box 1, Fractured").click();
        driver.run();
        driver.key_press(Key::B);
        driver.run();
        save(&mut driver, &format!("review-{name}-boxes.png"));
    }
    let bench = Bench::project();
    bench.edit_project(|p| {
        p.read_only = Some("B has it open on host ward-3".into());
        p.active = None;
    });
    let mut driver = open_in(&bench, Theme::dark(), vec2(900.0, 600.0));
    save(&mut driver, "review-small-readonly.png");
}
