//! What three components of a pixel mean, and the way from luminance and differences to red, green and blue (PS3.3
//! C.7.6.3.1.2). A codestream that says what it holds is believed before the header.

use super::frame::{Layout, Values};
use crate::imaging::codecs::Told;
use crate::imaging::remarks::Remarks;

/// What three components are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    Rgb,
    /// Luminance and differences over the full range.
    Full,
    /// The same over the range of studio video, 16 to 235 and 240.
    Partial,
}

/// What the components of a frame are.
pub(super) fn space(told: Told, layout: &Layout, remarks: &mut Remarks) -> Space {
    let header = match layout.photometric.as_str() {
        "RGB" => Some(Space::Rgb),
        "YBR_FULL" | "YBR_FULL_422" => Some(Space::Full),
        "YBR_PARTIAL_422" | "YBR_PARTIAL_420" => Some(Space::Partial),
        // What the stream's own transform leaves; without it nothing is left to do.
        "YBR_RCT" | "YBR_ICT" => Some(Space::Rgb),
        _ => None,
    };
    let transformed = layout.photometric.starts_with("YBR_") && header == Some(Space::Rgb);
    match (told, header) {
        (Told::Nothing, Some(header)) => header,
        (Told::Nothing, None) => {
            remarks.say("PhotometricInterpretation does not fit three colours: they are taken for red, green and blue");
            Space::Rgb
        }
        (Told::Rgb, Some(Space::Rgb)) => Space::Rgb,
        (Told::Rgb, _) => {
            remarks.say(
                "PhotometricInterpretation says luminance and differences, the compressed pictures red, green and blue: \
                 they are shown as the compressed pictures say",
            );
            Space::Rgb
        }
        (Told::Differences, Some(space @ (Space::Full | Space::Partial))) => space,
        (Told::Differences, _) => {
            if !transformed {
                remarks.say(
                    "PhotometricInterpretation says red, green and blue, the compressed pictures luminance and \
                     differences: they are shown as the compressed pictures say",
                );
            }
            Space::Full
        }
    }
}

/// Makes red, green and blue of three components of 8 or 16 bits each, of which `bits` are used.
pub(super) fn to_rgb(values: &mut Values, space: Space, bits: u16, remarks: &mut Remarks) {
    match (space, values) {
        (Space::Rgb, _) => {}
        (_, Values::U8(values)) => converted(values, space, bits, |value| value as u8),
        (_, Values::U16(values)) => converted(values, space, bits, |value| value as u16),
        _ => remarks
            .say("luminance and differences of this kind are not turned into colours: they are shown as they are"),
    }
}

fn converted<T: Copy + Into<f64>>(values: &mut [T], space: Space, bits: u16, from: fn(f64) -> T) {
    let top = 2f64.powi(i32::from(bits)) - 1.0;
    let half = 2f64.powi(i32::from(bits) - 1);
    // The matrix of ITU-R BT.601; the smaller range of Rec. 601-2 is spread to the full one.
    let (low, gain, difference) = match space {
        Space::Partial => (half / 8.0, 255.0 / 219.0, 255.0 / 224.0),
        Space::Rgb | Space::Full => (0.0, 1.0, 1.0),
    };
    for pixel in values.as_chunks_mut::<3>().0 {
        let [y, cb, cr] = pixel.map(Into::into);
        let (y, cb, cr) = ((y - low) * gain, (cb - half) * difference, (cr - half) * difference);
        let shown = [y + 1.402 * cr, y - 0.344_136_286 * cb - 0.714_136_286 * cr, y + 1.772 * cb];
        *pixel = shown.map(|value| from((value + 0.5).floor().clamp(0.0, top)));
    }
}
