//! What is decided about models: put in force and into the log at once, shown, and what it changes judged anew.

use crate::domain::{Decision, LoggedEvent, ModelId, ModelRecord, ThresholdBy};
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::Work;

/// The setting under which a project keeps whether its test split stays closed after a training.
pub(in crate::session) const TEST_CLOSED: &str = "test_closed";

impl Core {
    /// Chooses by hand the score from which a model's boxes count, or the probability from which the second of two classes is
    /// called; `None` for what holds where nobody chose. The rows follow where it is the active one.
    ///
    /// # Errors
    /// When the project cannot be changed, has no such model, or the threshold is no score.
    pub fn set_threshold(&mut self, model: ModelId, threshold: Option<f64>) -> Result<(), SessionError> {
        self.fix_threshold(model, threshold, ThresholdBy::Hand)
    }

    /// As [`Core::set_threshold`], with where it comes from.
    pub(in crate::session) fn fix_threshold(
        &mut self,
        model: ModelId,
        threshold: Option<f64>,
        by: ThresholdBy,
    ) -> Result<(), SessionError> {
        self.check_writable()?;
        self.store.set_threshold(&self.view.reader, model, threshold, by)?;
        self.refresh(if self.view.active == Some(model) { Changed::Threshold } else { Changed::Models })
    }

    /// Chooses one class's own threshold by hand; `None` for none.
    ///
    /// # Errors
    /// When the project cannot be changed, has no such model or class, or the threshold is no score.
    pub fn set_class_threshold(
        &mut self,
        model: ModelId,
        class: &str,
        threshold: Option<f64>,
    ) -> Result<(), SessionError> {
        self.fix_class_threshold(model, class, threshold, ThresholdBy::Hand)
    }

    /// As [`Core::set_class_threshold`], with where it comes from.
    pub(in crate::session) fn fix_class_threshold(
        &mut self,
        model: ModelId,
        class: &str,
        threshold: Option<f64>,
        by: ThresholdBy,
    ) -> Result<(), SessionError> {
        self.check_writable()?;
        self.store.set_class_threshold(&self.view.reader, model, (class, threshold), by)?;
        self.refresh(if self.view.active == Some(model) { Changed::Threshold } else { Changed::Models })
    }

    /// Puts decisions of one action in force.
    pub(in crate::session) fn decide(&mut self, decisions: &[Decision]) -> Result<(), SessionError> {
        self.check_writable()?;
        self.store.decide(&self.view.reader, decisions)?;
        self.show_decided()
    }

    /// Shows everything that decisions about models touch.
    pub(in crate::session) fn show_decided(&mut self) -> Result<(), SessionError> {
        self.refresh(Changed::ActiveModel)
    }

    /// A registered model.
    pub(in crate::session) fn record(&self, model: ModelId) -> Result<&ModelRecord, SessionError> {
        let record = self.models.iter().find(|record| record.id == model);
        record.ok_or_else(|| SessionError::refused(format!("the project has no model {model}")))
    }

    /// The figures on screen made anew, where an event decided something about one of their models.
    pub(in crate::session) fn judged_anew(&self, event: Option<&LoggedEvent>) -> Result<Vec<Work>, SessionError> {
        let (Some(LoggedEvent::Decision(event)), Some(shown)) = (event, &self.view.comparison) else {
            return Ok(Vec::new());
        };
        let active = shown.active.as_ref().map(|(id, _)| *id);
        let of = event.decision.model();
        if of == Some(shown.candidate) || (of.is_some() && of == active) {
            return Ok(vec![self.compare(shown.candidate, active)?]);
        }
        Ok(Vec::new())
    }

    /// The model's figures on the test split, where it is open.
    pub(in crate::session) fn compare_where_open(
        &self,
        model: ModelId,
        active: Option<ModelId>,
    ) -> Result<Vec<Work>, SessionError> {
        let shown = self.view.models.iter().find(|row| row.record.id == model);
        if self.view.test_closed && shown.is_some_and(|row| row.prespecified.opened.is_none()) {
            return Ok(Vec::new());
        }
        Ok(vec![self.compare(model, active)?])
    }

    /// Whether the test split stays closed after a training, until somebody asks for figures; the project remembers it.
    pub fn keep_test_closed(&mut self, closed: bool) -> Result<(), SessionError> {
        self.check_writable()?;
        self.store.set_setting(TEST_CLOSED, &closed)?;
        self.view.test_closed = closed;
        Ok(())
    }

    /// What holds where nobody chose it in this project.
    pub(in crate::session) fn keep_test_closed_by_default(&mut self, closed: bool) {
        match self.store.setting::<bool>(TEST_CLOSED) {
            Ok(None) => self.view.test_closed = closed,
            Ok(Some(_)) => {}
            Err(error) => tracing::warn!(%error, "it is not known whether the test split stays closed"),
        }
    }

    /// As [`Core::keep_test_closed`], for what is done now; the project does not remember it.
    pub fn keep_test_closed_now(&mut self) {
        self.view.test_closed = true;
    }
}

#[cfg(test)]
#[path = "deciding_tests.rs"]
mod tests;
