//! Which format a source holds, from the names of its files and the beginnings of those that are text.

use super::folders::likeness::look_like_classes;
use super::unread::{Unread, unread};
use super::{ALL, Glance, Told};
use crate::interchange::model::format::Format;
use crate::interchange::model::names::folder_of;
use crate::interchange::model::options::Options;
use crate::interchange::source::listing::Other;

/// A format and why it is taken for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    pub format: Format,
    pub reason: String,
    /// What else was found, each with its reason: the same truth in another format, often.
    pub others: Vec<(Format, String)>,
    /// Why the folders' names are not taken for the classes unless a person says so: what lies beside the pictures and is
    /// not read.
    pub unclear: Option<String>,
    /// What lies beside the pictures, is not read and says nothing of them.
    pub remarks: Vec<String>,
}

impl Detection {
    /// What was told of a file and the pictures it belongs to: that those lie in folders is not what the file says.
    pub fn of_a_file(mut self) -> Self {
        let other = self.others.iter().position(|(format, _)| *format != Format::FOLDERS);
        if let (Format::FOLDERS, Some(at)) = (self.format, other) {
            (self.format, self.reason) = self.others.remove(at);
            (self.unclear, self.remarks) = (None, Vec::new());
        }
        self.others.retain(|(format, _)| *format != Format::FOLDERS);
        self
    }
}

/// Tells the format of a source. Annotation files go before class folders, and formats that say more before those that
/// say less. What lies beside the pictures and no format reads is told, since folders may then not be what they seem.
pub fn detect(pictures: &[&str], others: &[Other], options: &Options) -> Detection {
    let glance = Glance { pictures, others, options };
    let mut found: Vec<(Format, Told)> =
        ALL.iter().filter_map(|importer| Some((importer.format(), importer.detect(&glance)?))).collect();
    let alone = found.iter().all(|(format, _)| *format == Format::FOLDERS);
    // Folders that are called as no classes are, or without pictures, are nothing beside a file that tells; but something
    // must be told.
    let folders = alone || look_like_classes(pictures.iter().copied());
    found.retain(|(format, _)| *format != Format::FOLDERS || folders);
    found.sort_by_key(|(_, told)| told.rank);
    let mut found = found.into_iter().map(|(format, told)| (format, told.reason));
    let (format, mut reason) = found.next().unwrap_or_else(|| (Format::FOLDERS, "there are no pictures".to_owned()));
    if alone && pictures.iter().any(|name| !folder_of(name).is_empty()) {
        reason = format!("there is no annotation file, and {reason}");
    }
    let others: Vec<(Format, String)> = found.collect();
    let Unread { unclear, mut remarks } = if format == Format::FOLDERS { unread(&glance) } else { Unread::default() };
    if format == Format::FOLDERS {
        let passed = |(format, reason): &(Format, String)| {
            format!("{reason}: it was not read, since the folders say the same (to read it, choose {}).", format.name())
        };
        remarks.extend(others.iter().map(passed));
    }
    Detection { format, reason, others, unclear, remarks }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pictures: &[&str], others: &[Other]) -> Detection {
        detect(pictures, others, &Options::default())
    }

    #[test]
    fn each_format_is_told_by_its_files() {
        let table = [
            ("a.json", "[{\"id\": 1, \"annotations\": [", Format::LABEL_STUDIO),
            ("a.csv", "annotation_id,annotator,image\n", Format::LABEL_STUDIO),
            ("a.json", "{\"info\": {}, \"images\": [{\"file_name\": ", Format::COCO),
            ("a.json", "{\"annotations\": [{\"image_id\": 1, \"category_id\": 2", Format::COCO),
            ("x/p.txt", "0 0.5 0.5 0.1 0.1\n", Format::YOLO),
            ("p.xml", "<?xml?><annotation>", Format::VOC),
            ("p.txt", "a note", Format::FOLDERS),
            ("q.txt", "0 0.5 0.5 0.1 0.1\n", Format::FOLDERS),
            ("a.json", "{\"version\": 1}", Format::FOLDERS),
            ("x/t.csv", "file,label,xmin,ymin,xmax,ymax\np.png,M,1,2,3,4\n", Format::CSV),
            ("t.csv", "image_id,hand,fractured\np,0,1\n", Format::CSV),
            ("t.csv", "file,label\nq.png,M\n", Format::FOLDERS),
            ("t.csv", "file,age\np.png,7\n", Format::FOLDERS),
        ];
        for (name, head, format) in table {
            let other = Other { name: name.into(), head: head.into() };
            let found = told(&["x/p.png"], &[other]);
            assert_eq!(found.format, format, "{name}: {head}");
            assert!(!found.reason.is_empty());
        }
    }

    #[test]
    fn what_else_is_there_is_told() {
        let others = ["a.json", "p.xml"]
            .map(|name| Other { name: name.into(), head: "{\"images\": [{\"file_name\": <annotation>".into() });
        let found = told(&["cat/p.png", "dog/q.png"], &others);
        assert_eq!(found.format, Format::COCO);
        assert_eq!(found.others.iter().map(|(f, _)| *f).collect::<Vec<_>>(), [Format::VOC, Format::FOLDERS]);
        for no_classes in [&[][..], &["images/p.png"]] {
            let found = told(no_classes, &others);
            assert_eq!(found.others.iter().map(|(f, _)| *f).collect::<Vec<_>>(), [Format::VOC], "{no_classes:?}");
        }
        assert_eq!(told(&[], &[]).format, Format::FOLDERS);
    }
}
