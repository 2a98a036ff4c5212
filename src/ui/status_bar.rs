//! The bar at the bottom: whether everything is saved, what is being worked on and for how long, and on what.

use super::action::{Action, Screen};
use super::context::PanelContext;
use super::past;
use super::phrases::{thousands, time_left};
use super::theme::space;
use super::widgets::{self, Button};
use crate::session::{DeskCommand, JobKind, JobView, ProjectView};
use egui::{Align, Layout, Margin, Sense, Ui, Vec2};

/// Below these widths of the bar, in points, the device and how many are reviewed are left out, for what is worked on.
const ROOM_FOR_DEVICE: f32 = 900.0;
const ROOM_FOR_COUNT: f32 = 700.0;
/// The same for the bar of how far a job is, and for its name.
const ROOM_FOR_PROGRESS: f32 = 560.0;

/// Shows it, under this screen.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, screen: Screen) {
    let frame = egui::Frame::new().fill(cx.theme.panel).inner_margin(Margin::symmetric(12, 0));
    egui::Panel::bottom("status bar").frame(frame).exact_size(28.0).resizable(false).show(ui, |ui| {
        let (wide, works) = (ui.available_width(), !cx.view.jobs.is_empty());
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            match &cx.view.project.clone() {
                Some(project) => saved(ui, cx, project),
                None => {
                    ui.label(widgets::caption(cx.theme, "No project open"));
                }
            }
            jobs(ui, cx, screen, wide);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if !works || wide >= ROOM_FOR_DEVICE {
                    ui.label(widgets::caption(cx.theme, cx.view.device.replace(", ", " · ")));
                }
                if let Some(project) = cx.view.project.as_ref().filter(|_| !works || wide >= ROOM_FOR_COUNT) {
                    let seen = project.counts.images.saturating_sub(project.counts.unreviewed);
                    let text = format!("{} of {} reviewed", thousands(seen), thousands(project.counts.images));
                    ui.label(widgets::caption(cx.theme, text));
                }
                if past::entry(ui, cx) {
                    cx.push(Action::PastNotices);
                }
                keys(ui, cx);
            });
        });
    });
}

/// Says that keys of the person's own could not be taken over: one that was given in two projects, say. Whoever presses
/// it would get something else than they are used to.
fn keys(ui: &mut Ui, cx: &mut PanelContext<'_>) {
    let problems = cx.keymap.problems();
    let text = match problems.len() {
        0 => return,
        1 => "1 key is not as you set it".to_owned(),
        several => format!("{several} keys are not as you set them"),
    };
    let button = Button::new(&text).height(20.0).tooltip(problems.join("\n"));
    if button.ui(ui, cx.theme).clicked() {
        cx.push(Action::ChangeKeys);
    }
}

fn saved(ui: &mut Ui, cx: &PanelContext<'_>, project: &ProjectView) {
    let theme = cx.theme;
    let (text, color, tip) = if project.read_only.is_some() {
        ("read-only", theme.warning, project.read_only.as_deref().unwrap_or_default())
    } else if project.saved {
        ("saved", theme.truth, "Every change is on disk")
    } else {
        ("saving", theme.warning, "Being written to disk")
    };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(9.0), Sense::empty());
        ui.painter().circle_filled(rect.center(), 4.0, color);
        ui.label(widgets::caption(theme, text).color(color)).on_hover_text(tip);
    });
}

fn jobs(ui: &mut Ui, cx: &mut PanelContext<'_>, screen: Screen, wide: f32) {
    let view = cx.view;
    let Some((first, rest)) = view.jobs.split_first() else { return };
    job(ui, cx, first, (wide, !has_bar(cx, screen, first)));
    if rest.is_empty() {
        return;
    }
    let more = Button::new("more").height(20.0).name(format!("{} more jobs", rest.len()));
    let response = more.tooltip(format!("{} more in the background", rest.len())).ui(ui, cx.theme);
    egui::Popup::menu(&response).accessible_name("Jobs").show(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(space::S);
        for each in rest {
            ui.horizontal(|ui| job(ui, cx, each, (ROOM_FOR_DEVICE, true)));
        }
    });
}

/// Whether the screen over the bar shows how far a job is: two bars for one thing would be one too many.
fn has_bar(cx: &PanelContext<'_>, screen: Screen, job: &JobView) -> bool {
    let view = cx.view;
    if view.elsewhere.iter().any(|one| one.jobs.contains(&job.id)) {
        return false;
    }
    let trains = job.kind == JobKind::Training && screen == Screen::Train;
    let imports = job.kind == JobKind::Import && view.import.is_some();
    imports || view.project.is_none() || trains
}

/// A job in a bar that is so wide, with how far it is where that is asked for.
fn job(ui: &mut Ui, cx: &mut PanelContext<'_>, job: &JobView, (wide, bar): (f32, bool)) {
    let theme = cx.theme;
    let view = cx.view;
    let elsewhere = view.elsewhere.iter().find(|one| one.jobs.contains(&job.id));
    let whose = elsewhere.map(|one| format!("{}: ", one.name)).unwrap_or_default();
    let name = format!("{whose}{}", job.name);
    let text = if job.message.is_empty() { name.clone() } else { format!("{name} · {}", job.message) };
    ui.scope(|ui| {
        // What is left beside the bar, the time and the buttons.
        ui.set_max_width((wide - if wide >= ROOM_FOR_COUNT { 600.0 } else { 400.0 }).clamp(80.0, 300.0));
        let label = egui::Label::new(widgets::caption(theme, text)).truncate().sense(Sense::click());
        let training = view_trains(cx);
        let clicked = ui.add(label).clicked();
        match elsewhere {
            Some(one) if clicked => cx.send(DeskCommand::OpenProject(one.path.clone())),
            None if clicked && training => cx.push(Action::GoTo(Screen::Train)),
            Some(_) | None => {}
        }
    });
    if bar && wide >= ROOM_FOR_PROGRESS {
        widgets::progress(ui, theme, &name, job.progress, if wide >= ROOM_FOR_DEVICE { 150.0 } else { 80.0 });
    }
    if let Some(left) = job.seconds_left.map(time_left).filter(|l| bar && !l.is_empty()) {
        ui.label(widgets::caption(theme, left));
    }
    if let Some(one) = elsewhere {
        let back = Button::new("Go back").height(20.0).name(format!("Go back to {}", one.name));
        if back.tooltip(format!("Open {} again", one.name)).ui(ui, theme).clicked() {
            cx.send(DeskCommand::OpenProject(one.path.clone()));
        }
    }
    // A run is stopped, which keeps its best; cancelling it, which keeps nothing, is asked for on the Train screen.
    if job.cancellable && job.kind == JobKind::Training && (elsewhere.is_some() || view_trains(cx)) {
        let stop = Button::new("Stop").height(20.0).name(format!("Stop {name}"));
        if stop.tooltip(cx.tooltip(Action::StopTraining)).ui(ui, theme).clicked() {
            match elsewhere {
                Some(_) => cx.send(DeskCommand::StopJob(job.id)),
                None => cx.push(Action::StopTraining),
            }
        }
    } else if job.cancellable {
        let cancel = Button::new("Cancel").height(20.0).name(format!("Cancel {name}"));
        if cancel.ui(ui, theme).clicked() {
            cx.send(DeskCommand::CancelJob(job.id));
        }
    }
}

fn view_trains(cx: &PanelContext<'_>) -> bool {
    cx.view.project.as_ref().and_then(|p| p.training.as_ref()).is_some_and(|t| t.running)
}
