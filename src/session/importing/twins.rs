//! Pictures that lie there twice under one name with different endings, as `7.png` and `7.jpg`: one may be made of the
//! other, and in two splits what is tested on was learned from.

use crate::imaging::is_image_name;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

/// The names of images without their endings; of each only a number is kept, since there may be a hundred thousand.
#[derive(Default)]
pub struct Twins {
    hasher: RandomState,
    /// The number made of the ending.
    endings: HashMap<u64, u64>,
    count: usize,
    first: Option<String>,
}

impl Twins {
    /// The next image.
    pub fn take(&mut self, name: &str) {
        // Frames of one file have its name and a number behind #.
        let file = name.split('#').next().unwrap_or(name);
        // Behind the last dot of an identifier (1.2.840.7) is no ending.
        let named = is_image_name(Path::new(file));
        let Some((stem, ending)) = file.rsplit_once('.').filter(|_| named) else { return };
        let ending = self.hasher.hash_one(ending.to_lowercase());
        let known = *self.endings.entry(self.hasher.hash_one(stem)).or_insert(ending);
        if known != ending {
            self.count += 1;
            self.first.get_or_insert_with(|| name.to_owned());
        }
    }

    /// What to say of them; `None` where there are none.
    pub fn sentence(&self) -> Option<String> {
        let first = self.first.as_deref()?;
        let are = if self.count == 1 { "1 picture has".to_owned() } else { format!("{} pictures have", self.count) };
        Some(format!(
            "{are} the name of another in the same folder but for the ending, the first {first}: if one was made of the \
             other, leave one kind out with --exclude, lest both be in different splits."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_with_two_endings_is_told() {
        let of = |names: &[&str]| {
            let mut twins = Twins::default();
            names.iter().for_each(|name| twins.take(name));
            twins.sentence()
        };
        assert!(
            of(&["a/1.png", "a/1.jpg", "b/1.png"])
                .is_some_and(|s| s.starts_with("1 picture has") && s.contains("a/1.jpg"))
        );
        assert_eq!(of(&["a/1.png", "b/1.jpg", "a/1.2.840.7", "a/1.2.840.8", "v.dcm#1", "v.dcm#2", "x"]), None);
    }
}
