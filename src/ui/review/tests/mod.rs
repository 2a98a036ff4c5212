//! The Review screen driven by keys, pointer and accessible names, against the bench.

mod annotating;
mod boxes;
mod findings;
mod grid;
mod heat;
mod keyboard;
mod many;
mod measuring;
mod model_boxes;
mod picture;
mod queue;
mod signing;
mod two_maps;
mod views;
mod whole;

use super::ReviewState;
use crate::domain::{AnnotatedBox, BoxId, DisplayState, ImageId, ModelId, PredictedBox, Rect, ShownPrediction, Voi};
use crate::session::fixture::Bench;
use crate::session::{
    Command, Edit, Explained, Fetched, Filter, Header, HeatPicture, MapRequest, Picture, PictureRequest, Preview,
    PreviewRequest, ProjectCommand, ProjectView, Review, Sort, Thumbnail, Values, ValuesRequest, View, Workbench,
};
use crate::ui::action::ReviewAction;
use crate::ui::context::Fetch;
use crate::ui::turns::Turns;
use crate::ui::{Action, Keymap, PanelContext, Screen, Theme, theme};
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
    heats: Arc<Mutex<Vec<MapRequest>>>,
    /// How often it was said that no heat map is on screen.
    dropped: Arc<Mutex<usize>>,
    /// What was sent while the session was busy; absent while it does everything at once.
    late: Arc<Mutex<Option<Vec<Command>>>>,
}

impl Watched {
    /// From now on the session does nothing until [`Watched::catch_up`].
    fn fall_behind(&self) {
        *self.late.lock().unwrap() = Some(Vec::new());
    }

    fn catch_up(&self) {
        let late = self.late.lock().unwrap().take();
        late.unwrap_or_default().into_iter().for_each(|command| self.bench.send(command));
    }

    fn send_all(&self, commands: Vec<Command>) {
        commands.into_iter().for_each(|command| self.send(command));
    }
}

impl Workbench for Watched {
    fn view(&self) -> Arc<View> {
        self.bench.view()
    }

    fn send(&self, command: Command) {
        if let Some(late) = self.late.lock().unwrap().as_mut() {
            late.push(command);
            return;
        }
        self.bench.send(command);
    }

    fn pictures(&self, requests: &[PictureRequest]) -> Vec<Fetched<Picture>> {
        self.asked.lock().unwrap().extend(requests);
        self.bench.pictures(requests)
    }

    fn thumbnail(&self, image: ImageId) -> Fetched<Thumbnail> {
        self.thumbnails.lock().unwrap().push(image);
        self.bench.thumbnail(image)
    }

    fn heat_maps(&self, requests: &[MapRequest]) -> Vec<Fetched<HeatPicture>> {
        *self.heats.lock().unwrap() = requests.to_vec();
        self.bench.heat_maps(requests)
    }

    fn heat_progress(&self, request: &MapRequest) -> Option<(usize, usize)> {
        self.bench.heat_progress(request)
    }

    fn drop_heat_map(&self) {
        *self.dropped.lock().unwrap() += 1;
    }

    fn preview(&self, request: PreviewRequest) -> Fetched<Preview> {
        self.bench.preview(request)
    }

    fn header(&self, image: ImageId) -> Fetched<Header> {
        self.bench.header(image)
    }

    fn values(&self, request: ValuesRequest) -> Fetched<Values> {
        self.bench.values(request)
    }
}

struct Window {
    watched: Watched,
    theme: Theme,
    keymap: Keymap,
    state: ReviewState,
    /// Actions that are not this screen's.
    others: Vec<Action>,
}

impl Window {
    fn frame(&mut self, ui: &mut egui::Ui) {
        let view = self.watched.view();
        let mut actions = self.keymap.pressed(ui.ctx(), Screen::Review, &view, self.state.shown(&view));
        let mut commands = Vec::new();
        let (fetch, theme, keymap) = (Fetch::of(&self.watched), &self.theme, &self.keymap);
        let mut cx = PanelContext { fetch, view: &view, theme, keymap, commands: &mut commands, actions: &mut actions };
        super::show(ui, &mut cx, &mut self.state);
        self.watched.send_all(commands);
        let view = self.watched.view();
        for action in actions {
            match action {
                Action::Send(command) => self.watched.send(command),
                Action::Undo => self.watched.send(Command::Project(ProjectCommand::Undo)),
                Action::Redo => self.watched.send(Command::Project(ProjectCommand::Redo)),
                Action::Review(action) => self.act(action, &view),
                other => self.others.push(other),
            }
        }
        let view = self.watched.view();
        let turning = self.keymap.turning(Screen::Review, &view, self.state.shown(&view));
        Turns::prepare(ui.ctx(), self.state.awaits_keyboard(ui.ctx(), &view), turning);
    }
}

impl Window {
    /// Does an action of this screen.
    fn act(&mut self, action: ReviewAction, view: &View) {
        let mut commands = Vec::new();
        self.state.on_action(action, &mut commands, view);
        self.watched.send_all(commands);
    }
}

type Driver = Harness<'static, Window>;

fn open(bench: &Bench) -> Driver {
    open_in(bench, Theme::dark(), vec2(1280.0, 732.0))
}

fn open_in(bench: &Bench, theme: Theme, size: egui::Vec2) -> Driver {
    let (asked, thumbnails, heats, late) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
    let dropped = Arc::default();
    let watched = Watched { bench: bench.clone(), asked, thumbnails, heats, dropped, late };
    let mut keymap = Keymap::default();
    if project(bench).classes.findings {
        keymap.follow(&bench.view());
    }
    let window = Window { watched, theme: theme.clone(), keymap, state: ReviewState::default(), others: Vec::new() };
    let mut driver = Harness::builder()
        .with_size(size)
        .with_max_steps(48)
        // Two presses a quarter of a second apart would be no double click.
        .with_step_dt(0.05)
        .with_context_setup(move |ctx| {
            theme::apply(ctx, &theme);
            Turns::install(ctx);
        })
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
        Command::Project(ProjectCommand::Annotate { image, edit, .. }) => Some((image, edit)),
        _ => None,
    })
    .collect()
}

fn press(driver: &Driver, button: PointerButton, pos: Pos2, pressed: bool) {
    driver.event(Event::PointerMoved(pos));
    driver.event(Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE });
}

/// A key that is pressed and let go, with the sign it types.
fn tapped(key: Key, modifiers: Modifiers) -> Vec<Event> {
    let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
    let sign = key.name().to_lowercase();
    let types = sign.chars().count() == 1 && !modifiers.command;
    [Some(event(true)), types.then_some(Event::Text(sign)), Some(event(false))].into_iter().flatten().collect()
}

fn all_tapped(keys: &[Key]) -> Vec<Event> {
    keys.iter().flat_map(|key| tapped(*key, Modifiers::NONE)).collect()
}

/// What a busy machine gets: all of it in one frame.
fn at_once(driver: &mut Driver, events: impl IntoIterator<Item = Event>) {
    driver.input_mut().events.extend(events);
    driver.run();
}

/// Takes what anybody said of an image away.
fn unsaid(bench: &Bench, image: ImageId) {
    let display = DisplayState::default();
    bench.send(Command::Project(ProjectCommand::Annotate { image, edit: Edit::Label(None), shown: None, display }));
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
