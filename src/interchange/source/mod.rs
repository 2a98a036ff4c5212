//! What lies in a folder or archive: the files, their beginnings and texts, and what was seen of them before.

pub mod archive;
mod dicom_directory;
pub mod listing;
pub mod notes;
pub mod text;
pub mod walk;
pub mod xml;
pub mod yaml;

#[cfg(test)]
mod archive_tests;
