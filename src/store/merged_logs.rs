//! The logs of other copies of a project, or of other projects over the same images, kept whole beside its own: whatever
//! is merged can be verified as it was written, by whoever wrote it.
//!
//! What is kept is a set of logs of which none is the beginning of another, or of the project's own. Keeping is a union of
//! such sets, so that it comes to the same in any order, in any grouping and however often it is done.

use super::caches::sync_folder;
use super::error::{IoContext, StoreError, damaged};
use super::project::Store;
use super::proof::{FollowedLog, follow_log};
use crate::files::atomically;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::PathBuf;

/// The folder in a project where they lie.
pub const MERGED: &str = "merged";
/// Digits of the last event's hash that a file is named by.
const DIGITS: usize = 16;

/// The setting that says how far merged logs were taken in.
const TAKEN: &str = "merged_taken";

/// How far a merged log was taken in.
#[derive(Debug, Serialize, Deserialize)]
struct Taken {
    events: usize,
    /// The hash of the last of these events.
    head: String,
}

/// A log that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedLog {
    pub file: PathBuf,
    pub log: FollowedLog,
}

/// What became of the logs of another project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Logs that are kept from now on.
    pub kept: usize,
    /// Logs that are the beginnings of these, and are no longer kept beside them.
    pub outgrown: usize,
    /// Events of the other project's own log that were not known here.
    pub events: usize,
}

/// What its file is called, without the ending.
fn name_of(log: &FollowedLog) -> &str {
    log.head.get(..DIGITS).unwrap_or(&log.head)
}

/// Whether the second log begins as the first is.
pub(super) fn begins(start: &FollowedLog, whole: &FollowedLog) -> bool {
    let end = i64::try_from(start.events).unwrap_or(i64::MAX);
    start.events == 0 || whole.hash_of(end) == Some(&*start.head)
}

/// Events that two logs begin with.
fn shared(one: &FollowedLog, other: &FollowedLog) -> usize {
    let same = |event: &i64| one.hash_of(*event).is_some() && one.hash_of(*event) == other.hash_of(*event);
    (1..).take_while(same).count()
}

impl Store {
    /// The logs that are kept beside the project's own, each followed from its first event on.
    ///
    /// # Errors
    /// When one cannot be read, does not follow, or is not the one that its name says.
    pub fn merged_logs(&self) -> Result<Vec<MergedLog>, StoreError> {
        let folder = self.dir().join(MERGED);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            error @ Err(_) => error.on(&folder)?,
        };
        let mut logs = Vec::new();
        for entry in entries {
            let file = entry.on(&folder)?.path();
            // Whatever is still being written has another ending; file systems of sticks put hidden files beside each.
            let hidden = file.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
            if hidden || file.extension().is_none_or(|extension| extension != "jsonl") {
                continue;
            }
            let log = follow_log(&file)?;
            if file.file_stem().is_none_or(|stem| stem != name_of(&log)) {
                let ends = "does not end with the event that it is named by: events were taken out or put in";
                return Err(damaged(format!("the merged log {} {ends}", file.display())).at(&file));
            }
            logs.push(MergedLog { file, log });
        }
        logs.sort_by(|a, b| a.file.cmp(&b.file));
        Ok(logs)
    }

    /// How many events the log of another project begins with that this one's own or a merged one has.
    ///
    /// # Errors
    /// When a log of either cannot be read or does not follow.
    pub fn known_events_of(&self, other: &Store) -> Result<usize, StoreError> {
        let (own, theirs, kept) = (self.follow_log()?, other.follow_log()?, self.merged_logs()?);
        Ok(kept.iter().map(|one| &one.log).chain([&own]).map(|log| shared(log, &theirs)).max().unwrap_or(0))
    }

    /// How many events the log of another project begins with whose words were taken in: those of this one's own log, and those
    /// of merged ones as far as [`Store::note_taken`] says. A merge that was broken off may have kept a log and taken nothing.
    ///
    /// # Errors
    /// When a log of either cannot be read or does not follow.
    pub fn taken_events_of(&self, other: &Store) -> Result<usize, StoreError> {
        let (own, theirs, kept) = (self.follow_log()?, other.follow_log()?, self.merged_logs()?);
        let taken: Option<Vec<Taken>> = self.setting(TAKEN)?;
        let end = |at: &Taken| i64::try_from(at.events).unwrap_or(i64::MAX);
        let of_kept = kept.iter().map(|one| {
            let up_to = match &taken {
                // Merged before this was noted.
                None => one.log.events,
                Some(taken) => {
                    let begins = |at: &&Taken| one.log.hash_of(end(at)) == Some(&*at.head);
                    taken.iter().filter(begins).map(|at| at.events).max().unwrap_or(0)
                }
            };
            shared(&one.log, &theirs).min(up_to)
        });
        let of_theirs = taken.iter().flatten().filter(|at| theirs.hash_of(end(at)) == Some(&*at.head));
        let of_theirs = of_theirs.map(|at| at.events);
        Ok(of_kept.chain(of_theirs).chain([shared(&own, &theirs)]).max().unwrap_or(0))
    }

    /// Notes which merged logs were taken in, before another is kept, where that was never noted.
    ///
    /// # Errors
    /// When they cannot be read, or it cannot be written.
    pub fn begin_taking(&mut self) -> Result<(), StoreError> {
        match self.setting::<Vec<Taken>>(TAKEN)? {
            Some(_) => Ok(()),
            None => self.note_taken(),
        }
    }

    /// Notes that what the merged logs say was taken in.
    ///
    /// # Errors
    /// When they cannot be read, or it cannot be written.
    pub fn note_taken(&mut self) -> Result<(), StoreError> {
        let taken = |one: MergedLog| Taken { events: one.log.events, head: one.log.head };
        let taken: Vec<Taken> = self.merged_logs()?.into_iter().map(taken).collect();
        self.set_setting(TAKEN, &taken)
    }

    /// Keeps the log of another project, and those that it keeps, beside this one's own.
    ///
    /// # Errors
    /// When a log of either cannot be read or does not follow, or one cannot be written: then some may be kept already, which
    /// does no harm.
    pub fn keep_logs_of(&self, other: &Store) -> Result<Kept, StoreError> {
        self.writable()?;
        let own = self.follow_log()?;
        let mut kept = self.merged_logs()?;
        let theirs = other.follow_log()?;
        let known = self.known_events_of(other)?;
        let mut done = Kept { events: theirs.events - known, ..Kept::default() };
        let folder = self.dir().join(MERGED);
        // What a merge that was broken off had still to remove.
        let is_start = |at: usize, log: &FollowedLog| {
            kept.iter().enumerate().any(|(other, one)| other != at && one.log != *log && begins(log, &one.log))
        };
        let starts: Vec<usize> =
            (0..kept.len()).filter(|at| kept.get(*at).is_some_and(|one| is_start(*at, &one.log))).collect();
        for at in starts.into_iter().rev() {
            let one = kept.remove(at);
            fs::remove_file(&one.file).on(&one.file)?;
        }
        let coming = other.merged_logs()?.into_iter().map(|one| (Some(one.file), one.log)).chain([(None, theirs)]);
        for (from, log) in coming {
            if begins(&log, &own) || kept.iter().any(|one| begins(&log, &one.log)) {
                continue;
            }
            let file = folder.join(name_of(&log)).with_extension("jsonl");
            fs::create_dir_all(&folder).on(&folder)?;
            match from {
                Some(from) => {
                    atomically(&file, |out| io::copy(&mut fs::File::open(&from)?, out).map(drop)).on(&file)?;
                }
                None => _ = other.export_log(&file)?,
            }
            // It is on disk before what it holds from the first event on goes.
            sync_folder(&folder);
            sync_folder(self.dir());
            let (outgrown, rest): (Vec<_>, Vec<_>) = kept.into_iter().partition(|one| begins(&one.log, &log));
            for one in &outgrown {
                fs::remove_file(&one.file).on(&one.file)?;
            }
            done.outgrown += outgrown.len();
            done.kept += 1;
            kept = rest;
            kept.push(MergedLog { file, log });
        }
        Ok(done)
    }
}
