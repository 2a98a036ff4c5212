//! YOLO: a text file a picture, classes as numbers that a list elsewhere names.

pub mod labels;

use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::draft::Drafts;
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::{base_name, stem};
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST_OF_ONE, Source, TOGETHER};
use crate::interchange::source::text::text_of;
use crate::interchange::source::walk::File;
use rayon::prelude::*;
use std::collections::HashSet;

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
        let is_label = |name: &str| !labels::is_other_text(name) && stems.contains(stem(base_name(name)));
        let (mut fits, mut first) = (0usize, None);
        for other in glance.others.iter().filter(|other| is_label(&other.name)) {
            let whole = other.whole_lines()?;
            if !labels::parse_labels(whole).wrong.is_empty() {
                return None;
            }
            fits += usize::from(!whole.trim().is_empty());
            first.get_or_insert(&other.name);
        }
        let first = first.filter(|_| fits > 0)?;
        let reason = format!("{first} has a class and shares a line, and a picture has its name");
        Some(Told { reason, rank: Rank::Annotations })
    }

    fn read(&self, source: &Source, _: &Options) -> Result<Found, ReadError> {
        let mut draft = source.draft();
        let texts: Vec<&File> = source.others.iter().filter(|file| !labels::is_other_text(&file.name)).collect();
        let names: Vec<&str> = texts.iter().map(|file| &*file.name).collect();
        let picture_names: Vec<&str> = source.pictures.iter().map(|file| &*file.name).collect();
        let pairs = labels::pairs(&picture_names, &names);
        let mut used = vec![false; texts.len()];
        let mut wanted = Vec::new();
        for (picture, pair) in source.pictures.iter().zip(&pairs) {
            if let Some((at, text)) = pair.and_then(|at| Some((at, *texts.get(at)?))) {
                if let Some(used) = used.get_mut(at) {
                    *used = true;
                }
                wanted.push((picture, text));
            }
        }
        let (classes, from) = yolo_classes(&source.others, &mut draft);
        let loaded = |pairs: &[(&File, &File)]| -> Vec<_> {
            pairs
                .par_iter()
                .map(|(picture, file)| (picture.name.clone(), file.name.clone(), text_of(file, LARGEST_OF_ONE)))
                .collect()
        };
        let mut unread: Vec<(String, String)> = Vec::new();
        let texts_of = wanted.chunks(TOGETHER).flat_map(loaded).filter_map(|(picture, file, text)| {
            let text = text.map_err(|why| unread.push((file.to_string(), why))).ok()?;
            Some((picture.into(), file.into(), text))
        });
        let images = std::mem::take(&mut draft.images);
        let found = labels::draft(classes, texts_of, images);
        draft.left_out.extend(unread);
        if found.images.is_empty() {
            return Err(source.none_of("YOLO label file (.txt) that belongs to a picture", &draft));
        }
        for (file, _) in texts.iter().zip(&used).filter(|(_, used)| !**used) {
            draft.leave_out(file.name.clone(), "no picture below the folder has this name");
        }
        let unlabelled = source.pictures.len() - found.images.len();
        draft.take(found);
        if let Some(from) = from {
            draft.remarks.push(format!("the classes are named by {from}."));
        }
        if unlabelled > 0 {
            draft
                .remarks
                .push(format!("{unlabelled} pictures have no label file: they are taken as not yet looked at."));
        }
        Ok(Found { draft, rest: Rest::Take })
    }
}

/// The class names of the first file that has any, and which that was: data.yaml before lists.
fn yolo_classes(others: &[File], draft: &mut Drafts) -> (Vec<String>, Option<String>) {
    let lists = ["classes.txt", "obj.names", "_darknet.labels", "labels.txt"];
    let yaml = others.iter().filter(|f| [".yaml", ".yml"].iter().any(|e| f.name.to_lowercase().ends_with(e)));
    let list = others.iter().filter(|f| {
        let base = base_name(&f.name).to_lowercase();
        lists.contains(&base.as_str()) || base.ends_with(".names")
    });
    for file in yaml.chain(list) {
        let parse =
            if file.name.to_lowercase().ends_with("ml") { labels::parse_yaml_names } else { labels::parse_classes };
        match text_of(file, LARGEST_OF_ONE).map(|text| parse(&text)) {
            Ok(names) if names.iter().any(|name| !name.is_empty()) => return (names, Some(file.name.to_string())),
            Ok(_) => {}
            Err(why) => draft.leave_out(file.name.clone(), why),
        }
    }
    (Vec::new(), None)
}
