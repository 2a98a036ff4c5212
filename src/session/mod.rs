//! The workbench without a window: commands in, read models out.
//!
//! From the ground up, each using only what stands before it: [`protocol`] (values), [`drawing`] (SVG), `services` (threads that make pictures),
//! [`importing`] (sources), [`project`] (an open project), `demo`, [`desk`] (projects opened and closed, jobs, settings).

pub mod demo;
pub mod desk;
pub mod drawing;
#[doc(hidden)]
pub mod fixture;
pub mod importing;
pub mod project;
pub mod protocol;
mod services;

#[cfg(test)]
mod test_project;

pub use crate::evaluation::box_influence::BoxFates;
pub use crate::evaluation::influence::{Influence, Overrides, Part as CountedPart, Truths};
pub use crate::evaluation::learning_curve::{LearningCurve, Quartiles, TimeBlock, Trend};
pub use crate::inference::{Fit, Outputs, Preparation, Rule, Seen};
pub use crate::interchange::{
    BoxColumns, Format, Frame, InCell, Mapping, Pictures, TableHead, Unannotated, Unseen, VocBase,
};
pub use crate::store::UnfinishedRun;
pub use crate::store::trial::trial_copy;
pub use crate::training::sweep::{Row as SweepRow, Spread};
pub use demo::making::{TRUE_FINDINGS, create_demo};
pub use demo::models::{demo_model, demo_recipe};
pub use desk::session::{Options, Session};
pub use desk::settings::Places;
pub use importing::create::{Created, create_project, create_project_of};
pub use project::allowed::refused_while_reading;
pub use project::boxes::{takeable, undrawn};
pub use project::calibrating::{
    Known, KnownFindings, answering, answering_findings, dropped_answers, fitted, fitted_findings, fitted_scores,
    recalibrated, recalibrated_findings, remarks_of, rescored, with_scores,
};
pub use project::comparing::{ComparePlan, Evaluation};
pub use project::core::Core;
pub use project::export::ExportPlan;
pub use project::files::{CheckPlan, RelinkPlan};
pub use project::findings::leading as leading_finding;
pub use project::judging::{JudgePlan, of_records as attributes_of};
pub use project::judging_boxes::BoxJudgePlan;
pub use project::learning::TrainPlan;
pub use project::lineup::{Apart, BoxEntrant, Entrant, Lineup, LineupFigure, LineupTest};
pub use project::map_testing::{MapTestPlan, TestOn};
pub use project::predicting::PredictPlan;
pub use project::seen::seen_of_test;
pub use project::thresholds::{ValidationPlan, chosen_by};
pub use project::truth::known_findings;
pub use project::yardstick::changed_since;
pub use protocol::adjudication::{AdjudicationPlan, Decided};
pub use protocol::agreement::{
    Agreement, AgreementBlock, AskedOfReaders, Assisted, BoxFatesOf, Influences, MadeOf, OfAllReaders, OfReader,
    PairOfBoxes, PairOfReaders, PlantedOf, ReaderRead, ReaderWord, ReaderWords, RepeatsOf, RepeatsOfBoxes, TimesOf,
    Unblinded, WhichReadings,
};
pub use protocol::assignments::{
    AssigningCommand, AssigningView, AssignmentPreview, AssignmentView, ChosenImages, MyReadings, ReaderProgress,
    ReaderShare, ReadingsAsked, progress as reading_progress, summary as reading_summary,
};
pub use protocol::audit::{
    AuditExport, AuditFilter, AuditFormat, AuditKind, AuditLine, AuditRequest, AuditView, days as audit_days,
};
pub use protocol::claim::{Claim, LogEnd, sentence as fixed_since};
pub use protocol::class_looks::ClassLooks;
pub use protocol::command::{
    Command, DemoKind, DeskCommand, Edit, ImportSource, NewProject, ProjectCommand, StartFrom,
};
pub use protocol::conversion::{Conversion, kind_words};
pub use protocol::drawn::{Drawn, DrawnForm};
pub use protocol::duplicates::in_words as kept_in_words;
pub use protocol::error::SessionError;
pub use protocol::exports::{Deidentify, ExportFormat, ExportRequest, Exported, Since};
pub use protocol::import_view::{FoundClass, ImportRow, ImportState, ImportSummary, ImportView, Sample, Unfinished};
pub use protocol::keys::OwnKeys;
pub use protocol::many::{ManyEdit, Toll, taken_along};
pub use protocol::patient_ids::PatientIds;
pub use protocol::pictures::{
    Explained, Fetched, Header, HeaderLine, HeatPicture, MapRequest, Picture, PictureRequest, Preview, PreviewRequest,
    Thumbnail, Values, ValuesOf, ValuesRequest, heat_colour,
};
pub use protocol::preferences::Preferences;
pub use protocol::preferences::appearance::{Appearance, TEXT_SIZES, ThemeChoice};
pub use protocol::preferences::labelling::{KeptFilter, Labelling, RowSize};
pub use protocol::preferences::reading::{Corners, DragUse, Mouse, OwnPreset, Reading, WheelUse};
pub use protocol::preferences::training::Training;
pub use protocol::query;
pub use protocol::queue::{Boxes, Filter, ImageSet, OfFindings, Review, Sort};
pub use protocol::recipe_settings::{recipe_settings, with_setting};
pub use protocol::reports::ReportRequest;
pub use protocol::splits::{Invalidated, SplitOptions, SplitPlan};
pub use protocol::storage::{StorageLine, StorageView};
pub use protocol::studies::{StudyCommand, StudyReader, StudyView};
pub use protocol::survey::{Analysis, AttributeTable, Problem, ProblemKind, Shortcut, ValueCount};
pub use protocol::sweeps::{SweepView, value_text};
pub use protocol::task::{Order, Report, Task, TaskKind, Work};
pub use protocol::test_changes::TestChanges;
pub use protocol::threshold_choice::{Goal, OnValidation, ThresholdChoice};
pub use protocol::timing;
pub use protocol::view::*;
pub use protocol::weights::{WeightsAsked, WeightsFit, WeightsState, WeightsView};
pub use protocol::window_place::{ScreenArea, WindowPlace};
pub use protocol::words::{findings as findings_in_words, measuring_robustness, testing_maps};
pub use protocol::work::{RecentChange, WorkView, Worked};
pub use protocol::workplace::{ImageDisplay, Panels, PicturePlace, Workplace};

use crate::domain::ImageId;
use std::sync::Arc;

/// What the window holds of the session. Every call returns at once; work is done on other threads, which ask for a
/// repaint when something new can be seen.
pub trait Workbench: Send {
    /// The newest view.
    fn view(&self) -> Arc<View>;
    /// Hands a command over.
    fn send(&self, command: Command);
    /// The pictures on screen, begun if they are not there yet, the first first. What was asked for before and is not
    /// among them is not made any more.
    fn pictures(&self, requests: &[PictureRequest]) -> Vec<Fetched<Picture>>;
    /// The picture on screen where there is one.
    fn picture(&self, request: PictureRequest) -> Fetched<Picture> {
        self.pictures(&[request]).pop().unwrap_or(Fetched::Loading(None))
    }
    /// A thumbnail, begun if it is not there yet.
    fn thumbnail(&self, image: ImageId) -> Fetched<Thumbnail>;
    /// The heat maps on screen, of a class or a box each, begun if they are not there yet, the first first. Any other that is
    /// being made meanwhile is given up.
    fn heat_maps(&self, requests: &[MapRequest]) -> Vec<Fetched<HeatPicture>>;
    /// How many of how many passes are done of a heat map while it is being made, where it takes more than one.
    fn heat_progress(&self, request: &MapRequest) -> Option<(usize, usize)>;
    /// No heat map is on screen: what is being made is given up.
    fn drop_heat_map(&self);
    /// What a recipe does to an image, begun if it is not there yet.
    fn preview(&self, request: PreviewRequest) -> Fetched<Preview>;
    /// The header of an image's DICOM file, begun if it is not there yet.
    fn header(&self, image: ImageId) -> Fetched<Header>;
    /// Values of an image, begun if they are not there yet.
    fn values(&self, request: ValuesRequest) -> Fetched<Values>;
}
