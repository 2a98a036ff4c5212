//! Working out an order by features, in the background.

use crate::domain::ImageId;
use crate::evaluation::active::diverse::cold_start;
use crate::evaluation::active::folds::{Learnable, out_of_fold, stratified_folds};
use crate::evaluation::active::k_centre::k_centre;
use crate::evaluation::active::normalise;
use crate::evaluation::logistic::{LogisticError, Settings};
use crate::nn::Compute;
use crate::session::protocol::image_features::ImageFeatures;
use crate::session::protocol::task::{ByFeature, Order, OrderedImage, Report, Task};
use std::sync::Arc;

/// Clusters whose nearest images a cold start begins with; the others follow by name.
const CENTRES: usize = 100;
/// Images that are picked because they are far from all others.
const FAR: usize = 500;
/// Folds of the cross-validation, its seed, and how strongly its heads learn (scikit-learn's C) from rows of length 1.
const FOLDS: usize = 5;
const SEED: u64 = 1;
const C: f64 = 100.0;

/// An order to be worked out; vectors are in order of import.
pub(super) struct OrderPlan {
    pub number: u64,
    pub what: ByFeature,
    pub features: Arc<ImageFeatures>,
    pub images: Vec<ImageId>,
    /// Classes that readers gave; none in a project of findings.
    pub labels: Vec<Option<usize>>,
    pub labelled: Vec<bool>,
    pub test: Vec<bool>,
    pub groups: Vec<Option<usize>>,
    pub classes: usize,
}

impl std::fmt::Debug for OrderPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OrderPlan")
            .field("what", &self.what)
            .field("images", &self.images.len())
            .finish_non_exhaustive()
    }
}

impl Task for OrderPlan {
    fn name(&self) -> String {
        match self.what {
            ByFeature::ColdStart => "Looking for representative images",
            ByFeature::KCentre => "Looking for images unlike the labelled",
            ByFeature::OutOfFold => "Looking for label errors",
        }
        .to_owned()
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let found = match self.what {
            ByFeature::ColdStart => self.representative(order),
            ByFeature::KCentre => self.far(order),
            ByFeature::OutOfFold => self.said(order).unwrap_or_else(|error| {
                tell(Report::Failed(format!("label errors are looked for by the model's own answers: {error}")));
                Vec::new()
            }),
        };
        tell(Report::Ordered { number: self.number, what: self.what, found });
    }
}

impl OrderPlan {
    /// The places that pass, with their features one after the other.
    fn rows(&self, pass: impl Fn(usize) -> bool) -> (Vec<usize>, Vec<f32>) {
        let (mut places, mut rows) = (Vec::new(), Vec::new());
        for at in (0..self.images.len()).filter(|at| pass(*at)) {
            if let Some(row) = self.features.row(at) {
                places.push(at);
                rows.extend_from_slice(row);
            }
        }
        (places, rows)
    }

    fn is_labelled(&self, at: usize) -> bool {
        self.labelled.get(at).copied().unwrap_or_default()
    }

    fn is_test(&self, at: usize) -> bool {
        self.test.get(at).copied().unwrap_or_default()
    }

    fn picked(&self, places: &[usize], picked: &[usize]) -> Vec<OrderedImage> {
        let image = |at: &usize| self.images.get(*places.get(*at)?).copied();
        picked.iter().filter_map(image).zip(0u32..).map(|(image, place)| OrderedImage::Picked(image, place)).collect()
    }

    /// Of images without a label those nearest to the centres of clusters; of all, where each has one. Test images are none.
    fn representative(&self, order: &dyn Fn() -> Order) -> Vec<OrderedImage> {
        let (mut places, mut rows) = self.rows(|at| !self.is_test(at) && !self.is_labelled(at));
        if places.is_empty() {
            (places, rows) = self.rows(|at| !self.is_test(at));
        }
        let width = self.features.width;
        normalise(&mut rows, width);
        let go_on = |_| order() == Order::Go;
        let picked = cold_start(&rows, width, CENTRES, SEED, &go_on).unwrap_or_default();
        self.picked(&places, &picked)
    }

    /// Always the one furthest from all that is labelled and picked.
    fn far(&self, order: &dyn Fn() -> Order) -> Vec<OrderedImage> {
        let (places, mut rows) = self.rows(|at| !self.is_test(at));
        let width = self.features.width;
        normalise(&mut rows, width);
        let given: Vec<usize> =
            (0..places.len()).filter(|at| places.get(*at).is_some_and(|at| self.is_labelled(*at))).collect();
        // Where all are labelled it is about the images themselves.
        let given = if given.len() == places.len() { Vec::new() } else { given };
        let picked = k_centre(&rows, width, &given, FAR, &|_| order() == Order::Go);
        self.picked(&places, &picked)
    }

    /// What heads say of labelled images, each of images that it has not learned from.
    fn said(&self, order: &dyn Fn() -> Order) -> Result<Vec<OrderedImage>, LogisticError> {
        let label = |at: usize| self.labels.get(at).copied().flatten().filter(|label| *label < self.classes);
        let (places, features) = self.rows(|at| label(at).is_some());
        if places.len() < FOLDS || self.classes < 2 {
            return Ok(Vec::new());
        }
        let labels: Vec<usize> = places.iter().filter_map(|at| label(*at)).collect();
        let groups: Vec<Option<usize>> = places.iter().map(|at| self.groups.get(*at).copied().flatten()).collect();
        let of = Learnable { features: &features, width: self.features.width, labels: &labels, classes: self.classes };
        let settings = Settings { c: C, pulls_intercept: true, ..Settings::default() };
        let folds = stratified_folds(&labels, &groups, FOLDS, SEED);
        let said = match out_of_fold(of, &folds, settings, &|| order() == Order::Go) {
            Ok(said) => said,
            Err(LogisticError::Stopped) => return Ok(Vec::new()),
            Err(error @ (LogisticError::Misfit | LogisticError::NotFinite)) => return Err(error),
        };
        let images = places.iter().filter_map(|at| self.images.get(*at).copied());
        let rows = said.chunks_exact(self.classes);
        Ok(images.zip(rows).map(|(image, said)| OrderedImage::Said(image, said.into())).collect())
    }
}
