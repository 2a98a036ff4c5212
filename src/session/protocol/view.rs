//! Read models: what the window paints. Plain values behind `Arc`s, made on the session's thread, cheap to hand over.

use crate::domain::Class;
use crate::domain::calibration::{BoxCalibration, Calibration};
use crate::domain::finding_calibration::FindingsCalibration;
use crate::domain::not_sure::unsure_of;
use crate::domain::prediction::answered_findings;
use crate::domain::{
    AnswerRule, ClassList, EpochRecord, Findings, ImageId, MapMethods, MapTest, MeasuredRobustness, ModelId,
    ModelRecord, Prespecified, ReaderDescription, ReadingMode, Recipe, RunId, RunRecord, Split,
};
use crate::domain::{BoxThresholds, ClassThresholds};
use crate::session::protocol::adjudication::AdjudicationPlan;
use crate::session::protocol::agreement::Agreement;
use crate::session::protocol::assignments::{AssigningView, MyReadings};
use crate::session::protocol::audit::AuditView;
use crate::session::protocol::class_looks::ClassLooks;
pub use crate::session::protocol::comparison::{Beside, ComparedBoxes, Comparison, OnImages, Recall, Said};
use crate::session::protocol::conversion::Conversion;
pub use crate::session::protocol::counts::Counts;
pub use crate::session::protocol::detail::{HistoryLine, ImageDetail, OtherBoxes, PageImage};
use crate::session::protocol::exports::Exported;
use crate::session::protocol::import_view::{ImportRow, ImportView, Unfinished};
pub use crate::session::protocol::jobs::{JobKind, JobView, Notice, NoticeKind, Offer, PastNotice};
use crate::session::protocol::keys::OwnKeys;
pub use crate::session::protocol::picture_kinds::PictureKinds;
use crate::session::protocol::preferences::Preferences;
use crate::session::protocol::queue::{Filter, Sort};
pub use crate::session::protocol::refit::{Learned, RefitState, RefitView};
pub use crate::session::protocol::row_facts::RowFacts;
pub use crate::session::protocol::row_findings::{RowFinding, RowFindings};
pub use crate::session::protocol::splits::SplitLine;
use crate::session::protocol::splits::SplitPlan;
use crate::session::protocol::storage::StorageView;
use crate::session::protocol::studies::StudyView;
use crate::session::protocol::survey::Analysis;
use crate::session::protocol::sweeps::SweepView;
use crate::session::protocol::test_changes::TestChanges;
use crate::session::protocol::weights::WeightsView;
use crate::session::protocol::work::WorkView;
use crate::session::protocol::workplace::Workplace;
use crate::store::UnfinishedRun;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The whole state of the workbench as the window sees it.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Grows with every new view.
    pub revision: u64,
    pub recent: Arc<Vec<RecentProject>>,
    /// Absent: the start screen.
    pub project: Option<Arc<ProjectView>>,
    /// What is being read to be imported, or was.
    pub import: Option<Arc<ImportView>>,
    /// An import that was broken off and can be gone on with.
    pub unfinished: Option<Arc<Unfinished>>,
    /// Running jobs.
    pub jobs: Vec<JobView>,
    /// Projects that are not open and whose runs go on.
    pub elsewhere: Arc<Vec<Elsewhere>>,
    /// Errors and results to show until dismissed, the newest last.
    pub notices: Vec<Notice>,
    /// What was said in this session, the newest first.
    pub past: Arc<Vec<PastNotice>>,
    /// "CPU, 2 threads".
    pub device: String,
    /// Weights that runs can start from.
    pub pretrained: Arc<Vec<PretrainedView>>,
    /// Keys of the person's own.
    pub keys: Arc<OwnKeys>,
    /// How the person likes to work, in every project.
    pub preferences: Arc<Preferences>,
    /// What lies where on the disk, once it was measured.
    pub storage: Option<StorageView>,
    /// How heat maps are made.
    pub map_methods: MapMethods,
}

/// What was found when the maps of a model were tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestedMap {
    pub model: ModelId,
    pub test: MapTest,
    /// The readers' boxes that there are now are not those that it was tested by.
    #[serde(skip)]
    pub outdated: bool,
}

/// A project that is closed but for its run.
#[derive(Clone, Debug, PartialEq)]
pub struct Elsewhere {
    pub path: PathBuf,
    pub name: String,
    /// The ids of its jobs in [`View::jobs`].
    pub jobs: Vec<u64>,
    pub training: Option<Arc<TrainingView>>,
}

/// Pretrained weights as the Train screen offers them.
#[derive(Clone, Debug, PartialEq)]
pub struct PretrainedView {
    pub name: String,
    /// "ResNet-18, ImageNet".
    pub title: String,
    /// As `Architecture::name` has it.
    pub architecture: String,
    /// "47 MB".
    pub size: String,
    pub made_with: String,
    pub figures: String,
    pub licence: String,
    pub url: String,
    pub state: PretrainedState,
}

/// What there is of pretrained weights on this machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PretrainedState {
    Absent,
    /// A download was broken off after this share and can be gone on with.
    Part {
        share: f32,
    },
    /// The job of this id in [`View::jobs`] fetches them.
    Downloading {
        job: u64,
    },
    There,
}

/// A line of the start screen's list.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentProject {
    pub path: PathBuf,
    pub name: String,
    /// "480 images, 168 reviewed".
    pub summary: String,
    /// "today 10:42".
    pub opened: String,
    /// The folder is gone.
    pub missing: bool,
    /// A training run in it that did not get to its end.
    pub run: Option<UnfinishedRun>,
}

/// An open project.
#[derive(Clone, Debug, Default)]
pub struct ProjectView {
    pub path: PathBuf,
    pub name: String,
    /// Why nothing can be changed: another window holds it, or the folder is not writable.
    pub read_only: Option<String>,
    pub classes: Arc<ClassList>,
    /// In which order they are shown, and with which examples.
    pub class_looks: Arc<ClassLooks>,
    pub reader: String,
    /// As what the reader reads, and what qualifies for it, as far as somebody has said.
    pub about_reader: ReaderDescription,
    /// What the reader sees of what the model and others say; the whole view is made by it.
    pub reading: ReadingMode,
    /// Whether the project is about boxes, where what would tell that is not to be seen.
    pub about_boxes: Option<bool>,
    /// How far the reader is in the list that was assigned, where one is open.
    pub assigned: Option<MyReadings>,
    /// A study runs: some images are shown with a wrong answer of the model. Which, nobody is told until it ends.
    pub study: bool,
    /// Images of each split whose label follows an answer that a study had planted, and whose files are there: nothing is learned
    /// from them until they are said again.
    pub follows_planted: [usize; 3],
    /// Images whose reading the reader has committed, where that reveals the model and the others.
    pub committed: usize,
    /// Who has worked here, the last one first, where that is more than one and nobody has said yet who reads now.
    pub readers: Option<Arc<Vec<String>>>,
    /// How the reader left the project the last time, to be found so again.
    pub workplace: Option<Arc<Workplace>>,
    /// What was found when maps were tested; of each model and method the last.
    pub map_tests: Arc<Vec<TestedMap>>,
    /// What was measured of models on pictures made worse; of a model, a split and a way the last.
    pub robustness: Arc<Vec<MeasuredRobustness>>,
    /// Every image, in order of import.
    pub rows: Arc<Vec<ImageRow>>,
    /// Indices into `rows`: the images that pass the filter, in the order to look at them.
    pub queue: Arc<Vec<u32>>,
    pub filter: Filter,
    pub sort: Sort,
    /// How many percent of a learned order are drawn at random.
    pub random_arm: u8,
    pub counts: Counts,
    /// What is known of the image last looked at.
    pub detail: Option<Arc<ImageDetail>>,
    /// The boxes of the images on screen beside each other, as asked for last; none where one image is alone.
    pub page: Arc<Vec<PageImage>>,
    /// What undo would take back: "label of IMG0001.jpg".
    pub undo: Option<String>,
    pub redo: Option<String>,
    /// What undo or redo did last; a window shows the image once for each.
    pub stepped: Option<Stepped>,
    /// That would change the truth of a test image.
    pub undo_touches_test: bool,
    pub redo_touches_test: bool,
    /// Every change sent so far is committed.
    pub saved: bool,
    /// Files that are not where the project says.
    pub missing: usize,
    pub recipes: Arc<Vec<Recipe>>,
    /// Registered models, the newest first.
    pub models: Arc<Vec<ModelRow>>,
    pub active: Option<ModelId>,
    /// A file of weights that is to become a model, as far as that is.
    pub weights: Option<Arc<WeightsView>>,
    /// Past runs, the newest first.
    pub runs: Arc<Vec<RunRecord>>,
    /// The run in progress, or the last one of this session.
    pub training: Option<Arc<TrainingView>>,
    /// By name.
    pub sweeps: Arc<Vec<SweepView>>,
    pub comparison: Option<Arc<Comparison>>,
    /// Whether the last comparison of this project was looked for.
    pub recall: Recall,
    /// Models that the next comparison lays beside the two.
    pub beside: Arc<Vec<ModelId>>,
    /// What the last export of this session wrote.
    pub exported: Option<Arc<Exported>>,
    /// The folder of the last report of this session.
    pub reported: Option<PathBuf>,
    /// What each import took and left out, the newest first.
    pub imports: Arc<Vec<ImportRow>>,
    /// The project is a demo: its pictures are phantoms.
    pub demo: bool,
    /// What kinds of files its pictures are.
    pub pictures: PictureKinds,
    /// Images whose label is wrong on purpose, where the project is a demo.
    pub wrong_on_purpose: usize,
    /// What the data are made of.
    pub data: DataView,
    /// The score from which the active model's boxes count; absent where there is no model or it draws none.
    pub threshold: Option<f64>,
    /// By what thresholds the active model calls its classes; of one that draws boxes each class's own.
    pub class_thresholds: ClassThresholds,
    /// From which probability the active model says that a finding is present, one a class; absent where there is no model
    /// or it does not answer with findings.
    pub finding_thresholds: Option<Arc<Vec<f64>>>,
    /// By what rule the active model answers with several classes where it is not sure.
    pub answers: Option<AnswerRule>,
    /// From which probability on an outcome of each finding belongs to the active model's answer, one a class; absent where it
    /// is never "not sure" of one.
    pub finding_rules: Option<Arc<Vec<Option<f64>>>>,
    /// How the probabilities and answers of the model that is judged do on the test images.
    pub calibration: Option<Arc<Calibration>>,
    /// How its probabilities of findings and its answers do there, where it answers with findings.
    pub findings_calibration: Option<Arc<FindingsCalibration>>,
    /// How the scores of its boxes do there, where it draws some.
    pub box_calibration: Option<Arc<BoxCalibration>>,
    /// The test split stays closed after a training, until somebody asks for figures.
    pub test_closed: bool,
    /// The head that learns while somebody labels.
    pub refit: Arc<RefitView>,
}

impl ProjectView {
    /// What the active model says of each finding that it is sure of, by these probabilities, one a class; `None` where it does not answer with
    /// findings.
    pub fn answered_findings(&self, probabilities: &[f32]) -> Option<Findings> {
        let thresholds = self.finding_thresholds.as_deref()?;
        let unsure = self.finding_rules.as_deref().map(|rules| unsure_of(probabilities, rules)).unwrap_or_default();
        let said = answered_findings(probabilities, thresholds, &self.classes);
        Some(said.iter().filter(|(finding, _)| !unsure.contains(finding)).collect())
    }

    /// Whether the active model may say that it is not sure.
    pub fn may_be_unsure(&self) -> bool {
        self.answers.is_some() || self.finding_rules.is_some()
    }

    /// The classes with their places in the list, in the order they are shown in.
    pub fn classes_in_order(&self) -> impl Iterator<Item = (usize, &Class)> {
        let order = self.class_looks.order(self.classes.len());
        order.into_iter().filter_map(|place| Some((place, self.classes.classes.get(place)?)))
    }

    /// Whether the project is about boxes: its model draws some, or, where there is no model yet, readers drew boxes on
    /// more images than they gave a class. Boxes are findings too: without a model, images of findings are about these.
    pub fn is_about_boxes(&self) -> bool {
        if let Some(about_boxes) = self.about_boxes {
            return about_boxes;
        }
        match self.active {
            Some(_) => self.threshold.is_some(),
            None => self.counts.with_boxes > self.counts.labelled,
        }
    }

    /// From which scores the active model's boxes count; `None` where it draws none.
    pub fn box_thresholds(&self) -> Option<BoxThresholds> {
        Some(BoxThresholds { all: self.threshold?, each: self.class_thresholds.clone() })
    }
}

/// An image that undo or redo changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stepped {
    /// Grows with each.
    pub serial: u64,
    pub image: ImageId,
}

/// What the Data screen shows beyond the rows.
#[derive(Clone, Debug, Default)]
pub struct DataView {
    pub state: DataState,
    /// What was found when the data were last looked through.
    pub analysis: Option<Arc<Analysis>>,
    /// A division of the images that was worked out and not applied.
    pub plan: Option<Arc<SplitPlan>>,
    /// What a conversion to several findings or to one class an image would do, or why there is none; absent where nobody
    /// asked.
    pub conversion: Option<Result<Arc<Conversion>, String>>,
    /// What became of the splits, the newest first.
    pub history: Arc<Vec<SplitLine>>,
    /// How the labelling goes; absent until somebody asks for it, and once more was said.
    pub work: Option<Arc<WorkView>>,
    /// Whether the readers were compared.
    pub readers_state: DataState,
    /// How far they agreed when they were compared last.
    pub readers: Option<Arc<Agreement>>,
    /// As what they read, of those of whom somebody has said it, by name.
    pub described: Arc<BTreeMap<String, ReaderDescription>>,
    /// What a rule makes of their words, as the project is now.
    pub adjudication: Option<Arc<AdjudicationPlan>>,
    /// Whether the log was looked through for what was asked for last.
    pub audit_state: DataState,
    /// The log as it was asked for last.
    pub audit: Option<Arc<AuditView>>,
    /// The event up to which the chain of the log was checked, or what does not hold; absent until somebody asks.
    pub log_verified: Option<Result<i64, String>>,
    /// Who is to read which images.
    pub assigning: AssigningView,
    /// The studies, the newest first; absent until somebody asks how far readers are.
    pub studies: Option<Arc<Vec<StudyView>>>,
}

/// Whether the data were looked through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DataState {
    /// Not since they last changed.
    #[default]
    Wanted,
    Running,
    Done,
    /// They could not be, or somebody cancelled it; why.
    Ended(String),
}

/// A row of the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageRow {
    pub id: ImageId,
    pub name: Arc<str>,
    pub width: u32,
    pub height: u32,
    pub split: Split,
    pub label: Option<u16>,
    pub reviewed: bool,
    pub flagged: bool,
    /// The active model's class and its probability; of a model that draws boxes the class and score of the surest box
    /// that counts, of one that answers with findings the one furthest above its threshold, absent where none is.
    pub predicted: Option<(u16, f32)>,
    /// 0 certain to 1 undecided.
    pub uncertainty: f32,
    pub missing: bool,
    pub boxes: RowBoxes,
    /// How many classes the model's answer names where it may name several; 1 where it is sure, absent where it may not. Of one
    /// that answers with findings 1 more than the findings it is not sure of.
    pub named: Option<u16>,
    /// Absent where an image is of one class.
    pub findings: Option<RowFindings>,
    pub facts: Arc<RowFacts>,
}

/// What a row says of boxes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RowBoxes {
    /// It is known which boxes are there: some are drawn, or a person found nothing to draw.
    pub known: bool,
    /// The active model draws boxes and has looked.
    pub seen: bool,
    /// Boxes of readers.
    pub drawn: u16,
    /// Boxes of the active model from the threshold on.
    pub predicted: u16,
    /// Of the drawn boxes those that the model does not find, and those beside which it has one; both 0 where it is not
    /// known which boxes are there.
    pub missed: u16,
    pub shifted: u16,
    /// Boxes of the model that are none of the drawn.
    pub extra: u16,
    /// Boxes of the model that lie on none of the drawn ones of their class (IoU below 0.5), as far as there are drawn ones left
    /// that it does not find: the right class in the wrong place.
    pub misplaced: u16,
    /// The score of its surest box, whether that counts or not; 0 without any.
    pub best: f32,
}

impl ImageRow {
    /// What lists call it: the name of its file, after as many folders as tell it apart from others of that name.
    pub fn short_name(&self) -> &str {
        let tail = self.facts.tail.and_then(|from| self.name.get(from..));
        tail.unwrap_or_else(|| self.name.rsplit('/').next().unwrap_or(&self.name))
    }

    /// The model's class differs from the label, or its boxes from those that are there, or what it says of a finding
    /// from what is known.
    pub fn disagrees(&self) -> bool {
        if self.boxes.seen {
            return self.boxes.missed + self.boxes.shifted + self.boxes.extra > 0;
        }
        if let Some(findings) = &self.findings {
            return findings.disagreements().next().is_some();
        }
        matches!((self.label, self.predicted), (Some(label), Some((class, _))) if label != class)
    }

    /// Whether the active model says that it is not sure.
    pub fn is_unsure(&self) -> bool {
        self.named.is_some_and(|named| named != 1)
    }

    /// Whether the active model has looked.
    pub fn is_predicted(&self) -> bool {
        self.predicted.is_some() || self.boxes.seen || self.findings.as_ref().is_some_and(RowFindings::is_answered)
    }

    /// Somebody gave it a class, or something is known of a finding.
    pub fn is_labelled(&self) -> bool {
        self.label.is_some() || self.findings.as_ref().is_some_and(RowFindings::is_known)
    }
}

/// A model with what its row shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelRow {
    pub record: ModelRecord,
    pub created: String,
    pub parent_name: Option<String>,
    /// The file is there and whole; else why not.
    pub problem: Option<String>,
    /// What became of the test images since its figures were made.
    pub since: TestChanges,
    /// When its threshold was fixed, and whether before the test split was opened.
    pub prespecified: Prespecified,
    /// The same of each class that ever had a threshold of its own.
    pub prespecified_classes: Vec<(String, Prespecified)>,
}

/// A training run as it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingView {
    pub run: RunId,
    pub recipe: Recipe,
    pub running: bool,
    /// "preparing 384 images", "epoch 7 of 30".
    pub phase: String,
    /// 0 to 1 over the whole run.
    pub progress: f32,
    pub seconds_left: Option<f64>,
    pub images_per_second: Option<f64>,
    pub epochs: Vec<EpochRecord>,
    pub log: Vec<String>,
    /// The model it made, when done.
    pub model: Option<ModelId>,
    pub error: Option<String>,
}
