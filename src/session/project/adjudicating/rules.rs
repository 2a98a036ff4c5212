//! Rules by which what several readers said of an image becomes one word.

use crate::domain::{AdjudicationRule, Findings, Presence, Rect};
use crate::session::importing::readings::{Word, same_findings};
use std::collections::BTreeMap;

/// How much two readers' boxes must have in common to be of one finding: intersection over union, as elsewhere.
const SAME_FINDING: f64 = 0.5;

/// What a rule makes of the readers' words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::session) struct Final {
    /// Index into the class list; absent where nobody said anything of it.
    pub label: Option<usize>,
    /// Of those that somebody spoke of.
    pub findings: Findings,
    /// Absent where nobody drew any or looked for some.
    pub boxes: Option<Vec<(usize, Rect)>>,
}

/// What the rule makes of these words, of which there are two or more; `None` where it does not decide and a person has to.
pub(in crate::session) fn decide(rule: AdjudicationRule, words: &[&Word]) -> Option<Final> {
    match rule {
        AdjudicationRule::All => unanimous(words),
        AdjudicationRule::Majority => majority(words),
        // The boxes of all images are decided together.
        AdjudicationRule::Staple => answers(words),
        AdjudicationRule::Chosen => None,
    }
}

/// Those who drew boxes, or looked for some and found nothing.
fn about_boxes<'a>(words: &[&'a Word]) -> Vec<&'a Word> {
    words.iter().copied().filter(|word| looked_for_boxes(word)).collect()
}

pub(super) fn looked_for_boxes(word: &Word) -> bool {
    !word.boxes.is_empty() || word.nothing_found
}

/// The word of all who say something of a part: the same class, the same of each finding, the same boxes, of which each comes to
/// the mean.
fn unanimous(words: &[&Word]) -> Option<Final> {
    let drew = about_boxes(words);
    let alike = drew.iter().all(|word| drew.first().is_some_and(|first| same_findings(&word.boxes, &first.boxes)));
    let decided = majority(words).filter(|_| alike)?;
    let agrees = |word: &&Word| {
        word.label.is_none_or(|label| Some(label) == decided.label)
            && word.findings.iter().all(|(finding, presence)| decided.findings.get(finding) == Some(presence))
    };
    words.iter().all(agrees).then_some(decided)
}

/// As [`answers`]. A box stands where more than half of those who looked for boxes drew one of its class there, and comes to the
/// mean of theirs.
fn majority(words: &[&Word]) -> Option<Final> {
    let drew = about_boxes(words);
    let boxes = (!drew.is_empty()).then(|| fused(&drew, drew.len() / 2 + 1));
    Some(Final { boxes, ..answers(words)? })
}

/// What more than half of those say who say something of it: of the class, and of each finding.
fn answers(words: &[&Word]) -> Option<Final> {
    let labels: Vec<usize> = words.iter().filter_map(|word| word.label).collect();
    let label = if labels.is_empty() { None } else { Some(most(&labels)?) };
    let mut said: BTreeMap<usize, Vec<Presence>> = BTreeMap::new();
    for (finding, presence) in words.iter().flat_map(|word| word.findings.iter()) {
        said.entry(finding).or_default().push(presence);
    }
    let mut findings = Findings::default();
    for (finding, said) in said {
        findings.set(finding, Some(most(&said)?));
    }
    Some(Final { label, findings, boxes: None })
}

/// What more than half of these are.
fn most<T: Copy + Ord>(said: &[T]) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    said.iter().for_each(|one| *counts.entry(*one).or_default() += 1);
    counts.into_iter().find(|(_, count)| 2 * count > said.len()).map(|(one, _)| one)
}

/// Boxes of one class that readers drew at one place.
pub(super) struct Cluster {
    pub class: usize,
    /// Whose, by place among the words.
    pub members: Vec<(usize, Rect)>,
}

impl Cluster {
    /// The mean of its boxes, corner by corner, each reader counting the same: weighted boxes fusion with equal weights
    /// (Solovyev, Wang and Gabruseva 2021, "Weighted boxes fusion").
    fn mean(&self) -> Rect {
        self.weighted(|_| 1.0)
    }

    /// The same, each reader counting so much.
    pub fn weighted(&self, weight: impl Fn(usize) -> f64) -> Rect {
        let all: f64 = self.members.iter().map(|(reader, _)| weight(*reader)).sum();
        let sum = |side: fn(&Rect) -> f64| {
            self.members.iter().map(|(reader, rect)| side(rect) * weight(*reader)).sum::<f64>() / all
        };
        Rect { xmin: sum(|r| r.xmin), ymin: sum(|r| r.ymin), xmax: sum(|r| r.xmax), ymax: sum(|r| r.ymax) }
    }
}

/// The boxes that at least so many readers drew, in the order in which they were drawn first.
fn fused(words: &[&Word], least: usize) -> Vec<(usize, Rect)> {
    let clusters = clusters(words);
    clusters.iter().filter(|one| one.members.len() >= least).map(|one| (one.class, one.mean())).collect()
}

/// The places where readers drew boxes, in the order in which they were drawn first; of a reader one box at most is in each.
pub(super) fn clusters(words: &[&Word]) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for (reader, word) in words.iter().enumerate() {
        for &(class, rect) in &word.boxes {
            let fits = |cluster: &Cluster| {
                let free = cluster.class == class && cluster.members.iter().all(|(of, _)| *of != reader);
                Some(cluster.mean().iou(&rect)).filter(|shared| free && *shared >= SAME_FINDING)
            };
            let best = clusters.iter().enumerate().filter_map(|(at, one)| Some((at, fits(one)?)));
            match best.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at) {
                Some(at) => clusters.get_mut(at).into_iter().for_each(|one| one.members.push((reader, rect))),
                None => clusters.push(Cluster { class, members: vec![(reader, rect)] }),
            }
        }
    }
    clusters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EventId;
    use crate::domain::change::Seeing;
    use crate::session::importing::readings::Logged;

    fn word(label: Option<usize>, boxes: &[(usize, [f64; 4])]) -> Word {
        let rect = |[xmin, ymin, xmax, ymax]: [f64; 4]| Rect { xmin, ymin, xmax, ymax };
        Word {
            label,
            findings: Findings::default(),
            boxes: boxes.iter().map(|(class, sides)| (*class, rect(*sides))).collect(),
            nothing_found: boxes.is_empty() && label.is_none(),
            said_ms: 0,
            logged: Logged { event: EventId(1), time_ms: 0, imported: false },
            seeing: Seeing::Nothing,
        }
    }

    fn decided(rule: AdjudicationRule, words: &[Word]) -> Option<Final> {
        decide(rule, &words.iter().collect::<Vec<_>>())
    }

    #[test]
    fn more_than_half_decide_and_a_tie_is_left_to_a_person() {
        let [a, b, c] = [Some(0), Some(1), Some(1)].map(|label| word(label, &[]));
        let label = |rule, words: &[Word]| decided(rule, words).map(|said| said.label);
        assert_eq!(label(AdjudicationRule::Majority, &[a.clone(), b.clone(), c.clone()]), Some(Some(1)));
        assert_eq!(label(AdjudicationRule::Majority, &[a.clone(), b.clone()]), None, "one against one");
        assert_eq!(label(AdjudicationRule::All, &[a.clone(), b.clone(), c.clone()]), None);
        assert_eq!(label(AdjudicationRule::All, &[b.clone(), c.clone()]), Some(Some(1)));
        // Who only drew says nothing of the class.
        let drew = word(None, &[(0, [0.0, 0.0, 9.0, 9.0])]);
        assert_eq!(label(AdjudicationRule::Majority, &[b, drew]), Some(Some(1)));
        assert_eq!(decided(AdjudicationRule::Chosen, &[a.clone(), a]), None);
    }

    #[test]
    fn findings_are_decided_one_by_one() {
        let said = |presences: [Option<Presence>; 2]| Word {
            findings: presences.into_iter().enumerate().filter_map(|(at, one)| Some((at, one?))).collect(),
            ..word(None, &[])
        };
        let (yes, no) = (Some(Presence::Present), Some(Presence::Absent));
        let three = [said([yes, no]), said([yes, yes]), said([no, no])];
        let found = decided(AdjudicationRule::Majority, &three).unwrap().findings;
        assert_eq!((found.get(0), found.get(1)), (yes, no));
        assert_eq!(decided(AdjudicationRule::Majority, &[said([yes, no]), said([no, no])]), None);
        let one_alone = decided(AdjudicationRule::Majority, &[said([yes, None]), said([yes, no])]).unwrap().findings;
        assert_eq!((one_alone.get(0), one_alone.get(1)), (yes, no), "the other did not look for it");
    }

    #[test]
    fn a_box_stands_where_most_drew_one_and_lies_in_their_middle() {
        let three = [
            word(None, &[(0, [0.0, 0.0, 10.0, 10.0]), (1, [50.0, 50.0, 60.0, 60.0])]),
            word(None, &[(0, [2.0, 0.0, 12.0, 10.0])]),
            word(None, &[(0, [1.0, 3.0, 11.0, 13.0]), (0, [80.0, 80.0, 90.0, 90.0])]),
        ];
        let boxes = decided(AdjudicationRule::Majority, &three).unwrap().boxes;
        assert_eq!(boxes.unwrap(), [(0, Rect { xmin: 1.0, ymin: 1.0, xmax: 11.0, ymax: 11.0 })]);
        assert_eq!(decided(AdjudicationRule::All, &three), None);
        // Another class at the same place is another finding.
        let two = [word(None, &[(0, [0.0, 0.0, 10.0, 10.0])]), word(None, &[(1, [0.0, 0.0, 10.0, 10.0])])];
        assert_eq!(decided(AdjudicationRule::Majority, &two).unwrap().boxes, Some(Vec::new()));
        let nothing = [word(None, &[]), word(None, &[])];
        let found_nothing = Final { boxes: Some(Vec::new()), ..Final::default() };
        assert_eq!(decided(AdjudicationRule::All, &nothing), Some(found_nothing), "all found nothing");
        // Who gave a class alone did not look for boxes.
        let apart = [word(Some(1), &[]), word(None, &[(0, [0.0, 0.0, 10.0, 10.0])])];
        let both = decided(AdjudicationRule::All, &apart).unwrap();
        assert_eq!((both.label, both.boxes.unwrap().len()), (Some(1), 1));
        assert_eq!(decided(AdjudicationRule::All, &[word(Some(1), &[]), word(Some(1), &[])]).unwrap().boxes, None);
    }
}
