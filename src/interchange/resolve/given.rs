//! The splits that a source gives by lists of its pictures, or by naming their folders.

use crate::domain::Split;
use crate::imaging::is_image_name;
use crate::interchange::model::draft::Draft;
use crate::interchange::model::names::{base_name, below, folder_of, path_of, split_of, stem};
use crate::interchange::resolve::locate::Pictures;
use crate::interchange::source::listing::{LARGEST_OF_ONE, Source};
use crate::interchange::source::text::text_of;
use crate::interchange::source::walk::File;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Pictures named in a sentence.
const NAMED: usize = 3;

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Of(Split),
    /// `trainval`: training and validation in one.
    Trained,
}

impl Part {
    /// What the name of a list says, without its ending: `train`, `val2017`, `aeroplane_trainval`.
    pub fn in_name(stem: &str) -> Option<Self> {
        let words: Vec<String> = stem
            .split(|c: char| !c.is_ascii_alphabetic())
            .map(str::to_lowercase)
            .filter(|word| !word.is_empty())
            .collect();
        let both = |pair: &[String]| matches!(pair, [a, b] if a == "train" && b == "val");
        if words.iter().any(|word| word == "trainval") || words.windows(2).any(both) {
            return Some(Self::Trained);
        }
        Split::parse(stem).or_else(|| words.iter().find_map(|word| Split::parse(word))).map(Self::Of)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Of(split) => split.name(),
            Self::Trained => "training and validation",
        }
    }
}

/// What of a line may be a picture's name: all of it, or what stands before the last gap or the first.
fn readings(line: &str) -> impl Iterator<Item = &str> {
    let gap = [' ', '\t', ','];
    let before_last = line.rsplit_once(gap).map(|(name, _)| name.trim_end_matches(gap));
    let before_first = line.split_once(gap).map(|(name, _)| name);
    std::iter::once(line).chain([before_last, before_first].into_iter().flatten().filter(|name| !name.is_empty()))
}

/// The split of each picture that lists beside the pictures give, by its place, and the names of these lists. A file that
/// is called as a list and names pictures, but none that is told apart, is said not to be followed.
pub fn of_lists<Images>(source: &Source, draft: &mut Draft<Images>) -> (BTreeMap<usize, Split>, BTreeSet<String>) {
    let mut given = Given::new(&source.pictures);
    let (mut lists, mut open) = (BTreeSet::new(), BTreeSet::new());
    for file in source.with_extension("txt") {
        let Some(part) = Part::in_name(stem(base_name(&file.name))) else { continue };
        let text = match text_of(file, LARGEST_OF_ONE) {
            Ok(text) => text,
            Err(why) => {
                draft.leave_out(file.name.clone(), why);
                continue;
            }
        };
        let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let names_picture = readings(first).any(|name| is_image_name(Path::new(name)));
        if given.list(&file.name, &text, part, false, draft) {
            lists.insert(file.name.to_string());
        } else if names_picture {
            open.insert(file.name.to_string());
        }
    }
    if !open.is_empty() {
        let open: Vec<&str> = open.iter().map(String::as_str).collect();
        draft.conflicts.push(format!(
            "{} may list the pictures of a split, but no line names one picture that is there: not followed; write the \
             folder before each name, as in CLASS/NAME.png.",
            open.join(", ")
        ));
    }
    (given.settled(draft), lists)
}

/// What lists and named folders say of the pictures, by the place of each.
pub struct Given<'a> {
    files: &'a [File],
    pictures: Pictures<'a>,
    said: BTreeMap<usize, BTreeSet<Part>>,
    by: BTreeSet<String>,
}

impl<'a> Given<'a> {
    /// Nothing yet.
    pub fn new(files: &'a [File]) -> Self {
        Self { files, pictures: Pictures::new(files), said: BTreeMap::new(), by: BTreeSet::new() }
    }

    /// Takes a list of pictures in: a path, a name or a stem a line, and behind it, maybe, something more. Whether any line
    /// names a picture; what names none is left out when some do, or the list is `sure` to be one.
    pub fn list<Images>(&mut self, list: &str, text: &str, part: Part, sure: bool, draft: &mut Draft<Images>) -> bool {
        let (mut found, mut lost, mut first) = (BTreeSet::new(), 0usize, None);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match self.find(line, folder_of(list)) {
                Some(at) => drop(found.insert(at)),
                None => {
                    lost += 1;
                    first.get_or_insert_with(|| line.chars().take(80).collect::<String>());
                }
            }
        }
        if found.is_empty() && !sure {
            return false;
        }
        if let Some(first) = first {
            let why = format!("{lost} of its lines name no picture below the folder, the first: {first}");
            draft.leave_out(list, why);
        }
        self.take(list, part, found)
    }

    /// The picture of a line and what stands behind its name, which is empty where nothing does.
    pub fn with_behind<'l>(&self, line: &'l str, scope: &str) -> Option<(usize, &'l str)> {
        let line = line.trim();
        // Of `1.png 0` the ending is not `png 0`.
        let is_name = |name: &&str| !name.rsplit_once('.').is_some_and(|(_, ending)| ending.contains([' ', '\t', ',']));
        readings(line).filter(is_name).find_map(|name| {
            let at = self.find_exactly(name, scope)?;
            let behind = line.get(name.len()..).unwrap_or_default();
            Some((at, behind.trim_matches([' ', '\t', ','])))
        })
    }

    /// Takes in that all pictures below a folder (empty for the source) are of a part; whether there are any.
    pub fn folder(&mut self, by: &str, folder: &str, part: Part) -> bool {
        let inside = (0..).zip(self.files).filter(|(_, file)| below(&file.name, folder)).map(|(at, _)| at).collect();
        self.take(by, part, inside)
    }

    fn take(&mut self, by: &str, part: Part, found: BTreeSet<usize>) -> bool {
        if found.is_empty() {
            return false;
        }
        self.by.insert(by.to_owned());
        found.into_iter().for_each(|at| self.said.entry(at).or_default().extend([part]));
        true
    }

    /// The picture of a line.
    fn find(&self, line: &str, scope: &str) -> Option<usize> {
        readings(line).find_map(|name| self.find_exactly(name, scope))
    }

    /// The picture of a name that is written so, but for its ending.
    fn find_exactly(&self, name: &str, scope: &str) -> Option<usize> {
        let path = path_of(name);
        let in_place = || self.pictures.find_stem(&path, scope).ok();
        let with_other_ending =
            || self.pictures.find_stem(&format!("{}/{}", folder_of(&path), stem(base_name(&path))), scope).ok();
        self.pictures.find(name, scope).ok().or_else(in_place).or_else(with_other_ending)
    }

    /// The split of each picture that has one, by its place; says what the lists leave open or contradict.
    pub fn settled<Images>(self, draft: &mut Draft<Images>) -> BTreeMap<usize, Split> {
        let name = |at: &usize| self.files.get(*at).map_or("", |file| &*file.name);
        let shown = |places: &[usize]| {
            let more = places.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more}", places.iter().take(NAMED).map(name).collect::<Vec<_>>().join(", "))
        };
        let (mut splits, mut twice, mut trained) = (BTreeMap::new(), BTreeMap::<_, Vec<usize>>::new(), 0usize);
        let (mut moved, mut open) = (Vec::new(), Vec::new());
        for (at, parts) in &self.said {
            let exact: Vec<Split> = parts
                .iter()
                .filter_map(|part| match part {
                    Part::Of(split) => Some(*split),
                    Part::Trained => None,
                })
                .collect();
            let split = exact.iter().copied().max().unwrap_or(Split::Train);
            trained += usize::from(exact.is_empty());
            let contradicts = exact.len() > 1 || (parts.contains(&Part::Trained) && split == Split::Test);
            if contradicts {
                twice.entry((parts.clone(), split)).or_default().push(*at);
            }
            if split_of(name(at)).is_some_and(|folder| folder != split) {
                moved.push(*at);
            }
            splits.insert(*at, split);
        }
        if splits.is_empty() {
            return splits;
        }
        open.extend((0..self.files.len()).filter(|at| !splits.contains_key(at) && split_of(name(at)).is_none()));
        for ((parts, split), places) in &twice {
            let parts: Vec<&str> = parts.iter().map(|part| part.name()).collect();
            draft.conflicts.push(format!(
                "{} {} listed for {}: taken for {}, so that nothing leaks.",
                shown(places),
                if places.len() == 1 { "is" } else { "are" },
                parts.join(" and for "),
                split.name()
            ));
        }
        let by: Vec<&str> = self.by.iter().map(String::as_str).collect();
        draft.remarks.push(format!("the splits are those that {} give.", by.join(", ")));
        if trained > 0 {
            draft.remarks.push(format!(
                "{trained} pictures are listed for training and validation without saying which: they are taken for training."
            ));
        }
        if !moved.is_empty() {
            draft.conflicts.push(format!(
                "the lists give {} another split than the folder's name: the lists are followed.",
                shown(&moved)
            ));
        }
        if !open.is_empty() {
            draft.conflicts.push(format!(
                "{} pictures are in no list of a split ({}): they are trained on; list them, or leave them out, to have it \
                 otherwise.",
                open.len(),
                shown(&open)
            ));
        }
        splits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_lists_say_their_part() {
        let table = [
            ("train", Some(Part::Of(Split::Train))),
            ("val2017", Some(Part::Of(Split::Validation))),
            ("test-dev2017", Some(Part::Of(Split::Test))),
            ("aeroplane_val", Some(Part::Of(Split::Validation))),
            ("trainval", Some(Part::Trained)),
            ("train_val_list", Some(Part::Trained)),
            ("notes", None),
        ];
        for (name, part) in table {
            assert_eq!(Part::in_name(name), part, "{name}");
        }
    }

    #[test]
    fn lists_are_read_however_they_name_their_pictures() {
        let files: Vec<File> = ["a/1.png", "b/1.png", "a/2 x.png", "3.png", "4.png"]
            .iter()
            .map(|name| File::at(name.as_ref(), name))
            .collect();
        let (mut given, mut draft) = (Given::new(&files), Draft::<()>::default());
        let lists = [
            ("train.txt", "/content/set/a/1.png\r\n./b/1.jpg\r\na/2 x.png\r\ngone.png\r\n", Part::Of(Split::Train)),
            ("val.txt", "3  -1\n", Part::Of(Split::Validation)),
            ("trainval.txt", "3 1\n4 1\n", Part::Trained),
            ("test.txt", "a\\1.png\n", Part::Of(Split::Test)),
        ];
        for (name, text, part) in lists {
            assert!(given.list(name, text, part, false, &mut draft), "{name}");
        }
        assert!(!given.list("x.txt", "a note\n", Part::Trained, false, &mut draft));
        use Split::{Test, Train, Validation};
        let splits = given.settled(&mut draft);
        assert_eq!(splits, BTreeMap::from([(0, Test), (1, Train), (2, Train), (3, Validation), (4, Train)]));
        assert_eq!(
            draft.left_out,
            [(
                "train.txt".to_owned(),
                "1 of its lines name no picture below the folder, the first: gone.png".to_owned()
            )]
        );
        assert_eq!(draft.conflicts.len(), 1, "{:?}", draft.conflicts);
        assert!(draft.conflicts[0].starts_with("a/1.png is listed for train and for test: taken for test"));
        assert!(
            draft.remarks[1].starts_with("1 pictures are listed for training and validation"),
            "{:?}",
            draft.remarks
        );
    }
}
