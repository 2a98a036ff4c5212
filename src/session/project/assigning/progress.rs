//! How far the readers of a plan are, how often they are right where the truth is known, and how far they agree with themselves.

use super::key;
use super::mine::is_done;
use crate::domain::annotation::is_imported;
use crate::domain::change::Seeing;
use crate::domain::{
    AnnotationEvent, Assignment, AssignmentState, ClassList, Findings, ImageId, ImageKey, Presence, ReadingMode, Turn,
};
use crate::evaluation::influence::Part;
use crate::evaluation::retest::retest;
use crate::session::importing::readings::{Readings, Word};
use crate::session::project::core::Core;
use crate::session::project::influence::truth::truth;
use crate::session::protocol::assignments::{AssignmentView, ReaderProgress};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use crate::session::protocol::work::Worked;
use crate::store::Store;
use jiff::Zoned;
use std::collections::HashMap;
use std::sync::Arc;

/// What a reader said of an image, as far as it is compared: its class, or what is known of its findings.
type Answer = (Option<usize>, Findings);

/// What one reader said of one image.
#[derive(Default)]
struct Said {
    /// The first reading, and whether it was said without the model and the others.
    first: Option<(Answer, bool)>,
    second: Option<Answer>,
    /// Each of the two is done, as the reader's own list has it.
    done: [bool; 2],
    /// When each was said, in ms since 1970-01-01 UTC.
    times: Vec<i64>,
}

impl Said {
    fn of(readings: &Readings, name: &str, mode: ReadingMode) -> Self {
        let is_theirs = |logged: &String| words::reader(logged) == name;
        let answer = |word: &Word| (word.label, word.findings.clone());
        let word = readings
            .words
            .iter()
            .filter(|(logged, word)| is_theirs(logged) && !readings.silenced(logged, word))
            .map(|(_, word)| word)
            .max_by_key(|word| word.said_ms);
        // What was committed was said before anything was revealed, whatever was said after that.
        let committed = readings.own.iter().filter(|(logged, _)| is_theirs(logged)).find_map(|(_, own)| {
            let said = own.committed.as_ref()?;
            Some((said.label, said.findings.clone()))
        });
        let first = match (committed, word) {
            (Some(answer), _) => Some((answer, true)),
            (None, Some(word)) => Some((answer(word), word.seeing == Seeing::Nothing)),
            (None, None) => None,
        };
        let second = readings.again.iter().filter(|(logged, _)| is_theirs(logged)).map(|(_, word)| word).next_back();
        let times = word.into_iter().chain(second).map(|word| word.said_ms).collect();
        let here = || readings.own.iter().filter(|(logged, _)| is_theirs(logged)).map(|(_, own)| own);
        let elsewhere = |(logged, word): (&String, &Word)| {
            is_imported(logged) && is_theirs(logged) && !readings.silenced(logged, word)
        };
        let done = match mode.is_own() {
            false => [first.is_some() || !readings.state.signed.is_empty(), second.is_some()],
            true => [
                here().any(|own| is_done(mode, own)) || readings.words.iter().any(elsewhere),
                here().filter_map(|own| own.again.as_deref()).any(|own| is_done(mode, own))
                    || readings.again.iter().any(elsewhere),
            ],
        };
        Self { first, second: second.map(answer), done, times }
    }
}

/// Pairs of answers to the same questions, numbered.
fn pairs(a: &Answer, b: &Answer, classes: &ClassList) -> Vec<(usize, usize)> {
    if !classes.findings {
        return a.0.zip(b.0).into_iter().collect();
    }
    let number = |presence: Presence| Presence::ALL.iter().position(|one| *one == presence).unwrap_or_default();
    let both = |(finding, said): (usize, Presence)| Some((number(said), number(b.1.get(finding)?)));
    a.1.iter().filter_map(both).collect()
}

fn answers(classes: &ClassList) -> usize {
    if classes.findings { Presence::ALL.len() } else { classes.len() }
}

/// How far each reader of a plan is. `mode_of` says how a reader reads.
///
/// # Errors
/// When the project cannot be read.
pub fn of_plan(
    store: &Store,
    assignment: &Assignment,
    mode_of: &dyn Fn(&str) -> Result<ReadingMode, SessionError>,
) -> Result<Vec<ReaderProgress>, SessionError> {
    let classes = store.classes()?;
    let here: HashMap<ImageKey, ImageId> = store.images()?.iter().rev().map(|image| (key(image), image.id)).collect();
    // Images are in the lists of several.
    let mut known: HashMap<ImageId, (Vec<AnnotationEvent>, Readings)> = HashMap::new();
    let mut all = Vec::new();
    for (at, name) in assignment.plan.readers.iter().enumerate() {
        let (mut read, mut total, mut in_sight) = (0, 0, 0);
        let mut times: Vec<(ImageId, i64, Vec<usize>)> = Vec::new();
        let (mut right, mut judged, mut again) = (0, 0, Vec::new());
        let list: Vec<(ImageId, Turn)> =
            assignment.list.of(at).filter_map(|(image, turn)| Some((*here.get(image)?, turn))).collect();
        let mut repeated = false;
        let mode = assignment.plan.reading.map_or_else(|| mode_of(name), Ok)?;
        for (image, turn) in &list {
            if !known.contains_key(image) {
                let events = store.events(*image)?;
                let readings = Readings::of(&events);
                known.insert(*image, (events, readings));
            }
            let Some((events, readings)) = known.get(image) else { continue };
            let said = Said::of(readings, name, mode);
            if *turn == Turn::Repeat {
                if let ([_, true], Some((first, _)), Some(second)) = (said.done, &said.first, &said.second) {
                    again.extend(pairs(first, second, &classes));
                    repeated = true;
                    read += 1;
                }
                continue;
            }
            total += 1;
            if !said.done[0] {
                continue;
            }
            read += 1;
            let Some((first, alone)) = &said.first else { continue };
            times.extend(said.times.iter().map(|time| (*image, *time, Vec::new())));
            if *turn == Turn::Honeypot {
                match truth(events, name).map(|truth| (truth.label, truth.findings)).filter(|_| *alone) {
                    Some(truth) => {
                        let pairs = pairs(&truth, first, &classes);
                        judged += usize::from(!pairs.is_empty());
                        right += usize::from(!pairs.is_empty() && pairs.iter().all(|(a, b)| a == b));
                    }
                    None => in_sight += usize::from(!alone),
                }
            }
        }
        // Who reads with the label in sight is shown nothing again.
        if repeated || mode.is_own() {
            total += list.iter().filter(|(_, turn)| *turn == Turn::Repeat).count();
        }
        times.sort_by_key(|(_, time, _)| *time);
        let left = i64::try_from(total.saturating_sub(read)).unwrap_or(i64::MAX);
        let pace = Worked::of(&times).per_hour().filter(|pace| *pace > 0.0 && left > 0);
        all.push(ReaderProgress {
            name: name.clone(),
            read,
            total,
            left_ms: pace.map(|pace| (left as f64 * 3.6e6 / pace) as i64),
            honeypots: Part::new(right, judged),
            honeypots_in_sight: in_sight,
            repeats: retest(&again, answers(&classes)),
        });
    }
    Ok(all)
}

impl Core {
    /// All plans that were not deleted with how far their readers are, the newest first.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn assignments(&self) -> Result<Vec<AssignmentView>, SessionError> {
        let now = Zoned::now();
        let mut all = Vec::new();
        for one in self.store.assignments()?.into_iter().rev() {
            let Some(state) = one.state else { continue };
            let way = |reader: &str| match state {
                AssignmentState::Open => self.mode_of(reader),
                // What a later plan asks for was not asked then.
                AssignmentState::Ended => self.mode_chosen(reader),
            };
            all.push(AssignmentView {
                readers: of_plan(&self.store, &one, &way)?,
                digest: one.digest,
                made: words::instant(one.made_ms, &now),
                by: words::reader(&one.by).to_owned(),
                state,
                images: one.list.images.len(),
                plan: one.plan,
            });
        }
        Ok(all)
    }

    /// The same for the window.
    pub(in crate::session) fn count_readings(&mut self) -> Result<(), SessionError> {
        self.view.data.assigning.plans = Some(Arc::new(self.assignments()?));
        self.show_studies()
    }

    /// The open plans, the newest first, by their digests.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn open_assignments(&self) -> Result<Vec<String>, SessionError> {
        let open = |one: &Assignment| one.state == Some(AssignmentState::Open);
        Ok(self.store.assignments()?.into_iter().rev().filter(open).map(|one| one.digest).collect())
    }
}
