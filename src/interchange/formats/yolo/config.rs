//! What a `data.yaml` (Ultralytics) or `obj.data` (Darknet) says of a set: its classes, its key points, its splits.

use super::rows::MOST_CLASSES;
use crate::domain::Split;
use crate::interchange::model::names::folder_of;
use crate::interchange::source::yaml::Node;

/// Numbers a key point may have: x and y, and whether it is seen.
const NUMBERS: std::ops::RangeInclusive<usize> = 2..=3;
/// More key points than this are none.
const MOST_POINTS: usize = 1000;

/// A set's file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Its name below the source.
    pub file: String,
    /// By number; those that have none are empty.
    pub names: Vec<String>,
    /// How many key points, and of how many numbers each.
    pub key_points: Option<(usize, usize)>,
    /// The folder that the splits are named from, as written.
    pub path: Option<String>,
    /// Folders or lists of pictures, as written.
    pub splits: Vec<(Split, String)>,
    /// What could not be taken of it.
    pub wrong: Vec<String>,
}

impl Config {
    /// The folder the file lies in.
    pub fn folder(&self) -> &str {
        folder_of(&self.file)
    }

    /// Reads a YAML file's text; `None` where it is about something else.
    ///
    /// # Errors
    /// What is wrong with the text, in words that go behind the file's name.
    pub fn of_yaml(file: &str, text: &str) -> Result<Option<Self>, String> {
        let whole = Node::parse(text)?;
        let (names, shape) = (whole.get("names"), whole.get("kpt_shape"));
        if names.is_none() && shape.is_none() && (whole.get("train").is_none() || whole.get("val").is_none()) {
            return Ok(None);
        }
        let mut config = Self { file: file.to_owned(), ..Self::default() };
        match names.map(names_of) {
            Some(Some(names)) => config.names = names,
            Some(None) => {
                config.wrong.push("names is neither a list of names nor numbers with names: write one".into())
            }
            None => {}
        }
        let count = whole.get("nc").and_then(Node::text).and_then(|count| count.parse::<usize>().ok());
        if let Some(count) = count.filter(|count| !config.names.is_empty() && *count != config.names.len()) {
            config.wrong.push(format!("nc says {count} classes, names has {}: names are followed", config.names.len()));
        }
        if let Some(shape) = shape {
            config.key_points = key_points(shape);
            if config.key_points.is_none() {
                config.wrong.push(
                    "kpt_shape is not the number of key points and 2 or 3, as in [17, 3]: rows are read without it"
                        .into(),
                );
            }
        }
        config.path = whole.get("path").and_then(|path| path.texts().first().map(|text| (*text).to_owned()));
        for (key, split) in
            [("train", Split::Train), ("val", Split::Validation), ("valid", Split::Validation), ("test", Split::Test)]
        {
            let named = whole.get(key).map(Node::texts).unwrap_or_default();
            config.splits.extend(named.into_iter().map(|place| (split, place.to_owned())));
        }
        Ok(Some(config))
    }

    /// Reads the text of a Darknet `.data` file, a `key = value` a line; `None` where it names no list.
    pub fn of_darknet(file: &str, text: &str) -> Option<Self> {
        let mut config = Self { file: file.to_owned(), ..Self::default() };
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or(line);
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim();
            let split = match key.trim() {
                "train" => Split::Train,
                "valid" | "val" => Split::Validation,
                "test" => Split::Test,
                _ => continue,
            };
            if !value.is_empty() {
                config.splits.push((split, value.to_owned()));
            }
        }
        (!config.splits.is_empty()).then_some(config)
    }
}

/// `names` as a list or as numbers with names; numbers left out have no name.
fn names_of(node: &Node) -> Option<Vec<String>> {
    match node {
        Node::List(items) => {
            let names = items.iter().take(MOST_CLASSES).map(|item| Some(item.text()?.trim().to_owned()));
            names.collect()
        }
        Node::Map(entries) => {
            let mut names: Vec<String> = Vec::new();
            for (number, name) in entries {
                let number = number.text()?.trim().parse::<usize>().ok().filter(|number| *number < MOST_CLASSES)?;
                if names.len() <= number {
                    names.resize(number + 1, String::new());
                }
                if let Some(place) = names.get_mut(number) {
                    *place = name.text()?.trim().to_owned();
                }
            }
            Some(names)
        }
        Node::Text(_) => None,
    }
}

fn key_points(node: &Node) -> Option<(usize, usize)> {
    let Node::List(items) = node else { return None };
    let numbers: Option<Vec<usize>> = items.iter().map(|item| item.text()?.trim().parse().ok()).collect();
    match numbers?.as_slice() {
        &[points, each] if (1..=MOST_POINTS).contains(&points) && NUMBERS.contains(&each) => Some((points, each)),
        _ => None,
    }
}

/// A path that is named from a folder: `.` and `..` are taken away, and of those that lead out of the source what is left.
/// Below the source, with `/`.
pub fn joined(folder: &str, path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn paths_are_followed_and_do_not_lead_out() {
        for (folder, path, expected) in [
            ("", "images/train", "images/train"),
            ("a/b", "../images/./x/", "a/images/x"),
            ("a", "..\\..\\..\\x", "x"),
            ("a", "/images/x", "images/x"),
            ("a", "", "a"),
            ("a", ".", "a"),
        ] {
            assert_eq!(joined(folder, path), expected, "{folder} {path}");
        }
    }
}
