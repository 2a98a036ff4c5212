//! What the Review screen knows, as values: nothing here paints, and nothing here knows the panels.

pub mod boxes;
pub mod current;
pub mod display;
pub mod geometry;
pub mod maps;
pub mod marked;
pub mod note;
pub mod selection;
pub mod stated;
pub mod threshold;
pub mod turn;
pub mod words;
