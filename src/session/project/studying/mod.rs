//! Studies: while one runs, some images are shown with a wrong answer of the model. It is shown where a person reads, and is
//! nowhere else: what the model said stays as it is for all that is counted, learned, exported or judged.

mod elsewhere;
mod following;
mod hiding;
#[cfg(test)]
mod merging_tests;
mod results;
#[cfg(test)]
mod tests;

use crate::domain::{
    Annotation, Decision, DecisionEvent, EventId, ImageId, ImageKey, ImageRecord, ModelId, PlantedAnswer, Prediction,
    ShownPrediction,
};
use crate::files::hash::sha256_hex;
use crate::session::project::assigning::key;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::command::Edit;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::studies::{StudyCommand, StudyView};
use crate::session::protocol::words;
use crate::splits::planting::{Looked, plant};
use crate::store::Store;
use elsewhere::{Elsewhere, PlantedWord};
use jiff::Zoned;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The setting under which the list of a study lies.
fn setting(digest: &str) -> String {
    format!("study {digest}")
}

/// What of studies an open project holds.
#[derive(Debug, Default)]
pub(in crate::session) struct Studying {
    running: bool,
    /// What is shown as the word of this model, in the study that runs.
    model: Option<ModelId>,
    planted: HashMap<ImageId, Prediction>,
    /// Images of which something was said under a planted answer, here or in a copy that was merged.
    met: HashSet<ImageId>,
    /// Those whose label in force follows a planted answer and was not said again since.
    followed: HashSet<ImageId>,
    /// What is kept of words in other copies that follow a planted answer, by image.
    elsewhere: HashMap<ImageKey, Vec<PlantedWord>>,
}

impl Studying {
    /// What is shown of an image of which `honest` would be shown.
    pub(in crate::session) fn said<'a>(
        &'a self,
        image: ImageId,
        honest: Option<&'a Prediction>,
    ) -> Option<&'a Prediction> {
        let honest = honest?;
        let planted = self.planted.get(&image).filter(|_| Some(honest.model) == self.model);
        Some(planted.unwrap_or(honest))
    }

    /// Whether something else is shown of an image than `honest`.
    pub(in crate::session) fn is_planted(&self, image: ImageId, honest: Option<&Prediction>) -> bool {
        honest.is_some_and(|honest| Some(honest.model) == self.model) && self.planted.contains_key(&image)
    }

    /// Whether the label in force of an image follows a planted answer and was not said again since.
    pub(in crate::session) fn is_followed(&self, image: ImageId) -> bool {
        self.followed.contains(&image)
    }
}

/// A study as the log tells it.
#[derive(Clone, Debug)]
struct Study {
    digest: String,
    /// What the model was called.
    name: String,
    images: usize,
    seed: u64,
    by: String,
    began_ms: i64,
    /// The earliest end, in whichever copy.
    ended_ms: Option<i64>,
    /// Who ended it then, as people call the reader.
    ended_by: Option<String>,
    /// Absent of one that was read in another copy alone.
    here: Option<Here>,
}

/// A study in this project's own log.
#[derive(Clone, Copy, Debug)]
struct Here {
    model: ModelId,
    start: EventId,
    end: Option<EventId>,
}

impl Study {
    /// Whether its answers are shown here.
    fn runs(&self) -> bool {
        self.here.is_some_and(|here| here.end.is_none())
    }

    /// The decision that ends it here.
    fn ending(&self) -> Option<Decision> {
        let Self { digest, name, images, seed, .. } = self.clone();
        Some(Decision::Study { digest, model: self.here?.model, name, images, seed, running: false })
    }
}

/// All studies that the log tells of, the oldest first.
fn studies_of(decisions: Vec<DecisionEvent>) -> Vec<Study> {
    let mut all: Vec<Study> = Vec::new();
    for event in decisions {
        let Decision::Study { digest, model, name, images, seed, running } = event.decision else { continue };
        if running {
            let (by, began_ms) = (event.reader, event.time_ms);
            let here = Some(Here { model, start: event.id, end: None });
            all.push(Study { digest, name, images, seed, by, began_ms, ended_ms: None, ended_by: None, here });
        } else if let Some(one) = all.iter_mut().rev().find(|one| one.digest == digest) {
            one.ended_ms = Some(event.time_ms);
            one.ended_by = Some(words::reader(&event.reader).to_owned());
            one.here = one.here.map(|here| Here { end: Some(event.id), ..here });
        }
    }
    all
}

/// Images by content.
fn keys_of(images: &[ImageRecord]) -> HashMap<ImageId, ImageKey> {
    images.iter().map(|image| (image.id, key(image))).collect()
}

impl Core {
    /// Those of this project and of copies that were merged.
    fn read_studies(&self) -> Result<Vec<Study>, SessionError> {
        Ok(Elsewhere::of(&self.store)?.all(studies_of(self.store.decisions()?)))
    }

    /// Reads which study runs, and which labels follow a planted answer.
    pub(in crate::session) fn read_study(&mut self) -> Result<(), SessionError> {
        self.studying = Studying::default();
        self.read_followed()?;
        let running = self.read_studies()?.into_iter().find(Study::runs);
        (self.studying.running, self.view.study) = (running.is_some(), running.is_some());
        self.count_followed();
        let Some((study, Here { model, .. })) = running.and_then(|study| Some((study.clone(), study.here?))) else {
            return Ok(());
        };
        self.studying.model = Some(model);
        let planted = match planted_in(&self.store, &study.digest) {
            Ok(planted) => planted,
            Err(why) => {
                self.warn(format!("A study runs, and nothing is planted: {why}. End the study"));
                return Ok(());
            }
        };
        let by_key: HashMap<_, PlantedAnswer> = planted.into_iter().map(|one| (one.image.clone(), one)).collect();
        // A copy of a picture is shown with the same answer.
        for image in &self.images {
            let Some(one) = by_key.get(&key(image)) else { continue };
            let logits = one.probabilities.iter().map(|p| p.max(f32::MIN_POSITIVE).ln()).collect();
            let (probabilities, boxes) = (one.probabilities.clone(), Vec::new());
            let said = Prediction { image: image.id, model, logits, probabilities, boxes };
            self.studying.planted.insert(image.id, said);
        }
        Ok(())
    }

    /// What is on screen as the model's word on an image: what a study planted, else what a head that learned says, else the
    /// model's own. All that shows or takes it asks here, or at [`Studying::said`].
    pub(in crate::session) fn said_on_screen(&self, image: ImageId) -> Option<&Prediction> {
        self.studying.said(image, self.refitting.said(&self.predictions, image))
    }

    /// Whether what is on screen as the model's word on an image was planted.
    pub(in crate::session) fn is_planted(&self, image: ImageId) -> bool {
        self.studying.is_planted(image, self.predictions.get(&image))
    }

    /// Whether a label that follows a planted answer could be said again, with the honest answer on screen.
    pub(in crate::session) fn confirms_followed(&self, image: ImageId) -> bool {
        self.studying.is_followed(image) && !self.studying.running
    }

    /// What was on screen when something was said: of an image with a planted answer that one, whatever a window that lags behind
    /// believes.
    pub(in crate::session) fn with_planted(
        &self,
        image: ImageId,
        edit: &Edit,
        shown: Option<ShownPrediction>,
    ) -> Option<ShownPrediction> {
        let takes = shown.is_some() || matches!(edit, Edit::Accept | Edit::Replace);
        if !takes || !self.is_planted(image) || !self.may_show(image) {
            return shown;
        }
        let planted = self.said_on_screen(image)?;
        Some(ShownPrediction { planted: true, ..ShownPrediction::of(planted, None) })
    }

    pub(in crate::session) fn study(&mut self, command: StudyCommand) -> Result<(), SessionError> {
        match command {
            StudyCommand::Begin { images, seed } => self.begin_study(images, seed).map(|_| ()),
            StudyCommand::End => self.end_study(),
        }
    }

    /// Begins a study in which so many images whose truth is known are shown with a wrong answer; how many there are.
    ///
    /// # Errors
    /// When images may have several findings, no model of classes is active, a head learns, one runs already, nothing can be
    /// planted, or it cannot be written.
    pub fn begin_study(&mut self, wanted: usize, seed: u64) -> Result<usize, SessionError> {
        self.check_writable()?;
        if self.view.reading.is_own() {
            return Err(SessionError::refused("you read without the model: choose Assisted reading to begin a study"));
        }
        if self.studying.running {
            return Err(SessionError::refused("a study runs already: end it first"));
        }
        if self.view.classes.findings || self.view.threshold.is_some() {
            return Err(SessionError::refused(
                "wrong answers can only be planted where a model gives each image one class, not for findings or boxes",
            ));
        }
        let Some((model, name)) = self.active_model().map(|model| (model.id, model.card.name.clone())) else {
            return Err(SessionError::refused(
                "a study shows answers of the model, and none is active: promote one first",
            ));
        };
        if self.view.refit.on {
            return Err(SessionError::refused("a head learns while you label: turn that off first"));
        }
        let planted = plant(seed, wanted, &self.looked_at());
        let Some(digest) = digest(&planted).filter(|_| !planted.is_empty()) else {
            return Err(SessionError::refused(
                "no wrong answer can be planted: that needs images with a reviewed or imported class which the model has looked \
                 at, and a model that gives more than one class",
            ));
        };
        let images = planted.len();
        // A list without its event plants nothing.
        self.store.set_setting(&setting(&digest), &planted)?;
        let reader = self.view.reader.clone();
        self.store.decide(&reader, &[Decision::Study { digest, model, name, images, seed, running: true }])?;
        self.study_changed()?;
        let few = if images < wanted { format!(" ({wanted} were asked for)") } else { String::new() };
        self.inform(format!(
            "A study runs: a wrong answer is planted in {}{few}. Heat maps and Evaluate are off until it ends",
            words::images(images)
        ));
        Ok(images)
    }

    /// Ends the study that runs; honest answers are shown again.
    ///
    /// # Errors
    /// When none runs, or it cannot be written.
    pub fn end_study(&mut self) -> Result<(), SessionError> {
        self.check_writable()?;
        let running = studies_of(self.store.decisions()?).into_iter().find(Study::runs);
        let Some((study, end)) = running.and_then(|study| Some((study.clone(), study.ending()?))) else {
            return Err(SessionError::refused("no study runs"));
        };
        let images = study.images;
        let reader = self.view.reader.clone();
        self.store.decide(&reader, &[end])?;
        self.study_changed()?;
        self.inform(format!(
            "The study has ended: a wrong answer was planted in {}. Data, Readers says which, and how often it was followed",
            words::images(images)
        ));
        Ok(())
    }

    fn study_changed(&mut self) -> Result<(), SessionError> {
        self.read_study()?;
        self.leave_what_tells()?;
        self.refitting.heed(&Changed::Models);
        self.show_studies()?;
        // What was left out of it while it ran is told again.
        self.data_changed();
        self.show_all_rows();
        self.show_undo()?;
        self.refresh(Changed::Looked)
    }

    /// Shows what came of the studies.
    pub(in crate::session) fn show_studies(&mut self) -> Result<(), SessionError> {
        self.view.data.studies = Some(Arc::new(self.studies()?));
        Ok(())
    }

    /// The images whose files are there and that the active model has looked at, with what it answers and what is known of them.
    fn looked_at(&self) -> Vec<Looked> {
        let looked = |(image, said): (&ImageRecord, &Annotation)| {
            let probabilities = self.predictions.get(&image.id)?.probabilities.clone();
            let answer = self.view.class_thresholds.called(&probabilities)?;
            let truth = said.label.filter(|_| !self.studying.is_followed(image.id));
            Some(Looked { key: key(image), probabilities, answer, truth })
        };
        let all = self.images.iter().zip(&self.annotations);
        all.filter(|(image, _)| !self.missing.contains(&image.id)).filter_map(looked).collect()
    }

    /// All studies, the newest first; of one that runs it is not told which images it is about, nor what came of it.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn studies(&self) -> Result<Vec<StudyView>, SessionError> {
        let now = Zoned::now();
        let (whole, mut all) = (Elsewhere::whole(&self.store)?, Vec::new());
        for study in self.read_studies()?.into_iter().rev() {
            let mut view = StudyView {
                began: words::instant(study.began_ms, &now),
                ended: study.ended_ms.map(|ended| words::instant(ended, &now)),
                by: words::reader(&study.by).to_owned(),
                model: study.name.clone(),
                planted: study.images,
                seed: study.seed,
                here: study.here.is_some(),
                ..StudyView::default()
            };
            if study.ended_ms.is_some() && !study.runs() {
                // A list that was damaged hides neither the others nor what came of this one.
                let list = planted_in(&self.store, &study.digest);
                view.unreadable = list.as_ref().err().map(ToString::to_string);
                let keys: HashSet<ImageKey> = list.unwrap_or_default().into_iter().map(|one| one.image).collect();
                let images = self.images.iter().filter(|image| keys.contains(&key(image))).map(|image| image.id);
                let images: Vec<ImageId> = images.collect();
                let said = || whole.words.iter().filter(|one| study.is(&one.study));
                let read: HashSet<&ImageKey> =
                    said().filter(|one| one.followed.is_some()).map(|one| &one.image).collect();
                (view.read, view.readers) = (read.len(), results::by_reader(said()));
                // While another one runs it would tell what follows that one.
                let is_followed = |image: &ImageId| !self.studying.running && self.studying.is_followed(*image);
                view.unconfirmed = Arc::new(images.iter().copied().filter(is_followed).collect());
                view.images = Arc::new(images);
            }
            all.push(view);
        }
        Ok(all)
    }
}

/// The wrong answers of a study.
///
/// # Errors
/// When they cannot be read, or are not those that the log names.
fn planted_in(store: &Store, named: &str) -> Result<Vec<PlantedAnswer>, SessionError> {
    let list: Option<Vec<PlantedAnswer>> = store.setting(&setting(named))?;
    let is_it = |list: &Vec<PlantedAnswer>| digest(list).is_some_and(|digest| digest == named);
    list.filter(is_it).ok_or_else(|| {
        SessionError::refused(
            "the list of planted answers is not the one that the log names: it was changed from outside",
        )
    })
}

/// SHA-256 of a list as JSON, hexadecimal.
fn digest(planted: &[PlantedAnswer]) -> Option<String> {
    Some(sha256_hex(serde_json::to_string(planted).ok()?.as_bytes()))
}
