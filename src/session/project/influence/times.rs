//! What a reader's events tell in the order of the log: how long images were looked at, and what was said of one again.

use crate::domain::annotation::is_imported;
use crate::domain::{Annotation, AnnotationEvent, Change, ClassList, ImageId, Presence, Split};
use crate::evaluation::bootstrap::{Bootstrap, Groups};
use crate::evaluation::box_agreement::ReadBox;
use crate::evaluation::learning_curve::learning_curve;
use crate::evaluation::repeats::{Repeat, Said, intra_reader, repeats};
use crate::session::protocol::agreement::{RepeatsOf, TimesOf};
use crate::session::protocol::error::SessionError;
use crate::store::Store;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Readings in a block of the curve over time.
const BLOCK: usize = 20;

/// Whether an event says what an image shows, or commits that; of a person, and not taking anything back.
fn says(event: &AnnotationEvent) -> bool {
    let word = match &event.change {
        Change::Own { change, .. } => is_word(change) || commits(change),
        other => is_word(other) || commits(other),
    };
    word && event.undoes.is_none() && !is_imported(&event.reader)
}

/// Whether it commits a reading, the first or a second one.
fn commits(change: &Change) -> bool {
    match change {
        Change::Own { change, .. } => commits(change),
        other => matches!(other, Change::Committed),
    }
}

fn is_word(change: &Change) -> bool {
    match change {
        Change::Label { .. } | Change::Findings { .. } | Change::Box { .. } => true,
        // Of a reader here it is that the reader says what is in force already.
        Change::Reading { .. } => true,
        Change::Flag { .. }
        | Change::KeyImage { .. }
        | Change::SignOff { .. }
        | Change::Note { .. }
        | Change::Measurement { .. }
        | Change::Own { .. }
        | Change::Adjudicated { .. }
        | Change::Committed => false,
    }
}

/// A reader's way through the images.
#[derive(Default)]
struct Way {
    /// The image of the last word, and how long it had been looked at by then.
    at: Option<(ImageId, Option<u64>)>,
    read: HashSet<ImageId>,
    times: Vec<u64>,
}

impl Way {
    /// Ends the reading of the image that is looked at.
    fn end(&mut self) {
        if let Some((image, looked)) = self.at.take()
            && self.read.insert(image)
        {
            self.times.extend(looked);
        }
    }

    fn take(&mut self, event: &AnnotationEvent) {
        if self.at.is_some_and(|(image, _)| image != event.image) {
            self.end();
        }
        let looked = event.display.as_ref().and_then(|display| display.looked_ms);
        let before = self.at.and_then(|(_, before)| before);
        self.at = Some((event.image, looked.or(before)));
        if commits(&event.change) {
            self.end();
        }
    }
}

/// How long each reader looked at these images at the first reading, until it was committed or until the last word before going on
/// to another: the curve in the order of reading. Words that were not said at an image on screen have no time.
///
/// # Errors
/// When the log cannot be read.
pub(super) fn reading_times(store: &Store, images: &HashSet<ImageId>) -> Result<Vec<TimesOf>, SessionError> {
    let mut ways: BTreeMap<String, Way> = BTreeMap::new();
    store.for_each_event(|event| {
        if says(&event) && images.contains(&event.image) {
            ways.entry(event.reader.clone()).or_default().take(&event);
        }
        Ok(())
    })?;
    let curve = |(reader, mut way): (String, Way)| {
        way.end();
        TimesOf { reader, curve: learning_curve(&way.times, BLOCK) }
    };
    Ok(ways.into_iter().map(curve).filter(|one| one.curve.readings > 0).collect())
}

/// What is said of an image in force, and in readings of a reader's own.
#[derive(Default)]
struct Lines {
    in_force: Annotation,
    /// By reader; of a second reading apart, which begins with nothing.
    own: HashMap<(String, bool), Annotation>,
}

impl Lines {
    /// Takes the event in; what its reader says now, and whether that is a reading of the reader's own.
    fn take(&mut self, event: &AnnotationEvent) -> (Annotation, bool) {
        match &event.change {
            Change::Own { change, again, .. } => {
                let own = self.own.entry((event.reader.clone(), *again)).or_default();
                change.apply(own);
                (own.clone(), true)
            }
            Change::Committed => (self.own.get(&(event.reader.clone(), false)).cloned().unwrap_or_default(), true),
            other => {
                other.apply(&mut self.in_force);
                (self.in_force.clone(), false)
            }
        }
    }
}

/// By reader, what is asked (a finding, or the class), and the images read twice.
type Repeats = BTreeMap<(String, Option<usize>), Vec<Said<ImageId>>>;

/// How each reader agrees with the reader's own earlier readings of the images of a split, or of all: of the class, or of each
/// finding by what `possible` has for it.
///
/// # Errors
/// When the log cannot be read.
pub(in crate::session) fn repeated(
    store: &Store,
    split: Option<Split>,
    classes: &ClassList,
    possible: &ClassList,
) -> Result<Vec<RepeatsOf>, SessionError> {
    let images = store.images()?;
    let wanted = images.iter().filter(|image| split.is_none_or(|split| image.split == split));
    let group: HashMap<ImageId, Option<&str>> = wanted.map(|image| (image.id, image.group.as_deref())).collect();
    let asked: Vec<Option<usize>> = match classes.findings {
        true => classes.finding_places().map(Some).collect(),
        false => vec![None],
    };
    let mut said: Repeats = BTreeMap::new();
    let mut lines: HashMap<ImageId, Lines> = HashMap::new();
    store.for_each_event(|event| {
        if !group.contains_key(&event.image) {
            return Ok(());
        }
        let (now, own) = lines.entry(event.image).or_default().take(&event);
        if !says(&event) {
            return Ok(());
        }
        let committed = commits(&event.change);
        let again = matches!(event.change, Change::Own { again: true, .. });
        for finding in &asked {
            let answer = match finding {
                None => now.label,
                Some(place) => now.findings.get(*place).map(number),
            };
            let answers = answers(&event.change, *finding);
            let of = said.entry((event.reader.clone(), *finding)).or_default();
            of.push(Said { image: event.image, answers, answer, own, again, committed });
        }
        Ok(())
    })?;
    let of = |((reader, finding), said): ((String, Option<usize>), Vec<Said<ImageId>>)| {
        let twice: Vec<Repeat<ImageId>> = repeats(&said);
        let groups = Groups::new(twice.iter().map(|one| group.get(&one.image).copied().flatten()));
        (!twice.is_empty()).then(|| RepeatsOf {
            reader,
            finding,
            intra: intra_reader(&twice, &groups, possible, Bootstrap::default()),
            images: [true, false].map(|same| {
                let of = |one: &&Repeat<ImageId>| (one.answers[0] == one.answers[1]) == same;
                twice.iter().filter(of).map(|one| one.image).collect()
            }),
        })
    };
    Ok(said.into_iter().filter_map(of).collect())
}

/// An image that a reader read twice, with the boxes of both readings.
pub(in crate::session) type BoxesTwice = Repeat<ImageId, Vec<ReadBox>>;

/// By reader, the boxes of the images of a split, or of all, that the reader read twice.
///
/// # Errors
/// When the log cannot be read.
pub(in crate::session) fn repeated_boxes(
    store: &Store,
    split: Option<Split>,
    classes: &ClassList,
) -> Result<Vec<(String, Vec<BoxesTwice>)>, SessionError> {
    let images = store.images()?;
    let wanted: HashSet<ImageId> =
        images.iter().filter(|image| split.is_none_or(|split| image.split == split)).map(|image| image.id).collect();
    let mut said: BTreeMap<String, Vec<Said<ImageId, Vec<ReadBox>>>> = BTreeMap::new();
    let mut lines: HashMap<ImageId, Lines> = HashMap::new();
    store.for_each_event(|event| {
        if !wanted.contains(&event.image) {
            return Ok(());
        }
        let (now, own) = lines.entry(event.image).or_default().take(&event);
        if says(&event) {
            let boxes = now.boxes.iter().map(|one| (one.class, one.rect)).collect();
            said.entry(event.reader.clone()).or_default().push(Said {
                image: event.image,
                answers: draws(&event.change, now.boxes.is_empty()),
                answer: now.boxes_known(classes).then_some(boxes),
                own,
                again: matches!(event.change, Change::Own { again: true, .. }),
                committed: commits(&event.change),
            });
        }
        Ok(())
    })?;
    Ok(said.into_iter().map(|(reader, said)| (reader, repeats(&said))).collect())
}

/// Whether a change says which boxes there are: also a class or findings where there are none, for that may be that there is nothing
/// to draw.
fn draws(change: &Change, none: bool) -> bool {
    match change {
        Change::Own { change, .. } => draws(change, none),
        Change::Box { .. } | Change::Committed | Change::Reading { .. } => true,
        Change::Label { .. } | Change::Findings { .. } => none,
        Change::Flag { .. }
        | Change::KeyImage { .. }
        | Change::SignOff { .. }
        | Change::Note { .. }
        | Change::Measurement { .. }
        | Change::Adjudicated { .. } => false,
    }
}

/// Whether a change answers what is asked: a finding, or without one the class. Of findings a change says anew what it changes, and
/// all where it changes none.
fn answers(change: &Change, finding: Option<usize>) -> bool {
    match (change, finding) {
        (Change::Own { change, .. }, _) => answers(change, finding),
        (Change::Committed | Change::Reading { .. }, _) | (Change::Label { .. }, None) => true,
        (Change::Findings { old, new, .. }, Some(place)) => old.get(place) != new.get(place) || old == new,
        (Change::Label { .. }, Some(_)) | (Change::Findings { .. }, None) => false,
        (
            Change::Flag { .. }
            | Change::KeyImage { .. }
            | Change::SignOff { .. }
            | Change::Note { .. }
            | Change::Box { .. }
            | Change::Measurement { .. }
            | Change::Adjudicated { .. },
            _,
        ) => false,
    }
}

fn number(presence: Presence) -> usize {
    Presence::ALL.iter().position(|one| *one == presence).unwrap_or_default()
}
