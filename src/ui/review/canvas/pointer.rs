//! What the pointer does to the picture: zoom, pan, window, and boxes. A drag ends in one command at most, at release.

use super::{Scene, Side, Tool, measure, paint, wheel};
use crate::domain::{BoxId, Rect, Voi};
use crate::session::{DragUse, Edit, Mouse, Picture};
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::review::model::boxes::{Mark, Sent, Under};
use crate::ui::review::model::current::Current;
use crate::ui::review::model::display::Display;
use crate::ui::review::model::geometry::{self, Handle, Point};
use crate::ui::review::state::ReviewState;
use egui::{CursorIcon, PointerButton, Pos2, Response, Vec2};

/// How near the pointer must be to a handle, in points.
pub(super) const REACH: f32 = 8.0;
/// What comes nearer to the picture's edge than this is laid on it, in points.
const SNAP: f64 = 6.0;
/// A drag shorter than this draws no box, in points.
pub(super) const SHORTEST: f32 = 4.0;

/// A drag in progress.
#[derive(Clone, Copy, Debug)]
pub(super) enum Drag {
    Pan,
    /// Around where it began, on the screen.
    Zoom {
        at: Point,
    },
    /// The window it began with and how far the pointer went, in points.
    Window {
        start: (f64, f64),
        moved: Vec2,
    },
    /// Corners in the image.
    Draw {
        class: usize,
        from: Point,
        to: Point,
    },
    Move {
        id: BoxId,
        class: usize,
        start: Rect,
        from: Point,
        to: Point,
    },
    Resize {
        id: BoxId,
        class: usize,
        start: Rect,
        handle: Handle,
        to: Point,
    },
}

impl Drag {
    /// The box as it would be after this drag. What comes near the picture's edge is laid on it.
    pub(super) fn mark(&self, scene: &Scene) -> Option<Mark> {
        let image = scene.size;
        let snap = |at: Point| geometry::snapped(at, image, SNAP / scene.placement.zoom);
        match *self {
            Drag::Pan | Drag::Zoom { .. } | Drag::Window { .. } => None,
            Drag::Draw { class, from, to } => {
                geometry::drawn(snap(from), snap(to), image).map(|rect| Mark { id: None, class, rect })
            }
            Drag::Move { id, class, start, from, to } => {
                let moved = geometry::moved(&start, [to[0] - from[0], to[1] - from[1]], image);
                let reach = SNAP / scene.placement.zoom;
                let rect = if moved == start { moved } else { geometry::moved_to_edge(&moved, image, reach) };
                Some(Mark { id: Some(id), class, rect })
            }
            Drag::Resize { id, class, start, handle, to } => {
                Some(Mark { id: Some(id), class, rect: handle.drag(&start, snap(to), image) })
            }
        }
    }
}

/// Takes in what the pointer did over the picture since the last frame.
pub(super) fn handle(
    ui: &egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    response: &Response,
    picture: &Picture,
) {
    let Some(scene) = review.canvas.scene else { return };
    let hidden = cx.keymap.is_down(ui.ctx(), &ReviewAction::HideOverlays.into());
    forget_sent(review, current, ui.input(|i| i.time));
    forget_gone(review, current);
    wheel(ui, cx, review, &scene, response);

    if measure::handle(ui, cx, review, current, &scene, response, hidden) {
        return;
    }
    let mouse = cx.view.preferences.reading.mouse;
    if response.drag_started() {
        let origin = ui.input(|i| i.pointer.press_origin()).or(response.interact_pointer_pos());
        review.canvas.drag =
            origin.and_then(|origin| begin((review, mouse), current, &scene, response, picture, origin, hidden));
        if let Some(Drag::Move { id, .. } | Drag::Resize { id, .. }) = review.canvas.drag {
            review.canvas.choose(Some(Under::Drawn(id)));
        }
    }
    if matches!(review.canvas.drag, Some(Drag::Window { .. })) && response.drag_started() {
        review.views.remember(current.row.id);
    }
    if response.dragged() {
        go_on(review, current, &scene, response, picture);
    }
    // Escape ends a drag while the button is still down.
    review.canvas.broken_off = response.drag_stopped() && ui.input(|i| i.pointer.primary_down());
    if review.canvas.broken_off {
        review.canvas.drag = None;
    } else if response.drag_stopped() {
        finish(ui, cx, review, current, &scene, response);
    }
    if response.clicked() && !hidden {
        let under = response.interact_pointer_pos().and_then(|at| under(review, current, &scene, at));
        review.canvas.choose(under);
    }
    review.canvas.hovered = response.hover_pos().filter(|_| !hidden).and_then(|at| under(review, current, &scene, at));
    if response.double_clicked() {
        review.canvas.fit();
    }
    if let Some(icon) = cursor(review, current, &scene, response, hidden) {
        ui.set_cursor_icon(icon);
    }
}

pub(super) fn image_point(scene: &Scene, at: Pos2) -> Point {
    scene.placement.to_image([f64::from(at.x), f64::from(at.y)])
}

fn wheel(ui: &egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, scene: &Scene, response: &Response) {
    let Some(pointer) = response.hover_pos() else { return };
    let mouse = cx.view.preferences.reading.mouse;
    let zoom = wheel::zoom(ui, mouse);
    if (zoom - 1.0).abs() > 1e-6 {
        let at = [f64::from(pointer.x), f64::from(pointer.y)];
        review.canvas.free = Some(scene.placement.zoomed_at(at, zoom));
    }
    let images = wheel::images(ui, &mut review.canvas.wheel, mouse);
    let (on, back) = (ReviewAction::Next, ReviewAction::Previous);
    (0..images.abs()).for_each(|_| cx.push(if images > 0 { on } else { back }));
}

fn begin(
    (review, mouse): (&ReviewState, Mouse),
    current: &Current<'_>,
    scene: &Scene,
    response: &Response,
    picture: &Picture,
    origin: Pos2,
    hidden: bool,
) -> Option<Drag> {
    let window = Drag::Window { start: picture.window, moved: Vec2::ZERO };
    let does = |what: DragUse| match what {
        // The other buttons have no tool in hand.
        DragUse::Tool | DragUse::Pan => Drag::Pan,
        DragUse::Window => window,
        DragUse::Zoom => Drag::Zoom { at: [f64::from(origin.x), f64::from(origin.y)] },
    };
    if response.drag_started_by(PointerButton::Middle) {
        return Some(does(mouse.middle));
    }
    if response.drag_started_by(PointerButton::Secondary) {
        return Some(does(mouse.right));
    }
    if !response.drag_started_by(PointerButton::Primary) {
        return None;
    }
    if hidden {
        return Some(Drag::Pan);
    }
    let at = image_point(scene, origin);
    let writable = can_draw(review, current);
    if writable && review.canvas.tool != Tool::Window {
        if let Some((id, class, start, handle)) = handle_at(review, current, scene, origin) {
            return Some(Drag::Resize { id, class, start, handle, to: at });
        }
        let under = box_at(current, scene, origin);
        // While drawing, only the chosen box is in the way of a new one; so it is where the button has another use.
        let moves = review.canvas.tool == Tool::Move && mouse.left == DragUse::Tool;
        let movable = under.filter(|(id, ..)| moves || review.canvas.chosen == Some(*id));
        if let Some((id, class, start)) = movable {
            return Some(Drag::Move { id, class, start, from: at, to: at });
        }
    }
    match review.canvas.tool {
        Tool::Window => Some(window),
        Tool::Box if writable => {
            current.class_of_new_box(review.canvas.box_class).map(|class| Drag::Draw { class, from: at, to: at })
        }
        Tool::Move => Some(does(mouse.left)),
        Tool::Box | Tool::Measure => Some(Drag::Pan),
    }
}

fn go_on(review: &mut ReviewState, current: &Current<'_>, scene: &Scene, response: &Response, picture: &Picture) {
    let delta = response.drag_delta();
    let at = response.interact_pointer_pos().map(|at| image_point(scene, at));
    let display = review.display(current.row.id);
    match (&mut review.canvas.drag, at) {
        (Some(Drag::Pan), _) => {
            let by = [f64::from(delta.x), f64::from(delta.y)];
            review.canvas.free = Some(scene.placement.panned(by, scene.size));
        }
        (Some(Drag::Zoom { at }), _) => {
            review.canvas.free = Some(scene.placement.zoomed_at(*at, zoom_of(delta)));
        }
        (Some(Drag::Window { start, moved }), _) => {
            *moved += delta;
            let by = [f64::from(moved.x), f64::from(moved.y)];
            let inverted = picture.inverted != display.invert;
            let window = geometry::dragged_window(*start, by, picture.range, inverted);
            let (centre, width) = rounded(window, picture.range);
            review.set_display(current.row.id, Display { voi: Voi::Window(centre, width), ..display });
        }
        (Some(Drag::Draw { to, .. } | Drag::Move { to, .. } | Drag::Resize { to, .. }), Some(at)) => *to = at,
        _ => {}
    }
}

/// How much nearer a drag comes: up is nearer.
pub(super) fn zoom_of(delta: Vec2) -> f64 {
    f64::from(-delta.y / 120.0).exp()
}

/// Whole stored values where there are many, so that a shaking hand asks for fewer pictures.
pub(super) fn rounded((centre, width): (f64, f64), range: (f64, f64)) -> (f64, f64) {
    if range.1 - range.0 >= 64.0 { (centre.round(), width.round()) } else { (centre, width) }
}

fn finish(
    ui: &egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    scene: &Scene,
    response: &Response,
) {
    let Some(drag) = review.canvas.drag.take() else { return };
    let Some(mark) = drag.mark(scene) else { return };
    let edit = match drag {
        Drag::Pan | Drag::Zoom { .. } | Drag::Window { .. } => return,
        Drag::Draw { from, .. } => {
            let start = paint::pos(scene.placement.to_screen(from));
            let far = response.interact_pointer_pos().is_none_or(|at| start.distance(at) >= SHORTEST);
            if !far {
                return;
            }
            Edit::DrawBox { class: mark.class, rect: mark.rect }
        }
        Drag::Move { id, start, .. } | Drag::Resize { id, start, .. } => {
            if mark.rect == start {
                return;
            }
            Edit::ChangeBox { id, class: mark.class, rect: mark.rect }
        }
    };
    let on_its_way = Sent::new(current, mark, ui.input(|i| i.time));
    if on_its_way.id.is_none() {
        // What comes next is meant for it, not for the one chosen before.
        review.canvas.await_new_box(on_its_way);
    } else {
        review.canvas.sent = Some(on_its_way);
    }
    review.annotate(cx.commands, cx.view, current.row.id, edit);
    ui.ctx().request_repaint();
}

/// A sent change is not needed any more when the view has it, or never will.
fn forget_sent(review: &mut ReviewState, current: &Current<'_>, now: f64) {
    let Some(sent) = review.canvas.sent.take_if(|sent| sent.is_over(current, now)) else { return };
    if let Some(new) = sent.made(current.boxes()).filter(|_| sent.choose) {
        review.canvas.choose(Some(Under::Drawn(new)));
    }
}

/// A box that is gone, by undo or otherwise, is not chosen any more, also when it comes back.
fn forget_gone(review: &mut ReviewState, current: &Current<'_>) {
    let Some(detail) = current.detail else { return };
    review.canvas.chosen.take_if(|chosen| detail.annotation.boxes.iter().all(|one| one.id != *chosen));
}

/// Whether boxes can be drawn and changed where the pointer is.
fn can_draw(review: &ReviewState, current: &Current<'_>) -> bool {
    current.may_change() && review.canvas.whose(review.canvas.side) != Side::Found
}

/// The smallest annotated box around a screen point.
fn box_at(current: &Current<'_>, scene: &Scene, at: Pos2) -> Option<(BoxId, usize, Rect)> {
    let p = image_point(scene, at);
    let reach = 4.0 / scene.placement.zoom;
    let boxes = &current.detail?.annotation.boxes;
    let near =
        |r: &Rect| p[0] >= r.xmin - reach && p[0] <= r.xmax + reach && p[1] >= r.ymin - reach && p[1] <= r.ymax + reach;
    let found = boxes.iter().filter(|b| near(&b.rect)).min_by(|a, b| a.rect.area().total_cmp(&b.rect.area()))?;
    Some((found.id, found.class, found.rect))
}

/// The smallest box around a screen point, drawn or shown of the model's.
fn under(review: &ReviewState, current: &Current<'_>, scene: &Scene, at: Pos2) -> Option<Under> {
    let p = image_point(scene, at);
    let side = review.canvas.whose(review.canvas.side);
    let drawn =
        box_at(current, scene, at).filter(|_| side != Side::Found).map(|(id, _, rect)| (Under::Drawn(id), rect.area()));
    // What another model finds can be looked at, and nothing more: the list beside is of the active one's.
    let theirs = side != Side::Drawn && review.canvas.other(review.canvas.side).is_none();
    let shown = review.found(current).filter(|(_, one)| theirs && one.rect.contains(p[0], p[1]));
    let found = shown.min_by(|a, b| a.1.rect.area().total_cmp(&b.1.rect.area()));
    let found = found.map(|(index, one)| (Under::Found(index), one.rect.area()));
    // Of equals the person's own.
    drawn.into_iter().chain(found).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(under, _)| under)
}

/// The handle of the chosen box at a screen point.
fn handle_at(
    review: &ReviewState,
    current: &Current<'_>,
    scene: &Scene,
    at: Pos2,
) -> Option<(BoxId, usize, Rect, Handle)> {
    let chosen = review.canvas.chosen?;
    let found = current.detail?.annotation.boxes.iter().find(|b| b.id == chosen)?;
    let handle = paint::handle_at(scene, &found.rect, at)?;
    Some((found.id, found.class, found.rect, handle))
}

fn cursor(
    review: &ReviewState,
    current: &Current<'_>,
    scene: &Scene,
    response: &Response,
    hidden: bool,
) -> Option<CursorIcon> {
    if let Some(drag) = &review.canvas.drag {
        return Some(match drag {
            Drag::Pan => CursorIcon::Grabbing,
            Drag::Zoom { .. } => CursorIcon::ResizeVertical,
            Drag::Window { .. } => CursorIcon::AllScroll,
            Drag::Draw { .. } => CursorIcon::Crosshair,
            Drag::Move { .. } => CursorIcon::Move,
            Drag::Resize { handle, .. } => resize_icon(*handle, scene),
        });
    }
    let at = response.hover_pos()?;
    if hidden {
        return Some(CursorIcon::Grab);
    }
    let writable = can_draw(review, current);
    if writable
        && review.canvas.tool != Tool::Window
        && let Some((.., handle)) = handle_at(review, current, scene, at)
    {
        return Some(resize_icon(handle, scene));
    }
    match review.canvas.tool {
        Tool::Window => Some(CursorIcon::AllScroll),
        Tool::Box | Tool::Measure => Some(CursorIcon::Crosshair),
        Tool::Move if writable && box_at(current, scene, at).is_some() => Some(CursorIcon::Move),
        Tool::Move => None,
    }
}

fn resize_icon(handle: Handle, scene: &Scene) -> CursorIcon {
    let [x, y] = handle.screen_direction(scene.placement.turn);
    if x == 0.0 {
        CursorIcon::ResizeVertical
    } else if y == 0.0 {
        CursorIcon::ResizeHorizontal
    } else if x * y > 0.0 {
        CursorIcon::ResizeNwSe
    } else {
        CursorIcon::ResizeNeSw
    }
}
