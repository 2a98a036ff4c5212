//! Which readings are compared, and how each reader agrees with the reader's own earlier ones.

use super::open;
use crate::session::{Agreement, ImageSet, ProjectView, RepeatsOf, RepeatsOfBoxes, WhichReadings};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, Cell, Column, Table};
use egui::{Label, Ui};
use std::sync::Arc;

/// The choice of the readings that are compared, and what they are.
pub(super) fn choice(ui: &mut Ui, cx: &PanelContext<'_>, agreement: &Agreement, which: &mut WhichReadings) {
    let theme = cx.theme;
    let names = WhichReadings::ALL.map(WhichReadings::name);
    let chosen = WhichReadings::ALL.iter().position(|one| one == which);
    let pressed = widgets::segmented_fitting(ui, theme, &names, chosen);
    if let Some(one) = pressed.and_then(|at| WhichReadings::ALL.get(at)) {
        *which = *one;
    }
    ui.add_space(space::XS);
    let mut text = agreement.which.means().to_owned();
    if agreement.late > 0 {
        let late = phrases::count(agreement.late, "reading is", "readings are");
        text.push_str(&format!(" {late} left out, which came after an adjudication, or after a reveal elsewhere."));
    }
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
    ui.add_space(space::S);
}

/// Shows how each reader agrees with earlier readings; of which there are some.
pub(super) fn repeats(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    all: &[RepeatsOf],
    chosen: &mut usize,
) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Readers and their own earlier readings");
    let text = "Images that a reader read twice: committed, or said again after at least one other image. \"Not on screen\" is of how many \
                the first answer was hidden at the second; of the others only what is changed is sure to be in the log, so that the \
                agreement is too low. Choose a row, then open its images.";
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
    let findings = all.iter().any(|one| one.finding.is_some());
    let mut columns = vec![Column::left("Reader")];
    columns.extend(findings.then(|| Column::left("Finding")));
    columns.extend(["Images", "Not on screen", "Agreement", "Cohen's kappa"].map(Column::right));
    let row = |one: &RepeatsOf| {
        let of = &one.intra.agreement;
        let mut row = vec![Cell::strong(one.reader.clone())];
        row.extend(findings.then(|| Cell::new(one.finding.map(|at| project.classes.name(at)).unwrap_or_default())));
        row.extend([of.images, one.intra.unseen].map(|count| Cell::new(phrases::thousands(count))));
        row.extend([&of.agreement, &of.kappa].map(super::readers::estimated));
        row
    };
    let rows = all.iter().map(row).collect();
    let at = (*chosen).min(all.len().saturating_sub(1));
    if let Some(at) = (Table { columns, rows, pressable: true, chosen: Some(at) }).ui(ui, theme) {
        *chosen = at;
    }
    let Some(one) = all.get(at) else { return };
    ui.horizontal(|ui| {
        let [same, apart] = &one.images;
        for (what, images) in [("said another thing", apart), ("said the same twice", same)] {
            let title = format!("{} {what}", one.reader);
            let text = format!("{}: {what}", phrases::count(images.len(), "image", "images"));
            let button = Button::new(&text).name(format!("{title}: {} images", images.len()));
            if button.enabled(!images.is_empty()).ui(ui, theme).clicked() {
                open(cx, ImageSet { title, images: Arc::new(images.clone()) });
            }
        }
    });
}

/// Shows how the boxes of each reader agree with the reader's earlier ones; of which there are some.
pub(super) fn box_repeats(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, all: &[RepeatsOfBoxes]) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Readers and their own earlier boxes");
    let text = "Of images that a reader read twice, how far the boxes of the second reading lie where those of the first did: the same \
                where they are of one class and overlap by half of their union (IoU 0.5).";
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
    let mut columns = vec![Column::left("Reader")];
    columns.extend(
        ["Images", "Not on screen", "F1", "Mean IoU", "Both times", "First only", "Second only"].map(Column::right),
    );
    let row = |one: &RepeatsOfBoxes| {
        let of = &one.all;
        let mut row = vec![Cell::strong(one.reader.clone())];
        row.extend([of.images, one.unseen].map(|count| Cell::new(phrases::thousands(count))));
        row.push(super::readers::estimated(&of.f1));
        row.push(Cell::new(of.mean_iou.map_or_else(|| "none".to_owned(), phrases::plain)));
        row.extend([of.both, of.only[0], of.only[1]].map(|count| Cell::new(phrases::thousands(count))));
        row
    };
    Table { columns, rows: all.iter().map(row).collect(), pressable: false, chosen: None }.ui(ui, theme);
    for one in all {
        for (class, of) in &one.by_class {
            let f1 = of.f1.value.map_or_else(|| "not defined".to_owned(), phrases::plain);
            let text = format!("{}, {}: F1 {f1}, {} both times", one.reader, project.classes.name(*class), of.both);
            ui.add(Label::new(widgets::caption(theme, text)).wrap());
        }
        ui.horizontal(|ui| {
            let [same, apart] = &one.images;
            for (what, images) in [("drew other boxes", apart), ("drew the same twice", same)] {
                let title = format!("{} {what}", one.reader);
                let text = format!("{}: {what}, {}", one.reader, phrases::count(images.len(), "image", "images"));
                if Button::new(&text).enabled(!images.is_empty()).ui(ui, theme).clicked() {
                    open(cx, ImageSet { title, images: Arc::new(images.clone()) });
                }
            }
        });
    }
}
