//! Builds what is shown of a project from what it holds, and keeps it up to date with as little work as a change needs.

use crate::domain::recipe::Greys;
use crate::domain::{
    AnnotatedBox, Annotation, AnnotationEvent, AnswerRule, BoxThresholds, Change, ClassList, ClassThresholds, ImageId,
    ImageRecord, LoggedEvent, Prediction, Split, signed_by,
};
use crate::session::project::agreeing;
use crate::session::project::boxes;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::findings;
use crate::session::project::neutral_names::neutral;
use crate::session::project::order::NameOrder;
use crate::session::project::predicting;
use crate::session::project::signing;
use crate::session::project::tails::tails;
use crate::session::protocol::agreement::ReaderWords;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::view::{
    Counts, HistoryLine, ImageDetail, ImageRow, PageImage, PictureKinds, ProjectView, RowBoxes, RowFacts,
};
use crate::session::protocol::words;
use jiff::Zoned;
use std::sync::Arc;
use std::time::Instant;

/// The setting under which a demo keeps how many of its labels are wrong on purpose: those that the import gave and the
/// truth contradicts. No other project has it.
pub(in crate::session) const WRONG: &str = "wrong_on_purpose";

/// Counts rows.
pub(in crate::session) fn counts(rows: &[ImageRow]) -> Counts {
    let mut counts = Counts { images: rows.len(), ..Counts::default() };
    for row in rows {
        counts.unreviewed += usize::from(!row.reviewed);
        counts.disagreements += usize::from(row.disagrees());
        counts.flagged += usize::from(row.flagged);
        counts.key += usize::from(row.facts.key);
        counts.signed += usize::from(row.facts.signed.is_some());
        counts.unsure += usize::from(row.is_unsure());
        counts.labelled += usize::from(row.is_labelled());
        counts.predicted += usize::from(row.is_predicted());
        counts.with_boxes += usize::from(row.boxes.drawn > 0);
        counts.without_boxes += usize::from(row.boxes.known && row.boxes.drawn == 0);
        counts.missed += usize::from(row.boxes.missed > 0);
        counts.shifted += usize::from(row.boxes.shifted > 0);
        counts.extra += usize::from(row.boxes.extra > 0);
        for (count, split) in counts.splits.iter_mut().zip(Split::ALL) {
            *count += usize::from(row.split == split);
        }
    }
    counts
}

/// From where on the active model's words count.
#[derive(Clone, Debug, Default)]
pub(in crate::session) struct Thresholds {
    /// There for a model that draws boxes.
    pub boxes: Option<BoxThresholds>,
    /// How classes are called.
    pub classes: ClassThresholds,
    /// Of each finding, one a class, of a model that answers with findings.
    pub findings: Option<Arc<Vec<f64>>>,
    /// By what rule it answers with several classes.
    pub answers: Option<AnswerRule>,
    /// From which probability on an outcome of each finding belongs to its answer, one a class, where it may be not sure.
    pub rules: Option<Arc<Vec<Option<f64>>>>,
}

impl Thresholds {
    pub fn of(view: &ProjectView) -> Self {
        Self {
            boxes: view.box_thresholds(),
            classes: view.class_thresholds.clone(),
            findings: view.finding_thresholds.clone(),
            answers: view.answers,
            rules: view.finding_rules.clone(),
        }
    }
}

/// Puts what readers and the active model said into a row.
pub(in crate::session) fn state(
    row: &mut ImageRow,
    annotation: &Annotation,
    prediction: Option<&Prediction>,
    thresholds: &Thresholds,
    classes: &ClassList,
) {
    row.label = annotation.label.and_then(|label| u16::try_from(label).ok());
    row.reviewed = annotation.reviewed;
    row.flagged = annotation.flagged;
    put_facts(row, annotation, prediction);
    row.boxes = boxes::drawn(annotation, classes);
    let findings = thresholds
        .findings
        .as_deref()
        .map(|least| findings::Answering { thresholds: least, rules: thresholds.rules.as_deref().map(Vec::as_slice) });
    row.findings = findings::of_row(annotation, prediction, findings, classes);
    match (&thresholds.boxes, findings) {
        (Some(threshold), _) => boxes::show(row, annotation, prediction, threshold),
        (None, Some(answering)) => findings::show(row, prediction, answering, classes),
        (None, None) => predicting::show(row, prediction, thresholds),
    }
}

/// Keeps what filters and orders go by; what stays the same is not made anew.
fn put_facts(row: &mut ImageRow, annotation: &Annotation, prediction: Option<&Prediction>) {
    let note = Some(annotation.note.as_str()).filter(|note| !note.is_empty());
    let probabilities = prediction.map(|said| said.probabilities.as_slice()).filter(|said| !said.is_empty());
    if row.facts.key != annotation.key {
        Arc::make_mut(&mut row.facts).key = annotation.key;
    }
    let signed = signed_by(&annotation.signed);
    if row.facts.signed.as_deref() != signed.as_deref() {
        Arc::make_mut(&mut row.facts).signed = signed.map(Arc::from);
    }
    let [here, elsewhere] = [false, true].map(|other| annotation.signed.iter().any(|one| one.elsewhere == other));
    if (row.facts.signed_here, row.facts.signed_elsewhere) != (here, elsewhere) {
        let facts = Arc::make_mut(&mut row.facts);
        (facts.signed_here, facts.signed_elsewhere) = (here, elsewhere);
    }
    if row.facts.note.as_deref() != note || row.facts.probabilities.as_deref() != probabilities {
        let facts = Arc::make_mut(&mut row.facts);
        (facts.note, facts.probabilities) = (note.map(Arc::from), probabilities.map(Arc::from));
    }
}

/// Whether a change is of a reader's second reading.
fn is_of_second(change: &Change) -> bool {
    matches!(change, Change::Own { again: true, .. })
}

/// Whether a change is of a reading of the reader's own.
fn is_own(change: &Change) -> bool {
    matches!(change, Change::Own { .. } | Change::Committed)
}

/// The change of a second reading as if it were of a first.
fn forget_round(change: &mut Change) {
    if let Change::Own { change: inner, again: true, revealed } = change {
        *change = match inner.as_ref() {
            Change::Committed => Change::Committed,
            other => Change::Own { change: Box::new(other.clone()), again: false, revealed: *revealed },
        };
    }
}

impl Core {
    /// Builds everything shown from what was read.
    pub(in crate::session) fn load_rows(&mut self) -> Result<(), SessionError> {
        self.show_class_looks()?;
        self.view.missing = self.missing.len();
        let names: Vec<&str> = self.images.iter().map(|image| image.name.as_str()).collect();
        let neutral = self.view.reading.is_own().then(|| neutral(&names));
        let names = neutral.as_ref().map_or(names, |neutral| neutral.iter().map(String::as_str).collect());
        let row = |((image, name), tail): ((&ImageRecord, &&str), Option<usize>)| ImageRow {
            id: image.id,
            name: (*name).into(),
            width: image.width,
            height: image.height,
            split: image.split,
            label: None,
            reviewed: false,
            flagged: false,
            predicted: None,
            uncertainty: 0.0,
            missing: self.missing.contains(&image.id),
            boxes: RowBoxes::default(),
            named: None,
            findings: None,
            facts: Arc::new(RowFacts { group: image.group.as_deref().map(Arc::from), tail, ..RowFacts::default() }),
        };
        let rows: Vec<ImageRow> = self.images.iter().zip(&names).zip(tails(&names)).map(row).collect();
        self.names = NameOrder::new(&rows);
        self.view.rows = Arc::new(rows);
        self.name_assigned();
        self.said_read = false;
        let filter = self.view.filter.clone();
        self.read_said(&filter, self.view.sort)?;
        self.read_apart(self.view.sort)?;
        let wrong: Option<usize> = self.store.setting(WRONG)?;
        (self.view.demo, self.view.wrong_on_purpose) = (wrong.is_some(), wrong.unwrap_or(0));
        let (dicom, colour) = self.store.kinds_of_files()?;
        self.view.pictures = PictureKinds { dicom, colour };
        self.refresh(Changed::Everything)
    }

    /// Remembers which image is looked at and shows what is known of it.
    pub(in crate::session) fn look(&mut self, image: ImageId) -> Result<(), SessionError> {
        self.looked = Some(image);
        if self.looked_since.is_none_or(|(looked, _)| looked != image) {
            self.looked_since = Some((image, Instant::now()));
        }
        self.refresh(Changed::Looked)
    }

    /// Remembers which images are on screen beside each other and shows their boxes.
    pub(in crate::session) fn look_at_page(&mut self, images: Vec<ImageId>) -> Result<(), SessionError> {
        self.page = images;
        self.refresh(Changed::Page)
    }

    pub(in crate::session) fn show_page(&mut self) {
        let shown = |image: &ImageId| {
            let annotation = self.annotations.get(*self.at.get(image)?)?;
            let found = self.predictions.get(image).map(|said| said.boxes.clone()).unwrap_or_default();
            let (boxes, measurements) = (annotation.boxes.clone(), annotation.measurements.clone());
            // Only lengths need to know how large pixels are. A file of which that cannot be read has pixels alone.
            let measured = !measurements.is_empty();
            let facts = measured.then(|| self.store.facts_of(*image).ok().flatten()).flatten();
            let spacing = annotation.spacing(facts.and_then(|facts| facts.spacing));
            Some(PageImage { image: *image, boxes, found, measurements, spacing })
        };
        let page: Vec<PageImage> = self.page.iter().filter_map(shown).collect();
        // Most changes are of other images, and of other things than boxes.
        if *self.view.page != page {
            self.view.page = Arc::new(page);
        }
    }

    /// What the active model says of an image.
    pub fn prediction(&self, image: ImageId) -> Option<&Prediction> {
        self.predictions.get(&image)
    }

    /// Shows anew what is known of the images on screen.
    pub(in crate::session) fn show_detail(&mut self) -> Result<(), SessionError> {
        let Some(at) = self.looked.and_then(|image| self.at.get(&image).copied()) else {
            self.view.detail = None;
            return Ok(());
        };
        let (Some(image), Some(annotation)) = (self.images.get(at), self.annotations.get(at)) else { return Ok(()) };
        let now = Zoned::now();
        let own = self.view.reading.is_own();
        let seen = self.may_show(image.id);
        // While a study runs a reveal shows the model alone: what others say, or an import, tells whether it is right.
        let others_seen = seen && !(own && self.view.study);
        let mut events = match others_seen {
            true => self.store.events(image.id)?,
            false => self.store.own_events(&self.view.reader, image.id)?,
        };
        if own {
            // Neither does a second reading show the first, nor does it say that it is one.
            let (second, reader) = (self.is_second(image.id), &self.view.reader);
            events.retain(|event| {
                event.reader != *reader || second == is_of_second(&event.change) || !is_own(&event.change)
            });
            events.iter_mut().for_each(|event| forget_round(&mut event.change));
        }
        let classes = self.classes_of_log()?;
        let line = |event: &AnnotationEvent| {
            let before =
                |at: &&AnnotationEvent| events.iter().find(|other| Some(other.id) == at.undoes && other.id < at.id);
            let (steps, root) = std::iter::successors(Some(event), before).enumerate().last().unwrap_or((0, event));
            let what = words::change(&root.change, &classes);
            HistoryLine {
                time: words::instant(event.said_ms(), &now),
                who: words::reader(&event.reader).to_owned(),
                what: words::step_back(steps, what, words::reader(&root.reader)),
            }
        };
        let mut facts = format!("{} x {}", image.width, image.height);
        // Of which folder an image came is often of which class it is.
        if !own {
            facts.push_str(&format!(", {}", image.source));
        }
        if image.truncated {
            facts.push_str(", cut short: decoded as far as it goes");
        }
        let mut known = self.store.facts_of(image.id)?.unwrap_or_default();
        for event in &events {
            if let Change::Box { old: Some((_, from)), new: Some((_, to)), .. } = &event.change {
                known.box_moved(from, to);
            }
        }
        let marked = |one: &AnnotatedBox| Some((one.id, words::marks(known.marks_of(&one.rect)?)));
        let box_marks = annotation.boxes.iter().filter_map(marked).collect();
        let older = self.models.iter().any(|m| m.active && m.card.preprocessing.greys == Greys::FullDepth);
        let rule = words::greys(&known, older);
        self.view.detail = Some(Arc::new(ImageDetail {
            image: image.id,
            name: self.shown_name(at).to_owned(),
            // Whose it is tells that it was there before.
            group: image.group.clone().filter(|_| !own || !self.is_of_list(image.id)),
            annotation: annotation.clone(),
            prediction: self.said_on_screen(image.id).cloned(),
            learned_from: self.refitting.learned_from(image.id),
            others: self.other_boxes(image.id)?,
            history: events.iter().rev().map(line).collect(),
            readers: if others_seen { agreeing::words_of(&events, &classes, &now) } else { ReaderWords::default() },
            committed: own && seen,
            signed: signing::signed_off(annotation, &now),
            facts,
            spacing: annotation.spacing(known.spacing),
            file_spacing: known.spacing,
            remarks: known.remarks.into_iter().chain(rule).collect(),
            box_marks,
            dicom: known.format == "DICOM",
        }));
        Ok(())
    }

    pub(in crate::session) fn show_undo(&mut self) -> Result<(), SessionError> {
        let (undo, redo) = match self.view.reading.is_own() {
            true => (self.own_target(true)?, self.own_target(false)?),
            false => (self.store.undo_target()?, self.store.redo_target()?),
        };
        let (undo_made, redo_made) = (self.made_with(undo.as_ref())?, self.made_with(redo.as_ref())?);
        let touches = |made: &[(ImageId, Change)]| {
            made.iter().any(|(image, change)| self.is_test(*image) && words::changes_truth(change))
        };
        (self.view.undo_touches_test, self.view.redo_touches_test) = (touches(&undo_made), touches(&redo_made));
        self.undo_event = undo.as_ref().map(LoggedEvent::id);
        self.view.undo = undo.map(|event| self.undo_words(&event, &undo_made));
        self.view.redo = redo.map(|event| self.undo_words(&event, &redo_made));
        Ok(())
    }

    /// The changes of images that were made with an event by one action; none of what is decided about a model, which
    /// leaves the truth as it is.
    pub(in crate::session) fn made_with(
        &self,
        event: Option<&LoggedEvent>,
    ) -> Result<Vec<(ImageId, Change)>, SessionError> {
        let event = match event {
            Some(LoggedEvent::Image(event)) => event,
            Some(LoggedEvent::Decision(_)) | None => return Ok(Vec::new()),
        };
        Ok(match self.store.batch(event.id)? {
            None => vec![(event.image, event.change.clone())],
            Some(first) => self.store.changes_of_batch(first)?,
        })
    }

    fn is_test(&self, image: ImageId) -> bool {
        self.at.get(&image).and_then(|&at| self.images.get(at)).is_some_and(|image| image.split == Split::Test)
    }

    pub(in crate::session) fn show_runs(&mut self) {
        self.view.runs = Arc::new(self.runs.iter().rev().cloned().collect());
    }
}
