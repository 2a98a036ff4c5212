//! How many images there are of what in which split: of each class or finding, or in a project about boxes with and without
//! one.

use crate::domain::{Presence, Split};
use crate::session::{Boxes, Filter, ImageRow, ImageSet, OfFindings, ProjectCommand, ProjectView};
use crate::ui::action::{Action, Screen};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::summary::Summary;
use crate::ui::theme::Theme;
use crate::ui::widgets::{self, Cell, Column, Table};
use egui::Ui;
use std::sync::Arc;

/// A line: its name, images by split, of these reviewed.
struct Line {
    name: String,
    splits: [usize; 3],
    reviewed: usize,
}

impl Line {
    fn cells(&self, theme: &Theme) -> Vec<Cell> {
        let dash =
            |n: usize| if n == 0 { Cell::new("–").color(theme.faint) } else { Cell::new(phrases::thousands(n)) };
        let figures = self.splits.into_iter().chain([self.splits.iter().sum(), self.reviewed]);
        std::iter::once(Cell::strong(self.name.clone())).chain(figures.map(dash)).collect()
    }
}

/// Shows the table; a pressed line opens its images in Review.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, summary: &Summary) {
    let theme = cx.theme;
    ui.spacing_mut().interact_size.y = 16.0;
    ui.horizontal(|ui| {
        widgets::section(ui, theme, "Images");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(widgets::faint(theme, "Press a row to review its images"));
        });
    });
    let (head, lines) = match project.is_about_boxes() {
        _ if project.classes.findings => ("Finding present", of_findings(project, summary)),
        true => ("Boxes", of_boxes(project, summary)),
        false => ("Class", of_classes(project, summary)),
    };
    let mut columns = vec![Column::yielding(head)];
    columns.extend(Split::ALL.iter().map(|s| Column::right(capital(s.name()))));
    columns.extend([Column::right("All"), Column::right("Reviewed")]);
    let mut rows: Vec<Vec<Cell>> = lines.iter().map(|(line, _)| line.cells(theme)).collect();
    let mut total = vec![Cell::strong("All")];
    total.extend(project.counts.splits.map(|n| Cell::strong(phrases::thousands(n))));
    let reviewed = project.counts.images.saturating_sub(project.counts.unreviewed);
    total.extend([project.counts.images, reviewed].map(|n| Cell::strong(phrases::thousands(n))));
    rows.push(total);
    if let Some(pressed) = (Table { columns, rows, pressable: true, chosen: None }).ui(ui, theme) {
        let filter = match lines.get(pressed).map(|(_, kind)| kind) {
            Some(Kind::Class(class)) => Filter { label: Some(*class), ..Filter::default() },
            Some(Kind::Findings(findings)) => Filter { findings: Some(*findings), ..Filter::default() },
            Some(Kind::Boxes(boxes)) => Filter { boxes: Some(*boxes), ..Filter::default() },
            Some(Kind::Open) => Filter { only: Some(open_images(project)), ..Filter::default() },
            None => Filter::default(),
        };
        cx.send(ProjectCommand::SetFilter(filter));
        cx.push(Action::GoTo(Screen::Review));
    }
}

/// What a line's images have in common.
enum Kind {
    Class(usize),
    Findings(OfFindings),
    Boxes(Boxes),
    /// Nobody has said anything of them yet.
    Open,
}

fn of_classes(project: &ProjectView, summary: &Summary) -> Vec<(Line, Kind)> {
    let line = |(index, name): (usize, String)| {
        let splits = summary.classes.get(index).copied().unwrap_or_default();
        let reviewed = summary.reviewed_by_class.get(index).copied().unwrap_or(0);
        (Line { name, splits, reviewed }, Kind::Class(index))
    };
    let mut lines: Vec<(Line, Kind)> = project.classes.names().into_iter().enumerate().map(line).collect();
    if summary.unlabelled.iter().any(|n| *n > 0) {
        let line = Line { name: "No label".into(), splits: summary.unlabelled, reviewed: 0 };
        lines.push((line, Kind::Open));
    }
    lines
}

/// An image may count in several lines, or in none where all that is said of it is uncertain or absent.
fn of_findings(project: &ProjectView, summary: &Summary) -> Vec<(Line, Kind)> {
    let line = |finding: usize| {
        let splits = summary.classes.get(finding).copied().unwrap_or_default();
        let reviewed = summary.reviewed_by_class.get(finding).copied().unwrap_or(0);
        let kind = OfFindings::Said { finding, presence: Some(Presence::Present) };
        (Line { name: project.classes.name(finding), splits, reviewed }, Kind::Findings(kind))
    };
    let mut lines: Vec<(Line, Kind)> = project.classes.finding_places().map(line).collect();
    let none = Line { name: "No finding".into(), splits: summary.no_finding, reviewed: summary.reviewed_no_finding };
    lines.push((none, Kind::Findings(OfFindings::None)));
    if summary.unlabelled.iter().any(|n| *n > 0) {
        let line = Line { name: "Nothing said yet".into(), splits: summary.unlabelled, reviewed: 0 };
        lines.push((line, Kind::Findings(OfFindings::Unsaid)));
    }
    if project.is_about_boxes() || project.counts.with_boxes > 0 {
        lines.extend(of_boxes(project, summary));
    }
    lines
}

fn of_boxes(project: &ProjectView, summary: &Summary) -> Vec<(Line, Kind)> {
    let less = |all: [usize; 3], part: [usize; 3]| {
        let mut rest = all;
        rest.iter_mut().zip(part).for_each(|(rest, part)| *rest = rest.saturating_sub(part));
        rest
    };
    let without = less(summary.boxes_known, summary.with_boxes);
    let [reviewed_with, reviewed_without] = summary.reviewed_boxes;
    let line = |name: &str, splits, reviewed, kind| (Line { name: name.into(), splits, reviewed }, kind);
    let mut lines = vec![
        line("With boxes", summary.with_boxes, reviewed_with, Kind::Boxes(Boxes::Some)),
        line("No boxes", without, reviewed_without, Kind::Boxes(Boxes::None)),
    ];
    let open = less(project.counts.splits, summary.boxes_known);
    if open.iter().any(|n| *n > 0) {
        lines.push(line("Not assessed", open, 0, Kind::Open));
    }
    lines
}

/// The images of which nobody has said a class or a finding, or whether there are boxes.
pub(super) fn open_images(project: &ProjectView) -> ImageSet {
    let boxes = project.is_about_boxes() && !project.classes.findings;
    let open = |row: &&ImageRow| if boxes { !row.boxes.known } else { !row.is_labelled() };
    let images = project.rows.iter().filter(open).map(|row| row.id).collect();
    let what = if boxes || project.classes.findings { "nobody looked at yet" } else { "without a label" };
    ImageSet { title: what.into(), images: Arc::new(images) }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
