//! Tests of whether the maps of a model can be believed: do they point where readers drew boxes, do they change when the
//! weights do, does the answer hang on what they mark.

mod curves;
mod means;
mod place;
mod spearman;
mod ssim;
mod subject;

pub use place::{Placed, placed, pointing};
pub use spearman::spearman;
pub use ssim::structural_similarity;

use super::{How, MapError};
use crate::domain::map_test::{Curves, MapTest, Sanity};
use crate::domain::{HeatMap, TrueBox};
use crate::imaging::DecodedImage;
use crate::inference::Model;
use curves::Areas;
use means::means;
use subject::Subject;

/// Places along each side at which two maps are compared.
const COMPARED: u32 = 64;

/// An image to test on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// Boxes of a person or an import; none where nobody drew any.
    pub boxes: Vec<TrueBox>,
    /// The patient or whatever else images come from together.
    pub group: Option<String>,
}

/// Tests the maps of a model. `load` reads the image of a case by its place. On an image with boxes each of their classes is
/// explained, on others the class that the model says; a model that draws boxes explains its best box of the class. The
/// sanity check and the curves are of the first map of each image. `on` hears how many images are done and answers whether to go
/// on: without, there is no test.
///
/// # Errors
/// When the method does not fit the model, or the tensor library gives up.
pub fn test_maps(
    model: &Model,
    how: &How,
    cases: &[Case],
    load: &mut dyn FnMut(usize) -> Result<DecodedImage, String>,
    on: super::OnPass<'_>,
) -> Result<Option<MapTest>, MapError> {
    let subject = Subject { model, how: *how };
    let untrained = model.untrained(how.seed.wrapping_add(1))?;
    let untrained = Subject { model: &untrained, how: *how };
    let mut test = MapTest {
        method: how.method,
        layer: how.layer.filter(|_| how.method.has_layers()),
        split: None,
        images: 0,
        unread: 0,
        unexplained: 0,
        maps: 0,
        empty: 0,
        pointing: None,
        sanity: None,
        curves: None,
        seed: how.seed,
        tested_ms: 0,
        boxes: None,
    };
    let (mut all_placed, mut likenesses, mut areas) = (Vec::new(), Vec::new(), Vec::new());
    for (index, case) in cases.iter().enumerate() {
        let mut go_on = |_: usize, _: usize| on(index, cases.len());
        if !go_on(0, 0) {
            return Ok(None);
        }
        let Ok(image) = load(index) else {
            test.unread += 1;
            continue;
        };
        test.images += 1;
        let looked = subject.look(&image)?;
        let targets = subject.targets(&looked, case)?;
        test.unexplained += usize::from(targets.is_empty());
        for (at, target) in targets.iter().enumerate() {
            let Some(map) = subject.map(&image, &looked, target, &mut go_on)? else { return Ok(None) };
            test.maps += 1;
            test.empty += usize::from(map.is_empty());
            let group = || case.group.clone().unwrap_or_else(|| format!("image {index}"));
            let boxes: Vec<TrueBox> = case.boxes.iter().filter(|one| one.class == target.class).copied().collect();
            if !boxes.is_empty() {
                all_placed.push((index, group(), placed(&map, &boxes, (image.width, image.height))));
            }
            if at > 0 || map.is_empty() {
                continue;
            }
            let random_look = untrained.look(&image)?;
            let Some(random) = untrained.map(&image, &random_look, target, &mut go_on)? else { return Ok(None) };
            likenesses.push(likeness(&map, &random, (image.width, image.height)));
            let seed = how.seed.wrapping_add(index as u64);
            let Some(of_image) = Areas::of(&subject, &image, target, &map, seed, &mut go_on)? else { return Ok(None) };
            areas.push((group(), of_image));
        }
    }
    test.pointing = pointing(&all_placed);
    if !likenesses.is_empty() {
        let mean = |of: fn(&Likeness) -> f64| likenesses.iter().map(of).sum::<f64>() / likenesses.len() as f64;
        test.sanity = Some(Sanity {
            maps: likenesses.len(),
            correlation: mean(|one| one.correlation),
            structure: Some(mean(|one| one.structure)),
            bound: Sanity::BOUND,
        });
    }
    test.curves = mean(&areas);
    Ok(Some(test))
}

/// How much alike two maps are, by their absolute values.
struct Likeness {
    /// Of ranks; 0 where one of the maps is the same everywhere.
    correlation: f64,
    /// Structural similarity.
    structure: f64,
}

/// How much alike two maps are over an image of this size.
fn likeness(one: &HeatMap, other: &HeatMap, (width, height): (u32, u32)) -> Likeness {
    let at = |map: &HeatMap| -> Vec<f64> {
        let along = |index: u32, side: u32| (f64::from(index) + 0.5) / f64::from(COMPARED) * f64::from(side);
        let rows = 0..COMPARED;
        rows.flat_map(|row| {
            (0..COMPARED).map(move |column| f64::from(map.at(along(column, width), along(row, height)).abs()))
        })
        .collect()
    };
    let (one, other) = (at(one), at(other));
    Likeness {
        correlation: spearman(&one, &other).unwrap_or(0.0),
        structure: structural_similarity(&one, &other, COMPARED as usize).unwrap_or(0.0),
    }
}

fn mean(areas: &[(String, Areas)]) -> Option<Curves> {
    let count = areas.len();
    let of = |area: fn(&Areas) -> f64| areas.iter().map(|(_, one)| area(one)).sum::<f64>() / count as f64;
    let mut rows = Vec::with_capacity(count);
    for (group, one) in areas {
        let gains = [one.random_deletion - one.deletion, one.insertion - one.random_insertion];
        rows.push((group.as_str(), gains));
    }
    (count > 0).then(|| {
        let [deletion_gain, insertion_gain] = means(&rows);
        Curves {
            maps: count,
            steps: curves::STEPS,
            deletion: of(|one| one.deletion),
            random_deletion: of(|one| one.random_deletion),
            deletion_gain,
            insertion: of(|one| one.insertion),
            random_insertion: of(|one| one.random_insertion),
            insertion_gain,
        }
    })
}

#[cfg(test)]
mod tests;
