//! Images that must not be where they are: copies, copies that contradict each other, and what ties splits together.

use super::Material;
use crate::domain::ImageFacts;
use crate::evaluation::similar::{self, Look, Sets};
use crate::session::protocol::survey::{Problem, ProblemKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Every kind of problem that there is.
pub(super) fn find(of: Material<'_>) -> Vec<Problem> {
    let exact = in_use(of, exact(of));
    // Copies are one picture; a near duplicate is of another content.
    let alike = in_use(of, alike(of, &exact));
    let same_content = |set: &[usize]| {
        let hash = |at: &usize| of.images.get(*at).map(|i| (i.sha256.as_str(), i.frame));
        set.windows(2).all(|pair| pair.first().and_then(hash) == pair.last().and_then(hash))
    };
    let kinds = ProblemKind::ALL.map(|kind| {
        let sets: Vec<Vec<usize>> = match kind {
            ProblemKind::ConflictingLabels => alike.iter().filter(|set| contradicts(of, set)).cloned().collect(),
            ProblemKind::DuplicatesAcrossSplits => alike.iter().filter(|set| splits(of, set) > 1).cloned().collect(),
            ProblemKind::GroupsAcrossSplits => {
                in_use(of, groups(of)).into_iter().filter(|set| splits(of, set) > 1).collect()
            }
            ProblemKind::ExactDuplicates => exact.clone(),
            ProblemKind::NearDuplicates => alike.iter().filter(|set| !same_content(set)).cloned().collect(),
        };
        let ids = |set: Vec<usize>| set.into_iter().filter_map(|at| Some(of.images.get(at)?.id)).collect();
        Problem { kind, sets: sets.into_iter().map(ids).collect() }
    });
    kinds.into_iter().filter(|problem| !problem.sets.is_empty()).collect()
}

/// What is left of the sets without the images somebody left out; those of one image are no set any more.
fn in_use(of: Material<'_>, sets: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let kept = |set: Vec<usize>| set.into_iter().filter(|at| !of.left_out(*at)).collect::<Vec<_>>();
    sets.into_iter().map(kept).filter(|set| set.len() > 1).collect()
}

/// Whether its images have two classes, or a finding that is present on one and absent on another.
fn contradicts(of: Material<'_>, set: &[usize]) -> bool {
    let labels: BTreeSet<usize> = set.iter().filter_map(|&at| of.label(at)).collect();
    let known = |at: &usize| -> Vec<(usize, bool)> {
        of.findings(*at).iter().filter_map(|(finding, said)| Some((finding, said.known()?))).collect()
    };
    let findings: BTreeSet<(usize, bool)> = set.iter().flat_map(known).collect();
    labels.len() > 1 || findings.iter().any(|(finding, there)| findings.contains(&(*finding, !there)))
}

fn splits(of: Material<'_>, set: &[usize]) -> usize {
    set.iter().filter_map(|&at| Some(of.images.get(at)?.split)).collect::<BTreeSet<_>>().len()
}

/// Places of images with the same content and frame, in sets of two and more.
fn exact(of: Material<'_>) -> Vec<Vec<usize>> {
    several(of.images.iter().map(|image| Some((image.sha256.as_str(), image.frame))))
}

fn groups(of: Material<'_>) -> Vec<Vec<usize>> {
    several(of.images.iter().map(|image| image.group.as_deref()))
}

/// Places with the same key, in sets of two and more, in order of their first.
fn several<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = Option<K>>) -> Vec<Vec<usize>> {
    let mut by_key: HashMap<K, Vec<usize>> = HashMap::new();
    for (at, key) in keys.enumerate() {
        if let Some(key) = key {
            by_key.entry(key).or_default().push(at);
        }
    }
    let sets = by_key.into_values().filter(|set| set.len() > 1);
    let ordered: BTreeMap<usize, Vec<usize>> = sets.filter_map(|set| Some((*set.first()?, set))).collect();
    ordered.into_values().collect()
}

/// Places of pictures that are copies or look alike.
fn alike(of: Material<'_>, exact: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut sets = Sets::new(of.images.len());
    for pair in exact.iter().flat_map(|set| set.windows(2)) {
        if let [a, b] = pair {
            sets.link(*a, *b);
        }
    }
    let look = |(at, facts): (usize, &Option<ImageFacts>)| {
        let image = of.images.get(at)?;
        Look::of(facts.as_ref()?, image.width, image.height)
    };
    let looks: Vec<Option<Look>> = of.facts.iter().enumerate().map(look).collect();
    similar::link_alike(&looks, &mut sets);
    sets.several()
}
