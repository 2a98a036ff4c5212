//! Orders that go by what images look like to the active model: representative ones, those unlike all that is labelled, and
//! label errors by a head that has not learned from the label. They are worked out when they are chosen, in the background.

mod plan;
#[cfg(test)]
mod tests;

use crate::domain::Split;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::queue::Sort;
use crate::session::protocol::task::{ByFeature, OrderedImage, Work};
use crate::session::protocol::view::ImageRow;
use plan::OrderPlan;
use std::collections::HashMap;
use std::sync::Arc;

/// What is to be worked out.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::session) struct ByFeatures {
    /// Asked for, and waiting for features.
    wanted: Option<ByFeature>,
    /// Grows with each that is asked for: of older ones nothing is heard.
    number: u64,
}

/// What an order goes by, where that is features.
fn of_sort(sort: Sort) -> Option<ByFeature> {
    match sort {
        Sort::ColdStart => Some(ByFeature::ColdStart),
        Sort::KCentre => Some(ByFeature::KCentre),
        Sort::LabelErrors => Some(ByFeature::OutOfFold),
        Sort::Name
        | Sort::Likeness
        | Sort::Import
        | Sort::Random(_)
        | Sort::Label
        | Sort::Class
        | Sort::Time
        | Sort::Oldest
        | Sort::Patient
        | Sort::Size
        | Sort::Probability(_)
        | Sort::Uncertainty
        | Sort::Margin
        | Sort::LeastConfidence
        | Sort::RareClass
        | Sort::ReadersApart
        | Sort::ModelsApart
        | Sort::NotSure
        | Sort::Disagreement
        | Sort::Boxes
        | Sort::BestScore
        | Sort::Finding(_)
        | Sort::Missed
        | Sort::Shifted
        | Sort::WrongPlace
        | Sort::HeatOutside
        | Sort::Extra => None,
    }
}

impl Core {
    /// Notes what an order needs.
    ///
    /// # Errors
    /// Where it goes by features alone and there is no model that has some.
    pub(in crate::session) fn want_order(&mut self, sort: Sort) -> Result<(), SessionError> {
        let wanted = of_sort(sort);
        if let (Some(what), Some(why)) = (wanted, self.why_no_features()) {
            self.by_features.wanted = None;
            return match what {
                ByFeature::ColdStart | ByFeature::KCentre => Err(SessionError::refused(why)),
                // What the model says of the images is enough.
                ByFeature::OutOfFold => Ok(()),
            };
        }
        self.by_features.wanted = wanted;
        Ok(())
    }

    /// The model, or what there is of it, is another one: what was worked out by it goes, and is asked for again where the order
    /// goes by it.
    pub(in crate::session) fn forget_by_features(&mut self) {
        self.by_features.number += 1;
        self.by_features.wanted = of_sort(self.view.sort);
        let is_there = |row: &ImageRow| row.facts.picked.is_some() || row.facts.out_of_fold.is_some();
        if self.view.rows.iter().any(is_there) {
            for row in Arc::make_mut(&mut self.view.rows).iter_mut().filter(|row| is_there(row)) {
                let facts = Arc::make_mut(&mut row.facts);
                (facts.picked, facts.out_of_fold) = (None, None);
            }
        }
    }

    /// There will be no features.
    pub(in crate::session) fn give_up_order(&mut self) {
        self.by_features.wanted = None;
    }

    /// The work that the order needs: features first, where there are none.
    pub(in crate::session) fn order_work(&mut self) -> Result<Option<Work>, SessionError> {
        let Some(what) = self.by_features.wanted else { return Ok(None) };
        let of_findings = what == ByFeature::OutOfFold && self.view.classes.findings;
        if of_findings || self.why_no_features().is_some() {
            self.by_features.wanted = None;
            return Ok(None);
        }
        let Some(features) = self.image_features() else { return self.features_work() };
        self.by_features.wanted = None;
        self.by_features.number += 1;
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut groups = Vec::with_capacity(self.images.len());
        for image in &self.images {
            let next = numbers.len();
            groups.push(image.group.as_deref().map(|group| *numbers.entry(group).or_insert(next)));
        }
        let of_classes = !self.view.classes.findings;
        Ok(Some(Box::new(OrderPlan {
            number: self.by_features.number,
            what,
            features,
            images: self.images.iter().map(|image| image.id).collect(),
            labels: self.annotations.iter().map(|said| said.label.filter(|_| of_classes)).collect(),
            labelled: self.view.rows.iter().map(ImageRow::is_labelled).collect(),
            test: self.images.iter().map(|image| image.split == Split::Test).collect(),
            groups,
            classes: self.view.classes.len(),
        })))
    }

    /// Takes in what was worked out, unless something else was asked for since.
    pub(in crate::session) fn take_ordered(&mut self, number: u64, what: ByFeature, found: Vec<OrderedImage>) {
        if number != self.by_features.number || found.is_empty() {
            return;
        }
        let rows = Arc::make_mut(&mut self.view.rows);
        if what != ByFeature::OutOfFold {
            for row in rows.iter_mut().filter(|row| row.facts.picked.is_some()) {
                Arc::make_mut(&mut row.facts).picked = None;
            }
        }
        for one in found {
            let (image, picked, said) = match one {
                OrderedImage::Picked(image, place) => (image, Some(place), None),
                OrderedImage::Said(image, said) => (image, None, Some(said)),
            };
            let Some(row) = self.at.get(&image).and_then(|at| rows.get_mut(*at)) else { continue };
            let facts = Arc::make_mut(&mut row.facts);
            facts.picked = picked.or(facts.picked);
            facts.out_of_fold = said.or_else(|| facts.out_of_fold.take());
        }
        if of_sort(self.view.sort) == Some(what) {
            self.rebuild_queue();
        }
    }
}
