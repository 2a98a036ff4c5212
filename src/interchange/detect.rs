//! Which format a folder holds, from the names of its files and the beginnings of those that are text.

use super::csv_mapping::{self, Mapping};
use super::locate::{base_name, folder_of, path_of, stem};
use super::reading::Format;
use super::yolo;
use super::{label_studio, table};
use std::collections::HashSet;

/// How much of a file's beginning is looked at, in bytes.
pub const HEAD: usize = 4096;

/// A file that is no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Its path below the source, with `/`.
    pub name: String,
    /// The first [`HEAD`] bytes as text, as far as they are text.
    pub head: String,
}

/// A format and why it is taken for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    pub format: Format,
    pub reason: String,
    /// What else was found, each with its reason: the same truth in another format, often.
    pub others: Vec<(Format, String)>,
}

impl Detection {
    /// What was told of a file and the pictures it belongs to: that those lie in folders is not what the file says.
    pub fn of_a_file(mut self) -> Self {
        let other = self.others.iter().position(|(format, _)| *format != Format::Folders);
        if let (Format::Folders, Some(at)) = (self.format, other) {
            (self.format, self.reason) = self.others.remove(at);
        }
        self.others.retain(|(format, _)| *format != Format::Folders);
        self
    }
}

/// Tells the format of a source. Annotation files go before class folders, and formats that say more before those that
/// say less.
pub fn detect(pictures: &[&str], others: &[Other]) -> Detection {
    let mut found: Vec<(Format, String)> =
        [label_studio_reason(others), coco_reason(others), yolo_reason(pictures, others), voc_reason(others)]
            .into_iter()
            .flatten()
            .collect();
    let table = csv_reason(pictures, others);
    let folders: HashSet<&str> = pictures.iter().map(|name| folder_of(name)).filter(|f| !f.is_empty()).collect();
    let reason = match folders.len() {
        0 if pictures.is_empty() => "there are no pictures".to_owned(),
        0 => "there are only pictures".to_owned(),
        count if !found.is_empty() => format!("the pictures lie in {}", phrase(count)),
        1 => "there is no annotation file".to_owned(),
        count => format!("there is no annotation file, and the pictures lie in {count} folders"),
    };
    match table {
        // FracAtlas' table says more of the images than its annotation files, which are beside it.
        Some((reason, Table::FracAtlas)) => found.insert(0, (Format::Csv, reason)),
        // Class folders say of each picture what it is; a table in them is a list of them, most often.
        Some((reason, Table::Labels)) if folders.len() > 1 => {
            found.push((Format::Folders, format!("the pictures lie in {}", phrase(folders.len()))));
            found.push((Format::Csv, reason));
        }
        Some((reason, _)) => found.push((Format::Csv, reason)),
        None => {}
    }
    // Without pictures there are no folders of them either; but something must be told.
    let may_be_folders = !pictures.is_empty() || found.is_empty();
    if may_be_folders && found.iter().all(|(format, _)| *format != Format::Folders) {
        found.push((Format::Folders, reason));
    }
    let (format, reason) = found.remove(0);
    Detection { format, reason, others: found }
}

fn phrase(folders: usize) -> String {
    if folders == 1 { "a folder".to_owned() } else { format!("{folders} folders") }
}

fn ends(name: &str, extension: &str) -> bool {
    name.to_lowercase().ends_with(extension)
}

fn label_studio_reason(others: &[Other]) -> Option<(Format, String)> {
    let is = |other: &&Other| {
        let head = other.head.trim_start();
        let keys = ["\"annotations\"", "\"annotation_id\"", "\"completions\"", "\"annotator\""];
        (ends(&other.name, ".json") && head.starts_with('[') && keys.iter().any(|key| head.contains(key)))
            || ([".csv", ".tsv"].iter().any(|e| ends(&other.name, e)) && {
                let columns: Vec<&str> = head
                    .lines()
                    .next()
                    .unwrap_or("")
                    .split([',', ';', '\t'])
                    .map(|c| c.trim().trim_matches('"'))
                    .collect();
                label_studio::is_table(&columns)
            })
    };
    let first = others.iter().find(is)?;
    Some((Format::LabelStudio, format!("{} is a list of annotated tasks", first.name)))
}

fn coco_reason(others: &[Other]) -> Option<(Format, String)> {
    let is = |other: &&Other| {
        let has = |key: &str| other.head.contains(key);
        ends(&other.name, ".json")
            && other.head.trim_start().starts_with('{')
            && ((has("\"images\"") && has("\"file_name\"")) || (has("\"image_id\"") && has("\"category_id\"")))
    };
    let first = others.iter().find(is)?;
    Some((Format::Coco, format!("{} lists images and annotations", first.name)))
}

fn yolo_reason(pictures: &[&str], others: &[Other]) -> Option<(Format, String)> {
    let stems: HashSet<&str> = pictures.iter().map(|name| stem(base_name(name))).collect();
    let labels =
        others.iter().filter(|other| !yolo::is_other_text(&other.name) && stems.contains(stem(base_name(&other.name))));
    let (mut fits, mut first) = (0usize, None);
    for other in labels {
        // The last line may be cut.
        let whole = if other.head.len() < HEAD { other.head.as_str() } else { other.head.rsplit_once('\n')?.0 };
        if !yolo::parse_labels(whole).wrong.is_empty() {
            return None;
        }
        fits += usize::from(!whole.trim().is_empty());
        first.get_or_insert(&other.name);
    }
    let first = first.filter(|_| fits > 0)?;
    Some((Format::Yolo, format!("{first} has a class and shares a line, and a picture has its name")))
}

/// What a table holds.
enum Table {
    Boxes,
    Labels,
    FracAtlas,
}

/// A table whose header names a column for the images and one for a class or box, and that names a picture which is
/// there; or one beside a table that gives ids their files.
fn csv_reason(pictures: &[&str], others: &[Other]) -> Option<(String, Table)> {
    let stems: HashSet<String> = pictures.iter().map(|name| stem(base_name(name)).to_lowercase()).collect();
    let has_ids = others.iter().any(|other| base_name(&other.name).eq_ignore_ascii_case(csv_mapping::ID_TABLE));
    others.iter().filter(|other| ends(&other.name, ".csv") || ends(&other.name, ".tsv")).find_map(|other| {
        // The last line may be cut.
        let whole = if other.head.len() < HEAD { other.head.as_str() } else { other.head.rsplit_once('\n')?.0 };
        let (header, rows) = table::rows(whole).ok()?;
        let mapping = Mapping::of(&header).filter(|mapping| mapping.class.is_some() || mapping.boxes.is_some())?;
        let names = rows.iter().filter_map(|row| row.get(mapping.image));
        let there = |name: &String| stems.contains(&stem(base_name(&path_of(name))).to_lowercase());
        if !has_ids && !names.into_iter().any(there) {
            return None;
        }
        let kind = match (&mapping.boxes, mapping.yes_or_no) {
            (_, Some(_)) => Table::FracAtlas,
            (Some(_), None) => Table::Boxes,
            (None, None) => Table::Labels,
        };
        Some((format!("{} names the pictures in its column {}", other.name, header.get(mapping.image)?), kind))
    })
}

fn voc_reason(others: &[Other]) -> Option<(Format, String)> {
    let is = |other: &&Other| {
        ends(&other.name, ".xml") && ["<annotation>", "<annotations>"].iter().any(|tag| other.head.contains(tag))
    };
    let first = others.iter().find(is)?;
    Some((Format::Voc, format!("{} is an XML annotation", first.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_told_by_its_files() {
        let table = [
            ("a.json", "[{\"id\": 1, \"annotations\": [", Format::LabelStudio),
            ("a.csv", "annotation_id,annotator,image\n", Format::LabelStudio),
            ("a.json", "{\"info\": {}, \"images\": [{\"file_name\": ", Format::Coco),
            ("a.json", "{\"annotations\": [{\"image_id\": 1, \"category_id\": 2", Format::Coco),
            ("x/p.txt", "0 0.5 0.5 0.1 0.1\n", Format::Yolo),
            ("p.xml", "<?xml?><annotation>", Format::Voc),
            ("p.txt", "a note", Format::Folders),
            ("q.txt", "0 0.5 0.5 0.1 0.1\n", Format::Folders),
            ("a.json", "{\"version\": 1}", Format::Folders),
            ("x/t.csv", "file,label,xmin,ymin,xmax,ymax\np.png,M,1,2,3,4\n", Format::Csv),
            ("t.csv", "image_id,hand,fractured\np,0,1\n", Format::Csv),
            ("t.csv", "file,label\nq.png,M\n", Format::Folders),
            ("t.csv", "file,age\np.png,7\n", Format::Folders),
        ];
        for (name, head, format) in table {
            let other = Other { name: name.into(), head: head.into() };
            let found = detect(&["x/p.png"], &[other]);
            assert_eq!(found.format, format, "{name}: {head}");
            assert!(!found.reason.is_empty());
        }
    }

    #[test]
    fn what_else_is_there_is_told() {
        let others = ["a.json", "p.xml"]
            .map(|name| Other { name: name.into(), head: "{\"images\": [{\"file_name\": <annotation>".into() });
        let found = detect(&["p.png"], &others);
        assert_eq!(found.format, Format::Coco);
        assert_eq!(found.others.iter().map(|(f, _)| *f).collect::<Vec<_>>(), [Format::Voc, Format::Folders]);
        let found = detect(&[], &others);
        assert_eq!(
            found.others.iter().map(|(f, _)| *f).collect::<Vec<_>>(),
            [Format::Voc],
            "no pictures, no folders of them"
        );
        assert_eq!(detect(&[], &[]).format, Format::Folders);
    }
}
