//! The desk's part in merging another copy of the project: it may be about many images, so that it is seen how far it is.

use crate::jobs::CancelReason;
use crate::session::desk::Desk;
use crate::session::desk::job_board::Kind;
use crate::session::desk::jobs::in_sight;
use crate::session::desk::notices::Tried;
use crate::session::project::merging::Merged;
use crate::session::protocol::command::ProjectCommand;
use crate::session::protocol::view::NoticeKind;
use crate::session::protocol::words;
use std::path::Path;

/// What the work is called.
pub(super) const MERGING: &str = "Merging the other copy";

impl Desk {
    /// Merges another project into the open one, and says what came of it.
    pub(in crate::session) fn merge(&mut self, other: &Path) {
        let Some(core) = self.core.as_mut() else {
            return self.notice(NoticeKind::Warning, "no project is open: open or make one first");
        };
        let tried = Tried::of(&ProjectCommand::Merge { other: other.to_path_buf() });
        let merged = self.board.jobs().here(MERGING, true, |context| {
            in_sight(context, self.board.jobs(), &self.shown, |progress| core.merge(other, progress))
        });
        match merged {
            Ok(Some((merged, work))) => {
                // Its predictions are made again with those of new images.
                self.board.end(Kind::Predict, CancelReason::Superseded);
                self.notices.succeeded(tried);
                self.follow_up(tried, Ok(work));
                self.notice(NoticeKind::Info, in_words(&merged));
                if let Some(report) = &merged.taken {
                    self.left_out(report);
                }
                if let Some(text) = merged.said_of_assignments() {
                    self.notice(NoticeKind::Info, text);
                }
                if let Some(text) = &merged.study_ended {
                    self.notice(NoticeKind::Info, text.clone());
                }
                if let Some(text) = merged.said_of_log() {
                    self.notice(NoticeKind::Warning, text);
                }
                if let Some((name, why)) = merged.left_out.first() {
                    let count = words::images(merged.left_out.len());
                    self.notice(NoticeKind::Warning, format!("{count} of the other copy left out, as {name}: {why}"));
                }
            }
            Ok(None) => self.notice(NoticeKind::Passing, "Nothing was merged"),
            Err(error) => self.failed_to(tried, error.to_string()),
        }
    }
}

/// "6 images are in both; 12 events of its log were not known here. The Data screen has the agreement under Readers."
fn in_words(merged: &Merged) -> String {
    let shared = match merged.shared {
        1 => "1 image is in both".to_owned(),
        shared => format!("{shared} images are in both"),
    };
    if merged.taken.is_none() && merged.logs.events == 0 && merged.sign_offs + merged.described == 0 {
        return format!("{shared}; the other copy says nothing that is not here already.");
    }
    let events = match merged.logs.events {
        1 => "1 event".to_owned(),
        events => format!("{events} events"),
    };
    let added = match merged.taken.as_ref().map_or(0, |taken| taken.images) {
        0 => String::new(),
        images => format!(" {} came along.", words::images(images)),
    };
    let signed = match merged.sign_offs {
        0 => "",
        1 => " 1 sign-off or reopening was taken over.",
        _ => " Sign-offs and reopenings were taken over.",
    };
    let described = match merged.described {
        0 => "",
        _ => " What it knows of readers' roles and qualifications later was taken over.",
    };
    format!(
        "{shared}; {events} of its log were not known here.{added}{signed}{described} The Data screen has the agreement under Readers."
    )
}
