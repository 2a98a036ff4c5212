//! How images are displayed, where a person changed it, and the heat map over them.

use super::geometry::QuarterTurns;
use crate::domain::{ImageId, Voi};
use crate::session::PictureRequest;

/// How one image is displayed, where a person changed it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Display {
    pub voi: Voi,
    pub invert: bool,
    pub turn: QuarterTurns,
}

impl Display {
    /// The picture of an image displayed so, its longer side at most so many pixels.
    pub fn request(self, image: ImageId, side: usize) -> PictureRequest {
        PictureRequest { image, voi: self.voi, invert: self.invert, side }
    }
}

/// The heat map overlay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heat {
    pub shown: bool,
    /// The class it explains; `None` follows the model's own.
    pub class: Option<usize>,
    /// 0 to 1.
    pub opacity: f32,
}

impl Default for Heat {
    fn default() -> Self {
        Self { shown: false, class: None, opacity: 0.6 }
    }
}
