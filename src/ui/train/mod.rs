//! The Train screen: the recipe and its settings on the left, the run, its curves and its result on the right.

mod all;
mod augmentation;
mod curves;
mod fitting;
mod preview;
mod run;
mod settings;
mod start;
mod sweeps;

pub use self::fitting::Hurdle;
pub use self::fitting::recipe as fitting_recipe;
use super::context::PanelContext;
use super::summary::Summary;
use super::theme::space;
use super::widgets;
use crate::domain::Recipe;
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
    /// The run is shown where there is no room for it beside the recipe.
    run_shown: bool,
    /// What stood over the button last: why no run can start, and whether there is a button for that.
    lines: Option<Option<(String, bool)>>,
}

impl State {
    /// Takes up the recipe that fits a project, and starts afresh with another project.
    pub fn follow(&mut self, view: &View, project: &ProjectView) {
        if self.project != project.path {
            *self = Self { project: project.path.clone(), ..Self::default() };
        }
        if self.recipe.is_none() {
            self.recipe = fitting::recipe(view, project);
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
    pub fn hurdle(&self, view: &View, project: &ProjectView, summary: &Summary) -> Option<Hurdle> {
        fitting::hurdle(self, view, project, summary)
    }
}

/// Below this width the recipe and the run have no room beside each other, in points.
const BESIDE: f32 = 780.0;

/// Shows it.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, summary: &Summary, state: &mut State) {
    state.follow(cx.view, project);
    if ui.available_width() < BESIDE {
        let frame = egui::Frame::new().fill(cx.theme.panel).inner_margin(Margin::symmetric(16, 6));
        egui::Panel::top("parts of training").frame(frame).resizable(false).show(ui, |ui| {
            let part = widgets::segmented(ui, cx.theme, &["Recipe", "Runs"], Some(usize::from(state.run_shown)));
            state.run_shown = part.map_or(state.run_shown, |part| part == 1);
        });
        let fill = if state.run_shown { cx.theme.background } else { cx.theme.panel };
        let frame = egui::Frame::new().fill(fill);
        egui::CentralPanel::default().frame(frame).show(ui, |ui| match state.run_shown {
            true => runs(ui, cx, project, state, false),
            false => settings::show(ui, cx, project, summary, state, false),
        });
        return;
    }
    let frame = egui::Frame::new().fill(cx.theme.panel).inner_margin(Margin::same(0));
    let left = egui::Panel::left("recipe").frame(frame).default_size(360.0).size_range(320.0..=480.0);
    left.show(ui, |ui| settings::show(ui, cx, project, summary, state, true));
    let frame = egui::Frame::new().fill(cx.theme.background);
    egui::CentralPanel::default().frame(frame).show(ui, |ui| runs(ui, cx, project, state, true));
}

/// The run in progress or the last one, or the sweeps; over it all settings by name, where the recipe stands beside it.
fn runs(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State, beside: bool) {
    egui::Frame::new().inner_margin(Margin::symmetric(22, 16)).show(ui, |ui| {
        widgets::screen_scroll(if state.sweeping { "sweeps" } else { "runs" }).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::L;
            let parts = ["One run", "Sweeps"];
            if let Some(part) = widgets::segmented(ui, cx.theme, &parts, Some(usize::from(state.sweeping))) {
                state.sweeping = part == 1;
            }
            let State { recipe, preview, sweeps, all, .. } = state;
            if let Some(recipe) = recipe.as_mut().filter(|_| beside && all.is_open()) {
                widgets::card(ui, cx.theme, |ui| {
                    widgets::section(ui, cx.theme, "All settings by name");
                    let original = project.recipes.iter().find(|k| k.name == recipe.name);
                    all::show(ui, cx.theme, recipe, original, all);
                });
            }
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
    use super::fitting::Help;
    use super::*;
    use crate::domain::{AnswerKind, ClassList};
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
        state.follow(&view, &fresh);
        assert_eq!(state.recipe().map(Recipe::answers), Some(AnswerKind::Findings));
        assert_eq!(state.hurdle(&view, &fresh, &summary), None);
        state.recipe = recipe::find("small-cnn").ok();
        let hurdle = state.hurdle(&view, &fresh, &summary).unwrap();
        assert!(hurdle.why.contains("may have several findings"), "{}", hurdle.why);
        // What helps is a press away.
        let Some(Help::Recipe(fitting)) = hurdle.help else { panic!("{hurdle:?}") };
        assert_eq!(fitting.answers(), AnswerKind::Findings);
    }

    #[test]
    fn what_is_proposed_fits_the_images() {
        let view = Bench::project().view();
        let of = |change: &dyn Fn(&mut ProjectView)| {
            let mut project = ProjectView {
                runs: Default::default(),
                models: Default::default(),
                active: None,
                recipes: recipe::builtin().into(),
                ..(**view.project.as_ref().unwrap()).clone()
            };
            change(&mut project);
            fitting::recipe(&View { pretrained: Default::default(), ..(*view).clone() }, &project).unwrap().name
        };
        assert_eq!(of(&|_| ()), "small-cnn");
        assert_eq!(of(&|project| project.pictures.colour = project.counts.images), "ankle-baseline");
        assert_eq!(
            of(&|project| project.classes =
                std::sync::Arc::new(ClassList { ordinal: true, ..(*project.classes).clone() })),
            "knee-cnn"
        );
        let boxes = |project: &mut ProjectView| project.counts.with_boxes = project.counts.labelled + 1;
        assert_eq!(of(&boxes), "boxes-light");
        let demo_of_boxes = |project: &mut ProjectView| {
            boxes(project);
            project.demo = true;
        };
        assert_eq!((of(&|project| project.demo = true), of(&demo_of_boxes)), ("demo-cnn".into(), "demo-boxes".into()));
    }

    #[test]
    fn boxes_under_a_recipe_of_classes_lead_to_one_that_draws_them() {
        let view = Bench::boxes().view();
        let project = ProjectView {
            recipes: recipe::builtin().into(),
            training: None,
            ..(**view.project.as_ref().unwrap()).clone()
        };
        let mut summary = Summary::default();
        summary.follow(&project);
        let mut state = State { recipe: recipe::find("small-cnn").ok(), ..State::default() };
        state.project = project.path.clone();
        // Nobody gave an image a class there.
        summary.labelled = [0; 3];
        let hurdle = state.hurdle(&view, &project, &summary).unwrap();
        let Some(Help::Recipe(fitting)) = &hurdle.help else { panic!("{hurdle:?}") };
        assert_eq!((fitting.answers(), hurdle.why.contains("images here have boxes")), (AnswerKind::Boxes, true));
    }
}
