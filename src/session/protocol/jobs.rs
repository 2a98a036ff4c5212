//! Work that goes on and things to tell the person, as the window shows them.

use crate::domain::ModelId;
use std::path::PathBuf;

/// A job in the status bar.
#[derive(Clone, Debug, PartialEq)]
pub struct JobView {
    pub id: u64,
    pub kind: JobKind,
    pub name: String,
    /// 0 to 1, where known.
    pub progress: Option<f32>,
    pub seconds_left: Option<f64>,
    pub message: String,
    pub cancellable: bool,
}

/// What a job does, as far as it matters to whoever wants to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    Training,
    /// Takes images in: reads them, makes a project of them, or adds them to one.
    Import,
    Export,
    /// Many runs of one recipe.
    Sweep,
    Other,
}

/// Something to tell the person.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub id: u64,
    pub kind: NoticeKind,
    pub text: String,
    /// What can be done about it.
    pub offer: Option<Offer>,
    /// It is about the open project and goes when that is closed.
    pub of_project: bool,
}

/// What was said once in this session, whatever became of it since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastNotice {
    /// Its number while it was on screen.
    pub id: u64,
    pub kind: NoticeKind,
    pub text: String,
    /// "14:05".
    pub time: String,
    /// The name of the project it was about; absent where it was about none.
    pub project: Option<String>,
}

/// What a message offers to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// To see how this model does, which a run made.
    Evaluate(ModelId),
    /// To go where a run can be resumed.
    Train,
    /// To open a project, or to go back to it.
    Open(PathBuf),
    /// To take back what was done, as undo calls it; only as long as that is what undo would take back.
    Undo(String),
    /// To put this damaged project right.
    Repair(PathBuf),
}

/// How much it matters, and with that how long it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// A word on what just happened; goes by itself after some seconds, or with the next action.
    Passing,
    /// Something was done; goes by itself once it could be read.
    Info,
    /// Stays until it is put away.
    Warning,
    /// Stays until it is put away.
    Error,
}
