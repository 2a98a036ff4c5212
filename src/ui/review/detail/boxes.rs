//! The boxes of an image as a list: the reader's, which can be changed, and the model's, which can be taken.

use super::remove;
use crate::domain::{AnnotatedBox, PredictedBox, Rect};
use crate::session::Edit;
use crate::ui::action::{Action, Grid, ReviewAction};
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::review::legend;
use crate::ui::review::model::boxes::Under;
use crate::ui::review::model::current::Current;
use crate::ui::review::state::ReviewState;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Button, ButtonStyle, Glyph, Whose, box_color};
use egui::{Align, Color32, Label, Layout, Popup, Role, Sense, WidgetInfo, vec2};

/// Boxes listed of each side; the rest is chosen on the picture.
const LISTED: usize = 12;

/// Shows the section, with the space after it; without any box there is none.
pub(super) fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, current: &Current<'_>) {
    let Some(detail) = current.detail else { return };
    let predicted: Vec<(usize, &PredictedBox)> = review.found(current).collect();
    if detail.annotation.boxes.is_empty() && predicted.is_empty() {
        return;
    }
    let theme = cx.theme;
    let tooltip = cx.tooltip(ReviewAction::SideBySide);
    let pressed = widgets::section_with(ui, theme, "Boxes", |ui| {
        let button = Button::new("Side by side").name("Drawn and model side by side").style(ButtonStyle::Link);
        button.ui(ui, theme).on_hover_text(tooltip).clicked()
    });
    if pressed {
        cx.push(ReviewAction::SideBySide);
    }
    let mut edit = None;
    let chosen = review.canvas.chosen;
    // As on the picture, which is black in both themes.
    let boxes = detail.annotation.boxes.len() + predicted.len();
    let color = |class: usize| box_color(&Theme::dark(), &current.project.classes, boxes, class);
    // The tools of a grid say it over the pictures.
    if review.grid == Grid::One {
        ui.horizontal_wrapped(|ui| legend::show(ui, cx, review, current, boxes));
    }
    for (index, one) in detail.annotation.boxes.iter().enumerate() {
        if index < LISTED || chosen == Some(one.id) {
            let marks = detail.marks_of(one.id);
            edit = annotated(ui, cx, review, current, (one, marks, color(one.class)), index + 1).or(edit);
            if chosen == Some(one.id) {
                edit = exact(ui, review, current, one).or(edit);
                if current.may_change() {
                    ui.add(Label::new(widgets::caption(cx.theme, keys_of_chosen(cx, current))).wrap());
                }
            }
        }
    }
    more(ui, cx, detail.annotation.boxes.len());
    for (place, &(index, found)) in predicted.iter().enumerate() {
        if place < LISTED || review.canvas.chosen_found == Some(index) {
            model_box(ui, cx, review, current, (index, found, color(found.class)));
        }
    }
    more(ui, cx, predicted.len());
    if let Some(edit) = edit {
        review.annotate(cx.commands, cx.view, current.row.id, edit);
    }
    ui.add_space(space::M);
}

/// The mark in front of a box's name, in its colour on the picture, and by whose it is.
fn mark(ui: &mut egui::Ui, whose: Whose, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 20.0), Sense::hover());
    widgets::whose_mark(ui.painter(), rect.left_center(), whose, color);
}

fn more(ui: &mut egui::Ui, cx: &PanelContext<'_>, count: usize) {
    if count > LISTED {
        let text = format!("and {} more: press one on the picture, or go through them with Tab", count - LISTED);
        ui.label(widgets::caption(cx.theme, text));
    }
}

fn model_box(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    (index, found, color): (usize, &PredictedBox, Option<Color32>),
) {
    let name = current.project.classes.name(found.class);
    let chosen = review.canvas.chosen_found == Some(index);
    let mut taken = false;
    ui.horizontal(|ui| {
        mark(ui, Whose::Model, color.unwrap_or(cx.theme.prediction));
        let (text, ink) = (format!("{name}, model"), if chosen { cx.theme.text } else { cx.theme.muted });
        let galley = widgets::elided(ui.painter(), &text, fonts::regular(13.0), ink, 130.0);
        let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 4.0, 22.0), Sense::click());
        widgets::line(ui.painter(), rect.left() + 2.0, rect.center().y, galley);
        if response.has_focus() {
            widgets::focus_ring(ui, cx.theme, rect, 4);
        }
        let spoken = format!("Model's box {}, {name} {:.2}", index + 1, found.score);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &spoken));
        if response.clicked() {
            review.canvas.choose((!chosen).then_some(Under::Found(index)));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if current.may_change()
                && Button::new("Take")
                    .name(format!("Take the model's box {name}"))
                    .style(ButtonStyle::Link)
                    .ui(ui, cx.theme)
                    .on_hover_text(cx.tooltip(ReviewAction::AcceptBox))
                    .clicked()
            {
                taken = true;
            }
            ui.label(widgets::caption(cx.theme, format!("{:.2}", found.score)));
        });
    });
    if taken {
        review.take_box(cx.commands, cx.view, current, found);
    }
}

/// What keys do to the chosen box, as the table of keys has it.
fn keys_of_chosen(cx: &PanelContext<'_>, current: &Current<'_>) -> String {
    let moves = |by: i16| {
        let directions = [
            ReviewAction::Nudge(-by, 0),
            ReviewAction::Nudge(by, 0),
            ReviewAction::Nudge(0, -by),
            ReviewAction::Nudge(0, by),
        ]
        .map(Action::Review);
        cx.keymap.arrows_text(&directions)
    };
    let mut parts = Vec::new();
    if let Some(keys) = moves(1) {
        let far = moves(10).map(|far| format!(" ({far}: by 10 pixels)")).unwrap_or_default();
        parts.push(format!("{keys} move this box{far}"));
    }
    let delete = cx.key(ReviewAction::Delete);
    if !delete.is_empty() {
        parts.push(format!("{delete} deletes it"));
    }
    let classes = current.project.classes.len();
    if current.project.is_about_boxes() && classes > 0 {
        let keys: Vec<String> = (0..classes.min(9)).map(|class| cx.key(ReviewAction::Label(class))).collect();
        match keys.as_slice() {
            [first, .., last] if !first.is_empty() && !last.is_empty() => {
                parts.push(format!("{first} to {last} give it a class"));
            }
            _ => {}
        }
    }
    let mut text = parts.join(", ");
    if !text.is_empty() {
        text.push('.');
    }
    text
}

/// The chosen box's edges in pixels of the picture, to be typed; one change when a number is left.
fn exact(ui: &mut egui::Ui, review: &mut ReviewState, current: &Current<'_>, one: &AnnotatedBox) -> Option<Edit> {
    let (width, height) = (f64::from(current.row.width), f64::from(current.row.height));
    let typed = review.canvas.typed.filter(|(id, _)| *id == one.id).map(|(_, rect)| rect);
    let mut rect = typed.unwrap_or(one.rect);
    let mut done = false;
    ui.add_enabled_ui(current.may_change(), |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let Rect { xmin, ymin, xmax, ymax } = rect;
            let sides: [(&str, &mut f64, std::ops::RangeInclusive<f64>); 4] = [
                ("Left", &mut rect.xmin, 0.0..=(xmax - 1.0).max(0.0)),
                ("Top", &mut rect.ymin, 0.0..=(ymax - 1.0).max(0.0)),
                ("Right", &mut rect.xmax, (xmin + 1.0).min(width)..=width),
                ("Bottom", &mut rect.ymax, (ymin + 1.0).min(height)..=height),
            ];
            for (name, value, range) in sides {
                let drag = egui::DragValue::new(value).range(range).max_decimals(1).speed(1.0);
                let named = format!("{name} edge of the box, in pixels");
                let response = widgets::drag_value(ui, drag, &named, vec2(58.0, 22.0));
                done |= response.drag_stopped() || response.lost_focus();
                response.on_hover_text(named);
            }
        });
    });
    review.canvas.typed = (rect != one.rect && !done).then_some((one.id, rect));
    (done && rect != one.rect).then_some(Edit::ChangeBox { id: one.id, class: one.class, rect })
}

fn annotated(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    (one, marks, color): (&AnnotatedBox, &str, Option<Color32>),
    number: usize,
) -> Option<Edit> {
    let theme = cx.theme;
    let classes = &current.project.classes;
    let name = classes.name(one.class);
    let writable = current.may_change();
    let chosen = review.canvas.chosen == Some(one.id);
    let mut edit = None;
    let line = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        mark(ui, Whose::Person, color.unwrap_or(theme.truth));
        let ink = if chosen { theme.text } else { theme.muted };
        let font = if chosen { fonts::semibold(13.0) } else { fonts::regular(13.0) };
        let galley = widgets::elided(ui.painter(), &name, font, ink, 120.0);
        let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 4.0, 26.0), Sense::click());
        widgets::line(ui.painter(), rect.left() + 2.0, rect.center().y, galley);
        if response.has_focus() {
            widgets::focus_ring(ui, theme, rect, 4);
        }
        let marked = if marks.is_empty() { String::new() } else { format!(", {marks}") };
        let spoken = format!("Box {number}, {name}{marked}");
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &spoken));
        if response.clicked() {
            review.canvas.choose((!chosen).then_some(Under::Drawn(one.id)));
        }
        if !marks.is_empty() {
            response.on_hover_text(format!("{name}{marked}: as the imported file has it."));
        }
        if writable {
            let menu = Button::of_glyph(Glyph::Down, format!("Class of box {number}")).on(false).ui(ui, theme);
            Popup::menu(&menu).accessible_name("Class of the box").show(|ui| {
                ui.set_min_width(160.0);
                for (index, class) in current.project.classes_in_order() {
                    if widgets::choice(ui, theme, &class.name, index == one.class) && index != one.class {
                        edit = Some(Edit::ChangeBox { id: one.id, class: index, rect: one.rect });
                    }
                }
            });
            menu.on_hover_text("Change the class");
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if writable {
                let response = remove(ui, theme, &format!("Delete box {number}"));
                if response.on_hover_text(cx.tooltip(ReviewAction::Delete)).clicked() {
                    edit = Some(Edit::DeleteBox { id: one.id });
                }
            }
            let size = format!("{:.0} × {:.0} px", one.rect.width(), one.rect.height());
            ui.label(widgets::caption(theme, size));
        });
    });
    let mut under = line.response.rect;
    if !marks.is_empty() {
        under = under.union(ui.add(Label::new(widgets::caption(theme, marks)).wrap()).rect);
    }
    ui.painter().hline(under.x_range(), under.bottom() + 2.0, theme.hairline());
    edit
}
