//! Weights from elsewhere that are to become a model: what a person says of the file, and what was found of it.

use crate::domain::{AnswerKind, Architecture, Preprocessing};
use crate::inference::{Foreign, Outputs, Preparation, Seen};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// What a person says of a file of weights. Of a file that Overread wrote only its place matters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightsAsked {
    pub file: PathBuf,
    /// What the model is to be called.
    pub name: String,
    /// The network, where the file does not tell it or somebody says another.
    pub network: Option<Architecture>,
    /// The classes or findings in the order of the last layer; empty until somebody has said it.
    pub classes: Vec<String>,
    /// Those of them that the model shall not answer.
    pub leave_out: Vec<String>,
    pub preparation: Preparation,
    pub outputs: Option<Outputs>,
    /// The key under which a checkpoint has the weights.
    pub key: Option<String>,
}

impl WeightsAsked {
    /// A file of which nothing is said, called as its file.
    pub fn of(file: impl Into<PathBuf>) -> Self {
        let file = file.into();
        Self { name: stem_of(&file), file, ..Self::default() }
    }

    /// The same for the network, where one is said or was told from the file.
    pub(in crate::session) fn foreign(&self, seen: &Seen) -> Option<Foreign<'_>> {
        let told = || seen.network().map(|fit| fit.architecture.clone());
        Some(Foreign {
            file: &self.file,
            name: Some(self.name.trim())
                .filter(|name| !name.is_empty())
                .map_or_else(|| stem_of(&self.file), str::to_owned),
            architecture: self.network.clone().or_else(told)?,
            classes: self.classes.clone(),
            leave_out: self.leave_out.clone(),
            preparation: self.preparation.clone(),
            channels: None,
            outputs: self.outputs,
            key: self.key.clone(),
        })
    }
}

/// What a model is called as long as nobody gives it a name.
fn stem_of(file: &Path) -> String {
    file.file_stem().map_or_else(|| "imported".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// A file of weights that is looked at, or waits to be taken in.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightsView {
    /// What was said last.
    pub asked: Arc<WeightsAsked>,
    /// What the file was found to be, once that is known.
    pub seen: Option<Arc<Seen>>,
    pub state: WeightsState,
}

/// How far that is.
#[derive(Clone, Debug, PartialEq)]
pub enum WeightsState {
    /// It is being looked at.
    Looking,
    /// It can become a model so.
    Fits(Arc<WeightsFit>),
    /// It cannot; why, in a sentence, with a table below it where tensors do not fit.
    Refused(String),
    /// It is becoming a model.
    Adding,
}

/// What a file of weights would become.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightsFit {
    /// What it is called in the file, of one that says it itself; else what the person calls it.
    pub name: String,
    pub architecture: Architecture,
    pub answers: AnswerKind,
    /// The classes or findings in the order of its last layer.
    pub order: Vec<String>,
    pub preprocessing: Preprocessing,
    /// What was found and taken, in sentences.
    pub notes: Vec<String>,
    /// What a person had better look at, in sentences.
    pub warnings: Vec<String>,
}

/// A file that describes itself, to become a model.
#[derive(Debug)]
pub enum AdoptedFile {
    /// It does so already.
    AsItIs(PathBuf),
    /// It was written into this folder, which is removed with it.
    Described(TempDir, PathBuf),
}

impl AdoptedFile {
    /// Where it is.
    pub(in crate::session) fn file(&self) -> &Path {
        match self {
            Self::AsItIs(file) | Self::Described(_, file) => file,
        }
    }
}
