//! What a key or a button may ask of the Review screen.

use super::{Grid, ManyAction};
use crate::domain::ImageId;

/// Something the Review screen can be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewAction {
    // The queue
    Next,
    Previous,
    First,
    Last,
    NextUnreviewed,
    /// This image, whether it is in the queue or not.
    Show(ImageId),
    FocusFilter,
    CycleSort,
    ToggleAutoAdvance,
    /// Images that look like this one to the model.
    Similar,
    /// A head learns from corrections, or not.
    ToggleLearning,
    /// Of the grid.
    NextPage,
    PreviousPage,
    /// A row down or up in the grid.
    RowDown,
    RowUp,
    /// About several images at once.
    Many(ManyAction),

    // The panels
    ToggleQueue,
    ToggleDetail,

    // The picture
    ShowGrid(Grid),
    CycleGrid,
    Fit,
    Zoom1to1,
    ZoomIn,
    ZoomOut,
    Invert,
    RotateView,
    /// Left and right changed over, as seen.
    FlipHorizontally,
    /// Top and bottom changed over, as seen.
    FlipVertically,
    /// As the file says, and fitted.
    ResetView,
    /// Takes back the last change of how the picture is seen.
    UndoView,
    /// The view goes along to the next image of its kind, or not.
    ToggleKeepView,
    /// The pictures of a grid are near alike, or each for itself.
    ToggleLinked,
    /// As large as it is, where that is known.
    TrueSize,
    /// Keeps the window on screen among the person's own.
    KeepWindow,
    /// Plays the frames of a file, or stops.
    PlayFrames,
    /// More frames of a file a second, or fewer.
    PlayFaster,
    PlaySlower,
    /// Held: what is under the pointer is shown larger.
    Magnify,
    MouseForLabelling,
    MouseOfWorkstation,
    MoveMode,
    WindowMode,
    DrawBox,
    Measure,
    /// A window preset, from 0.
    Preset(usize),
    ToggleHeat,
    NextHeatClass,
    /// The next way of making heat maps.
    NextHeatMethod,
    /// The next layer that heat maps look at.
    NextHeatLayer,
    /// Two heat maps beside each other, or one again.
    TwoHeatMaps,
    /// Keys are about the other one of two heat maps.
    OtherHeatMap,
    /// Lines of equal heat in place of colour, or colour again.
    HeatLines,
    HeatStronger,
    HeatWeaker,
    /// Held: boxes and heat map are out of the way.
    HideOverlays,

    // The annotation
    /// A class by its index; of findings whether this one is present, and pressed again that it is absent.
    Label(usize),
    /// A finding by its index is uncertain, and pressed again it was not looked at.
    Uncertain(usize),
    Unlabel,
    /// Confirms what is said of the image; where nobody has said anything, takes the model's answer.
    Accept,
    /// Takes the model's class in place of the one that is there, or adds its boxes to those that are there.
    TakeModels,
    ToggleFlag,
    /// A key image, or no more.
    ToggleKey,
    FocusNote,
    /// Locks what is said of the image; of several chosen ones of each.
    SignOff,
    /// Asks why, then unlocks it.
    Reopen,
    /// The chosen box.
    Delete,

    // Boxes
    /// The model's box under the pointer, else the chosen one.
    AcceptBox,
    NothingHere,
    ConfirmBoxes,
    NextBox,
    PreviousBox,
    DuplicateBox,
    CopyBoxes,
    /// Moves the chosen box by pixels of the picture, right and down.
    Nudge(i16, i16),
    ThresholdUp,
    ThresholdDown,
    /// Readers' boxes and the model's on pictures of their own.
    SideBySide,

    /// Makes the image the example of a class, or no example any more where it is.
    Example(usize),

    /// Ends what is half done: a box being drawn, a chosen box, a tool.
    Escape,
}

impl ReviewAction {
    /// See [`Action::turns`](super::Action::turns).
    pub fn turns(self) -> bool {
        match self {
            ReviewAction::Show(_)
            | ReviewAction::FocusFilter
            | ReviewAction::ShowGrid(_)
            | ReviewAction::CycleGrid
            | ReviewAction::FocusNote
            | ReviewAction::NextBox
            | ReviewAction::PreviousBox
            | ReviewAction::AcceptBox
            | ReviewAction::DuplicateBox
            | ReviewAction::CopyBoxes
            | ReviewAction::Escape => true,
            ReviewAction::Next
            | ReviewAction::Previous
            | ReviewAction::First
            | ReviewAction::Last
            | ReviewAction::NextUnreviewed
            | ReviewAction::CycleSort
            | ReviewAction::ToggleAutoAdvance
            | ReviewAction::Similar
            | ReviewAction::ToggleLearning
            | ReviewAction::NextPage
            | ReviewAction::PreviousPage
            | ReviewAction::RowDown
            | ReviewAction::RowUp
            | ReviewAction::Many(_)
            | ReviewAction::ToggleQueue
            | ReviewAction::ToggleDetail
            | ReviewAction::Fit
            | ReviewAction::Zoom1to1
            | ReviewAction::ZoomIn
            | ReviewAction::ZoomOut
            | ReviewAction::Invert
            | ReviewAction::RotateView
            | ReviewAction::FlipHorizontally
            | ReviewAction::FlipVertically
            | ReviewAction::ResetView
            | ReviewAction::UndoView
            | ReviewAction::ToggleKeepView
            | ReviewAction::ToggleLinked
            | ReviewAction::TrueSize
            | ReviewAction::KeepWindow
            | ReviewAction::PlayFrames
            | ReviewAction::PlayFaster
            | ReviewAction::PlaySlower
            | ReviewAction::Magnify
            | ReviewAction::MouseForLabelling
            | ReviewAction::MouseOfWorkstation
            | ReviewAction::MoveMode
            | ReviewAction::WindowMode
            | ReviewAction::DrawBox
            | ReviewAction::Measure
            | ReviewAction::Preset(_)
            | ReviewAction::ToggleHeat
            | ReviewAction::NextHeatClass
            | ReviewAction::NextHeatMethod
            | ReviewAction::NextHeatLayer
            | ReviewAction::TwoHeatMaps
            | ReviewAction::OtherHeatMap
            | ReviewAction::HeatLines
            | ReviewAction::HeatStronger
            | ReviewAction::HeatWeaker
            | ReviewAction::HideOverlays
            | ReviewAction::Label(_)
            | ReviewAction::Uncertain(_)
            | ReviewAction::Unlabel
            | ReviewAction::Accept
            | ReviewAction::TakeModels
            | ReviewAction::ToggleFlag
            | ReviewAction::ToggleKey
            | ReviewAction::SignOff
            | ReviewAction::Reopen
            | ReviewAction::Delete
            | ReviewAction::NothingHere
            | ReviewAction::ConfirmBoxes
            | ReviewAction::Nudge(..)
            | ReviewAction::ThresholdUp
            | ReviewAction::ThresholdDown
            | ReviewAction::Example(_)
            | ReviewAction::SideBySide => false,
        }
    }

    /// See [`Action::repeats`](super::Action::repeats).
    pub fn repeats(self) -> bool {
        matches!(
            self,
            ReviewAction::Next
                | ReviewAction::Previous
                | ReviewAction::NextUnreviewed
                | ReviewAction::NextPage
                | ReviewAction::PreviousPage
                | ReviewAction::RowDown
                | ReviewAction::RowUp
                | ReviewAction::Many(ManyAction::ChooseNext | ManyAction::ChoosePrevious)
                | ReviewAction::ZoomIn
                | ReviewAction::ZoomOut
                | ReviewAction::HeatStronger
                | ReviewAction::HeatWeaker
                | ReviewAction::ThresholdUp
                | ReviewAction::ThresholdDown
                | ReviewAction::Nudge(..)
        )
    }

    /// Whether it cannot be seen to do anything to a picture among others, so that one picture is shown first.
    pub fn is_about_one_picture(self) -> bool {
        match self {
            ReviewAction::Zoom1to1
            | ReviewAction::ZoomIn
            | ReviewAction::ZoomOut
            | ReviewAction::MoveMode
            | ReviewAction::WindowMode
            | ReviewAction::DrawBox
            | ReviewAction::Measure
            | ReviewAction::NextHeatClass
            | ReviewAction::NextHeatMethod
            | ReviewAction::NextHeatLayer
            | ReviewAction::TwoHeatMaps
            | ReviewAction::SideBySide
            | ReviewAction::NextBox
            | ReviewAction::PreviousBox => true,
            ReviewAction::Fit
            | ReviewAction::Next
            | ReviewAction::Previous
            | ReviewAction::First
            | ReviewAction::Last
            | ReviewAction::NextUnreviewed
            | ReviewAction::Show(_)
            | ReviewAction::FocusFilter
            | ReviewAction::CycleSort
            | ReviewAction::ToggleAutoAdvance
            | ReviewAction::Similar
            | ReviewAction::ToggleLearning
            | ReviewAction::NextPage
            | ReviewAction::PreviousPage
            | ReviewAction::RowDown
            | ReviewAction::RowUp
            | ReviewAction::Many(_)
            | ReviewAction::ToggleQueue
            | ReviewAction::ToggleDetail
            | ReviewAction::ShowGrid(_)
            | ReviewAction::CycleGrid
            | ReviewAction::Invert
            | ReviewAction::RotateView
            | ReviewAction::FlipHorizontally
            | ReviewAction::FlipVertically
            | ReviewAction::ResetView
            | ReviewAction::UndoView
            | ReviewAction::ToggleKeepView
            | ReviewAction::ToggleLinked
            | ReviewAction::TrueSize
            | ReviewAction::KeepWindow
            | ReviewAction::PlayFrames
            | ReviewAction::PlayFaster
            | ReviewAction::PlaySlower
            | ReviewAction::Magnify
            | ReviewAction::MouseForLabelling
            | ReviewAction::MouseOfWorkstation
            | ReviewAction::Preset(_)
            | ReviewAction::ToggleHeat
            | ReviewAction::OtherHeatMap
            | ReviewAction::HeatLines
            | ReviewAction::HeatStronger
            | ReviewAction::HeatWeaker
            | ReviewAction::HideOverlays
            | ReviewAction::Label(_)
            | ReviewAction::Uncertain(_)
            | ReviewAction::Unlabel
            | ReviewAction::Accept
            | ReviewAction::TakeModels
            | ReviewAction::ToggleFlag
            | ReviewAction::ToggleKey
            | ReviewAction::SignOff
            | ReviewAction::Reopen
            | ReviewAction::FocusNote
            | ReviewAction::Delete
            | ReviewAction::AcceptBox
            | ReviewAction::NothingHere
            | ReviewAction::ConfirmBoxes
            | ReviewAction::DuplicateBox
            | ReviewAction::CopyBoxes
            | ReviewAction::Nudge(..)
            | ReviewAction::ThresholdUp
            | ReviewAction::ThresholdDown
            | ReviewAction::Example(_)
            | ReviewAction::Escape => false,
        }
    }
}
