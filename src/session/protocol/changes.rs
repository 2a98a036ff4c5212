//! Which commands change what is kept.

use crate::session::protocol::command::ProjectCommand;

impl ProjectCommand {
    /// Whether it changes what is kept of the project before its answer comes. Long work saves what it finds when it ends,
    /// and says so itself.
    pub fn is_change(&self) -> bool {
        match self {
            Self::Assigning(command) => command.is_change(),
            Self::Annotate { .. }
            | Self::AnnotateMany { .. }
            | Self::SignOff { .. }
            | Self::Reopen { .. }
            | Self::MoveTo { .. }
            | Self::Undo
            | Self::Redo
            | Self::Study(_)
            | Self::SetReadingMode { .. }
            | Self::CommitReading { .. }
            | Self::Adjudicate
            | Self::TakeWord { .. }
            | Self::SetReader(_)
            | Self::DescribeReader(_)
            | Self::SetClasses(_)
            | Self::SetClassLooks(_)
            | Self::EmptyClass { .. }
            | Self::Convert
            | Self::Merge { .. }
            | Self::KeepOne(_)
            | Self::MoveTogether(_)
            | Self::ApplySplit
            | Self::UndoSplit
            | Self::DiscardRun(_)
            | Self::Promote(_)
            | Self::Discard(_)
            | Self::DescribeModel { .. }
            | Self::DeleteModel(_)
            | Self::RestoreModel(_)
            | Self::EmptyBin
            | Self::KeepTestClosed(_)
            | Self::LearnWhileLabelling(_)
            | Self::Uncalibrate { .. }
            | Self::DropAnswers(_)
            | Self::SetThreshold { .. }
            | Self::SetClassThreshold { .. } => true,
            Self::Sweep { .. }
            | Self::ContinueSweep(_)
            | Self::Relink { .. }
            | Self::Look { .. }
            | Self::LookAtPage(_)
            | Self::SetFilter(_)
            | Self::SetSort(_)
            | Self::SetRandomArm(_)
            | Self::ShowSimilar(_)
            | Self::PlanConversion { .. }
            | Self::DismissConversion
            | Self::Analyse
            | Self::CountWork
            | Self::Audit(_)
            | Self::ExportAudit(_)
            | Self::VerifyLog
            | Self::CompareReaders(_)
            | Self::PlanAdjudication { .. }
            | Self::DismissAdjudication
            | Self::Measure
            | Self::PlanSplit(_)
            | Self::DismissSplit
            | Self::Train(_)
            | Self::TrainFrom { .. }
            | Self::ResumeRun(_)
            | Self::Compare { .. }
            | Self::TestMap { .. }
            | Self::MeasureRobustness { .. }
            | Self::RecallComparison
            | Self::LayBeside(_)
            | Self::WriteReport(_)
            | Self::SaveDrawing { .. }
            | Self::ChooseThreshold(_)
            | Self::Calibrate { .. }
            | Self::ChooseAnswers { .. }
            | Self::LookAtWeights(_)
            | Self::AddWeights
            | Self::DismissWeights
            | Self::ExportModel { .. }
            | Self::ExportCard { .. }
            | Self::Export(_)
            | Self::DismissExport => false,
        }
    }
}
