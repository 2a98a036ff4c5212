//! Training runs as the project remembers them, with their curves.

use super::error::{IoContext, StoreError, from_json, to_json};
use super::now_ms;
use super::project::Store;
use crate::domain::{EpochRecord, Metric, ModelId, Recipe, RunFacts, RunId, RunRecord, RunState};
use rusqlite::{Connection, Row, params};

impl Store {
    /// Notes a run that begins now.
    pub fn add_run(&mut self, recipe: &Recipe, parent: Option<ModelId>) -> Result<RunRecord, StoreError> {
        let started_ms = now_ms();
        let state = RunState::Running;
        let db = self.writable()?;
        db.execute(
            "INSERT INTO runs (recipe, state, started_ms, parent) VALUES (?, ?, ?, ?)",
            params![to_json(recipe)?, to_json(&state)?, started_ms, parent.map(|id| id.0)],
        )?;
        Ok(RunRecord {
            id: RunId(db.last_insert_rowid()),
            recipe: recipe.clone(),
            state,
            started_ms,
            epochs: Vec::new(),
            log: Vec::new(),
            facts: None,
            model: None,
            parent,
        })
    }

    /// Every run, the oldest first.
    pub fn runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        let mut select =
            self.db.prepare("SELECT id, recipe, state, started_ms, model, parent, facts FROM runs ORDER BY id")?;
        let mut rows = select.query([])?;
        let mut runs = Vec::new();
        // Whoever opens the project to write will note it.
        let left = self.is_left();
        while let Some(row) = rows.next()? {
            let id = RunId(row.get(0)?);
            let state: RunState = from_json(&row.get::<_, String>(2)?, "a run's state")?;
            let (model, parent): (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
            runs.push(RunRecord {
                id,
                recipe: from_json(&row.get::<_, String>(1)?, "a run's recipe")?,
                state: if left && state == RunState::Running { RunState::Interrupted } else { state },
                started_ms: row.get(3)?,
                epochs: epochs(&self.db, id)?,
                log: log(&self.db, id)?,
                facts: row
                    .get::<_, Option<String>>(6)?
                    .map(|text| from_json(&text, "what a run left on record"))
                    .transpose()?,
                model: model.map(ModelId),
                parent: parent.map(ModelId),
            });
        }
        Ok(runs)
    }

    /// One run.
    pub fn run(&self, id: RunId) -> Result<RunRecord, StoreError> {
        self.runs()?.into_iter().find(|run| run.id == id).ok_or_else(|| StoreError::Unknown(format!("run {id}")))
    }

    /// Notes the figures of an epoch. A resumed run that repeats an epoch replaces it and forgets the ones after it.
    pub fn append_epoch(&mut self, run: RunId, epoch: &EpochRecord) -> Result<(), StoreError> {
        let tx = self.begin()?;
        tx.execute("DELETE FROM epochs WHERE run = ? AND epoch >= ?", params![run.0, epoch.epoch as i64])?;
        insert_epoch(&tx, run, epoch)?;
        tx.commit()?;
        Ok(())
    }

    /// Adds a line to a run's log.
    pub fn append_run_log(&mut self, run: RunId, text: &str) -> Result<(), StoreError> {
        self.writable()?.execute(
            "INSERT INTO run_log (run, line, text)
             VALUES (?1, (SELECT coalesce(max(line), 0) + 1 FROM run_log WHERE run = ?1), ?2)",
            params![run.0, text],
        )?;
        Ok(())
    }

    /// Notes where a run stands and, once there is one, the model it ended in.
    pub fn set_run_state(&mut self, run: RunId, state: &RunState, model: Option<ModelId>) -> Result<(), StoreError> {
        let changed = self.writable()?.execute(
            "UPDATE runs SET state = ?, model = coalesce(?, model) WHERE id = ?",
            params![to_json(state)?, model.map(|id| id.0), run.0],
        )?;
        if changed == 0 { Err(StoreError::Unknown(format!("run {run}"))) } else { Ok(()) }
    }

    /// Notes what a run that ended left on record of itself.
    pub fn set_run_facts(&mut self, run: RunId, facts: &RunFacts) -> Result<(), StoreError> {
        let facts = to_json(facts)?;
        let changed = self.writable()?.execute("UPDATE runs SET facts = ? WHERE id = ?", params![facts, run.0])?;
        if changed == 0 { Err(StoreError::Unknown(format!("run {run}"))) } else { Ok(()) }
    }

    /// Replaces a run's state, model, epochs and log by the record's, in one transaction.
    pub fn update_run(&mut self, record: &RunRecord) -> Result<(), StoreError> {
        let run = record.id;
        let tx = self.begin()?;
        let changed = tx.execute(
            "UPDATE runs SET state = ?, model = ? WHERE id = ?",
            params![to_json(&record.state)?, record.model.map(|id| id.0), run.0],
        )?;
        if changed == 0 {
            return Err(StoreError::Unknown(format!("run {run}")));
        }
        tx.execute("DELETE FROM epochs WHERE run = ?", [run.0])?;
        tx.execute("DELETE FROM run_log WHERE run = ?", [run.0])?;
        for epoch in &record.epochs {
            insert_epoch(&tx, run, epoch)?;
        }
        for (line, text) in record.log.iter().enumerate() {
            tx.execute(
                "INSERT INTO run_log (run, line, text) VALUES (?, ?, ?)",
                params![run.0, line as i64 + 1, text],
            )?;
        }
        tx.commit()?;
        Ok(())
    }

    /// Forgets a run and deletes its folder; the model it made stays.
    pub fn delete_run(&mut self, run: RunId) -> Result<(), StoreError> {
        self.writable()?.execute("DELETE FROM runs WHERE id = ?", [run.0])?;
        let dir = self.run_dir(run);
        match std::fs::remove_dir_all(&dir) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e).on(&dir),
            _ => Ok(()),
        }
    }

    /// Runs that a program which is gone left running were interrupted.
    pub(super) fn mark_interrupted_runs(&mut self) -> Result<(), StoreError> {
        let (running, interrupted) = (to_json(&RunState::Running)?, to_json(&RunState::Interrupted)?);
        self.writable()?.execute("UPDATE runs SET state = ? WHERE state = ?", [interrupted, running])?;
        Ok(())
    }
}

/// The figures of an epoch that have no column of their own. What JSON cannot hold, as the loss of a run that diverged, is
/// left out.
fn more(e: &EpochRecord) -> EpochRecord {
    let mut more = EpochRecord {
        epoch: 0,
        train_loss: 0.0,
        train_accuracy: 0.0,
        learning_rate: 0.0,
        seconds: 0.0,
        data_wait: 0.0,
        best: false,
        ..e.clone()
    };
    more.validation.set(Metric::Loss, None);
    more.validation.set(Metric::Accuracy, None);
    more.train_loss_parts.retain(|_, part| part.is_finite());
    more
}

fn insert_epoch(db: &Connection, run: RunId, e: &EpochRecord) -> Result<(), StoreError> {
    let loss = e.validation.get(Metric::Loss);
    db.execute(
        "INSERT INTO epochs (run, epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, validated,
         learning_rate, seconds, data_wait, best, more) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            run.0,
            e.epoch as i64,
            e.train_loss,
            e.train_accuracy,
            loss,
            e.validation.get(Metric::Accuracy),
            loss.is_some(),
            e.learning_rate,
            e.seconds,
            e.data_wait,
            e.best,
            to_json(&more(e))?
        ],
    )?;
    Ok(())
}

fn epochs(db: &Connection, run: RunId) -> Result<Vec<EpochRecord>, StoreError> {
    let mut select = db.prepare_cached(
        "SELECT epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, validated, learning_rate,
         seconds, data_wait, best, more FROM epochs WHERE run = ? ORDER BY epoch",
    )?;
    // SQLite keeps NaN as NULL.
    let number =
        |row: &Row<'_>, column| Ok::<_, rusqlite::Error>(row.get::<_, Option<f64>>(column)?.unwrap_or(f64::NAN));
    let mut rows = select.query([run.0])?;
    let mut epochs = Vec::new();
    while let Some(row) = rows.next()? {
        let validated: bool = row.get(5)?;
        let more: Option<EpochRecord> =
            row.get::<_, Option<String>>(10)?.map(|text| from_json(&text, "an epoch's figures")).transpose()?;
        let mut more = more.unwrap_or_default();
        more.validation.set(Metric::Loss, if validated { Some(number(row, 3)?) } else { None });
        more.validation.set(Metric::Accuracy, row.get(4)?);
        epochs.push(EpochRecord {
            epoch: row.get::<_, u32>(0)? as usize,
            train_loss: number(row, 1)?,
            train_accuracy: number(row, 2)?,
            learning_rate: number(row, 6)?,
            seconds: number(row, 7)?,
            data_wait: number(row, 8)?,
            best: row.get(9)?,
            ..more
        });
    }
    Ok(epochs)
}

fn log(db: &Connection, run: RunId) -> Result<Vec<String>, StoreError> {
    let mut select = db.prepare_cached("SELECT text FROM run_log WHERE run = ? ORDER BY line")?;
    let rows = select.query_map([run.0], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Measured, StopReason};
    use crate::store::{Access, sample};

    fn epoch(epoch: usize, validation_loss: Option<f64>) -> EpochRecord {
        EpochRecord {
            epoch,
            train_loss: 0.1 + 0.2,
            train_accuracy: 2.0 / 3.0,
            validation: Measured::from_iter([
                (Metric::Loss, validation_loss),
                (Metric::Accuracy, validation_loss.map(|_| 0.5)),
                (Metric::Kappa, validation_loss.map(|_| -0.25)),
            ]),
            learning_rate: 1e-3,
            seconds: 1.5,
            data_wait: 0.25,
            best: epoch == 1,
            images_per_second: 12.5,
            drawn: vec![3, 4],
            ..EpochRecord::default()
        }
    }

    /// Of a model that draws boxes, which has no accuracy.
    fn epoch_of_boxes() -> EpochRecord {
        EpochRecord {
            validation: [(Metric::Loss, 0.1), (Metric::Map50, 0.75), (Metric::Map, 0.5)].into(),
            train_loss_parts: [("objectness".to_owned(), 0.25), ("classifier".to_owned(), 0.5)].into(),
            ..epoch(1, Some(0.1))
        }
    }

    #[test]
    fn figures_of_boxes_are_kept() {
        let mut project = sample::project(0);
        let run = project.store.add_run(&Recipe::default(), None).unwrap();
        project.store.append_epoch(run.id, &epoch_of_boxes()).unwrap();
        assert_eq!(project.reopen().store.run(run.id).unwrap().epochs, [epoch_of_boxes()]);
    }

    #[test]
    fn who_only_looks_sees_whether_a_run_still_goes() {
        let sample::Sample { mut store, path, dir: _kept, .. } = sample::project(0);
        let run = store.add_run(&Recipe::default(), None).unwrap();
        let seen = || Store::open(&path, Access::ReadOnly).unwrap().run(run.id).unwrap().state;
        assert_eq!(seen(), RunState::Running);
        drop(store);
        assert_eq!(seen(), RunState::Interrupted, "its writer is gone");
    }

    #[test]
    fn a_run_left_running_is_interrupted_and_can_go_on_from_a_checkpoint() {
        let mut project = sample::project(0);
        let run = project.store.add_run(&Recipe::default(), None).unwrap();
        for number in 1..=3 {
            project.store.append_epoch(run.id, &epoch(number, Some(0.1))).unwrap();
        }
        project.store.append_run_log(run.id, "begun").unwrap();
        let mut project = project.reopen();
        assert_eq!(project.store.run(run.id).unwrap().state, RunState::Interrupted);
        project.store.set_run_state(run.id, &RunState::Running, None).unwrap();
        // The checkpoint was after the first epoch: the second is done again, the third not yet.
        project.store.append_epoch(run.id, &epoch(2, None)).unwrap();
        project.store.append_run_log(run.id, "went on").unwrap();
        let model = project.add_model("a");
        let finished = RunState::Finished { stopped: Some(StopReason::NoGain) };
        project.store.set_run_state(run.id, &finished, Some(model)).unwrap();
        let facts = RunFacts { seed: u64::MAX, device: "CPU".into(), drawn: vec![6, 8], ..RunFacts::default() };
        project.store.set_run_facts(run.id, &facts).unwrap();

        let project = project.reopen();
        let read = project.store.run(run.id).unwrap();
        let expected = RunRecord {
            state: finished,
            epochs: vec![epoch(1, Some(0.1)), epoch(2, None)],
            log: vec!["begun".into(), "went on".into()],
            facts: Some(facts),
            model: Some(model),
            ..run
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn a_diverged_run_can_be_read_again() {
        let mut project = sample::project(0);
        let mut run = project.store.add_run(&Recipe::default(), None).unwrap();
        run.epochs.push(EpochRecord { train_loss: f64::NAN, ..epoch(1, Some(f64::NAN)) });
        run.epochs.push(EpochRecord { train_loss: f64::INFINITY, ..epoch(2, None) });
        let parts = [("objectness".to_owned(), f64::NAN), ("classifier".to_owned(), 0.5)].into();
        run.epochs.push(EpochRecord { epoch: 3, train_loss_parts: parts, ..epoch_of_boxes() });
        run.state = RunState::Failed { why: "the loss is not a number".into() };
        project.store.update_run(&run).unwrap();
        let read = project.store.runs().unwrap();
        assert!(read[0].epochs[0].train_loss.is_nan());
        assert!(read[0].epochs[0].validation.get(Metric::Loss).expect("it was validated").is_nan());
        assert_eq!(read[0].epochs[1].train_loss, f64::INFINITY);
        assert_eq!(read[0].epochs[2].train_loss_parts, [("classifier".to_owned(), 0.5)].into());
        project.store.delete_run(run.id).unwrap();
        assert_eq!(project.store.runs().unwrap(), []);
    }
}
