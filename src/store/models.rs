//! The registry of models: immutable but for their status, their figures on the test split, and what is decided about them:
//! see [`super::decisions`].

use super::caches::finish;
use super::error::{IoContext, StoreError, from_json, to_json};
use super::project::Store;
use super::{decisions, model_words, now_ms, of_classes};
use crate::domain::decision::PROGRAM_READER;
use crate::domain::{ClassificationReport, ModelCard, ModelId, ModelRecord, ModelStatus, RunId, Tested};
use rusqlite::{Connection, Row, params};
use std::path::{Path, PathBuf};

/// A model to register.
#[derive(Clone, Debug)]
pub struct NewModel<'a> {
    pub card: &'a ModelCard,
    /// The weight file, wherever it lies; it is copied into the project.
    pub file: &'a Path,
    pub parent: Option<ModelId>,
    pub run: Option<RunId>,
}

impl Store {
    /// Copies a weight file to `models/` under the model's name and registers it as a candidate.
    pub fn add_model(&mut self, new: &NewModel<'_>) -> Result<ModelRecord, StoreError> {
        self.writable()?;
        let (name, bytes) = self.keep_weights(&new.card.name, new.file)?;
        let record = self.register(new, &name, bytes);
        if record.is_err() {
            // Best effort: a file nobody knows does no harm.
            let _ = std::fs::remove_file(self.dir.join("models").join(&name));
        }
        record
    }

    /// Puts it into the registry and the log.
    fn register(&mut self, new: &NewModel<'_>, name: &str, bytes: u64) -> Result<ModelRecord, StoreError> {
        let mut head = self.head.clone();
        let dir = self.dir.clone();
        let tx = self.begin()?;
        tx.execute(
            "INSERT INTO models (card, file, bytes, parent, run, status) VALUES (?, ?, ?, ?, ?, ?)",
            params![
                to_json(new.card)?,
                name,
                bytes as i64,
                new.parent.map(|id| id.0),
                new.run.map(|id| id.0),
                to_json(&ModelStatus::Candidate)?
            ],
        )?;
        let record = read_one(&tx, &dir, ModelId(tx.last_insert_rowid()))?;
        decisions::insert(&tx, &mut head, (now_ms(), PROGRAM_READER), &decisions::registered(&record), None)?;
        tx.commit()?;
        self.head = head;
        Ok(record)
    }

    /// Every model, the oldest first.
    pub fn models(&self) -> Result<Vec<ModelRecord>, StoreError> {
        let mut select = self.db.prepare(&format!("SELECT {COLUMNS} FROM models ORDER BY id"))?;
        let mut rows = select.query([])?;
        let mut models = Vec::new();
        while let Some(row) = rows.next()? {
            models.push(read_model(&self.db, &self.dir, row)?);
        }
        Ok(models)
    }

    /// One model.
    pub fn model(&self, id: ModelId) -> Result<ModelRecord, StoreError> {
        read_one(&self.db, &self.dir, id)
    }

    /// The model whose predictions are shown.
    pub fn active_model(&self) -> Result<Option<ModelRecord>, StoreError> {
        Ok(self.models()?.into_iter().find(|model| model.active))
    }

    /// Changes what a model is to the project.
    pub fn set_status(&mut self, id: ModelId, status: ModelStatus) -> Result<(), StoreError> {
        let changed =
            self.writable()?.execute("UPDATE models SET status = ? WHERE id = ?", params![to_json(&status)?, id.0])?;
        if changed == 0 { Err(StoreError::Unknown(format!("model {id}"))) } else { Ok(()) }
    }

    /// Notes a model's figures on the test split as it is now, and how far the project's history is at that.
    pub fn set_test_report(&mut self, id: ModelId, report: &ClassificationReport) -> Result<(), StoreError> {
        let changed = self.writable()?.execute(
            "UPDATE models SET test = ?, tested_event = (SELECT coalesce(max(id), 0) FROM events),
             tested_split = (SELECT coalesce(max(id), 0) FROM split_changes) WHERE id = ?",
            params![to_json(report)?, id.0],
        )?;
        if changed == 0 { Err(StoreError::Unknown(format!("model {id}"))) } else { Ok(()) }
    }

    /// A name no model of the project has: the given one, else with a number after it.
    pub fn unique_model_name(&self, base: &str) -> Result<String, StoreError> {
        let taken: Vec<String> = self.models()?.into_iter().map(|m| m.card.name).collect();
        let free = |name: &String| !taken.iter().any(|t| t.eq_ignore_ascii_case(name));
        let base = base.to_owned();
        if free(&base) {
            return Ok(base);
        }
        Ok((2..).map(|n| format!("{base}-{n}")).find(free).unwrap_or(base))
    }

    /// What is wrong with a model's weight file, without reading it: gone, or not of the length it was registered with.
    pub fn model_file_problem(&self, model: &ModelRecord) -> Result<Option<String>, StoreError> {
        let bytes: i64 = self.db.query_row("SELECT bytes FROM models WHERE id = ?", [model.id.0], |row| row.get(0))?;
        let name = model.file.display();
        if model.deleted {
            return Ok(Some(match self.is_restorable(model) {
                true => "it was deleted, and its weights lie in the bin: restore it to use it".to_owned(),
                false => "it was deleted, and the bin was emptied".to_owned(),
            }));
        }
        Ok(match std::fs::metadata(&model.file) {
            Err(_) => Some(format!("{name} is not there: put it back, or choose another model")),
            Ok(now) if now.len() as i64 != bytes => Some(format!(
                "{name} has {} bytes instead of {bytes}: put back a whole copy, or choose another model",
                now.len()
            )),
            Ok(_) => None,
        })
    }

    /// Copies a weight file under a free name in `models/`; that name and the length.
    fn keep_weights(&self, model: &str, from: &Path) -> Result<(String, u64), StoreError> {
        let folder = self.dir.join("models");
        std::fs::create_dir_all(&folder).on(&folder)?;
        let safe: String =
            model.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).take(80).collect();
        // No hidden file, and nothing that means a folder.
        let safe = format!("{}{safe}", if safe.is_empty() || safe.starts_with('.') { "model" } else { "" });
        let names = std::iter::once(safe.clone()).chain((2..).map(|n| format!("{safe}-{n}")));
        let name = names
            .map(|n| format!("{n}.safetensors"))
            .find(|n| !folder.join(n).exists() && !self.bin().join(n).exists())
            .unwrap_or(safe);
        let mut reader = std::fs::File::open(from).on(from)?;
        let mut temporary = tempfile::NamedTempFile::new_in(&folder).on(&folder)?;
        let bytes = std::io::copy(&mut reader, &mut temporary).on(from)?;
        finish(temporary, &folder.join(&name))?;
        Ok((name, bytes))
    }
}

pub(super) fn read_one(db: &Connection, dir: &Path, id: ModelId) -> Result<ModelRecord, StoreError> {
    let mut select = db.prepare(&format!("SELECT {COLUMNS} FROM models WHERE id = ?"))?;
    let mut rows = select.query([id.0])?;
    match rows.next()? {
        Some(row) => read_model(db, dir, row),
        None => Err(StoreError::Unknown(format!("model {id}"))),
    }
}

fn read_model(db: &Connection, dir: &Path, row: &Row<'_>) -> Result<ModelRecord, StoreError> {
    let (parent, run): (Option<i64>, Option<i64>) = (row.get(3)?, row.get(4)?);
    let (test, answers): (Option<String>, Option<String>) = (row.get(7)?, row.get(12)?);
    let scores: Option<String> = row.get(13)?;
    let id = ModelId(row.get(0)?);
    let words = model_words::of(db, id)?;
    let card: ModelCard = from_json(&row.get::<_, String>(1)?, "a model's card")?;
    Ok(ModelRecord {
        id,
        note: words.note,
        deleted: words.deleted,
        class_thresholds: of_classes::thresholds(db, id)?,
        finding_temperatures: of_classes::temperatures(db, id)?,
        finding_rules: of_classes::rules(db, id)?,
        card: ModelCard { name: words.name.unwrap_or(card.name), ..card },
        file: dir.join("models").join(row.get::<_, PathText>(2)?.0),
        parent: parent.map(ModelId),
        run: run.map(RunId),
        status: from_json(&row.get::<_, String>(5)?, "a model's status")?,
        active: row.get(6)?,
        test: test.map(|text| from_json(&text, "a model's test figures")).transpose()?,
        threshold: row.get(8)?,
        tested: match (row.get(9)?, row.get(10)?) {
            (Some(event), Some(split_change)) => Some(Tested { event, split_change }),
            _ => None,
        },
        temperature: row.get(11)?,
        answers: answers.map(|text| from_json(&text, "the rule of a model's answers")).transpose()?,
        scores: scores.map(|text| from_json(&text, "the calibration of a model's scores")).transpose()?,
    })
}

/// Of figures made before it was kept how far the history was, it is taken as it was when the model was made: they are not
/// older than that.
const COLUMNS: &str = "id, card, file, parent, run, status, active, test, threshold,
    CASE WHEN test IS NULL THEN NULL ELSE coalesce(tested_event, (SELECT coalesce(max(e.id), 0) FROM events e
        WHERE e.time_ms <= json_extract(card, '$.created_ms'))) END,
    CASE WHEN test IS NULL THEN NULL ELSE coalesce(tested_split, (SELECT coalesce(max(s.id), 0) FROM split_changes s
        WHERE s.time_ms <= json_extract(card, '$.created_ms'))) END,
    temperature, answers, scores";

/// A file name of the database, of which a foreign one could not step out of the folder.
struct PathText(PathBuf);

impl rusqlite::types::FromSql for PathText {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        let path = Path::new(value.as_str()?);
        path.file_name().map(|name| Self(name.into())).ok_or(rusqlite::types::FromSqlError::InvalidType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ThresholdBy;
    use crate::store::sample::{self, Sample};

    impl Sample {
        /// Registers a model whose weight file is a few bytes.
        pub(in crate::store) fn add_model(&mut self, name: &str) -> ModelId {
            self.add_model_of(name, &["a", "b"])
        }

        /// The same of these classes.
        pub(in crate::store) fn add_model_of(&mut self, name: &str, classes: &[&str]) -> ModelId {
            let file = self.dir.path().join("best.safetensors");
            std::fs::write(&file, format!("weights of {name}")).unwrap();
            let classes = crate::domain::ClassList::from_names(classes, false).unwrap();
            let card = ModelCard { classes, ..card(name) };
            self.store.add_model(&NewModel { card: &card, file: &file, parent: None, run: None }).unwrap().id
        }
    }

    fn card(name: &str) -> ModelCard {
        ModelCard {
            format: ModelCard::FORMAT,
            name: name.into(),
            architecture: crate::domain::Architecture::default(),
            classes: crate::domain::ClassList::from_names(&["a", "b"], false).unwrap(),
            preprocessing: crate::domain::Preprocessing::default(),
            recipe: Some(crate::domain::Recipe::default()),
            head: None,
            data_digest: "d".into(),
            threshold: None,
            decided: None,
            created_ms: 1,
        }
    }

    #[test]
    fn one_model_is_active_and_a_promotion_is_taken_back_by_another() {
        let mut project = sample::project(0);
        let (a, b) = (project.add_model("a"), project.add_model("b"));
        project.store.set_active("ada", Some(a)).unwrap();
        project.store.set_active("ada", Some(b)).unwrap();
        project.store.set_active("ada", Some(a)).unwrap();
        assert!(project.store.set_active("ada", Some(ModelId(99))).is_err());
        let mut project = project.reopen();
        let active = project.store.active_model().unwrap().expect("one is");
        assert_eq!((active.id, active.card), (a, card("a")));
        project.store.set_status(b, ModelStatus::Discarded).unwrap();
        let report = ClassificationReport { images: 3, accuracy: 1.0 / 3.0, ..Default::default() };
        project.store.set_test_report(b, &report).unwrap();
        let b = project.store.model(b).unwrap();
        assert_eq!((b.status, b.test), (ModelStatus::Discarded, Some(report)));
        assert_eq!((b.tested.map(|t| t.event), project.store.model(a).unwrap().tested), (Some(5), None));
        project.store.set_active("ada", None).unwrap();
        assert_eq!(project.store.active_model().unwrap(), None);
    }

    #[test]
    fn a_chosen_threshold_goes_before_the_card_s() {
        let mut project = sample::project(0);
        let id = project.add_model("a");
        let mut model = project.store.model(id).unwrap();
        assert_eq!((model.threshold, model.box_threshold()), (None, ModelRecord::THRESHOLD));
        model.card.threshold = Some(0.2);
        assert_eq!(model.box_threshold(), 0.2);
        let mut set = |id, to| project.store.set_threshold("ada", id, to, ThresholdBy::Hand);
        set(id, Some(0.35)).unwrap();
        assert!(set(id, Some(1.5)).is_err());
        assert!(set(id, Some(f64::NAN)).is_err());
        assert!(set(ModelId(99), None).is_err());
        let mut project = project.reopen();
        assert_eq!(project.store.model(id).unwrap().box_threshold(), 0.35);
        project.store.set_threshold("ada", id, None, ThresholdBy::Hand).unwrap();
        assert_eq!(project.store.model(id).unwrap().threshold, None);
    }

    #[test]
    fn equal_and_odd_names_get_files_of_their_own() {
        let mut project = sample::project(0);
        let ids = [project.add_model("../x y"), project.add_model("../x y"), project.add_model("")];
        let files: Vec<_> = ids.map(|id| project.store.model(id).unwrap().file).into();
        for file in &files {
            assert_eq!(file.parent(), Some(project.path.join("models").as_path()), "{}", file.display());
            assert!(file.is_file());
        }
        assert_ne!(files[0], files[1]);
        assert_eq!(project.store.unique_model_name("new").unwrap(), "new");
        project.add_model("new");
        assert_eq!(project.store.unique_model_name("New").unwrap(), "New-2");
    }

    #[test]
    fn a_registered_model_cannot_be_altered_and_a_cut_file_is_noticed() {
        let mut project = sample::project(0);
        let id = project.add_model("a");
        assert!(project.store.db.execute("UPDATE models SET card = '{}'", []).is_err());
        assert!(project.store.db.execute("DELETE FROM models", []).is_err());
        let model = project.store.model(id).unwrap();
        assert_eq!(project.store.model_file_problem(&model).unwrap(), None);
        std::fs::write(&model.file, "wei").unwrap();
        let problem = project.store.model_file_problem(&model).unwrap().expect("it is cut");
        assert!(problem.contains("3 bytes instead of 12"), "{problem}");
        std::fs::remove_file(&model.file).unwrap();
        assert!(project.store.model_file_problem(&model).unwrap().expect("it is gone").contains("not there"));
    }
}
