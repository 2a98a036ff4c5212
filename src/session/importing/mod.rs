//! From a source of images and labels to what goes into a project.

pub(in crate::session) mod alike;
pub(in crate::session) mod arrivals;
pub mod create;
pub mod find;
pub(in crate::session) mod incoming;
pub(in crate::session) mod other_project;
pub mod patients;
mod people;
pub(in crate::session) mod readings;
pub mod staging;
pub(in crate::session) mod statements;
pub mod tables;
pub(in crate::session) mod taken_over;
mod twins;
