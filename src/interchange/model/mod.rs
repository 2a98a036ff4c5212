//! Plain values: what files say, what was taken of it, and what a person says of how to read.

pub mod attributes;
pub mod columns;
pub mod draft;
pub mod error;
pub mod format;
pub mod layout;
pub mod many;
pub mod names;
pub mod options;
pub mod reading;
pub mod spill;
pub mod tally;
