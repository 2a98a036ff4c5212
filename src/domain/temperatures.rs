//! By what a model's logits are divided before they become probabilities.

use super::class_list::ClassList;
use serde::{Deserialize, Serialize};

/// From so many images with a finding, and as many without, a temperature is worth something: the number of events a
/// parameter that regressions are asked for (Peduzzi et al. 1996).
const FEW: usize = 10;

/// By what the logit of one finding is divided, and the validation images that it was fitted on. Where nothing fits it is 1, so
/// that the finding keeps the model's own probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingTemperature {
    pub finding: String,
    pub temperature: f64,
    /// Images on which it is known to be present or absent.
    pub images: usize,
    /// Of these, present.
    pub positives: usize,
}

impl FindingTemperature {
    /// Whether the images could say nothing, because all of them have the finding, or none.
    pub fn has_one_outcome(&self) -> bool {
        self.positives == 0 || self.positives == self.images
    }

    /// Why it stays as the model says it, where nothing fitted: "of its 42 validation images none has it".
    pub fn why_own(&self) -> Option<String> {
        let Self { temperature, images, positives, .. } = self;
        match (images, positives) {
            _ if *temperature != 1.0 => None,
            (0, _) => Some("it is known of no validation image".to_owned()),
            (_, 0) => Some(format!("of its {images} validation images none has it")),
            _ if self.has_one_outcome() => Some(format!("all of its {images} validation images have it")),
            _ => Some(format!(
                "no temperature fits its {images} validation images: the model is wrong of none of them, or of too many"
            )),
        }
    }

    /// What is said of it: "Mass: a temperature of 1.310, fitted on 42 validation images, 12 with it".
    pub fn sentence(&self) -> String {
        let Self { finding, temperature, images, positives } = self;
        match self.why_own() {
            Some(why) => format!("{finding}: its own probabilities (a temperature of 1), because {why}"),
            None => {
                let few = if self.is_of_few() { ": so few that it may be far off by chance" } else { "" };
                format!(
                    "{finding}: a temperature of {temperature:.3}, fitted on {images} validation images, {positives} with \
                     it{few}"
                )
            }
        }
    }

    /// Whether it was fitted on too few images of one outcome to be relied on.
    pub fn is_of_few(&self) -> bool {
        self.why_own().is_none() && self.positives.min(self.images.saturating_sub(self.positives)) < FEW
    }
}

/// By what logits are divided.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Temperatures {
    /// By nothing.
    #[default]
    None,
    /// All classes of an image by the same, before their softmax.
    Softmax(f64),
    /// Each by its own, one a class, before its sigmoid.
    Sigmoid(Vec<f64>),
}

impl Temperatures {
    /// Those of findings by their places in the list, 1 for those that have none; names that it does not have are left out.
    pub fn of_findings(each: &[FindingTemperature], classes: &ClassList) -> Self {
        if each.is_empty() {
            return Self::None;
        }
        let of = |name: &String| each.iter().find(|one| one.finding == *name).map_or(1.0, |one| one.temperature);
        Self::Sigmoid(classes.names().iter().map(of).collect())
    }

    /// Whether logits are divided by something.
    pub fn is_some(&self) -> bool {
        *self != Self::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_that_nothing_fits_says_why() {
        let of = |temperature, images, positives| FindingTemperature {
            finding: "Mass".into(),
            temperature,
            images,
            positives,
        };
        assert_eq!(
            of(1.31, 42, 12).sentence(),
            "Mass: a temperature of 1.310, fitted on 42 validation images, 12 with it"
        );
        for (one, said) in [
            (of(1.0, 0, 0), "known of no validation image"),
            (of(1.0, 42, 0), "of its 42 validation images none has it"),
            (of(1.0, 42, 42), "all of its 42 validation images have it"),
            (of(1.0, 42, 3), "no temperature fits its 42 validation images"),
        ] {
            assert!(one.sentence().contains(said), "{}", one.sentence());
            assert!(one.sentence().starts_with("Mass: its own probabilities (a temperature of 1), because "));
        }
    }

    #[test]
    fn temperatures_stand_at_the_places_of_their_findings() {
        let classes = ClassList::of_findings(&["Effusion", "Mass", "Nodule"]).unwrap();
        let one = |finding: &str, temperature| FindingTemperature {
            finding: finding.into(),
            temperature,
            images: 9,
            positives: 3,
        };
        let found = Temperatures::of_findings(&[one("Nodule", 2.5), one("Gone", 3.0), one("Effusion", 0.5)], &classes);
        assert_eq!(found, Temperatures::Sigmoid(vec![0.5, 1.0, 2.5]));
        assert_eq!(Temperatures::of_findings(&[], &classes), Temperatures::None);
    }
}
