//! Figures of boxes against pycocotools, scikit-learn, torchvision and ensemble-boxes (`tests/reference/boxes.py`).

use super::{choose_threshold, detection, fusion, of_detector};
use crate::domain::{ClassList, DetectionReport, PredictedBox, Rect, ThresholdGoal, TrueBox};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Class, crowd or score, and the corners.
type Row = (usize, f64, f64, f64, f64, f64);

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
    real: Vec<Real>,
    fusion: Vec<Fusion>,
}

#[derive(Deserialize)]
struct Case {
    classes: Vec<String>,
    threshold: f64,
    images: Vec<Content>,
    figures: Figures,
}

#[derive(Deserialize)]
struct Content {
    truth: Vec<Row>,
    found: Vec<Row>,
}

#[derive(Deserialize)]
struct Real {
    file: String,
    seed: u64,
    threshold: f64,
    classes: Vec<String>,
    figures: Figures,
}

#[derive(Deserialize)]
struct Figures {
    map50: Option<f64>,
    map75: Option<f64>,
    map: Option<f64>,
    average_recall: [Option<f64>; 3],
    ratios: [f64; 3],
    boxes: usize,
    per_class: BTreeMap<String, OfClass>,
    froc: Vec<(f64, f64, f64)>,
    best_f1: f64,
    best_map50: f64,
    sensitivity_60: f64,
    confusion_matrix: Vec<Vec<usize>>,
    auc: Option<f64>,
}

#[derive(Deserialize)]
struct OfClass {
    ap50: Option<f64>,
    ap: Option<f64>,
    ratios: [f64; 3],
    support: usize,
    precision_by_recall: Vec<f64>,
}

#[derive(Deserialize)]
struct Fusion {
    iou: f64,
    passes: Vec<Vec<Row>>,
    suppressed: Vec<Row>,
    weighted: Vec<Row>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../../tests/reference/expected/boxes.json")).unwrap()
}

fn rect(&(_, _, xmin, ymin, xmax, ymax): &Row) -> Rect {
    Rect { xmin, ymin, xmax, ymax }
}

fn predicted(row: &Row) -> PredictedBox {
    PredictedBox { class: row.0, score: row.1 as f32, rect: rect(row) }
}

#[track_caller]
fn near(ours: Option<f64>, theirs: Option<f64>, what: &str) {
    match (ours, theirs) {
        (Some(a), Some(b)) => assert!((a - b).abs() < 1e-6, "{what}: {a} against {b}"),
        (a, b) => assert_eq!(a, b, "{what}"),
    }
}

#[track_caller]
fn all_near(ours: &[f64], theirs: &[f64], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (a, b) in ours.iter().zip(theirs) {
        near(Some(*a), Some(*b), what);
    }
}

/// Ours at a threshold: the last point at it or above it.
fn at(report: &DetectionReport, threshold: f64) -> Option<(f64, f64)> {
    let point = report.froc.iter().rev().find(|p| p.threshold >= threshold)?;
    Some((point.false_positives_per_image, point.sensitivity))
}

fn check(truth: &[Vec<TrueBox>], found: &[Vec<PredictedBox>], names: &[String], threshold: f64, theirs: &Figures) {
    let classes = ClassList::from_names(names, false).unwrap();
    let ours = detection(truth, found, &classes, &crate::domain::BoxThresholds::of_all(threshold));
    assert_eq!((ours.images, ours.boxes), (truth.len(), theirs.boxes));
    near(ours.map50, theirs.map50, "mAP at 0.5");
    near(ours.map75, theirs.map75, "mAP at 0.75");
    near(ours.map, theirs.map, "mAP");
    for (a, b) in ours.average_recall.into_iter().zip(theirs.average_recall) {
        near(a, b, "average recall");
    }
    all_near(&[ours.precision, ours.recall, ours.f1], &theirs.ratios, "ratios");
    for (name, theirs) in &theirs.per_class {
        let ours = &ours.per_class[name];
        assert_eq!(ours.support, theirs.support, "{name}");
        near(ours.ap50, theirs.ap50, name);
        near(ours.ap, theirs.ap, name);
        all_near(&[ours.precision, ours.recall, ours.f1], &theirs.ratios, name);
        all_near(&ours.precision_by_recall, &theirs.precision_by_recall, name);
    }
    check_froc(&ours, &theirs.froc);
    let images = of_detector(truth, found, &classes, &crate::domain::BoxThresholds::of_all(threshold));
    assert_eq!(images.confusion_matrix, theirs.confusion_matrix);
    near(images.auc, theirs.auc, "auc of images");
    let chosen = |goal| Some(choose_threshold(truth, found, &classes, goal));
    if theirs.map50.is_some_and(|map| map > 0.0) {
        near(chosen(ThresholdGoal::F1), Some(theirs.best_f1), "threshold for F1");
        near(chosen(ThresholdGoal::Map50), Some(theirs.best_map50), "threshold for mAP");
        near(chosen(ThresholdGoal::Sensitivity(0.6)), Some(theirs.sensitivity_60), "threshold for a sensitivity");
    }
}

/// Between our points the sensitivity stays and only wrong boxes are added.
fn check_froc(ours: &DetectionReport, theirs: &[(f64, f64, f64)]) {
    for &(threshold, wrong, sensitivity) in theirs {
        let Some((our_wrong, our_sensitivity)) = at(ours, threshold) else {
            assert!(sensitivity.abs() < 1e-9, "no point at {threshold}");
            continue;
        };
        near(Some(our_sensitivity), Some(sensitivity), "sensitivity of the free-response curve");
        let on_a_point = ours.froc.iter().any(|p| p.threshold == threshold);
        assert!(our_wrong <= wrong + 1e-6 && (!on_a_point || our_wrong >= wrong - 1e-6), "{our_wrong} {wrong}");
    }
}

#[test]
fn figures_equal_pycocotools_on_random_boxes() {
    let reference = reference();
    assert!(reference.cases.iter().any(|c| c.images.iter().any(|i| i.found.len() > 100)));
    assert!(reference.cases.iter().any(|c| c.images.iter().all(|i| i.found.is_empty())));
    for case in &reference.cases {
        let true_box = |row: &Row| TrueBox { class: row.0, rect: rect(row), crowd: row.1 > 0.0 };
        let truth: Vec<Vec<TrueBox>> = case.images.iter().map(|i| i.truth.iter().map(true_box).collect()).collect();
        let found: Vec<Vec<PredictedBox>> =
            case.images.iter().map(|i| i.found.iter().map(predicted).collect()).collect();
        check(&truth, &found, &case.classes, case.threshold, &case.figures);
    }
}

/// Knuth's MMIX linear congruential generator, as the script has it.
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / 2f64.powi(31)
    }
}

#[derive(Deserialize)]
struct Coco {
    images: Vec<CocoImage>,
    annotations: Vec<CocoBox>,
    categories: Vec<CocoCategory>,
}

#[derive(Deserialize)]
struct CocoImage {
    id: u64,
    width: f64,
    height: f64,
}

#[derive(Deserialize)]
struct CocoBox {
    id: u64,
    image_id: u64,
    category_id: u64,
    bbox: [f64; 4],
}

#[derive(Deserialize)]
struct CocoCategory {
    id: u64,
}

/// The truth, and the boxes that the script makes of it.
fn real_boxes(mut coco: Coco, seed: u64) -> (Vec<Vec<TrueBox>>, Vec<Vec<PredictedBox>>) {
    coco.images.sort_by_key(|i| i.id);
    coco.annotations.sort_by_key(|a| a.id);
    coco.categories.sort_by_key(|c| c.id);
    let mut draw = Generator(seed);
    coco.images.iter().map(|image| real_image(&coco, image, &mut draw)).unzip()
}

fn real_image(coco: &Coco, image: &CocoImage, draw: &mut Generator) -> (Vec<TrueBox>, Vec<PredictedBox>) {
    let (mut truth, mut found) = (Vec::new(), Vec::new());
    for one in coco.annotations.iter().filter(|a| a.image_id == image.id) {
        let class = coco.categories.iter().position(|c| c.id == one.category_id).unwrap();
        let [x, y, w, h] = one.bbox;
        let rect = Rect { xmin: x, ymin: y, xmax: x + w, ymax: y + h };
        truth.push(TrueBox { class, rect, crowd: one.id.is_multiple_of(29) });
        let fate = draw.next();
        let copies = if fate < 0.12 { 0 } else { 1 + usize::from(fate > 0.85) };
        for _ in 0..copies {
            let said = if draw.next() < 0.05 { (class + 1) % coco.categories.len() } else { class };
            let [dx, dy, dw, dh] = [w, h, w, h].map(|side| (draw.next() - 0.5) * 0.3 * side);
            let score = (draw.next() * 64.0).floor() / 64.0;
            found.push(predicted(&(said, score, x + dx, y + dy, x + dx + w + dw, y + dy + h + dh)));
        }
    }
    if draw.next() < 0.3 {
        let (x, y) = (draw.next() * 0.7 * image.width, draw.next() * 0.7 * image.height);
        let score = (draw.next() * 32.0).floor() / 64.0;
        found.push(predicted(&(0, score, x, y, x + 0.3 * image.width, y + 0.2 * image.height)));
    }
    (truth, found)
}

#[test]
fn figures_equal_pycocotools_on_real_boxes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for real in reference().real {
        let places = ["../shared/data", "../../shared/data"].map(|up| root.join(up).join(&real.file));
        let Some(file) = places.iter().find(|file| file.exists()) else {
            assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "../shared/data/{} is not there", real.file);
            println!("skipped: ../shared/data/{} is not there", real.file);
            continue;
        };
        let coco: Coco = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let (truth, found) = real_boxes(coco, real.seed);
        check(&truth, &found, &real.classes, real.threshold, &real.figures);
    }
}

#[track_caller]
fn same_boxes(ours: &[PredictedBox], theirs: &[Row]) {
    assert_eq!(ours.len(), theirs.len());
    for (a, row) in ours.iter().zip(theirs) {
        let b = rect(row);
        assert_eq!(a.class, row.0);
        near(Some(f64::from(a.score)), Some(row.1), "score");
        let corners = |r: &Rect| [r.xmin, r.ymin, r.xmax, r.ymax];
        all_near(&corners(&a.rect), &corners(&b), "corners");
    }
}

#[test]
fn fused_boxes_equal_torchvisions_and_ensemble_boxes() {
    let cases = reference().fusion;
    assert!(cases.len() >= 2);
    for case in cases {
        let passes: Vec<Vec<PredictedBox>> = case.passes.iter().map(|p| p.iter().map(predicted).collect()).collect();
        assert!(case.weighted.len() < passes.iter().map(Vec::len).sum());
        same_boxes(&fusion::suppressed(&passes, case.iou), &case.suppressed);
        same_boxes(&fusion::weighted(&passes, case.iou), &case.weighted);
    }
}

#[test]
fn nothing_found_and_nothing_there_give_zeros_and_no_areas() {
    let classes = ClassList::from_names(&["a"], false).unwrap();
    let report = of_detector(&[vec![]], &[vec![]], &classes, &crate::domain::BoxThresholds::of_all(0.5));
    assert_eq!((report.images, report.accuracy, report.auc), (1, 1.0, None));
    let boxes = report.detection.unwrap();
    assert_eq!((boxes.map50, boxes.average_recall, boxes.precision), (None, [None; 3], 0.0));
    assert!(boxes.froc.is_empty());
    assert_eq!(choose_threshold(&[vec![]], &[vec![]], &classes, ThresholdGoal::F1), 0.5);
}
