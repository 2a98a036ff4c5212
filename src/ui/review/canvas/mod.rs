//! The picture in the middle: what is shown of it, what the pointer does to it, and its tools.

mod absent;
mod box_shapes;
mod cell;
mod cine;
mod closing;
mod corners;
mod edges;
mod grid;
mod heat;
mod heat_marks;
mod heat_menus;
mod magnifier;
mod measure;
mod near;
mod over;
mod overlays;
mod paint;
mod pointer;
mod presets;
mod textures;
mod toolbar;
mod values;
mod wheel;

use super::model::boxes::{Sent, Under};
use super::model::current::Current;
use super::model::geometry::{Placement, Point};
use super::model::turn::Turn;
use super::model::words::file_name;
use super::state::ReviewState;
use crate::domain::{BoxId, ImageId, Rect, Voi};
use crate::session::{Fetched, MapRequest, OwnPreset, Picture, PicturePlace, PictureRequest};
use crate::ui::action::{Grid, ReviewAction};
use crate::ui::context::PanelContext;
use egui::{Role, Sense, WidgetInfo};
use std::sync::Arc;
use textures::{PageTextures, PictureTexture};

pub use heat::Painted;

/// Room above the picture for the toolbar, and around it, in points.
const TOOLBAR_ROOM: f32 = 54.0;
const MARGIN: f32 = 10.0;
/// Room for the menus over each of two heat maps.
const MENUS_ROOM: f32 = 84.0;

/// How long something is said over the picture, in seconds.
const SAID: f64 = 6.0;

/// What dragging with the first button does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Moves the picture, and boxes.
    #[default]
    Move,
    /// Changes the window.
    Window,
    /// Draws a box.
    Box,
    /// Measures a length or an angle.
    Measure,
}

/// Whose boxes lie on a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    #[default]
    Both,
    Drawn,
    Found,
}

/// Whose boxes are on two pictures beside each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Beside {
    /// There is one picture.
    #[default]
    Nobody,
    /// Readers' on the left, the model's on the right.
    DrawnAndFound,
    /// The active model's on the left, on the right those of another of the comparison, by its place; readers' on both.
    Models(usize),
}

/// What the canvas remembers between frames.
#[derive(Default)]
pub struct State {
    pub tool: Tool,
    /// The chosen box, which has handles.
    pub chosen: Option<BoxId>,
    /// The chosen box of the model, by its place in the prediction.
    pub chosen_found: Option<usize>,
    /// What lay under the pointer in the last frame.
    pub hovered: Option<Under>,
    /// The chosen box while its numbers are typed.
    pub typed: Option<(BoxId, Rect)>,
    pub measuring: measure::State,
    /// The class of boxes to be drawn, where a person chose one.
    pub box_class: Option<usize>,
    /// Where a person put the picture; absent while it is fitted.
    free: Option<Placement>,
    drag: Option<pointer::Drag>,
    /// What is said over the picture, and until when.
    said: Option<(f64, &'static str)>,
    wheel: wheel::State,
    pub(super) cine: cine::State,
    /// How near the pictures of a grid are.
    pub(super) near: near::State,
    values: values::State,
    /// The picture under the pointer: [`Side::Both`] while there is one only.
    side: Side,
    /// Whose boxes are on two pictures.
    beside: Beside,
    /// Two heat maps are beside each other.
    two_maps: bool,
    /// The press under way closed a menu, and does nothing else.
    closing: bool,
    /// A drag was broken off in the last frame.
    broken_off: bool,
    /// A change of a box that was sent and is not in the view yet.
    pub(super) sent: Option<Sent>,
    scene: Option<Scene>,
    picture: PictureTexture,
    /// The same for the magnifier.
    magnified: PictureTexture,
    page: PageTextures,
    heat: heat::State,
    waiting_since: Option<f64>,
    /// The time of the last frame, in seconds.
    pub(super) clock: f64,
}

/// What was on screen in the last frame.
#[derive(Clone, Copy, Debug)]
struct Scene {
    size: Point,
    placement: Placement,
    pixels_per_point: f64,
}

impl State {
    /// Shows the whole picture, also when the window changes its size.
    pub fn fit(&mut self) {
        self.free = None;
        self.near.fit();
    }

    /// One image pixel on one screen pixel, the middle of the view kept.
    pub fn one_to_one(&mut self) {
        if let Some(scene) = self.scene {
            self.zoom_by(1.0 / (scene.placement.zoom * scene.pixels_per_point));
        }
    }

    /// Zooms around the middle of the view.
    pub fn zoom_by(&mut self, factor: f64) {
        if let Some(Scene { placement, .. }) = self.scene {
            self.free = Some(placement.zoomed_at(placement.anchor, factor));
        }
    }

    /// Takes a tool, or puts it away when it is in hand.
    pub fn toggle(&mut self, tool: Tool) {
        self.tool = if self.tool == tool { Tool::Move } else { tool };
        self.measuring.escape();
    }

    /// Shows two pictures, readers' boxes on the left one and the model's on the right; then the model's and those of each of
    /// so many others it was compared with; then one again.
    pub fn toggle_side_by_side(&mut self, others: usize) {
        let next = match self.beside {
            Beside::Nobody => return self.put_beside(Beside::DrawnAndFound),
            Beside::DrawnAndFound => 0,
            Beside::Models(at) => at + 1,
        };
        self.put_beside(if next < others { Beside::Models(next) } else { Beside::Nobody });
    }

    fn put_beside(&mut self, beside: Beside) {
        self.beside = beside;
        (self.drag, self.free) = (None, None);
    }

    /// Two models' boxes are beside each other.
    fn models_beside(&self) -> bool {
        matches!(self.beside, Beside::Models(_))
    }

    /// The other model whose boxes are on the picture of this side, by its place.
    fn other(&self, side: Side) -> Option<usize> {
        match self.beside {
            Beside::Models(at) => (side == Side::Found).then_some(at),
            Beside::Nobody | Beside::DrawnAndFound => None,
        }
    }

    /// Whether the picture is there twice.
    fn is_split(&self) -> bool {
        self.beside != Beside::Nobody || self.two_maps
    }

    /// Whose boxes lie on the picture of this side.
    fn whose(&self, side: Side) -> Side {
        if self.beside == Beside::DrawnAndFound { side } else { Side::Both }
    }

    /// Ends what is half done, one thing at a time; whether there was any.
    pub fn escape(&mut self) -> bool {
        let chosen = self.chosen.is_some() || self.chosen_found.is_some();
        if std::mem::take(&mut self.broken_off) || self.drag.take().is_some() || self.measuring.escape() {
            return true;
        }
        if chosen {
            self.choose(None);
            return true;
        }
        std::mem::take(&mut self.tool) != Tool::Move
    }

    /// Chooses a box, or none.
    pub fn choose(&mut self, under: Option<Under>) {
        (self.chosen, self.chosen_found) = match under {
            Some(Under::Drawn(id)) => (Some(id), None),
            Some(Under::Found(index)) => (None, Some(index)),
            None => (None, None),
        };
    }

    /// A box was drawn and will be chosen once it is there: what is typed meanwhile concerns it.
    pub fn awaits_new_box(&self) -> bool {
        let choosing = self.sent.as_ref().filter(|sent| sent.choose);
        choosing.is_some_and(|sent| !sent.is_old(self.clock))
    }

    /// Whether a new box of this image is on its way.
    pub fn is_drawing(&self, image: ImageId) -> bool {
        self.sent.as_ref().is_some_and(|sent| sent.image == image && sent.id.is_none())
    }

    /// No box on its way is waited for any more.
    pub fn forget_new_box(&mut self) {
        if let Some(sent) = &mut self.sent {
            sent.choose = false;
        }
    }

    /// What was sent is not done: it is not shown any more.
    pub fn take_back(&mut self) {
        self.sent = None;
    }

    /// What was sent is waited for from now.
    pub fn hold_sent(&mut self, now: f64) {
        if let Some(sent) = &mut self.sent {
            sent.sent_anew(now);
        }
    }

    /// Shows a new box that was sent, and chooses it once it is there, in place of the one that was chosen.
    pub(super) fn await_new_box(&mut self, mut sent: Sent) {
        sent.choose = true;
        self.sent = Some(sent);
        self.choose(None);
    }

    /// Where a person put the picture.
    pub(super) fn put_at(&self) -> Option<Placement> {
        self.free
    }

    /// Puts the picture somewhere, or fits it.
    pub(super) fn put(&mut self, at: Option<Placement>) {
        self.free = at;
    }

    /// Says something over the picture for a while.
    pub(super) fn say(&mut self, what: &'static str) {
        self.said = Some((self.clock + SAID, what));
    }

    /// Points of the screen an image pixel, from now on, around the middle of the view.
    pub fn zoom_to(&mut self, zoom: f64) {
        if let Some(scene) = self.scene {
            self.zoom_by(zoom / scene.placement.zoom);
        }
    }

    /// Another image is looked at: it is fitted, and nothing of the last one is half done.
    pub fn another_image(&mut self) {
        (self.free, self.drag, self.sent, self.scene) = (None, None, None, None);
        (self.hovered, self.typed) = (None, None);
        self.choose(None);
        self.measuring.another_image();
    }

    /// Another number of pictures is shown: nothing of the one that was alone is half done, no tool in hand.
    pub fn leave_picture(&mut self) {
        self.another_image();
        (self.tool, self.side, self.waiting_since) = (Tool::Move, Side::Both, None);
        self.beside = Beside::Nobody;
        self.heat.forget();
        self.page = PageTextures::default();
    }

    /// Where a person put the picture; `None` while it is fitted.
    pub(super) fn place(&self) -> Option<PicturePlace> {
        self.free.map(|free| PicturePlace { zoom: free.zoom, centre: free.centre })
    }

    /// Puts the picture where it was, or fits it.
    pub(super) fn put_as_left(&mut self, place: Option<PicturePlace>) {
        let can_be = |place: &PicturePlace| {
            let [x, y] = place.centre;
            [place.zoom, x, y].into_iter().all(f64::is_finite) && (1e-3..=1e3).contains(&place.zoom)
        };
        let put = |place: PicturePlace| Placement {
            zoom: place.zoom,
            centre: place.centre,
            // These three follow the window and the picture.
            anchor: [0.0, 0.0],
            turn: Turn::default(),
            shape: 1.0,
        };
        self.free = place.filter(can_be).map(put);
    }

    /// Where the picture lies on the screen.
    #[cfg(test)]
    pub fn placement(&self) -> Option<Placement> {
        self.scene.map(|scene| scene.placement)
    }

    /// The windows to choose from for an image on screen, by name.
    pub fn presets(&self, image: ImageId, own: &[OwnPreset]) -> Vec<(String, Voi)> {
        self.on_screen(image).map(|picture| presets::presets(picture, own)).unwrap_or_default()
    }

    /// The picture of an image on screen.
    pub(super) fn on_screen(&self, image: ImageId) -> Option<&Picture> {
        let alone = self.picture.last().map(|(picture, _)| picture).filter(|_| self.scene.is_some());
        alone.or_else(|| self.page.last(image)).map(|picture| &**picture)
    }

    /// What the values of the picture on screen are in.
    pub(super) fn units(&self) -> Option<&str> {
        let (picture, _) = self.picture.last()?;
        picture.taken.as_ref()?.units.as_deref()
    }

    /// A heat map, where it is on screen.
    pub(super) fn painted(&self, request: &MapRequest) -> Option<&Painted> {
        self.heat.painted(request)
    }

    /// See [`heat::State::share`].
    pub(super) fn heat_share(&self) -> Option<f64> {
        self.heat.share()
    }
}

/// Shows the canvas in the room that is left.
pub fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState) {
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0, cx.theme.picture);
    review.canvas.clock = ui.input(|i| i.time);
    let view = cx.view;
    let Some(current) = review.current(view) else {
        absent::nothing(ui, cx);
        return;
    };
    if review.grid == Grid::One {
        alone(ui, cx, review, &current, rect);
    } else {
        grid::show(ui, cx, review, &current, rect);
    }
}

/// One picture with the tools over it.
fn alone(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    rect: egui::Rect,
) {
    let name = file_name(&current.row.name).to_owned();
    let response = ui.interact(rect, ui.scope_id().with("picture"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Picture of {name}")));

    let display = review.display(current.row.id);
    let request = display.request(current.row.id, PictureRequest::WHOLE);
    let (picture, failure) = match cx.fetch.picture(request) {
        Fetched::Ready(picture) => (Some(picture), None),
        Fetched::Loading(older) => (older.filter(|p| p.request.image == current.row.id), None),
        Fetched::Failed(why) => (None, Some(why)),
    };
    let there = matches!(&picture, Some(picture) if picture.request == request);
    let ground = ui.painter().with_clip_rect(rect);
    if let Some(why) = failure {
        review.canvas.scene = None;
        // The reason names the file, and its folder is often its class.
        let why = if current.project.reading.is_own() { "The picture cannot be read.".into() } else { why };
        absent::failed(ui, cx, current, &why);
    } else if let Some(picture) = picture.as_ref().or(kept(&review.canvas, current.row.id).as_ref()) {
        review.canvas.waiting_since = None;
        review.check_carried(picture);
        let two_maps = review.has_two_maps(current.project);
        if two_maps != review.canvas.two_maps {
            review.canvas.two_maps = two_maps;
            (review.canvas.drag, review.canvas.free) = (None, None);
        }
        review.canvas.side = side_under_pointer(ui, &review.canvas, rect);
        let active = pane(rect, review.canvas.side);
        review.canvas.scene = Some(scene(ui, active, &review.canvas, picture, display.turn));
        if !closing::only_closes(ui, &response, &mut review.canvas) {
            pointer::handle(ui, cx, review, current, &response, picture);
        }
        // The pointer may just have moved it.
        let turn = review.display(current.row.id).turn;
        let scene = scene(ui, active, &review.canvas, picture, turn);
        review.canvas.scene = Some(scene);
        let maps = heat::fetch(cx, review, current);
        let sides: &[Side] = if review.canvas.is_split() { &[Side::Drawn, Side::Found] } else { &[Side::Both] };
        for side in sides {
            let pane = pane(rect, *side);
            let scene = self::scene(ui, pane, &review.canvas, picture, turn);
            let ground = ui.painter().with_clip_rect(pane);
            let scale = scene.placement.zoom * scene.pixels_per_point * scene.size[0] / picture.width.max(1) as f64;
            if let Some(texture) = review.canvas.picture.get(ui.ctx(), picture, scale) {
                paint::picture(&ground, texture.id(), &scene, 1.0);
            }
            if !cx.keymap.is_down(ui.ctx(), &ReviewAction::HideOverlays.into()) {
                overlays::paint(&ground, cx, review, current, (&scene, *side), &maps);
            }
        }
        if review.canvas.is_split() {
            ground.vline(rect.center().x, rect.y_range(), cx.theme.hairline());
        }
        over::show(ui, cx, review, current, (rect, &response), picture, &scene);
        if there {
            cine::go_on(ui, cx, review, current, picture);
        }
    } else {
        absent::waiting(ui, cx, review, &ground, &name);
    }
    toolbar::show(ui, cx, review, current, rect);
}

/// The picture of this image in another window that is still on the graphics card.
fn kept(state: &State, image: ImageId) -> Option<Arc<Picture>> {
    state.picture.last().filter(|(picture, _)| picture.request.image == image).map(|(picture, _)| Arc::clone(picture))
}

/// The viewport a picture is fitted into.
fn viewport(rect: egui::Rect, two_maps: bool) -> (Point, Point) {
    let point = |x: f32, y: f32| [f64::from(x), f64::from(y)];
    (
        point(rect.left() + MARGIN, rect.top() + TOOLBAR_ROOM + if two_maps { MENUS_ROOM } else { 0.0 }),
        point(rect.right() - MARGIN, rect.bottom() - MARGIN),
    )
}

/// The part of the canvas for these boxes.
fn pane(rect: egui::Rect, side: Side) -> egui::Rect {
    match side {
        Side::Both => rect,
        Side::Drawn => rect.with_max_x(rect.center().x),
        Side::Found => rect.with_min_x(rect.center().x),
    }
}

/// Whose picture the pointer is on; a drag stays where it began.
fn side_under_pointer(ui: &egui::Ui, state: &State, rect: egui::Rect) -> Side {
    if !state.is_split() {
        return Side::Both;
    }
    if state.drag.is_some() && state.side != Side::Both {
        return state.side;
    }
    let at = ui.input(|i| i.pointer.press_origin().or(i.pointer.latest_pos()));
    if at.is_some_and(|at| at.x > rect.center().x) { Side::Found } else { Side::Drawn }
}

fn scene(ui: &egui::Ui, pane: egui::Rect, state: &State, picture: &Picture, turn: Turn) -> Scene {
    let size = [f64::from(picture.image_width), f64::from(picture.image_height)];
    let fitted = Placement::fit(size, viewport(pane, state.two_maps), turn, picture.shape);
    let placement =
        state.free.map_or(fitted, |free| Placement { anchor: fitted.anchor, turn, shape: fitted.shape, ..free });
    Scene { size, placement, pixels_per_point: f64::from(ui.ctx().pixels_per_point()) }
}
