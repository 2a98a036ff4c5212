//! YOLO: a text file a picture, classes as numbers that a list elsewhere names.

mod classes;
mod config;
mod draft;
mod pairs;
mod rows;
mod splits;
pub mod write;

use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::draft::{DraftImage, Drafts};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::{base_name, folder_of, split_of, stem};
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST_OF_ONE, Source, TOGETHER};
use crate::interchange::source::text::text_of;
use crate::interchange::source::walk::File;
use classes::{Classes, List};
use config::Config;
use draft::Labelled;
use rayon::prelude::*;
use rows::Form;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Of so many label files all rows are looked at to tell what rows of seven numbers are.
const LOOKED_INTO: usize = 2000;

impl Format {
    /// Text files as Darknet and Ultralytics have them.
    pub const YOLO: Self = Self::new("yolo", "YOLO");
}

/// Reads [`Format::YOLO`].
pub struct Yolo;

impl Importer for Yolo {
    fn format(&self) -> Format {
        Format::YOLO
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let stems: HashSet<&str> = glance.pictures.iter().map(|name| stem(base_name(name))).collect();
        let is_label = |name: &str| !pairs::is_other_text(name) && stems.contains(stem(base_name(name)));
        let (mut fits, mut first) = (0usize, None);
        for other in glance.others.iter().filter(|other| is_label(&other.name)) {
            let labels = rows::parse_labels(other.whole_lines()?, Form::default());
            // A line may be wrong; where none is right it is another text.
            if labels.rows.is_empty() && !labels.wrong.is_empty() {
                return None;
            }
            fits += usize::from(!labels.rows.is_empty());
            first.get_or_insert(&other.name);
        }
        let first = first.filter(|_| fits > 0)?;
        let reason = format!("{first} has a class and shares a line, and a picture has its name");
        Some(Told { reason, rank: Rank::Annotations })
    }

    fn read(&self, source: &Source, _: &Options) -> Result<Found, ReadError> {
        let mut draft = source.draft();
        let texts = label_files(source);
        let names: Vec<&str> = texts.iter().map(|file| &*file.name).collect();
        let picture_names: Vec<&str> = source.pictures.iter().map(|file| &*file.name).collect();
        let pairs = pairs::pairs(&picture_names, &names);
        let pair = |at: Option<usize>| at.and_then(|at| texts.get(at).copied());
        let wanted: Vec<(usize, &File, &File)> = (0..)
            .zip(source.pictures.iter().zip(&pairs))
            .filter_map(|(at, (picture, text))| Some((at, picture, pair(*text)?)))
            .collect();
        let used: BTreeSet<&str> = wanted.iter().map(|(.., text)| &*text.name).collect();

        let configs = configs(source, &mut draft);
        let classes = classes(source, &configs, &mut draft);
        let (splits, lists) = splits::given(source, &configs, &used, &mut draft);
        let forms = Forms::of(source, &configs, &wanted);
        let with_text = |(at, picture, file): &(usize, &File, &File)| {
            let form = forms.of_file(&file.name, &picture.name);
            (*at, picture.name.to_string(), file.name.to_string(), form, text_of(file, LARGEST_OF_ONE))
        };
        let loaded = |some: &[_]| -> Vec<_> { some.par_iter().map(with_text).collect() };
        let mut unread: Vec<(String, String)> = Vec::new();
        let labelled = wanted.chunks(TOGETHER).flat_map(loaded).filter_map(|(at, picture, file, form, text)| {
            let text = text.map_err(|why| unread.push((file.clone(), why))).ok()?;
            let split = splits.get(&at).copied().or_else(|| split_of(&picture));
            Some(Labelled { picture, split, file, text, form })
        });
        let images = std::mem::take(&mut draft.images);
        let found = draft::draft(&classes, labelled, images);
        draft.left_out.extend(unread);
        if found.images.is_empty() {
            return Err(source.none_of("YOLO label file (.txt) that belongs to a picture", &draft));
        }
        for file in texts.iter().filter(|file| !used.contains(&*file.name) && !lists.contains(&*file.name)) {
            draft.leave_out(file.name.clone(), "no picture below the folder has this name");
        }
        let unlabelled = source.pictures.len() - found.images.len();
        draft.take(found);
        let with_labels: HashSet<usize> = wanted.iter().map(|(at, ..)| *at).collect();
        for (at, split) in splits.iter().filter(|(at, _)| !with_labels.contains(at)) {
            let file = source.pictures.get(*at).map_or_else(String::new, |file| file.name.to_string());
            draft.images.push(DraftImage { file, split: Some(*split), ..DraftImage::default() });
        }
        draft.remarks.extend(classes.sentence());
        draft.conflicts.extend(classes.overruled());
        if unlabelled > 0 {
            draft
                .remarks
                .push(format!("{unlabelled} pictures have no label file: they are taken as not yet looked at."));
        }
        Ok(Found { draft, rest: Rest::Take })
    }
}

/// The files that may be labels. A picture may be called as a list is, test.png: then what is in the file tells.
fn label_files(source: &Source) -> Vec<&File> {
    let mut stems: Option<HashSet<&str>> = None;
    let mut is_label = |file: &&File| {
        if !pairs::is_other_text(&file.name) {
            return true;
        }
        let own = stem(base_name(&file.name));
        let all = || source.pictures.iter().map(|file| stem(base_name(&file.name))).collect();
        has_ending(file, &["txt"])
            && stems.get_or_insert_with(all).contains(own)
            && text_of(file, LARGEST_OF_ONE).is_ok_and(|text| rows::are_labels(&text))
    };
    source.others.iter().filter(|file| is_label(file)).collect()
}

fn has_ending(file: &File, endings: &[&str]) -> bool {
    file.extension().is_some_and(|own| endings.iter().any(|ending| own.eq_ignore_ascii_case(ending)))
}

/// What the files about sets say.
fn configs(source: &Source, draft: &mut Drafts) -> Vec<Config> {
    let mut configs = Vec::new();
    for file in &source.others {
        let (yaml, darknet) = (has_ending(file, &["yaml", "yml"]), has_ending(file, &["data"]));
        if !yaml && !darknet {
            continue;
        }
        let read = text_of(file, LARGEST_OF_ONE).and_then(|text| {
            if yaml { Config::of_yaml(&file.name, &text) } else { Ok(Config::of_darknet(&file.name, &text)) }
        });
        match read {
            Ok(Some(config)) => {
                config.wrong.iter().for_each(|why| draft.leave_out(file.name.clone(), why.clone()));
                configs.push(config);
            }
            Ok(None) => {}
            Err(why) => draft.leave_out(file.name.clone(), why),
        }
    }
    configs
}

/// All lists of class names.
fn classes(source: &Source, configs: &[Config], draft: &mut Drafts) -> Classes {
    let of_config = |config: &Config| List {
        file: config.file.clone(),
        scope: splits::scope(source, config),
        names: config.names.clone(),
    };
    let mut lists: Vec<List> = configs.iter().map(of_config).collect();
    for file in source.others.iter().filter(|file| classes::is_list(&file.name)) {
        match text_of(file, LARGEST_OF_ONE) {
            Ok(text) => lists.push(List {
                file: file.name.to_string(),
                scope: folder_of(&file.name).to_owned(),
                names: classes::parse_classes(&text),
            }),
            Err(why) => draft.leave_out(file.name.clone(), why),
        }
    }
    Classes::of(lists.into_iter())
}

/// What rows are, by the folders of the label files.
struct Forms {
    /// Folders of sets, and their key points where they have any.
    sets: Vec<(String, Option<(usize, usize)>)>,
    /// The folders whose rows of seven numbers all end in a whole one.
    tracked: HashSet<String>,
}

impl Forms {
    fn of(source: &Source, configs: &[Config], wanted: &[(usize, &File, &File)]) -> Self {
        let of_rows = |config: &&Config| !config.names.is_empty() || config.key_points.is_some();
        let set = |config: &Config| (splits::scope(source, config), config.key_points);
        let sets = configs.iter().filter(of_rows).map(set).collect();
        let step = wanted.len().div_ceil(LOOKED_INTO).max(1);
        let looked_into: Vec<&File> = wanted.iter().step_by(step).map(|(.., file)| *file).collect();
        let count = |file: &&File| {
            let text = text_of(file, LARGEST_OF_ONE).ok()?;
            Some((folder_of(&file.name).to_owned(), rows::sevens(&text)))
        };
        let counts: Vec<(String, (usize, usize))> = looked_into.par_iter().filter_map(count).collect();
        let mut folders: HashMap<String, (usize, usize)> = HashMap::new();
        for (folder, (all, whole)) in counts {
            let sum = folders.entry(folder).or_default();
            *sum = (sum.0 + all, sum.1 + whole);
        }
        let tracked = folders.into_iter().filter(|(_, (all, whole))| *all > 0 && all == whole);
        Self { sets, tracked: tracked.map(|(folder, _)| folder).collect() }
    }

    fn of_file(&self, label: &str, picture: &str) -> Form {
        let folders: Vec<&str> = self.sets.iter().map(|(folder, _)| folder.as_str()).collect();
        let near = classes::nearest(&folders, label, picture);
        let mut shapes: Vec<_> = near.iter().filter_map(|at| self.sets.get(*at)).map(|(_, shape)| *shape).collect();
        shapes.dedup();
        // Where several speak of one file and differ, none is believed.
        let key_points = if let [one] = shapes.as_slice() { *one } else { None };
        Form { key_points, tracked: self.tracked.contains(folder_of(label)) }
    }
}

#[cfg(test)]
mod tests;
