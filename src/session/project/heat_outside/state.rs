//! What an open project remembers of the heat outside boxes.

use std::collections::HashSet;

/// What is to be worked out, and what became of it meanwhile.
#[derive(Debug, Default)]
pub(in crate::session) struct HeatOutside {
    /// The order asks for it.
    pub(super) wanted: bool,
    /// Grows with each that is asked for: of older ones nothing is heard.
    pub(super) number: u64,
    /// The places of images of which something was said since: what is found of them is of what was said before.
    pub(super) touched: HashSet<usize>,
}
