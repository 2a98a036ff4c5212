//! Which attributes of the images a report may show, and how.

use crate::domain::ImageFacts;

/// Words in an attribute's name that say that it is of a kind of person, device or picture. Others may name somebody (a
/// reader, a doctor), so they are not shown.
const SHOWN: [&str; 30] = [
    "age",
    "sex",
    "gender",
    "race",
    "ethnicity",
    "modality",
    "view",
    "position",
    "projection",
    "orientation",
    "body",
    "anatomy",
    "region",
    "laterality",
    "side",
    "manufacturer",
    "vendor",
    "scanner",
    "device",
    "detector",
    "hardware",
    "camera",
    "density",
    "protocol",
    "sequence",
    "contrast",
    "photometric",
    "cast",
    "implant",
    "fracture",
];

/// Whether a report shows an attribute of this name.
pub(super) fn is_shown(name: &str) -> bool {
    words(name).iter().any(|word| SHOWN.contains(&word.as_str()))
}

/// Attributes of the pictures themselves, by the names that the analysis gives them.
const OF_PICTURES: [&str; 7] =
    ["image size", "bit depth", "colour mode", "file format", "number of pixels", "aspect ratio", "mean brightness"];

/// Whether an attribute is of the pictures themselves.
pub(super) fn is_of_pictures(name: &str) -> bool {
    OF_PICTURES.contains(&name)
}

/// A value as the report shows it: ages in bands of ten years, from 90 on in one.
pub(in crate::session) fn shown(name: &str, value: &str) -> String {
    if !words(name).iter().any(|word| word == "age") {
        return value.to_owned();
    }
    // DICOM writes 045Y for 45 years, and M, W or D for months, weeks and days.
    let (digits, unit) = match value.trim().char_indices().last() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => {
            (value.trim().get(..at).unwrap_or_default(), unit.to_ascii_uppercase())
        }
        Some(_) | None => (value.trim(), 'Y'),
    };
    match (digits.parse::<f64>(), unit) {
        (Ok(years), 'Y') if (0.0..90.0).contains(&years) => {
            let from = (years / 10.0).floor() as usize * 10;
            format!("{from} to {} years", from + 9)
        }
        (Ok(years), 'Y') if (90.0..150.0).contains(&years) => "90 years and over".to_owned(),
        (Ok(_), 'M' | 'W' | 'D') => "below 10 years".to_owned(),
        (Ok(_) | Err(_), _) => value.to_owned(),
    }
}

/// What a file says of its own picture.
pub(super) fn of_file(facts: &ImageFacts) -> [(&'static str, Option<String>); 3] {
    let looked = facts.bits > 0;
    let colour = if facts.color { "colour" } else { "grey" };
    [
        ("file format", (!facts.format.is_empty()).then(|| facts.format.clone())),
        ("bits a sample", looked.then(|| facts.bits.to_string())),
        ("colours", looked.then(|| colour.to_owned())),
    ]
}

/// The words of a name in lower case: `ViewPosition` and `view_position` are both "view", "position".
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        if (c.is_uppercase() && before.is_lowercase()) || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(last) = words.last_mut()
        {
            last.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_shown_and_people_are_not() {
        assert!(["PatientAge", "sex", "View Position", "body part", "manufacturer"].into_iter().all(is_shown));
        assert!(["bit depth", "image size"].into_iter().all(is_of_pictures) && !is_of_pictures("source folder"));
        assert!(!["reader", "doctor", "radiologist_1", "ward", "language"].into_iter().any(is_shown));
    }

    #[test]
    fn ages_are_told_in_bands() {
        let age = |value| shown("patient_age", value);
        assert_eq!(
            (age("047Y"), age("47"), age("9.5")),
            ("40 to 49 years".into(), "40 to 49 years".into(), "0 to 9 years".into())
        );
        assert_eq!(
            (age("093Y"), age("006M"), age("old")),
            ("90 years and over".into(), "below 10 years".into(), "old".into())
        );
        assert_eq!(shown("view", "47"), "47");
    }
}
