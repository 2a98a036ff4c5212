//! Reading without seeing what the model and others say: the project as one reader's own readings make it. What was not to be
//! seen is not read from the store, and what is shown is masked once more.

use crate::domain::{
    Annotation, AnnotationEvent, AssignmentPlan, Change, Decision, DisplayState, ImageId, LoggedEvent, Prediction,
    ReadingMode, ShownPrediction,
};
use crate::session::project::calibrating::Calibrator;
use crate::session::project::changed::Changed;
use crate::session::project::core::{Core, imports};
use crate::session::project::masking::{mask, mask_models};
use crate::session::protocol::command::Edit;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::queue::{Filter, Sort};
use crate::session::protocol::task::Work;
use crate::session::protocol::view::Recall;
use crate::session::protocol::words;
use crate::store::own::OnScreen;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

/// How each reader reads who chose it.
const OF_READERS: &str = "reading_modes";
/// How everybody else does.
const OF_PROJECT: &str = "reading_mode";

/// What is known of the readings of the reader's own while they are on screen.
#[derive(Default)]
pub(in crate::session) struct OwnReadings {
    /// Images whose reading is committed, so that the model and the others may be seen.
    pub committed: HashSet<ImageId>,
    /// The largest number that a box or measurement of theirs has or had.
    pub largest: i64,
    /// It is not known yet who reads.
    pub waits: bool,
}

impl Core {
    /// How a reader reads here.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn mode_of(&self, reader: &str) -> Result<ReadingMode, SessionError> {
        match self.mode_assigned(reader)? {
            Some(assigned) => Ok(assigned),
            None => self.mode_chosen(reader),
        }
    }

    /// How a reader chose to read, whatever is assigned.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub(in crate::session) fn mode_chosen(&self, reader: &str) -> Result<ReadingMode, SessionError> {
        let chosen: BTreeMap<String, ReadingMode> = self.store.setting(OF_READERS)?.unwrap_or_default();
        let of_project: ReadingMode = self.store.setting(OF_PROJECT)?.unwrap_or_default();
        Ok(chosen.get(reader).copied().unwrap_or(of_project))
    }

    /// How the open plans of readings have a reader read, where one says: of several the one that shows least, as what one plan keeps
    /// from its readers no other may show them.
    fn mode_assigned(&self, reader: &str) -> Result<Option<ReadingMode>, SessionError> {
        let plans = self.store.open_plans()?.into_iter();
        let asked = plans.filter(|plan| plan.readers.iter().any(|name| name == reader)).filter_map(|plan| plan.reading);
        Ok(asked.max_by_key(|mode| match mode {
            ReadingMode::Assisted => 0,
            ReadingMode::Reveal => 1,
            ReadingMode::Blind => 2,
        }))
    }

    /// Whether any reader, or whoever comes, reads without the model and the others.
    fn somebody_reads_own(&self) -> Result<bool, SessionError> {
        let chosen: BTreeMap<String, ReadingMode> = self.store.setting(OF_READERS)?.unwrap_or_default();
        let of_project: ReadingMode = self.store.setting(OF_PROJECT)?.unwrap_or_default();
        let asks = |plan: &AssignmentPlan| plan.reading.is_some_and(ReadingMode::is_own);
        Ok(of_project.is_own()
            || chosen.values().any(|mode| mode.is_own())
            || self.store.open_plans()?.iter().any(asks))
    }

    /// Shows the project as its present reader reads.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn enter_reading_mode(&mut self) -> Result<(), SessionError> {
        let mode = match self.own.waits && self.somebody_reads_own()? {
            // Nothing of anybody's, until it is known whose it may be.
            true => ReadingMode::Blind,
            false => self.mode_of(&self.view.reader)?,
        };
        if mode == self.view.reading && !mode.is_own() {
            return Ok(());
        }
        let own = self.view.reading.is_own() || mode.is_own();
        // It is what readers and models say that tells it.
        let about_boxes = self.view.is_about_boxes();
        self.view.about_boxes = mode.is_own().then_some(about_boxes);
        self.view.reading = mode;
        if own {
            // Neither the order nor what is left of the queue may tell of what is not to be seen.
            self.set_queue_as_new();
            let loaded = self.load_what_may_be_seen();
            if loaded.is_err() {
                // What was on screen before may tell too much.
                (self.view.rows, self.view.queue, self.view.detail) = Default::default();
            }
            return loaded;
        }
        Ok(())
    }

    /// Reads from now on in another way, or has all do so who did not choose; it is noted in the log.
    ///
    /// # Errors
    /// While a run or a prediction is in progress, or when it cannot be written.
    pub fn set_reading_mode(&mut self, mode: ReadingMode, everyone: bool) -> Result<(), SessionError> {
        self.check_writable()?;
        let busy = self.view.training.as_ref().is_some_and(|training| training.running);
        if busy && mode.is_own() {
            return Err(SessionError::refused(
                "a run is in progress, whose figures would be seen: wait for it or stop it, then read blind",
            ));
        }
        let reader = self.view.reader.clone();
        if let Some(assigned) = self.mode_assigned(&reader)?.filter(|assigned| !everyone && *assigned != mode) {
            return Err(SessionError::refused(format!(
                "the plan of readings asks {reader} to read {} until it ends: whoever assigned it ends it (another reader under \
                 Data, Readers, or overread assign --end)",
                assigned.adverb()
            )));
        }
        let mut chosen: BTreeMap<String, ReadingMode> = self.store.setting(OF_READERS)?.unwrap_or_default();
        let before = if everyone { self.store.setting(OF_PROJECT)?.unwrap_or_default() } else { self.view.reading };
        if before != mode {
            self.store.decide(&reader, &[Decision::ReadingMode { before, mode, everyone }])?;
        }
        if everyone {
            chosen.remove(&reader);
            self.store.set_setting(OF_PROJECT, &mode)?;
        } else {
            chosen.insert(reader, mode);
        }
        self.store.set_setting(OF_READERS, &chosen)?;
        self.enter_reading_mode()?;
        self.start_assigned()?;
        self.mention(format!("Reading mode: {}. {}", mode.name(), mode.means()));
        Ok(())
    }

    /// Another reader reads from now on, in that reader's way; what there is to do then.
    pub(in crate::session) fn change_reader(&mut self, reader: &str) -> Result<Vec<Work>, SessionError> {
        let own = self.view.reading.is_own();
        self.set_reader(reader)?;
        Ok(if own { self.missing_predictions()?.into_iter().collect() } else { Vec::new() })
    }

    /// The same for another way of reading.
    pub(in crate::session) fn change_reading_mode(
        &mut self,
        mode: ReadingMode,
        everyone: bool,
    ) -> Result<Vec<Work>, SessionError> {
        self.set_reading_mode(mode, everyone)?;
        Ok(self.missing_predictions()?.into_iter().collect())
    }

    /// Whether what the model and others say of an image may be seen.
    pub(in crate::session) fn may_show(&self, image: ImageId) -> bool {
        match self.view.reading {
            ReadingMode::Assisted => true,
            ReadingMode::Blind => false,
            ReadingMode::Reveal => self.own.committed.contains(&image),
        }
    }

    /// Whether the model may be asked to explain what is on screen now.
    pub fn may_explain(&self) -> bool {
        match self.view.reading {
            ReadingMode::Assisted => true,
            ReadingMode::Blind => false,
            ReadingMode::Reveal => self.looked.is_some_and(|image| self.may_show(image)),
        }
    }

    fn set_queue_as_new(&mut self) {
        (self.view.filter, self.view.sort) = (Filter::default(), Sort::default());
        self.view.workplace = None;
        self.matcher = crate::session::project::order::Matcher::default();
        self.refitting.hide();
        self.notices.clear();
    }

    /// Reads the project anew, as far as its reader may see it.
    pub(in crate::session) fn load_what_may_be_seen(&mut self) -> Result<(), SessionError> {
        self.read_statements()?;
        self.runs = self.store.runs()?;
        self.view.map_tests = Arc::new(self.kept_map_tests()?);
        self.view.robustness = Arc::new(crate::session::project::robustness::kept(&self.store)?);
        (self.view.imports, self.view.recall) = (imports(&self.store)?, Recall::Wanted);
        self.load_rows()?;
        self.view.stepped = None;
        self.hide_what_may_not_be_seen();
        Ok(())
    }

    /// Reads what is said of each image: what is in force, or the reader's own readings.
    pub(in crate::session) fn read_statements(&mut self) -> Result<(), SessionError> {
        self.own = OwnReadings { waits: self.own.waits, ..OwnReadings::default() };
        let mut stated: HashMap<ImageId, _> = if self.own.waits && self.view.reading.is_own() {
            self.read_assigned(None)?;
            HashMap::new()
        } else if self.view.reading.is_own() {
            let (mut readings, largest) = self.store.own_readings(&self.view.reader)?;
            self.own.largest = largest;
            self.read_assigned(Some(&readings))?;
            for (image, reading) in &mut readings {
                if self.is_second(*image) {
                    *reading = reading.again.take().map(|second| *second).unwrap_or_default();
                }
            }
            self.own.committed =
                readings.iter().filter(|(_, reading)| reading.committed.is_some()).map(|(image, _)| *image).collect();
            readings.into_iter().map(|(image, reading)| (image, reading.said)).collect()
        } else {
            self.store.annotations()?
        };
        self.annotations = self.images.iter().map(|image| stated.remove(&image.id).unwrap_or_default()).collect();
        // What is signed off is left out of the list of who sees it.
        if self.view.reading.is_own() { Ok(()) } else { self.read_assigned(None) }
    }

    /// Takes out of what is shown whatever tells of the model or of other readers.
    pub(in crate::session) fn hide_what_may_not_be_seen(&mut self) {
        self.view.committed = self.own.committed.len();
        self.hide_what_a_study_asks();
        match self.view.reading {
            ReadingMode::Assisted => {}
            ReadingMode::Blind => {
                mask(&mut self.view);
                mask_models(&mut self.view);
            }
            ReadingMode::Reveal => mask(&mut self.view),
        }
    }

    /// Appends what the reader says in readings of the reader's own; the last event.
    pub(in crate::session) fn append_own(
        &mut self,
        changes: &[(ImageId, Change)],
        shown: Option<&ShownPrediction>,
        display: Option<&DisplayState>,
    ) -> Result<Option<AnnotationEvent>, SessionError> {
        // Before the reveal nothing was shown, whatever a window that lags behind believes.
        let shown = shown.filter(|_| changes.first().is_some_and(|(image, _)| self.may_show(*image)));
        let changes: Vec<(ImageId, Change)> =
            changes.iter().map(|(image, change)| (*image, self.of_round(*image, change.clone()))).collect();
        let events = self.store.append_own(&self.view.reader, &changes, OnScreen { shown, display })?;
        self.show_own(&events)?;
        Ok(events.into_iter().next_back())
    }

    fn show_own(&mut self, events: &[AnnotationEvent]) -> Result<Vec<usize>, SessionError> {
        let mut places = Vec::new();
        for event in events {
            let at = self.place(event.image)?;
            if let (Change::Own { change, .. }, Some(said)) = (&event.change, self.annotations.get_mut(at)) {
                change.apply(said);
            }
            places.push(at);
        }
        self.refresh(Changed::Annotations(&places))?;
        self.own_said(events)?;
        Ok(places)
    }

    /// The reader commits the reading of an image, and the model and the others appear for it.
    ///
    /// # Errors
    /// When nothing is said of it yet, it is committed already, the reader reads in another way, or it cannot be written.
    pub fn commit_reading(&mut self, image: ImageId, display: Option<DisplayState>) -> Result<(), SessionError> {
        self.check_writable()?;
        let at = self.place(image)?;
        if self.view.reading != ReadingMode::Reveal {
            return Err(SessionError::refused(
                "readings are committed where the model is revealed after that: choose that way of reading first",
            ));
        }
        if self.annotations.get(at).is_none_or(Annotation::is_untouched) {
            return Err(SessionError::refused(
                "nothing is said of this image yet: say what you see, or that there is nothing, then commit",
            ));
        }
        let display = self.with_time_looked(image, display);
        // What is committed is reviewed.
        self.annotate(image, &Edit::Confirm, None, display.clone())?;
        let revealed = self.revealed(image)?;
        // With what it reveals: who changes a mind after that, and who does not, was shown that.
        let thresholds = self.view.box_thresholds();
        let planted = self.studying.is_planted(image, revealed.as_ref());
        let said = self.studying.said(image, revealed.as_ref());
        let shown = said.map(|said| ShownPrediction { planted, ..ShownPrediction::of(said, thresholds.as_ref()) });
        let on_screen = OnScreen { shown: shown.as_ref(), display: display.as_ref() };
        let event = self.store.commit_own(&self.view.reader, image, self.is_second(image), on_screen)?;
        self.own.committed.insert(image);
        self.looked_since = Some((image, Instant::now()));
        self.predictions.extend(revealed.map(|said| (image, said)));
        self.refresh(Changed::Annotations(&[at]))?;
        self.own_said(&[event])
    }

    /// What the active model said of an image, where it has looked.
    fn revealed(&self, image: ImageId) -> Result<Option<Prediction>, SessionError> {
        // One that does not fit answers something else than is asked here.
        let active = self.view.active.filter(|id| self.problem(*id).is_none());
        let Some(record) = self.models.iter().find(|record| Some(record.id) == active) else { return Ok(None) };
        let by = Calibrator::of(record);
        Ok(self.store.prediction(record.id, image)?.map(|said| by.calibrated(said)))
    }

    /// Takes back (`back`) or repeats the reader's last own change.
    pub(in crate::session) fn step_own(&mut self, back: bool) -> Result<Option<LoggedEvent>, SessionError> {
        if self.own_target(back)?.is_none() {
            let why = self.why_no_own_step(back)?;
            self.mention(why);
            return Ok(None);
        }
        let events = self.store.step_own(&self.view.reader, back)?;
        let said: Vec<LoggedEvent> = events.iter().cloned().map(plain).collect();
        if !said.is_empty() {
            self.show_stepped(back, &said)?;
            self.own_said(&events)?;
        }
        Ok(said.into_iter().next_back())
    }

    /// Why nothing is taken back (`back`) or repeated. That an image has come again is not told.
    fn why_no_own_step(&mut self, back: bool) -> Result<String, SessionError> {
        let last = self.store.own_targets(&self.view.reader, back)?.into_iter().next();
        let closed = last.filter(|event| self.own.committed.contains(&event.image) && !self.is_second(event.image));
        Ok(match closed.and_then(|event| self.at.get(&event.image).copied()) {
            Some(at) => format!(
                "Your reading of {} is committed: what was said before the reveal stays. Say it anew there if you have \
                 changed your mind",
                words::short(self.shown_name(at))
            ),
            None => words::nothing_to_step(back).to_owned(),
        })
    }

    /// What undo (`back`) or redo would take back of the reader's own. A committed reading stays: what was said before the reveal
    /// is not taken back after it.
    pub(in crate::session) fn own_target(&mut self, back: bool) -> Result<Option<LoggedEvent>, SessionError> {
        let targets = self.store.own_targets(&self.view.reader, back)?;
        let stays = |event: &AnnotationEvent| {
            let (again, first) = if let Change::Own { again, revealed, .. } = event.change {
                (again, !revealed)
            } else {
                (false, false)
            };
            // A first reading is closed once the image has come again.
            again != self.is_second(event.image) || (first && self.own.committed.contains(&event.image))
        };
        // What was done with one action is taken back as a whole, or stays as a whole.
        let stay = targets.iter().any(stays);
        Ok(targets.into_iter().next().filter(|_| !stay).map(plain))
    }

    /// The display with the time that the image was looked at so far.
    pub(in crate::session) fn with_time_looked(
        &self,
        image: ImageId,
        display: Option<DisplayState>,
    ) -> Option<DisplayState> {
        let since = self.looked_since.filter(|(looked, _)| *looked == image);
        let looked_ms = since.map(|(_, since)| u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX));
        display.map(|display| DisplayState { looked_ms, ..display })
    }
}

/// An own event as the change that it is.
fn plain(event: AnnotationEvent) -> LoggedEvent {
    let change = match event.change {
        Change::Own { change, .. } => *change,
        other => other,
    };
    LoggedEvent::Image(AnnotationEvent { change, ..event })
}
