//! What can be done while a reader reads without the model and the others: what would show, use or change their words cannot.

use crate::session::protocol::command::{Command, ProjectCommand};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::queue::Sort;

/// Whether a reader of own readings is refused this, whatever it is about.
pub fn refused_while_reading(command: &Command) -> bool {
    match command {
        Command::Project(command) => allowed_while_reading(command).is_err(),
        Command::Desk(_) => false,
    }
}

/// Refuses a command that a reader's own readings leave no room for.
///
/// # Errors
/// Where it is one; it says how to go on.
pub(in crate::session) fn allowed_while_reading(command: &ProjectCommand) -> Result<(), SessionError> {
    let refused = match command {
        // Files are read folder by folder, and folders are often classes.
        ProjectCommand::SetSort(Sort::Import) => "the order of import",
        ProjectCommand::SetSort(sort) if sort.depends_on_model() || *sort == Sort::ReadersApart => "this order",
        ProjectCommand::ShowSimilar(_) => "what the model takes for alike",
        ProjectCommand::LearnWhileLabelling(_) => "a model that learns",
        ProjectCommand::Look { .. }
        | ProjectCommand::LookAtPage(_)
        | ProjectCommand::SetFilter(_)
        | ProjectCommand::SetSort(_)
        | ProjectCommand::SetRandomArm(_)
        | ProjectCommand::SetReader(_)
        | ProjectCommand::DescribeReader(_)
        | ProjectCommand::SetReadingMode { .. }
        | ProjectCommand::CommitReading { .. }
        | ProjectCommand::Annotate { .. }
        | ProjectCommand::AnnotateMany { .. }
        | ProjectCommand::Undo
        | ProjectCommand::Redo
        | ProjectCommand::Relink { .. }
        | ProjectCommand::Measure
        | ProjectCommand::SaveDrawing { .. }
        | ProjectCommand::DismissConversion
        | ProjectCommand::DismissSplit
        | ProjectCommand::DismissWeights
        | ProjectCommand::DismissExport => return Ok(()),
        ProjectCommand::Sweep { .. }
        | ProjectCommand::ContinueSweep(_)
        | ProjectCommand::Train(_)
        | ProjectCommand::TrainFrom { .. }
        | ProjectCommand::ResumeRun(_)
        | ProjectCommand::DiscardRun(_) => "training",
        ProjectCommand::Compare { .. }
        | ProjectCommand::RecallComparison
        | ProjectCommand::LayBeside(_)
        | ProjectCommand::TestMap { .. }
        | ProjectCommand::MeasureRobustness { .. }
        | ProjectCommand::Calibrate { .. }
        | ProjectCommand::Uncalibrate { .. }
        | ProjectCommand::ChooseAnswers { .. }
        | ProjectCommand::DropAnswers(_)
        | ProjectCommand::KeepTestClosed(_)
        | ProjectCommand::SetThreshold { .. }
        | ProjectCommand::SetClassThreshold { .. }
        | ProjectCommand::ChooseThreshold(_) => "evaluating models",
        ProjectCommand::Promote(_)
        | ProjectCommand::Discard(_)
        | ProjectCommand::DescribeModel { .. }
        | ProjectCommand::DeleteModel(_)
        | ProjectCommand::RestoreModel(_)
        | ProjectCommand::EmptyBin
        | ProjectCommand::LookAtWeights(_)
        | ProjectCommand::AddWeights
        | ProjectCommand::ExportModel { .. }
        | ProjectCommand::ExportCard { .. } => "working with models",
        ProjectCommand::SignOff { .. } | ProjectCommand::Reopen { .. } => "signing off",
        ProjectCommand::Audit(_) | ProjectCommand::ExportAudit(_) | ProjectCommand::VerifyLog => "the audit of the log",
        ProjectCommand::WriteReport(_) | ProjectCommand::Export(_) => "exporting",
        ProjectCommand::Analyse
        | ProjectCommand::CountWork
        | ProjectCommand::CompareReaders(_)
        | ProjectCommand::PlanAdjudication { .. }
        | ProjectCommand::DismissAdjudication
        | ProjectCommand::Adjudicate
        | ProjectCommand::TakeWord { .. }
        | ProjectCommand::Assigning(_)
        | ProjectCommand::Study(_)
        | ProjectCommand::Merge { .. }
        | ProjectCommand::KeepOne(_)
        | ProjectCommand::MoveTogether(_)
        | ProjectCommand::MoveTo { .. }
        | ProjectCommand::PlanSplit(_)
        | ProjectCommand::ApplySplit
        | ProjectCommand::UndoSplit
        | ProjectCommand::SetClasses(_)
        | ProjectCommand::SetClassLooks(_)
        | ProjectCommand::EmptyClass { .. }
        | ProjectCommand::PlanConversion { .. }
        | ProjectCommand::Convert => "working with the data",
    };
    Err(SessionError::refused(format!(
        "you read without the model and the other readers, and {refused} would show or change what they say: choose Assisted \
         reading first (the reader's menu at the top right)"
    )))
}
