//! The first tier of commands: what a key, a button, a menu or the palette may ask of the window. Those that change a
//! project carry a session [`Command`], the second tier.

mod keys;
mod many;
mod review;

pub use many::ManyAction;
pub use review::ReviewAction;

use crate::domain::ModelId;
use crate::session::{AuditFilter, Command, Drawn, ImageSet, ReportRequest, View};
use std::path::PathBuf;

/// A screen of an open project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screen {
    #[default]
    Review,
    Data,
    Train,
    Evaluate,
    Models,
}

impl Screen {
    pub const ALL: [Screen; 5] = [Screen::Review, Screen::Data, Screen::Train, Screen::Evaluate, Screen::Models];

    /// What its tab says.
    pub fn title(self) -> &'static str {
        match self {
            Screen::Review => "Review",
            Screen::Data => "Data",
            Screen::Train => "Train",
            Screen::Evaluate => "Evaluate",
            Screen::Models => "Models",
        }
    }
}

/// How many pictures stand beside each other on the Review screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grid {
    #[default]
    One,
    Two,
    Three,
}

impl Grid {
    pub const ALL: [Grid; 3] = [Grid::One, Grid::Two, Grid::Three];

    /// Pictures in a row, and rows.
    pub fn side(self) -> usize {
        match self {
            Grid::One => 1,
            Grid::Two => 2,
            Grid::Three => 3,
        }
    }

    /// What its button says.
    pub fn title(self) -> &'static str {
        match self {
            Grid::One => "One",
            Grid::Two => "2 × 2",
            Grid::Three => "3 × 3",
        }
    }

    /// The one after it, around.
    pub fn next(self) -> Self {
        match self {
            Grid::One => Grid::Two,
            Grid::Two => Grid::Three,
            Grid::Three => Grid::One,
        }
    }
}

/// Something the window can be asked to do.
#[allow(clippy::large_enum_variant, reason = "a handful exist at a time, and a box would be opened everywhere")]
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    // The window
    /// Chooses a folder to import.
    OpenImages,
    /// Chooses an annotation file to import.
    OpenFile,
    /// Chooses a folder to add to the open project.
    AddImages,
    /// Chooses an annotation file to add to the open project.
    AddFile,
    /// Goes on with the import that was broken off.
    ResumeImport,
    /// Forgets it.
    ForgetImport,
    OpenProject,
    /// The demo of the kind chosen on the start screen.
    TryDemo,
    CloseProject,
    GoTo(Screen),
    Palette,
    Help,
    /// What was said in this session.
    PastNotices,
    /// The keys, to be changed.
    ChangeKeys,
    Settings,
    ToggleTheme,
    TextLarger,
    TextSmaller,
    TextNormal,
    FullScreen,
    EditReader,
    Quit,

    // The project
    Undo,
    Redo,
    Train,
    StopTraining,
    CancelTraining,
    /// Asks before a model of this name is promoted that there is a reason to doubt, a sentence.
    AskPromote(ModelId, String, String),
    /// Chooses where, then exports the annotations as CSV.
    ExportCsv,
    /// Chooses where, then writes these events of the log.
    ExportAudit(AuditFilter),
    /// Chooses where the pictures are of what is being imported.
    ChoosePictures,
    /// Chooses where the next export goes; the suggestion.
    ChooseExport(PathBuf),
    /// Chooses where, then writes a report of an evaluation; with the suggestion.
    WriteReport(ReportRequest),
    /// Chooses where, then writes a drawing.
    SaveDrawing(Drawn),
    /// Takes a part of the window (in points) as it is on screen, then asks where it is written; the name of its file.
    SaveArea(String, egui::Rect),
    /// Goes to Review with these images alone, from a screen to which there is a way back.
    LookAt(ImageSet, Screen),
    /// Chooses a file of weights to become a model.
    ImportModel,
    /// Chooses a file that says how pictures were prepared for the weights that are looked at.
    ChoosePreparation,
    /// Chooses where, then exports a model.
    ExportModel(ModelId),
    /// Chooses where, then writes a model's card.
    ExportCard(ModelId),
    /// Chooses a weight file for the next run to start from.
    ChooseWeights,
    /// Chooses a folder in which to look for moved images.
    Relink,
    /// Chooses another copy of the project, to take in what its readers say.
    Merge,
    /// Shows what it would do to make a project of one class an image one of several findings, or the other way round.
    Convert,
    DismissNotices,
    /// Asks whether something is meant that changes many images: a headline, what it comes to, what its button says, and
    /// what is sent then.
    Ask(String, String, &'static str, Command),

    /// On the Review screen.
    Review(ReviewAction),

    /// Straight to the session.
    Send(Command),
}

impl From<ReviewAction> for Action {
    fn from(action: ReviewAction) -> Self {
        Action::Review(action)
    }
}

/// What of a picture is on the Review screen, on which the meaning of some keys depends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnScreen {
    /// There are boxes on it.
    pub boxes: bool,
    /// One of them is chosen.
    pub chosen: bool,
    /// It is one of several beside each other.
    pub grid: bool,
}

/// When an action makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    /// No project is open and no import is shown.
    Start,
    /// A project is open.
    Project,
    /// A project is open and can be changed.
    Writable,
    /// On the Review screen.
    Review,
    /// On the Review screen of a project that can be changed.
    ReviewWritable,
    /// The same with a box chosen, whose keys then go before all others.
    BoxChosen,
    /// On the Review screen of an image with boxes.
    BoxesThere,
    /// On the Review screen with several pictures beside each other.
    Grid,
    CanUndo,
    CanRedo,
    /// A run is in progress.
    Training,
    /// Something is shown that can be dismissed.
    Notices,
    /// An import was broken off, and none is shown.
    Unfinished,
}

impl When {
    /// Whether it is so now.
    pub fn holds(self, screen: Screen, view: &View) -> bool {
        let Some(project) = view.project.as_ref().filter(|_| view.import.is_none()) else {
            return match self {
                When::Always => true,
                When::Start => view.import.is_none(),
                When::Notices => !view.notices.is_empty(),
                When::Unfinished => view.import.is_none() && view.unfinished.is_some(),
                When::Project
                | When::Writable
                | When::Review
                | When::ReviewWritable
                | When::BoxChosen
                | When::BoxesThere
                | When::Grid
                | When::CanUndo
                | When::CanRedo
                | When::Training => false,
            };
        };
        let writable = project.read_only.is_none();
        match self {
            When::Always | When::Project => true,
            When::Start => false,
            When::Writable => writable,
            When::Review | When::BoxesThere | When::Grid => screen == Screen::Review,
            When::ReviewWritable | When::BoxChosen => screen == Screen::Review && writable,
            When::CanUndo => writable && project.undo.is_some(),
            When::CanRedo => writable && project.redo.is_some(),
            When::Training => project.training.as_ref().is_some_and(|t| t.running),
            When::Notices => !view.notices.is_empty(),
            When::Unfinished => view.unfinished.is_some(),
        }
    }
}
