//! The mistakes that the model was surest of: what a reader asks to see first. Pictures only where the writer wants them.

use super::EvaluationReport;
use super::html::{Html, MANY};
use super::items;
use crate::domain::{ClassList, ClassThresholds, Findings, ImageFile, ModelRecord, Presence};
use crate::imaging;
use crate::imaging::write::png_rgba;
use crate::session::drawing::numbers::{counted, number};
use crate::session::drawing::text::escape;
use crate::session::services::sources::decode_guarded;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Serialize;
use std::collections::HashMap;

/// So many are shown.
const MOST: usize = 12;
/// The longer side of a picture, in pixels.
const SIDE: usize = 200;

/// Of each finding so many that were missed, and so many false alarms.
const MOST_OF_A_KIND: usize = 4;

/// An image that a model judged, with what is known of it: its class, or its findings.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    pub file: ImageFile,
    pub truth: T,
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

/// Images of which a finding was told wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FindingMistakes {
    pub finding: String,
    /// Images that have it, of which it was not said.
    pub missed: usize,
    /// Images that do not have it, of which it was said.
    pub false_alarms: usize,
    /// Of those that were missed, then of the false alarms, the surest first.
    pub surest: Vec<Mistake>,
}

/// The mistakes among these answers, finding by finding, each said to be present from its own threshold on. What is not known
/// of an image is no mistake.
pub fn of_findings<'a>(
    answers: &'a [Answer<Findings>],
    classes: &ClassList,
    thresholds: &ClassThresholds,
    pictures: bool,
) -> Vec<FindingMistakes> {
    // One image may be wrong of several findings.
    let mut drawn: HashMap<&'a ImageFile, Option<Vec<u8>>> = HashMap::new();
    let mut picture = |file: &'a ImageFile| -> Option<Vec<u8>> {
        if !pictures {
            return None;
        }
        drawn.entry(file).or_insert_with(|| small(file)).clone()
    };
    let mut of_finding = |place: usize| {
        let threshold = thresholds.of(place).unwrap_or(ModelRecord::THRESHOLD);
        let missed = wrong(answers, place, threshold, true);
        let alarms = wrong(answers, place, threshold, false);
        let mut surest = Vec::new();
        for (is, all) in [(true, &missed), (false, &alarms)] {
            surest.extend(all.iter().take(MOST_OF_A_KIND).map(|(answer, of_truth)| Mistake {
                truth: Presence::from(is).name().to_owned(),
                called: Presence::from(!is).name().to_owned(),
                probability: 1.0 - of_truth,
                probability_of_truth: *of_truth,
                picture: picture(&answer.file),
            }));
        }
        FindingMistakes { finding: classes.name(place), missed: missed.len(), false_alarms: alarms.len(), surest }
    };
    classes.finding_places().map(&mut of_finding).collect()
}

/// The images that are known to have a finding, or not to, and of which the other is said, with the probability that was given
/// to what is true; the lowest first.
fn wrong(answers: &[Answer<Findings>], place: usize, threshold: f64, is: bool) -> Vec<(&Answer<Findings>, f64)> {
    let known = answers.iter().filter(|answer| answer.truth.get(place).and_then(Presence::known) == Some(is));
    let said = known.filter_map(|answer| Some((answer, f64::from(*answer.probabilities.get(place)?))));
    let wrong = said.filter(|(_, p)| (*p >= threshold) != is);
    let mut wrong: Vec<_> = wrong.map(|(answer, p)| (answer, if is { p } else { 1.0 - p })).collect();
    wrong.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    wrong
}

/// The mistakes among these answers; classes are called by these thresholds.
pub fn of(answers: &[Answer<usize>], classes: &ClassList, thresholds: &ClassThresholds, pictures: bool) -> Mistakes {
    let mut wrong: Vec<(&Answer<usize>, usize)> = answers
        .iter()
        .filter_map(|answer| Some((answer, thresholds.called(&answer.probabilities)?)))
        .filter(|(answer, called)| answer.truth != *called)
        .collect();
    let p = |answer: &Answer<usize>, class: usize| answer.probabilities.get(class).map_or(0.0, |p| f64::from(*p));
    wrong.sort_by(|(a, of_a), (b, of_b)| p(b, *of_b).total_cmp(&p(a, *of_a)));
    let mistake = |(answer, called): &(&Answer<usize>, usize)| Mistake {
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
    if !of.finding_mistakes.is_empty() {
        return of_each(page, &of.finding_mistakes);
    }
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
    list(page, &mistakes.surest);
    about_pictures(page, mistakes.surest.iter());
}

/// The same finding by finding.
fn of_each(page: &mut Html, all: &[FindingMistakes]) {
    page.heading("mistakes", "The surest mistakes", Some(items::MISTAKES));
    page.paragraph(
        "Of each finding the images that have it and of which it was not said (missed), and those that do not have it and of \
         which it was said (false alarms): those of each kind that the model was surest of. Images on which it is uncertain or was \
         not assessed are neither.",
    );
    for of in all {
        let FindingMistakes { finding, missed, false_alarms, surest } = of;
        let alarms = counted(*false_alarms, "false alarm", "false alarms");
        let summary = format!("{finding}: {missed} missed, {alarms}");
        page.fold_if(all.len() > MANY, &summary, |page| {
            page.subheading(&summary);
            if !surest.is_empty() {
                list(page, surest);
            }
        });
    }
    about_pictures(page, all.iter().flat_map(|of| &of.surest));
}

/// A row and, where there is one, a picture of each.
fn list(page: &mut Html, mistakes: &[Mistake]) {
    let rows = mistakes.iter().enumerate().map(|(at, mistake)| {
        let Mistake { truth, called, probability, probability_of_truth, .. } = mistake;
        let number = number(*probability);
        vec![(at + 1).to_string(), truth.clone(), called.clone(), number, self::number(*probability_of_truth)]
    });
    page.table("lllrr", &["", "Labelled", "Called", "Probability", "Of the label"], &rows.collect::<Vec<_>>());
    let figures: Vec<String> = mistakes.iter().enumerate().filter_map(figure).collect();
    if !figures.is_empty() {
        page.figures(&figures);
    }
}

fn about_pictures<'a>(page: &mut Html, mut mistakes: impl Iterator<Item = &'a Mistake>) {
    page.paragraph(if mistakes.any(|mistake| mistake.picture.is_some()) {
        "Whoever hands this report on makes sure that nothing written within a picture names anyone."
    } else {
        "Without pictures: they go into a report only where its writer asks for them."
    });
}

fn figure((at, mistake): (usize, &Mistake)) -> Option<String> {
    let picture = BASE64_STANDARD.encode(mistake.picture.as_ref()?);
    let caption = format!("{}: labelled {}, called {}", at + 1, mistake.truth, mistake.called);
    let caption = escape(&caption);
    Some(format!(
        "<img alt=\"{caption}\" src=\"data:image/png;base64,{picture}\"/>\n<figcaption>{caption}</figcaption>"
    ))
}
