//! What a format has no place for, in sentences; only of what there is to lose.

use super::{Export, draws};
use super::{Outgoing, last};
use std::collections::BTreeSet;

/// So many attributes are named.
const NAMED: usize = 6;

/// What a format holds, so that every tool reads it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Holds {
    /// Who said what and when.
    pub readers: bool,
    /// Statements of several readers of one image.
    pub several: bool,
    pub groups: bool,
    pub labels: bool,
    pub boxes: bool,
    /// What is said of single boxes besides their class.
    pub marks: bool,
    /// What is known of whole images besides: view, body part, columns of tables.
    pub attributes: bool,
    /// Notes, flags, marks of key images and whether an image was reviewed.
    pub notes: bool,
    pub predictions: bool,
    /// Lengths and angles.
    pub measurements: bool,
    /// What it does not hold stands where only Overread looks.
    pub own_key: Option<&'static str>,
}

/// The sentences for a format of this name.
pub fn sentences(export: &Export<'_>, format: &str, holds: Holds) -> Vec<String> {
    let count = |is: &dyn Fn(&Outgoing) -> bool| export.images.iter().filter(|one| is(one)).count();
    let said = |one: &Outgoing, is: &dyn Fn(&super::Said) -> bool| one.image.said.iter().any(is);
    let readers = count(&|one| said(one, &|s| s.reader.is_some() || s.time_ms.is_some()));
    let several = count(&|one| one.image.said.len() > 1);
    let groups = count(&|one| one.image.group.is_some());
    let labels = count(&|one| last(&one.image).is_some_and(|s| s.label.is_some()));
    let findings = count(&|one| last(&one.image).is_some_and(|s| s.is_about_findings()));
    let boxes: usize = export.images.iter().filter_map(|one| last(&one.image)).map(|s| s.boxes.len()).sum();
    let negatives = count(&|one| said(one, &|s| s.nothing_found));
    let notes = count(&|one| !one.note.is_empty() || one.flagged || one.key);
    let predictions = count(&|one| one.predicted.is_some());
    let mut lost = Vec::new();
    let mut elsewhere = Vec::new();
    let mut tell = |held: bool, there: usize, what: &'static str, sentence: String| match holds.own_key {
        _ if held || there == 0 => {}
        Some(_) => elsewhere.push(format!("{what} ({})", counted(there, "image", "images"))),
        None => lost.push(sentence),
    };
    tell(
        holds.readers,
        readers,
        "who said what and when",
        format!(
            "{format} does not hold who said what and when: {}.",
            counted(readers, "image says it", "images say it")
        ),
    );
    tell(
        holds.groups,
        groups,
        "groups",
        format!(
            "{format} does not hold groups: {}; split again elsewhere, one patient's images may be parted.",
            counted(groups, "image is in one", "images are in one")
        ),
    );
    tell(
        holds.labels,
        labels,
        "labels of whole images",
        format!("{format} has no label of the whole image: {}.", not_written(labels, "label", "labels")),
    );
    tell(
        holds.labels,
        findings,
        "findings of whole images",
        format!("{format} has no findings of the whole image: {}.", {
            let of = counted(findings, "image", "images");
            format!("those of {of} are not written")
        }),
    );
    tell(
        holds.boxes,
        boxes.max(negatives),
        "boxes",
        format!("{format} holds no boxes: {}.", boxes_not_written(boxes, negatives)),
    );
    tell(
        holds.notes,
        notes,
        "notes and marks",
        format!("{format} holds no notes and marks: {}.", counted(notes, "image has some", "images have some")),
    );
    if !holds.predictions && predictions > 0 {
        let predictions = not_written(predictions, "prediction", "predictions");
        lost.push(format!("{format} does not hold what the model predicts: {predictions}."));
    }
    let measured: usize = export.images.iter().map(|one| one.image.measured.len()).sum();
    if !holds.measurements && measured > 0 {
        let measured = not_written(measured, "measurement", "measurements");
        lost.push(format!("{format} has no place for lengths and angles: {measured}, the tables (CSV) hold them."));
    }
    let marked = |one: &Outgoing| {
        one.image.said.iter().flat_map(|said| &said.boxes).any(|drawn| one.image.facts.marks_of(&drawn.rect).is_some())
    };
    let marked = count(&marked);
    if !holds.marks && marked > 0 {
        lost.push(format!(
            "{format} has no place for what is said of single boxes (difficult, pose, attributes): {}; Pascal VOC and COCO \
             hold it.",
            counted(marked, "image has such boxes", "images have such boxes")
        ));
    }
    lost.extend(of_attributes(export, format).filter(|_| !holds.attributes));
    if !holds.several && several > 0 {
        let several = counted(several, "image", "images");
        lost.push(if holds.own_key.is_some() && export.images.iter().any(|one| draws(&one.image)) {
            format!("Several readers spoke of {several}: other tools take the boxes of all of them as one truth.")
        } else {
            format!(
                "{format} holds one statement an image: only the last of several readers is written, for {several}."
            )
        });
    }
    if let Some(key) = holds.own_key
        && !elsewhere.is_empty()
    {
        lost.insert(0, format!("{} stand under the word {key}, which only Overread reads.", list(&elsewhere)));
    }
    lost
}

/// That there is no place for what is known of whole images, where there is any.
fn of_attributes(export: &Export<'_>, format: &str) -> Option<String> {
    let all = || export.images.iter().map(|one| &one.image.facts.attributes);
    let names: BTreeSet<&str> = all().flat_map(|attributes| attributes.keys()).map(String::as_str).collect();
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    let named: Vec<&str> = names.into_iter().take(NAMED).collect();
    let images = all().filter(|attributes| !attributes.is_empty()).count();
    (images > 0).then(|| {
        format!(
            "{format} has no place for the attributes of images ({}{more}): {}; COCO and CSV hold them.",
            named.join(", "),
            counted(images, "image has some", "images have some")
        )
    })
}

/// Boxes whose class the export does not list.
pub fn of_other_classes(count: usize) -> Option<String> {
    let boxes = not_written(count, "box", "boxes");
    (count > 0).then(|| format!("The project has no such classes: {boxes}."))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// "1 label is not written", "2 labels are not written".
fn not_written(count: usize, one: &str, many: &str) -> String {
    counted(count, &format!("{one} is not written"), &format!("{many} are not written"))
}

/// Of boxes, and of images that were found to have none.
fn boxes_not_written(boxes: usize, negatives: usize) -> String {
    let none = counted(negatives, "image was found to have none", "images were found to have none");
    match (boxes, negatives) {
        (_, 0) => not_written(boxes, "box", "boxes"),
        (0, _) => format!("that {none} is not written"),
        _ => format!("{}, nor that {none}", not_written(boxes, "box", "boxes")),
    }
}

/// "Groups, labels and notes".
fn list(parts: &[String]) -> String {
    let joined = match parts {
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        _ => parts.join(""),
    };
    let mut letters = joined.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many_are_told_in_their_own_words() {
        assert_eq!(not_written(1, "label", "labels"), "1 label is not written");
        let told = [(2, 0), (0, 1), (1, 2)].map(|(boxes, negatives)| boxes_not_written(boxes, negatives));
        assert_eq!(
            told,
            [
                "2 boxes are not written",
                "that 1 image was found to have none is not written",
                "1 box is not written, nor that 2 images were found to have none"
            ]
        );
    }
}
