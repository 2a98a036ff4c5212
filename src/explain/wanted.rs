//! The box that is to be explained, as the network has it.

use crate::domain::Rect;
use crate::imaging::preprocess;
use crate::inference::{Detector, Examined, ModelError};
use crate::models::faster_rcnn::Detection;

/// Boxes of a class that overlap by this much (intersection over union) are one and the same, but for rounding.
const SAME: f64 = 0.99;

/// A box in pixels of the network's input.
pub(super) struct Wanted<'f> {
    pub class: usize,
    /// `xmin ymin xmax ymax`.
    pub rect: [f32; 4],
    /// What was found that is this box; `None` for one that a reader drew, or that was fused of several looks.
    pub found: Option<&'f Detection>,
}

impl<'f> Wanted<'f> {
    /// A box of a class, given in pixels of the picture that was examined.
    ///
    /// # Errors
    /// When there is no such class, or none of the box is in what the model sees.
    pub fn new(detector: &Detector, examined: &'f Examined, class: usize, rect: &Rect) -> Result<Self, ModelError> {
        let classes = detector.card().classes.len();
        if class >= classes {
            return Err(ModelError::NoSuchClass { class, classes });
        }
        // Clipping would make something of a box with undefined edges.
        if rect.area() <= 0.0 {
            return Err(ModelError::OutsideInput);
        }
        let of_class = examined.found.iter().filter(|(_, one)| one.class == class);
        let same = of_class.map(|(found, one)| (found, one.rect.iou(rect))).filter(|(_, iou)| *iou >= SAME);
        if let Some((found, _)) = same.max_by(|a, b| a.1.total_cmp(&b.1)) {
            return Ok(Self { class, rect: found.rect, found: Some(found) });
        }
        let p = &detector.card().preprocessing;
        let on_input = preprocess::onto_input(rect, examined.width, examined.height, p);
        let seen = on_input.clipped(p.width as f64, p.height as f64).ok_or(ModelError::OutsideInput)?;
        let rect = [seen.xmin, seen.ymin, seen.xmax, seen.ymax].map(|edge| edge as f32);
        Ok(Self { class, rect, found: None })
    }
}
