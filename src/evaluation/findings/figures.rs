//! The figures there are, each with whatever is said of it: a value, a mean, an interval.

/// Of one finding, or of an average over findings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures<T> {
    pub auroc: T,
    pub average_precision: T,
    pub sensitivity: T,
    pub specificity: T,
    pub positive_predictive_value: T,
    pub negative_predictive_value: T,
    pub f1: T,
    pub brier: T,
    pub log_loss: T,
}

/// How many figures that is.
pub(super) const FIGURES: usize = 9;

impl<T> Figures<T> {
    /// In the order of the fields.
    pub fn list(self) -> [T; FIGURES] {
        [
            self.auroc,
            self.average_precision,
            self.sensitivity,
            self.specificity,
            self.positive_predictive_value,
            self.negative_predictive_value,
            self.f1,
            self.brier,
            self.log_loss,
        ]
    }

    /// From a list in the order of the fields.
    pub fn of_list(list: [T; FIGURES]) -> Self {
        let [
            auroc,
            average_precision,
            sensitivity,
            specificity,
            positive_predictive_value,
            negative_predictive_value,
            f1,
            brier,
            log_loss,
        ] = list;
        Self {
            auroc,
            average_precision,
            sensitivity,
            specificity,
            positive_predictive_value,
            negative_predictive_value,
            f1,
            brier,
            log_loss,
        }
    }

    /// The same figures with something else said of each.
    pub fn map<U>(self, of: impl FnMut(T) -> U) -> Figures<U> {
        Figures::of_list(self.list().map(of))
    }
}

/// Of whole images, which all findings were looked at in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ImageFigures<T> {
    /// Share of the images in which every finding was called rightly (subset accuracy).
    pub exact_match: T,
    /// Share of the findings that were called wrongly (Hamming loss); lower is better.
    pub hamming_loss: T,
    /// How far down the list of findings, the most probable first, one goes to have met all that are there; lower is
    /// better, and the mean number of findings an image is the least.
    pub coverage_error: T,
    /// Share of the pairs of a finding that is there and one that is not which stand in the wrong order or are equal (label
    /// ranking loss); lower is better.
    pub ranking_loss: T,
    /// For each finding that is there, how many of those as probable or more are (label ranking average precision).
    pub ranking_average_precision: T,
}

/// How many figures that is.
pub(super) const IMAGE_FIGURES: usize = 5;

impl<T> ImageFigures<T> {
    /// In the order of the fields.
    pub fn list(self) -> [T; IMAGE_FIGURES] {
        [self.exact_match, self.hamming_loss, self.coverage_error, self.ranking_loss, self.ranking_average_precision]
    }

    /// From a list in the order of the fields.
    pub fn of_list(list: [T; IMAGE_FIGURES]) -> Self {
        let [exact_match, hamming_loss, coverage_error, ranking_loss, ranking_average_precision] = list;
        Self { exact_match, hamming_loss, coverage_error, ranking_loss, ranking_average_precision }
    }

    /// The same figures with something else said of each.
    pub fn map<U>(self, of: impl FnMut(T) -> U) -> ImageFigures<U> {
        ImageFigures::of_list(self.list().map(of))
    }
}

/// A plain mean over findings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MacroFigure {
    /// `None` where the figure is defined for no finding.
    pub value: Option<f64>,
    /// For how many findings it is defined: the mean is over these.
    pub over: usize,
}

/// The mean of each figure over the findings for which it is defined.
pub(super) fn macro_average(of: impl Iterator<Item = Figures<Option<f64>>>) -> Figures<MacroFigure> {
    let mut sums = [(0.0, 0usize); FIGURES];
    for figures in of {
        for (sum, value) in sums.iter_mut().zip(figures.list()) {
            if let Some(value) = value {
                *sum = (sum.0 + value, sum.1 + 1);
            }
        }
    }
    let mean = |(sum, over): (f64, usize)| MacroFigure { value: (over > 0).then(|| sum / over as f64), over };
    Figures::of_list(sums.map(mean))
}
