//! Overread

pub mod domain;
pub mod imaging;
pub mod phantom;
pub mod nn;
pub mod models;
pub mod evaluation;
pub mod inference;
pub mod explain;
pub mod training;
pub mod interchange;
pub mod store;
pub mod jobs;
pub mod session;
pub mod cli;
pub mod ui;
