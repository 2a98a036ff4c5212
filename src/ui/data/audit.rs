//! The log: every event in words, by image, reader, day, kind and text, and whether its chain holds.

use crate::session::{
    AuditFilter, AuditKind, AuditLine, AuditRequest, AuditView, DataState, ProjectCommand, ProjectView, audit_days,
};
use crate::ui::action::{Action, ReviewAction};
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::phrases;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button};
use egui::{CornerRadius, Label, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use std::ops::Range;

const ROW: f32 = 24.0;
/// Lines that are fetched at a time, and with which a part begins.
const PART: usize = 400;
const STEP: usize = 200;
/// The least height of the list.
const LEAST: f32 = 240.0;
/// Where the columns begin: when, who, which image, what.
const COLUMNS: [f32; 4] = [8.0, 160.0, 270.0, 480.0];

/// What is asked for, as it is typed.
#[derive(Default)]
pub(super) struct State {
    image: String,
    text: String,
    from: String,
    to: String,
    reader: Option<String>,
    kind: Option<AuditKind>,
}

impl State {
    /// What is asked for; a sentence where a day is none.
    fn filter(&self) -> Result<AuditFilter, String> {
        let [from_ms, until_ms] = audit_days(&self.from, &self.to)?;
        let (image, text) = (self.image.clone(), self.text.clone());
        Ok(AuditFilter { image, reader: self.reader.clone(), from_ms, until_ms, kind: self.kind, text })
    }
}

/// Shows it, once the log was looked through.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Audit");
    let text = "Every event of the log, the newest first: when, who, which image, and what. A press opens the image.";
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
    chain(ui, cx, project);
    let view = project.data.audit.clone();
    asking(ui, cx, view.as_deref(), state);
    let filter = match state.filter() {
        Ok(filter) => filter,
        Err(why) => {
            ui.label(widgets::body(theme, why).color(theme.warning));
            return;
        }
    };
    if let DataState::Ended(why) = &project.data.audit_state {
        let text = format!("The log was not looked through: {why}");
        ui.add(Label::new(widgets::body(theme, text).color(theme.warning)).wrap());
        if Button::new("Look through the log").ui(ui, theme).clicked() {
            cx.send(ProjectCommand::Audit(AuditRequest { filter, first: 0, count: PART }));
        }
        return;
    }
    let shown = view.as_deref().filter(|view| view.filter == filter);
    let seen = match shown {
        Some(view) => found(ui, cx, view),
        None => {
            ui.label(widgets::caption(theme, "Looking through the log\u{2026}"));
            0..0
        }
    };
    let fits = shown.is_some_and(|view| {
        let there = view.first..view.first + view.lines.len();
        seen.is_empty() || (there.contains(&seen.start) && there.contains(&(seen.end - 1)))
    });
    let stale = project.data.audit_state == DataState::Wanted;
    if (stale || !fits) && project.data.audit_state != DataState::Running {
        let first = (seen.start / STEP).saturating_sub(1) * STEP;
        let count = PART + STEP;
        cx.commands.push(ProjectCommand::Audit(AuditRequest { filter, first, count }).into());
    }
}

/// Whether the chain of the log holds, as far as somebody asked.
fn chain(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let theme = cx.theme;
    ui.horizontal_wrapped(|ui| {
        let tip = "Recomputes the hash of every event, and replays them against what is shown";
        if Button::new("Verify the log").tooltip(tip).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::VerifyLog);
        }
        match &project.data.log_verified {
            None => ui.label(widgets::caption(theme, "Not verified since the project was opened.")),
            Some(Ok(event)) => {
                let number = phrases::thousands(usize::try_from(*event).unwrap_or_default());
                let text = format!("Log verified up to event {number}.");
                ui.label(widgets::body(theme, text).color(theme.truth))
            }
            Some(Err(why)) => {
                let text = format!("The log does not hold: {why}");
                ui.add(Label::new(widgets::body(theme, text).color(theme.error)).wrap())
            }
        };
    });
}

fn asking(ui: &mut Ui, cx: &mut PanelContext<'_>, view: Option<&AuditView>, state: &mut State) {
    let theme = cx.theme;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        widgets::text_field(ui, theme, &mut state.image, "Image of the events", "image", 150.0);
        widgets::text_field(ui, theme, &mut state.text, "Text of the events", "text", 150.0);
        let readers = view.map(|view| view.readers.clone()).unwrap_or_default();
        let now = state.reader.clone().unwrap_or_else(|| "Every reader".to_owned());
        widgets::drop_down(ui, theme, "Reader of the events", &now, 140.0, |ui| {
            if widgets::choice(ui, theme, "Every reader", state.reader.is_none()) {
                state.reader = None;
            }
            for reader in readers.iter() {
                if widgets::choice(ui, theme, reader, state.reader.as_ref() == Some(reader)) {
                    state.reader = Some(reader.clone());
                }
            }
        });
        let now = state.kind.map_or("Every kind", AuditKind::name);
        widgets::drop_down(ui, theme, "Kind of the events", now, 140.0, |ui| {
            if widgets::choice(ui, theme, "Every kind", state.kind.is_none()) {
                state.kind = None;
            }
            for kind in AuditKind::ALL {
                if widgets::choice(ui, theme, kind.name(), state.kind == Some(kind)) {
                    state.kind = Some(kind);
                }
            }
        });
        widgets::text_field(ui, theme, &mut state.from, "From day", "from 2026-01-31", 150.0);
        widgets::text_field(ui, theme, &mut state.to, "To day", "to 2026-01-31", 150.0);
    });
}

/// The lines that are found; which of them are on screen.
fn found(ui: &mut Ui, cx: &mut PanelContext<'_>, view: &AuditView) -> Range<usize> {
    let theme = cx.theme;
    ui.horizontal_wrapped(|ui| {
        let kinds: Vec<String> =
            view.kinds.iter().map(|(kind, count)| format!("{} {}", kind.name(), phrases::thousands(*count))).collect();
        let (asked, all) = (phrases::thousands(view.matching.len()), phrases::thousands(view.events));
        ui.add(Label::new(widgets::body(theme, format!("{asked} of {all} events. {}", kinds.join(", ")))).wrap());
        let export = Button::new("Export these\u{2026}").name("Export these events").enabled(!view.matching.is_empty());
        if export.ui(ui, theme).clicked() {
            cx.push(Action::ExportAudit(view.filter.clone()));
        }
    });
    let (mut seen, mut pressed) = (0..0, None);
    let height = (ui.ctx().content_rect().height() * 0.55).max(LEAST);
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().auto_shrink([false, true]).max_height(height).id_salt("audit lines");
    area.show_rows(ui, ROW, view.matching.len(), |ui, range| {
        seen = range.clone();
        for place in range {
            let line = place.checked_sub(view.first).and_then(|at| view.lines.get(at));
            if row(ui, cx, line) {
                pressed = line.and_then(|line| line.image);
            }
        }
    });
    if let Some(image) = pressed {
        cx.push(ReviewAction::Show(image));
    }
    seen
}

/// An event; whether it was pressed. One that is not there yet is an empty line.
fn row(ui: &mut Ui, cx: &PanelContext<'_>, line: Option<&AuditLine>) -> bool {
    let theme = cx.theme;
    let sense = if line.is_some_and(|line| line.image.is_some()) { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), sense);
    let Some(line) = line else { return false };
    let name = line.name.rsplit('/').next().unwrap_or_default();
    let spoken = [line.when.as_str(), &line.who, name, &line.what];
    let spoken = spoken.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let role = if line.image.is_some() { Role::Button } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, true, &spoken));
    if line.image.is_some() && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect, CornerRadius::same(4), theme.hover);
    }
    let what = line.what.replace(" -> ", " \u{2192} ");
    let cells = [(&*line.when, theme.faint), (&*line.who, theme.text), (name, theme.muted), (&*what, theme.text)];
    let ends = COLUMNS.into_iter().skip(1).chain([rect.width()]);
    for ((begin, end), (text, ink)) in COLUMNS.into_iter().zip(ends).zip(cells) {
        let room = (end - begin - space::S).max(0.0);
        let galley = widgets::elided(ui.painter(), text, fonts::regular(12.0), ink, room);
        widgets::line(ui.painter(), rect.left() + begin, rect.center().y, galley);
    }
    response.on_hover_text(about(line)).clicked()
}

/// What of an event has no room in its line.
fn about(line: &AuditLine) -> String {
    let mut text = format!("Event {}: {}", line.event, line.what);
    if !line.name.is_empty() {
        text.push_str(&format!("\n{}", line.name));
    }
    if !line.model.is_empty() {
        text.push_str(&format!("\nShown: {}", line.model));
    }
    if let Some(threshold) = line.threshold {
        text.push_str(&format!(", boxes from {threshold:.2} on"));
    }
    if let Some(ms) = line.looked_ms {
        text.push_str(&format!("\nLooked at for {:.1} s", ms as f64 / 1000.0));
    }
    text
}
