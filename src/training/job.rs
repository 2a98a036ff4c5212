//! What a training run is asked and what it tells.

use crate::domain::image::content_key;
use crate::domain::{
    AnswerKind, ClassList, EpochRecord, Findings, ImageFile, ModelCard, Presence, Recipe, Rect, RunFacts, StopReason,
};
use crate::files::hash::sha256_hex;
use crate::nn::Compute;
use std::path::PathBuf;

/// What is known of an image, to be learned.
#[derive(Clone, Debug, PartialEq)]
pub enum Truth {
    /// The class of the whole image, an index into the class list.
    Class(usize),
    /// What is said of each finding; those that nobody looked at teach nothing.
    Findings(Findings),
    /// All boxes on the image, each with its class; none where nothing is to be found. Pixels of the image, or of the
    /// network's input where it was brought to that size.
    Boxes(Vec<(usize, Rect)>),
}

impl Truth {
    /// The different classes that the image shows, in the order of the class list.
    pub fn classes(&self) -> Vec<usize> {
        match self {
            Self::Class(class) => vec![*class],
            Self::Findings(said) => said.that_are(Presence::Present).collect(),
            Self::Boxes(boxes) => {
                let mut classes: Vec<usize> = boxes.iter().map(|(class, _)| *class).collect();
                classes.sort_unstable();
                classes.dedup();
                classes
            }
        }
    }

    /// What kind of answer it teaches.
    pub fn kind(&self) -> AnswerKind {
        match self {
            Self::Class(_) => AnswerKind::Class,
            Self::Findings(_) => AnswerKind::Findings,
            Self::Boxes(_) => AnswerKind::Boxes,
        }
    }

    /// The boxes; none of what is said of an image as a whole.
    pub fn boxes(&self) -> &[(usize, Rect)] {
        match self {
            Self::Class(_) | Self::Findings(_) => &[],
            Self::Boxes(boxes) => boxes,
        }
    }

    /// In words that are the same for the same truth only.
    fn words(&self, classes: &ClassList) -> String {
        match self {
            Self::Class(class) => classes.name(*class),
            Self::Findings(said) => {
                let text =
                    |(finding, presence): (usize, Presence)| format!("{} {}", classes.name(finding), presence.name());
                format!("findings: {}", said.iter().map(text).collect::<Vec<_>>().join("; "))
            }
            Self::Boxes(boxes) => {
                let text = |(class, r): &(usize, Rect)| {
                    format!("{} {} {} {} {}", classes.name(*class), r.xmin, r.ymin, r.xmax, r.ymax)
                };
                format!("boxes: {}", boxes.iter().map(text).collect::<Vec<_>>().join("; "))
            }
        }
    }
}

/// One labelled image.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub file: ImageFile,
    /// What messages call it.
    pub name: String,
    /// SHA-256 of the file when it was labelled, hexadecimal.
    pub sha256: String,
    pub truth: Truth,
}

/// One run of a recipe.
#[derive(Clone, Debug)]
pub struct TrainJob {
    pub recipe: Recipe,
    pub classes: ClassList,
    /// What the model will be called.
    pub model_name: String,
    pub train: Vec<Sample>,
    /// May be empty: then the last epoch's weights are kept.
    pub validation: Vec<Sample>,
    /// The run's own folder, for its checkpoint and its model; made if it is not there.
    pub dir: PathBuf,
    /// A weight file to start from instead of random weights.
    pub start_from: Option<PathBuf>,
    /// Goes on from the checkpoint in `dir`; from the beginning when there is none.
    pub resume: bool,
    pub compute: Compute,
    /// Written to the model's card, so that its bytes do not depend on the clock.
    pub created_ms: i64,
}

/// What a run tells while it goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainEvent {
    /// Images are being read.
    Preparing { done: usize, total: usize },
    /// Reading is over; so many images are used.
    Started { train: usize, validation: usize },
    /// The features of images are being made, once for all epochs in which only the head learns.
    KeepingFeatures { done: usize, total: usize },
    /// A batch was learned from. `epoch` and `step` count from 1; `loss` is this batch's.
    Step {
        epoch: usize,
        epochs: usize,
        step: usize,
        steps: usize,
        loss: f64,
        images_per_second: f64,
        /// Until the last epoch ends, at this pace.
        seconds_left: f64,
    },
    /// A part of the validation images was looked at, after epoch `epoch`.
    Validating { epoch: usize, done: usize, total: usize },
    /// An epoch ended and its checkpoint is on disk.
    Epoch(EpochRecord),
    /// A sentence for the run's log.
    Log(String),
}

/// The listener's answer to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    Continue,
    /// Ends the run and keeps the best weights so far; it can be resumed from its last whole epoch.
    Stop,
    /// Ends the run and removes what it wrote.
    Cancel,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Absent when it went through all its epochs.
    pub stopped: Option<StopReason>,
    /// The best weights; absent when cancelled, or stopped before the first step.
    pub model_file: Option<PathBuf>,
    pub epochs: Vec<EpochRecord>,
    pub card: ModelCard,
    pub facts: RunFacts,
}

impl Sample {
    /// What its pixels are: see [`content_key`].
    pub fn content(&self) -> String {
        content_key(&self.sha256, self.file.frame)
    }
}

/// SHA-256 over the sorted lines `content class-name`, `content findings: class-name presence; ...` or
/// `content boxes: class-name xmin ymin xmax ymax; ...`, of the images, hexadecimal: the same for the same images with the same labels, wherever they lie and in whatever order.
pub fn data_digest<'a>(samples: impl IntoIterator<Item = &'a Sample>, classes: &ClassList) -> String {
    let mut lines: Vec<String> =
        samples.into_iter().map(|s| format!("{} {}\n", s.content(), s.truth.words(classes))).collect();
    lines.sort();
    sha256_hex(lines.concat().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_follows_content_and_label_only() {
        let classes = ClassList::from_names(&["a", "b"], false).unwrap();
        let sample = |name: &str, hash: &str, class| Sample {
            file: ImageFile::first(name),
            name: name.to_owned(),
            sha256: hash.to_owned(),
            truth: Truth::Class(class),
        };
        let (one, two) = (sample("1.png", "aa", 0), sample("2.png", "bb", 1));
        let digest = data_digest([&one, &two], &classes);
        assert_eq!(digest, data_digest([&two, &sample("moved.png", "aa", 0)], &classes));
        assert_ne!(digest, data_digest([&one, &sample("2.png", "bb", 0)], &classes));
        assert_ne!(digest, data_digest([&one], &classes));
        let rect = |x| Rect { xmin: x, ymin: 0.0, xmax: 9.0, ymax: 5.0 };
        let boxes = |boxes: Vec<(usize, Rect)>| Sample { truth: Truth::Boxes(boxes), ..one.clone() };
        let digests = [vec![], vec![(0, rect(1.0))], vec![(1, rect(1.0))], vec![(0, rect(1.0 + f64::EPSILON))]]
            .map(|list| data_digest([&boxes(list)], &classes));
        let different: std::collections::HashSet<&String> = digests.iter().collect();
        assert_eq!(different.len(), digests.len());
    }
}
