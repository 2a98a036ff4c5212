//! Patients whom the names of images tell, where nothing else does: one in two splits is told, and nothing is moved.

use crate::domain::Split;
use std::collections::{BTreeMap, BTreeSet};

/// What stands before a patient's number in a name.
const WORDS: [&str; 8] = ["patient", "person", "subject", "participant", "pat", "subj", "case", "pid"];
/// Patients named in a sentence.
const NAMED: usize = 4;

/// The patients that names tell, with their splits.
#[derive(Default)]
pub struct People {
    splits: BTreeMap<String, (BTreeSet<Split>, usize)>,
    /// Names that tell one, by the word before the number as it is written.
    words: BTreeMap<String, usize>,
}

impl People {
    /// The next image.
    pub fn take(&mut self, name: &str, split: Option<Split>) {
        let Some((word, number)) = person(name) else { return };
        *self.words.entry(word.to_owned()).or_default() += 1;
        let (splits, images) = self.splits.entry(format!("{word}{number}")).or_default();
        splits.extend(split);
        *images += 1;
    }

    /// What to say where patients are in several splits, or may come to be, since none is given; `None` where names tell
    /// too few of so many images.
    pub fn sentence(&self, images: usize) -> Option<String> {
        let (word, count) = self.words.iter().max_by_key(|(_, count)| **count)?;
        let given = self.splits.values().any(|(splits, _)| !splits.is_empty());
        let several: Vec<&str> = self
            .splits
            .iter()
            .filter(|(name, _)| name.starts_with(word.as_str()))
            .filter(|(_, (splits, images))| if given { splits.len() > 1 } else { *images > 1 })
            .map(|(name, _)| name.as_str())
            .collect();
        if several.is_empty() || 2 * count < images {
            return None;
        }
        let more = several.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let what = if given {
            "images of one are in different splits, and what is tested on was learned from"
        } else {
            "images of one may come into different splits, and what is tested on be learned from"
        };
        Some(format!(
            "the names of images tell patients, as it seems ({}{more}): {what}. --group \"({word}\\d+)\" keeps each in one \
             split.",
            several.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ")
        ))
    }
}

/// The word and the number of a patient in the last part of a name: `train/A/person12_virus_3.png`, `patient_007_2.png`.
fn person(name: &str) -> Option<(&str, &str)> {
    let base = name.rsplit('/').next()?;
    let lower = base.to_ascii_lowercase();
    let at_word = |at: usize, word: &str| {
        let begins = !lower.get(..at)?.ends_with(|c: char| c.is_alphabetic());
        let behind = lower.get(at + word.len()..)?;
        let numbered = behind.strip_prefix(['-', '_', ' ']).unwrap_or(behind);
        let digits = numbered.find(|c: char| !c.is_ascii_digit()).unwrap_or(numbered.len());
        let from = lower.len() - numbered.len();
        let found = begins && digits > 0;
        found.then(|| Some((base.get(at..from)?, base.get(from..from + digits)?)))?
    };
    WORDS.iter().find_map(|word| lower.match_indices(word).find_map(|(at, _)| at_word(at, word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patients_in_two_splits_are_told_by_their_names() {
        let of = |names: &[(&str, Split)]| {
            let mut people = People::default();
            names.iter().for_each(|(name, split)| people.take(name, Some(*split)));
            people.sentence(names.len())
        };
        let (train, test) = (Split::Train, Split::Test);
        let said = of(&[("train/A/person7_1.png", train), ("test/A/person7_2.png", test)]);
        assert!(said.is_some_and(|said| said.contains("person7)") && said.contains("(person\\d+)")));
        assert_eq!(of(&[("person7_1.png", train), ("person7_2.png", train), ("person71_2.png", test)]), None);
        let few =
            [("person7_1.png", train), ("person7_2.png", test), ("a.png", train), ("b.png", test), ("c.png", test)];
        assert_eq!(of(&few), None, "names of few images tell patients");
        assert_eq!(person("x/7_Patient003_b.png"), Some(("Patient", "003")));
        assert_eq!(person("patient007/1.png"), None, "folders are read elsewhere");
        assert_eq!(person("pat-12_1.png"), Some(("pat-", "12")));
        assert_eq!(person("showcase1.png"), None);
        let drawn = |names: [&str; 2]| {
            let mut people = People::default();
            names.iter().for_each(|name| people.take(name, None));
            people.sentence(2)
        };
        assert!(drawn(["pat_1_a.png", "pat_1_b.png"]).is_some_and(|said| said.contains("may come")));
        assert_eq!(drawn(["pat_1.png", "pat_2.png"]), None);
        assert_eq!(person("\u{e9}person1.png"), None);
    }
}
