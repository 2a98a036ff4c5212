//! As what readers read, and what qualifies them for it: what the log says last of each. There is no other place for it.

use super::error::StoreError;
use super::now_ms;
use super::project::Store;
use crate::domain::{Decision, DescribedReader, ReaderDescription};
use std::collections::BTreeMap;

impl Store {
    /// What is known of readers, by name as people call them. The latest word counts, wherever it was said.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn described_readers(&self) -> Result<BTreeMap<String, DescribedReader>, StoreError> {
        let mut known: BTreeMap<String, DescribedReader> = BTreeMap::new();
        for event in self.decisions()? {
            let Decision::ReaderDescribed { reader, new, at_ms, .. } = event.decision else { continue };
            let said = DescribedReader { at_ms, description: new };
            if known.get(&reader).is_none_or(|before| *before < said) {
                known.insert(reader, said);
            }
        }
        Ok(known)
    }

    /// Logs, in the name of `by`, as what somebody reads from now on; whether that is anything new.
    ///
    /// # Errors
    /// When it cannot be kept so, or not be written.
    pub fn describe_reader(
        &mut self,
        by: &str,
        reader: &str,
        description: &ReaderDescription,
    ) -> Result<bool, StoreError> {
        let before = self.described_readers()?.remove(reader);
        // Later than what is known, also where a copy whose clock was ahead said it.
        let at_ms = before.as_ref().map_or(now_ms(), |before| now_ms().max(before.at_ms.saturating_add(1)));
        let old = before.map(|before| before.description);
        if old.clone().unwrap_or_default() == *description {
            return Ok(false);
        }
        self.decide(by, &[described(reader, old, description.clone(), at_ms)])?;
        Ok(true)
    }
}

/// The decision that says so.
pub fn described(reader: &str, old: Option<ReaderDescription>, new: ReaderDescription, at_ms: i64) -> Decision {
    Decision::ReaderDescribed { reader: reader.to_owned(), old: old.unwrap_or_default(), new, at_ms }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ReaderRole;
    use crate::store::sample;

    #[test]
    fn the_last_description_holds_is_chained_and_outlives_a_clock_that_was_ahead() {
        let mut project = sample::project(1);
        let student = ReaderDescription::new(ReaderRole::Student, "4th year");
        assert!(project.store.describe_reader("bea", "ada", &student).unwrap());
        assert!(!project.store.describe_reader("bea", "ada", &student).unwrap(), "it is so already");
        assert!(!project.store.describe_reader("bea", "cleo", &ReaderDescription::default()).unwrap());
        let ahead = now_ms() + 86_400_000;
        project.store.decide("bea", &[described("ada", None, student.clone(), ahead)]).unwrap();
        let reader = ReaderDescription::new(ReaderRole::Reader, "radiologist");
        assert!(project.store.describe_reader("ada", "ada", &reader).unwrap());
        let project = project.reopen();
        let known = project.store.described_readers().unwrap();
        assert_eq!((known.len(), &known["ada"].description, known["ada"].at_ms), (1, &reader, ahead + 1));
        project.store.verify_chain().unwrap();
        assert!(project.store.decisions_hold().unwrap());
        let last = project.store.decisions().unwrap().pop().unwrap();
        let Decision::ReaderDescribed { old, .. } = &last.decision else { panic!("{last:?}") };
        assert_eq!((last.reader.as_str(), old, last.decision.inverse()), ("ada", &student, None));
    }

    #[test]
    fn what_is_no_description_is_refused() {
        let mut project = sample::project(1);
        let long = ReaderDescription::new(ReaderRole::Reader, &"a".repeat(300));
        let why = project.store.describe_reader("ada", "ada", &long).unwrap_err().to_string();
        assert!(why.contains("at most 200"), "{why}");
        let nobody = project.store.describe_reader("ada", " ", &ReaderDescription::new(ReaderRole::Teacher, ""));
        assert!(nobody.unwrap_err().to_string().contains("needs a name"));
        assert!(project.store.decisions().unwrap().is_empty());
    }
}
