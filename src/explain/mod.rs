//! Maps of where in a picture a model's answer comes from.

mod box_cam;
mod d_rise;
mod grad_cam;
mod wanted;

pub use box_cam::{BoxMap, grad_cam_box};
pub use d_rise::{Masks, d_rise};
pub use grad_cam::grad_cam;

/// How a map is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization".
    #[default]
    GradCam,
    /// Petsiuk et al. 2021, "Black-box Explanation of Object Detectors via Saliency Maps"; of boxes only.
    DRise,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 2] = [Self::GradCam, Self::DRise];

    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::GradCam => "grad-cam",
            Self::DRise => "d-rise",
        }
    }
}

/// No method of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no method {0:?} to explain with: use grad-cam or d-rise")]
pub struct UnknownMethod(pub String);

impl std::str::FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        let wanted = name.trim().to_lowercase();
        Self::ALL.into_iter().find(|method| method.name() == wanted).ok_or_else(|| UnknownMethod(name.to_owned()))
    }
}

#[cfg(test)]
mod box_tests;
#[cfg(test)]
mod tests;
