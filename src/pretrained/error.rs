//! Why weights are not there, with what to do about it.

use std::io::ErrorKind;
use std::path::PathBuf;

/// Weights that are not there, or a download that did not end in a checked file. What was received before a broken connection stays beside the file's
/// place and is gone on with next time.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error(
        "{what} is none of the weights that can be downloaded: there are {known}; a file's name must end in .pth or .safetensors"
    )]
    Unknown { what: String, known: String },
    #[error("{} is not there: give a weight file to start from, or a name that `overread weights list` knows", .path.display())]
    NoFile { path: PathBuf },
    #[error(
        "{name} is not downloaded yet: `overread weights download {name}` fetches it ({size}), or {}", elsewhere(.url)
    )]
    NotYet { name: &'static str, size: String, url: &'static str },
    #[error("{name} is for the network {made_for}, the recipe wants {wanted}: {remedy}")]
    OtherNetwork { name: &'static str, made_for: &'static str, wanted: String, remedy: String },
    #[error("{url} cannot be reached ({why}): check the network, or {}", elsewhere(.url))]
    Unreachable { url: String, why: String },
    #[error("nothing came from {url} for {seconds} seconds: try again, it goes on where it stopped, or {}", elsewhere(.url))]
    Silent { url: String, seconds: u64 },
    #[error("the connection to {url} broke off ({why}): try again, it goes on where it stopped, or {}", elsewhere(.url))]
    Broken { url: String, why: String },
    #[error("{url} is not there (the server says {status}): {}", elsewhere(.url))]
    Gone { url: String, status: u16 },
    #[error("the server answers {status} for {url}: try again later, or {}", elsewhere(.url))]
    Status { url: String, status: u16 },
    #[error(
        "what came from {url} is not the file that was meant (its SHA-256 begins with {found}, not {wanted}) and was \
         deleted: try again, or {}", elsewhere(.url)
    )]
    WrongHash { url: String, wanted: String, found: String },
    #[error("{} is being written by another download: wait for it", .path.display())]
    Busy { path: PathBuf },
    #[error("{} cannot be written ({source}){}", .path.display(), remedy(.source))]
    Write { path: PathBuf, source: std::io::Error },
    #[error("the download was cancelled; what there is of it is kept and gone on with next time")]
    Cancelled,
}

fn elsewhere(url: &str) -> String {
    let file = url.rsplit('/').next().unwrap_or("it");
    format!("download {file} elsewhere and give the file itself (Choose file, or --weights FILE)")
}

fn remedy(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ": make room on the disk and try again",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            ": let OVERREAD_DATA_DIR name a folder you may write to"
        }
        _ => ": try again",
    }
}
