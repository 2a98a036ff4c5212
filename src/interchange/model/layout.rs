//! What the folders mean: which name is a class, which a split, which only wraps the rest.

use crate::domain::Split;
use crate::interchange::model::names::natural_order;
use std::collections::{BTreeMap, BTreeSet};

/// Where class and split stand in the names of a scan.
pub struct Layout {
    /// Folders at the top that say nothing: all images lie below them.
    wrapping: usize,
    shape: Shape,
    /// Class folder as it is written, in lower case, to the name it goes by.
    classes: BTreeMap<String, String>,
    /// What was noticed on the way, a sentence each.
    pub remarks: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// `class/...` or no folder at all.
    Classes,
    /// `split/class/...`
    SplitsAbove,
    /// `class/split/...`
    SplitsBelow,
}

impl Layout {
    /// Reads the layout from the names (paths below the scanned folder, with `/`).
    pub fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        // What many images have in common is told by their folders, and those are few.
        let folders: BTreeSet<Vec<&str>> = distinct_folders(names);
        let wrapping = wrapping(&folders);
        let inner: BTreeSet<&[&str]> = folders.iter().map(|f| f.get(wrapping..).unwrap_or_default()).collect();
        let shape = shape(&inner);
        let mut layout = Self { wrapping, shape, classes: BTreeMap::new(), remarks: Vec::new() };
        let spellings: BTreeSet<&str> = inner.iter().filter_map(|f| layout.class_and_split(f).0).collect();
        for spelling in spellings {
            let known =
                layout.classes.entry(spelling.trim().to_lowercase()).or_insert_with(|| spelling.trim().to_owned());
            if known != spelling {
                layout
                    .remarks
                    .push(format!("The folders {known:?} and {spelling:?} were taken as one class, {known:?}."));
            }
        }
        layout
    }

    /// The class and the split that the name of an image stands for.
    pub fn place(&self, name: &str) -> (Option<String>, Option<Split>) {
        let folders = folders_of(name);
        let (class, split) = self.class_and_split(folders.get(self.wrapping..).unwrap_or_default());
        (class.and_then(|class| self.classes.get(&class.trim().to_lowercase()).cloned()), split)
    }

    /// The classes' names in natural order.
    pub fn classes(&self) -> Vec<String> {
        let mut names: Vec<String> = self.classes.values().cloned().collect();
        names.sort_by(|a, b| natural_order(a, b));
        names
    }

    fn class_and_split<'a>(&self, folders: &[&'a str]) -> (Option<&'a str>, Option<Split>) {
        let (first, second) = (folders.first().copied(), folders.get(1).copied());
        match self.shape {
            Shape::Classes => (first, None),
            Shape::SplitsAbove => match first.and_then(Split::parse) {
                Some(split) => (second, Some(split)),
                None => (first, None),
            },
            Shape::SplitsBelow => (first, second.and_then(Split::parse)),
        }
    }
}

fn folders_of(name: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    parts
}

/// The folders that hold images, each with those above it; names in one folder come one after the other.
fn distinct_folders<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<Vec<&'a str>> {
    let mut folders = BTreeSet::new();
    let mut last = None;
    for name in names {
        let folder = name.rsplit_once('/').map(|(folder, _)| folder);
        if last != Some(folder) {
            folders.insert(folders_of(name));
            last = Some(folder);
        }
    }
    folders
}

/// How many folders at the top hold everything and have folders below them for every image.
fn wrapping(folders: &BTreeSet<Vec<&str>>) -> usize {
    let mut depth = 0;
    while let Some(first) = folders.first().and_then(|f| f.get(depth)) {
        let common = folders.iter().all(|f| f.get(depth) == Some(first) && f.len() > depth + 1);
        // A lone split folder means what it says; class/train/... has its class above it.
        let splits_below = folders.iter().all(|f| f.get(depth + 1).is_some_and(|name| Split::parse(name).is_some()));
        let classes_below_splits = folders.iter().any(|f| f.len() > depth + 2);
        if !common || Split::parse(first).is_some() || (splits_below && !classes_below_splits) {
            break;
        }
        depth += 1;
    }
    depth
}

fn shape(folders: &BTreeSet<&[&str]>) -> Shape {
    let tops: BTreeSet<&str> = folders.iter().filter_map(|f| f.first().copied()).collect();
    let splits: BTreeSet<Split> = tops.iter().filter_map(|name| Split::parse(name)).collect();
    let all_are = !tops.is_empty() && tops.iter().all(|name| Split::parse(name).is_some());
    if all_are || splits.len() >= 2 {
        return Shape::SplitsAbove;
    }
    let below = folders.iter().all(|f| f.get(1).is_some_and(|name| Split::parse(name).is_some()));
    if below && !folders.is_empty() { Shape::SplitsBelow } else { Shape::Classes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_say_in_every_layout() {
        use Split::{Test, Train, Validation};
        type Expected<'a> = (&'a str, Option<&'a str>, Option<Split>);
        let cases: &[&[Expected]] = &[
            &[("a/1.png", Some("a"), None), ("b/2.png", Some("b"), None), ("b/deep/3.png", Some("b"), None)],
            &[("1.png", None, None), ("2.png", None, None)],
            &[("Train/0/1.png", Some("0"), Some(Train)), ("VAL/1/2.png", Some("1"), Some(Validation))],
            &[("testing/x.png", None, Some(Test)), ("training/y.png", None, Some(Train))],
            &[
                ("train/a/1.png", Some("a"), Some(Train)),
                ("test/a/2.png", Some("a"), Some(Test)),
                ("extra/3.png", Some("extra"), None),
            ],
            &[("set/images/a/1.png", Some("a"), None), ("set/images/b/2.png", Some("b"), None)],
            &[("set/train/a/1.png", Some("a"), Some(Train)), ("set/test/b/2.png", Some("b"), Some(Test))],
            &[("a/train/1.png", Some("a"), Some(Train)), ("b/test/2.png", Some("b"), Some(Test))],
            &[("a/train/1.png", Some("a"), Some(Train)), ("a/test/2.png", Some("a"), Some(Test))],
            &[("lone/1.png", Some("lone"), None), ("lone/2.png", Some("lone"), None)],
            &[("Normal/1.png", Some("Normal"), None), ("normal/2.png", Some("Normal"), None)],
            &[("a/1.png", Some("a"), None), ("2.png", None, None)],
        ];
        for case in cases {
            let names: Vec<&str> = case.iter().map(|(name, ..)| *name).collect();
            let layout = Layout::of(names.iter().copied());
            for (name, class, split) in *case {
                assert_eq!(layout.place(name), (class.map(str::to_owned), *split), "{name} among {names:?}");
            }
        }
    }

    #[test]
    fn classes_come_in_natural_order() {
        let layout = Layout::of(["10/a.png", "9/a.png", "11/a.png"].into_iter());
        assert_eq!(layout.classes(), ["9", "10", "11"]);
    }
}
