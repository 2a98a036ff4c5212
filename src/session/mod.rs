//! The workbench without a window: commands in, read models out.

mod alike;
pub mod analysis;
mod annotate;
mod arrivals;
mod boxes;
mod card;
mod card_boxes;
mod card_classes;
mod card_epochs;
pub mod command;
mod comparing;
mod core;
pub mod create;
mod demo;
mod demo_models;
mod desk;
mod desk_import;
mod desk_jobs;
mod desk_runs;
mod error;
mod export;
mod files;
mod fixing;
#[doc(hidden)]
pub mod fixture;
mod header_service;
mod heat_service;
pub mod import_view;
pub mod importing;
mod incoming;
mod keys;
mod learned;
mod learning;
mod lru;
mod measuring;
mod merge;
pub mod order;
mod outgoing;
pub mod patients;
mod picture_service;
pub mod pictures;
mod predicting;
mod pretraining;
mod preview_service;
pub mod queue;
mod readings;
mod recipe_settings;
mod registry;
mod rows;
mod running;
mod seen;
pub mod settings;
mod shown;
mod sources;
pub mod splitting;
pub mod staging;
mod statements;
pub mod tables;
mod taken_over;
mod thresholds;
mod thumbnail_service;
pub mod view;
pub mod words;
pub mod work;
mod worker;
mod yardstick;

#[cfg(test)]
mod comparing_tests;
#[cfg(test)]
mod core_tests;
#[cfg(test)]
mod desk_runs_tests;
#[cfg(test)]
mod merge_tests;
#[cfg(test)]
mod running_tests;
#[cfg(test)]
mod splitting_tests;
#[cfg(test)]
mod test_project;
#[cfg(test)]
mod undo_tests;
#[cfg(test)]
mod yardstick_tests;

pub use self::core::Core;
pub use crate::interchange::{BoxColumns, Format, Frame, Mapping, Pictures, TableHead, Unannotated, Unseen, VocBase};
pub use crate::store::UnfinishedRun;
pub use analysis::{Analysis, AttributeTable, Problem, ProblemKind, Shortcut, ValueCount};
pub use boxes::{takeable, undrawn};
pub use command::{Command, DemoKind, Edit, ImportSource, NewProject, StartFrom};
pub use comparing::{ComparePlan, Evaluation};
pub use create::{Created, create_project, create_project_of};
pub use demo::create_demo;
pub use demo_models::{demo_model, demo_recipe};
pub use error::SessionError;
pub use export::{Deidentify, ExportFormat, ExportPlan, ExportRequest, Exported, Since};
pub use files::{CheckPlan, RelinkPlan};
pub use import_view::{FoundClass, ImportRow, ImportState, ImportSummary, ImportView, Sample, Unfinished};
pub use keys::OwnKeys;
pub use learning::TrainPlan;
pub use patients::PatientIds;
pub use pictures::{
    Explained, Fetched, Header, HeaderLine, HeatPicture, Picture, PictureRequest, Preview, PreviewRequest, Thumbnail,
};
pub use predicting::PredictPlan;
pub use queue::{Boxes, Filter, ImageSet, Review, Sort};
pub use recipe_settings::{recipe_settings, with_setting};
pub use running::{Options, Session};
pub use seen::seen_of_test;
pub use settings::Places;
pub use splitting::{Invalidated, SplitOptions, SplitPlan};
pub use thresholds::{ThresholdChoice, ThresholdPlan};
pub use view::*;
pub use work::{Order, Report, Task, TaskKind, Work};
pub use yardstick::{TestChanges, changed_since};

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
    /// The active model's heat map of a class or a box, begun if it is not there yet.
    fn heat_map(&self, image: ImageId, explained: Explained) -> Fetched<HeatPicture>;
    /// What a recipe does to an image, begun if it is not there yet.
    fn preview(&self, request: PreviewRequest) -> Fetched<Preview>;
    /// The header of an image's DICOM file, begun if it is not there yet.
    fn header(&self, image: ImageId) -> Fetched<Header>;
}
