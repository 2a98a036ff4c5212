//! Pointing at a plot: what lies nearest is told, and pressed it opens its images.

use crate::session::ImageSet;
use crate::ui::theme::Theme;
use crate::ui::widgets;
use egui::{CursorIcon, Popup, Pos2, Response, SetOpenCommand, Stroke, Ui};
use egui_plot::PlotTransform;

/// A press within so many points of a point means it.
const REACH: f32 = 24.0;

/// What can be pointed at, where it is and what is said of it.
pub(super) struct Spot<T> {
    pub at: [f64; 2],
    pub what: T,
}

/// The spot nearest to the pointer, within reach.
pub(super) fn nearest<T>(
    response: &Response,
    transform: &PlotTransform,
    spots: impl Iterator<Item = Spot<T>>,
) -> Option<Spot<T>> {
    let pointer = response.hover_pos()?;
    let place = |spot: &Spot<T>| position(transform, spot.at).distance(pointer);
    let near = spots.map(|spot| (place(&spot), spot)).filter(|(distance, _)| *distance <= REACH);
    near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, spot)| spot)
}

fn position(transform: &PlotTransform, [x, y]: [f64; 2]) -> Pos2 {
    transform.position_from_point(&egui_plot::PlotPoint::new(x, y))
}

/// Where the pointer is in the values of a plot.
pub(super) fn pointed(response: &Response, transform: &PlotTransform) -> Option<[f64; 2]> {
    let at = transform.value_from_position(response.hover_pos()?);
    Some([at.x, at.y])
}

/// A ring round a spot.
pub(super) fn mark(ui: &Ui, theme: &Theme, transform: &PlotTransform, at: [f64; 2]) {
    ui.painter().circle_stroke(position(transform, at), 6.0, Stroke::new(1.5, theme.text));
}

/// Says what is pointed at.
pub(super) fn tell(response: Response, said: &str) -> Response {
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_ui_at_pointer(|ui| {
        for line in said.lines() {
            ui.label(line);
        }
    })
}

/// A menu of the sets that lie behind what was pressed last; `picked` remembers it while the menu is open. Returns the one
/// that was chosen.
pub(super) fn menu<T: Clone>(
    theme: &Theme,
    response: &Response,
    picked: &mut Option<T>,
    pointed: Option<T>,
    sets: impl FnOnce(&T) -> Vec<ImageSet>,
) -> Option<ImageSet> {
    if response.clicked() {
        *picked = pointed;
    }
    // A menu that is toggled has no place of its own to open at.
    let open = response.clicked().then_some(SetOpenCommand::Bool(true));
    let popup = Popup::menu(response)
        .open_memory(open)
        .at_pointer_fixed()
        .width(300.0)
        .accessible_name("Images behind this point");
    let shown = popup.show(|ui| {
        let Some(picked) = picked.as_ref() else {
            ui.label(widgets::caption(theme, "Press nearer to the line."));
            return None;
        };
        let sets = sets(picked);
        let pressed = |set: &ImageSet| {
            let text = format!("{}  ({})", set.title, crate::ui::phrases::thousands(set.images.len()));
            widgets::choice(ui, theme, &text, false)
        };
        // All are painted, whichever is pressed.
        let pressed: Vec<bool> = sets.iter().map(pressed).collect();
        sets.into_iter().zip(pressed).find(|(_, pressed)| *pressed).map(|(set, _)| set)
    });
    shown.and_then(|shown| shown.inner)
}
