//! What only a person can write, as blanks to fill.

use super::html::Html;
use super::items::Items;

/// What is asked, what to write, and where the guidelines ask for it.
const BLANKS: [(&str, &str, [&str; 3]); 11] = [
    (
        "Intended use",
        "for what decision, on whom, by whom, and what the output is used beside",
        ["3, 41", "3, 15d, 34", "3b"],
    ),
    ("Study design", "planned before or after the images were taken, and with what aim", ["5, 6", "4, 5", "4"]),
    (
        "Setting and dates",
        "where and when the images were taken, and how they were obtained",
        ["7", "9, 11", "5a, 5b, 6a"],
    ),
    ("Eligibility", "who and which images were to be included, and how they were found", ["8, 10", "7, 8, 10", "6b"]),
    ("Image acquisition", "devices, protocols, and how identifying data were removed", ["11, 13", "13, 14", ""]),
    (
        "Reference standard",
        "how the truth was made, by whom, with what experience, what they knew of the model, and how far they agree",
        ["14 to 18", "12, 16a to 17b", "8a to 8c"],
    ),
    ("Ethics", "approval and consent, or why none was needed", ["", "6", "17"]),
    ("Fairness", "groups of people looked at, and what was found", ["", "23, 35", "3c, 14"]),
    ("Testing elsewhere", "images of another place, or why there are none", ["33", "29", "16"]),
    (
        "Protocol, data and code",
        "registration, protocol, and where data, model and code can be had",
        ["34, 42, 43", "36, 37, 40a", "18c to 18f"],
    ),
    (
        "Funding and interests",
        "who paid, what part they had, and what the authors have to declare",
        ["44", "38, 39", "18a, 18b"],
    ),
];

/// The blanks.
pub(super) fn section(page: &mut Html) {
    page.heading("to-write", "To be written by a person", None);
    page.paragraph("The project does not know what follows.");
    for (title, what, [claim, stard_ai, tripod_ai]) in BLANKS {
        page.subheading(title);
        page.items(Items { claim, stard_ai, tripod_ai, decide_ai: "" });
        page.blank(&format!("[to be written: {what}]"));
    }
}
