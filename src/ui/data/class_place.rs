//! The place of a class among the others as they are shown: dragged by a handle, or a step at a time by keyboard.

use crate::ui::context::PanelContext;
use crate::ui::theme::Theme;
use crate::ui::widgets::{Button, Glyph};
use egui::{CursorIcon, Id, Response, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

/// A class on its way to another place: its place in the class list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Dragged(usize);

/// What the order is for.
const TIP: &str = "The order of buttons, menus and keys; labels, models and tables keep theirs";
/// Why it is what it is.
const GRADES: &str = "Grades stand in their order";

/// The handle and the two steps of a class at a rank of so many; where it is moved to.
pub(super) fn controls(
    ui: &mut Ui,
    cx: &PanelContext<'_>,
    (rank, count): (usize, usize),
    (class, name): (usize, &str),
    ordinal: bool,
) -> Option<usize> {
    let mut to = None;
    ui.add_enabled_ui(!ordinal, |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let (rect, _) = ui.allocate_exact_size(vec2(16.0, 24.0), Sense::hover());
        let handle = ui.interact(rect, Id::unique(("place of a class", class)), Sense::drag());
        handle.widget_info(|| WidgetInfo::labeled(Role::Unknown, !ordinal, format!("Drag {name} to another place")));
        handle.dnd_set_drag_payload(Dragged(class));
        let ink = if handle.hovered() || handle.dragged() { cx.theme.text } else { cx.theme.faint };
        Glyph::Grip.paint(ui.painter(), rect.center(), 14.0, ink);
        handle.on_hover_cursor(CursorIcon::Grab).on_hover_text(TIP).on_disabled_hover_text(GRADES);
        let steps =
            [(Glyph::Up, "up", rank.checked_sub(1)), (Glyph::Down, "down", Some(rank + 1).filter(|to| *to < count))];
        for (glyph, way, rank) in steps {
            let button = Button::of_glyph(glyph, format!("Move {name} {way}")).enabled(rank.is_some()).width(20.0);
            if button.tooltip(TIP).ui(ui, cx.theme).on_disabled_hover_text(if ordinal { GRADES } else { "" }).clicked()
            {
                to = rank;
            }
        }
    });
    to
}

/// The class that was let go over this line, where one was; while one is held over it, a stroke shows where it would stand:
/// after this one where it `comes_before` now.
pub(super) fn dropped(ui: &Ui, theme: &Theme, line: &Response, comes_before: impl Fn(usize) -> bool) -> Option<usize> {
    if let Some(dragged) = line.dnd_hover_payload::<Dragged>() {
        let y = if comes_before(dragged.0) { line.rect.bottom() + 2.0 } else { line.rect.top() - 2.0 };
        ui.painter().hline(line.rect.x_range(), y, Stroke::new(2.0, theme.accent));
    }
    line.dnd_release_payload::<Dragged>().map(|dragged| dragged.0)
}

/// The class that was let go below the last line, where one was: it becomes the last.
pub(super) fn dropped_below(ui: &Ui, theme: &Theme, below: &Response) -> Option<usize> {
    if below.dnd_hover_payload::<Dragged>().is_some() {
        ui.painter().hline(below.rect.x_range(), below.rect.top() + 2.0, Stroke::new(2.0, theme.accent));
    }
    below.dnd_release_payload::<Dragged>().map(|dragged| dragged.0)
}
