//! What is decided about models, in the same chain of events as what is said of images. The registry holds what the log
//! replays to; both change in one transaction.

use super::error::{StoreError, damaged, from_json, to_json};
use super::head::Head;
use super::log::{Chained, NewRow, chain, text};
use super::project::Store;
use super::{assignments, now_ms, of_classes};
use crate::domain::annotation::is_imported;
use crate::domain::decision::PROGRAM_READER;
use crate::domain::{AssignmentState, Decided, Decision, DecisionEvent, EventId, ModelId, ModelRecord, ThresholdBy};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;

const COLUMNS: &str = "id, time_ms, reader, change, undoes, hash";

/// Whether a decision that the log calls so, of this reader, is one that undo comes to.
pub(super) fn is_undoable(what: &str, reader: &str) -> bool {
    const WHAT: [&str; 8] = [
        "threshold",
        "class_threshold",
        "temperature",
        "scores",
        "answers",
        "finding_temperatures",
        "finding_rules",
        "assignment",
    ];
    reader != PROGRAM_READER && !is_imported(reader) && WHAT.contains(&what)
}

impl Store {
    /// Logs what a person decides with one action and puts it in force, all of it or none. Refused when an old value is not
    /// the present one, or a value makes no sense.
    pub fn decide(&mut self, reader: &str, decisions: &[Decision]) -> Result<Vec<DecisionEvent>, StoreError> {
        self.writable()?;
        self.load_history()?;
        let mut head = self.head.clone();
        let tx = self.begin()?;
        let time_ms = now_ms();
        let mut events = Vec::with_capacity(decisions.len());
        for decision in decisions {
            events.push(insert(&tx, &mut head, (time_ms, reader), decision, None)?);
        }
        if let (Some(first), Some(last), true) = (events.first(), events.last(), events.len() > 1) {
            tx.execute("INSERT INTO event_batches (first, last) VALUES (?, ?)", params![first.id.0, last.id.0])?;
        }
        tx.commit()?;
        self.head = head;
        events.iter().for_each(|event| self.note_decision(event));
        Ok(events)
    }

    /// Logs a decision that takes an earlier one back, which must be what undo or redo comes to.
    pub(super) fn decide_undoing(
        &mut self,
        reader: &str,
        decision: Decision,
        undoes: EventId,
    ) -> Result<DecisionEvent, StoreError> {
        self.writable()?;
        let mut head = self.head.clone();
        let tx = self.begin()?;
        let event = insert(&tx, &mut head, (now_ms(), reader), &decision, Some(undoes))?;
        tx.commit()?;
        self.head = head;
        self.note_decision(&event);
        Ok(event)
    }

    pub(super) fn note_decision(&mut self, event: &DecisionEvent) {
        let undoable = match &event.decision {
            Decision::Threshold { .. }
            | Decision::ClassThreshold { .. }
            | Decision::Temperature { .. }
            | Decision::Scores { .. }
            | Decision::Answers { .. }
            | Decision::FindingTemperatures { .. }
            | Decision::FindingRules { .. } => event.reader != PROGRAM_READER && !is_imported(&event.reader),
            Decision::Assignment { digest, .. } => {
                let imported = is_imported(&event.reader);
                if let Some(history) = self.history.as_mut().filter(|_| imported || event.reader != PROGRAM_READER) {
                    history.note_plan(event.id, digest, imported, event.undoes);
                }
                false
            }
            Decision::Registered { .. }
            | Decision::TestOpened { .. }
            | Decision::ReportWritten { .. }
            | Decision::ReadingMode { .. }
            | Decision::ReaderDescribed { .. }
            | Decision::Study { .. }
            | Decision::Promoted { .. } => false,
        };
        if let Some(history) = self.history.as_mut().filter(|_| undoable) {
            history.note(event.id, None, false, event.undoes);
        }
    }

    /// Chooses from which score a model's boxes count, or from which probability the second of its two classes is called;
    /// `None` for what holds where nobody chose.
    pub fn set_threshold(
        &mut self,
        reader: &str,
        id: ModelId,
        threshold: Option<f64>,
        by: ThresholdBy,
    ) -> Result<(), StoreError> {
        let model = self.model(id)?;
        // What is chosen anew and comes out the same stays fixed since it was chosen first.
        if model.threshold == threshold {
            return Ok(());
        }
        self.decide(reader, &[threshold_of(&model, threshold, by)]).map(|_| ())
    }

    /// Chooses one class's own threshold, for a model that draws boxes or tells more than two classes apart; `None` for what holds
    /// where nobody chose.
    pub fn set_class_threshold(
        &mut self,
        reader: &str,
        id: ModelId,
        (class, threshold): (&str, Option<f64>),
        by: ThresholdBy,
    ) -> Result<(), StoreError> {
        let model = self.model(id)?;
        match class_threshold_of(&model, class, threshold, by)? {
            Some(decision) => self.decide(reader, &[decision]).map(|_| ()),
            // What is chosen anew and comes out the same stays fixed since it was chosen first.
            None => Ok(()),
        }
    }

    /// Makes a model the active one and marks it promoted; `None` leaves no model active.
    pub fn set_active(&mut self, reader: &str, model: Option<ModelId>) -> Result<(), StoreError> {
        let before = self.active_model()?.map(|model| model.id);
        let name = model.map(|id| self.model(id)).transpose()?.map(|model| model.card.name).unwrap_or_default();
        self.decide(reader, &[Decision::Promoted { model, name, before }]).map(|_| ())
    }

    /// Logs that figures on the test split are seen of a model, of which it has so many images, where none were before.
    /// `model` is `None` for a mere file of this name.
    pub fn open_test(
        &mut self,
        reader: &str,
        model: Option<ModelId>,
        name: &str,
        images: usize,
    ) -> Result<(), StoreError> {
        let seen = |event: &DecisionEvent| match &event.decision {
            Decision::TestOpened { model: of, name: called, .. } => *of == model && (model.is_some() || called == name),
            Decision::Registered { .. }
            | Decision::Threshold { .. }
            | Decision::ClassThreshold { .. }
            | Decision::Temperature { .. }
            | Decision::Scores { .. }
            | Decision::Answers { .. }
            | Decision::FindingTemperatures { .. }
            | Decision::FindingRules { .. }
            | Decision::ReportWritten { .. }
            | Decision::ReadingMode { .. }
            | Decision::Assignment { .. }
            | Decision::ReaderDescribed { .. }
            | Decision::Study { .. }
            | Decision::Promoted { .. } => false,
        };
        if self.decisions()?.iter().any(seen) {
            return Ok(());
        }
        let name = name.to_owned();
        self.decide(reader, &[Decision::TestOpened { model, name, images, earlier: false }]).map(|_| ())
    }

    /// Everything that was decided about models, the oldest first.
    pub fn decisions(&self) -> Result<Vec<DecisionEvent>, StoreError> {
        let mut select =
            self.db.prepare_cached(&format!("SELECT {COLUMNS} FROM events WHERE image IS NULL ORDER BY id"))?;
        let mut rows = select.query([])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(read_row(row)?);
        }
        Ok(events)
    }

    /// One of them; `None` where the event is about an image, or is not there.
    pub(super) fn decision(&self, id: EventId) -> Result<Option<DecisionEvent>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM events WHERE id = ? AND image IS NULL");
        self.db.prepare_cached(&query)?.query_row([id.0], |row| Ok(read_row(row))).optional()?.transpose()
    }

    /// Whether the registry holds what the decisions of the log replay to.
    pub fn decisions_hold(&self) -> Result<bool, StoreError> {
        let (mut states, mut active) = (BTreeMap::<ModelId, Decided>::new(), None);
        let mut plans: BTreeMap<String, Option<AssignmentState>> = BTreeMap::new();
        for event in self.decisions()? {
            match event.decision {
                Decision::Threshold { model, new, .. } => states.entry(model).or_default().threshold = new,
                Decision::ClassThreshold { model, class, new: Some(new), .. } => {
                    states.entry(model).or_default().classes.insert(class, new);
                }
                Decision::ClassThreshold { model, class, new: None, .. } => {
                    states.entry(model).or_default().classes.remove(&class);
                }
                Decision::Temperature { model, new, .. } => states.entry(model).or_default().temperature = new,
                Decision::Scores { model, new, .. } => states.entry(model).or_default().scores = new,
                Decision::Answers { model, new, .. } => states.entry(model).or_default().answers = new,
                Decision::FindingTemperatures { model, new, .. } => {
                    states.entry(model).or_default().finding_temperatures = new;
                }
                Decision::FindingRules { model, new, .. } => states.entry(model).or_default().finding_rules = new,
                Decision::Promoted { model, .. } => active = model,
                Decision::Registered { .. }
                | Decision::TestOpened { .. }
                | Decision::ReportWritten { .. }
                | Decision::ReadingMode { .. }
                | Decision::ReaderDescribed { .. }
                | Decision::Study { .. } => {}
                Decision::Assignment { digest, new, .. } => _ = plans.insert(digest, new),
            }
        }
        let none = Decided::default();
        Ok(self.assignments_are(&plans)?
            && self.models()?.iter().all(|model| {
                let state = states.get(&model.id).unwrap_or(&none);
                *state == model.decided() && model.active == (active == Some(model.id))
            }))
    }

    /// Logs what projects that are older than such events hold of them: models, test figures, thresholds, the active model.
    pub(super) fn adopt_decisions(&mut self) -> Result<(), StoreError> {
        let logged: Vec<ModelId> = (self.decisions()?.iter())
            .filter(|event| matches!(event.decision, Decision::Registered { .. }))
            .filter_map(|event| event.decision.model())
            .collect();
        let models: Vec<ModelRecord> = self.models()?.into_iter().filter(|model| !logged.contains(&model.id)).collect();
        let mut decisions: Vec<Decision> = models.iter().map(registered).collect();
        for model in &models {
            let (id, name) = (model.id, model.card.name.clone());
            if let Some(test) = &model.test {
                let opened = Decision::TestOpened { model: Some(id), name, images: test.images, earlier: true };
                decisions.push(opened);
            }
            if let Some(threshold) = model.threshold {
                let before = ModelRecord { threshold: None, ..model.clone() };
                decisions.push(threshold_of(&before, Some(threshold), ThresholdBy::Earlier));
            }
            if model.active {
                decisions.push(Decision::Promoted { model: Some(id), name: model.card.name.clone(), before: None });
            }
        }
        if decisions.is_empty() {
            return Ok(());
        }
        let mut head = self.head.clone();
        let tx = self.begin()?;
        let time_ms = now_ms();
        for decision in &decisions {
            append(&tx, &mut head, (time_ms, PROGRAM_READER), decision, None)?;
        }
        tx.commit()?;
        self.head = head;
        Ok(())
    }
}

/// That a model came into the project.
pub(super) fn registered(model: &ModelRecord) -> Decision {
    Decision::Registered { model: model.id, name: model.card.name.clone(), threshold: model.card.threshold }
}

/// The decision that changes a model's threshold.
pub fn threshold_of(model: &ModelRecord, new: Option<f64>, by: ThresholdBy) -> Decision {
    let draws = model.card.architecture.draws_boxes();
    Decision::Threshold {
        model: model.id,
        name: model.card.name.clone(),
        class: model.card.classes.names().get(1).filter(|_| !draws).cloned(),
        old: model.threshold,
        new,
        by,
    }
}

/// The decision that changes one class's own threshold; `None` where it is so already.
///
/// # Errors
/// Where the model has no such class, or its classes have no thresholds of their own.
pub fn class_threshold_of(
    model: &ModelRecord,
    class: &str,
    new: Option<f64>,
    by: ThresholdBy,
) -> Result<Option<Decision>, StoreError> {
    let (name, names) = (model.card.name.clone(), model.card.classes.names());
    if !model.has_classes_of_their_own() {
        return Err(StoreError::Refused(format!(
            "{name} tells two classes apart: it has one threshold, for the second"
        )));
    }
    if !names.iter().any(|one| one == class) {
        return Err(StoreError::Refused(format!("{name} has no class {class:?}: it has {}", names.join(", "))));
    }
    let old = model.class_thresholds.get(class).copied();
    let class = class.to_owned();
    Ok((old != new).then_some(Decision::ClassThreshold { model: model.id, name, class, old, new, by }))
}

/// Checks a decision against what is in force, puts it in force and logs it.
pub(super) fn insert(
    db: &Connection,
    head: &mut Head,
    by: (i64, &str),
    decision: &Decision,
    undoes: Option<EventId>,
) -> Result<DecisionEvent, StoreError> {
    let event = append(db, head, by, decision, undoes)?;
    put_in_force(db, &event.decision)?;
    Ok(event)
}

fn append(
    db: &Connection,
    head: &mut Head,
    (time_ms, reader): (i64, &str),
    decision: &Decision,
    undoes: Option<EventId>,
) -> Result<DecisionEvent, StoreError> {
    check(decision)?;
    let change = to_json(decision)?;
    let texts = [Some(change.as_str()), None, None];
    let row = NewRow { time_ms, reader, image: None, texts, undoes, stated_ms: None };
    let Chained { id, hash, .. } = chain(db, head, &row)?;
    // As it reads back: every number is logged to its last bit.
    let decision = from_json(&change, "the decision")?;
    Ok(DecisionEvent { id, time_ms, reader: reader.to_owned(), decision, undoes, hash })
}

fn check(decision: &Decision) -> Result<(), StoreError> {
    match decision {
        Decision::Threshold { new: Some(new), .. } | Decision::ClassThreshold { new: Some(new), .. }
            if !(0.0..=1.0).contains(new) =>
        {
            Err(StoreError::Refused("a threshold is a score: choose one from 0 to 1".into()))
        }
        Decision::Temperature { new: Some(new), .. } if !(new.is_finite() && *new > 0.0) => {
            Err(StoreError::Refused("a temperature is a number above 0".into()))
        }
        Decision::FindingTemperatures { new, .. }
            if new.iter().any(|one| !(one.temperature.is_finite() && one.temperature > 0.0)) =>
        {
            Err(StoreError::Refused("a temperature is a number above 0".into()))
        }
        Decision::FindingRules { new: Some(rules), .. } if !rules.makes_sense() => {
            Err(StoreError::Refused("the share of answers that may miss the truth lies from 0 to below 1".into()))
        }
        Decision::Answers { new: Some(rule), .. }
            if !(0.0..1.0).contains(&rule.miss) || !(-1e-9..=1.0).contains(&rule.least) =>
        {
            Err(StoreError::Refused("the share of answers that may miss the truth lies from 0 to below 1".into()))
        }
        Decision::Scores { new: Some(new), .. } if !new.makes_sense() => {
            Err(StoreError::Refused("scores are calibrated by numbers that keep the order of the boxes".into()))
        }
        Decision::ReaderDescribed { reader, .. } if reader.trim().is_empty() => {
            Err(StoreError::Refused("a reader needs a name: type one".into()))
        }
        Decision::ReaderDescribed { new, .. } if new.problem().is_some() => {
            Err(StoreError::Refused(new.problem().unwrap_or_default()))
        }
        Decision::Registered { .. }
        | Decision::Threshold { .. }
        | Decision::ClassThreshold { .. }
        | Decision::Temperature { .. }
        | Decision::Scores { .. }
        | Decision::Answers { .. }
        | Decision::FindingTemperatures { .. }
        | Decision::FindingRules { .. }
        | Decision::TestOpened { .. }
        | Decision::ReportWritten { .. }
        | Decision::ReadingMode { .. }
        | Decision::Assignment { .. }
        | Decision::ReaderDescribed { .. }
        | Decision::Study { .. }
        | Decision::Promoted { .. } => Ok(()),
    }
}

pub(super) fn put_in_force(db: &Connection, decision: &Decision) -> Result<(), StoreError> {
    let (model, column, changed) = match decision {
        Decision::Registered { .. }
        | Decision::TestOpened { .. }
        | Decision::ReportWritten { .. }
        | Decision::ReadingMode { .. }
        | Decision::ReaderDescribed { .. }
        | Decision::Study { .. } => return Ok(()),
        Decision::Assignment { digest, old, new, .. } => {
            return assignments::put_in_force(db, digest, [*old, *new]);
        }
        Decision::Promoted { model, .. } => {
            db.execute("UPDATE models SET active = 0 WHERE active", [])?;
            let Some(id) = model else { return Ok(()) };
            let promoted = to_json(&crate::domain::ModelStatus::Promoted)?;
            let changed =
                db.execute("UPDATE models SET active = 1, status = ? WHERE id = ?", params![promoted, id.0])?;
            return if changed == 0 { Err(StoreError::Unknown(format!("model {id}"))) } else { Ok(()) };
        }
        Decision::Threshold { model, old, new, .. } => {
            let update = "UPDATE models SET threshold = ?3 WHERE id = ?1 AND threshold IS ?2";
            (model, "the threshold", db.execute(update, params![model.0, old, new])?)
        }
        Decision::ClassThreshold { model, class, old, new, .. } => {
            let is_so = of_classes::change_threshold(db, *model, class, [*old, *new])?;
            (model, "the threshold of a class", usize::from(is_so))
        }
        Decision::Temperature { model, old, new, .. } => {
            let update = "UPDATE models SET temperature = ?3 WHERE id = ?1 AND temperature IS ?2";
            (model, "the temperature", db.execute(update, params![model.0, old, new])?)
        }
        Decision::Scores { model, old, new, .. } => {
            let [old, new] = [old, new].map(|map| map.as_ref().map(to_json).transpose());
            let update = "UPDATE models SET scores = ?3 WHERE id = ?1 AND scores IS ?2";
            (model, "the calibration of the scores", db.execute(update, params![model.0, old?, new?])?)
        }
        Decision::Answers { model, old, new, .. } => {
            let [old, new] = [old, new].map(|rule| rule.as_ref().map(to_json).transpose());
            let update = "UPDATE models SET answers = ?3 WHERE id = ?1 AND answers IS ?2";
            (model, "the rule of its answers", db.execute(update, params![model.0, old?, new?])?)
        }
        Decision::FindingTemperatures { model, old, new, .. } => {
            let is_so = of_classes::change_temperatures(db, *model, [old, new])?;
            (model, "the calibration of the findings", usize::from(is_so))
        }
        Decision::FindingRules { model, old, new, .. } => {
            let is_so = of_classes::change_rules(db, *model, [old.as_ref(), new.as_ref()])?;
            (model, "the rule of its answers", usize::from(is_so))
        }
    };
    if changed == 0 {
        return Err(StoreError::Refused(format!(
            "{column} of model {model} is another one by now: look at it again and decide again"
        )));
    }
    Ok(())
}

fn read_row(row: &Row<'_>) -> Result<DecisionEvent, StoreError> {
    Ok(DecisionEvent {
        id: EventId(row.get(0)?),
        time_ms: row.get(1)?,
        reader: row.get(2)?,
        decision: read_decision(text(row, 3)?)?,
        undoes: row.get::<_, Option<i64>>(4)?.map(EventId),
        hash: row.get(5)?,
    })
}

/// A decision as the log has it. One that this program does not know was written by a newer one.
pub(super) fn read_decision(change: &str) -> Result<Decision, StoreError> {
    serde_json::from_str(change)
        .map_err(|e| damaged(format!("an event about a model cannot be read, maybe it is of a newer Overread: {e}")))
}

#[cfg(test)]
#[path = "decisions_tests.rs"]
mod tests;
