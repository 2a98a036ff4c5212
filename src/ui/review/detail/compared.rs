//! What the models of the last comparison say of an image that they were compared on, beside the active one.

use super::sentence;
use crate::domain::prediction::answered_findings;
use crate::domain::{AnswerKind, ModelRecord};
use crate::session::{ProjectView, Said, findings_in_words};
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::theme::space;
use crate::ui::widgets;
use egui::Ui;

/// Shows a line a model; nothing where this image was not compared, or by the active model alone.
pub(super) fn show(ui: &mut Ui, cx: &PanelContext<'_>, current: &Current<'_>) {
    let others = lines(current);
    if others.is_empty() {
        return;
    }
    let theme = cx.theme;
    ui.add_space(space::S);
    let title = if current.project.active.is_some() { "Other models say" } else { "The models say" };
    widgets::section_with(ui, theme, title, |_| {});
    for line in others {
        sentence(ui, theme, line);
    }
}

/// "knee-cnn: grade 2 (0.43)", of each model but the active one.
fn lines(current: &Current<'_>) -> Vec<String> {
    let project = current.project;
    let said = project.comparison.as_deref().map_or(&[][..], |comparison| &comparison.said);
    let of = |(model, said): &(crate::domain::ModelId, std::sync::Arc<Vec<Said>>)| {
        let row = project.models.iter().find(|row| row.record.id == *model && !row.record.active)?;
        let said = said.iter().find(|said| said.image == current.row.id)?;
        Some(format!("{}: {}", row.record.card.name, answer(project, &row.record, &said.probabilities)?))
    };
    let boxes = current.detail.map_or(&[][..], |detail| &detail.others).iter().map(|other| {
        let count = match other.boxes.len() {
            1 => "1 box".to_owned(),
            count => format!("{count} boxes"),
        };
        format!("{}: {count} from a score of {:.2} on", other.name, other.threshold)
    });
    said.iter().filter_map(of).chain(boxes).collect()
}

/// What a model calls an image, in words.
fn answer(project: &ProjectView, record: &ModelRecord, probabilities: &[f32]) -> Option<String> {
    match record.card.answers() {
        AnswerKind::Class => {
            let class = record.thresholds().called(probabilities)?;
            let p = probabilities.get(class)?;
            Some(format!("{} ({p:.2})", project.classes.name(class)))
        }
        AnswerKind::Findings => {
            let said = answered_findings(probabilities, &record.finding_thresholds(), &project.classes);
            Some(findings_in_words(&said, &project.classes))
        }
        // Told by how many there are, from what each has said of the image.
        AnswerKind::Boxes => None,
    }
}
