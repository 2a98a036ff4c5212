//! The start screen: three ways in, what was open lately, and what this program is not.

use super::action::Action;
use super::context::PanelContext;
use super::fonts;
use super::theme::{Theme, radius, space};
use super::widgets::{self, Button, ButtonStyle};
use crate::session::{Command, DemoKind, DeskCommand, RecentProject, UnfinishedRun};
use egui::{Color32, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo};
use std::path::Path;

/// Images of the demo, enough for a model to learn from.
const DEMO_IMAGES: usize = 400;
/// A detector takes longer to learn.
const DEMO_IMAGES_WITH_BOXES: usize = 240;
const DEMO_IMAGES_WITH_FINDINGS: usize = 1000;
const DEMO_SEED: u64 = 20_260_101;
const WIDTH: f32 = 1000.0;

/// What the start screen remembers.
pub struct State {
    pub kind: DemoKind,
}

impl Default for State {
    fn default() -> Self {
        Self { kind: DemoKind::Fracture }
    }
}

impl State {
    /// The command of the demo card.
    pub fn demo(&self) -> Command {
        Command::Desk(DeskCommand::CreateDemo {
            kind: self.kind,
            images: images(self.kind),
            seed: DEMO_SEED,
            dir: None,
        })
    }
}

fn images(kind: DemoKind) -> usize {
    match kind {
        DemoKind::Fracture | DemoKind::Knee | DemoKind::Ankle => DEMO_IMAGES,
        DemoKind::Findings => DEMO_IMAGES_WITH_FINDINGS,
        DemoKind::Boxes => DEMO_IMAGES_WITH_BOXES,
    }
}

fn kind_name(kind: DemoKind) -> &'static str {
    match kind {
        DemoKind::Fracture => "Fracture",
        DemoKind::Knee => "Knee",
        DemoKind::Ankle => "Ankle",
        DemoKind::Findings => "Findings",
        DemoKind::Boxes => "Boxes",
    }
}

/// What the demo card says: what comes with a demo of this kind, and how long what does not come takes.
fn demo_text(kind: DemoKind) -> String {
    let ready = if kind.has_model() {
        "A trained model comes with it: its predictions are there as soon as the images are.".to_owned()
    } else {
        let minutes = kind.minutes_to_train().map(minutes).unwrap_or_default();
        format!("No model comes with it: making the images and training one takes about {minutes} on two cores.")
    };
    format!("Made-up images with known truth. No patient data. {ready}")
}

/// "2½ minutes".
fn minutes(minutes: f32) -> String {
    let halves = (minutes * 2.0).round() as usize;
    let half = if halves % 2 == 1 { "½" } else { "" };
    format!("{}{half} minutes", halves / 2)
}

/// Shows it.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State) {
    let theme = cx.theme;
    let height = ui.available_height();
    egui::ScrollArea::vertical().id_salt("start").auto_shrink(false).show(ui, |ui| {
        let side = ((ui.available_width() - WIDTH) / 2.0).max(space::XL);
        let width = (ui.available_width() - 2.0 * side).max(200.0);
        let content = 340.0 + 35.0 * cx.view.recent.len().min(6) as f32;
        ui.add_space(((height - content) / 2.0).max(space::XL));
        ui.horizontal_top(|ui| {
            ui.add_space(side);
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.label(egui::RichText::new("Overread").font(fonts::semibold(26.0)).color(theme.text));
                ui.add_space(-space::XS);
                let line =
                    "See what a model makes of your images, correct it, teach it. Everything stays on this computer.";
                ui.label(egui::RichText::new(line).font(fonts::regular(14.0)).color(theme.muted));
                ui.add_space(space::M);
                cards(ui, cx, state, width);
                // The bar below shows what goes on in projects that are not open.
                let elsewhere = |id: u64| cx.view.elsewhere.iter().any(|one| one.jobs.contains(&id));
                if let Some(job) = cx.view.jobs.iter().find(|job| !elsewhere(job.id)) {
                    ui.add_space(space::S);
                    ui.horizontal(|ui| {
                        widgets::progress(ui, theme, &job.name, job.progress, 200.0);
                        let text = if job.message.is_empty() {
                            job.name.clone()
                        } else {
                            format!("{} · {}", job.name, job.message)
                        };
                        ui.label(widgets::caption(theme, text));
                    });
                }
                if cx.view.unfinished.is_some() {
                    ui.add_space(space::M);
                    super::imports::unfinished(ui, cx);
                }
                recent(ui, cx, width);
                ui.add_space(space::L);
                ui.label(
                    widgets::faint(theme, "For research and teaching. Not a medical device: it gives no diagnosis.")
                        .size(12.0),
                );
                ui.add_space(space::XL);
            });
        });
    });
}

/// Above the sentence of a card: its edge, the key, the title.
const ABOVE_TEXT: f32 = 68.0;
/// Between the edge of a card and what is in it.
const INSIDE: f32 = 20.0;

/// How high a card of this width is whose sentence is this and what stands below it so high.
fn card_height(ui: &Ui, width: f32, text: &str, below: f32) -> f32 {
    let inside = width - 2.0 * INSIDE;
    let sentence = ui.painter().layout(text.to_owned(), fonts::regular(12.0), Color32::PLACEHOLDER, inside).size().y;
    ABOVE_TEXT + sentence + space::M + below + INSIDE
}

fn cards(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State, width: f32) {
    let between = 14.0;
    let wide = (width - 2.0 * between) / 3.0;
    let kinds: Vec<&str> = DemoKind::ALL.into_iter().map(kind_name).collect();
    let kinds_height = widgets::segmented_height(ui.painter(), &kinds, wide - 2.0 * INSIDE);
    let open = "A folder of X-rays or photos, with a folder for each class or without.";
    let demo = demo_text(state.kind);
    // Of the demos the one with most to say, so that nothing moves where another is chosen.
    let demos = DemoKind::ALL.map(|kind| card_height(ui, wide, &demo_text(kind), kinds_height));
    let height = demos.into_iter().fold(card_height(ui, wide, open, 26.0), f32::max);
    let size = Vec2::new(wide, height);
    let all = [
        (Action::OpenImages, "Open images", open),
        (Action::OpenProject, "Open a project", "A folder ending in .overread. Or drop it here."),
        (Action::TryDemo, "Try the demo", demo.as_str()),
    ];
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = between;
        for (index, (action, title, text)) in all.into_iter().enumerate() {
            let key = cx.key(action.clone());
            let rect = card(ui, cx.theme, size, &key, title, text, index == 0);
            if rect.clicked() {
                cx.push(action.clone());
            }
            let below = |high: f32| {
                let inside = rect.rect.shrink(INSIDE);
                Rect::from_min_max(egui::pos2(inside.left(), inside.bottom() - high), inside.max)
            };
            if action == Action::OpenImages {
                // The words of the button stand under those of the card; its ground is seen only under the pointer.
                inside_of(ui, below(26.0).translate(Vec2::new(-11.0, 0.0)), |ui| {
                    let file =
                        Button::new("An annotation file…").name("Open a file").style(ButtonStyle::Quiet).height(26.0);
                    if file.tooltip(cx.tooltip(Action::OpenFile)).ui(ui, cx.theme).clicked() {
                        cx.push(Action::OpenFile);
                    }
                });
            }
            if action == Action::TryDemo {
                let room = below(kinds_height);
                inside_of(ui, room, |ui| {
                    let chosen = DemoKind::ALL.iter().position(|k| *k == state.kind);
                    if let Some(kind) = widgets::segmented_within(ui, cx.theme, &kinds, chosen, room.width())
                        && let Some(kind) = DemoKind::ALL.get(kind)
                    {
                        state.kind = *kind;
                    }
                });
            }
        }
    });
}

/// A large button with a key, a title and a sentence.
fn card(ui: &mut Ui, theme: &Theme, size: Vec2, key: &str, title: &str, text: &str, first: bool) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), title));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(text));
    let over = response.hovered();
    // The pointer raises a card; the frame in colour is of the first and of the keyboard.
    let line = match (first, over) {
        (true, _) => theme.accent,
        (false, true) => theme.outline,
        (false, false) => theme.line,
    };
    let fill = if over { theme.mix(theme.panel, theme.raised, 0.6) } else { theme.panel };
    ui.painter().rect(rect, CornerRadius::same(radius::L), fill, Stroke::new(1.0, line), StrokeKind::Inside);
    if response.has_focus() {
        widgets::focus_ring(ui, theme, rect, radius::L);
    }
    let inside = rect.shrink(INSIDE);
    inside_of(ui, inside, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        widgets::key_cap(ui, theme, key);
        let galley = ui.painter().layout_no_wrap(title.to_owned(), fonts::semibold(15.0), theme.text);
        let (at, _) = ui.allocate_exact_size(galley.size() + Vec2::new(0.0, 2.0), Sense::empty());
        ui.painter().galley(at.min + Vec2::new(0.0, 2.0), galley, theme.text);
        let galley = ui.painter().layout(text.to_owned(), fonts::regular(12.0), theme.muted, inside.width());
        ui.painter().galley(ui.cursor().min, galley, theme.muted);
    });
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// Puts parts over what is already there, from top to bottom, without taking more room.
fn inside_of(ui: &mut Ui, at: Rect, add: impl FnOnce(&mut Ui)) {
    let layout = egui::Layout::top_down(egui::Align::Min);
    add(&mut ui.new_child(UiBuilder::new().max_rect(at).layout(layout)));
}

fn recent(ui: &mut Ui, cx: &mut PanelContext<'_>, width: f32) {
    if cx.view.recent.is_empty() {
        return;
    }
    ui.add_space(space::M);
    widgets::section(ui, cx.theme, "Recent");
    ui.spacing_mut().item_spacing.y = 0.0;
    let recent = cx.view.recent.clone();
    for project in recent.iter() {
        // Copies of one project have its name.
        let alike = recent.iter().filter(|other| other.name == project.name).count() > 1;
        recent_row(ui, cx, project, alike.then(|| short_path(&project.path)), width);
    }
}

/// What is said of a run that did not get to its end.
fn unfinished(run: UnfinishedRun, going_on: bool) -> String {
    let UnfinishedRun { epochs, of } = run;
    match epochs {
        _ if going_on => format!("training goes on, {epochs} of {of} epochs done"),
        0 => "a training run did not get to its first epoch: start it again".to_owned(),
        _ => format!("a training run can be resumed after epoch {epochs} of {of}"),
    }
}

/// A path as it is shown, with `~` for the home folder.
fn short_path(path: &Path) -> String {
    let dirs = directories::UserDirs::new();
    let below = dirs.as_ref().and_then(|dirs| path.strip_prefix(dirs.home_dir()).ok());
    below.map_or_else(|| path.display().to_string(), |rest| Path::new("~").join(rest).display().to_string())
}

/// A line of the list; `place` tells it from another of that name.
fn recent_row(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &RecentProject, place: Option<String>, width: f32) {
    let theme = cx.theme;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 35.0), Sense::click());
    let summary = if project.missing {
        "not found: moved, renamed or on a drive that is not connected".to_owned()
    } else {
        project.summary.replace(", ", " · ")
    };
    let going_on = cx.view.elsewhere.iter().any(|one| one.path == project.path);
    let run = project.run.filter(|_| !project.missing).map(|run| unfinished(run, going_on));
    let summary = run.map_or(summary.clone(), |run| format!("{summary} · {run}"));
    let at = place.as_ref().map(|place| format!(", {place}")).unwrap_or_default();
    let spoken = format!("Open {}{at}, {summary}, {}", project.name, project.opened);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &spoken));
    if response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::same(radius::S), theme.panel);
    }
    if response.has_focus() {
        widgets::focus_ring(ui, theme, rect.shrink(2.0), radius::S);
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline());
    let (strong, weak): (Color32, Color32) =
        if project.missing { (theme.muted, theme.faint) } else { (theme.text, theme.muted) };
    let middle = rect.center().y;
    let paint = |ui: &Ui, x: f32, text: &str, font: egui::FontId, color: Color32, limit: f32| -> f32 {
        let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
        job.wrap = egui::text::TextWrapping::truncate_at_width(limit.max(0.0));
        let galley = ui.painter().layout_job(job);
        let width = galley.size().x;
        ui.painter().galley(egui::pos2(x, middle - galley.size().y / 2.0), galley, color);
        width
    };
    let opened = ui.painter().layout_no_wrap(project.opened.clone(), fonts::regular(13.0), weak);
    let show_forget = ui.rect_contains_pointer(rect) || project.missing;
    let right = rect.right() - 4.0 - if show_forget { 34.0 } else { 0.0 };
    let opened_left = right - opened.size().x;
    ui.painter().galley(egui::pos2(opened_left, middle - opened.size().y / 2.0), opened, weak);
    let left = rect.left() + 4.0;
    let share = if place.is_some() { 0.25 } else { 0.4 };
    let mut name = paint(ui, left, &project.name, fonts::semibold(13.0), strong, rect.width() * share);
    if let Some(place) = place {
        // Copies lie side by side more often than not: the end tells them apart, and the cut is in the middle.
        let limit = rect.width() * 0.3;
        let galley = widgets::shortened(ui.painter(), &place, &fonts::regular(fonts::SMALL), theme.muted, limit);
        name += 12.0 + galley.size().x;
        widgets::line(ui.painter(), left + name - galley.size().x, middle, galley);
    }
    paint(ui, left + name + 12.0, &summary, fonts::regular(13.0), weak, opened_left - left - name - 24.0);
    if show_forget {
        let at = Rect::from_center_size(egui::pos2(rect.right() - 18.0, middle), Vec2::splat(26.0));
        inside_of(ui, at, |ui| {
            let forget =
                Button::new("×").name(format!("Forget {}", project.name)).style(ButtonStyle::Quiet).height(26.0);
            if forget.tooltip("Take it off this list; nothing is deleted").ui(ui, theme).clicked() {
                cx.send(DeskCommand::ForgetRecent(project.path.clone()));
            }
        });
    }
    if response.on_hover_text(project.path.display().to_string()).clicked() {
        cx.send(DeskCommand::OpenProject(project.path.clone()));
    }
}
