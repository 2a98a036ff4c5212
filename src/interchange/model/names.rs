//! Names of files and what they tell: their parts, their order, the split in them.

use crate::domain::Split;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::cmp::Ordering;

/// How many leading folders two paths share.
pub fn shared_folders(name: &str, scope: &str) -> usize {
    name.split('/').zip(scope.split('/')).take_while(|(a, b)| a == b).count()
}

/// Whether a path lies below a folder; the empty folder is the source itself.
pub fn below(name: &str, folder: &str) -> bool {
    folder.is_empty() || name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The last part of a path.
pub fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The folder of a path, empty without one.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A name without its extension.
pub fn stem(base: &str) -> &str {
    match base.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => base,
    }
}

/// The path within an address: without scheme, host and query, with the value of `?d=` in its place where there is
/// one (Label Studio's local storage), percent signs decoded, `/` for `\`.
pub fn path_of(reference: &str) -> String {
    let reference = reference.trim();
    let text = match reference.split_once("?d=").or_else(|| reference.split_once("&d=")) {
        Some((_, path)) => path.split('&').next().unwrap_or(path),
        None => {
            let rest = reference.split_once("://").map_or(reference, |(_, rest)| rest);
            // A name may hold a question mark; an address's query has an equals sign.
            match rest.split_once('?') {
                Some((path, query)) if query.contains('=') => path,
                _ => rest,
            }
        }
    };
    // What is no escape stays, and so does everything where the result is no UTF-8.
    let decoded = percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text));
    decoded.replace('\\', "/").trim_start_matches('/').trim_start_matches("./").to_owned()
}

/// The split a path's folders name.
pub fn split_of(path: &str) -> Option<Split> {
    folder_of(path).split('/').rev().find_map(Split::parse)
}

/// The folder that names a path's split by a word that some use for another one, and that split.
pub fn unsure_split(path: &str) -> Option<(&str, Split)> {
    let named = folder_of(path).split('/').rev().find_map(|folder| Some((folder, Split::parse(folder)?)));
    named.filter(|(folder, _)| Split::is_unsure(folder))
}

/// The split in a name such as `instances_val2017.json`.
pub fn split_in_name(base: &str) -> Option<Split> {
    base.split(|c: char| !c.is_ascii_alphabetic()).find_map(Split::parse)
}

/// Whether the names are whole numbers in order, as grades are: at least three, and no more are missing between the first
/// and the last than there are steps (0, 1, 3, 4 without a 2; not 0, 90, 180, 270).
pub fn are_grades(classes: &[String]) -> bool {
    let Some(numbers) = classes.iter().map(|name| name.parse().ok()).collect::<Option<Vec<i64>>>() else {
        return false;
    };
    let rising = numbers.windows(2).all(|pair| pair.first() < pair.last());
    let span = numbers.last().zip(numbers.first()).and_then(|(last, first)| last.checked_sub(*first));
    numbers.len() >= 3 && rising && span.is_some_and(|span| span < 2 * numbers.len() as i64 - 1)
}

/// Compares names as people do: runs of digits by their value, letters ignoring case, so `img9` comes before `IMG10`.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        match (left.first(), right.first()) {
            // Names that differ in case or leading zeros only still need one order.
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (n, rest) = digits(left);
                let (m, other) = digits(right);
                match n.len().cmp(&m.len()).then_with(|| n.cmp(m)) {
                    Ordering::Equal => (left, right) = (rest, other),
                    different => return different,
                }
            }
            (Some(x), Some(y)) => match x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase()) {
                Ordering::Equal => (left, right) = (left.get(1..).unwrap_or(&[]), right.get(1..).unwrap_or(&[])),
                different => return different,
            },
        }
    }
}

/// The leading digits without their leading zeros, and what follows.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|c| !c.is_ascii_digit()).unwrap_or(text.len());
    let (run, rest) = text.split_at(end);
    let zeros = run.iter().position(|c| *c != b'0').unwrap_or(run.len());
    (run.get(zeros..).unwrap_or(&[]), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_paths() {
        let table = [
            ("/data/upload/3/029ffca9-foot%201.jpg", "data/upload/3/029ffca9-foot 1.jpg"),
            ("/data/local-files/?d=a/b%20c.png", "a/b c.png"),
            ("http://localhost:8080/data/x.png?token=7", "localhost:8080/data/x.png"),
            ("..\\images\\a.png", "../images/a.png"),
            ("100%.png", "100%.png"),
            ("what?.png", "what?.png"),
            ("%ff%fe.png", "%ff%fe.png"),
            ("%zz%4%41%2", "%zz%4A%2"),
        ];
        for (reference, path) in table {
            assert_eq!(path_of(reference), path);
        }
    }

    #[test]
    fn numbers_sort_by_value_and_make_grades() {
        let grades = |names: &[&str]| are_grades(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        assert!(grades(&["9", "10", "11"]));
        assert!(grades(&["0", "1", "3", "4"]) && grades(&["0", "2", "3"]));
        assert!(!grades(&["0", "1"]) && !grades(&["0", "90", "180", "270"]) && !grades(&["a", "b", "c"]));
        assert!(!grades(&["1", "2", "2"]) && !grades(&["-9223372036854775808", "0", "9223372036854775807"]));
        let mut names = vec!["img10", "Img9", "img009b", "im", "img9"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["im", "Img9", "img9", "img009b", "img10"]);
        let mut names = vec!["img10", "img9", "IMG2", "img02", "a", "img", "img9b", "é1", "e1"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["a", "e1", "img", "IMG2", "img02", "img9", "img9b", "img10", "é1"]);
        assert_eq!(natural_order("1", "99999999999999999999999999"), Ordering::Less);
    }
}
