//! A reader's edits: turned into changes with their old values, appended to the log, then shown.

use crate::domain::change::Seeing;
use crate::domain::{AnnotationEvent, Change, ClassList, DisplayState, ImageId, LoggedEvent, ShownPrediction};
use crate::session::project::changed::Changed;
use crate::session::project::converting::conversion_words;
use crate::session::project::core::Core;
use crate::session::project::edits::Situation;
use crate::session::project::signing::signed_sentence;
use crate::session::protocol::command::Edit;
use crate::session::protocol::decisions;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::many::{self, ManyEdit};
use crate::session::protocol::task::Work;
use crate::session::protocol::view::Stepped;
use crate::session::protocol::words;
use std::collections::HashSet;

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
        let shown = self.with_planted(image, edit, shown);
        let mut changes = self.changes(at, edit, shown.as_ref())?;
        if changes.is_empty() {
            changes.extend(self.agreed(at, edit));
        }
        let display = self.with_time_looked(image, display);
        if self.view.reading.is_own() {
            let changes: Vec<(ImageId, Change)> = changes.into_iter().map(|change| (image, change)).collect();
            if changes.is_empty() {
                return Ok(None);
            }
            return self.append_own(&changes, shown.as_ref(), display.as_ref());
        }
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
        self.refresh(Changed::Annotations(&[at]))?;
        Ok(events.into_iter().next_back())
    }

    /// Carries out an action on many images, as one step of undo committed as a whole; how many it changed. What it cannot
    /// be done to is left as it is, and said.
    pub fn annotate_many(&mut self, images: &[ImageId], edit: &ManyEdit) -> Result<usize, SessionError> {
        self.check_writable()?;
        self.refuse_many_while_studying(edit)?;
        let mut edits = edit.edits();
        if self.view.reading.is_own() {
            // The model's word is taken for an image that is looked at, never for many at once.
            edits.retain(|edit| !matches!(edit, Edit::Accept | Edit::AcceptBoxes { .. }));
        }
        let (mut changes, mut places) = (Vec::new(), Vec::new());
        let (mut refused, mut why) = (0, None);
        let mut signed: Vec<usize> = Vec::new();
        let thresholds = self.view.box_thresholds();
        let mut seen = HashSet::new();
        for &image in images.iter().filter(|image| seen.insert(**image)) {
            let at = self.place(image)?;
            match self.first_change(at, &edits) {
                Ok(made) if made.is_empty() => {}
                Ok(made) => {
                    let (learned_from, planted) = (self.refitting.learned_from(image), self.is_planted(image));
                    let of = |said| ShownPrediction::of(said, thresholds.as_ref());
                    let said = self.said_on_screen(image);
                    let shown = said.map(|said| ShownPrediction { learned_from, planted, ..of(said) });
                    places.push(at);
                    changes.extend(made.into_iter().map(|change| (image, change, shown.clone())));
                }
                Err(_) if self.signed_off_why(at).is_some() => signed.push(at),
                Err(error) => {
                    refused += 1;
                    why.get_or_insert_with(|| error.to_string());
                }
            }
        }
        let locked = signed.len();
        let signed = (locked > 0).then(|| signed_sentence(&self.signed_names(signed)));
        if let Some(signed) = &signed
            && places.is_empty()
        {
            let more = why.map(|why| format!("; not {}: {why}", words::images(refused))).unwrap_or_default();
            return Err(SessionError::refused(format!("nothing was changed: {signed}{more}")));
        }
        if let Some(why) = &why
            && places.is_empty()
        {
            return Err(SessionError::refused(format!("none of the {} changed: {why}", words::images(refused))));
        }
        if !changes.is_empty() && self.view.reading.is_own() {
            let changes: Vec<_> = changes.into_iter().map(|(image, change, _)| (image, change)).collect();
            self.append_own(&changes, None, None)?;
        } else if !changes.is_empty() {
            let events = self.store.append_each(&self.view.reader, &changes)?;
            for event in &events {
                if let Some(annotation) = self.at.get(&event.image).and_then(|&at| self.annotations.get_mut(at)) {
                    event.change.apply(annotation);
                }
            }
            self.refresh(Changed::Annotations(&places))?;
        }
        let left = images.len() - places.len() - refused - locked;
        let mut said = many::did(edit, places.len(), &self.view.classes);
        if left > 0 {
            said.push_str(&format!("; {} {} so already", words::images(left), if left == 1 { "was" } else { "were" }));
        }
        if let Some(signed) = &signed {
            said.push_str(&format!("; {signed}"));
        }
        if let Some(why) = &why {
            said.push_str(&format!("; not {}: {why}", words::images(refused)));
        }
        if signed.is_some() || why.is_some() {
            self.inform(said);
        } else {
            self.mention(said);
        }
        Ok(places.len())
    }

    /// The changes of the first of these edits that changes something of an image; the first refusal where none does and
    /// one was refused.
    fn first_change(&mut self, at: usize, edits: &[Edit]) -> Result<Vec<Change>, SessionError> {
        let mut refusal = None;
        for edit in edits {
            match self.changes(at, edit, None) {
                Ok(changes) if changes.is_empty() => {}
                Ok(changes) => return Ok(changes),
                Err(error) => _ = refusal.get_or_insert(error),
            }
        }
        // What is said and reviewed already needs no model.
        let confirms = edits.contains(&Edit::Confirm);
        let done = confirms && self.annotations.get(at).is_some_and(|said| said.reviewed);
        refusal.filter(|_| !done).map_or(Ok(Vec::new()), Err)
    }

    /// Takes back the last change of the log, and with it all that was made with the same action, where it is the present
    /// reader's; else says whose it is. The last event appended, `None` when nothing was taken back.
    pub fn undo(&mut self) -> Result<Option<LoggedEvent>, SessionError> {
        self.take_back(true)
    }

    /// Takes back the last undo; as [`Core::undo`].
    pub fn redo(&mut self) -> Result<Option<LoggedEvent>, SessionError> {
        self.take_back(false)
    }

    fn take_back(&mut self, back: bool) -> Result<Option<LoggedEvent>, SessionError> {
        self.check_writable()?;
        if self.view.reading.is_own() {
            return self.step_own(back);
        }
        let first = if back { self.store.undo_target()? } else { self.store.redo_target()? };
        let Some(first) = first else {
            self.mention(words::nothing_to_step(back).to_owned());
            return Ok(None);
        };
        if first.reader() != self.view.reader {
            let whose = self.whose(back, &first)?;
            self.mention(whose);
            return Ok(None);
        }
        let conversion = self.conversion_of(first.id())?;
        if conversion.is_some() {
            // Before the class list is changed, which would be half of it.
            let made = self.made_with(Some(&first))?;
            self.check_unsigned(made.iter().filter_map(|(image, _)| self.at.get(image).copied()))?;
        }
        if let (Some(conversion), false) = (&conversion, back) {
            self.put_in_kind(&conversion.after, &conversion.before)?;
        }
        let mut made = self.store.step_action(&self.view.reader, back)?;
        if let (Some(conversion), true) = (&conversion, back) {
            self.put_in_kind(&conversion.before, &conversion.after)?;
        }
        if let Some(conversion) = &conversion {
            // What is painted follows from the kind too. Predictions stay what they are: none is missing for it. All images
            // are as they were: there is none to go to.
            drop(self.reload()?);
            let verb = if back { "Undid" } else { "Redid" };
            self.mention(format!("{verb}: {}", conversion_words(conversion)));
        } else {
            self.show_stepped(back, &made)?;
        }
        Ok(made.pop())
    }

    /// Shows what undo (`back`) or redo did, and says so.
    pub(in crate::session) fn show_stepped(&mut self, back: bool, made: &[LoggedEvent]) -> Result<(), SessionError> {
        let (mut places, mut changes, mut decided) = (Vec::new(), Vec::new(), Vec::new());
        for event in made {
            match event {
                LoggedEvent::Decision(event) => decided.push(&event.decision),
                LoggedEvent::Image(event) => {
                    let at = self.place(event.image)?;
                    if let Some(annotation) = self.annotations.get_mut(at) {
                        event.change.apply(annotation);
                    }
                    places.push(at);
                    let name = self.shown_name(at).to_owned();
                    changes.push((event.image, (name, event.change.clone())));
                }
            }
        }
        if !decided.is_empty() {
            self.mention(decisions::stepped(back, &decided));
            return self.show_decided();
        }
        self.refresh(Changed::Annotations(&places))?;
        if let Some((image, _)) = changes.last() {
            let serial = self.view.stepped.map_or(0, |before| before.serial) + 1;
            self.view.stepped = Some(Stepped { serial, image: *image });
            let made: Vec<(String, Change)> = changes.into_iter().map(|(_, made)| made).collect();
            self.mention(words::stepped(back, &made, &self.view.classes));
        }
        Ok(())
    }

    /// Why the present reader cannot take an event back that another one made.
    fn whose(&mut self, back: bool, event: &LoggedEvent) -> Result<String, SessionError> {
        let other = words::reader(event.reader()).to_owned();
        if !back {
            return Ok(format!("What was undone last was undone by {other}: only {other} can redo it"));
        }
        let what = self.undo_words(event, &self.made_with(Some(event))?);
        let yours = match self.store.has_undoable(&self.view.reader)? {
            false => "there is none of yours to undo",
            true => "yours lie before it",
        };
        Ok(format!("The last change is {other}'s ({what}); {yours}"))
    }

    /// What undo would take back, with what was made together with it: "label of IMG0001.jpg", "labels of 37 images".
    pub(in crate::session) fn undo_words(&self, event: &LoggedEvent, made: &[(ImageId, Change)]) -> String {
        if let Ok(Some(conversion)) = self.conversion_of(event.id()) {
            return conversion_words(&conversion);
        }
        match event {
            LoggedEvent::Decision(event) => decisions::undo(&event.decision),
            LoggedEvent::Image(_)
                if made.iter().any(|(image, _)| made.first().is_some_and(|first| first.0 != *image)) =>
            {
                many::undone(made)
            }
            LoggedEvent::Image(event) => {
                let name = self.at.get(&event.image).map(|&at| self.shown_name(at));
                words::undo(&event.change, name.unwrap_or_default())
            }
        }
    }

    /// What an image is called on screen: while somebody reads blind its file is called by a name that tells nothing.
    pub(in crate::session) fn shown_name(&self, at: usize) -> &str {
        let of_row = self.view.rows.get(at).map(|row| row.name.as_ref());
        let of_file = || self.images.get(at).map(|image| image.name.as_str());
        of_row.or_else(|| of_file().filter(|_| !self.view.reading.is_own())).unwrap_or_default()
    }

    /// Puts another class list in force. Names may change and classes may be added; the order may not, because labels
    /// and models refer to places in it.
    pub fn set_classes(&mut self, classes: &ClassList) -> Result<Vec<Work>, SessionError> {
        self.check_writable()?;
        // Checks the names.
        ClassList::from_names(&classes.names(), classes.ordinal).map_err(|e| SessionError::refused(e.to_string()))?;
        let moved = |(place, name): (usize, &String)| self.view.classes.index_of(name).is_some_and(|old| old != place);
        if classes.names().iter().enumerate().any(moved) && self.store.names_classes()? {
            return Err(SessionError::refused(
                "classes cannot change places once images are labelled: rename them, or add new ones at the end",
            ));
        }
        self.check_names_unsigned(classes)?;
        self.store.set_classes(&self.view.reader, classes)?;
        self.view.classes = std::sync::Arc::new(classes.clone());
        self.show_class_looks()?;
        self.refresh(Changed::Classes)?;
        Ok(self.missing_predictions()?.into_iter().collect())
    }

    /// That a reader to whom an image was assigned says what is in force already: it changes nothing, and the log has it that this
    /// reader read it, too. So does who says again what was said under a planted answer.
    fn agreed(&self, at: usize, edit: &Edit) -> Option<Change> {
        let (image, now) = (self.images.get(at)?, self.annotations.get(at)?);
        let says = match edit {
            Edit::Confirm | Edit::NothingHere => true,
            Edit::Label(said) => said.is_some(),
            Edit::Finding { presence, .. } => presence.is_some(),
            Edit::Accept
            | Edit::Replace
            | Edit::AcceptBoxes { .. }
            | Edit::AcceptBox { .. }
            | Edit::DrawBox { .. }
            | Edit::DrawBoxes(_)
            | Edit::ChangeBox { .. }
            | Edit::DeleteBox { .. }
            | Edit::Flag(_)
            | Edit::Key(_)
            | Edit::Note(_)
            | Edit::Measure(_)
            | Edit::ChangeMeasurement { .. }
            | Edit::DeleteMeasurement { .. } => false,
        };
        if self.view.reading.is_own()
            || !says
            || !now.reviewed
            || !(self.is_assigned(image.id) || self.confirms_followed(image.id))
        {
            return None;
        }
        // Who gave the label, and whether a model's answer was merely accepted, stays as it is.
        let (label, findings) = (now.label, now.findings.clone());
        let boxes: Vec<_> = now.boxes.iter().map(|one| (one.class, one.rect)).collect();
        let nothing_found = label.is_none() && findings.is_empty() && boxes.is_empty();
        let (in_force, seeing, again) = (true, Seeing::InForce, false);
        Some(Change::Reading { label, findings, boxes, nothing_found, in_force, seeing, again })
    }

    /// The place of an image in order of import.
    pub(in crate::session) fn place(&self, image: ImageId) -> Result<usize, SessionError> {
        let missing = || SessionError::refused(format!("the project has no image {image}"));
        self.at.get(&image).copied().ok_or_else(missing)
    }

    /// The changes an edit makes of the present state, none where it changes nothing; `shown` is what the window showed of
    /// the model's word.
    fn changes(
        &mut self,
        at: usize,
        edit: &Edit,
        shown: Option<&ShownPrediction>,
    ) -> Result<Vec<Change>, SessionError> {
        let (Some(image), Some(now)) = (self.images.get(at), self.annotations.get(at)) else { return Ok(Vec::new()) };
        let said = self.studying.said(image.id, self.refitting.said(&self.predictions, image.id));
        let probabilities = shown.map(|shown| &shown.probabilities).or(said.map(|said| &said.probabilities));
        let situation = Situation {
            now,
            classes: &self.view.classes,
            size: [f64::from(image.width), f64::from(image.height)],
            predicted: probabilities.and_then(|probabilities| self.view.class_thresholds.called(probabilities)),
            answered: probabilities.and_then(|probabilities| self.view.answered_findings(probabilities)),
            found: said.map(|said| said.boxes.as_slice()),
            class_thresholds: &self.view.class_thresholds,
        };
        let (store, own, reading) = (&mut self.store, &mut self.own, self.view.reading);
        let number = &mut || match reading.is_own() {
            true => {
                own.largest += 1;
                own.largest
            }
            false => store.allocate_box_id().0,
        };
        let changes = situation.changes(edit, number)?;
        match self.signed_off_why(at).filter(|_| !changes.is_empty()) {
            Some(why) => Err(SessionError::refused(why)),
            None => Ok(changes),
        }
    }
}
