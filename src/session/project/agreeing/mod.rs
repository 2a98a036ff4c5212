//! How far the readers agree: what each said last of each image, told from the log, and compared.

mod boxes;
mod plan;
#[cfg(test)]
mod tests;

pub use plan::AgreementPlan;

use crate::domain::annotation::{IMPORT_READER, is_imported};
use crate::domain::{AnnotationEvent, ClassList, ImageId, Presence, Split};
use crate::evaluation::bootstrap::{Bootstrap, Groups};
use crate::evaluation::raters::{Coefficient, Likeness, Ratings};
use crate::evaluation::readers::agreement;
use crate::session::importing::readings::{Readings, Word, same_findings};
use crate::session::protocol::agreement::{
    Agreement, AskedOfReaders, OfAllReaders, PairOfReaders, ReaderRead, ReaderWord,
};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use crate::store::Store;
use jiff::Zoned;
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
    /// Whether the one of the two who spoke later did so in this program, when what the other had said was in its log already.
    fn could_see(&self, pair: [usize; 2], readers: &[ReaderRead]) -> bool {
        let of = |reader: usize| self.words.get(&reader).map(|word| (word.said_ms, reader, word.logged_ms));
        let [Some(one), Some(other)] = pair.map(of) else { return false };
        let (earlier, later) = if one <= other { (one, other) } else { (other, one) };
        earlier.2 <= later.0 && readers.get(later.1).is_some_and(|later| !later.imported)
    }
}

/// What of the readers' statements is compared.
pub(in crate::session) struct Material {
    pub readers: Vec<ReaderRead>,
    pub shared: Vec<Shared>,
}

impl Material {
    /// Every two readers, those who read most first.
    fn pairs(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        (0..self.readers.len()).flat_map(|one| (one + 1..self.readers.len()).map(move |other| [one, other]))
    }
}

/// Compares the readers of a project, of one split or all images; `None` where `go_on`, which is told how many of how many
/// images were read, said no. What an import says without naming anybody is no reader.
///
/// # Errors
/// When the project cannot be read.
pub fn of(
    store: &Store,
    split: Option<Split>,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<Agreement>, SessionError> {
    let classes = store.classes()?;
    Ok(gather(store, split, go_on)?.map(|material| compare(material, &classes)))
}

/// Compares what was gathered.
pub(in crate::session) fn compare(material: Material, classes: &ClassList) -> Agreement {
    let presences = presences();
    let places: Vec<Option<usize>> = match classes.findings {
        true => classes.finding_places().map(Some).collect(),
        false => vec![None],
    };
    let answers = if classes.findings { &presences } else { classes };
    let of_place = |finding| asked(&material, finding, answers);
    let asked: Vec<AskedOfReaders> = places.into_iter().map(of_place).filter(|asked| asked.shared > 0).collect();
    let boxes = boxes::of(&material, classes);
    Agreement { readers: material.readers, asked, boxes }
}

/// Reads the log, an image after the other.
fn gather(
    store: &Store,
    split: Option<Split>,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<Material>, SessionError> {
    let images: Vec<_> =
        store.images()?.into_iter().filter(|image| split.is_none_or(|split| image.split == split)).collect();
    // How many images each has read, and whether all that each said was imported.
    let mut read: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    let mut shared = Vec::new();
    for (at, image) in images.iter().enumerate() {
        if at % STRIDE == 0 && !go_on(at, images.len()) {
            return Ok(None);
        }
        // A person here and a reader of that name from elsewhere are one: whoever merged two copies worked in both.
        let mut words: BTreeMap<String, Word> = BTreeMap::new();
        for (logged, word) in Readings::of(&store.events(image.id)?).words {
            if logged == IMPORT_READER || !says_something(&word) {
                continue;
            }
            let name = words::reader(&logged).to_owned();
            let here = read.entry(name.clone()).or_insert((0, true));
            here.1 &= is_imported(&logged);
            if words.get(&name).is_none_or(|before| before.said_ms <= word.said_ms) {
                words.insert(name, word);
            }
        }
        for reader in words.keys() {
            if let Some((images, _)) = read.get_mut(reader) {
                *images += 1;
            }
        }
        if words.len() > 1 {
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
    Ok(Some(Material { readers: named.into_iter().map(reader).collect(), shared }))
}

/// What each reader said last of an image, told from its events, the latest last; nothing where fewer than two have.
pub(in crate::session) fn words_of(events: &[AnnotationEvent], classes: &ClassList, now: &Zoned) -> Vec<ReaderWord> {
    let readings = Readings::of(events);
    let state = &readings.state;
    let boxes: Vec<_> = state.boxes.iter().map(|one| (one.class, one.rect)).collect();
    // What an import says without naming anybody is no reader's word.
    let is_word = |(reader, word): &(&String, &Word)| *reader != IMPORT_READER && says_something(word);
    let mut said: Vec<(&String, &Word)> = readings.words.iter().filter(is_word).collect();
    if said.len() < 2 {
        return Vec::new();
    }
    said.sort_by_key(|(_, word)| word.said_ms);
    let word = |(reader, word): (&String, &Word)| {
        let findings = (!word.findings.is_empty()).then(|| words::findings(&word.findings, classes));
        ReaderWord {
            who: words::reader(reader).to_owned(),
            time: words::instant(word.said_ms, now),
            what: words::reading(word.label.map(|label| classes.name(label)).or(findings), word.boxes.len()),
            label: word.label,
            in_force: word.label == state.label
                && word.findings == state.findings
                && same_findings(&word.boxes, &boxes),
        }
    };
    said.into_iter().map(word).collect()
}

fn says_something(word: &Word) -> bool {
    word.label.is_some() || !word.findings.is_empty() || !word.boxes.is_empty() || word.nothing_found
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

fn asked(material: &Material, finding: Option<usize>, classes: &ClassList) -> AskedOfReaders {
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
        let could_see = both.iter().filter(|(image, ..)| image.could_see(readers, &material.readers)).count();
        Some(PairOfReaders { readers, agreement, cells, could_see })
    };
    AskedOfReaders {
        finding,
        answers: classes.names(),
        shared,
        all,
        pairs: material.pairs().filter_map(pair).collect(),
    }
}
