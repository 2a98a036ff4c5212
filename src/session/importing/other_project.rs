//! Another project over the same images, or another copy of this one, as a source: what each of its readers said last.

use crate::domain::annotation::is_readers;
use crate::domain::{
    AnnotatedMeasurement, AnnotationEvent, Change, ClassList, EventId, ImageId, ImageRecord, MeasurementId, Rect,
};
use crate::files::hash;
use crate::imaging::dicom::Patients;
use crate::interchange::{Format, Measured, ReadBox, ReadImage, Reading, Said, Spilled};
use crate::session::importing::patients;
use crate::session::importing::readings::{Readings, Word, says_something};
use crate::session::importing::statements::same_points;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use crate::store::Store;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

/// What the statements are said to come from.
const FORMAT: Format = Format::new("overread", "Overread project");

/// What another project holds that this one lacks; images are the same where their content is.
pub(in crate::session) struct Other {
    pub reading: Reading,
    /// Images of the other project that are here too.
    pub shared: usize,
    /// Notes, flags and marks of key images that are new and stay in the other's log alone.
    pub left_in_log: usize,
}

/// Reads another project beside this one, whose log begins with so many events that are known here: what they say was taken
/// in, and perhaps back, already. `go_on` is told how many of how many images were read; `None` where it said no.
///
/// # Errors
/// When one of the two cannot be read, or they ask different questions: one class an image here, several findings there.
pub(in crate::session) fn read(
    ours: &Store,
    theirs: &Store,
    known_events: usize,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<Other>, SessionError> {
    let (here, there) = (ours.classes()?, theirs.classes()?);
    if here.findings != there.findings {
        let of = |findings| if findings { "several findings an image" } else { "one class an image" };
        return Err(SessionError::refused(format!(
            "this project is one of {} and {} one of {}: convert one of them first (overread convert, or Classes on the Data \
             screen)",
            of(here.findings),
            theirs.dir().display(),
            of(there.findings)
        )));
    }
    let known_events = i64::try_from(known_events).unwrap_or(i64::MAX);
    let is_new = |event: EventId| event.0 > known_events;
    // Groups of patients whose identifiers were hashed with another key are other groups.
    let key = patients::key(ours)?;
    let same_groups = key == patients::key(theirs)?;
    let mut hashes: HashMap<PathBuf, std::io::Result<String>> = HashMap::new();
    let records = ours.images()?;
    let by_content: HashMap<(&str, u32), ImageId> =
        records.iter().rev().map(|image| ((image.sha256.as_str(), image.frame), image.id)).collect();
    let mut facts = theirs.facts()?;
    let (images, mut shared, mut ungrouped, mut left_in_log) = (theirs.images()?, 0, 0, 0);
    let beside = ours.dir().parent();
    let (mut read, mut left_out) = (Spilled::within(beside), Vec::new());
    for (at, image) in images.iter().enumerate() {
        if !go_on(at, images.len()) {
            return Ok(None);
        }
        let known = by_content.get(&(image.sha256.as_str(), image.frame));
        let events = theirs.events(image.id)?;
        let beside_words = |event: &&AnnotationEvent| {
            matches!(
                event.change,
                Change::Note { .. } | Change::Flag { .. } | Change::KeyImage { .. } | Change::Adjudicated { .. }
            )
        };
        left_in_log += events.iter().filter(|event| is_new(event.id)).filter(beside_words).count();
        let readings = Readings::of(&events);
        let mut measured = measured(&readings, &events, &is_new);
        let mut said = match known {
            Some(id) => {
                shared += 1;
                let known = Readings::of(&ours.events(*id)?);
                let there_already = |one: &Measured| {
                    known.state.measurements.iter().any(|other| same_points(&other.measurement, &one.measurement))
                };
                measured.retain(|one| !there_already(one));
                let news = |reader: &str, word: &Word| {
                    is_new(word.logged.event) && is_news(&known, (reader, word), &there, &here)
                };
                let mut said = words_of(&readings, &there, news);
                said.extend(said_again(&readings, &known, &there, &here));
                said.extend(taken_back(&readings, &known, &is_new));
                said
            }
            // A film is one file for all of its frames.
            None => match hashes.entry(image.path.clone()).or_insert_with(|| hash::sha256_file(&image.path)) {
                Ok(hash) if *hash == image.sha256 => {
                    let mut said = words_of(&readings, &there, |_, _| true);
                    said.extend(said_again(&readings, &Readings::default(), &there, &here));
                    said
                }
                Ok(_) => {
                    left_out.push((image.name.clone(), "its file is another one by now".to_owned()));
                    continue;
                }
                Err(error) => {
                    left_out.push((
                        image.name.clone(),
                        format!("it is not in this project, and its file cannot be read: {error}"),
                    ));
                    continue;
                }
            },
        };
        said.sort_by_key(|said| said.time_ms);
        if known.is_some() && said.is_empty() && measured.is_empty() {
            continue;
        }
        let mut record = record(image, facts.remove(&image.id).unwrap_or_default(), said, measured);
        if !same_groups {
            ungrouped += usize::from(known.is_none() && record.group.is_some());
            record.group = None;
        }
        read.push(record);
    }
    let mut remarks = Vec::new();
    if ungrouped > 0 {
        remarks.push(format!(
            "patients' identifiers were made unreadable with another key there: of {ungrouped} new images it is not known which \
             are of patients that have images here, and they may lie in another split."
        ));
    }
    let reading = reading(&there, read, left_out, remarks);
    Ok(Some(Other { reading, shared, left_in_log }))
}

/// What is taken from the other project, as read from any source.
fn reading(
    classes: &ClassList,
    images: Spilled<ReadImage>,
    left_out: Vec<(String, String)>,
    remarks: Vec<String>,
) -> Reading {
    Reading {
        format: FORMAT,
        images,
        classes: classes.names(),
        ordinal: classes.ordinal,
        findings: classes.findings,
        has_splits: true,
        left_out,
        unlisted: 0,
        conflicts: Vec::new(),
        remarks,
        turned: 0,
        unannotated: 0,
        boxes_clipped: 0,
        with_headers: 0,
        patients: Patients::Ignored,
        tables: Vec::new(),
        counted: Default::default(),
    }
}

fn record(
    image: &ImageRecord,
    facts: crate::domain::ImageFacts,
    said: Vec<Said>,
    measured: Vec<Measured>,
) -> ReadImage {
    ReadImage {
        path: image.path.clone(),
        name: image.name.clone(),
        sha256: image.sha256.clone(),
        width: image.width,
        height: image.height,
        truncated: image.truncated,
        frame: image.frame,
        facts,
        split: Some(image.split),
        group: image.group.clone(),
        said,
        measured,
    }
}

/// That readers took back there all they had said, where nothing later is known of them here.
fn taken_back(readings: &Readings, known: &Readings, is_new: &dyn Fn(EventId) -> bool) -> Vec<Said> {
    let names: BTreeSet<&str> =
        readings.silent.keys().filter(|logged| is_readers(logged)).map(|logged| words::reader(logged)).collect();
    let one = |name: &str| {
        let (time_ms, event) = readings.silence_of(name)?;
        let same = |word: &(&String, &Word)| words::reader(word.0) == name;
        let later = |of: &Readings| of.words.iter().filter(same).any(|(_, word)| word.said_ms > time_ms);
        let news = known.silence_of(name).is_none_or(|(here, _)| here < time_ms);
        (is_new(event) && news && !later(readings) && !later(known)).then(|| Said {
            reader: Some(name.to_owned()),
            time_ms: Some(time_ms),
            taken_back: true,
            ..Said::default()
        })
    };
    names.into_iter().filter_map(one).collect()
}

/// The words of readers that are wanted, each by the name it is known under; what an import says without naming anybody is
/// nobody's.
fn words_of(readings: &Readings, classes: &ClassList, wanted: impl Fn(&str, &Word) -> bool) -> Vec<Said> {
    readings
        .words
        .iter()
        .filter(|(reader, word)| is_readers(reader) && says_something(word) && !readings.silenced(reader, word))
        .filter(|(reader, word)| wanted(words::reader(reader), word))
        // Who drew a box has not reviewed the image by that; and whoever's word comes into force here, the image was reviewed
        // there, by whatever route it came.
        .map(|(reader, word)| Said { reviewed: readings.state.reviewed, ..said(reader, word, classes) })
        .collect()
}

fn said(reader: &str, word: &Word, classes: &ClassList) -> Said {
    let name = |class: usize| classes.name(class);
    Said {
        reader: Some(words::reader(reader).to_owned()),
        time_ms: Some(word.said_ms),
        label: word.label.map(name),
        findings: word.findings.iter().map(|(finding, presence)| (name(finding), presence)).collect(),
        boxes: word.boxes.iter().map(|(class, rect)| ReadBox { class: name(*class), rect: *rect }).collect(),
        nothing_found: word.nothing_found,
        seeing: word.seeing,
        is_later: true,
        ..Said::default()
    }
}

/// The second readings of readers that say something else than is known here, or later.
fn said_again(readings: &Readings, known: &Readings, there: &ClassList, here: &ClassList) -> Vec<Said> {
    let is_news = |(reader, word): &(&String, &Word)| {
        let same_reader = |(logged, _): &(&String, &Word)| words::reader(logged) == words::reader(reader);
        let theirs = (word.said_ms, content(word, there));
        known.again.iter().filter(same_reader).all(|(_, ours)| (ours.said_ms, content(ours, here)) < theirs)
    };
    let again = readings.again.iter().filter(is_news);
    again.map(|(reader, word)| Said { again: true, ..said(reader, word, there) }).collect()
}

/// Whether a reader said something there that is not known here: where the same person has worked in both, the later word
/// is that person's, also where it says the same as the earlier one: what the person said in between is then not the last
/// word. Of two of the same millisecond one is chosen that is the same wherever it is asked.
fn is_news(known: &Readings, (reader, word): (&str, &Word), there: &ClassList, here: &ClassList) -> bool {
    let same_reader = |(logged, _): &(&String, &Word)| words::reader(logged) == reader;
    if known.silenced(reader, word) {
        return false;
    }
    let theirs = content(word, there);
    let theirs = (word.said_ms, theirs);
    known.words.iter().filter(same_reader).all(|(_, ours)| (ours.said_ms, content(ours, here)) < theirs)
}

/// What a word says, by the names of classes.
fn content(word: &Word, classes: &ClassList) -> String {
    let name = |class: usize| classes.name(class);
    let mut findings: Vec<_> = word.findings.iter().map(|(at, presence)| (name(at), presence)).collect();
    findings.sort_by(|a, b| a.0.cmp(&b.0));
    let boxes: Vec<(String, Rect)> = word.boxes.iter().map(|(class, rect)| (name(*class), *rect)).collect();
    format!("{:?}", (word.label.map(name), findings, boxes, word.nothing_found))
}

/// What was measured there and is new, and by whom.
fn measured(readings: &Readings, events: &[AnnotationEvent], is_new: &dyn Fn(EventId) -> bool) -> Vec<Measured> {
    let last = |of: MeasurementId| {
        let about = |event: &&AnnotationEvent| matches!(&event.change, Change::Measurement { id, .. } if *id == of);
        events.iter().rev().find(about)
    };
    let one = |one: &AnnotatedMeasurement| {
        let by = readings.measured_by.get(&one.id);
        last(one.id).is_some_and(|event| is_new(event.id)).then(|| Measured {
            reader: by.map(|by| words::reader(&by.reader).to_owned()),
            time_ms: by.map(|by| by.said_ms),
            measurement: one.measurement.clone(),
        })
    };
    readings.state.measurements.iter().filter_map(one).collect()
}
