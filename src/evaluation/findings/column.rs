//! One finding on the images where it was looked at, or all findings in one list.

use super::figures::Figures;
use crate::evaluation::binary::probability::{brier, log_loss};
use crate::evaluation::binary::{Ranked, Table};

/// Statements and scores, made ready for many resamples.
pub(super) struct Column {
    /// Which image each statement is about.
    places: Vec<usize>,
    positive: Vec<bool>,
    scores: Vec<f64>,
    called: Vec<bool>,
    /// The same in order of the scores; absent only for more statements than can be counted in 32 bits.
    ranked: Option<Ranked>,
}

impl Column {
    /// One element an image: whether the finding is there and its probability, or `None` where it was not looked at.
    pub(super) fn new(statements: impl Iterator<Item = Option<(bool, f64)>>, threshold: f64) -> Self {
        let (mut places, mut positive, mut scores) = (Vec::new(), Vec::new(), Vec::new());
        for (place, (is, score)) in statements.enumerate().filter_map(|(place, one)| Some((place, one?))) {
            places.push(place);
            positive.push(is);
            scores.push(score);
        }
        let called = scores.iter().map(|score| *score >= threshold).collect();
        Self::ranked(places, positive, scores, called)
    }

    /// All statements of several findings in one list; an image stands in it once a finding.
    pub(super) fn pooled(columns: &[Self]) -> Self {
        Self::ranked(
            columns.iter().flat_map(|column| column.places.iter().copied()).collect(),
            columns.iter().flat_map(|column| column.positive.iter().copied()).collect(),
            columns.iter().flat_map(|column| column.scores.iter().copied()).collect(),
            columns.iter().flat_map(|column| column.called.iter().copied()).collect(),
        )
    }

    fn ranked(places: Vec<usize>, positive: Vec<bool>, scores: Vec<f64>, called: Vec<bool>) -> Self {
        let ranked = Ranked::new(&positive, &scores);
        Self { places, positive, scores, called, ranked }
    }

    /// How many statements there are.
    pub(super) fn looked_at(&self) -> usize {
        self.places.len()
    }

    /// How many of them say that the finding is there.
    pub(super) fn positives(&self) -> usize {
        self.positive.iter().filter(|positive| **positive).count()
    }

    /// Which of so many images have a statement of which this holds, given what is and what was called.
    pub(super) fn images_with(&self, images: usize, holds: impl Fn(bool, bool) -> bool) -> Vec<bool> {
        let mut with = vec![false; images];
        for ((place, is), called) in self.places.iter().zip(&self.positive).zip(&self.called) {
            if holds(*is, *called)
                && let Some(with) = with.get_mut(*place)
            {
                *with = true;
            }
        }
        with
    }

    /// A weight a statement from one an image.
    fn spread(&self, weights: &[f64]) -> Vec<f64> {
        self.places.iter().map(|place| weights.get(*place).copied().unwrap_or_default()).collect()
    }

    /// The four cells, for a weight an image.
    pub(super) fn table(&self, weights: &[f64]) -> Table {
        Table::of(&self.positive, self.called.iter().copied(), &self.spread(weights))
    }

    /// Every figure, for a weight an image.
    pub(super) fn figures(&self, weights: &[f64]) -> Figures<Option<f64>> {
        let spread = self.spread(weights);
        let table = Table::of(&self.positive, self.called.iter().copied(), &spread);
        let ranked = self.ranked.as_ref();
        Figures {
            auroc: ranked.and_then(|ranked| ranked.auroc(&spread)),
            average_precision: ranked.and_then(|ranked| ranked.average_precision(&spread)),
            sensitivity: table.sensitivity(),
            specificity: table.specificity(),
            positive_predictive_value: table.positive_predictive_value(),
            negative_predictive_value: table.negative_predictive_value(),
            f1: table.f1(),
            brier: ranked.and_then(|ranked| brier(ranked, &spread)),
            log_loss: ranked.and_then(|ranked| log_loss(ranked, &spread)),
        }
    }
}
