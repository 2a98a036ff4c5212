//! The split editor: shares, seed and groups in, what would move and what that invalidates out, then apply or not.

use crate::domain::{Split, SplitRatios};
use crate::session::{ProjectCommand, ProjectView, SplitOptions, SplitPlan};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle, Cell, Column, Table};
use egui::Ui;

/// What is typed.
pub(super) struct State {
    train: f64,
    validation: f64,
    test: f64,
    seed: u64,
    freeze_test: bool,
    group: String,
}

impl Default for State {
    fn default() -> Self {
        let SplitRatios { train, validation, test } = SplitRatios::default();
        // A test split that models were measured on stays what it is unless somebody says otherwise.
        // With the seed that an import divides with.
        Self { train, validation, test, seed: 1, freeze_test: true, group: String::new() }
    }
}

impl State {
    fn options(&self) -> SplitOptions {
        SplitOptions {
            ratios: SplitRatios { train: self.train, validation: self.validation, test: self.test },
            seed: self.seed,
            freeze_test: self.freeze_test,
            group: Some(self.group.trim().to_owned()).filter(|group| !group.is_empty()),
        }
    }
}

/// Shows it.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    widgets::card(ui, cx.theme, |ui| editor(ui, cx, project, state));
    if let Some(plan) = &project.data.plan {
        widgets::card(ui, cx.theme, |ui| preview(ui, cx, project, plan));
    }
    widgets::card(ui, cx.theme, |ui| history(ui, cx, project));
}

fn editor(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let theme = cx.theme;
    widgets::section(ui, theme, "New split");
    let width = 150.0;
    widgets::labelled(ui, theme, "Shares", width, "Every class keeps these shares, as far as groups allow.", |ui| {
        let across = ui.available_width() >= 340.0;
        let mut shares = |ui: &mut Ui| {
            ui.spacing_mut().item_spacing = egui::vec2(space::S, space::XS);
            for (name, value) in
                [("Train", &mut state.train), ("Validation", &mut state.validation), ("Test", &mut state.test)]
            {
                let off = name == "Test" && state.freeze_test;
                ui.add_enabled_ui(!off, |ui| {
                    ui.label(widgets::caption(theme, name));
                    widgets::number(ui, value, &format!("{name} share"), 0.0..=1000.0, 1.0, 60.0);
                });
            }
        };
        if across {
            ui.horizontal(&mut shares)
        } else {
            ui.vertical(&mut shares)
        };
    });
    widgets::labelled(ui, theme, "Test split", width, "Figures stay comparable as long as it stays.", |ui| {
        widgets::check(ui, &mut state.freeze_test, "Leave as it is");
    });
    widgets::labelled(ui, theme, "Seed", width, "The same seed divides the same images alike.", |ui| {
        widgets::number(ui, &mut state.seed, "Seed", 0..=u64::from(u32::MAX), 1.0, 90.0);
    });
    let help = "A regular expression whose first group in the name is the patient or uploader. Empty: the groups there are. Groups and copies always stay together.";
    widgets::labelled(ui, theme, "Groups from names", width, help, |ui| {
        widgets::text_field(ui, theme, &mut state.group, "Group expression", "none; for example ^([0-9]{7})", 260.0);
    });
    let sum = state.train + state.validation + if state.freeze_test { 0.0 } else { state.test };
    ui.horizontal(|ui| {
        let show = Button::new("Show what would move").style(ButtonStyle::Primary);
        if show.enabled(sum > 0.0 && !project.rows.is_empty()).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::PlanSplit(state.options()));
        }
        if sum <= 0.0 {
            ui.label(widgets::caption(theme, "All shares are 0: give one of them more.").color(theme.warning));
        }
    });
}

fn preview(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, plan: &SplitPlan) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Preview of the new split");
    let moved = phrases::count(plan.moves.len(), "image moves", "images move");
    ui.label(widgets::strong(theme, format!("{moved} ({})", plan.what)));
    let mut columns = vec![Column::yielding("Class")];
    columns.extend(["Train", "Validation", "Test"].map(Column::right));
    let names = project.classes.names();
    let rest = super::unclassed(project);
    let arrow = |(before, after): (&usize, &usize)| {
        let text = if before == after { phrases::thousands(*after) } else { format!("{before} → {after}") };
        if before == after { Cell::new(text) } else { Cell::strong(text) }
    };
    let line = |(class, (before, after)): (usize, (&[usize; 3], &[usize; 3]))| {
        let name = names.get(class).map_or(rest, String::as_str);
        let mut cells = vec![Cell::new(name)];
        cells.extend(before.iter().zip(after).map(arrow));
        cells
    };
    let given = |(class, (before, _)): &(usize, (&[usize; 3], &[usize; 3]))| {
        *class < names.len() || before.iter().sum::<usize>() > 0
    };
    let rows = plan.before.iter().zip(&plan.after).enumerate().filter(given).map(line).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
    if plan.groups > 0 {
        let groups = phrases::count(plan.groups, "group", "groups");
        ui.label(widgets::caption(theme, format!("{groups}, each in one split")));
    }
    for one in &plan.invalidated {
        let images = phrases::count(one.images, "image", "images");
        let text = format!(
            "{} was trained or tuned on {images} of the new test split: its test figures no longer count.",
            one.model
        );
        ui.add(egui::Label::new(widgets::body(theme, text).color(theme.warning)).wrap());
    }
    if plan.joins_test > 0 {
        let text = joining_in_words(plan.joins_test);
        ui.add(egui::Label::new(widgets::body(theme, text).color(theme.warning)).wrap());
    }
    if plan.test_changes {
        let text = "The test split becomes another one: figures and comparisons of before cannot be laid beside later ones. Compare models again.";
        ui.add(egui::Label::new(widgets::body(theme, text).color(theme.warning)).wrap());
    }
    ui.horizontal(|ui| {
        let any = !plan.moves.is_empty() || !plan.regroups.is_empty();
        let apply = Button::new("Apply").name("Apply the division").style(ButtonStyle::Primary);
        if apply.enabled(any && project.read_only.is_none()).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::ApplySplit);
        }
        if Button::new("Cancel").name("Leave the splits as they are").ui(ui, theme).clicked() {
            cx.send(ProjectCommand::DismissSplit);
        }
    });
}

/// Why images join a test split that is left as it is.
fn joining_in_words(count: usize) -> String {
    format!(
        "{} the test split although it is left as it is, because other images of the same patient or uploader, or the very \
         same picture, are in it already: outside of it a model would be tested on what it learned from.",
        phrases::count(count, "image joins", "images join")
    )
}

fn history(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Changes so far");
    let splits = Split::ALL.iter().zip(project.counts.splits);
    let now: Vec<String> = splits.map(|(s, n)| format!("{} {}", s.name(), phrases::thousands(n))).collect();
    ui.label(widgets::caption(theme, format!("Now {}.", now.join(", "))));
    if project.data.history.is_empty() {
        ui.label(widgets::caption(theme, "The images are divided as they were imported."));
    }
    for line in project.data.history.iter() {
        ui.horizontal(|ui| {
            ui.label(widgets::caption(theme, format!("{}  {}", line.time, line.who)));
            let moved = phrases::count(line.moved, "image", "images");
            ui.label(widgets::body(theme, format!("{} ({moved})", line.what)));
            if line.undoable {
                let may = project.read_only.is_none() && line.mine;
                let tip = if line.mine { String::new() } else { format!("Only {} can take this back", line.who) };
                let undo = Button::new("Undo").name("Undo the last change of the splits").enabled(may);
                if undo.tooltip(tip).ui(ui, theme).clicked() {
                    cx.send(ProjectCommand::UndoSplit);
                }
            }
        });
    }
}
