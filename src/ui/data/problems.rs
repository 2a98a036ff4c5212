//! Duplicates and what ties splits together: each kind with what it means, what to do at once, and its sets.

use super::counts::open_images;
use super::{State, open};
use crate::domain::ImageId;
use crate::session::{
    Analysis, ImageRow, ImageSet, Problem, ProblemKind, ProjectCommand, ProjectView, findings_in_words, kept_in_words,
};
use crate::ui::action::{Action, ReviewAction};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button};
use egui::{Ui, Vec2, vec2};
use std::collections::HashMap;
use std::sync::Arc;

/// Sets of each kind that are shown; all of them open in Review.
const SETS: usize = 12;
/// Images of a set that are shown.
const IMAGES: usize = 6;
const SIDE: f32 = 64.0;

/// Shows them.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    analysis: &Analysis,
    state: &mut State,
) {
    let theme = cx.theme;
    if analysis.unmeasured > 0 {
        widgets::card(ui, theme, |ui| {
            let images = phrases::count(analysis.unmeasured, "picture", "pictures");
            ui.label(widgets::strong(theme, format!("{images} not measured")).color(theme.warning));
            let text = "They were imported before brightness and look were kept, so near duplicates and brightness are not known of them.";
            ui.add(egui::Label::new(widgets::body(theme, text)).wrap());
            let writable = project.read_only.is_none();
            if Button::new("Look at the pictures again").enabled(writable).ui(ui, theme).clicked() {
                cx.send(ProjectCommand::Measure);
            }
        });
    }
    if !analysis.said_at_import.is_empty() {
        widgets::card(ui, theme, |ui| said_at_import(ui, cx, project, &analysis.said_at_import));
    } else if analysis.problems.is_empty() {
        widgets::card(ui, theme, |ui| {
            ui.label(widgets::heading(theme, "Nothing found"));
            ui.label(widgets::caption(theme, "No duplicates, and no group in two splits."));
        });
    }
    let rows: HashMap<ImageId, &ImageRow> = project.rows.iter().map(|row| (row.id, row)).collect();
    for found in &analysis.problems {
        widgets::card(ui, theme, |ui| problem(ui, cx, project, found, &rows, state));
    }
}

/// What imports left for a person to decide, with the images that have no label since.
fn said_at_import(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, said: &[String]) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Found at import");
    for sentence in said.iter().take(SETS) {
        ui.add(egui::Label::new(widgets::caption(theme, sentence)).wrap());
    }
    if said.len() > SETS {
        ui.label(widgets::faint(theme, format!("and {} more", said.len() - SETS)));
    }
    let unsaid = open_images(project);
    if !unsaid.images.is_empty() && Button::new(&format!("Review images {}", unsaid.title)).ui(ui, theme).clicked() {
        open(cx, unsaid);
    }
}

/// What a kind of problem does to a model and to its figures.
fn meaning(kind: ProblemKind, findings: bool) -> &'static str {
    match kind {
        ProblemKind::ConflictingLabels if findings => {
            "A finding is present on the picture and absent on the same, or nearly the same: one is wrong. Open them and decide."
        }
        ProblemKind::ConflictingLabels => {
            "The same picture, or nearly, has two labels: at most one is right. Open them and decide."
        }
        ProblemKind::DuplicatesAcrossSplits => {
            "A model is tested on pictures it was trained on, so its figures are too good."
        }
        ProblemKind::GroupsAcrossSplits => {
            "Images of one group, a patient or uploader, lie in two splits: a model may recognise them."
        }
        ProblemKind::ExactDuplicates => "Files of the same content count more than once.",
        ProblemKind::NearDuplicates => {
            "Pictures that look alike: scaled, saved again, or two exposures. Look before you leave one out."
        }
    }
}

fn problem(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    problem: &Problem,
    rows: &HashMap<ImageId, &ImageRow>,
    state: &mut State,
) {
    let theme = cx.theme;
    let name = problem.kind.name();
    widgets::section(ui, theme, name);
    let sets = phrases::count(problem.sets.len(), "set", "sets");
    ui.add(
        egui::Label::new(widgets::body(theme, format!("{sets}. {}", meaning(problem.kind, project.classes.findings))))
            .wrap(),
    );
    ui.horizontal(|ui| {
        let all: Vec<ImageId> = problem.sets.iter().flatten().copied().collect();
        if Button::new("Review all").name(format!("Review all {name}")).ui(ui, theme).clicked() {
            open(cx, ImageSet { title: name.into(), images: Arc::new(all) });
        }
        fixes(ui, cx, project, problem.kind, &problem.sets, &format!("all {name}"), true);
    });
    for (number, set) in problem.sets.iter().enumerate().take(SETS) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing = Vec2::splat(space::S);
            for image in set.iter().take(IMAGES).filter_map(|id| rows.get(id)) {
                if widgets::thumbnail_button(ui, cx, &mut state.thumbnails, image, SIDE).clicked() {
                    cx.push(ReviewAction::Show(image.id));
                }
            }
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing = vec2(space::S, 2.0);
                for image in set.iter().take(3).filter_map(|id| rows.get(id)) {
                    let line = format!("{}, {}, {}", image.name, said(project, image), image.split.name());
                    ui.add(egui::Label::new(widgets::caption(theme, line)).truncate());
                }
                if set.len() > 3 {
                    ui.label(widgets::faint(theme, format!("and {} more", set.len() - 3)));
                }
                ui.horizontal(|ui| {
                    let which = format!("set {} of {name}", number + 1);
                    if Button::new("Review").name(format!("Review {which}")).height(22.0).ui(ui, theme).clicked() {
                        open(cx, ImageSet { title: which.clone(), images: Arc::new(set.clone()) });
                    }
                    fixes(ui, cx, project, problem.kind, std::slice::from_ref(set), &which, false);
                });
            });
        });
    }
    if problem.sets.len() > SETS {
        let more = phrases::count(problem.sets.len() - SETS, "more set", "more sets");
        ui.label(widgets::faint(theme, format!("and {more}; all of them open in Review")));
    }
}

/// What readers say of an image, in a word or two.
fn said(project: &ProjectView, image: &ImageRow) -> String {
    if let Some(findings) = &image.findings {
        return findings_in_words(&findings.known(), &project.classes);
    }
    match (image.label, image.boxes.drawn) {
        (Some(label), _) => project.classes.name(usize::from(label)),
        (None, 0) if project.is_about_boxes() => if image.boxes.known { "no box" } else { "not assessed" }.into(),
        (None, 0) => "no label".into(),
        (None, drawn) => phrases::count(drawn.into(), "box", "boxes"),
    }
}

/// What mends a kind of problem with one press.
fn fixes(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    kind: ProblemKind,
    sets: &[Vec<ImageId>],
    which: &str,
    all: bool,
) {
    let height = if all { crate::ui::theme::CONTROL_HEIGHT } else { 22.0 };
    let writable = project.read_only.is_none();
    let copies = !matches!(kind, ProblemKind::GroupsAcrossSplits | ProblemKind::ConflictingLabels);
    let across = matches!(kind, ProblemKind::GroupsAcrossSplits | ProblemKind::DuplicatesAcrossSplits);
    if copies {
        let button = Button::new("Keep one").name(format!("Keep one of {which}")).enabled(writable).height(height);
        let tip = "The others lose their label and boxes and are flagged, so that nothing trains on them. It is said before \
                   what would be done, and Undo brings them back.";
        if button.tooltip(tip).ui(ui, cx.theme).clicked() {
            let title = format!("Keep one image of {which}?");
            let text = kept_in_words(&project.rows, sets);
            let button = if all { "Keep one of each" } else { "Keep one, leave the others out" };
            cx.push(Action::Ask(title, text, button, ProjectCommand::KeepOne(sets.to_vec()).into()));
        }
    }
    if across {
        let button = Button::new("Move to one split").name(format!("Move {which} to one split"));
        let tip = "To the training split where one of them is there, because what was trained on cannot test. It can be undone under Splits.";
        if button.enabled(writable).height(height).tooltip(tip).ui(ui, cx.theme).clicked() {
            cx.send(ProjectCommand::MoveTogether(sets.to_vec()));
        }
    }
}
