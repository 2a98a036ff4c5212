//! Byte-identical pictures in one scan: kept once, and never so that a test image leaks into training.

use crate::domain::Split;
use crate::interchange::reading::{ReadImage, Said};
use crate::interchange::spill::{SpillError, Spilled};
use std::collections::{BTreeMap, BTreeSet};

/// Keeps one image of each content and tells what was done about the rest; `copies` are the places of those behind the
/// first, by its place.
///
/// Of copies in several splits the one in the test split stays (else the one in validation). Copies in several classes
/// contradict each other: the one that stays loses its label.
pub fn resolve(
    images: &mut Spilled<ReadImage>,
    copies: BTreeMap<usize, Vec<usize>>,
    left_out: &mut Vec<(String, String)>,
    conflicts: &mut Vec<String>,
) -> Result<(), SpillError> {
    let mut gone: BTreeMap<usize, (String, String)> = BTreeMap::new();
    for (first, others) in copies {
        let places = std::iter::once(first).chain(others);
        let copies: Vec<(usize, ReadImage)> =
            places.map(|at| Ok((at, images.get(at)?.into_owned()))).collect::<Result<_, SpillError>>()?;
        let best = copies.iter().max_by(|(_, a), (_, b)| preference(a).cmp(&preference(b)).then(b.name.cmp(&a.name)));
        let Some((kept, stays)) = best else { continue };
        let verdict = judge(&copies, stays);
        conflicts.extend(verdict.sentence);
        let others = copies.iter().filter(|(at, _)| at != kept);
        let why = || format!("the same picture as {}, which is kept", stays.name);
        gone.extend(others.map(|(at, copy)| (*at, (copy.name.clone(), why()))));
        let said = verdict.class.map(Said::label).into_iter().collect();
        images.set(*kept, ReadImage { said, ..stays.clone() });
    }
    let places: BTreeSet<usize> = gone.keys().copied().collect();
    images.remove(&places);
    left_out.extend(gone.into_values());
    Ok(())
}

/// Test before validation before training before none; among equals a labelled one.
fn preference(image: &ReadImage) -> (Option<Split>, bool) {
    (image.split, image.label().is_some())
}

struct Verdict {
    class: Option<String>,
    sentence: Option<String>,
}

fn judge(copies: &[(usize, ReadImage)], stays: &ReadImage) -> Verdict {
    let copies = || copies.iter().map(|(_, image)| image);
    let mut classes: Vec<&str> = copies().filter_map(|image| image.label()).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut splits: Vec<Split> = copies().filter_map(|image| image.split).collect();
    splits.sort_unstable();
    splits.dedup();
    let names: Vec<&str> = copies().map(|image| image.name.as_str()).collect();
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
