//! Plans of readings and their lists. That one was made, ended or deleted is an event of the log; the lists, which are long,
//! lie beside it under the digest that the event names.

use super::decisions::insert;
use super::error::{StoreError, damaged, from_json, to_json};
use super::log::{optional_text, text};
use super::now_ms;
use super::project::Store;
use crate::domain::annotation::{imported_reader, is_imported};
use crate::domain::{Assignment, AssignmentList, AssignmentPlan, AssignmentState, Decision, ImageId};
use crate::files::hash::sha256_hex;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, HashSet};

/// What a plan and its lists are called by: SHA-256 of both as JSON, hexadecimal.
fn digest(plan: &str, list: &str) -> String {
    sha256_hex(format!("{plan}\n{list}").as_bytes())
}

/// A state as its column holds it.
fn column(state: Option<AssignmentState>) -> Option<&'static str> {
    state.map(|state| match state {
        AssignmentState::Open => "open",
        AssignmentState::Ended => "ended",
    })
}

fn state_of(column: Option<&str>) -> Result<Option<AssignmentState>, StoreError> {
    match column {
        None => Ok(None),
        Some("open") => Ok(Some(AssignmentState::Open)),
        Some("ended") => Ok(Some(AssignmentState::Ended)),
        Some(other) => Err(damaged(format!("a plan of readings is {other:?}, which this program does not know"))),
    }
}

/// Puts a plan into another state.
pub(super) fn put_in_force(
    db: &Connection,
    digest: &str,
    [old, new]: [Option<AssignmentState>; 2],
) -> Result<(), StoreError> {
    let update = "UPDATE assignments SET state = ?3 WHERE digest = ?1 AND state IS ?2";
    match db.execute(update, params![digest, column(old), column(new)])? {
        0 => Err(StoreError::Refused(
            "the plan of readings is another one by now: look at it again and decide again".into(),
        )),
        _ => Ok(()),
    }
}

/// Keeps the lists of a plan, which is not in force by that.
fn keep(db: &Connection, digest: &str, plan: &str, list: &str) -> Result<(), StoreError> {
    let insert = "INSERT OR IGNORE INTO assignments (digest, plan, list, state) VALUES (?, ?, ?, NULL)";
    db.execute(insert, params![digest, plan, list])?;
    Ok(())
}

/// Images of each reader's list.
fn lengths(list: &AssignmentList) -> Vec<usize> {
    list.orders.iter().map(Vec::len).collect()
}

/// What a merge did with the plans of another copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenAssignments {
    /// Plans that are here from now on.
    pub new: usize,
    /// Plans that were ended, deleted or taken up again there later than here.
    pub changed: usize,
    /// Readers who are in several open plans, by name: the newest of them is what they read by.
    pub in_several: Vec<String>,
}

impl Store {
    /// All plans that there ever were, the oldest first.
    ///
    /// # Errors
    /// When one cannot be read, or is not the one that its event names.
    pub fn assignments(&self) -> Result<Vec<Assignment>, StoreError> {
        // By digest: when it was made, since when its state holds, who made it, and its place among all.
        let mut known: BTreeMap<String, (i64, i64, String, usize)> = BTreeMap::new();
        for (place, event) in self.decisions()?.into_iter().enumerate() {
            let Decision::Assignment { digest, decided_ms, old, new, .. } = event.decision else { continue };
            let at = decided_ms.unwrap_or(event.time_ms);
            let (made_ms, since_ms, ..) = known.entry(digest).or_insert((at, at, event.reader, place));
            *made_ms = at.min(*made_ms);
            // What changes nothing says that the very same was decided elsewhere, too.
            *since_ms = if old == new { at.max(*since_ms) } else { at };
        }
        let mut select = self.db.prepare("SELECT digest, plan, list, state FROM assignments")?;
        let mut rows = select.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let (named, plan, list) = (text(row, 0)?, text(row, 1)?, text(row, 2)?);
            let Some((made_ms, since_ms, by, place)) = known.get(named).cloned() else { continue };
            if digest(plan, list) != named {
                return Err(damaged("the lists of a plan of readings are not those that the log names".to_owned()));
            }
            let list: AssignmentList = from_json(list, "the lists of a plan of readings")?;
            if !list.is_whole() {
                return Err(damaged("the lists of a plan of readings name images that are not in it".to_owned()));
            }
            let plan: AssignmentPlan = from_json(plan, "a plan of readings")?;
            let state = state_of(optional_text(row, 3)?)?;
            all.push((
                made_ms,
                place,
                Assignment { digest: named.to_owned(), plan, list, state, made_ms, since_ms, by },
            ));
        }
        all.sort_by_key(|(made_ms, place, _)| (*made_ms, *place));
        Ok(all.into_iter().map(|(.., one)| one).collect())
    }

    /// The open plans without their lists, which are long.
    ///
    /// # Errors
    /// When a plan cannot be read.
    pub fn open_plans(&self) -> Result<Vec<AssignmentPlan>, StoreError> {
        let mut select = self.db.prepare("SELECT plan FROM assignments WHERE state = ? ORDER BY rowid")?;
        let mut rows = select.query([column(Some(AssignmentState::Open))])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(from_json(text(row, 0)?, "a plan of readings")?);
        }
        Ok(all)
    }

    /// The plan that a reader reads by: the newest open one with the reader in it, and the reader's place in it.
    ///
    /// # Errors
    /// As [`Store::assignments`].
    pub fn assignment_of(&self, reader: &str) -> Result<Option<(Assignment, usize)>, StoreError> {
        let open = |one: &Assignment| one.state == Some(AssignmentState::Open);
        let all = self.assignments()?.into_iter().rev().filter(open);
        Ok(all.into_iter().find_map(|one| one.reader(reader).map(|at| (one, at))))
    }

    /// Keeps a plan with its lists and opens it, in the log too; its digest.
    ///
    /// # Errors
    /// When the very same is open already, or it cannot be written.
    pub fn assign(&mut self, reader: &str, plan: &AssignmentPlan, list: &AssignmentList) -> Result<String, StoreError> {
        let (plan_text, list_text) = (to_json(plan)?, to_json(list)?);
        let digest = digest(&plan_text, &list_text);
        let here = self.assignments()?.into_iter().find(|one| one.digest == digest);
        let old = here.and_then(|one| one.state);
        if old == Some(AssignmentState::Open) {
            return Err(StoreError::Refused("this very plan is open already".into()));
        }
        self.write_assignment((None, reader), (&digest, plan, list), [old, Some(AssignmentState::Open)])?;
        Ok(digest)
    }

    /// Ends a plan, deletes it (`None`) or opens it again; that is an event of the log.
    ///
    /// # Errors
    /// When there is no such plan, it is so already, or it cannot be written.
    pub fn set_assignment(
        &mut self,
        reader: &str,
        digest: &str,
        new: Option<AssignmentState>,
    ) -> Result<(), StoreError> {
        let all = self.assignments()?;
        let Some(one) = all.iter().find(|one| one.digest == digest) else {
            return Err(StoreError::Unknown("this plan of readings".to_owned()));
        };
        if one.state == new {
            return Err(StoreError::Refused("the plan of readings is so already".into()));
        }
        self.write_assignment((None, reader), (digest, &one.plan, &one.list), [one.state, new])
    }

    fn write_assignment(
        &mut self,
        (decided_ms, reader): (Option<i64>, &str),
        (digest, plan, list): (&str, &AssignmentPlan, &AssignmentList),
        [old, new]: [Option<AssignmentState>; 2],
    ) -> Result<(), StoreError> {
        self.writable()?;
        self.load_history()?;
        let (plan_text, list_text) = (to_json(plan)?, to_json(list)?);
        let (digest, plan, images) = (digest.to_owned(), Box::new(plan.clone()), lengths(list));
        let decision = Decision::Assignment { digest: digest.clone(), plan, images, old, new, decided_ms };
        let mut head = self.head.clone();
        let tx = self.begin()?;
        keep(&tx, &digest, &plan_text, &list_text)?;
        let event = insert(&tx, &mut head, (now_ms(), reader), &decision, None)?;
        tx.commit()?;
        self.head = head;
        self.note_decision(&event);
        Ok(())
    }

    /// Takes the plans of another copy in: those that are not here, and what was decided there of others later than here. Done
    /// twice it does nothing more.
    ///
    /// # Errors
    /// When those of either cannot be read, or it cannot be written.
    pub fn take_assignments_of(&mut self, other: &Store) -> Result<TakenAssignments, StoreError> {
        let mut done = TakenAssignments::default();
        let there = other.decisions()?;
        for theirs in other.assignments()? {
            let ours = self.assignments()?.into_iter().find(|one| one.digest == theirs.digest);
            let by = match theirs.by.as_str() {
                name if is_imported(name) => name.to_owned(),
                name => imported_reader(name),
            };
            let parts = (theirs.digest.as_str(), &theirs.plan, &theirs.list);
            match ours {
                // One that was deleted there is known here from then on, as it is there, and since when it is so.
                None => {
                    for event in &there {
                        if let Decision::Assignment { digest, old, new, decided_ms, .. } = &event.decision
                            && *digest == theirs.digest
                        {
                            let at = decided_ms.unwrap_or(event.time_ms);
                            self.write_assignment((Some(at), &by), parts, [*old, *new])?;
                        }
                    }
                    done.new += 1;
                }
                Some(ours) => {
                    // Which copy is merged first makes no difference only where each knows the times of all.
                    if theirs.made_ms < ours.made_ms {
                        let same = [ours.state, ours.state];
                        self.write_assignment((Some(theirs.made_ms), &by), parts, same)?;
                    }
                    if (ours.since_ms, ours.state) < (theirs.since_ms, theirs.state) {
                        self.write_assignment((Some(theirs.since_ms), &by), parts, [ours.state, theirs.state])?;
                        done.changed += usize::from(ours.state != theirs.state);
                    }
                }
            }
        }
        let (mut seen, mut several) = (HashSet::new(), Vec::new());
        let open = self.assignments()?.into_iter().filter(|one| one.state == Some(AssignmentState::Open));
        for reader in open.flat_map(|one| one.plan.readers) {
            if !seen.insert(reader.clone()) && !several.contains(&reader) {
                several.push(reader);
            }
        }
        done.in_several = several;
        Ok(done)
    }

    /// Whether the plans are in the states that the log replays to.
    pub(super) fn assignments_are(
        &self,
        wanted: &BTreeMap<String, Option<AssignmentState>>,
    ) -> Result<bool, StoreError> {
        let mut select = self.db.prepare("SELECT digest, state FROM assignments")?;
        let mut rows = select.query([])?;
        let mut found = BTreeMap::new();
        while let Some(row) = rows.next()? {
            found.insert(text(row, 0)?.to_owned(), state_of(optional_text(row, 1)?)?);
        }
        let there = |(digest, state): (&String, &Option<AssignmentState>)| found.get(digest) == Some(state);
        let logged =
            |(digest, state): (&String, &Option<AssignmentState>)| state.is_none() || wanted.contains_key(digest);
        Ok(wanted.iter().all(there) && found.iter().all(logged))
    }

    /// Which readers said something of which images, in whatever way, by the names in the log.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn said_by(&self) -> Result<BTreeMap<String, HashSet<ImageId>>, StoreError> {
        let mut select = self.db.prepare(
            "SELECT DISTINCT reader, image FROM events WHERE image IS NOT NULL
             AND (own OR json_extract(change, '$.what') IN ('label', 'findings', 'box', 'reading'))",
        )?;
        let mut rows = select.query([])?;
        let mut said: BTreeMap<String, HashSet<ImageId>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            said.entry(text(row, 0)?.to_owned()).or_default().insert(ImageId(row.get(1)?));
        }
        Ok(said)
    }
}

/// States of plans that the damaged database holds beyond what the log came to, as the decisions that make them so.
pub(super) fn between(db: &Connection, held: &[(String, Option<String>)]) -> Result<Vec<Decision>, StoreError> {
    let mut all = Vec::new();
    for (digest, held) in held {
        let found =
            db.prepare("SELECT plan, list, state FROM assignments WHERE digest = ?")?.query_row([digest], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
            });
        let Ok((plan, list, now)) = found else { continue };
        let (old, new) = (state_of(now.as_deref())?, state_of(held.as_deref()).unwrap_or_default());
        if old != new {
            let list: AssignmentList = from_json(&list, "the lists of a plan of readings")?;
            let plan = Box::new(from_json(&plan, "a plan of readings")?);
            let (digest, images) = (digest.clone(), lengths(&list));
            all.push(Decision::Assignment { digest, plan, images, old, new, decided_ms: None });
        }
    }
    Ok(all)
}

#[cfg(test)]
#[path = "assignments_tests.rs"]
mod tests;
