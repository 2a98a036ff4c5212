//! The desk's part in importing: reading a source in a job, previewing what it would do, and adding it.

use crate::domain::ImportReport;
use crate::interchange::FolderError;
use crate::interchange::KnownTable;
use crate::interchange::{Reading, archive, notes};
use crate::jobs::{CancelReason, JobContext};
use crate::session::desk::Desk;
use crate::session::desk::job_board::{Ended, Kind};
use crate::session::desk::jobs::{ADDING, READING, files_done, in_sight};
use crate::session::desk::notices::Tried;
use crate::session::importing::create;
use crate::session::importing::find::{self, SourceRead};
use crate::session::importing::staging::Opened;
use crate::session::project::merge::{self, Plan};
use crate::session::protocol::command::{DeskCommand, ImportSource, NewProject};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::import_view::{ImportState, ImportView, Unfinished};
use crate::session::protocol::view::NoticeKind;
use crate::session::protocol::words;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the import dialog shows, beside the view of it.
#[derive(Default)]
pub(in crate::session) struct Importing {
    /// What was read.
    reading: Option<Arc<Reading>>,
    /// The source of that, opened.
    opened: Option<Arc<Opened>>,
    /// The project that it may become or go to, beside which is noted what was seen.
    into: Option<PathBuf>,
}

/// How a source is to be added to the project with this number.
pub(in crate::session) struct Planned {
    project: u64,
    new: NewProject,
    reading: Arc<Reading>,
    /// Else why it cannot be added; nothing where it was cancelled.
    plan: Result<Plan, Option<String>>,
}

impl Desk {
    pub(in crate::session) fn read_source(&mut self, source: ImportSource) {
        if self.refuses_to_read() {
            return;
        }
        let open = self.core.as_ref().map(|core| core.view().path.clone());
        let into = open.is_some();
        let project = open.unwrap_or_else(|| create::project_beside(&source.path));
        self.read_source_for(source, project, into);
    }

    /// Whether what was read is being made into a project or added to one, so that nothing else can be read; says so.
    fn refuses_to_read(&mut self) -> bool {
        let is_adding = self.view.import.as_ref().is_some_and(|import| import.adding.is_some());
        if is_adding {
            self.notice(NoticeKind::Warning, "what was read is being written: wait for it, or cancel it");
        }
        is_adding
    }

    /// Reads a source that may go to this project; `into`: which is there.
    fn read_source_for(&mut self, source: ImportSource, project: PathBuf, into: bool) {
        self.board.end(Kind::Scan, CancelReason::Superseded);
        self.board.end(Kind::Preview, CancelReason::Superseded);
        self.importing.reading = None;
        let opened = self.importing.opened.take().filter(|opened| opened.given == source.path && !opened.is_taken());
        // An archive is unpacked anew each time, and nothing is noted of it.
        self.importing.into = (!archive::is_archive(&source.path)).then(|| project.clone());
        let begun = self.importing.into.clone().map(|project| {
            self.places.begin_import(Unfinished {
                source: source.path.clone(),
                images: source.images.clone(),
                exclude: source.exclude.clone(),
                format: source.format,
                voc_base: source.voc_base,
                frame: source.frame,
                unannotated: source.unannotated,
                unlabelled: source.unlabelled,
                patients: source.patients,
                findings: source.findings,
                project,
                into,
            })
        });
        if let Some(Err(error)) = begun {
            tracing::warn!(%error, "an import that is broken off will not be offered again");
        }
        let (asked, tables, notes) = (source.clone(), self.places.tables(), self.places.notes_of(&project));
        let job = self.board.start((Kind::Scan, self.project), READING, move |context| {
            let found =
                find::find(asked, (&project, &notes), opened, tables, &|done, total| files_done(context, done, total));
            Ok::<_, String>(match context.cancelled() {
                Some(CancelReason::Superseded | CancelReason::Closing) => Ended::Said(None),
                _ => Ended::SourceRead(Box::new(found)),
            })
        });
        let before = self.view.import.as_ref().filter(|import| import.source.path == source.path);
        self.view.import = Some(Arc::new(ImportView {
            formats: before.map(|import| import.formats.clone()).unwrap_or_default(),
            format: source.format,
            table: before.and_then(|import| import.table.clone()),
            source,
            state: ImportState::Reading { job },
            merge: None,
            adding: None,
        }));
    }

    pub(in crate::session) fn found(&mut self, found: SourceRead) {
        let SourceRead { source, formats, format, table, opened, read } = found;
        // Dismissed, or something else is read, meanwhile.
        if self.view.import.as_ref().is_none_or(|import| import.source != source) {
            return self.tidy_up(opened);
        }
        self.importing.opened = opened;
        let state = match read {
            Ok((reading, summary)) => {
                if source.columns.is_some() {
                    self.remember_tables(&reading.tables);
                }
                self.importing.reading = Some(Arc::new(reading));
                ImportState::Ready(Arc::new(summary))
            }
            Err(why) => ImportState::Failed(why),
        };
        let (merge, adding) = (None, None);
        self.view.import = Some(Arc::new(ImportView { source, formats, format, table, state, merge, adding }));
    }

    /// Remembers which columns hold what, for tables of the same header in projects to come.
    fn remember_tables(&self, tables: &[KnownTable]) {
        if let Err(error) = self.places.remember_tables(tables) {
            tracing::warn!(%error, "the columns that were chosen will not be suggested again");
        }
    }

    pub(in crate::session) fn reading_failed(&mut self, why: String) {
        if let Some(import) = &mut self.view.import {
            Arc::make_mut(import).state = ImportState::Failed(why);
        }
    }

    pub(in crate::session) fn dismiss_import(&mut self) {
        for kind in [Kind::Scan, Kind::Preview, Kind::Add] {
            self.board.end(kind, CancelReason::Superseded);
        }
        self.importing.reading = None;
        let opened = self.importing.opened.take();
        self.tidy_up(opened);
        let Some(import) = self.view.import.take() else { return };
        let reading = matches!(import.state, ImportState::Reading { .. });
        match self.importing.into.take().filter(|_| !reading) {
            Some(project) => self.forget_import(&project),
            // What was seen so far stays for another time.
            None => self.view.unfinished = self.places.unfinished().map(Arc::new),
        }
    }

    /// Goes on with the import that was broken off.
    pub(in crate::session) fn resume_import(&mut self) {
        if self.refuses_to_read() {
            return;
        }
        let Some(unfinished) = self.view.unfinished.take() else {
            return self.notice(NoticeKind::Warning, "no import was broken off");
        };
        let Unfinished {
            source: path,
            images,
            exclude,
            format,
            voc_base,
            frame,
            unannotated,
            unlabelled,
            patients,
            findings,
            project,
            into,
        } = (*unfinished).clone();
        let is_open = |desk: &Self| desk.core.as_ref().is_some_and(|core| core.view().path == project);
        if into && !is_open(self) {
            self.open(&project);
            if !is_open(self) {
                return;
            }
        }
        let source = ImportSource {
            path,
            images,
            exclude,
            format,
            voc_base,
            frame,
            unannotated,
            unlabelled,
            patients,
            findings,
            columns: None,
        };
        self.read_source_for(source, project, into);
    }

    /// Forgets the import that is offered to be gone on with.
    pub(in crate::session) fn forget_unfinished(&mut self) {
        if let Some(unfinished) = self.view.unfinished.clone() {
            self.forget_import(&unfinished.project);
        }
    }

    /// Forgets an import that was broken off or is done, and what was noted for it; one that was broken off before it is
    /// offered again.
    fn forget_import(&mut self, project: &Path) {
        notes::remove(&self.places.notes_of(project));
        if let Err(error) = self.places.end_import(project) {
            tracing::warn!(%error, "an import that is done may be offered again");
        }
        self.view.unfinished = self.places.unfinished().map(Arc::new);
    }

    /// Removes what an archive was unpacked to, which may be much, outside this thread.
    fn tidy_up(&self, opened: Option<Arc<Opened>>) {
        if let Some(opened) = opened.filter(|opened| opened.waits()) {
            self.board.jobs().spawn("Removing what was unpacked", false, move |_: &JobContext| {
                drop(opened);
                Ok::<(), String>(())
            });
        }
    }

    /// What was read, where it is what a project is to be made of.
    pub(in crate::session) fn reading_of(&self, new: &NewProject) -> Option<(Arc<Reading>, Arc<Opened>)> {
        self.view.import.as_ref().filter(|import| import.source.path == new.source)?;
        self.importing.reading.clone().zip(self.importing.opened.clone())
    }

    pub(in crate::session) fn preview_merge(&mut self, new: NewProject) {
        self.board.end(Kind::Preview, CancelReason::Superseded);
        let reading = self.reading_of(&new);
        let (Some(core), Some((reading, _)), Some(import)) = (&self.core, reading, &mut self.view.import) else {
            return;
        };
        Arc::make_mut(import).merge = None;
        let (path, project) = (core.view().path.clone(), self.project);
        self.board.start((Kind::Preview, self.project), "Comparing with the project", move |context| {
            let plan = merge::plan_beside(&path, &new, &reading, &|done, total| files_done(context, done, total));
            let report = match context.cancelled() {
                None => plan.map(|plan| plan.report).map_err(|error| error.to_string()),
                Some(CancelReason::Cancel) => {
                    Err("it was not compared with the project: change something here to try again".into())
                }
                Some(_) => return Ok(Ended::Said(None)),
            };
            Ok::<_, String>(Ended::Previewed { project, new: Box::new(new), report })
        });
    }

    pub(in crate::session) fn previewed(&mut self, new: &NewProject, report: Result<ImportReport, String>) {
        if let Some(import) = self.view.import.as_mut().filter(|import| import.source.path == new.source) {
            Arc::make_mut(import).merge = Some(report.map(Arc::new));
        }
    }

    /// Works out in a job how what was read is added to the open project, which goes on meanwhile.
    pub(in crate::session) fn add_images(&mut self, new: NewProject) {
        self.board.end(Kind::Preview, CancelReason::Superseded);
        let reading = self.reading_of(&new);
        let (Some((reading, opened)), Some(core)) = (reading, &self.core) else {
            return self.notice(NoticeKind::Warning, "open a project and choose what to add to it first");
        };
        if self.board.runs(Kind::Add) {
            return self.notice(NoticeKind::Warning, "images are being added: wait for it, or cancel it");
        }
        let (path, project) = (core.view().path.clone(), self.project);
        let job = self.board.start((Kind::Add, self.project), ADDING, move |context| {
            let progress = |done, total| files_done(context, done, total);
            let plan = merge::plan_beside(&path, &new, &reading, &progress)
                .and_then(|plan| plan.with_images_of(&opened, &path, &progress));
            let plan = match context.cancelled() {
                None => plan.map_err(|error| Some(error.to_string())),
                Some(_) => Err(None),
            };
            Ok::<_, String>(Ended::Planned(Box::new(Planned { project, new, reading, plan })))
        });
        if let Some(import) = &mut self.view.import {
            Arc::make_mut(import).adding = Some(job);
        }
    }

    /// Adds what was worked out, in one transaction.
    pub(in crate::session) fn planned(&mut self, planned: Planned) {
        let Planned { project, new, reading, plan } = planned;
        let tried = Tried::at_the_desk(&DeskCommand::AddImages(new.clone()));
        if let Some(import) = &mut self.view.import {
            Arc::make_mut(import).adding = None;
        }
        let (Some(core), true) = (&mut self.core, project == self.project) else { return };
        let plan = match plan {
            Ok(plan) => plan,
            Err(why) => {
                if let Some(why) = why {
                    self.failed_to(tried, why);
                }
                // Adding took its place.
                if self.view.import.as_ref().is_some_and(|import| import.merge.is_none()) {
                    self.preview_merge(new);
                }
                return;
            }
        };
        let added = match core.fits(&plan) {
            Ok(true) => self.board.jobs().here(ADDING, true, |context| {
                // Only shown: whatever becomes of the work, the dialog is free again after it.
                let mut view = self.view.clone();
                if let Some(import) = &mut view.import {
                    Arc::make_mut(import).adding = Some(context.id().0);
                }
                self.shown.show(view, self.board.jobs());
                in_sight(context, self.board.jobs(), &self.shown, |progress| {
                    core.carry_out(&new, &reading, plan, progress)
                })
            }),
            // Somebody said something meanwhile.
            Ok(false) => {
                drop(plan);
                return self.add_images(new);
            }
            Err(error) => Err(error),
        };
        match added.and_then(|report| Ok((report, core.reload()?))) {
            Ok((report, work)) => {
                self.notices.succeeded(tried);
                self.dismiss_import();
                let added = words::images(report.images);
                let text = match report.already_there {
                    0 => format!("{added} added"),
                    there => format!("{added} added; {} there already", words::images(there)),
                };
                self.notice(NoticeKind::Info, format!("{text}. The Data screen has the report under Imports."));
                self.left_out(&report);
                // Its predictions are made again with those of the new images.
                self.board.end(Kind::Predict, CancelReason::Superseded);
                self.follow_up(tried, Ok(work));
            }
            Err(SessionError::Folder(FolderError::Cancelled)) => self.preview_merge(new),
            Err(error) => self.failed_to(tried, error.to_string()),
        }
    }

    /// Says how much an import left out.
    pub(in crate::session) fn left_out(&mut self, report: &ImportReport) {
        let count = report.left_out.len();
        if count > 0 {
            let were = if count == 1 { "thing was" } else { "things were" };
            let text = format!("{count} {were} left out: the Data screen lists them under Imports");
            self.notice(NoticeKind::Warning, text);
        }
    }
}
