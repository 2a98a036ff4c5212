//! Ctrl+P: type a few letters of anything that can be done, opened or looked at.

use super::action::{Action, ReviewAction, Screen};
use super::context::PanelContext;
use super::dialogs;
use super::fonts;
use super::review::{orders, sort_title};
use super::theme::{radius, space};
use super::widgets;
use crate::session::{Command, DeskCommand, ProjectCommand};
use egui::{CornerRadius, Id, Key, Modal, Modifiers, Role, Sense, Ui, Vec2, WidgetInfo};
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// The palette while it is open.
#[derive(Default)]
pub struct State {
    query: String,
    chosen: usize,
    found: Option<Found>,
}

/// What a query finds, kept until something changes: a project may have a hundred thousand names.
struct Found {
    query: String,
    screen: Screen,
    /// Of the view that it was looked for in.
    revision: u64,
    hits: Vec<Hit>,
}

/// Something that can be found.
struct Hit {
    title: String,
    /// What kind of thing it is: "Picture", "Image".
    kind: &'static str,
    key: String,
    actions: Vec<Action>,
}

/// Images and other named things shown at most.
const NAMED: usize = 8;
const ALL: usize = 60;
/// Of what was done from here, so much stands first where nothing is typed.
const RECENT: usize = 5;
/// The most of the list that is seen at once, in points.
const HEIGHT: f32 = 372.0;

/// Shows it over everything; returns whether it stays open.
pub fn show(ctx: &egui::Context, cx: &mut PanelContext<'_>, screen: Screen, state: &mut State) -> bool {
    let theme = cx.theme;
    let Found { query, screen, revision, hits: found } = match state.found.take() {
        Some(found) if (found.screen, found.revision) == (screen, cx.view.revision) && found.query == state.query => {
            found
        }
        Some(_) | None => find(cx, screen, &state.query, &recent(ctx)),
    };
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
    let window = ctx.content_rect().height();
    let top = (window * 0.12).min(88.0);
    let height = (window - top - 72.0).clamp(80.0, HEIGHT);
    let area = Modal::default_area(Id::unique("palette")).anchor(egui::Align2::CENTER_TOP, Vec2::new(0.0, top));
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
            // What this finds is looked for in the next frame, which nothing else may ask for.
            ctx.request_repaint();
        }
        let moved = down + up > 0;
        // As high as its lines need, however few the last words found.
        egui::ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
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
    if let Some(item) = run.and_then(|index| found.get(index)) {
        remember(ctx, item);
        cx.actions.extend(item.actions.iter().cloned());
        return false;
    }
    state.found = Some(Found { query, screen, revision, hits: found });
    !response.should_close()
}

fn line(ui: &mut Ui, cx: &PanelContext<'_>, item: &Hit, chosen: bool) -> egui::Response {
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
    // Names of images are told apart by how they end.
    let galley =
        widgets::shortened_path(ui.painter(), &item.title, &font, theme.text, (right - rect.left() - 24.0).max(0.0));
    ui.painter().galley(egui::pos2(rect.left() + 10.0, middle - galley.size().y / 2.0), galley, theme.text);
    response
}

/// What was done from here, the last first, by its title.
fn recent(ctx: &egui::Context) -> Vec<String> {
    ctx.data(|data| data.get_temp(Id::unique("done from the palette"))).unwrap_or_default()
}

fn remember(ctx: &egui::Context, item: &Hit) {
    let mut recent = recent(ctx);
    recent.retain(|title| *title != item.title);
    recent.insert(0, item.title.clone());
    recent.truncate(RECENT);
    ctx.data_mut(|data| data.insert_temp(Id::unique("done from the palette"), recent));
}

/// Where nothing is typed: what was done from here lately, then the other screens, then all else in its order.
fn likely_first(hits: &mut [Hit], recent: &[String], screen: Screen) {
    let rank = |hit: &Hit| {
        let done = recent.iter().position(|title| *title == hit.title);
        let goes = hit.actions.iter().any(|action| matches!(action, Action::GoTo(to) if *to != screen));
        done.unwrap_or(if goes { RECENT } else { RECENT + 1 })
    };
    hits.sort_by_key(rank);
}

/// Everything whose name fits the words typed, the best first.
fn find(cx: &PanelContext<'_>, screen: Screen, query: &str, recent: &[String]) -> Found {
    let found = |hits| Found { query: query.to_owned(), screen, revision: cx.view.revision, hits };
    let query = query.trim();
    if query.starts_with(['/', '~']) || query.get(1..3).is_some_and(|s| s == ":\\") {
        let open = dialogs::open_path(dialogs::expand_home(query));
        return found(vec![Hit {
            title: format!("Open {query}"),
            kind: "Path",
            key: String::new(),
            actions: vec![open],
        }]);
    }
    // Of actions, projects and models a few letters in their order are enough; names of images are often alike but for
    // a digit, so that what is typed must be in them as it stands.
    let (mut fuzzy, mut exact) = (Words::new(query, AtomKind::Fuzzy), Words::new(query, AtomKind::Substring));
    let mut scored: Vec<(u32, Hit)> = Vec::new();
    for entry in cx.keymap.entries() {
        let usable = !entry.held && entry.action != Action::Palette && entry.when.holds(screen, cx.view);
        if let (true, Some(score)) = (usable, fuzzy.score(&entry.title)) {
            let key = entry.keys.first().map(|k| k.text()).unwrap_or_default();
            let title = entry.title.clone();
            let kind = entry.section.title();
            scored.push((score, Hit { title, kind, key, actions: vec![entry.action.clone()] }));
        }
    }
    if !query.is_empty() {
        named(cx, &mut fuzzy, &mut exact, &mut scored);
    }
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let mut hits: Vec<Hit> = scored.into_iter().map(|(_, hit)| hit).collect();
    if query.is_empty() {
        likely_first(&mut hits, recent, screen);
    }
    hits.truncate(ALL);
    found(hits)
}

/// Recent projects, models and images.
fn named(cx: &PanelContext<'_>, fuzzy: &mut Words, exact: &mut Words, scored: &mut Vec<(u32, Hit)>) {
    let hit = |title: &str, kind, actions| Hit { title: title.to_owned(), kind, key: String::new(), actions };
    for recent in cx.view.recent.iter().filter(|r| !r.missing) {
        if let Some(score) = fuzzy.score(&recent.name) {
            let open = Action::Send(Command::Desk(DeskCommand::OpenProject(recent.path.clone())));
            scored.push((score, hit(&recent.name, "Project", vec![open])));
        }
    }
    let Some(project) = &cx.view.project else { return };
    for sort in orders(project) {
        let title = format!("Order: {}", sort_title(sort, &project.classes));
        if let Some(score) = fuzzy.score(&title) {
            let ask = Action::Send(Command::Project(ProjectCommand::SetSort(sort)));
            scored.push((score, hit(&title, "Queue", vec![Action::GoTo(Screen::Review), ask])));
        }
    }
    for model in project.models.iter() {
        let name = &model.record.card.name;
        if let Some(score) = fuzzy.score(name) {
            scored.push((score, hit(name, "Model", vec![Action::GoTo(Screen::Models)])));
        }
    }
    let images = project.rows.iter().filter_map(|row| Some((exact.score(&row.name)?, row)));
    let found: Vec<_> = images.take(NAMED).collect();
    scored.extend(found.into_iter().map(|(score, row)| {
        let short = row.short_name();
        // Where a folder is asked for that the short name has not, all of it says why it is here.
        let title = if exact.score(short).is_some() { short } else { &*row.name };
        (score, hit(title, "Image", vec![Action::GoTo(Screen::Review), ReviewAction::Show(row.id).into()]))
    }));
}

/// The words of a query, each of which must be in a name, whatever their case.
struct Words {
    pattern: Pattern,
    matcher: Matcher,
    /// Room for the characters of a name.
    characters: Vec<char>,
}

impl Words {
    fn new(query: &str, kind: AtomKind) -> Self {
        let mut config = Config::DEFAULT;
        config.prefer_prefix = true;
        let pattern = Pattern::new(query, CaseMatching::Ignore, Normalization::Smart, kind);
        Self { pattern, matcher: Matcher::new(config), characters: Vec::new() }
    }

    /// How well they fit, the start of a name or a word better than its middle; `None` where one does not.
    fn score(&mut self, name: &str) -> Option<u32> {
        self.pattern.score(Utf32Str::new(name, &mut self.characters), &mut self.matcher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_name_comes_first() {
        let score = |query: &str, kind, name: &str| Words::new(query, kind).score(name);
        for kind in [AtomKind::Fuzzy, AtomKind::Substring] {
            assert!(score("tra", kind, "Train a model") > score("rai", kind, "Train a model"));
            assert!(score("mod", kind, "Train a model") > score("ode", kind, "Train a model"));
            assert_eq!(score("train x", kind, "Train a model"), None);
            assert!(score("model train", kind, "Train a model").is_some(), "in any order");
            assert!(score("größe", kind, "Größe").is_some());
            assert_eq!(score("", kind, "anything"), Some(0));
        }
    }

    #[test]
    fn what_was_done_lately_and_the_other_screens_come_first() {
        let hit = |title: &str, action: Action| Hit {
            title: title.to_owned(),
            kind: "",
            key: String::new(),
            actions: vec![action],
        };
        let mut hits = vec![
            hit("Next image", ReviewAction::Next.into()),
            hit("Go to Train", Action::GoTo(Screen::Train)),
            hit("Go to Review", Action::GoTo(Screen::Review)),
            hit("Undo", Action::Undo),
        ];
        likely_first(&mut hits, &["Undo".to_owned()], Screen::Review);
        let titles: Vec<&str> = hits.iter().map(|hit| hit.title.as_str()).collect();
        assert_eq!(titles, ["Undo", "Go to Train", "Next image", "Go to Review"]);
    }

    #[test]
    fn letters_in_their_order_find_an_action_but_no_image() {
        assert!(Words::new("trmdl", AtomKind::Fuzzy).score("Train a model").is_some());
        assert_eq!(Words::new("9551", AtomKind::Substring).score("9055361R"), None);
    }
}
