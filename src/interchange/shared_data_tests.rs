//! The readers on real data: one truth in several formats must be one set of boxes.

use super::read;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::model::reading::Reading;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A folder of the shared data; `None`, with the reason printed, where it is absent.
fn shared(below: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = ["../shared/data", "../../shared/data"].map(|up| root.join(up).join(below));
    let found = places.into_iter().find(|path| path.exists());
    if found.is_none() {
        assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "../shared/data/{below} is not there");
        println!("skipped: ../shared/data/{below} is not there");
    }
    found
}

fn reading(source: &Path, format: Format, options: &Options) -> Reading {
    let reading = read(source, format, options, &|_, _| true).unwrap();
    println!(
        "{}: {} images, {} boxes, {} clipped",
        format.name(),
        reading.images.len(),
        reading.tally().unwrap().all_boxes(),
        reading.boxes_clipped
    );
    for remark in &reading.remarks {
        println!("  {remark}");
    }
    reading
}

type Boxes = BTreeMap<String, Vec<(String, [f64; 4])>>;

/// Class and corners by picture, only of pictures with boxes, from left to right.
fn boxes(reading: &Reading) -> Boxes {
    let mut all = Boxes::new();
    for image in &reading.images.to_vec().unwrap() {
        for one in image.said.iter().flat_map(|said| &said.boxes) {
            let corners = [one.rect.xmin, one.rect.ymin, one.rect.xmax, one.rect.ymax];
            let stem = image.path.file_stem().unwrap().to_string_lossy().into_owned();
            all.entry(stem).or_default().push((one.class.clone(), corners));
        }
    }
    all
}

/// The largest distance of a corner to the same corner in the other reading; every box must have its partner.
fn distance(a: &Boxes, b: &Boxes) -> f64 {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    let mut largest = 0.0f64;
    for (name, ours) in a {
        let mut theirs = b[name].clone();
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (class, corners) in ours {
            let far = |other: &[f64; 4]| corners.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            let at = (0..theirs.len()).min_by(|a, b| far(&theirs[*a].1).total_cmp(&far(&theirs[*b].1))).unwrap();
            let (other_class, other) = theirs.swap_remove(at);
            assert_eq!(*class, other_class, "{name}");
            largest = largest.max(far(&other));
        }
    }
    largest
}

/// COCO has all decimals. YOLO's four miss a centre by 0.00005 and half a size by 0.000025 of up to 2140 pixels: 0.16
/// pixels. VOC's whole numbers are the corners without their fractions: a pixel, and by how much the copy they were cut
/// from differs, 0.01.
#[test]
fn fracture_boxes_are_the_same_in_three_formats() {
    let Some(source) = shared("fracture-boxes") else { return };
    let [coco, yolo, voc] =
        [Format::COCO, Format::YOLO, Format::VOC].map(|format| reading(&source, format, &Options::default()));
    assert_eq!((coco.images.len(), yolo.images.len(), voc.images.len()), (119, 159, 159));
    let [coco_boxes, yolo_boxes, voc_boxes] = [&coco, &yolo, &voc].map(boxes);
    assert_eq!(coco.tally().unwrap().all_boxes(), 148);
    let (to_yolo, to_voc) = (distance(&coco_boxes, &yolo_boxes), distance(&coco_boxes, &voc_boxes));
    println!("COCO to YOLO {to_yolo:.4} px, to VOC {to_voc:.4} px");
    assert!(to_yolo < 0.17, "{to_yolo}");
    assert!(to_voc < 1.01, "{to_voc}");
    let negatives =
        |r: &Reading| r.images.to_vec().unwrap().iter().filter(|i| i.said.iter().any(|s| s.nothing_found)).count();
    assert_eq!((negatives(&yolo), negatives(&voc)), (40, 40));
    for reading in [&coco, &yolo, &voc] {
        assert_eq!(reading.classes, ["fractured"]);
        assert!(reading.remarks.iter().any(|r| r.contains("turned by EXIF")), "{:?}", reading.remarks);
    }
    let said = |r: &Reading, sentence: &str| r.remarks.iter().any(|r| r.contains("IMG0002628") && r.contains(sentence));
    assert!(said(&coco, "as the stated size says") && said(&voc, "as the stated size says"));
    assert!(said(&yolo, "nothing in the files says"));
}

/// YOLO has six decimals of 1024 pixels: 0.001. COCO's whole numbers are CVAT's two decimals rounded: half a pixel.
#[test]
fn chest_masses_are_the_same_in_every_format() {
    let Some(source) = shared("chest-mass") else { return };
    let coco = reading(&source, Format::COCO, &Options::default());
    assert_eq!((coco.images.len(), coco.tally().unwrap().all_boxes()), (50, 283));
    let cvat = reading(&source, Format::CVAT, &Options::default());
    let yolo = reading(&source, Format::YOLO, &Options::default());
    let (to_cvat, by_number) = (distance(&boxes(&coco), &boxes(&cvat)), boxes(&yolo));
    // The YOLO files name no classes: Mass and Nodule are 0 and 1.
    let named = by_number.into_iter().map(|(name, list)| {
        let list =
            list.into_iter().map(|(class, c)| (if class == "0" { "Mass" } else { "Nodule" }.to_owned(), c)).collect();
        (name, list)
    });
    let to_yolo = distance(&boxes(&coco), &named.collect());
    println!("COCO to CVAT {to_cvat:.4} px, to YOLO {to_yolo:.4} px");
    assert!(to_cvat < 0.51 && to_yolo < 0.51, "{to_cvat} {to_yolo}");
}

#[test]
fn the_ankle_class_comes_out_exactly_as_expected() {
    let (Some(source), Some(expected)) =
        (shared("label-studio/ankle-class"), shared("label-studio/ankle-class-expected.csv"))
    else {
        return;
    };
    let exclude = ["consensus_*", "sample_*"].map(str::to_owned).to_vec();
    let reading = reading(&source, Format::LABEL_STUDIO, &Options { exclude, ..Options::default() });
    let (_, rows) =
        crate::interchange::formats::table::rows::rows(&std::fs::read_to_string(expected).unwrap()).unwrap();
    let expected: BTreeSet<Vec<String>> = rows.into_iter().collect();
    let row = |image: &super::ReadImage| {
        let uploader = image.group.clone().unwrap();
        let file = image.path.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(image.name, format!("{uploader}_{file}"));
        assert_eq!(image.said.len(), 1, "{}", image.name);
        assert_eq!(image.said[0].reader.as_deref(), Some("7"));
        vec![uploader, file, image.said[0].label.clone().unwrap()]
    };
    let taken: BTreeSet<Vec<String>> = reading.images.to_vec().unwrap().iter().map(row).collect();
    assert_eq!(taken, expected);
    assert_eq!(reading.images.len(), expected.len());
    assert_eq!(reading.classes, ["1_Pronacio", "2_Neutralis", "3_Szupinacio"]);
    let why = |name: &str| reading.left_out.iter().find(|(file, _)| file == name).map(|(_, why)| why.as_str());
    assert!(why("G1BADJ/project-3.json").is_some_and(|why| why.contains("no whole JSON")), "{:#?}", reading.left_out);
    assert!(why("ECSGGX/").is_some_and(|why| why.contains("no Label Studio export")));
    assert!(why("consensus_2025/").is_some() && why("sample_labels/").is_some());
    assert!(!reading.left_out.iter().any(|(file, _)| file.contains("__MACOSX")));
    assert!(reading.left_out.iter().any(|(_, why)| why.contains("not below the folder")), "missing images are told");
}

/// Label Studio's own fixtures: read or refused with a sentence, never more.
#[test]
fn the_converters_fixtures_are_tolerated() {
    let Some(source) = shared("label-studio/converter-fixtures") else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(&source).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for folder in files {
        for format in crate::interchange::export::WRITERS.iter().map(|writer| writer.format) {
            match read(&folder, format, &Options::default(), &|_, _| true) {
                Ok(reading) => assert!(!reading.images.is_empty()),
                Err(why) => assert!(why.to_string().len() > 20, "{why}"),
            }
        }
    }
    let yolo = reading(&source.join("test_import_yolo_data"), Format::YOLO, &Options::default());
    assert!(yolo.tally().unwrap().boxed > 0);
}
