//! Whether the maps of a model can be believed: what was found when they were tested.

use super::image::Split;
use super::map_method::MapMethod;
use super::performance::Estimate;
use serde::{Deserialize, Serialize};

/// A test of the maps that one method makes of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapTest {
    pub method: MapMethod,
    /// The layer that the maps looked at, from 1, the finest; the last where it is absent, as in older tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// The images tested on; of every split where it is absent.
    pub split: Option<Split>,
    /// Images that were looked at.
    pub images: usize,
    /// Images that could not be read.
    pub unread: usize,
    /// Images on which there was nothing to explain: a model that draws boxes drew none of a class that readers' boxes have.
    pub unexplained: usize,
    /// Maps that were made, and those of them that are zero everywhere.
    pub maps: usize,
    pub empty: usize,
    /// Of images with boxes of a person or an import; absent where none has any.
    pub pointing: Option<Pointing>,
    /// Absent where every map is empty.
    pub sanity: Option<Sanity>,
    /// Absent where every map is empty.
    pub curves: Option<Curves>,
    /// Of what was drawn at random.
    pub seed: u64,
    /// Milliseconds since 1970-01-01 UTC.
    #[serde(default)]
    pub tested_ms: i64,
    /// What the readers' boxes were like that there were: a number that is another one when they change. Absent of older tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boxes: Option<u64>,
}

/// The pointing game (Zhang et al. 2018, "Top-down Neural Attention by Excitation Backprop"): whether the largest value of a map
/// lies in a reader's box of the class, with no pixel to spare; and how much of the heat lies in such boxes. An empty map misses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pointing {
    /// Images with boxes.
    pub images: usize,
    /// Maps, one a class that an image has boxes of.
    pub maps: usize,
    pub hits: usize,
    /// The share of maps that hit, with its interval by groups of images.
    pub right: Estimate,
    /// The mean share of the heat inside the boxes, with its interval by groups of images.
    pub heat: Estimate,
    /// What both would be by chance: the mean share of the image's area that the boxes cover.
    pub chance: f64,
}

/// The sanity check (Adebayo et al. 2018, "Sanity Checks for Saliency Maps"): whether maps change when all weights of the
/// network are drawn anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sanity {
    pub maps: usize,
    /// The mean rank correlation (Spearman) of the absolute values of maps with those of the same network without training.
    pub correlation: f64,
    /// The mean structural similarity of the same absolute values (Wang et al. 2004), 1 where they are equal; absent of tests
    /// that were made before it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<f64>,
    /// From this correlation on, maps count as hardly changed.
    pub bound: f64,
}

impl Sanity {
    /// From this rank correlation on, maps count as hardly changed.
    pub const BOUND: f64 = 0.5;

    /// Whether the maps show something else than what was learned.
    pub fn hardly_changes(&self) -> bool {
        self.correlation >= self.bound
    }
}

/// Deletion and insertion (Petsiuk et al. 2018, "RISE"): how sure the model is on average while more and more of the image is
/// greyed out, what the map marks most first, and while more and more of it comes back out of a blur. Beside it the same in
/// the order of maps drawn at random.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    pub maps: usize,
    /// Steps from nothing to the whole image.
    pub steps: usize,
    /// 0 to 1, the area under the curve: the smaller, the more the answer hangs on what is marked.
    pub deletion: f64,
    pub random_deletion: f64,
    /// By how much it is smaller than that of random maps, with its interval by groups of images.
    pub deletion_gain: Estimate,
    /// The larger, the more what is marked is enough.
    pub insertion: f64,
    pub random_insertion: f64,
    /// By how much it is larger than that of random maps, with its interval by groups of images.
    pub insertion_gain: Estimate,
}

impl Curves {
    /// Whether hiding what the map marks takes the answer away sooner than hiding anything else, or showing it brings it back
    /// sooner, also at the lower end of the interval where there is one; and neither is the other way round.
    pub fn beats_chance(&self) -> bool {
        let both = [&self.deletion_gain, &self.insertion_gain];
        both.into_iter().any(|gain| least(gain) > Some(0.0)) && both.into_iter().all(|gain| most(gain) >= Some(0.0))
    }
}

/// The lower end of an estimate's interval, or its value where it has none.
fn least(estimate: &Estimate) -> Option<f64> {
    estimate.interval.map(|[low, _]| low).or(estimate.value)
}

/// The upper end of an estimate's interval, or its value where it has none.
fn most(estimate: &Estimate) -> Option<f64> {
    estimate.interval.map(|[_, high]| high).or(estimate.value)
}

impl MapTest {
    /// Whether the maps should not be read at all.
    pub fn is_damning(&self) -> bool {
        self.maps == 0
            || self.empty == self.maps
            || self.sanity.as_ref().is_some_and(Sanity::hardly_changes)
            || self.pointing.as_ref().is_some_and(|p| !p.beats_chance())
            || self.pointing.is_none() && self.curves.as_ref().is_some_and(|c| !c.beats_chance())
    }

    /// What it comes to, in one sentence.
    pub fn verdict(&self) -> String {
        let images = |count: usize| if count == 1 { "image".to_owned() } else { format!("{count} images") };
        if self.maps == 0 {
            return "there was nothing to explain on the images it was tested on".into();
        }
        if self.empty == self.maps {
            return format!("do not read this map: it was empty on all {} it was tested on", images(self.images));
        }
        if let Some(sanity) = self.sanity.as_ref().filter(|sanity| sanity.hardly_changes()) {
            let correlation = sanity.correlation;
            return format!(
                "do not read this map: it hardly changes when the weights are random (rank correlation {correlation:.2})"
            );
        }
        if let Some(pointing) = &self.pointing {
            return pointing.verdict();
        }
        let Some(curves) = &self.curves else {
            return "there is too little to tell by: draw boxes, or test it on more images".into();
        };
        let Curves { deletion, random_deletion, insertion, random_insertion, .. } = curves;
        let figures = format!(
            "deletion {deletion:.2} beside {random_deletion:.2}, insertion {insertion:.2} beside {random_insertion:.2}"
        );
        if curves.beats_chance() {
            // One of the two is enough; where the other may be chance, that is said beside it.
            let sure = |gain: &Estimate| least(gain) > Some(0.0);
            let but = match (sure(&curves.deletion_gain), sure(&curves.insertion_gain)) {
                (true, false) => "; that of insertion may be chance",
                (false, true) => "; that of deletion may be chance",
                (true, true) | (false, false) => "",
            };
            format!(
                "no boxes to test its place by; on {} the answer hangs more on what this map marks than on places drawn at \
                 random ({figures}{but})",
                images(curves.maps)
            )
        } else {
            format!(
                "do not rely on this map: on {} the answer hangs no more on what it marks than on places drawn at random \
                 ({figures})",
                images(curves.maps)
            )
        }
    }
}

impl Pointing {
    /// Whether it points right more often than chance, also at the lower end of its interval where there is one.
    pub fn beats_chance(&self) -> bool {
        least(&self.right) > Some(self.chance)
    }

    fn verdict(&self) -> String {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        let right = self.right.value.map_or_else(|| "an unknown share".to_owned(), percent);
        let interval = self.right.interval.map_or_else(String::new, |[low, high]| {
            format!(", 95 % interval {:.0} to {:.0} %", low * 100.0, high * 100.0)
        });
        let boxed = if self.images == 1 { "one boxed image".into() } else { format!("{} boxed images", self.images) };
        let chance = percent(self.chance);
        if self.beats_chance() {
            format!("on your {boxed} this map points right in {right} (chance {chance}{interval})")
        } else {
            format!(
                "do not rely on this map: on your {boxed} it points right in {right}, no better than chance ({chance}{interval})"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> MapTest {
        let estimate = |value: f64, low: f64| Estimate { value: Some(value), interval: Some([low, 0.9]), why: None };
        MapTest {
            layer: None,
            method: MapMethod::GradCam,
            split: Some(Split::Test),
            images: 29,
            unread: 0,
            unexplained: 0,
            maps: 29,
            empty: 0,
            pointing: Some(Pointing {
                images: 29,
                maps: 29,
                hits: 22,
                right: estimate(0.76, 0.6),
                heat: estimate(0.4, 0.3),
                chance: 0.09,
            }),
            sanity: Some(Sanity { maps: 29, correlation: 0.1, structure: Some(0.2), bound: Sanity::BOUND }),
            curves: Some(Curves {
                maps: 29,
                steps: 24,
                deletion: 0.3,
                random_deletion: 0.5,
                deletion_gain: estimate(0.2, 0.1),
                insertion: 0.7,
                random_insertion: 0.6,
                insertion_gain: estimate(0.1, -0.1),
            }),
            seed: 0,
            tested_ms: 0,
            boxes: None,
        }
    }

    #[test]
    fn the_verdict_is_the_worst_that_was_found() {
        let good = found();
        let said = good.verdict();
        assert!(said.starts_with("on your 29 boxed images this map points right in 76 % (chance 9 %"), "{said}");
        assert!(!good.is_damning());

        let mut by_chance = found();
        by_chance.pointing.as_mut().unwrap().right.interval = Some([0.05, 0.9]);
        assert!(by_chance.verdict().contains("no better than chance (9 %") && by_chance.is_damning());

        let mut random = found();
        random.sanity.as_mut().unwrap().correlation = 0.83;
        assert!(random.verdict().contains("hardly changes when the weights are random (rank correlation 0.83)"));
        assert!(random.is_damning());

        let mut without = MapTest { pointing: None, ..found() };
        assert!(without.verdict().starts_with("no boxes to test its place by; on 29 images") && !without.is_damning());
        assert!(without.verdict().ends_with("insertion 0.70 beside 0.60; that of insertion may be chance)"));
        let mut both = without.clone();
        both.curves.as_mut().unwrap().insertion_gain.interval = Some([0.05, 0.2]);
        assert!(both.verdict().ends_with("insertion 0.70 beside 0.60)"), "{}", both.verdict());
        let mut mixed = without.clone();
        mixed.curves.as_mut().unwrap().insertion_gain.interval = Some([-0.2, -0.1]);
        assert!(mixed.is_damning(), "what brings the answer back sooner must not keep it longer");
        without.curves.as_mut().unwrap().deletion_gain.interval = Some([-0.01, 0.9]);
        assert!(without.verdict().starts_with("do not rely on this map") && without.is_damning());

        let empty = MapTest { empty: 29, ..found() };
        assert!(empty.verdict().contains("it was empty on all 29 images") && empty.is_damning());
    }
}
