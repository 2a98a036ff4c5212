//! How a map of where in a picture a model's answer comes from can be made.

use serde::{Deserialize, Serialize};

/// How a heat map is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MapMethod {
    /// Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization".
    #[default]
    GradCam,
    /// Chattopadhay et al. 2018, "Grad-CAM++: Generalized Gradient-based Visual Explanations for Deep Convolutional
    /// Networks".
    #[serde(rename = "grad-cam++")]
    GradCamPlusPlus,
    /// Draelos and Carin 2020, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks".
    #[serde(rename = "hires-cam")]
    HiResCam,
    /// Muhammad and Yeasin 2020, "Eigen-CAM: Class Activation Map using Principal Components"; of no class.
    EigenCam,
    /// Wang et al. 2020, "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks".
    ScoreCam,
    /// Simonyan et al. 2014, "Deep Inside Convolutional Networks", section 3: also called saliency.
    Gradient,
    /// Smilkov et al. 2017, "SmoothGrad: removing noise by adding noise".
    SmoothGrad,
    /// Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks".
    IntegratedGradients,
    /// Selvaraju et al. 2017, section 3.2, with the guided backpropagation of Springenberg et al. 2015.
    GuidedGradCam,
    /// Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2.
    Occlusion,
    /// Petsiuk et al. 2018, "RISE: Randomized Input Sampling for Explanation of Black-box Models".
    Rise,
    /// Petsiuk et al. 2021, "Black-box Explanation of Object Detectors via Saliency Maps"; of boxes only.
    DRise,
}

impl MapMethod {
    /// Every method.
    pub const ALL: [Self; 12] = [
        Self::GradCam,
        Self::GradCamPlusPlus,
        Self::HiResCam,
        Self::EigenCam,
        Self::ScoreCam,
        Self::Gradient,
        Self::SmoothGrad,
        Self::IntegratedGradients,
        Self::GuidedGradCam,
        Self::Occlusion,
        Self::Rise,
        Self::DRise,
    ];

    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::GradCam => "grad-cam",
            Self::GradCamPlusPlus => "grad-cam++",
            Self::HiResCam => "hires-cam",
            Self::EigenCam => "eigen-cam",
            Self::ScoreCam => "score-cam",
            Self::Gradient => "gradient",
            Self::SmoothGrad => "smooth-grad",
            Self::IntegratedGradients => "integrated-gradients",
            Self::GuidedGradCam => "guided-grad-cam",
            Self::Occlusion => "occlusion",
            Self::Rise => "rise",
            Self::DRise => "d-rise",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::GradCam => "Grad-CAM",
            Self::GradCamPlusPlus => "Grad-CAM++",
            Self::HiResCam => "HiResCAM",
            Self::EigenCam => "Eigen-CAM",
            Self::ScoreCam => "Score-CAM",
            Self::Gradient => "Gradient",
            Self::SmoothGrad => "SmoothGrad",
            Self::IntegratedGradients => "Integrated gradients",
            Self::GuidedGradCam => "Guided Grad-CAM",
            Self::Occlusion => "Occlusion",
            Self::Rise => "RISE",
            Self::DRise => "D-RISE",
        }
    }

    /// What a reader should know of it, one short sentence.
    pub fn says(self) -> &'static str {
        match self {
            Self::GradCam => "Which places of a layer speak for the class, on that layer's grid.",
            Self::GradCamPlusPlus => "As Grad-CAM, with more weight on the places that raise the class most.",
            Self::HiResCam => "As Grad-CAM, place by place: exactly what a last layer of means adds up.",
            Self::EigenCam => "What stands out most in a layer, of whatever class.",
            Self::ScoreCam => "Each channel weighed by the answer to the picture seen through it. Slow.",
            Self::Gradient => "Which pixels would change the answer most if they changed a little.",
            Self::SmoothGrad => "The mean gradient of 50 noisy copies of the picture.",
            Self::IntegratedGradients => {
                "What each pixel adds to the answer or takes from it, on the way from a black picture."
            }
            Self::GuidedGradCam => "Grad-CAM with the fine lines of guided backpropagation.",
            Self::Occlusion => "How much the answer falls, or rises, when a grey patch hides a place.",
            Self::Rise => "How sure the answer is when a place is seen, over random masks. Slow.",
            Self::DRise => "How much of the box is left when a place is seen, over random masks. Slow.",
        }
    }

    /// Whether it explains why a whole image is of a class.
    pub fn explains_images(self) -> bool {
        self != Self::DRise
    }

    /// Whether it explains a box that a model draws.
    pub fn explains_boxes(self) -> bool {
        matches!(self, Self::GradCam | Self::GradCamPlusPlus | Self::HiResCam | Self::DRise)
    }

    /// The methods that explain boxes, or else whole images.
    pub fn that_fit(boxes: bool) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |method| if boxes { method.explains_boxes() } else { method.explains_images() })
    }

    /// Whether its maps have places that speak against the class, below zero.
    pub fn is_signed(self) -> bool {
        matches!(self, Self::IntegratedGradients | Self::Occlusion)
    }

    /// Whether it is made of the activations of a layer that can be chosen.
    pub fn has_layers(self) -> bool {
        match self {
            Self::GradCam
            | Self::GradCamPlusPlus
            | Self::HiResCam
            | Self::EigenCam
            | Self::ScoreCam
            | Self::GuidedGradCam => true,
            Self::Gradient
            | Self::SmoothGrad
            | Self::IntegratedGradients
            | Self::Occlusion
            | Self::Rise
            | Self::DRise => false,
        }
    }

    /// Whether masks are drawn at random, as many as one likes.
    pub fn has_masks(self) -> bool {
        matches!(self, Self::Rise | Self::DRise)
    }
}

/// The methods that a person chose: models that give whole images a class and models that draw boxes have their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MapMethods {
    pub images: MapMethod,
    pub boxes: MapMethod,
}

impl MapMethods {
    /// The method for models that draw boxes, or else for those that give images a class.
    pub fn of(self, boxes: bool) -> MapMethod {
        if boxes { self.boxes } else { self.images }
    }

    /// The same with another method for one of both; one that does not fit leaves them as they are.
    pub fn with(self, boxes: bool, method: MapMethod) -> Self {
        match boxes {
            true if method.explains_boxes() => Self { boxes: method, ..self },
            false if method.explains_images() => Self { images: method, ..self },
            true | false => self,
        }
    }
}

/// No method of that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMethod(pub String);

impl std::fmt::Display for UnknownMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no method {:?} to explain with: use {}", self.0, listed(MapMethod::ALL, "or"))
    }
}

impl std::error::Error for UnknownMethod {}

/// The names of methods as a sentence has them: `a, b or c`.
pub fn listed(methods: impl IntoIterator<Item = MapMethod>, word: &str) -> String {
    let names: Vec<&str> = methods.into_iter().map(MapMethod::name).collect();
    match names.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} {word} {last}", before.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => String::new(),
    }
}

impl std::str::FromStr for MapMethod {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        let wanted = name.trim().to_lowercase();
        Self::ALL.into_iter().find(|method| method.name() == wanted).ok_or_else(|| UnknownMethod(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_found_by_name_and_an_unknown_one_lists_them() {
        for method in MapMethod::ALL {
            assert_eq!(method.name().to_uppercase().parse(), Ok(method));
        }
        let said = "lime".parse::<MapMethod>().unwrap_err().to_string();
        assert!(said.contains("use grad-cam, grad-cam++, ") && said.ends_with(" rise or d-rise"), "{said}");
        assert_eq!(listed(MapMethod::that_fit(true), "and"), "grad-cam, grad-cam++, hires-cam and d-rise");
        assert!(!listed(MapMethod::that_fit(false), "or").contains("d-rise"));
    }
}
