//! The mistakes that the model was surest of: what a reader asks to see first. Pictures only where the writer wants them.

use super::EvaluationReport;
use super::html::Html;
use super::items;
use crate::domain::ClassThresholds;
use crate::domain::{ClassList, ImageFile};
use crate::imaging;
use crate::imaging::write::png_rgba;
use crate::session::drawing::numbers::{counted, number};
use crate::session::drawing::text::escape;
use crate::session::services::sources::decode_guarded;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Serialize;

/// So many are shown.
const MOST: usize = 12;
/// The longer side of a picture, in pixels.
const SIDE: usize = 200;

/// An image that a classifier judged, with what is known of it.
#[derive(Clone, Debug)]
pub struct Answer {
    pub file: ImageFile,
    pub truth: usize,
    pub probabilities: Vec<f32>,
}

/// Images that were called what they are not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Mistakes {
    pub all: usize,
    /// The surest first.
    pub surest: Vec<Mistake>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mistake {
    pub truth: String,
    pub called: String,
    /// What the model gave to the class it called, and to the truth.
    pub probability: f64,
    pub probability_of_truth: f64,
    /// A small PNG, where pictures were asked for and the image can be read.
    #[serde(skip)]
    pub picture: Option<Vec<u8>>,
}

/// The mistakes among these answers; classes are called by these thresholds.
pub fn of(answers: &[Answer], classes: &ClassList, thresholds: &ClassThresholds, pictures: bool) -> Mistakes {
    let mut wrong: Vec<(&Answer, usize)> = answers
        .iter()
        .filter_map(|answer| Some((answer, thresholds.called(&answer.probabilities)?)))
        .filter(|(answer, called)| answer.truth != *called)
        .collect();
    let p = |answer: &Answer, class: usize| answer.probabilities.get(class).map_or(0.0, |p| f64::from(*p));
    wrong.sort_by(|(a, of_a), (b, of_b)| p(b, *of_b).total_cmp(&p(a, *of_a)));
    let mistake = |(answer, called): &(&Answer, usize)| Mistake {
        truth: classes.name(answer.truth),
        called: classes.name(*called),
        probability: p(answer, *called),
        probability_of_truth: p(answer, answer.truth),
        picture: if pictures { small(&answer.file) } else { None },
    };
    Mistakes { all: wrong.len(), surest: wrong.iter().take(MOST).map(mistake).collect() }
}

fn small(file: &ImageFile) -> Option<Vec<u8>> {
    let small = imaging::thumbnail(&decode_guarded(file).ok()?, SIDE);
    png_rgba(u32::try_from(small.width).ok()?, u32::try_from(small.height).ok()?, &small.rgba).ok()
}

pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    let Some(mistakes) = &of.mistakes else { return };
    page.heading("mistakes", "The surest mistakes", Some(items::MISTAKES));
    if mistakes.surest.is_empty() {
        return page.paragraph("No image was called what it is not.");
    }
    let shown = mistakes.surest.len();
    page.paragraph(&format!(
        "{} called what they are not; {shown} of them, those that the model was surest of.",
        counted(mistakes.all, "image was", "images were")
    ));
    let rows = mistakes.surest.iter().enumerate().map(|(at, mistake)| {
        let Mistake { truth, called, probability, probability_of_truth, .. } = mistake;
        let number = number(*probability);
        vec![(at + 1).to_string(), truth.clone(), called.clone(), number, self::number(*probability_of_truth)]
    });
    page.table("lllrr", &["", "Labelled", "Called", "Probability", "Of the label"], &rows.collect::<Vec<_>>());
    let figures: Vec<String> = mistakes.surest.iter().enumerate().filter_map(figure).collect();
    if figures.is_empty() {
        page.paragraph("Without pictures: they go into a report only where its writer asks for them.");
    } else {
        page.figures(&figures);
        page.paragraph("Whoever hands this report on makes sure that nothing written within a picture names anyone.");
    }
}

fn figure((at, mistake): (usize, &Mistake)) -> Option<String> {
    let picture = BASE64_STANDARD.encode(mistake.picture.as_ref()?);
    let caption = format!("{}: labelled {}, called {}", at + 1, mistake.truth, mistake.called);
    let caption = escape(&caption);
    Some(format!(
        "<img alt=\"{caption}\" src=\"data:image/png;base64,{picture}\"/>\n<figcaption>{caption}</figcaption>"
    ))
}
