//! How far any number of readers agree, who need not all have read all images.
//!
//! The formulas are those of Gwet, *Handbook of Inter-Rater Reliability* (4th edition 2014, chapters 2 to 4), in which every
//! coefficient is `(seen - chance) / (1 - chance)` of a share of pairs of readers that agree, and only what is called chance
//! differs. An image that one reader alone has read tells how often classes are said, and nothing about agreement.

use super::agreement::apart;
use super::bootstrap::{Bootstrap, Groups, intervals};
use super::readers::estimate;
use crate::domain::performance::Estimate;

/// How much two answers agree: 1 where they are the same, 0 where they are as far apart as can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// The same or not.
    Same,
    /// Grades: less by the square of how far they are apart.
    Quadratic,
}

/// Answers of all readers.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratings {
    images: Vec<Rated>,
    /// By class, by class: how much the two agree.
    likeness: Vec<Vec<f64>>,
}

/// What all readers said of an image.
#[derive(Clone, Debug, PartialEq)]
struct Rated {
    /// How many readers gave each class.
    counts: Vec<f64>,
    /// How many readers there are.
    readers: f64,
    /// How much its ordered pairs of readers agree, in sum.
    agreeing: f64,
}

/// What agreement can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coefficient {
    /// The share of pairs of readers of one image who agree.
    Observed,
    /// Fleiss' kappa (1971): chance is that everybody draws from what all said together. Low where one class is rare.
    Fleiss,
    /// Gwet's AC1, or AC2 of grades (2008): chance is that a reader guesses on images that are hard to tell, so that rare
    /// classes do not pull it down.
    Gwet,
    /// Krippendorff's alpha (1970), nominal, or interval of grades.
    Krippendorff,
}

impl Coefficient {
    /// In the order to read them.
    pub const ALL: [Self; 4] = [Self::Observed, Self::Fleiss, Self::Gwet, Self::Krippendorff];

    /// As papers name it.
    pub fn name(self, likeness: Likeness) -> &'static str {
        match (self, likeness) {
            (Self::Observed, Likeness::Same) => "Agreement",
            (Self::Observed, Likeness::Quadratic) => "Weighted agreement",
            (Self::Fleiss, Likeness::Same) => "Fleiss' kappa",
            (Self::Fleiss, Likeness::Quadratic) => "Fleiss' kappa, quadratic weights",
            (Self::Gwet, Likeness::Same) => "Gwet's AC1",
            (Self::Gwet, Likeness::Quadratic) => "Gwet's AC2, quadratic weights",
            (Self::Krippendorff, Likeness::Same) => "Krippendorff's alpha",
            (Self::Krippendorff, Likeness::Quadratic) => "Krippendorff's alpha, interval",
        }
    }
}

impl Ratings {
    /// Of each image what each reader said, as places in a list of classes that stand for these `grades`; `None` where a
    /// reader has not read it. Foreign places are left out.
    pub fn new(answers: &[Vec<Option<usize>>], grades: &[f64], likeness: Likeness) -> Self {
        let classes = grades.len();
        let widest = (0..classes)
            .flat_map(|one| (0..classes).map(move |other| (one, other)))
            .fold(0.0_f64, |widest, (one, other)| widest.max(apart(grades, one, other)));
        let alike = |one: usize, other: usize| match likeness {
            Likeness::Same => f64::from(one == other),
            Likeness::Quadratic if one == other => 1.0,
            Likeness::Quadratic => 1.0 - (apart(grades, one, other) / widest).powi(2),
        };
        let likeness: Vec<Vec<f64>> =
            (0..classes).map(|one| (0..classes).map(|other| alike(one, other)).collect()).collect();
        let rated = |answers: &Vec<Option<usize>>| {
            let mut counts = vec![0.0; classes];
            for answer in answers.iter().flatten() {
                if let Some(count) = counts.get_mut(*answer) {
                    *count += 1.0;
                }
            }
            let with = |row: &Vec<f64>| row.iter().zip(&counts).map(|(alike, n)| alike * n).sum::<f64>() - 1.0;
            let agreeing = likeness.iter().zip(&counts).map(|(row, n)| n * with(row)).sum();
            Rated { readers: counts.iter().sum(), agreeing, counts }
        };
        Self { images: answers.iter().map(rated).collect(), likeness }
    }

    /// Images that at least two readers have read: those that tell of agreement.
    pub fn shared(&self) -> usize {
        self.images.iter().filter(|image| image.readers >= 2.0).count()
    }

    /// All coefficients, in the order of [`Coefficient::ALL`], with an interval from drawing `groups` of images again.
    pub fn coefficients(&self, groups: &Groups, how: Bootstrap) -> Vec<Estimate> {
        let of = |weights: &[f64]| Coefficient::ALL.map(|one| self.coefficient(one, weights)).to_vec();
        let undefined = "all readers call all images the same class";
        intervals(groups, how, of).into_iter().map(|one| estimate(one, undefined)).collect()
    }

    /// One coefficient of images that count by `weights`; `None` where no two readers have read the same image, or where
    /// chance alone would agree on all.
    pub fn coefficient(&self, of: Coefficient, weights: &[f64]) -> Option<f64> {
        let read = |least: f64| {
            let images = self.images.iter().zip(weights).map(|(image, weight)| (image, *weight));
            images.filter(move |(image, weight)| image.readers >= least && *weight > 0.0)
        };
        let shared: f64 = read(2.0).map(|(_, weight)| weight).sum();
        if shared <= 0.0 {
            return None;
        }
        // Pairs of answers of one image that agree, over all pairs of it.
        let share = |image: &Rated| image.agreeing / (image.readers * (image.readers - 1.0));
        let seen = read(2.0).map(|(image, weight)| weight * share(image)).sum::<f64>() / shared;
        // What each image says counts the same, however many have read it.
        let said = || self.said(read(1.0).map(|(image, weight)| (image, weight / image.readers)));
        let (seen, chance) = match of {
            Coefficient::Observed => return Some(seen),
            Coefficient::Fleiss => (seen, self.alike_by(&said())),
            Coefficient::Gwet => {
                let said = said();
                let classes = said.len() as f64;
                let alike: f64 = self.likeness.iter().flatten().sum();
                let unsure: f64 = said.iter().map(|share| share * (1.0 - share)).sum();
                (seen, alike * unsure / (classes * (classes - 1.0)))
            }
            Coefficient::Krippendorff => {
                let answers: f64 = read(2.0).map(|(image, weight)| weight * image.readers).sum();
                let alike = |(image, weight): (&Rated, f64)| weight * image.agreeing / (image.readers - 1.0);
                let alike: f64 = read(2.0).map(alike).sum::<f64>() / answers;
                // One answer more, that agrees: the correction for few answers.
                let seen = (1.0 - 1.0 / answers) * alike + 1.0 / answers;
                (seen, self.alike_by(&self.said(read(2.0))))
            }
        };
        (chance < 1.0).then(|| (seen - chance) / (1.0 - chance))
    }

    fn row(&self, class: usize) -> &[f64] {
        self.likeness.get(class).map_or(&[], Vec::as_slice)
    }

    /// The share of each class in what was said of these images, each with what one answer of it counts.
    fn said<'a>(&self, images: impl Iterator<Item = (&'a Rated, f64)>) -> Vec<f64> {
        let mut said = vec![0.0; self.likeness.len()];
        for (image, weight) in images {
            said.iter_mut().zip(&image.counts).for_each(|(said, count)| *said += weight * count);
        }
        let all: f64 = said.iter().sum();
        said.iter().map(|one| one / all).collect()
    }

    /// How far two answers drawn from these shares agree.
    fn alike_by(&self, shares: &[f64]) -> f64 {
        let of = |(one, share): (usize, &f64)| -> f64 {
            self.row(one).iter().zip(shares).map(|(alike, other)| alike * share * other).sum()
        };
        shares.iter().enumerate().map(of).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Expected {
        ratings: Vec<Vec<Option<usize>>>,
        classes: usize,
        observed: f64,
        fleiss: f64,
        ac1: f64,
        ac2: f64,
        irrcac_alpha: f64,
        irrcac_alpha_interval: f64,
        alpha: f64,
        alpha_interval: f64,
        statsmodels_fleiss: Option<f64>,
    }

    #[test]
    fn agreement_of_many_is_that_of_irrcac_krippendorff_and_statsmodels() {
        // tests/reference/agreement.py
        let text = include_str!("../../tests/reference/expected/agreement.json");
        let tables: Vec<Expected> = serde_json::from_str(text).unwrap();
        assert!(tables.len() >= 4);
        for of in tables {
            let grades: Vec<f64> = (0..of.classes).map(|grade| grade as f64).collect();
            let same = Ratings::new(&of.ratings, &grades, Likeness::Same);
            let far = Ratings::new(&of.ratings, &grades, Likeness::Quadratic);
            let weights = vec![1.0; of.ratings.len()];
            let near = |what: &str, ratings: &Ratings, coefficient, expected: f64| {
                let found = ratings.coefficient(coefficient, &weights).unwrap();
                assert!((found - expected).abs() < 1e-12, "{what}: {found} {expected}");
            };
            near("observed", &same, Coefficient::Observed, of.observed);
            near("fleiss", &same, Coefficient::Fleiss, of.fleiss);
            near("ac1", &same, Coefficient::Gwet, of.ac1);
            near("ac2", &far, Coefficient::Gwet, of.ac2);
            near("alpha", &same, Coefficient::Krippendorff, of.alpha);
            near("alpha of irrCAC", &same, Coefficient::Krippendorff, of.irrcac_alpha);
            near("alpha of grades", &far, Coefficient::Krippendorff, of.alpha_interval);
            near("alpha of grades of irrCAC", &far, Coefficient::Krippendorff, of.irrcac_alpha_interval);
            if let Some(fleiss) = of.statsmodels_fleiss {
                near("fleiss of statsmodels", &same, Coefficient::Fleiss, fleiss);
            }
        }
    }

    #[test]
    fn an_image_counted_twice_is_two_images_and_one_reader_alone_agrees_with_nobody() {
        let once = [vec![Some(0), Some(1), None], vec![Some(1), Some(1), Some(0)], vec![Some(0), Some(0), Some(0)]];
        let twice = [&once[..], &once[1..2]].concat();
        let of = |answers: &[Vec<Option<usize>>]| Ratings::new(answers, &[0.0, 1.0], Likeness::Same);
        for one in Coefficient::ALL {
            let (weighted, repeated) =
                (of(&once).coefficient(one, &[1.0, 2.0, 1.0]), of(&twice).coefficient(one, &[1.0; 4]));
            assert!((weighted.unwrap() - repeated.unwrap()).abs() < 1e-12, "{one:?}");
        }
        let alone = of(&[vec![Some(0), None], vec![None, Some(1)], vec![Some(7), Some(0)]]);
        assert_eq!(alone.shared(), 0);
        assert!(Coefficient::ALL.iter().all(|one| alone.coefficient(*one, &[1.0; 3]).is_none()));
        let agreed = of(&[vec![Some(0), Some(0)], vec![Some(0), Some(0)]]);
        assert_eq!(agreed.coefficient(Coefficient::Observed, &[1.0; 2]), Some(1.0));
        assert_eq!(agreed.coefficient(Coefficient::Fleiss, &[1.0; 2]), None, "chance agrees on all of one class");
        assert_eq!(agreed.coefficient(Coefficient::Gwet, &[1.0; 2]), Some(1.0));
    }
}
