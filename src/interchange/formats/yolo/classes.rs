//! Which list names the classes of which label file: each folder's own, and where it has none that of the folder above.

use super::rows::MOST_CLASSES;
use crate::interchange::model::names::{base_name, below, folder_of};
use std::cell::RefCell;
use std::collections::HashMap;

/// A list of class names, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub file: String,
    /// The folder whose labels it names: its own, or the one it says.
    pub scope: String,
    /// By number; those that have none are empty.
    pub names: Vec<String>,
}

/// The class names of `classes.txt`, `obj.names` and the like: one a line.
pub fn parse_classes(text: &str) -> Vec<String> {
    let text = text.trim_start_matches('\u{feff}').trim_end();
    text.lines().take(MOST_CLASSES).map(|line| line.trim().to_owned()).collect()
}

/// Whether a file's name says that it is a list of classes.
pub fn is_list(name: &str) -> bool {
    let base = base_name(name).to_lowercase();
    ["classes.txt", "_darknet.labels", "labels.txt"].contains(&base.as_str()) || base.ends_with(".names")
}

/// The places, among folders, of those nearest to a label file: the deepest it lies below, else the deepest that its
/// picture lies below, else all.
pub fn nearest(folders: &[&str], label: &str, picture: &str) -> Vec<usize> {
    let deepest = |path: &str| {
        let above = || (0..).zip(folders).filter(|(_, folder)| below(path, folder));
        let depth = |folder: &str| if folder.is_empty() { 0 } else { 1 + folder.matches('/').count() };
        let most = above().map(|(_, folder)| depth(folder)).max()?;
        Some(above().filter(|(_, folder)| depth(folder) == most).map(|(at, _)| at).collect())
    };
    deepest(label).or_else(|| deepest(picture)).unwrap_or_else(|| (0..folders.len()).collect())
}

/// All lists of a source.
#[derive(Default)]
pub struct Classes {
    lists: Vec<List>,
    /// The places of the lists for the labels and pictures of two folders.
    known: RefCell<HashMap<(String, String), Vec<usize>>>,
}

impl Classes {
    /// These lists; those that name nothing are none.
    pub fn of(lists: impl Iterator<Item = List>) -> Self {
        let lists = lists.filter(|list| list.names.iter().any(|name| !name.is_empty())).collect();
        Self { lists, known: RefCell::default() }
    }

    /// Whether nothing names any class.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// The name of a class in a label file that belongs to a picture.
    ///
    /// # Errors
    /// Why it has none, in words that go behind the file's name.
    pub fn name(&self, class: usize, label: &str, picture: &str) -> Result<&str, String> {
        let near: Vec<&List> = self.near(label, picture).into_iter().filter_map(|at| self.lists.get(at)).collect();
        let files = || near.iter().map(|list| list.file.as_str()).collect::<Vec<_>>().join(" and ");
        let mut names: Vec<&str> = near.iter().filter_map(|list| list.names.get(class)).map(String::as_str).collect();
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [] => {
                let most = near.iter().map(|list| list.names.len()).max().unwrap_or(0);
                Err(format!("class {class} is out of range: {} names {most}", files()))
            }
            [one] => Ok(one),
            several => Err(format!(
                "{} name class {class} differently ({}): its boxes are left out; put the right list beside the labels, and \
                 take the other away",
                files(),
                several.join(", ")
            )),
        }
    }

    fn near(&self, label: &str, picture: &str) -> Vec<usize> {
        let key = (folder_of(label).to_owned(), folder_of(picture).to_owned());
        let mut known = self.known.borrow_mut();
        let near = known.entry(key).or_insert_with(|| {
            let folders: Vec<&str> = self.lists.iter().map(|list| list.scope.as_str()).collect();
            nearest(&folders, label, picture)
        });
        near.clone()
    }

    /// The classes of all lists, each once, in the order they come.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.lists.iter().flat_map(|list| &list.names).filter(|name| !name.is_empty()) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// What names the classes, in a sentence; `None` without a list.
    pub fn sentence(&self) -> Option<String> {
        let files: Vec<&str> = self.lists.iter().map(|list| list.file.as_str()).collect();
        match files.as_slice() {
            [] => None,
            [one] => Some(format!("the classes are named by {one}.")),
            several => Some(format!(
                "the classes are named by {}: each names the labels below its own folder{}.",
                several.join(", "),
                if self.agree() { "" } else { ", and as they number them differently, classes are one by their names" }
            )),
        }
    }

    /// Whether no two lists name a number differently.
    fn agree(&self) -> bool {
        let longest = self.lists.iter().map(|list| list.names.len()).max().unwrap_or(0);
        (0..longest).all(|class| {
            let mut names = self.lists.iter().filter_map(|list| list.names.get(class)).filter(|name| !name.is_empty());
            let first = names.next();
            names.all(|name| Some(name) == first)
        })
    }

    /// Where a list lies below another that names a number differently: labels below both have the nearer one's names.
    pub fn overruled(&self) -> Vec<String> {
        let differ = |a: &List, b: &List| {
            a.names.iter().zip(&b.names).position(|(a, b)| a != b && !a.is_empty() && !b.is_empty())
        };
        let mut sentences = Vec::new();
        for inner in &self.lists {
            let folder = inner.scope.as_str();
            let above = |outer: &&List| outer.scope != folder && below(folder, &outer.scope);
            for outer in self.lists.iter().filter(above) {
                if let Some(class) = differ(inner, outer) {
                    sentences.push(format!(
                        "{} and {} name class {class} differently: labels below {folder} are named by {}, which lies nearer; \
                         take the wrong one away.",
                        inner.file, outer.file, inner.file
                    ));
                }
            }
        }
        sentences
    }
}
