//! Label Studio's own exports: a list of tasks as JSON, or a table.

mod answers;
mod config;
mod fields;
mod parse;
mod pictures;
mod regions;
mod results;
mod shape;
mod tasks;
pub mod write;

#[cfg(test)]
mod fields_tests;

use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::columns::Role;
use crate::interchange::model::draft::{Draft, DraftImage, Drafts};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::folder_of;
use crate::interchange::model::options::Options;
use crate::interchange::model::spill::SpillError;
use crate::interchange::resolve::locate::Pictures;
use crate::interchange::resolve::named::place_of;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, Other, Source};
use crate::interchange::source::text::stream_of;
use crate::interchange::source::walk::File;
use config::Configs;
use parse::How;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::BufRead;

impl Format {
    /// Label Studio (labelstud.io).
    pub const LABEL_STUDIO: Self = Self::new("label-studio", "Label Studio");
}

/// Reads [`Format::LABEL_STUDIO`].
pub struct LabelStudio;

impl Importer for LabelStudio {
    fn format(&self) -> Format {
        Format::LABEL_STUDIO
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let is = |other: &&Other| {
            let head = other.head.trim_start();
            let keys = ["\"annotations\"", "\"annotation_id\"", "\"completions\"", "\"annotator\""];
            let columns = || -> Vec<&str> {
                let first = head.lines().next().unwrap_or("");
                first.split([',', ';', '\t']).map(|column| column.trim().trim_matches('"')).collect()
            };
            (other.is("json") && head.starts_with('[') && keys.iter().any(|key| head.contains(key)))
                || ((other.is("csv") || other.is("tsv")) && parse::is_table(&columns()))
        };
        let first = glance.others.iter().find(is)?;
        Some(Told { reason: format!("{} is a list of annotated tasks", first.name), rank: Rank::Annotations })
    }

    /// Reads the exports below a folder. Where none lies in the folder itself, each folder in it is an uploader's: images
    /// are looked for only there, carry its name and are one group. Pictures that lie apart have such folders, too, or
    /// else are looked for everywhere.
    fn read(&self, source: &Source, options: &Options) -> Result<Found, ReadError> {
        let mut draft = source.draft();
        let exports: Vec<&File> = source.others.iter().filter(|file| is_export(&file.name)).collect();
        let wrapper = wrapper(source.pictures.iter().chain(exports.iter().copied()));
        let inside = |name: &str| name.get(wrapper.len()..).unwrap_or(name).trim_start_matches('/').to_owned();
        let folder = |name: &str| inside(name).split_once('/').map(|(first, _)| first.to_owned());
        let codes: BTreeSet<String> = exports.iter().filter_map(|file| folder(&file.name)).collect();
        let has_folder = |file: &File| folder(&file.name).is_some_and(|folder| codes.contains(&folder));
        let by_uploader = !exports.is_empty()
            && exports.iter().all(|file| folder(&file.name).is_some())
            && (!source.apart || source.pictures.iter().any(has_folder));
        let uploader = |name: &str| folder(name).filter(|_| by_uploader).unwrap_or_default();
        let configs = Configs::of(source, &mut draft);
        let class = options.columns.iter().rev().find(|(role, _)| *role == Role::Class).map(|(_, name)| name.as_str());
        let class = class.filter(|name| !name.is_empty());
        let mut read: BTreeSet<String> = BTreeSet::new();
        for file in &exports {
            let code = uploader(&file.name);
            let scope =
                [wrapper.as_str(), code.as_str()].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("/");
            let before = draft.images.len();
            let images = &mut draft.images;
            let config = configs.beside(&file.name);
            let how = How {
                config: config.map(|(_, config)| config),
                class,
                findings: options.findings,
                unlabelled: options.unlabelled,
            };
            let parsed = export_of(file, how, &mut |mut image| {
                image.scope.clone_from(&scope);
                image.uploader = Some(code.clone());
                if image.group.is_none() && !code.is_empty() {
                    image.group = Some(code.clone());
                }
                images.push(image);
            });
            match parsed {
                Ok(mut more) => {
                    // Of what is exported of other pictures nothing comes in, nor the names of its classes.
                    let used = config.filter(|_| !more.classes.is_empty());
                    if let Some((name, _)) = used
                        && names_any(&draft, before, &Pictures::new(&source.pictures))?
                    {
                        more.remarks.push(format!("{name}: which names may be chosen, in their order."));
                    } else {
                        more.classes.clear();
                    }
                    read.insert(code);
                    draft.join(more);
                }
                Err(why) => {
                    draft.images.truncate(before);
                    draft.leave_out(file.name.clone(), why);
                }
            }
        }
        if read.is_empty() {
            return Err(source.none_of("Label Studio export (.json, .csv)", &draft));
        }
        if by_uploader {
            let folders: BTreeSet<String> = source.pictures.iter().map(|file| uploader(&file.name)).collect();
            for folder in folders.iter().filter(|folder| !folder.is_empty() && !read.contains(*folder)) {
                draft.leave_out(format!("{folder}/"), "it holds no Label Studio export that can be read");
            }
        }
        if by_uploader && options.unlabelled {
            unnamed(&mut draft, source, &uploader)?;
        }
        Ok(Found { draft, rest: Rest::Leave })
    }
}

/// Adds the pictures that no export names, each with the uploader whose folder it lies in: all of an uploader stay in one split.
fn unnamed(draft: &mut Drafts, source: &Source, uploader: &dyn Fn(&str) -> String) -> Result<(), SpillError> {
    let pictures = Pictures::new(&source.pictures);
    let mut named = BTreeSet::new();
    for at in 0..draft.images.len() {
        named.extend(place_of(&pictures, &*draft.images.get(at)?));
    }
    for (_, file) in source.pictures.iter().enumerate().filter(|(at, _)| !named.contains(at)) {
        let group = Some(uploader(&file.name)).filter(|code| !code.is_empty());
        draft.images.push(DraftImage { file: file.name.to_string(), group, ..DraftImage::default() });
    }
    Ok(())
}

/// Whether any image from this place on means a picture that is there.
fn names_any(draft: &Drafts, from: usize, pictures: &Pictures) -> Result<bool, SpillError> {
    for at in from..draft.images.len() {
        if place_of(pictures, &*draft.images.get(at)?).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a name is that of an export: Label Studio writes .json, .csv and .tsv.
fn is_export(name: &str) -> bool {
    [".json", ".csv", ".tsv"].iter().any(|e| name.to_lowercase().ends_with(e))
}

/// Hands the images of an export over and returns what else it says.
fn export_of(file: &File, how: How<'_>, images: &mut dyn FnMut(DraftImage)) -> Result<Draft<()>, String> {
    let open = || -> Result<Box<dyn BufRead>, String> { stream_of(file, LARGEST) };
    let is_json = file.name.to_lowercase().ends_with(".json");
    let tasks = |take: &mut dyn FnMut(Value)| {
        if is_json { tasks::of_json(&open, take) } else { tasks::of_table(&open, take) }
    };
    parse::draft(&tasks, how, images)
}

/// The folder that holds everything, where the source only wraps it; empty where it does not.
fn wrapper<'a>(files: impl Iterator<Item = &'a File> + Clone) -> String {
    let mut common = String::new();
    loop {
        let rest = |file: &'a File| file.name.get(common.len()..).unwrap_or("").trim_start_matches('/');
        let mut firsts = files.clone().map(|file| rest(file).split_once('/').map(|(first, _)| first));
        let Some(Some(first)) = firsts.next() else { return common };
        if !firsts.all(|other| other == Some(first)) {
            return common;
        }
        // One folder with the export right in it is an uploader's, or the project itself.
        let below = if common.is_empty() { first.to_owned() } else { format!("{common}/{first}") };
        if files.clone().any(|file| is_export(&file.name) && folder_of(&file.name) == below) {
            return common;
        }
        common = below;
    }
}
