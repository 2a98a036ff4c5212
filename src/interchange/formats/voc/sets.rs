//! The splits of a set: the lists below `ImageSets`, or lists of pictures that lie elsewhere.

use crate::domain::Split;
use crate::interchange::model::draft::Drafts;
use crate::interchange::model::names::{base_name, folder_of, stem};
use crate::interchange::resolve::given::{Given, Part};
use crate::interchange::source::listing::{LARGEST_OF_ONE, Source};
use crate::interchange::source::text::text_of;
use crate::interchange::source::walk::File;
use std::collections::{BTreeMap, BTreeSet};

/// Folders of lists, the first that is there being the one meant: `Main` is of all, the others are of parts of a set.
const KINDS: [&str; 5] = ["main", "", "layout", "segmentation", "action"];

/// The split of each picture that one is given for, by its place.
pub fn given(source: &Source, draft: &mut Drafts) -> BTreeMap<usize, Split> {
    let mut given = Given::new(&source.pictures);
    let lists: Vec<&File> = source.with_extension("txt").collect();
    let of_sets = of_sets(&lists);
    let (lists, sure) = if of_sets.is_empty() { (lists, false) } else { (of_sets, true) };
    for file in lists {
        let Some(part) = Part::in_name(stem(base_name(&file.name))) else { continue };
        match text_of(file, LARGEST_OF_ONE) {
            Ok(text) => drop(given.list(&file.name, &text, part, sure, draft)),
            Err(why) => draft.leave_out(file.name.clone(), why),
        }
    }
    given.settled(draft)
}

/// The lists below `ImageSets` that say the split of a whole set. A list of one class, `aeroplane_train`, says no more
/// than the whole one does, and is taken where that is missing.
fn of_sets<'a>(lists: &[&'a File]) -> Vec<&'a File> {
    let mut sets: BTreeMap<&str, BTreeMap<usize, Vec<&File>>> = BTreeMap::new();
    for file in lists {
        if let Some((set, kind)) = set_of(&file.name) {
            sets.entry(set).or_default().entry(kind).or_default().push(*file);
        }
    }
    let firsts = sets.into_values().filter_map(|kinds| kinds.into_values().next());
    firsts
        .flat_map(|files| {
            let part = |file: &&File| Part::in_name(stem(base_name(&file.name)));
            let whole = |file: &&File| {
                let name = stem(base_name(&file.name));
                Split::parse(name).is_some() || name.eq_ignore_ascii_case("trainval")
            };
            let wholes: BTreeSet<Part> = files.iter().copied().filter(whole).filter_map(|file| part(&file)).collect();
            files.into_iter().filter(move |file| whole(file) || part(file).is_some_and(|part| !wholes.contains(&part)))
        })
        .collect()
}

/// The folder of the set that a list below `ImageSets` belongs to, and the place of its kind.
fn set_of(list: &str) -> Option<(&str, usize)> {
    let folder = folder_of(list);
    let (above, kind) = match folder.rsplit_once('/') {
        Some((above, last)) if base_name(above).eq_ignore_ascii_case("imagesets") => (above, last),
        _ => (folder, ""),
    };
    let kind = KINDS.iter().position(|one| one.eq_ignore_ascii_case(kind))?;
    base_name(above).eq_ignore_ascii_case("imagesets").then(|| (folder_of(above), kind))
}
