//! How far the readers agree: what each said of each image, last or at the first reading, told from the log, and compared.

mod apart;
mod boxes;
mod first;
#[cfg(test)]
mod first_tests;
mod over_time;
mod plan;
mod repeats;
#[cfg(test)]
mod tests;

pub(in crate::session) use apart::readers_apart;
pub use plan::AgreementPlan;

use crate::domain::annotation::is_readers;
use crate::domain::change::Seeing;
use crate::domain::{AnnotationEvent, ClassList, Findings, ImageId, Presence, Rect, Split};
use crate::evaluation::bootstrap::{Bootstrap, Groups};
use crate::evaluation::raters::{Coefficient, Likeness, Ratings};
use crate::evaluation::readers::{agreement, specific_agreement};
use crate::session::importing::readings::{Readings, Word, same_findings, says_something};
use crate::session::project::influence;
use crate::session::protocol::agreement::{
    Agreement, AskedOfReaders, OfAllReaders, PairOfReaders, ReaderRead, ReaderWord, ReaderWords, Unblinded,
    WhichReadings,
};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use crate::store::Store;
use first::FirstReadings;
use jiff::Zoned;
use over_time::over_time;
use std::collections::BTreeMap;

/// Images that are read from the log between two questions whether to go on.
const STRIDE: usize = 500;

/// An image that several have read.
pub(in crate::session) struct Shared {
    pub image: ImageId,
    pub group: Option<String>,
    /// By reader, as a place in the list of readers.
    pub words: BTreeMap<usize, Word>,
}

impl Shared {
    /// What is known of whether the one of the two who spoke later could see what the other had said: it was in this log already,
    /// and so on screen; it was not; or the later word was said elsewhere.
    fn could_see(&self, pair: [usize; 2]) -> Option<bool> {
        let of = |reader: usize| self.words.get(&reader).map(|word| (word.said_ms, reader, word));
        let [one, other] = pair.map(of);
        let (one, other) = (one?, other?);
        let (earlier, later) = if (one.0, one.1) <= (other.0, other.1) { (one, other) } else { (other, one) };
        match later.2.seeing {
            Seeing::Nothing => Some(false),
            Seeing::InForce if later.2.logged.imported => None,
            // What was revealed is what had been said before.
            Seeing::InForce | Seeing::Revealed => Some(earlier.2.logged.time_ms <= later.0),
        }
    }
}

/// Of how many images the later reader could see the other's word, and of how many that is not known.
fn seen<'a>(images: impl Iterator<Item = &'a Shared>, pair: [usize; 2]) -> Unblinded {
    let mut seen = Unblinded::default();
    for image in images {
        match image.could_see(pair) {
            Some(true) => seen.could_see += 1,
            Some(false) => {}
            None => seen.not_known += 1,
        }
    }
    seen
}

/// What of the readers' statements is compared.
pub(in crate::session) struct Material {
    pub which: WhichReadings,
    pub readers: Vec<ReaderRead>,
    pub shared: Vec<Shared>,
    /// Readings that are no first ones and were left out for that.
    pub late: usize,
}

impl Material {
    /// Every two readers, those who read most first.
    fn pairs(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        (0..self.readers.len()).flat_map(|one| (one + 1..self.readers.len()).map(move |other| [one, other]))
    }
}

/// Compares the readers of a project by their first or last readings, of one split or all images; `None` where `go_on`, which is told how many of how many
/// images were read, and 0 of 0 between two readers and the next, said no. What an import says without naming anybody is no reader.
///
/// # Errors
/// When the project cannot be read.
pub fn of(
    store: &Store,
    which: WhichReadings,
    split: Option<Split>,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<Agreement>, SessionError> {
    let classes = store.classes()?;
    let Some(material) = gather(store, which, split, go_on)? else { return Ok(None) };
    let Some(found) = compare(material, &classes, &|| go_on(0, 0)) else { return Ok(None) };
    let presences = presences();
    let possible = if classes.findings { &presences } else { &classes };
    let repeats = influence::repeated(store, split, &classes, possible)?;
    let influences = influence::of(store, split, go_on)?;
    let box_repeats = repeats::of_boxes(influence::repeated_boxes(store, split, &classes)?, &images_by_group(store)?);
    Ok(influences.map(|influences| Agreement { influences, repeats, box_repeats, ..found }))
}

/// The group of each image that has one.
fn images_by_group(store: &Store) -> Result<BTreeMap<ImageId, String>, SessionError> {
    Ok(store.images()?.into_iter().filter_map(|image| Some((image.id, image.group?))).collect())
}

/// Who has said something of images, those who read most first, whether or not anybody read the same. What an import says
/// without naming anybody is no reader.
///
/// # Errors
/// When the project cannot be read.
pub fn who_read(store: &Store) -> Result<Vec<ReaderRead>, SessionError> {
    Ok(gather(store, WhichReadings::Last, None, &|_, _| true)?.map(|material| material.readers).unwrap_or_default())
}

/// Compares what was gathered; `None` where `go_on`, which is asked between two readers and the next, says no.
pub(in crate::session) fn compare(
    material: Material,
    classes: &ClassList,
    go_on: &dyn Fn() -> bool,
) -> Option<Agreement> {
    let presences = presences();
    let places: Vec<Option<usize>> = match classes.findings {
        true => classes.finding_places().map(Some).collect(),
        false => vec![None],
    };
    let answers = if classes.findings { &presences } else { classes };
    let of_place = |finding| asked(&material, finding, answers, go_on);
    let asked: Vec<AskedOfReaders> = places.into_iter().map(of_place).collect::<Option<_>>()?;
    let asked = asked.into_iter().filter(|asked| asked.shared > 0).collect();
    let boxes = boxes::of(&material, classes, go_on)?;
    let Material { which, readers, late, .. } = material;
    Some(Agreement { which, late, readers, asked, boxes, ..Agreement::default() })
}

/// Reads the log, an image after the other.
fn gather(
    store: &Store,
    which: WhichReadings,
    split: Option<Split>,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<Material>, SessionError> {
    let images: Vec<_> =
        store.images()?.into_iter().filter(|image| split.is_none_or(|split| image.split == split)).collect();
    // How many images each has read, and whether all that each said was imported.
    let mut read: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    let (mut shared, mut late) = (Vec::new(), 0);
    let first = match which {
        WhichReadings::First => Some(FirstReadings::of(store)?),
        WhichReadings::Last => None,
    };
    for (at, image) in images.iter().enumerate() {
        if at % STRIDE == 0 && !go_on(at, images.len()) {
            return Ok(None);
        }
        let mut words: BTreeMap<String, Word> = BTreeMap::new();
        let events = store.events(image.id)?;
        match &first {
            Some(first) => {
                let (said, too_late) = first.words(image.id, &events);
                late += too_late;
                said.into_iter().for_each(|(logged, word)| take_word(&mut words, logged, word, which));
            }
            None => {
                let readings = Readings::of(&events);
                for (logged, word) in readings.words.iter().filter(|(logged, word)| !readings.silenced(logged, word)) {
                    take_word(&mut words, logged.clone(), word.clone(), which);
                }
            }
        }
        for (reader, word) in &words {
            let read = read.entry(reader.clone()).or_insert((0, true));
            *read = (read.0 + 1, read.1 && word.logged.imported);
        }
        // Also where one reader alone has read: it tells how often classes are said.
        if !words.is_empty() {
            shared.push((image, words));
        }
    }
    let mut named: Vec<(String, (usize, bool))> = read.into_iter().collect();
    named.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| a.0.cmp(&b.0)));
    let places: BTreeMap<&str, usize> = named.iter().enumerate().map(|(at, (name, _))| (name.as_str(), at)).collect();
    let placed = |words: BTreeMap<String, Word>| {
        words.into_iter().filter_map(|(reader, word)| Some((*places.get(reader.as_str())?, word))).collect()
    };
    let shared = shared
        .into_iter()
        .map(|(image, words)| Shared { image: image.id, group: image.group.clone(), words: placed(words) })
        .collect();
    let reader = |(name, (images, imported)): (String, (usize, bool))| ReaderRead { name, imported, images };
    Ok(Some(Material { which, readers: named.into_iter().map(reader).collect(), shared, late }))
}

/// A person here and a reader of that name from elsewhere are one, whose last word counts, or first: whoever merged two copies
/// worked in both. What an import says without naming anybody is no reader's word.
fn take_word(words: &mut BTreeMap<String, Word>, logged: String, word: Word, which: WhichReadings) {
    if !is_readers(&logged) || !says_something(&word) {
        return;
    }
    let name = words::reader(&logged);
    let counts = |before: &Word| match which {
        WhichReadings::First => word.said_ms < before.said_ms,
        WhichReadings::Last => before.said_ms <= word.said_ms,
    };
    if words.get(name).is_none_or(counts) {
        words.insert(name.to_owned(), word);
    }
}

/// What each reader said last of an image, by the name that people see, the latest last.
pub(in crate::session) fn words_by_name(readings: &Readings) -> Vec<(String, Word)> {
    let mut said = BTreeMap::new();
    let spoken = readings.words.iter().filter(|(reader, word)| !readings.silenced(reader, word));
    spoken.for_each(|(reader, word)| take_word(&mut said, reader.clone(), word.clone(), WhichReadings::Last));
    let mut said: Vec<(String, Word)> = said.into_iter().collect();
    said.sort_by_key(|(_, word)| word.said_ms);
    said
}

/// What each reader said last of an image, told from its events, the latest last; nothing where fewer than two have.
pub(in crate::session) fn words_of(events: &[AnnotationEvent], classes: &ClassList, now: &Zoned) -> ReaderWords {
    let readings = Readings::of(events);
    let (state, said) = (&readings.state, words_by_name(&readings));
    let boxes: Vec<_> = state.boxes.iter().map(|one| (one.class, one.rect)).collect();
    if said.len() < 2 {
        return ReaderWords::default();
    }
    let same = |one: &Word, label: Option<usize>, findings: &Findings, boxes: &[(usize, Rect)]| {
        one.label == label && one.findings == *findings && same_findings(&one.boxes, boxes)
    };
    let differ = said.iter().zip(said.iter().skip(1)).any(|((_, a), (_, b))| !same(a, b.label, &b.findings, &b.boxes));
    let word = |(reader, word): &(String, Word)| {
        let findings = (!word.findings.is_empty()).then(|| words::findings(&word.findings, classes));
        ReaderWord {
            who: reader.clone(),
            time: words::instant(word.said_ms, now),
            what: words::reading(word.label.map(|label| classes.name(label)).or(findings), word.boxes.len()),
            label: word.label,
            in_force: same(word, state.label, &state.findings, &boxes),
        }
    };
    ReaderWords { differ, words: said.iter().map(word).collect() }
}

/// What can be said of a finding, as classes.
fn presences() -> ClassList {
    let names = Presence::ALL.map(Presence::name);
    // These are three names that differ.
    ClassList::from_names(&names, false).unwrap_or_default()
}

/// What a reader said that is asked for, as a place among the answers.
fn answer(word: &Word, finding: Option<usize>) -> Option<usize> {
    match finding {
        None => word.label,
        // Who looked and found nothing found none of them.
        Some(place) => {
            let nothing = word.nothing_found.then_some(Presence::Absent);
            let said = word.findings.get(place).or(nothing)?;
            Presence::ALL.iter().position(|one| *one == said)
        }
    }
}

fn asked(
    material: &Material,
    finding: Option<usize>,
    classes: &ClassList,
    go_on: &dyn Fn() -> bool,
) -> Option<AskedOfReaders> {
    let said = |image: &Shared, reader: usize| image.words.get(&reader).and_then(|word| answer(word, finding));
    let table: Vec<Vec<Option<usize>>> = material
        .shared
        .iter()
        .map(|image| (0..material.readers.len()).map(|reader| said(image, reader)).collect())
        .collect();
    let groups = Groups::new(material.shared.iter().map(|image| image.group.as_ref()));
    let likenesses: &[Likeness] =
        if classes.ordinal { &[Likeness::Same, Likeness::Quadratic] } else { &[Likeness::Same] };
    let mut all = Vec::new();
    let mut shared = 0;
    for likeness in likenesses {
        let ratings = Ratings::new(&table, &classes.grades(), *likeness);
        shared = ratings.shared();
        let estimates = if shared > 0 { ratings.coefficients(&groups, Bootstrap::default()) } else { Vec::new() };
        let named = Coefficient::ALL.into_iter().zip(estimates);
        all.extend(named.map(|(coefficient, estimate)| OfAllReaders { coefficient, likeness: *likeness, estimate }));
    }
    let pair = |readers: [usize; 2]| {
        let both: Vec<(&Shared, usize, usize)> = material
            .shared
            .iter()
            .filter_map(|image| Some((image, said(image, readers[0])?, said(image, readers[1])?)))
            .collect();
        if both.is_empty() {
            return Some(None);
        }
        if !go_on() {
            return None;
        }
        let groups = Groups::new(both.iter().map(|(image, ..)| image.group.as_ref()));
        let (ours, theirs): (Vec<usize>, Vec<usize>) = both.iter().map(|(_, one, other)| (*one, *other)).unzip();
        let mut cells = vec![vec![Vec::new(); classes.len()]; classes.len()];
        for (image, one, other) in &both {
            if let Some(cell) = cells.get_mut(*one).and_then(|row: &mut Vec<Vec<ImageId>>| row.get_mut(*other)) {
                cell.push(image.image);
            }
        }
        let agreement = agreement(&ours, &theirs, &groups, classes, Bootstrap::default());
        let seen = seen(both.iter().map(|(image, ..)| *image), readers);
        let by_class = specific_agreement(&ours, &theirs, &groups, classes.len(), Bootstrap::default());
        let over_time = over_time(&both, readers, classes.len());
        Some(Some(PairOfReaders { readers, agreement, by_class, over_time, cells, seen }))
    };
    let pairs: Vec<Option<PairOfReaders>> = material.pairs().map(pair).collect::<Option<_>>()?;
    let pairs = pairs.into_iter().flatten().collect();
    Some(AskedOfReaders { finding, answers: classes.names(), shared, all, pairs })
}
