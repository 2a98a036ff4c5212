//! Byte-identical pictures in one scan: kept once, and never so that a test image leaks into training.

use crate::domain::Split;
use crate::interchange::reading::{ReadImage, Said, firsts};
use std::collections::BTreeMap;

/// Keeps one image of each content and tells what was done about the rest.
///
/// Of copies in several splits the one in the test split stays (else the one in validation). Copies in several classes
/// contradict each other: the one that stays loses its label.
pub fn resolve(images: &mut Vec<ReadImage>, left_out: &mut Vec<(String, String)>, conflicts: &mut Vec<String>) {
    let mut gone: BTreeMap<usize, String> = BTreeMap::new();
    let mut labels: Vec<(usize, Option<String>)> = Vec::new();
    for places in copies(images) {
        let copies: Vec<&ReadImage> = places.iter().filter_map(|&at| images.get(at)).collect();
        let best = places.iter().zip(&copies);
        let best = best.max_by(|(_, a), (_, b)| preference(a).cmp(&preference(b)).then(b.name.cmp(&a.name)));
        let Some((&kept, stays)) = best else { continue };
        let verdict = judge(&copies, stays);
        conflicts.extend(verdict.sentence);
        let others = places.iter().filter(|at| **at != kept);
        gone.extend(others.map(|at| (*at, format!("the same picture as {}, which is kept", stays.name))));
        labels.push((kept, verdict.class));
    }
    for (at, class) in labels {
        if let Some(image) = images.get_mut(at) {
            image.said = class.map(Said::label).into_iter().collect();
        }
    }
    let mut places = 0..;
    images.retain_mut(|image| match places.next().and_then(|at| gone.remove(&at)) {
        Some(why) => {
            left_out.push((std::mem::take(&mut image.name), why));
            false
        }
        None => true,
    });
}

/// The places of the images of which there are several, those of one content together, by the first of each.
fn copies(images: &[ReadImage]) -> Vec<Vec<usize>> {
    let firsts = firsts(images.iter().map(|image| (image.sha256.as_str(), image.frame)));
    let mut several: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, first) in firsts.into_iter().enumerate() {
        if first != at {
            several.entry(first).or_insert_with(|| vec![first]).push(at);
        }
    }
    several.into_values().collect()
}

/// Test before validation before training before none; among equals a labelled one.
fn preference(image: &ReadImage) -> (Option<Split>, bool) {
    (image.split, image.label().is_some())
}

struct Verdict {
    class: Option<String>,
    sentence: Option<String>,
}

fn judge(copies: &[&ReadImage], stays: &ReadImage) -> Verdict {
    let mut classes: Vec<&str> = copies.iter().filter_map(|image| image.label()).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut splits: Vec<Split> = copies.iter().filter_map(|image| image.split).collect();
    splits.sort_unstable();
    splits.dedup();
    let names: Vec<&str> = copies.iter().map(|image| image.name.as_str()).collect();
    let names = names.join(" and ");
    let (class, doubt) = match classes.as_slice() {
        [] => (None, None),
        [one] => (Some((*one).to_owned()), None),
        several => (None, Some(format!("in the classes {}", several.join(" and ")))),
    };
    let leak = (splits.len() > 1).then(|| {
        let splits: Vec<&str> = splits.iter().map(|split| split.name()).collect();
        format!("in the splits {}", splits.join(" and "))
    });
    let sentence = match (doubt, leak) {
        (None, None) => None,
        (Some(doubt), None) => Some(format!(
            "{names} are the same picture {doubt}: {} is kept without a label; say which class it is.",
            stays.name
        )),
        (None, Some(leak)) => {
            Some(format!("{names} are the same picture {leak}: only {} is kept, so that nothing leaks.", stays.name))
        }
        (Some(doubt), Some(leak)) => Some(format!(
            "{names} are the same picture {doubt} and {leak}: only {} is kept, without a label; say which class it is.",
            stays.name
        )),
    };
    Verdict { class, sentence }
}
