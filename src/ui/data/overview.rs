//! What the data are made of: shortcuts first, then classes by split, brightness, attributes and examples.

use super::{State, open, unclassed};
use crate::domain::Split;
use crate::session::{Analysis, AttributeTable, ImageRow, ImageSet, ProjectView};
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::phrases;
use crate::ui::theme::{self, Theme, space};
use crate::ui::widgets;
use egui::{Align, Color32, CornerRadius, Layout, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use egui_plot::{Line, PlotPoints};
use std::sync::Arc;

/// Values of an attribute that are shown.
const SHOWN: usize = 6;
const BAR_ROW: f32 = 24.0;
const EXAMPLE: f32 = 74.0;

/// Shows it.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    analysis: &Analysis,
    state: &mut State,
) {
    shortcuts(ui, cx, analysis);
    let theme = cx.theme;
    let parts: [Part<'_, ()>; 2] =
        [Box::new(|ui| splits(ui, theme, project, analysis)), Box::new(|ui| brightness(ui, theme, project, analysis))];
    even_cards(ui, theme, parts);
    for pair in analysis.attributes.chunks(2) {
        let parts = pair.iter().map(|table| -> Part<'_, _> { Box::new(|ui| attribute(ui, theme, table)) });
        if let Some(set) = even_cards(ui, theme, parts).into_iter().flatten().next() {
            open(cx, set);
        }
    }
    widgets::card(ui, cx.theme, |ui| examples(ui, cx, project, analysis, state));
}

/// What stands in a card, and what came of it.
type Part<'a, R> = Box<dyn FnOnce(&mut Ui) -> R + 'a>;

/// Two cards beside each other, as high as the higher of them was in the last frame; one alone leaves room for another.
fn even_cards<'a, R>(ui: &mut Ui, theme: &Theme, parts: impl IntoIterator<Item = Part<'a, R>>) -> Vec<R> {
    let id = ui.next_auto_id().with("cards beside each other");
    let before = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or_default();
    let (mut now, mut results) = (0.0f32, Vec::new());
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        let width = (ui.available_width() - space::L) / 2.0;
        for part in parts {
            ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
                ui.set_width(width);
                widgets::card(ui, theme, |ui| {
                    results.push(part(ui));
                    now = now.max(ui.min_rect().height());
                    ui.set_min_height(before);
                });
            });
        }
    });
    if (now - before).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, now));
        ui.ctx().request_repaint();
    }
    results
}

fn shortcuts(ui: &mut Ui, cx: &mut PanelContext<'_>, analysis: &Analysis) {
    let theme = cx.theme;
    if analysis.shortcuts.is_empty() {
        return;
    }
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, "Shortcut learning");
        for shortcut in &analysis.shortcuts {
            let text = widgets::strong(theme, format!("{}.", shortcut.sentence)).color(theme.warning);
            ui.add(egui::Label::new(text).wrap());
            ui.add(egui::Label::new(widgets::caption(theme, &shortcut.detail)).wrap());
        }
        widgets::hint(
            ui,
            theme,
            "A model may answer by these and not by what the picture shows. Bring in images that break the pattern, or test on images from elsewhere.",
        );
    });
}

/// What the three splits are painted in.
fn split_colors(theme: &Theme) -> [Color32; 3] {
    [theme.accent, theme.mix(theme.accent, theme.panel, 0.45), theme.muted]
}

fn splits(ui: &mut Ui, theme: &Theme, project: &ProjectView, analysis: &Analysis) {
    ui.horizontal(|ui| {
        widgets::section(ui, theme, if project.classes.findings { "Findings by split" } else { "Classes by split" });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for (split, color) in Split::ALL.iter().zip(split_colors(theme)).rev() {
                ui.label(widgets::caption(theme, split.name()));
                let (rect, _) = ui.allocate_exact_size(Vec2::splat(9.0), Sense::empty());
                ui.painter().rect_filled(rect, 2, color);
            }
        });
    });
    let names = project.classes.names();
    let rest = unclassed(project);
    let most = analysis.splits.iter().map(|row| row.iter().sum::<usize>()).max().unwrap_or(0).max(1);
    for (class, counts) in analysis.splits.iter().enumerate() {
        let total: usize = counts.iter().sum();
        let name = names.get(class).map_or(rest, String::as_str);
        if total == 0 && class == names.len() {
            continue;
        }
        let parts = counts.iter().zip(split_colors(theme)).map(|(n, color)| (*n as f32 / most as f32, color));
        let spoken = format!("{name}: train {}, validation {}, test {}", counts[0], counts[1], counts[2]);
        bar_row(ui, theme, name, &phrases::thousands(total), &spoken, parts, Sense::hover());
    }
}

/// A line of a bar chart: name, bar of parts (shares of the room there is), figure.
#[allow(clippy::too_many_arguments, reason = "one line of one chart; a struct would be named once and used once")]
fn bar_row(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    figure: &str,
    spoken: &str,
    parts: impl Iterator<Item = (f32, Color32)>,
    sense: Sense,
) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), BAR_ROW), sense);
    let role = if sense.senses_click() { Role::Button } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, true, spoken));
    if sense.senses_click() && response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), 4, theme.raised);
    }
    if response.has_focus() {
        widgets::focus_ring(ui, theme, rect, 4);
    }
    let (name_width, figure_width) = (rect.width() * 0.34, 52.0);
    let mut job = egui::text::LayoutJob::simple_singleline(name.to_owned(), fonts::regular(fonts::BODY), theme.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(name_width - 8.0);
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(rect.left(), rect.center().y - galley.size().y / 2.0), galley, theme.text);
    let galley = ui.painter().layout_no_wrap(figure.to_owned(), fonts::regular(12.0), theme.muted);
    ui.painter().galley(
        pos2(rect.right() - galley.size().x, rect.center().y - galley.size().y / 2.0),
        galley,
        theme.muted,
    );
    let room = rect.width() - name_width - figure_width;
    let mut left = rect.left() + name_width;
    for (share, color) in parts {
        let width = (room * share.clamp(0.0, 1.0)).max(0.0);
        let part = Rect::from_min_size(pos2(left, rect.center().y - 5.0), vec2(width, 10.0));
        ui.painter().rect_filled(part, CornerRadius::same(2), color);
        left += width;
    }
    response
}

fn brightness(ui: &mut Ui, theme: &Theme, project: &ProjectView, analysis: &Analysis) {
    let of = if project.classes.findings { "Brightness by finding" } else { "Brightness by class" };
    widgets::section(ui, theme, of);
    if analysis.brightness.iter().all(Vec::is_empty) {
        ui.label(widgets::caption(theme, "No picture was measured yet."));
        return;
    }
    let highest = analysis.brightness.iter().flatten().fold(0.0f64, |a, b| a.max(*b));
    let plot = widgets::plot::still("brightness", theme, 150.0)
        .show_axes([false, false])
        .show_grid([false, false])
        .default_x_bounds(0.0, 1.0)
        .default_y_bounds(0.0, highest * 1.05);
    let names = project.classes.names();
    let rest = unclassed(project);
    let colors: Vec<Color32> = (0..analysis.brightness.len())
        .map(|class| project.classes.classes.get(class).map_or(theme.muted, |c| theme::rgb(c.color)))
        .collect();
    let response = plot.show(ui, |ui| {
        ui.set_plot_bounds_y(0.0..=highest * 1.05);
        for (class, bins) in analysis.brightness.iter().enumerate().filter(|(_, bins)| !bins.is_empty()) {
            let middle = |bin: usize| (bin as f64 + 0.5) / bins.len() as f64;
            let points: Vec<[f64; 2]> = bins.iter().enumerate().map(|(bin, share)| [middle(bin), *share]).collect();
            let name = names.get(class).map_or(rest, String::as_str);
            let color = colors.get(class).copied().unwrap_or(theme.muted);
            ui.line(Line::new(name.to_owned(), PlotPoints::from(points)).color(color).width(2.0));
        }
    });
    widgets::named(response.response, "Brightness by class, from black to white");
    ui.horizontal(|ui| {
        ui.label(widgets::faint(theme, "black"));
        ui.spacing_mut().item_spacing.x = 6.0;
        for (class, _) in analysis.brightness.iter().enumerate().filter(|(_, bins)| !bins.is_empty()).take(6) {
            let (rect, _) = ui.allocate_exact_size(vec2(10.0, 2.0), Sense::empty());
            ui.painter().rect_filled(rect, 1, colors.get(class).copied().unwrap_or(theme.muted));
            ui.label(widgets::caption(theme, names.get(class).map_or(rest, String::as_str)));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(widgets::faint(theme, "white")));
    });
}

/// How often each value is there; the images of the one pressed just now.
fn attribute(ui: &mut Ui, theme: &Theme, table: &AttributeTable) -> Option<ImageSet> {
    widgets::section(ui, theme, &table.name);
    let most = table.values.first().map_or(1, |value| value.images.len()).max(1);
    let mut pressed = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    for value in table.values.iter().take(SHOWN) {
        let count = value.images.len();
        let spoken = format!("{} {}: {}", table.name, value.value, phrases::count(count, "image", "images"));
        let part = std::iter::once((count as f32 / most as f32, theme.mix(theme.accent, theme.panel, 0.25)));
        let row = bar_row(ui, theme, &value.value, &phrases::thousands(count), &spoken, part, Sense::click());
        if row.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text("Review these images").clicked() {
            let title = format!("{}: {}", table.name, value.value);
            pressed = Some(ImageSet { title, images: Arc::new(value.images.clone()) });
        }
    }
    if table.distinct > SHOWN {
        let more = phrases::count(table.distinct - SHOWN, "more value", "more values");
        ui.label(widgets::faint(theme, format!("and {more}")));
    }
    pressed
}

fn examples(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, analysis: &Analysis, state: &mut State) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Examples");
    let find = |id| project.rows.iter().find(|row: &&ImageRow| row.id == id);
    let fit = ((ui.available_width() / (EXAMPLE + space::S)).floor() as usize).max(1);
    if analysis.examples.iter().all(Vec::is_empty) {
        ui.label(widgets::caption(theme, "No image has a class or a finding yet: label some in Review."));
    }
    for (class, images) in analysis.examples.iter().enumerate().filter(|(_, images)| !images.is_empty()) {
        ui.label(widgets::caption(theme, project.classes.name(class)));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            for image in images.iter().take(fit).filter_map(|id| find(*id)) {
                if widgets::thumbnail_button(ui, cx, &mut state.thumbnails, image, EXAMPLE).clicked() {
                    cx.push(ReviewAction::Show(image.id));
                }
            }
        });
    }
}
