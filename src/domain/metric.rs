//! The figures by which a pass over the training images is judged: what each is called, what it needs, and their values.
//!
//! A new one is a variant, its place in [`Metric::ALL`] and its `About` here; `evaluation/validation.rs` computes it.
//! Recipes, records, tables, choices and checks follow.

use super::recipe::AnswerKind;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// A figure on the validation images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Metric {
    #[default]
    #[serde(rename = "validation-loss")]
    Loss,
    #[serde(rename = "validation-accuracy")]
    Accuracy,
    /// Mean recall over the classes.
    #[serde(rename = "validation-balanced-accuracy")]
    BalancedAccuracy,
    /// Mean F1 over the classes or findings.
    #[serde(rename = "validation-macro-f1")]
    MacroF1,
    /// Area under the ROC curve: of the second class for two classes, mean one-vs-rest for more, mean over the findings.
    #[serde(rename = "validation-auroc")]
    Auroc,
    /// Mean over the findings of the average precision.
    #[serde(rename = "validation-mean-average-precision")]
    AveragePrecision,
    /// Share of the images of which every finding is told right.
    #[serde(rename = "validation-exact-match")]
    ExactMatch,
    /// Cohen's kappa with quadratic weights.
    #[serde(rename = "validation-kappa")]
    Kappa,
    /// Mean average precision at an intersection over union of 0.5.
    #[serde(rename = "validation-map50")]
    Map50,
    /// The same, averaged over intersections over union of 0.5, 0.55, ... 0.95 (COCO's first figure).
    #[serde(rename = "validation-map")]
    Map,
}

/// What must be there for a figure to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// A validation image, of whatever a network is taught.
    Images,
    /// Classes of whole images.
    Classes,
    /// A validation image of every class.
    EveryClass,
    /// Classes with an order.
    Grades,
    /// A validation image with a box.
    Boxes,
}

/// All that is said of a figure.
struct About {
    /// In records of epochs and in what is printed as JSON; recipes write it with hyphens.
    key: &'static str,
    /// Heads a column of eight signs.
    head: &'static str,
    /// Where the validation images go without saying.
    name: &'static str,
    /// In sentences.
    words: &'static str,
    needs: Needs,
    lower_is_better: bool,
    /// What an epoch is worth by it where it is not defined.
    undefined: Option<f64>,
}

impl Metric {
    /// Every figure, in the order of records and tables.
    pub const ALL: [Self; 10] = [
        Self::Loss,
        Self::Accuracy,
        Self::BalancedAccuracy,
        Self::MacroF1,
        Self::Auroc,
        Self::AveragePrecision,
        Self::ExactMatch,
        Self::Kappa,
        Self::Map50,
        Self::Map,
    ];

    fn about(self) -> About {
        let of_classes = About {
            key: "",
            head: "",
            name: "",
            words: "",
            needs: Needs::Classes,
            lower_is_better: false,
            undefined: None,
        };
        let of_boxes = About { needs: Needs::Boxes, ..of_classes };
        match self {
            Self::Loss => About {
                key: "validation_loss",
                head: "val loss",
                name: "validation loss",
                words: "validation loss",
                needs: Needs::Images,
                lower_is_better: true,
                ..of_classes
            },
            Self::Accuracy => About {
                key: "validation_accuracy",
                head: "val acc",
                name: "validation accuracy",
                words: "validation accuracy",
                ..of_classes
            },
            Self::BalancedAccuracy => About {
                key: "validation_balanced_accuracy",
                head: "balanced",
                name: "balanced accuracy",
                words: "balanced validation accuracy",
                ..of_classes
            },
            Self::MacroF1 => About {
                key: "validation_macro_f1",
                head: "macro F1",
                name: "macro F1",
                words: "macro F1 on the validation images",
                ..of_classes
            },
            Self::Auroc => About {
                key: "validation_auroc",
                head: "AUROC",
                name: "AUROC",
                words: "AUROC on the validation images",
                needs: Needs::EveryClass,
                ..of_classes
            },
            Self::AveragePrecision => About {
                key: "validation_mean_average_precision",
                head: "mean AP",
                name: "mean average precision",
                words: "mean average precision over the findings of the validation images",
                ..of_classes
            },
            Self::ExactMatch => About {
                key: "validation_exact_match",
                head: "exact",
                name: "exact match",
                words: "share of validation images of which every finding is told right",
                ..of_classes
            },
            Self::Kappa => About {
                key: "validation_kappa",
                head: "kappa",
                name: "quadratic-weighted kappa",
                words: "quadratic-weighted kappa on the validation images",
                needs: Needs::Grades,
                // All images are of one class, and rightly so: nothing speaks for the weights.
                undefined: Some(0.0),
                ..of_classes
            },
            Self::Map50 => About {
                key: "validation_map50",
                head: "mAP@0.5",
                name: "mAP@0.5",
                words: "mAP@0.5 on the validation images",
                ..of_boxes
            },
            Self::Map => About {
                key: "validation_map",
                head: "mAP",
                name: "mAP@[.5:.95]",
                words: "mAP@[.5:.95] on the validation images",
                ..of_boxes
            },
        }
    }

    /// What it is called in records of epochs and in what is printed as JSON: "validation_loss".
    pub fn key(self) -> &'static str {
        self.about().key
    }

    /// What recipes call it: "validation-loss".
    pub fn in_recipes(self) -> String {
        self.key().replace('_', "-")
    }

    /// What heads its column in a table for the terminal: "val loss".
    pub fn head(self) -> &'static str {
        self.about().head
    }

    /// What it is called where it goes without saying that it is of the validation images: "macro F1".
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// What sentences call it: "macro F1 on the validation images".
    pub fn words(self) -> &'static str {
        self.about().words
    }

    /// What heads its column in a document: "Validation macro F1".
    pub fn title(self) -> String {
        let name = self.name();
        format!("Validation {}", name.strip_prefix("validation ").unwrap_or(name))
    }

    /// What has to be there to measure it.
    pub fn needs(self) -> Needs {
        self.about().needs
    }

    /// Whether it judges networks that answer so; the loss judges all.
    pub fn judges(self, kind: AnswerKind) -> bool {
        match self {
            Self::Loss => true,
            Self::Accuracy | Self::MacroF1 | Self::Auroc => kind != AnswerKind::Boxes,
            Self::BalancedAccuracy | Self::Kappa => kind == AnswerKind::Class,
            Self::AveragePrecision | Self::ExactMatch => kind == AnswerKind::Findings,
            Self::Map50 | Self::Map => kind == AnswerKind::Boxes,
        }
    }

    /// Those that judge networks that answer so.
    pub fn of_kind(kind: AnswerKind) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |metric| metric.judges(kind))
    }

    /// Whether a lower value is the better one.
    pub fn lower_is_better(self) -> bool {
        self.about().lower_is_better
    }

    /// What an epoch is worth by it where there are validation images, but no value is defined for them.
    pub fn undefined(self) -> Option<f64> {
        self.about().undefined
    }

    /// Records say of these that they were not measured, and leave the others out.
    fn stays_in_records(self) -> bool {
        self == Self::Loss || self == Self::Accuracy
    }
}

/// The figures that were measured. Among the fields of a JSON object each stands under its [`Metric::key`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured(BTreeMap<Metric, f64>);

impl Measured {
    /// A value; absent without validation images or where it is not defined.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        self.0.get(&metric).copied()
    }

    /// Sets a value, or takes it away.
    pub fn set(&mut self, metric: Metric, value: Option<f64>) {
        match value {
            Some(value) => self.0.insert(metric, value),
            None => self.0.remove(&metric),
        };
    }

    /// What was measured, in the order of records.
    pub fn iter(&self) -> impl Iterator<Item = (Metric, f64)> {
        self.0.iter().map(|(metric, value)| (*metric, *value))
    }

    /// Nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Metric, Option<f64>)> for Measured {
    fn from_iter<T: IntoIterator<Item = (Metric, Option<f64>)>>(values: T) -> Self {
        Self(values.into_iter().filter_map(|(metric, value)| Some((metric, value?))).collect())
    }
}

impl<const N: usize> From<[(Metric, f64); N]> for Measured {
    fn from(values: [(Metric, f64); N]) -> Self {
        Self(values.into())
    }
}

impl Serialize for Measured {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for metric in Metric::ALL {
            let value = self.get(metric);
            if value.is_some() || metric.stays_in_records() {
                map.serialize_entry(metric.key(), &value)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Measured {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Measured;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("figures by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Measured, A::Error> {
                let mut measured = Measured::default();
                while let Some(key) = map.next_key::<String>()? {
                    match Metric::ALL.into_iter().find(|metric| metric.key() == key) {
                        Some(metric) => measured.set(metric, map.next_value()?),
                        None => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(measured)
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_figure_has_names_of_its_own() {
        let said: [fn(Metric) -> String; 6] = [
            |metric| metric.key().to_owned(),
            |metric| metric.in_recipes(),
            |metric| metric.head().to_owned(),
            |metric| metric.name().to_owned(),
            |metric| metric.words().to_owned(),
            |metric| metric.title(),
        ];
        for said in said {
            let names: BTreeSet<String> = Metric::ALL.map(said).into();
            assert_eq!(names.len(), Metric::ALL.len(), "{names:?}");
            assert!(!names.contains(""), "{names:?}");
        }
        assert!(Metric::ALL.iter().all(|metric| metric.head().len() <= 8));
    }

    #[test]
    fn the_list_has_every_figure_under_the_name_that_recipes_use() {
        let refusal = serde_json::from_str::<Metric>("\"validation-luck\"").unwrap_err().to_string();
        let known: BTreeSet<&str> = refusal.split('`').skip(3).step_by(2).collect();
        let listed = Metric::ALL.map(Metric::in_recipes);
        assert_eq!(known, listed.iter().map(String::as_str).collect(), "{refusal}");
        for metric in Metric::ALL {
            assert_eq!(serde_json::to_value(metric).unwrap(), metric.in_recipes());
        }
    }

    #[test]
    fn the_loss_judges_every_kind_and_each_kind_has_its_own() {
        let of_boxes = [Metric::Loss, Metric::Map50, Metric::Map];
        assert!(Metric::of_kind(AnswerKind::Boxes).eq(of_boxes));
        for metric in Metric::ALL {
            let judged = [AnswerKind::Class, AnswerKind::Findings].into_iter().any(|kind| metric.judges(kind));
            assert_eq!(judged, !of_boxes[1..].contains(&metric), "{metric:?}");
        }
        assert!(Metric::ExactMatch.judges(AnswerKind::Findings) && !Metric::Kappa.judges(AnswerKind::Findings));
    }

    #[test]
    fn what_was_not_measured_is_absent_and_what_is_no_number_null() {
        let measured = Measured::from_iter([(Metric::Map, Some(f64::NAN)), (Metric::Map50, None)]);
        let text = serde_json::to_string(&measured).unwrap();
        assert_eq!(text, r#"{"validation_loss":null,"validation_accuracy":null,"validation_map":null}"#);
        assert!(serde_json::from_str::<Measured>(&text).unwrap().is_empty());
    }
}
