//! Several findings of one image: `A|B` in one cell, or a column of 0 and 1 for each finding, as in
//! <https://stanfordmlgroup.github.io/competitions/chexpert/> where -1 is uncertain. An image of one class is taken from
//! either; what says more than that is told and not made a class.

use super::mapping::normal;
use std::collections::HashSet;

/// Names of findings, letters and digits only, in published tables of one column each: CheXpert, ChestX-ray14, VinDr-CXR,
/// the ISIC challenges, RIADD.
const NAMES: [&str; 62] = [
    "nofinding",
    "enlargedcardiomediastinum",
    "cardiomegaly",
    "lungopacity",
    "lunglesion",
    "edema",
    "consolidation",
    "pneumonia",
    "atelectasis",
    "pneumothorax",
    "pleuraleffusion",
    "pleuralother",
    "fracture",
    "supportdevices",
    "effusion",
    "emphysema",
    "fibrosis",
    "hernia",
    "infiltration",
    "mass",
    "nodule",
    "pleuralthickening",
    "nodulemass",
    "aorticenlargement",
    "calcification",
    "ild",
    "otherlesion",
    "pulmonaryfibrosis",
    "ribfracture",
    "tuberculosis",
    "copd",
    "lungtumor",
    "mel",
    "nv",
    "bcc",
    "ak",
    "akiec",
    "bkl",
    "df",
    "vasc",
    "scc",
    "unk",
    "melanoma",
    "seborrheickeratosis",
    "diseaserisk",
    "dr",
    "armd",
    "mh",
    "dn",
    "brvo",
    "tsln",
    "odc",
    "crvo",
    "myopia",
    "normal",
    "healthy",
    "benign",
    "malignant",
    "nevus",
    "cataract",
    "glaucoma",
    "other",
];
/// Columns that say that there is any of the others.
const ANY: [&str; 1] = ["diseaserisk"];
/// Words between findings in one cell. The second group counts only where each part is a class by itself, too.
const ALWAYS: [char; 1] = ['|'];
const SOMETIMES: [char; 3] = [';', ',', '+'];

/// A cell of 0 and 1: 1, 0, or -1 for uncertain; blank is `Some(None)`, anything else `None`.
pub fn flag(cell: &str) -> Option<Option<i8>> {
    match cell {
        "" => Some(None),
        "1" | "1.0" => Some(Some(1)),
        "0" | "0.0" => Some(Some(0)),
        "-1" | "-1.0" => Some(Some(-1)),
        _ => None,
    }
}

/// Whether a cell says that nothing is known, as statistics programs write it.
pub fn is_not_known(cell: &str) -> bool {
    ["na", "n/a", "#n/a", "<na>", "nan", "null"].contains(&cell.to_lowercase().as_str())
}

/// Whether a cell is -1, which stands for "not known" among grades and findings.
pub fn is_minus_one(cell: &str) -> bool {
    flag(cell) == Some(Some(-1))
}

/// Whether columns of 0 and 1 are called as findings are: most of them.
pub fn are_findings<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let (known, all) =
        names.fold((0, 0), |(known, all), name| (known + usize::from(NAMES.contains(&normal(name).as_str())), all + 1));
    known >= 2 && 2 * known > all
}

/// Whether a column only says that there is any finding.
pub fn is_any(name: &str) -> bool {
    ANY.contains(&normal(name).as_str())
}

/// What the columns of findings say of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// The one that is there, by its column.
    One(usize),
    Several,
    /// One is uncertain.
    Uncertain,
    None,
}

/// What the columns `at` of a row with these cells say.
pub fn of<'a>(cell: impl Fn(usize) -> &'a str, at: &[usize]) -> Of {
    let mut found = Of::None;
    for at in at {
        match (flag(cell(*at)).flatten(), &found) {
            (Some(1), Of::None) => found = Of::One(*at),
            (Some(1), _) => return Of::Several,
            (Some(-1), _) => return Of::Uncertain,
            _ => {}
        }
    }
    found
}

/// The one entry of a list as programs print it (`['normal']`), nothing of an empty one; any other cell as it is.
pub fn unlisted(cell: &str) -> &str {
    let Some(list) = cell.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']')) else { return cell };
    let entry = list.trim().trim_end_matches(',').trim_end();
    let quoted = |quote: char| entry.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    match quoted('\'').or_else(|| quoted('"')) {
        // What has quotes within is a list of several.
        Some(one) if !one.contains(['\'', '"']) => one.trim(),
        None if entry.is_empty() => "",
        Some(_) | None => cell,
    }
}

/// Whether a cell names several findings; `alone` are the classes that cells name by themselves.
pub fn are_several(cell: &str, alone: &HashSet<String>) -> bool {
    let parts = |separator: char| cell.split(separator).map(str::trim).filter(|part| !part.is_empty());
    if let Some(list) = cell.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        return list.split(',').filter(|part| !part.trim().is_empty()).count() > 1;
    }
    ALWAYS.iter().any(|separator| parts(*separator).count() > 1)
        || SOMETIMES
            .iter()
            .any(|separator| parts(*separator).count() > 1 && parts(*separator).all(|part| alone.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_one_are_taken_out_of_their_brackets() {
        for (cell, entry) in [
            ("['normal']", "normal"),
            ("[\"normal\"]", "normal"),
            ("['normal',]", "normal"),
            (" [ ] ", ""),
            ("['a', 'b']", "['a', 'b']"),
            ("[a]", "[a]"),
            ("normal", "normal"),
            ("it's", "it's"),
        ] {
            assert_eq!(unlisted(cell), entry, "{cell}");
        }
    }

    #[test]
    fn several_are_told_from_names_with_signs_in_them() {
        let alone: HashSet<String> = ["Mass", "Edema", "large", "Mass, large"].map(str::to_owned).into();
        for (cell, several) in [
            ("Mass|Edema", true),
            ("Mass|Other", true),
            ("Mass; Edema", true),
            ("Mass,Edema", true),
            ("Cyst, benign", false),
            ("['Mass', 'Edema']", true),
            ("['Mass']", false),
            ("Mass|", false),
            ("Mass", false),
        ] {
            assert_eq!(are_several(cell, &alone), several, "{cell}");
        }
        assert!(are_findings(["No Finding", "Pleural Effusion", "x"].into_iter()));
        assert!(!are_findings(["hand", "leg", "normal"].into_iter()) && !are_findings(["Mass"].into_iter()));
    }
}
