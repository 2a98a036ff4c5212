//! Merging another copy of the project, or another project over the same images, into this one.

use crate::domain::ImportReport;
use crate::session::importing::other_project;
use crate::session::importing::staging::Opened;
use crate::session::project::core::Core;
use crate::session::project::describing::ComingDescriptions;
use crate::session::project::signing::ComingSignOffs;
use crate::session::protocol::command::NewProject;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::Work;
use crate::store::assignments::TakenAssignments;
use crate::store::backups::back_up;
use crate::store::merged_logs::Kept;
use crate::store::{Access, Store};
use std::path::Path;

/// What a merge did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// Images that both have.
    pub shared: usize,
    /// What became of the other's logs.
    pub logs: Kept,
    /// What was taken of statements and images; absent where nothing was new.
    pub taken: Option<ImportReport>,
    /// Images of the other project that are neither here nor where it says: name and why.
    pub left_out: Vec<(String, String)>,
    /// Notes, flags and marks of key images of the other that are new: they are not taken over and stay in its kept log.
    pub left_in_log: usize,
    /// Sign-offs, and reopenings of some, that were not known here.
    pub sign_offs: usize,
    /// What became of the other's plans of readings.
    pub assignments: TakenAssignments,
    /// Readers of whom the other knows later as what they read.
    pub described: usize,
    /// That a study which ran here had ended there, as a sentence.
    pub study_ended: Option<String>,
}

impl Merged {
    /// What of the other's plans of readings is here now; `None` where that is nothing.
    pub fn said_of_assignments(&self) -> Option<String> {
        let TakenAssignments { new, changed, in_several } = &self.assignments;
        let plans = |count: &usize| if *count == 1 { "1 plan".to_owned() } else { format!("{count} plans") };
        let mut parts = Vec::new();
        if *new > 0 {
            parts.push(format!("{} of readings taken over", plans(new)));
        }
        if *changed > 0 {
            parts.push(format!("{} of readings changed as there", plans(changed)));
        }
        if parts.is_empty() {
            return None;
        }
        if !in_several.is_empty() {
            parts.push(format!("in several open plans, of which the newest is read: {}", in_several.join(", ")));
        }
        Some(parts.join("; "))
    }

    /// What of the other's is not shown here; `None` where there is nothing.
    pub fn said_of_log(&self) -> Option<String> {
        match self.left_in_log {
            0 => None,
            1 => Some(
                "1 note, flag, mark of a key image or adjudication of the other copy is not taken over: it stays in its kept log"
                    .into(),
            ),
            more => Some(format!(
                "{more} notes, flags, marks of key images and adjudications of the other copy are not taken over: they stay in its kept log"
            )),
        }
    }
}

impl Core {
    /// Takes what the readers of another project say of the same images, by content, and the images that it has more, and
    /// keeps its log whole beside this one's. What a person here has reviewed stays in force; every reader's word stays
    /// readable. The other project is only read. `go_on` is told how many of how many images were read; `None` where it said
    /// no. Done twice it does nothing more.
    ///
    /// # Errors
    /// When one of the two cannot be read or this one not be changed, the other's log does not follow from its first event
    /// on, it is the same project, it shares no image, or it asks another kind of question.
    pub fn merge(
        &mut self,
        other: &Path,
        go_on: &dyn Fn(usize, usize) -> bool,
    ) -> Result<Option<(Merged, Vec<Work>)>, SessionError> {
        self.check_writable()?;
        let project = self.view.path.clone();
        let same = |a: &Path, b: &Path| a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b));
        if same(other, &project) {
            return Err(SessionError::refused("this is the same project: name the other copy"));
        }
        let theirs = Store::open(other, Access::ReadOnly)?;
        let known = self.store.taken_events_of(&theirs)?;
        let Some(found) = other_project::read(&self.store, &theirs, known, go_on)? else { return Ok(None) };
        if found.shared == 0 {
            return Err(SessionError::refused(
                "no image is in both, so there is nothing to merge: add the images of another project by importing them",
            ));
        }
        // What comes from elsewhere is not undone like a label: the way back is the copy of before.
        let coming = ComingSignOffs::of(&theirs)?;
        let described = ComingDescriptions::of(&theirs)?;
        if !found.reading.images.is_empty() || coming.news(self)? > 0 || !described.news(self)?.is_empty() {
            back_up(&project, &|_, _| true)?;
        }
        // First, so that nothing is taken whose log is not kept; that it was taken is noted at the end.
        self.store.begin_taking()?;
        let logs = self.store.keep_logs_of(&theirs)?;
        let left_out = found.reading.left_out.clone();
        let (mut taken, mut work) = (None, Vec::new());
        if !found.reading.images.is_empty() {
            let new = NewProject::of(other, &project);
            let opened = Opened::of(&new.source, &new.project, &|_, _| true)?;
            let (report, more) = self.add(&new, &found.reading, &opened)?;
            (taken, work) = (Some(report), more);
        }
        // After what was said, so that they lock what came with them.
        let sign_offs = self.take_sign_offs(&coming)?;
        let described = self.take_descriptions(&described)?;
        self.store.note_taken()?;
        let assignments = self.store.take_assignments_of(&theirs)?;
        if assignments.new + assignments.changed > 0 {
            self.assignments_changed()?;
        }
        let study_ended = self.take_studies_of(&theirs)?;
        let left_in_log = found.left_in_log;
        Ok(Some((
            Merged {
                shared: found.shared,
                logs,
                taken,
                left_out,
                left_in_log,
                sign_offs,
                assignments,
                described,
                study_ended,
            },
            work,
        )))
    }

    /// The same where nobody looks on; what follows from it.
    pub(in crate::session) fn merge_at_once(&mut self, other: &Path) -> Result<Vec<Work>, SessionError> {
        Ok(self.merge(other, &|_, _| true)?.map(|(_, work)| work).unwrap_or_default())
    }
}
