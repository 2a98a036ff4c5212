//! Weights that others trained: which there are, whether they are on this machine, and fetching them when a person
//! asks. The only floor that talks to a network, and only to the address its catalogue names.

mod catalogue;
mod download;
mod error;
mod shelf;

pub use catalogue::{MadeWith, Pretrained, catalogue};
pub use download::{Going, Progress, Source, fetch};
pub use error::DownloadError;
pub use shelf::{Downloaded, Shelf};

#[cfg(test)]
pub(crate) mod server;
#[cfg(test)]
mod tests;
