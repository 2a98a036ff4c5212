//! A drawing to be written to a file.

use std::sync::Arc;

/// A drawing of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// What its file is called, without the ending.
    pub name: String,
    pub form: DrawnForm,
}

/// How it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DrawnForm {
    Svg(Arc<str>),
    /// As it is on screen: four bytes a pixel, row by row.
    Pixels {
        width: u32,
        height: u32,
        rgba: Arc<[u8]>,
    },
}

impl Drawn {
    /// The ending of its file's name.
    pub fn ending(&self) -> &'static str {
        match self.form {
            DrawnForm::Svg(_) => "svg",
            DrawnForm::Pixels { .. } => "png",
        }
    }
}
