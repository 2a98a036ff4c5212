//! Words in lists of findings that name no finding: PadChest (Bustos et al. 2020, Medical Image Analysis 66) has among its
//! labels words about the report, the image or its use.

use super::mapping::normal;
use crate::domain::class_list::means_nothing_to_find;
use crate::interchange::model::draft::is_called_none;

/// What such a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aside {
    /// The image is not to be used.
    Exclude,
    /// Nothing changed since an earlier image, of which this list says nothing.
    Unchanged,
    /// The image is of little use; of what is on it this says nothing.
    Suboptimal,
}

impl Aside {
    /// What a word of a list says, where it is one of these.
    pub fn of(word: &str) -> Option<Self> {
        match normal(word).as_str() {
            "exclude" => Some(Self::Exclude),
            "unchanged" => Some(Self::Unchanged),
            "suboptimalstudy" => Some(Self::Suboptimal),
            _ => None,
        }
    }

    /// As it is written in those lists.
    fn word(self) -> &'static str {
        match self {
            Self::Exclude => "exclude",
            Self::Unchanged => "unchanged",
            Self::Suboptimal => "suboptimal study",
        }
    }

    /// What became of it in so many rows ("3 rows") of a column.
    pub fn sentence(self, column: &str, rows: &str) -> String {
        let (word, what) = (
            self.word(),
            match self {
                Self::Exclude => {
                    "which asks to leave these images out: nothing is taken of what is said of them, and they count as not \
                     looked at"
                }
                Self::Unchanged => {
                    "which is no finding, but that nothing changed since an earlier image: those named beside it are \
                     present, and of others nothing is said"
                }
                Self::Suboptimal => {
                    "which is no finding, but about the image: those named beside it are taken as ever, and of an image of \
                     which it says no more nothing is taken"
                }
            },
        );
        format!("{column} says {word} in {rows}, {what} (to make a finding of it, --map=\"{word}=NAME\").")
    }
}

/// A list of findings without such words.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rest<'a> {
    pub asides: Vec<Aside>,
    pub names: Vec<&'a str>,
}

impl<'a> Rest<'a> {
    /// Of a list; what a person gave a name is a finding.
    pub fn of(names: &[&'a str], mapped: &[String]) -> Self {
        let mut rest = Self::default();
        for name in names {
            match Aside::of(name).filter(|_| mapped.iter().all(|mapped| mapped != name)) {
                Some(aside) if rest.asides.contains(&aside) => {}
                Some(aside) => rest.asides.push(aside),
                None => rest.names.push(name),
            }
        }
        rest
    }

    /// Whether it says of all findings that it does not name that they are absent.
    pub fn is_whole(&self) -> bool {
        let none = |name: &&str| means_nothing_to_find(name) || is_called_none(name);
        self.names.iter().any(none) || !self.asides.contains(&Aside::Unchanged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_no_findings_are_set_aside_unless_a_person_names_them() {
        let list = ["unchanged", "Mass", "unchanged", "suboptimal study"];
        let rest = Rest::of(&list, &[]);
        assert_eq!(
            (rest.asides.as_slice(), rest.names.as_slice()),
            (&[Aside::Unchanged, Aside::Suboptimal][..], &["Mass"][..])
        );
        assert!(!rest.is_whole() && Rest::of(&["unchanged", "normal"], &[]).is_whole());
        assert!(Rest::of(&["suboptimal study", "Mass"], &[]).is_whole());
        let kept = Rest::of(&["exclude"], &["exclude".to_owned()]);
        assert_eq!((kept.asides.len(), kept.names.as_slice()), (0, &["exclude"][..]));
    }
}
