//! The right side: the run in progress or the last one, what it is compared with, its log, and runs to be resumed.

use super::curves;
use crate::domain::{AnswerKind, ClassificationReport, ModelId, ModelStatus, RunRecord, RunState};
use crate::session::{ProjectCommand, ProjectView, TrainingView};
use crate::ui::action::{Action, Screen};
use crate::ui::context::PanelContext;
use crate::ui::evaluate::{decide, model_name, outdated, status_tag};
use crate::ui::fonts;
use crate::ui::phrases::{figure, time_left};
use crate::ui::theme::{CONTROL_HEIGHT, space};
use crate::ui::widgets::{self, Button, ButtonStyle, Cell, Column, Table};
use egui::Ui;

pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    interrupted(ui, cx, project);
    match &project.training {
        Some(training) => {
            head(ui, cx, project, training);
            if let Some(error) = &training.error {
                widgets::card(ui, cx.theme, |ui| {
                    ui.label(widgets::strong(cx.theme, "The run ended with an error").color(cx.theme.error));
                    ui.add(egui::Label::new(widgets::body(cx.theme, error)).wrap());
                });
            }
            curves::both(ui, cx.theme, &training.epochs, &training.recipe);
            result(ui, cx, project, Some(training));
            log(ui, cx, &training.log);
        }
        None => {
            before(ui, cx, project);
            result(ui, cx, project, None);
        }
    }
}

/// Nothing runs and nothing ran in this sitting: what is to be expected.
fn before(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let last = project.runs.iter().find(|r| !r.epochs.is_empty() && r.state != RunState::Interrupted);
    if let Some(run) = last {
        ui.label(widgets::heading(cx.theme, format!("Last run · {}", run.recipe.title)));
        curves::both(ui, cx.theme, &run.epochs, &run.recipe);
        return;
    }
    widgets::card(ui, cx.theme, |ui| {
        ui.label(widgets::heading(cx.theme, "Train a model on your labels"));
        let text = "Press Train. The curves appear here, you go on labelling meanwhile, and when it is done the new model stands beside the active one on images neither has seen.";
        ui.add(egui::Label::new(widgets::body(cx.theme, text).color(cx.theme.muted)).wrap());
    });
}

fn head(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, training: &TrainingView) {
    let theme = cx.theme;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        let title =
            egui::Label::new(widgets::heading(theme, format!("Run {} · {}", training.run, training.recipe.title)));
        ui.add(title.extend());
        widgets::chip(ui, theme, &training.phase, "");
        if let Some(rate) = training.images_per_second.filter(|_| training.running) {
            widgets::chip(ui, theme, &format!("{rate:.0} images/s"), "");
        }
        if let Some(wait) = training.epochs.last().map(|e| e.data_wait).filter(|w| w.is_finite() && training.running) {
            widgets::chip(ui, theme, &format!("waits for data {:.0} %", wait * 100.0), "");
        }
        if let Some(model) = training.model.filter(|_| !training.running) {
            status_tag(ui, cx, project, model);
        }
    });
    if training.running {
        ui.add_space(-space::S);
        let row = egui::Layout::right_to_left(egui::Align::Center);
        ui.allocate_ui_with_layout(egui::vec2(ui.available_width(), CONTROL_HEIGHT), row, |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let button = |ui: &mut Ui, cx: &mut PanelContext<'_>, action: Action, text: &str| {
                if Button::new(text).tooltip(cx.tooltip(action.clone())).ui(ui, cx.theme).clicked() {
                    cx.push(action);
                }
            };
            button(ui, cx, Action::CancelTraining, "Cancel");
            button(ui, cx, Action::StopTraining, "Stop, keep best");
            ui.add_space(space::XS);
            ui.label(widgets::caption(theme, training.seconds_left.map(time_left).unwrap_or_default()));
            ui.add_space(space::XS);
            let width = ui.available_width();
            widgets::progress(ui, theme, "Training", Some(training.progress), width);
        });
    }
}

/// Runs that the program's end cut short.
fn interrupted(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let theme = cx.theme;
    let running = project.training.as_ref().filter(|t| t.running);
    let writable = project.read_only.is_none();
    let cut: Vec<&RunRecord> = project.runs.iter().filter(|r| r.state == RunState::Interrupted).take(3).collect();
    for run in cut.into_iter().filter(|r| running.is_none_or(|t| t.run != r.id)) {
        widgets::card_frame(theme).inner_margin(egui::Margin::symmetric(16, 10)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.label(widgets::strong(theme, format!("Run {} · {}", run.id, run.recipe.title)));
                let begun = !run.epochs.is_empty();
                let text = match run.epochs.len() {
                    0 => "did not get to its first epoch".to_owned(),
                    done => format!("was interrupted after epoch {done} of {}", run.recipe.epochs),
                };
                ui.label(widgets::caption(theme, text));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let forget =
                        Button::new("Discard").name(format!("Discard run {}", run.id)).style(ButtonStyle::Quiet);
                    if forget.enabled(writable).tooltip("Throws its checkpoint away").ui(ui, theme).clicked() {
                        cx.send(ProjectCommand::DiscardRun(run.id));
                    }
                    let (word, tip) = match begun {
                        true => ("Resume", "Goes on from the last checkpoint, as if it had never stopped"),
                        false => ("Start again", "With the images and labels it was started with"),
                    };
                    let resume = Button::new(word).name(format!("{word} run {}", run.id));
                    if resume.enabled(writable && running.is_none()).tooltip(tip).ui(ui, theme).clicked() {
                        cx.send(ProjectCommand::ResumeRun(run.id));
                    }
                });
            });
        });
    }
}

/// The models on the test split: the new one beside the active one when the run is done.
fn result(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, training: Option<&TrainingView>) {
    let theme = cx.theme;
    // After the program was started anew, the newest model is still to be decided on.
    let waits = || project.models.first().filter(|m| m.record.status == ModelStatus::Candidate).map(|m| m.record.id);
    let made = match training {
        Some(training) => training.model.filter(|_| !training.running),
        None => waits(),
    };
    let all = made.into_iter().chain(project.active.filter(|a| Some(*a) != made)).chain(
        project.models.iter().map(|m| m.record.id).filter(|id| Some(*id) != made && Some(*id) != project.active),
    );
    let Some(first) = all.clone().next() else { return };
    // Figures of classes, of findings and of boxes do not stand beside one another.
    let kind = answers(project, first);
    let shown: Vec<ModelId> = all.filter(|id| answers(project, *id) == kind).take(4).collect();
    widgets::card(ui, theme, |ui| {
        let title = if made.is_some() {
            "The new model beside the active one, on the test split"
        } else if training.is_some_and(|training| training.running) {
            "When it is done it is compared with the active model on the test split"
        } else {
            "Models on the test split"
        };
        widgets::section(ui, theme, title);
        let findings = if ui.available_width() < ROOM_FOR_EACH { Vec::new() } else { shown_findings(project) };
        let rows = shown.iter().map(|id| row(cx, project, *id, made, &findings)).collect();
        let table =
            Table { columns: columns(project, kind, &findings), rows, pressable: false, chosen: made.map(|_| 0) };
        table.ui(ui, theme);
        if outdated(ui, cx, project, shown.iter().copied())
            && let Some(candidate) = shown.first()
        {
            cx.send(ProjectCommand::Compare { candidate: *candidate, active: shown.get(1).copied() });
        }
        let Some(model) = made else { return };
        ui.add_space(space::XS);
        ui.horizontal(|ui| {
            decide(ui, cx, project, model);
            if Button::new("Go to Evaluate")
                .tooltip("The confusion matrix, and the images whose answers changed")
                .ui(ui, theme)
                .clicked()
            {
                let there = project.comparison.as_ref().is_some_and(|c| c.candidate == model);
                if !there {
                    cx.send(ProjectCommand::Compare {
                        candidate: model,
                        active: project.active.filter(|a| *a != model),
                    });
                }
                cx.push(Action::GoTo(Screen::Evaluate));
            }
        });
    });
}

/// At most this many classes get a column of their own.
const CLASS_COLUMNS: usize = 3;

/// From this width on there is room for a column of each finding.
const ROOM_FOR_EACH: f32 = 740.0;

fn columns(project: &ProjectView, kind: AnswerKind, findings: &[String]) -> Vec<Column> {
    let of = |heads: Vec<String>| std::iter::once(Column::yielding("")).chain(heads.into_iter().map(Column::right));
    match kind {
        AnswerKind::Class => {}
        AnswerKind::Findings => {
            let mut heads = vec!["Mean AUROC".to_owned()];
            heads.extend(findings.iter().map(|name| format!("AUROC {name}")));
            heads.extend(["Mean AP", "Mean F1", "Exact match", "Flips"].map(str::to_owned));
            return of(heads).collect();
        }
        AnswerKind::Boxes => {
            let heads = ["mAP@0.5", "mAP@[.5:.95]", "Precision", "Sensitivity", "F1", "Flips"];
            return of(heads.map(str::to_owned).to_vec()).collect();
        }
    }
    let mut columns = vec![Column::yielding(""), Column::right("Accuracy")];
    let names = project.classes.names();
    if names.len() <= CLASS_COLUMNS {
        columns.extend(names.iter().map(|name| Column::right(format!("Sensitivity {name}"))));
    } else {
        columns.push(Column::right("Balanced accuracy"));
        if project.classes.ordinal {
            columns.push(Column::right("Weighted kappa"));
        }
    }
    columns.extend([Column::right("F1"), Column::right("AUROC"), Column::right("Flips")]);
    columns
}

fn row(
    cx: &PanelContext<'_>,
    project: &ProjectView,
    id: ModelId,
    made: Option<ModelId>,
    shown: &[String],
) -> Vec<Cell> {
    let theme = cx.theme;
    let record = project.models.iter().find(|m| m.record.id == id).map(|m| &m.record);
    let compared = project.comparison.as_deref().filter(|c| c.candidate == id);
    let report = compared.map(|c| &c.candidate_report).or_else(|| record.and_then(|r| r.test.as_ref()));
    let mut name = model_name(project, id);
    if record.is_some_and(|r| r.active) {
        name.push_str(" (active)");
    } else if made == Some(id) {
        name.push_str(" (new)");
    }
    let mut cells = vec![if made == Some(id) { Cell::strong(name) } else { Cell::new(name) }];
    let mut number = |value: Option<f64>| cells.push(Cell::new(figure(value)));
    let flips = compared.filter(|c| c.active.is_some()).map(|c| c.flipped.images.len().to_string());
    let flips = Cell::new(flips.unwrap_or_default()).color(theme.accent);
    match answers(project, id) {
        AnswerKind::Class => {}
        AnswerKind::Findings => {
            let findings = report.and_then(|r| r.findings.as_ref());
            number(findings.and_then(|f| f.macro_auroc));
            for name in shown {
                number(findings.and_then(|f| f.per_finding.get(name)?.auroc));
            }
            number(findings.and_then(|f| f.macro_average_precision));
            number(findings.and_then(|f| f.macro_f1));
            number(findings.and_then(|f| f.exact_match));
            cells.push(flips);
            return cells;
        }
        AnswerKind::Boxes => {
            let detection = report.and_then(|r| r.detection.as_ref());
            number(detection.and_then(|d| d.map50));
            number(detection.and_then(|d| d.map));
            number(detection.map(|d| d.precision));
            number(detection.map(|d| d.recall));
            number(detection.map(|d| d.f1));
            cells.push(flips);
            return cells;
        }
    }
    number(report.map(|r| r.accuracy));
    if project.classes.len() <= CLASS_COLUMNS {
        for name in project.classes.names() {
            number(report.and_then(|r| r.per_class.get(&name)).and_then(|m| m.recall));
        }
    } else {
        number(report.map(|r| r.balanced_accuracy));
        if project.classes.ordinal {
            number(report.and_then(|r| r.quadratic_kappa));
        }
    }
    number(report.and_then(mean_f1));
    number(report.and_then(|r| r.auc));
    cells.push(flips);
    cells
}

/// What a model answers with.
fn answers(project: &ProjectView, id: ModelId) -> AnswerKind {
    let model = project.models.iter().find(|m| m.record.id == id);
    model.map(|m| m.record.card.answers()).unwrap_or_default()
}

/// The findings that get a column of their own: none where they are many.
fn shown_findings(project: &ProjectView) -> Vec<String> {
    let all: Vec<String> = project.classes.finding_places().map(|place| project.classes.name(place)).collect();
    if all.len() <= CLASS_COLUMNS { all } else { Vec::new() }
}

/// Mean F1 over the classes that have test images.
fn mean_f1(report: &ClassificationReport) -> Option<f64> {
    let f1: Vec<f64> = report.per_class.values().filter(|m| m.support > 0).filter_map(|m| m.f1).collect();
    (!f1.is_empty()).then(|| f1.iter().sum::<f64>() / f1.len() as f64)
}

fn log(ui: &mut Ui, cx: &PanelContext<'_>, lines: &[String]) {
    let theme = cx.theme;
    if lines.is_empty() {
        return;
    }
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, "Log");
        let area = egui::ScrollArea::vertical().id_salt("log").max_height(150.0).auto_shrink([false, true]);
        // In the order it was written, with the newest in sight.
        let area = area.stick_to_bottom(true);
        area.show_rows(ui, 16.0, lines.len(), |ui, range| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for line in lines.iter().skip(range.start).take(range.len()) {
                let text = egui::RichText::new(line).font(fonts::monospace(12.0)).color(theme.muted);
                ui.add(egui::Label::new(text).truncate());
            }
        });
    });
}
