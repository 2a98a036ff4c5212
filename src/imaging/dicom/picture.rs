//! From stored values to a picture: greys with their meaning, palettes and colours (PS3.3 C.7.6.3, C.11.1, C.11.2).

use super::file::Dicom;
use super::frame::{Layout, Stored, Values};
use super::problem::DicomProblem;
use crate::imaging::decoded::{DecodedImage, Samples};
use crate::imaging::greyscale::{Curve, Greyscale, Measured, Modality, Preset, Shown, Table};
use dicom_core::header::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use std::sync::Arc;

impl Dicom<'_> {
    /// One frame, counted from 0, as a picture.
    ///
    /// # Errors
    /// As [`Dicom::stored`], and for colours of more than 16 bits or palettes that cannot be read.
    pub fn picture(&self, frame: usize) -> Result<DecodedImage, DicomProblem> {
        let layout = self.layout()?;
        let stored = self.stored(frame)?;
        let (width, height) = (stored.columns as u32, stored.rows as u32);
        let samples = if stored.samples == 3 {
            match stored.values {
                Values::U8(values) => Samples::Rgb8(values),
                Values::U16(values) => Samples::Rgb16(values),
                _ => return Err(DicomProblem::Unsupported("colours that are signed or of more than 16 bits".into())),
            }
        } else if layout.photometric == "PALETTE COLOR" {
            self.through_palette(stored)?
        } else {
            let (codes, first, step) = codes(&stored.values);
            let scale = Arc::new(self.greyscale(&layout, &codes, first, step));
            Samples::Measured(Measured { codes, scale })
        };
        let bits = if matches!(samples, Samples::Rgb8(_)) { 8 } else { layout.bits_stored.min(16) as u8 };
        Ok(DecodedImage { width, height, samples, bits, truncated: false, orientation: 1 })
    }

    fn greyscale(&self, layout: &Layout, codes: &[u16], first: f64, step: f64) -> Greyscale {
        let mut scale = Greyscale {
            first,
            step,
            modality: self.modality(layout.signed),
            presets: self.presets(layout.signed),
            curve: match self.text(tags::VOILUT_FUNCTION).as_deref() {
                Some("SIGMOID") => Curve::Sigmoid,
                Some("LINEAR_EXACT") => Curve::LinearExact,
                _ => Curve::Linear,
            },
            inverted: layout.photometric == "MONOCHROME1",
            padding: self.padding(layout),
            range: (0.0, 0.0),
            whole: (0.0, 1.0),
        };
        let mut used = vec![false; 1 << 16];
        codes.iter().for_each(|&code| used[usize::from(code)] = true);
        let values = (0..=u16::MAX).filter(|&code| used[usize::from(code)] && !scale.is_padding(code));
        let (low, high) = values
            .map(|code| scale.value(code))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low <= high {
            scale.range = (low, high);
        }
        let plain = scale.modality == Modality::Linear { slope: 1.0, intercept: 0.0 };
        scale.whole = if plain && layout.bits_stored == 8 && !layout.signed {
            (128.0, 256.0)
        } else {
            ((scale.range.0 + scale.range.1 + 1.0) / 2.0, scale.range.1 - scale.range.0 + 1.0)
        };
        scale
    }

    /// C.11.1: the table, or the straight line.
    fn modality(&self, signed: bool) -> Modality {
        if let Some((table, _)) = self.tables(tags::MODALITY_LUT_SEQUENCE, signed).into_iter().next() {
            return Modality::Table(table);
        }
        let number = |tag| self.numbers(tag).first().copied().filter(|value: &f64| value.is_finite());
        Modality::Linear {
            slope: number(tags::RESCALE_SLOPE).filter(|slope| *slope != 0.0).unwrap_or(1.0),
            intercept: number(tags::RESCALE_INTERCEPT).unwrap_or(0.0),
        }
    }

    /// C.11.2: tables first, then windows.
    fn presets(&self, signed: bool) -> Vec<Preset> {
        let mut presets = Vec::new();
        for (index, (mut table, top)) in self.tables(tags::VOILUT_SEQUENCE, signed).into_iter().enumerate() {
            table.outputs.iter_mut().for_each(|value| *value = (*value / top).clamp(0.0, 1.0));
            presets.push(Preset { name: format!("table {}", index + 1), shown: Shown::Table(table) });
        }
        let names = self.texts(tags::WINDOW_CENTER_WIDTH_EXPLANATION);
        let windows = self.numbers(tags::WINDOW_CENTER).into_iter().zip(self.numbers(tags::WINDOW_WIDTH));
        for (index, (centre, width)) in windows.enumerate() {
            if !centre.is_finite() || !width.is_finite() || width <= 0.0 {
                continue;
            }
            let own = names.get(index).filter(|name| !name.is_empty()).cloned();
            let name = own.unwrap_or_else(|| format!("window {}", index + 1));
            presets.push(Preset { name, shown: Shown::Window { centre, width } });
        }
        presets
    }

    /// C.7.5.1.1.2: one value or a range of them.
    fn padding(&self, layout: &Layout) -> Option<(f64, f64)> {
        let wrap = |value: f64| {
            let half = 2f64.powi(i32::from(layout.bits_allocated) - 1);
            if layout.signed && value >= half { value - 2.0 * half } else { value }
        };
        let one = wrap(*self.numbers(tags::PIXEL_PADDING_VALUE).first()?);
        let other = self.numbers(tags::PIXEL_PADDING_RANGE_LIMIT).first().map_or(one, |limit| wrap(*limit));
        Some((one.min(other), one.max(other)))
    }

    /// Look-up tables of a sequence, each with the largest output it can hold (C.11.1.1, C.11.2.1.1).
    fn tables(&self, sequence: Tag, signed: bool) -> Vec<(Table, f64)> {
        let items = self.header.element_opt(sequence).ok().flatten().and_then(|element| element.items());
        let read = |item: &InMemDicomObject| {
            let numbers = |tag| item.element_opt(tag).ok().flatten()?.to_multi_int::<i64>().ok();
            table(&numbers(tags::LUT_DESCRIPTOR)?, &numbers(tags::LUT_DATA)?, signed)
        };
        items.unwrap_or_default().iter().filter_map(read).collect()
    }

    /// Indices to colours (C.7.6.3.1.5), 8 bits each.
    fn through_palette(&self, stored: Stored) -> Result<Samples, DicomProblem> {
        let missing = || DicomProblem::Missing("a palette (segmented ones are not read)");
        let mut planes = Vec::new();
        for (descriptor, data) in [
            (tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA),
            (tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA),
            (tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA),
        ] {
            let numbers = |tag| self.header.element_opt(tag).ok().flatten()?.to_multi_int::<i64>().ok();
            let (descriptor, data) = (numbers(descriptor).ok_or_else(missing)?, numbers(data).ok_or_else(missing)?);
            planes.push(table(&descriptor, &data, false).ok_or_else(missing)?);
        }
        let indices: Vec<usize> = match stored.values {
            Values::U8(values) => values.into_iter().map(usize::from).collect(),
            Values::U16(values) => values.into_iter().map(usize::from).collect(),
            _ => return Err(DicomProblem::Unsupported("signed palette indices".into())),
        };
        let byte = |(table, top): &(Table, f64), index: usize| {
            let last = table.outputs.len().saturating_sub(1);
            let at = index.saturating_sub(table.first.max(0.0) as usize).min(last);
            let value = table.outputs.get(at).copied().unwrap_or(0.0);
            // The high byte, as viewers of 8 bits do.
            if *top > 255.0 { (value / 256.0).floor() as u8 } else { value as u8 }
        };
        Ok(Samples::Rgb8(
            indices
                .into_iter()
                .flat_map(|index| [0, 1, 2].map(|c| planes.get(c).map_or(0, |t| byte(t, index))))
                .collect(),
        ))
    }

    /// All of an attribute's values as numbers; empty where it is absent or makes no sense.
    pub(super) fn numbers(&self, tag: Tag) -> Vec<f64> {
        let element = self.header.element_opt(tag).ok().flatten();
        element.and_then(|element| element.to_multi_float64().ok()).unwrap_or_default()
    }

    fn texts(&self, tag: Tag) -> Vec<String> {
        let element = self.header.element_opt(tag).ok().flatten();
        let text = element.and_then(|element| element.to_str().ok());
        text.map(|text| text.split('\\').map(|part| part.trim().to_owned()).collect()).unwrap_or_default()
    }
}

/// A table by its descriptor (entries, first input, bits an entry) and its data; `None` where they do not fit.
fn table(descriptor: &[i64], data: &[i64], signed: bool) -> Option<(Table, f64)> {
    let &[entries, first, bits] = descriptor.first_chunk::<3>()?;
    // 65,536 does not fit its 16 bits (C.11.1.1).
    let entries = if entries & 0xFFFF == 0 { 1 << 16 } else { (entries & 0xFFFF) as usize };
    let first = if signed { i64::from(first as i16) } else { i64::from(first as u16) };
    let mut outputs: Vec<f64> = data.iter().map(|&value| (value & 0xFFFF) as f64).collect();
    if bits <= 8 && data.len() * 2 == entries + entries % 2 {
        // Two entries in each word, the lower byte first.
        outputs = data.iter().flat_map(|&value| [(value & 0xFF) as f64, (value >> 8 & 0xFF) as f64]).collect();
    } else if bits > 8 && data.len() == entries * 2 {
        outputs = data.as_chunks::<2>().0.iter().map(|[low, high]| (low & 0xFF | (high & 0xFF) << 8) as f64).collect();
    }
    outputs.truncate(entries);
    let top = 2f64.powi(bits.clamp(1, 16) as i32) - 1.0;
    (outputs.len() == entries).then_some((Table { first: first as f64, outputs }, top))
}

/// Codes of 16 bits with the stored value of code 0 and the step between codes.
fn codes(values: &Values) -> (Vec<u16>, f64, f64) {
    match values {
        Values::U8(v) => (v.iter().map(|&v| v.into()).collect(), 0.0, 1.0),
        Values::I8(v) => (v.iter().map(|&v| (i16::from(v) + 128).cast_unsigned()).collect(), -128.0, 1.0),
        Values::U16(v) => (v.clone(), 0.0, 1.0),
        Values::I16(v) => (v.iter().map(|&v| (i32::from(v) + 32_768) as u16).collect(), -32_768.0, 1.0),
        Values::U32(v) => spread(v.iter().map(|&v| v.into()), true),
        Values::I32(v) => spread(v.iter().map(|&v| v.into()), true),
        Values::F32(v) => spread(v.iter().map(|&v| v.into()), false),
        Values::F64(v) => spread(v.iter().copied(), false),
    }
}

/// Values spread over 65,536 codes from the smallest to the largest; what is no number becomes the smallest.
fn spread(values: impl Iterator<Item = f64> + Clone, whole: bool) -> (Vec<u16>, f64, f64) {
    let finite = values.clone().filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return (values.map(|_| 0).collect(), 0.0, 1.0);
    }
    let span = high - low;
    let step = if span == 0.0 || (whole && span <= 65_535.0) { 1.0 } else { span / 65_535.0 };
    (values.map(|value| ((value - low) / step).round() as u16).collect(), low, step)
}
