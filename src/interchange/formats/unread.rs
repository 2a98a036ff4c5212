//! What lies beside the pictures and no format reads. Where it may say what the pictures show, the folders' names are not
//! taken for that without a word.

use super::folders::{self, likeness::look_like_classes};
use super::table::glimpse::Glimpse;
use super::{ALL, Glance};
use crate::interchange::model::format::Format;
use crate::interchange::model::names::{base_name, folder_of, stem};
use crate::interchange::source::listing::{OF_OTHERS, Other};
use std::collections::HashSet;

/// Columns named in a sentence.
const NAMED: usize = 12;
/// Columns that are of a picture, a patient or a device and no class of what is seen, letters and digits only.
const NO_CLASSES: [&str; 34] = [
    "age",
    "sex",
    "gender",
    "patientage",
    "patientsex",
    "patientgender",
    "patient",
    "patientid",
    "date",
    "studydate",
    "year",
    "time",
    "view",
    "viewposition",
    "projection",
    "laterality",
    "side",
    "width",
    "height",
    "size",
    "md5",
    "sha256",
    "url",
    "source",
    "license",
    "author",
    "site",
    "hospital",
    "camera",
    "device",
    "split",
    "set",
    "subset",
    "fold",
];
/// Words of files of annotations.
const ANNOTATIONS: [&str; 12] = [
    "\"annotations\"",
    "\"shapes\"",
    "\"regions\"",
    "\"objects\"",
    "\"bbox\"",
    "\"boxes\"",
    "\"labels\"",
    "\"label\"",
    "\"polygon\"",
    "\"points\"",
    "\"categories\"",
    "\"classes\"",
];

/// What is not read.
#[derive(Default)]
pub struct Unread {
    /// Why the folders are not taken without a word.
    pub unclear: Option<String>,
    /// What is named, and is nothing to the pictures.
    pub remarks: Vec<String>,
}

/// What a file that is not read is to the pictures, and what there is to say of it.
enum Is {
    /// It may say what they show.
    Of(String),
    /// It is a table of which it is not known what it is of.
    Table(String),
    /// It says other things.
    Nothing(String),
}

/// Looks for tables and JSON files that no format reads.
pub fn unread(glance: &Glance<'_>) -> Unread {
    let mut unread = Unread::default();
    let stems: HashSet<String> = glance.pictures.iter().map(|name| stem(base_name(name)).to_lowercase()).collect();
    let of_picture = |other: &Other| is_of_picture(other, &stems);
    let may_say = |other: &&Other| (is_data(other) || of_picture(other)) && !is_read(other, glance);
    let files: Vec<&Other> = glance.others.iter().filter(may_say).collect();
    if files.is_empty() || glance.pictures.is_empty() {
        return unread;
    }
    let in_folders = glance.pictures.iter().any(|name| !folder_of(name).is_empty());
    let as_classes = look_like_classes(glance.pictures.iter().copied());
    let mut unclear = Vec::new();
    for file in files {
        match of(file, glance, &stems) {
            Is::Of(what) => unclear.push((&file.name, what)),
            Is::Table(what) if in_folders && !as_classes => unclear.push((&file.name, what)),
            Is::Table(what) => unread.remarks.push(format!("{} lies beside the pictures and {what}.", file.name)),
            Is::Nothing(what) => unread.remarks.push(format!("{} lies beside the pictures and {what}.", file.name)),
        }
    }
    let more = unclear.len().saturating_sub(1);
    let more = match more {
        0 => String::new(),
        1 => " (and 1 more file)".to_owned(),
        more => format!(" (and {more} more files)"),
    };
    let instead = if in_folders {
        ", or choose class folders (--format folders) to take the folders' names for the classes"
    } else {
        ", or choose class folders (--format folders) to take the pictures without it"
    };
    unread.unclear = unclear
        .into_iter()
        .next()
        .map(|(name, what)| format!("{name}{more} lies beside the pictures and {what}{instead}"));
    let shown = unread.remarks.len().min(NAMED);
    if unread.remarks.len() > shown {
        let more = unread.remarks.len() - shown;
        unread.remarks.truncate(shown);
        unread.remarks.push(format!("{more} more files lie beside the pictures and were not read."));
    }
    unread
}

/// Whether a file may say something of pictures; the table of folders' classes does not.
fn is_data(other: &Other) -> bool {
    base_name(&other.name) != folders::names::TABLE
        && ["csv", "tsv", "json"].iter().chain(&OF_OTHERS).any(|extension| other.is(extension))
}

/// Whether a file of text is called as a picture is, as label files of one picture each are.
fn is_of_picture(other: &Other, stems: &HashSet<String>) -> bool {
    ["txt", "xml", "yaml", "yml"].iter().any(|extension| other.is(extension))
        && stems.contains(&stem(base_name(&other.name)).to_lowercase())
}

/// Whether a format reads the file.
fn is_read(other: &Other, glance: &Glance<'_>) -> bool {
    let others = [other.clone()];
    let alone = Glance { others: &others, ..*glance };
    ALL.iter().any(|importer| importer.format() != Format::FOLDERS && importer.detect(&alone).is_some())
}

fn of(file: &Other, glance: &Glance<'_>, stems: &HashSet<String>) -> Is {
    let name = &file.name;
    if is_of_picture(file, stems) {
        return Is::Of(
            "is called as a picture is, and no format that is known reads it: convert it to one that is".to_owned(),
        );
    }
    if OF_OTHERS.iter().any(|extension| file.is(extension)) {
        return Is::Table("is of no kind that is read: save it as CSV or JSON".to_owned());
    }
    if file.is("json") {
        let own = stem(base_name(name)).to_lowercase();
        let is_beside = stems.contains(&own) || stems.contains(stem(&own));
        let names = || glance.pictures.iter().any(|picture| file.head.contains(&format!("{}\"", base_name(picture))));
        let marks = || ANNOTATIONS.iter().any(|word| file.head.contains(word));
        return if is_beside || marks() || names() {
            Is::Of("no format that is known reads it: convert it to one that is".to_owned())
        } else {
            Is::Nothing("says nothing of them: it was not read".to_owned())
        };
    }
    let Some(table) = Glimpse::of(file, glance) else {
        return Is::Table("is no table that can be read".to_owned());
    };
    if let Some(why) = table.why_not() {
        return Is::Of(why);
    }
    let columns = table.columns_text(NAMED);
    let how = match table.a_finding().filter(|_| table.has_header) {
        Some(finding) => {
            format!("--column image=NAME --column 'finding={finding}', and so on for each finding's column")
        }
        None if table.has_header => "--column image=NAME --column class=NAME".to_owned(),
        None => "--column image=1 --column class=2".to_owned(),
    };
    let doubt = table.doubt().map_or_else(String::new, |doubt| format!("{doubt}; "));
    let sentence = format!(
        "{doubt}it is not known what its columns hold ({columns}): say so, for example \
         --format csv {how}"
    );
    let names = table.names().any(|cell| stems.contains(&stem(base_name(&cell)).to_lowercase()));
    let plain =
        table.has_header && table.columns.iter().all(|column| table.image() == Some(column) || is_no_class(column));
    let as_classes = look_like_classes(glance.pictures.iter().copied());
    match (names, plain) {
        (true, true) if as_classes => Is::Nothing(format!("says no class of them ({columns}): it was not read")),
        (true, _) => Is::Of(sentence),
        (false, _) => Is::Table(sentence),
    }
}

fn is_no_class(column: &str) -> bool {
    let letters: String = column.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    letters.is_empty() || NO_CLASSES.contains(&letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interchange::model::options::Options;

    fn of_files(pictures: &[&str], files: &[(&str, &str)]) -> Unread {
        let others: Vec<Other> =
            files.iter().map(|(name, head)| Other { name: (*name).into(), head: (*head).into() }).collect();
        unread(&Glance { pictures, others: &others, options: &Options::default() })
    }

    #[test]
    fn what_may_say_more_than_the_folders_is_not_passed_over() {
        let place = ["images/a.png", "images/b.png"];
        let classes = ["cat/a.png", "dog/b.png"];
        let cases = [
            ("t.csv", "picture,Befund\na.png,1\n", true, true),
            ("t.csv", "a.png,10,10,5,5,Mass\n", true, true),
            ("t.csv", "patient,smoker\nAda,1\n", true, false),
            ("t.csv", "file,age\na.png,70\n", true, false),
            ("images/a.json", "{\"version\": 1}", true, true),
            ("x.json", "{\"shapes\": []}", true, true),
            ("x.json", "[{\"file\": \"sub/b.png\"}]", true, true),
            ("package.json", "{\"name\": \"x\"}", false, false),
            ("labelTxt/a.txt", "imagesource:x\n10 10 30 10 30 30 10 30 plane 0\n", true, true),
            ("label_2/b.txt", "Car 0.00 0 -1.57 10.0 10.0 30.0 30.0 1.5 1.6 3.7 1.0 1.5 8.0 -1.5\n", true, true),
            ("a.xml", "<x/>", true, true),
            ("labels.xlsx", "", true, false),
            ("metadata.jsonl", "{\"file_name\": \"a.png\"}\n", true, false),
        ];
        for (name, head, at_a_place, in_classes) in cases {
            for (pictures, expected) in [(&place, at_a_place), (&classes, in_classes)] {
                let Unread { unclear, remarks } = of_files(pictures, &[(name, head)]);
                assert_eq!(unclear.is_some(), expected, "{name}: {head} beside {pictures:?}");
                let said = unclear.as_ref().or(remarks.first()).unwrap();
                assert!(said.starts_with(&format!("{name} lies beside")), "{said}");
            }
        }
    }

    #[test]
    fn the_sentence_says_what_is_known_and_what_to_do() {
        let told = of_files(&["a.png"], &[("t.csv", "picture;Befund\na.png;1\n"), ("u.csv", "foto,x\na.png,1\n")]);
        let why = told.unclear.unwrap();
        for part in ["t.csv (and 1 more file)", "picture, Befund", "--column image=NAME", "--format folders"] {
            assert!(why.contains(part), "{part}: {why}");
        }
        let odd = of_files(&["a.png"], &[("t.csv", "image;Mass;Edema\na.png;1,0;0.0\nb.png;0,0;1.0\n")]);
        let why = odd.unclear.unwrap();
        assert!(why.contains("commas in the numbers of Mass are at odds with the points in Edema"), "{why}");
        let marks = of_files(&["a.png"], &[("t.csv", "Path,id,Befund A,Befund B\na.png,1,1.0,\nb.png,0,,-1.0\n")]);
        let why = marks.unclear.unwrap();
        assert!(why.contains("--column 'finding=Befund A', and so on"), "{why}");
        // The table that says which folder is which class is read with them.
        let own = of_files(&["_a/a.png", "b/b.png"], &[("classes.csv", "folder,class\n_a,a/\n")]);
        assert!(own.unclear.is_none() && own.remarks.is_empty());
        // What a format reads is not named.
        let read = of_files(&["a.png"], &[("t.csv", "picture,label\na.png,Mass\n")]);
        assert!(read.unclear.is_none() && read.remarks.is_empty());
    }
}
