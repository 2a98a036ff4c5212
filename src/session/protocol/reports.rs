//! A report of an evaluation, as it is asked for.

use crate::domain::ModelId;
use std::path::PathBuf;

/// What a report is called when it is written.
pub const REPORT: &str = "the report";

/// What is reported and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRequest {
    /// The model that is judged, on the test split.
    pub model: ModelId,
    /// Others on the same images.
    pub against: Vec<ModelId>,
    /// A folder, which is made where it is not there.
    pub to: PathBuf,
    /// Small pictures of the surest mistakes go in.
    pub pictures: bool,
}
