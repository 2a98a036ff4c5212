//! Chooses the probability from which a class is called, on the validation images, and says since when it is fixed: of two
//! classes that of the second, of more each class's own.

use super::model;
use crate::domain::performance::{FindingGoal, main_class};
use crate::domain::thresholds::{RULE, RULE_OF_BOXES, RULE_OF_FINDINGS};
use crate::domain::{AnswerKind, ModelId, ModelRecord};
use crate::session::{Goal, ModelRow, ProjectCommand, ProjectView, ThresholdChoice, fixed_since};
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

/// Since when the threshold of a model is fixed, or one class's own.
pub(super) fn since(row: &ModelRow, class: Option<&str>) -> String {
    let of_class = class.and_then(|class| row.prespecified_classes.iter().find(|(name, _)| name == class));
    fixed_since(of_class.map_or(&row.prespecified, |(_, of_class)| of_class))
}

/// How a class is called now.
fn now(row: &ModelRow, names: &[String], class: Option<usize>) -> String {
    let name = |at: usize| names.get(at).map_or("", String::as_str);
    match (class, row.record.thresholds()) {
        (None, own) => match own.of(1) {
            Some(threshold) => format!("{} is called from a probability of {threshold:.3} on.", name(1)),
            None => "The more probable class is called.".to_owned(),
        },
        (Some(class), own) if row.record.card.answers() == AnswerKind::Findings => {
            let threshold = own.of(class).unwrap_or(ModelRecord::THRESHOLD);
            format!("{} is said to be present from a probability of {threshold:.3} on.", name(class))
        }
        (Some(class), own) => match own.of(class) {
            Some(threshold) => format!("{} is called from a probability of {threshold:.3} on.", name(class)),
            None if own.is_empty() => "The most probable class is called.".to_owned(),
            None => format!("{} has no threshold of its own.", name(class)),
        },
    }
}

/// Shows it for a classifier; `active` stands beside it. `class` is the one of more than two whose own threshold it is.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    ([candidate, active], class): ([Option<ModelId>; 2], Option<usize>),
    typed: &mut Typed,
) {
    let theme = cx.theme;
    let Some(row) = candidate.and_then(|id| model(project, id)) else { return };
    let id = row.record.id;
    let names = project.classes.names();
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    let of = words.get(class.unwrap_or_else(|| main_class(&words))).copied().unwrap_or_default();
    let called = words.get(class.unwrap_or(1)).copied().unwrap_or_default();
    let set = |threshold: Option<f64>| match class {
        Some(_) => ProjectCommand::SetClassThreshold { model: id, class: called.to_owned(), threshold },
        None => ProjectCommand::SetThreshold { model: id, threshold },
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let said = ui.label(widgets::body(theme, now(row, &names, class)));
        if class.is_some() && row.record.card.answers() == AnswerKind::Class {
            said.on_hover_text(RULE);
        }
        ui.label(widgets::caption(theme, "By hand:"));
        widgets::number(ui, &mut typed.value, "Threshold by hand", 0.0..=1.0, 0.005, 56.0);
        let may = project.read_only.is_none();
        let by_hand = Button::new("Use it").name("Use this threshold").enabled(may);
        let mut decided = None;
        if by_hand.tooltip(format!("{called} is called from this probability on")).ui(ui, theme).clicked() {
            decided = Some(set(Some(typed.value)));
        }
        let (text, there) = match class {
            None => ("The more probable", row.record.class_threshold().is_some()),
            Some(_) => ("No threshold", row.record.class_thresholds.contains_key(called)),
        };
        if Button::new(text).enabled(may && there).tooltip("Takes the threshold away").ui(ui, theme).clicked() {
            decided = Some(set(None));
        }
        if let Some(decided) = decided {
            cx.send(decided);
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
                cx.send(ProjectCommand::ChooseThreshold(ThresholdChoice { model: id, class, goal, active }));
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
    let since = since(row, class.map(|_| called));
    ui.add(egui::Label::new(widgets::caption(theme, since)).wrap());
    if class.is_some() && !row.record.class_thresholds.is_empty() {
        let rule = match row.record.card.answers() {
            AnswerKind::Class => RULE,
            AnswerKind::Findings => RULE_OF_FINDINGS,
            AnswerKind::Boxes => RULE_OF_BOXES,
        };
        ui.add(egui::Label::new(widgets::caption(theme, rule)).wrap());
    }
}
