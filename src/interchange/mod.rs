//! Labels and boxes that lie in files: reading them in, handing them out; each read says what it took, what it left out
//! and why.
//!
//! From the ground up, each using only what stands before it: `model` (plain values), `source` (files), `resolve` (which
//! picture, which frame, which copy), `writing` (what all writers share), `formats` (one folder a format), `read` (the way
//! from a source to a [`Reading`]), `export` (the way from a project to a folder).

pub mod export;
pub mod formats;
pub mod model;
mod read;
pub mod resolve;
pub mod source;
pub mod writing;

#[cfg(test)]
mod dicom_tests;
#[cfg(test)]
mod large_tests;
#[cfg(test)]
mod shared_data_tests;
#[cfg(test)]
mod told_tests;

pub use export::submission;
pub use export::{
    Confidentiality, Dates, Export, ExportError, How, Outgoing, Pictures, Predicted, Unseen, Writer, Written, export,
    takes_silence_for_none,
};
pub use formats::detect::Detection;
pub use formats::table::head::{TableHead, table_head};
pub use formats::table::mapping::{BoxColumns, InCell, Mapping};
pub use formats::table::measurements;
pub use formats::table::write::export_tables;
pub use model::columns::{Columns, KnownTable, Role};
pub use model::error::{FolderError, ReadError};
pub use model::format::Format;
pub use model::names;
pub use model::options::{Frame, Options, Progress, Unannotated, VocBase};
pub use model::reading::{Measured, ReadBox, ReadImage, Reading, Said, instant};
pub use model::spill::{SpillError, Spilled};
pub use model::tally::Tally;
#[cfg(test)]
pub use read::format_at;
pub use read::{format_of, read, read_listed};
pub use source::listing::Source;
pub use source::{archive, notes};
pub use writing::time_text;
pub use writing::{Signed, plain_table};
