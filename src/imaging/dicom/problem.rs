//! What is wrong with a DICOM file, in sentences. None of them repeats a value of the header: those may name a patient.

use crate::imaging::codecs::CodecError;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::header::Tag;
use dicom_dictionary_std::StandardDataDictionary;
use dicom_encoding::TransferSyntaxIndex;
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;

/// Why a DICOM file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DicomProblem {
    #[error(
        "DICOM data without the file header that names its transfer syntax: export it again as a DICOM file (Part 10)"
    )]
    NoFileHeader,
    #[error("a DICOM file whose header names no transfer syntax: export it again from the archive")]
    NoTransferSyntax,
    #[error("a DICOM file compressed as {0}, which is not read: export it uncompressed or as JPEG 2000 or JPEG-LS")]
    TransferSyntax(String),
    #[error("a DICOM file without pixel data: it holds no picture")]
    NoPixelData,
    #[error("a DICOMDIR, the index of a folder of DICOM files: import the folder it lies in instead")]
    Directory,
    #[error("a DICOM file that lacks {0}, without which its pixels cannot be read: export it again from the archive")]
    Missing(&'static str),
    #[error("a DICOM file whose {attribute} {why}: export it again from the archive")]
    Value { attribute: &'static str, why: String },
    #[error("a DICOM file that is cut short{}: copy it again from where it came from", within(.0))]
    CutShort(Option<Tag>),
    #[error(
        "a DICOM file whose pixel data is cut short ({found} of {wanted} bytes): copy it again from where it came from"
    )]
    PixelsCutShort { found: usize, wanted: usize },
    #[error(
        "a DICOM file whose sequences are nested more than {0} deep: it is damaged or made to do harm, leave it out"
    )]
    TooDeep(usize),
    #[error("a DICOM file in which {0} is larger than what is opened: leave it out")]
    TooMuch(String),
    #[error("a damaged DICOM file: {} has no known value representation; copy it again from where it came from", named(*.0))]
    NoRepresentation(Tag),
    #[error("a damaged DICOM file: the sequence {} holds something other than items; copy it again from where it came from", named(*.0))]
    NoItem(Tag),
    #[error("a damaged DICOM file: {0}; copy it again from where it came from")]
    Damaged(String),
    #[error("a DICOM file with {0}, which is not supported: export it as PNG or TIFF")]
    Unsupported(String),
    #[error(
        "a DICOM file that cannot be cleaned of what may name a person: {0}; leave it out, or write it again uncompressed"
    )]
    Uncleanable(String),
    #[error(
        "the header states {stated} frames, but the pixel data ends after {have}: those are taken; copy the file again from \
         where it came from"
    )]
    FramesMissing { have: usize, stated: usize },
    #[error("a DICOM file with {have} {}, counted from 0: there is no frame {asked}", if *.have == 1 { "frame" } else { "frames" })]
    NoFrame { asked: usize, have: usize },
}

impl From<CodecError> for DicomProblem {
    fn from(error: CodecError) -> Self {
        match error {
            CodecError::Damaged(why) => Self::Damaged(why),
            CodecError::CutShort { found, wanted } => Self::PixelsCutShort { found, wanted },
        }
    }
}

/// The keyword of an attribute.
pub(super) fn name(tag: Tag) -> String {
    match StandardDataDictionary.by_tag(tag) {
        Some(entry) => entry.alias().to_owned(),
        None if tag.group() % 2 == 1 => "private".to_owned(),
        None => "unknown".to_owned(),
    }
}

/// A transfer syntax by its name and identifier.
pub(super) fn syntax_name(uid: &str) -> String {
    match TransferSyntaxRegistry.get(uid) {
        Some(known) => format!("{} ({uid})", known.name()),
        None => format!("the unknown transfer syntax {uid}"),
    }
}

fn within(tag: &Option<Tag>) -> String {
    tag.map(|tag| format!(" within {}", named(tag))).unwrap_or_default()
}

/// The tag with its name in the standard's dictionary.
fn named(tag: Tag) -> String {
    match StandardDataDictionary.by_tag(tag) {
        Some(entry) => format!("{} {tag}", entry.alias()),
        None => tag.to_string(),
    }
}
