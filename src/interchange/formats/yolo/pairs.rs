//! Which label file belongs to which picture.

use crate::interchange::model::names::{base_name, folder_of, shared_folders, stem};
use std::collections::HashMap;

/// Whether a text file's name says that it holds no labels.
pub fn is_other_text(name: &str) -> bool {
    let base = base_name(name).to_lowercase();
    let stem = stem(&base);
    !base.ends_with(".txt")
        || ["classes", "train", "val", "valid", "validation", "test", "requirements", "license", "labels"]
            .contains(&stem)
        || stem.starts_with("readme")
        || stem.starts_with("_")
}

/// Pairs each picture with its label file: the same place with `labels` for `images`, the same folder, or the one file
/// of that stem that lies nearest. Both are paths below the source; the result has a place in `texts` a picture.
pub fn pairs(pictures: &[&str], texts: &[&str]) -> Vec<Option<usize>> {
    let mut by_path: HashMap<&str, usize> = HashMap::new();
    let mut by_stem: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, text) in texts.iter().enumerate() {
        by_path.insert(text, at);
        by_stem.entry(stem(base_name(text))).or_default().push(at);
    }
    let mut stems: HashMap<&str, usize> = HashMap::new();
    for picture in pictures {
        *stems.entry(stem(base_name(picture))).or_default() += 1;
    }
    let pair = |picture: &&str| {
        let stem = stem(base_name(picture));
        let parallel = parallel_folders(folder_of(picture));
        let here = parallel
            .iter()
            .map(|folder| if folder.is_empty() { format!("{stem}.txt") } else { format!("{folder}/{stem}.txt") });
        for path in here {
            if let Some(at) = by_path.get(path.as_str()) {
                return Some(*at);
            }
        }
        match by_stem.get(stem)?.as_slice() {
            // Elsewhere, only where no other picture could be meant.
            [only] if stems.get(stem) == Some(&1) => Some(*only),
            several => {
                let near = |at: &usize| texts.get(*at).map_or(0, |text| shared_folders(text, folder_of(picture)));
                let best = several.iter().map(near).max().filter(|shared| *shared > 0)?;
                let mut nearest = several.iter().filter(|at| near(at) == best);
                nearest.next().copied().filter(|_| nearest.next().is_none())
            }
        }
    };
    pictures.iter().map(pair).collect()
}

/// Where the labels of a folder of pictures may lie: with `labels` for one part `images`, the last first, and itself.
fn parallel_folders(folder: &str) -> Vec<String> {
    let parts: Vec<&str> = folder.split('/').collect();
    let mut folders: Vec<String> = Vec::new();
    for at in (0..parts.len()).rev() {
        if parts.get(at).is_some_and(|part| part.eq_ignore_ascii_case("images")) {
            for name in ["labels", "Labels"] {
                let swapped: Vec<&str> =
                    parts.iter().enumerate().map(|(place, part)| if place == at { name } else { *part }).collect();
                folders.push(swapped.join("/"));
            }
        }
    }
    folders.push(folder.to_owned());
    folders.push(if folder.is_empty() { "labels".to_owned() } else { format!("{folder}/labels") });
    folders
}
