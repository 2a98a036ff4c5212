//! Overread

pub mod cli;
pub mod domain;
pub mod evaluation;
pub mod explain;
pub mod imaging;
pub mod inference;
pub mod interchange;
pub mod jobs;
pub mod models;
pub mod nn;
pub mod phantom;
pub mod session;
pub mod store;
pub mod training;
pub mod ui;
