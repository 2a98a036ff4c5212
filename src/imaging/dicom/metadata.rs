//! What a header says about the picture as a whole: what filters, groups and measurements need.

use super::attributes::{self, item, numbers};
use super::file::Dicom;
use crate::domain::{Spacing, SpacingKind};
use crate::files::hash::sha256_hex;
use crate::imaging::remarks::Remarks;
use dicom_dictionary_std::tags;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A header's words about its picture; what is absent or empty is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// CR, DX, MG, XA, ...
    pub modality: Option<String>,
    /// L, R, B or U, of the image or else the series.
    pub laterality: Option<String>,
    /// AP, PA, LL, ...
    pub view: Option<String>,
    pub body_part: Option<String>,
    pub manufacturer: Option<String>,
    pub spacing: Option<Spacing>,
    pub study: Option<String>,
    pub series: Option<String>,
    pub instance: Option<String>,
    /// The header says that words are burned into the pixels: yes or no.
    pub burned_in: Option<bool>,
    /// What a person should know of these values.
    pub remarks: Vec<String>,
}

impl Metadata {
    /// What filters and counts go by, under the names people use for it.
    pub fn attributes(&self) -> BTreeMap<String, String> {
        let named = [
            ("modality", &self.modality),
            ("laterality", &self.laterality),
            ("view", &self.view),
            ("body part", &self.body_part),
            ("manufacturer", &self.manufacturer),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))).collect()
    }
}

impl Dicom<'_> {
    /// What the header says about one frame, counted from 0.
    pub fn metadata(&self, frame: usize) -> Metadata {
        let (header, mut remarks) = (self.of_frame(frame), Remarks::default());
        let mut sides = |object, tag| match numbers(object, tag, &mut remarks)[..] {
            [vertical, horizontal, ..] if vertical > 0.0 && horizontal > 0.0 => Some([vertical, horizontal]),
            // One value for both sides is against the standard, but tells what is meant.
            [both] if both > 0.0 => Some([both, both]),
            _ => None,
        };
        let calibrated = self.text(tags::PIXEL_SPACING_CALIBRATION_TYPE).is_some();
        let measures = header.place(tags::PIXEL_MEASURES_SEQUENCE, &[tags::PIXEL_SPACING]);
        let (pixel, imager) = (sides(measures, tags::PIXEL_SPACING), sides(&self.header, tags::IMAGER_PIXEL_SPACING));
        let film = sides(&self.header, tags::NOMINAL_SCANNED_PIXEL_SPACING);
        let ratio = sides(&self.header, tags::PIXEL_ASPECT_RATIO);
        let anatomy =
            header.place(tags::FRAME_ANATOMY_SEQUENCE, &[tags::FRAME_LATERALITY, tags::ANATOMIC_REGION_SEQUENCE]);
        let region = || attributes::text(item(anatomy, tags::ANATOMIC_REGION_SEQUENCE, 0)?, tags::CODE_MEANING);
        let laterality = attributes::text(anatomy, tags::FRAME_LATERALITY);
        Metadata {
            modality: self.text(tags::MODALITY),
            laterality: laterality
                .or_else(|| self.text(tags::IMAGE_LATERALITY))
                .or_else(|| self.text(tags::LATERALITY)),
            view: self.text(tags::VIEW_POSITION),
            body_part: self.text(tags::BODY_PART_EXAMINED).or_else(region),
            manufacturer: self.text(tags::MANUFACTURER),
            spacing: spacing(pixel, imager, film, calibrated).or_else(|| ratio.map(shape)),
            study: self.text(tags::STUDY_INSTANCE_UID),
            series: self.text(tags::SERIES_INSTANCE_UID),
            instance: self.text(tags::SOP_INSTANCE_UID),
            burned_in: self.text(tags::BURNED_IN_ANNOTATION).map(|word| word == "YES"),
            remarks: remarks.into_vec(),
        }
    }
}

/// The shape of pixels whose size is not known.
fn shape([vertical, horizontal]: [f64; 2]) -> Spacing {
    Spacing { vertical: vertical / horizontal, horizontal: 1.0, kind: SpacingKind::Ratio }
}

/// Which of a header's spacings holds, and what it means (PS3.3 10.7.1.3): a pixel spacing that differs from the
/// imager's was calibrated, one that repeats it was not.
fn spacing(
    pixel: Option<[f64; 2]>,
    imager: Option<[f64; 2]>,
    film: Option<[f64; 2]>,
    calibrated: bool,
) -> Option<Spacing> {
    let (sides, kind) = match (pixel, imager, film) {
        (Some(pixel), _, _) if calibrated => (pixel, SpacingKind::Calibrated),
        (Some(pixel), Some(imager), _) if pixel == imager => (pixel, SpacingKind::Detector),
        (Some(pixel), Some(_), _) => (pixel, SpacingKind::Calibrated),
        (Some(pixel), None, _) => (pixel, SpacingKind::Patient),
        (None, Some(imager), _) => (imager, SpacingKind::Detector),
        (None, None, film) => (film?, SpacingKind::Film),
    };
    let [vertical, horizontal] = sides;
    Some(Spacing { vertical, horizontal, kind })
}

/// HMAC-SHA-256 (RFC 2104), 64 hexadecimal digits.
pub(super) fn keyed(key: &[u8; 32], message: &[u8]) -> String {
    let block = |pad: u8| (0..64).map(move |i| key.get(i).copied().unwrap_or(0) ^ pad).collect::<Vec<u8>>();
    let inner = Sha256::new().chain_update(block(0x36)).chain_update(message).finalize();
    sha256_hex(&[block(0x5C).as_slice(), inner.as_slice()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spacing_says_whether_it_was_calibrated() {
        let [small, large, film] = [[0.25, 0.25], [0.5, 0.5], [0.1, 0.1]].map(Some);
        let kind = |pixel, imager, film, calibrated| {
            let found = spacing(pixel, imager, film, calibrated)?;
            Some((found.vertical, found.kind))
        };
        assert_eq!(kind(small, large, None, true), Some((0.25, SpacingKind::Calibrated)));
        assert_eq!(kind(small, large, None, false), Some((0.25, SpacingKind::Calibrated)));
        assert_eq!(kind(large, large, None, false), Some((0.5, SpacingKind::Detector)));
        assert_eq!(kind(large, large, None, true), Some((0.5, SpacingKind::Calibrated)));
        assert_eq!(kind(None, large, film, false), Some((0.5, SpacingKind::Detector)));
        assert_eq!(kind(small, None, film, false), Some((0.25, SpacingKind::Patient)));
        assert_eq!(kind(None, None, film, false), Some((0.1, SpacingKind::Film)));
        assert_eq!(kind(None, None, None, true), None);
    }
}
