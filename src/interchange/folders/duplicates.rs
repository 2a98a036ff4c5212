//! Byte-identical pictures in one scan: kept once, and never so that a test image leaks into training.

use super::FoundImage;
use crate::domain::Split;
use crate::domain::image::content_key;
use std::collections::HashMap;

/// Keeps one image of each content and tells what was done about the rest.
///
/// Of copies in several splits the one in the test split stays (else the one in validation). Copies in several classes
/// contradict each other: the one that stays loses its label.
pub fn resolve(
    images: Vec<FoundImage>,
    left_out: &mut Vec<(String, String)>,
    conflicts: &mut Vec<String>,
) -> Vec<FoundImage> {
    let mut by_content: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, image) in images.iter().enumerate() {
        by_content.entry(content_key(&image.sha256, image.frame)).or_default().push(index);
    }
    let mut kept = Vec::with_capacity(images.len());
    for (index, image) in images.iter().enumerate() {
        let copies: Vec<&FoundImage> = by_content
            .get(&content_key(&image.sha256, image.frame))
            .into_iter()
            .flatten()
            .filter_map(|&at| images.get(at))
            .collect();
        let mut keep = image.clone();
        if copies.len() > 1 {
            let first =
                by_content.get(&content_key(&image.sha256, image.frame)).and_then(|list| list.first()) == Some(&index);
            let stays =
                copies.iter().copied().max_by(|a, b| preference(a).cmp(&preference(b)).then(b.name.cmp(&a.name)));
            let Some(stays) = stays else { continue };
            let verdict = judge(&copies, stays);
            if first {
                conflicts.extend(verdict.sentence);
            }
            if stays.name != image.name {
                left_out.push((image.name.clone(), format!("the same picture as {}, which is kept", stays.name)));
                continue;
            }
            keep.class = verdict.class;
        }
        kept.push(keep);
    }
    kept
}

/// Test before validation before training before none; among equals a labelled one.
fn preference(image: &FoundImage) -> (Option<Split>, bool) {
    (image.split, image.class.is_some())
}

struct Verdict {
    class: Option<String>,
    sentence: Option<String>,
}

fn judge(copies: &[&FoundImage], stays: &FoundImage) -> Verdict {
    let mut classes: Vec<&str> = copies.iter().filter_map(|image| image.class.as_deref()).collect();
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
