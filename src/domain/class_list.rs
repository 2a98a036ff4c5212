//! The ordered classes of a project, with colour and hotkey.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Colours that stay apart for colour-blind eyes: Okabe and Ito, "Color Universal Design" (2008), without black,
/// which is lost on a dark picture.
pub const OKABE_ITO: [[u8; 3]; 7] =
    [[86, 180, 233], [230, 159, 0], [0, 158, 115], [204, 121, 167], [240, 228, 66], [0, 114, 178], [213, 94, 0]];

/// One class an image or a box may belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    pub name: String,
    /// sRGB.
    pub color: [u8; 3],
    /// The key that labels an image with this class.
    pub hotkey: Option<char>,
    /// An image of this class has nothing to draw a box around: without boxes it is a negative image for models that
    /// draw boxes.
    #[serde(default)]
    pub negative: bool,
    /// What it means, for whoever labels; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// Names of classes, in lower case and without separators, that say there is nothing to find.
const NEGATIVES: [&str; 12] = [
    "normal",
    "negative",
    "healthy",
    "nofinding",
    "nofindings",
    "nothingfound",
    "nonfractured",
    "notfractured",
    "nofracture",
    "unfractured",
    "nopathology",
    "nolesion",
];

/// Words, in lower case, that mean a side.
const LEFT: [&str; 3] = ["left", "l", "lt"];
const RIGHT: [&str; 3] = ["right", "r", "rt"];

/// A name without what does not tell classes apart: in lower case, without blanks around it, one blank where there are
/// several, accents written together with their letters.
pub fn folded(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Ordered classes; an index into it is what models predict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassList {
    pub classes: Vec<Class>,
    /// Whether the order means something, as for Kellgren-Lawrence grades.
    pub ordinal: bool,
    /// Whether each is a finding of its own, of which an image may have several or none; else an image is of one class.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub findings: bool,
}

/// Why a list of names is no class list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassListError {
    EmptyName,
    Duplicate(String),
}

impl std::fmt::Display for ClassListError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::EmptyName => f.write_str("a class has no name: give every class a name"),
            Self::Duplicate(name) => {
                write!(f, "the class {name:?} is named twice: names must differ (case does not count)")
            }
        }
    }
}

impl std::error::Error for ClassListError {}

impl Class {
    /// The class at a place of a list, with the place's colour and, for the first nine, its digit as hotkey; negative
    /// where the name is one of the usual ones for that.
    pub fn at(index: usize, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            color: OKABE_ITO.get(index % OKABE_ITO.len()).copied().unwrap_or_default(),
            hotkey: u32::try_from(index + 1).ok().and_then(|key| char::from_digit(key, 10)),
            negative: means_nothing_to_find(name),
            description: String::new(),
        }
    }
}

impl ClassList {
    /// Classes as they are [at](Class::at) their places.
    pub fn from_names<S: AsRef<str>>(names: &[S], ordinal: bool) -> Result<Self, ClassListError> {
        let mut classes: Vec<Class> = Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            let name = name.as_ref().trim();
            if name.is_empty() {
                return Err(ClassListError::EmptyName);
            }
            if classes.iter().any(|c| c.name.to_lowercase() == name.to_lowercase()) {
                return Err(ClassListError::Duplicate(name.to_owned()));
            }
            classes.push(Class::at(index, name));
        }
        Ok(Self { classes, ordinal, findings: false })
    }

    /// Findings of which an image may have several, [at](Class::at) their places.
    ///
    /// # Errors
    /// As [`Self::from_names`].
    pub fn of_findings<S: AsRef<str>>(names: &[S]) -> Result<Self, ClassListError> {
        Ok(Self { findings: true, ..Self::from_names(names, false)? })
    }

    /// The places of those that are findings: all but a class of images with nothing to find, which a list may have from
    /// before it was one of findings. "Nothing to find" is said of an image by each of these being absent. Empty where an
    /// image is of one class.
    pub fn finding_places(&self) -> impl Iterator<Item = usize> + '_ {
        self.classes.iter().enumerate().filter(|(_, class)| self.findings && !class.negative).map(|(place, _)| place)
    }

    /// Number of classes.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether there is no class.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// The index of a class by its exact name, else ignoring case.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        let wanted = name.trim();
        self.classes
            .iter()
            .position(|c| c.name == wanted)
            .or_else(|| self.classes.iter().position(|c| c.name.to_lowercase() == wanted.to_lowercase()))
    }

    /// The name of a class, or "class N" for an index the list does not have.
    pub fn name(&self, index: usize) -> String {
        self.classes.get(index).map_or_else(|| format!("class {index}"), |c| c.name.clone())
    }

    /// Whether images of the class have nothing to find.
    pub fn is_negative(&self, index: usize) -> bool {
        self.classes.get(index).is_some_and(|c| c.negative)
    }

    /// The grade that each class stands for: the number in its name, where each has one, the names differ in nothing else
    /// and the numbers rise (0, 1, 3, 4; KL0, KL2); else its place.
    pub fn grades(&self) -> Vec<f64> {
        let places = (0..self.len()).map(|place| place as f64);
        let Some(numbers) = self.classes.iter().map(|class| number_in(&class.name)).collect::<Option<Vec<_>>>() else {
            return places.collect();
        };
        let alike = numbers.windows(2).all(|pair| match pair {
            [(before, low, after), (and_before, high, and_after)] => {
                before == and_before && after == and_after && low < high
            }
            _ => true,
        });
        if alike { numbers.iter().map(|(_, number, _)| f64::from(*number)).collect() } else { places.collect() }
    }

    /// Two classes that mean the left and the right of the same: their names differ in such a word only (`left`, `right`;
    /// `Hip L`, `Hip R`).
    pub fn sides(&self) -> Option<(usize, usize)> {
        let words = |name: &str| -> Vec<String> {
            let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
            words.map(str::to_lowercase).collect()
        };
        // With the side's word left open, and which side it is.
        let parted = |name: &str| {
            let mut words = words(name);
            let at = words.iter().position(|word| LEFT.contains(&&**word) || RIGHT.contains(&&**word))?;
            let side = std::mem::take(words.get_mut(at)?);
            Some((words, LEFT.contains(&&*side)))
        };
        let all: Vec<_> = self.classes.iter().map(|class| parted(&class.name)).collect();
        all.iter().enumerate().find_map(|(at, one)| {
            let (words, left) = one.as_ref()?;
            let other = all.iter().position(|other| other.as_ref().is_some_and(|(w, l)| w == words && l != left))?;
            Some(if *left { (at, other) } else { (other, at) })
        })
    }

    /// Names in order.
    pub fn names(&self) -> Vec<String> {
        self.classes.iter().map(|c| c.name.clone()).collect()
    }
}

/// The one whole number in a name, with what stands before and after it; `None` where there is none, or several.
fn number_in(name: &str) -> Option<(&str, u32, &str)> {
    let digit = |c: char| c.is_ascii_digit();
    let begin = name.find(digit)?;
    let (before, rest) = name.split_at_checked(begin)?;
    let (digits, after) = rest.split_at_checked(rest.find(|c| !digit(c)).unwrap_or(rest.len()))?;
    if after.contains(digit) { None } else { Some((before, digits.parse().ok()?, after)) }
}

/// Whether a name, by its usual words, says that there is nothing to find: "Normal", "No Finding".
pub fn means_nothing_to_find(name: &str) -> bool {
    let letters: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    NEGATIVES.contains(&letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_in_two_pieces_tell_no_classes_apart() {
        assert_eq!(folded("Bru\u{308}che "), folded("br\u{fc}che"));
        assert_ne!(folded("Bruche"), folded("br\u{fc}che"));
    }

    #[test]
    fn grades_are_the_numbers_in_the_names_or_else_the_places() {
        let grades = |names: &[&str]| ClassList::from_names(names, true).unwrap().grades();
        for (names, wanted) in [
            (&["0", "1", "3", "4"][..], &[0.0, 1.0, 3.0, 4.0][..]),
            (&["KL0", "KL2", "KL3"], &[0.0, 2.0, 3.0]),
            (&["grade 1 (mild)", "grade 4 (mild)"], &[1.0, 4.0]),
            (&["none", "some", "much"], &[0.0, 1.0, 2.0]),
            (&["3", "1", "2"], &[0.0, 1.0, 2.0]),
            (&["a 1", "b 3"], &[0.0, 1.0]),
            (&["1-2", "3-4"], &[0.0, 1.0]),
            (&["1", "99999999999"], &[0.0, 1.0]),
        ] {
            assert_eq!(grades(names), wanted, "{names:?}");
        }
    }

    #[test]
    fn sides_differ_in_one_word() {
        for (names, sides) in [
            (&["left", "right"][..], Some((0, 1))),
            (&["Hip R", "hip-L", "none"], Some((1, 0))),
            (&["hand_right", "foot_left", "hand_left"], Some((2, 0))),
            (&["left", "straight"], None),
            (&["left hip", "right knee"], None),
            (&["rare", "leftover"], None),
        ] {
            assert_eq!(ClassList::from_names(names, false).unwrap().sides(), sides, "{names:?}");
        }
    }

    #[test]
    fn names_must_be_there_and_differ() {
        assert_eq!(ClassList::from_names(&["a", " "], false), Err(ClassListError::EmptyName));
        assert_eq!(ClassList::from_names(&["Hand", "hand"], false), Err(ClassListError::Duplicate("hand".into())));
    }

    #[test]
    fn usual_names_for_nothing_to_find_are_known() {
        let list = ClassList::from_names(&["Fractured", "Non_fractured", "No Finding", "abnormal"], false).unwrap();
        assert_eq!([0, 1, 2, 3, 4].map(|class| list.is_negative(class)), [false, true, true, false, false]);
    }

    #[test]
    fn the_tenth_class_has_no_digit_left() {
        let names: Vec<String> = (0..10).map(|i| format!("c{i}")).collect();
        let list = ClassList::from_names(&names, false).expect("distinct names");
        assert_eq!(list.classes[8].hotkey, Some('9'));
        assert_eq!(list.classes[9].hotkey, None);
        assert_eq!(list.index_of("C3"), Some(3));
    }
}
