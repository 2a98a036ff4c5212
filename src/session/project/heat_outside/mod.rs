//! The order by how much of a class's heat lies outside the readers' boxes of it: Grad-CAM of every image of which a model of whole
//! images says the right class and that has such boxes, made in the background once the order asks for it and kept below `cache/heat/`.
//!
//! What lies inside is the energy-based pointing game (Wang et al. 2020, "Score-CAM", section 4.3): the heat above zero inside the
//! boxes over all heat above zero.

mod state;
#[cfg(test)]
mod tests;

pub(in crate::session) use state::HeatOutside;

use crate::domain::{ImageFile, ImageId, MapMethod, ModelId, TrueBox};
use crate::explain::truth::placed;
use crate::explain::{How, class_map};
use crate::files::hash;
use crate::imaging;
use crate::inference::Classifier;
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::queue::Sort;
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::session::protocol::view::ImageRow;
use crate::store::{FeatureFiles, FeatureKey, Features};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What was made is written this often, so that a long pass that is cut off is gone on with.
const KEEP_EVERY: Duration = Duration::from_secs(30);

/// A class of an image with the readers' boxes of it.
struct Case {
    image: ImageId,
    file: ImageFile,
    class: usize,
    boxes: Vec<TrueBox>,
    key: FeatureKey,
}

/// Maps to be made and laid beside boxes.
struct HeatPlan {
    number: u64,
    model: ModelId,
    name: String,
    file: PathBuf,
    cases: Vec<Case>,
    kept: FeatureFiles,
    /// Whether what is made may be kept on disk.
    keeps: bool,
}

impl std::fmt::Debug for HeatPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeatPlan").field("model", &self.model).field("maps", &self.cases.len()).finish_non_exhaustive()
    }
}

impl Task for HeatPlan {
    fn name(&self) -> String {
        format!("Looking where the heat of {} lies", self.name)
    }

    fn run(self: Box<Self>, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        match self.outside(compute, order, tell) {
            Ok(found) => tell(Report::HeatPlaced { number: self.number, found }),
            Err(why) => tell(Report::Failed(why)),
        }
    }
}

impl HeatPlan {
    /// Of each image the largest share outside; where it is told to end, of those that are done. Images that cannot be read have none.
    fn outside(
        &self,
        compute: &Compute,
        order: &dyn Fn() -> Order,
        tell: &mut dyn FnMut(Report),
    ) -> Result<Vec<(ImageId, f32)>, String> {
        let digest = hash::sha256_file(&self.file)
            .map_err(|error| format!("{} could not be read: {error}", self.file.display()))?;
        let mut kept = self.kept.read(self.model, &digest);
        let (mut opened, mut written) = (None, Instant::now());
        let (how, total) = (How::from(MapMethod::GradCam), self.cases.len());
        for (done, case) in self.cases.iter().enumerate() {
            if order() != Order::Go {
                break;
            }
            tell(Report::Progress { done, total, text: format!("{done} of {total} maps") });
            if kept.has(&case.key) {
                continue;
            }
            let classifier = match opened.take() {
                Some(classifier) => classifier,
                None => Classifier::open(&self.file, compute).map_err(|error| error.to_string())?,
            };
            if let Ok(picture) = imaging::read(&case.file) {
                let map = class_map(&classifier, &picture, case.class, &how, &mut |_, _| order() == Order::Go);
                // Of a map without any heat nothing lies anywhere.
                if let Some(map) = map.map_err(|error| error.to_string())?.filter(|map| !map.is_empty()) {
                    let inside = placed(&map, &case.boxes, (picture.width, picture.height)).heat;
                    kept.put(case.key, &[(1.0 - inside) as f32]);
                }
            }
            opened = Some(classifier);
            if written.elapsed() >= KEEP_EVERY {
                self.keep(&digest, &kept);
                written = Instant::now();
            }
        }
        if opened.is_some() {
            self.keep(&digest, &kept);
        }
        let mut found: Vec<(ImageId, f32)> = Vec::new();
        for case in &self.cases {
            let mut share = [0.0];
            if !kept.read(&case.key, &mut share) {
                continue;
            }
            match found.last_mut().filter(|(image, _)| *image == case.image) {
                Some((_, largest)) => *largest = largest.max(share[0]),
                None => found.push((case.image, share[0])),
            }
        }
        Ok(found)
    }

    /// A cache that cannot be written costs the time to make it again, nothing else.
    fn keep(&self, digest: &str, shares: &Features) {
        if self.keeps
            && let Err(error) = self.kept.write(self.model, digest, shares)
        {
            tracing::warn!(%error, "where the heat lies is not kept");
        }
    }
}

/// The classes that the readers and the model both see in an image.
fn right_classes(row: &ImageRow) -> Vec<usize> {
    match (&row.findings, row.label, row.predicted) {
        (Some(findings), ..) => {
            let right = |(place, one): (usize, &crate::session::protocol::view::RowFinding)| {
                (one.known == Some(crate::domain::Presence::Present) && one.answered == Some(true)).then_some(place)
            };
            findings.each().iter().enumerate().filter_map(right).collect()
        }
        (None, Some(label), Some((said, _))) if label == said => vec![usize::from(label)],
        (None, ..) => Vec::new(),
    }
}

/// What a share is kept under: another file, frame, class or box is another one.
fn key(sha256: &str, frame: u32, class: usize, boxes: &[TrueBox]) -> Option<FeatureKey> {
    let mut text = format!("{sha256} {frame} {class}");
    for one in boxes {
        let [xmin, ymin, xmax, ymax] = [one.rect.xmin, one.rect.ymin, one.rect.xmax, one.rect.ymax].map(f64::to_bits);
        text.push_str(&format!(" {xmin:x} {ymin:x} {xmax:x} {ymax:x}"));
    }
    FeatureKey::of(&hash::sha256_hex(text.as_bytes()), frame)
}

impl Core {
    /// Notes that the order asks for it.
    ///
    /// # Errors
    /// Where there is no model whose heat could be looked at, or no image to look at it on.
    pub(in crate::session) fn want_heat(&mut self, sort: Sort) -> Result<(), SessionError> {
        self.heat_outside.wanted = false;
        if sort != Sort::HeatOutside {
            return Ok(());
        }
        let refused = |why: &str| Err(SessionError::refused(why));
        let Some(active) = self.active_model() else {
            return refused("there is no model whose heat could be looked at: train or promote one first");
        };
        if active.card.architecture.draws_boxes() {
            return refused(
                "the active model draws boxes itself: take the order \"Right class, wrong place\" for it, or promote a model of \
                 classes or findings",
            );
        }
        self.usable_model(active.id)?;
        if self.refitting.is_on() {
            return refused(
                "this order goes by what the model itself says, and a head that learns says other things: turn \"Learn while you \
                 label\" off first",
            );
        }
        if self.heat_cases().is_empty() {
            return refused(
                "there is no image with boxes of a class that the model gives it, too: draw boxes on images whose class is right",
            );
        }
        self.heat_outside.wanted = true;
        Ok(())
    }

    /// What was found goes: the model or the classes are others.
    pub(in crate::session) fn forget_heat(&mut self) {
        self.heat_outside.number += 1;
        self.clear_heat();
    }

    fn clear_heat(&mut self) {
        // Rows that the window shows are copied to be changed: only where there is something to clear.
        if self.view.rows.iter().any(|row| row.facts.heat_outside.is_some()) {
            for row in Arc::make_mut(&mut self.view.rows).iter_mut().filter(|row| row.facts.heat_outside.is_some()) {
                Arc::make_mut(&mut row.facts).heat_outside = None;
            }
        }
    }

    /// Of images of which something was said it is not known any more.
    pub(in crate::session) fn heat_touched(&mut self, places: &[usize]) {
        for &at in places {
            self.heat_outside.touched.insert(at);
            let row = self.view.rows.get(at).is_some_and(|row| row.facts.heat_outside.is_some());
            if row && let Some(row) = Arc::make_mut(&mut self.view.rows).get_mut(at) {
                Arc::make_mut(&mut row.facts).heat_outside = None;
            }
        }
    }

    fn heat_cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for ((image, row), said) in self.images.iter().zip(self.view.rows.iter()).zip(&self.annotations) {
            if said.boxes.is_empty() || self.missing.contains(&image.id) {
                continue;
            }
            for class in right_classes(row) {
                let boxes: Vec<TrueBox> = said.true_boxes().into_iter().filter(|one| one.class == class).collect();
                let Some(key) = key(&image.sha256, image.frame, class, &boxes).filter(|_| !boxes.is_empty()) else {
                    continue;
                };
                cases.push(Case { image: image.id, file: image.file(), class, boxes, key });
            }
        }
        cases
    }

    /// The work that the order needs.
    pub(in crate::session) fn heat_work(&mut self) -> Result<Option<Work>, SessionError> {
        let Some(active) = self.view.active.filter(|_| self.heat_outside.wanted) else { return Ok(None) };
        self.heat_outside.wanted = false;
        self.heat_outside.number += 1;
        self.heat_outside.touched.clear();
        let record = self.usable_model(active)?;
        Ok(Some(Box::new(HeatPlan {
            number: self.heat_outside.number,
            model: active,
            name: record.card.name.clone(),
            file: record.file.clone(),
            cases: self.heat_cases(),
            kept: self.store.heat_outside(),
            keeps: self.view.read_only.is_none(),
        })))
    }

    /// Takes in what was found, unless it was asked for anew since.
    pub(in crate::session) fn take_heat(&mut self, number: u64, found: Vec<(ImageId, f32)>) {
        if number != self.heat_outside.number {
            return;
        }
        self.clear_heat();
        let rows = Arc::make_mut(&mut self.view.rows);
        for (image, share) in found {
            let at = self.at.get(&image).filter(|at| !self.heat_outside.touched.contains(at));
            if let Some(row) = at.and_then(|at| rows.get_mut(*at)) {
                Arc::make_mut(&mut row.facts).heat_outside = Some(share);
            }
        }
        if self.view.sort == Sort::HeatOutside {
            self.rebuild_queue();
        }
    }
}
