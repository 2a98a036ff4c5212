//! How a header says that greys are to be seen: modality and VOI look-up tables, windows and their function, polarity,
//! padding (PS3.3 C.7.5.1.1.2, C.11.1, C.11.2, C.11.6). A frame's own functional groups come before the shared ones,
//! and those before the top of the data set (C.7.6.16.2).

use super::attributes::{FrameHeader, items, number, numbers, said, text, texts};
use super::file::Dicom;
use super::frame::Layout;
use crate::imaging::greyscale::{Curve, Modality, Preset, Table, VoiTransform};
use crate::imaging::remarks::Remarks;
use dicom_core::VR;
use dicom_core::header::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

/// A look-up table as it is written: which input is its first is only known once the inputs are.
pub(super) struct Written {
    outputs: Vec<f64>,
    /// The first input's 16 bits.
    first: u16,
    /// They are marked as signed.
    signed: bool,
    /// The largest output that its entries can have.
    pub top: f64,
}

impl Written {
    /// The largest output there is.
    pub fn largest(&self) -> f64 {
        self.outputs.iter().copied().fold(0.0, f64::max)
    }

    /// The table with its first input read as signed or not: as most of the inputs from `low` to `high` lie within it,
    /// else as `signed` says (C.11.1.1, C.11.2.1.1).
    pub fn table(&self, signed: bool, (low, high): (f64, f64)) -> Table {
        let length = self.outputs.len() as f64;
        let within = |first: f64| (high.min(first + length - 1.0) - low.max(first) + 1.0).max(0.0);
        let (negative, positive) = (f64::from(self.first.cast_signed()), f64::from(self.first));
        let first = match within(negative).total_cmp(&within(positive)) {
            std::cmp::Ordering::Greater => negative,
            std::cmp::Ordering::Less => positive,
            std::cmp::Ordering::Equal if signed || self.signed => negative,
            std::cmp::Ordering::Equal => positive,
        };
        Table { first, outputs: self.outputs.clone() }
    }
}

/// Tables of a sequence's items.
fn tables(place: &InMemDicomObject, sequence: Tag, remarks: &mut Remarks) -> Vec<Written> {
    let mut out = Vec::new();
    for item in items(place, sequence) {
        match table(item, tags::LUT_DESCRIPTOR, tags::LUT_DATA, remarks) {
            Some(table) => out.push(table),
            None => remarks.say("a look-up table does not fit its descriptor: it is not used"),
        }
    }
    out
}

/// A table by its descriptor (entries, first input, bits an entry) and its data; `None` where they do not fit.
pub(super) fn table(object: &InMemDicomObject, descriptor: Tag, data: Tag, remarks: &mut Remarks) -> Option<Written> {
    let palette = data != tags::LUT_DATA;
    let descriptor = said(object, descriptor)?;
    let data = said(object, data)?.to_multi_int::<i64>().ok()?;
    let numbers = descriptor.to_multi_int::<i64>().ok()?;
    let &[entries, first, bits] = numbers.first_chunk::<3>()?;
    let entries = stated_entries(entries);
    let mut outputs: Vec<f64> = data.iter().map(|&value| (value & 0xFFFF) as f64).collect();
    if (bits <= 8 || palette) && data.len() * 2 == entries + entries % 2 {
        // Two entries in each word, the lower byte first.
        outputs = data.iter().flat_map(|&value| [(value & 0xFF) as f64, (value >> 8 & 0xFF) as f64]).collect();
    } else if bits > 8 && data.len() == entries * 2 {
        outputs = data.as_chunks::<2>().0.iter().map(|[low, high]| (low & 0xFF | (high & 0xFF) << 8) as f64).collect();
    }
    outputs.truncate(entries);
    if outputs.len() < entries {
        return None;
    }
    let largest = outputs.iter().copied().fold(0.0, f64::max);
    let used = range_bits(bits, largest);
    if i64::from(used) != bits {
        remarks.say("a look-up table's descriptor states other bits than its entries use: their own range is shown");
    }
    let top = 2f64.powi(used.into()) - 1.0;
    Some(Written { outputs, first: first as u16, signed: descriptor.vr() == VR::SS, top })
}

/// A palette by its descriptor and its segments, whose parts are as wide as its entries are.
pub(super) fn segmented(object: &InMemDicomObject, descriptor: Tag, segments: Tag) -> Result<Written, &'static str> {
    let fit = "does not fit its descriptor";
    let descriptor = said(object, descriptor).ok_or("has no descriptor")?;
    let numbers = descriptor.to_multi_int::<i64>().map_err(|_| fit)?;
    let &[entries, first, bits] = numbers.first_chunk::<3>().ok_or(fit)?;
    let words = said(object, segments).and_then(|data| data.to_multi_int::<i64>().ok()).ok_or(fit)?;
    let mut parts: Vec<u16> = words.into_iter().map(|word| (word & 0xFFFF) as u16).collect();
    if bits <= 8 {
        parts = parts.into_iter().flat_map(|word| [word & 0xFF, word >> 8]).collect();
    }
    let entries = stated_entries(entries);
    let outputs = super::segments::entries(&parts, if bits <= 8 { 1 } else { 2 }, entries)?;
    if outputs.len() < entries {
        return Err("holds fewer entries than its descriptor says");
    }
    let outputs = outputs.into_iter().map(f64::from).collect();
    let top = if bits <= 8 { 255.0 } else { 65535.0 };
    Ok(Written { outputs, first: first as u16, signed: descriptor.vr() == VR::SS, top })
}

/// How many entries a descriptor states: 65,536 does not fit its 16 bits (C.11.1.1).
fn stated_entries(entries: i64) -> usize {
    if entries & 0xFFFF == 0 { 1 << 16 } else { (entries & 0xFFFF) as usize }
}

/// How many bits the outputs of a table have: what its descriptor says, unless an entry is larger, or the largest one
/// fills exactly a smaller range, or is so small that next to nothing would be seen.
fn range_bits(said: i64, largest: f64) -> u8 {
    let needed = (1..=16u8).find(|&bits| largest < 2f64.powi(bits.into())).unwrap_or(16);
    let filled = largest + 1.0 == 2f64.powi(needed.into()) && needed >= 8;
    match u8::try_from(said) {
        Ok(said @ 1..=16) if needed <= said && !(filled || needed + 4 <= said) => said,
        Ok(1..=16) if largest > 0.0 => needed,
        Ok(said @ 1..=16) => said,
        _ => needed,
    }
}

/// C.11.1: the table, or the straight line.
pub(super) fn modality(header: &FrameHeader<'_>, layout: &Layout, remarks: &mut Remarks) -> Modality {
    let slope_of = [tags::RESCALE_SLOPE, tags::RESCALE_INTERCEPT, tags::MODALITY_LUT_SEQUENCE];
    let place = header.place(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, &slope_of);
    if let Some(table) = tables(place, tags::MODALITY_LUT_SEQUENCE, remarks).first() {
        return Modality::Table(table.table(layout.signed, layout.possible()));
    }
    let mut slope = number(place, tags::RESCALE_SLOPE, remarks);
    if slope == Some(0.0) {
        remarks.say("RescaleSlope is 0: it is taken as 1");
        slope = None;
    }
    Modality::Linear {
        slope: slope.unwrap_or(1.0),
        intercept: number(place, tags::RESCALE_INTERCEPT, remarks).unwrap_or(0.0),
    }
}

/// C.11.2: tables first, then windows, and the function of windows. `range` is that of the values they apply to, which
/// are `signed` where they may be below 0.
pub(super) fn presets(
    header: &FrameHeader<'_>,
    range: (f64, f64),
    signed: bool,
    remarks: &mut Remarks,
) -> (Vec<Preset>, Curve) {
    let place = header.place(tags::FRAME_VOILUT_SEQUENCE, &[tags::WINDOW_CENTER, tags::VOILUT_SEQUENCE]);
    let mut presets = Vec::new();
    for (index, written) in tables(place, tags::VOILUT_SEQUENCE, remarks).into_iter().enumerate() {
        let mut table = written.table(signed, range);
        table.outputs.iter_mut().for_each(|value| *value = (*value / written.top).clamp(0.0, 1.0));
        presets.push(Preset { name: format!("table {}", index + 1), shown: VoiTransform::Table(table) });
    }
    let names = texts(place, tags::WINDOW_CENTER_WIDTH_EXPLANATION);
    let centres = numbers(place, tags::WINDOW_CENTER, remarks);
    let widths = numbers(place, tags::WINDOW_WIDTH, remarks);
    if centres.len() != widths.len() {
        remarks
            .say("WindowCenter and WindowWidth have different numbers of values: those without a partner are not used");
    }
    for (index, (centre, width)) in centres.into_iter().zip(widths).enumerate() {
        if !centre.is_finite() || !width.is_finite() {
            continue;
        }
        if width <= 0.0 {
            remarks.say("WindowWidth is not above 0: that window is not used");
            continue;
        }
        let own = names.get(index).filter(|name| !name.is_empty()).cloned();
        let name = own.unwrap_or_else(|| format!("window {}", index + 1));
        presets.push(Preset { name, shown: VoiTransform::Window { centre, width } });
    }
    (presets, curve(place, remarks))
}

fn curve(place: &InMemDicomObject, remarks: &mut Remarks) -> Curve {
    match text(place, tags::VOILUT_FUNCTION).map(|word| word.to_uppercase()).as_deref() {
        None | Some("LINEAR") => Curve::Linear,
        Some("SIGMOID") => Curve::Sigmoid,
        Some("LINEAR_EXACT") => Curve::LinearExact,
        Some(_) => {
            remarks.say("VOILUTFunction names a function that the standard does not know: LINEAR is taken");
            Curve::Linear
        }
    }
}

impl Dicom<'_> {
    /// Whether the lowest value is white: as Presentation LUT Shape says, which is the last step of the display
    /// (C.11.6.1.2) and what DCMTK and highdicom follow, else as Photometric Interpretation says.
    pub(super) fn inverted(&self, layout: &Layout, remarks: &mut Remarks) -> bool {
        let by_photometric = layout.photometric == "MONOCHROME1";
        let shape = text(&self.header, tags::PRESENTATION_LUT_SHAPE);
        let by_shape = match shape.as_deref() {
            Some("INVERSE") => true,
            Some("IDENTITY") => false,
            _ => return by_photometric,
        };
        if by_shape != by_photometric {
            let shown = if by_shape { "white" } else { "black" };
            remarks.say(format!(
                "PresentationLUTShape contradicts PhotometricInterpretation: the lowest value is shown {shown}, as the shape says"
            ));
        }
        by_shape
    }

    /// C.7.5.1.1.2: one value or a range of them.
    pub(super) fn padding(&self, layout: &Layout, remarks: &mut Remarks) -> Option<(f64, f64)> {
        let wrap = |value: f64| {
            let half = 2f64.powi(i32::from(layout.bits_allocated) - 1);
            if layout.signed && value >= half { value - 2.0 * half } else { value }
        };
        let one = wrap(number(&self.header, tags::PIXEL_PADDING_VALUE, remarks)?);
        let other = number(&self.header, tags::PIXEL_PADDING_RANGE_LIMIT, remarks).map_or(one, wrap);
        Some((one.min(other), one.max(other)))
    }
}
