//! Several findings of one image: `A|B` in one cell, or a column of 0 and 1 for each finding, as in
//! <https://stanfordmlgroup.github.io/competitions/chexpert/> where -1 is uncertain and a blank cell says that nobody
//! looked. Where each image has exactly one, they are its class.

use super::mapping::normal;
use crate::domain::Presence;
use crate::domain::class_list::means_nothing_to_find;
use crate::interchange::model::draft::is_called_none;
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
/// Columns of yes and no, letters and digits only, that are about the picture or the patient.
const NONE: [&str; 25] = [
    "sex",
    "gender",
    "female",
    "male",
    "patientsex",
    "patientgender",
    "age",
    "followup",
    "frontal",
    "lateral",
    "frontallateral",
    "appa",
    "view",
    "laterality",
    "train",
    "test",
    "valid",
    "validation",
    "isvalid",
    "reviewed",
    "flagged",
    "keyimage",
    "index",
    "id",
    "fold",
];
/// Names of columns whose cells list findings, or of which each row names one of several.
const LISTS: [&str; 9] = [
    "finding",
    "findings",
    "findinglabel",
    "findinglabels",
    "pathology",
    "pathologies",
    "abnormality",
    "abnormalities",
    "labels",
];
/// Columns of what is on a picture besides what there is to find. In CheXpert's labels "No Finding" is 1 where no pathology
/// is positive or uncertain, whatever is said of devices (Irvin et al. 2019, section on the labeler): that they are there
/// does not contradict it, and where they are not mentioned it does not say that they are absent.
const BESIDE: [&str; 1] = ["supportdevices"];
/// Names of columns that say whether what the row names is present.
const PRESENCE: [&str; 6] = ["present", "presence", "ispresent", "positive", "ispositive", "exists"];
/// What cells of a finding's column say, in lower case.
const PRESENT: [&str; 8] = ["1", "1.0", "yes", "y", "true", "t", "present", "positive"];
const ABSENT: [&str; 8] = ["0", "0.0", "no", "n", "false", "f", "absent", "negative"];
const UNCERTAIN: [&str; 6] = ["-1", "-1.0", "u", "uncertain", "unsure", "possible"];
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
    ["na", "n/a", "#n/a", "<na>", "nan", "null"].iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// Whether a cell is -1, which stands for "not known" among grades and findings.
pub fn is_minus_one(cell: &str) -> bool {
    flag(cell) == Some(Some(-1))
}

/// What a cell of a finding's column says, in numbers or words; blank is `Some(None)`, anything else `None`.
pub fn mark(cell: &str) -> Option<Option<Presence>> {
    let is = |words: &[&str]| words.iter().any(|word| cell.eq_ignore_ascii_case(word));
    if cell.is_empty() || is_not_known(cell) {
        Some(None)
    } else if is(&PRESENT) {
        Some(Some(Presence::Present))
    } else if is(&ABSENT) {
        Some(Some(Presence::Absent))
    } else if is(&UNCERTAIN) {
        Some(Some(Presence::Uncertain))
    } else {
        None
    }
}

/// Whether a column may be a finding's by what this cell of it holds: 0, 1 and -1, or words where it is called as
/// findings are or a person said that there are findings.
pub fn may_be(name: &str, cell: &str, said: bool) -> bool {
    match flag(cell) {
        Some(_) => true,
        None => (said || is_known(name)) && mark(cell).is_some(),
    }
}

/// Whether a word says, where others name what is drawn, that there is nothing.
pub fn is_none(word: &str) -> bool {
    ["no finding", "none", "nofinding", "no_finding", "background", "normal"].contains(&word.to_lowercase().as_str())
}

/// Whether a column is about the picture or the patient, whatever it holds.
pub fn is_of_image(name: &str) -> bool {
    NONE.contains(&normal(name).as_str())
}

/// Whether findings are called so in published tables.
pub fn is_known(name: &str) -> bool {
    NAMES.contains(&normal(name).as_str())
}

/// Whether a column of this name says whether what its row names is present.
pub fn says_presence(name: &str) -> bool {
    PRESENCE.contains(&normal(name).as_str())
}

/// Whether a column of this name tells findings, of which an image may have several.
pub fn is_list(name: &str) -> bool {
    LISTS.contains(&normal(name).as_str())
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

/// The one column `at` of a row with these cells that says that something is there; `None` where several do, none, or
/// one is uncertain.
pub fn only<'a>(cell: impl Fn(usize) -> &'a str, at: &[usize]) -> Option<usize> {
    let mut found = None;
    for at in at {
        match mark(cell(*at)).flatten() {
            Some(Presence::Present) if found.is_some() => return None,
            Some(Presence::Present) => found = Some(*at),
            Some(Presence::Uncertain) => return None,
            Some(Presence::Absent) | None => {}
        }
    }
    found
}

/// What a row says of findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    pub findings: Vec<(String, Presence)>,
    /// All that it does not name are absent.
    pub others_absent: bool,
    /// It says, too, that there is no finding, though it names some.
    pub also_none: bool,
    /// It says that there is something, and names nothing.
    pub unnamed: bool,
    /// A cell that is neither a number nor a word for presence.
    pub unread: Option<String>,
    /// It says that there is no finding, and does not mention what is no finding: nothing is said of that.
    pub unmentioned: bool,
}

/// What the columns of a row say, each with its name and cell. Of those that are absent each is named where another was
/// not looked at, or where `by_name` says so: then "all others" would say too much. "No finding" is said of all that is a
/// finding, whether its cell is blank or not, and of nothing else; beside one that is present or uncertain it says nothing.
pub fn marked<'a>(columns: impl Iterator<Item = (&'a str, &'a str)>, by_name: bool) -> Marked {
    // Those that are absent, and whether their cells say so.
    let (mut said, mut absent): (_, Vec<(String, bool)>) = (Marked::default(), Vec::new());
    let (mut nothing, mut something, mut whole) = (false, false, true);
    for (name, cell) in columns {
        let mark = mark(cell);
        if mark.is_none() && said.unread.is_none() {
            said.unread = Some(format!("{name} {cell}"));
        }
        let mark = mark.flatten();
        if is_any(name) {
            nothing |= mark == Some(Presence::Absent);
            something |= mark == Some(Presence::Present);
        } else if means_nothing_to_find(name) {
            nothing |= mark == Some(Presence::Present);
            something |= mark == Some(Presence::Absent);
        } else {
            match mark {
                Some(Presence::Absent) => absent.push((name.to_owned(), true)),
                Some(presence @ (Presence::Present | Presence::Uncertain)) => {
                    said.also_none |= !is_beside(name);
                    said.findings.push((name.to_owned(), presence));
                }
                None => {
                    whole = false;
                    said.unmentioned |= is_beside(name);
                    absent.extend((!is_beside(name)).then(|| (name.to_owned(), false)));
                }
            }
        }
    }
    said.also_none &= nothing;
    // A row that contradicts itself says nothing of what it leaves blank.
    nothing &= !said.also_none;
    said.unmentioned &= nothing;
    said.unnamed = something && whole && said.findings.is_empty();
    let any_named = absent.iter().any(|(_, named)| *named) || !said.findings.is_empty();
    said.others_absent = !said.unmentioned && (nothing || (whole && !by_name && any_named));
    if !said.others_absent {
        let absent = absent.into_iter().filter(|(_, named)| *named || said.unmentioned);
        said.findings.extend(absent.map(|(name, _)| (name, Presence::Absent)));
    }
    said
}

/// What a list of findings says: those are present and all others are absent; a name for nothing to find is none of them.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> Marked {
    let mut said = Marked { others_absent: true, ..Marked::default() };
    let mut none = false;
    for name in names {
        if means_nothing_to_find(name) || is_called_none(name) {
            none = true;
        } else if said.findings.iter().all(|(known, _)| known != name) {
            said.findings.push((name.to_owned(), Presence::Present));
        }
    }
    said.also_none = none && !said.findings.is_empty();
    said
}

/// Whether what a column names may be there where there is no finding.
pub fn is_beside(name: &str) -> bool {
    BESIDE.contains(&normal(name).as_str())
}

/// The one entry of a list as programs print it (`['normal']`), nothing of an empty one; any other cell as it is.
pub fn unlisted(cell: &str) -> &str {
    let Some(list) = cell.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']')) else {
        // `Mass|` is a list of one, too.
        let one = cell.trim().trim_matches('|').trim();
        return if one.contains('|') { cell } else { one };
    };
    let entry = list.trim().trim_end_matches(',').trim_end();
    let quoted = |quote: char| entry.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    match quoted('\'').or_else(|| quoted('"')) {
        // What has quotes within is a list of several.
        Some(one) if !one.contains(['\'', '"']) => one.trim(),
        None if entry.is_empty() => "",
        None if is_not_known(entry) => entry,
        Some(_) | None => cell,
    }
}

/// The findings that a cell names, where it names several; `alone` are the classes that cells name by themselves.
pub fn several<'a>(cell: &'a str, alone: &HashSet<String>) -> Option<Vec<&'a str>> {
    let parts = |separator: char| -> Vec<&'a str> {
        cell.split(separator).map(str::trim).filter(|part| !part.is_empty()).collect()
    };
    let all = if let Some(list) = cell.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        entries(list)
    } else {
        let known = |parts: &Vec<&str>| parts.len() > 1 && parts.iter().all(|part| alone.contains(*part));
        let sure = ALWAYS.iter().map(|separator| parts(*separator)).find(|parts| parts.len() > 1);
        sure.or_else(|| SOMETIMES.iter().map(|separator| parts(*separator)).find(known))?
    };
    Some(all).filter(|all| all.len() > 1)
}

/// The entries of a list as programs print it, with or without quotes around each.
fn entries(list: &str) -> Vec<&str> {
    let Some(quote) = list.trim_start().chars().next().filter(|sign| ['\'', '"'].contains(sign)) else {
        return list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
    };
    // What stands between quotes is every second part.
    list.split(quote).skip(1).step_by(2).map(str::trim).filter(|entry| !entry.is_empty()).collect()
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
