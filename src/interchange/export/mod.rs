//! Handing a project out in the formats other tools read: labels and boxes written anew, pictures copied or linked.
//!
//! Everything is written to a folder beside the wanted one, which gets its name when it is whole: an export that fails
//! or is cancelled leaves nothing behind.

mod confidential;
pub mod submission;
mod unseen;

#[cfg(test)]
mod attributes_tests;
#[cfg(test)]
mod confidential_tests;
#[cfg(test)]
mod findings_tests;
#[cfg(test)]
mod planting_tests;
#[cfg(test)]
mod tests;

pub use super::formats::WRITERS;
pub use super::writing::pictures::Pictures;
pub use super::writing::{Export, ExportError, Outgoing, Predicted, Progress, Writer, Written, last};
pub use confidential::{Confidentiality, Dates};
pub use unseen::{Unseen, takes_silence_for_none};

use super::model::format::Format;
use super::writing::pictures::Placing;
use super::writing::{make, names};
use crate::imaging::making::Making;
use std::io;
use std::path::Path;

/// How it is handed out.
#[derive(Clone, Debug, Default)]
pub struct How {
    pub pictures: Pictures,
    /// What becomes of images nobody has looked at, where the format has no word for them.
    pub unseen: Unseen,
    /// Pictures are cleaned of what may tell who the patient is, and everything has new names.
    pub confidentiality: Option<Confidentiality>,
}

/// Writes everything to a folder, which must be new or empty.
///
/// # Errors
/// [`ExportError`] when the folder is in use or cannot be written, a picture cannot be copied, or `progress` says no.
pub fn export(
    format: Format,
    export: &Export<'_>,
    to: &Path,
    how: &How,
    progress: Progress,
) -> Result<Written, ExportError> {
    let to = std::path::absolute(to).map_err(|why| ExportError::Io { path: to.to_owned(), why })?;
    check_free(&to)?;
    let beside = to.parent().unwrap_or(Path::new("/"));
    make(beside)?;
    let io = |why| ExportError::Io { path: to.clone(), why };
    let built = Making::within(beside).map_err(io)?;
    let mut written = Written::default();
    let mut pictures = how.pictures;
    let mut images = match pictures {
        // Whoever has the pictures has them by their own names.
        Pictures::Leave => names::as_imported(export.images),
        Pictures::Copy | Pictures::Link | Pictures::Move => names::unique(export.images),
    };
    images = unseen::settle(format, images, how.unseen, &mut written);
    if let Some(confidentiality) = &how.confidentiality {
        images = confidential::cleaned(images, confidentiality, built.path(), &mut written, progress)?;
        pictures = Pictures::Move;
    }
    let export = Export { images: &images, ..*export };
    let mut placing = Placing::new(pictures, images.len(), progress);
    write(format, &export, built.path(), &mut placing, &mut written)?;
    confidential::remove_staging(built.path())?;
    readable(built.path()).map_err(io)?;
    built.take_place(&to).map_err(io)?;
    Ok(written)
}

fn write(
    format: Format,
    export: &Export<'_>,
    to: &Path,
    placing: &mut Placing<'_>,
    written: &mut Written,
) -> Result<(), ExportError> {
    match WRITERS.iter().find(|writer| writer.format == format) {
        Some(writer) => (writer.write)(export, to, placing, written),
        None => Err(ExportError::Refused(format!("{} is read, but not written: choose another format", format.name()))),
    }
}

/// Fails where something is in the way of a new folder.
///
/// # Errors
/// [`ExportError::NotEmpty`], or that it cannot be looked into.
pub fn check_free(to: &Path) -> Result<(), ExportError> {
    match std::fs::read_dir(to) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(ExportError::NotEmpty(to.to_owned())),
        },
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(why) => Err(ExportError::Io { path: to.to_owned(), why }),
    }
}

/// Gives a temporary folder the permissions any other program would give a new one.
#[cfg(unix)]
fn readable(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // A folder made just now shows what the umask leaves.
    let probe = folder.join(".overread-permissions");
    std::fs::create_dir(&probe)?;
    let mode = std::fs::metadata(&probe)?.permissions().mode();
    std::fs::remove_dir(&probe)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn readable(_folder: &Path) -> io::Result<()> {
    Ok(())
}
