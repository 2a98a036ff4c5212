//! One file a format, reading and writing; each read says what it took, what it left out and why.

pub mod csv_export;
pub mod folders;
pub mod split;
