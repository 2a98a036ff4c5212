//! What a report holds, and what it must not hold.

use super::*;
use crate::domain::BetaMap;
use crate::domain::calibration::{BoxCalibration, ScoreFigures};
use crate::domain::performance::{BoxFigure, BoxSubgroup, BoxSubgroups};
use crate::domain::performance::{Estimate, FindingFigure};
use crate::domain::{BoxMetrics, Change, ClassList, DetectionReport, FrocPoint, ImageFacts, ImportReport, LeftOut};
use crate::evaluation::bootstrap::Bootstrap;
use crate::evaluation::classification;
use crate::evaluation::performance::{Attribute, Judged as Rows, Truths, difference, of_classes, subgroups};
use crate::session::fixture;
use crate::session::test_project::{Small, small};
use quick_xml::events::Event;
use std::path::Path;

/// A class from outside that would be a program if it were not escaped.
const SCRIPT: &str = "<script>alert('1')</script>";
/// What must not be in any file of a report.
const SECRET: [&str; 6] = ["Jane Doe", "Dr Smith", "img4", "small.overread", "/pictures", "patient-7"];
/// Blocks of every report.
const BLOCKS: [&str; 14] = [
    "flow",
    "characteristics",
    "checks",
    "training",
    "threshold",
    "figures",
    "robustness",
    "images-needed",
    "maps",
    "readers",
    "influence",
    "limits",
    "to-write",
    "guidelines",
];

/// A project of which names and attributes would tell who the patients and readers are.
fn project() -> Small {
    let project = small(60);
    let mut core = project.open();
    let classes = ClassList::from_names(&["dark", SCRIPT], false).unwrap();
    core.store.set_classes("Dr Smith", &classes).unwrap();
    let mut known = core.store.facts().unwrap();
    let facts: Vec<_> = project
        .ids
        .iter()
        .enumerate()
        .map(|(at, id)| {
            let mut facts: ImageFacts = known.remove(id).unwrap_or_default();
            facts.attributes.insert("radiologist".into(), "Dr Smith".into());
            if at % 3 > 0 {
                facts.attributes.insert("PatientAge".into(), format!("{:03}Y", 30 + at));
            }
            (*id, facts)
        })
        .collect();
    core.store.set_facts(&facts).unwrap();
    let mut import = core.store.begin_import(None).unwrap();
    let groups: Vec<_> =
        project.ids.iter().take(30).enumerate().map(|(at, id)| (*id, format!("patient-{}", at / 2))).collect();
    import.set_groups(&groups).unwrap();
    let left_out = vec![
        LeftOut { file: "Jane Doe.png".into(), why: "the same picture as /pictures/Jane Doe 2.png, kept".into() },
        LeftOut { file: "3 files".into(), why: "left out by the pattern \"Jane*\"".into() },
    ];
    let readers = vec!["Dr Smith".to_owned()];
    import
        .finish(
            Path::new("/pictures/Jane Doe"),
            &ImportReport { images: 60, left_out, readers, ..ImportReport::default() },
        )
        .unwrap();
    let unsaid = Change::Label { old: Some(0), new: None, old_reviewed: false, new_reviewed: false, accepted: false };
    core.store.append_many("Dr Smith", &[(project.ids[8], unsaid)]).unwrap();
    project
}

fn judged(classes: &ClassList, sure: f32, name: &str) -> Judged {
    let (truth, probabilities, groups) = said(sure);
    let rows = Rows {
        truth: Truths::Classes(&truth),
        probabilities: &probabilities,
        groups: &groups,
        classes,
        thresholds: crate::domain::ClassThresholds::NONE,
    };
    let mut card = fixture::models().remove(0).record.card;
    card.name = name.to_owned();
    Judged {
        card,
        record: None,
        model: name.to_owned(),
        split: Split::Test,
        report: classification(&truth, &probabilities, classes),
        performance: Some(of_classes(rows, Bootstrap { draws: 200, seed: 1 })),
        box_performance: None,
        threshold: None,
        class_thresholds: Default::default(),
        threshold_from: ThresholdFrom::MostProbable,
        tta: false,
        looked: None,
        preprocessing: crate::domain::Preprocessing::default(),
        left_out: 1,
        cut_short: Some(0),
        seen_in_training: 0,
        never_learned: Vec::new(),
    }
}

/// Truth, answers and groups of 40 images.
fn said(sure: f32) -> (Vec<usize>, Vec<Vec<f32>>, Vec<Option<String>>) {
    let truth: Vec<usize> = (0..40).map(|at| at % 2).collect();
    let score = |at: &usize| {
        0.5 + sure * (if (at % 2 == 1) != at.is_multiple_of(7) { 0.4 } else { -0.4 }) + (*at as f32 - 20.0) / 400.0
    };
    let probabilities = (0..40).map(|at| vec![1.0 - score(&at), score(&at)]).collect();
    (truth, probabilities, vec![None; 40])
}

/// Parts of the images by a kind of picture, and by who read them.
fn parts() -> Vec<Subgroups> {
    let (truth, probabilities, groups) = said(0.9);
    let classes = ClassList::from_names(&["dark", SCRIPT], false).unwrap();
    let of = Rows {
        truth: Truths::Classes(&truth),
        probabilities: &probabilities,
        groups: &groups,
        classes: &classes,
        thresholds: crate::domain::ClassThresholds::NONE,
    };
    let by = |name: &str, values: [&str; 2]| {
        let values = (0..40).map(|at| Some(values[usize::from(at % 4 > 1)].to_owned())).collect();
        subgroups(of, &Attribute { name: name.into(), values }, Bootstrap { draws: 200, seed: 1 })
    };
    [by("view", ["frontal", "lateral"]), by("radiologist", ["Dr Smith", "Dr Doe"])].concat()
}

pub(super) fn reports() -> [EvaluationReport; 2] {
    let project = project();
    let store = project.open_to_look().store;
    let classes = store.classes().unwrap();
    let ((truth, ours, groups), (_, theirs, _)) = (said(0.9), said(0.5));
    let of = |probabilities| Rows {
        truth: Truths::Classes(&truth),
        probabilities,
        groups: &groups,
        classes: &classes,
        thresholds: crate::domain::ClassThresholds::NONE,
    };
    let apart = difference(of(&ours), of(&theirs), Bootstrap { draws: 200, seed: 1 });
    let against = Against { judged: judged(&classes, 0.5, "before"), difference: apart, box_difference: None };
    let two = EvaluationReport::new(&store, judged(&classes, 0.9, "A & B"), vec![against], parts(), &|_| true)
        .unwrap()
        .unwrap();
    let mut detector = judged(&classes, 0.9, "boxes");
    let metrics =
        BoxMetrics { ap50: Some(0.5), precision_by_recall: vec![1.0, 0.75, 0.5], support: 4, ..BoxMetrics::default() };
    let point = FrocPoint { threshold: 0.5, false_positives_per_image: 0.25, sensitivity: 0.75 };
    detector.report.detection = Some(DetectionReport {
        images: 12,
        boxes: 9,
        map50: Some(0.8125),
        threshold: 0.25,
        per_class: [(SCRIPT.to_owned(), metrics)].into(),
        froc: vec![point],
        ..DetectionReport::default()
    });
    (detector.performance, detector.threshold, detector.threshold_from) = (None, Some(0.25), ThresholdFrom::Given);
    [two, EvaluationReport::new(&store, detector, Vec::new(), Vec::new(), &|_| true).unwrap().unwrap()]
}

/// The marks of a page's blocks; fails where it is not well formed.
fn blocks(html: &str) -> Vec<String> {
    let (_, html) = html.split_once('\n').unwrap();
    let mut reader = quick_xml::Reader::from_str(html);
    let (mut blocks, mut depth) = (Vec::new(), 0);
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) => {
                depth += 1;
                assert_ne!(tag.name().as_ref(), "script");
                for attribute in tag.attributes() {
                    let attribute = attribute.expect("a well-formed attribute");
                    if tag.name().as_ref() == "h2" && attribute.key.as_ref() == "id" {
                        blocks.push(attribute.value.to_string());
                    }
                }
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "all tags are closed");
    blocks
}

#[test]
fn pages_are_well_formed_have_every_block_and_need_nothing_else() {
    for report in reports() {
        let html = report.html();
        let mut expected: Vec<&str> = BLOCKS.to_vec();
        if report.judged.report.detection.is_some() {
            expected.retain(|block| *block != "readers");
        }
        expected.insert(6, "subgroups");
        if report.against.is_some() {
            expected.insert(6, "comparison");
        }
        assert_eq!(blocks(&html), expected);
        assert!(!html.contains("src=") && !html.contains("href=") && !html.contains("url(") && !html.contains("<img"));
        assert!(html.contains("It gives no diagnosis") && html.contains("[to be written: for what decision"));
        assert!(html.contains("CLAIM 35; STARD-AI 24; TRIPOD+AI 20a"));
        assert!(!html.contains("-0.000"));
        let drawings = html.matches("<svg").count();
        assert!(
            drawings >= 4
                && drawings == html.matches("<title>").count() - 1
                && drawings == html.matches("role=\"img\"").count()
        );
    }
}

#[test]
fn names_from_outside_are_text() {
    for report in reports() {
        let html = report.html();
        assert!(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;") && !html.contains("<script"));
    }
}

#[test]
fn no_file_names_an_image_a_patient_a_reader_or_a_path() {
    let folder = tempfile::tempdir().unwrap();
    for (report, name) in reports().into_iter().zip(["two", "boxes"]) {
        let dir = folder.path().join("new").join(name);
        report.write(&dir).unwrap();
        for file in ["report.html", "report.json", "figures.csv"] {
            let text = std::fs::read_to_string(dir.join(file)).unwrap();
            assert!(!text.is_empty());
            SECRET.iter().for_each(|secret| assert!(!text.contains(secret), "{secret:?} is in {file}"));
        }
    }
}

#[test]
fn the_data_are_counted_with_what_is_missing() {
    let [report, _] = reports();
    let flow = &report.study.flow;
    assert_eq!(
        flow.left_out,
        [("left out by a pattern of the person who imported", 3), ("the same picture as another", 1)]
    );
    assert_eq!((flow.in_project.images, flow.in_project.groups, flow.in_project.without_group), (60, 15, 30));
    assert_eq!((flow.splits.map(|count| count.images), flow.without_truth), ([36, 12, 12], 1));
    let of = |name: &str| report.study.characteristics.iter().find(|one| one.name == name).unwrap();
    let classes = &of("class").values;
    assert_eq!(
        (classes[0].1, classes[1].1, classes[2].0.as_str(), classes[2].1),
        ([18, 6, 5], [18, 6, 6], "no label", [0, 0, 1])
    );
    let ages = &of("PatientAge").values;
    assert_eq!(ages[0].0, "30 to 39 years");
    assert_eq!((ages.last().unwrap().0.as_str(), ages.last().unwrap().1.iter().sum::<usize>()), ("not given", 20));
    assert_eq!(report.study.attributes_not_shown, 1);
    assert!(report.html().contains("1 other attribute is known but not shown"));
}

#[test]
fn thresholds_that_nobody_can_show_to_be_fixed_before_are_exploratory() {
    let [of_classes, boxes] = reports();
    assert!(!of_classes.html().contains("Exploratory"));
    assert!(boxes.html().contains("The threshold is 0.250. It was given for this evaluation. Exploratory:"));
}

#[test]
fn figures_are_the_same_in_all_files() {
    let [report, boxes] = reports();
    let value = |of: &EvaluationReport| serde_json::to_value(of).unwrap();
    let json = value(&report);
    assert_eq!(json["accuracy"], serde_json::to_value(report.judged.report.accuracy).unwrap());
    assert_eq!(json["performance"], serde_json::to_value(&report.judged.performance).unwrap());
    assert_eq!(value(&boxes)["detection"]["map50"], 0.8125);
    let finding = &report.judged.performance.as_ref().unwrap().findings[1];
    let Estimate { value: Some(auroc), interval: Some([low, high]), .. } =
        finding.figure(FindingFigure::Auroc).unwrap()
    else {
        panic!("an area with an interval")
    };
    let table = table::csv(&report);
    assert!(table.contains(&format!("A & B,test,{SCRIPT},auroc,{auroc},{low},{high},\n")), "{table}");
    assert!(
        table.contains("A & B minus before,test,,accuracy,")
            && table::csv(&boxes).contains("boxes,test,,map50,0.8125,,,\n")
    );
    assert!(report.html().contains(&format!("{auroc:.3} ({low:.3} to {high:.3})")));
}

#[test]
fn parts_are_told_with_the_worst_of_them_and_only_by_what_names_nobody() {
    let [report, _] = reports();
    let attributes: Vec<&str> = report.subgroups.iter().map(|one| one.attribute.as_str()).collect();
    assert_eq!(attributes, ["view"]);
    let html = report.html();
    assert!(html.contains("Lowest where view is") && html.contains("The lowest of 2 parts is low by chance"));
    assert!(html.contains("AUROC by view") && !html.contains("radiologist"));
    let estimate = report.subgroups[0].parts[1].figure(FindingFigure::Auroc).unwrap().value.unwrap();
    assert!(table::csv(&report).contains(&format!("A & B,test,{SCRIPT} (view: lateral),auroc,{estimate},")));
}

#[test]
fn a_report_ends_where_it_is_told_to() {
    let project = project();
    let store = project.open_to_look().store;
    let classes = store.classes().unwrap();
    for asked in 1..=4 {
        let left = std::cell::Cell::new(asked);
        let go_on = |_: &str| {
            left.set(left.get() - 1);
            left.get() > 0
        };
        let report = EvaluationReport::new(&store, judged(&classes, 0.9, "a"), Vec::new(), Vec::new(), &go_on).unwrap();
        assert!(report.is_none(), "it went on after it was told to end at part {asked}");
    }
}

#[test]
fn a_file_is_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    std::fs::write(&file, "mine").unwrap();
    let [report, _] = reports();
    let refused = report.write(&file).unwrap_err().to_string();
    assert!(refused.ends_with("is a file: name a folder for the report"), "{refused}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_report_of_boxes_has_the_calibration_of_their_scores_and_their_figures_in_parts() {
    let [_, report] = reports();
    let figures = |error| ScoreFigures { calibration_error: Some(error), brier: Some(0.2), log_loss: Some(0.6) };
    let own = BoxCalibration { boxes: 40, right: 29, own: figures(0.25), ..BoxCalibration::default() };
    let html = report.clone().with_box_calibration(Some(own.clone())).html();
    assert!(html.contains("40 boxes were found, of which 29 are right") && html.contains("own scores are used"));
    let map = BetaMap { a: 0.5, b: 1.25, c: -0.125, boxes: 60 };
    let calibrated = BoxCalibration { map: Some(map), calibrated: Some(figures(0.0625)), ..own };
    let part = |name: &str, value, interval| BoxSubgroup {
        value: Some(name.into()),
        images: 20,
        figures: vec![(BoxFigure::Map50, Estimate { value: Some(value), interval: Some(interval), why: None })],
        ..BoxSubgroup::default()
    };
    let by = |attribute: &str| BoxSubgroups {
        attribute: attribute.into(),
        parts: vec![part("frontal", 0.9, [0.8, 0.95]), part("lateral", 0.5, [0.25, 0.75])],
    };
    let report = report.with_box_calibration(Some(calibrated)).with_box_subgroups(vec![by("view"), by("radiologist")]);
    let html = report.html();
    assert_eq!(blocks(&html).iter().filter(|block| *block == "calibration").count(), 1);
    assert!(html.contains("0.500 ln(s)") && html.contains("0.250") && html.contains("0.062"), "before and after");
    assert!(html.contains("Lowest where view is lateral: mAP@0.5 0.500") && !html.contains("radiologist"));
    let csv = table::csv(&report);
    assert!(csv.contains("score_calibration_error_after,0.0625,"), "{csv}");
    assert!(csv.contains("boxes (view: lateral),map50,0.5,0.25,0.75,"), "{csv}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["box_calibration"]["map"]["boxes"], 60);
    assert_eq!(json["box_subgroups"].as_array().unwrap().len(), 1, "who read an image is nobody's business");
}
