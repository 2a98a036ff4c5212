//! A de-identified export as a whole: not one byte of it, nor a file's name, says who the patient was.

use super::*;
use crate::domain::{Measure, Measurement, Rect, Split};
use crate::files::hash::sha256_file;
use crate::imaging::dicom::deidentify_tests::{PLANTED, planted_file};
use crate::imaging::dicom::{Deidentification, Dicom, deidentify};
use crate::imaging::write::write_png_gray;
use crate::interchange::model::options::Options;
use crate::interchange::model::reading::{Measured, ReadBox, ReadImage, Said};
use crate::interchange::read;
use std::path::PathBuf;

pub(super) fn outgoing(path: PathBuf, size: (u32, u32)) -> Outgoing {
    let secret = String::from_utf8(PLANTED.to_vec()).unwrap();
    let box_of = |class: &str| ReadBox {
        class: class.into(),
        rect: Rect { xmin: 0.0, ymin: 0.0, xmax: f64::from(size.0), ymax: 1.0 },
    };
    let said = Said {
        reader: Some(format!("Dr {secret}")),
        time_ms: Some(1_700_000_000_123),
        label: Some("M".into()),
        boxes: vec![box_of("N")],
        nothing_found: false,
        ..Said::default()
    };
    let image = ReadImage {
        name: format!("{secret}/{}", path.file_name().unwrap().to_string_lossy()),
        sha256: sha256_file(&path).unwrap_or_default(),
        path,
        width: size.0,
        height: size.1,
        truncated: false,
        frame: 0,
        facts: Default::default(),
        split: Some(Split::Train),
        group: Some(secret.clone()),
        said: vec![said],
        measured: vec![Measured {
            reader: Some(format!("Dr {secret}")),
            time_ms: Some(1_700_000_000_123),
            measurement: Measurement::new(Measure::Length, vec![[0.0, 0.0], [1.0, 1.0]]),
        }],
    };
    Outgoing {
        image,
        reviewed: true,
        flagged: false,
        key: false,
        signed: None,
        note: format!("ask {secret}"),
        predicted: None,
    }
}

/// Two files of a patient, a photograph with a name in its metadata, and a file that is cut short.
fn project(dir: &Path) -> Vec<Outgoing> {
    let secret = std::str::from_utf8(PLANTED).unwrap();
    let path = |name: &str| dir.join(format!("{secret}-{name}"));
    for (name, values) in [("1.dcm", [1, 2]), ("2.dcm", [3, 4])] {
        std::fs::write(path(name), planted_file(values)).unwrap();
    }
    write_png_gray(&path("3.png"), 30, 20, &[9; 600]).unwrap();
    let mut png = std::fs::read(path("3.png")).unwrap();
    // Readers pass over what follows the end, as over most metadata.
    png.extend(PLANTED);
    std::fs::write(path("3.png"), png).unwrap();
    std::fs::write(path("4.dcm"), &planted_file([5, 6])[..900]).unwrap();
    let sizes = [(2, 1), (2, 1), (30, 20), (2, 1)];
    let names = ["1.dcm", "2.dcm", "3.png", "4.dcm"];
    names.into_iter().zip(sizes).map(|(name, size)| outgoing(path(name), size)).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let all = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| entry.unwrap().into_path());
    all.filter(|path| path.is_file()).collect()
}

fn contains(bytes: &[u8]) -> bool {
    bytes.windows(PLANTED.len()).any(|window| window == PLANTED)
}

fn how(key: u8, dates: Dates) -> How {
    How { confidentiality: Some(Confidentiality { key: [key; 32], dates }), ..How::default() }
}

#[test]
fn nothing_of_what_was_planted_is_in_any_file_or_name() {
    let dir = tempfile::tempdir().unwrap();
    let images = project(dir.path());
    let classes = ["M", "N"].map(str::to_owned);
    let export_all = Export { images: &images, classes: &classes, findings: &[], every_reader: true };
    for format in crate::interchange::export::WRITERS.iter().map(|writer| writer.format) {
        for dates in [Dates::Remove, Dates::Shift] {
            let out = tempfile::tempdir().unwrap();
            let to = out.path().join("out");
            let written = export(format, &export_all, &to, &how(1, dates), &|_, _| true).unwrap();
            assert_eq!((written.images, written.left_out.len()), (3, 1), "{format:?}: {:?}", written.left_out);
            assert!(written.warnings.iter().any(|w| w.contains("burned into")), "{:?}", written.warnings);
            let files = files(&to);
            assert!(files.len() >= 4, "{files:?}");
            for file in &files {
                let name = file.strip_prefix(&to).unwrap().to_string_lossy().into_owned();
                assert!(!contains(name.as_bytes()), "{format:?}: {name}");
                let bytes = std::fs::read(file).unwrap();
                assert!(!contains(&bytes), "{format:?}: {name} holds what was planted");
                let text = String::from_utf8_lossy(&bytes);
                assert!(!text.contains("2023-11-14"), "{format:?}: {name} holds the time of a statement");
            }
        }
    }
}

#[test]
fn labels_refer_to_the_new_files_whose_pixels_are_the_old_ones() {
    let dir = tempfile::tempdir().unwrap();
    let images = project(dir.path());
    let classes = ["M", "N"].map(str::to_owned);
    let given = Export { images: &images, classes: &classes, findings: &[], every_reader: true };
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("out");
    export(Format::COCO, &given, &to, &how(1, Dates::Shift), &|_, _| true).unwrap();
    let pictures: Vec<PathBuf> = files(&to.join("images"));
    let names: Vec<String> = pictures.iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(names, ["000001.dcm", "000002.dcm", "000003.png"]);
    let mut patients = Vec::new();
    for (at, picture) in pictures.iter().take(2).enumerate() {
        let (old, new) = (std::fs::read(&images[at].image.path).unwrap(), std::fs::read(picture).unwrap());
        let (old, new) = (Dicom::parse(&old).unwrap(), Dicom::parse(&new).unwrap());
        assert_eq!(old.stored(0).unwrap(), new.stored(0).unwrap());
        patients.push(old.patient(&[1; 32]).unwrap());
    }
    assert_eq!(patients[0], patients[1]);
    let again = read(&to, Format::COCO, &Options::default(), &|_, _| true).unwrap();
    assert_eq!((again.images.len(), again.tally().unwrap().all_boxes()), (3, 3), "{:?}", again.left_out);
    let images = again.images.to_vec().unwrap();
    for image in &images {
        assert_eq!(image.said[0].reader.as_deref(), Some("reader 1"));
    }
    assert_eq!(images[0].group.as_deref(), Some(patients[0].as_str()));
    let report = std::fs::read_to_string(to.join("deidentification.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["files"].as_array().unwrap().len(), 3);
    assert_eq!(report["files"][0]["removed"]["InstitutionAddress"], 1);
}

#[test]
fn one_key_gives_the_same_files_and_another_gives_others() {
    let dir = tempfile::tempdir().unwrap();
    let images = project(dir.path());
    let given = Export { images: &images, classes: &[], findings: &[], every_reader: false };
    let out = tempfile::tempdir().unwrap();
    let made = |name: &str, key| {
        let to = out.path().join(name);
        export(Format::CSV, &given, &to, &how(key, Dates::Shift), &|_, _| true).unwrap();
        std::fs::read(to.join("images/000001.dcm")).unwrap()
    };
    assert_eq!(made("a", 1), made("b", 1));
    assert_ne!(made("c", 2), made("d", 1));
    let bytes = std::fs::read(&images[0].image.path).unwrap();
    let plain = deidentify(&bytes, &Deidentification { key: [1; 32], shift_days: None }).unwrap().0;
    assert_ne!(made("e", 1), plain, "dates are not shifted");
}

#[test]
fn tables_have_the_hashes_of_the_new_files_and_what_is_left_away_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let images = project(dir.path());
    let given = Export { images: &images, classes: &[], findings: &[], every_reader: false };
    let to = dir.path().join("out");
    let written = export(Format::CSV, &given, &to, &how(1, Dates::Shift), &|_, _| true).unwrap();
    let new: Vec<String> = files(&to.join("images")).iter().map(|path| sha256_file(path).unwrap()).collect();
    let tables: Vec<String> = files(&to)
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "csv"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let tables = tables.join("\n");
    assert_eq!(new.len(), 3);
    assert!(new.iter().all(|hash| tables.contains(hash.as_str())), "{tables}");
    assert!(images.iter().all(|one| !tables.contains(&one.image.sha256)), "a hash finds the file it was made of");
    for words in ["Notes may name people: those of 3 images", "The times of statements are not written"] {
        assert!(written.lost.iter().any(|lost| lost.contains(words)), "{words}: {:?}", written.lost);
    }
    assert!(written.warnings.iter().any(|warning| warning.contains("written as PNG")), "{:?}", written.warnings);
}
