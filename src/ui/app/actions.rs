//! What each action does: to the window here, to the Review screen in its own file, to the session by a command.

use super::App;
use super::capture::Capture;
use crate::domain::ModelId;
use crate::session::{Command, DeskCommand, JobKind, ProjectCommand, View, Workbench as _, refused_while_reading};
use crate::ui::action::{Action, ReviewAction, Screen};
use crate::ui::dialogs::Ask;
use crate::ui::prompt::Confirm;
use crate::ui::reason::ReasonPrompt;
use crate::ui::review::Asked;
use crate::ui::{palette, phrases, settings};
use egui::Context;
use std::path::PathBuf;

impl App {
    /// Does an action. `view` is the one last painted.
    pub(super) fn apply(&mut self, ctx: &Context, view: &View, action: Action) {
        if action.asks_for_path() {
            self.asked_path = Some(ctx.input(|i| i.time));
        }
        match action {
            Action::OpenImages => {
                self.keep_note(view);
                self.ask_to_import(ctx, Ask::Images, false);
            }
            Action::OpenFile => self.ask_to_import(ctx, Ask::ImportFile, false),
            Action::AddImages => self.ask_to_import(ctx, Ask::Images, true),
            Action::AddFile => self.ask_to_import(ctx, Ask::ImportFile, true),
            Action::ResumeImport => {
                self.import.open_next(view.unfinished.as_ref().is_some_and(|unfinished| unfinished.into));
                self.bench.send(Command::Desk(DeskCommand::ResumeImport));
            }
            Action::ForgetImport => self.bench.send(Command::Desk(DeskCommand::ForgetImport)),
            Action::OpenProject => {
                self.keep_note(view);
                self.ask_path(ctx, Ask::Project);
            }
            Action::TryDemo => self.hand_over(view, self.start.demo()),
            Action::CloseProject => {
                self.keep_note(view);
                self.hand_over(view, Command::Desk(DeskCommand::CloseProject));
            }
            Action::GoTo(screen) => {
                if screen != Screen::Review {
                    self.keep_note(view);
                }
                self.screen = screen;
            }
            Action::Palette => {
                self.palette = if self.palette.is_some() { None } else { Some(palette::State::default()) }
            }
            Action::Help => self.help = !self.help,
            Action::PastNotices => self.past = !self.past,
            Action::ChangeKeys => self.settings = Some(settings::State::keys()),
            Action::Settings => {
                self.settings = if self.settings.is_some() { None } else { Some(settings::State::default()) };
            }
            Action::ToggleTheme => self.toggle_theme(ctx, view),
            Action::TextLarger => self.zoom_text(ctx, view, Some(0.1)),
            Action::TextSmaller => self.zoom_text(ctx, view, Some(-0.1)),
            Action::TextNormal => self.zoom_text(ctx, view, None),
            Action::FullScreen => {
                let now = ctx.input(|i| i.viewport().fullscreen.unwrap_or(false));
                ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(!now));
            }
            Action::EditReader => self.top_bar.edit_reader = view.project.is_some(),
            Action::Quit => {
                self.keep_note(view);
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }

            Action::Undo => self.step(ProjectCommand::Undo),
            Action::Redo => self.step(ProjectCommand::Redo),
            Action::Train => self.train(view),
            Action::StopTraining => self.bench.send(Command::Desk(DeskCommand::StopTraining)),
            Action::CancelTraining => self.confirm = Some(Confirm::cancel_training()),
            Action::AskPromote(model, name, why) => self.confirm = Some(Confirm::promote(model, &name, &why)),
            Action::ExportCsv => {
                let name = view.project.as_ref().map_or("labels", |p| p.name.as_str());
                self.ask_path(ctx, Ask::Csv(format!("{name}.csv")));
            }
            Action::ExportAudit(filter) => self.ask_path(ctx, Ask::Audit(filter, audit_file(view))),
            Action::ChoosePictures => self.ask_path(ctx, Ask::Pictures(Box::new(self.import.source()))),
            Action::ChooseExport(to) => self.ask_path(ctx, Ask::ExportTo(to)),
            Action::SaveDrawing(drawn) => self.ask_path(ctx, Ask::Drawing(drawn)),
            Action::SaveArea(name, area) => self.capture = Some(Capture::new(name, area)),
            Action::LookAt(set, from) => {
                self.keep_note(view);
                if let Some(project) = view.project.as_deref() {
                    let filter = self.review.look_at(set, from, project);
                    self.bench.send(Command::Project(ProjectCommand::SetFilter(filter)));
                }
                self.screen = Screen::Review;
            }
            Action::WriteReport(request) => self.ask_path(ctx, Ask::Report(request)),
            Action::ImportModel => self.ask_path(ctx, Ask::ImportModel),
            Action::ChoosePreparation => self.ask_path(ctx, Ask::Preparation),
            Action::ExportModel(model) => {
                self.ask_path(ctx, Ask::Model(model, model_file(view, model, "safetensors")));
            }
            Action::ExportCard(model) => self.ask_path(ctx, Ask::Card(model, model_file(view, model, "md"))),
            Action::ChooseWeights => self.ask_path(ctx, Ask::Weights),
            Action::Merge => self.ask_path(ctx, Ask::Merge),
            Action::Relink => self.ask_path(ctx, Ask::Relink),
            Action::Convert => self.plan_conversion(view),
            Action::Ask(title, text, button, command) => {
                self.confirm = Some(Confirm::many(title, text, button, command));
            }
            Action::DismissNotices => {
                for notice in &view.notices {
                    self.bench.send(Command::Desk(DeskCommand::DismissNotice(notice.id)));
                }
            }

            Action::Review(action) => self.on_review(ctx, view, action),
            Action::Send(command) => self.hand_over(view, command),
        }
    }

    /// Does an action of the Review screen, and asks what it has to be asked.
    fn on_review(&mut self, ctx: &Context, view: &View, action: ReviewAction) {
        let mut commands = Vec::new();
        self.review.on_action(action, &mut commands, view);
        self.send_all(commands);
        match self.review.take_asked() {
            Some(Asked::Whether { title, text, button, command }) => {
                self.confirm = Some(Confirm::many(title, text, button, *command));
            }
            Some(Asked::Export(images)) => {
                let name = view.project.as_ref().map_or("labels", |p| p.name.as_str());
                self.ask_path(ctx, Ask::CsvOf(format!("{name}-{}.csv", images.len()), images));
            }
            Some(Asked::Reason(images)) => self.reason = Some(ReasonPrompt::new(images)),
            None => {}
        }
        if matches!(action, ReviewAction::FocusFilter | ReviewAction::Show(_)) {
            self.screen = Screen::Review;
        }
    }

    /// Shows what would become of the project.
    fn plan_conversion(&mut self, view: &View) {
        self.keep_note(view);
        self.screen = Screen::Data;
        self.data.go_to_classes();
        if let Some(project) = view.project.as_deref() {
            let findings = !project.classes.findings;
            self.bench.send(Command::Project(ProjectCommand::PlanConversion { findings }));
        }
    }

    fn step(&mut self, command: ProjectCommand) {
        self.stepping = true;
        self.bench.send(Command::Project(command));
    }

    /// A note that is being typed is what a person would miss: it is sent before its field is gone.
    pub(super) fn keep_note(&mut self, view: &View) {
        let mut commands = Vec::new();
        self.review.commit_note(&mut commands, view);
        self.send_all(commands);
    }

    /// Asks for a path. What a reader of own readings would be refused is refused before one is chosen for it.
    fn ask_path(&mut self, ctx: &Context, ask: Ask) {
        let own = self.bench.view().project.as_ref().is_some_and(|project| project.reading.is_own());
        match ask.command(PathBuf::new()) {
            Some(command) if own && refused_while_reading(&command) => {
                // The session says why, and no dialog takes the keyboard.
                self.asked_path = None;
                self.bench.send(command);
            }
            Some(_) | None => self.dialogs.ask(ask, ctx),
        }
    }

    fn ask_to_import(&mut self, ctx: &Context, ask: Ask, into_project: bool) {
        self.import.open_next(into_project);
        self.ask_path(ctx, ask);
    }

    /// Does what a path was asked for.
    pub(super) fn answered(&mut self, ask: &Ask, path: PathBuf) {
        if matches!(ask, Ask::ProjectLocation(_)) {
            self.import.set_project(&path);
        }
        if matches!(ask, Ask::ExportTo(_)) {
            self.data.export.set_to(&path);
        }
        if matches!(ask, Ask::Weights) {
            self.train.start_from_file(&path);
            self.screen = Screen::Train;
        }
        if matches!(ask, Ask::ImportModel) {
            self.models.begin_adding();
            self.screen = Screen::Models;
        }
        if matches!(ask, Ask::Preparation) {
            self.models.prepare_as(&path);
        }
        if let Some(command) = ask.command(path) {
            self.hand_over(&self.bench.view(), command);
        }
    }

    /// Sends a command, or asks first where it would leave a project whose run is in progress, or break its export off.
    fn hand_over(&mut self, view: &View, command: Command) {
        let open = view.project.as_deref();
        let leaves = match &command {
            Command::Desk(DeskCommand::OpenProject(path)) => open.is_some_and(|project| project.path != *path),
            Command::Desk(DeskCommand::CloseProject)
            | Command::Desk(DeskCommand::CreateDemo { .. })
            | Command::Desk(DeskCommand::CreateProject(_)) => true,
            _ => false,
        };
        let is = |kind: JobKind| view.jobs.iter().any(|job| job.kind == kind);
        let Some(project) = open.filter(|_| leaves) else { return self.bench.send(command) };
        self.remember_left(view);
        match project.training.as_deref().filter(|training| training.running) {
            Some(training) => self.confirm = Some(Confirm::leave_run(&project.name, training, command)),
            None if is(JobKind::Sweep) => self.confirm = Some(Confirm::leave_sweep(&project.name, command)),
            None if is(JobKind::Export) => self.confirm = Some(Confirm::leave_export(&project.name, command)),
            None => self.bench.send(command),
        }
    }

    /// Starts a run with the recipe as edited, or shows why none can be started.
    fn train(&mut self, view: &View) {
        self.screen = Screen::Train;
        let Some(project) = &view.project else { return };
        self.summary.follow(project);
        if self.train.hurdle(view, project, &self.summary).is_none()
            && let Some(command) = self.train.command(view)
        {
            self.bench.send(command);
        }
    }
}

/// "hands-audit.csv".
fn audit_file(view: &View) -> String {
    format!("{}-audit.csv", view.project.as_ref().map_or("project", |p| p.name.as_str()))
}

/// "small-cnn-3.safetensors".
fn model_file(view: &View, id: ModelId, ending: &str) -> String {
    let models = view.project.as_ref().map(|p| &p.models);
    let name = models.and_then(|m| m.iter().find(|m| m.record.id == id)).map(|m| m.record.card.name.as_str());
    format!("{}.{ending}", phrases::file_name(name.unwrap_or("model")))
}
