//! What the folders mean: which name is a class, which a split, which a patient, which only wraps the rest.
//!
//! A folder called `images` says nothing. Where the same folders lie below each of several, those below are the classes
//! and those above parts of the set; where one folder lies there for each patient, it is no class. What is not sure of
//! this is said.

use crate::domain::Split;
use crate::interchange::model::names::natural_order;
use std::collections::{BTreeMap, BTreeSet};

/// Folders named in a sentence.
const NAMED: usize = 4;
/// Folders of pictures whatever is on them.
const NEUTRAL: [&str; 24] = [
    "images",
    "image",
    "imgs",
    "img",
    "pictures",
    "picture",
    "pics",
    "photos",
    "photo",
    "jpegimages",
    "jpegs",
    "jpeg",
    "jpgs",
    "jpg",
    "pngs",
    "png",
    "dicoms",
    "dicom",
    "dcm",
    "data",
    "dataset",
    "files",
    "frames",
    "raw",
];
/// Folders of what is drawn over pictures.
const DRAWN: [&str; 19] = [
    "masks",
    "mask",
    "labels",
    "annotations",
    "segmentation",
    "segmentations",
    "overlay",
    "overlays",
    "heatmap",
    "heatmaps",
    "gradcam",
    "saliency",
    "thumbnail",
    "thumbnails",
    "thumbs",
    "previews",
    "gt",
    "ground_truth",
    "groundtruth",
];
/// What stands before a patient's number.
const PATIENT: [&str; 17] = [
    "patient",
    "patients",
    "pat",
    "pt",
    "subject",
    "subj",
    "sub",
    "case",
    "person",
    "pid",
    "mrn",
    "study",
    "exam",
    "series",
    "visit",
    "accession",
    "patientid",
];
/// Views and sides, of which each class may have pictures.
const VIEWS: [&str; 18] = [
    "left", "right", "l", "r", "ap", "pa", "lateral", "lat", "frontal", "front", "side", "oblique", "axial", "coronal",
    "sagittal", "cc", "mlo", "both",
];
/// So many folders of next to no pictures each are no classes.
const MANY: usize = 20;
/// Pictures in each of them, at most, on average.
const FEW: usize = 2;
/// Digits of a number that is an identifier and no grade.
const DIGITS: usize = 3;

/// Where class, split and patient stand in the names of a scan.
pub struct Layout {
    /// Folders at the top that say nothing: all images lie below them.
    wrapping: usize,
    shape: Shape,
    /// The folders where classes would stand are one a patient; classes may lie below.
    patients: bool,
    /// Class folder as it is written to the name it goes by.
    classes: BTreeMap<String, String>,
    /// What was noticed on the way, a sentence each.
    pub remarks: Vec<String>,
}

/// What the folders of an image say of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub class: Option<String>,
    pub split: Option<Split>,
    /// The patient.
    pub group: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// `class/...` or no folder at all.
    Classes,
    /// `split/class/...`; what is no split there is no class either.
    SplitsAbove,
    /// As the last, but a folder that is no split may be a class.
    SomeSplitsAbove,
    /// `class/split/...`
    SplitsBelow,
}

impl Layout {
    /// Reads the layout from the names (paths below the scanned folder, with `/`).
    pub fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        // What many images have in common is told by their folders, and those are few.
        let mut count = 0usize;
        let folders: BTreeSet<Vec<&str>> = distinct_folders(names.inspect(|_| count += 1));
        let wrapping = wrapping(&folders);
        let inner: BTreeSet<&[&str]> = folders.iter().map(|f| f.get(wrapping..).unwrap_or_default()).collect();
        let (shape, remark) = shape(&inner);
        let mut layout =
            Self { wrapping, shape, patients: false, classes: BTreeMap::new(), remarks: remark.into_iter().collect() };
        let firsts: BTreeSet<&str> = inner.iter().filter_map(|f| layout.class_and_split(f).0).collect();
        if let Some(sentence) = patients(&firsts, count) {
            layout.patients = true;
            layout.remarks.push(sentence);
        }
        let spellings: BTreeSet<&str> = inner.iter().filter_map(|f| layout.parts(f).0).collect();
        for spelling in spellings {
            // Those that differ in case only become one class, or not, where a person has the last word.
            layout.classes.insert(spelling.trim().to_owned(), spelling.trim().to_owned());
        }
        layout
    }

    /// What the name of an image stands for.
    pub fn place(&self, name: &str) -> Place {
        let folders = folders_of(name);
        let (class, split, group) = self.parts(folders.get(self.wrapping..).unwrap_or_default());
        let class = class.and_then(|class| self.classes.get(class.trim()).cloned());
        Place { class, split, group: group.map(str::to_owned) }
    }

    /// Calls classes as a table says, by their folders in lower case.
    pub fn call(&mut self, names: &BTreeMap<String, String>) {
        for (folder, name) in &mut self.classes {
            if let Some(called) = names.get(&folder.to_lowercase()) {
                name.clone_from(called);
            }
        }
    }

    /// No folder is a class: something else names them.
    pub fn without_classes(&mut self) {
        self.classes.clear();
    }

    /// The classes' names in natural order.
    pub fn classes(&self) -> Vec<String> {
        let mut names: Vec<String> = self.classes.values().cloned().collect();
        names.sort_by(|a, b| natural_order(a, b));
        names.dedup();
        names
    }

    /// Class, split and patient.
    fn parts<'a>(&self, folders: &[&'a str]) -> (Option<&'a str>, Option<Split>, Option<&'a str>) {
        let (first, split) = self.class_and_split(folders);
        if !self.patients {
            return (first, split, None);
        }
        let below = first.and_then(|first| folders.iter().skip_while(|folder| **folder != first).nth(1).copied());
        (below.filter(|below| !is_patient(below)), split, first)
    }

    fn class_and_split<'a>(&self, folders: &[&'a str]) -> (Option<&'a str>, Option<Split>) {
        let (first, second) = (folders.first().copied(), folders.get(1).copied());
        match self.shape {
            Shape::Classes => (first, None),
            Shape::SplitsAbove => (second, first.and_then(Split::parse)),
            Shape::SomeSplitsAbove => match first.and_then(Split::parse) {
                Some(split) => (second, Some(split)),
                None => (first, None),
            },
            Shape::SplitsBelow => (first, second.and_then(Split::parse)),
        }
    }
}

/// Whether a picture lies in a folder of what is drawn over pictures.
pub fn is_drawn_over(name: &str) -> bool {
    name.rsplit_once('/')
        .is_some_and(|(folder, _)| folder.split('/').any(|part| DRAWN.contains(&&*part.trim().to_lowercase())))
}

/// The folders of a path that say something.
pub fn folders_of(name: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    parts.retain(|part| {
        let part = part.trim().to_lowercase();
        // NIH's images_001, KITTI's image_2: the same, in parts.
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let unnumbered = if word.len() < part.len() { word.trim_end_matches(['_', '-', ' ']) } else { &part };
        !NEUTRAL.contains(&unnumbered) && !DRAWN.contains(&part.as_str())
    });
    parts
}

/// The folders that hold images, each with those above it; names in one folder come one after the other.
fn distinct_folders<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<Vec<&'a str>> {
    let mut folders = BTreeSet::new();
    let mut last = None;
    for name in names {
        let folder = name.rsplit_once('/').map(|(folder, _)| folder);
        if last != Some(folder) {
            folders.insert(folders_of(name));
            last = Some(folder);
        }
    }
    folders
}

/// How many folders at the top hold everything and have folders below them for every image.
fn wrapping(folders: &BTreeSet<Vec<&str>>) -> usize {
    let mut depth = 0;
    while let Some(first) = folders.first().and_then(|f| f.get(depth)) {
        let common = folders.iter().all(|f| f.get(depth) == Some(first) && f.len() > depth + 1);
        // A lone split folder means what it says; class/train/... has its class above it.
        let splits_below = folders.iter().all(|f| f.get(depth + 1).is_some_and(|name| Split::parse(name).is_some()));
        let classes_below_splits = folders.iter().any(|f| f.len() > depth + 2);
        if !common || Split::parse(first).is_some() || (splits_below && !classes_below_splits) {
            break;
        }
        depth += 1;
    }
    depth
}

/// The shape, and what is not sure of it.
fn shape(folders: &BTreeSet<&[&str]>) -> (Shape, Option<String>) {
    // The folders at the top, and those right below each.
    let mut tops: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for folder in folders {
        if let Some(first) = folder.first() {
            tops.entry(first).or_default().extend(folder.get(1));
        }
    }
    let is_split = |name: &str| Split::parse(name).is_some();
    let splits: BTreeSet<Split> = tops.keys().filter_map(|name| Split::parse(name)).collect();
    if !tops.is_empty() && tops.keys().all(|name| is_split(name)) {
        return (Shape::SplitsAbove, None);
    }
    let (named, open): (Vec<&str>, Vec<&str>) = tops.keys().copied().partition(|name| is_split(name));
    let below = |names: &[&str]| names.iter().filter_map(|name| tops.get(name)).flatten().copied().collect();
    let (below_named, below_open): (BTreeSet<&str>, BTreeSet<&str>) = (below(&named), below(&open));
    if !named.is_empty() && !below_open.is_empty() && below_open.is_subset(&below_named) {
        let sentence = format!(
            "The folders {} and {} hold the same folders, {}: those are taken for the classes. Which split {} is, its name \
             does not say: it is trained on; call it val or test if it is that.",
            listed(&named),
            listed(&open),
            listed(&below_open.iter().copied().collect::<Vec<_>>()),
            listed(&open),
        );
        return (Shape::SplitsAbove, Some(sentence));
    }
    if splits.len() >= 2 {
        return (Shape::SomeSplitsAbove, None);
    }
    let all_below = folders.iter().all(|f| f.get(1).is_some_and(|name| is_split(name)));
    if all_below && !folders.is_empty() {
        return (Shape::SplitsBelow, None);
    }
    let everywhere = below_open.len() >= 2 && open.len() >= 2 && tops.values().all(|below| *below == below_open);
    let mut each = below_open.iter().map(|name| name.to_lowercase());
    if named.is_empty() && everywhere && !each.all(|name| VIEWS.contains(&name.as_str()) || is_patient(&name)) {
        let (above, below) = (listed(&open), listed(&below_open.iter().copied().collect::<Vec<_>>()));
        let patients = open.iter().all(|name| is_patient(name));
        let sentence = (!patients).then(|| {
            format!(
                "Each of the folders {above} holds the folders {below}: those are taken for the classes, and {above} for \
                 parts of the set. If the parts are splits, call them train, val and test; if they are the classes, take \
                 the folders below them away."
            )
        });
        return (if patients { Shape::Classes } else { Shape::SplitsAbove }, sentence);
    }
    (Shape::Classes, derived(&tops))
}

/// What to say of folders among class folders that hold folders called as those classes: they may be made of the others.
fn derived(tops: &BTreeMap<&str, BTreeSet<&str>>) -> Option<String> {
    let names: BTreeSet<String> = tops.keys().map(|name| name.trim().to_lowercase()).collect();
    let is_class = |below: &&str| names.contains(&below.trim().to_lowercase());
    let above = tops.iter().filter(|(_, below)| below.len() >= 2 && below.iter().all(is_class));
    let above: Vec<&str> = above.map(|(name, _)| *name).collect();
    let first = above.first()?;
    Some(format!(
        "{} hold folders called as the classes beside them and are taken for classes themselves: if their pictures were made \
         of the others, leave them out (--exclude \"**/{first}/**\"), or else lay them beside those.",
        listed(&above)
    ))
}

/// Why the folders where classes would stand are one a patient, in a sentence; `None` where they are classes.
fn patients(folders: &BTreeSet<&str>, pictures: usize) -> Option<String> {
    let all: Vec<&str> = folders.iter().copied().collect();
    let named = |all: &[&str]| format!("The {} folders {}", all.len(), listed(all));
    if !all.is_empty() && all.iter().all(|name| is_patient(name)) {
        return Some(format!(
            "{} are taken for patients and not for classes: pictures of one stay in one split.",
            named(&all)
        ));
    }
    let numbers = |name: &&str| name.len() >= DIGITS && name.bytes().all(|byte| byte.is_ascii_digit());
    let scattered = all.len() >= MANY && pictures <= FEW * all.len();
    if (all.len() >= 2 && all.iter().all(numbers)) || scattered {
        return Some(format!(
            "{} are taken for one a patient and not for classes, as their {} say: pictures of one stay in one split. If they \
             are classes, name them in a table instead.",
            named(&all),
            if scattered { "few pictures" } else { "numbers" }
        ));
    }
    None
}

/// Whether a folder is named as one patient's: `patient_001`, `sub-07`, `Case 12`, or by an identifier of DICOM.
fn is_patient(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    let number = lower.trim_start_matches(|c: char| c.is_ascii_alphabetic() || "-_ #.".contains(c));
    let before: String =
        lower.get(..lower.len() - number.len()).unwrap_or_default().chars().filter(char::is_ascii_alphabetic).collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let identifier = lower.matches('.').count() >= 3 && lower.split('.').all(digits);
    identifier || (digits(number) && PATIENT.contains(&before.as_str()))
}

fn listed(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_repeat_the_classes_below_them_are_told() {
        let names = ["sick/1.png", "well/2.png", "cropped/Sick/1.png", "cropped/well/2.png"];
        let layout = Layout::of(names.into_iter());
        assert!(layout.remarks.iter().any(|said| said.starts_with("cropped hold")), "{:?}", layout.remarks);
        let layout = Layout::of(["sick/1.png", "well/2.png", "overlay/sick/1.png"].into_iter());
        assert_eq!((layout.classes().join(" "), layout.remarks.len()), ("sick well".to_owned(), 0));
    }

    #[test]
    fn names_say_what_they_say_in_every_layout() {
        use Split::{Test, Train, Validation};
        type Expected<'a> = (&'a str, Option<&'a str>, Option<Split>);
        let cases: &[&[Expected]] = &[
            &[("a/1.png", Some("a"), None), ("b/2.png", Some("b"), None), ("b/deep/3.png", Some("b"), None)],
            &[("1.png", None, None), ("2.png", None, None)],
            &[("Train/0/1.png", Some("0"), Some(Train)), ("VAL/1/2.png", Some("1"), Some(Validation))],
            &[("testing/x.png", None, Some(Test)), ("training/y.png", None, Some(Train))],
            &[
                ("train/a/1.png", Some("a"), Some(Train)),
                ("test/a/2.png", Some("a"), Some(Test)),
                ("extra/3.png", Some("extra"), None),
            ],
            &[("set/images/a/1.png", Some("a"), None), ("set/images/b/2.png", Some("b"), None)],
            &[("set/train/a/1.png", Some("a"), Some(Train)), ("set/test/b/2.png", Some("b"), Some(Test))],
            &[("a/train/1.png", Some("a"), Some(Train)), ("b/test/2.png", Some("b"), Some(Test))],
            &[("a/train/1.png", Some("a"), Some(Train)), ("a/test/2.png", Some("a"), Some(Test))],
            &[("lone/1.png", Some("lone"), None), ("lone/2.png", Some("lone"), None)],
            &[("Normal/1.png", Some("Normal"), None), ("normal/2.png", Some("normal"), None)],
            &[("a/1.png", Some("a"), None), ("2.png", None, None)],
            &[("training_set/cat/1.png", Some("cat"), Some(Train)), ("Dev/dog/2.png", Some("dog"), Some(Validation))],
            &[("train_images/1.png", None, Some(Train)), ("test_images/2.png", None, Some(Test))],
            &[("images/1.png", None, None), ("masks/1.png", None, None)],
            &[("a/images/1.png", Some("a"), None), ("b/images/2.png", Some("b"), None)],
            &[("images_001/images/1.png", None, None), ("images_002/images/2.png", None, None)],
            &[("image_2/1.png", None, None), ("image_3/2.png", None, None)],
            &[("img/1.png", None, None)],
            &[
                ("a/left/1.png", Some("a"), None),
                ("a/right/2.png", Some("a"), None),
                ("b/left/3.png", Some("b"), None),
                ("b/right/4.png", Some("b"), None),
            ],
        ];
        for case in cases {
            let names: Vec<&str> = case.iter().map(|(name, ..)| *name).collect();
            let layout = Layout::of(names.iter().copied());
            for (name, class, split) in *case {
                let Place { class: found, split: of, .. } = layout.place(name);
                assert_eq!((found.as_deref(), of), (*class, *split), "{name} among {names:?}");
            }
        }
    }

    #[test]
    fn classes_come_in_natural_order() {
        let layout = Layout::of(["10/a.png", "9/a.png", "11/a.png"].into_iter());
        assert_eq!(layout.classes(), ["9", "10", "11"]);
    }

    #[test]
    fn folders_that_hold_the_same_folders_are_parts_and_that_is_said() {
        let parts = ["north/sick/1.png", "north/well/2.png", "south/sick/3.png", "south/well/4.png"];
        let layout = Layout::of(parts.into_iter());
        assert_eq!(layout.classes(), ["sick", "well"]);
        assert_eq!(layout.place(parts[2]), Place { class: Some("sick".into()), split: None, group: None });
        assert!(layout.remarks[0].starts_with("Each of the folders north, south holds the folders sick, well"));
        let beside = ["training_set/sick/1.png", "training_set/well/2.png", "hospital_b/sick/3.png"];
        let layout = Layout::of(beside.into_iter());
        assert_eq!(layout.place(beside[2]), Place { class: Some("sick".into()), split: None, group: None });
        assert_eq!(layout.place(beside[0]).split, Some(Split::Train));
        assert!(layout.remarks[0].contains("Which split hospital_b is"), "{:?}", layout.remarks);
    }

    #[test]
    fn one_folder_a_patient_is_no_class() {
        let of = |names: &[&str], at: usize| {
            let layout = Layout::of(names.iter().copied());
            let Place { class, group, .. } = layout.place(names[at]);
            (class, group, layout.remarks.len())
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(of(&["patient_01/1.png", "patient_02/1.png"], 1), (None, text("patient_02"), 1));
        assert_eq!(of(&["train/Case 7/1.png", "test/Case 8/1.png"], 1), (None, text("Case 8"), 1));
        assert_eq!(of(&["10234/1.png", "10377/1.png"], 0), (None, text("10234"), 1));
        assert_eq!(of(&["0/1.png", "1/1.png"], 0), (text("0"), None, 0));
        assert_eq!(of(&["sub-1/sick/1.png", "sub-2/well/2.png"], 1), (text("well"), text("sub-2"), 1));
        assert_eq!(of(&["sick/sub-1/1.png", "well/sub-2/2.png"], 0), (text("sick"), None, 0));
        let many: Vec<String> = (0..30)
            .map(|n| format!("{}/a.png", char::from(b'a' + n % 26).to_string().repeat(1 + n as usize / 26)))
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(of(&many, 0), (None, text("a"), 1));
    }
}
