//! Names of classes that differ in case or blanks only.

use super::*;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn asked(classes: &[&str], map: &[(&str, &str)]) -> NewProject {
    let class_map = map.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    NewProject { classes: names(classes), class_map, ..NewProject::of("s", "p") }
}

/// What each class of the source is called, and how many sentences say so.
fn called(new: &NewProject, found: &[&str], there: &[&str]) -> (Vec<String>, usize) {
    let found = names(found);
    let (new, remarks) = joined(new, &found, &names(there)).unwrap();
    (found.iter().map(|class| incoming::renamed(&new, class).to_owned()).collect(), remarks.len())
}

#[test]
fn the_first_of_the_project_of_what_was_given_or_of_the_source_names_the_class() {
    let found = ["No injury", "No Injury", "No  injury", "Injury"];
    let one = names(&["No injury", "No injury", "No injury", "Injury"]);
    assert_eq!(called(&asked(&[], &[]), &found, &[]), (one, 1));
    let there = names(&["NO INJURY", "NO INJURY", "NO INJURY", "injury"]);
    assert_eq!(called(&asked(&[], &[]), &found, &["NO INJURY", "injury"]), (there.clone(), 2));
    assert_eq!(called(&asked(&["NO INJURY", "injury"], &[]), &found, &[]), (there, 2));
    assert_eq!(called(&asked(&[], &[]), &["No  injury", "No Injury"], &[]), (names(&["No Injury"; 2]), 1));
    assert_eq!(called(&asked(&[], &[]), &["A", "B"], &["B"]), (names(&["A", "B"]), 0));
    // The window names every class, those too that are alike.
    let new = asked(&found, &[]);
    let (joined, _) = joined(&new, &names(&found), &[]).unwrap();
    assert_eq!(joined.classes, ["No injury", "Injury"]);
}

#[test]
fn another_name_keeps_one_apart_and_two_that_differ_in_nothing_else_are_refused_with_a_way_out() {
    let found = ["No injury", "No Injury", "no injury"];
    let apart = asked(&[], &[("No Injury", "Unclear")]);
    assert_eq!(called(&apart, &found, &[]), (names(&["No injury", "Unclear", "No injury"]), 1));
    let to_one = asked(&[], &[("a", "Normal"), ("b", "normal ")]);
    assert_eq!(called(&to_one, &["a", "b", "NORMAL"], &[]), (names(&["Normal"; 3]), 1));
    let same = asked(&[], &[("No Injury", "No Injury")]);
    let why = joined(&same, &names(&found), &[]).unwrap_err().to_string();
    assert!(why.contains("--map \"No injury=ANOTHER NAME\""), "{why}");
}
