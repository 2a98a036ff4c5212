//! Long work: a command answers with what is to be done, any thread does it, and its reports go back to the core. The
//! window does it in jobs, the command line and tests in place; both run this same code.

use crate::domain::performance::{
    BoxDifference, BoxPerformance, BoxSubgroups, BoxesOn, Difference, Performance, Subgroups,
};
use crate::domain::sweep::TrialRecord;
use crate::domain::{Decision, ImageFacts, ImageId, MapTest, ModelId, Prediction, Robustness, RunId};
use crate::nn::Compute;
use crate::session::protocol::adjudication::AdjudicationPlan;
use crate::session::protocol::agreement::Agreement;
use crate::session::protocol::audit::AuditView;
use crate::session::protocol::exports::Exported;
use crate::session::protocol::image_features::ImageFeatures;
use crate::session::protocol::refit::Refitted;
use crate::session::protocol::reports::ReportRequest;
use crate::session::protocol::splits::SplitPlan;
use crate::session::protocol::survey::Analysis;
use crate::session::protocol::threshold_choice::OnValidation;
use crate::session::protocol::view::Comparison;
use crate::session::protocol::weights::{AdoptedFile, WeightsView};
use crate::training::{Outcome, TrainEvent};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Something that takes long and needs no core.
pub trait Task: std::fmt::Debug + Send {
    /// What the status bar calls it.
    fn name(&self) -> String;

    /// What sets it apart for whoever runs it.
    fn kind(&self) -> TaskKind {
        TaskKind::Other
    }

    /// Does the work on this thread. `order` is asked often; `tell` takes the reports in order.
    fn run(self: Box<Self>, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report));
}

/// Work to be done, here or elsewhere.
pub type Work = Box<dyn Task>;

/// What sets a task apart for whoever runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// Of the active model: superseded when another becomes active.
    Predict,
    /// Goes on until it is stopped or cancelled; its run stands in the project.
    Train(RunId),
    /// It ends by itself and nothing hangs on it.
    Other,
}

/// What work tells while it goes on and when it ends.
#[derive(Debug)]
pub enum Report {
    /// Nothing to remember, only to show. The text is for the status bar.
    Progress {
        done: usize,
        total: usize,
        text: String,
    },
    FilesChecked {
        missing: HashSet<ImageId>,
    },
    Relinked {
        moved: Vec<(ImageId, PathBuf)>,
        still_missing: usize,
    },
    /// Some predictions of a model; `failed` with a sentence each.
    Predicted {
        model: ModelId,
        predictions: Vec<Prediction>,
        failed: Vec<(ImageId, String)>,
    },
    /// A run's event, at most about ten a second but for epochs and log lines.
    Training {
        run: RunId,
        event: TrainEvent,
    },
    /// A run ended.
    Trained {
        run: RunId,
        outcome: Box<Result<Outcome, String>>,
    },
    /// All predictions for a comparison were made.
    Comparable {
        candidate: ModelId,
        active: Option<ModelId>,
    },
    /// A model's figures with their intervals.
    Judged {
        model: ModelId,
        performance: Box<Performance>,
    },
    /// A model's finding in parts of the images.
    Parted {
        model: ModelId,
        subgroups: Vec<Subgroups>,
        /// Of each part of each.
        images: Vec<Vec<Vec<ImageId>>>,
    },
    /// The figures of a model that draws boxes with their intervals, and what it found on each image.
    BoxesJudged {
        model: ModelId,
        performance: Box<BoxPerformance>,
        on: Vec<(ImageId, BoxesOn)>,
    },
    /// A model's boxes in parts of the images.
    BoxesParted {
        model: ModelId,
        subgroups: Vec<BoxSubgroups>,
        /// Of each part of each.
        images: Vec<Vec<Vec<ImageId>>>,
    },
    /// How much two models that draw boxes differ, with intervals: the first less the second.
    BoxesApart {
        models: [ModelId; 2],
        difference: Box<BoxDifference>,
    },
    /// All that a comparison consists of was told.
    AllJudged,
    /// The last comparison, where one is kept.
    Recalled(Option<Box<Comparison>>),
    /// How much two models differ, with intervals: the first less the second.
    Apart {
        models: [ModelId; 2],
        difference: Box<Difference>,
    },
    /// The maps of a model were tested.
    MapTested {
        model: ModelId,
        test: Box<MapTest>,
    },
    /// A model was measured on pictures made worse, one entry a way.
    RobustnessMeasured {
        model: ModelId,
        measured: Vec<Robustness>,
    },
    /// All predictions for choosing something on the validation images were made.
    ValidationReady(OnValidation),
    /// All predictions for a report were made.
    Reportable(ReportRequest),
    /// Something was written there: "the report".
    Wrote {
        what: &'static str,
        to: PathBuf,
    },
    /// A report was written to that folder; `written` goes into the log where it is bound to it.
    ReportWritten {
        to: PathBuf,
        written: Option<Box<Decision>>,
    },
    /// The project was handed out.
    Exported(Box<Exported>),
    /// The data were looked through, as they were at this version.
    Analysed {
        version: u64,
        analysis: Box<Analysis>,
    },
    /// The data were not looked through; why.
    NotAnalysed(String),
    /// The readers were compared, as the project was at this version; or why they were not.
    ReadersCompared {
        version: u64,
        found: Result<Box<Agreement>, String>,
    },
    /// It was worked out what a rule makes of the readers' words; or why not.
    Adjudicable(Result<Box<AdjudicationPlan>, String>),
    /// The log was looked through, as the project was at this version; or why not.
    Audited {
        version: u64,
        found: Result<Box<AuditView>, String>,
    },
    /// The chain of the log was checked up to this event; or what does not hold.
    LogVerified(Result<i64, String>),
    /// Some pictures were looked at again; `failed` with a sentence each.
    Measured {
        facts: Vec<(ImageId, ImageFacts)>,
        failed: Vec<String>,
    },
    SplitPlanned(Box<SplitPlan>),
    /// A run of a sweep is done and its log on disk.
    Trial(Box<TrialRecord>),
    /// All runs of a sweep are done; the weights of the best, unless it has become a model before.
    Swept {
        best: Option<PathBuf>,
    },
    /// What a file of weights was found to be, by what was said of it.
    WeightsLookedAt(Box<WeightsView>),
    /// A file of weights describes itself now and can become a model.
    WeightsAdopted(Box<AdoptedFile>),
    /// The features of the images under a model; absent where they could not be worked out.
    FeaturesRead {
        model: ModelId,
        features: Option<Box<ImageFeatures>>,
    },
    /// What an order by features goes by, the so-manieth that was asked for.
    Ordered {
        number: u64,
        what: ByFeature,
        found: Vec<OrderedImage>,
    },
    /// How much of the heat of each image lies outside the readers' boxes, the so-manieth that was asked for.
    HeatPlaced {
        number: u64,
        found: Vec<(ImageId, f32)>,
    },
    /// A head was learned, the so-manieth that was asked for; absent where it was not.
    Refitted {
        number: u64,
        refitted: Option<Box<Refitted>>,
    },
    /// The work could not be done.
    Failed(String),
}

/// What features are asked for by an order of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByFeature {
    /// Images near the centres of clusters.
    ColdStart,
    /// Always the one furthest from all that is labelled.
    KCentre,
    /// What a head says of images that it has not learned from.
    OutOfFold,
}

/// What was found of one image.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderedImage {
    /// It is picked in this place, from 0 on.
    Picked(ImageId, u32),
    /// A head that has not learned from it says so of each class.
    Said(ImageId, Arc<[f32]>),
}

/// What is asked of work that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Go,
    /// Ends soon and keeps what there is: a run becomes a model.
    Stop,
    /// Ends soon; a run is thrown away.
    Cancel,
    /// Ends soon as if the program had ended: a run can be resumed.
    Leave,
}
