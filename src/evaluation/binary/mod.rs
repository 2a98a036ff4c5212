//! One finding, there or not, and a score for it: curves, areas, the four cells at a threshold and what follows from them.
//!
//! Every figure takes a weight an image, so that one function serves the images as they are (all 1), resamples of them
//! ([`crate::evaluation::bootstrap`]) and images that count more. Scores are put in order once. A figure that is not
//! defined is `None`, never 0. `tests/reference/binary.py` makes the values of scikit-learn, statsmodels and SciPy that the
//! tests compare with.

pub mod decision_curve;
pub mod delong;
pub mod probability;
pub mod ranked;
#[cfg(test)]
mod reference_check;
pub mod table;
pub mod threshold;

pub use ranked::{Ranked, Step};
pub use table::Table;
