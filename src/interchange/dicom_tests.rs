//! Folders of DICOM files made for the purpose.

use super::Export;
use super::How;
use super::Outgoing;
use super::read;
use crate::domain::Rect;
use crate::imaging::dicom::{PatientKey, Patients, element, small};
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::model::reading::{ReadBox, ReadImage, Reading, Said};
use std::collections::BTreeMap;
use std::path::Path;

/// Frames of one row and two columns, and the patient 4711.
fn file(frames: u16) -> Vec<u8> {
    let count = format!("{frames:<2}");
    let more = [element((0x28, 8), b"IS", count.as_bytes())];
    let mut bytes = small(b"MONOCHROME2 ", &more, (0..2 * frames).map(|value| value * 3));
    // Attributes stand in the order of their tags.
    let at = bytes.windows(4).position(|tag| tag == [0x28, 0, 2, 0]).unwrap();
    let before = [
        element((8, 0x60), b"CS", b"DX"),
        element((0x10, 0x20), b"LO", b"4711"),
        element((0x20, 0x0D), b"UI", b"1.2.3\0"),
    ];
    bytes.splice(at..at, before.concat());
    bytes
}

fn index(names: &[&[u8]]) -> Vec<u8> {
    let item = |name: &&[u8]| {
        let record = element((4, 0x1500), b"CS", name);
        [&[0xFE, 0xFF, 0x00, 0xE0][..], &(record.len() as u32).to_le_bytes(), &record].concat()
    };
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    bytes.extend(element((2, 0x10), b"UI", b"1.2.840.10008.1.2.1\0"));
    bytes.extend(element((4, 0x1220), b"SQ", &names.iter().flat_map(item).collect::<Vec<u8>>()));
    bytes
}

fn disc() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
    write("IM1", &file(1));
    write("sub/cine.dcm", &file(3));
    write("readme", b"no picture");
    write("DICOMDIR", &index(&[b"IM1 ", b"SUB\\CINE.DCM", b"SUB\\GONE"]));
    dir
}

fn reading(source: &Path, format: Format, patients: Patients) -> Reading {
    read(source, format, &Options { patients, ..Options::default() }, &|_, _| true).unwrap()
}

fn images(reading: &Reading) -> Vec<ReadImage> {
    reading.images.to_vec().unwrap()
}

fn names(reading: &Reading) -> Vec<String> {
    images(reading).into_iter().map(|image| image.name).collect()
}

#[test]
fn frames_are_images_and_files_are_known_by_their_content() {
    let disc = disc();
    let key = Patients::Hashed(PatientKey::random().unwrap());
    let reading = reading(disc.path(), Format::FOLDERS, key);
    assert_eq!(names(&reading), ["IM1", "sub/cine.dcm#0", "sub/cine.dcm#1", "sub/cine.dcm#2"]);
    assert_eq!(images(&reading).iter().map(|image| image.frame).collect::<Vec<_>>(), [0, 0, 1, 2]);
    let told: Vec<&str> = reading.left_out.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(told, ["SUB/GONE", "1 file"], "{:?}", reading.left_out);
    assert!(reading.left_out[0].1.contains("DICOMDIR"));
    // One patient, whom nothing names.
    let group = images(&reading)[0].group.clone().unwrap();
    assert!(images(&reading).iter().all(|image| image.group.as_ref() == Some(&group)));
    assert!(!format!("{reading:?}").contains("4711"));
    let facts = &images(&reading)[1].facts;
    assert_eq!((facts.attributes["modality"].as_str(), facts.study.as_deref()), ("DX", Some("1.2.3")));
}

#[test]
fn patients_are_named_only_by_choice() {
    let disc = disc();
    let group = |patients| images(&reading(disc.path(), Format::FOLDERS, patients))[0].group.clone();
    assert_eq!(group(Patients::Kept).as_deref(), Some("4711"));
    assert_eq!(group(Patients::Ignored), None);
}

#[test]
fn tables_speak_of_files_and_of_frames() {
    let disc = disc();
    let table = "file,label\nIM1,a\ncine.dcm,b\ncine.dcm#1,c\ncine.dcm#7,c\n";
    std::fs::write(disc.path().join("labels.csv"), table).unwrap();
    let reading = reading(disc.path(), Format::CSV, Patients::Ignored);
    let images = images(&reading);
    let labels: Vec<_> =
        images.iter().map(|image| (image.name.as_str(), image.said.first().and_then(|s| s.label.as_deref()))).collect();
    // What is said of frame 1 contradicts what is said of the file: it has no label until somebody decides.
    let expected =
        [("IM1", Some("a")), ("sub/cine.dcm#0", Some("b")), ("sub/cine.dcm#1", None), ("sub/cine.dcm#2", Some("b"))];
    assert_eq!(labels, expected);
    assert_eq!(reading.conflicts.len(), 1);
    assert!(reading.left_out.iter().any(|(what, why)| what == "sub/cine.dcm#7" && why.contains("3 frames")));
}

/// In formats that name files, frames are `FILE#N`; the files go out once.
#[test]
fn frames_go_out_and_come_back_as_the_same_frames() {
    let disc = disc();
    let read_in = reading(disc.path(), Format::FOLDERS, Patients::Ignored);
    let statement = |at: usize| Said {
        label: Some(["a", "b"][at % 2].into()),
        boxes: vec![ReadBox {
            class: "b".into(),
            rect: Rect { xmin: 0.0, ymin: 0.0, xmax: 0.5 + at as f64 / 4.0, ymax: 1.0 },
        }],
        ..Said::default()
    };
    let outgoing: Vec<Outgoing> = (images(&read_in).into_iter().enumerate())
        .map(|(at, image)| Outgoing {
            image: ReadImage { said: vec![statement(at)], ..image },
            reviewed: true,
            flagged: false,
            key: false,
            signed: None,
            note: String::new(),
            predicted: None,
        })
        .collect();
    let classes = ["a".to_owned(), "b".to_owned()];
    let key = |image: &ReadImage| (image.sha256.clone(), image.frame);
    let expected: BTreeMap<_, _> = outgoing.iter().map(|one| (key(&one.image), one.image.said.clone())).collect();
    for format in [Format::CSV, Format::COCO, Format::VOC, Format::LABEL_STUDIO] {
        let out = tempfile::tempdir().unwrap();
        let to = out.path().join("out");
        let given = Export { images: &outgoing, classes: &classes, findings: &[], every_reader: false };
        let written = super::export(format, &given, &to, &How::default(), &|_, _| true).unwrap();
        assert_eq!(written.images, 4, "{format:?}");
        let back = reading(&to, format, Patients::Ignored);
        let mut seen: BTreeMap<_, _> = images(&back).iter().map(|image| (key(image), image.said.clone())).collect();
        // That an image is reviewed our own table alone says.
        for said in seen.values_mut().flatten() {
            assert_eq!(std::mem::take(&mut said.reviewed), format == Format::CSV, "{format:?}");
        }
        assert_eq!(seen, expected, "{format:?}: {:?}", back.left_out);
    }
}
