//! Names of readers that differ from a known one by capitals or spaces alone: nobody is asked who it is, so that a name that is
//! typed otherwise once is another reader, with a list and a way of reading of its own.

use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use std::collections::BTreeSet;

/// A name without capitals and spaces.
fn plain(name: &str) -> String {
    name.split_whitespace().flat_map(str::chars).flat_map(char::to_lowercase).collect()
}

/// A sentence where a name is none of the known ones and differs from one by capitals or spaces alone.
pub(in crate::session) fn like_known<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut like = None;
    for other in known {
        if other == name {
            return None;
        }
        if plain(other) == plain(name) {
            like.get_or_insert(other);
        }
    }
    like.map(|other| {
        format!(
            "\u{201c}{name}\u{201d} is another reader than \u{201c}{other}\u{201d}, who is known here: where that is the same \
             person, use the known name"
        )
    })
}

impl Core {
    /// The names of all readers who said something of images, are described, or are in a plan of readings.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub(in crate::session) fn known_names(&self) -> Result<BTreeSet<String>, SessionError> {
        let mut known: BTreeSet<String> =
            self.store.said_by()?.into_keys().map(|logged| words::reader(&logged).to_owned()).collect();
        known.extend(self.store.described_readers()?.into_keys());
        let plans = self.store.assignments()?.into_iter().filter(|one| one.state.is_some());
        known.extend(plans.flat_map(|one| one.plan.readers));
        Ok(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_like_another_by_capitals_and_spaces_alone() {
        let known = ["Ann Lee", "ben"];
        for like in ["ann lee", "AnnLee", "Ann  Lee"] {
            let said = like_known(like, known).unwrap();
            assert!(said.contains(like) && said.contains("\u{201c}Ann Lee\u{201d}"), "{said}");
        }
        for other in ["Ann Lee", "Ann", "benn", "ben"] {
            assert_eq!(like_known(other, known), None, "{other}");
        }
        // Who is known by both names is known.
        assert_eq!(like_known("ann", ["Ann", "ann"]), None);
    }
}
