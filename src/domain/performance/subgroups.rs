//! Whether a model does as well on every kind of image.

use super::{Estimate, FindingFigure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A finding on the images that have one value of an attribute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subgroup {
    /// `None` for images without one.
    pub value: Option<String>,
    pub images: usize,
    pub groups: usize,
    /// Images with the finding.
    pub positives: usize,
    pub figures: Vec<(FindingFigure, Estimate)>,
}

impl Subgroup {
    /// The value as it is shown.
    pub fn name(&self) -> &str {
        self.value.as_deref().unwrap_or("not given")
    }

    /// One of its figures.
    pub fn figure(&self, figure: FindingFigure) -> Option<&Estimate> {
        self.figures.iter().find(|(kind, _)| *kind == figure).map(|(_, estimate)| estimate)
    }
}

/// A finding in the parts of the images that an attribute makes: view, manufacturer, sex.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subgroups {
    pub attribute: String,
    pub finding: String,
    pub parts: Vec<Subgroup>,
}

impl Subgroups {
    /// By how many attributes these are, of one finding or of several.
    pub fn attributes(all: &[Self]) -> usize {
        let names: BTreeSet<&str> = all.iter().map(|of| of.attribute.as_str()).collect();
        names.len()
    }

    /// The part with the lowest AUROC among those whose AUROC has an interval. The lowest of many is low by chance, too: what
    /// it is on new images is likely higher.
    pub fn worst(&self) -> Option<&Subgroup> {
        let area = |part: &Subgroup| {
            let estimate = part.figure(FindingFigure::Auroc)?;
            estimate.interval.and(estimate.value)
        };
        let known = self.parts.iter().filter_map(|part| Some((area(part)?, part)));
        known.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, part)| part)
    }

    /// Which part does worst, as a sentence, and that the lowest of many parts by so many attributes is low by chance, too.
    pub fn verdict(&self, attributes: usize) -> String {
        let Some((part, estimate)) = self.worst().and_then(|part| Some((part, part.figure(FindingFigure::Auroc)?)))
        else {
            return "The parts are too small to say which does worst: it takes ten patients or groups with and without the \
                    finding."
                .into();
        };
        let (Some(value), Some([low, high])) = (estimate.value, estimate.interval) else { return String::new() };
        let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        format!(
            "Lowest where {} is {}: AUROC {value:.3} (95 % interval {low:.3} to {high:.3}, {}). {}",
            self.attribute,
            part.name(),
            counted(part.images, "image"),
            by_chance(self.parts.len(), attributes)
        )
    }
}

/// That the lowest of so many parts is low by chance, too; the more so where several attributes are looked through.
pub(super) fn by_chance(parts: usize, attributes: usize) -> String {
    let looked = match attributes {
        0 | 1 => String::new(),
        more => format!(", the more so as {more} attributes are looked through"),
    };
    format!(
        "The lowest of {parts} parts is low by chance, too{looked}: look at it on new images before you believe it."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_part_is_named_with_its_interval_and_a_warning() {
        let part = |value: &str, area: f64, interval| Subgroup {
            value: Some(value.into()),
            images: 40,
            figures: vec![(FindingFigure::Auroc, Estimate { value: Some(area), interval, why: None })],
            ..Subgroup::default()
        };
        let mut of = Subgroups {
            attribute: "view".into(),
            finding: "fracture".into(),
            parts: vec![part("frontal", 0.9, Some([0.8, 0.95])), part("lateral", 0.7, Some([0.55, 0.81]))],
        };
        let said = of.verdict(6);
        assert!(
            said.starts_with("Lowest where view is lateral: AUROC 0.700 (95 % interval 0.550 to 0.810, 40 images).")
        );
        assert!(
            said.ends_with(
                "The lowest of 2 parts is low by chance, too, the more so as 6 attributes are looked through: look at it on new \
                 images before you believe it."
            ),
            "{said}"
        );
        assert!(of.verdict(1).contains("The lowest of 2 parts is low by chance, too: look"), "{}", of.verdict(1));
        of.parts = vec![part("frontal", 0.9, None)];
        assert!(of.verdict(1).contains("too small"));
    }
}
