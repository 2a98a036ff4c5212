//! Looking at a picture's file once, to see that it can be read and to learn what is kept of it.

use super::decode::{decode, guessed};
use super::decoded::DecodedImage;
use super::dicom::{self, Dicom, DicomProblem, Metadata, Patients};
use super::problem::{DecodeError, DecodeProblem, file_bytes, located};
use super::{appearance, outliers};
use crate::domain::{ImageFacts, ImageFile};
use crate::files::hash;
use image::ImageFormat;
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::Path;

/// What is known of a picture after looking at it once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Columns of the oriented frame.
    pub width: u32,
    /// Rows of the oriented frame.
    pub height: u32,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// The file is cut short and decodes in part.
    pub truncated: bool,
    /// EXIF orientation (1 to 8) that was applied to get the oriented frame.
    pub orientation: u8,
    pub facts: ImageFacts,
    /// The patient, hashed or as it is; see [`Patients`].
    pub patient: Option<String>,
}

/// Hashes a picture's file and decodes each of its frames once to see that it can be: one answer a frame, in their
/// order; a single one for a file that cannot be read at all, and for everything but multi-frame DICOM.
pub fn probe(path: &Path, patients: &Patients) -> Vec<Result<Probe, DecodeError>> {
    let frames = file_bytes(path).and_then(|bytes| {
        if dicom::is_dicom(&bytes) {
            return dicom_frames(&bytes, patients);
        }
        Ok(vec![Ok(seen(&decode(&bytes, 0)?, &bytes, hash::sha256_hex(&bytes), &Metadata::default(), None))])
    });
    let frames = frames.unwrap_or_else(|problem| vec![Err(problem)]);
    frames.into_iter().map(|frame| frame.map_err(|problem| located(path, problem))).collect()
}

fn dicom_frames(bytes: &[u8], patients: &Patients) -> Result<Vec<Result<Probe, DecodeProblem>>, DecodeProblem> {
    let file = Dicom::parse(bytes)?;
    let (patient, sha256) = (file.group(patients), hash::sha256_hex(bytes));
    let frame = |frame| Ok(seen(&file.picture(frame)?, bytes, sha256.clone(), &file.metadata(frame), patient.clone()));
    let (there, stated) = (file.frames_there()?, file.layout()?.frames);
    let mut frames: Vec<Result<Probe, DecodeProblem>> = (0..there).map(frame).collect();
    if there < stated {
        frames.push(Err(DicomProblem::FramesMissing { have: there, stated }.into()));
    }
    if frames.iter().all(Result::is_err) {
        // What is wrong with all of them is wrong with the file.
        frames.truncate(1);
    }
    Ok(frames)
}

/// What is kept of one picture besides its size: depth, colour, look, and what a header says.
///
/// # Errors
/// As [`read`](super::read).
pub fn facts(file: &ImageFile) -> Result<ImageFacts, DecodeError> {
    let look = |bytes: Vec<u8>| {
        let image = decode(&bytes, file.frame)?;
        let file_frame = file.frame as usize;
        let header = dicom::is_dicom(&bytes).then(|| Dicom::parse(&bytes)).transpose()?;
        Ok(learned(&image, &bytes, &header.map(|file| file.metadata(file_frame)).unwrap_or_default()))
    };
    file_bytes(&file.path).and_then(look).map_err(|problem| located(&file.path, problem))
}

fn learned(image: &DecodedImage, bytes: &[u8], header: &Metadata) -> ImageFacts {
    ImageFacts {
        format: format_name(bytes).to_owned(),
        spacing: header.spacing,
        study: header.study.clone(),
        series: header.series.clone(),
        remarks: (image.remarks.iter().chain(&header.remarks).cloned())
            .chain(outliers::remark(image).map(str::to_owned))
            .collect(),
        ..appearance::facts(image, header.attributes())
    }
}

fn seen(image: &DecodedImage, bytes: &[u8], sha256: String, header: &Metadata, patient: Option<String>) -> Probe {
    Probe {
        width: image.width,
        height: image.height,
        sha256,
        truncated: image.truncated,
        orientation: image.orientation,
        facts: learned(image, bytes, header),
        patient,
    }
}

/// What [`ImageFacts::format`] calls DICOM.
pub const DICOM: &str = "DICOM";

/// What the file is, by its content.
fn format_name(bytes: &[u8]) -> &'static str {
    match guessed(bytes) {
        _ if dicom::is_dicom(bytes) => DICOM,
        Some(ImageFormat::Jpeg) => "JPEG",
        Some(ImageFormat::Png) => "PNG",
        Some(ImageFormat::Tiff) => "TIFF",
        Some(ImageFormat::Bmp) => "BMP",
        Some(ImageFormat::WebP) => "WebP",
        _ => "unknown",
    }
}

/// Extensions of files that are no pictures, so that they need not be opened to see it.
const OTHERS: [&str; 13] =
    ["txt", "json", "xml", "csv", "tsv", "yaml", "yml", "md", "names", "zip", "py", "npy", "safetensors"];

/// Whether a file is to be taken for a picture: by its name, else by the 132 bytes that begin DICOM files, which often
/// have no extension (PS3.10 section 7.1).
pub fn is_picture_file(path: &Path) -> bool {
    if super::is_image_name(path) {
        return true;
    }
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
    if extension.is_some_and(|extension| OTHERS.contains(&extension.as_str())) {
        return false;
    }
    let mut head = [0; 132];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.ends_with(b"DICM")
}
