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
        let number = |tag| self.text(tag).and_then(|text| text.parse::<i64>().ok());
        let frames = self.number(tags::NUMBER_OF_FRAMES, "NumberOfFrames").ok().flatten().filter(|count| *count > 1);
        Taken {
            orientation: self.orientation(frame),
            units: self.units(frame, known.modality.as_deref()),
            spacing: known.spacing,
            study: known.study.map(|uid| sha256_hex(uid.as_bytes()).chars().take(MARK).collect()),
            series: number(tags::SERIES_NUMBER),
            instance: number(tags::INSTANCE_NUMBER),
            frame: frames.map(|count| (frame + 1, count)),
            rate: rate(
                number(tags::RECOMMENDED_DISPLAY_FRAME_RATE),
                number(tags::CINE_RATE),
                self.text(tags::FRAME_TIME).and_then(|text| text.parse().ok()),
            ),
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

/// Frames a second to show a film at, as its header recommends it, else as it was taken: RecommendedDisplayFrameRate and
/// CineRate are frames a second, FrameTime the milliseconds of one (PS3.3 C.7.6.5.1.1, C.12.1). What is no speed is not said.
fn rate(recommended: Option<i64>, cine: Option<i64>, milliseconds: Option<f64>) -> Option<f64> {
    let whole = [recommended, cine].into_iter().flatten().find(|rate| *rate > 0).map(|rate| rate as f64);
    whole.or_else(|| milliseconds.filter(|time| *time > 0.0).map(|time| 1000.0 / time)).filter(|rate| rate.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_is_shown_as_fast_as_its_header_recommends_else_as_it_was_taken() {
        assert_eq!(rate(Some(30), Some(15), Some(100.0)), Some(30.0));
        assert_eq!(rate(None, Some(15), Some(100.0)), Some(15.0));
        assert_eq!(rate(Some(0), None, Some(40.0)), Some(25.0), "no rate of 0");
        assert_eq!(rate(None, Some(-5), None), None);
        assert_eq!(rate(None, None, Some(0.0)), None);
        assert_eq!(rate(None, None, Some(f64::NAN)), None);
    }
}
