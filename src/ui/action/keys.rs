//! What an action means for the keys that come with it and after it.

use super::Action;

impl Action {
    /// Whether a key may mean something else once it is done: a field gets the keyboard, another screen, dialog or number
    /// of pictures is shown, another box is chosen.
    pub fn turns(&self) -> bool {
        match self {
            Action::OpenImages
            | Action::OpenFile
            | Action::AddImages
            | Action::AddFile
            | Action::ResumeImport
            | Action::ForgetImport
            | Action::OpenProject
            | Action::TryDemo
            | Action::CloseProject
            | Action::GoTo(_)
            | Action::Palette
            | Action::Help
            | Action::PastNotices
            | Action::ChangeKeys
            | Action::Settings
            | Action::EditReader
            | Action::Quit
            | Action::Train
            | Action::StopTraining
            | Action::CancelTraining
            | Action::AskPromote(..)
            | Action::ExportCsv
            | Action::ExportAudit(_)
            | Action::ChoosePictures
            | Action::ChooseExport(_)
            | Action::WriteReport(_)
            | Action::SaveDrawing(_)
            | Action::SaveArea(..)
            | Action::LookAt(..)
            | Action::ImportModel
            | Action::ChoosePreparation
            | Action::ExportModel(_)
            | Action::ExportCard(_)
            | Action::ChooseWeights
            | Action::Relink
            | Action::Merge
            | Action::Convert
            | Action::Ask(..)
            | Action::Send(_) => true,
            Action::Review(action) => action.turns(),
            Action::ToggleTheme
            | Action::TextLarger
            | Action::TextSmaller
            | Action::TextNormal
            | Action::FullScreen
            | Action::Undo
            | Action::Redo
            | Action::DismissNotices => false,
        }
    }

    /// Whether a key that is held down goes on asking for it. What labels or changes does not: one would not see what.
    pub fn repeats(&self) -> bool {
        match self {
            Action::Review(action) => action.repeats(),
            other => matches!(other, Action::TextLarger | Action::TextSmaller),
        }
    }

    /// Whether it asks for a path, in a dialog of the system or, where there is none, in a field of the window.
    pub fn asks_for_path(&self) -> bool {
        matches!(
            self,
            Action::OpenImages
                | Action::OpenFile
                | Action::AddImages
                | Action::AddFile
                | Action::OpenProject
                | Action::ExportCsv
                | Action::ExportAudit(_)
                | Action::ChoosePictures
                | Action::ChooseExport(_)
                | Action::WriteReport(_)
                | Action::SaveDrawing(_)
                | Action::ImportModel
                | Action::ChoosePreparation
                | Action::ExportModel(_)
                | Action::ExportCard(_)
                | Action::ChooseWeights
                | Action::Relink
                | Action::Merge
        )
    }
}
