//! An image of a project: where it lies and where it came from, never its pixels.

use super::ids::ImageId;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Which part of the data an image belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    Train,
    Validation,
    Test,
}

impl Split {
    /// All of them, in the order they are shown.
    pub const ALL: [Split; 3] = [Split::Train, Split::Validation, Split::Test];

    /// The name written to files and taken from the command line.
    pub fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Validation => "validation",
            Split::Test => "test",
        }
    }

    /// Reads the names people give to folders, lists and columns: train, `training_set`, `TRAIN`, `val2017`, valid, Dev,
    /// eval, test, `test_images`, testing, holdout. What names two, as trainval does, or something else too, is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let lower = text.to_lowercase();
        if let Some(split) = Self::of_word(&lower) {
            return Some(split);
        }
        // Nothing longer is the name of a split.
        if lower.len() > LONGEST_NAME {
            return None;
        }
        let lower = lower.replace(['-', '_', ' '], "_").replace("hold_out", "holdout").replace("held_out", "heldout");
        let mut found = None;
        for word in lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
            if BESIDE.contains(&word) {
                continue;
            }
            let split = Self::of_word(word).or_else(|| {
                BESIDE.iter().find_map(|more| Self::of_word(word.strip_suffix(more).filter(|word| !word.is_empty())?))
            })?;
            // COCO calls the test set that is open to all `test-dev`.
            found = match found {
                None => Some(split),
                Some(Self::Test) if word == "dev" => Some(Self::Test),
                Some(before) if before == split => Some(split),
                Some(_) => return None,
            };
        }
        found
    }

    fn of_word(word: &str) -> Option<Self> {
        match word {
            "train" | "training" | "trn" => Some(Split::Train),
            "val" | "valid" | "validation" | "dev" | "devel" | "development" | "eval" | "evaluation" => {
                Some(Split::Validation)
            }
            "test" | "testing" | "tst" | "holdout" | "heldout" => Some(Split::Test),
            _ => None,
        }
    }

    /// Whether a name that says a split is also used for another: some call what is tested on `eval`, or all that is not
    /// tested on the development set.
    pub fn is_unsure(text: &str) -> bool {
        let text = text.to_lowercase();
        !text.contains("test") && ["dev", "eval"].iter().any(|word| text.contains(word)) && Self::parse(&text).is_some()
    }
}

/// Bytes of the longest name of a split that is thought of.
const LONGEST_NAME: usize = 48;
/// Words beside the one that says the split.
const BESIDE: [&str; 31] = [
    "set",
    "sets",
    "split",
    "splits",
    "subset",
    "data",
    "dataset",
    "datasets",
    "folder",
    "dir",
    "part",
    "image",
    "images",
    "img",
    "imgs",
    "picture",
    "pictures",
    "photo",
    "photos",
    "scan",
    "scans",
    "png",
    "jpg",
    "jpeg",
    "dicom",
    "dcm",
    "label",
    "labels",
    "annotation",
    "annotations",
    "list",
];

/// Shares of the data by split; they need not add up to one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitRatios {
    pub train: f64,
    pub validation: f64,
    pub test: f64,
}

impl Default for SplitRatios {
    fn default() -> Self {
        Self { train: 80.0, validation: 10.0, test: 10.0 }
    }
}

/// Where one picture's pixels lie: a file, and which of the frames in it. What decodes takes this and never a path alone,
/// so that no place shows another frame than the one meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageFile {
    pub path: PathBuf,
    /// Counted from 0; 0 in all files that hold one picture.
    pub frame: u32,
}

impl ImageFile {
    /// The only picture of a file, or its first.
    pub fn first(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), frame: 0 }
    }
}

/// What identifies a picture's content in lists and on disk: the file's hash, with the frame where it is not the first.
pub fn content_key(sha256: &str, frame: u32) -> String {
    if frame == 0 { sha256.to_owned() } else { format!("{sha256}x{frame}") }
}

/// One frame with its content hash and origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageRecord {
    pub id: ImageId,
    /// Where the file lies.
    pub path: PathBuf,
    /// Which of the file's frames, counted from 0.
    pub frame: u32,
    /// The path below the imported folder, with `/`; what lists show and exports write.
    pub name: String,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// Columns of the oriented frame.
    pub width: u32,
    /// Rows of the oriented frame.
    pub height: u32,
    /// Patient, uploader or whatever must not lie in two splits.
    pub group: Option<String>,
    pub split: Split,
    /// What brought it in, in words: "imported from Non_fractured/".
    pub source: String,
    /// The file is cut short and was decoded as far as it goes.
    pub truncated: bool,
}

impl ImageRecord {
    /// Where its pixels lie.
    pub fn file(&self) -> ImageFile {
        ImageFile { path: self.path.clone(), frame: self.frame }
    }

    /// See [`content_key`].
    pub fn content(&self) -> String {
        content_key(&self.sha256, self.frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_told_in_all_spellings() {
        use Split::{Test, Train, Validation};
        let table = [
            (
                Some(Train),
                "train TRAIN training training_set trainset TrainImages train_images train2017 train-data trn",
            ),
            (Some(Validation), "val valid VALIDATION val2017 valid_set Dev dev_set eval evaluation validation-images"),
            (Some(Test), "test Testing test_set TESTSET test2017 test-dev2017 holdout hold-out held_out_images tst"),
            (
                None,
                "trainval train_val train_mass untested latest value validated set images 2017 - contrast tested_train",
            ),
        ];
        for (split, names) in table {
            for name in names.split(' ') {
                assert_eq!(Split::parse(name), split, "{name}");
            }
        }
        assert!(Split::is_unsure("Dev") && Split::is_unsure("eval_images") && !Split::is_unsure("test-dev2017"));
        assert!(!Split::is_unsure("device") && !Split::is_unsure("val"));
    }
}
