//! What is said of the files of images.

use crate::domain::ImageFacts;
use crate::domain::recipe::Greys;
use std::collections::BTreeMap;

/// What is shown of an image at first and given to networks, where that is not simply what is stored; `older` where the
/// active model has the older rule.
pub fn greys(facts: &ImageFacts, older: bool) -> Option<String> {
    if facts.format == "DICOM" {
        let what = "what is shown at first: as the header's first window or table says, else all values";
        return (!facts.color).then(|| format!("Networks get {what}"));
    }
    (facts.bits > 8).then(|| match older {
        false => "It is shown, and given to networks, from its smallest value to its largest".to_owned(),
        true => format!(
            "It is shown from its smallest value to its largest, but the active model gets {}: train one again",
            Greys::FullDepth.sentence()
        ),
    })
}

/// What a file says of a box besides its class: "difficult, truncated, pose Left".
pub fn marks(marks: &BTreeMap<String, String>) -> String {
    let is_set = |value: &str| value == "1" || value.eq_ignore_ascii_case("true");
    let word = |(name, value): (&String, &String)| if is_set(value) { name.clone() } else { format!("{name} {value}") };
    marks.iter().map(word).collect::<Vec<_>>().join(", ")
}
