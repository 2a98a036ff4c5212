//! A card with a plot, and the ways to keep it: as the report draws it (SVG) or as it is on screen (PNG).

use crate::session::drawing::Drawing;
use crate::session::{Drawn, DrawnForm};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{Popup, Ui, Vec2};

/// Narrower than this two plots stand under each other.
const SIDE_BY_SIDE: f32 = 620.0;

/// What was chosen for a plot just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    Svg,
    Png,
}

/// A card with a head, the menu for keeping what is in it, and the plot. `name` is what its file is called; `draw` draws it
/// for the file.
pub(super) fn show<'c>(
    ui: &mut Ui,
    cx: &mut PanelContext<'c>,
    (head, name): (&str, &str),
    draw: impl FnOnce() -> Drawing,
    add: impl FnOnce(&mut Ui, &mut PanelContext<'c>),
) {
    let theme = cx.theme;
    let mut keep = None;
    let card = widgets::card(ui, theme, |ui| {
        keep = widgets::section_with(ui, theme, head, |ui| menu(ui, cx, name));
        add(ui, cx);
    });
    match keep {
        Some(Keep::Svg) => {
            let form = DrawnForm::Svg(draw().svg.into());
            cx.push(Action::SaveDrawing(Drawn { name: name.to_owned(), form }));
        }
        Some(Keep::Png) => cx.push(Action::SaveArea(name.to_owned(), card.response.rect)),
        None => {}
    }
}

fn menu(ui: &mut Ui, cx: &PanelContext<'_>, name: &str) -> Option<Keep> {
    let theme = cx.theme;
    let button = Button::new("Save").style(ButtonStyle::Link).name(format!("Save {name}"));
    let response = button.tooltip("Keep this plot as a file").ui(ui, theme);
    let popup = Popup::menu(&response).width(250.0).accessible_name(format!("Save {name}"));
    let shown = popup.show(|ui| {
        let svg = widgets::choice(ui, theme, "Save as SVG…", false);
        let png = widgets::choice(ui, theme, "Save as PNG, as it is on screen…", false);
        if svg { Some(Keep::Svg) } else { png.then_some(Keep::Png) }
    });
    shown.and_then(|shown| shown.inner)
}

/// Two cards beside each other, each half as wide, or under each other; `with` goes to one and then to the other.
pub(super) fn pair<S: ?Sized>(
    ui: &mut Ui,
    with: &mut S,
    left: impl FnOnce(&mut Ui, &mut S),
    right: impl FnOnce(&mut Ui, &mut S),
) {
    let wide = ui.available_width();
    if wide < SIDE_BY_SIDE {
        left(ui, with);
        right(ui, with);
        return;
    }
    let width = (wide - space::L) / 2.0;
    let half = |ui: &mut Ui, add: &mut dyn FnMut(&mut Ui)| {
        let layout = egui::Layout::top_down(egui::Align::Min);
        ui.allocate_ui_with_layout(Vec2::new(width, 0.0), layout, |ui| {
            ui.set_width(width);
            add(ui);
        });
    };
    let (mut left, mut right) = (Some(left), Some(right));
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        half(ui, &mut |ui| left.take().into_iter().for_each(|add| add(ui, with)));
        half(ui, &mut |ui| right.take().into_iter().for_each(|add| add(ui, with)));
    });
}
