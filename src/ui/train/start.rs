//! What a run starts from: random weights, a model of the project, pretrained weights, or a file.

use super::State;
use super::settings::NAME_WIDTH;
use crate::domain::Recipe;
use crate::session::{DeskCommand, ModelRow, PretrainedState, PretrainedView, ProjectView, StartFrom};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::phrases::time_left;
use crate::ui::widgets::{self, Button};
use egui::Ui;

pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let theme = cx.theme;
    let Some(recipe) = state.recipe().cloned() else { return };
    let network = recipe.architecture.name();
    let start = state.start(cx.view);
    let weights: Vec<&PretrainedView> = cx.view.pretrained.iter().filter(|p| fits(p, &recipe)).collect();
    let fits = |m: &&ModelRow| m.problem.is_none() && m.record.card.architecture.name() == network;
    let models: Vec<&ModelRow> = project.models.iter().filter(fits).collect();
    let mut choose_file = false;
    widgets::labelled(ui, theme, "Start from", NAME_WIDTH, &advice(&recipe, &start, &weights), |ui| {
        let width = ui.available_width();
        let (_, chosen) = widgets::drop_down(ui, theme, "Start from", &words(&start, project, &weights), width, |ui| {
            let mut chosen = None;
            let mut offer = |ui: &mut Ui, text: &str, value: StartFrom| {
                if widgets::choice(ui, theme, text, value == start) {
                    chosen = Some(value);
                }
            };
            offer(ui, "Random weights", StartFrom::Random);
            for each in &weights {
                offer(ui, &offered(each), StartFrom::Pretrained(each.name.clone()));
            }
            // The active model comes first among the models.
            for model in models.iter().filter(|m| m.record.active).chain(models.iter().filter(|m| !m.record.active)) {
                offer(ui, &model_words(model), StartFrom::Model(model.record.id));
            }
            if let StartFrom::File(_) = &start {
                offer(ui, &words(&start, project, &weights), start.clone());
            }
            choose_file = widgets::choice(ui, theme, "Choose file…", false);
            chosen
        });
        if let Some(Some(chosen)) = chosen {
            state.start = Some(chosen);
        }
        if let StartFrom::Pretrained(name) = state.start(cx.view)
            && let Some(weights) = weights.iter().find(|p| p.name == name)
        {
            download(ui, cx, weights);
        }
    });
    if choose_file {
        cx.push(Action::ChooseWeights);
    }
}

/// Whether pretrained weights are of the recipe's network or of its backbone.
pub(super) fn fits(weights: &PretrainedView, recipe: &Recipe) -> bool {
    let network = &recipe.architecture;
    let backbone = network.detector().map(|detector| detector.backbone.name());
    [Some(network.name()), backbone].contains(&Some(weights.architecture.as_str()))
}

/// What the field says.
fn words(start: &StartFrom, project: &ProjectView, weights: &[&PretrainedView]) -> String {
    match start {
        StartFrom::Random => "Random weights".to_owned(),
        StartFrom::Model(id) => {
            let model = project.models.iter().find(|m| m.record.id == *id);
            model.map_or_else(|| "a model that is gone".to_owned(), model_words)
        }
        StartFrom::Pretrained(name) => {
            weights.iter().find(|p| p.name == *name).map_or_else(|| name.clone(), |p| p.title.clone())
        }
        StartFrom::File(file) => file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
    }
}

fn model_words(model: &ModelRow) -> String {
    let name = &model.record.card.name;
    if model.record.active { format!("{name}, the active model") } else { name.clone() }
}

fn offered(weights: &PretrainedView) -> String {
    match weights.state {
        PretrainedState::There => weights.title.clone(),
        _ => format!("{}  ({} to download)", weights.title, weights.size),
    }
}

/// What is recommended for the recipe, or what is odd about the choice.
fn advice(recipe: &Recipe, start: &StartFrom, weights: &[&PretrainedView]) -> String {
    let random = *start == StartFrom::Random;
    let tunes = recipe.freeze_backbone_epochs > 0 || recipe.frozen_stages > 0;
    match weights.first() {
        Some(first) if random && tunes => {
            format!(
                "This recipe fine-tunes what a network has learned before, and there is nothing yet: take {}",
                first.title
            )
        }
        Some(first) if random => format!("Recommended: {}", first.title),
        None if random && tunes => {
            "This recipe fine-tunes what a network has learned before, and there is nothing yet".to_owned()
        }
        _ => match start {
            StartFrom::Pretrained(name) => {
                weights.iter().find(|p| p.name == *name).map(|p| p.figures.clone()).unwrap_or_default()
            }
            StartFrom::File(file) => file.display().to_string(),
            StartFrom::Model(_) => "Goes on learning from that model's weights".to_owned(),
            StartFrom::Random => String::new(),
        },
    }
}

/// The state of chosen weights that are not there, with what can be done about it.
fn download(ui: &mut Ui, cx: &mut PanelContext<'_>, weights: &PretrainedView) {
    let theme = cx.theme;
    match weights.state {
        PretrainedState::There => {}
        PretrainedState::Absent | PretrainedState::Part { .. } => {
            let text = match weights.state {
                PretrainedState::Part { share } => {
                    format!("Go on downloading, {:.0} % of {} is there", 100.0 * share, weights.size)
                }
                _ => format!("Download {}", weights.size),
            };
            let tip = format!("From {}\nMade with {}\n{}", weights.url, weights.made_with, weights.licence);
            let name = format!("Download {}", weights.title);
            if Button::new(&text).name(name).tooltip(tip).ui(ui, theme).clicked() {
                cx.send(DeskCommand::Download(weights.name.clone()));
            }
        }
        PretrainedState::Downloading { job } => {
            let found = cx.view.jobs.iter().find(|j| j.id == job).cloned();
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = crate::ui::theme::space::S;
                let progress = found.as_ref().and_then(|j| j.progress);
                widgets::progress(ui, theme, &format!("Downloading {}", weights.title), progress, 96.0);
                let cancel = Button::new("Cancel").height(20.0).name("Cancel the download");
                if cancel.enabled(found.is_some()).ui(ui, theme).clicked() {
                    cx.send(DeskCommand::CancelJob(job));
                }
            });
            if let Some(job) = found {
                let left = job.seconds_left.map(time_left).unwrap_or_default();
                let text = if left.is_empty() { job.message } else { format!("{}, {left}", job.message) };
                ui.label(widgets::caption(theme, text));
            }
        }
    }
}
