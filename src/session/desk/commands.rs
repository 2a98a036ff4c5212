//! What each command does at the desk: to the workbench itself, or handed on to the open project with what follows from it.

use crate::domain::{ImageId, ReadingMode};
use crate::jobs::CancelReason;
use crate::session::demo::making;
use crate::session::desk::Desk;
use crate::session::desk::job_board::Kind;
use crate::session::desk::jobs::{MAKING, MAKING_DEMO};
use crate::session::desk::notices::Tried;
use crate::session::desk::runs::is_epoch;
use crate::session::importing::create::{self, Created};
use crate::session::project::allowed::allowed_while_reading;
use crate::session::protocol::command::{Command, DeskCommand, ProjectCommand, StartFrom};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Report, Work};
use crate::session::protocol::view::{NoticeKind, Offer, ProjectView};
use std::sync::Arc;

impl Desk {
    pub(in crate::session) fn command(&mut self, command: Command) {
        match command {
            Command::Desk(command) => self.desk_command(command),
            Command::Project(command) => self.project_command(command),
        }
    }

    fn desk_command(&mut self, command: DeskCommand) {
        let tried = Tried::at_the_desk(&command);
        // What comes in would be compared with what others said.
        let brings = matches!(command, DeskCommand::PreviewMerge(_) | DeskCommand::AddImages(_));
        if brings && self.reads_own() {
            let why = "you read without seeing what others say, and what is added is compared with that: choose Assisted reading \
                       first (the reader's menu at the top right)";
            return self.failed_to(tried, why.to_owned());
        }
        match command {
            DeskCommand::ReadSource(source) => self.read_source(source),
            DeskCommand::DismissImport => self.dismiss_import(),
            DeskCommand::ResumeImport => self.resume_import(),
            DeskCommand::ForgetImport => self.forget_unfinished(),
            DeskCommand::PreviewMerge(new) => self.preview_merge(new),
            DeskCommand::AddImages(new) => self.add_images(new),
            DeskCommand::CreateProject(new) => {
                let reading = self.reading_of(&new);
                self.spawn(Kind::Create, MAKING, move |progress| match reading {
                    Some((reading, opened)) => create::create_project_of(&opened, &new, &reading, progress),
                    None => create::create_project(&new, progress),
                });
            }
            DeskCommand::CreateDemo { kind, images, seed, dir } => {
                let dir = dir.unwrap_or_else(|| self.places.new_demo(kind.name()));
                self.spawn(Kind::Create, MAKING_DEMO, move |progress| {
                    let project = making::create_demo(kind, images, seed, &dir, progress)?;
                    Ok(Created { project, ..Created::default() })
                });
            }
            DeskCommand::OpenProject(path) => self.open(&path),
            DeskCommand::CloseProject => {
                self.close();
                self.refresh_recent();
            }
            DeskCommand::ForgetRecent(path) => {
                let forgotten = self.places.recent().forget(&path);
                self.stored(tried, forgotten.map_err(|error| error.to_string()));
                self.refresh_recent();
            }
            DeskCommand::SetKeys(keys) => {
                let said = |error| format!("the keys hold until the program ends only: {error}");
                let kept = self.places.set_keys(&keys).map_err(said);
                self.stored(tried, kept);
                self.view.keys = Arc::new(keys);
            }
            DeskCommand::SetPreferences(preferences) => {
                let said = |error| format!("the settings hold until the program ends only: {error}");
                let kept = self.places.set_preferences(&preferences).map_err(said);
                self.stored(tried, kept);
                self.view.preferences = Arc::new(preferences);
            }
            DeskCommand::KeepWorkplace(path, workplace) => self.keep_workplace(&path, &workplace),
            DeskCommand::KeepWindow(window) => {
                if let Err(error) = self.places.set_window(window) {
                    tracing::warn!(%error, "where the window lies is not remembered");
                }
            }
            DeskCommand::MeasureStorage => self.measure_storage(),
            DeskCommand::ClearCache => self.clear_cache(),
            DeskCommand::Repair(path) => self.repair(&path),
            DeskCommand::SetMapMethod { boxes, method } => {
                let methods = self.view.map_methods.with(boxes, method);
                let said = |error| format!("the way of making heat maps holds until the program ends only: {error}");
                let kept = self.places.set_map_methods(methods).map_err(said);
                self.stored(tried, kept);
                self.view.map_methods = methods;
            }
            DeskCommand::Download(name) => self.download(&name),
            DeskCommand::StopTraining => self.end_training(CancelReason::Stop),
            DeskCommand::CancelTraining => self.end_training(CancelReason::Cancel),
            // The window's end of the session carries these out at once; sent another way they do the same.
            DeskCommand::CancelJob(id) => self.end_job(id, CancelReason::Cancel),
            DeskCommand::StopJob(id) => self.end_job(id, CancelReason::Stop),
            DeskCommand::DismissNotice(id) => self.notices.dismiss(id),
            DeskCommand::Show(path) => {
                let said = |error| format!("nothing here shows {} ({error}): open it by hand", path.display());
                let shown = open::that_detached(&path).map_err(said);
                self.stored(tried, shown);
            }
        }
    }

    /// Whether the open project's reader sees neither the model nor the others.
    fn reads_own(&self) -> bool {
        self.core.as_ref().is_some_and(|core| core.view().reading.is_own())
    }

    fn project_command(&mut self, command: ProjectCommand) {
        if self.reads_own()
            && let Err(error) = allowed_while_reading(&command)
        {
            return self.failed_to(Tried::of(&command), error.to_string());
        }
        let begins_a_run = matches!(
            command,
            ProjectCommand::Train(_) | ProjectCommand::TrainFrom { .. } | ProjectCommand::ResumeRun(_)
        );
        if begins_a_run && self.run_ends() {
            return self.notice(NoticeKind::Warning, "the run before is still ending: try again in a moment");
        }
        if let Some(name) = self.trains_elsewhere().filter(|_| begins_a_run) {
            let text = format!("a run of {name} goes on in the background: wait for it, or stop it below");
            return self.notice(NoticeKind::Warning, text);
        }
        match command {
            ProjectCommand::TrainFrom { recipe, start: StartFrom::Pretrained(name) } => {
                self.train_from_pretrained(recipe, &name);
            }
            ProjectCommand::Convert => self.convert(),
            ProjectCommand::Merge { other } => self.merge(&other),
            command => self.in_project(command),
        }
    }

    /// Has the open project carry a command out, and does what follows from it here.
    pub(in crate::session) fn in_project(&mut self, command: ProjectCommand) {
        if self.core.is_none() {
            return self.notice(NoticeKind::Warning, "no project is open: open or make one first");
        }
        let looked = match &command {
            ProjectCommand::Look { image } => Some(*image),
            _ => None,
        };
        if let ProjectCommand::SetReader(name) = &command
            && let Err(error) = self.places.set_reader(name.trim())
        {
            tracing::warn!(%error, "the reader's name is not remembered for other projects");
        }
        let reads = matches!(command, ProjectCommand::SetReader(_));
        if self.would_show_results(&command) {
            let text = "work is going on whose results would be seen: wait for it or cancel it in the bar below, then read blind";
            return self.notice(NoticeKind::Warning, text);
        }
        let Some(core) = self.core.as_mut() else { return };
        let reading = core.view().reading;
        let supersedes = matches!(command, ProjectCommand::Promote(_) | ProjectCommand::SetClasses(_));
        let decided = match &command {
            ProjectCommand::Promote(model) | ProjectCommand::Discard(model) => Some(*model),
            _ => None,
        };
        let trains = matches!(
            command,
            ProjectCommand::Train(_)
                | ProjectCommand::TrainFrom { .. }
                | ProjectCommand::ResumeRun(_)
                | ProjectCommand::DiscardRun(_)
        );
        let tried = Tried::of(&command);
        let outcome = core.apply(command, &self.compute);
        let hides = core.view().reading.is_own() && (reads || reading != core.view().reading);
        if let Some(image) = looked {
            let near = neighbours(core.view(), image);
            self.services.pictures.ahead(&near);
        }
        let changed = core.view().reading != reading;
        if changed {
            self.notices.hide_project();
        }
        if hides {
            self.board.end(Kind::Predict, CancelReason::Superseded);
            self.dismiss_import();
        }
        if supersedes && outcome.is_ok() {
            self.board.end(Kind::Predict, CancelReason::Superseded);
        }
        if trains && outcome.is_ok() {
            self.notices.withdraw(&Offer::Train);
        }
        if let Some(model) = decided.filter(|_| outcome.is_ok()) {
            self.notices.withdraw(&Offer::Evaluate(model));
        }
        if reads && outcome.is_ok() {
            self.reader_chosen();
        }
        match outcome {
            Ok(work) => {
                self.notices.succeeded(tried);
                self.pass_on_told(tried);
                self.follow_up(tried, Ok(work));
            }
            Err(error) => self.failed_to(tried, error.to_string()),
        }
        if trains {
            self.follow_run(false, true);
        }
    }

    /// Whether a command begins readings of a reader's own while work goes on whose results the reader would see.
    fn would_show_results(&self, command: &ProjectCommand) -> bool {
        let Some(core) = &self.core else { return false };
        let begins = match command {
            ProjectCommand::SetReadingMode { mode, .. } => mode.is_own(),
            ProjectCommand::SetReader(name) => core.mode_of(name.trim()).is_ok_and(ReadingMode::is_own),
            _ => false,
        };
        begins && self.board.is_busy(self.project)
    }

    pub(in crate::session) fn report(&mut self, tried: Tried, report: Report) {
        if let Some(core) = self.core.as_mut() {
            let (trained, epoch) = (matches!(report, Report::Trained { .. }), is_epoch(&report));
            let outcome = core.take(report);
            self.pass_on_told(tried);
            self.follow_up(tried, outcome);
            self.follow_run(trained, epoch);
        }
    }

    pub(in crate::session) fn follow_up(&mut self, tried: Tried, outcome: Result<Vec<Work>, SessionError>) {
        match outcome {
            Ok(work) => work.into_iter().for_each(|work| self.start(tried, work)),
            Err(error) => self.failed_to(tried, error.to_string()),
        }
    }
}

/// The images most likely looked at next: the two after this one in the queue, and the one before.
fn neighbours(view: &ProjectView, image: ImageId) -> Vec<ImageId> {
    let id = |place: usize| Some(view.rows.get(*view.queue.get(place)? as usize)?.id);
    let at = view.queue.iter().position(|&row| view.rows.get(row as usize).is_some_and(|r| r.id == image));
    let Some(at) = at else { return Vec::new() };
    [Some(at + 1), Some(at + 2), at.checked_sub(1)].into_iter().flatten().filter_map(id).collect()
}
