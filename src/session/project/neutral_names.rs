//! What images are called while somebody reads without seeing labels: folders are often called as the classes in them.

use crate::files::hash::sha256_hex;
use crate::session::protocol::words;
use std::collections::{HashMap, HashSet};

/// Digits of a hash that tell files of one name apart.
const DIGITS: usize = 6;

/// The file of a name; frames of one file belong together.
fn file(name: &str) -> &str {
    name.rsplit_once('#').map_or(name, |(file, _)| file)
}

/// The last part of each name; where several files have the same, with digits before it that stand for the file and tell
/// nothing of its folder.
pub(super) fn neutral(names: &[&str]) -> Vec<String> {
    let mut files: HashMap<&str, HashSet<&str>> = HashMap::new();
    for name in names {
        files.entry(words::short(name)).or_default().insert(file(name));
    }
    let one = |name: &&str| {
        let short = words::short(name);
        match files.get(short).map_or(0, HashSet::len) {
            0 | 1 => short.to_owned(),
            _ => {
                let hash = sha256_hex(file(name).as_bytes());
                format!("{}/{short}", hash.get(..DIGITS).unwrap_or(&hash))
            }
        }
    };
    names.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_left_out_and_files_of_one_name_stay_apart() {
        let names = ["fractured/1.png", "intact/1.png", "intact/2.png", "a/film.dcm#1", "a/film.dcm#2", "b/film.dcm#1"];
        let neutral = neutral(&names);
        assert_eq!(neutral[2], "2.png");
        let digits = |at: usize| neutral[at].split_once('/').unwrap();
        assert_eq!((digits(0).1, digits(1).1), ("1.png", "1.png"));
        assert_ne!(digits(0).0, digits(1).0);
        assert_eq!((neutral[4].as_str(), digits(3).1), ("film.dcm#2", "film.dcm#1"));
        assert!(neutral.iter().all(|name| !name.contains("intact") && !name.contains("fractured")));
    }
}
