//! The plots of one finding, of one model or of several laid over each other.

use super::Drawing;
use super::numbers::{interval, maybe, number};
use super::plot::{Axis, COLOURS, GREY, Mark, Plot, Stroke};
use crate::domain::performance::{CoveragePoint, Estimate, FindingFigure, FindingPerformance, Operating};
use crate::evaluation::wilson_interval;

/// A model's name and what it does with the finding.
pub type Of<'a> = (&'a str, &'a FindingPerformance);

/// Parts that a step of a curve is divided into, because between two points precision is no straight line.
const PARTS: usize = 8;

/// Which plot of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    Roc,
    PrecisionRecall,
    Calibration,
    Decision,
    /// Sensitivity, specificity and PPV over the threshold, of the first model.
    Sweep,
    /// Probabilities by outcome, of the first model.
    Histogram,
}

impl Curve {
    /// Draws it.
    pub fn draw(self, of: &[Of<'_>]) -> Drawing {
        let first = of.get(..1).unwrap_or_default();
        let (name, (plot, caption)) = match self {
            Self::Roc => ("roc", roc(of)),
            Self::PrecisionRecall => ("precision-recall", precision_recall(of)),
            Self::Calibration => ("calibration", calibration(of)),
            Self::Decision => ("decision-curve", decision(of)),
            Self::Sweep => ("threshold-sweep", sweep(first)),
            Self::Histogram => ("probabilities", histogram(first)),
        };
        Drawing { name, svg: plot.svg(), caption }
    }
}

/// All plots of a finding; what is of one model alone once for each.
pub(in crate::session) fn all(of: &[Of<'_>]) -> Vec<Drawing> {
    let over_each_other = [Curve::Roc, Curve::PrecisionRecall, Curve::Calibration, Curve::Decision];
    let alone = [Curve::Sweep, Curve::Histogram];
    let alone = alone.into_iter().flat_map(|curve| of.iter().map(move |one| curve.draw(std::slice::from_ref(one))));
    over_each_other.into_iter().map(|curve| curve.draw(of)).chain(alone).collect()
}

/// Each model's share of wrong calls among its surest ones.
pub fn coverage(of: &[(&str, &[CoveragePoint])]) -> Drawing {
    let most = of.iter().flat_map(|(_, points)| *points).map(CoveragePoint::risk).fold(0.05, f64::max);
    let mut marks = Vec::new();
    for (at, (model, points)) in of.iter().enumerate() {
        let all = points.last().map_or(1, |last| last.images.max(1)) as f64;
        let points = points.iter().map(|point| [point.images as f64 / all, point.risk()]).collect();
        marks.push(line(model, colour(at), stroke(at), points));
    }
    let at = |points: &[CoveragePoint], share: f64| {
        let all = points.last()?.images as f64;
        points.iter().find(|point| point.images as f64 >= share * all).map(CoveragePoint::risk)
    };
    let said: Vec<String> = of
        .iter()
        .map(|(model, points)| {
            format!("{model}: {} wrong of all, {} of the surer half", maybe(at(points, 1.0)), maybe(at(points, 0.5)))
        })
        .collect();
    let caption = format!(
        "{}. Images are taken by the probability of the class that is called, the surest first.",
        said.join("; ")
    );
    let (x, y) = (
        Axis::new("Share of the images, the surest first", 0.0, 1.0),
        Axis::new("Share called wrongly", 0.0, most * 1.05),
    );
    let title = "Risk over coverage".to_owned();
    let plot = Plot { title, alternative: caption.clone(), x, y, mirrored: false, marks };
    Drawing { name: "risk-coverage", svg: plot.svg(), caption }
}

fn colour(at: usize) -> &'static str {
    COLOURS.get(at % COLOURS.len()).copied().unwrap_or(GREY)
}

fn stroke(at: usize) -> Stroke {
    match at % 3 {
        0 => Stroke::Whole,
        1 => Stroke::Dashed,
        _ => Stroke::Dotted,
    }
}

fn styles<'a>(of: &'a [Of<'a>]) -> impl Iterator<Item = (Of<'a>, &'static str, Stroke)> {
    of.iter().enumerate().map(|(at, of)| (*of, colour(at), stroke(at)))
}

/// "0.812 (0.750 to 0.871)".
fn said(estimate: Option<&Estimate>) -> String {
    let Some(estimate) = estimate else { return "not defined".to_owned() };
    match interval(estimate) {
        none if none.is_empty() => maybe(estimate.value),
        interval => format!("{} ({interval})", maybe(estimate.value)),
    }
}

/// What several models come to, as a sentence.
fn each(of: &[Of<'_>], figure: FindingFigure) -> String {
    let title = figure.words().title;
    let texts: Vec<String> = of
        .iter()
        .map(|(model, finding)| match of {
            [_] => format!("{title} {}", said(finding.figure(figure))),
            _ => format!("{model}: {title} {}", said(finding.figure(figure))),
        })
        .collect();
    texts.join("; ")
}

fn share(part: f64, of: usize) -> f64 {
    part / of.max(1) as f64
}

fn value(finding: &FindingPerformance, figure: FindingFigure) -> Option<f64> {
    finding.figure(figure).and_then(|estimate| estimate.value)
}

fn dot(name: &str, colour: &'static str, at: Option<[f64; 2]>) -> Option<Mark> {
    Some(Mark::Dots { name: name.to_owned(), colour, points: vec![(at?, None)] })
}

fn line(name: &str, colour: &'static str, stroke: Stroke, points: Vec<[f64; 2]>) -> Mark {
    Mark::Line { name: name.to_owned(), colour, stroke, points }
}

fn roc(of: &[Of<'_>]) -> (Plot, String) {
    let mut marks = vec![line("chance", GREY, Stroke::Dotted, vec![[0.0, 0.0], [1.0, 1.0]])];
    for ((model, finding), colour, stroke) in styles(of) {
        let at = |point: &Operating| {
            [
                share(point.false_positives as f64, finding.negatives),
                share(point.true_positives as f64, finding.positives),
            ]
        };
        let points = std::iter::once([0.0, 0.0]).chain(finding.operating.iter().map(at)).collect();
        marks.push(line(model, colour, stroke, points));
        let called = value(finding, FindingFigure::Specificity).zip(value(finding, FindingFigure::Sensitivity));
        marks.extend(dot("", colour, called.map(|(specificity, sensitivity)| [1.0 - specificity, sensitivity])));
    }
    let caption = format!("{}. The dot is where images are called.", each(of, FindingFigure::Auroc));
    let (x, y) = (Axis::new("1 − specificity", 0.0, 1.0), Axis::new("Sensitivity", 0.0, 1.0));
    (Plot { title: "ROC curve".to_owned(), alternative: caption.clone(), x, y, mirrored: false, marks }, caption)
}

/// Recall and precision along the curve, finer than the steps of the scores.
fn precisions(finding: &FindingPerformance) -> Vec<[f64; 2]> {
    let counts = finding.operating.iter().map(|point| [point.true_positives as f64, point.false_positives as f64]);
    let counts: Vec<[f64; 2]> = std::iter::once([0.0, 0.0]).chain(counts).collect();
    let mut points = Vec::new();
    for pair in counts.windows(2) {
        let [[hits, alarms], [next_hits, next_alarms]] = pair else { continue };
        for part in 1..=PARTS {
            let along = part as f64 / PARTS as f64;
            let (hits, alarms) = (hits + along * (next_hits - hits), alarms + along * (next_alarms - alarms));
            if hits + alarms > 0.0 {
                points.push([share(hits, finding.positives), hits / (hits + alarms)]);
            }
        }
    }
    points
}

fn precision_recall(of: &[Of<'_>]) -> (Plot, String) {
    let mut marks = Vec::new();
    if let Some((_, finding)) = of.first() {
        let common = share(finding.positives as f64, finding.positives + finding.negatives);
        marks.push(line("chance: how common the finding is", GREY, Stroke::Dotted, vec![[0.0, common], [1.0, common]]));
    }
    for ((model, finding), colour, stroke) in styles(of) {
        marks.push(line(model, colour, stroke, precisions(finding)));
        let called =
            value(finding, FindingFigure::Sensitivity).zip(value(finding, FindingFigure::PositivePredictiveValue));
        marks.extend(dot("", colour, called.map(|(recall, precision)| [recall, precision])));
    }
    let caption = format!("{}. The dot is where images are called.", each(of, FindingFigure::AveragePrecision));
    let (x, y) = (Axis::new("Sensitivity (recall)", 0.0, 1.0), Axis::new("PPV (precision)", 0.0, 1.0));
    let title = "Precision-recall curve".to_owned();
    (Plot { title, alternative: caption.clone(), x, y, mirrored: false, marks }, caption)
}

fn calibration(of: &[Of<'_>]) -> (Plot, String) {
    let mut marks = vec![line("as it should be", GREY, Stroke::Dotted, vec![[0.0, 0.0], [1.0, 1.0]])];
    for ((model, finding), colour, _) in styles(of) {
        let filled = finding.reliability.iter().filter(|bin| bin.images > 0);
        let point = |bin: &crate::domain::performance::ReliabilityBin| {
            let often = share(bin.positives as f64, bin.images);
            ([bin.mean, often], wilson_interval(bin.positives, bin.images).map(|(low, high)| [low, high]))
        };
        let points = filled.map(point).collect();
        marks.push(Mark::Dots { name: model.to_owned(), colour, points });
    }
    let figures = [FindingFigure::CalibrationSlope, FindingFigure::CalibrationIntercept].map(|figure| each(of, figure));
    let caption = format!("{}. Ten ranges of probability; intervals are 95 % (Wilson, by images).", figures.join("; "));
    let (x, y) = (Axis::new("Mean probability", 0.0, 1.0), Axis::new("Share with the finding", 0.0, 1.0));
    (Plot { title: "Calibration".to_owned(), alternative: caption.clone(), x, y, mirrored: false, marks }, caption)
}

fn decision(of: &[Of<'_>]) -> (Plot, String) {
    let points = of.iter().flat_map(|(_, finding)| &finding.decision);
    let high = points.map(|point| point.model.max(point.all)).fold(0.02, f64::max) * 1.05;
    let low = -0.25 * high;
    let mut marks = vec![line("act on none", GREY, Stroke::Dotted, vec![[0.0, 0.0], [1.0, 0.0]])];
    if let Some((_, finding)) = of.first() {
        let all = finding.decision.iter().map(|point| [point.threshold, point.all]);
        marks.push(line("act on all", GREY, Stroke::Dashed, all.take_while(|[_, benefit]| *benefit >= low).collect()));
    }
    for ((model, finding), colour, stroke) in styles(of) {
        let points = finding.decision.iter().map(|point| [point.threshold, point.model]);
        marks.push(line(model, colour, stroke, points.filter(|[_, benefit]| *benefit >= low).collect()));
    }
    let at = each(of, FindingFigure::NetBenefit);
    let caption = format!("{at} where images are called. A model is of use where its line is the highest.");
    let (x, y) = (Axis::new("Threshold probability", 0.0, 1.0), Axis::new("Net benefit", low, high));
    (Plot { title: "Decision curve".to_owned(), alternative: caption.clone(), x, y, mirrored: false, marks }, caption)
}

/// Of the first model.
fn sweep(of: &[Of<'_>]) -> (Plot, String) {
    let (model, finding) = of.first().map_or(("", None), |(model, finding)| (*model, Some(*finding)));
    let mut marks = Vec::new();
    if let Some(finding) = finding {
        let points = |share: &dyn Fn(&Operating) -> Option<f64>| -> Vec<[f64; 2]> {
            finding.sweep.iter().filter_map(|point| Some([point.threshold?, share(point)?])).collect()
        };
        let sensitivity = |p: &Operating| Some(share(p.true_positives as f64, finding.positives));
        let specificity = |p: &Operating| Some(1.0 - share(p.false_positives as f64, finding.negatives));
        let ppv = |p: &Operating| {
            let called = p.true_positives + p.false_positives;
            (called > 0).then(|| p.true_positives as f64 / called as f64)
        };
        marks.push(line("sensitivity", COLOURS[0], Stroke::Whole, points(&sensitivity)));
        marks.push(line("specificity", COLOURS[1], Stroke::Dashed, points(&specificity)));
        marks.push(line("PPV", COLOURS[2], Stroke::Dotted, points(&ppv)));
        // Of more than two classes the most probable one is called, whatever its probability.
        let called =
            finding.threshold.map(|at| line("where it is called", GREY, Stroke::Dashed, vec![[at, 0.0], [at, 1.0]]));
        marks.extend(called);
    }
    let caption = format!("{model}: what calling the finding from each probability on comes to.");
    let (x, y) = (Axis::new("Threshold", 0.0, 1.0), Axis::new("Share", 0.0, 1.0));
    (Plot { title: "By threshold".to_owned(), alternative: caption.clone(), x, y, mirrored: false, marks }, caption)
}

/// Of the first model.
fn histogram(of: &[Of<'_>]) -> (Plot, String) {
    let nothing = FindingPerformance::default();
    let (model, finding) = of.first().copied().unwrap_or(("", &nothing));
    let count = finding.histogram.len().max(1) as f64;
    let bars = |which: usize, sign: f64| -> Vec<([f64; 2], [f64; 2])> {
        let bar = |(at, counts): (usize, &[usize; 2])| {
            let images = counts.get(which).copied().unwrap_or(0) as f64;
            ([at as f64 / count, (at as f64 + 1.0) / count], [0.0, sign * images])
        };
        finding.histogram.iter().enumerate().map(bar).filter(|(_, [_, height])| *height != 0.0).collect()
    };
    let most =
        |which: usize| finding.histogram.iter().filter_map(|counts| counts.get(which)).max().copied().unwrap_or(0);
    let (without, with) = (most(0).max(1) as f64, most(1).max(1) as f64);
    let marks = vec![
        Mark::Bars { name: "with the finding, upwards".to_owned(), colour: COLOURS[0], bars: bars(1, 1.0) },
        Mark::Bars { name: "without it, downwards".to_owned(), colour: COLOURS[1], bars: bars(0, -1.0) },
        line("", "#555", Stroke::Whole, vec![[0.0, 0.0], [1.0, 0.0]]),
    ];
    let called = match finding.threshold {
        Some(threshold) => format!("called from {} on", number(threshold)),
        None => "called where most probable".to_owned(),
    };
    let caption =
        format!("{model}: {} images with the finding and {} without; {called}.", finding.positives, finding.negatives);
    let (x, y) = (Axis::new("Probability", 0.0, 1.0), Axis::new("Images", -1.1 * without, 1.1 * with));
    (
        Plot {
            title: "Probabilities by outcome".to_owned(),
            alternative: caption.clone(),
            x,
            y,
            mirrored: true,
            marks,
        },
        caption,
    )
}
