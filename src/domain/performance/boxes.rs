//! How a model that draws boxes performed on a set of images: figures with intervals.

use super::subgroups::by_chance;
use super::{Estimate, Words};
use serde::{Deserialize, Serialize};

/// What is measured of all classes of boxes together, in the order to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoxFigure {
    Map50,
    Map75,
    Map,
    AverageRecall1,
    AverageRecall10,
    AverageRecall100,
    Precision,
    Recall,
    F1,
    FrocAtOne,
    FrocMean,
    Afroc,
}

impl BoxFigure {
    pub const ALL: [Self; 12] = [
        Self::Map50,
        Self::Map75,
        Self::Map,
        Self::AverageRecall1,
        Self::AverageRecall10,
        Self::AverageRecall100,
        Self::Precision,
        Self::Recall,
        Self::F1,
        Self::FrocAtOne,
        Self::FrocMean,
        Self::Afroc,
    ];

    /// Those that differences are tested of.
    pub const TESTED: [Self; 2] = [Self::Map50, Self::Map];

    /// What it is called and what it says.
    pub fn words(self) -> Words {
        let (title, sentence) = match self {
            Self::Map50 => (
                "mAP@0.5",
                "Precision averaged over sensitivities and classes (COCO); a box is right that overlaps a true one by half.",
            ),
            Self::Map75 => ("mAP@0.75", "The same where a box has to overlap by three quarters of the union."),
            Self::Map => ("mAP@[.5:.95]", "The mean of ten such averages, from half to nearly all of the union."),
            Self::AverageRecall1 => {
                ("Average recall, 1 box", "The share found, over ten overlaps, by one box an image.")
            }
            Self::AverageRecall10 => ("Average recall, 10 boxes", "The same by the ten surest boxes of each image."),
            Self::AverageRecall100 => ("Average recall, 100 boxes", "The same by the hundred surest of each image."),
            Self::Precision => ("Precision", "Of the boxes that count, the share that is right (overlap of a half)."),
            Self::Recall => ("Sensitivity", "Of the boxes that are there, the share that is found by one that counts."),
            Self::F1 => ("F1", "The harmonic mean of precision and sensitivity, where boxes count."),
            Self::FrocAtOne => (
                "Sensitivity at 1 false box",
                "The highest share found with no more than one wrong box an image (FROC).",
            ),
            Self::FrocMean => {
                ("Mean FROC sensitivity", "The mean of that at 1/8, 1/4, 1/2, 1, 2, 4 and 8 wrong boxes an image.")
            }
            Self::Afroc => (
                "AFROC area",
                "How often a box that is there gets a higher score than the surest wrong box of an image without any; what is \
                 not found has the lowest score (Chakraborty).",
            ),
        };
        Words { title, sentence }
    }

    /// Whether it hangs on the score from which boxes count.
    pub fn is_at_threshold(self) -> bool {
        matches!(self, Self::Precision | Self::Recall | Self::F1)
    }
}

/// A model that draws boxes on a set of images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxPerformance {
    pub images: usize,
    /// Groups (patients, uploaders) that the images are of; an image without one counts as one.
    pub groups: usize,
    /// How often the groups were drawn for the intervals; 0 for none.
    pub draws: usize,
    pub seed: u64,
    /// From which score a box counts.
    pub threshold: f64,
    pub figures: Vec<(BoxFigure, Estimate)>,
    pub classes: Vec<BoxClassPerformance>,
    /// From the strictest threshold to the loosest, at most two hundred points.
    pub afroc: Vec<AfrocPoint>,
}

/// One class of boxes: its figures, or how much two models differ in them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxClassPerformance {
    pub name: String,
    /// At an intersection over union of 0.5.
    pub ap50: Estimate,
    /// Over 0.5, 0.55, ... 0.95.
    pub ap: Estimate,
}

/// What share of the boxes that are there is found when such a share of the images without any is called positive wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AfrocPoint {
    pub threshold: f64,
    pub false_positive_images: f64,
    pub sensitivity: f64,
}

impl BoxPerformance {
    /// One of its figures.
    pub fn figure(&self, figure: BoxFigure) -> Option<&Estimate> {
        self.figures.iter().find(|(kind, _)| *kind == figure).map(|(_, estimate)| estimate)
    }
}

/// Two models that draw boxes on the same images: the first's figure less the other's, on the same draws of the groups.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxDifference {
    pub figures: Vec<(BoxFigure, Estimate)>,
    /// The differences of each class of boxes, in the project's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<BoxClassPerformance>,
    /// The probability of such a difference or a larger one where neither model is better (permutation test by groups,
    /// two-sided), of [`BoxFigure::TESTED`]. Absent where there are too few groups to test.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub p: Vec<(BoxFigure, f64)>,
}

impl BoxDifference {
    /// The probability of a figure's test.
    pub fn p_of(&self, figure: BoxFigure) -> Option<f64> {
        self.p.iter().find(|(kind, _)| *kind == figure).map(|(_, p)| *p)
    }

    /// One of its figures.
    pub fn figure(&self, figure: BoxFigure) -> Option<&Estimate> {
        self.figures.iter().find(|(kind, _)| *kind == figure).map(|(_, estimate)| estimate)
    }

    /// The differences of a class by its name.
    pub fn class(&self, name: &str) -> Option<&BoxClassPerformance> {
        self.classes.iter().find(|class| class.name == name)
    }
}

/// What a model found on an image and what is there, at an intersection over union of 0.5.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxesOn {
    /// Boxes that are there, without crowds.
    pub there: usize,
    /// Score of each found box and whether it is right, the surest first; boxes on crowds are left out.
    pub found: Vec<(f64, bool)>,
    /// How many of them count by the thresholds of the model.
    #[serde(default)]
    pub counting: usize,
}

impl BoxesOn {
    /// Right and wrong boxes from a score on, and those that are there and not found.
    pub fn from(&self, threshold: f64) -> [usize; 3] {
        let counting = self.found.iter().take_while(|(score, _)| *score >= threshold);
        let (right, wrong) = counting.fold(
            (0, 0),
            |(right, wrong), (_, is_right)| {
                if *is_right { (right + 1, wrong) } else { (right, wrong + 1) }
            },
        );
        [right, wrong, self.there.saturating_sub(right)]
    }
}

/// Boxes on the images that have one value of an attribute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxSubgroup {
    /// `None` for images without one.
    pub value: Option<String>,
    pub images: usize,
    pub groups: usize,
    /// Boxes that are there.
    pub boxes: usize,
    pub figures: Vec<(BoxFigure, Estimate)>,
}

impl BoxSubgroup {
    /// The value as it is shown.
    pub fn name(&self) -> &str {
        self.value.as_deref().unwrap_or("not given")
    }

    /// One of its figures.
    pub fn figure(&self, figure: BoxFigure) -> Option<&Estimate> {
        self.figures.iter().find(|(kind, _)| *kind == figure).map(|(_, estimate)| estimate)
    }
}

/// Boxes in the parts of the images that an attribute makes: view, manufacturer, sex.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxSubgroups {
    pub attribute: String,
    pub parts: Vec<BoxSubgroup>,
}

impl BoxSubgroups {
    /// The part with the lowest mAP@0.5 among those where that has an interval.
    pub fn worst(&self) -> Option<&BoxSubgroup> {
        self.lowest().map(|(part, ..)| part)
    }

    fn lowest(&self) -> Option<(&BoxSubgroup, f64, [f64; 2])> {
        let known = |part: &'_ BoxSubgroup| {
            let estimate = part.figure(BoxFigure::Map50)?;
            Some((estimate.value?, estimate.interval?))
        };
        let all = self.parts.iter().filter_map(|part| Some((part, known(part)?)));
        all.min_by(|a, b| a.1.0.total_cmp(&b.1.0)).map(|(part, (value, interval))| (part, value, interval))
    }

    /// Which part does worst by its mAP@0.5, among those where that has an interval, as a sentence; and that the lowest of many
    /// parts by so many attributes is low by chance, too.
    pub fn verdict(&self, attributes: usize) -> String {
        let Some((part, value, [low, high])) = self.lowest() else {
            return "The parts are too small to say which does worst: it takes ten patients or groups, and boxes in them."
                .into();
        };
        let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        format!(
            "Lowest where {} is {}: mAP@0.5 {value:.3} (95 % interval {low:.3} to {high:.3}, {}). {}",
            self.attribute,
            part.name(),
            counted(part.images, "image"),
            by_chance(self.parts.len(), attributes)
        )
    }
}
