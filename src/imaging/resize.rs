//! Antialiased resizing: a filter widened by the ratio when shrinking, as Pillow and torchvision's `antialias=True` do; a
//! triangle (their BILINEAR) unless a model asks for another.

use super::eight_bit_resize;
use crate::domain::recipe::Interpolation;
use crate::machine::Vectors;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{F32, U8, U8x3};
use fast_image_resize::{CpuExtensions, FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

/// Part of a picture in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

/// Resizes one plane of `from.0 * from.1` samples of 0..1, the whole of it or a part, to `to.0` columns and `to.1` rows.
/// Where a filter overshoots, the value is cut to 0..1.
pub fn plane(
    samples: &[f32],
    from: (u32, u32),
    part: Option<Part>,
    to: (u32, u32),
    interpolation: Interpolation,
) -> Vec<f32> {
    if part.is_none() && from == to {
        return samples.to_vec();
    }
    let pixels: Vec<F32> = samples.iter().copied().map(F32::new).collect();
    let scaled = resized_by(&pixels, from, part, algorithm(interpolation), to);
    scaled.iter().map(|pixel| pixel.0.clamp(0.0, 1.0)).collect()
}

/// As [`plane`], in 256 values all the way: before, between the two passes of a filter, and after, as Pillow does.
pub fn rounded_plane(
    samples: &[f32],
    from: (u32, u32),
    part: Option<Part>,
    to: (u32, u32),
    interpolation: Interpolation,
) -> Vec<f32> {
    let rounded: Vec<u8> = samples.iter().map(|value| (value * 255.0).round() as u8).collect();
    let scaled = eight_bit_resize::resized(&rounded, from, part, to, interpolation).unwrap_or_else(|| {
        let pixels: Vec<U8> = rounded.iter().copied().map(U8::new).collect();
        resized_by(&pixels, from, part, algorithm(interpolation), to).iter().map(|pixel| pixel.0).collect()
    });
    scaled.iter().map(|value| f32::from(*value) / 255.0).collect()
}

fn algorithm(interpolation: Interpolation) -> ResizeAlg {
    match interpolation {
        Interpolation::Nearest => ResizeAlg::Nearest,
        Interpolation::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
        Interpolation::Bicubic => ResizeAlg::Convolution(FilterType::CatmullRom),
        Interpolation::Lanczos => ResizeAlg::Convolution(FilterType::Lanczos3),
    }
}

/// Resizes 8-bit grey samples with a windowed sinc of three lobes, as Pillow's LANCZOS does.
pub fn gray8_lanczos(samples: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let pixels: Vec<U8> = samples.iter().copied().map(U8::new).collect();
    resized(&pixels, from, None, FilterType::Lanczos3, to).iter().map(|pixel| pixel.0).collect()
}

/// Resizes 8-bit grey samples.
pub fn gray8(samples: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let pixels: Vec<U8> = samples.iter().copied().map(U8::new).collect();
    resized(&pixels, from, None, FilterType::Bilinear, to).iter().map(|pixel| pixel.0).collect()
}

/// Resizes interleaved 8-bit colours.
pub fn rgb8(samples: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let pixels: Vec<U8x3> = samples.as_chunks::<3>().0.iter().copied().map(U8x3::new).collect();
    resized(&pixels, from, None, FilterType::Bilinear, to).iter().flat_map(|pixel| pixel.0).collect()
}

/// A resizer that uses no more vector instructions than are asked for.
#[allow(unsafe_code, reason = "the only way to ask the resizer for no vector instructions")]
fn resizer() -> Resizer {
    let mut resizer = Resizer::new();
    if Vectors::in_use() == Vectors::None {
        // SAFETY: a processor that lacks an instruction is what the function warns of; none is asked for here.
        unsafe { resizer.set_cpu_extensions(CpuExtensions::None) };
    }
    resizer
}

fn resized<P: PixelTrait>(
    pixels: &[P],
    from: (u32, u32),
    part: Option<Part>,
    filter: FilterType,
    to: (u32, u32),
) -> Vec<P> {
    resized_by(pixels, from, part, ResizeAlg::Convolution(filter), to)
}

/// The resized pixels; zeros if the sizes do not fit the samples, which a [`super::DecodedImage`] rules out.
fn resized_by<P: PixelTrait>(
    pixels: &[P],
    from: (u32, u32),
    part: Option<Part>,
    algorithm: ResizeAlg,
    to: (u32, u32),
) -> Vec<P> {
    let mut options = ResizeOptions::new().resize_alg(algorithm).use_alpha(false);
    if let Some(part) = part {
        options = options.crop(part.left, part.top, part.width, part.height);
    }
    let mut out = TypedImage::<P>::new(to.0, to.1);
    match TypedImageRef::new(from.0, from.1, pixels) {
        Ok(source) => {
            if let Err(error) = resizer().resize_typed(&source, &mut out, &options) {
                tracing::error!(%error, ?from, ?to, "a picture could not be resized");
            }
        }
        Err(error) => tracing::error!(%error, ?from, "a picture's samples do not fit its size"),
    }
    out.pixels().to_vec()
}
