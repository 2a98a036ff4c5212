//! From stored values to a picture: greys with their meaning, palettes and colours (PS3.3 C.7.6.3, C.11.1, C.11.2).

use super::file::Dicom;
use super::frame::{Layout, Values};
use super::presets;
use super::problem::DicomProblem;
use crate::imaging::codes::codes;
use crate::imaging::decoded::{DecodedImage, Samples};
use crate::imaging::greyscale::{Curve, Greyscale, Measured, Modality};
use crate::imaging::remarks::Remarks;
use std::sync::Arc;

impl Dicom<'_> {
    /// One frame, counted from 0, as a picture.
    ///
    /// # Errors
    /// As [`Dicom::stored`], and for colours of more than 16 bits or palettes that cannot be read.
    pub fn picture(&self, frame: usize) -> Result<DecodedImage, DicomProblem> {
        let layout = self.layout()?;
        let mut remarks = Remarks::default();
        self.structure_remarks(&mut remarks);
        let stored = self.stored_with(&layout, frame, &mut remarks)?;
        let (width, height) = (stored.columns as u32, stored.rows as u32);
        let samples = if stored.samples == 3 {
            match stored.values {
                Values::U8(values) => Samples::Rgb8(values),
                Values::U16(values) => Samples::Rgb16(values),
                _ => return Err(DicomProblem::Unsupported("colours that are signed or of more than 16 bits".into())),
            }
        } else if layout.photometric == "PALETTE COLOR" {
            self.through_palette(stored, &layout, &mut remarks)?
        } else {
            let (codes, first, step) = codes(&stored.values);
            let scale = Arc::new(self.greyscale(&layout, &codes, (first, step), frame, &mut remarks));
            Samples::Measured(Measured { codes, scale })
        };
        let bits = if matches!(samples, Samples::Rgb8(_)) { 8 } else { layout.bits_stored.min(16) as u8 };
        let taken = self.taken(frame);
        let shape = taken.spacing.map_or(1.0, |spacing| spacing.shape());
        let taken = Some(Arc::new(taken));
        let remarks = remarks.into_vec();
        Ok(DecodedImage { width, height, samples, bits, truncated: false, orientation: 1, shape, remarks, taken })
    }

    fn greyscale(
        &self,
        layout: &Layout,
        codes: &[u16],
        (first, step): (f64, f64),
        frame: usize,
        remarks: &mut Remarks,
    ) -> Greyscale {
        let header = self.of_frame(frame);
        let mut scale = Greyscale {
            first,
            step,
            modality: presets::modality(&header, layout, remarks),
            presets: Vec::new(),
            curve: Curve::Linear,
            inverted: self.inverted(layout, remarks),
            padding: self.padding(layout, remarks),
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
        let signed = match scale.modality {
            // The outputs of a table are never negative (C.11.1.1).
            Modality::Table(_) => false,
            Modality::Linear { slope, intercept } => {
                let (low, high) = layout.possible();
                (low * slope + intercept).min(high * slope + intercept) < 0.0
            }
        };
        (scale.presets, scale.curve) = presets::presets(&header, scale.range, signed, remarks);
        scale
    }
}
