//! The desk's part in making a project of one class an image one of several findings, and back: it may be about many images,
//! so that it is seen how far it is.

use crate::jobs::CancelReason;
use crate::session::desk::Desk;
use crate::session::desk::job_board::Kind;
use crate::session::desk::jobs::in_sight;
use crate::session::desk::notices::Tried;
use crate::session::protocol::command::ProjectCommand;
use crate::session::protocol::conversion::kind_words;
use crate::session::protocol::view::{NoticeKind, Offer};
use crate::session::protocol::words;

/// What the work is called.
pub(super) const CONVERTING: &str = "Converting the project";

impl Desk {
    /// Carries out the conversion that is shown, and says how to take it back.
    pub(in crate::session) fn convert(&mut self) {
        let Some(core) = self.core.as_mut() else {
            return self.notice(NoticeKind::Warning, "no project is open: open or make one first");
        };
        let tried = Tried::of(&ProjectCommand::Convert);
        let shown = core.view().data.conversion.as_ref().and_then(|plan| plan.as_ref().ok()).cloned();
        let made = self.board.jobs().here(CONVERTING, true, |context| {
            in_sight(context, self.board.jobs(), &self.shown, |progress| core.convert_as_shown(progress))
        });
        match made {
            Ok(Some(work)) => {
                let undo = core.view().undo.clone();
                // What the active model says of images is read anew.
                self.board.end(Kind::Predict, CancelReason::Superseded);
                self.notices.succeeded(tried);
                self.follow_up(tried, Ok(work));
                if let Some(plan) = shown {
                    let kind = kind_words(plan.classes.findings);
                    let text = format!("The project has {kind} now: {} converted", words::images(plan.images));
                    let offer = undo.filter(|_| plan.images > 0).map(Offer::Undo);
                    self.offer(NoticeKind::Info, text, offer);
                }
            }
            Ok(None) => self.notice(NoticeKind::Passing, "Nothing was converted"),
            Err(error) => self.failed_to(tried, error.to_string()),
        }
    }
}
