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
        let spacing = |tag, kind| match self.numbers(tag)[..] {
            [vertical, horizontal, ..] if vertical > 0.0 && horizontal > 0.0 => {
                Some(Spacing { vertical, horizontal, kind })
            }
            _ => None,
        };
        Metadata {
            modality: self.text(tags::MODALITY),
            laterality: self.text(tags::IMAGE_LATERALITY).or_else(|| self.text(tags::LATERALITY)),
            view: self.text(tags::VIEW_POSITION),
            body_part: self.text(tags::BODY_PART_EXAMINED),
            manufacturer: self.text(tags::MANUFACTURER),
            spacing: spacing(tags::PIXEL_SPACING, SpacingKind::Patient)
                .or_else(|| spacing(tags::IMAGER_PIXEL_SPACING, SpacingKind::Detector))
                .or_else(|| spacing(tags::NOMINAL_SCANNED_PIXEL_SPACING, SpacingKind::Film)),
            study: self.text(tags::STUDY_INSTANCE_UID),
            series: self.text(tags::SERIES_INSTANCE_UID),
            instance: self.text(tags::SOP_INSTANCE_UID),
            burned_in: self.text(tags::BURNED_IN_ANNOTATION).map(|word| word == "YES"),
        }
    }
}

/// HMAC-SHA-256 (RFC 2104), 64 hexadecimal digits.
pub(super) fn keyed(key: &[u8; 32], message: &[u8]) -> String {
    let block = |pad: u8| (0..64).map(move |i| key.get(i).copied().unwrap_or(0) ^ pad).collect::<Vec<u8>>();
    let inner = Sha256::new().chain_update(block(0x36)).chain_update(message).finalize();
    sha256_hex(&[block(0x5C).as_slice(), inner.as_slice()].concat())
}
