//! Several pictures of the queue beside each other: a page of them, and how to turn it.

use super::cell::{self, Cell, Pressed};
use super::{MARGIN, TOOLBAR_ROOM, absent, toolbar, wheel};
use crate::session::{Fetched, ImageRow, Picture, PictureRequest};
use crate::ui::action::{Grid, ManyAction, ReviewAction};
use crate::ui::context::PanelContext;
use crate::ui::review::legend;
use crate::ui::review::model::current::Current;
use crate::ui::review::model::geometry::Point;
use crate::ui::review::model::selection::Page;
use crate::ui::review::model::turn::Turn;
use crate::ui::review::state::ReviewState;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Glyph};
use egui::{Rect, pos2, vec2};

/// Below this width of the canvas the tools do not say which boxes are whose.
const LEGEND: f32 = 600.0;
/// Where the tools ended in the last frame: what they have no room for beside each other goes into further rows.
const UNDER: &str = "under the tools of the grid";
/// The smallest side of a picture that is asked for, in pixels.
const SMALLEST: f64 = 256.0;

/// Shows the page that the looked-at image is on.
pub(super) fn show(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    rect: Rect,
) {
    let project = current.project;
    let page = review.shown_page();
    let under = ui.data(|data| data.get_temp::<f32>(ui.scope_id().with(UNDER))).unwrap_or_default();
    let places = places(rect, under.max(TOOLBAR_ROOM), review.grid.side());
    let shown: Vec<(&ImageRow, Rect)> = page.rows.iter().filter_map(|&row| project.rows.get(row)).zip(places).collect();
    let pixels = f64::from(ui.ctx().pixels_per_point());
    let request = |(image, place): &(&ImageRow, Rect)| {
        let display = review.display(image.id);
        let room = cell::room(*place).size();
        let times = review.canvas.near.times(image.id);
        let room = [room.x, room.y].map(|points| f64::from(points) * pixels * times);
        display.request(image.id, side_for(room, image, display.turn))
    };
    let requests: Vec<PictureRequest> = shown.iter().map(request).collect();
    let fetched = cx.fetch.pictures(&requests).into_iter().zip(&requests);
    let fetched: Vec<Fetched<Picture>> = fetched.map(|(one, request)| small_enough(one, request.side)).collect();
    let images: Vec<_> = shown.iter().map(|(image, _)| image.id).collect();
    review.canvas.page.keep_only(&images);

    let long = if fetched.iter().any(|one| matches!(one, Fetched::Loading(None))) {
        absent::takes_long(ui, &mut review.canvas)
    } else {
        review.canvas.waiting_since = None;
        false
    };
    let hidden = cx.keymap.is_down(ui.ctx(), &ReviewAction::HideOverlays.into());
    let mut pressed = None;
    for (at, ((image, place), fetched)) in shown.into_iter().zip(fetched).enumerate() {
        let cell = Cell { project, image, at, place, fetched, hidden, long, page: &images };
        if let Some(how) = cell.show(ui, cx, review) {
            pressed = Some((image.id, how));
        }
    }
    if ui.rect_contains_pointer(rect) {
        let pages = wheel::images(ui, &mut review.canvas.wheel, cx.view.preferences.reading.mouse);
        let (on, back) = (ReviewAction::NextPage, ReviewAction::PreviousPage);
        (0..pages.abs()).for_each(|_| cx.push(if pages > 0 { on } else { back }));
    }
    tools(ui, cx, review, current, &page, rect);
    match pressed {
        Some((image, Pressed::Choose(held))) => review.press(cx.commands, cx.view, image, held),
        Some((image, Pressed::Open)) => {
            review.press(cx.commands, cx.view, image, egui::Modifiers::NONE);
            cx.push(ReviewAction::ShowGrid(Grid::One));
        }
        None => {}
    }
}

/// Where the pictures lie, row by row.
fn places(rect: Rect, top: f32, side: usize) -> impl Iterator<Item = Rect> {
    let room = Rect::from_min_max(
        pos2(rect.left() + MARGIN, rect.top() + top),
        pos2(rect.right() - MARGIN, rect.bottom() - MARGIN),
    );
    let gaps = (side - 1) as f32 * space::S;
    let size = ((room.size() - vec2(gaps, gaps)) / side as f32).max(vec2(1.0, 1.0)).floor();
    let step = size + vec2(space::S, space::S);
    (0..side * side).map(move |place| {
        let (column, row) = ((place % side) as f32, (place / side) as f32);
        Rect::from_min_size(room.min + vec2(column * step.x, row * step.y), size)
    })
}

/// The side a picture is asked for in that fills so many pixels: a power of two, so that a window that is drawn larger
/// does not ask anew for every size.
fn side_for(room: Point, image: &ImageRow, turn: Turn) -> usize {
    let [width, height] = turn.extent([f64::from(image.width.max(1)), f64::from(image.height.max(1))]);
    let pixels = (room[0] / width).min(room[1] / height) * width.max(height);
    let side = 2f64.powf(pixels.max(SMALLEST).log2().ceil()) as usize;
    // One that is no smaller than the image is the one that is shown alone.
    if side >= image.width.max(image.height) as usize { PictureRequest::WHOLE } else { side }
}

/// What there is of a picture, without one that stands for it but would first have to be made smaller in this thread.
fn small_enough(fetched: Fetched<Picture>, side: usize) -> Fetched<Picture> {
    match fetched {
        Fetched::Loading(Some(older)) if older.width.max(older.height) > 2 * side => Fetched::Loading(None),
        other => other,
    }
}

/// How many pictures there are beside each other, which of the queue these are, and whose boxes are which.
fn tools(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    page: &Page,
    rect: Rect,
) {
    toolbar::folds(ui, cx, review, rect);
    let room = (toolbar::TOP, toolbar::BESIDE);
    let below = toolbar::strip(ui, cx, rect, room, "grid", |ui, cx| {
        for grid in Grid::ALL {
            toolbar::tool_button(ui, cx, grid.title(), ReviewAction::ShowGrid(grid), grid == review.grid, false, None);
        }
        let linked = !review.canvas.near.apart;
        toolbar::tool_button(ui, cx, "Linked", ReviewAction::ToggleLinked, linked, false, None);
        toolbar::divider(ui, cx);
        toolbar::glyph(ui, cx, Glyph::Left, "Previous page", ReviewAction::PreviousPage, false);
        let text = format!("{}–{} of {}", page.first + 1, page.first + page.rows.len(), page.of);
        ui.label(widgets::caption(cx.theme, text));
        toolbar::glyph(ui, cx, Glyph::Right, "Next page", ReviewAction::NextPage, false);
        let many = review.marked.len();
        if many > 1 {
            ui.label(widgets::caption(cx.theme, format!("{} chosen", crate::ui::phrases::thousands(many))));
        }
        toolbar::divider(ui, cx);
        toolbar::tool_button(ui, cx, "Confirm page", ReviewAction::Many(ManyAction::AcceptPage), false, false, None);
        if current.project.is_about_boxes() && rect.width() >= LEGEND {
            toolbar::divider(ui, cx);
            legend::show(ui, cx, review, current, 0);
        }
    });
    let id = ui.scope_id().with(UNDER);
    let before = ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default::<f32>(id), below));
    if before.max(TOOLBAR_ROOM) != below.max(TOOLBAR_ROOM) {
        ui.ctx().request_repaint();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ImageId, Split};
    use crate::session::RowBoxes;

    fn image(width: u32, height: u32) -> ImageRow {
        ImageRow {
            id: ImageId(1),
            name: "a.png".into(),
            width,
            height,
            split: Split::Train,
            label: None,
            reviewed: false,
            flagged: false,
            predicted: None,
            uncertainty: 0.0,
            missing: false,
            boxes: RowBoxes::default(),
            named: None,
            findings: None,
            facts: std::sync::Arc::default(),
        }
    }

    #[test]
    fn pictures_are_asked_for_in_few_sizes_and_never_beyond_their_own() {
        let large = image(3000, 2000);
        let upright = Turn::default();
        let side = |pixels| side_for([pixels, 9000.0], &large, upright);
        assert_eq!([10.0, 256.0, 257.0, 500.0, 513.0].map(side), [256, 256, 512, 512, 1024]);
        assert_eq!(side(2900.0), PictureRequest::WHOLE);
        assert_eq!(side_for([200.0, 200.0], &image(200, 256), upright), PictureRequest::WHOLE);
        // 341 of height are 511 of width; turned it is as high as it was wide.
        assert_eq!(side_for([900.0, 341.0], &large, upright), 512);
        assert_eq!(side_for([900.0, 512.0], &large, upright.clockwise()), 512);
        assert_eq!(side_for([0.0, 0.0], &image(0, 0), upright), PictureRequest::WHOLE);
    }

    #[test]
    fn places_lie_beside_each_other_inside_the_canvas() {
        let rect = Rect::from_min_size(pos2(100.0, 50.0), vec2(700.0, 600.0));
        for side in [2, 3] {
            let all: Vec<Rect> = places(rect, TOOLBAR_ROOM, side).collect();
            assert_eq!(all.len(), side * side);
            for (at, one) in all.iter().enumerate() {
                assert!(rect.contains_rect(*one) && one.top() >= rect.top() + TOOLBAR_ROOM);
                assert!(all.iter().skip(at + 1).all(|other| !one.shrink(0.5).intersects(other.shrink(0.5))));
            }
        }
        assert!(
            places(Rect::from_min_size(pos2(0.0, 0.0), vec2(5.0, 5.0)), TOOLBAR_ROOM, 3).all(|one| one.width() >= 1.0)
        );
    }
}
