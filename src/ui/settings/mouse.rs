//! What the mouse does.

use super::State;
use super::rows::Rows;

/// Shows the section.
pub(super) fn show(rows: &mut Rows<'_, '_>, _: &mut State) {
    rows.note(
        "Left button",
        "Does what the tool in hand does: moves the picture and boxes, windows, draws a box, measures.",
    );
    rows.note("Middle button", "Moves the picture, whatever the tool. Holding Space does the same with the left one.");
    rows.note("Right button", "Windows: right widens, down darkens.");
    rows.note("Wheel", "Zooms at the pointer. A double click fits the picture.");
}
