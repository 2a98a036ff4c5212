//! Which recipe fits a project, and what keeps a run from starting, with the way out of it.

use super::{State, start};
use crate::domain::{AnswerKind, Recipe};
use crate::session::{Command, DeskCommand, PretrainedState, PretrainedView, ProjectView, StartFrom, View};
use crate::ui::action::{Action, Screen};
use crate::ui::context::PanelContext;
use crate::ui::summary::Summary;

/// What the recipe that is proposed learns, by name; of those that a project has the first.
const BOXES: [&str; 1] = ["boxes-light"];
const FINDINGS: [&str; 1] = ["findings-resnet18"];
const GRADES: [&str; 1] = ["knee-cnn"];
/// In this order: the second where there are no weights for the first to start from.
const PHOTOGRAPHS: [&str; 2] = ["ankle-resnet18", "ankle-baseline"];
const RADIOGRAPHS: [&str; 2] = ["fracture-resnet18", "small-cnn"];

/// What images of a project are learned for: boxes where more have boxes than a class or findings.
pub(super) fn learned(project: &ProjectView) -> AnswerKind {
    if project.is_about_boxes() {
        AnswerKind::Boxes
    } else if project.classes.findings {
        AnswerKind::Findings
    } else {
        AnswerKind::Class
    }
}

/// The recipe that a project's images ask for: what was trained last, else what the active model was trained by, else by what
/// is known of the images.
pub fn recipe(view: &View, project: &ProjectView) -> Option<Recipe> {
    let last = project.runs.first().map(|run| &run.recipe);
    let listed = last.filter(|recipe| project.recipes.iter().any(|known| known.name == recipe.name));
    listed.cloned().or_else(|| proposed(learned(project), view, project))
}

/// The recipe to propose that learns this.
fn proposed(kind: AnswerKind, view: &View, project: &ProjectView) -> Option<Recipe> {
    let known = |name: &str| project.recipes.iter().find(|recipe| recipe.name == name);
    let active = project.models.iter().find(|model| model.record.active);
    let of_active = active.and_then(|model| model.record.card.recipe.as_ref());
    let listed = of_active.filter(|recipe| recipe.answers() == kind && known(&recipe.name).is_some());
    if listed.is_some() {
        return listed.cloned();
    }
    let demo = match kind {
        AnswerKind::Boxes => "demo-boxes",
        AnswerKind::Findings => "demo-findings",
        AnswerKind::Class => "demo-cnn",
    };
    let there =
        |recipe: &Recipe| view.pretrained.iter().any(|p| start::fits(p, recipe) && p.state == PretrainedState::There);
    let either = |[first, second]: [&str; 2]| known(first).filter(|recipe| there(recipe)).or_else(|| known(second));
    let fitting = match kind {
        _ if project.demo => known(demo),
        AnswerKind::Boxes => BOXES.into_iter().find_map(known),
        AnswerKind::Findings => FINDINGS.into_iter().find_map(known),
        AnswerKind::Class if project.classes.ordinal => GRADES.into_iter().find_map(known),
        AnswerKind::Class if 2 * project.pictures.colour > project.counts.images => either(PHOTOGRAPHS),
        AnswerKind::Class => either(RADIOGRAPHS),
    };
    let of_kind = || project.recipes.iter().find(|recipe| recipe.answers() == kind);
    fitting.or_else(of_kind).or(project.recipes.first()).cloned()
}

/// Why a run cannot start, and what helps.
#[derive(Clone, Debug, PartialEq)]
pub struct Hurdle {
    /// A sentence.
    pub why: String,
    pub help: Option<Help>,
}

/// What a press does about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Help {
    /// Takes this recipe up.
    Recipe(Box<Recipe>),
    /// Goes where it is done.
    Go(Screen),
    Send(Box<Command>),
    /// Starts from random weights.
    Random,
}

impl Help {
    /// What its button says.
    pub fn button(&self) -> String {
        match self {
            Self::Recipe(recipe) => format!("Use {}", recipe.title),
            Self::Go(Screen::Review) => "Go to Review".to_owned(),
            Self::Go(Screen::Data) => "Go to Data".to_owned(),
            Self::Go(Screen::Train | Screen::Evaluate | Screen::Models) => "Go there".to_owned(),
            Self::Send(command) => match **command {
                Command::Desk(DeskCommand::Download(_)) => "Download".to_owned(),
                Command::Desk(_) | Command::Project(_) => "Do it".to_owned(),
            },
            Self::Random => "Start from random weights".to_owned(),
        }
    }

    /// Does it.
    pub(super) fn press(self, state: &mut State, cx: &mut PanelContext<'_>) {
        match self {
            Self::Recipe(recipe) => (state.recipe, state.start) = (Some(*recipe), None),
            Self::Random => state.start = Some(StartFrom::Random),
            Self::Go(screen) => cx.push(Action::GoTo(screen)),
            Self::Send(command) => cx.send(*command),
        }
    }
}

/// What keeps a run from starting, the first thing first; `None` where nothing does.
pub(super) fn hurdle(state: &State, view: &View, project: &ProjectView, summary: &Summary) -> Option<Hurdle> {
    let plain = |why: &str| Some(Hurdle { why: why.to_owned(), help: None });
    let helped = |why: String, help: Help| Some(Hurdle { why, help: Some(help) });
    if let Some(why) = &project.read_only {
        return plain(why);
    }
    if project.training.as_ref().is_some_and(|t| t.running) {
        return plain("A run is in progress: stop it or let it end first.");
    }
    let Some(now) = state.recipe() else { return plain("There is no recipe.") };
    if let Some(weights) = not_there(state, view) {
        let help = match weights.state {
            PretrainedState::Absent | PretrainedState::Part { .. } => {
                Help::Send(Box::new(Command::Desk(DeskCommand::Download(weights.name.clone()))))
            }
            PretrainedState::Downloading { .. } | PretrainedState::There => Help::Random,
        };
        return helped(format!("{} is not downloaded yet.", weights.title), help);
    }
    let known = |counts: &[usize; 3]| counts.first().copied().unwrap_or(0);
    let kind = now.answers();
    let other = || proposed(learned(project), view, project).map(|recipe| Help::Recipe(Box::new(recipe)));
    let train_images = match kind {
        AnswerKind::Boxes => known(&summary.with_boxes),
        AnswerKind::Class | AnswerKind::Findings => known(&summary.labelled),
    };
    let wrong = match kind {
        AnswerKind::Boxes if train_images == 0 && learned(project) != kind => {
            Some("No training image has a box, and this recipe learns boxes.")
        }
        AnswerKind::Class if project.classes.findings => {
            Some("This recipe learns one class an image, and images here may have several findings.")
        }
        AnswerKind::Class | AnswerKind::Findings if train_images < 2 && learned(project) == AnswerKind::Boxes => {
            Some("This recipe learns classes, and images here have boxes.")
        }
        AnswerKind::Findings if !project.classes.findings => {
            Some("This recipe learns several findings an image, and images here are of one class.")
        }
        AnswerKind::Boxes | AnswerKind::Class | AnswerKind::Findings => None,
    };
    if let Some(why) = wrong {
        return Some(Hurdle { why: why.to_owned(), help: other() });
    }
    let go = |why: &str| helped(why.to_owned(), Help::Go(Screen::Review));
    match kind {
        AnswerKind::Boxes if train_images == 0 => go("Draw boxes on some training images first."),
        AnswerKind::Boxes => None,
        AnswerKind::Class | AnswerKind::Findings if train_images < 2 => {
            // Labels that all lie in the test split teach nothing.
            let elsewhere: usize = summary.labelled.iter().skip(1).sum();
            match elsewhere {
                0 | 1 => go("Label some training images first."),
                many => helped(
                    format!("None of the {many} labelled images is for training: make a new split."),
                    Help::Go(Screen::Data),
                ),
            }
        }
        AnswerKind::Findings => None,
        AnswerKind::Class => {
            let with_images = summary.classes.iter().filter(|s| known(s) > 0).count();
            if with_images < 2 { go("At least two classes need training images.") } else { None }
        }
    }
}

/// The weights that a run is to start from and that are not on this machine.
fn not_there<'a>(state: &State, view: &'a View) -> Option<&'a PretrainedView> {
    let StartFrom::Pretrained(name) = state.start(view) else { return None };
    view.pretrained.iter().find(|p| p.name == name && p.state != PretrainedState::There)
}
