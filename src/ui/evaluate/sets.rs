//! Which images lie behind a point, a bar or a row: told from what a model said of each. Pure functions, by the rules that
//! the figures are counted by.

use crate::domain::ImageId;
use crate::session::{ImageSet, Said};
use std::sync::Arc;

/// What calling from a threshold on makes of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    FalsePositive,
    FalseNegative,
    TruePositive,
    TrueNegative,
}

impl Outcome {
    /// The mistakes first.
    pub const ALL: [Self; 4] = [Self::FalsePositive, Self::FalseNegative, Self::TruePositive, Self::TrueNegative];

    fn words(self) -> &'static str {
        match self {
            Self::FalsePositive => "false positives",
            Self::FalseNegative => "false negatives",
            Self::TruePositive => "true positives",
            Self::TrueNegative => "true negatives",
        }
    }
}

/// A finding as a model says it of the images.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub said: &'a [Said],
    pub class: usize,
    /// What the finding is called.
    pub finding: &'a str,
}

impl Of<'_> {
    fn probability(&self, said: &Said) -> f64 {
        said.probabilities.get(self.class).map_or(0.0, |p| f64::from(*p))
    }

    fn set(&self, title: String, is: impl Fn(&Said) -> bool) -> ImageSet {
        let images = self.said.iter().filter(|said| is(said)).map(|said| said.image).collect();
        ImageSet { title, images: Arc::new(images) }
    }

    /// The images of each outcome where the finding is called from a threshold on; from none, nothing is called.
    pub fn outcomes(&self, threshold: Option<f64>) -> Vec<ImageSet> {
        let at = threshold.map_or_else(|| "where nothing is called".to_owned(), |t| format!("at {}", shown(t)));
        let outcome = |said: &Said| {
            let is = said.is(self.class)?;
            let called = threshold.is_some_and(|threshold| self.probability(said) >= threshold);
            Some(match (is, called) {
                (true, true) => Outcome::TruePositive,
                (true, false) => Outcome::FalseNegative,
                (false, true) => Outcome::FalsePositive,
                (false, false) => Outcome::TrueNegative,
            })
        };
        let set = |wanted: Outcome| {
            self.set(format!("{} {at} ({})", wanted.words(), self.finding), |said| outcome(said) == Some(wanted))
        };
        Outcome::ALL.map(set).into_iter().filter(|set| !set.images.is_empty()).collect()
    }

    /// The images whose probability lies in one of so many equal ranges, with the finding, without it, or all.
    pub fn in_range(&self, at: usize, ranges: usize, with: Option<bool>) -> ImageSet {
        let ranges = ranges.max(1);
        let edge = |at: usize| at as f64 / ranges as f64;
        let truth = match with {
            Some(true) => ", with it",
            Some(false) => ", without it",
            None => "",
        };
        let title = format!("{} predicted {}–{}{truth}", self.finding, shown(edge(at)), shown(edge(at + 1)));
        self.set(title, |said| {
            let range = ((self.probability(said) * ranges as f64).ceil() as usize).clamp(1, ranges) - 1;
            let is = said.is(self.class);
            range == at && is.is_some_and(|is| with.is_none_or(|with| is == with))
        })
    }
}

/// The images that a model calls wrongly among those it is at least so sure of; `called` is the class it calls.
pub(super) fn wrong_from(said: &[Said], confidence: f64, called: impl Fn(&Said) -> Option<usize>) -> ImageSet {
    let wrong = |said: &&Said| {
        let class = called(said);
        let sure = class.and_then(|class| said.probabilities.get(class)).map_or(0.0, |p| f64::from(*p));
        sure >= confidence && class != Some(said.truth)
    };
    let images: Vec<ImageId> = said.iter().filter(wrong).map(|said| said.image).collect();
    ImageSet { title: format!("wrong with a confidence of {} or more", shown(confidence)), images: Arc::new(images) }
}

/// "0.31", with more digits where two do not tell what it is.
pub(super) fn shown(threshold: f64) -> String {
    let short = format!("{threshold:.2}");
    let is = |text: &str| text.parse::<f64>().is_ok_and(|value| (value - threshold).abs() < 1e-6);
    if is(&short) { short } else { format!("{threshold:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::performance::FindingPerformance;
    use crate::session::fixture::Bench;
    use crate::session::{Comparison, Workbench as _};

    fn comparison() -> Arc<Comparison> {
        Bench::project().view().project.as_ref().unwrap().comparison.clone().unwrap()
    }

    fn of(comparison: &Comparison, class: usize) -> (Of<'_>, &FindingPerformance) {
        let finding = &comparison.performances[0].1.findings[class];
        (Of { said: &comparison.said[0].1, class, finding: &finding.name }, finding)
    }

    #[test]
    fn an_image_on_which_a_finding_was_not_looked_at_lies_behind_no_point() {
        use crate::domain::{Findings, Presence};
        let one = |image: i64, said: Option<Presence>| Said {
            image: ImageId(image),
            truth: 1,
            findings: Some(Findings::default().with(0, Some(Presence::Present)).with(1, said)),
            probabilities: vec![0.1, 0.9],
        };
        let said = [one(1, Some(Presence::Present)), one(2, None), one(3, Some(Presence::Uncertain))];
        let of = Of { said: &said, class: 1, finding: "Mass" };
        let sets: Vec<(String, usize)> =
            of.outcomes(Some(0.5)).iter().map(|set| (set.title.clone(), set.images.len())).collect();
        assert_eq!(sets, [("true positives at 0.50 (Mass)".to_owned(), 1)]);
        assert_eq!((of.in_range(8, 10, None).images.len(), of.in_range(8, 10, Some(false)).images.len()), (1, 0));
    }

    #[test]
    fn every_point_opens_as_many_images_as_it_counts() {
        let comparison = comparison();
        for class in 0..2 {
            let (of, finding) = of(&comparison, class);
            for point in finding.operating.iter().chain(&finding.sweep) {
                let sets = of.outcomes(point.threshold);
                let count = |words: &str| {
                    sets.iter().find(|set| set.title.starts_with(words)).map_or(0, |set| set.images.len())
                };
                assert_eq!(
                    (count("true positives"), count("false positives"), count("false negatives")),
                    (point.true_positives, point.false_positives, finding.positives - point.true_positives),
                    "{point:?}"
                );
                assert_eq!(sets.iter().map(|set| set.images.len()).sum::<usize>(), 48);
            }
        }
    }

    #[test]
    fn every_bar_and_bin_opens_as_many_images_as_it_counts() {
        let comparison = comparison();
        let (of, finding) = of(&comparison, 1);
        for (at, [without, with]) in finding.histogram.iter().enumerate() {
            let count = |with| of.in_range(at, finding.histogram.len(), with).images.len();
            assert_eq!((count(Some(false)), count(Some(true)), count(None)), (*without, *with, without + with));
        }
        for (at, bin) in finding.reliability.iter().enumerate() {
            assert_eq!(of.in_range(at, finding.reliability.len(), None).images.len(), bin.images);
        }
        // What lies on an edge belongs to the range below it.
        let on_edge = [Said { image: ImageId(1), truth: 1, findings: None, probabilities: vec![0.5, 0.5] }];
        let edge = Of { said: &on_edge, ..of };
        assert_eq!([9, 10].map(|at| edge.in_range(at, 20, None).images.len()), [1, 0]);
        assert_eq!(of.in_range(6, 10, None).title, "Non_fractured predicted 0.60–0.70");
    }

    #[test]
    fn sure_mistakes_are_as_many_as_the_curve_says() {
        let comparison = comparison();
        let said = &comparison.said[0].1;
        for point in &comparison.performances[0].1.coverage {
            let called = |said: &Said| crate::domain::prediction::top_class(&said.probabilities);
            assert_eq!(wrong_from(said, point.confidence, called).images.len(), point.wrong);
        }
        assert_eq!((shown(0.31), shown(0.3125)), ("0.31".to_owned(), "0.312".to_owned()));
    }
}
