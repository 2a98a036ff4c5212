//! Whether the names of folders may be those of classes, or only say where pictures were put.

use crate::interchange::model::layout::Layout;
use crate::interchange::model::names::stem;
use std::collections::BTreeSet;

/// Words that say that there are pictures, letters only.
const PLACES: [&str; 26] = [
    "image", "images", "img", "imgs", "picture", "pictures", "pics", "photo", "photos", "data", "dataset", "part",
    "batch", "folder", "dir", "files", "scans", "dicom", "dcm", "png", "jpg", "jpeg", "frames", "raw", "patient",
    "study",
];
/// Words before the number of a class.
const NUMBERED: [&str; 10] = ["class", "grade", "kl", "stage", "level", "label", "category", "type", "birads", "score"];

/// Whether the pictures lie in two folders or more that are called as classes may be.
pub fn look_like_classes<'a>(pictures: impl Iterator<Item = &'a str>) -> bool {
    let classes = Layout::of(pictures).classes();
    classes.len() >= 2 && !classes.iter().any(|name| is_place(name)) && !are_numbered(&classes)
}

fn is_place(name: &str) -> bool {
    let lower = stem(name).to_lowercase();
    lower.split(|c: char| !c.is_alphabetic()).any(|word| PLACES.contains(&word))
}

/// Whether all are one word with another number each, `p001`, `p002`, which is no grade.
fn are_numbered(names: &[String]) -> bool {
    let word = |name: &String| name.trim_end_matches(|c: char| c.is_ascii_digit()).to_lowercase();
    let words: BTreeSet<String> = names.iter().map(word).collect();
    let letters = |word: &String| word.chars().filter(|c| c.is_alphabetic()).collect::<String>();
    let numbered = words.len() == 1 && names.iter().all(|name| name.ends_with(|c: char| c.is_ascii_digit()));
    numbered && words.iter().map(letters).all(|word| !word.is_empty() && !NUMBERED.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_places_are_no_classes() {
        for (folders, expected) in [
            (&["cat", "dog"][..], true),
            (&["0", "1", "2"], true),
            (&["grade0", "grade1"], true),
            (&["train/benign", "test/malignant"], true),
            (&["train_images"], false),
            (&["cat"], false),
            (&["HAM10000_images_part_1", "HAM10000_images_part_2"], false),
            (&["images_001/images", "images_002/images"], false),
            (&["patient00001", "patient00002"], false),
            (&["p1", "p2"], false),
        ] {
            let names: Vec<String> = folders.iter().map(|folder| format!("{folder}/a.png")).collect();
            assert_eq!(look_like_classes(names.iter().map(String::as_str)), expected, "{folders:?}");
        }
    }
}
