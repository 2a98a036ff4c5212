//! What cells, lists and rows say of findings.

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
        ("[nan]", "nan"),
        ("Mass|", "Mass"),
        ("|Mass | ", "Mass"),
        ("Mass|Edema|", "Mass|Edema|"),
    ] {
        assert_eq!(unlisted(cell), entry, "{cell}");
    }
}

#[test]
fn several_are_told_from_names_with_signs_in_them() {
    let alone: HashSet<String> = ["Mass", "Edema", "large", "Mass, large"].map(str::to_owned).into();
    for (cell, expected) in [
        ("Mass|Edema", &["Mass", "Edema"][..]),
        ("Mass|Other", &["Mass", "Other"]),
        ("Mass; Edema", &["Mass", "Edema"]),
        ("Mass,Edema", &["Mass", "Edema"]),
        ("Cyst, benign", &[]),
        ("['Mass', 'Edema']", &["Mass", "Edema"]),
        ("['Mass, left', 'Edema']", &["Mass, left", "Edema"]),
        ("[Mass, Edema]", &["Mass", "Edema"]),
        ("['Mass']", &[]),
        ("Mass|", &[]),
        ("Mass", &[]),
    ] {
        assert_eq!(several(cell, &alone).unwrap_or_default(), expected, "{cell}");
    }
    assert!(are_findings(["No Finding", "Pleural Effusion", "x"].into_iter()));
    assert!(!are_findings(["hand", "leg", "normal"].into_iter()) && !are_findings(["Mass"].into_iter()));
}

#[test]
fn numbers_and_words_say_present_absent_uncertain_or_nothing() {
    use Presence::{Absent, Present, Uncertain};
    for (cell, says) in [
        ("1.0", Some(Some(Present))),
        ("Yes", Some(Some(Present))),
        ("TRUE", Some(Some(Present))),
        ("0", Some(Some(Absent))),
        ("false", Some(Some(Absent))),
        ("-1.0", Some(Some(Uncertain))),
        ("u", Some(Some(Uncertain))),
        ("", Some(None)),
        ("2", None),
        ("F0", None),
    ] {
        assert_eq!(mark(cell), says, "{cell}");
    }
}

#[test]
fn a_row_names_only_what_all_others_does_not_say() {
    use Presence::{Absent, Present, Uncertain};
    let of = |cells: [&'static str; 4]| {
        let names = ["No Finding", "Mass", "Edema", "Support Devices"];
        let said = marked(names.into_iter().zip(cells), false);
        let findings: Vec<(String, Presence)> = said.findings;
        (
            findings.iter().map(|(name, said)| (name.chars().next().unwrap(), *said)).collect::<Vec<_>>(),
            said.others_absent,
        )
    };
    assert_eq!(of(["0", "1", "0", "-1"]), (vec![('M', Present), ('S', Uncertain)], true));
    assert_eq!(of(["0", "0", "0", "0"]), (vec![], true));
    assert_eq!(of(["", "1", "0", ""]), (vec![('M', Present), ('E', Absent)], false));
    assert_eq!(of(["1", "", "", "1"]), (vec![('S', Present)], true), "no finding, unless stated otherwise");
    assert_eq!(of(["1", "", "0", ""]), (vec![('M', Absent), ('E', Absent)], false), "of devices nothing is said");
    assert_eq!(of(["", "", "", ""]), (vec![], false), "nobody looked");
    assert_eq!(of(["0", "", "", ""]), (vec![], false));
    assert!(marked([("Disease_Risk", "0"), ("DR", "")].into_iter(), false).others_absent);
    assert_eq!(marked([("Disease_Risk", "1"), ("DR", "")].into_iter(), false), Marked::default());
    let by_name = marked([("a", "0"), ("b", "1")].into_iter(), true);
    assert_eq!((by_name.findings.len(), by_name.others_absent), (2, false));
    assert_eq!(marked([("a", "x"), ("b", "1")].into_iter(), false).unread.as_deref(), Some("a x"));
    assert_eq!(listed(["Mass", "No Finding", "Mass"]).findings.len(), 1);
}
