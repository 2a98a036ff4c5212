//! What is said of the findings of an image: each is present, absent, uncertain, or was not looked at.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is said of one finding. A finding that nobody looked at has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Present,
    Absent,
    /// Looked at, and it cannot be said.
    Uncertain,
}

impl Presence {
    /// All of them, for lists.
    pub const ALL: [Self; 3] = [Self::Present, Self::Absent, Self::Uncertain];

    /// What people and files call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Uncertain => "uncertain",
        }
    }

    /// Whether it is there, where that can be said.
    pub fn known(self) -> Option<bool> {
        match self {
            Self::Present => Some(true),
            Self::Absent => Some(false),
            Self::Uncertain => None,
        }
    }
}

impl From<bool> for Presence {
    fn from(there: bool) -> Self {
        if there { Self::Present } else { Self::Absent }
    }
}

/// What is said of the findings of one image; those that it does not hold were not looked at. Keys are indices into the
/// class list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<(usize, Presence)>", into = "Vec<(usize, Presence)>")]
pub struct Findings(BTreeMap<usize, Presence>);

impl Findings {
    /// What is said of one.
    pub fn get(&self, finding: usize) -> Option<Presence> {
        self.0.get(&finding).copied()
    }

    /// Says something of one; `None` takes back what was said.
    pub fn set(&mut self, finding: usize, presence: Option<Presence>) {
        match presence {
            Some(presence) => self.0.insert(finding, presence),
            None => self.0.remove(&finding),
        };
    }

    /// The same with something said of one; `None` takes back what was said.
    pub fn with(mut self, finding: usize, presence: Option<Presence>) -> Self {
        self.set(finding, presence);
        self
    }

    /// Whether nothing is said of any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of how many something is said.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Those of which something is said, in the order of the class list.
    pub fn iter(&self) -> impl Iterator<Item = (usize, Presence)> + '_ {
        self.0.iter().map(|(finding, presence)| (*finding, *presence))
    }

    /// Those that are said to be so, in the order of the class list.
    pub fn that_are(&self, presence: Presence) -> impl Iterator<Item = usize> + '_ {
        self.iter().filter(move |(_, said)| *said == presence).map(|(finding, _)| finding)
    }

    /// The last of which something is said.
    pub fn last(&self) -> Option<usize> {
        self.0.last_key_value().map(|(finding, _)| *finding)
    }

    /// Whether each of these is said to be absent, and there is one: "no finding".
    pub fn all_absent(&self, findings: impl IntoIterator<Item = usize>) -> bool {
        let mut any = false;
        findings.into_iter().all(|finding| {
            any = true;
            self.get(finding) == Some(Presence::Absent)
        }) && any
    }

    /// Where this says nothing of a finding, what the other says of it.
    pub fn filled_with(mut self, other: &Self) -> Self {
        for (finding, presence) in other.iter() {
            self.0.entry(finding).or_insert(presence);
        }
        self
    }
}

impl FromIterator<(usize, Presence)> for Findings {
    fn from_iter<I: IntoIterator<Item = (usize, Presence)>>(said: I) -> Self {
        Self(said.into_iter().collect())
    }
}

impl From<Vec<(usize, Presence)>> for Findings {
    fn from(said: Vec<(usize, Presence)>) -> Self {
        said.into_iter().collect()
    }
}

impl From<Findings> for Vec<(usize, Presence)> {
    fn from(findings: Findings) -> Self {
        findings.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_written_as_pairs_in_order_and_read_again() {
        let said: Findings =
            [(3, Presence::Uncertain), (0, Presence::Present), (12, Presence::Absent)].into_iter().collect();
        let text = serde_json::to_string(&said).unwrap();
        assert_eq!(text, r#"[[0,"present"],[3,"uncertain"],[12,"absent"]]"#);
        assert_eq!(serde_json::from_str::<Findings>(&text).unwrap(), said);
    }

    #[test]
    fn no_finding_is_all_of_them_absent() {
        let said = Findings::default().with(0, Some(Presence::Absent)).with(1, Some(Presence::Absent));
        assert!(said.all_absent([0, 1]) && said.all_absent([1]));
        assert!(!said.all_absent([0, 1, 2]), "the third was not assessed");
        assert!(!said.all_absent([]), "of no finding nothing can be said");
        assert!(!said.clone().with(1, Some(Presence::Uncertain)).all_absent([0, 1]));
        assert_eq!(said.with(0, None).last(), Some(1));
    }
}
