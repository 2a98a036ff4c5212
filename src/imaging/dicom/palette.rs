//! Indices to colours through the red, green and blue palettes of a header (PS3.3 C.7.6.3.1.5).

use super::attributes::said;
use super::file::Dicom;
use super::frame::{Layout, Stored, Values};
use super::presets::{Written, segmented, table};
use super::problem::DicomProblem;
use crate::imaging::decoded::Samples;
use crate::imaging::greyscale::Table;
use crate::imaging::remarks::Remarks;
use dicom_core::header::Tag;
use dicom_dictionary_std::tags;

impl Dicom<'_> {
    /// The colours of indices, 8 bits each.
    pub(super) fn through_palette(
        &self,
        stored: Stored,
        layout: &Layout,
        remarks: &mut Remarks,
    ) -> Result<Samples, DicomProblem> {
        let indices: Vec<i64> = match stored.values {
            Values::U8(values) => values.into_iter().map(i64::from).collect(),
            Values::U16(values) => values.into_iter().map(i64::from).collect(),
            Values::I8(values) => values.into_iter().map(i64::from).collect(),
            Values::I16(values) => values.into_iter().map(i64::from).collect(),
            _ => return Err(DicomProblem::Unsupported("palette indices that are no whole numbers of 16 bits".into())),
        };
        let range =
            (indices.iter().min().copied().unwrap_or(0) as f64, indices.iter().max().copied().unwrap_or(0) as f64);
        let mut written = Vec::new();
        for (descriptor, data) in [
            (
                tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
                [tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA, tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA],
            ),
            (
                tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
                [tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA, tags::SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA],
            ),
            (
                tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
                [tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA, tags::SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA],
            ),
        ] {
            // What the bits are is decided below, from all three.
            written.push(self.palette(descriptor, data)?);
        }
        let stated = self.header.get(tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR);
        let stated = stated.and_then(|element| element.to_multi_int::<i64>().ok()?.get(2).copied()).unwrap_or(16);
        let largest = written.iter().map(Written::largest).fold(0.0, f64::max);
        let bits = bits(stated, largest);
        if i64::from(bits) != stated {
            remarks.say(format!("the palette's descriptor states other bits than its entries have: {bits} are taken"));
        }
        let planes: Vec<Table> = written.iter().map(|one| one.table(layout.signed, range)).collect();
        // The high byte, as viewers of 8 bits do.
        let step = 2f64.powi(i32::from(bits) - 8);
        let byte = |table: &Table, index: i64| (table.at(index as f64) / step).floor().clamp(0.0, 255.0) as u8;
        let colour = |index: i64| [0, 1, 2].map(|c| planes.get(c).map_or(0, |table| byte(table, index)));
        Ok(Samples::Rgb8(indices.into_iter().flat_map(colour).collect()))
    }

    /// The palette of one colour: entry by entry, or where that is absent, in segments.
    fn palette(&self, descriptor: Tag, [data, segments]: [Tag; 2]) -> Result<Written, DicomProblem> {
        if said(&self.header, data).is_some() || said(&self.header, segments).is_none() {
            let table = table(&self.header, descriptor, data, &mut Remarks::default());
            return table.ok_or(DicomProblem::Missing("a palette that fits its descriptor"));
        }
        let wrong =
            |why: &str| DicomProblem::Value { attribute: "SegmentedPaletteColorLookupTableData", why: why.into() };
        segmented(&self.header, descriptor, segments).map_err(wrong)
    }
}

/// How many bits the entries of palettes have, of which the largest is known: 8 and 16 are allowed, and what is stated
/// is often the other.
fn bits(stated: i64, largest: f64) -> u8 {
    match stated {
        9..=16 if largest > 255.0 && largest < 2f64.powi(stated as i32) => stated as u8,
        9.. if largest > 255.0 => 16,
        ..=8 if largest > 255.0 => 16,
        _ => 8,
    }
}
