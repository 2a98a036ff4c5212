//! Chooses the probability from which one of two classes is called, on the validation images, and says since when it is
//! fixed.

use super::model;
use crate::domain::ModelId;
use crate::domain::performance::{FindingGoal, main_class};
use crate::session::{Goal, ProjectCommand, ProjectView, ThresholdChoice, fixed_since};
use crate::ui::context::PanelContext;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button};
use egui::Ui;

/// What is typed.
pub(super) struct Typed {
    /// Wanted sensitivity or specificity.
    share: f64,
    /// How many false alarms a missed finding costs.
    cost: f64,
    /// The threshold itself.
    value: f64,
}

impl Default for Typed {
    fn default() -> Self {
        Self { share: 0.9, cost: 5.0, value: 0.5 }
    }
}

/// Shows it for a model that tells two classes apart; `active` stands beside it.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    [candidate, active]: [Option<ModelId>; 2],
    typed: &mut Typed,
) {
    let theme = cx.theme;
    let Some(row) = candidate.and_then(|id| model(project, id)) else { return };
    let (record, id) = (&row.record, row.record.id);
    let names = project.classes.names();
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    let of = words.get(main_class(&words)).copied().unwrap_or_default();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let now = match record.class_threshold() {
            Some(threshold) => format!(
                "{} is called from a probability of {threshold:.3} on.",
                words.get(1).copied().unwrap_or_default()
            ),
            None => "The more probable class is called.".to_owned(),
        };
        ui.label(widgets::body(theme, now));
        ui.label(widgets::caption(theme, "By hand:"));
        widgets::number(ui, &mut typed.value, "Threshold by hand", 0.0..=1.0, 0.005, 56.0);
        let may = project.read_only.is_none();
        let by_hand = Button::new("Use it").name("Use this threshold").enabled(may);
        let tip = format!("{} is called from this probability on", words.get(1).copied().unwrap_or_default());
        if by_hand.tooltip(tip).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::SetThreshold { model: id, threshold: Some(typed.value) });
            if project.comparison.is_some() {
                cx.send(ProjectCommand::Compare { candidate: id, active });
            }
        }
        let back = Button::new("The more probable").enabled(may && record.class_threshold().is_some());
        if back.tooltip("Takes the threshold away").ui(ui, theme).clicked() {
            cx.send(ProjectCommand::SetThreshold { model: id, threshold: None });
            if project.comparison.is_some() {
                cx.send(ProjectCommand::Compare { candidate: id, active });
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label(widgets::caption(theme, format!("Choose on the validation images, for {of}:")));
        let writable = project.read_only.is_none() && project.counts.splits[1] > 0;
        let mut choose = |ui: &mut Ui, text: &str, tip: &str, goal: FindingGoal| {
            if Button::new(text)
                .name(format!("Threshold: {text}"))
                .enabled(writable)
                .tooltip(tip)
                .ui(ui, theme)
                .clicked()
            {
                let goal = Goal::Finding(goal);
                cx.send(ProjectCommand::ChooseThreshold(ThresholdChoice { model: id, goal, active }));
            }
        };
        choose(ui, "Youden", "The best sum of sensitivity and specificity", FindingGoal::Youden);
        choose(ui, "Best F1", "The best balance of PPV and sensitivity", FindingGoal::F1);
        widgets::number(ui, &mut typed.share, "Wanted share", 0.0..=1.0, 0.005, 56.0);
        let tip = "At least this sensitivity, with the best specificity that leaves";
        choose(ui, "as sensitivity", tip, FindingGoal::Sensitivity(typed.share));
        let tip = "At least this specificity, with the best sensitivity that leaves";
        choose(ui, "as specificity", tip, FindingGoal::Specificity(typed.share));
        widgets::number(ui, &mut typed.cost, "False alarms that a miss costs", 0.01..=1000.0, 0.1, 56.0);
        let tip = "The least cost, where a missed finding costs so many times what a false alarm costs";
        choose(ui, "as cost ratio", tip, FindingGoal::Cost(typed.cost));
    });
    ui.add(egui::Label::new(widgets::caption(theme, fixed_since(&row.prespecified))).wrap());
}
