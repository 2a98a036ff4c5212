//! Who is to read which images: what is asked for, what would come of it, and how far the readers are.

use crate::domain::{AssignmentList, AssignmentPlan, AssignmentState, Split};
use crate::evaluation::influence::Part;
use crate::evaluation::retest::Retest;
use serde::Serialize;
use std::sync::Arc;

/// Which images are to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChosenImages {
    #[default]
    All,
    Of(Split),
    /// What the filter shows.
    Shown,
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadingsAsked {
    /// What its images are called is filled in.
    pub plan: AssignmentPlan,
    pub images: ChosenImages,
    /// Of these so many, drawn by the seed; all where it is absent.
    pub sample: Option<usize>,
    /// Honeypots are taken from what the filter shows alone.
    pub honeypots_shown: bool,
}

/// What is asked about who reads which images.
#[derive(Clone, Debug, PartialEq)]
pub enum AssigningCommand {
    /// Works out who would read which images; the answer is [`AssigningView::preview`].
    Plan(Box<ReadingsAsked>),
    /// Drops what was worked out.
    Dismiss,
    /// Assigns them as they were worked out.
    Assign,
    /// Ends a plan of readings, deletes it (absent) or opens it again.
    Set { digest: String, state: Option<AssignmentState> },
    /// Counts how far the readers of all plans are; the answer is [`AssigningView::plans`].
    Count,
}

impl AssigningCommand {
    /// Whether it changes what is kept of the project.
    pub fn is_change(&self) -> bool {
        match self {
            Self::Assign | Self::Set { .. } => true,
            Self::Plan(_) | Self::Dismiss | Self::Count => false,
        }
    }
}

/// What would come of it.
#[derive(Clone, Debug, PartialEq)]
pub struct AssignmentPreview {
    pub plan: AssignmentPlan,
    pub list: AssignmentList,
    /// Which state of the project it was worked out from.
    pub version: u64,
    /// Images that are to be read, without honeypots.
    pub images: usize,
    /// Of these the ones that two or more read.
    pub shared: usize,
    /// In the order of the plan's readers.
    pub readers: Vec<ReaderShare>,
    /// By stratum: how many of each reader's readings are of it, without honeypots and repeats.
    pub by_stratum: Vec<(String, Vec<usize>)>,
    /// Sentences: what could not be met and why, and what is to be known of it.
    pub remarks: Vec<String>,
}

/// What one reader would get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReaderShare {
    pub name: String,
    /// Readings in all.
    pub readings: usize,
    pub honeypots: usize,
    pub repeats: usize,
    /// Images of the list that the reader has read already.
    pub read: usize,
}

/// How far the present reader is in the reader's own list. It says nothing of why an image is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyReadings {
    pub read: usize,
    pub total: usize,
    /// About how long the rest takes at the pace so far, in ms; absent while that is not known.
    pub left_ms: Option<i64>,
}

impl MyReadings {
    /// Whether nothing is left.
    pub fn is_finished(&self) -> bool {
        self.read >= self.total
    }

    /// "17 of 60 read, about 9 min left".
    pub fn sentence(&self) -> String {
        progress(self.read, self.total, self.left_ms)
    }
}

/// "17 of 60 read, about 9 min left".
pub fn progress(read: usize, total: usize, left_ms: Option<i64>) -> String {
    match left_ms.filter(|_| read < total) {
        Some(left) => format!("{read} of {total} read, about {} left", duration(left)),
        None => format!("{read} of {total} read"),
    }
}

/// "9 min", "2 h 5 min"; never less than a minute.
fn duration(ms: i64) -> String {
    let minutes = (ms.max(0) + 59_999) / 60_000;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{} min", minutes.max(1)),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// How far a reader of a plan is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReaderProgress {
    pub name: String,
    pub read: usize,
    /// Without repeats where the reader reads with the label in force in sight, which makes a second reading worthless.
    pub total: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_ms: Option<i64>,
    /// Honeypots of which the first word, said without the model and the others, is the truth.
    pub honeypots: Part,
    /// Honeypots that were read with the label in force in sight: they tell nothing and are not counted.
    pub honeypots_in_sight: usize,
    /// Images that were read twice.
    pub repeats: Retest,
}

/// A plan and how far it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssignmentView {
    pub digest: String,
    /// "today 10:42".
    pub made: String,
    pub by: String,
    pub state: AssignmentState,
    pub plan: AssignmentPlan,
    pub images: usize,
    pub readers: Vec<ReaderProgress>,
}

impl AssignmentView {
    /// "2 readers, 20 % of the images read by two, 10 repeats, 20 honeypots, by class, seed 1".
    pub fn summary(&self) -> String {
        summary(&self.plan)
    }
}

/// What a plan asks for, in words.
pub fn summary(plan: &AssignmentPlan) -> String {
    use crate::domain::{Reads, Strata};
    let readers = match plan.readers.len() {
        1 => "1 reader".to_owned(),
        more => format!("{more} readers"),
    };
    let reads = match plan.reads {
        Reads::Each(1) => "each image read once".to_owned(),
        Reads::Each(each) => format!("each image read by {each}"),
        Reads::Doubled(percent) => format!("{percent} % of the images read by two"),
    };
    let mut parts = vec![plan.chosen.clone(), readers, reads];
    if plan.repeats > 0 {
        parts.push(format!("{} repeats each, at least {} images apart", plan.repeats, plan.gap));
    }
    if plan.honeypots > 0 {
        parts.push(format!("{} honeypots", plan.honeypots));
    }
    match plan.strata {
        Strata::None => {}
        strata @ (Strata::Class | Strata::Uncertainty) => parts.push(format!("evened out {}", strata.name())),
    }
    if plan.patients_together {
        parts.push("patients together".to_owned());
    }
    if let Some(mode) = plan.reading {
        parts.push(format!("read {}", mode.adverb()));
    }
    parts.push(format!("seed {}", plan.seed));
    parts.join(", ")
}

/// What the Data screen shows of plans.
#[derive(Clone, Debug, Default)]
pub struct AssigningView {
    /// What would come of a plan that was worked out, or why there is none.
    pub preview: Option<Result<Arc<AssignmentPreview>, String>>,
    /// All plans that were not deleted, the newest first; absent until somebody asks, and once more was said.
    pub plans: Option<Arc<Vec<AssignmentView>>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_says_how_much_and_how_long() {
        let says = |read, left_ms| MyReadings { read, total: 60, left_ms }.sentence();
        assert_eq!(says(17, Some(8 * 60_000 + 1)), "17 of 60 read, about 9 min left");
        assert_eq!(says(1, Some(125 * 60_000)), "1 of 60 read, about 2 h 5 min left");
        assert_eq!((says(3, None), says(60, Some(60_000))), ("3 of 60 read".into(), "60 of 60 read".into()));
        assert_eq!(duration(2), "1 min");
    }
}
