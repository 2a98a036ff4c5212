//! A reader's edits: turned into changes with their old values, appended to the log, then shown.

use crate::domain::{
    Annotation, AnnotationEvent, BoxId, Change, ClassList, DisplayState, ImageId, Measurement, MeasurementId, Rect,
    ShownPrediction, prediction,
};
use crate::session::project::boxes::{confirm, nothing_here};
use crate::session::project::core::Core;
use crate::session::protocol::command::Edit;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::Work;
use crate::session::protocol::view::Stepped;
use crate::session::protocol::words;
use crate::store::{Store, StoreError};

impl Core {
    /// Carries out an edit; `None` when it changes nothing. The events are committed when this returns, and taken back
    /// together; the last of them.
    pub fn annotate(
        &mut self,
        image: ImageId,
        edit: &Edit,
        shown: Option<ShownPrediction>,
        display: Option<DisplayState>,
    ) -> Result<Option<AnnotationEvent>, SessionError> {
        self.check_writable()?;
        let at = self.place(image)?;
        let mut changes = self.changes(at, edit, shown.as_ref())?;
        let events = if changes.len() > 1 {
            let changes: Vec<(ImageId, Change)> = changes.into_iter().map(|change| (image, change)).collect();
            self.store.append_action(&self.view.reader, &changes, shown.as_ref(), display.as_ref())?
        } else {
            let Some(change) = changes.pop() else { return Ok(None) };
            vec![self.store.append(&self.view.reader, image, change, shown, display, None)?]
        };
        if let Some(annotation) = self.annotations.get_mut(at) {
            events.iter().for_each(|event| event.change.apply(annotation));
        }
        self.annotation_changed(at)?;
        Ok(events.into_iter().next_back())
    }

    /// Takes back the last change of the log, and with it all that was made with the same action, where it is the present
    /// reader's; else says whose it is. The last event appended, `None` when nothing was taken back.
    pub fn undo(&mut self) -> Result<Option<AnnotationEvent>, SessionError> {
        self.take_back(true, Store::undo_target, Store::undo)
    }

    /// Takes back the last undo; as [`Core::undo`].
    pub fn redo(&mut self) -> Result<Option<AnnotationEvent>, SessionError> {
        self.take_back(false, Store::redo_target, Store::redo)
    }

    fn take_back(
        &mut self,
        back: bool,
        target: fn(&mut Store) -> Result<Option<AnnotationEvent>, StoreError>,
        step: fn(&mut Store, &str) -> Result<Option<AnnotationEvent>, StoreError>,
    ) -> Result<Option<AnnotationEvent>, SessionError> {
        self.check_writable()?;
        let Some(first) = target(&mut self.store)? else { return Ok(None) };
        if first.reader != self.view.reader {
            let whose = self.whose(back, &first)?;
            self.mention(whose);
            return Ok(None);
        }
        let batch = self.store.batch(&first)?;
        let (mut last, mut places, mut made) = (None, Vec::new(), Vec::new());
        loop {
            let Some(event) = step(&mut self.store, &self.view.reader)? else { break };
            let at = self.place(event.image)?;
            if let Some(annotation) = self.annotations.get_mut(at) {
                event.change.apply(annotation);
            }
            places.push(at);
            made.push((self.images.get(at).map(|image| image.name.clone()).unwrap_or_default(), event.change.clone()));
            last = Some(event);
            let next = target(&mut self.store)?;
            let same = |next: &AnnotationEvent| Ok::<bool, StoreError>(self.store.batch(next)? == batch);
            if batch.is_none() || !next.as_ref().map(same).transpose()?.unwrap_or(false) {
                break;
            }
        }
        match places.as_slice() {
            [one] => self.annotation_changed(*one)?,
            many => self.annotations_changed(many)?,
        }
        if let Some(event) = &last {
            let serial = self.view.stepped.map_or(0, |before| before.serial) + 1;
            self.view.stepped = Some(Stepped { serial, image: event.image });
            self.mention(words::stepped(back, &made, &self.view.classes));
        }
        Ok(last)
    }

    /// Why the present reader cannot take an event back that another one made.
    fn whose(&mut self, back: bool, event: &AnnotationEvent) -> Result<String, SessionError> {
        let other = words::reader(&event.reader).to_owned();
        if !back {
            return Ok(format!("What was undone last was undone by {other}: only {other} can redo it"));
        }
        let name = self.at.get(&event.image).and_then(|&at| self.images.get(at)).map(|image| image.name.clone());
        let what = words::undo(&event.change, &name.unwrap_or_default());
        let yours = match self.store.has_undoable(&self.view.reader)? {
            false => "yours are all undone",
            true => "yours lie before it",
        };
        Ok(format!("The last change is {other}'s ({what}); {yours}"))
    }

    /// Puts another class list in force. Names may change and classes may be added; the order may not, because labels
    /// and models refer to places in it.
    pub fn set_classes(&mut self, classes: &ClassList) -> Result<Vec<Work>, SessionError> {
        self.check_writable()?;
        // Checks the names.
        ClassList::from_names(&classes.names(), classes.ordinal).map_err(|e| SessionError::refused(e.to_string()))?;
        let used = self.annotations.iter().any(|a| a.label.is_some() || !a.boxes.is_empty());
        let moved = |(place, name): (usize, &String)| self.view.classes.index_of(name).is_some_and(|old| old != place);
        if used && classes.names().iter().enumerate().any(moved) {
            return Err(SessionError::refused(
                "classes cannot change places once images are labelled: rename them, or add new ones at the end",
            ));
        }
        self.store.set_classes(&self.view.reader, classes)?;
        self.view.classes = std::sync::Arc::new(classes.clone());
        self.data_changed();
        self.reload_models()?;
        self.reload_predictions()?;
        Ok(self.missing_predictions()?.into_iter().collect())
    }

    /// The place of an image in order of import.
    pub(in crate::session) fn place(&self, image: ImageId) -> Result<usize, SessionError> {
        let missing = || SessionError::refused(format!("the project has no image {image}"));
        self.at.get(&image).copied().ok_or_else(missing)
    }

    /// The changes an edit makes of the present state, none where it changes nothing.
    fn changes(
        &mut self,
        at: usize,
        edit: &Edit,
        shown: Option<&ShownPrediction>,
    ) -> Result<Vec<Change>, SessionError> {
        let Some(now) = self.annotations.get(at).cloned() else { return Ok(Vec::new()) };
        let change = match edit {
            Edit::DrawBoxes(boxes) => return Ok(self.draw_boxes(at, boxes)),
            Edit::AcceptBoxes { threshold } => return self.accept_boxes(at, *threshold),
            Edit::NothingHere => return Ok(nothing_here(&now, &self.view.classes)),
            Edit::Confirm => return Ok(confirm(&now, &self.view.classes).into_iter().collect()),
            Edit::AcceptBox { class, rect } => {
                if self.is_drawn(at, *class, rect) {
                    return Err(SessionError::refused(
                        "there is a box of this class already: move it, or delete it first to take the model's",
                    ));
                }
                return self.changes(at, &Edit::DrawBox { class: *class, rect: *rect }, shown);
            }
            Edit::Label(new) => label(&now, self.known(*new)?, false),
            // The window may have been asked before it showed what was said a moment ago.
            Edit::Accept if !now.is_untouched() => return Ok(Vec::new()),
            Edit::Accept | Edit::Replace => {
                let image = self.images.get(at).map(|i| i.id);
                let said = shown.map(|s| &s.probabilities);
                let said = said.or_else(|| Some(&self.predictions.get(&image?)?.probabilities));
                let Some(class) = said.and_then(|p| prediction::top_class(p)) else {
                    return Err(SessionError::refused(
                        "no model has looked at this image yet: choose a class, or wait for the prediction",
                    ));
                };
                label(&now, self.known(Some(class))?, true)
            }
            Edit::Flag(new) => Change::Flag { old: now.flagged, new: *new },
            Edit::Note(new) => Change::Note { old: now.note.clone(), new: new.clone() },
            Edit::DrawBox { class, rect } => {
                let rect = self.inside(at, *rect)?;
                self.known(Some(*class))?;
                Change::Box { id: self.store.allocate_box_id(), old: None, new: Some((*class, rect)) }
            }
            Edit::ChangeBox { id, class, rect } => {
                let rect = self.inside(at, *rect)?;
                self.known(Some(*class))?;
                Change::Box { id: *id, old: Some(existing(&now, *id)?), new: Some((*class, rect)) }
            }
            Edit::DeleteBox { id } => Change::Box { id: *id, old: Some(existing(&now, *id)?), new: None },
            Edit::Measure(new) => {
                let id = self.store.allocate_measurement_id();
                Change::Measurement { id, old: None, new: Some(new.clone()) }
            }
            Edit::ChangeMeasurement { id, measurement } => {
                Change::Measurement { id: *id, old: Some(measured(&now, *id)?), new: Some(measurement.clone()) }
            }
            Edit::DeleteMeasurement { id } => {
                Change::Measurement { id: *id, old: Some(measured(&now, *id)?), new: None }
            }
        };
        let mut after = now.clone();
        change.apply(&mut after);
        Ok(if after == now { Vec::new() } else { vec![change] })
    }

    fn known(&self, class: Option<usize>) -> Result<Option<usize>, SessionError> {
        let classes = self.view.classes.len();
        match class.filter(|class| *class >= classes) {
            Some(class) => {
                Err(SessionError::refused(format!("there is no class number {}: the project has {classes}", class + 1)))
            }
            None => Ok(class),
        }
    }

    /// The part of a drawn box inside the image.
    pub(in crate::session) fn inside(&self, at: usize, rect: Rect) -> Result<Rect, SessionError> {
        let size = self.images.get(at).map_or((0, 0), |i| (i.width, i.height));
        rect.clipped(f64::from(size.0), f64::from(size.1))
            .ok_or_else(|| SessionError::refused("the box lies outside the image: draw it on the picture"))
    }
}

/// Taking a label away also takes the review back: nobody has said anything then.
fn label(now: &Annotation, new: Option<usize>, accepted: bool) -> Change {
    Change::Label { old: now.label, new, old_reviewed: now.reviewed, new_reviewed: new.is_some(), accepted }
}

fn measured(now: &Annotation, id: MeasurementId) -> Result<Measurement, SessionError> {
    let found = now.measurements.iter().find(|one| one.id == id).map(|one| one.measurement.clone());
    found.ok_or_else(|| SessionError::refused("that measurement is gone: it may have been undone or deleted"))
}

fn existing(now: &Annotation, id: BoxId) -> Result<(usize, Rect), SessionError> {
    let found = now.boxes.iter().find(|b| b.id == id).map(|b| (b.class, b.rect));
    found.ok_or_else(|| SessionError::refused("that box is gone: it may have been undone or deleted"))
}
