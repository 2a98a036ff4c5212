//! What is not to be seen or done while a study runs, by anybody: nobody is asked who it is, so that whoever ends it sees all, and
//! until then nobody.

use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::many::ManyEdit;
use crate::session::protocol::queue::Sort;
use crate::session::protocol::view::Recall;
use std::sync::Arc;

/// Whether an order goes by what the model itself says of single images, and not by what is on screen as its word.
fn tells_honest(sort: Sort) -> bool {
    match sort {
        // The share of heat is known where the model is right, and nowhere else.
        Sort::ModelsApart | Sort::HeatOutside => true,
        Sort::Name
        | Sort::Likeness
        | Sort::Import
        | Sort::Random(_)
        | Sort::Label
        | Sort::Class
        | Sort::Time
        | Sort::Oldest
        | Sort::Patient
        | Sort::Size
        | Sort::Probability(_)
        | Sort::Uncertainty
        | Sort::Margin
        | Sort::LeastConfidence
        | Sort::LabelErrors
        | Sort::ColdStart
        | Sort::KCentre
        | Sort::RareClass
        | Sort::ReadersApart
        | Sort::NotSure
        | Sort::Disagreement
        | Sort::Boxes
        | Sort::BestScore
        | Sort::Finding(_)
        | Sort::Missed
        | Sort::Shifted
        | Sort::WrongPlace
        | Sort::Extra => false,
    }
}

impl Core {
    /// An order that may be shown: by name where a study runs and this one would tell which answers are planted.
    pub(in crate::session) fn order_while_studying(&self, sort: Sort) -> Sort {
        if self.studying.running && tells_honest(sort) { Sort::default() } else { sort }
    }

    /// Forgets, where a study begins or ends, what orders went by that tell which answers are planted, and leaves such an order.
    pub(super) fn leave_what_tells(&mut self) -> Result<(), SessionError> {
        self.forget_heat();
        if tells_honest(self.view.sort) { self.set_sort(Sort::default()) } else { Ok(()) }
    }

    /// Refuses what would change the model's word while a study runs, or show the honest one beside a planted one.
    pub(in crate::session) fn refuse_while_studying(&self, command: &ProjectCommand) -> Result<(), SessionError> {
        let changes_model = matches!(
            command,
            ProjectCommand::Promote(_)
                | ProjectCommand::Discard(_)
                | ProjectCommand::DeleteModel(_)
                | ProjectCommand::SetThreshold { .. }
                | ProjectCommand::SetClassThreshold { .. }
                | ProjectCommand::ChooseThreshold(_)
                | ProjectCommand::Calibrate { .. }
                | ProjectCommand::Uncalibrate { .. }
                | ProjectCommand::ChooseAnswers { .. }
                | ProjectCommand::DropAnswers(_)
                | ProjectCommand::LearnWhileLabelling(true)
                | ProjectCommand::SetClasses(_)
                | ProjectCommand::EmptyClass { .. }
                | ProjectCommand::Convert
        );
        let shows_answers = matches!(
            command,
            ProjectCommand::Compare { .. }
                | ProjectCommand::RecallComparison
                | ProjectCommand::LayBeside(_)
                | ProjectCommand::WriteReport(_)
                | ProjectCommand::Export(_)
                | ProjectCommand::ExportAudit(_)
        ) || matches!(command, ProjectCommand::SetSort(sort) if tells_honest(*sort));
        let trains = matches!(
            command,
            ProjectCommand::Train(_)
                | ProjectCommand::TrainFrom { .. }
                | ProjectCommand::ResumeRun(_)
                | ProjectCommand::Sweep { .. }
                | ProjectCommand::ContinueSweep(_)
        );
        let why = match self.studying.running {
            true if changes_model => "a study runs, in which the model's answers stay as they are",
            true if shows_answers => {
                "a study runs, and this would show what the model itself says of single images, by which it can be told which \
                 answers are planted"
            }
            true if trains => {
                "a study runs, and a training counts the labels that it learns from, without those that follow a planted answer, by \
                 which it can be told which these are"
            }
            true | false => return Ok(()),
        };
        Err(SessionError::refused(format!("{why}: end it first (Data, Readers)")))
    }

    /// Refuses to take answers of many images at once while a study runs: which were left out would say which are planted.
    pub(in crate::session) fn refuse_many_while_studying(&self, edit: &ManyEdit) -> Result<(), SessionError> {
        let takes = edit.edits().iter().any(|edit| matches!(edit, Edit::Accept | Edit::AcceptBoxes { .. }));
        if self.studying.running && takes {
            return Err(SessionError::refused(
                "a study runs, in which the model's answers are taken one image at a time: end it first (Data, Readers)",
            ));
        }
        Ok(())
    }

    /// Takes out of what is shown, while a study runs, what tells which answers are planted: what the model itself said of single
    /// images, and how often readers followed what was planted so far.
    pub(in crate::session) fn hide_what_a_study_asks(&mut self) {
        if !self.studying.running {
            return;
        }
        (self.view.comparison, self.view.recall) = (None, Recall::Wanted);
        (self.view.exported, self.view.reported) = (None, None);
        if let Some(agreement) = &mut self.view.data.readers {
            Arc::make_mut(agreement).influences = Default::default();
        }
    }
}
