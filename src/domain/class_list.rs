//! The ordered classes of a project, with colour and hotkey.

use serde::{Deserialize, Serialize};

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

/// A name without what does not tell classes apart: in lower case, without blanks around it, one blank where there are
/// several.
pub fn folded(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Ordered classes; an index into it is what models predict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassList {
    pub classes: Vec<Class>,
    /// Whether the order means something, as for Kellgren-Lawrence grades.
    pub ordinal: bool,
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
            negative: says_nothing_to_find(name),
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
        Ok(Self { classes, ordinal })
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

    /// Names in order.
    pub fn names(&self) -> Vec<String> {
        self.classes.iter().map(|c| c.name.clone()).collect()
    }
}

fn says_nothing_to_find(name: &str) -> bool {
    let letters: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    NEGATIVES.contains(&letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

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
