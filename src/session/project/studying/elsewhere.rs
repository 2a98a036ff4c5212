//! Studies that were read in several copies of a project: what came of them in the others is taken in with a merge. It is told
//! from the others' logs, which are kept beside this one's, and lies in the settings so that it need not be read again.
//!
//! Of every study, image and reader the latest state is kept, and of a study the earliest end, so that it comes to the same in
//! any order, in any grouping and however often it is done.

use super::{Study, keys_of, planted_in, results, setting, studies_of};
use crate::domain::ImageKey;
use crate::domain::annotation::{IMPORT_READER, imported_reader};
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use crate::store::Store;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The setting under which it lies.
pub(super) const ELSEWHERE: &str = "studies elsewhere";

/// A study, the same in every copy that was made while it ran: the list of its answers, and when it began.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct StudyKey {
    pub digest: String,
    /// In ms since 1970-01-01 UTC.
    pub began_ms: i64,
}

/// What a reader made of a planted answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct PlantedWord {
    pub study: StudyKey,
    pub image: ImageKey,
    /// As people call the reader.
    pub reader: String,
    /// When the reader did something to the image last, in ms since 1970-01-01 UTC: the later state is the one.
    pub at_ms: i64,
    /// Absent where it was taken back while the study ran.
    pub followed: Option<bool>,
    /// When the reader's word of now was said, where that is still the planted answer.
    pub follows_ms: Option<i64>,
}

/// A study of another copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct OtherStudy {
    key: StudyKey,
    /// The model's name.
    name: String,
    images: usize,
    seed: u64,
    by: String,
    ended_ms: Option<i64>,
    /// Who ended it then; absent where an earlier build wrote this.
    #[serde(default)]
    ended_by: Option<String>,
}

/// What is known of other copies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Elsewhere {
    studies: Vec<OtherStudy>,
    pub words: Vec<PlantedWord>,
}

impl Elsewhere {
    /// What the project keeps of it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(store: &Store) -> Result<Self, SessionError> {
        Ok(store.setting(ELSEWHERE)?.unwrap_or_default())
    }

    /// All that a project knows: its own, and what it knows of others.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn whole(store: &Store) -> Result<Self, SessionError> {
        let own = studies_of(store.decisions()?);
        let words = results::said_here(store, &own, &keys_of(&store.images()?))?;
        let studies = own.into_iter().map(OtherStudy::from).collect();
        Ok(Self { studies, words }.with(Self::of(store)?))
    }

    /// Both, each thing once.
    fn with(self, other: Self) -> Self {
        let mut studies: BTreeMap<StudyKey, OtherStudy> = BTreeMap::new();
        for one in self.studies.into_iter().chain(other.studies) {
            let there = studies.entry(one.key.clone()).or_insert_with(|| one.clone());
            (there.ended_ms, there.ended_by) =
                earliest((there.ended_ms, there.ended_by.take()), (one.ended_ms, one.ended_by));
        }
        let mut words: BTreeMap<(StudyKey, ImageKey, String), PlantedWord> = BTreeMap::new();
        for one in self.words.into_iter().chain(other.words) {
            let there =
                words.entry((one.study.clone(), one.image.clone(), one.reader.clone())).or_insert_with(|| one.clone());
            if (there.at_ms, there.followed, there.follows_ms) < (one.at_ms, one.followed, one.follows_ms) {
                *there = one;
            }
        }
        Self { studies: studies.into_values().collect(), words: words.into_values().collect() }
    }

    /// Own studies with those of others, the oldest first. One that ended in one copy has ended: there it was said which images
    /// it was about.
    pub fn all(&self, own: Vec<Study>) -> Vec<Study> {
        let mut all = own;
        for other in &self.studies {
            match all.iter_mut().find(|one| one.is(&other.key)) {
                Some(one) => {
                    (one.ended_ms, one.ended_by) =
                        earliest((one.ended_ms, one.ended_by.take()), (other.ended_ms, other.ended_by.clone()));
                }
                None => all.push(other.clone().into()),
            }
        }
        all.sort_by(|a, b| (a.began_ms, &a.digest).cmp(&(b.began_ms, &b.digest)));
        all
    }
}

/// When a study ended, in ms since 1970-01-01 UTC, and who ended it.
type End = (Option<i64>, Option<String>);

/// The earlier of two ends; of two at the same time the one of which is known who did it.
fn earliest(one: End, other: End) -> End {
    let ended = [one, other].into_iter().filter(|(at, _)| at.is_some());
    ended.min_by_key(|(at, by)| (*at, by.is_none(), by.clone())).unwrap_or_default()
}

impl From<Study> for OtherStudy {
    fn from(study: Study) -> Self {
        let Study { digest, began_ms, name, images, seed, by, ended_ms, ended_by, here: _ } = study;
        let by = words::reader(&by).to_owned();
        Self { key: StudyKey { digest, began_ms }, name, images, seed, by, ended_ms, ended_by }
    }
}

impl From<OtherStudy> for Study {
    fn from(other: OtherStudy) -> Self {
        let OtherStudy { key: StudyKey { digest, began_ms }, name, images, seed, by, ended_ms, ended_by } = other;
        Self { digest, name, images, seed, by, began_ms, ended_ms, ended_by, here: None }
    }
}

impl Core {
    /// Takes in what came of studies in another copy; a sentence where one that runs here had ended there.
    ///
    /// # Errors
    /// When either cannot be read, or this one not be written.
    pub(in crate::session) fn take_studies_of(&mut self, theirs: &Store) -> Result<Option<String>, SessionError> {
        let (before, coming) = (Elsewhere::of(&self.store)?, Elsewhere::whole(theirs)?);
        let known = before.clone().with(coming);
        let mut mended = false;
        for digest in known.studies.iter().map(|one| &one.key.digest) {
            // A list that was damaged in one copy is whole in another.
            if planted_in(&self.store, digest).is_err()
                && let Ok(list) = planted_in(theirs, digest)
            {
                self.store.set_setting(&setting(digest), &list)?;
                mended = true;
            }
        }
        if known != before {
            self.store.set_setting(ELSEWHERE, &known)?;
        }
        let mut said = None;
        let running: Vec<Study> =
            studies_of(self.store.decisions()?).into_iter().filter(|one| one.ended_ms.is_none()).collect();
        for study in running {
            let ended = known.studies.iter().find(|one| study.is(&one.key) && one.ended_ms.is_some());
            let Some((there, end)) = ended.zip(study.ending()) else { continue };
            let by = there.ended_by.as_deref().map_or_else(|| IMPORT_READER.to_owned(), imported_reader);
            self.store.decide(&by, &[end])?;
            said = Some(
                "The study that ran here had ended in the other copy, where it was said which images it was about: it has \
                 ended here, too"
                    .to_owned(),
            );
        }
        if said.is_some() || mended || known != before {
            self.study_changed()?;
        }
        Ok(said)
    }
}

impl Study {
    pub(super) fn is(&self, key: &StudyKey) -> bool {
        self.digest == key.digest && self.began_ms == key.began_ms
    }
}
