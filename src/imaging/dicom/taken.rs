//! What a header says of how a picture was taken: which way it lies in the patient, what its values are in, its place in
//! the series (PS3.3 C.7.6.1.1.1, C.7.6.2.1.1, C.11.1.1.2).

use super::attributes::{numbers, said, text, texts};
use super::file::Dicom;
use crate::domain::{Orientation, Taken};
use crate::files::hash::sha256_hex;
use crate::imaging::remarks::Remarks;
use dicom_dictionary_std::tags;

/// Hexadecimal digits of the mark of a study: enough to tell those of a project apart.
const MARK: usize = 8;

impl Dicom<'_> {
    /// How one frame, counted from 0, was taken.
    pub fn taken(&self, frame: usize) -> Taken {
        let known = self.metadata(frame);
        let number = |tag| self.text(tag).and_then(|text| text.parse().ok());
        let frames = self.number(tags::NUMBER_OF_FRAMES, "NumberOfFrames").ok().flatten().filter(|count| *count > 1);
        Taken {
            orientation: self.orientation(frame),
            units: self.units(frame, known.modality.as_deref()),
            spacing: known.spacing,
            study: known.study.map(|uid| sha256_hex(uid.as_bytes()).chars().take(MARK).collect()),
            series: number(tags::SERIES_NUMBER),
            instance: number(tags::INSTANCE_NUMBER),
            frame: frames.map(|count| (frame + 1, count)),
            view: known.view,
            body_part: known.body_part,
            modality: known.modality,
        }
    }

    /// Which way the picture lies: cosines where the header has them, as of a section, else words, as of a projection.
    fn orientation(&self, frame: usize) -> Option<Orientation> {
        let header = self.of_frame(frame);
        let plane = header.place(tags::PLANE_ORIENTATION_SEQUENCE, &[tags::IMAGE_ORIENTATION_PATIENT]);
        let cosines = numbers(plane, tags::IMAGE_ORIENTATION_PATIENT, &mut Remarks::default());
        let cosines: Option<[f64; 6]> = cosines.try_into().ok();
        let words = || match texts(&self.header, tags::PATIENT_ORIENTATION).as_slice() {
            [row, column] => Orientation::from_letters(row, column),
            _ => None,
        };
        cosines.and_then(Orientation::from_cosines).or_else(words)
    }

    /// What the values are in: as RescaleType says, and of a CT with a rescale that says nothing Hounsfield units.
    fn units(&self, frame: usize, modality: Option<&str>) -> Option<String> {
        let header = self.of_frame(frame);
        let place = header.place(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, &[tags::RESCALE_SLOPE]);
        match text(place, tags::RESCALE_TYPE).filter(|unit| unit != "US") {
            Some(unit) => Some(unit),
            None => (modality == Some("CT") && said(place, tags::RESCALE_INTERCEPT).is_some()).then(|| "HU".to_owned()),
        }
    }
}
