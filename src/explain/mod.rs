//! Maps of where in a picture a model's answer comes from.

mod grad_cam;

use crate::domain::HeatMap;
use crate::imaging::DecodedImage;
use crate::inference::{Classifier, ModelError};

pub use grad_cam::grad_cam;

/// How a map is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization".
    #[default]
    GradCam,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 1] = [Self::GradCam];

    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::GradCam => "grad-cam",
        }
    }
}

/// No method of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no method {0:?} to explain with: use grad-cam")]
pub struct UnknownMethod(pub String);

impl std::str::FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        let wanted = name.trim().to_lowercase();
        Self::ALL.into_iter().find(|method| method.name() == wanted).ok_or_else(|| UnknownMethod(name.to_owned()))
    }
}

/// The map of a class for one picture by the given method.
pub fn explain(
    method: Method,
    classifier: &Classifier,
    image: &DecodedImage,
    class: usize,
) -> Result<HeatMap, ModelError> {
    match method {
        Method::GradCam => grad_cam(classifier, image, class),
    }
}

#[cfg(test)]
mod tests;
