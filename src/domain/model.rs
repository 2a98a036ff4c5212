//! A finished run's best weights, with all that is needed to use and judge them.

use super::class_list::ClassList;
use super::decision::{AnswerRule, BetaMap};
use super::ids::{ModelId, RunId};
use super::not_sure::FindingRules;
use super::recipe::{AnswerKind, Architecture, Greys, Head, Interpolation, Preprocessing, Recipe, Resize};
use super::report::ClassificationReport;
use super::temperatures::{FindingTemperature, Temperatures};
use super::thresholds::{BoxThresholds, ClassThresholds, NamedThresholds};
use serde::{Deserialize, Deserializer, Serialize};
use std::path::PathBuf;

/// What travels inside a model's file, as JSON in the safetensors metadata under [`ModelCard::KEY`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Version of this form; a newer one is refused.
    pub format: u32,
    pub name: String,
    pub architecture: Architecture,
    pub classes: ClassList,
    #[serde(deserialize_with = "of_a_model")]
    pub preprocessing: Preprocessing,
    /// The recipe it was trained with; absent for imported weights.
    pub recipe: Option<Recipe>,
    /// What the last layer of imported weights answers, where it is not one number a class. A program that does not know
    /// of it finds a last layer of another size than the class list, and refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
    /// SHA-256 over the training images' hashes and labels, hexadecimal.
    pub data_digest: String,
    /// The score from which a box counts, chosen on the validation images; absent for models that draw no boxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// What was decided about it in the project that handed the file out; absent where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
    /// Milliseconds since 1970-01-01 UTC; 0 in a model's file, so that the same recipe, data and seed give the same bytes.
    #[serde(default)]
    pub created_ms: i64,
}

/// What a person decided about a model, as it goes along with its file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// As [`ModelRecord::threshold`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// As [`ModelRecord::temperature`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// As [`ModelRecord::answers`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<AnswerRule>,
    /// As [`ModelRecord::scores`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<BetaMap>,
    /// As [`ModelRecord::class_thresholds`].
    #[serde(default, skip_serializing_if = "NamedThresholds::is_empty")]
    pub classes: NamedThresholds,
    /// As [`ModelRecord::finding_temperatures`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finding_temperatures: Vec<FindingTemperature>,
    /// As [`ModelRecord::finding_rules`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding_rules: Option<FindingRules>,
}

impl Decided {
    /// By what the logits of a model with these classes are divided.
    pub fn temperatures(&self, classes: &ClassList) -> Temperatures {
        match self.temperature {
            Some(temperature) => Temperatures::Softmax(temperature),
            None => Temperatures::of_findings(&self.finding_temperatures, classes),
        }
    }
}

/// The preprocessing as a model's file has it. One that names no rule for greys is older than the choice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OfAModel {
    channels: usize,
    resize: Resize,
    width: usize,
    height: usize,
    mean: Vec<f32>,
    std: Vec<f32>,
    greys: Option<Greys>,
    interpolation: Interpolation,
    rounded: bool,
}

impl Default for OfAModel {
    fn default() -> Self {
        let Preprocessing { channels, resize, width, height, mean, std, greys: _, interpolation, rounded } =
            Preprocessing::default();
        Self { channels, resize, width, height, mean, std, greys: None, interpolation, rounded }
    }
}

fn of_a_model<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Preprocessing, D::Error> {
    let OfAModel { channels, resize, width, height, mean, std, greys, interpolation, rounded } =
        OfAModel::deserialize(deserializer)?;
    let greys = greys.unwrap_or(Greys::FullDepth);
    Ok(Preprocessing { channels, resize, width, height, mean, std, greys, interpolation, rounded })
}

impl ModelCard {
    /// The key in the file's metadata.
    pub const KEY: &'static str = "overread.model";
    /// The version of a file in which nothing is decided.
    pub const FORMAT: u32 = 2;
    /// The version of a file in which something is decided: a program that does not know of it would answer otherwise.
    pub const WITH_DECIDED: u32 = 3;
    /// The version of a file in which the scores of its boxes are calibrated.
    pub const WITH_SCORES: u32 = 4;
    /// The version of a file in which classes have thresholds of their own.
    pub const WITH_CLASSES: u32 = 5;
    /// The newest version: findings have temperatures of their own, or answers that may be "not sure".
    pub const NEWEST: u32 = 6;

    /// The card with what was decided, in the version that this takes.
    pub fn with_decided(mut self, decided: Decided) -> Self {
        self.decided = Some(decided).filter(|decided| *decided != Decided::default());
        self.format = match &self.decided {
            None => Self::FORMAT,
            Some(Decided { finding_rules: Some(_), .. }) => Self::NEWEST,
            Some(decided) if !decided.finding_temperatures.is_empty() => Self::NEWEST,
            Some(decided) if !decided.classes.is_empty() => Self::WITH_CLASSES,
            Some(Decided { scores: None, .. }) => Self::WITH_DECIDED,
            Some(Decided { scores: Some(_), .. }) => Self::WITH_SCORES,
        };
        self
    }

    /// The probability from which the second of two classes is called as its file has it, as [`ModelRecord::class_threshold`].
    pub fn class_threshold(&self) -> Option<f64> {
        let decided = self.decided.as_ref().and_then(|decided| decided.threshold);
        decided.filter(|_| self.answers() == AnswerKind::Class && self.classes.len() == 2)
    }

    /// The score from which its boxes count as its file has it, as [`ModelRecord::box_threshold`].
    pub fn box_threshold(&self) -> f64 {
        let decided = self.decided.as_ref().and_then(|decided| decided.threshold);
        decided.or(self.threshold).unwrap_or(ModelRecord::THRESHOLD)
    }

    /// How classes are called as its file has it, as [`ModelRecord::class_thresholds`].
    pub fn class_thresholds(&self) -> ClassThresholds {
        let kept = self.decided.as_ref().map(|decided| &decided.classes);
        thresholds_of(self, self.class_threshold(), kept.unwrap_or(&NamedThresholds::new()))
    }

    /// From which scores its boxes count as its file has it, as [`ModelRecord::box_thresholds`].
    pub fn box_thresholds(&self) -> BoxThresholds {
        BoxThresholds { all: self.box_threshold(), each: self.class_thresholds() }
    }

    /// By what its logits are divided as its file has it, as [`ModelRecord::temperatures`].
    pub fn temperatures(&self) -> Temperatures {
        self.decided.as_ref().map(|decided| decided.temperatures(&self.classes)).unwrap_or_default()
    }

    /// What it answers with.
    pub fn answers(&self) -> AnswerKind {
        AnswerKind::of(&self.architecture, self.head())
    }

    /// What its last layer answers: one number a class or a finding, or one a step between two grades.
    pub fn head(&self) -> Head {
        self.head.unwrap_or_else(|| self.recipe.as_ref().map(|recipe| recipe.loss).unwrap_or_default().into())
    }
}

/// Thresholds as they are kept: that of the second of two classes, or each class's own.
pub(super) fn thresholds_of(card: &ModelCard, second: Option<f64>, kept: &NamedThresholds) -> ClassThresholds {
    if card.answers() != AnswerKind::Class || card.classes.len() != 2 {
        return ClassThresholds::named(&card.classes, kept);
    }
    ClassThresholds::of_second(second)
}

/// What a model is to its project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelStatus {
    /// Trained, not yet decided on.
    Candidate,
    /// Was or is the active model.
    Promoted,
    /// Decided against; kept in the list, can still be promoted.
    Discarded,
}

/// A model in the registry; immutable but for its status, test figures and what is decided about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    pub id: ModelId,
    pub card: ModelCard,
    /// The weight file.
    pub file: PathBuf,
    pub status: ModelStatus,
    /// The one whose predictions are shown.
    pub active: bool,
    /// The model whose weights its training began with.
    pub parent: Option<ModelId>,
    pub run: Option<RunId>,
    /// Figures on the frozen test split.
    pub test: Option<ClassificationReport>,
    /// Where a person chose it: the score from which its boxes count, in the place of the card's; or the probability from
    /// which the second of two classes is called, in the place of the more probable one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// What of the project those figures were made of; absent without figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested: Option<Tested>,
    /// Where a person had it fitted: by what its logits are divided before they become probabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Where a person had it chosen: by what rule it answers with several classes where it is not sure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<AnswerRule>,
    /// Where a person had it fitted: how the scores of its boxes are calibrated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<BetaMap>,
    /// Where a person chose them: each class's own threshold, of more than two classes the probability from which it is called,
    /// of boxes the score from which those of the class count.
    #[serde(default, skip_serializing_if = "NamedThresholds::is_empty")]
    pub class_thresholds: NamedThresholds,
    /// Where a person had them fitted, for models that answer with findings: by what the logit of each finding is divided, in the
    /// order of the class list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finding_temperatures: Vec<FindingTemperature>,
    /// Where a person had it chosen, for models that answer with findings: when it is not sure of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding_rules: Option<FindingRules>,
    /// What a person noted of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// A person deleted it: its weights lie in the project's bin, or are gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// How far a project's history was when a model was judged: what comes after may have changed the yardstick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tested {
    /// The last event of the annotation log, 0 where it was empty.
    pub event: i64,
    /// The last change of the splits, 0 where there was none.
    pub split_change: i64,
}

impl ModelRecord {
    /// What was decided about it.
    pub fn decided(&self) -> Decided {
        let Self { threshold, temperature, answers, scores, .. } = *self;
        Decided {
            threshold,
            temperature,
            answers,
            scores,
            classes: self.class_thresholds.clone(),
            finding_temperatures: self.finding_temperatures.clone(),
            finding_rules: self.finding_rules.clone(),
        }
    }

    /// By what its logits are divided.
    pub fn temperatures(&self) -> Temperatures {
        self.decided().temperatures(&self.card.classes)
    }

    /// The score from which its boxes count: chosen by a person, else on the validation images, else
    /// [`ModelRecord::THRESHOLD`].
    pub fn box_threshold(&self) -> f64 {
        self.threshold.or(self.card.threshold).unwrap_or(Self::THRESHOLD)
    }

    /// The probability from which the second of two classes is called, where a person chose one; `None` for models that call
    /// the most probable class, and for those that draw boxes.
    pub fn class_threshold(&self) -> Option<f64> {
        self.threshold.filter(|_| self.card.answers() == AnswerKind::Class && self.card.classes.len() == 2)
    }

    /// The probability from which each finding is said to be present, one a class, for models that answer with findings.
    pub fn finding_thresholds(&self) -> Vec<f64> {
        let own = self.thresholds();
        (0..self.card.classes.len()).map(|class| own.of(class).unwrap_or(Self::THRESHOLD)).collect()
    }

    /// From which probability on an outcome of each finding belongs to its answer, one a class; `None` where it is never "not
    /// sure".
    pub fn rules_of_findings(&self) -> Option<Vec<Option<f64>>> {
        Some(self.finding_rules.as_ref()?.by_place(&self.card.classes))
    }

    /// How classes are called: by the threshold of the second of two, or by each class's own of more.
    pub fn thresholds(&self) -> ClassThresholds {
        thresholds_of(&self.card, self.class_threshold(), &self.class_thresholds)
    }

    /// From which scores its boxes count.
    pub fn box_thresholds(&self) -> BoxThresholds {
        BoxThresholds { all: self.box_threshold(), each: self.thresholds() }
    }

    /// Whether classes of such a model can have thresholds of their own.
    pub fn has_classes_of_their_own(&self) -> bool {
        self.card.answers() != AnswerKind::Class || self.card.classes.len() > 2
    }

    /// Where nobody and nothing chose one.
    pub const THRESHOLD: f64 = 0.5;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_version_that_what_is_decided_takes() {
        let card = ModelCard {
            format: ModelCard::FORMAT,
            name: "a".into(),
            architecture: Architecture::default(),
            classes: ClassList::of_findings(&["Effusion", "Mass"]).unwrap(),
            preprocessing: Preprocessing::default(),
            recipe: None,
            head: Some(Head::Findings),
            data_digest: String::new(),
            threshold: None,
            decided: None,
            created_ms: 0,
        };
        let version = |decided| card.clone().with_decided(decided).format;
        let none = Decided::default;
        assert_eq!(version(none()), ModelCard::FORMAT);
        let classes: NamedThresholds = [("Mass".to_owned(), 0.3)].into();
        assert_eq!(version(Decided { classes: classes.clone(), ..none() }), ModelCard::WITH_CLASSES);
        let one = FindingTemperature { finding: "Mass".into(), temperature: 1.5, images: 9, positives: 3 };
        let of_findings = Decided { classes, finding_temperatures: vec![one], ..none() };
        assert_eq!(of_findings.temperatures(&card.classes), Temperatures::Sigmoid(vec![1.0, 1.5]));
        assert_eq!(version(of_findings), ModelCard::NEWEST);
        let rules = FindingRules { miss: 0.1, each: Vec::new() };
        assert_eq!(version(Decided { finding_rules: Some(rules), ..none() }), ModelCard::NEWEST);
    }
}
