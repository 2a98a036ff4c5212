//! The tools over the picture.

use super::{Tool, cine, heat_menus, measure};
use crate::session::Mouse;
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::review::model::current::Current;
use crate::ui::review::model::display::Display;
use crate::ui::review::model::turn::Turn;
use crate::ui::review::state::ReviewState;
use crate::ui::theme::{CONTROL_HEIGHT, Theme, radius, space};
use crate::ui::widgets::{self, Button, ButtonStyle, Glyph};
use egui::{
    Align, Frame, Layout, Margin, Popup, Rect, Response, Role, Sense, Shadow, Stroke, UiBuilder, WidgetInfo, pos2, vec2,
};

pub(super) const TOP: f32 = 8.0;
pub(super) const HEIGHT: f32 = 36.0;
/// The height of what is in it.
pub(super) const ROW: f32 = CONTROL_HEIGHT - 2.0;
/// The width of the dividers, glyphs, menu and gaps beside the tools' text.
const FIXED: f32 = 216.0;
/// What more the menu of the view takes while it says that the view is kept, and the buttons for flips.
const KEPT: f32 = 32.0;
const FLIPS: f32 = 60.0;
/// Room at each side for the buttons that fold the panels.
pub(super) const BESIDE: f32 = 44.0;
/// What the menu of the tools without a button takes, with the strip's margins.
const MORE: f32 = 84.0;
/// The longest text of a menu's button.
pub(super) const MENU: f32 = 104.0;
/// The most that a menu over the picture is wide: a wider one covers what is labelled.
const MENU_WIDTH: f32 = 360.0;
/// The longest name of a window in the menu of them.
const LONGEST: f32 = 190.0;
/// What a menu's button is wider than its text, with the gap after it.
pub(super) const MENU_EDGES: f32 = 36.0;

/// Shows the tools in the middle of the upper edge, what belongs to the tool in hand under them, and the buttons that
/// fold the panels in the corners.
pub(super) fn show(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    rect: Rect,
) {
    folds(ui, cx, review, rect);
    let available = rect.width() - 2.0 * BESIDE;
    let all = all_tools(review, current);
    let wide = |tool: &ToolOf, caps: bool| {
        let key = if caps { cx.key(tool.action) } else { String::new() };
        Button::new(tool.text).style(ButtonStyle::Tool).key(key).wanted_width(ui.painter())
    };
    let width = |caps: bool| {
        let kept = if cx.view.preferences.reading.keep_view { KEPT } else { 0.0 };
        FIXED + kept + all.iter().map(|tool| wide(tool, caps)).sum::<f32>()
    };
    let heat = review.explained(current).is_some();
    let heat_width = if heat { heat_menus::width(ui, cx, review, current) } else { 0.0 };
    let beside = heat && width(false) + heat_width <= available;
    let caps = width(true) + if beside { heat_width } else { 0.0 } <= available;
    let shown = Room {
        caps,
        heat: beside,
        glyphs: width(false) <= available,
        flips: width(caps) + FLIPS + if beside { heat_width } else { 0.0 } <= available,
        tools: that_fit(&all, available, |tool| wide(tool, false)),
    };
    let mut top = strip(ui, cx, rect, (TOP, BESIDE), "tools", |ui, cx| tools(ui, cx, review, current, (&all, shown)));

    let drawing = review.canvas.tool == Tool::Box && current.may_change();
    let class = current.class_of_new_box(review.canvas.box_class).filter(|_| drawing);
    let measuring = review.canvas.tool == Tool::Measure && current.may_change();
    let windowing = review.canvas.tool == Tool::Window;
    let plays = review.canvas.cine.plays();
    let in_hand = class.is_some() || measuring || windowing || (heat && !beside) || plays;
    if in_hand {
        top = strip(ui, cx, rect, (top, space::S), "tool in hand", |ui, cx| {
            if let Some(class) = class {
                ui.add_space(space::XS);
                ui.label(widgets::caption(cx.theme, "Drag to draw a box"));
                ui.add_space(space::XS);
                if let Some(chosen) = class_menu(ui, cx, current, "Class of new boxes", class, None) {
                    review.canvas.box_class = chosen;
                }
            }
            if windowing {
                preset_menu(ui, cx, review, current);
            }
            if measuring {
                measure::controls(ui, cx, &mut review.canvas.measuring);
            }
            if heat && !beside {
                heat_menus::show(ui, cx, review, current);
            }
            if plays {
                cine::controls(ui, cx, &review.canvas.cine, &current.row.name);
            }
        });
    }
    if review.canvas.two_maps {
        heat_menus::of_two(ui, cx, review, current, (rect, top));
    }
}

/// A raised strip in the middle over the picture, so far from its upper edge and at least so far from its sides; what does
/// not fit into one row goes into further ones. Returns where the next one can begin.
pub(super) fn strip(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    rect: Rect,
    (top, beside): (f32, f32),
    name: &str,
    add: impl FnOnce(&mut egui::Ui, &mut PanelContext<'_>),
) -> f32 {
    let id = ui.scope_id().with(name);
    // It is laid out before its width is known: the one of the last frame centres it.
    let width = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(480.0);
    let left = (rect.center().x - width / 2.0).max(rect.left() + beside).round();
    // As wide as it may be wherever it begins, so that its rows do not depend on where it was.
    let right = left + (rect.width() - 2.0 * beside).max(1.0);
    let room = Rect::from_min_max(pos2(left, rect.top() + top), pos2(right, rect.top() + top + HEIGHT));
    let frame = Frame::new()
        .fill(cx.theme.panel)
        .stroke(cx.theme.hairline())
        .corner_radius(radius::L - 1)
        .shadow(Shadow { offset: [0, 3], blur: 12, spread: 0, color: cx.theme.shadow })
        .inner_margin(Margin::symmetric(4, 4));
    let mut child = ui.new_child(UiBuilder::new().max_rect(room).layout(Layout::left_to_right(Align::Min)));
    let shown = frame.show(&mut child, |ui| {
        ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
        ui.horizontal_wrapped(|ui| add(ui, cx));
    });
    let now = shown.response.rect.width();
    if (now - width).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, now));
        ui.ctx().request_repaint();
    }
    // Not nearer than a strip of one row, whose height is rounded.
    top + shown.response.rect.height().max(HEIGHT) + 6.0
}

/// The buttons that fold the panels, in the upper corners.
pub(super) fn folds(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &ReviewState, rect: Rect) {
    let side = CONTROL_HEIGHT - 2.0;
    let corners = [
        (rect.left() + space::S, ReviewAction::ToggleQueue, !review.panels.queue, Glyph::Right, Glyph::Left, "queue"),
        (
            rect.right() - space::S - side,
            ReviewAction::ToggleDetail,
            !review.panels.detail,
            Glyph::Left,
            Glyph::Right,
            "details",
        ),
    ];
    for (left, action, folded, open, close, what) in corners {
        let place = Rect::from_min_size(pos2(left, rect.top() + 13.0), vec2(side, side));
        let name = format!("{} the {what}", if folded { "Show" } else { "Hide" });
        let response = ui
            .scope_builder(UiBuilder::new().max_rect(place), |ui| {
                // On the picture's black in both themes.
                Button::of_glyph(if folded { open } else { close }, name).on(false).ui(ui, &Theme::dark())
            })
            .inner;
        if response.on_hover_text(cx.tooltip(action)).clicked() {
            cx.push(action);
        }
    }
}

/// What there is room for.
#[derive(Clone, Copy)]
struct Room {
    caps: bool,
    /// The heat map's class and strength, beside its tool instead of under it.
    heat: bool,
    /// Glyphs; the menu beside them does the same.
    glyphs: bool,
    /// Those for flips, which the menu has as well.
    flips: bool,
    /// Which tools have a button; the others are in the menu.
    tools: [bool; TOOLS],
}

const TOOLS: usize = 5;

/// A tool of the strip.
struct ToolOf {
    text: &'static str,
    action: ReviewAction,
    on: bool,
    /// Its key may stand beside it.
    cap: bool,
    why_not: Option<String>,
}

fn all_tools(review: &ReviewState, current: &Current<'_>) -> [ToolOf; TOOLS] {
    let in_hand = review.canvas.tool;
    let read_only = current.fixed();
    let no_class = current.project.classes.is_empty().then(|| "The project has no classes".to_owned());
    let no_heat = "No model yet: a heat map shows what a model looked at";
    let no_heat = current.project.active.is_none().then(|| no_heat.to_owned());
    let tool = |text, action, of, why_not| ToolOf { text, action, on: in_hand == of, cap: of != Tool::Move, why_not };
    let heat_on = review.heat.shown && no_heat.is_none();
    [
        tool("Move", ReviewAction::MoveMode, Tool::Move, None),
        tool("Window", ReviewAction::WindowMode, Tool::Window, None),
        tool("Box", ReviewAction::DrawBox, Tool::Box, read_only.clone().or(no_class)),
        tool("Measure", ReviewAction::Measure, Tool::Measure, read_only),
        ToolOf { text: "Heat map", action: ReviewAction::ToggleHeat, on: heat_on, cap: true, why_not: no_heat },
    ]
}

/// The tools that have room beside the menu: those in hand first, then from the left.
fn that_fit(all: &[ToolOf; TOOLS], available: f32, wide: impl Fn(&ToolOf) -> f32) -> [bool; TOOLS] {
    let mut left = available - MORE;
    let mut fit = [false; TOOLS];
    for on in [true, false] {
        for (tool, fits) in all.iter().zip(&mut fit).filter(|(tool, _)| tool.on == on) {
            let width = wide(tool) + 2.0;
            *fits = width <= left;
            // What stands behind one that has no room is not nearer at hand.
            left = if *fits { left - width } else { 0.0 };
        }
    }
    fit
}

fn tools(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    (all, shown): (&[ToolOf; TOOLS], Room),
) {
    for (tool, _) in all.iter().zip(shown.tools).filter(|(_, fits)| shown.glyphs || *fits) {
        if shown.glyphs && tool.action == ReviewAction::ToggleHeat {
            divider(ui, cx);
        }
        let cap = tool.cap && shown.caps;
        tool_button(ui, cx, tool.text, tool.action, tool.on, cap, tool.why_not.as_deref());
    }
    if shown.heat {
        heat_menus::show(ui, cx, review, current);
    }
    let display = review.display(current.row.id);
    if !shown.glyphs {
        let hidden: Vec<&ToolOf> =
            all.iter().zip(shown.tools).filter(|(_, fits)| !fits).map(|(tool, _)| tool).collect();
        view_menu(ui, cx, display, review.canvas.cine.plays(), Some(&hidden));
        return;
    }
    divider(ui, cx);
    glyph(ui, cx, Glyph::Invert, "Invert", ReviewAction::Invert, display.invert);
    glyph(ui, cx, Glyph::Rotate, "Rotate", ReviewAction::RotateView, display.turn.degrees() != 0);
    if shown.flips {
        let mirrored = display.turn.is_mirrored();
        glyph(ui, cx, Glyph::FlipHorizontally, "Flip left and right", ReviewAction::FlipHorizontally, mirrored);
        glyph(ui, cx, Glyph::FlipVertically, "Flip top and bottom", ReviewAction::FlipVertically, false);
    }
    glyph(ui, cx, Glyph::Fit, "Fit", ReviewAction::Fit, false);
    glyph(ui, cx, Glyph::Grid, "Grid", ReviewAction::CycleGrid, false);
    view_menu(ui, cx, display, review.canvas.cine.plays(), None);
}

/// All that changes how a picture is seen, also what has no button or no room for one; in narrow windows after the tools
/// that have none.
fn view_menu(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, display: Display, plays: bool, hidden: Option<&[&ToolOf]>) {
    let keeps = cx.view.preferences.reading.keep_view;
    let (text, name) = match (hidden, keeps) {
        (Some(_), _) => ("More", "More tools"),
        (None, true) => ("View kept", "View of the picture"),
        (None, false) => ("View", "View of the picture"),
    };
    let response = menu_button(ui, cx, text, name);
    let mouse = cx.view.preferences.reading.mouse;
    let turned = display.turn != Turn::default();
    Popup::menu(&response).accessible_name(name).show(|ui| {
        ui.set_min_width(280.0);
        ui.set_max_width(MENU_WIDTH);
        let room = (ui.ctx().content_rect().bottom() - response.rect.bottom() - space::XL).max(120.0);
        widgets::menu_scroll(room).show(ui, |ui| {
            for tool in hidden.unwrap_or_default() {
                let key = cx.key(tool.action);
                let text = if key.is_empty() { tool.text.to_owned() } else { format!("{}   {key}", tool.text) };
                let line =
                    ui.add_enabled_ui(tool.why_not.is_none(), |ui| widgets::choice(ui, cx.theme, &text, tool.on));
                line.response.on_disabled_hover_text(tool.why_not.as_deref().unwrap_or_default());
                if line.inner {
                    cx.push(tool.action);
                }
            }
            if hidden.is_some_and(|hidden| !hidden.is_empty()) {
                ui.separator();
            }
            for (action, on) in [
                (ReviewAction::RotateView, false),
                (ReviewAction::FlipHorizontally, display.turn.is_mirrored()),
                (ReviewAction::FlipVertically, false),
                (ReviewAction::Invert, display.invert),
                (ReviewAction::Fit, false),
                (ReviewAction::Zoom1to1, false),
                (ReviewAction::TrueSize, false),
                (ReviewAction::CycleGrid, false),
                (ReviewAction::ToggleKeepView, keeps),
                (ReviewAction::PlayFrames, plays),
                (ReviewAction::UndoView, false),
                (ReviewAction::ResetView, !turned && display == Display::default()),
                (ReviewAction::MouseForLabelling, mouse == Mouse::LABELLING),
                (ReviewAction::MouseOfWorkstation, mouse == Mouse::WORKSTATION),
            ] {
                let key = cx.key(action);
                let title = cx.keymap.title(&action.into());
                let text = if key.is_empty() { title.to_owned() } else { format!("{title}   {key}") };
                if widgets::choice(ui, cx.theme, &text, on) {
                    cx.push(action);
                }
            }
        });
    });
}

pub(super) fn tool_button(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    text: &str,
    action: ReviewAction,
    on: bool,
    cap: bool,
    why_not: Option<&str>,
) {
    let key = if cap { cx.key(action) } else { String::new() };
    let button = Button::new(text).style(ButtonStyle::Tool).key(key).on(on).enabled(why_not.is_none());
    let tip = why_not.map_or_else(|| cx.tooltip(action), str::to_owned);
    if button.tooltip(tip).ui(ui, cx.theme).clicked() {
        cx.push(action);
    }
}

pub(super) fn glyph(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    glyph: Glyph,
    name: &str,
    action: ReviewAction,
    on: bool,
) {
    let button = Button::of_glyph(glyph, name).on(on).tooltip(cx.tooltip(action));
    if button.ui(ui, cx.theme).clicked() {
        cx.push(action);
    }
}

pub(super) fn divider(ui: &mut egui::Ui, cx: &PanelContext<'_>) {
    let (rect, _) = ui.allocate_exact_size(vec2(9.0, CONTROL_HEIGHT - 2.0), Sense::hover());
    ui.painter().vline(rect.center().x, rect.y_range().shrink(5.0), Stroke::new(1.0, cx.theme.line));
}

/// A class that can be changed. With `own` there is also "as the model says" (`Some(None)`), chosen when it is true.
pub(super) fn class_menu(
    ui: &mut egui::Ui,
    cx: &PanelContext<'_>,
    current: &Current<'_>,
    name: &str,
    class: usize,
    own: Option<bool>,
) -> Option<Option<usize>> {
    let classes = &current.project.classes;
    let response = menu_button(ui, cx, &classes.name(class), name);
    let mut chosen = None;
    Popup::menu(&response).accessible_name(name).show(|ui| {
        ui.set_min_width(180.0);
        if let Some(own) = own
            && widgets::choice(ui, cx.theme, "As the model says", own)
        {
            chosen = Some(None);
        }
        for (index, one) in current.project.classes_in_order() {
            if widgets::choice(ui, cx.theme, &one.name, own != Some(true) && index == class) {
                chosen = Some(Some(index));
            }
        }
    });
    chosen
}

/// The header's windows and tables, and parts of the range.
fn preset_menu(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &ReviewState, current: &Current<'_>) {
    let presets = review.canvas.presets(current.row.id, &cx.view.preferences.reading.presets);
    let shown = review.display(current.row.id).voi;
    let name = presets.iter().find(|(_, voi)| *voi == shown).map_or("Set by hand", |(name, _)| name);
    ui.add_space(space::XS);
    ui.label(widgets::caption(cx.theme, "Drag right to widen, down to darken"));
    ui.add_space(space::XS);
    let response = menu_button(ui, cx, name, "Window preset");
    Popup::menu(&response).accessible_name("Window presets").show(|ui| {
        ui.set_min_width(180.0);
        ui.set_max_width(MENU_WIDTH);
        for (index, (name, voi)) in presets.iter().enumerate() {
            let key = cx.key(ReviewAction::Preset(index));
            let cut = widgets::in_the_middle(ui.painter(), name, &fonts::regular(fonts::BODY), LONGEST);
            let text = if key.is_empty() { cut } else { format!("{cut}   {key}") };
            let is_cut = text.contains('…');
            let chosen = ui.scope(|ui| widgets::choice(ui, cx.theme, &text, *voi == shown));
            if chosen.inner {
                cx.push(ReviewAction::Preset(index));
            }
            if is_cut {
                chosen.response.on_hover_text(name);
            }
        }
        ui.separator();
        if widgets::choice(ui, cx.theme, cx.keymap.title(&ReviewAction::KeepWindow.into()), false) {
            cx.push(ReviewAction::KeepWindow);
        }
    });
}

pub(super) fn menu_button(ui: &mut egui::Ui, cx: &PanelContext<'_>, text: &str, name: &str) -> Response {
    menu_button_within(ui, cx, text, name, MENU)
}

/// The same with room for so much text.
pub(super) fn menu_button_within(
    ui: &mut egui::Ui,
    cx: &PanelContext<'_>,
    text: &str,
    name: &str,
    most: f32,
) -> Response {
    let theme = cx.theme;
    let galley = widgets::elided(ui.painter(), text, fonts::medium(12.5), theme.text, most);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 34.0, CONTROL_HEIGHT - 2.0), Sense::click());
    let fill = if response.hovered() { theme.hover } else { theme.raised };
    ui.painter().rect_filled(rect, radius::M, fill);
    widgets::line(ui.painter(), rect.left() + 9.0, rect.center().y, galley);
    Glyph::Down.paint(ui.painter(), rect.right_center() - vec2(13.0, 0.0), 11.0, theme.muted);
    if response.has_focus() {
        widgets::focus_ring(ui, theme, rect, radius::M);
    }
    let enabled = ui.is_enabled();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, enabled, name);
        info.current_text_value = Some(text.to_owned());
        info
    });
    response
}
