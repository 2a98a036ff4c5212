//! What is not to be seen or done while a study runs, by anybody: nobody is asked who it is, so that whoever ends it sees all, and
//! until then nobody.

use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::many::ManyEdit;
use crate::session::protocol::queue::Sort;
use crate::session::protocol::view::Recall;
use std::sync::Arc;

impl Core {
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
                | ProjectCommand::SetSort(Sort::ModelsApart)
        );
        let why = match self.studying.running {
            true if changes_model => "a study runs, in which the model's answers stay as they are",
            true if shows_answers => {
                "a study runs, and this would show what the model itself says of single images, by which it can be told which \
                 answers are planted"
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
