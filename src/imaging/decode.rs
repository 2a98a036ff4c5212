//! Reading pictures: PNG, JPEG, TIFF, BMP, WebP and DICOM, told apart by content and never by name.
//!
//! Reading is lenient where something can still be seen (a JPEG or PNG that is cut short is decoded as far as it goes)
//! and strict where a file would do harm: sizes are checked before anything is allocated.

use super::animation;
use super::decode_jpeg;
use super::decoded::{DecodedImage, Samples};
use super::dicom;
use super::dicom::Stored;
use super::orientation::oriented;
use super::problem::{check_size, located};
use super::remarks::Remarks;
use super::tiff::{Special, Tiff};
use crate::domain::ImageFile;
use image::{ColorType, ImageDecoder, ImageFormat, ImageReader};
use std::io::Cursor;
use std::path::Path;

pub use super::problem::{DecodeError, DecodeProblem, MAX_PIXELS, file_bytes};

/// What names of pictures end with, in lower case.
const EXTENSIONS: [&str; 12] =
    ["png", "jpg", "jpeg", "jpe", "jfif", "tif", "tiff", "bmp", "dib", "webp", "dcm", "dicom"];

/// Whether the name ends as pictures' names do, in any case. The content decides when the file is read.
pub fn is_image_name(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
    extension.is_some_and(|e| EXTENSIONS.contains(&e.as_str()))
}

/// Reads a picture.
///
/// # Errors
/// A [`DecodeError`] that names the file when it cannot be opened, is no picture of a known kind, lacks the frame, is
/// larger than [`MAX_PIXELS`], or is damaged so far that nothing can be seen.
pub fn read(file: &ImageFile) -> Result<DecodedImage, DecodeError> {
    let bytes = file_bytes(&file.path);
    bytes.and_then(|bytes| decode(&bytes, file.frame)).map_err(|problem| located(&file.path, problem))
}

/// Decodes one frame, counted from 0, of a picture in memory.
///
/// # Errors
/// As [`read`], without a file name.
pub fn from_bytes(bytes: &[u8], frame: u32) -> Result<DecodedImage, DecodeError> {
    Ok(decode(bytes, frame)?)
}

pub(super) fn decode(bytes: &[u8], frame: u32) -> Result<DecodedImage, DecodeProblem> {
    if bytes.is_empty() {
        return Err(DecodeProblem::Empty);
    }
    // First, since the preamble may hold the beginning of another format (PS3.10 section 7.1).
    if dicom::is_dicom(bytes) {
        return Ok(dicom::decode(bytes, frame as usize)?);
    }
    if frame != 0 {
        return Err(DecodeProblem::NoFrame(frame));
    }
    let mut remarks = Remarks::default();
    let patched;
    let mut bytes = bytes;
    if matches!(guessed(bytes), Some(ImageFormat::Tiff))
        && let Some(file) = Tiff::open(bytes, &mut remarks)
    {
        if let Some(special) = &file.special {
            let stored = file.values()?;
            let (width, height) = (stored.columns as u32, stored.rows as u32);
            let samples = special.samples(stored, &mut remarks)?;
            let image = oriented(width, height, samples, false, file.turned);
            return Ok(DecodedImage { remarks: remarks.into_vec(), ..image });
        }
        patched = file.bytes;
        bytes = &patched;
    }
    let (format, name) = match guessed(bytes) {
        Some(ImageFormat::Jpeg) => return decode_jpeg::decode(bytes),
        Some(ImageFormat::Png) => (ImageFormat::Png, "PNG"),
        Some(ImageFormat::Tiff) => (ImageFormat::Tiff, "TIFF"),
        Some(ImageFormat::Bmp) => (ImageFormat::Bmp, "BMP"),
        Some(ImageFormat::WebP) => (ImageFormat::WebP, "WebP"),
        _ => return Err(DecodeProblem::NotAPicture),
    };
    let damaged = |error: image::ImageError| problem_of(name, &error);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    // The crate's own limits are replaced by the check below, which knows what to say.
    reader.no_limits();
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    check_size(u64::from(width), u64::from(height))?;
    // Not every PNG or WebP has EXIF, and a broken block of it is no reason to refuse the picture.
    let turned = decoder.orientation().map_or(1, image::metadata::Orientation::to_exif);
    let color = decoder.color_type();
    let mut buffer = vec![0u8; usize::try_from(decoder.total_bytes()).map_err(|_| too_large(width, height))?];
    let truncated = match decoder.read_image(&mut buffer) {
        Ok(()) => false,
        Err(error) => {
            // Rows that came before the cut are in the buffer; PNG's are in the file's big-endian order then.
            if format != ImageFormat::Png || buffer.iter().all(|&byte| byte == 0) {
                return Err(damaged(error));
            }
            if matches!(color, ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16) {
                buffer.as_chunks_mut::<2>().0.iter_mut().for_each(|b| *b = u16::from_be_bytes(*b).to_ne_bytes());
            }
            true
        }
    };
    if animation::pictures(bytes) > 1 {
        remarks.say(format!("the {name} file is an animation: its first picture is read, the others are not"));
    }
    let samples = to_samples(color, buffer, &mut remarks)
        .ok_or_else(|| DecodeProblem::Unsupported { format: name, what: format!("samples of the kind {color:?}") })?;
    // BMP keeps greys in a palette, which the decoder expands to colours.
    let samples = if format == ImageFormat::Bmp { folded_greys(samples) } else { samples };
    Ok(DecodedImage { remarks: remarks.into_vec(), ..oriented(width, height, samples, truncated, turned) })
}

/// The stored values of a picture whose samples are no whole numbers of 8 or 16 bits from 0 on, which
/// [`from_bytes`] brings to codes; `None` for all others.
///
/// # Errors
/// As [`read`], without a file name.
pub fn special_values(bytes: &[u8]) -> Result<Option<Stored>, DecodeProblem> {
    let is_tiff = !dicom::is_dicom(bytes) && matches!(guessed(bytes), Some(ImageFormat::Tiff));
    let file = is_tiff.then(|| Tiff::open(bytes, &mut Remarks::default())).flatten();
    let file = file.filter(|file| matches!(file.special, Some(Special::Numbers)));
    file.map(|file| file.values()).transpose()
}

/// Whether a picture without a DICOM header has samples of more than 8 bits, by its header alone; `false` for what
/// cannot be read.
pub fn is_wide(path: &Path) -> bool {
    let Ok(bytes) = file_bytes(path) else { return false };
    if dicom::is_dicom(&bytes) {
        return false;
    }
    let reader = guessed(&bytes).map(|format| ImageReader::with_format(Cursor::new(&bytes), format));
    let decoder = reader.and_then(|reader| reader.into_decoder().ok());
    decoder.is_some_and(|decoder| {
        matches!(decoder.color_type(), ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16)
    })
}

/// The format of a file by how it begins; BigTIFF is a TIFF.
pub(super) fn guessed(bytes: &[u8]) -> Option<ImageFormat> {
    if bytes.starts_with(b"II+\0") || bytes.starts_with(b"MM\0+") {
        return Some(ImageFormat::Tiff);
    }
    image::guess_format(bytes).ok()
}

/// Grey samples where no pixel has a colour.
fn folded_greys(samples: Samples) -> Samples {
    match samples {
        Samples::Rgb8(v) if v.as_chunks::<3>().0.iter().all(|[r, g, b]| r == g && g == b) => {
            Samples::Gray8(v.as_chunks::<3>().0.iter().map(|[red, _, _]| *red).collect())
        }
        other => other,
    }
}

fn too_large(width: u32, height: u32) -> DecodeProblem {
    DecodeProblem::TooLarge { width: width.into(), height: height.into() }
}

fn problem_of(format: &'static str, error: &image::ImageError) -> DecodeProblem {
    match error {
        image::ImageError::Unsupported(what) => DecodeProblem::Unsupported { format, what: what.to_string() },
        other => DecodeProblem::Damaged { format, why: other.to_string() },
    }
}

/// Stored bytes in the machine's order as samples, with transparency composed over black; `None` for kinds that are
/// not 8 or 16 bit.
fn to_samples(color: ColorType, bytes: Vec<u8>, remarks: &mut Remarks) -> Option<Samples> {
    let mut bytes = bytes;
    let (colours, alpha) = match color {
        ColorType::La8 => (1, 1),
        ColorType::La16 => (2, 2),
        ColorType::Rgba8 => (3, 1),
        ColorType::Rgba16 => (6, 2),
        _ => (1, 0),
    };
    if alpha > 0 && hidden_throughout(&bytes, colours, alpha) {
        remarks.say("every pixel is marked as wholly transparent: the colours are shown as if none were");
        for pixel in bytes.chunks_exact_mut(colours + alpha) {
            pixel.iter_mut().skip(colours).for_each(|byte| *byte = 255);
        }
    }
    let wide = |bytes: &[u8]| bytes.as_chunks::<2>().0.iter().map(|b| u16::from_ne_bytes(*b)).collect::<Vec<u16>>();
    Some(match color {
        ColorType::L8 => Samples::Gray8(bytes),
        ColorType::Rgb8 => Samples::Rgb8(bytes),
        ColorType::La8 => Samples::Gray8(over_black::<_, 2, 1>(&bytes, |v, a| ((v * a + 127) / 255) as u8)),
        ColorType::Rgba8 => Samples::Rgb8(over_black::<_, 4, 3>(&bytes, |v, a| ((v * a + 127) / 255) as u8)),
        ColorType::L16 => Samples::Gray16(wide(&bytes)),
        ColorType::Rgb16 => Samples::Rgb16(wide(&bytes)),
        ColorType::La16 => {
            Samples::Gray16(over_black::<_, 2, 1>(&wide(&bytes), |v, a| ((v * a + 32767) / 65535) as u16))
        }
        ColorType::Rgba16 => {
            Samples::Rgb16(over_black::<_, 4, 3>(&wide(&bytes), |v, a| ((v * a + 32767) / 65535) as u16))
        }
        _ => return None,
    })
}

/// Whether every pixel is wholly transparent and some have a colour all the same, as writers that know no transparency
/// leave it. Pixels have this many bytes of colour and of transparency.
fn hidden_throughout(bytes: &[u8], colours: usize, alpha: usize) -> bool {
    let mut coloured = false;
    bytes.chunks_exact(colours + alpha).all(|pixel| {
        coloured |= pixel.iter().take(colours).any(|&byte| byte != 0);
        pixel.iter().skip(colours).all(|&byte| byte == 0)
    }) && coloured
}

/// Drops the last of `WITH` channels after multiplying the `COLORS` before it by it.
fn over_black<T: Copy + Into<u64>, const WITH: usize, const COLORS: usize>(
    samples: &[T],
    multiply: impl Fn(u64, u64) -> T,
) -> Vec<T> {
    let mut out = Vec::with_capacity(samples.len() / WITH * COLORS);
    for pixel in samples.as_chunks::<WITH>().0 {
        let alpha = pixel[WITH - 1].into();
        out.extend(pixel.iter().take(COLORS).map(|&value| multiply(value.into(), alpha)));
    }
    out
}
