//! What an edit does to what is said of an image: one pure function, for the real project and for any stand-in of it.

use crate::domain::{
    Annotation, BoxId, BoxThresholds, Change, ClassList, ClassThresholds, Findings, Measurement, MeasurementId,
    PredictedBox, Rect,
};
use crate::session::project::boxes::{confirm, counting, is_drawn, nothing_here, review, undrawn};
use crate::session::protocol::command::Edit;
use crate::session::protocol::error::SessionError;

/// What an edit is decided from.
pub(in crate::session) struct Situation<'a> {
    /// What is said of the image.
    pub now: &'a Annotation,
    pub classes: &'a ClassList,
    /// Width and height of the image, in pixels.
    pub size: [f64; 2],
    /// The class that the model says, where it has looked.
    pub predicted: Option<usize>,
    /// What the model says of each finding, where it has looked and says something of findings.
    pub answered: Option<Findings>,
    /// The boxes that the model says, where it has looked.
    pub found: Option<&'a [PredictedBox]>,
    /// Each class's own score from which its boxes count.
    pub class_thresholds: &'a ClassThresholds,
}

impl Situation<'_> {
    /// The changes that an edit makes, none where it changes nothing. `number` gives numbers that no box and no
    /// measurement of the project has or had.
    ///
    /// # Errors
    /// When it names a class, box or measurement that is not there, a box lies outside the image, or no model has looked
    /// at it yet.
    pub(in crate::session) fn changes(
        &self,
        edit: &Edit,
        number: &mut dyn FnMut() -> i64,
    ) -> Result<Vec<Change>, SessionError> {
        let now = self.now;
        let change = match edit {
            Edit::DrawBoxes(boxes) => return Ok(self.drawn(boxes, number)),
            // The window may have been asked before it showed what was said a moment ago.
            Edit::AcceptBoxes { .. } if !now.is_untouched() => return Ok(Vec::new()),
            Edit::Accept if !self.classes.findings && !now.is_untouched() => return Ok(Vec::new()),
            Edit::Accept if self.classes.findings => {
                // A drawn box says that its finding is present, whatever the model says of it.
                let after = self.known_findings().filled_with(self.answer()?);
                if after.is_empty() {
                    return Err(SessionError::refused(
                        "the model is not sure of any finding of this image: say of each whether it is present",
                    ));
                }
                self.findings(after, true, true)
            }
            // Of a finding that the model is not sure of it says nothing, and what was said of it stays.
            Edit::Replace if self.classes.findings => {
                self.findings(self.answer()?.clone().filled_with(&self.known_findings()), true, true)
            }
            Edit::Finding { finding, presence } => {
                self.known(Some(*finding))?;
                if !self.classes.finding_places().any(|place| place == *finding) {
                    return Err(SessionError::refused(format!(
                        "{} is no finding of its own: an image is of one class in this project, or it means that there is \
                         none",
                        self.classes.name(*finding)
                    )));
                }
                let new = now.findings.clone().with(*finding, *presence);
                let reviewed = !new.is_empty();
                self.findings(new, reviewed, false)
            }
            Edit::Label(Some(_)) if self.classes.findings => {
                return Err(SessionError::refused(
                    "images of this project have findings, not one class: say of each whether it is present",
                ));
            }
            Edit::Label(None) if self.classes.findings => self.findings(Findings::default(), false, false),
            Edit::AcceptBoxes { threshold } => {
                let found = self.found.ok_or_else(|| {
                    SessionError::refused(
                        "no model has looked at this image yet: draw the boxes, or wait for the prediction",
                    )
                })?;
                let mut changes = self.drawn(
                    &counting(found, &BoxThresholds { all: *threshold, each: self.class_thresholds.clone() }),
                    number,
                );
                changes.extend(review(now, now.boxes.is_empty() && changes.is_empty(), true, self.classes));
                return Ok(changes);
            }
            Edit::NothingHere => return Ok(nothing_here(now, self.classes)),
            Edit::Confirm => return Ok(confirm(now, self.classes).into_iter().collect()),
            Edit::AcceptBox { class, rect } => {
                if is_drawn(&now.boxes, *class, rect) {
                    return Err(SessionError::refused(
                        "there is a box of this class already: move it, or delete it first to take the model's",
                    ));
                }
                return self.changes(&Edit::DrawBox { class: *class, rect: *rect }, number);
            }
            Edit::Label(new) => self.label(self.known(*new)?, false),
            Edit::Accept | Edit::Replace => {
                let Some(class) = self.predicted else {
                    return Err(SessionError::refused(
                        "no model has looked at this image yet: choose a class, or wait for the prediction",
                    ));
                };
                self.label(self.known(Some(class))?, true)
            }
            Edit::Flag(new) => Change::Flag { old: now.flagged, new: *new },
            Edit::Key(new) => Change::KeyImage { old: now.key, new: *new },
            Edit::Note(new) => Change::Note { old: now.note.clone(), new: new.clone() },
            Edit::DrawBox { class, rect } => {
                let rect = self.inside(rect)?;
                self.known(Some(*class))?;
                Change::Box { id: BoxId(number()), old: None, new: Some((*class, rect)) }
            }
            Edit::ChangeBox { id, class, rect } => {
                let rect = self.inside(rect)?;
                self.known(Some(*class))?;
                Change::Box { id: *id, old: Some(self.existing(*id)?), new: Some((*class, rect)) }
            }
            Edit::DeleteBox { id } => Change::Box { id: *id, old: Some(self.existing(*id)?), new: None },
            Edit::Measure(new) => {
                Change::Measurement { id: MeasurementId(number()), old: None, new: Some(new.clone()) }
            }
            Edit::ChangeMeasurement { id, measurement } => {
                Change::Measurement { id: *id, old: Some(self.measured(*id)?), new: Some(measurement.clone()) }
            }
            Edit::DeleteMeasurement { id } => {
                Change::Measurement { id: *id, old: Some(self.measured(*id)?), new: None }
            }
        };
        let mut after = now.clone();
        change.apply(&mut after);
        Ok(if after == *now { Vec::new() } else { vec![change] })
    }

    /// The changes that draw those of these boxes (class, rectangle) that are not drawn already and lie inside the image.
    fn drawn(&self, boxes: &[(usize, Rect)], number: &mut dyn FnMut() -> i64) -> Vec<Change> {
        let known = boxes.iter().filter(|(class, _)| *class < self.classes.len());
        let inside = known.filter_map(|(class, rect)| Some((*class, self.inside(rect).ok()?)));
        let draw = |new| Change::Box { id: BoxId(number()), old: None, new: Some(new) };
        undrawn(&self.now.boxes, inside).into_iter().map(draw).collect()
    }

    /// Taking a label away also takes the review back: nobody has said anything then.
    fn label(&self, new: Option<usize>, accepted: bool) -> Change {
        let now = self.now;
        Change::Label { old: now.label, new, old_reviewed: now.reviewed, new_reviewed: new.is_some(), accepted }
    }

    fn findings(&self, new: Findings, reviewed: bool, accepted: bool) -> Change {
        let now = self.now;
        let (old, old_reviewed) = (now.findings.clone(), now.reviewed);
        Change::Findings { old, new, old_reviewed, new_reviewed: reviewed, accepted }
    }

    /// What is known of those classes that are findings.
    fn known_findings(&self) -> Findings {
        let is_one = |class: usize| self.classes.finding_places().any(|place| place == class);
        self.now.known_findings().iter().filter(|(class, _)| is_one(*class)).collect()
    }

    /// What the model says of the findings.
    fn answer(&self) -> Result<&Findings, SessionError> {
        self.answered.as_ref().ok_or_else(|| {
            SessionError::refused(
                "no model has looked for findings on this image yet: say what is present, or wait for the prediction",
            )
        })
    }

    fn known(&self, class: Option<usize>) -> Result<Option<usize>, SessionError> {
        let classes = self.classes.len();
        match class.filter(|class| *class >= classes) {
            Some(class) => {
                Err(SessionError::refused(format!("there is no class number {}: the project has {classes}", class + 1)))
            }
            None => Ok(class),
        }
    }

    /// The part of a box inside the image.
    fn inside(&self, rect: &Rect) -> Result<Rect, SessionError> {
        let [width, height] = self.size;
        rect.clipped(width, height)
            .ok_or_else(|| SessionError::refused("the box lies outside the image: draw it on the picture"))
    }

    fn measured(&self, id: MeasurementId) -> Result<Measurement, SessionError> {
        let found = self.now.measurements.iter().find(|one| one.id == id).map(|one| one.measurement.clone());
        found.ok_or_else(|| SessionError::refused("that measurement is gone: it may have been undone or deleted"))
    }

    fn existing(&self, id: BoxId) -> Result<(usize, Rect), SessionError> {
        let found = self.now.boxes.iter().find(|b| b.id == id).map(|b| (b.class, b.rect));
        found.ok_or_else(|| SessionError::refused("that box is gone: it may have been undone or deleted"))
    }
}
