//! How far each figure may be off: intervals by drawing patients again.

use super::figures::{FIGURES, Figures, IMAGE_FIGURES, ImageFigures};
use super::{Column, JudgedFindings, Prepared};
use crate::domain::performance::Estimate;
use crate::evaluation::bootstrap::{Bootstrap, FEWEST_GROUPS, Groups, Resampled, intervals};
use crate::evaluation::performance::{plain, share};

/// Every figure of several findings with its 95 % interval, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingsIntervals {
    /// How many groups were drawn from, and how often; 0 where they are too few for intervals.
    pub groups: usize,
    pub draws: usize,
    pub findings: Vec<Figures<Estimate>>,
    pub macro_average: Figures<Estimate>,
    pub micro_average: Figures<Estimate>,
    pub over_images: ImageFigures<Estimate>,
}

/// The intervals of all figures from the same draws of the groups (bias-corrected and accelerated; shares of few images, and
/// those of none or all, by Wilson). The values are those of [`super::of_findings`].
///
/// A macro average is taken over the same findings in every draw, those for which the figure is defined on all images: a
/// draw that leaves it undefined for one of them is left out, and where that is more than one in twenty there is no interval.
pub fn intervals_of_findings(of: JudgedFindings<'_>, how: Bootstrap) -> FindingsIntervals {
    let prepared = Prepared::new(&of);
    let groups = prepared.groups(&of);
    let ones = vec![1.0; groups.images()];
    let defined: Vec<[bool; FIGURES]> =
        prepared.columns.iter().map(|column| column.figures(&ones).list().map(|value| value.is_some())).collect();
    let mut all = intervals(&groups, how, |weights| prepared.values(weights, &defined)).into_iter();
    let explain = Explain { groups: &groups };
    let findings = prepared.columns.iter().map(|column| explain.of_column(column, &next(&mut all))).collect();
    let macro_average =
        Figures::of_list(next(&mut all).map(|one| plain(one, &groups, "it is not defined for any of the findings")));
    let micro_average = explain.of_column(&prepared.pooled, &next(&mut all));
    let over_images = explain.of_images(&prepared, &next(&mut all));
    let draws = if groups.len() < FEWEST_GROUPS { 0 } else { how.draws };
    FindingsIntervals { groups: groups.len(), draws, findings, macro_average, micro_average, over_images }
}

/// The next few figures.
pub(super) fn next<const N: usize>(all: &mut impl Iterator<Item = Resampled>) -> [Resampled; N] {
    std::array::from_fn(|_| all.next().unwrap_or_default())
}

impl Prepared {
    /// Every figure for a weight an image: of each finding, macro and micro averages, over images.
    fn values(&self, weights: &[f64], defined: &[[bool; FIGURES]]) -> Vec<Option<f64>> {
        let of_each: Vec<[Option<f64>; FIGURES]> =
            self.columns.iter().map(|column| column.figures(weights).list()).collect();
        let mut values = Vec::with_capacity((of_each.len() + 2) * FIGURES + IMAGE_FIGURES);
        values.extend(of_each.iter().flatten());
        values.extend(macro_over(&of_each, defined));
        values.extend(self.pooled.figures(weights).list());
        values.extend(self.images.figures(weights).list());
        values
    }
}

/// The mean of each figure over the findings that it is asked of; `None` where one of them has none, or none is asked.
pub(super) fn macro_over(of_each: &[[Option<f64>; FIGURES]], asked: &[[bool; FIGURES]]) -> [Option<f64>; FIGURES] {
    let mut sums = [(Some(0.0), 0usize); FIGURES];
    for (values, asked) in of_each.iter().zip(asked) {
        for ((sum, value), _) in sums.iter_mut().zip(values).zip(asked).filter(|(_, asked)| **asked) {
            *sum = (sum.0.and_then(|sum| Some(sum + (*value)?)), sum.1 + 1);
        }
    }
    sums.map(|(sum, over)| sum.filter(|_| over > 0).map(|sum| sum / over as f64))
}

/// Says why a figure has no value or no interval.
pub(super) struct Explain<'a> {
    pub groups: &'a Groups,
}

impl Explain<'_> {
    pub fn of_column(&self, column: &Column, resampled: &[Resampled; FIGURES]) -> Figures<Estimate> {
        let images = self.groups.images();
        let nothing = column.looked_at() == 0;
        let or = |why| if nothing { "there is no image on which it was looked at" } else { why };
        let none_with = or("there is no image with the finding");
        let none_without = or("there is no image without the finding");
        let one_kind = if column.positives() == 0 { none_with } else { none_without };
        let share = |one: Resampled, holds: fn(bool, bool) -> bool, undefined: &str| {
            let with = column.images_with(images, holds);
            share(one, self.groups, |at| with.get(at).copied().unwrap_or_default(), undefined)
        };
        let plain = |one: Resampled, undefined: &str| plain(one, self.groups, undefined);
        let of = Figures::of_list(*resampled);
        Figures {
            auroc: plain(of.auroc, one_kind),
            average_precision: plain(of.average_precision, none_with),
            sensitivity: share(of.sensitivity, |is, _| is, none_with),
            specificity: share(of.specificity, |is, _| !is, none_without),
            positive_predictive_value: share(
                of.positive_predictive_value,
                |_, called| called,
                or("no image is called positive"),
            ),
            negative_predictive_value: share(
                of.negative_predictive_value,
                |_, called| !called,
                or("every image is called positive"),
            ),
            f1: plain(of.f1, or("no image has the finding and none is called positive")),
            brier: plain(of.brier, or("there are no images")),
            log_loss: plain(of.log_loss, or("there are no images")),
        }
    }

    pub fn of_images(&self, prepared: &Prepared, resampled: &[Resampled; IMAGE_FIGURES]) -> ImageFigures<Estimate> {
        let none = "there is no image in which every finding was looked at";
        let among = prepared.images.among(self.groups.images());
        let of = ImageFigures::of_list(*resampled);
        let exact_match = share(of.exact_match, self.groups, |at| among.get(at).copied().unwrap_or_default(), none);
        ImageFigures { exact_match, ..of.map(|one| plain(one, self.groups, none)) }
    }
}
