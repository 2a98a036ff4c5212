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
            | Action::ChangeKeys
            | Action::EditReader
            | Action::Quit
            | Action::Train
            | Action::StopTraining
            | Action::CancelTraining
            | Action::ExportCsv
            | Action::ChoosePictures
            | Action::ChooseExport(_)
            | Action::ExportModel(_)
            | Action::ExportCard(_)
            | Action::ChooseWeights
            | Action::Relink
            | Action::Show(_)
            | Action::FocusFilter
            | Action::ShowGrid(_)
            | Action::CycleGrid
            | Action::FocusNote
            | Action::NextBox
            | Action::PreviousBox
            | Action::AcceptBox
            | Action::DuplicateBox
            | Action::CopyBoxes
            | Action::Escape
            | Action::Send(_) => true,
            Action::ToggleTheme
            | Action::TextLarger
            | Action::TextSmaller
            | Action::TextNormal
            | Action::ToggleQueue
            | Action::ToggleDetail
            | Action::FullScreen
            | Action::Undo
            | Action::Redo
            | Action::DismissNotices
            | Action::Next
            | Action::Previous
            | Action::First
            | Action::Last
            | Action::NextUnreviewed
            | Action::CycleSort
            | Action::ToggleAutoAdvance
            | Action::NextPage
            | Action::PreviousPage
            | Action::RowDown
            | Action::RowUp
            | Action::Fit
            | Action::Zoom1to1
            | Action::ZoomIn
            | Action::ZoomOut
            | Action::Invert
            | Action::RotateView
            | Action::MoveMode
            | Action::WindowMode
            | Action::DrawBox
            | Action::Measure
            | Action::Preset(_)
            | Action::ToggleHeat
            | Action::NextHeatClass
            | Action::HeatStronger
            | Action::HeatWeaker
            | Action::HideOverlays
            | Action::Label(_)
            | Action::Unlabel
            | Action::Accept
            | Action::TakeModels
            | Action::ToggleFlag
            | Action::Delete
            | Action::NothingHere
            | Action::ConfirmBoxes
            | Action::Nudge(..)
            | Action::ThresholdUp
            | Action::ThresholdDown
            | Action::SideBySide => false,
        }
    }

    /// Whether a key that is held down goes on asking for it. What labels or changes does not: one would not see what.
    pub fn repeats(&self) -> bool {
        matches!(
            self,
            Action::Next
                | Action::Previous
                | Action::NextUnreviewed
                | Action::NextPage
                | Action::PreviousPage
                | Action::RowDown
                | Action::RowUp
                | Action::ZoomIn
                | Action::ZoomOut
                | Action::HeatStronger
                | Action::HeatWeaker
                | Action::ThresholdUp
                | Action::ThresholdDown
                | Action::TextLarger
                | Action::TextSmaller
                | Action::Nudge(..)
        )
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
                | Action::ChoosePictures
                | Action::ChooseExport(_)
                | Action::ExportModel(_)
                | Action::ExportCard(_)
                | Action::ChooseWeights
                | Action::Relink
        )
    }
}
