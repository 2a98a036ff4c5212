//! The application: which screen is shown, and a frame of it from the view to what is sent.

mod actions;
mod capture;
mod keyboard;
mod remembers;
#[cfg(test)]
mod tests;

use super::action::{Action, ReviewAction, Screen};
use super::context::{Fetch, PanelContext};
use super::dialogs::{self, Answer, Ask, Dialogs, NativeDialogs};
use super::guard::Guard;
use super::keymap::Keymap;
use super::prompt::{Confirm, Outcome, PathPrompt, Then};
use super::readers::Question;
use super::reason::ReasonPrompt;
use super::summary::Summary;
use super::theme::{self, Theme};
use super::turns::Turns;
use super::{
    data, evaluate, help, import, models, palette, past, reading, review, settings, start, status_bar, top_bar, train,
    widgets,
};
use crate::domain::ReadingMode;
use crate::session::{
    Command, DeskCommand, NoticeKind, ProjectCommand, Stepped, ThemeChoice, View, WeightsAsked, Workbench,
};
use capture::{Capture, Taken};
use egui::{Align2, Context, Frame, LayerId, Margin, Ui};
use remembers::Remembers;
use std::path::PathBuf;
use std::sync::Arc;

/// The window's contents over any workbench.
pub struct App {
    bench: Guard,
    dialogs: Box<dyn Dialogs>,
    theme: Theme,
    theme_choice: ThemeChoice,
    keymap: Keymap,
    screen: Screen,
    /// The project the screen belongs to; another one begins at Review.
    project: Option<PathBuf>,
    /// How its reader reads, and who that is where nobody else's words are shown.
    reading: Option<(ReadingMode, Option<String>)>,
    /// The last undo or redo that was followed to Review.
    stepped: Option<Stepped>,
    /// A step back or forth was asked for and is not in the view yet.
    stepping: bool,
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
    /// All keys are shown.
    help: bool,
    /// What was said in this session is shown.
    past: bool,
    settings: Option<settings::State>,
    confirm: Option<Confirm>,
    /// The person said that the window may close.
    quitting: bool,
    path_prompt: Option<PathPrompt>,
    /// Why images are reopened is asked.
    reason: Option<ReasonPrompt>,
    /// When a path was asked for, in seconds, until the answer is there.
    asked_path: Option<f64>,
    /// A part of the window that is being taken as a picture.
    capture: Option<Capture>,
    remembers: Remembers,
    /// Who reads is asked.
    who_reads: Option<Question>,
    /// The last question of that which was answered.
    answered_readers: Option<Arc<Vec<String>>>,
}

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
            theme_choice: ThemeChoice::default(),
            keymap: Keymap::default(),
            screen: Screen::default(),
            project: None,
            reading: None,
            stepped: None,
            stepping: false,
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
            help: false,
            past: false,
            settings: None,
            confirm: None,
            quitting: false,
            path_prompt: None,
            reason: None,
            asked_path: None,
            capture: None,
            remembers: Remembers::default(),
            who_reads: None,
            answered_readers: None,
        }
    }

    /// The screen that an open project shows.
    pub fn screen(&self) -> Screen {
        self.screen
    }

    fn follow(&mut self, ctx: &Context, view: &View) {
        self.follow_preferences(ctx, view);
        self.keymap.follow(view);
        let path = view.project.as_ref().map(|p| p.path.clone());
        // Another way of reading is another project to look at: nothing that was seen before may stay.
        let reading = view.project.as_ref().map(|p| (p.reading, p.reading.is_own().then(|| p.reader.clone())));
        let another = self.project != path || (self.reading != reading && self.reading.is_some());
        self.reading = reading;
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
            // Of several windows, and in the list of tasks, the one that is meant can be told.
            let name = view.project.as_ref().map_or_else(String::new, |project| format!("{} - ", project.name));
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(format!("{name}Overread")));
        }
        self.find_screen(view.project.as_deref());
        self.ask_who_reads(view);
        let stepped = view.project.as_ref().and_then(|project| project.stepped);
        if stepped != self.stepped {
            self.stepped = stepped;
            if let Some(stepped) = stepped.filter(|_| !another) {
                if self.screen != Screen::Review || self.review.image() != Some(stepped.image) {
                    // What was typed after it was meant for what was seen then, not for the image that it leads to.
                    Turns::forget_typed_but(ctx, self.keymap.steps());
                }
                self.screen = Screen::Review;
            }
        }
        self.stepping &= view.project.as_ref().is_some_and(|project| !project.saved);
        if let Some(project) = &view.project {
            self.train.follow(view, project);
        }
    }

    /// Paints everything. What follows from what was shown is sent, what was pressed is added to the actions.
    fn paint(&mut self, ui: &mut Ui, view: &View, actions: &mut Vec<Action>) {
        // Counting 100,000 rows after each label is for the screens that show it.
        if let (Screen::Data | Screen::Train, Some(project)) = (self.screen, &view.project) {
            self.summary.follow(project);
        }
        let mut commands = Vec::new();
        let (fetch, theme, keymap) = (Fetch::of(&self.bench), &self.theme, &self.keymap);
        let mut cx = PanelContext { fetch, view, theme, keymap, commands: &mut commands, actions };
        top_bar::show(ui, &mut cx, self.screen, &mut self.top_bar);
        status_bar::show(ui, &mut cx, self.screen);
        let frame = Frame::new().fill(self.theme.background).inner_margin(Margin::ZERO);
        let mut ask = None;
        if view.import.is_none() {
            self.import.close();
        }
        egui::CentralPanel::default().frame(frame).show(ui, |ui| match &view.project {
            _ if view.import.is_some() => ask = import::show(ui, &mut cx, &mut self.import),
            None => start::show(ui, &mut cx, &mut self.start),
            Some(project) if project.reading.is_own() && self.screen != Screen::Review => {
                reading::closed(ui, &mut cx, project);
            }
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
        if self.help && !help::show(&ctx, &mut cx) {
            self.help = false;
        }
        if self.past && !past::show(&ctx, &cx) {
            self.past = false;
        }
        if let Some(state) = &mut self.settings
            && !settings::show(&ctx, &mut cx, state)
        {
            self.settings = None;
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

    /// Asks who reads where the session does not know.
    fn ask_who_reads(&mut self, view: &View) {
        let asked = view.project.as_ref().and_then(|project| project.readers.as_ref());
        let answered = |asked: &Arc<Vec<String>>| self.answered_readers.as_ref().is_some_and(|a| Arc::ptr_eq(a, asked));
        match asked.filter(|asked| !answered(asked)) {
            Some(asked) if self.who_reads.as_ref().is_none_or(|question| !Arc::ptr_eq(&question.readers, asked)) => {
                self.who_reads = Some(Question::new(asked.clone()));
            }
            Some(_) => {}
            None => self.who_reads = None,
        }
    }

    /// The dialogs that lie over everything.
    fn prompts(&mut self, ctx: &Context, actions: &mut Vec<Action>) {
        if let Some(question) = self.who_reads.as_mut().filter(|_| self.confirm.is_none()) {
            let command = match question.show(ctx, &self.theme) {
                Outcome::Open => None,
                Outcome::Closed => Some(Command::Desk(DeskCommand::CloseProject)),
                Outcome::Done(name) => Some(Command::Project(ProjectCommand::SetReader(name))),
            };
            if let Some(command) = command {
                self.answered_readers = self.who_reads.take().map(|question| question.readers);
                self.bench.send(command);
                ctx.request_repaint();
            }
        }
        if let Some(confirm) = &self.confirm {
            match confirm.show(ctx, &self.theme) {
                Outcome::Open => {}
                Outcome::Closed => {
                    self.confirm = None;
                    if let Some(image) = self.bench.forget() {
                        self.review.take_back();
                        // Labelling may have gone on to the next image already.
                        actions.push(ReviewAction::Show(image).into());
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
        if let Some(prompt) = &mut self.reason {
            match prompt.show(ctx, &self.theme) {
                Outcome::Open => {}
                Outcome::Closed => self.reason = None,
                Outcome::Done(reason) => {
                    let images = std::mem::take(&mut prompt.images);
                    self.reason = None;
                    self.bench.send(Command::Project(ProjectCommand::Reopen { images, reason }));
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

    /// Goes on with a picture of a part of the window, and asks where it is written once it is there.
    fn take_picture(&mut self, ctx: &Context) {
        let Some(capture) = self.capture.take() else { return };
        match capture.step(ctx) {
            Taken::Waiting(capture) => self.capture = Some(capture),
            Taken::Done(drawn) => {
                self.asked_path = Some(ctx.input(|i| i.time));
                self.dialogs.ask(Ask::Drawing(drawn), ctx);
            }
            Taken::Failed => tracing::error!("the screen gave no picture of the plot: save it as SVG"),
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
            (self.help, self.past) = (false, false);
            self.settings = None;
            self.confirm = Some(confirm);
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
        self.frame(ui);
    }

    fn on_exit(&mut self) {
        // A question that nobody answered: what of test images it was about is not done, the rest is.
        let _ = self.bench.forget();
        // A note still being typed is what a person would miss.
        let view = self.bench.view();
        self.keep_note(&view);
        self.remember_left(&view);
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        self.theme.background.to_normalized_gamma_f32()
    }
}

impl App {
    /// One frame: takes the view in, paints it, and sends what was asked for.
    pub fn frame(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        let view = self.bench.view();
        self.follow(&ctx, &view);
        self.bench.settle();
        self.hold_close(&ctx, &view);
        let mut actions = self.keys(&ctx, &view);
        let dropped = dropped(&ctx, &view);
        if dropped.contains(&Action::GoTo(Screen::Models)) {
            self.models.begin_adding();
        } else if !dropped.is_empty() {
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
        if self.bench.waits() {
            self.review.hold_sent(ctx.input(|i| i.time));
        }
        if self.confirm.is_none() && self.bench.waits() {
            self.confirm = Some(Confirm::change_test());
            ctx.request_repaint();
        }
        self.take_picture(&ctx);
        let view = self.bench.view();
        self.remember(&ctx, &view);
        self.prepare_keys(&ctx);
    }
}

/// A folder or file dropped on the window.
fn dropped(ctx: &Context, view: &View) -> Vec<Action> {
    let files = ctx.input(|i| i.raw.dropped_files.clone());
    let Some(path) = files.first().map(|f| f.path().to_owned()) else { return Vec::new() };
    if view.project.is_some() && dialogs::is_weights(&path) {
        let look = ProjectCommand::LookAtWeights(Box::new(WeightsAsked::of(path)));
        return vec![Action::GoTo(Screen::Models), Action::Send(Command::Project(look))];
    }
    vec![dialogs::open_path(path)]
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
    let text = "Drop images, annotations, a project or a model's weights";
    painter.text(rect.center(), Align2::CENTER_CENTER, text, super::fonts::semibold(18.0), theme.on_picture);
}
