//! Two small dialogs: a path typed by hand where the system has no file dialog, and a question before something is lost.

use super::action::Action;
use super::dialogs::{Ask, expand_home};
use super::theme::{Theme, space};
use super::widgets::{self, Button, ButtonStyle};
use crate::domain::ModelId;
use crate::session::{Command, DeskCommand, JobKind, ProjectCommand, TrainingView, View};
use egui::{Context, Id, Modal, Vec2};
use std::path::PathBuf;

/// Asking for a path in the window itself.
pub struct PathPrompt {
    pub ask: Ask,
    text: String,
}

/// What became of a dialog in this frame.
pub enum Outcome<T> {
    Open,
    Closed,
    Done(T),
}

impl PathPrompt {
    pub fn new(ask: Ask) -> Self {
        Self { text: ask.suggestion(), ask }
    }

    /// Shows it.
    pub fn show(&mut self, ctx: &Context, theme: &Theme) -> Outcome<PathBuf> {
        let mut outcome = Outcome::Open;
        let modal = Modal::new(Id::unique("path")).frame(widgets::dialog_frame(theme)).backdrop_color(theme.backdrop);
        let response = modal.show(ctx, |ui| {
            ui.set_width(460.0);
            ui.spacing_mut().item_spacing.y = space::S;
            ui.label(widgets::heading(theme, self.ask.title()));
            let text = "This system has no file chooser. Type or paste the path; ~ is your home folder.";
            ui.add(egui::Label::new(widgets::caption(theme, text)).wrap());
            let width = ui.available_width();
            let field = widgets::text_field(ui, theme, &mut self.text, "Path", self.ask.example(), width);
            if !field.has_focus() && !field.lost_focus() {
                field.request_focus();
            }
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            let ready = !self.text.trim().is_empty();
            ui.horizontal(|ui| {
                let go =
                    Button::new("OK").key("Enter").style(ButtonStyle::Primary).enabled(ready).ui(ui, theme).clicked();
                if (go || entered) && ready {
                    outcome = Outcome::Done(expand_home(&self.text));
                }
                if Button::new("Cancel").key("Esc").ui(ui, theme).clicked() {
                    outcome = Outcome::Closed;
                }
            });
        });
        if matches!(outcome, Outcome::Open) && response.should_close() { Outcome::Closed } else { outcome }
    }
}

/// A question before something is thrown away or cannot be taken back easily.
pub struct Confirm {
    pub title: String,
    pub text: String,
    /// What can be done, the first most likely meant.
    pub choices: Vec<Choice>,
    /// What the button says that leaves all as it is.
    pub stay: &'static str,
}

/// A button of a question.
pub struct Choice {
    pub button: &'static str,
    pub style: ButtonStyle,
    pub then: Then,
}

/// What a choice leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    Act(Box<Action>),
    /// Test images may be changed from now on.
    ChangeTest,
    /// Another project is opened, or none, while the run of this one goes on, or is stopped with its best kept.
    Leave {
        stop: bool,
        command: Box<Command>,
    },
    Quit,
}

impl Confirm {
    /// Before a run is cancelled.
    pub fn cancel_training() -> Self {
        let then = Then::Act(Box::new(Action::Send(Command::Desk(DeskCommand::CancelTraining))));
        Self {
            title: "Cancel this run?".into(),
            text: "Nothing of it is kept. \"Stop, keep best\" would make a model of the best epoch so far.".into(),
            choices: vec![Choice { button: "Cancel the run", style: ButtonStyle::Danger, then }],
            stay: "Go on",
        }
    }

    /// Before a model becomes the active one that there is a reason to doubt.
    pub fn promote(model: ModelId, name: &str, why: &str) -> Self {
        let then = Then::Act(Box::new(Action::Send(Command::Project(ProjectCommand::Promote(model)))));
        Self {
            title: format!("Promote {name}?"),
            text: format!(
                "{why} Promoted, it predicts every image again; under Models an earlier one can be taken back."
            ),
            choices: vec![Choice { button: "Promote it all the same", style: ButtonStyle::Plain, then }],
            stay: "Cancel",
        }
    }

    /// Before a test image is changed, once in a sitting.
    pub fn change_test() -> Self {
        Self {
            title: "Change the test images?".into(),
            text:
                "Test images measure the models. Another label, box or split of one changes the yardstick: all figures \
                   made before are marked until the models are evaluated again. This is asked once, not again until the \
                   project is opened the next time."
                    .into(),
            choices: vec![Choice { button: "Change them", style: ButtonStyle::Danger, then: Then::ChangeTest }],
            stay: "Leave them",
        }
    }

    /// Before something is done to many images that replaces what readers said, or takes others along.
    pub fn many(title: String, text: String, button: &'static str, command: Command) -> Self {
        let then = Then::Act(Box::new(Action::Send(command)));
        let choices = vec![Choice { button, style: ButtonStyle::Primary, then }];
        Self { title, text, choices, stay: "Leave them" }
    }

    /// Before a project is left in which a run is in progress.
    pub fn leave_run(project: &str, training: &TrainingView, command: Command) -> Self {
        let then = |stop| Then::Leave { stop, command: Box::new(command.clone()) };
        Self {
            title: format!("A run is in progress in {project}"),
            text: format!(
                "{}. It can go on in the background: the bar below shows how far it is and leads back. Stopped, the best \
                 weights so far become a model.",
                far(training)
            ),
            choices: vec![
                Choice { button: "Keep training in the background", style: ButtonStyle::Primary, then: then(false) },
                Choice { button: "Stop, keep the best so far", style: ButtonStyle::Plain, then: then(true) },
            ],
            stay: "Stay here",
        }
    }

    /// Before a project is left of which an export is being written.
    pub fn leave_export(project: &str, command: Command) -> Self {
        let then = Then::Leave { stop: false, command: Box::new(command) };
        Self {
            title: format!("An export of {project} is being written"),
            text:
                "It is broken off where the project is left: what it has written is not whole, and it would have to be \
                   made again."
                    .into(),
            choices: vec![Choice { button: "Break the export off", style: ButtonStyle::Danger, then }],
            stay: "Stay here",
        }
    }

    /// Before a project is left in which a sweep is in progress.
    pub fn leave_sweep(project: &str, command: Command) -> Self {
        let then = Then::Leave { stop: false, command: Box::new(command) };
        Self {
            title: format!("A sweep is in progress in {project}"),
            text: "It stops where the project is left. What is done is kept, and it can go on from there on the Train \
                   screen."
                .into(),
            choices: vec![Choice { button: "Stop it for now", style: ButtonStyle::Primary, then }],
            stay: "Stay here",
        }
    }

    /// Before the program is quit; `None` where nothing is going on that would be lost.
    pub fn quit(view: &View) -> Option<Self> {
        let here = view.project.as_ref().and_then(|p| Some((p.name.as_str(), p.training.as_deref()?)));
        let elsewhere = view.elsewhere.iter().filter_map(|p| Some((p.name.as_str(), p.training.as_deref()?)));
        let runs: Vec<(&str, &TrainingView)> =
            here.into_iter().chain(elsewhere).filter(|(_, training)| training.running).collect();
        let mut lines: Vec<String> = runs
            .iter()
            .map(|(name, training)| match training.epochs.len() {
                0 => format!("The run in {name} has not done its first epoch: it would have to start again."),
                done => format!(
                    "The run in {name} is kept with its best so far, and can be resumed after epoch {done} of {}.",
                    training.recipe.epochs
                ),
            })
            .collect();
        let is = |kind: JobKind| view.jobs.iter().any(|job| job.kind == kind);
        if is(JobKind::Import) {
            lines.push(
                "The import is broken off; what of a folder was looked at is noted, and the next start offers to go on."
                    .into(),
            );
        }
        if is(JobKind::Export) {
            lines.push("The export is broken off: what it has written is not whole, export again.".into());
        }
        if is(JobKind::Sweep) {
            lines
                .push("The sweep stops; what is done is kept, and it can go on from there on the Train screen.".into());
        }
        let only_runs = lines.len() == runs.len();
        let has_best = runs.iter().all(|(_, training)| !training.epochs.is_empty());
        (!lines.is_empty()).then(|| Self {
            title: "Quit now?".into(),
            text: lines.join("\n"),
            choices: vec![Choice {
                button: match (only_runs, has_best) {
                    (true, true) => "Stop, keep the best so far, and quit",
                    (true, false) => "Stop and quit",
                    (false, _) => "Break off and quit",
                },
                style: ButtonStyle::Danger,
                then: Then::Quit,
            }],
            stay: if only_runs { "Go on training" } else { "Go on" },
        })
    }

    /// Whether it is about the program and not about the project that is open.
    pub fn is_quit(&self) -> bool {
        self.choices.iter().any(|choice| choice.then == Then::Quit)
    }

    /// Shows it.
    pub fn show(&self, ctx: &Context, theme: &Theme) -> Outcome<Then> {
        let mut outcome = Outcome::Open;
        let modal =
            Modal::new(Id::unique("confirm")).frame(widgets::dialog_frame(theme)).backdrop_color(theme.backdrop);
        let response = modal.show(ctx, |ui| {
            ui.set_width(500.0);
            ui.spacing_mut().item_spacing = Vec2::splat(space::S);
            ui.label(widgets::heading(theme, &*self.title));
            ui.add(egui::Label::new(widgets::body(theme, &*self.text).color(theme.muted)).wrap());
            ui.horizontal_wrapped(|ui| {
                for choice in &self.choices {
                    if Button::new(choice.button).style(choice.style).ui(ui, theme).clicked() {
                        outcome = Outcome::Done(choice.then.clone());
                    }
                }
                if Button::new(self.stay).key("Esc").ui(ui, theme).clicked() {
                    outcome = Outcome::Closed;
                }
            });
        });
        if matches!(outcome, Outcome::Open) && response.should_close() { Outcome::Closed } else { outcome }
    }
}

/// How far a run is, in words.
fn far(training: &TrainingView) -> String {
    match training.epochs.len() {
        0 => "Its first epoch is not done".to_owned(),
        done => format!("{done} of {} epochs are done", training.recipe.epochs),
    }
}
