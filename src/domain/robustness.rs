//! How a model does where pictures are worse than those it knows: which ways there are to make a picture worse, how strongly,
//! and what was measured.

use super::ids::ModelId;
use super::image::Split;
use super::performance::Estimate;
use super::thresholds::NamedThresholds;
use serde::{Deserialize, Serialize};

/// A way to make a picture worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Perturbation {
    Noise,
    Blur,
    Contrast,
    Window,
    Rotation,
    Jpeg,
}

impl Perturbation {
    pub const ALL: [Self; 6] = [Self::Noise, Self::Blur, Self::Contrast, Self::Window, Self::Rotation, Self::Jpeg];

    /// As the command line and files have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Noise => "noise",
            Self::Blur => "blur",
            Self::Contrast => "contrast",
            Self::Window => "window",
            Self::Rotation => "rotation",
            Self::Jpeg => "jpeg",
        }
    }

    /// The way of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// As a person reads it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Noise => "Noise",
            Self::Blur => "Blur",
            Self::Contrast => "Contrast",
            Self::Window => "Window shift",
            Self::Rotation => "Rotation",
            Self::Jpeg => "JPEG quality",
        }
    }

    /// What its strength is counted in, for an axis.
    pub fn axis(self) -> &'static str {
        match self {
            Self::Noise => "Standard deviation, share of black to white",
            Self::Blur => "Sigma, pixels of the network's input",
            Self::Contrast => "Factor",
            Self::Window => "Shift of the centre, share of the width",
            Self::Rotation => "Degrees, clockwise",
            Self::Jpeg => "Quality",
        }
    }

    /// What is done to a picture, as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Noise => {
                "Gaussian noise is added to every pixel of the picture, and to each of its colours by itself; where a large \
                 picture is made smaller for the network, much of it averages out."
            }
            Self::Blur => {
                "The picture is blurred by a Gaussian, whose sigma is counted in pixels of the network's input, so that it \
                 means the same for pictures of any size."
            }
            Self::Contrast => {
                "Every grey or colour is brought nearer to the mean of the picture, or farther from it; what leaves black and \
                 white is cut off."
            }
            Self::Window => {
                "The centre of the grey window is moved, by a share of its width: up makes the picture darker. A DICOM or \
                 16-bit picture shows other stored values then; one of 8 bits, and one shown by a table, only gets darker or \
                 lighter, and what leaves black and white is cut off."
            }
            Self::Rotation => {
                "The picture is turned about its centre, bilinearly, black from outside. Readers' boxes turn along: each \
                 becomes the box about the ellipse that filled it (Kalra and others 2021)."
            }
            Self::Jpeg => "The picture is written as JPEG and read again; the smaller the quality, the coarser.",
        }
    }

    /// The strength at which the picture stays as it is. For JPEG it stands for a picture that is not written anew.
    pub fn none(self) -> f64 {
        match self {
            Self::Noise | Self::Blur | Self::Window | Self::Rotation => 0.0,
            Self::Contrast => 1.0,
            Self::Jpeg => 100.0,
        }
    }

    /// The strengths that are measured, without [`Perturbation::none`], from the lowest number to the highest.
    pub fn strengths(self) -> &'static [f64] {
        match self {
            Self::Noise => &[0.02, 0.05, 0.1, 0.15, 0.2],
            Self::Blur => &[0.5, 1.0, 1.5, 2.0, 3.0],
            Self::Contrast => &[0.4, 0.6, 0.8, 1.25, 1.6],
            Self::Window => &[-0.2, -0.1, -0.05, 0.05, 0.1, 0.2],
            Self::Rotation => &[-15.0, -10.0, -5.0, 5.0, 10.0, 15.0],
            Self::Jpeg => &[10.0, 20.0, 30.0, 50.0, 80.0],
        }
    }

    /// A strength in words: "sd 0.05", "× 0.6", "unchanged".
    pub fn says(self, strength: f64) -> String {
        if strength == self.none() {
            return "unchanged".to_owned();
        }
        match self {
            Self::Noise => format!("sd {strength}"),
            Self::Blur => format!("sigma {strength}"),
            Self::Contrast => format!("× {strength}"),
            Self::Window => format!("{:+.0} %", 100.0 * strength),
            Self::Rotation => format!("{strength:+}°"),
            Self::Jpeg => format!("quality {strength}"),
        }
    }
}

/// What is measured of worse pictures: the main figures of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RobustFigure {
    /// Of the finding, for two classes.
    Auroc,
    /// The mean over the classes, for more.
    MacroAuroc,
    Accuracy,
    /// For grades.
    QuadraticKappa,
    Map50,
    Map,
}

impl RobustFigure {
    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Auroc => "AUROC",
            Self::MacroAuroc => "AUROC, mean of classes",
            Self::Accuracy => "Accuracy",
            Self::QuadraticKappa => "Weighted kappa",
            Self::Map50 => "mAP@0.5",
            Self::Map => "mAP@[.5:.95]",
        }
    }

    /// As files have it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Auroc => "auroc",
            Self::MacroAuroc => "macro_auroc",
            Self::Accuracy => "accuracy",
            Self::QuadraticKappa => "quadratic_kappa",
            Self::Map50 => "map50",
            Self::Map => "map",
        }
    }
}

/// A figure at one strength.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RobustValue {
    pub figure: RobustFigure,
    pub value: Estimate,
    /// The figure of the unchanged pictures less this one, on the same draws of the groups: above 0 it got worse. Absent for
    /// the unchanged pictures themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop: Option<Estimate>,
}

/// The AUROC of one finding at one strength, where an image may have several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RobustFinding {
    pub finding: String,
    pub value: Estimate,
    /// As [`RobustValue::drop`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop: Option<Estimate>,
}

/// What was measured at one strength.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RobustPoint {
    pub strength: f64,
    /// The one that matters most first.
    pub values: Vec<RobustValue>,
    /// Each finding by itself, of a model that answers with findings, in the order of the class list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<RobustFinding>,
}

/// A model on the images of a split, made worse in one way, ever more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Robustness {
    pub kind: Perturbation,
    pub split: Split,
    pub images: usize,
    /// Groups (patients, uploaders) that the images are of; an image without one counts as one.
    pub groups: usize,
    /// Images of the split without a known truth, or that could not be read.
    pub left_out: usize,
    /// How often the groups were drawn for the intervals; 0 for none.
    pub draws: usize,
    /// Of those draws and of the noise.
    pub seed: u64,
    /// The class that AUROC is of, where there are two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// From which probability the second class was called, or from which score boxes count; absent where the most probable
    /// class is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Each class's own threshold, where there were some.
    #[serde(default, skip_serializing_if = "NamedThresholds::is_empty")]
    pub class_thresholds: NamedThresholds,
    /// By rising strength, the unchanged pictures among them.
    pub points: Vec<RobustPoint>,
    /// Milliseconds since 1970-01-01 UTC.
    pub made_ms: i64,
}

/// What was measured of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredRobustness {
    pub model: ModelId,
    pub robustness: Robustness,
}

/// Puts what was measured of a model into the list that a project keeps: of a model, a split and a way the last stands.
pub fn keep(list: &mut Vec<MeasuredRobustness>, model: ModelId, measured: Vec<Robustness>) {
    for robustness in measured {
        let (split, kind) = (robustness.split, robustness.kind);
        list.retain(|one| (one.model, one.robustness.split, one.robustness.kind) != (model, split, kind));
        list.push(MeasuredRobustness { model, robustness });
    }
}

impl Robustness {
    /// What was measured of the unchanged pictures.
    pub fn unchanged(&self) -> Option<&RobustPoint> {
        self.points.iter().find(|point| point.strength == self.kind.none())
    }

    /// The findings that were measured by themselves, in the order of the class list.
    pub fn findings(&self) -> Vec<&str> {
        let first = self.points.first().map(|point| point.findings.as_slice()).unwrap_or_default();
        first.iter().map(|one| one.finding.as_str()).collect()
    }

    /// What a figure is called here: where an image may have several findings, of which it is.
    pub fn title_of(&self, figure: RobustFigure) -> String {
        match (figure, &self.finding) {
            (RobustFigure::MacroAuroc, _) if !self.findings().is_empty() => "AUROC, mean of findings".to_owned(),
            (RobustFigure::Auroc, Some(finding)) if !self.findings().is_empty() => format!("AUROC of {finding}"),
            _ => figure.title().to_owned(),
        }
    }

    /// The same with one finding's AUROC as a further figure, to be shown beside the mean; as it is where that was not measured.
    pub fn with_finding(&self, finding: &str) -> Self {
        let mut with = self.clone();
        for point in &mut with.points {
            let of = point.findings.iter().find(|one| one.finding == finding);
            point.values.extend(of.map(|RobustFinding { value, drop, .. }| RobustValue {
                figure: RobustFigure::Auroc,
                value: value.clone(),
                drop: drop.clone(),
            }));
        }
        with.finding = Some(finding.to_owned());
        with
    }

    /// The largest fall of one finding's AUROC, with the strength that it falls so far at and what it is then; of equal falls the
    /// mildest strength. `None` where none is defined.
    pub fn worst_of(&self, finding: &str) -> Option<(f64, &RobustFinding)> {
        let of = |point: &'_ RobustPoint| point.findings.iter().position(|one| one.finding == finding);
        let falls = self.points.iter().filter_map(|point| {
            let one = point.findings.get(of(point)?)?;
            one.drop.as_ref()?.value.map(|fall| (point.strength, fall, one))
        });
        let from_none = |at: f64| (at - self.kind.none()).abs();
        let worst = falls.max_by(|a, b| a.1.total_cmp(&b.1).then(from_none(b.0).total_cmp(&from_none(a.0))));
        worst.map(|(at, _, one)| (at, one))
    }

    /// What it comes to, as a sentence about the figure that matters most.
    pub fn verdict(&self) -> String {
        let first = |point: &RobustPoint| point.values.first().cloned();
        let Some(of_unchanged) = self.unchanged().and_then(first) else {
            return format!("{}: the unchanged pictures were not measured.", self.kind.title());
        };
        let (figure, Some(base)) = (of_unchanged.figure, of_unchanged.value.value) else {
            let why = of_unchanged.value.why.map_or_else(String::new, |why| format!(" ({why})"));
            let (kind, figure) = (self.kind.title(), self.title_of(of_unchanged.figure));
            return format!(
                "{kind}: {figure} of the unchanged pictures is not defined{why}, so that no fall can be told."
            );
        };
        let fallen = self.points.iter().filter_map(|point| {
            let value = first(point)?;
            let drop = value.drop?;
            Some((point.strength, value.value.value?, drop.value?, drop.interval))
        });
        // Of strengths that do as badly the mildest, which says from where on it is so.
        let from_none = |at: f64| (at - self.kind.none()).abs();
        let worst = fallen.max_by(|a, b| a.2.total_cmp(&b.2).then(from_none(b.0).total_cmp(&from_none(a.0))));
        let Some((at, value, drop, interval)) = worst else {
            return format!("{}: no strength could be measured.", self.kind.title());
        };
        let says = self.kind.says(at);
        let (kind, figure) = (self.kind.title(), self.title_of(figure));
        if drop <= 0.0 {
            return format!("{kind}: {figure} does not fall below the {base:.3} of the unchanged pictures.");
        }
        let sure = match interval {
            Some([low, high]) => format!(", 95 % interval of the fall {low:.3} to {high:.3}"),
            None => ", without an interval".to_owned(),
        };
        let tail = match interval {
            Some([low, _]) if low > 0.0 => "",
            Some(_) => "; that may be chance",
            None => "; the images are too few to tell whether that is chance",
        };
        format!("{kind}: {figure} falls most at {says}, from {base:.3} to {value:.3} (by {drop:.3}{sure}){tail}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(strength: f64, value: f64, drop: Option<(f64, Option<[f64; 2]>)>) -> RobustPoint {
        let estimate = |value, interval| Estimate { value: Some(value), interval, why: None };
        let drop = drop.map(|(value, interval)| estimate(value, interval));
        RobustPoint {
            strength,
            values: vec![RobustValue { figure: RobustFigure::Auroc, value: estimate(value, None), drop }],
            findings: Vec::new(),
        }
    }

    fn measured(points: Vec<RobustPoint>) -> Robustness {
        Robustness {
            kind: Perturbation::Noise,
            split: Split::Test,
            images: 40,
            groups: 40,
            left_out: 0,
            draws: 2000,
            seed: 1,
            finding: Some("fracture".into()),
            threshold: None,
            class_thresholds: NamedThresholds::new(),
            points,
            made_ms: 0,
        }
    }

    #[test]
    fn strengths_rise_and_leave_the_unchanged_picture_out() {
        for kind in Perturbation::ALL {
            assert!(kind.strengths().is_sorted() && kind.strengths().len() >= 5, "{kind:?}");
            assert!(!kind.strengths().contains(&kind.none()));
            assert_eq!(Perturbation::parse(kind.name()), Some(kind));
            assert_eq!(kind.says(kind.none()), "unchanged");
            assert_ne!(kind.says(kind.strengths()[0]), "unchanged");
        }
        assert_eq!(Perturbation::Window.says(-0.05), "-5 %");
        assert_eq!(Perturbation::parse("fog"), None);
    }

    #[test]
    fn the_verdict_names_the_largest_fall_and_whether_it_may_be_chance() {
        let base = point(0.0, 0.9, None);
        let worst = |low| point(0.2, 0.7, Some((0.2, Some([low, 0.3]))));
        let said = measured(vec![base.clone(), point(0.1, 0.85, Some((0.05, None))), worst(0.1)]).verdict();
        assert!(said.starts_with("Noise: AUROC falls most at sd 0.2, from 0.900 to 0.700 (by 0.200, 95 %"), "{said}");
        assert!(!said.contains("chance"), "{said}");
        assert!(measured(vec![base.clone(), worst(-0.1)]).verdict().contains("may be chance"));
        let better = point(0.2, 0.95, Some((-0.05, Some([-0.1, 0.0]))));
        assert!(measured(vec![base, better]).verdict().contains("does not fall"));
        assert_eq!(measured(Vec::new()).verdict(), "Noise: the unchanged pictures were not measured.");
    }

    #[test]
    fn the_verdict_names_the_mildest_of_equal_falls_and_the_figure_that_is_not_defined() {
        let fall = |at| point(at, 0.7, Some((0.2, None)));
        let said = measured(vec![point(0.0, 0.9, None), fall(0.1), fall(0.15), fall(0.2)]).verdict();
        assert!(said.starts_with("Noise: AUROC falls most at sd 0.1, from"), "{said}");
        let mut none = point(0.0, 0.0, None);
        none.values[0].value =
            Estimate { value: None, interval: None, why: Some("there is no image with the finding".into()) };
        let said = measured(vec![none, point(0.1, 0.7, None)]).verdict();
        assert!(said.starts_with("Noise: AUROC of the unchanged pictures is not defined (there is no image"), "{said}");
    }

    #[test]
    fn one_finding_stands_beside_the_mean_and_its_largest_fall_is_told() {
        let estimate = |value| Estimate { value: Some(value), interval: None, why: None };
        let with = |strength: f64, fall: f64| {
            let drop = (strength > 0.0).then(|| estimate(fall));
            let of = |finding: &str, base: f64| RobustFinding {
                finding: finding.into(),
                value: estimate(base - fall),
                drop: drop.clone(),
            };
            RobustPoint { findings: vec![of("Mass", 0.9), of("Nodule", 0.8)], ..point(strength, 0.85, None) }
        };
        let of = measured(vec![with(0.0, 0.0), with(0.1, 0.2), with(0.15, 0.2), with(0.2, 0.1)]);
        assert_eq!(of.findings(), ["Mass", "Nodule"]);
        let (at, worst) = of.worst_of("Nodule").unwrap();
        assert!((worst.value.value.unwrap() - 0.6).abs() < 1e-12 && at == 0.1, "the mildest of equal falls: {worst:?}");
        assert!(of.worst_of("Effusion").is_none());
        let beside = of.with_finding("Nodule");
        assert_eq!((beside.points[1].values.len(), beside.finding.as_deref()), (2, Some("Nodule")));
        assert_eq!(beside.points[1].values[1].value, of.points[1].findings[1].value);
        assert_eq!(beside.verdict(), of.verdict(), "which is about the mean");
        let titles = [RobustFigure::MacroAuroc, RobustFigure::Auroc].map(|figure| beside.title_of(figure));
        assert_eq!(titles, ["AUROC, mean of findings", "AUROC of Nodule"]);
        assert_eq!(measured(Vec::new()).title_of(RobustFigure::Auroc), "AUROC");
    }

    #[test]
    fn of_a_model_a_split_and_a_way_the_last_stands() {
        let mut list = Vec::new();
        let one = measured(vec![point(0.0, 0.9, None)]);
        keep(&mut list, ModelId(1), vec![one.clone(), Robustness { kind: Perturbation::Blur, ..one.clone() }]);
        keep(&mut list, ModelId(2), vec![one.clone()]);
        keep(&mut list, ModelId(1), vec![Robustness { images: 41, ..one.clone() }]);
        let said: Vec<_> = list.iter().map(|m| (m.model.0, m.robustness.kind.name(), m.robustness.images)).collect();
        assert_eq!(said, [(1, "blur", 40), (2, "noise", 40), (1, "noise", 41)]);
    }
}
