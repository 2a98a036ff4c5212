//! What is chosen of heat maps over the picture: class, method, layer and look of one, and of each of two beside each other.

use super::toolbar::{self, HEIGHT, MENU, MENU_EDGES, class_menu, divider, menu_button, menu_button_within, strip};
use super::{Side, pane};
use crate::domain::MapMethod;
use crate::session::{Explained, MapRequest};
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::review::model::current::Current;
use crate::ui::review::model::display::MapSide;
use crate::ui::review::model::maps::{layers, models};
use crate::ui::review::state::ReviewState;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{Popup, Rect, Ui, pos2};

/// The width of the heat map's strength.
const OPACITY: f32 = 76.0;
/// The longest text of a layer.
const LAYER: f32 = 140.0;
/// What stands beside the menus.
const LINES: &str = "Lines";
const TWO: &str = "Two maps";

/// The name of a side's menu: "Class of the heat map", "Class of the left heat map".
fn named(what: &str, side: Option<MapSide>) -> String {
    match side {
        None => format!("{what} of the heat map"),
        Some(MapSide::Left) => format!("{what} of the left heat map"),
        Some(MapSide::Right) => format!("{what} of the right heat map"),
    }
}

/// How wide [`show`] is.
pub(super) fn width(ui: &Ui, cx: &PanelContext<'_>, review: &ReviewState, current: &Current<'_>) -> f32 {
    let tools = [LINES, TWO].map(|text| Button::new(text).style(ButtonStyle::Tool).wanted_width(ui.painter()));
    let beside = OPACITY + tools.into_iter().sum::<f32>() + 13.0;
    if review.canvas.two_maps {
        return beside;
    }
    let Some(request) = review.map_of(cx.view.map_methods, current, MapSide::Left) else { return beside };
    let mut texts = vec![(request.method.title().to_owned(), MENU)];
    if let Explained::Class(class) = request.explained {
        texts.push((current.project.classes.name(class), MENU));
    }
    texts.extend(layer_in_use(current, &request).map(|text| (text, LAYER)));
    let menu = |(text, most): &(String, f32)| {
        widgets::elided(ui.painter(), text, fonts::medium(12.5), cx.theme.text, *most).size().x + MENU_EDGES
    };
    beside + texts.iter().map(menu).sum::<f32>()
}

/// The menus of one map, and what is the same of all maps.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, current: &Current<'_>) {
    if !review.canvas.two_maps
        && let Some(request) = review.map_of(cx.view.map_methods, current, MapSide::Left)
    {
        class_of(ui, cx, review, current, (&request, MapSide::Left, None));
        method_of(ui, cx, review, current, (&request, MapSide::Left, None));
        layer_of(ui, cx, review, current, (&request, MapSide::Left, None));
    }
    opacity(ui, cx, review);
    let (lines, two) = (review.heat.lines, review.canvas.two_maps);
    toolbar::tool_button(ui, cx, LINES, ReviewAction::HeatLines, lines, false, None);
    toolbar::tool_button(ui, cx, TWO, ReviewAction::TwoHeatMaps, two, false, None);
}

/// Over each of two pictures, from `top` down, what its map is.
pub(super) fn of_two(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    (rect, top): (Rect, f32),
) {
    let in_hand = review.heat.side_in_hand();
    for (side, room) in [(MapSide::Left, Side::Drawn), (MapSide::Right, Side::Found)] {
        let Some(request) = review.map_of(cx.view.map_methods, current, side) else { continue };
        let room = pane(rect, room);
        let name = if side == MapSide::Left { "left map" } else { "right map" };
        let of = (&request, side, Some(side));
        // Two rows where one has no room.
        let roomy = room.width() >= 520.0;
        let next = strip(ui, cx, room, (top, space::S), name, |ui, cx| {
            if side == in_hand {
                mark_in_hand(ui, cx);
            }
            model_of(ui, cx, review, current, of);
            class_of(ui, cx, review, current, of);
            if roomy {
                divider(ui, cx);
                method_of(ui, cx, review, current, of);
                layer_of(ui, cx, review, current, of);
            }
        });
        if !roomy {
            strip(ui, cx, room, (next, space::S), &format!("{name}, method"), |ui, cx| {
                method_of(ui, cx, review, current, of);
                layer_of(ui, cx, review, current, of);
            });
        }
    }
}

/// Says that the keys are about this map.
fn mark_in_hand(ui: &mut Ui, cx: &PanelContext<'_>) {
    let tooltip = format!("The keys of heat maps are about this one. {}", cx.tooltip(ReviewAction::OtherHeatMap));
    let (rect, response) = ui.allocate_exact_size(egui::vec2(10.0, HEIGHT - 12.0), egui::Sense::hover());
    ui.painter().circle_filled(pos2(rect.center().x, rect.center().y), 3.0, cx.theme.accent);
    widgets::named(response, "The keys are about this map").on_hover_text(tooltip);
}

type Of<'a> = (&'a MapRequest, MapSide, Option<MapSide>);

fn model_of(
    ui: &mut Ui,
    cx: &PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    (request, side, named_side): Of<'_>,
) {
    let (project, name) = (current.project, named("Model", named_side));
    let now = request.model.or(project.active);
    let models = models(project);
    let title = models.iter().find(|model| Some(model.record.id) == now).map(|model| model.record.card.name.as_str());
    let response = menu_button(ui, cx, title.unwrap_or("Model"), &name);
    let mut chosen = None;
    Popup::menu(&response).accessible_name(name).show(|ui| {
        ui.set_min_width(180.0);
        for model in &models {
            let (id, mut text) = (model.record.id, model.record.card.name.clone());
            if Some(id) == project.active {
                text.push_str(", active");
            }
            if widgets::choice(ui, cx.theme, &text, Some(id) == now) {
                chosen = Some((Some(id) != project.active).then_some(id));
            }
        }
    });
    if let Some(model) = chosen {
        let choice = review.heat.choice_mut(side);
        // Layers are counted by each network for itself.
        (choice.model, choice.layer) = (model, None);
        review.heat.in_hand = side;
    }
}

fn class_of(
    ui: &mut Ui,
    cx: &PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    (request, side, named_side): Of<'_>,
) {
    // Which box is explained is chosen on the picture.
    let Explained::Class(class) = request.explained else { return };
    let own = review.heat.choice(side).class.is_none();
    if let Some(chosen) = class_menu(ui, cx, current, &named("Class", named_side), class, Some(own)) {
        review.heat.choice_mut(side).class = chosen;
        review.heat.in_hand = side;
    }
}

/// The method, of those that fit.
fn method_of(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    (request, side, named_side): Of<'_>,
) {
    let (boxes, now, name) = (current.project.threshold.is_some(), request.method, named("Method", named_side));
    let response = menu_button(ui, cx, now.title(), &name);
    let response = response.on_hover_text(format!("{}\n{}", cx.tooltip(ReviewAction::NextHeatMethod), now.says()));
    let mut chosen = None;
    Popup::menu(&response).accessible_name(name).show(|ui| {
        ui.set_width(190.0);
        for method in MapMethod::that_fit(boxes) {
            if widgets::choice(ui, cx.theme, method.title(), method == now) {
                chosen = Some(method);
            }
        }
    });
    if let Some(method) = chosen {
        review.heat.in_hand = side;
        if let Some(command) = review.choose_method(boxes, side, method) {
            cx.send(command);
        }
    }
}

/// The layer that is looked at, where there is a choice.
fn layer_of(
    ui: &mut Ui,
    cx: &PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    (request, side, named_side): Of<'_>,
) {
    let layers = layers(current.project, request);
    let Some(text) = layer_in_use(current, request) else { return };
    let (name, now) = (named("Layer", named_side), request.layer.unwrap_or(layers.len()).min(layers.len()));
    let response = menu_button_within(ui, cx, &text, &name, LAYER);
    let response = response.on_hover_text(cx.tooltip(ReviewAction::NextHeatLayer));
    let mut chosen = None;
    Popup::menu(&response).accessible_name(name).show(|ui| {
        ui.set_width(220.0);
        for layer in layers.iter().rev() {
            let usual = if layer.number == layers.len() { ", the last" } else { "" };
            if widgets::choice(ui, cx.theme, &format!("{}{usual}", layer.with_grid()), layer.number == now) {
                chosen = Some((layer.number < layers.len()).then_some(layer.number));
            }
        }
    });
    if let Some(layer) = chosen {
        review.heat.choice_mut(side).layer = layer;
        review.heat.in_hand = side;
    }
}

/// The layer of a map where there is a choice, with its grid.
fn layer_in_use(current: &Current<'_>, request: &MapRequest) -> Option<String> {
    let layers = layers(current.project, request);
    let now = request.layer.unwrap_or(layers.len()).min(layers.len());
    Some(layers.iter().find(|layer| layer.number == now)?.with_grid())
}

fn opacity(ui: &mut Ui, cx: &PanelContext<'_>, review: &mut ReviewState) {
    ui.add_space(space::XS);
    ui.spacing_mut().slider_width = 56.0;
    ui.spacing_mut().interact_size.y = 18.0;
    let slider = egui::Slider::new(&mut review.heat.opacity, 0.1..=1.0).show_value(false).trailing_fill(true);
    let response = widgets::named(ui.add(slider), "Strength of the heat map");
    let keys = [ReviewAction::HeatWeaker, ReviewAction::HeatStronger].map(|action| cx.key(action));
    response.on_hover_text(format!("Strength of the heat map ({} {})", keys[0], keys[1]));
    ui.add_space(space::XS);
}
