//! The project's models: which are usable, promoting, rolling back, discarding, bringing in and handing out.

use crate::domain::{
    AnswerKind, ClassList, Decided, Decision, ModelCard, ModelId, ModelRecord, ModelStatus, ReadingMode, ThresholdBy,
    prespecified, prespecified_classes,
};
use crate::files::atomically;
use crate::inference::{Model, copy_with_card, onnx};
use crate::nn::Compute;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::Work;
use crate::session::protocol::view::ModelRow;
use crate::session::protocol::words;
use crate::store::NewModel;
use jiff::Zoned;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

impl Core {
    /// A model by its number or its name, as the command line takes it; of equal names the newest.
    pub fn find_model(&self, word: &str) -> Result<&ModelRecord, SessionError> {
        let number = word.parse::<i64>().ok().map(ModelId);
        let by_number = self.models.iter().find(|m| Some(m.id) == number);
        by_number.or_else(|| self.models.iter().rev().find(|m| m.card.name == word)).ok_or_else(|| {
            let names: Vec<&str> = self.models.iter().map(|m| m.card.name.as_str()).collect();
            let known = if names.is_empty() { "it has none yet: train one".into() } else { names.join(", ") };
            SessionError::refused(format!("the project has no model {word:?}; its models: {known}"))
        })
    }

    /// The active model.
    pub fn active_model(&self) -> Option<&ModelRecord> {
        self.models.iter().find(|m| m.active)
    }

    /// Why a model cannot be used, in a sentence.
    pub fn problem(&self, model: ModelId) -> Option<&str> {
        self.view.models.iter().find(|m| m.record.id == model)?.problem.as_deref()
    }

    /// All registered models that can be used, with their files.
    pub(in crate::session) fn usable_models(&self) -> Vec<(ModelId, std::path::PathBuf)> {
        let usable = self.view.models.iter().filter(|model| model.problem.is_none());
        usable.map(|model| (model.record.id, model.record.file.clone())).collect()
    }

    /// A registered model that can be used.
    pub(in crate::session) fn usable_model(&self, model: ModelId) -> Result<&ModelRecord, SessionError> {
        let record = self.models.iter().find(|m| m.id == model);
        let record = record.ok_or_else(|| SessionError::refused(format!("the project has no model {model}")))?;
        match self.problem(model) {
            Some(why) => Err(SessionError::refused(format!("{} cannot be used: {why}", record.card.name))),
            None => Ok(record),
        }
    }

    /// Makes a model the active one and shows what it said before; what comes back is what it has yet to say. Promoting
    /// an old model is the way back from a new one.
    pub fn promote(&mut self, model: ModelId) -> Result<Vec<Work>, SessionError> {
        self.check_writable()?;
        self.usable_model(model)?;
        self.store.set_active(&self.view.reader, Some(model))?;
        self.refresh(Changed::ActiveModel)?;
        Ok(self.missing_predictions()?.into_iter().collect())
    }

    /// Decides against a model; it stays in the list and can still be promoted.
    pub fn discard(&mut self, model: ModelId) -> Result<(), SessionError> {
        self.check_writable()?;
        if self.view.active == Some(model) {
            return Err(SessionError::refused(
                "the active model cannot be discarded: promote another one first, then discard it",
            ));
        }
        self.store.set_status(model, ModelStatus::Discarded)?;
        self.refresh(Changed::Models)
    }

    /// Calls a model otherwise, and keeps a note of it.
    ///
    /// # Errors
    /// When the name is empty, too long or another model's.
    pub fn describe_model(&mut self, model: ModelId, name: &str, note: &str) -> Result<(), SessionError> {
        self.check_writable()?;
        self.store.describe_model(model, name, note)?;
        self.refresh(Changed::Models)
    }

    /// Puts a model's weights into the bin.
    ///
    /// # Errors
    /// When it is the active model, or a run goes on from it.
    pub fn delete_model(&mut self, model: ModelId) -> Result<(), SessionError> {
        self.check_writable()?;
        if self.view.training.as_ref().is_some_and(|training| training.running) {
            return Err(SessionError::refused(
                "a run is in progress, which may need it: delete the model when it is done",
            ));
        }
        let name = self.record(model)?.card.name.clone();
        self.store.delete_model(model)?;
        self.mention(format!("{name} is in the bin under Models, where it can be restored"));
        self.refresh(Changed::Models)
    }

    /// Brings a model's weights back out of the bin.
    ///
    /// # Errors
    /// When they are not there any more.
    pub fn restore_model(&mut self, model: ModelId) -> Result<(), SessionError> {
        self.check_writable()?;
        self.store.restore_model(model)?;
        self.refresh(Changed::Models)
    }

    /// Deletes what is in the bin for good.
    ///
    /// # Errors
    /// When a file cannot be deleted.
    pub fn empty_bin(&mut self) -> Result<(), SessionError> {
        self.check_writable()?;
        self.store.empty_bin()?;
        self.refresh(Changed::Models)
    }

    /// Registers a weight file that Overread wrote, as a candidate.
    pub fn import_model(&mut self, file: &Path, compute: &Compute) -> Result<ModelId, SessionError> {
        self.check_writable()?;
        // Opening it whole finds a cut file before it is registered. It does not say when it was made: the list says when
        // it came.
        let created_ms = jiff::Timestamp::now().as_millisecond();
        let card = ModelCard { created_ms, ..Model::open(file, compute)?.card().clone() };
        let decided = card.decided.clone().unwrap_or_default();
        let card = card.with_decided(Decided::default());
        if let Some(why) = unusable(&card, &self.view.classes) {
            return Err(SessionError::refused(format!("{} cannot be used in this project: {why}", file.display())));
        }
        // Two models of one name could not be told apart, neither in a list nor by whoever asks for one.
        let card = ModelCard { name: self.store.unique_model_name(&card.name)?, ..card };
        // What it was trained from is not of this project.
        let record = self.store.add_model(&NewModel { card: &card, file, parent: None, run: None })?;
        let taken_over = taken_over(&record, decided);
        if !taken_over.is_empty() {
            self.store.decide(&self.view.reader, &taken_over)?;
        }
        self.refresh(Changed::Models)?;
        Ok(record.id)
    }

    /// Copies a model's file; what was decided about it goes along in it.
    pub fn export_model(&self, model: ModelId, to: &Path) -> Result<(), SessionError> {
        let record = self.usable_model(model)?;
        let decided = record.decided();
        if decided != Decided::default() {
            return Ok(copy_with_card(&record.file, to, |card| card.with_decided(decided.clone()))?);
        }
        let mut source = File::open(&record.file).map_err(|e| SessionError::file(&record.file, "read", &e))?;
        let copied = atomically(to, |out| std::io::copy(&mut source, out).map(|_| ()));
        copied.map_err(|e| SessionError::file(to, "written", &e))
    }

    /// Writes a model as ONNX, for other programs; what was decided about it goes along.
    pub fn export_onnx(&self, model: ModelId, to: &Path) -> Result<(), SessionError> {
        let record = self.usable_model(model)?;
        Ok(onnx::export(&record.file, record.decided(), to)?)
    }

    /// Reads the registry again and looks whether every model can be used.
    pub(in crate::session) fn read_models(&mut self) -> Result<(), SessionError> {
        self.models = self.store.models()?;
        self.reload_yardsticks()?;
        let now = Zoned::now();
        let names = self.view.classes.names();
        let decisions = self.store.decisions()?;
        let mut rows = Vec::with_capacity(self.models.len());
        for record in self.models.iter().rev() {
            let problem = match misfit(&record.card, &names) {
                Some(why) => Some(why),
                None => self.store.model_file_problem(record)?,
            };
            if record.deleted && !self.store.is_restorable(record) {
                continue;
            }
            let parent = record.parent.and_then(|id| self.models.iter().find(|m| m.id == id));
            rows.push(ModelRow {
                created: words::day_and_time(record.card.created_ms, &now),
                parent_name: parent.map(|m| m.card.name.clone()),
                problem,
                since: self.changed_since(record.id),
                prespecified: prespecified(&decisions, record.id),
                prespecified_classes: prespecified_classes(&decisions, record.id),
                record: record.clone(),
            });
        }
        self.view.active = self.active_model().map(|m| m.id);
        let detector = self.active_model().filter(|m| m.card.architecture.draws_boxes());
        self.view.threshold = detector.map(ModelRecord::box_threshold);
        self.view.class_thresholds = self.active_model().map(ModelRecord::thresholds).unwrap_or_default();
        let of_findings = self.active_model().filter(|model| model.card.answers() == AnswerKind::Findings);
        self.view.finding_thresholds = of_findings.map(|model| Arc::new(model.finding_thresholds()));
        self.view.answers = self.active_model().and_then(|model| model.answers);
        self.view.finding_rules = self.active_model().and_then(|model| Some(Arc::new(model.rules_of_findings()?)));
        self.view.models = Arc::new(rows);
        if self.view.reading == ReadingMode::Blind {
            self.models.clear();
        }
        Ok(())
    }
}

/// The decisions that take over what was decided elsewhere about a model that comes in with its file.
fn taken_over(record: &ModelRecord, decided: Decided) -> Vec<Decision> {
    let (model, name) = (record.id, || record.card.name.clone());
    let second = record.card.classes.names().get(1).filter(|_| !record.card.architecture.draws_boxes()).cloned();
    let temperature = decided.temperature.map(|new| Decision::Temperature {
        model,
        name: name(),
        old: None,
        new: Some(new),
        on: None,
    });
    let threshold = decided.threshold.map(|new| Decision::Threshold {
        model,
        name: name(),
        class: second,
        old: None,
        new: Some(new),
        by: ThresholdBy::ModelFile,
    });
    let answers = decided.answers.map(|rule| Decision::Answers { model, name: name(), old: None, new: Some(rule) });
    let scores =
        decided.scores.map(|new| Decision::Scores { model, name: name(), old: None, new: Some(new), on: None });
    let known = record.card.classes.names();
    let own =
        decided.classes.into_iter().filter(|(class, _)| record.has_classes_of_their_own() && known.contains(class));
    let own = own.map(|(class, new)| Decision::ClassThreshold {
        model,
        name: name(),
        class,
        old: None,
        new: Some(new),
        by: ThresholdBy::ModelFile,
    });
    let temperatures = (!decided.finding_temperatures.is_empty()).then(|| Decision::FindingTemperatures {
        model,
        name: name(),
        old: Vec::new(),
        new: decided.finding_temperatures,
        on: None,
    });
    let rules =
        decided.finding_rules.map(|new| Decision::FindingRules { model, name: name(), old: None, new: Some(new) });
    [temperature, scores, threshold, answers, temperatures, rules].into_iter().flatten().chain(own).collect()
}

/// Why a model that comes in cannot be used in a project of these classes, where that is so.
pub(super) fn unusable(card: &ModelCard, classes: &ClassList) -> Option<String> {
    misfit(card, &classes.names()).or_else(|| other_kind(card, classes.findings))
}

/// Why a model answers in another way than the images of a project are spoken of, where it does.
fn other_kind(card: &ModelCard, findings: bool) -> Option<String> {
    match (card.answers(), findings) {
        (AnswerKind::Class, true) => Some(
            "it says one class of an image by a softmax, while an image of this project may have several findings or none: train \
             a model of findings"
                .to_owned(),
        ),
        (AnswerKind::Findings, false) => Some(
            "it says several findings of an image, each by a sigmoid, while an image of this project has one class: train a \
             model of classes, or make this a project of findings with `overread convert --to findings`"
                .to_owned(),
        ),
        (AnswerKind::Class, false) | (AnswerKind::Findings, true) | (AnswerKind::Boxes, _) => None,
    }
}

/// Why a model does not fit a project's classes.
fn misfit(card: &ModelCard, classes: &[String]) -> Option<String> {
    let of_model = card.classes.names();
    let mut sorted = (of_model.clone(), classes.to_vec());
    sorted.0.sort();
    sorted.1.sort();
    (of_model != classes).then(|| {
        if sorted.0 == sorted.1 {
            return format!(
                "it has the project's classes in another order: {}, the project has {}",
                of_model.join(", "),
                classes.join(", ")
            );
        }
        format!(
            "it tells {} apart, the project {}: train a new model, or give the classes their former names",
            of_model.join(", "),
            classes.join(", ")
        )
    })
}
