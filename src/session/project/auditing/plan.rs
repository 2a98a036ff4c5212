//! Looking through the log, writing a part of it and checking its chain as jobs of their own connection.

use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::protocol::audit::{AuditExport, AuditRequest, AuditView};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::session::protocol::view::DataState;
use crate::store::{Access, Store};
use std::path::PathBuf;
use std::sync::Arc;

/// What is asked of the log.
#[derive(Clone, Debug)]
enum Asked {
    Look(AuditRequest, Option<Arc<AuditView>>),
    Write(AuditExport),
    Verify,
}

/// A project whose log is looked through.
#[derive(Clone, Debug)]
struct AuditWork {
    dir: PathBuf,
    asked: Asked,
    /// Which state of the project is looked at.
    version: u64,
}

impl AuditWork {
    /// What came of it; `None` where it was cancelled.
    fn done(&self, go_on: &dyn Fn(usize, usize) -> bool) -> Result<Option<Report>, SessionError> {
        let store = Store::open(&self.dir, Access::ReadOnly)?;
        Ok(match &self.asked {
            Asked::Look(request, before) => super::look(&store, request, before.as_deref(), go_on)?
                .map(|view| Report::Audited { version: self.version, found: Ok(Box::new(view)) }),
            Asked::Write(export) => {
                super::write(&store, export, go_on)?.map(|_| Report::Wrote { what: "the audit", to: export.to.clone() })
            }
            Asked::Verify => Some(Report::LogVerified(super::verified(&store))),
        })
    }
}

impl Task for AuditWork {
    fn name(&self) -> String {
        match self.asked {
            Asked::Look(..) => "Looking through the log".into(),
            Asked::Write(_) => "Writing events of the log".into(),
            Asked::Verify => "Verifying the log".into(),
        }
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let tell = std::cell::RefCell::new(tell);
        let go_on = |done: usize, total: usize| {
            (tell.borrow_mut())(Report::Progress { done, total, text: "reading the log".into() });
            order() == Order::Go
        };
        let report = match (self.done(&go_on), &self.asked) {
            (Ok(Some(report)), _) => report,
            (Ok(None), Asked::Look(..)) => {
                Report::Audited { version: self.version, found: Err("it was cancelled".to_owned()) }
            }
            (Ok(None), _) => return,
            (Err(error), Asked::Look(..)) => Report::Audited { version: self.version, found: Err(error.to_string()) },
            (Err(error), Asked::Write(_)) => Report::Failed(error.to_string()),
            (Err(error), Asked::Verify) => Report::LogVerified(Err(error.to_string())),
        };
        (tell.borrow_mut())(report);
    }
}

impl Core {
    /// Looks through the log for what is asked for.
    pub(in crate::session) fn audit(&mut self, request: AuditRequest) -> Vec<Work> {
        if self.view.data.audit_state == DataState::Running {
            return Vec::new();
        }
        self.view.data.audit_state = DataState::Running;
        let before = self.view.data.audit.clone();
        self.of_log(Asked::Look(request, before))
    }

    fn of_log(&self, asked: Asked) -> Vec<Work> {
        vec![Box::new(AuditWork { dir: self.store.dir().to_path_buf(), asked, version: self.data_version })]
    }

    /// Writes what is asked for to a file.
    pub(in crate::session) fn export_audit(&self, export: AuditExport) -> Vec<Work> {
        self.of_log(Asked::Write(export))
    }

    /// Checks the chain of the log, and that replaying it gives what is shown.
    pub(in crate::session) fn verify_log(&self) -> Vec<Work> {
        self.of_log(Asked::Verify)
    }

    /// What was looked for in the log is looked for again once there is an event that it lacks, a decision's too.
    pub(in crate::session) fn heed_log(&mut self) -> Result<(), SessionError> {
        let data = &mut self.view.data;
        let Some(found) = data.audit.as_ref().filter(|_| data.audit_state == DataState::Done) else { return Ok(()) };
        if self.store.last_event()?.is_some_and(|last| last > found.last) {
            data.audit_state = DataState::Wanted;
        }
        Ok(())
    }

    /// Takes in what was found in the log.
    pub(in crate::session) fn take_audit(&mut self, version: u64, found: Result<Box<AuditView>, String>) {
        self.view.data.audit_state = match found {
            Ok(view) => {
                self.view.data.audit = Some(Arc::new(*view));
                // What was said meanwhile is looked for once more.
                if version == self.data_version { DataState::Done } else { DataState::Wanted }
            }
            Err(why) => DataState::Ended(why),
        };
    }
}
