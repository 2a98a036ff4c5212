//! Drawings of figures as SVG, dark on light: the same in a report and in a file of their own.

pub mod boxes;
pub mod curves;
pub mod forest;
pub mod matrix;
pub(in crate::session) mod numbers;
pub(in crate::session) mod plot;
pub mod robustness;
pub(in crate::session) mod text;

/// A drawing with what one sees, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// What its file is called, without the ending.
    pub name: &'static str,
    /// Well formed, and in need of nothing else.
    pub svg: String,
    pub caption: String,
}
