//! What a header says about the picture as a whole: what filters, groups and measurements need.

use super::file::Dicom;
use crate::domain::{Spacing, SpacingKind};
use crate::imaging::hash::sha256_hex;
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
    /// What the header says about the picture.
    pub fn metadata(&self) -> Metadata {
        let sides = |tag| match self.numbers(tag)[..] {
            [vertical, horizontal, ..] if vertical > 0.0 && horizontal > 0.0 => Some([vertical, horizontal]),
            _ => None,
        };
        let calibrated = self.text(tags::PIXEL_SPACING_CALIBRATION_TYPE).is_some();
        let (pixel, imager) = (sides(tags::PIXEL_SPACING), sides(tags::IMAGER_PIXEL_SPACING));
        Metadata {
            modality: self.text(tags::MODALITY),
            laterality: self.text(tags::IMAGE_LATERALITY).or_else(|| self.text(tags::LATERALITY)),
            view: self.text(tags::VIEW_POSITION),
            body_part: self.text(tags::BODY_PART_EXAMINED),
            manufacturer: self.text(tags::MANUFACTURER),
            spacing: spacing(pixel, imager, sides(tags::NOMINAL_SCANNED_PIXEL_SPACING), calibrated),
            study: self.text(tags::STUDY_INSTANCE_UID),
            series: self.text(tags::SERIES_INSTANCE_UID),
            instance: self.text(tags::SOP_INSTANCE_UID),
            burned_in: self.text(tags::BURNED_IN_ANNOTATION).map(|word| word == "YES"),
        }
    }
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
