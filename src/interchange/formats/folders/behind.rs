//! What stands behind the pictures' names in lists of splits: a class, in lists such as those of OIA-DDR and ImageNet.

use crate::interchange::model::layout::Layout;
use crate::interchange::model::names::folder_of;
use crate::interchange::resolve::given::Given;
use crate::interchange::source::listing::{LARGEST_OF_ONE, Source};
use crate::interchange::source::text::text_of;
use std::collections::{BTreeMap, BTreeSet};

/// The word behind the name of each picture, by the picture's place. Where most names have none, or some have several
/// words, the lists say something else: then there are none.
pub fn classes(source: &Source, lists: &BTreeSet<String>) -> BTreeMap<usize, String> {
    let given = Given::new(&source.pictures);
    let (mut classes, mut without) = (BTreeMap::new(), 0usize);
    for file in source.with_extension("txt").filter(|file| lists.contains(&*file.name)) {
        let Ok(text) = text_of(file, LARGEST_OF_ONE) else { continue };
        for line in text.lines() {
            let Some((at, behind)) = given.with_behind(line, folder_of(&file.name)) else { continue };
            if behind.contains([' ', '\t', ',']) {
                return BTreeMap::new();
            }
            if behind.is_empty() {
                without += 1;
            } else {
                classes.insert(at, behind.to_owned());
            }
        }
    }
    if without > classes.len() { BTreeMap::new() } else { classes }
}

/// What to say where the words divide the pictures in another way than their folders do; `None` where each word goes with
/// one folder.
pub fn differing(classes: &BTreeMap<usize, String>, source: &Source, layout: &Layout) -> Option<String> {
    let folder = |at: usize| source.pictures.get(at).and_then(|file| layout.place(&file.name).class);
    let pairs: BTreeSet<(String, &str)> =
        classes.iter().filter_map(|(at, word)| Some((folder(*at)?, word.as_str()))).collect();
    let words: BTreeSet<&str> = pairs.iter().map(|(_, word)| *word).collect();
    let folders: BTreeSet<&str> = pairs.iter().map(|(folder, _)| folder.as_str()).collect();
    let first: Vec<&str> = words.iter().take(4).copied().collect();
    (pairs.len() > words.len() || pairs.len() > folders.len()).then(|| {
        format!(
            "what stands behind the pictures' names in the lists of splits ({}) divides them in another way than their \
             folders do: the folders are taken for the classes; to have the other, write a table of images and classes.",
            first.join(", ")
        )
    })
}
