//! Real data in every format: what is read, written and read again is the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

use overread::domain::Split;
use overread::interchange::export::{How, last};
use overread::interchange::{
    Export, Format, Options, Outgoing, Pictures, ReadImage, Reading, Said, export, read, takes_silence_for_none,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Corners may be off by this many pixels: widths, shares and percents lose the last bits of a number of 53.
const CORNER: f64 = 1e-9;

/// A folder of the shared data; `None`, with the reason printed, where it is absent, which in CI is a failure.
fn shared(below: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Worktrees lie one folder deeper than the checkout.
    let places = ["../shared/data", "../../shared/data"].map(|up| root.join(up).join(below));
    let found = places.into_iter().find(|path| path.exists());
    if found.is_none() {
        assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "../shared/data/{below} must be there in CI");
        println!("skipped: ../shared/data/{below} is not there");
    }
    found
}

fn reading(source: &Path, format: Format) -> Reading {
    let exclude = vec!["consensus_*".to_owned(), "sample_*".to_owned()];
    read(source, format, &Options { exclude, ..Options::default() }, &|_, _| true).unwrap_or_else(|why| panic!("{why}"))
}

/// What a format gives back of an image.
#[derive(Debug, PartialEq)]
struct Seen {
    split: Option<Split>,
    group: Option<String>,
    said: Vec<Said>,
}

/// How much a format holds.
#[derive(Clone, Copy, PartialEq)]
enum Holds {
    Everything,
    /// The boxes in force, or that there are none.
    Boxes,
    /// The label in force.
    Label,
}

fn seen(image: &ReadImage, holds: Holds) -> Seen {
    let mut said = match holds {
        Holds::Everything => image.said.clone(),
        _ => last(image).into_iter().collect(),
    };
    for one in &mut said {
        match holds {
            Holds::Everything => {}
            Holds::Boxes => {
                *one =
                    Said { boxes: std::mem::take(&mut one.boxes), nothing_found: one.nothing_found, ..Said::default() }
            }
            Holds::Label => *one = Said { label: one.label.take(), ..Said::default() },
        }
        one.boxes.sort_by(|a, b| {
            // Two boxes that begin at one column must not change places for the last bit of it.
            let key = |b: &overread::interchange::ReadBox| {
                [b.rect.xmin, b.rect.ymin, b.rect.xmax, b.rect.ymax].map(|side| (side * 1e6).round() as i64)
            };
            a.class.cmp(&b.class).then(key(a).cmp(&key(b)))
        });
    }
    said.retain(|one| !one.is_empty());
    let group = image.group.clone().filter(|_| holds == Holds::Everything);
    Seen { split: image.split, group, said }
}

fn by_content(images: &[ReadImage], holds: Holds) -> BTreeMap<(String, u32), Seen> {
    images.iter().map(|image| ((image.sha256.clone(), image.frame), seen(image, holds))).collect()
}

/// The largest distance of a corner to where it was; everything else must be equal.
fn compare(before: &Seen, after: &mut Seen, what: &str) -> f64 {
    let mut largest = 0.0f64;
    assert_eq!(before.said.len(), after.said.len(), "{what}: {before:?}\n{after:?}");
    for (a, b) in before.said.iter().zip(&mut after.said) {
        assert_eq!(a.boxes.len(), b.boxes.len(), "{what}");
        for (a, b) in a.boxes.iter().zip(&mut b.boxes) {
            let sides = |r: &overread::domain::Rect| [r.xmin, r.ymin, r.xmax, r.ymax];
            let apart = sides(&a.rect).into_iter().zip(sides(&b.rect)).map(|(a, b)| (a - b).abs());
            largest = apart.fold(largest, f64::max);
            b.rect = a.rect;
        }
    }
    assert_eq!(before, after, "{what}");
    largest
}

fn round_trip(name: &str, from: &Reading, to: Format) {
    let holds = match to {
        Format::YOLO if from.tally().unwrap().boxed > 0 => Holds::Boxes,
        Format::YOLO | Format::FOLDERS => Holds::Label,
        _ => Holds::Everything,
    };
    let outgoing = |image: &ReadImage| Outgoing {
        image: image.clone(),
        reviewed: false,
        flagged: false,
        key: false,
        signed: None,
        note: String::new(),
        predicted: None,
    };
    let images: Vec<Outgoing> = from.images.to_vec().unwrap().iter().map(outgoing).collect();
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().join("out");
    let given = Export { images: &images, classes: &from.classes, findings: &[], every_reader: true };
    let how = How { pictures: Pictures::Link, ..How::default() };
    let written = export(to, &given, &folder, &how, &|_, _| true).unwrap_or_else(|why| panic!("{name}: {why}"));
    // YOLO's classification layout is class folders, and is read as such.
    let again = reading(&folder, if holds == Holds::Label { Format::FOLDERS } else { to });
    let mut before = by_content(&from.images.to_vec().unwrap(), holds);
    let mut after = by_content(&again.images.to_vec().unwrap(), holds);
    let drawn = |said: &Said| !said.boxes.is_empty() || said.nothing_found;
    let any = from.images.to_vec().unwrap().iter().any(|image| image.said.iter().any(drawn));
    if to == Format::FOLDERS || to == Format::YOLO && holds == Holds::Label {
        before.retain(|_, seen| !seen.said.is_empty());
    } else if takes_silence_for_none(to) {
        // These have no word for what nobody has looked at.
        before.retain(|_, seen| if any { seen.said.iter().any(drawn) } else { !seen.said.is_empty() });
    }
    let gone = images.len() - before.len();
    assert!(gone == 0 || !written.lost.is_empty(), "{name}: {gone} images are gone without a word");
    // A tree with splits puts images of none with those for training.
    let splits = from.images.to_vec().unwrap().iter().any(|image| image.split.is_some());
    if matches!(to, Format::YOLO | Format::FOLDERS) && (splits || to == Format::YOLO && holds == Holds::Boxes) {
        before.values_mut().for_each(|seen| seen.split = seen.split.or(Some(Split::Train)));
    }
    let what = format!("{name} through {}", to.name());
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{what}: {:?}", again.left_out);
    let mut largest = 0.0f64;
    for (content, seen) in &before {
        let back = after.get_mut(content).expect("the keys are equal");
        largest = largest.max(compare(seen, back, &what));
    }
    println!("{what}: {} images, {} boxes, corners off by {largest:e}", written.images, written.boxes);
    assert!(largest <= CORNER, "{what}: {largest}");
}

#[test]
fn what_is_read_written_and_read_again_is_the_same_in_every_format() {
    let sets: [(&str, &[Format]); 7] = [
        ("fracture-boxes", &[Format::COCO, Format::YOLO, Format::VOC]),
        ("chest-mass", &[Format::COCO, Format::CSV, Format::CVAT, Format::YOLO]),
        ("chest-lungs", &[Format::COCO]),
        ("feet", &[Format::FOLDERS]),
        ("knee", &[Format::FOLDERS]),
        ("label-studio/ankle-class", &[Format::LABEL_STUDIO]),
        ("fracture", &[Format::FOLDERS, Format::CSV]),
    ];
    for (name, formats) in sets {
        let Some(source) = shared(name) else { continue };
        for format in formats {
            let from = reading(&source, *format);
            let what = format!("{name} as {}", format.name());
            for to in overread::interchange::export::WRITERS.iter().map(|writer| writer.format) {
                // Class folders and YOLO's classification layout hold labels, of which these have none.
                let labels = from.images.to_vec().unwrap().iter().any(|i| i.said.iter().any(|s| s.label.is_some()));
                if labels || to != Format::FOLDERS {
                    round_trip(&what, &from, to);
                }
            }
        }
    }
}

/// `tests/reference/exports.py` loads the program's exports of the same data in pycocotools, Label Studio's converter and
/// pydicom and writes down what they find.
#[test]
fn boxes_are_those_that_pycocotools_counted() {
    let expected: serde_json::Value = serde_json::from_str(include_str!("reference/expected/exports.json")).unwrap();
    for (name, format) in [("chest-lungs", Format::COCO), ("chest-mass", Format::CVAT)] {
        let Some(source) = shared(name) else { continue };
        let from = reading(&source, format);
        let boxes: Vec<f64> = from
            .images
            .to_vec()
            .unwrap()
            .iter()
            .flat_map(|i| &i.said)
            .flat_map(|s| &s.boxes)
            .map(|b| b.rect.area())
            .collect();
        let found = &expected["results"][name]["coco"];
        assert_eq!(found["images"], from.images.len(), "{name}");
        assert_eq!(found["annotations"], boxes.len(), "{name}");
        let area: f64 = boxes.iter().sum();
        // Written down with three decimals.
        assert!((found["area"].as_f64().unwrap() - area).abs() < 1e-3, "{name}: {area}");
    }
}
