//! The program itself.

use super::State;
use super::rows::Rows;

/// Shows the section.
pub(super) fn show(rows: &mut Rows<'_, '_>, _: &mut State) {
    let version = concat!("Overread ", env!("CARGO_PKG_VERSION"));
    rows.note(version, "See what a model makes of your images, correct it, teach it.");
    rows.note(
        "Not a medical device",
        "For research and teaching. It gives no diagnosis, and nothing in it may be used to treat anybody.",
    );
    rows.note("Licence", concat!(env!("CARGO_PKG_LICENSE"), ". The crates it is built of have licences of their own."));
}
