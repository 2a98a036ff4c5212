//! `overread decode`: an image's stored values as `.npy`, or what is displayed as `.png`.

use super::npy;
use crate::imaging::{self, Samples};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The image.
    file: PathBuf,
    /// The frame, for files that hold several; the formats read so far hold one.
    #[arg(long, default_value_t = 0)]
    frame: usize,
    /// Where to write: .npy for stored values (rows x columns, or rows x columns x 3), .png for what is displayed.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    if args.frame != 0 {
        bail!("{} has one frame: leave --frame out", args.file.display());
    }
    let extension = args.out.extension().map(|e| e.to_string_lossy().to_lowercase());
    let image = imaging::read(&args.file)?;
    match extension.as_deref() {
        Some("npy") => {
            let (rows, columns) = (u64::from(image.height), u64::from(image.width));
            match &image.samples {
                Samples::Gray8(v) => npy::write(&args.out, &[rows, columns], v),
                Samples::Gray16(v) => npy::write(&args.out, &[rows, columns], v),
                Samples::Rgb8(v) => npy::write(&args.out, &[rows, columns, 3], v),
                Samples::Rgb16(v) => npy::write(&args.out, &[rows, columns, 3], v),
            }
        }
        Some("png") => {
            let shown = imaging::render(&image, None, false, usize::MAX);
            let (width, height) = (u32::try_from(shown.width)?, u32::try_from(shown.height)?);
            imaging::write::write_png_rgba(&args.out, width, height, &shown.rgba)
                .with_context(|| format!("{} was not written", args.out.display()))
        }
        _ => bail!("{} ends neither with .npy nor with .png: say which by the name", args.out.display()),
    }
}
