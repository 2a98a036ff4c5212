//! What is known of whole images goes out where a format has a place for it, and comes in again.

use super::tests::outgoing;
use super::*;
use crate::imaging::write::write_png_gray;
use crate::interchange::model::options::Options;
use crate::interchange::model::reading::{ReadImage, Said};
use crate::interchange::{format_at, read};
use std::collections::BTreeMap;
use std::path::PathBuf;

fn attributes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Six images, of which five are of some view.
fn images(dir: &Path) -> Vec<ReadImage> {
    let of = |(number, view): (u8, &str)| {
        let path = dir.join(format!("{number}.png"));
        write_png_gray(&path, 30, 20, &[number; 600]).unwrap();
        let mut facts = crate::domain::ImageFacts::default();
        if !view.is_empty() {
            // One is called as a key or column of the format itself.
            facts.attributes = attributes(&[("view position", view), ("label", "own"), ("id", "x")]);
        }
        ReadImage {
            sha256: crate::files::hash::sha256_file(&path).unwrap(),
            path,
            name: format!("{number}.png"),
            width: 30,
            height: 20,
            truncated: false,
            frame: 0,
            facts,
            split: None,
            group: None,
            said: vec![Said::label("M".into())],
            measured: Vec::new(),
        }
    };
    [(1, "AP"), (2, "AP"), (3, "AP"), (4, "AP | PA"), (5, "AP"), (6, "")].into_iter().map(of).collect()
}

#[test]
fn attributes_of_images_come_back_or_are_told_to_be_lost() {
    let dir = tempfile::tempdir().unwrap();
    let images = images(dir.path());
    for writer in WRITERS {
        let out = tempfile::tempdir().unwrap();
        let to = out.path().join("out");
        let given =
            Export { images: &outgoing(&images), classes: &["M".to_owned()], findings: &[], every_reader: true };
        let how = How { unseen: Unseen::AsNegative, ..How::default() };
        let written = export(writer.format, &given, &to, &how, &|_, _| true).unwrap();
        let lost = written.lost.iter().find(|lost| lost.contains("view position"));
        if let Some(lost) = lost {
            assert!(lost.contains("5 images have some"), "{}: {lost}", writer.format.id());
            assert!(![Format::COCO, Format::CSV].contains(&writer.format), "{lost}");
            continue;
        }
        let options = Options::default();
        assert_eq!(format_at(&to, &options).unwrap().format, writer.format);
        let again = read(&to, writer.format, &options, &|_, _| true).unwrap();
        let views: Vec<Option<String>> =
            again.images.to_vec().unwrap().iter().map(|i| i.facts.attributes.get("view position").cloned()).collect();
        let some = |view: &str| Some(view.to_owned());
        assert_eq!(
            views,
            [some("AP"), some("AP"), some("AP"), some("AP | PA"), some("AP"), None],
            "{}",
            writer.format.id()
        );
        let labels: Vec<Option<String>> = again
            .images
            .to_vec()
            .unwrap()
            .iter()
            .map(|i| i.facts.attributes.get("label").cloned().filter(|_| i.label() == Some("M")))
            .collect();
        assert_eq!(
            labels,
            [some("own"), some("own"), some("own"), some("own"), some("own"), None],
            "{}",
            writer.format.id()
        );
    }
}

#[test]
fn a_person_who_hides_who_the_patient_is_gives_no_attributes_away() {
    let dir = tempfile::tempdir().unwrap();
    let images = images(dir.path());
    for format in [Format::COCO, Format::CSV] {
        let to = dir.path().join(format.id());
        let given =
            Export { images: &outgoing(&images), classes: &["M".to_owned()], findings: &[], every_reader: true };
        let how =
            How { confidentiality: Some(Confidentiality { key: [7; 32], dates: Dates::default() }), ..How::default() };
        let written = export(format, &given, &to, &how, &|_, _| true).unwrap();
        let told = |lines: &[String]| lines.iter().any(|line| line.contains("attributes of 5 images"));
        assert!(told(&written.warnings) || told(&written.lost), "{written:?}");
        for file in walk(&to) {
            let text = std::fs::read(&file).unwrap();
            assert!(!String::from_utf8_lossy(&text).contains("AP | PA"), "{}", file.display());
        }
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
