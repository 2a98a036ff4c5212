//! `overread decode`: an image's stored values as `.npy`, or what is displayed as `.png`.

use super::npy;
use crate::domain::ImageFile;
use crate::domain::Voi;
use crate::imaging::dicom::{self, Stored, Values};
use crate::imaging::{self, DecodedImage, Samples};
use anyhow::{Context, Result, bail};
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The image.
    file: PathBuf,
    /// The frame, counted from 0, for DICOM files that hold several.
    #[arg(long, default_value_t = 0)]
    frame: u32,
    /// Where to write: .npy for stored values (rows x columns, or rows x columns x 3; YBR as RGB), .png for what is
    /// displayed.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let extension = args.out.extension().map(|e| e.to_string_lossy().to_lowercase());
    let is_dicom = begins_as_dicom(&args.file);
    let file = ImageFile { path: args.file.clone(), frame: args.frame };
    match extension.as_deref() {
        Some("npy") if is_dicom => {
            write_stored(&args.out, &dicom::with_file(&args.file, |dicom| dicom.stored(args.frame as usize))?)
        }
        Some("npy") => {
            let bytes = imaging::decode::file_bytes(&args.file).unwrap_or_default();
            match imaging::special_values(&bytes).ok().flatten() {
                Some(stored) => write_stored(&args.out, &stored),
                None => write_samples(&args.out, &imaging::read(&file)?),
            }
        }
        Some("png") => {
            let shown = imaging::render(&imaging::read(&file)?, Voi::default(), false, usize::MAX);
            let (width, height) = (u32::try_from(shown.width)?, u32::try_from(shown.height)?);
            imaging::write::write_png_rgba(&args.out, width, height, &shown.rgba)
                .with_context(|| format!("{} was not written", args.out.display()))
        }
        _ => bail!("{} ends neither with .npy nor with .png: say which by the name", args.out.display()),
    }
}

/// Whether the file's first bytes are those of a DICOM file; what cannot be read is told later, with its reason.
fn begins_as_dicom(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(1024).read_to_end(&mut head));
    read.is_ok() && imaging::is_dicom(&head)
}

fn write_samples(out: &Path, image: &DecodedImage) -> Result<()> {
    let (rows, columns) = (u64::from(image.height), u64::from(image.width));
    match &image.samples {
        Samples::Gray8(v) => npy::write(out, &[rows, columns], v),
        Samples::Gray16(v) => npy::write(out, &[rows, columns], v),
        Samples::Rgb8(v) => npy::write(out, &[rows, columns, 3], v),
        Samples::Rgb16(v) => npy::write(out, &[rows, columns, 3], v),
        Samples::Measured(measured) => npy::write(out, &[rows, columns], &measured.codes),
    }
}

fn write_stored(out: &Path, stored: &Stored) -> Result<()> {
    let (rows, columns, samples) = (stored.rows as u64, stored.columns as u64, stored.samples as u64);
    let shape = if samples == 1 { vec![rows, columns] } else { vec![rows, columns, samples] };
    match &stored.values {
        Values::U8(v) => npy::write(out, &shape, v),
        Values::I8(v) => npy::write(out, &shape, v),
        Values::U16(v) => npy::write(out, &shape, v),
        Values::I16(v) => npy::write(out, &shape, v),
        Values::U32(v) => npy::write(out, &shape, v),
        Values::I32(v) => npy::write(out, &shape, v),
        Values::F32(v) => npy::write(out, &shape, v),
        Values::F64(v) => npy::write(out, &shape, v),
    }
}
