//! How far the readers of one image are apart, for the order of the queue.

use super::{boxes::looked_for, words_by_name};
use crate::domain::{AnnotationEvent, ClassList, Presence};
use crate::evaluation::bootstrap::{Bootstrap, Groups};
use crate::evaluation::box_agreement::box_agreement;
use crate::session::importing::readings::{Readings, Word};

/// The mean over all pairs of readers of an image, told from its events, of how far the two are apart, 0 to 1; `None` where
/// fewer than two have read it.
pub(in crate::session) fn readers_apart(events: &[AnnotationEvent], classes: &ClassList) -> Option<f32> {
    let said = words_by_name(&Readings::of(events));
    let words: Vec<&Word> = said.iter().map(|(_, word)| word).collect();
    let pairs =
        words.iter().enumerate().flat_map(|(at, one)| words.iter().skip(at + 1).map(move |other| (*one, *other)));
    let apart: Vec<f64> = pairs.filter_map(|(one, other)| two_apart(one, other, classes)).collect();
    (!apart.is_empty()).then(|| (apart.iter().sum::<f64>() / apart.len() as f64) as f32)
}

/// How far two are apart in what both have looked at: classes 1, grades by the square of the steps between them, findings by the
/// share on which they differ ("perhaps" lies half-way), boxes by 1 - F1; of these the largest. `None` where there is nothing
/// that both have looked at.
fn two_apart(one: &Word, other: &Word, classes: &ClassList) -> Option<f64> {
    let labels = one.label.zip(other.label).map(|(a, b)| match classes.ordinal {
        true => (a.abs_diff(b) as f64 / classes.len().saturating_sub(1).max(1) as f64).powi(2).min(1.0),
        false => f64::from(u8::from(a != b)),
    });
    let presence = |presence: Presence| match presence {
        Presence::Present => 1.0,
        Presence::Uncertain => 0.5,
        Presence::Absent => 0.0f64,
    };
    let of_finding = |place| {
        let (one, other) = (one.findings.get(place)?, other.findings.get(place)?);
        Some((presence(one) - presence(other)).abs())
    };
    let findings: Vec<f64> = classes.finding_places().filter_map(of_finding).collect();
    let findings = (!findings.is_empty()).then(|| findings.iter().sum::<f64>() / findings.len() as f64);
    let boxes = looked_for(one, classes).zip(looked_for(other, classes)).map(|(ours, theirs)| {
        let alone = Bootstrap { draws: 0, ..Bootstrap::default() };
        let agreed = box_agreement(&[ours.to_vec()], &[theirs.to_vec()], &Groups::new([Some(0)]), alone);
        // Neither drew a box: they agree.
        1.0 - agreed.f1.value.unwrap_or(1.0)
    });
    [labels, findings, boxes].into_iter().flatten().reduce(f64::max)
}
