//! Reading a source in a given format: what the files of the format say, settled with the pictures that are there.

use super::formats::detect::{Detection, detect};
use super::formats::{ALL, Found};
use super::model::error::{IMAGES_APART, ReadError};
use super::model::format::Format;
use super::model::options::{Options, Progress};
use super::model::reading::Reading;
use super::resolve::settle::settle;
use super::source::listing::Source;
use std::path::Path;

/// Reads a folder, or one annotation file whose pictures lie below its folder.
///
/// `progress` is called with the pictures looked at and their number, from several threads; `false` cancels.
///
/// # Errors
/// [`ReadError`] when the source cannot be read, has no file of the format or no picture could be taken.
pub fn read(source: &Path, format: Format, options: &Options, progress: Progress) -> Result<Reading, ReadError> {
    read_listed(Source::of(source, options)?, format, options, progress)
}

/// As [`read`], of a source whose files are listed.
///
/// # Errors
/// As [`read`].
pub fn read_listed(
    mut source: Source,
    format: Format,
    options: &Options,
    progress: Progress,
) -> Result<Reading, ReadError> {
    let Some(importer) = ALL.iter().find(|importer| importer.format() == format) else {
        return Err(ReadError::Refused(format!("{} is no format that is read", format.name())));
    };
    let Found { mut draft, rest } = importer.read(&source, options)?;
    if source.pictures.is_empty() {
        return Err(ReadError::Refused(format!(
            "{} holds no pictures (PNG, JPEG, TIFF, BMP, WebP, DICOM): choose the folder above both, or name the pictures' folder ({IMAGES_APART})",
            source.path.display()
        )));
    }
    draft.left_out.splice(0..0, std::mem::take(&mut source.left_out));
    draft.remarks.dedup();
    settle(format, draft, source, rest, options, progress)
}

/// Tells the format of a source from its files.
pub fn format_of(source: &Source, options: &Options) -> Detection {
    let pictures: Vec<&str> = source.pictures.iter().map(|file| &*file.name).collect();
    let detected = detect(&pictures, &source.heads(), options);
    // Classes are not told by folders that hold no pictures.
    if source.is_file || source.apart { detected.of_a_file() } else { detected }
}

/// As [`format_of`], of a source whose files are not listed yet.
///
/// # Errors
/// [`ReadError`] when the source cannot be looked through.
#[cfg(test)]
pub fn format_at(source: &Path, options: &Options) -> Result<Detection, ReadError> {
    Ok(format_of(&Source::of(source, options)?, options))
}
