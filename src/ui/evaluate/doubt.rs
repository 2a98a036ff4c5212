//! Whether there is reason to ask before a model becomes the active one: it was discarded, never measured, finds nothing, is no
//! better than a guess, or not shown to be better than the model in use.

use super::tiles::apart_of;
use crate::domain::performance::{BoxFigure, OverallFigure};
use crate::domain::report::WithInterval;
use crate::domain::{AnswerKind, ClassificationReport, ModelId, ModelStatus};
use crate::session::{ModelRow, ProjectView};
use crate::ui::phrases::figure;

/// The figure by which models of a kind are held against each other.
struct Key {
    name: &'static str,
    of: fn(&ClassificationReport) -> Option<f64>,
    measured: WithInterval,
}

impl Key {
    fn of(kind: AnswerKind, ordinal: bool) -> Self {
        match kind {
            AnswerKind::Class if ordinal => Self {
                name: "weighted kappa",
                of: |report| report.quadratic_kappa,
                measured: WithInterval::Overall(OverallFigure::QuadraticKappa),
            },
            AnswerKind::Class => Self {
                name: "balanced accuracy",
                of: |report| Some(report.balanced_accuracy),
                measured: WithInterval::Overall(OverallFigure::BalancedAccuracy),
            },
            AnswerKind::Findings => Self {
                name: "mean AUROC",
                of: |report| report.findings.as_ref()?.macro_auroc,
                measured: WithInterval::Overall(OverallFigure::MacroAuroc),
            },
            AnswerKind::Boxes => Self {
                name: "mAP@0.5",
                of: |report| report.detection.as_ref()?.map50,
                measured: WithInterval::Boxes(BoxFigure::Map50),
            },
        }
    }
}

/// Why a model should be looked at once more before it is promoted, a sentence or two; `None` where nothing speaks against it,
/// and for one that was in use before.
pub(in crate::ui) fn doubt(project: &ProjectView, id: ModelId) -> Option<String> {
    let row = model(project, id)?;
    match row.record.status {
        ModelStatus::Promoted => return None,
        ModelStatus::Discarded => return Some("It was discarded.".to_owned()),
        ModelStatus::Candidate => {}
    }
    let compared = project.comparison.as_deref().filter(|comparison| comparison.candidate == id);
    let Some(report) = compared.map(|of| &of.candidate_report).or(row.record.test.as_ref()) else {
        return Some("It was not measured on the test split.".to_owned());
    };
    let kind = row.record.card.answers();
    if let Some(why) = no_better_than_a_guess(report, kind) {
        return Some(why);
    }
    let active = project.models.iter().find(|model| model.record.active)?;
    let key = Key::of(kind, project.classes.ordinal);
    let with_active = compared.filter(|of| of.active.as_ref().is_some_and(|(other, _)| *other == active.record.id));
    let theirs = with_active.and_then(|of| of.active.as_ref()).map(|(_, report)| report);
    let (ours, theirs) = ((key.of)(report)?, (key.of)(theirs.or(active.record.test.as_ref())?)?);
    let (name, other) = (key.name, &active.record.card.name);
    let figures = format!("{} against {}", figure(Some(ours)), figure(Some(theirs)));
    let interval = with_active.and_then(|of| apart_of(of, key.measured)).and_then(|apart| apart.interval);
    match interval {
        _ if ours < theirs => Some(format!("Its {name} is below that of {other}: {figures}.")),
        Some([low, high]) if low <= 0.0 && high >= 0.0 => {
            Some(format!("These test images show no difference to {other} in {name}: {figures}."))
        }
        Some(_) => None,
        None => Some(format!(
            "Whether its {name} differs from that of {other} by more than chance is not known: {figures}."
        )),
    }
}

fn model(project: &ProjectView, id: ModelId) -> Option<&ModelRow> {
    project.models.iter().find(|model| model.record.id == id)
}

/// That a model does no better than one that knows nothing of the picture, where it does not.
fn no_better_than_a_guess(report: &ClassificationReport, kind: AnswerKind) -> Option<String> {
    match kind {
        AnswerKind::Class => {
            let classes = report.per_class.values().filter(|of| of.support > 0).count();
            let chance = 1.0 / classes.max(1) as f64;
            (report.images > 0 && report.balanced_accuracy <= chance).then(|| {
                format!(
                    "Its balanced accuracy, {}, is no better than a guess between {classes} classes, {}.",
                    figure(Some(report.balanced_accuracy)),
                    figure(Some(chance))
                )
            })
        }
        AnswerKind::Findings => {
            let auroc = report.findings.as_ref()?.macro_auroc?;
            (auroc <= 0.5)
                .then(|| format!("Its mean AUROC, {}, is no better than a guess, 0.500.", figure(Some(auroc))))
        }
        AnswerKind::Boxes => {
            let found = report.detection.as_ref()?.map50?;
            (found <= 0.0).then(|| "It finds none of the boxes of the test images (mAP@0.5 is 0).".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Workbench as _;
    use crate::session::fixture::Bench;
    use std::sync::Arc;

    #[test]
    fn what_is_worse_unproven_or_discarded_is_asked_about() {
        let view = Bench::project().view();
        let mut project = (**view.project.as_ref().unwrap()).clone();
        let candidate = project.models.iter().find(|m| m.record.status == ModelStatus::Candidate).unwrap().record.id;
        let active = project.models.iter().find(|m| m.record.active).unwrap().record.clone();
        assert_eq!(doubt(&project, active.id), None);
        let set = |project: &mut ProjectView, id: ModelId, value: f64| {
            project.comparison = None;
            let models = Arc::make_mut(&mut project.models);
            let record = &mut models.iter_mut().find(|m| m.record.id == id).unwrap().record;
            record.test.as_mut().unwrap().balanced_accuracy = value;
        };
        set(&mut project, active.id, 0.8);
        set(&mut project, candidate, 0.7);
        let said = doubt(&project, candidate).unwrap();
        assert!(said.contains("is below that of") && said.ends_with("0.700 against 0.800."), "{said}");
        set(&mut project, candidate, 0.9);
        assert!(doubt(&project, candidate).unwrap().contains("by more than chance is not known"));
        set(&mut project, candidate, 0.5);
        assert!(doubt(&project, candidate).unwrap().contains("no better than a guess between 2 classes, 0.500"));
        let models = Arc::make_mut(&mut project.models);
        models.iter_mut().find(|m| m.record.id == candidate).unwrap().record.status = ModelStatus::Discarded;
        assert_eq!(doubt(&project, candidate).as_deref(), Some("It was discarded."));
    }
}
