//! What each reader last said of an image, and whose word is in force, told from the image's events.

use crate::domain::annotation::is_imported;
use crate::domain::change::Seeing;
use crate::domain::{Annotation, AnnotationEvent, Change, EventId, Findings, MeasurementId, Rect};
use crate::session::protocol::words;
use crate::store::own::OwnReading;
use std::collections::{BTreeMap, HashMap};

/// What one reader says of an image.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::session) struct Word {
    /// Index into the class list.
    pub label: Option<usize>,
    /// What is said of each finding, in projects whose images may have several.
    pub findings: Findings,
    pub boxes: Vec<(usize, Rect)>,
    /// The reader looked and found nothing to draw.
    pub nothing_found: bool,
    /// Milliseconds since 1970-01-01 UTC.
    pub said_ms: i64,
    pub logged: Logged,
    /// What the reader saw of what the model and others say.
    pub seeing: Seeing,
}

/// How a word came into the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::session) struct Logged {
    pub event: EventId,
    /// For what is imported or merged this is later than when it was said; ms since 1970-01-01 UTC.
    pub time_ms: i64,
    /// It was not said in this program.
    pub imported: bool,
}

/// Who brought something into force.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::session) struct By {
    /// As logged.
    pub reader: String,
    /// When it was said, where imported data state that.
    pub stated_ms: Option<i64>,
    /// Milliseconds since 1970-01-01 UTC.
    pub said_ms: i64,
    pub event: EventId,
}

/// The readings of one image, built by taking its events in from the oldest on. A person's word is the image's state
/// after the person's last change of label or boxes, since a person sees all of it; an undo gives the word back that
/// stood before.
#[derive(Clone, Debug, Default)]
pub(in crate::session) struct Readings {
    pub state: Annotation,
    /// By reader, as logged: what each said last, in a reading of the reader's own or not.
    pub words: BTreeMap<String, Word>,
    /// The same without readings of the reader's own, and in these alone.
    plain: BTreeMap<String, Word>,
    of_own: BTreeMap<String, Word>,
    /// When a reader took back all that was said, in ms since 1970-01-01 UTC, and the event: by reader as logged, until the
    /// reader says something again.
    pub silent: BTreeMap<String, (i64, EventId)>,
    /// What each says in a reading of the reader's own, as logged.
    pub own: BTreeMap<String, OwnReading>,
    /// What each says who read the image a second time without seeing the first reading, as logged.
    pub again: BTreeMap<String, Word>,
    /// Who gave the label, or said what is in force of the findings.
    pub label_by: Option<By>,
    pub boxes_by: Option<By>,
    /// Who measured what there is, or changed it last.
    pub measured_by: BTreeMap<MeasurementId, By>,
    /// What stood before each event of a person, for undo.
    before: HashMap<EventId, Before>,
}

#[derive(Clone, Debug)]
struct Before {
    reader: String,
    word: Option<Word>,
    label_by: Option<By>,
    boxes_by: Option<By>,
    /// Who had measured what the event measures.
    measured_by: Option<By>,
}

/// What is said of an image as somebody's word.
pub(in crate::session) fn word_of(said: &Annotation, said_ms: i64, logged: Logged) -> Word {
    let boxes: Vec<(usize, Rect)> = said.boxes.iter().map(|one| (one.class, one.rect)).collect();
    let Annotation { label, findings, reviewed, .. } = said;
    let nothing_found = *reviewed && label.is_none() && findings.is_empty() && boxes.is_empty();
    Word { label: *label, findings: findings.clone(), boxes, nothing_found, said_ms, logged, seeing: Seeing::InForce }
}

impl Readings {
    /// The readings these events make, the oldest event first.
    pub fn of(events: &[AnnotationEvent]) -> Self {
        let mut readings = Self::default();
        events.iter().for_each(|event| readings.take(event));
        readings
    }

    /// Takes the next event in.
    pub fn take(&mut self, event: &AnnotationEvent) {
        if let Change::Own { revealed, again, .. } = &event.change {
            return match again {
                true => self.take_again(event, *revealed),
                false => self.take_own(event, *revealed),
            };
        }
        if let Some(before) = event.undoes.and_then(|undone| self.before.remove(&undone)) {
            self.before.insert(event.id, self.stands(&before.reader, &event.change));
            event.change.apply(&mut self.state);
            // It stands from now on: elsewhere what was taken back may be known as the later word.
            let logged = Logged { event: event.id, time_ms: event.time_ms, imported: false };
            match before.word {
                Some(word) => {
                    self.plain.insert(before.reader.clone(), Word { said_ms: event.said_ms(), logged, ..word })
                }
                None => self.plain.remove(&before.reader),
            };
            self.settle(&before.reader, (event.said_ms(), event.id));
            (self.label_by, self.boxes_by) = (before.label_by, before.boxes_by);
            if let Change::Measurement { id, .. } = &event.change {
                self.measured(*id, before.measured_by);
            }
            return;
        }
        if !is_imported(&event.reader) {
            self.before.insert(event.id, self.stands(&event.reader, &event.change));
        }
        event.change.apply(&mut self.state);
        let said_ms = event.said_ms();
        let logged = Logged { event: event.id, time_ms: event.time_ms, imported: is_imported(&event.reader) };
        let by = || {
            let (reader, stated_ms) = (event.reader.clone(), event.stated_ms);
            Some(By { reader, stated_ms, said_ms, event: event.id })
        };
        let word = match &event.change {
            Change::Flag { .. } | Change::KeyImage { .. } | Change::Note { .. } | Change::SignOff { .. } => return,
            Change::Committed => {
                self.own.entry(event.reader.clone()).or_default().take(&event.change);
                return;
            }
            Change::Own { .. } => return,
            // It is made of others' words and is no word of whoever adjudicates.
            Change::Adjudicated { .. } => {
                (self.label_by, self.boxes_by) = (by(), by());
                return;
            }
            Change::Measurement { id, new, .. } => {
                self.measured(*id, by().filter(|_| new.is_some()));
                return;
            }
            Change::Reading { label, findings, boxes, nothing_found, seeing, again, in_force: _ } => {
                let (label, findings, boxes, nothing_found) = (*label, findings.clone(), boxes.clone(), *nothing_found);
                let seeing = *seeing;
                let word = Word { label, findings, boxes, nothing_found, said_ms, logged, seeing };
                if *again {
                    self.again.insert(event.reader.clone(), word);
                    return;
                }
                word
            }
            Change::Label { .. } | Change::Findings { .. } => {
                self.label_by = by();
                self.seen(said_ms, logged)
            }
            Change::Box { .. } => {
                self.boxes_by = by();
                self.seen(said_ms, logged)
            }
        };
        if matches!(event.change, Change::Reading { .. }) && !says_something(&word) {
            self.plain.remove(&event.reader);
            self.silent.insert(event.reader.clone(), (said_ms, event.id));
        } else {
            self.plain.insert(event.reader.clone(), word);
        }
        self.settle(&event.reader, (said_ms, event.id));
    }

    /// Of what a reader said in readings of the reader's own and elsewhere the later counts.
    /// Where nothing is left the reader is silent from `at` on.
    fn settle(&mut self, reader: &str, at: (i64, EventId)) {
        let both = [self.plain.get(reader), self.of_own.get(reader)].into_iter().flatten();
        match both.max_by_key(|word| (word.said_ms, word.logged.event)).cloned() {
            Some(last) => {
                self.silent.remove(reader);
                self.words.insert(reader.to_owned(), last);
            }
            // Only who had said something can take it back.
            None if self.words.remove(reader).is_some() => _ = self.silent.insert(reader.to_owned(), at),
            None => {}
        }
    }

    /// When the reader whom people call so took back all that was said, here or elsewhere; the last time, and the event.
    pub fn silence_of(&self, name: &str) -> Option<(i64, EventId)> {
        let of = |(logged, at): (&String, &(i64, EventId))| (words::reader(logged) == name).then_some(*at);
        self.silent.iter().filter_map(of).max()
    }

    /// Whether the reader of a word, of whatever place it was said in, took it back later in another.
    pub fn silenced(&self, logged: &str, word: &Word) -> bool {
        self.silence_of(words::reader(logged)).is_some_and(|(at, _)| at >= word.said_ms)
    }

    /// The state as the word of somebody who sees all of it.
    fn seen(&self, said_ms: i64, logged: Logged) -> Word {
        word_of(&self.state, said_ms, logged)
    }

    /// Takes in what a reader says in a reading of the reader's own. It is the reader's word from then on; where all of it is
    /// taken back the reader says nothing.
    fn take_own(&mut self, event: &AnnotationEvent, revealed: bool) {
        let own = self.own.entry(event.reader.clone()).or_default();
        let says = |said: &Annotation| {
            (said.label, said.findings.clone(), said.boxes.clone(), said.reviewed && said.label.is_none())
        };
        let before = says(&own.said);
        own.take(&event.change);
        // A note, a flag or a measurement is no word about what the image shows.
        if says(&own.said) == before {
            return;
        }
        let logged = Logged { event: event.id, time_ms: event.time_ms, imported: false };
        let seeing = if revealed { Seeing::Revealed } else { Seeing::Nothing };
        let word = Word { seeing, ..word_of(&own.said, event.said_ms(), logged) };
        if says_something(&word) {
            self.of_own.insert(event.reader.clone(), word);
        } else {
            self.of_own.remove(&event.reader);
        }
        self.settle(&event.reader, (event.said_ms(), event.id));
    }

    /// Takes in what a reader says in a second reading, which stands beside the first and changes nothing of it.
    fn take_again(&mut self, event: &AnnotationEvent, revealed: bool) {
        let own = self.own.entry(event.reader.clone()).or_default();
        own.take(&event.change);
        // What is said once the model and the others appeared is no second reading: what was committed stays.
        if revealed {
            return;
        }
        let said = &own.round(true).said;
        let logged = Logged { event: event.id, time_ms: event.time_ms, imported: false };
        let word = Word { seeing: Seeing::Nothing, ..word_of(said, event.said_ms(), logged) };
        match says_something(&word) {
            true => _ = self.again.insert(event.reader.clone(), word),
            false => _ = self.again.remove(&event.reader),
        }
    }

    fn measured(&mut self, id: MeasurementId, by: Option<By>) {
        match by {
            Some(by) => self.measured_by.insert(id, by),
            None => self.measured_by.remove(&id),
        };
    }

    fn stands(&self, reader: &str, change: &Change) -> Before {
        let word = self.plain.get(reader).cloned();
        Before {
            reader: reader.to_owned(),
            word,
            label_by: self.label_by.clone(),
            boxes_by: self.boxes_by.clone(),
            measured_by: match change {
                Change::Measurement { id, .. } => self.measured_by.get(id).cloned(),
                _ => None,
            },
        }
    }

    /// The person whose word stands against every import: who signed the image off, who reviewed the label, or drew or changed
    /// boxes.
    pub fn settled_by(&self) -> Option<&str> {
        if let Some(sign_off) = self.state.signed.first() {
            return Some(&sign_off.by);
        }
        let reviewer = self.label_by.iter().filter(|_| self.state.reviewed);
        reviewer.chain(&self.boxes_by).map(|by| by.reader.as_str()).find(|reader| !is_imported(reader))
    }

    /// The state in force as a word, with the reader who said the last of it; `None` where nobody said anything.
    pub fn in_force(&self) -> Option<(&str, Word)> {
        let last = [&self.label_by, &self.boxes_by].into_iter().flatten().max_by_key(|by| by.said_ms)?;
        let logged = Logged { event: last.event, time_ms: last.said_ms, imported: is_imported(&last.reader) };
        Some((last.reader.as_str(), self.seen(last.said_ms, logged)))
    }

    /// Every reader's word in the order they were said, those in force last.
    pub fn in_order(&self) -> Vec<(&str, &Word)> {
        let in_force =
            |reader: &str| [&self.label_by, &self.boxes_by].into_iter().flatten().any(|by| by.reader == reader);
        let mut words: Vec<(&str, &Word)> = self.words.iter().map(|(reader, word)| (reader.as_str(), word)).collect();
        words.sort_by_key(|(reader, word)| (in_force(reader), word.said_ms));
        words
    }
}

/// How much two boxes must have in common to be of one finding: intersection over union, as Pascal VOC's challenge has it
/// (Everingham et al. 2010, "The Pascal Visual Object Classes Challenge").
const SAME_FINDING: f64 = 0.5;

/// Whether a word is about anything: one whose label was taken away is not.
pub(in crate::session) fn says_something(word: &Word) -> bool {
    word.label.is_some() || !word.findings.is_empty() || !word.boxes.is_empty() || word.nothing_found
}

/// Whether two readers drew the same findings: each box has a partner of its class that overlaps it by half.
pub(in crate::session) fn same_findings(a: &[(usize, Rect)], b: &[(usize, Rect)]) -> bool {
    let mut rest: Vec<&(usize, Rect)> = b.iter().collect();
    a.len() == b.len()
        && a.iter().all(|(class, rect)| {
            let overlap = |other: &&(usize, Rect)| if other.0 == *class { rect.iou(&other.1) } else { 0.0 };
            let best = rest.iter().enumerate().max_by(|x, y| overlap(x.1).total_cmp(&overlap(y.1)));
            match best.map(|(at, other)| (at, overlap(other))) {
                Some((at, shared)) if shared >= SAME_FINDING => {
                    rest.swap_remove(at);
                    true
                }
                _ => false,
            }
        })
}
