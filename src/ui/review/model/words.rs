//! What the queue, the picture and the panel beside it say of an image, in words.

use crate::domain::prediction::answer;
use crate::domain::{AnswerRule, ClassList, Split};
use crate::session::{ImageRow, RowBoxes, RowFindings, Sort, findings_in_words};
use std::borrow::Cow;

/// The last part of an image's name, which lists and titles show.
pub fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// What a split is called on a chip.
pub fn split_title(split: Split) -> &'static str {
    match split {
        Split::Train => "Train",
        Split::Validation => "Validation",
        Split::Test => "Test",
    }
}

/// What an order of the queue is called.
pub fn sort_title(sort: Sort, classes: &ClassList) -> Cow<'static, str> {
    let title = match sort {
        Sort::Finding(finding) => return format!("{} first", classes.name(finding.into())).into(),
        Sort::Probability(class) => return format!("{} likeliest first", classes.name(class.into())).into(),
        Sort::Random(seed) => return format!("Shuffled, seed {seed}").into(),
        Sort::Name => "By name, test last",
        Sort::Likeness => "Most alike first",
        Sort::Import => "As imported",
        Sort::Label => "By label",
        Sort::Class => "By the model's class",
        Sort::Time => "Said last first",
        Sort::Patient => "By patient",
        Sort::Size => "Largest first",
        Sort::Uncertainty => "Most uncertain first",
        Sort::Margin => "Two classes near alike first",
        Sort::LeastConfidence => "Least confident first",
        Sort::LabelErrors => "Likely label errors first",
        Sort::RareClass => "Least seen class first",
        Sort::ColdStart => "Representative first",
        Sort::KCentre => "Unlike the labelled first",
        Sort::ReadersApart => "Readers differ first",
        Sort::ModelsApart => "Models differ first",
        Sort::Oldest => "Said longest ago first",
        Sort::NotSure => "Not sure first",
        Sort::Disagreement => "Most surprising first",
        Sort::Boxes => "Most boxes first",
        Sort::BestScore => "Surest box first",
        Sort::Missed => "Most missed boxes first",
        Sort::Shifted => "Most shifted boxes first",
        Sort::WrongPlace => "Right class, wrong place",
        Sort::HeatOutside => "Right class, heat elsewhere",
        Sort::Extra => "Most extra boxes first",
    };
    title.into()
}

/// What an order goes by, where its name does not say it all.
pub fn sort_hint(sort: Sort) -> Option<&'static str> {
    Some(match sort {
        Sort::Uncertainty => "By the entropy of all probabilities",
        Sort::Margin => "By how near the two likeliest classes are to each other",
        Sort::LeastConfidence => "By how unlikely the likeliest class is",
        Sort::LabelErrors => {
            "Confident learning: labels that contradict what is said of like images. By a head that has learned from other images \
             only (five folds), where the model has one; else by the model's own answers, which miss errors that it has learned \
             from, as its features may"
        }
        Sort::RareClass => "Without a label first what the model takes for the class with the fewest labels",
        Sort::ColdStart => {
            "A cold start: images near the centres of clusters of what the model's network sees in them, the most different first"
        }
        Sort::KCentre => "Always the image that looks least like all that is labelled or comes before it",
        Sort::ReadersApart => "Images that two or more have read, by how far they are apart",
        Sort::ModelsApart => "By how far the models of the comparison are from the active one",
        Sort::WrongPlace => {
            "Boxes of a class that somebody drew there, too, but elsewhere: they overlap by less than half of their union (IoU 0.5)"
        }
        Sort::HeatOutside => {
            "Images of which the model says the right class, by how much of its heat for that class (Grad-CAM, the share above zero) \
             lies outside the boxes that readers drew of it: one map an image, in the background, and kept. Choose it again after \
             boxes changed"
        }
        Sort::NotSure
        | Sort::Disagreement
        | Sort::Name
        | Sort::Likeness
        | Sort::Import
        | Sort::Random(_)
        | Sort::Label
        | Sort::Class
        | Sort::Time
        | Sort::Oldest
        | Sort::Patient
        | Sort::Size
        | Sort::Probability(_)
        | Sort::Boxes
        | Sort::BestScore
        | Sort::Finding(_)
        | Sort::Missed
        | Sort::Shifted
        | Sort::Extra => return None,
    })
}

/// Who says what of an image's findings, as a list or a picture among others has it.
pub struct FindingsLine {
    /// What readers say: "Effusion, perhaps Mass"; absent where nothing is known of any.
    pub known: Option<String>,
    /// What the model says; absent where it has not looked.
    pub answered: Option<String>,
}

impl FindingsLine {
    pub fn of(findings: &RowFindings, classes: &ClassList) -> Self {
        let known = findings.is_known().then(|| findings_in_words(&findings.known(), classes));
        Self { known, answered: findings.answered().map(|said| findings_in_words(&said, classes)) }
    }
}

/// What an image's boxes are, in words and with the score of the surest of the model's: "2 boxes, 1 missed", "0.93".
pub fn boxes_line(boxes: &RowBoxes) -> (String, String) {
    let count = |n: u16| if n == 1 { "1 box".to_owned() } else { format!("{n} boxes") };
    let best = if boxes.best > 0.0 { format!("{:.2}", boxes.best) } else { String::new() };
    let mut parts = match (boxes.known, boxes.seen) {
        (true, _) if boxes.drawn == 0 => vec!["Nothing here".to_owned()],
        (true, _) => vec![count(boxes.drawn)],
        (false, true) => vec![format!("Model: {}", count(boxes.predicted))],
        (false, false) => vec!["Not assessed yet".to_owned()],
    };
    let kinds = [(boxes.missed, "missed"), (boxes.shifted, "shifted"), (boxes.extra, "extra")];
    parts.extend(kinds.into_iter().filter(|(n, _)| *n > 0).map(|(n, kind)| format!("{n} {kind}")));
    (parts.join(", "), best)
}

/// What an image's boxes are, after what is known of its findings where it has some.
pub fn findings_and_boxes(image: &ImageRow, classes: &ClassList) -> (String, String) {
    let (boxes, best) = boxes_line(&image.boxes);
    let known = image.findings.as_ref().and_then(|findings| FindingsLine::of(findings, classes).known);
    (known.into_iter().chain([boxes]).collect::<Vec<_>>().join(", "), best)
}

/// What the model says where it is not sure: "Not sure: Fractured or Non_fractured." `None` where its answer is one class.
pub fn not_sure(probabilities: &[f32], rule: AnswerRule, classes: &ClassList) -> Option<String> {
    let named: Vec<String> = answer(probabilities, rule.least).into_iter().map(|class| classes.name(class)).collect();
    match named.as_slice() {
        [_] => None,
        [] => Some("Not sure: no class is likely enough.".to_owned()),
        [first, second] => Some(format!("Not sure: {first} or {second}.")),
        [more @ .., last] => Some(format!("Not sure: {} or {last}.", more.join(", "))),
    }
}

/// A row as a screen reader says it: "IMG0000467.jpg, Fractured 0.52, unreviewed".
pub fn spoken(image: &ImageRow, classes: &ClassList) -> String {
    let mut parts = vec![image.short_name().to_owned()];
    let findings = image.findings.as_ref().map(|findings| FindingsLine::of(findings, classes));
    let of_findings = findings.as_ref().is_some_and(|line| line.answered.is_some());
    if let Some(FindingsLine { known, answered }) = findings {
        parts.push(known.unwrap_or_else(|| "nothing said yet".to_owned()));
        parts.extend(answered.map(|said| format!("model: {said}")));
    }
    if let Some((class, p)) = image.predicted.filter(|_| !of_findings) {
        parts.push(format!("{} {p:.2}", classes.name(usize::from(class))));
    }
    let of_boxes = image.boxes.known && image.label.is_none() && (image.findings.is_none() || image.boxes.drawn > 0);
    if image.boxes.seen || of_boxes {
        parts.push(boxes_line(&image.boxes).0);
    } else if image.disagrees()
        && let Some(label) = image.label
    {
        parts.push(format!("labelled {}", classes.name(usize::from(label))));
    }
    let unsure: Vec<String> =
        image.findings.iter().flat_map(|of| of.unsure()).map(|place| classes.name(place)).collect();
    if !unsure.is_empty() {
        parts.push(format!("not sure of {}", unsure.join(", ")));
    } else if image.is_unsure() {
        parts.push("not sure".to_owned());
    }
    parts.push(if image.reviewed { "reviewed" } else { "unreviewed" }.to_owned());
    if image.split == Split::Test {
        parts.push("test image".to_owned());
    }
    if image.flagged {
        parts.push("flagged".to_owned());
    }
    if image.facts.key {
        parts.push("key image".to_owned());
    }
    if let Some(by) = &image.facts.signed {
        parts.push(format!("signed off by {by}"));
    }
    if image.missing {
        parts.push("file missing".to_owned());
    }
    parts.join(", ")
}

/// What a class is called where it stands beside a count: a bare number would be a riddle.
pub fn class_title(classes: &ClassList, name: &str) -> String {
    let number = name.trim().chars().all(|sign| sign.is_ascii_digit());
    if number && classes.ordinal {
        format!("Grade {name}")
    } else if number {
        format!("Class {name}")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ImageId;
    use crate::session::fixture::Bench;
    use crate::session::{RowFinding, Workbench as _};

    #[test]
    fn doubt_names_the_classes_that_may_be() {
        let classes = ClassList::from_names(&["a", "b", "c"], false).expect("distinct names");
        let said = |probabilities: &[f32], least| {
            not_sure(probabilities, AnswerRule { miss: 0.1, least, images: 9 }, &classes)
        };
        assert_eq!(said(&[0.2, 0.5, 0.3], 0.4), None);
        assert_eq!(said(&[0.2, 0.5, 0.3], 0.25).as_deref(), Some("Not sure: b or c."));
        assert_eq!(said(&[0.2, 0.5, 0.3], 0.1).as_deref(), Some("Not sure: b, c or a."));
        assert_eq!(said(&[0.2, 0.5, 0.3], 0.6).as_deref(), Some("Not sure: no class is likely enough."));
    }

    #[test]
    fn a_row_of_findings_says_who_says_which() {
        use crate::domain::Presence::{Absent, Present, Uncertain};
        let classes = ClassList::of_findings(&["Effusion", "Mass"]).expect("names");
        let of = |known, p: f32| RowFinding { known, answered: Some(p >= 0.5), probability: p, unsure: false };
        let row = |findings| ImageRow {
            findings: Some(findings),
            predicted: Some((0, 0.9)),
            label: None,
            ..Bench::project().view().project.as_ref().unwrap().rows[0].clone()
        };
        let both = row(RowFindings::new([of(Some(Present), 0.9), of(Some(Uncertain), 0.2)], false));
        let name = file_name(&both.name).to_owned();
        assert!(spoken(&both, &classes).starts_with(&format!("{name}, Effusion, perhaps Mass, model: Effusion, ")));
        let none = row(RowFindings::new([of(Some(Absent), 0.1), of(Some(Absent), 0.2)], true));
        assert!(spoken(&none, &classes).contains(", no finding, model: no finding, "), "{}", spoken(&none, &classes));
        let open = row(RowFindings::new([RowFinding::default(); 2], false));
        assert!(spoken(&open, &classes).contains(", nothing said yet, Effusion 0.90, "), "{}", spoken(&open, &classes));
    }

    #[test]
    fn a_row_says_all_that_its_glyphs_show() {
        let classes = ClassList::from_names(&["Fractured", "Non-fractured"], false).expect("names");
        let row = ImageRow {
            id: ImageId(1),
            name: "a/IMG0000467.jpg".into(),
            width: 1,
            height: 1,
            split: Split::Test,
            label: Some(1),
            reviewed: false,
            flagged: true,
            predicted: Some((0, 0.52)),
            uncertainty: 0.9,
            missing: false,
            boxes: RowBoxes::default(),
            named: None,
            findings: None,
            facts: std::sync::Arc::default(),
        };
        assert_eq!(
            spoken(&row, &classes),
            "IMG0000467.jpg, Fractured 0.52, labelled Non-fractured, unreviewed, test image, flagged"
        );
        let boxes =
            RowBoxes { known: true, seen: true, drawn: 2, missed: 1, extra: 3, best: 0.93, ..RowBoxes::default() };
        let found = ImageRow { boxes, predicted: Some((0, 0.93)), label: None, flagged: false, ..row.clone() };
        let spoken_boxes = "IMG0000467.jpg, Fractured 0.93, 2 boxes, 1 missed, 3 extra, unreviewed, test image";
        assert_eq!(spoken(&found, &classes), spoken_boxes);
        assert_eq!(boxes_line(&boxes).1, "0.93");
        assert_eq!(boxes_line(&RowBoxes { known: true, ..RowBoxes::default() }).0, "Nothing here");
        assert_eq!(boxes_line(&RowBoxes { seen: true, predicted: 1, ..RowBoxes::default() }).0, "Model: 1 box");
        let lost = ImageRow { predicted: Some((9, 0.5)), label: None, flagged: false, missing: true, ..row };
        assert_eq!(spoken(&lost, &classes), "IMG0000467.jpg, class 9 0.50, unreviewed, test image, file missing");
    }
}
