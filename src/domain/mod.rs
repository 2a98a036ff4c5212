//! What a reader talks about: images, class lists, annotations, predictions, recipes, models. Plain values, no I/O.

pub mod annotation;
pub mod assignment;
pub mod augmentation;
pub mod calibration;
pub mod change;
pub mod class_list;
pub mod contour;
pub mod decision;
pub mod facts;
pub mod finding;
pub mod finding_calibration;
pub mod findings_report;
pub mod geometry;
pub mod heat_map;
pub mod ids;
pub mod image;
pub mod import;
mod in_order;
pub mod map_layer;
pub mod map_method;
pub mod map_test;
pub mod measurement;
pub mod metric;
pub mod model;
pub mod not_sure;
pub mod performance;
pub mod prediction;
pub mod prespecified;
pub mod reader_role;
pub mod reading_mode;
pub mod recipe;
pub mod region;
pub mod report;
pub mod robustness;
pub mod run;
pub mod sign_off;
pub mod split_change;
pub mod study;
pub mod sweep;
pub mod taken;
pub mod temperatures;
pub mod thresholds;
pub mod thresholds_then;
pub mod voi;

pub use annotation::{AnnotatedBox, Annotation, AnnotationEvent, DisplayState, ShownMap, ShownPrediction};
pub use assignment::{Assignment, AssignmentList, AssignmentPlan, AssignmentState, ImageKey, Reads, Strata, Turn};
pub use change::{AdjudicationRule, Change};
pub use class_list::{Class, ClassList, ClassListError};
pub use contour::Contour;
pub use decision::{AnswerRule, Basis, BetaMap, Decision, DecisionEvent, LoggedEvent, Reached, Share, ThresholdBy};
pub use facts::{BoxMarks, ImageFacts};
pub use finding::{Findings, Presence};
pub use findings_report::{FindingMetrics, FindingsReport};
pub use geometry::Rect;
pub use heat_map::HeatMap;
pub use ids::{BoxId, EventId, ImageId, MeasurementId, ModelId, RunId};
pub use image::{ImageFile, ImageRecord, Split, SplitRatios};
pub use import::{ImportRecord, ImportReport, LeftOut};
pub use map_layer::{MapLayer, map_layers};
pub use map_method::{MapMethod, MapMethods};
pub use map_test::MapTest;
pub use measurement::{AnnotatedMeasurement, Measure, Measurement, Quantity, Spacing, SpacingKind, calibrated};
pub use metric::{Measured, Metric};
pub use model::{Decided, ModelCard, ModelRecord, ModelStatus, Tested};
pub use not_sure::{FindingRule, FindingRules};
pub use prediction::{PredictedBox, Prediction};
pub use prespecified::{Besides, Mark, Prespecified, Standing, late_besides, prespecified, prespecified_classes};
pub use reader_role::{DescribedReader, ReaderDescription, ReaderRole};
pub use reading_mode::ReadingMode;
pub use recipe::{AnswerKind, Architecture, Preprocessing, Recipe};
pub use region::{Outline, PixelValue, RegionFigures};
pub use report::{
    BoxMetrics, BoxesPerImage, ClassMetrics, ClassificationReport, DetectionReport, Figure, FrocPoint, ScoreBin,
    ThresholdGoal, TrueBox,
};
pub use robustness::{
    MeasuredRobustness, Perturbation, RobustFigure, RobustFinding, RobustPoint, RobustValue, Robustness,
};
pub use run::{EpochRecord, RunFacts, RunRecord, RunState, StopReason};
pub use sign_off::{SignOff, SignOffStep, of_what_is_said, signed_by};
pub use split_change::{Regroup, SplitChange, SplitMove};
pub use study::PlantedAnswer;
pub use taken::{Orientation, Taken};
pub use temperatures::{FindingTemperature, Temperatures};
pub use thresholds::{BoxThresholds, ClassThresholds, NamedThresholds};
pub use voi::Voi;
