//! X-AnyLabeling (github.com/CVHub520/X-AnyLabeling): labelme's files with more said of each shape.

use super::labelme::parse::Tool;
use super::{Found, Glance, Importer, Told, labelme};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::source::listing::Source;

impl Format {
    /// X-AnyLabeling.
    pub const X_ANYLABELING: Self = Self::new("xanylabeling", "X-AnyLabeling");
}

/// Reads [`Format::X_ANYLABELING`].
pub struct XAnyLabeling;

impl Importer for XAnyLabeling {
    fn format(&self) -> Format {
        Format::X_ANYLABELING
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        labelme::told(glance, Tool::XAnyLabeling)
    }

    fn read(&self, source: &Source, _: &Options) -> Result<Found, ReadError> {
        labelme::read(source, Tool::XAnyLabeling)
    }
}
