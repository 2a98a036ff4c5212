//! What the folders mean: which name is a class, which a split, which only wraps the rest.

use crate::domain::Split;
use std::cmp::Ordering;
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

/// Whether the names are at least three consecutive whole numbers in order, as grades are.
pub fn are_grades(classes: &[String]) -> bool {
    let numbers: Option<Vec<i64>> = classes.iter().map(|name| name.parse().ok()).collect();
    numbers
        .is_some_and(|n| n.len() >= 3 && n.windows(2).all(|pair| pair.first().map(|v| v + 1) == pair.last().copied()))
}

/// Compares names as people do: runs of digits by their value, letters ignoring case, so `img9` comes before `IMG10`.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        match (left.first(), right.first()) {
            // Names that differ in case or leading zeros only still need one order.
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (n, rest) = digits(left);
                let (m, other) = digits(right);
                match n.len().cmp(&m.len()).then_with(|| n.cmp(m)) {
                    Ordering::Equal => (left, right) = (rest, other),
                    different => return different,
                }
            }
            (Some(x), Some(y)) => match x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase()) {
                Ordering::Equal => (left, right) = (left.get(1..).unwrap_or(&[]), right.get(1..).unwrap_or(&[])),
                different => return different,
            },
        }
    }
}

/// The leading digits without their leading zeros, and what follows.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|c| !c.is_ascii_digit()).unwrap_or(text.len());
    let (run, rest) = text.split_at(end);
    let zeros = run.iter().position(|c| *c != b'0').unwrap_or(run.len());
    (run.get(zeros..).unwrap_or(&[]), rest)
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
    fn numbers_sort_by_value_and_make_grades() {
        let layout = Layout::of(["10/a.png", "9/a.png", "11/a.png"].into_iter());
        assert_eq!(layout.classes(), ["9", "10", "11"]);
        let grades = |names: &[&str]| are_grades(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        assert!(grades(&["9", "10", "11"]));
        assert!(!grades(&["0", "1"]) && !grades(&["0", "2", "3"]) && !grades(&["a", "b", "c"]));
        let mut names = vec!["img10", "Img9", "img009b", "im", "img9"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["im", "Img9", "img9", "img009b", "img10"]);
        let mut names = vec!["img10", "img9", "IMG2", "img02", "a", "img", "img9b", "é1", "e1"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["a", "e1", "img", "IMG2", "img02", "img9", "img9b", "img10", "é1"]);
        assert_eq!(natural_order("1", "99999999999999999999999999"), Ordering::Less);
    }
}
