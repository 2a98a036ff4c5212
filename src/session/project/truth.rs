//! What a run or a judgement takes for true of an image.

use crate::domain::{Annotation, AnswerKind, ClassList, Findings, Presence};
use crate::evaluation::performance::HeldTruths;
use crate::training::Truth;

/// What is known of an image that such an answer can be held against; `None` where nobody said it.
pub(in crate::session) fn truth(annotation: &Annotation, kind: AnswerKind, classes: &ClassList) -> Option<Truth> {
    match kind {
        AnswerKind::Class => annotation.label.map(Truth::Class),
        AnswerKind::Findings => {
            let known = annotation.known_findings();
            let places: Vec<usize> = classes.finding_places().collect();
            let said: Findings = known.iter().filter(|(finding, _)| places.contains(finding)).collect();
            // Who looked at an image without findings, and found nothing to draw, found none.
            let none = said.is_empty() && annotation.reviewed && annotation.boxes.is_empty();
            let all_absent = || places.iter().map(|place| (*place, Presence::Absent)).collect();
            let said = if none { all_absent() } else { said };
            (!said.is_empty()).then_some(Truth::Findings(said))
        }
        AnswerKind::Boxes => {
            let drawn = || annotation.boxes.iter().map(|one| (one.class, one.rect)).collect();
            annotation.boxes_known(classes).then(|| Truth::Boxes(drawn()))
        }
    }
}

/// What is known of the findings of an image; `None` where nobody said anything of one.
pub fn known_findings(annotation: &Annotation, classes: &ClassList) -> Option<Findings> {
    match truth(annotation, AnswerKind::Findings, classes)? {
        Truth::Findings(said) => Some(said),
        Truth::Class(_) | Truth::Boxes(_) => None,
    }
}

/// What is known of images, to judge a classifier by; boxes have no place here.
pub(in crate::session) fn held(findings: bool, all: impl IntoIterator<Item = Truth>) -> HeldTruths {
    if findings {
        let said = |truth| match truth {
            Truth::Findings(said) => Some(said),
            Truth::Class(_) | Truth::Boxes(_) => None,
        };
        return HeldTruths::Findings(all.into_iter().filter_map(said).collect());
    }
    let class = |truth| match truth {
        Truth::Class(class) => Some(class),
        Truth::Findings(_) | Truth::Boxes(_) => None,
    };
    HeldTruths::Classes(all.into_iter().filter_map(class).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AnnotatedBox, BoxId, Rect};

    #[test]
    fn boxes_say_that_their_finding_is_present_and_nothing_of_the_others() {
        let classes = ClassList::of_findings(&["Effusion", "Mass", "Nodule"]).unwrap();
        let rect = Rect { xmin: 0.0, ymin: 0.0, xmax: 4.0, ymax: 4.0 };
        let mut annotation = Annotation {
            boxes: vec![AnnotatedBox { id: BoxId(1), class: 1, rect }],
            findings: Findings::default().with(0, Some(Presence::Uncertain)),
            ..Annotation::default()
        };
        let said = |said: &[(usize, Presence)]| Some(Truth::Findings(said.iter().copied().collect()));
        let told = |annotation: &Annotation| truth(annotation, AnswerKind::Findings, &classes);
        assert_eq!(told(&annotation), said(&[(0, Presence::Uncertain), (1, Presence::Present)]));
        annotation.findings.set(1, Some(Presence::Absent));
        assert_eq!(told(&annotation), said(&[(0, Presence::Uncertain), (1, Presence::Absent)]), "what was said counts");
        let seen = Annotation { reviewed: true, ..Annotation::default() };
        assert_eq!(told(&seen), said(&[0, 1, 2].map(|finding| (finding, Presence::Absent))));
        assert_eq!(told(&Annotation::default()), None);
    }
}
