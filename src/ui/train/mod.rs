//! The Train screen: the recipe and its settings on the left, the run, its curves and its result on the right.

mod all;
mod augmentation;
mod curves;
mod preview;
mod run;
mod settings;
mod start;
mod sweeps;

use super::context::PanelContext;
use super::summary::Summary;
use super::theme::space;
use super::widgets;
use crate::domain::{AnswerKind, Recipe};
use crate::session::{Command, PretrainedState, PretrainedView, ProjectCommand, ProjectView, StartFrom, View};
use egui::{Margin, Ui};
use std::path::{Path, PathBuf};

/// What the screen remembers: the recipe as edited.
#[derive(Default)]
pub struct State {
    project: PathBuf,
    recipe: Option<Recipe>,
    /// The less common settings are shown.
    more: bool,
    preview: preview::State,
    /// What the run starts from; `None` until somebody chose, see [`State::start`].
    start: Option<StartFrom>,
    /// Every setting by name.
    all: all::State,
    /// Sweeps are shown in the place of single runs.
    sweeping: bool,
    sweeps: sweeps::State,
}

impl State {
    /// Takes the first recipe of a project up, and starts afresh with another project.
    pub fn follow(&mut self, project: &ProjectView) {
        if self.project != project.path {
            *self = Self { project: project.path.clone(), ..Self::default() };
        }
        if self.recipe.is_none() {
            // What was trained last here is what will most likely be trained next.
            let last = project.runs.first().map(|r| &r.recipe);
            let listed = last.filter(|r| project.recipes.iter().any(|known| known.name == r.name));
            // The first that learns what images have here.
            let fits = |recipe: &&Recipe| (recipe.answers() == AnswerKind::Findings) == project.classes.findings;
            let usual = project.recipes.iter().find(fits).or(project.recipes.first());
            self.recipe = listed.or(usual).cloned();
        }
    }

    /// The recipe as it stands.
    pub fn recipe(&self) -> Option<&Recipe> {
        self.recipe.as_ref()
    }

    /// What a run starts from: what was chosen; else, where pretrained weights for the recipe's network are there, the
    /// first of them; else random weights.
    pub fn start(&self, view: &View) -> StartFrom {
        if let Some(chosen) = &self.start {
            return chosen.clone();
        }
        let fits = |p: &PretrainedView| self.recipe.as_ref().is_some_and(|recipe| start::fits(p, recipe));
        let there = view.pretrained.iter().find(|p| fits(p) && p.state == PretrainedState::There);
        there.map_or(StartFrom::Random, |p| StartFrom::Pretrained(p.name.clone()))
    }

    /// The next run starts from this file.
    pub fn start_from_file(&mut self, file: &Path) {
        self.start = Some(StartFrom::File(file.to_owned()));
    }

    /// What the button Train sends.
    pub fn command(&self, view: &View) -> Option<Command> {
        let recipe = Box::new(self.recipe.clone()?);
        Some(match self.start(view) {
            StartFrom::Random => Command::Project(ProjectCommand::Train(recipe)),
            start => Command::Project(ProjectCommand::TrainFrom { recipe, start }),
        })
    }

    /// Why no run can be started now, as a sentence.
    pub fn problem(&self, view: &View, project: &ProjectView, summary: &Summary) -> Option<String> {
        if let Some(why) = &project.read_only {
            return Some(why.clone());
        }
        if project.training.as_ref().is_some_and(|t| t.running) {
            return Some("A run is in progress: stop it or let it end first.".into());
        }
        if self.recipe.is_none() {
            return Some("There is no recipe.".into());
        }
        if let StartFrom::Pretrained(name) = self.start(view)
            && let Some(weights) = view.pretrained.iter().find(|p| p.name == name)
            && weights.state != PretrainedState::There
        {
            return Some(format!("Download {} first, or start from something else.", weights.title));
        }
        if self.recipe().is_some_and(|r| r.architecture.draws_boxes()) {
            let none = summary.with_boxes.first().copied().unwrap_or(0) == 0;
            return none.then(|| "Draw boxes on some training images first.".into());
        }
        let findings = project.classes.findings;
        match self.recipe().map(Recipe::answers) {
            Some(AnswerKind::Class) if findings => {
                return Some("Images here may have several findings: choose a recipe that learns findings.".into());
            }
            Some(AnswerKind::Findings) if !findings => {
                return Some("Images here are of one class: choose a recipe that learns classes.".into());
            }
            Some(AnswerKind::Class | AnswerKind::Findings | AnswerKind::Boxes) | None => {}
        }
        if summary.labelled.first().copied().unwrap_or(0) < 2 {
            return Some("Label some training images first.".into());
        }
        if findings {
            return None;
        }
        let with_images = summary.classes.iter().filter(|s| s[0] > 0).count();
        if with_images < 2 {
            return Some("At least two classes need training images.".into());
        }
        None
    }
}

/// Shows it.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, summary: &Summary, state: &mut State) {
    state.follow(project);
    let frame = egui::Frame::new().fill(cx.theme.panel).inner_margin(Margin::same(0));
    let left = egui::Panel::left("recipe").frame(frame).default_size(360.0).size_range(320.0..=480.0);
    left.show(ui, |ui| settings::show(ui, cx, project, summary, state));
    let frame = egui::Frame::new().fill(cx.theme.background).inner_margin(Margin::symmetric(22, 16));
    egui::CentralPanel::default().frame(frame).show(ui, |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::L;
            let parts = ["One run", "Sweeps"];
            if let Some(part) = widgets::segmented(ui, cx.theme, &parts, Some(usize::from(state.sweeping))) {
                state.sweeping = part == 1;
            }
            let State { recipe, preview, sweeps, .. } = state;
            match recipe {
                Some(recipe) if state.sweeping => sweeps::show(ui, cx, project, recipe, sweeps),
                recipe => {
                    if let Some(recipe) = recipe {
                        preview::show(ui, cx, project, recipe, preview);
                    }
                    run::show(ui, cx, project);
                }
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Workbench as _;
    use crate::session::fixture::Bench;
    use crate::training::recipe;

    #[test]
    fn a_project_of_findings_is_offered_a_recipe_that_learns_them() {
        let view = Bench::findings().view();
        let project = view.project.as_deref().unwrap();
        let mut summary = Summary::default();
        summary.follow(project);
        let mut state = State::default();
        // Whatever was trained there, what is offered first is asked of a project without runs.
        let fresh = ProjectView { runs: Default::default(), recipes: recipe::builtin().into(), ..project.clone() };
        state.follow(&fresh);
        assert_eq!(state.recipe().map(Recipe::answers), Some(AnswerKind::Findings));
        assert_eq!(state.problem(&view, &fresh, &summary), None);
        state.recipe = recipe::find("small-cnn").ok();
        let problem = state.problem(&view, &fresh, &summary).unwrap();
        assert!(problem.contains("learns findings"), "{problem}");
    }
}
