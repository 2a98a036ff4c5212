//! The application: which screen is shown, what keys and buttons asked for, and where that goes.

use super::action::{Action, Screen};
use super::context::{Fetch, PanelContext};
use super::dialogs::{self, Answer, Ask, Dialogs, NativeDialogs};
use super::guard::Guard;
use super::keymap::Keymap;
use super::prompt::{Confirm, Outcome, PathPrompt, Then};
use super::summary::Summary;
use super::theme::{self, Theme};
use super::turns::Turns;
use super::{data, evaluate, help, import, models, palette, review, start, status_bar, top_bar, train, widgets};
use crate::domain::ModelId;
use crate::session::{Command, DeskCommand, NoticeKind, ProjectCommand, Stepped, View, Workbench};
use egui::{Align2, Context, Frame, LayerId, Margin, Ui};
use std::path::PathBuf;

/// The window's contents over any workbench.
pub struct App {
    bench: Guard,
    dialogs: Box<dyn Dialogs>,
    theme: Theme,
    keymap: Keymap,
    screen: Screen,
    /// The project the screen belongs to; another one begins at Review.
    project: Option<PathBuf>,
    /// The last undo or redo that was followed to Review.
    stepped: Option<Stepped>,
    summary: Summary,
    start: start::State,
    import: import::State,
    review: review::ReviewState,
    data: data::State,
    train: train::State,
    evaluate: evaluate::State,
    models: models::State,
    top_bar: top_bar::State,
    palette: Option<palette::State>,
    help: Option<help::State>,
    confirm: Option<Confirm>,
    /// The person said that the window may close.
    quitting: bool,
    path_prompt: Option<PathPrompt>,
    /// When a path was asked for, in seconds, until the answer is there.
    asked_path: Option<f64>,
}

/// A dialog of the system takes the keyboard within this many seconds; where there is none, it is known before.
const DIALOG_OPENS: f64 = 1.0;

impl App {
    /// A window over this workbench, with the system's file dialogs.
    pub fn new(ctx: &Context, bench: Box<dyn Workbench>) -> Self {
        Self::with_dialogs(ctx, bench, Box::new(NativeDialogs::default()))
    }

    /// The same with other file dialogs.
    pub fn with_dialogs(ctx: &Context, bench: Box<dyn Workbench>, dialogs: Box<dyn Dialogs>) -> Self {
        let theme = Theme::default();
        theme::apply(ctx, &theme);
        Turns::install(ctx);
        Self {
            bench: Guard::new(bench),
            dialogs,
            theme,
            keymap: Keymap::default(),
            screen: Screen::default(),
            project: None,
            stepped: None,
            summary: Summary::default(),
            start: start::State::default(),
            import: import::State::default(),
            review: review::ReviewState::default(),
            data: data::State::default(),
            train: train::State::default(),
            evaluate: evaluate::State::default(),
            models: models::State::default(),
            top_bar: top_bar::State::default(),
            palette: None,
            help: None,
            confirm: None,
            quitting: false,
            path_prompt: None,
            asked_path: None,
        }
    }

    /// The screen that an open project shows.
    pub fn screen(&self) -> Screen {
        self.screen
    }

    fn follow(&mut self, view: &View) {
        self.keymap.follow(view);
        let path = view.project.as_ref().map(|p| p.path.clone());
        let another = self.project != path;
        if another {
            self.project = path;
            self.screen = Screen::Review;
            self.review.leave_project();
            self.bench.another_project();
            // A question about the project that was open has nobody to answer it for any more.
            self.confirm.take_if(|confirm| !confirm.is_quit());
            self.data = data::State::default();
            self.evaluate = evaluate::State::default();
            self.models = models::State::default();
        }
        let stepped = view.project.as_ref().and_then(|project| project.stepped);
        if stepped != self.stepped {
            self.stepped = stepped;
            if stepped.is_some() && !another {
                self.screen = Screen::Review;
            }
        }
        if let Some(project) = &view.project {
            self.summary.follow(project);
            self.train.follow(project);
        }
    }

    /// Whether something lies over the screens and takes the keys.
    fn covered(&self) -> bool {
        self.palette.is_some() || self.help.is_some() || self.confirm.is_some() || self.path_prompt.is_some()
    }

    fn keys(&self, ctx: &Context, view: &View) -> Vec<Action> {
        if self.help.as_ref().is_some_and(help::State::waits_for_a_key) {
            return Vec::new();
        }
        if self.covered() || egui::Popup::is_any_open(ctx) {
            // Keys that open what is open close it again.
            return self.closing().into_iter().filter(|a| self.keymap.take(ctx, a)).collect();
        }
        self.keymap.pressed(ctx, self.screen, view, self.review.shown(view))
    }

    /// The actions that close what lies over the screens.
    fn closing(&self) -> Vec<Action> {
        let palette = self.palette.is_some().then_some(Action::Palette);
        palette.into_iter().chain(self.help.is_some().then_some(Action::Help)).collect()
    }

    /// Says what the next frame has to know of the keyboard.
    fn prepare_keys(&mut self, ctx: &Context) {
        let view = self.bench.view();
        let covered = self.covered() || egui::Popup::is_any_open(ctx);
        let keys = if covered {
            let closing = self.closing();
            closing.iter().filter_map(|action| self.keymap.entry(action)).flat_map(|e| e.keys.clone()).collect()
        } else {
            self.keymap.turning(self.screen, &view, self.review.shown(&view))
        };
        let awaited = self.awaits_keyboard(ctx, &view);
        if !Turns::prepare(ctx, awaited, keys) {
            tracing::warn!("a field that was asked for did not come; what was typed for it is gone");
            self.review.forget_keyboard();
            self.top_bar.edit_reader = false;
        }
    }

    /// Whether a field is about to get the keyboard.
    fn awaits_keyboard(&mut self, ctx: &Context, view: &View) -> bool {
        if self.confirm.is_some() {
            // What is asked for under the question comes after its answer, which must not wait for it.
            return false;
        }
        self.asked_path.take_if(|since| ctx.input(|i| i.time) - *since > DIALOG_OPENS);
        if self.palette.is_some() || self.path_prompt.is_some() {
            return !ctx.text_edit_focused();
        }
        let painted = view.project.is_some() && view.import.is_none();
        if !painted || self.screen != Screen::Review {
            self.review.forget_keyboard();
        }
        self.top_bar.edit_reader &= painted;
        self.asked_path.is_some() || self.top_bar.edit_reader || self.review.awaits_keyboard(ctx, view)
    }

    /// Paints everything. What follows from what was shown is sent, what was pressed is added to the actions.
    fn paint(&mut self, ui: &mut Ui, view: &View, actions: &mut Vec<Action>) {
        let mut commands = Vec::new();
        let (fetch, theme, keymap) = (Fetch::of(&self.bench), &self.theme, &self.keymap);
        let mut cx = PanelContext { fetch, view, theme, keymap, commands: &mut commands, actions };
        top_bar::show(ui, &mut cx, self.screen, &mut self.top_bar);
        status_bar::show(ui, &mut cx);
        let frame = Frame::new().fill(self.theme.background).inner_margin(Margin::ZERO);
        let mut ask = None;
        if view.import.is_none() {
            self.import.close();
        }
        egui::CentralPanel::default().frame(frame).show(ui, |ui| match &view.project {
            _ if view.import.is_some() => ask = import::show(ui, &mut cx, &mut self.import),
            None => start::show(ui, &mut cx, &mut self.start),
            Some(project) => match self.screen {
                Screen::Review => review::show(ui, &mut cx, &mut self.review),
                Screen::Data => data::show(ui, &mut cx, project, &self.summary, &mut self.data),
                Screen::Train => train::show(ui, &mut cx, project, &self.summary, &mut self.train),
                Screen::Evaluate => evaluate::show(ui, &mut cx, project, &mut self.evaluate),
                Screen::Models => models::show(ui, &mut cx, project, &mut self.models),
            },
        });
        let ctx = ui.ctx().clone();
        widgets::notices(&ctx, &mut cx, self.screen);
        if let Some(state) = &mut self.palette
            && !palette::show(&ctx, &mut cx, self.screen, state)
        {
            self.palette = None;
        }
        if let Some(state) = &mut self.help
            && !help::show(&ctx, &mut cx, state)
        {
            self.help = None;
        }
        drop_hint(&ctx, &self.theme);
        self.send_all(commands);
        if let Some(ask) = ask {
            self.asked_path = Some(ctx.input(|i| i.time));
            self.dialogs.ask(ask, &ctx);
        }
    }

    fn send_all(&self, commands: Vec<Command>) {
        commands.into_iter().for_each(|command| self.bench.send(command));
    }

    /// The two dialogs that lie over everything.
    fn prompts(&mut self, ctx: &Context, actions: &mut Vec<Action>) {
        if let Some(confirm) = &self.confirm {
            match confirm.show(ctx, &self.theme) {
                Outcome::Open => {}
                Outcome::Closed => {
                    self.confirm = None;
                    if let Some(image) = self.bench.forget() {
                        self.review.take_back();
                        // Labelling may have gone on to the next image already.
                        actions.push(Action::Show(image));
                    }
                }
                Outcome::Done(then) => {
                    self.confirm = None;
                    match then {
                        Then::Act(action) => actions.push(*action),
                        Then::ChangeTest => self.bench.allow(),
                        Then::Leave { stop, command } => {
                            if stop {
                                self.bench.send(Command::Desk(DeskCommand::StopTraining));
                            }
                            self.bench.send(*command);
                        }
                        Then::Quit => {
                            self.quitting = true;
                            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                        }
                    }
                    ctx.request_repaint();
                }
            }
        }
        if let Some(prompt) = &mut self.path_prompt {
            match prompt.show(ctx, &self.theme) {
                Outcome::Open => {}
                Outcome::Closed => self.path_prompt = None,
                Outcome::Done(path) => {
                    let ask = prompt.ask.clone();
                    self.path_prompt = None;
                    self.answered(&ask, path);
                    ctx.request_repaint();
                }
            }
        }
    }

    fn answered(&mut self, ask: &Ask, path: PathBuf) {
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
        if let Some(command) = ask.command(path) {
            self.hand_over(&self.bench.view(), command);
        }
    }

    fn apply(&mut self, ctx: &Context, view: &View, action: Action) {
        let mut commands = Vec::new();
        self.review.on_action(&action, &mut commands, view);
        self.send_all(commands);
        if action.asks_for_path() {
            self.asked_path = Some(ctx.input(|i| i.time));
        }
        match action {
            Action::OpenImages | Action::AddImages => {
                self.import.open_next(action == Action::AddImages);
                self.dialogs.ask(Ask::Images, ctx);
            }
            Action::OpenFile | Action::AddFile => {
                self.import.open_next(action == Action::AddFile);
                self.dialogs.ask(Ask::ImportFile, ctx);
            }
            Action::ChoosePictures => self.dialogs.ask(Ask::Pictures(Box::new(self.import.source())), ctx),
            Action::ResumeImport => {
                self.import.open_next(view.unfinished.as_ref().is_some_and(|unfinished| unfinished.into));
                self.bench.send(Command::Desk(DeskCommand::ResumeImport));
            }
            Action::ForgetImport => self.bench.send(Command::Desk(DeskCommand::ForgetImport)),
            Action::OpenProject => self.dialogs.ask(Ask::Project, ctx),
            Action::TryDemo => self.hand_over(view, self.start.demo()),
            Action::CloseProject => self.hand_over(view, Command::Desk(DeskCommand::CloseProject)),
            Action::ChooseWeights => self.dialogs.ask(Ask::Weights, ctx),
            Action::Relink => self.dialogs.ask(Ask::Relink, ctx),
            Action::ExportCsv => {
                let name = view.project.as_ref().map_or("labels", |p| p.name.as_str());
                self.dialogs.ask(Ask::Csv(format!("{name}.csv")), ctx);
            }
            Action::ChooseExport(to) => self.dialogs.ask(Ask::ExportTo(to), ctx),
            Action::ExportModel(model) => {
                self.dialogs.ask(Ask::Model(model, model_file(view, model, "safetensors")), ctx);
            }
            Action::ExportCard(model) => self.dialogs.ask(Ask::Card(model, model_file(view, model, "md")), ctx),
            Action::Undo => self.bench.send(Command::Project(ProjectCommand::Undo)),
            Action::Redo => self.bench.send(Command::Project(ProjectCommand::Redo)),
            Action::Train => self.train(view),
            Action::StopTraining => self.bench.send(Command::Desk(DeskCommand::StopTraining)),
            Action::CancelTraining => self.confirm = Some(Confirm::cancel_training()),
            Action::DismissNotices => {
                for notice in &view.notices {
                    self.bench.send(Command::Desk(DeskCommand::DismissNotice(notice.id)));
                }
            }
            Action::Send(command) => self.hand_over(view, command),
            other => self.apply_to_window(ctx, view, &other),
        }
    }

    /// Sends a command, or asks first where it would leave a project whose run is in progress.
    fn hand_over(&mut self, view: &View, command: Command) {
        let running = view.project.as_ref().and_then(|p| Some((p, p.training.as_deref().filter(|t| t.running)?)));
        let leaves = match &command {
            Command::Desk(DeskCommand::OpenProject(path)) => running.is_some_and(|(project, _)| project.path != *path),
            Command::Desk(DeskCommand::CloseProject)
            | Command::Desk(DeskCommand::CreateDemo { .. })
            | Command::Desk(DeskCommand::CreateProject(_)) => true,
            _ => false,
        };
        match running.filter(|_| leaves) {
            Some((project, training)) => self.confirm = Some(Confirm::leave_run(&project.name, training, command)),
            None => self.bench.send(command),
        }
    }

    /// Asks before the window is closed while something is going on that would be lost.
    fn hold_close(&mut self, ctx: &Context, view: &View) {
        if self.quitting || !ctx.input(|i| i.viewport().close_requested()) {
            return;
        }
        if let Some(confirm) = Confirm::quit(view) {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            // Another question gives way, and what it held is not done.
            let _ = self.bench.forget();
            self.palette = None;
            self.help = None;
            self.confirm = Some(confirm);
        }
    }

    /// Actions that change the window alone.
    fn apply_to_window(&mut self, ctx: &Context, view: &View, action: &Action) {
        match action {
            Action::GoTo(screen) => self.screen = *screen,
            Action::FocusFilter | Action::Show(_) => self.screen = Screen::Review,
            Action::Palette => {
                self.palette = if self.palette.is_some() { None } else { Some(palette::State::default()) }
            }
            Action::Help => self.help = if self.help.is_some() { None } else { Some(help::State::default()) },
            Action::ChangeKeys => self.help = Some(help::State::changing()),
            Action::EditReader => self.top_bar.edit_reader = view.project.is_some(),
            Action::ToggleTheme => {
                self.theme = if self.theme.dark { Theme::light() } else { Theme::dark() };
                self.theme.apply(ctx);
            }
            Action::TextLarger => zoom(ctx, 0.1),
            Action::TextSmaller => zoom(ctx, -0.1),
            Action::TextNormal => ctx.set_zoom_factor(1.0),
            Action::FullScreen => {
                let now = ctx.input(|i| i.viewport().fullscreen.unwrap_or(false));
                ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(!now));
            }
            Action::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            _ => {}
        }
    }

    /// Starts a run with the recipe as edited, or shows why none can be started.
    fn train(&mut self, view: &View) {
        self.screen = Screen::Train;
        let Some(project) = &view.project else { return };
        self.summary.follow(project);
        if self.train.problem(view, project, &self.summary).is_none()
            && let Some(command) = self.train.command(view)
        {
            self.bench.send(command);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        while let Some((ask, answer)) = self.dialogs.poll() {
            self.asked_path = None;
            if answer != Answer::Unavailable {
                // The dialog was there, and it was for that.
                Turns::forget_typed(ctx);
            }
            match answer {
                Answer::Path(path) => self.answered(&ask, path),
                Answer::Unavailable => self.path_prompt = Some(PathPrompt::new(ask)),
                Answer::Cancelled => {}
            }
            ctx.request_repaint();
        }
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        if let Some(seconds) = frame.info().cpu_usage {
            // Seen with OVERREAD_LOG=overread::frame=trace.
            tracing::trace!(target: "overread::frame", milliseconds = 1e3 * seconds, "the last frame's own time");
        }
        let ctx = ui.ctx().clone();
        let view = self.bench.view();
        self.follow(&view);
        self.bench.settle();
        self.hold_close(&ctx, &view);
        let mut actions = self.keys(&ctx, &view);
        let dropped = dropped(&ctx);
        if !dropped.is_empty() {
            // Beside an open project it is most likely meant for that; the dialog asks.
            self.import.open_next(view.project.is_some());
        }
        actions.extend(dropped);
        self.paint(ui, &view, &mut actions);
        self.prompts(&ctx, &mut actions);
        if !actions.is_empty() {
            // What was asked for is seen in the next frame, even where the session had nothing to do.
            ctx.request_repaint();
            for passing in view.notices.iter().filter(|notice| notice.kind == NoticeKind::Passing) {
                self.bench.send(Command::Desk(DeskCommand::DismissNotice(passing.id)));
            }
        }
        for action in actions {
            self.apply(&ctx, &view, action);
        }
        if self.confirm.is_none() && self.bench.waits() {
            self.confirm = Some(Confirm::change_test());
            ctx.request_repaint();
        }
        self.prepare_keys(&ctx);
    }

    fn on_exit(&mut self) {
        // A question that nobody answered: what of test images it was about is not done, the rest is.
        let _ = self.bench.forget();
        // A note still being typed is what a person would miss.
        let mut commands = Vec::new();
        self.review.commit_note(&mut commands, &self.bench.view());
        self.send_all(commands);
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        self.theme.background.to_normalized_gamma_f32()
    }
}

fn zoom(ctx: &Context, by: f32) {
    let factor = ((ctx.zoom_factor() + by) * 10.0).round() / 10.0;
    ctx.set_zoom_factor(factor.clamp(0.6, 2.5));
}

/// "small-cnn-3.safetensors".
fn model_file(view: &View, id: ModelId, ending: &str) -> String {
    let models = view.project.as_ref().map(|p| &p.models);
    let name = models.and_then(|m| m.iter().find(|m| m.record.id == id)).map(|m| m.record.card.name.as_str());
    let safe: String = name
        .unwrap_or("model")
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .collect();
    format!("{safe}.{ending}")
}

/// A folder or file dropped on the window.
fn dropped(ctx: &Context) -> Vec<Action> {
    let files = ctx.input(|i| i.raw.dropped_files.clone());
    files.first().map(|f| dialogs::open_path(f.path().to_owned())).into_iter().collect()
}

/// Says what dropping would do while something is held over the window.
fn drop_hint(ctx: &Context, theme: &Theme) {
    if ctx.input(|i| i.raw.hovered_files.is_empty()) {
        return;
    }
    let painter = ctx.layer_painter(LayerId::new(egui::Order::Foreground, egui::Id::unique("drop hint")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0, theme.backdrop);
    let frame = rect.shrink(24.0);
    painter.rect_stroke(frame, 12, egui::Stroke::new(2.0, theme.accent), egui::StrokeKind::Inside);
    let text = "Drop images, annotations or a project";
    painter.text(rect.center(), Align2::CENTER_CENTER, text, super::fonts::semibold(18.0), theme.on_picture);
}
