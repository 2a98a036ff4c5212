//! A DICOM file in memory: its parts, and its header as attributes with values.

use super::attributes;
use super::elements::{self, Element};
use super::frame::{self, Layout, Stored};
use super::problem::DicomProblem;
use super::structure::{self, Encoding, Parts, PixelPlace};
use crate::imaging::problem::MAX_PIXELS;
use crate::imaging::remarks::Remarks;
use dicom_core::header::Tag;
use dicom_dictionary_std::tags;
use dicom_encoding::TransferSyntax;
use dicom_object::InMemDicomObject;
use dicom_transfer_syntax_registry::entries::{
    EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN,
};

/// More frames than this in one file are refused.
const MAX_FRAMES: usize = 100_000;

/// The transfer syntax that writes elements this way.
fn encoded(encoding: Encoding) -> TransferSyntax {
    match encoding {
        Encoding { explicit: true, big_endian: true } => EXPLICIT_VR_BIG_ENDIAN.erased(),
        Encoding { explicit: true, .. } => EXPLICIT_VR_LITTLE_ENDIAN.erased(),
        Encoding { explicit: false, .. } => IMPLICIT_VR_LITTLE_ENDIAN.erased(),
    }
}

/// A file whose header has been read. Pixel values are decoded on request, frame by frame.
#[derive(Debug)]
pub struct Dicom<'a> {
    pub(super) parts: Parts<'a>,
    /// The data set up to its pixel data.
    pub(super) header: InMemDicomObject,
}

impl<'a> Dicom<'a> {
    /// Reads the header of a file.
    ///
    /// # Errors
    /// When the bytes are no DICOM file or are damaged before the pixel data; see [`DicomProblem`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DicomProblem> {
        let parts = structure::parts(bytes)?;
        let syntax = encoded(parts.encoding);
        let head = parts.dataset.get(..parts.before_pixels).unwrap_or_default();
        // The crate's own words may repeat values, which may name a patient.
        let header = InMemDicomObject::read_dataset_with_ts(head, &syntax)
            .map_err(|_| DicomProblem::Damaged("its header cannot be read".into()))?;
        Ok(Self { parts, header })
    }

    /// How pixel values are laid out.
    ///
    /// # Errors
    /// When there are no pixels, an attribute is missing or makes no sense, or the picture is larger than what is
    /// opened.
    pub fn layout(&self) -> Result<Layout, DicomProblem> {
        let Some(pixels) = &self.parts.pixels else {
            if self.header.element_opt(tags::DIRECTORY_RECORD_SEQUENCE).is_ok_and(|found| found.is_some()) {
                return Err(DicomProblem::Directory);
            }
            return Err(match &self.parts.cut {
                Some(DicomProblem::CutShort(tag)) => DicomProblem::CutShort(*tag),
                _ => DicomProblem::NoPixelData,
            });
        };
        let rows = self.required(tags::ROWS, "Rows")?;
        let columns = self.required(tags::COLUMNS, "Columns")?;
        let invalid = |attribute, why: String| DicomProblem::Value { attribute, why };
        if rows == 0 || columns == 0 {
            return Err(invalid("size", format!("is {columns} x {rows} pixels")));
        }
        if (rows as u64).saturating_mul(columns as u64) > MAX_PIXELS {
            return Err(DicomProblem::TooMuch(format!("the picture ({columns} x {rows} pixels)")));
        }
        let samples = self.number(tags::SAMPLES_PER_PIXEL, "SamplesPerPixel")?.unwrap_or(1);
        if !matches!(samples, 1 | 3) {
            return Err(DicomProblem::Unsupported(format!("{samples} samples a pixel")));
        }
        let bits_allocated = match pixels.tag {
            tags::FLOAT_PIXEL_DATA => 32,
            tags::DOUBLE_FLOAT_PIXEL_DATA => 64,
            _ => self.required(tags::BITS_ALLOCATED, "BitsAllocated")?,
        };
        if !matches!(bits_allocated, 1 | 8 | 16 | 32) && pixels.tag == tags::PIXEL_DATA {
            return Err(DicomProblem::Unsupported(format!("{bits_allocated} bits a sample")));
        }
        let bits_stored = self.number(tags::BITS_STORED, "BitsStored")?.unwrap_or(bits_allocated);
        if bits_stored == 0 || bits_stored > bits_allocated {
            return Err(invalid("BitsStored", format!("is {bits_stored} of {bits_allocated} bits")));
        }
        // A position outside the cell, or one with no room for the value below it, is none.
        let high_bit = self.number(tags::HIGH_BIT, "HighBit").ok().flatten();
        let high_bit =
            high_bit.filter(|high| (bits_stored - 1..bits_allocated).contains(high)).unwrap_or(bits_stored - 1);
        let frames = self.number(tags::NUMBER_OF_FRAMES, "NumberOfFrames")?.unwrap_or(1).max(1);
        if frames > MAX_FRAMES {
            return Err(DicomProblem::TooMuch(format!("the number of frames ({frames})")));
        }
        Ok(Layout {
            rows,
            columns,
            samples,
            planar: self.number(tags::PLANAR_CONFIGURATION, "PlanarConfiguration")? == Some(1),
            bits_allocated: bits_allocated as u16,
            bits_stored: bits_stored as u16,
            high_bit: high_bit as u16,
            signed: self.number(tags::PIXEL_REPRESENTATION, "PixelRepresentation")? == Some(1),
            photometric: self.text(tags::PHOTOMETRIC_INTERPRETATION).unwrap_or_else(|| "MONOCHROME2".into()),
            frames,
        })
    }

    /// The stored values of one frame, counted from 0.
    ///
    /// # Errors
    /// As [`Self::layout`]; when the frame is not there, is cut short or is compressed in a way that is not read.
    pub fn stored(&self, frame: usize) -> Result<Stored, DicomProblem> {
        self.stored_with(&self.layout()?, frame, &mut Remarks::default())
    }

    /// As [`Self::stored`], and what a person should know of it.
    pub(super) fn stored_with(
        &self,
        layout: &Layout,
        frame: usize,
        remarks: &mut Remarks,
    ) -> Result<Stored, DicomProblem> {
        frame::read(&self.parts, layout, &self.extended_offsets(), frame, remarks)
    }

    /// What a person should know of the file as a whole.
    pub(super) fn structure_remarks(&self, remarks: &mut Remarks) {
        if self.parts.mislabelled {
            remarks.say("the data set is not written as its transfer syntax says: it is read as it is written");
        }
    }

    /// The extended offset table (PS3.3 C.7.6.3.1.8); empty where there is none.
    fn extended_offsets(&self) -> Vec<u64> {
        let table = self.header.get(tags::EXTENDED_OFFSET_TABLE);
        let bytes = |element: &dicom_object::mem::InMemElement| {
            element.to_multi_int::<u64>().ok().filter(|_| element.header().vr() != dicom_core::VR::UN)
        };
        table.and_then(bytes).unwrap_or_default()
    }

    /// How many of the frames that the header states are there.
    ///
    /// # Errors
    /// As [`Self::layout`].
    pub fn frames_there(&self) -> Result<usize, DicomProblem> {
        Ok(frame::there(&self.parts, &self.layout()?, &self.extended_offsets()))
    }

    /// Every element with its pixel data; `None` where they cannot be read or are cut short.
    pub(super) fn whole(&self) -> Option<Vec<Element<'_>>> {
        let pixels_cut = self.parts.pixels.as_ref().is_some_and(|pixels| match &pixels.place {
            PixelPlace::Native { range, claimed } => *claimed > range.len(),
            PixelPlace::Fragments { whole, .. } => !whole,
        });
        if self.parts.cut.is_some() || pixels_cut {
            return None;
        }
        elements::read(&self.parts.dataset, self.parts.encoding).ok()
    }

    /// An attribute's first value as text without padding; `None` where it is absent or empty.
    pub(super) fn text(&self, tag: Tag) -> Option<String> {
        attributes::text(&self.header, tag)
    }

    pub(super) fn number(&self, tag: Tag, attribute: &'static str) -> Result<Option<usize>, DicomProblem> {
        let Ok(Some(element)) = self.header.element_opt(tag) else { return Ok(None) };
        if element.value().to_str().is_ok_and(|text| text.trim_matches([' ', '\0']).is_empty()) {
            return Ok(None);
        }
        match element.to_int::<u32>() {
            Ok(value) => Ok(Some(value as usize)),
            Err(_) => Err(DicomProblem::Value { attribute, why: "is not a number that makes sense".into() }),
        }
    }

    fn required(&self, tag: Tag, attribute: &'static str) -> Result<usize, DicomProblem> {
        self.number(tag, attribute)?.ok_or(DicomProblem::Missing(attribute))
    }
}
