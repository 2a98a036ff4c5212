//! What is said of several findings an image goes out and comes in again, wherever a format holds it.

use super::*;
use crate::domain::{Presence, Rect, Split};
use crate::imaging::write::write_png_gray;
use crate::interchange::model::columns::Role;
use crate::interchange::model::options::Options;
use crate::interchange::model::reading::{ReadBox, ReadImage, Reading, Said};
use crate::interchange::read;
use Presence::{Absent, Present, Uncertain};
use std::collections::BTreeMap;

/// Names that tables and files could take for something else.
const FINDINGS: [&str; 4] = ["Mass & more", "split", "finding \"x\", p", "Pleural Other"];

fn image(dir: &Path, name: &str, grey: u8, said: Vec<Said>) -> Outgoing {
    let path = dir.join(name);
    write_png_gray(&path, 30, 20, &[grey; 600]).unwrap();
    let sha256 = crate::files::hash::sha256_file(&path).unwrap();
    let image = ReadImage {
        path,
        name: name.into(),
        sha256,
        width: 30,
        height: 20,
        truncated: false,
        frame: 0,
        facts: Default::default(),
        split: Some(Split::Train),
        group: None,
        said,
        measured: Vec::new(),
    };
    Outgoing { image, reviewed: false, flagged: false, key: false, signed: None, note: String::new(), predicted: None }
}

fn of(reader: Option<&str>, said: &[(usize, Presence)]) -> Said {
    let findings = said.iter().map(|(at, presence)| (FINDINGS[*at].to_owned(), *presence)).collect();
    Said { reader: reader.map(str::to_owned), time_ms: reader.map(|_| 1_000), findings, ..Said::default() }
}

/// Present, absent, uncertain and not looked at; all absent; nothing said; two readers; findings and a box on one image.
fn images(dir: &Path) -> Vec<Outgoing> {
    let all: Vec<(usize, Presence)> = (0..4).map(|at| (at, Absent)).collect();
    let rect = Rect { xmin: 1.0, ymin: 2.0, xmax: 9.0, ymax: 8.5 };
    let boxed = Said { boxes: vec![ReadBox { class: FINDINGS[0].into(), rect }], ..of(Some("ada"), &[(0, Present)]) };
    vec![
        image(dir, "1.png", 1, vec![of(None, &[(0, Present), (1, Absent), (2, Uncertain)])]),
        image(dir, "2.png", 2, vec![of(None, &all)]),
        image(dir, "3.png", 3, Vec::new()),
        image(dir, "4.png", 4, vec![of(Some("ada"), &[(0, Present), (3, Present)]), of(Some("bob"), &[(1, Present)])]),
        image(dir, "5.png", 5, vec![boxed]),
    ]
}

fn exported(format: Format, images: &[Outgoing], to: &Path) -> Result<Written, ExportError> {
    let names = FINDINGS.map(str::to_owned);
    let given = Export { images, classes: &names, findings: &names, every_reader: true };
    let how = How { unseen: Unseen::AsNegative, ..How::default() };
    export(format, &given, to, &how, &|_, _| true)
}

/// What is said of each image by whom: every finding with what is said of it, none that nobody looked at.
type Stated = BTreeMap<String, Vec<(Option<String>, BTreeMap<String, Presence>, usize)>>;

fn stated(images: &[ReadImage]) -> Stated {
    let one = |said: &Said| {
        let mut all: BTreeMap<String, Presence> = said.findings.iter().cloned().collect();
        if said.others_absent {
            for name in FINDINGS {
                all.entry(name.to_owned()).or_insert(Absent);
            }
        }
        (said.reader.clone(), all, said.boxes.len())
    };
    let said = |image: &ReadImage| {
        let all = image.said.iter().filter(|said| said.is_about_findings() || !said.boxes.is_empty());
        all.map(one).collect::<Vec<_>>()
    };
    images.iter().map(|image| (image.sha256.clone(), said(image))).collect()
}

fn again(to: &Path, format: Format) -> Reading {
    read(to, format, &Options::default(), &|_, _| true).unwrap()
}

#[test]
fn findings_come_back_as_they_were_said() {
    let dir = tempfile::tempdir().unwrap();
    let images = images(dir.path());
    let expected = stated(&images.iter().map(|one| one.image.clone()).collect::<Vec<_>>());
    for format in [Format::CSV, Format::LABEL_STUDIO, Format::COCO, Format::VOC] {
        let out = tempfile::tempdir().unwrap();
        let to = out.path().join("out");
        let written = exported(format, &images, &to).unwrap();
        let reading = again(&to, format);
        assert_eq!(stated(&reading.images.to_vec().unwrap()), expected, "{format:?}: {:#?}", reading.left_out);
        assert!(reading.findings, "{format:?}");
        let mut classes = reading.classes.clone();
        classes.sort();
        let mut names = FINDINGS.map(str::to_owned).to_vec();
        names.sort();
        assert_eq!(classes, names, "{format:?}");
        // And once more.
        let second = out.path().join("second");
        let outgoing: Vec<Outgoing> =
            reading.images.to_vec().unwrap().into_iter().map(|image| Outgoing { image, ..images[0].clone() }).collect();
        exported(format, &outgoing, &second).unwrap();
        assert_eq!(stated(&again(&second, format).images.to_vec().unwrap()), expected, "{format:?}");
        let own = [Format::COCO, Format::VOC].contains(&format);
        assert_eq!(written.lost.iter().any(|lost| lost.contains("indings of whole images")), own, "{:?}", written.lost);
    }
}

/// Label Studio's tasks name only what was chosen, in no order; the configuration beside them has all, in theirs.
#[test]
fn the_order_of_classes_and_findings_comes_back_from_label_studio() {
    let dir = tempfile::tempdir().unwrap();
    let images = images(dir.path());
    let to = dir.path().join("findings");
    exported(Format::LABEL_STUDIO, &images, &to).unwrap();
    assert_eq!(again(&to, Format::LABEL_STUDIO).classes, FINDINGS);
    let (to, classes) = (dir.path().join("classes"), ["z", "unused", "a"].map(str::to_owned));
    let labelled: Vec<Outgoing> = (images.iter().zip(["a", "z"]))
        .map(|(one, label)| {
            let image = ReadImage { said: vec![Said::label(label.to_owned())], ..one.image.clone() };
            Outgoing { image, ..one.clone() }
        })
        .collect();
    let given = Export { images: &labelled, classes: &classes, findings: &[], every_reader: true };
    export(Format::LABEL_STUDIO, &given, &to, &How::default(), &|_, _| true).unwrap();
    assert_eq!(again(&to, Format::LABEL_STUDIO).classes, classes);
}

#[test]
fn a_table_holds_numbers_and_a_list() {
    let dir = tempfile::tempdir().unwrap();
    let images = images(dir.path());
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("out");
    exported(Format::CSV, &images, &to).unwrap();
    let text = std::fs::read_to_string(to.join("labels.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header[4], "findings");
    assert_eq!(header[8..12], ["Mass & more", "finding split", "finding finding \"x\", p", "Pleural Other"]);
    assert!(header[12..16].iter().all(|name| name.starts_with("p(")), "{header:?}");
    let cells: Vec<String> = rows
        .records()
        .map(|row| {
            let row = row.unwrap();
            format!("{}: {}", &row[4], (8..12).map(|at| row[at].to_owned()).collect::<Vec<_>>().join(","))
        })
        .collect();
    let expected = [
        "Mass & more: 1,0,-1,",
        "No Finding: 0,0,0,0",
        ": ,,,",
        "Mass & more|Pleural Other: 1,,,1",
        "split: ,1,,",
        "Mass & more: 1,,,",
    ];
    assert_eq!(cells, expected);
    // The list, as a person may have it.
    std::fs::remove_file(to.join("boxes.csv")).unwrap();
    let columns = vec![(Role::Class, "findings".to_owned())];
    let read = read(&to, Format::CSV, &Options { columns, ..Options::default() }, &|_, _| true).unwrap();
    let present: Vec<String> = read
        .images
        .to_vec()
        .unwrap()
        .iter()
        .map(|image| image.present().into_iter().collect::<Vec<_>>().join("+"))
        .collect();
    assert_eq!(present[..3], ["Mass & more", "", ""].map(str::to_owned));
}

#[test]
fn formats_without_a_word_for_findings_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let images = images(dir.path());
    let out = tempfile::tempdir().unwrap();
    let refused = exported(Format::FOLDERS, &images, &out.path().join("folders")).unwrap_err().to_string();
    assert!(refused.contains("several findings") && refused.contains("overread convert"), "{refused}");
    let lost = exported(Format::YOLO, &images, &out.path().join("yolo")).unwrap().lost.join(" ");
    assert!(lost.contains("no findings of the whole image: those of 4 images are not written"), "{lost}");
    // Without any box YOLO's layout is that of class folders.
    let refused = exported(Format::YOLO, &images[..1], &out.path().join("none")).unwrap_err().to_string();
    assert!(refused.contains("several findings"), "{refused}");
}
