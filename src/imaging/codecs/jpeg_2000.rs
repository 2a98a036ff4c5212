//! JPEG 2000 (ISO/IEC 15444-1) by `hayro-jpeg2000`, at the codestream's own precision.

use super::{CodecError, Coded, Told};
use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Decodes one frame; its size is checked against the data set's before any pixel is decoded.
pub fn decode(data: &[u8], columns: usize, rows: usize) -> Result<Coded, CodecError> {
    let damaged = |why: String| CodecError::Damaged(format!("its JPEG 2000 codestream cannot be decoded ({why})"));
    let settings = DecodeSettings { resolve_palette_indices: false, strict: false, target_resolution: None };
    // A stray byte before the codestream is seen in the wild; so are JP2 boxes, which the standard forbids.
    let start = data.windows(4).take(64).position(|four| four == [0xFF, 0x4F, 0xFF, 0x51] || four == *b"jP  ");
    let start = match start {
        Some(at) if data.get(at..at + 4) == Some(b"jP  ") => at.saturating_sub(4),
        Some(at) => at,
        None => return Err(damaged("it does not begin as one".into())),
    };
    let data = data.get(start..).unwrap_or_default();
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let image = Image::new(data, &settings).map_err(|error| damaged(error.to_string()))?;
        if (image.width() as usize, image.height() as usize) != (columns, rows) {
            return Err(damaged(format!(
                "it has {} x {} pixels, the header {columns} x {rows}",
                image.width(),
                image.height()
            )));
        }
        let mut context = DecoderContext::default();
        let decoded = image.decode(&mut context).map_err(|error| damaged(error.to_string()))?;
        let told = if is_transformed(data) { Told::Rgb } else { Told::Nothing };
        collect(decoded.components(), columns * rows, is_signed(data), told)
            .ok_or_else(|| damaged("it lacks pixels".into()))
    }));
    decoded.unwrap_or_else(|_| Err(damaged("its decoder gave up".into())))
}

fn collect(components: &[hayro_jpeg2000::ComponentData], pixels: usize, signed: bool, told: Told) -> Option<Coded> {
    let (count, precision) = (components.len(), components.first()?.bit_depth());
    let mut samples = vec![0u32; pixels * count];
    for (index, component) in components.iter().enumerate() {
        let values = component.samples().get(..pixels)?;
        let top = 2f32.powi(component.bit_depth().into()) - 1.0;
        // The decoder adds half the range whether the component is signed or not.
        let half = if signed { 1i32 << (component.bit_depth() - 1) } else { 0 };
        for (target, value) in samples.iter_mut().skip(index).step_by(count).zip(values) {
            *target = (value.round_ties_even().clamp(0.0, top) as i32 - half).cast_unsigned();
        }
    }
    Some(Coded { samples, channels: count, precision, told })
}

/// Whether the first component is signed: the top bit of Ssiz in the SIZ marker segment (A.5.1), 42 bytes after the
/// start of the codestream.
fn is_signed(data: &[u8]) -> bool {
    let start = data.windows(4).position(|four| four == [0xFF, 0x4F, 0xFF, 0x51]);
    start.and_then(|at| data.get(at + 42)).is_some_and(|ssiz| ssiz & 0x80 != 0)
}

/// Whether the codestream transforms its first three components to be red, green and blue: the last byte of SGcod in
/// the COD marker segment (A.6.1).
fn is_transformed(data: &[u8]) -> bool {
    let Some(start) = data.windows(4).position(|four| four == [0xFF, 0x4F, 0xFF, 0x51]) else { return false };
    let mut at = start + 2;
    // Marker segments of the main header, which ends where the first tile-part begins.
    while let Some(&[0xFF, marker, high, low]) = data.get(at..at + 4).and_then(|four| four.first_chunk::<4>()) {
        match marker {
            0x52 => return data.get(at + 8).is_some_and(|transform| *transform != 0),
            0x90 => return false,
            _ => at += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
    false
}
