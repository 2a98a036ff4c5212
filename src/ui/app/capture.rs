//! A part of the window as pixels: it is painted once without the menu that asked for it, then taken from the screen.

use crate::session::{Drawn, DrawnForm};
use egui::{ColorImage, Context, Rect, ScreenshotCallback, ViewportCommand};
use std::sync::{Arc, Mutex, PoisonError};

/// Frames until the menu is gone.
const FRAMES: usize = 2;
/// After so many more without an answer there is none to come.
const PATIENCE: usize = 600;

/// A part of the window that is being taken.
pub(super) struct Capture {
    name: String,
    /// In points.
    area: Rect,
    frames: usize,
    image: Arc<Mutex<Option<Arc<ColorImage>>>>,
}

/// What became of it in this frame.
pub(super) enum Taken {
    Waiting(Capture),
    Done(Drawn),
    /// The screen gave nothing.
    Failed,
}

impl Capture {
    pub fn new(name: String, area: Rect) -> Self {
        Self { name, area, frames: 0, image: Arc::default() }
    }

    /// To be called once a frame, after all was painted.
    pub fn step(mut self, ctx: &Context) -> Taken {
        let image = self.image.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(image) = image {
            return match part(&image, self.area, ctx.pixels_per_point()) {
                Some(form) => Taken::Done(Drawn { name: self.name, form }),
                None => Taken::Failed,
            };
        }
        self.frames += 1;
        if self.frames == FRAMES {
            let (to, own) = (Arc::clone(&self.image), ctx.clone());
            let callback = ScreenshotCallback::new(move |image| {
                *to.lock().unwrap_or_else(PoisonError::into_inner) = Some(image);
                own.request_repaint();
            });
            ctx.send_viewport_cmd(ViewportCommand::Screenshot(callback));
        }
        if self.frames > FRAMES + PATIENCE {
            return Taken::Failed;
        }
        ctx.request_repaint();
        Taken::Waiting(self)
    }
}

/// The pixels of an area, which is in points, as far as they are on the screen.
fn part(image: &ColorImage, area: Rect, pixels_per_point: f32) -> Option<DrawnForm> {
    let [wide, tall] = image.size;
    let pixel = |points: f32, most: usize| ((points * pixels_per_point).round().max(0.0) as usize).min(most);
    let (left, right) = (pixel(area.left(), wide), pixel(area.right(), wide));
    let (top, bottom) = (pixel(area.top(), tall), pixel(area.bottom(), tall));
    let mut rgba = Vec::with_capacity(4 * (right - left.min(right)) * (bottom - top.min(bottom)));
    for row in top..bottom {
        let pixels = image.pixels.get(row * wide + left..row * wide + right)?;
        rgba.extend(pixels.iter().flat_map(|pixel| pixel.to_array()));
    }
    let (width, height) =
        (u32::try_from(right.checked_sub(left)?).ok()?, u32::try_from(bottom.checked_sub(top)?).ok()?);
    (width > 0 && height > 0).then(|| DrawnForm::Pixels { width, height, rgba: rgba.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    #[test]
    fn a_part_is_cut_out_in_pixels_and_ends_at_the_screens_edge() {
        let rgba: Vec<u8> = (0..6u8).flat_map(|gray| [gray, gray, gray, 255]).collect();
        let image = ColorImage::from_rgba_unmultiplied([3, 2], &rgba);
        let of = |from: [f32; 2], to: [f32; 2], scale| match part(
            &image,
            Rect::from_min_max(pos2(from[0], from[1]), pos2(to[0], to[1])),
            scale,
        ) {
            Some(DrawnForm::Pixels { width, height, rgba }) => {
                Some((width, height, rgba.chunks(4).map(|pixel| pixel[0]).collect::<Vec<u8>>()))
            }
            _ => None,
        };
        assert_eq!(of([1.0, 0.0], [3.0, 2.0], 1.0), Some((2, 2, vec![1, 2, 4, 5])));
        assert_eq!(of([0.0, 0.5], [9.0, 9.0], 2.0), Some((3, 1, vec![3, 4, 5])));
        assert_eq!(of([5.0, 0.0], [9.0, 2.0], 1.0), None);
    }
}
