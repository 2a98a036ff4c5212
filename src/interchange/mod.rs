//! One file a format, reading and writing; each read says what it took, what it left out and why.

pub mod archive;
mod attributes;
pub mod coco;
mod coco_marks;
mod coco_mask;
mod copies;
mod csv_import;
pub mod csv_mapping;
pub mod detect;
mod dicom_directory;
pub mod export;
pub mod folders;
mod fracatlas;
mod frame;
mod json_lists;
pub mod label_studio;
mod locate;
mod look;
mod measurements;
mod named;
pub mod notes;
pub mod read;
mod read_csv;
pub mod reading;
mod settle;
mod spill;
pub mod split;
pub mod submission;
mod table;
mod table_head;
mod tally;
mod text;
pub mod voc;
pub mod yolo;

#[cfg(test)]
mod archive_tests;
#[cfg(test)]
mod csv_tests;
#[cfg(test)]
mod dicom_tests;
#[cfg(test)]
mod large_tests;
#[cfg(test)]
mod shared_data_tests;

pub use csv_mapping::{BoxColumns, Mapping};
pub use export::{
    Confidentiality, Dates, Export, ExportError, How, Outgoing, Pictures, Predicted, Written, export, export_tables,
    time_text,
};
pub use read::{Options, Progress, format_of, read};
pub use reading::{Format, Measured, ReadBox, ReadError, ReadImage, Reading, Said};
pub use spill::{SpillError, Spilled};
pub use table_head::{TableHead, table_head};
pub use tally::Tally;
pub use voc::Base as VocBase;
