//! What an import found worth telling: conflicts, decisions, and what is left out by reason.

use crate::domain::{ImportReport, LeftOut};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::Theme;
use crate::ui::widgets;
use egui::Ui;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lines shown of a list; the report keeps all.
const SHOWN: usize = 200;

/// Shows what there is in a card; nothing where there is nothing.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, left_out: &[LeftOut], remarks: &[String], conflicts: &[String]) {
    if left_out.is_empty() && remarks.is_empty() && conflicts.is_empty() {
        return;
    }
    widgets::card(ui, cx.theme, |ui| {
        widgets::section(ui, cx.theme, "Worth knowing");
        lists(ui, cx.theme, left_out, remarks, conflicts);
    });
}

/// A whole report, as the Data screen shows it of past imports.
pub fn report_ui(ui: &mut Ui, theme: &Theme, report: &ImportReport) {
    let mut facts = vec![
        phrases::count(report.labelled, "image with a label", "images with a label"),
        phrases::count(report.boxes, "box", "boxes"),
    ];
    facts.push(phrases::count(report.groups, "group", "groups"));
    if report.measurements > 0 {
        facts.push(phrases::count(report.measurements, "measurement", "measurements"));
    }
    let counted = [
        (report.boxes_clipped, "cut at the image's edge"),
        (report.truncated, "cut short, used as far as they go"),
        (report.repeated, "statements known already"),
    ];
    facts.extend(counted.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", phrases::thousands(*n))));
    let mut lines = vec![facts.join(", ")];
    if !report.readers.is_empty() {
        lines.push(format!("Readers: {}", report.readers.join(", ")));
    }
    if !report.classes_made.is_empty() {
        lines.push(format!("Classes made: {}", report.classes_made.join(", ")));
    }
    if !report.class_map.is_empty() {
        let renamed: Vec<String> = report.class_map.iter().map(|(from, to)| format!("{from} is called {to}")).collect();
        lines.push(renamed.join(", "));
    }
    for line in lines {
        ui.add(egui::Label::new(widgets::caption(theme, line)).wrap());
    }
    lists(ui, theme, &report.left_out, &report.remarks, &report.conflicts);
}

fn lists(ui: &mut Ui, theme: &Theme, left_out: &[LeftOut], remarks: &[String], conflicts: &[String]) {
    for conflict in conflicts.iter().take(SHOWN) {
        ui.add(egui::Label::new(widgets::body(theme, format!("! {conflict}")).color(theme.warning)).wrap());
    }
    more(ui, theme, conflicts.len());
    for remark in remarks.iter().take(SHOWN) {
        ui.add(egui::Label::new(widgets::caption(theme, remark)).wrap());
    }
    more(ui, theme, remarks.len());
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in left_out {
        by_reason.entry(&one.why).or_default().push(&one.file);
    }
    let (mut reasons, single): (Vec<(&str, Vec<&str>)>, Vec<_>) =
        by_reason.into_iter().partition(|(_, files)| files.len() > 1);
    reasons.sort_by_key(|(_, files)| std::cmp::Reverse(files.len()));
    for (why, files) in reasons.iter().take(SHOWN) {
        let title = format!("Left out: {} · {why}", phrases::thousands(files.len()));
        egui::CollapsingHeader::new(wrapped(ui, theme, &title)).id_salt(("left out", why)).show(ui, |ui| {
            for file in files.iter().take(SHOWN) {
                ui.add(egui::Label::new(widgets::caption(theme, *file)).truncate());
            }
            more(ui, theme, files.len());
        });
    }
    more(ui, theme, reasons.len());
    each_for_its_own(ui, theme, &single);
}

/// A title within the room there is; by itself it would widen the card beyond the window.
fn wrapped(ui: &Ui, theme: &Theme, title: &str) -> Arc<egui::Galley> {
    let room = ui.available_width() - ui.spacing().indent - 8.0;
    let text = egui::WidgetText::from(widgets::body(theme, title));
    text.into_galley(ui, Some(egui::TextWrapMode::Wrap), room.max(60.0), egui::TextStyle::Body)
}

/// Files each with a reason of its own, such as which picture it is a copy of: a list of them, not a headline each.
fn each_for_its_own(ui: &mut Ui, theme: &Theme, single: &[(&str, Vec<&str>)]) {
    let title = match single {
        [] => return,
        [(why, _)] => format!("Left out: 1 · {why}"),
        many => format!("Left out: {} · each for its own reason", phrases::thousands(many.len())),
    };
    egui::CollapsingHeader::new(wrapped(ui, theme, &title)).id_salt("left out alone").show(ui, |ui| {
        for (why, files) in single.iter().take(SHOWN) {
            let line = if single.len() == 1 { files.join(", ") } else { format!("{}: {why}", files.join(", ")) };
            ui.add(egui::Label::new(widgets::caption(theme, line)).wrap());
        }
        more(ui, theme, single.len());
    });
}

fn more(ui: &mut Ui, theme: &Theme, count: usize) {
    if count > SHOWN {
        let text = format!("and {} more; `overread info --json` lists all", phrases::thousands(count - SHOWN));
        ui.label(widgets::faint(theme, text));
    }
}
