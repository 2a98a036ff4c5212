//! The curves of models that draw boxes.

use super::Drawing;
use super::numbers::maybe;
use super::plot::{Axis, COLOURS, GREY, Mark, Plot, Stroke};
use crate::domain::performance::{BoxFigure, BoxPerformance};
use crate::domain::{DetectionReport, ScoreBin};

const STROKES: [Stroke; 3] = [Stroke::Whole, Stroke::Dashed, Stroke::Dotted];

/// Sensitivity over wrong boxes an image, of several models over each other.
pub fn froc(both: &[(&str, &DetectionReport)]) -> Drawing {
    let alarms = both.iter().flat_map(|(_, report)| &report.froc).map(|point| point.false_positives_per_image);
    let most = alarms.fold(0.0, f64::max).clamp(1.0, 8.0);
    let mut marks = Vec::new();
    for (((model, report), colour), stroke) in both.iter().zip(COLOURS).zip(STROKES.iter().copied().cycle()) {
        let points = report.froc.iter().map(|point| [point.false_positives_per_image, point.sensitivity]);
        let points = std::iter::once([0.0, 0.0]).chain(points.take_while(|[alarms, _]| *alarms <= most)).collect();
        marks.push(Mark::Line { name: (*model).to_owned(), colour, stroke, points });
        let called = report.froc.iter().rfind(|point| point.threshold >= report.threshold);
        if let Some(point) = called.filter(|point| point.false_positives_per_image <= most) {
            let at = ([point.false_positives_per_image, point.sensitivity], None);
            marks.push(Mark::Dots { name: String::new(), colour, points: vec![at] });
        }
    }
    let caption =
        "How many of the boxes are found for so many wrong ones an image, all classes together. The dot is where \
                   boxes count."
            .to_owned();
    let (x, y) = (Axis::new("Wrong boxes an image", 0.0, most), Axis::new("Sensitivity", 0.0, 1.0));
    let plot = Plot { title: "FROC curve".to_owned(), alternative: caption.clone(), x, y, mirrored: false, marks };
    Drawing { name: "froc", svg: plot.svg(), caption }
}

/// The share of boxes found over that of images called positive wrongly, of several models over each other.
pub fn afroc(of: &[(&str, &BoxPerformance)]) -> Drawing {
    let mut marks = Vec::new();
    for (((model, performance), colour), stroke) in of.iter().zip(COLOURS).zip(STROKES.iter().copied().cycle()) {
        let points = performance.afroc.iter().map(|point| [point.false_positive_images, point.sensitivity]);
        // What is not found comes last, by chance.
        let points = std::iter::once([0.0, 0.0]).chain(points).chain([[1.0, 1.0]]).collect();
        marks.push(Mark::Line { name: (*model).to_owned(), colour, stroke, points });
    }
    let area = |(model, performance): &(&str, &BoxPerformance)| {
        let estimate = performance.figure(BoxFigure::Afroc);
        format!("{model}: area {}", maybe(estimate.and_then(|estimate| estimate.value)))
    };
    let caption = format!(
        "{}. Images without any box are called by their surest wrong box; the last stretch is of what is not found.",
        of.iter().map(area).collect::<Vec<_>>().join("; ")
    );
    let (x, y) =
        (Axis::new("Share of images without a box that are called", 0.0, 1.0), Axis::new("Sensitivity", 0.0, 1.0));
    let title = "AFROC curve".to_owned();
    let plot = Plot { title, alternative: caption.clone(), x, y, mirrored: false, marks };
    Drawing { name: "afroc", svg: plot.svg(), caption }
}

/// Precision over recall of each class of a model.
pub fn precision_recall(model: &str, report: &DetectionReport) -> Drawing {
    let marks =
        report.per_class.iter().filter(|(_, class)| class.ap50.is_some()).enumerate().map(|(at, (name, class))| {
            let last = class.precision_by_recall.len().saturating_sub(1).max(1) as f64;
            let point = |(at, precision): (usize, &f64)| [at as f64 / last, *precision];
            Mark::Line {
                name: format!("{name}: AP@0.5 {}", maybe(class.ap50)),
                colour: COLOURS.get(at % COLOURS.len()).copied().unwrap_or(GREY),
                stroke: STROKES.get(at / COLOURS.len() % STROKES.len()).copied().unwrap_or(Stroke::Whole),
                points: class.precision_by_recall.iter().enumerate().map(point).collect(),
            }
        });
    let caption =
        format!("{model}, by class: precision as COCO interpolates it, at an intersection over union of 0.5.");
    let (x, y) = (Axis::new("Sensitivity", 0.0, 1.0), Axis::new("Precision", 0.0, 1.0));
    let title = "Precision-recall curve".to_owned();
    let plot = Plot { title, alternative: caption.clone(), x, y, mirrored: false, marks: marks.collect() };
    Drawing { name: "precision-recall", svg: plot.svg(), caption }
}

/// How many boxes are right and wrong, by score: the right ones upwards.
pub fn scores(model: &str, report: &DetectionReport) -> Drawing {
    let bins = report.scores.len().max(1) as f64;
    let bars = |of: &dyn Fn(&ScoreBin) -> f64| -> Vec<([f64; 2], [f64; 2])> {
        let bar = |(at, bin): (usize, &ScoreBin)| ([at as f64 / bins, (at as f64 + 1.0) / bins], [0.0, of(bin)]);
        report.scores.iter().enumerate().map(bar).filter(|(_, [_, height])| *height != 0.0).collect()
    };
    let right = bars(&|bin| bin.right as f64);
    let wrong = bars(&|bin| -(bin.wrong as f64));
    let most = |of: &dyn Fn(&ScoreBin) -> usize| report.scores.iter().map(of).max().unwrap_or(0).max(1) as f64;
    let (up, down) = (most(&|bin| bin.right), most(&|bin| bin.wrong));
    let total = |of: &dyn Fn(&ScoreBin) -> usize| report.scores.iter().map(of).sum::<usize>();
    let caption = format!(
        "{model}: {} boxes are right and {} wrong at an intersection over union of 0.5; the line is where boxes count from.",
        total(&|bin| bin.right),
        total(&|bin| bin.wrong)
    );
    let line = Mark::Line {
        name: String::new(),
        colour: GREY,
        stroke: Stroke::Dashed,
        points: vec![[report.threshold, -1.1 * down], [report.threshold, 1.1 * up]],
    };
    let marks = vec![
        Mark::Bars { name: "right, upwards".to_owned(), colour: COLOURS[0], bars: right },
        Mark::Bars { name: "wrong, downwards".to_owned(), colour: COLOURS[1], bars: wrong },
        line,
    ];
    let (x, y) = (Axis::new("Score", 0.0, 1.0), Axis::new("Boxes", -1.1 * down, 1.1 * up));
    let plot = Plot { title: "Scores of boxes".into(), alternative: caption.clone(), x, y, mirrored: true, marks };
    Drawing { name: "scores", svg: plot.svg(), caption }
}

/// How many images have so many boxes, and how many are said to.
pub fn per_image(model: &str, report: &DetectionReport) -> Drawing {
    let counts = &report.boxes_per_image;
    let bars = |of: &[usize], from: f64| -> Vec<([f64; 2], [f64; 2])> {
        let bar = |(at, images): (usize, &usize)| ([at as f64 + from, at as f64 + from + 0.4], [0.0, *images as f64]);
        of.iter().enumerate().filter(|(_, images)| **images > 0).map(bar).collect()
    };
    let most = |of: &[usize]| of.iter().rposition(|images| *images > 0).unwrap_or(0);
    let last = most(&counts.truth).max(most(&counts.found)).max(3) as f64 + 0.6;
    let top = counts.truth.iter().chain(&counts.found).max().copied().unwrap_or(0).max(1) as f64 * 1.06;
    let marks = vec![
        Mark::Bars { name: "there".to_owned(), colour: COLOURS[0], bars: bars(&counts.truth, -0.4) },
        Mark::Bars { name: "found".to_owned(), colour: COLOURS[1], bars: bars(&counts.found, 0.0) },
    ];
    let caption =
        format!("{model}: images by how many boxes they have, and by how many are found from the threshold on.");
    let (x, y) = (Axis::new("Boxes an image", -0.6, last), Axis::new("Images", 0.0, top));
    let plot = Plot { title: "Boxes an image".into(), alternative: caption.clone(), x, y, mirrored: false, marks };
    Drawing { name: "boxes-an-image", svg: plot.svg(), caption }
}
