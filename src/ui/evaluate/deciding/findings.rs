//! The same where an image may have several findings: each has a temperature and a rule of its own.

use super::{Asked, State, calibrate, model, not_sure, writable};
use crate::domain::ModelId;
use crate::domain::finding_calibration::{FindingCalibration, FindingsCalibration, OutcomeFigures};
use crate::session::ProjectView;
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Cell, Column, Table};
use egui::Ui;

/// Shows what is decided about the probabilities of findings, beside how it does on the test images.
pub(in crate::ui::evaluate) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    [candidate, active]: [Option<ModelId>; 2],
    state: &mut State,
) {
    let theme = cx.theme;
    let Some(row) = candidate.and_then(|id| model(project, id)) else { return };
    let record = &row.record;
    let of = Asked { model: record.id, active, writable: writable(project) };
    let seen = project.findings_calibration.as_deref();
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, "Calibration and “not sure”");
        let fitted = record.finding_temperatures.iter().filter(|one| one.why_own().is_none()).count();
        let now = match record.finding_temperatures.len() {
            0 => "Its own probabilities are used.".to_owned(),
            all if all == fitted => "Its probabilities are calibrated, each finding by its own temperature.".to_owned(),
            all => {
                format!("Its probabilities are calibrated: {fitted} of {all} findings by a temperature of their own.")
            }
        };
        let tip = "Fits one number a finding on the validation images, which makes its probabilities as sure as they should be. \
                   Images on which it is uncertain or was not assessed have no part. The thresholds move along, so that the \
                   same images are called. Ctrl+Z takes it back";
        calibrate(ui, cx, of, (now, tip), !record.finding_temperatures.is_empty());
        for one in record.finding_temperatures.iter().filter(|one| one.why_own().is_some() || one.is_of_few()) {
            ui.add(egui::Label::new(widgets::caption(theme, one.sentence())).wrap());
        }
        if let Some(seen) = seen {
            figures(ui, theme, seen);
            if let Some(worse) = seen.worse() {
                ui.add(egui::Label::new(widgets::body(theme, worse).color(theme.warning)).wrap());
            }
        }
        ui.add_space(space::M);
        let now = match &record.finding_rules {
            Some(rules) => format!(
                "It may be not sure of a finding, so that at most {:.1} % of its answers about each miss the truth.",
                100.0 * rules.miss
            ),
            None => "It says of each finding whether it is there, however unsure it is.".to_owned(),
        };
        let tip = "Chooses on the validation images, for each finding, how likely an outcome must be to belong to the answer. \
                   Where present and absent both are likely enough, or neither is, the answer is “not sure”; Review sorts \
                   and filters by that";
        let back = (
            "Present or absent only",
            "It says of each finding whether it is there again",
            record.finding_rules.is_some(),
        );
        not_sure(ui, cx, of, (now, tip), back, &mut state.miss);
        let rules = record.finding_rules.iter();
        for text in rules.flat_map(|rules| rules.each.iter().filter_map(|one| one.too_few(rules.miss))) {
            ui.add(egui::Label::new(widgets::caption(theme, text)).wrap());
        }
        if let Some((seen, sentence)) = seen.and_then(|seen| Some((seen, seen.sentence()?))) {
            ui.add(egui::Label::new(widgets::caption(theme, format!("Test images: {sentence}"))).wrap());
            answers(ui, theme, seen);
        }
    });
}

fn number(theme: &Theme, value: Option<f64>) -> Cell {
    match value {
        Some(value) => Cell::strong(phrases::plain(value)),
        None => Cell::new("not defined").color(theme.muted),
    }
}

/// Before and after, finding by finding.
fn figures(ui: &mut Ui, theme: &Theme, seen: &FindingsCalibration) {
    ui.add_space(space::S);
    let images = phrases::count(seen.images, "test image", "test images");
    let calibrated = seen.is_calibrated();
    let text = if calibrated { "its own probabilities, then calibrated" } else { "its own probabilities" };
    ui.label(widgets::caption(theme, format!("On {images}, each finding on those on which it is known: {text}")));
    let mut columns = vec![Column::yielding("Finding"), Column::right("Images"), Column::right("With it")];
    if calibrated {
        columns.push(Column::right("Temperature"));
    }
    for (title, ..) in OutcomeFigures::default().rows().into_iter().take(3) {
        columns.push(Column::right(title));
        if calibrated {
            columns.push(Column::right("calibrated"));
        }
    }
    let row = |of: &FindingCalibration| {
        let mut cells = vec![
            Cell::strong(of.finding.clone()).hint(hint(of)),
            Cell::new(of.images.to_string()).color(theme.muted),
            Cell::new(of.positives.to_string()).color(theme.muted),
        ];
        if calibrated {
            let by = of.temperature.as_ref().map_or(1.0, |by| by.temperature);
            cells.push(Cell::new(format!("{by:.3}")));
        }
        let now = of.calibrated.as_ref().unwrap_or(&of.own).rows();
        for ((_, own, _), (_, now, _)) in of.own.rows().into_iter().zip(now).take(3) {
            cells.push(number(theme, own));
            if calibrated {
                cells.push(number(theme, now));
            }
        }
        cells
    };
    let rows = seen.findings.iter().map(row).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
}

/// What a finding's figures are of, and those that have no column.
fn hint(of: &FindingCalibration) -> String {
    let plain = |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), phrases::plain);
    let line = |figures: &OutcomeFigures| {
        format!(
            "slope {} (1 is best), calibration in the large {} (0 is best)",
            plain(figures.slope),
            plain(figures.intercept)
        )
    };
    let now = of.calibrated.as_ref().map_or_else(String::new, |now| format!("\nCalibrated: {}", line(now)));
    let by = of.temperature.as_ref().map_or_else(String::new, |by| format!("{}\n", by.sentence()));
    format!(
        "{by}Lower is better of log loss, Brier score and calibration error (ten ranges)\nIts own: {}{now}",
        line(&of.own)
    )
}

/// How answers that may be "not sure" did, finding by finding.
fn answers(ui: &mut Ui, theme: &Theme, seen: &FindingsCalibration) {
    ui.add_space(space::S);
    let columns = vec![
        Column::yielding("Finding"),
        Column::right("Images"),
        Column::right("Hold the truth"),
        Column::right("Coverage"),
        Column::right("95 % interval"),
        Column::right("Of those with it"),
        Column::right("Not sure"),
    ];
    let miss = seen.miss.unwrap_or_default();
    let row = |of: &FindingCalibration| {
        let answers = of.answers?;
        let coverage = Cell::strong(phrases::plain(answers.coverage.value));
        let muted = |text: String| Cell::new(text).color(theme.muted);
        Some(vec![
            Cell::strong(of.finding.clone()).hint(of.answers_sentence(miss).unwrap_or_default()),
            muted(answers.images.to_string()),
            muted(answers.covered.to_string()),
            if answers.falls_short(miss) { coverage.color(theme.warning) } else { coverage },
            muted(format!("{} to {}", phrases::plain(answers.coverage.low), phrases::plain(answers.coverage.high))),
            muted(format!("{} of {}", answers.covered_positives, answers.positives)),
            Cell::strong(answers.not_sure.to_string()),
        ])
    };
    let rows = seen.findings.iter().filter_map(row).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
}
