//! The desk's part in importing: reading a source in a job, previewing what it would do, and adding it.

use super::command::{ImportSource, NewProject};
use super::create;
use super::desk::{Desk, Kind, Message, Running};
use super::desk_jobs::files_done;
use super::import_view::{ImportState, ImportView};
use super::importing::{self, Found};
use super::view::NoticeKind;
use super::words;
use crate::domain::ImportReport;
use crate::interchange::Reading;
use crate::jobs::{CancelReason, JobContext};
use std::sync::Arc;

impl Desk {
    pub(super) fn read_source(&mut self, source: ImportSource) {
        self.end(Kind::Scan, CancelReason::Superseded);
        self.reading = None;
        let inbox = self.inbox.clone();
        let asked = source.clone();
        let project = self.core.as_ref().map(|core| core.view().path.clone());
        let handle = self.jobs.spawn("Reading what is to be imported", true, move |context: &JobContext| {
            let project = project.unwrap_or_else(|| create::project_beside(&asked.path));
            let found = importing::find(asked, &project, &|done, total| files_done(context, done, total));
            match context.cancelled() {
                Some(CancelReason::Superseded | CancelReason::Closing) => {}
                // Without a receiver the program is ending.
                _ => drop(inbox.send(Message::Found(Box::new(found)))),
            }
            Ok::<(), String>(())
        });
        let before = self.view.import.as_ref().filter(|import| import.source.path == source.path);
        self.view.import = Some(Arc::new(ImportView {
            formats: before.map(|import| import.formats.clone()).unwrap_or_default(),
            format: source.format,
            table: before.and_then(|import| import.table.clone()),
            source,
            state: ImportState::Reading { job: handle.id().0 },
            merge: None,
        }));
        self.running.push(Running { handle, kind: Kind::Scan });
    }

    pub(super) fn found(&mut self, found: Found) {
        let Found { source, formats, format, table, read } = found;
        // Dismissed, or something else is read, meanwhile.
        if self.view.import.as_ref().is_none_or(|import| import.source != source) {
            return;
        }
        let state = match read {
            Ok((reading, summary)) => {
                self.reading = Some(Arc::new(reading));
                ImportState::Ready(Arc::new(summary))
            }
            Err(why) => ImportState::Failed(why),
        };
        self.view.import = Some(Arc::new(ImportView { source, formats, format, table, state, merge: None }));
    }

    pub(super) fn reading_failed(&mut self, why: String) {
        if let Some(import) = &mut self.view.import {
            Arc::make_mut(import).state = ImportState::Failed(why);
        }
    }

    pub(super) fn dismiss_import(&mut self) {
        self.end(Kind::Scan, CancelReason::Superseded);
        self.view.import = None;
        self.reading = None;
    }

    /// What was read, where it is what a project is to be made of.
    pub(super) fn reading_of(&self, new: &NewProject) -> Option<Arc<Reading>> {
        let import = self.view.import.as_ref().filter(|import| import.source.path == new.source);
        import.and(self.reading.clone())
    }

    pub(super) fn preview_merge(&mut self, new: &NewProject) {
        let reading = self.reading_of(new);
        let (Some(core), Some(reading), Some(import)) = (&mut self.core, reading, &mut self.view.import) else {
            return;
        };
        let report = core.merge_report(new, &reading).map(Arc::new).map_err(|error| error.to_string());
        Arc::make_mut(import).merge = Some(report);
    }

    pub(super) fn add_images(&mut self, new: &NewProject) {
        let (Some(reading), Some(core)) = (self.reading_of(new), &mut self.core) else {
            return self.notice(NoticeKind::Warning, "open a project and choose what to add to it first");
        };
        match core.merge(new, &reading) {
            Ok((report, work)) => {
                self.dismiss_import();
                let added = words::images(report.images);
                let text = match report.already_there {
                    0 => format!("{added} added"),
                    there => format!("{added} added; {} there already", words::images(there)),
                };
                self.notice(NoticeKind::Info, format!("{text}. The Data screen has the report under Imports."));
                self.left_out(&report);
                // Its predictions are made again with those of the new images.
                self.end(Kind::Predict, CancelReason::Superseded);
                self.follow_up(Ok(work));
            }
            Err(error) => self.notice(NoticeKind::Error, error.to_string()),
        }
    }

    /// Says how much an import left out.
    pub(super) fn left_out(&mut self, report: &ImportReport) {
        let count = report.left_out.len();
        if count > 0 {
            let were = if count == 1 { "thing was" } else { "things were" };
            let text = format!("{count} {were} left out: the Data screen lists them under Imports");
            self.notice(NoticeKind::Warning, text);
        }
    }
}
