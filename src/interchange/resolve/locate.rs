//! Finding the picture an annotation means among the files that are there. References are only ever compared with the
//! names of files found below the source, so none can lead out of it.

use crate::domain::Split;
use crate::interchange::model::names::{base_name, below, folder_of, path_of, shared_folders, split_in_name, stem};
use crate::interchange::source::walk::File;
use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use unicode_normalization::UnicodeNormalization;

/// Why a reference names no one picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    NotThere,
    /// How many are called that.
    Several(usize),
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotThere => f.write_str("the picture is not below the folder"),
            Self::Several(count) => write!(f, "{count} pictures below the folder are called that"),
        }
    }
}

/// The pictures below a source, by everything they may be called.
pub struct Pictures<'a> {
    files: &'a [File],
    by_name: Names<'a>,
    by_stem: Names<'a>,
    by_key: Index<'a>,
}

/// Files by a part of their names in any case. One system writes an accent with its letter and another behind it (Unicode
/// Standard Annex 15: NFC and NFD): who finds nothing as it is written looks for it composed.
struct Names<'a> {
    written: Index<'a>,
    composed: Index<'a>,
}

impl Names<'_> {
    fn get(&self, name: &str) -> Vec<usize> {
        let name = name.to_lowercase();
        let written = self.written.get(&name);
        if written.is_empty() { self.composed.get(&composed(&name)) } else { written }
    }
}

/// Files by what something makes of their names. There may be a hundred thousand, so that is made again when it is asked
/// for, and only a number of it is kept.
struct Index<'a> {
    files: &'a [File],
    called: fn(&str) -> Option<String>,
    hasher: RandomState,
    /// The number made of what a file is called, and the file's place.
    places: Vec<(u64, u32)>,
}

impl<'a> Index<'a> {
    fn of(files: &'a [File], called: fn(&str) -> Option<String>) -> Self {
        let hasher = RandomState::new();
        let number = |file: &File| Some(hasher.hash_one(called(&file.name)?));
        let mut places: Vec<(u64, u32)> = (0..).zip(files).filter_map(|(at, file)| Some((number(file)?, at))).collect();
        places.sort_unstable();
        Self { files, called, hasher, places }
    }

    fn get(&self, wanted: &str) -> Vec<usize> {
        let number = self.hasher.hash_one(wanted);
        let from = self.places.partition_point(|(known, _)| *known < number);
        let alike = self.places.iter().skip(from).take_while(|(known, _)| *known == number);
        let is = |at: &usize| self.files.get(*at).and_then(|file| (self.called)(&file.name)).as_deref() == Some(wanted);
        alike.map(|(_, at)| *at as usize).filter(is).collect()
    }
}

fn written(part: &str) -> Option<String> {
    Some(part.to_lowercase())
}

/// The part with its accents composed, where it has any.
fn accented(part: &str) -> Option<String> {
    (!part.is_ascii()).then(|| composed(&part.to_lowercase()).into_owned())
}

/// A text with its accents written together with their letters (NFC).
fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

impl<'a> Pictures<'a> {
    /// Prepares to find any of these.
    pub fn new(files: &'a [File]) -> Self {
        Self {
            files,
            by_name: Names {
                written: Index::of(files, |name| written(base_name(name))),
                composed: Index::of(files, |name| accented(base_name(name))),
            },
            by_stem: Names {
                written: Index::of(files, |name| written(stem(base_name(name)))),
                composed: Index::of(files, |name| accented(stem(base_name(name)))),
            },
            by_key: Index::of(files, |name| Some(key(base_name(name)))),
        }
    }

    /// The picture meant by a path, name or address; of several of that name the one whose folders fit best, those
    /// below `scope` first.
    pub fn find(&self, reference: &str, scope: &str) -> Result<usize, Lost> {
        let wanted = path_of(reference);
        self.best(&self.by_name.get(base_name(&wanted)), &wanted, scope)
    }

    /// As [`Self::find`] for a name without extension.
    pub fn find_stem(&self, wanted: &str, scope: &str) -> Result<usize, Lost> {
        self.best(&self.by_stem.get(base_name(wanted)), wanted, scope)
    }

    /// As [`Self::find`], among the pictures whose folders are called as a split is, such as `train2017`.
    pub fn find_in_split(&self, reference: &str, scope: &str, split: Split) -> Result<usize, Lost> {
        let wanted = path_of(reference);
        let mut hits = self.by_name.get(base_name(&wanted));
        let of = |name: &str| folder_of(name).split('/').rev().find_map(split_in_name);
        hits.retain(|at| self.files.get(*at).is_some_and(|file| of(&file.name) == Some(split)));
        self.best(&hits, &wanted, scope)
    }

    /// The picture that Label Studio was given, below `scope` only. It puts a hash before the name, writes other signs
    /// for spaces and brackets, and some people repeat their code at the end.
    pub fn find_upload(&self, reference: &str, scope: &str, uploader: &str) -> Result<usize, Lost> {
        let wanted = path_of(reference);
        let base = base_name(&wanted);
        let bare = without_hash(base);
        let inside = |mut hits: Vec<usize>| -> Vec<usize> {
            hits.retain(|at| self.files.get(*at).is_some_and(|f| below(&f.name, scope)));
            hits
        };
        let mut worst = Lost::NotThere;
        for name in [base, bare] {
            match self.best(&inside(self.by_name.get(name)), &wanted, scope) {
                Err(lost) => worst = worse(worst, lost),
                found => return found,
            }
        }
        for key in [key(base), key(bare), key_without(base, uploader), key_without(bare, uploader)] {
            match self.best(&inside(self.by_key.get(&key)), &wanted, scope) {
                Err(lost) => worst = worse(worst, lost),
                found => return found,
            }
        }
        // The file has the code at its end and the reference has not.
        let target = key_without(bare, uploader);
        let like = |f: &File| below(&f.name, scope) && key_without(base_name(&f.name), uploader) == target;
        let hits: Vec<usize> = if uploader.is_empty() {
            Vec::new()
        } else {
            (0..).zip(self.files).filter(|(_, f)| like(f)).map(|(at, _)| at).collect()
        };
        self.best(&hits, &wanted, scope).map_err(|lost| worse(worst, lost))
    }

    /// Whether a picture lies in the folders that a path names right above it, so many of them, or as many as it lies in.
    pub fn shares_folders(&self, at: usize, reference: &str, folders: usize) -> bool {
        let name = self.files.get(at).map_or("", |file| &*file.name);
        let path = path_of(reference);
        let pairs = name.rsplit('/').zip(path.rsplit('/')).skip(1).take(folders);
        pairs.into_iter().all(|(a, b)| a == b || composed(a) == composed(b))
    }

    fn best(&self, hits: &[usize], wanted: &str, scope: &str) -> Result<usize, Lost> {
        if let [only] = hits {
            return Ok(*only);
        }
        let score = |at: &usize| {
            let name = self.files.get(*at).map_or("", |file| &*file.name);
            let same = |(a, b): &(&str, &str)| a == b || stem(a) == *b || composed(a) == composed(b);
            let mut pairs = name.rsplit('/').zip(wanted.rsplit('/'));
            // The names are one already, but for case and extension.
            let name_is = pairs.next().is_some_and(|pair| same(&pair));
            let alike = pairs.take_while(same).count();
            // Of others that fit no worse, the one that lies right there.
            let right_there = name.strip_prefix(scope).is_some_and(|rest| rest.trim_start_matches('/') == wanted);
            (alike, name_is, below(name, scope), shared_folders(name, scope), right_there)
        };
        let best = hits.iter().map(score).max();
        let mut winners = hits.iter().filter(|at| Some(score(at)) == best);
        match (winners.next(), winners.count()) {
            (Some(at), 0) => Ok(*at),
            (Some(_), more) => Err(Lost::Several(more + 1)),
            (None, _) => Err(Lost::NotThere),
        }
    }
}

fn worse(a: Lost, b: Lost) -> Lost {
    if a == Lost::NotThere { b } else { a }
}

/// A file name without the hash Label Studio puts before it.
fn without_hash(base: &str) -> &str {
    match base.split_once('-') {
        Some((hash, rest)) if !rest.is_empty() && is_hash(hash) => rest,
        _ => base,
    }
}

fn is_hash(text: &str) -> bool {
    (1..=36).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Letters and digits of the name in lower case, and its extension.
fn key(base: &str) -> String {
    let letters =
        |text: &str| text.nfc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let extension = base.rsplit_once('.').map_or(String::new(), |(_, e)| letters(e));
    let extension = if extension == "jpeg" { "jpg".to_owned() } else { extension };
    format!("{}.{extension}", letters(stem(base)))
}

/// The key without the uploader's code at the name's end.
fn key_without(base: &str, uploader: &str) -> String {
    let full = key(base);
    let code: String = uploader.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match full.rsplit_once('.') {
        Some((name, extension)) if !code.is_empty() => match name.strip_suffix(&code) {
            Some(rest) if !rest.is_empty() => format!("{rest}.{extension}"),
            _ => full,
        },
        _ => full,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> Vec<File> {
        names.iter().map(|name| File::at(name.as_ref(), name)).collect()
    }

    #[test]
    fn uploads_are_found_whatever_was_done_to_their_names() {
        let files = files(&["U1/foot 1 (u1).jpg", "U1/sub/boka_00.jpg", "U2/boka_00.jpg", "U1/láb.JPEG"]);
        let pictures = Pictures::new(&files);
        let find = |reference| pictures.find_upload(reference, "U1", "U1");
        assert_eq!(find("029ffca9-foot_1_(u1).jpg"), Ok(0));
        assert_eq!(find("029ffca9-foot_1_u1.jpg"), Ok(0));
        assert_eq!(find("foot 1.jpg"), Ok(0));
        assert_eq!(find("0a-boka_00_U1.jpg"), Ok(1));
        assert_eq!(find("0a-láb.jpg"), Ok(3));
        assert_eq!(find("0a-boka_01.jpg"), Err(Lost::NotThere));
    }

    #[test]
    fn accents_may_be_written_in_one_piece_or_two() {
        let (one, two) = ("l\u{e1}b/k\u{e9}p.png", "la\u{301}b/ke\u{301}p.png");
        for (there, wanted) in [(one, two), (two, one)] {
            let alone = files(&[there, "other/x.png"]);
            let pictures = Pictures::new(&alone);
            assert_eq!(pictures.find(wanted, ""), Ok(0));
            assert_eq!(pictures.find_stem(stem(base_name(wanted)), ""), Ok(0));
            assert_eq!(pictures.find_upload(&format!("0a-{}", base_name(wanted)), "", ""), Ok(0));
        }
        // As it is written goes first; where neither is, both are meant.
        let both = files(&["k\u{e9}p.png", "ke\u{301}p.png"]);
        let pictures = Pictures::new(&both);
        assert_eq!((pictures.find("k\u{e9}p.png", ""), pictures.find("ke\u{301}p.png", "")), (Ok(0), Ok(1)));
        let other = files(&["e\u{301}\u{323}.png", "\u{e9}\u{323}.png"]);
        assert_eq!(Pictures::new(&other).find("\u{1eb9}\u{301}.png", ""), Err(Lost::Several(2)));
    }

    #[test]
    fn of_equal_names_the_one_whose_folders_fit_is_meant() {
        let files = files(&["train/a.png", "test/a.png", "b.png"]);
        let pictures = Pictures::new(&files);
        assert_eq!(pictures.find("test/a.png", ""), Ok(1));
        assert_eq!(pictures.find("a.png", "train"), Ok(0));
        assert_eq!(pictures.find("a.png", ""), Err(Lost::Several(2)));
        assert_eq!(pictures.find_in_split("a.png", "annotations", Split::Test), Ok(1));
        assert_eq!(pictures.find_in_split("a.png", "", Split::Validation), Err(Lost::NotThere));
        assert_eq!(pictures.find("../../../B.PNG", ""), Ok(2));
        assert_eq!(pictures.find_stem("b", ""), Ok(2));
    }
}
