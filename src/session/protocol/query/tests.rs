//! Filters as text: written, read, completed, and what is said of what cannot be read.

use super::*;
use crate::session::protocol::queue::{Boxes, Filter, OfFindings, Review};

fn classes() -> ClassList {
    ClassList::from_names(&["grade 0", "1", "Fractured"], false).unwrap()
}

fn with<T>(of: impl FnOnce(&Known<'_>) -> T) -> T {
    let (classes, readers) = (classes(), ["Ann".to_owned(), "Ben Ali".to_owned()]);
    let attributes = [("view".to_owned(), vec!["AP".to_owned(), "lateral".to_owned()])];
    of(&Known { classes: &classes, readers: &readers, attributes: &attributes })
}

fn parsed(text: &str) -> Result<(Vec<Term>, String), Problem> {
    with(|known| read(text, known))
}

#[test]
fn what_is_written_is_read_the_same_and_what_is_read_is_written_the_same() {
    for text in [
        "label:\"grade 0\" reader:Ann split:train not:reviewed note: wrong size>1000 date:2026-11-01..",
        "label:1 model:Fractured reader:\"Ben Ali\" knee left",
        "label:none patient:3f9a not:flagged class? boxes:0 uncertainty>=0.5 sure<0.7",
        "date:2026-11-30 note:\"to be discussed\" view:lateral size:100..200",
        "date:..2026-11-30 not:label:1 not:note: not:knee missed",
        "\"a:b\"",
        "signed not:signed:elsewhere",
        "finding:Fractured? finding:1=absent finding:none finding:\"grade 0\"=unassessed finding:1",
        "",
    ] {
        let (terms, name) = parsed(text).unwrap();
        assert_eq!(write_terms(&terms, &name, &classes()), text);
    }
    let (terms, name) = parsed("-label:1 unreviewed UNSURE left  knee size>3 ").unwrap();
    assert_eq!(write_terms(&terms, &name, &classes()), "not:label:1 not:reviewed class? size>3 left knee");
}

#[test]
fn plain_words_are_looked_for_in_names_and_quotes_keep_them_plain() {
    for (text, name) in [
        ("img_01", "img_01"),
        ("-01.png", "-01.png"),
        ("\"wrong\"", "wrong"),
        ("a\u{e4} b", "a\u{e4} b"),
        ("x>y", "x>y"),
    ] {
        assert_eq!(parsed(text).unwrap(), (Vec::new(), name.to_owned()), "{text}");
    }
    assert_eq!(parsed("wrong").unwrap().0, [Term { not: false, what: What::Is(Is::Wrong) }]);
}

#[test]
fn what_is_unknown_gets_a_sentence_with_its_place() {
    for (text, at, part) in [
        ("knee colour:red", 5, "\u{201c}colour\u{201d} is no key"),
        ("label:2", 0, "There is no class \u{201c}2\u{201d}: grade 0, 1, Fractured"),
        ("split:train split:x", 12, "There is no split"),
        ("size>big", 0, "is no number"),
        ("date:yesterday", 0, "is no day"),
        ("view:oblique", 0, "has no value \u{201c}oblique\u{201d}: AP, lateral"),
        ("finding:1=maybe", 0, "present, uncertain, absent or unassessed"),
    ] {
        let problem = parsed(text).unwrap_err();
        assert_eq!(problem.at, at, "{text}");
        assert!(problem.sentence.contains(part), "{text}: {}", problem.sentence);
    }
}

#[test]
fn whoever_types_a_wrong_word_is_told_every_right_one() {
    let said = parsed("foo:bar").unwrap_err().sentence;
    let told: Vec<&str> = said.split([' ', ',', '.', ':']).collect();
    for word in ["label", "patient", "group", "name", "is", "not", "size", "flagged", "key", "class?", "unsure"] {
        assert!(told.contains(&word), "{word} is missing: {said}");
    }
    // All that is offered and takes no attribute's name.
    for (text, _) in [("", 0), ("s", 1)] {
        for option in with(|known| complete(text, known)).1 {
            let word = option.text.trim_end_matches([':', '>']);
            let is_told = word.split(':').all(|part| told.contains(&part));
            assert!(word == "view" || is_told, "{word} is missing: {said}");
        }
    }
    assert!(parsed("not:").unwrap_err().sentence.contains("must not be so"));
}

#[test]
fn a_filter_of_chips_is_written_as_text_that_means_the_same() {
    let filter = Filter {
        label: Some(0),
        split: Some(Split::Test),
        review: Some(Review::Unreviewed),
        flagged: true,
        disagreement: true,
        unsure: true,
        boxes: Some(Boxes::None),
        findings: Some(OfFindings::Unsaid),
        name: "knee".into(),
        ..Filter::default()
    };
    let text = write(&filter, &classes());
    assert_eq!(text, "label:\"grade 0\" split:test not:reviewed flagged wrong class? boxes:0 not:labelled knee");
    let (terms, name) = parsed(&text).unwrap();
    assert_eq!(write(&Filter { terms, name, ..Filter::default() }, &classes()), text);
}

#[test]
fn keys_and_values_are_completed() {
    let at = |text: &str| {
        let (from, options) = with(|known| complete(text, known));
        (from, options.into_iter().map(|one| one.text).collect::<Vec<_>>())
    };
    assert_eq!(at("knee la"), (5, vec!["label:".to_owned(), "labelled".to_owned()]));
    assert_eq!(at("label:g"), (0, vec!["label:\"grade 0\"".to_owned()]));
    assert_eq!(at("not:reader:b"), (0, vec!["not:reader:\"Ben Ali\"".to_owned()]));
    assert_eq!(at("sig"), (0, vec!["signed".to_owned(), "signed:elsewhere".to_owned()]));
    assert_eq!(at("not:signed:e"), (0, vec!["not:signed:elsewhere".to_owned()]));
    assert_eq!(at("view:"), (0, vec!["view:AP".to_owned(), "view:lateral".to_owned()]));
    assert_eq!(at("reader:\"Ben A").1, ["reader:\"Ben Ali\""]);
    assert_eq!(at("split:train").1, Vec::<String>::new());
    assert!(at("").1.contains(&"not:".to_owned()));
}
