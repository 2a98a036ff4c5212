//! Which project is open: opening and closing it, and what of it the services and the list of recent projects follow.

use crate::jobs::CancelReason;
use crate::session::desk::Desk;
use crate::session::desk::backing_up;
use crate::session::desk::job_board::Kind;
use crate::session::desk::notices::Tried;
use crate::session::desk::runs::{Parked, unfinished};
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::view::NoticeKind;
use crate::session::protocol::words;
use crate::session::protocol::workplace::Workplace;
use crate::store::RecentEntry;
use jiff::Zoned;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

impl Desk {
    /// Opens a project, or goes back to one whose run went on meanwhile.
    pub(in crate::session) fn open(&mut self, path: &Path) {
        self.close();
        let work = if let Some(Parked { project, mut core }) = self.unpark(path) {
            self.project = project;
            core.show_files_again();
            let work = core.opening_work();
            self.core = Some(core);
            work
        } else {
            let mut core = match Core::open(path) {
                Ok(core) => core,
                Err(error) => {
                    let offer = match &error {
                        SessionError::Store(error) => backing_up::offer(error, path),
                        SessionError::Refused(_)
                        | SessionError::Folder(_)
                        | SessionError::Spilled(_)
                        | SessionError::Model(_)
                        | SessionError::Training(_) => None,
                    };
                    self.notices.put_failed(Tried::Open, error.to_string(), offer, None);
                    return self.refresh_recent();
                }
            };
            core.adopt_reader(&self.places.reader());
            core.ask_for_reader();
            if let Err(error) = core.enter_reading_mode() {
                self.notices.put_failed(Tried::Open, error.to_string(), None, None);
                return self.refresh_recent();
            }
            core.keep_test_closed_by_default(self.view.preferences.training.keep_test_closed);
            let (work, read_only) = (core.opening_work(), core.view().read_only.clone());
            self.core = Some(core);
            if let Some(why) = read_only {
                self.notice(NoticeKind::Warning, why);
            }
            if !self.core.as_ref().is_some_and(|core| core.view().reading.is_own()) {
                self.offer_resuming();
            }
            work
        };
        self.show_workplace();
        self.notices.project_opened(path);
        self.follow_up(Tried::Open, Ok(work));
        self.back_up();
        self.remember();
        self.refresh_recent();
    }

    /// Shows how the reader left the open project.
    fn show_workplace(&mut self) {
        let Some(core) = self.core.as_mut() else { return };
        let left = self.places.workplace(&core.view().path, &core.view().reader);
        core.take_workplace(left.unwrap_or_default());
    }

    /// It was said who reads, where more than one has worked here: that reader's place is shown.
    pub(super) fn reader_chosen(&mut self) {
        if self.core.as_mut().is_some_and(Core::reader_known) {
            self.show_workplace();
        }
    }

    /// Remembers how the reader leaves the open project; what comes for another one came too late.
    pub(super) fn keep_workplace(&mut self, path: &Path, workplace: &Workplace) {
        let open = self.core.as_ref().map(Core::view).filter(|view| view.path == path);
        let Some(view) = open else { return };
        if let Err(error) = self.places.set_workplace(path, &view.reader, workplace) {
            tracing::warn!(%error, "how the project is left is not remembered");
        }
    }

    /// Closes the open project; a run in it goes on.
    pub(super) fn close(&mut self) {
        self.remember();
        let project = self.project;
        let goes_on = self.core.as_ref().is_some_and(|core| core.training_run().is_some());
        self.board.end_where(CancelReason::Closing, |kind, of| {
            let stays = match kind {
                Kind::Scan | Kind::Create | Kind::Download(_) => true,
                Kind::Train { project: of, .. } => goes_on && of == project,
                Kind::Preview | Kind::Add | Kind::Predict | Kind::Other => false,
            };
            !stays && !self.is_parked(of)
        });
        self.next_backup = None;
        self.last_project += 1;
        self.project = self.last_project;
        if let Some(core) = self.core.take() {
            self.park(project, core);
            self.notices.project_closed();
            self.services.sources.set(&[], &HashSet::new(), None);
            self.reset_services();
        }
        self.services.heat.set_models(None, Vec::new());
    }

    /// Puts the open project, as it stands, at the head of the recent list.
    fn remember(&mut self) {
        let Some(view) = self.core.as_ref().map(Core::view) else { return };
        let reviewed = view.counts.images - view.counts.unreviewed;
        let entry = RecentEntry {
            path: view.path.clone(),
            name: view.name.clone(),
            summary: format!("{}, {reviewed} reviewed", words::images(view.counts.images)),
            opened_ms: words::now_ms(),
            run: self.core.as_ref().and_then(|core| unfinished(core.runs())),
        };
        if let Err(error) = self.places.recent().remember(entry) {
            tracing::warn!(%error, "the list of recent projects was not written");
        }
    }

    pub(in crate::session) fn refresh_recent(&mut self) {
        self.view.recent = Arc::new(self.places.recent_lines(&Zoned::now()));
    }

    /// Hands on what changed in the core to the services and the notices.
    pub(super) fn follow_core(&mut self) {
        self.pass_on_told(Tried::Open);
        let Some(core) = self.core.as_mut() else { return };
        if core.take_sources_changed() {
            let kept = core.view().read_only.is_none().then(|| core.store().thumbnails());
            self.services.sources.set(core.images(), core.missing(), kept);
            self.reset_services();
        }
        if let Some(core) = &self.core {
            let (active, usable) = match core.may_explain() {
                true => (core.view().active, core.usable_models()),
                false => (None, Vec::new()),
            };
            self.services.heat.set_models(active, usable);
        }
    }

    /// Says what came up in the open project, from what was tried.
    pub(super) fn pass_on_told(&mut self, tried: Tried) {
        let told = self.core.as_mut().map(Core::take_told).unwrap_or_default();
        told.into_iter().for_each(|told| self.pass_on(tried, told));
    }

    fn reset_services(&self) {
        self.services.pictures.reset();
        self.services.thumbnails.reset();
        self.services.heat.reset();
        self.services.previews.reset();
        self.services.headers.reset();
        self.services.values.reset();
    }
}
