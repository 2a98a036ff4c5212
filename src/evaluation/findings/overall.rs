//! The figures of all findings together, made ready for many resamples, in the form of those of all classes.

use super::figures::{FIGURES, Figures, IMAGE_FIGURES, ImageFigures};
use super::resampled::{Explain, macro_over, next};
use super::{JudgedFindings, Prepared};
use crate::domain::performance::{Estimate, OverallFigure};
use crate::evaluation::bootstrap::{Groups, Resampled};
use crate::evaluation::performance::plain;

/// Macro and micro averages over the findings, and figures of whole images.
pub(in crate::evaluation) struct Overall {
    prepared: Prepared,
    /// Of which findings each figure is defined on all images: the macro average is over these in every draw.
    defined: Vec<[bool; FIGURES]>,
}

/// Each figure with a place among [`Overall::values`].
const SHOWN: [OverallFigure; 13] = [
    OverallFigure::MacroAuroc,
    OverallFigure::MicroAuroc,
    OverallFigure::MacroF1,
    OverallFigure::MacroAveragePrecision,
    OverallFigure::MicroAveragePrecision,
    OverallFigure::MacroSensitivity,
    OverallFigure::MacroSpecificity,
    OverallFigure::MicroF1,
    OverallFigure::ExactMatch,
    OverallFigure::HammingLoss,
    OverallFigure::CoverageError,
    OverallFigure::RankingLoss,
    OverallFigure::RankingAveragePrecision,
];

/// What is said of all findings: the two averages, and of whole images.
struct Said<T> {
    macro_average: Figures<T>,
    micro_average: Figures<T>,
    over_images: ImageFigures<T>,
}

impl<T: Clone> Said<T> {
    fn shown(&self) -> [T; 13] {
        let (all, pooled, images) = (&self.macro_average, &self.micro_average, &self.over_images);
        [
            all.auroc.clone(),
            pooled.auroc.clone(),
            all.f1.clone(),
            all.average_precision.clone(),
            pooled.average_precision.clone(),
            all.sensitivity.clone(),
            all.specificity.clone(),
            pooled.f1.clone(),
            images.exact_match.clone(),
            images.hamming_loss.clone(),
            images.coverage_error.clone(),
            images.ranking_loss.clone(),
            images.ranking_average_precision.clone(),
        ]
    }
}

impl Overall {
    pub fn new(of: &JudgedFindings<'_>) -> Self {
        let prepared = Prepared::new(of);
        let ones = vec![1.0; prepared.taken.len()];
        let defined = prepared.columns.iter().map(|column| column.figures(&ones).list().map(|value| value.is_some()));
        Self { defined: defined.collect(), prepared }
    }

    /// Which figures there are, in the order of the values.
    pub fn figures(&self) -> &[OverallFigure] {
        &SHOWN
    }

    /// The figures for a weight an image.
    pub fn values(&self, weights: &[f64]) -> Vec<Option<f64>> {
        let of_each: Vec<[Option<f64>; FIGURES]> =
            self.prepared.columns.iter().map(|column| column.figures(weights).list()).collect();
        let said = Said {
            macro_average: Figures::of_list(macro_over(&of_each, &self.defined)),
            micro_average: self.prepared.pooled.figures(weights),
            over_images: self.prepared.images.figures(weights),
        };
        said.shown().to_vec()
    }

    /// The figures as they are shown; takes as many of `resampled` as [`Self::values`] gives.
    pub fn estimates(
        &self,
        resampled: &mut impl Iterator<Item = Resampled>,
        groups: &Groups,
    ) -> Vec<(OverallFigure, Estimate)> {
        let taken: [Resampled; 13] = next(resampled);
        let of = |figure: OverallFigure| {
            let at = SHOWN.iter().position(|shown| *shown == figure);
            at.and_then(|at| taken.get(at).copied()).unwrap_or_default()
        };
        let explain = Explain { groups };
        let mut pooled = [Resampled::default(); FIGURES];
        let places = Figures::of_list(std::array::from_fn::<usize, FIGURES, _>(|at| at));
        for (place, figure) in [
            (places.auroc, OverallFigure::MicroAuroc),
            (places.average_precision, OverallFigure::MicroAveragePrecision),
            (places.f1, OverallFigure::MicroF1),
        ] {
            if let Some(one) = pooled.get_mut(place) {
                *one = of(figure);
            }
        }
        let images: [Resampled; IMAGE_FIGURES] = [
            of(OverallFigure::ExactMatch),
            of(OverallFigure::HammingLoss),
            of(OverallFigure::CoverageError),
            of(OverallFigure::RankingLoss),
            of(OverallFigure::RankingAveragePrecision),
        ];
        let average = |figure| plain(of(figure), groups, "it is not defined for any of the findings");
        let said = Said {
            macro_average: Figures {
                auroc: average(OverallFigure::MacroAuroc),
                average_precision: average(OverallFigure::MacroAveragePrecision),
                sensitivity: average(OverallFigure::MacroSensitivity),
                specificity: average(OverallFigure::MacroSpecificity),
                f1: average(OverallFigure::MacroF1),
                ..Figures::default()
            },
            micro_average: explain.of_column(&self.prepared.pooled, &pooled),
            over_images: explain.of_images(&self.prepared, &images),
        };
        SHOWN.into_iter().zip(said.shown()).collect()
    }

    /// Whether every finding that was looked at is told right, image by image.
    pub fn right(&self, of: &JudgedFindings<'_>) -> Vec<bool> {
        let right = |at: &usize| {
            let (Some(truth), Some(row)) = (of.truth.get(*at), of.probabilities.get(*at)) else { return false };
            truth
                .iter()
                .zip(row)
                .zip(of.thresholds)
                .all(|((is, p), threshold)| is.is_none_or(|is| is == (f64::from(*p) >= *threshold)))
        };
        self.prepared.taken.iter().map(right).collect()
    }
}
