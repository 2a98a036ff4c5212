//! Who reads which images: working a plan out, putting it in force, and what follows for the reader who sits here.

pub(in crate::session) mod list;
mod mine;
#[cfg(test)]
mod modes_tests;
pub mod progress;
#[cfg(test)]
mod rounds_tests;
#[cfg(test)]
mod tests;

use crate::domain::{
    AssignmentPlan, AssignmentState, Findings, ImageId, ImageKey, ImageRecord, Presence, ReadingMode, Strata, Turn,
};
use crate::session::project::core::Core;
use crate::session::project::like_names::like_known;
use crate::session::protocol::assignments::{
    AssigningCommand, AssignmentPreview, ChosenImages, ReaderShare, ReadingsAsked,
};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::view::ImageRow;
use crate::session::protocol::words;
use crate::splits::reading::{Assigned, Candidate, assign_readings, sampled};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Parts of as many images each that uncertainty is evened out by.
const PARTS: usize = 4;
/// What the parts are called, the surest first.
const PART_NAMES: [&str; PARTS] = ["surest quarter", "second quarter", "third quarter", "least sure quarter"];

pub(in crate::session) fn key(image: &ImageRecord) -> ImageKey {
    ImageKey(image.sha256.clone(), image.frame)
}

impl Core {
    /// Does what is asked about who reads which images.
    pub(in crate::session) fn assigning(&mut self, command: AssigningCommand) -> Result<(), SessionError> {
        match command {
            AssigningCommand::Plan(asked) => {
                let planned = self.plan_readings(&asked);
                self.view.data.assigning.preview = Some(planned.map(Arc::new).map_err(|why| why.to_string()));
                Ok(())
            }
            AssigningCommand::Dismiss => {
                self.view.data.assigning.preview = None;
                Ok(())
            }
            AssigningCommand::Assign => self.assign_readings().map(|_| ()),
            AssigningCommand::Set { digest, state } => self.set_assignment(&digest, state),
            AssigningCommand::Count => self.count_readings(),
        }
    }

    /// Works out what would come of a plan of readings.
    ///
    /// # Errors
    /// When no reader or no image is named, or images are to be evened out by a model that is not there.
    pub fn plan_readings(&self, asked: &ReadingsAsked) -> Result<AssignmentPreview, SessionError> {
        let mut plan = AssignmentPlan { readers: names(&asked.plan.readers)?, ..asked.plan.clone() };
        // Of two readings after each other nothing is to be learned.
        plan.gap = plan.gap.max(1);
        plan.chosen = chosen_words(asked);
        let strata = self.strata(plan.strata)?;
        let shown: HashSet<u32> = self.view.queue.iter().copied().collect();
        let is_chosen = |at: usize, image: &ImageRecord| match asked.images {
            ChosenImages::All => true,
            ChosenImages::Of(split) => image.split == split,
            ChosenImages::Shown => u32::try_from(at).is_ok_and(|at| shown.contains(&at)),
        };
        let candidate = |at: usize, image: &ImageRecord| Candidate {
            key: key(image),
            stratum: strata.get(at).cloned().unwrap_or_default(),
            patient: image.group.clone(),
        };
        let all = || self.images.iter().enumerate();
        let (open, signed): (Vec<_>, Vec<_>) = all()
            .filter(|(at, image)| is_chosen(*at, image))
            .partition(|(at, _)| self.annotations.get(*at).is_none_or(|said| said.signed.is_empty()));
        let chosen: Vec<Candidate> = open.into_iter().map(|(at, image)| candidate(at, image)).collect();
        let signed = signed.len();
        let distinct: HashSet<&ImageKey> = chosen.iter().map(|one| &one.key).collect();
        let copies = chosen.len() - distinct.len();
        if chosen.is_empty() && signed > 0 {
            return Err(SessionError::refused(format!(
                "all of {} is signed off: choose other images, or reopen these first",
                plan.chosen
            )));
        }
        if chosen.is_empty() {
            return Err(SessionError::refused(format!(
                "there is nothing to read in {}: choose other images",
                plan.chosen
            )));
        }
        let chosen = sampled(plan.seed, chosen, asked.sample);
        let said = self.said_by_name()?;
        let read_by_these: HashSet<ImageId> =
            plan.readers.iter().filter_map(|reader| said.get(reader)).flatten().copied().collect();
        let is_known = |at: usize, image: &ImageRecord| {
            let truth = self
                .annotations
                .get(at)
                .is_some_and(|one| one.reviewed && (one.label.is_some() || !one.findings.is_empty()));
            let in_place = !asked.honeypots_shown || u32::try_from(at).is_ok_and(|at| shown.contains(&at));
            truth && in_place && !read_by_these.contains(&image.id)
        };
        let known: Vec<Candidate> =
            all().filter(|(at, image)| is_known(*at, image)).map(|(at, image)| candidate(at, image)).collect();
        let made = assign_readings(&plan, &chosen, &known);
        let mut remarks = made.unmet.clone();
        if signed > 0 {
            let are = if signed == 1 { "is" } else { "are" };
            remarks.push(format!("{} {are} signed off and not read again.", words::images(signed)));
        }
        remarks.extend(self.remarks_of(&plan, &made, copies)?);
        let known = self.known_names()?;
        for name in &plan.readers {
            let others = plan.readers.iter().filter(|other| *other < name && !known.contains(name));
            let like = like_known(name, known.iter().chain(others).map(String::as_str));
            remarks.extend(like.map(|like| format!("{like}.")));
        }
        let readers = self.shares(&plan, &made, &said)?;
        let Assigned { list, by_stratum, shared, unmet: _ } = made;
        let images = list.images.len() - readers.first().map_or(0, |one| one.honeypots);
        Ok(AssignmentPreview { plan, list, version: self.data_version, images, shared, readers, by_stratum, remarks })
    }

    /// Puts in force what was worked out; its digest.
    ///
    /// # Errors
    /// When nothing was worked out, something was said since then, or it cannot be written.
    pub fn assign_readings(&mut self) -> Result<String, SessionError> {
        self.check_writable()?;
        let Some(Ok(preview)) = self.view.data.assigning.preview.clone() else {
            return Err(SessionError::refused("nothing was worked out yet: look at what would come of the plan first"));
        };
        if preview.version != self.data_version {
            self.view.data.assigning.preview = None;
            return Err(SessionError::refused(
                "something was said since that was worked out, so it may not be true any more: work it out again",
            ));
        }
        let digest = self.put_assignment(&preview)?;
        self.mention(format!("Assigned: {} to {}", words::images(preview.images), preview.plan.readers.join(", ")));
        Ok(digest)
    }

    /// Keeps a plan with its lists and opens it; its digest.
    ///
    /// # Errors
    /// When the very same is open already, or it cannot be written.
    pub fn put_assignment(&mut self, preview: &AssignmentPreview) -> Result<String, SessionError> {
        self.check_writable()?;
        let reader = self.view.reader.clone();
        let digest = self.store.assign(&reader, &preview.plan, &preview.list)?;
        self.assignments_changed()?;
        Ok(digest)
    }

    /// Ends a plan, deletes it or opens it again.
    ///
    /// # Errors
    /// When there is no such plan, it is so already, or it cannot be written.
    pub fn set_assignment(&mut self, digest: &str, state: Option<AssignmentState>) -> Result<(), SessionError> {
        self.check_writable()?;
        let reader = self.view.reader.clone();
        self.store.set_assignment(&reader, digest, state)?;
        self.assignments_changed()?;
        self.mention(match state {
            None => "The plan of readings is deleted; what was read stays. Undo brings it back".to_owned(),
            Some(AssignmentState::Ended) => "The plan of readings has ended; what was read stays".to_owned(),
            Some(AssignmentState::Open) => "The plan of readings is open again".to_owned(),
        });
        Ok(())
    }

    /// Shows what follows from plans that were made, ended or deleted.
    pub(in crate::session) fn assignments_changed(&mut self) -> Result<(), SessionError> {
        (self.view.data.assigning.plans, self.view.data.assigning.preview) = (None, None);
        self.show_undo()?;
        self.follow_assignment()
    }

    /// Which readers said something of which images, by the names that people call them.
    fn said_by_name(&self) -> Result<BTreeMap<String, HashSet<ImageId>>, SessionError> {
        let mut said: BTreeMap<String, HashSet<ImageId>> = BTreeMap::new();
        for (logged, images) in self.store.said_by()? {
            said.entry(words::reader(&logged).to_owned()).or_default().extend(images);
        }
        Ok(said)
    }

    /// What each image is evened out by.
    fn strata(&self, strata: Strata) -> Result<Vec<String>, SessionError> {
        let rows = &self.view.rows;
        match strata {
            Strata::None => Ok(vec![String::new(); rows.len()]),
            Strata::Class => {
                let name = |class: usize| self.view.classes.name(class);
                let of = |said: &crate::domain::Annotation| match said.label {
                    Some(label) => name(label),
                    None if self.view.classes.findings => of_findings(&said.known_findings(), &name),
                    None => "no label".to_owned(),
                };
                Ok(self.annotations.iter().map(of).collect())
            }
            Strata::Uncertainty => {
                if !rows.iter().any(ImageRow::is_predicted) {
                    return Err(SessionError::refused(
                        "images cannot be evened out by uncertainty: no model is active, or it has not looked at any image yet",
                    ));
                }
                Ok(parts(rows))
            }
        }
    }

    fn remarks_of(&self, plan: &AssignmentPlan, made: &Assigned, copies: usize) -> Result<Vec<String>, SessionError> {
        let mut remarks = Vec::new();
        if copies > 0 {
            let are = if copies == 1 { "image is a copy" } else { "images are copies" };
            remarks.push(format!("{copies} {are} of others by content, of which one is read."));
        }
        let patients = self.divided_patients(made);
        if patients > 0 {
            let what =
                if patients == 1 { "1 patient's images go" } else { &format!("images of {patients} patients go") };
            remarks.push(format!(
                "{what} to different readers; to keep a patient's images with the same readers, ask for patients together (lists \
                 then differ in length, and are not evened out)."
            ));
        }
        if plan.honeypots + plan.repeats > 0 {
            let mut sighted = Vec::new();
            for reader in &plan.readers {
                if !self.mode_in(plan, reader)?.is_own() {
                    sighted.push(reader.as_str());
                }
            }
            if !sighted.is_empty() {
                remarks.push(format!(
                    "{} would read with the label in force in sight: repeats are left out for them and honeypots tell nothing. \
                     Have the plan ask them to read blind or with the reveal after the commit.",
                    sighted.join(", ")
                ));
            }
        }
        Ok(remarks)
    }

    /// Patients of whom some reader of their images has not all of those that were chosen.
    fn divided_patients(&self, made: &Assigned) -> usize {
        let group: HashMap<ImageKey, &str> =
            self.images.iter().filter_map(|image| Some((key(image), image.group.as_deref()?))).collect();
        let mut readers: BTreeMap<&ImageKey, BTreeSet<usize>> = BTreeMap::new();
        for reader in 0..made.list.orders.len() {
            for (image, _) in made.list.of(reader).filter(|(_, turn)| *turn == Turn::Plain) {
                readers.entry(image).or_default().insert(reader);
            }
        }
        let mut ways: BTreeMap<&str, BTreeSet<BTreeSet<usize>>> = BTreeMap::new();
        for (image, readers) in readers {
            if let Some(patient) = group.get(image) {
                ways.entry(patient).or_default().insert(readers);
            }
        }
        ways.values().filter(|ways| ways.len() > 1).count()
    }

    /// How a reader would read by a plan.
    fn mode_in(&self, plan: &AssignmentPlan, reader: &str) -> Result<ReadingMode, SessionError> {
        plan.reading.map_or_else(|| self.mode_chosen(reader), Ok)
    }

    fn shares(
        &self,
        plan: &AssignmentPlan,
        made: &Assigned,
        said: &BTreeMap<String, HashSet<ImageId>>,
    ) -> Result<Vec<ReaderShare>, SessionError> {
        let by_key: HashMap<ImageKey, ImageId> = self.images.iter().rev().map(|image| (key(image), image.id)).collect();
        let share = |(at, name): (usize, &String)| {
            // Who reads with the label in force in sight is shown nothing again.
            let again = self.mode_in(plan, name)?.is_own();
            let count = |turn: Turn| made.list.of(at).filter(|(_, one)| *one == turn).count();
            let repeats = if again { count(Turn::Repeat) } else { 0 };
            let known = said.get(name);
            let is_read =
                |image: &ImageKey| by_key.get(image).is_some_and(|id| known.is_some_and(|known| known.contains(id)));
            Ok(ReaderShare {
                name: name.clone(),
                readings: count(Turn::Plain) + count(Turn::Honeypot) + repeats,
                honeypots: count(Turn::Honeypot),
                repeats,
                read: made.list.of(at).filter(|(image, turn)| *turn == Turn::Plain && is_read(image)).count(),
            })
        };
        plan.readers.iter().enumerate().map(share).collect()
    }
}

/// The readers' names in order, each once.
fn names(asked: &[String]) -> Result<Vec<String>, SessionError> {
    let names: BTreeSet<String> =
        asked.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    match names.is_empty() {
        true => Err(SessionError::refused("nobody is named to read: give the names of the readers")),
        false => Ok(names.into_iter().collect()),
    }
}

fn chosen_words(asked: &ReadingsAsked) -> String {
    let of = match asked.images {
        ChosenImages::All => "all images".to_owned(),
        ChosenImages::Of(split) => format!("the {} images", split.name()),
        ChosenImages::Shown => "the images that the filter shows".to_owned(),
    };
    match asked.sample {
        Some(count) => format!("{count} of {of}"),
        None => of,
    }
}

/// What an image of findings is evened out by: the first of those that are present.
fn of_findings(known: &Findings, name: &dyn Fn(usize) -> String) -> String {
    match known.that_are(Presence::Present).next() {
        Some(finding) => name(finding),
        None if known.is_empty() => "nothing said".to_owned(),
        None => "no finding present".to_owned(),
    }
}

/// Rows in parts of as many images by how unsure the model is; of one uncertainty all are in the same part.
fn parts(rows: &[ImageRow]) -> Vec<String> {
    let mut sorted: Vec<f32> = rows.iter().filter(|row| row.is_predicted()).map(|row| row.uncertainty).collect();
    sorted.sort_by(f32::total_cmp);
    let part = |row: &ImageRow| {
        if !row.is_predicted() {
            return "not looked at by the model".to_owned();
        }
        let before = sorted.partition_point(|one| one.total_cmp(&row.uncertainty).is_lt());
        let at = before * PARTS / sorted.len().max(1);
        PART_NAMES.get(at).copied().unwrap_or_default().to_owned()
    };
    rows.iter().map(part).collect()
}
