//! Whether the test images are still what a model was judged by. Told from the log and the changes of the splits, so that
//! every window and the command line say the same, also after a restart.

use crate::domain::{
    Annotation, AnnotationEvent, AnswerKind, ClassList, ImageId, ModelId, ModelRecord, Split, SplitChange, Tested,
};
use crate::session::project::core::Core;
use crate::session::project::truth::truth;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::test_changes::TestChanges;
use crate::store::Store;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What became of the test images of a project since each of its models was judged; models without figures are left out.
pub fn changed_since(store: &Store) -> Result<HashMap<ModelId, TestChanges>, SessionError> {
    let (images, mut said) = (store.images()?, store.annotations()?);
    let annotations: Vec<Annotation> = images.iter().map(|i| said.remove(&i.id).unwrap_or_default()).collect();
    let now = images.iter().zip(&annotations).map(|(image, said)| (image.id, (image.split, said))).collect();
    let yardsticks = Yardsticks::read(store, &store.models()?, &now, &store.classes()?)?;
    Ok(yardsticks.of.iter().map(|one| (one.model, one.since())).collect())
}

/// An image's split and what is said of it.
type Now<'a> = HashMap<ImageId, (Split, &'a Annotation)>;

/// The test images as they were when each model was judged, as far as they are others now.
#[derive(Default)]
pub(in crate::session) struct Yardsticks {
    of: Vec<Yardstick>,
}

struct Yardstick {
    model: ModelId,
    kind: AnswerKind,
    tested: Tested,
    /// The split, at that time, of images that were moved since.
    was_in: HashMap<ImageId, Split>,
    changed: HashSet<ImageId>,
    moved: HashSet<ImageId>,
}

impl Yardsticks {
    fn read(store: &Store, models: &[ModelRecord], now: &Now<'_>, classes: &ClassList) -> Result<Self, SessionError> {
        let tested = |model: &ModelRecord| model.tested.filter(|_| model.test.is_some());
        let Some(first) = models.iter().filter_map(tested).map(|tested| tested.event).min() else {
            return Ok(Self::default());
        };
        let moves = store.split_changes()?;
        let mut events: HashMap<ImageId, Vec<AnnotationEvent>> = HashMap::new();
        for event in store.test_events_after(first)? {
            events.entry(event.image).or_default().push(event);
        }
        let yardstick = |model: &ModelRecord| {
            let mut one = Yardstick::new(model, tested(model)?, &moves);
            let touched: HashSet<ImageId> = events.keys().chain(one.was_in.keys()).copied().collect();
            for image in touched {
                if let Some(&(split, said)) = now.get(&image) {
                    one.judge(image, split, said, events.get(&image).map_or(&[], Vec::as_slice), classes);
                }
            }
            Some(one)
        };
        Ok(Self { of: models.iter().filter_map(yardstick).collect() })
    }

    fn since(&self, model: ModelId) -> TestChanges {
        self.of.iter().find(|one| one.model == model).map(Yardstick::since).unwrap_or_default()
    }
}

impl Yardstick {
    fn new(model: &ModelRecord, tested: Tested, moves: &[SplitChange]) -> Self {
        let mut was_in = HashMap::new();
        for change in moves.iter().filter(|change| change.id > tested.split_change) {
            for one in &change.moves {
                was_in.entry(one.image).or_insert(one.from);
            }
        }
        let kind = model.card.answers();
        Self { model: model.id, kind, tested, was_in, changed: HashSet::new(), moved: HashSet::new() }
    }

    fn since(&self) -> TestChanges {
        TestChanges { changed: self.changed.len(), moved: self.moved.len(), boxes: self.kind == AnswerKind::Boxes }
    }

    /// Compares an image with what it was; `events` are its latest, at least those since the model was judged.
    fn judge(
        &mut self,
        image: ImageId,
        split: Split,
        now: &Annotation,
        events: &[AnnotationEvent],
        classes: &ClassList,
    ) {
        let was = *self.was_in.get(&image).unwrap_or(&split);
        let says = truth(now, self.kind, classes);
        self.changed.remove(&image);
        self.moved.remove(&image);
        if (was == Split::Test) != (split == Split::Test) {
            if says.is_some() {
                self.moved.insert(image);
            }
        } else if split == Split::Test {
            let mut then = now.clone();
            for event in events.iter().rev().take_while(|event| event.id.0 > self.tested.event) {
                event.change.inverse().apply(&mut then);
            }
            if truth(&then, self.kind, classes) != says {
                self.changed.insert(image);
            }
        }
    }
}

impl Core {
    /// Looks anew at what became of the test images since each model was judged.
    pub(in crate::session) fn reload_yardsticks(&mut self) -> Result<(), SessionError> {
        let images = self.images.iter().zip(&self.annotations);
        let now = images.map(|(image, said)| (image.id, (image.split, said))).collect();
        self.yardsticks = Yardsticks::read(&self.store, &self.models, &now, &self.view.classes)?;
        Ok(())
    }

    /// What became of the test images since a model was judged.
    pub(in crate::session) fn changed_since(&self, model: ModelId) -> TestChanges {
        self.yardsticks.since(model)
    }

    /// After what is said of an image changed.
    pub(in crate::session) fn yardstick_touched(&mut self, at: usize) -> Result<(), SessionError> {
        let (Some(image), Some(now)) = (self.images.get(at), self.annotations.get(at)) else { return Ok(()) };
        if self.yardsticks.of.is_empty() || image.split != Split::Test {
            return Ok(());
        }
        let events = self.store.events(image.id)?;
        for one in &mut self.yardsticks.of {
            one.judge(image.id, image.split, now, &events, &self.view.classes);
        }
        self.show_yardsticks();
        Ok(())
    }

    /// After images were moved to other splits.
    pub(in crate::session) fn yardsticks_moved(&mut self) -> Result<(), SessionError> {
        self.reload_yardsticks()?;
        self.show_yardsticks();
        Ok(())
    }

    fn show_yardsticks(&mut self) {
        let changed =
            |row: &crate::session::protocol::view::ModelRow| row.since != self.yardsticks.since(row.record.id);
        if self.view.models.iter().any(changed) {
            for row in Arc::make_mut(&mut self.view.models) {
                row.since = self.yardsticks.since(row.record.id);
            }
        }
    }
}
