//! What the demo of several findings shows of its model: maps of two findings of one image, and where they lie.

use super::Extra;
use crate::cli::explain::write_overlay;
use crate::cli::output::Output;
use crate::domain::{Findings, HeatMap, ImageId, ImageRecord, ModelRecord, Presence, Rect, Split};
use crate::evaluation::roc_auc;
use crate::explain;
use crate::imaging;
use crate::inference::Classifier;
use crate::session::{Core, TRUE_FINDINGS};
use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What the maps of one finding say.
#[derive(Debug, Serialize)]
pub(super) struct OfFinding {
    finding: String,
    /// By the truth instead of by what the data say.
    truth_auroc: Option<f64>,
    /// Test images that have it, of which the model says so and where it is known; the two shares are means over these.
    heat_images: usize,
    /// Share of the Grad-CAM's mass that lies in the finding's boxes.
    heat_inside: Option<f64>,
    /// The same share for a map that is the same everywhere.
    heat_chance: Option<f64>,
}

/// Two findings of one image, each with its map.
#[derive(Debug, Serialize)]
struct Pair {
    image: String,
    findings: [String; 2],
    /// Share of the mass of each one's map that lies in its own boxes, and in those of the other.
    own: [f64; 2],
    others: [f64; 2],
    maps: [PathBuf; 2],
}

/// What is to be said.
#[derive(Debug, Serialize)]
pub(super) struct Looked {
    of_each: Vec<OfFinding>,
    /// The clearest of the images with two findings that the model tells both.
    two_of_one_image: Option<Pair>,
}

/// One test image with what the model says of it.
struct Seen<'a> {
    record: &'a ImageRecord,
    is: Findings,
    probabilities: Vec<f32>,
    boxes: Vec<(usize, Rect)>,
}

/// Compares the model with the truth on the test images, and its heat maps with the boxes.
pub(super) fn look(core: &Core, classifier: &Classifier, dir: &Path) -> Result<Extra> {
    let truths: Vec<(ImageId, Findings)> = core.store().setting(TRUE_FINDINGS)?.unwrap_or_default();
    let truths: HashMap<ImageId, Findings> = truths.into_iter().collect();
    let classes = core.view().classes.clone();
    let mut seen = Vec::new();
    for (record, annotation) in core.images().iter().zip(core.annotations()) {
        let Some(is) = truths.get(&record.id).filter(|_| record.split == Split::Test) else { continue };
        let image = imaging::read(&record.file())?;
        let said = classifier.predict(std::slice::from_ref(&image))?;
        let said = said.into_iter().next().ok_or_else(|| anyhow!("the model said nothing of {}", record.name))?;
        let boxes = annotation.boxes.iter().map(|one| (one.class, one.rect)).collect();
        seen.push(Seen { record, is: is.clone(), probabilities: said.probabilities, boxes });
    }
    let mut of_each = Vec::new();
    // The share of each map in the boxes of its own finding, by image and finding.
    let mut shares: HashMap<(ImageId, usize), (f64, HeatMap)> = HashMap::new();
    for finding in classes.finding_places() {
        let is: Vec<bool> = seen.iter().map(|one| one.has(finding)).collect();
        let scores: Vec<f64> = seen.iter().map(|one| one.score(finding)).collect();
        let (mut inside, mut chance) = (Vec::new(), Vec::new());
        for one in seen.iter().filter(|one| one.tells(finding) && !one.of(finding).is_empty()) {
            let image = imaging::read(&one.record.file())?;
            let map = explain::grad_cam(classifier, &image, finding)?;
            let everywhere = HeatMap { values: vec![1.0; map.values.len()], ..map.clone() };
            let share = |map: &HeatMap| map.share_inside_any(&one.of(finding), image.width, image.height);
            chance.push(share(&everywhere));
            inside.push(share(&map));
            shares.insert((one.record.id, finding), (share(&map), map));
        }
        of_each.push(OfFinding {
            finding: classes.name(finding),
            truth_auroc: roc_auc(&is, &scores),
            heat_images: inside.len(),
            heat_inside: super::mean(&inside),
            heat_chance: super::mean(&chance),
        });
    }
    let two_of_one_image = two(&seen, &shares, &|finding| classes.name(finding), dir)?;
    let wrong_on_purpose = core.view().wrong_on_purpose;
    let findings = Some(Looked { of_each, two_of_one_image });
    Ok(Extra { wrong_on_purpose, findings, ..Extra::default() })
}

impl Seen<'_> {
    fn has(&self, finding: usize) -> bool {
        self.is.get(finding) == Some(Presence::Present)
    }

    fn score(&self, finding: usize) -> f64 {
        self.probabilities.get(finding).map_or(0.0, |p| f64::from(*p))
    }

    /// Whether it is there and the model says so.
    fn tells(&self, finding: usize) -> bool {
        self.has(finding) && self.score(finding) >= ModelRecord::THRESHOLD
    }

    fn of(&self, finding: usize) -> Vec<Rect> {
        self.boxes.iter().filter(|(class, _)| *class == finding).map(|(_, rect)| *rect).collect()
    }
}

/// The image with two findings whose maps lie best each in its own boxes.
fn two(
    seen: &[Seen<'_>],
    shares: &HashMap<(ImageId, usize), (f64, HeatMap)>,
    name: &dyn Fn(usize) -> String,
    dir: &Path,
) -> Result<Option<Pair>> {
    let mut best: Option<(f64, &Seen<'_>, [usize; 2])> = None;
    for one in seen {
        let told: Vec<(usize, f64)> = one
            .is
            .that_are(Presence::Present)
            .filter_map(|finding| Some((finding, shares.get(&(one.record.id, finding))?.0)))
            .collect();
        for (at, (first, a)) in told.iter().enumerate() {
            for (second, b) in told.iter().skip(at + 1) {
                let worse = a.min(*b);
                if best.as_ref().is_none_or(|(so_far, ..)| worse > *so_far) {
                    best = Some((worse, one, [*first, *second]));
                }
            }
        }
    }
    let Some((_, one, findings)) = best else { return Ok(None) };
    let image = imaging::read(&one.record.file())?;
    let share = |of: usize, boxes_of: usize| -> Result<f64> {
        let (_, map) = shares.get(&(one.record.id, of)).context("a map was not kept")?;
        Ok(map.share_inside_any(&one.of(boxes_of), image.width, image.height))
    };
    let [first, second] = findings;
    let write = |finding: usize| -> Result<PathBuf> {
        let (_, map) = shares.get(&(one.record.id, finding)).context("a map was not kept")?;
        let path = dir.join(format!("grad-cam-{}.png", name(finding)));
        write_overlay(&path, &image, map)?;
        Ok(std::path::absolute(&path).unwrap_or(path))
    };
    Ok(Some(Pair {
        image: one.record.name.clone(),
        findings: findings.map(name),
        own: [share(first, first)?, share(second, second)?],
        others: [share(first, second)?, share(second, first)?],
        maps: [write(first)?, write(second)?],
    }))
}

/// Says it in words.
pub(super) fn print(looked: &Looked, out: Output) -> Result<()> {
    for one in &looked.of_each {
        if let (Some(auroc), Some(inside), Some(chance)) = (one.truth_auroc, one.heat_inside, one.heat_chance) {
            out.text(format!(
                "{}: AUROC {auroc:.3} by the truth; {:.0} % of the heat lies in its boxes, {:.1} % would by chance ({} images)",
                one.finding,
                100.0 * inside,
                100.0 * chance,
                one.heat_images
            ))?;
        }
    }
    let Some(pair) = &looked.two_of_one_image else { return Ok(()) };
    let [first, second] = &pair.findings;
    out.text(format!(
        "{} has {first} and {second}: {:.0} % and {:.0} % of the heat lie in the own boxes, {:.0} % and {:.0} % in those of the \
         other",
        pair.image,
        100.0 * pair.own[0],
        100.0 * pair.own[1],
        100.0 * pair.others[0],
        100.0 * pair.others[1]
    ))?;
    pair.maps.iter().try_for_each(|path| out.text(format!("Grad-CAM: {}", path.display())))
}
