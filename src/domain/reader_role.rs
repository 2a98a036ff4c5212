//! As what somebody reads in a project, and what qualifies for it. Nobody is asked to prove it: it is kept so that whoever
//! reads a report knows by whom the truth was said.

use serde::{Deserialize, Serialize};

/// As what somebody reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReaderRole {
    /// Reads images for the first time.
    #[default]
    Reader,
    /// Reads what another has read, independently.
    SecondReader,
    /// Decides where readers differ.
    Adjudicator,
    /// Learns to read: what a student says is no part of what readers are taken to say by a rule.
    Student,
    /// Teaches students.
    Teacher,
}

impl ReaderRole {
    pub const ALL: [Self; 5] = [Self::Reader, Self::SecondReader, Self::Adjudicator, Self::Student, Self::Teacher];

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "Reader",
            Self::SecondReader => "Second reader",
            Self::Adjudicator => "Adjudicator",
            Self::Student => "Student",
            Self::Teacher => "Teacher",
        }
    }

    /// What it means here, in a sentence.
    pub fn means(self) -> &'static str {
        match self {
            Self::Reader => "Reads images for the first time.",
            Self::SecondReader => "Reads what another has read, independently.",
            Self::Adjudicator => "Decides where readers differ.",
            Self::Student => {
                "Learns to read: adjudication by a rule leaves what a student says out, unless asked to take it."
            }
            Self::Teacher => "Teaches students.",
        }
    }

    /// Whether a rule that makes one word of several readers' leaves this one out.
    pub fn is_student(self) -> bool {
        match self {
            Self::Student => true,
            Self::Reader | Self::SecondReader | Self::Adjudicator | Self::Teacher => false,
        }
    }
}

/// As what somebody reads, and what qualifies for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReaderDescription {
    #[serde(default)]
    pub role: ReaderRole,
    /// As it was typed: "radiologist, 12 years"; empty where nothing is known.
    #[serde(default)]
    pub qualification: String,
}

impl ReaderDescription {
    /// The most characters that a qualification has.
    pub const LONGEST: usize = 200;

    /// With what was typed in one line, without what stands around it.
    pub fn new(role: ReaderRole, qualification: &str) -> Self {
        Self { role, qualification: qualification.split_whitespace().collect::<Vec<_>>().join(" ") }
    }

    /// "Second reader, radiologist, 12 years".
    pub fn in_words(&self) -> String {
        match self.qualification.as_str() {
            "" => self.role.name().to_owned(),
            known => format!("{}, {known}", self.role.name()),
        }
    }

    /// Why it cannot be kept; `None` where it can.
    pub fn problem(&self) -> Option<String> {
        let length = self.qualification.chars().count();
        if length > Self::LONGEST {
            return Some(format!(
                "a qualification has at most {} characters and this one has {length}: say it shorter",
                Self::LONGEST
            ));
        }
        let in_one_line = !self.qualification.chars().any(char::is_control);
        (!in_one_line).then(|| "a qualification is one line of text".to_owned())
    }
}

/// What holds of a reader, and since when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DescribedReader {
    /// When it was said, in milliseconds since 1970-01-01 UTC; of two the later one holds, and of two at the same instant the
    /// greater one, so that two copies that know both agree.
    pub at_ms: i64,
    pub description: ReaderDescription,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_one_short_line() {
        let of = |text: &str| ReaderDescription::new(ReaderRole::SecondReader, text);
        assert_eq!(of("  radiologist,\n 12 years ").in_words(), "Second reader, radiologist, 12 years");
        assert_eq!(of(" ").in_words(), "Second reader");
        assert_eq!(of(&"ä".repeat(200)).problem(), None);
        assert!(of(&"a".repeat(201)).problem().unwrap().contains("201"));
        let raw = ReaderDescription { role: ReaderRole::Reader, qualification: "a\nb".into() };
        assert!(raw.problem().unwrap().contains("one line"));
    }

    #[test]
    fn roles_are_kept_by_names_that_stay() {
        let kept = ReaderRole::ALL.map(|role| serde_json::to_string(&role).unwrap());
        assert_eq!(kept, ["\"reader\"", "\"second_reader\"", "\"adjudicator\"", "\"student\"", "\"teacher\""]);
    }
}
