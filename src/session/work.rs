//! Long work as data: a command answers with what is to be done, any thread does it, and its reports go back to the
//! core. The window does it in jobs, the command line and tests in place; both run this same code.

use super::analysis::{Analysis, AnalysisPlan};
use super::comparing::ComparePlan;
use super::export::{ExportPlan, Exported};
use super::files::{CheckPlan, RelinkPlan};
use super::learning::TrainPlan;
use super::measuring::MeasurePlan;
use super::predicting::PredictPlan;
use super::splitting::{SplitPlan, SplitWork};
use super::thresholds::{ThresholdChoice, ThresholdPlan};
use crate::domain::{ImageFacts, ImageId, ModelId, Prediction, RunId};
use crate::nn::Compute;
use crate::training::{Outcome, TrainEvent};
use std::collections::HashSet;
use std::path::PathBuf;

/// Something that takes long and needs no core.
#[derive(Clone, Debug)]
pub enum Work {
    /// Looks which image files are there.
    CheckFiles(CheckPlan),
    /// Looks for moved files by content.
    Relink(RelinkPlan),
    /// Runs a model over images.
    Predict(PredictPlan),
    /// Trains a model.
    Train(Box<TrainPlan>),
    /// Runs models over the test split, then compares them.
    Compare(ComparePlan),
    /// Runs a model over the validation images, then chooses the score from which its boxes count.
    ChooseThreshold(ThresholdPlan),
    /// Hands the project out.
    Export(ExportPlan),
    /// Looks through the data.
    Analyse(AnalysisPlan),
    /// Looks at pictures again.
    Measure(MeasurePlan),
    /// Works a division of the images out.
    PlanSplit(SplitWork),
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
    /// All predictions for choosing a threshold were made.
    ThresholdReady(ThresholdChoice),
    /// The project was handed out.
    Exported(Box<Exported>),
    /// The data were looked through, as they were at this version.
    Analysed {
        version: u64,
        analysis: Box<Analysis>,
    },
    /// The data were not looked through; why.
    NotAnalysed(String),
    /// Some pictures were looked at again; `failed` with a sentence each.
    Measured {
        facts: Vec<(ImageId, ImageFacts)>,
        failed: Vec<String>,
    },
    SplitPlanned(Box<SplitPlan>),
    /// The work could not be done.
    Failed(String),
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

impl Work {
    /// What the status bar calls it.
    pub fn name(&self) -> String {
        match self {
            Work::CheckFiles(_) => "Looking for the image files".into(),
            Work::Relink(_) => "Looking for moved images".into(),
            Work::Predict(plan) => format!("Predicting with {}", plan.name),
            Work::Train(plan) => format!("Training {}", plan.job.recipe.title),
            Work::Compare(_) => "Comparing models on the test split".into(),
            Work::ChooseThreshold(_) => "Choosing a threshold on the validation images".into(),
            Work::Export(plan) => format!("Exporting as {}", plan.request.format.name()),
            Work::Analyse(_) => "Looking through the data".into(),
            Work::Measure(_) => "Looking at the pictures".into(),
            Work::PlanSplit(_) => "Dividing the images".into(),
        }
    }

    /// Does the work on this thread. `order` is asked often; `tell` takes the reports in order.
    pub fn run(self, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        match self {
            Work::CheckFiles(plan) => plan.run(order, tell),
            Work::Relink(plan) => plan.run(order, tell),
            Work::Predict(plan) => plan.run(compute, order, tell),
            Work::Train(plan) => plan.run(order, tell),
            Work::Compare(plan) => plan.run(compute, order, tell),
            Work::ChooseThreshold(plan) => plan.run(compute, order, tell),
            Work::Export(plan) => plan.run(order, tell),
            Work::Analyse(plan) => plan.run(order, tell),
            Work::Measure(plan) => plan.run(order, tell),
            Work::PlanSplit(work) => work.run(order, tell),
        }
    }
}
