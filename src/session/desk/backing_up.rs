//! Backups of the open project, on opening and daily, and putting a damaged one right with them.

use crate::session::desk::Desk;
use crate::session::desk::job_board::{Ended, Kind};
use crate::session::desk::notices::{Tried, project_folder};
use crate::session::protocol::view::{NoticeKind, Offer};
use crate::store::StoreError;
use crate::store::backups::{self, BackedUp};
use crate::store::repair::{Repair, repair};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the jobs are called.
const BACKING_UP: &str = "Backing the project up";
const REPAIRING: &str = "Repairing the project";

/// What came of a backup or a repair.
pub(in crate::session) enum Kept {
    BackedUp(PathBuf, Result<BackedUp, StoreError>),
    Repaired(PathBuf, Result<Repair, StoreError>),
}

impl Desk {
    /// Copies the open project's database in a job, where it changed since the last copy.
    pub(super) fn back_up(&mut self) {
        let open = self.core.as_ref().map(|core| core.view()).filter(|view| view.read_only.is_none());
        let Some(project) = open.map(|view| view.path.clone()) else {
            self.next_backup = None;
            return;
        };
        self.next_backup = Some(self.clock.now() + backups::EVERY);
        self.board.start((Kind::Other, self.project), BACKING_UP, move |context| {
            let made = backups::back_up(&project, &|done, of| {
                context.progress(done as f32 / of.max(1) as f32, "copying");
                context.cancelled().is_none()
            });
            Ok::<_, String>(Ended::Kept(Box::new(Kept::BackedUp(project, made))))
        });
    }

    /// How long until the next backup is due; `None` where no project is open.
    pub(in crate::session) fn until_backup(&self) -> Option<Duration> {
        self.next_backup.map(|due| due.saturating_duration_since(self.clock.now()))
    }

    /// Backs up where that is due.
    pub(in crate::session) fn back_up_when_due(&mut self) {
        if self.until_backup().is_some_and(|left| left.is_zero()) {
            self.back_up();
        }
    }

    /// Puts a project right in a job, which is closed before where it is open.
    pub(super) fn repair(&mut self, path: &Path) {
        let project = project_folder(path);
        if self.is_training(&project) {
            let text = "a run of this project goes on: stop it, then repair the project";
            return self.notice(NoticeKind::Warning, text);
        }
        self.notices.withdraw(&Offer::Repair(path.to_path_buf()));
        if self.core.as_ref().is_some_and(|core| project_folder(&core.view().path) == project) {
            self.close();
            self.refresh_recent();
        }
        self.board.start((Kind::Create, self.project), REPAIRING, move |_| {
            let done = repair(&project, false);
            Ok::<_, String>(Ended::Kept(Box::new(Kept::Repaired(project, done))))
        });
    }

    /// Whether a run of the project in this folder goes on, here or in the background.
    fn is_training(&self, project: &Path) -> bool {
        let here = self.core.as_ref().filter(|core| core.training_run().is_some()).map(|core| core.view());
        let parked = self.parked.iter().map(|parked| parked.core.view());
        here.into_iter().chain(parked).any(|view| project_folder(&view.path) == project)
    }

    pub(super) fn kept(&mut self, kept: Kept) {
        match kept {
            Kept::BackedUp(_, Ok(BackedUp::Made(path))) => tracing::info!(path = %path.display(), "backed up"),
            Kept::BackedUp(_, Ok(BackedUp::Unchanged | BackedUp::BrokenOff)) => {}
            Kept::BackedUp(project, Err(error)) => {
                let text = format!("no backup of the project was made: {error}");
                self.offer(NoticeKind::Warning, text, offer(&error, &project));
            }
            Kept::Repaired(project, Ok(done)) => {
                self.notices.succeeded(Tried::Make);
                self.open(&project);
                self.notice(NoticeKind::Warning, done.in_words(false));
            }
            Kept::Repaired(_, Err(error)) => self.failed_to(Tried::Make, error.to_string()),
        }
    }
}

/// What can be done about a project that is damaged.
pub(super) fn offer(error: &StoreError, project: &Path) -> Option<Offer> {
    let damaged = matches!(error, StoreError::Damaged { .. } | StoreError::ChainBroken { .. });
    damaged.then(|| Offer::Repair(project.to_path_buf()))
}
