//! Ctrl+P: type a few letters of anything that can be done, opened or looked at.

use super::action::{Action, ReviewAction, Screen};
use super::context::PanelContext;
use super::dialogs;
use super::fonts;
use super::theme::{radius, space};
use super::widgets;
use crate::session::{Command, DeskCommand};
use egui::{CornerRadius, Id, Key, Modal, Modifiers, Role, Sense, Ui, Vec2, WidgetInfo};

/// The palette while it is open.
#[derive(Default)]
pub struct State {
    query: String,
    chosen: usize,
}

/// Something that can be found.
struct Found {
    title: String,
    /// What kind of thing it is: "Picture", "Image".
    kind: &'static str,
    key: String,
    actions: Vec<Action>,
}

/// Images and other named things shown at most.
const NAMED: usize = 8;
const ALL: usize = 60;

/// Shows it over everything; returns whether it stays open.
pub fn show(ctx: &egui::Context, cx: &mut PanelContext<'_>, screen: Screen, state: &mut State) -> bool {
    let theme = cx.theme;
    let found = find(cx, screen, &state.query);
    state.chosen = state.chosen.min(found.len().saturating_sub(1));
    // Enter and Escape come in a frame of their own, so that what was typed before them is in the list.
    let [down, up, enter, escape] = [Key::ArrowDown, Key::ArrowUp, Key::Enter, Key::Escape]
        .map(|key| ctx.input_mut(|i| i.count_and_consume_key(Modifiers::NONE, key)));
    if escape > 0 {
        return false;
    }
    if !found.is_empty() {
        state.chosen = (state.chosen + down) % found.len();
        state.chosen = (state.chosen + found.len() - up % found.len()) % found.len();
    }
    let mut run = (enter > 0).then_some(state.chosen);
    let area = Modal::default_area(Id::unique("palette")).anchor(egui::Align2::CENTER_TOP, Vec2::new(0.0, 88.0));
    let frame = widgets::dialog_frame(theme).inner_margin(8);
    let modal = Modal::new(Id::unique("palette")).area(area).frame(frame).backdrop_color(theme.backdrop);
    let response = modal.show(ctx, |ui| {
        ui.set_width((ctx.content_rect().width() - 80.0).min(560.0));
        ui.spacing_mut().item_spacing.y = space::XS;
        let before = state.query.clone();
        let width = ui.available_width();
        let hint = "Find an action, a screen, an image, a model, a folder…";
        let field = widgets::text_field(ui, theme, &mut state.query, "Find anything", hint, width);
        field.request_focus();
        if state.query != before {
            state.chosen = 0;
        }
        let moved = down + up > 0;
        egui::ScrollArea::vertical().max_height(372.0).show(ui, |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = 0.0;
            for (index, item) in found.iter().enumerate() {
                let response = line(ui, cx, item, index == state.chosen);
                if index == state.chosen && moved {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    run = Some(index);
                }
            }
            if found.is_empty() {
                ui.label(widgets::caption(theme, "  Nothing has this in its name."));
            }
        });
    });
    if let Some(item) = run.and_then(|index| found.into_iter().nth(index)) {
        cx.actions.extend(item.actions);
        return false;
    }
    !response.should_close()
}

fn line(ui: &mut Ui, cx: &PanelContext<'_>, item: &Found, chosen: bool) -> egui::Response {
    let theme = cx.theme;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 31.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::MenuItem, true, chosen, &item.title));
    if chosen {
        ui.painter().rect_filled(rect, CornerRadius::same(radius::M), theme.hover);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::same(radius::M), theme.raised);
    }
    let middle = rect.center().y;
    let mut right = rect.right() - 10.0;
    if !item.key.is_empty() {
        let galley = ui.painter().layout_no_wrap(item.key.clone(), fonts::medium(fonts::SMALL), theme.muted);
        right -= galley.size().x;
        ui.painter().galley(egui::pos2(right, middle - galley.size().y / 2.0), galley, theme.muted);
        right -= 14.0;
    }
    let galley = ui.painter().layout_no_wrap(item.kind.to_owned(), fonts::regular(fonts::SMALL), theme.faint);
    right -= galley.size().x;
    ui.painter().galley(egui::pos2(right, middle - galley.size().y / 2.0), galley, theme.faint);
    let font = if chosen { fonts::medium(13.0) } else { fonts::regular(13.0) };
    let mut job = egui::text::LayoutJob::simple_singleline(item.title.clone(), font, theme.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width((right - rect.left() - 24.0).max(0.0));
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(egui::pos2(rect.left() + 10.0, middle - galley.size().y / 2.0), galley, theme.text);
    response
}

/// Everything whose name holds the words typed, the best first.
fn find(cx: &PanelContext<'_>, screen: Screen, query: &str) -> Vec<Found> {
    let query = query.trim();
    if query.starts_with(['/', '~']) || query.get(1..3).is_some_and(|s| s == ":\\") {
        let open = dialogs::open_path(dialogs::expand_home(query));
        return vec![Found { title: format!("Open {query}"), kind: "Path", key: String::new(), actions: vec![open] }];
    }
    let words: Vec<String> = query.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let mut scored: Vec<(u32, Found)> = Vec::new();
    for entry in cx.keymap.entries() {
        let usable = !entry.held && entry.action != Action::Palette && entry.when.holds(screen, cx.view);
        if let (true, Some(score)) = (usable, score(&words, &entry.title)) {
            let key = entry.keys.first().map(|k| k.text()).unwrap_or_default();
            let title = entry.title.clone();
            let kind = entry.section.title();
            scored.push((score, Found { title, kind, key, actions: vec![entry.action.clone()] }));
        }
    }
    if !words.is_empty() {
        named(cx, &words, &mut scored);
    }
    scored.sort_by_key(|(score, _)| *score);
    scored.into_iter().map(|(_, found)| found).take(ALL).collect()
}

/// Recent projects, models and images.
fn named(cx: &PanelContext<'_>, words: &[String], scored: &mut Vec<(u32, Found)>) {
    let mut add = |title: &str, kind: &'static str, actions: Vec<Action>| {
        if let Some(score) = score(words, title) {
            scored.push((score + 1, Found { title: title.to_owned(), kind, key: String::new(), actions }));
            return true;
        }
        false
    };
    for recent in cx.view.recent.iter().filter(|r| !r.missing) {
        add(&recent.name, "Project", vec![Action::Send(Command::Desk(DeskCommand::OpenProject(recent.path.clone())))]);
    }
    let Some(project) = &cx.view.project else { return };
    for model in project.models.iter() {
        add(&model.record.card.name, "Model", vec![Action::GoTo(Screen::Models)]);
    }
    let mut images = 0;
    for row in project.rows.iter() {
        if add(&row.name, "Image", vec![Action::GoTo(Screen::Review), ReviewAction::Show(row.id).into()]) {
            images += 1;
        }
        if images == NAMED {
            break;
        }
    }
}

/// Lower is better; `None` when a word is not in it. The start of the name beats the start of a word beats the middle.
fn score(words: &[String], title: &str) -> Option<u32> {
    let title = title.to_lowercase();
    words.iter().try_fold(0, |sum, word| {
        let at = title.find(word.as_str())?;
        let starts_word = title.get(..at).and_then(|t| t.chars().next_back()).is_none_or(|c| !c.is_alphanumeric());
        Some(
            sum + if at == 0 {
                0
            } else if starts_word {
                10
            } else {
                30
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_name_comes_first() {
        let words = |w: &str| w.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(score(&words("tra"), "Train a model"), Some(0));
        assert!(score(&words("mod"), "Train a model") < score(&words("rain"), "Train a model"));
        assert_eq!(score(&words("train x"), "Train a model"), None);
        assert_eq!(score(&words("größe"), "Größe"), Some(0));
        assert_eq!(score(&[], "anything"), Some(0));
    }
}
