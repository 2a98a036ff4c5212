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

/// Shows it for a model that tells two classes apart; `active` stands beside it, `share` is the wanted sensitivity or
/// specificity that is typed.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    [candidate, active]: [Option<ModelId>; 2],
    share: &mut f64,
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
        widgets::number(ui, share, "Wanted share", 0.0..=1.0, 0.005, 56.0);
        let tip = "At least this sensitivity, with the best specificity that leaves";
        choose(ui, "as sensitivity", tip, FindingGoal::Sensitivity(*share));
        let tip = "At least this specificity, with the best sensitivity that leaves";
        choose(ui, "as specificity", tip, FindingGoal::Specificity(*share));
        let back = Button::new("The more probable").enabled(writable && record.class_threshold().is_some());
        if back.tooltip("Takes the threshold away").ui(ui, theme).clicked() {
            cx.send(ProjectCommand::SetThreshold { model: id, threshold: None });
            if project.comparison.is_some() {
                cx.send(ProjectCommand::Compare { candidate: id, active });
            }
        }
    });
    ui.add(egui::Label::new(widgets::caption(theme, fixed_since(&row.prespecified))).wrap());
}
