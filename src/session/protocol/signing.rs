//! What is said of sign-offs.

use crate::domain::SignOff;

/// What a step of a sign-off did: "signed off by ann", "reopened (signed off by ann): “the lateral view was missed”".
pub(super) fn change(sign_off: &SignOff, holds: bool, reason: &str) -> String {
    let by = &sign_off.by;
    match (holds, reason) {
        (true, _) if sign_off.elsewhere => format!("signed off by {by}, in a copy that said something else"),
        (true, _) => format!("signed off by {by}"),
        (false, "") => format!("sign-off of {by} taken away"),
        (false, reason) => format!("reopened (signed off by {by}): \u{201c}{reason}\u{201d}"),
    }
}

/// What undo calls it.
pub(super) fn noun(holds: bool) -> &'static str {
    if holds { "sign-off" } else { "reopening" }
}
