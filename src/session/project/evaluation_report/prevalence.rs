//! How common what is judged is in each split: of images of one class or with boxes the classes, of several findings an image
//! what is said of each.

use super::study::{Characteristic, place};
use crate::domain::{AnswerKind, ClassList, Findings, ImageRecord, Presence, Split};
use crate::evaluation::findings::any_finding;
use crate::training::Truth;
use serde::Serialize;

/// What is said of one finding, images of each split in the order of [`Split::ALL`]. The four add up to the images of the split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Prevalence {
    pub finding: String,
    pub present: [usize; 3],
    pub absent: [usize; 3],
    /// Looked at, and it cannot be said.
    pub uncertain: [usize; 3],
    /// Nobody said anything of it.
    pub not_looked_at: [usize; 3],
}

impl Prevalence {
    /// The images of a split on which it is known whether it is there.
    pub fn known(&self, split: usize) -> usize {
        let of = |counts: &[usize; 3]| counts.get(split).copied().unwrap_or(0);
        of(&self.present) + of(&self.absent)
    }

    fn counts(&mut self, said: Option<Presence>) -> &mut [usize; 3] {
        match said {
            Some(Presence::Present) => &mut self.present,
            Some(Presence::Absent) => &mut self.absent,
            Some(Presence::Uncertain) => &mut self.uncertain,
            None => &mut self.not_looked_at,
        }
    }
}

fn add(counts: &mut [usize; 3], split: Split) {
    if let Some(count) = counts.get_mut(place(split)) {
        *count += 1;
    }
}

/// What is said of each finding; `images` have what is known of theirs, if anything.
pub(super) fn of_findings<'a>(
    images: impl Iterator<Item = (&'a ImageRecord, Option<Findings>)>,
    classes: &ClassList,
) -> Vec<Prevalence> {
    let places: Vec<usize> = classes.finding_places().collect();
    let none = |place: &usize| Prevalence {
        finding: classes.name(*place),
        present: [0; 3],
        absent: [0; 3],
        uncertain: [0; 3],
        not_looked_at: [0; 3],
    };
    let mut all: Vec<Prevalence> = places.iter().map(none).collect();
    for (image, said) in images {
        for (of, place) in all.iter_mut().zip(&places) {
            add(of.counts(said.as_ref().and_then(|said| said.get(*place))), image.split);
        }
    }
    all
}

/// The images that show each class, or that have any finding.
pub(super) fn of_classes<'a>(
    images: impl Iterator<Item = (&'a ImageRecord, Option<Truth>)>,
    (classes, kind): (&ClassList, AnswerKind),
) -> Characteristic {
    let names = match kind {
        AnswerKind::Class | AnswerKind::Boxes => classes.names(),
        AnswerKind::Findings => vec!["present".to_owned()],
    };
    let (none, unknown) = (names.len(), names.len() + 1);
    let mut counts = vec![[0usize; 3]; names.len() + 2];
    for (image, truth) in images {
        let shown: Vec<usize> = match truth {
            None => vec![unknown],
            Some(Truth::Findings(said)) => vec![match any_finding(&said, classes) {
                Some(0) => none,
                Some(_) => 0,
                None => unknown,
            }],
            Some(truth @ (Truth::Class(_) | Truth::Boxes(_))) => {
                let shown: Vec<usize> = truth.classes().into_iter().collect();
                if shown.is_empty() { vec![none] } else { shown }
            }
        };
        for class in shown {
            if let Some(counts) = counts.get_mut(class) {
                add(counts, image.split);
            }
        }
    }
    let (name, without, nothing) = match kind {
        AnswerKind::Class => ("class", "no box", "no label"),
        AnswerKind::Findings => ("any finding", "none", "not known"),
        AnswerKind::Boxes => ("class (images with a box of it)", "no box", "boxes not known"),
    };
    let names = names.into_iter().chain([without.to_owned(), nothing.to_owned()]);
    let always = if kind == AnswerKind::Findings { none + 1 } else { none };
    let kept = names.zip(counts).enumerate();
    let kept = kept.filter(|(at, (_, counts))| *at < always || counts.iter().any(|n| *n > 0));
    Characteristic { name: name.to_owned(), values: kept.map(|(_, value)| value).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ImageId;

    fn image(split: Split) -> ImageRecord {
        ImageRecord {
            id: ImageId(1),
            path: "1.png".into(),
            name: "1.png".into(),
            sha256: String::new(),
            width: 1,
            height: 1,
            group: None,
            split,
            source: String::new(),
            truncated: false,
            frame: 0,
        }
    }

    #[test]
    fn what_is_uncertain_or_was_not_looked_at_is_neither_present_nor_absent() {
        use Presence::{Absent, Present, Uncertain};
        let classes = ClassList::of_findings(&["Effusion", "No finding", "Mass"]).unwrap();
        let (train, validation, test) = (image(Split::Train), image(Split::Validation), image(Split::Test));
        let said = |of: &[(usize, Presence)]| Some(of.iter().copied().collect::<Findings>());
        let all = [
            (&train, said(&[(0, Present), (2, Uncertain)])),
            (&train, said(&[(0, Uncertain), (2, Absent)])),
            (&train, None),
            (&validation, said(&[(0, Absent), (2, Absent)])),
            (&test, said(&[(2, Present)])),
            (&test, said(&[(0, Uncertain)])),
        ];
        let found = of_findings(all.iter().cloned(), &classes);
        let effusion = Prevalence {
            finding: "Effusion".into(),
            present: [1, 0, 0],
            absent: [0, 1, 0],
            uncertain: [1, 0, 1],
            not_looked_at: [1, 0, 1],
        };
        let mass = Prevalence {
            finding: "Mass".into(),
            present: [0, 0, 1],
            absent: [1, 1, 0],
            uncertain: [1, 0, 0],
            not_looked_at: [1, 0, 1],
        };
        assert_eq!(found, [effusion, mass], "what is no finding has no prevalence");
        assert_eq!((found[0].known(0), found[0].known(1), found[1].known(2)), (1, 1, 1));
        let truths = all.iter().map(|(image, said)| (*image, said.clone().map(Truth::Findings)));
        let any = of_classes(truths, (&classes, AnswerKind::Findings));
        let wanted = [("present", [1, 0, 1]), ("none", [0, 1, 0]), ("not known", [2, 0, 1])];
        assert_eq!(any.values, wanted.map(|(name, counts)| (name.to_owned(), counts)));
    }
}
