//! Everything that changes the workbench, as data. The window, the command line and the tests send these; nothing else
//! changes a project.

use crate::domain::{
    AdjudicationRule, ClassList, DisplayState, ImageId, MapMethod, ModelId, Perturbation, ReaderDescription,
    ReadingMode, Recipe, RunId, ShownPrediction, Split, SplitRatios,
};
use crate::interchange::{Format, Frame, Mapping, Unannotated, VocBase};
use crate::session::protocol::agreement::WhichReadings;
use crate::session::protocol::assignments::AssigningCommand;
use crate::session::protocol::audit::{AuditExport, AuditRequest};
use crate::session::protocol::class_looks::ClassLooks;
use crate::session::protocol::drawn::Drawn;
pub use crate::session::protocol::edit::Edit;
use crate::session::protocol::exports::ExportRequest;
use crate::session::protocol::keys::OwnKeys;
use crate::session::protocol::many::ManyEdit;
use crate::session::protocol::patient_ids::PatientIds;
use crate::session::protocol::preferences::Preferences;
use crate::session::protocol::queue::{Filter, Sort};
use crate::session::protocol::reports::ReportRequest;
use crate::session::protocol::splits::SplitOptions;
use crate::session::protocol::studies::StudyCommand;
use crate::session::protocol::threshold_choice::ThresholdChoice;
use crate::session::protocol::weights::WeightsAsked;
use crate::session::protocol::window_place::WindowPlace;
use crate::session::protocol::workplace::Workplace;
use std::path::PathBuf;

/// One request to the session. Long ones become jobs; all answer through a new [`View`](crate::session::protocol::view::View).
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Of the workbench around the projects.
    Desk(DeskCommand),
    /// Of the project that is open.
    Project(ProjectCommand),
}

impl Command {
    /// Whether it changes what is kept of a project before its answer comes: until then there is something unsaved.
    pub fn is_change(&self) -> bool {
        match self {
            // Imports save what they find when they end, and say so themselves.
            Self::Desk(_) => false,
            Self::Project(command) => command.is_change(),
        }
    }
}

impl From<DeskCommand> for Command {
    fn from(command: DeskCommand) -> Self {
        Self::Desk(command)
    }
}

impl From<ProjectCommand> for Command {
    fn from(command: ProjectCommand) -> Self {
        Self::Project(command)
    }
}

/// What is asked of the workbench around the projects: opening and making them, imports, jobs, notices, settings.
#[derive(Clone, Debug, PartialEq)]
pub enum DeskCommand {
    /// Reads what is to be imported; the answer is `View::import`.
    ReadSource(ImportSource),
    /// Leaves the import preview; what was seen is forgotten, unless the source was still being read.
    DismissImport,
    /// Goes on with `View::unfinished`.
    ResumeImport,
    /// Forgets `View::unfinished` and what was seen for it; one that was broken off before takes its place.
    ForgetImport,
    /// What adding what was read to the open project would do; the answer is `ImportView::merge`.
    PreviewMerge(NewProject),
    /// Adds what was read to the open project.
    AddImages(NewProject),
    CreateProject(NewProject),
    /// Makes phantoms and a project of them; with no folder, a new one in the user's data folder.
    CreateDemo {
        kind: DemoKind,
        images: usize,
        seed: u64,
        dir: Option<PathBuf>,
    },
    OpenProject(PathBuf),
    CloseProject,
    ForgetRecent(PathBuf),
    /// Keys of the person's own, in the place of all that were given before; the answer is `View::keys`.
    SetKeys(OwnKeys),
    /// How the person likes to work, in the place of all that was chosen before; the answer is `View::preferences`.
    SetPreferences(Preferences),
    /// Remembers how the person leaves the project in this folder; nothing is shown anew.
    KeepWorkplace(PathBuf, Box<Workplace>),
    /// Remembers where the window lies.
    KeepWindow(WindowPlace),
    /// Looks what lies where on the disk; the answer is `View::storage`.
    MeasureStorage,
    /// Deletes what of the open project is made again when it is needed.
    ClearCache,
    /// Puts a damaged project right with its newest whole backup, and opens it.
    Repair(PathBuf),
    /// How heat maps are made from now on, by models that draw boxes or by those that give images a class; the answer is
    /// `View::map_methods`.
    SetMapMethod {
        boxes: bool,
        method: MapMethod,
    },
    /// Downloads pretrained weights by their name; how far it is stands in `View::pretrained`.
    Download(String),
    /// Ends the run after the current step; the best weights so far become a model.
    StopTraining,
    CancelTraining,
    CancelJob(u64),
    /// Ends a run that goes on in the background after the current step; the best weights so far become a model.
    StopJob(u64),
    DismissNotice(u64),
    /// Shows a file or folder that was written in the system's own viewer.
    Show(PathBuf),
}

/// What is asked of the open project; [`Core::apply`](crate::session::Core::apply) carries it out, for the window and the
/// command line.
#[derive(Clone, Debug, PartialEq)]
pub enum ProjectCommand {
    /// Begins a sweep by the text of its file.
    Sweep {
        name: String,
        text: String,
    },
    /// Goes on with a sweep that was begun.
    ContinueSweep(String),

    /// Looks for images that moved below this folder, matching by content hash.
    Relink {
        folder: PathBuf,
    },

    /// Tells the session which image is looked at, so that its history is in the view and its neighbours are fetched.
    Look {
        image: ImageId,
    },
    /// Tells the session which images are on screen beside each other, so that their boxes are in the view; none where
    /// one image is alone.
    LookAtPage(Vec<ImageId>),
    SetFilter(Filter),
    SetSort(Sort),
    /// Draws so many percent of a learned order at random.
    SetRandomArm(u8),
    SetReader(String),
    /// As what the present reader reads from now on, and what qualifies for it; nobody is asked to prove it.
    DescribeReader(ReaderDescription),
    SetClasses(ClassList),
    /// Shows the classes in another order, or with other examples.
    SetClassLooks(ClassLooks),
    /// Gives all that is said of a class to another one, or takes it away; the class stays in the list.
    EmptyClass {
        class: usize,
        into: Option<usize>,
    },

    /// Works out what it would do to make this a project of several findings an image, or of one class; the answer is
    /// `DataView::conversion`.
    PlanConversion {
        findings: bool,
    },
    /// Drops what was worked out.
    DismissConversion,
    /// Carries out what was worked out.
    Convert,

    /// Looks through the data; the answer is `ProjectView::data`.
    Analyse,
    /// Counts how the labelling goes; the answer is `DataView::work`.
    CountWork,
    /// Takes in what the readers of another copy of the project, or of another project over the same images, say.
    Merge {
        other: PathBuf,
    },
    /// Looks through the log; the answer is `DataView::audit`.
    Audit(AuditRequest),
    /// Writes what of the log is asked for to a file.
    ExportAudit(AuditExport),
    /// Checks the chain of the log; the answer is `DataView::log_verified`.
    VerifyLog,
    /// Compares what the readers say; the answer is `DataView::readers`.
    CompareReaders(WhichReadings),
    /// Looks at the pictures again that were imported before their brightness and look were kept.
    Measure,
    /// Of each set of duplicates one image stays; the others lose their label and are flagged.
    KeepOne(Vec<Vec<ImageId>>),
    /// Brings the images of each set, with their groups, into one split.
    MoveTogether(Vec<Vec<ImageId>>),
    /// Brings these images, with their groups, into a split.
    MoveTo {
        images: Vec<ImageId>,
        split: Split,
    },
    /// Works a division of the images out; the answer is `DataView::plan`.
    PlanSplit(SplitOptions),
    /// Drops what was worked out.
    DismissSplit,
    /// Carries out what was worked out.
    ApplySplit,
    /// Takes the last change of the splits back.
    UndoSplit,

    /// A change of one image's annotation, with what was on screen.
    Annotate {
        image: ImageId,
        edit: Edit,
        shown: Option<ShownPrediction>,
        display: DisplayState,
    },
    /// One action on many images, as one step of undo.
    AnnotateMany {
        images: Vec<ImageId>,
        edit: ManyEdit,
    },
    /// Signs images off: what is said of them is locked until they are reopened; one step of undo.
    SignOff {
        images: Vec<ImageId>,
    },
    /// Reopens images that are signed off, for a reason.
    Reopen {
        images: Vec<ImageId>,
        reason: String,
    },
    Undo,
    Redo,
    /// Reads from now on so, or has all readers do so who did not choose otherwise.
    SetReadingMode {
        mode: ReadingMode,
        everyone: bool,
    },
    /// Works out what a rule makes of what several readers said of each image; students are left out unless they are asked for.
    PlanAdjudication {
        rule: AdjudicationRule,
        with_students: bool,
    },
    DismissAdjudication,
    /// Puts in force what was worked out.
    Adjudicate,
    /// Puts in force what one reader says of an image.
    TakeWord {
        image: ImageId,
        reader: String,
    },
    /// Who is to read which images.
    Assigning(AssigningCommand),
    /// Begins or ends a study in which some images are shown with a wrong answer of the model.
    Study(StudyCommand),
    /// Commits the reading of an image, so that the model and the other readers appear for it.
    CommitReading {
        image: ImageId,
        display: DisplayState,
    },

    /// Starts a run from random weights.
    Train(Box<Recipe>),
    /// Starts a run from weights that are there.
    TrainFrom {
        recipe: Box<Recipe>,
        start: StartFrom,
    },
    ResumeRun(RunId),
    DiscardRun(RunId),
    /// Compares two models on the test split; the answer is `ProjectView::comparison`.
    Compare {
        candidate: ModelId,
        active: Option<ModelId>,
    },
    /// Brings the last comparison back, once; the answer is `ProjectView::comparison`.
    RecallComparison,
    /// From the next comparison on lays these models beside the two.
    LayBeside(Vec<ModelId>),
    /// Writes a report of a model's figures on the test split for readers outside.
    WriteReport(ReportRequest),
    /// Writes a drawing of the window to a file.
    SaveDrawing {
        drawn: Drawn,
        to: PathBuf,
    },
    Promote(ModelId),
    Discard(ModelId),
    /// Calls a model otherwise and keeps a note of it.
    DescribeModel {
        model: ModelId,
        name: String,
        note: String,
    },
    /// Puts a model's weights into the project's bin.
    DeleteModel(ModelId),
    /// Brings them back out of it.
    RestoreModel(ModelId),
    /// Deletes what is in the bin for good.
    EmptyBin,
    /// The score from which a model's boxes count from now on; `None` for the one in its card.
    SetThreshold {
        model: ModelId,
        threshold: Option<f64>,
    },
    /// One class's own threshold from now on, of a model that draws boxes or tells more than two classes apart; `None` for none.
    SetClassThreshold {
        model: ModelId,
        class: String,
        threshold: Option<f64>,
    },
    /// Chooses it on the validation images, then judges the model beside the active one anew; the answer is
    /// `ProjectView::comparison`.
    ChooseThreshold(ThresholdChoice),
    /// Tests whether the maps that a method makes of a model can be believed; the answer is `ProjectView::map_tests`.
    /// `layer` counts from 1, the finest; the last where it is absent.
    TestMap {
        model: ModelId,
        method: MapMethod,
        layer: Option<usize>,
    },
    /// Measures a model on the test images as they are and made worse in these ways; the answer is `ProjectView::robustness`.
    MeasureRobustness {
        model: ModelId,
        kinds: Vec<Perturbation>,
    },
    /// Fits the temperature of a model's probabilities on the validation images, then judges it beside the active one anew.
    Calibrate {
        model: ModelId,
        active: Option<ModelId>,
    },
    /// Uses its own probabilities again.
    Uncalibrate {
        model: ModelId,
        active: Option<ModelId>,
    },
    /// Lets a model name several classes where it is not sure, so that at most this share of its answers misses the truth;
    /// chosen on the validation images.
    ChooseAnswers {
        model: ModelId,
        miss: f64,
    },
    /// Lets it answer with one class again.
    DropAnswers(ModelId),
    /// Whether the test split stays closed after a training, until somebody asks for figures.
    KeepTestClosed(bool),
    /// Whether a head learns from corrections while somebody labels; the answer is `ProjectView::refit`.
    LearnWhileLabelling(bool),
    /// Shows the images that the active model finds most like this one; the answer is the filter.
    ShowSimilar(ImageId),
    /// Looks at a file of weights by what is said of it, and tries it on; the answer is `ProjectView::weights`.
    LookAtWeights(Box<WeightsAsked>),
    /// Makes a model of it, as it is shown.
    AddWeights,
    /// Leaves it.
    DismissWeights,
    ExportModel {
        model: ModelId,
        to: PathBuf,
    },
    /// Writes a model's card as Markdown.
    ExportCard {
        model: ModelId,
        to: PathBuf,
    },
    /// Hands the project out; the answer is `ProjectView::exported`.
    Export(ExportRequest),
    /// Puts away what was said of the last export.
    DismissExport,
}

/// What a run's weights are before its first step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StartFrom {
    /// Drawn from the recipe's seed.
    #[default]
    Random,
    /// Those of a model of the project.
    Model(ModelId),
    /// Downloaded ones, by their name.
    Pretrained(String),
    /// A .safetensors or .pth file.
    File(PathBuf),
}

/// What is imported and how it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSource {
    /// A folder or one annotation file.
    pub path: PathBuf,
    /// The folder of the pictures where they are not beside the annotations.
    pub images: Option<PathBuf>,
    /// Told from the files where absent.
    pub format: Option<Format>,
    /// Names and paths to leave out, as patterns.
    pub exclude: Vec<String>,
    /// Which column of a table holds what; told from their names where absent.
    pub columns: Option<Mapping>,
    /// Where Pascal VOC counts pixels from; told from the files where absent.
    pub voc_base: Option<VocBase>,
    /// The frame of boxes on pictures that EXIF turns; told from the files where absent.
    pub frame: Option<Frame>,
    /// What becomes of images that are listed without an annotation.
    pub unannotated: Unannotated,
    /// Pictures that no annotation speaks of are taken, too, without a label.
    pub unlabelled: bool,
    /// What becomes of patients' identifiers in DICOM headers; as in the last import into the project, else hashed, where
    /// absent.
    pub patients: Option<PatientIds>,
    /// The classes are findings, of which an image may have several, also where each image has one.
    pub findings: bool,
}

impl ImportSource {
    /// A source of which nothing is known but its place.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }
}

/// What a new project is made of, or how images come to one that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct NewProject {
    /// The folder of images, or the file that names them.
    pub source: PathBuf,
    /// The project folder, `NAME.overread`.
    pub project: PathBuf,
    /// For folders without class folders the names come from the person; else they are what the scan found.
    pub classes: Vec<String>,
    pub ordinal: bool,
    /// Whether the classes are findings, of which an image may have several; as the source has it where absent.
    pub findings: Option<bool>,
    /// Used where the folder has no train / val / test folders.
    pub ratios: SplitRatios,
    pub seed: u64,
    /// A regular expression whose first group (or whole match) in the path is the patient or uploader.
    pub group_pattern: Option<String>,
    pub exclude: Vec<String>,
    /// Renames classes found in the data: from, to. Several may be renamed to the same.
    pub class_map: Vec<(String, String)>,
    /// Who said what the source gives no reader for.
    pub reader: Option<String>,
}

impl NewProject {
    /// With nothing chosen: the classes, groups and readers of the source, the usual shares of the splits, seed 1.
    pub fn of(source: impl Into<PathBuf>, project: impl Into<PathBuf>) -> Self {
        Self {
            source: source.into(),
            project: project.into(),
            classes: Vec::new(),
            ordinal: false,
            findings: None,
            ratios: SplitRatios::default(),
            seed: 1,
            group_pattern: None,
            exclude: Vec::new(),
            class_map: Vec::new(),
            reader: None,
        }
    }
}

/// What the demo shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoKind {
    Fracture,
    Knee,
    Ankle,
    /// Chest films with several findings each, and boxes around them.
    Findings,
    /// Chest films with boxes.
    Boxes,
}

impl DemoKind {
    pub const ALL: [DemoKind; 5] =
        [DemoKind::Fracture, DemoKind::Knee, DemoKind::Ankle, DemoKind::Findings, DemoKind::Boxes];
}
