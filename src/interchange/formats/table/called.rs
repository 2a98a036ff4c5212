//! Which pictures are there, by what tables may call them.

use crate::interchange::model::names::{base_name, folder_of, path_of, stem};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

/// The pictures of a source. Of their names only numbers are kept, since there may be a hundred thousand.
pub struct Called {
    hasher: RandomState,
    names: HashSet<u64>,
    stems: HashSet<u64>,
}

impl Called {
    /// Of pictures with these names below the source.
    pub fn of<'a>(pictures: impl Iterator<Item = &'a str>) -> Self {
        let mut called = Self { hasher: RandomState::new(), names: HashSet::new(), stems: HashSet::new() };
        for name in pictures {
            let base = base_name(name).to_lowercase();
            called.stems.insert(called.hasher.hash_one(stem(&base)));
            called.names.insert(called.hasher.hash_one(&*base));
        }
        called
    }

    /// Whether a cell names a picture that is there: with its extension, another one, or none.
    pub fn is_picture(&self, cell: &str) -> bool {
        let base = base_name(&path_of(cell)).to_lowercase();
        let is = |names: &HashSet<u64>, name: &str| names.contains(&self.hasher.hash_one(name));
        !base.is_empty() && (is(&self.names, &base) || is(&self.stems, &base) || is(&self.stems, stem(&base)))
    }

    /// The path without extension to look for, where no picture is called as the cell says.
    pub fn stem_of(&self, cell: &str) -> Option<String> {
        let path = path_of(cell);
        let base = base_name(&path);
        let (lower, is) =
            (base.to_lowercase(), |names: &HashSet<u64>, name: &str| names.contains(&self.hasher.hash_one(name)));
        if is(&self.names, &lower) {
            return None;
        }
        // Behind the last dot of an identifier (1.2.840.7) is no extension.
        let end = if is(&self.stems, &lower) { base } else { stem(base) };
        Some(path.get(..path.len() - (base.len() - end.len())).unwrap_or(end).to_owned())
    }
}

/// The pictures of folders, for tables that name those.
pub struct Folders<'a> {
    /// Pictures by folder.
    pictures: BTreeMap<&'a str, Vec<&'a str>>,
    /// Folders by the last two parts of their names.
    by_end: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Folders<'a> {
    /// Of pictures with these names below the source.
    pub fn of(pictures: impl Iterator<Item = &'a str>) -> Self {
        let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        pictures.for_each(|name| folders.entry(folder_of(name)).or_default().push(name));
        let mut by_end: HashMap<&str, Vec<&str>> = HashMap::new();
        folders.keys().for_each(|folder| by_end.entry(end_of(folder)).or_default().push(folder));
        Self { pictures: folders, by_end }
    }

    /// The pictures in the folder that is meant by a path, one of which ends as the other does; none where several are.
    pub fn pictures_of(&self, path: &str) -> &[&'a str] {
        let path = path_of(path);
        let path = path.trim_end_matches('/');
        let ends = |long: &str, short: &str| {
            long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        let alone = base_name(path);
        let near = [end_of(path), alone].into_iter().filter_map(|end| self.by_end.get(end)).flatten();
        let mut meant = near.filter(|folder| !folder.is_empty() && (ends(path, folder) || ends(folder, path)));
        let first = meant.next();
        match first {
            Some(folder) if meant.all(|other| other == folder) => {
                self.pictures.get(folder).map(Vec::as_slice).unwrap_or_default()
            }
            _ => &[],
        }
    }
}

/// The last two parts of a path.
fn end_of(path: &str) -> &str {
    let before = path.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at + 1);
    path.get(before..).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_name_pictures_with_and_without_extension() {
        let called = Called::of(["x/A.png", "1.2.840.7.dcm", "b.c.jpg"].into_iter());
        for (cell, there, stem) in [
            ("a.PNG", true, None),
            ("A", true, Some("A")),
            ("http://x/y/a.jpg?z=1", true, Some("x/y/a")),
            ("1.2.840.7", true, Some("1.2.840.7")),
            ("b.c", true, Some("b.c")),
            ("1.2.840", false, Some("1.2")),
            ("", false, Some("")),
        ] {
            assert_eq!((called.is_picture(cell), called.stem_of(cell).as_deref()), (there, stem), "{cell}");
        }
    }

    #[test]
    fn a_folder_is_meant_by_its_path_from_above_and_from_within() {
        let pictures = ["train/W/p1/study1/1.png", "train/W/p1/study1/2.png", "train/W/p2/study1/1.png", "1/x.png"];
        let folders = Folders::of(pictures.into_iter());
        assert_eq!(folders.pictures_of("M/train/W/p1/study1/"), &pictures[..2]);
        assert_eq!(folders.pictures_of("p2/study1/"), &pictures[2..3]);
        assert!(folders.pictures_of("study1/").is_empty(), "there are two");
        assert!(folders.pictures_of("M/valid/W/p1/study1/").is_empty());
        assert_eq!(folders.pictures_of("1/"), &pictures[3..]);
    }
}
