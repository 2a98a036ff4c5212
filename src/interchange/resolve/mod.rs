//! From what files say to what is taken: which pictures are meant, in which frame boxes lie, which pictures are copies.

mod copies;
pub mod differing;
mod findings;
pub mod frame;
pub mod given;
pub mod listed;
pub mod locate;
pub mod look;
mod masks;
mod merge;
pub mod named;
mod patients;
pub mod settle;
