//! The splits of a YOLO set: what its `data.yaml` or `obj.data` names, and lists of pictures that lie about.

use super::config::{Config, joined};
use super::rows::are_labels;
use crate::domain::Split;
use crate::interchange::model::draft::Drafts;
use crate::interchange::model::names::{base_name, below, folder_of, stem};
use crate::interchange::resolve::given::{Given, Part};
use crate::interchange::source::listing::{LARGEST_OF_ONE, Source};
use crate::interchange::source::text::text_of;
use crate::interchange::source::walk::File;
use std::collections::{BTreeMap, BTreeSet};

/// A place that a set's file names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Folder(String),
    List(String),
}

/// The split of each picture that one is given for, by its place, and the lists that give it. `labels` are the label
/// files, which are no lists.
pub fn given(
    source: &Source,
    configs: &[Config],
    labels: &BTreeSet<&str>,
    draft: &mut Drafts,
) -> (BTreeMap<usize, Split>, BTreeSet<String>) {
    let mut given = Given::new(&source.pictures);
    let mut lists: BTreeSet<String> = BTreeSet::new();
    for config in configs {
        for (place, splits) in places(source, config, draft) {
            if let Place::List(list) = &place {
                lists.insert(list.clone());
            }
            let Some(split) = only(&splits) else {
                let names: Vec<&str> = splits.iter().map(|split| split.name()).collect();
                let place = match &place {
                    Place::Folder(folder) if folder.is_empty() => "the whole folder",
                    Place::Folder(place) | Place::List(place) => place,
                };
                draft.conflicts.push(format!(
                    "{} names {place} for {}: that splits nothing.",
                    config.file,
                    names.join(" and for ")
                ));
                continue;
            };
            match place {
                Place::Folder(folder) => drop(given.folder(&config.file, &folder, Part::Of(split))),
                Place::List(list) => {
                    let file = source.others.iter().find(|file| *file.name == *list);
                    take_list(&mut given, file, Part::Of(split), true, draft);
                }
            }
        }
    }
    let loose = |file: &&File| is_text(&file.name) && !labels.contains(&*file.name) && !lists.contains(&*file.name);
    let loose: Vec<&File> = source.others.iter().filter(loose).collect();
    for file in loose {
        if let Some(part) = Part::in_name(stem(base_name(&file.name)))
            && take_list(&mut given, Some(file), part, false, draft)
        {
            lists.insert(file.name.to_string());
        }
    }
    (given.settled(draft), lists)
}

fn is_text(name: &str) -> bool {
    name.to_lowercase().ends_with(".txt")
}

fn only(splits: &BTreeSet<Split>) -> Option<Split> {
    splits.first().copied().filter(|_| splits.len() == 1)
}

fn take_list(given: &mut Given<'_>, file: Option<&File>, part: Part, sure: bool, draft: &mut Drafts) -> bool {
    let Some(file) = file else { return false };
    match text_of(file, LARGEST_OF_ONE) {
        // A label file whose picture is gone is no list.
        Ok(text) => (sure || !are_labels(&text)) && given.list(&file.name, &text, part, sure, draft),
        Err(why) => {
            draft.leave_out(file.name.clone(), why);
            false
        }
    }
}

/// What a set's file names that is there, and for which splits; what is not there is told.
fn places(source: &Source, config: &Config, draft: &mut Drafts) -> BTreeMap<Place, BTreeSet<Split>> {
    let mut places: BTreeMap<Place, BTreeSet<Split>> = BTreeMap::new();
    for (split, written) in &config.splits {
        match place(source, config, written) {
            Some(place) => drop(places.entry(place).or_default().insert(*split)),
            None => {
                let why = format!(
                    "{written}, which it names for {}, is not below the folder: no picture is put there for it",
                    split.name()
                );
                draft.leave_out(config.file.clone(), why);
            }
        }
    }
    places
}

/// The folder or list meant: named from `path`, from the file, or from somewhere above, of which the end is left.
fn place(source: &Source, config: &Config, written: &str) -> Option<Place> {
    let there = |path: &str| {
        if source.pictures.iter().any(|file| below(&file.name, path)) && !path.is_empty() {
            return Some(Place::Folder(path.to_owned()));
        }
        source.others.iter().any(|file| *file.name == *path).then(|| Place::List(path.to_owned()))
    };
    let from = config.folder();
    let root = config.path.as_deref().map(|path| joined(from, path));
    // Roboflow writes ../train/images for what lies beside the file.
    let inner = written.replace('\\', "/");
    let inner = inner.trim_start_matches("../");
    let candidates =
        [root.as_deref().map(|root| joined(root, written)), Some(joined(from, written)), Some(joined(from, inner))];
    if let Some(place) = candidates.iter().flatten().find_map(|path| there(path)) {
        return Some(place);
    }
    if ["", ".", "./"].contains(&written) {
        return Some(Place::Folder(from.to_owned()));
    }
    // Written on another machine: the longest end that is there.
    let path = joined("", written);
    let mut rest = path.as_str();
    while let Some((_, end)) = rest.split_once('/') {
        let beside = joined(from, end);
        if let Some(place) = there(&beside).or_else(|| there(end)) {
            return Some(place);
        }
        rest = end;
    }
    None
}

/// The folder whose labels a set's file speaks of: the one its `path` names, where that is there, else its own.
pub fn scope(source: &Source, config: &Config) -> String {
    let named = config.path.as_deref().map(|path| joined(config.folder(), path));
    let there = |folder: &String| source.pictures.iter().any(|file| below(&file.name, folder));
    named.filter(|folder| !folder.is_empty() && there(folder)).unwrap_or_else(|| folder_of(&config.file).to_owned())
}
