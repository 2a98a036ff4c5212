//! The tables as spreadsheets read them.

use super::*;
use crate::domain::{Rect, Split};
use crate::interchange::Predicted;
use crate::interchange::model::reading::{ReadBox, ReadImage};

fn outgoing(said: Vec<Said>, predicted: Option<Predicted>) -> Outgoing {
    let image = ReadImage {
        path: "/a/é, \"b\".png".into(),
        name: "é.png".into(),
        sha256: "00".into(),
        width: 30,
        height: 20,
        truncated: false,
        frame: 0,
        facts: Default::default(),
        split: Some(Split::Test),
        group: None,
        said,
        measured: Vec::new(),
    };
    Outgoing { image, reviewed: true, flagged: false, key: false, signed: None, note: "two\nlines".into(), predicted }
}

fn rows(images: &[Outgoing], classes: &[&str], every_reader: bool) -> (Vec<Vec<String>>, bool) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("labels.csv");
    let classes: Vec<String> = classes.iter().map(|class| (*class).to_owned()).collect();
    export_tables(&Export { images, classes: &classes, findings: &[], every_reader }, &path).unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path).unwrap();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    (rows, dir.path().join("labels.boxes.csv").exists())
}

fn label(class: &str, reader: &str, time_ms: i64) -> Said {
    Said { reader: Some(reader.into()), time_ms: Some(time_ms), label: Some(class.into()), ..Said::default() }
}

#[test]
fn the_columns_are_there_without_rows_and_begin_as_promised() {
    let (rows, boxes) = rows(&[], &["bright", "width", "label"], false);
    let expected = "path,sha256,split,group,label,reader,time,model,bright,p(width),p(label),reviewed,flagged,key_image,signed_off_by,signed_off_at,note,predicted,probability";
    assert_eq!((rows[0].join(",").as_str(), rows.len(), boxes), (expected, 1, false));
}

#[test]
fn commas_quotes_lines_probabilities_and_absent_values_survive() {
    let predicted = Predicted {
        model: "cnn".into(),
        label: "M".into(),
        score: 0.75,
        probabilities: vec![0.75, 0.25],
        boxes: Vec::new(),
    };
    let signed = Some(Signed { by: Some("ada and ben".into()), at_ms: Some(2_000) });
    let one = Outgoing { signed, ..outgoing(vec![label("M", "ada", 1_000)], Some(predicted)) };
    let none = outgoing(Vec::new(), None);
    let (rows, _) = rows(&[one, none], &["M", "N"], false);
    let first = [
        "/a/é, \"b\".png",
        "00",
        "test",
        "",
        "M",
        "ada",
        "1970-01-01T00:00:01Z",
        "cnn",
        "0.75",
        "0.25",
        "true",
        "false",
        "false",
        "ada and ben",
        "1970-01-01T00:00:02Z",
        "two\nlines",
        "M",
        "0.75",
    ];
    assert_eq!(rows[1], first);
    let second = [
        "/a/é, \"b\".png",
        "00",
        "test",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "true",
        "false",
        "false",
        "",
        "",
        "two\nlines",
        "",
        "",
    ];
    assert_eq!(rows[2], second);
}

#[test]
fn every_reader_has_a_row_or_the_label_in_force_has() {
    let drawn = Said {
        boxes: vec![ReadBox { class: "M".into(), rect: Rect { xmin: 1.0, ymin: 2.0, xmax: 3.0, ymax: 4.0 } }],
        ..label("M", "bob", 3_000)
    };
    let boxes_alone = Said { label: None, ..drawn.clone() };
    let image = |last: Said| [outgoing(vec![label("M", "ada", 1_000), label("N", "bob", 2_000), last], None)];
    let readers =
        |rows: Vec<Vec<String>>| rows[1..].iter().map(|row| (row[4].clone(), row[5].clone())).collect::<Vec<_>>();
    let pair = |class: &str, reader: &str| (class.to_owned(), reader.to_owned());
    let (in_force, boxes) = rows(&image(boxes_alone.clone()), &["M", "N"], false);
    assert_eq!((readers(in_force), boxes), (vec![pair("N", "bob")], true));
    let (all, _) = rows(&image(drawn), &["M", "N"], true);
    assert_eq!(readers(all), [pair("M", "ada"), pair("N", "bob"), pair("M", "bob")]);
}

#[test]
fn a_folder_that_is_not_there_and_cannot_be_made_is_named() {
    let export = Export { images: &[], classes: &[], findings: &[], every_reader: false };
    let error = export_tables(&export, Path::new("/dev/null/at/all.csv")).unwrap_err();
    assert!(error.to_string().contains("/dev/null/at"), "{error}");
}

#[test]
fn what_is_reviewed_is_told_by_our_own_header_alone() {
    let own = |label: &str, classes: &[&str]| -> Vec<String> {
        let first = ["path", "sha256", "split", "group", label, "reader", "time", "model"];
        let last = ["reviewed", "flagged", "note", "predicted", "probability"];
        first.iter().chain(classes).chain(&last).map(|name| (*name).to_owned()).collect()
    };
    assert_eq!(reviewed_of(&own("label", &["bright", "p(reviewed)"])), Some(10));
    assert_eq!(reviewed_of(&own("findings", &[])), Some(8));
    // These are of a table from before there were key images.
    let (rows, _) = rows(&[], &["bright", "dark"], false);
    assert!(rows[0].contains(&"key_image".to_owned()));
    assert_eq!(reviewed_of(&rows[0]), Some(10), "what is written is what is known");
    let mut others = own("label", &[]);
    others[1] = "hash".to_owned();
    assert_eq!(reviewed_of(&others), None);
    assert_eq!(reviewed_of(&["path", "label", "reviewed"].map(str::to_owned)), None);
}
