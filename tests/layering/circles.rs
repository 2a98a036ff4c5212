//! Circles of files that use each other, each by the path that it names.

use std::collections::{BTreeMap, BTreeSet};

/// Which files each file uses, by module path.
pub type Uses = BTreeMap<String, BTreeSet<String>>;

/// Everything that a file comes to by what it uses, and what that uses.
fn reached<'a>(uses: &'a Uses, from: &'a str) -> BTreeSet<&'a str> {
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
    while let Some(next) = waiting.pop() {
        for used in uses.get(next).into_iter().flatten() {
            if seen.insert(used.as_str()) {
                waiting.push(used);
            }
        }
    }
    seen
}

/// All circles, the largest first.
pub fn circles(uses: &Uses) -> Vec<Vec<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        uses.keys().map(|file| (file.as_str(), reached(uses, file))).collect();
    let both = |a: &str, b: &str| reached[a].contains(b) && reached.get(b).is_some_and(|back| back.contains(a));
    let mut found: BTreeSet<Vec<&str>> = BTreeSet::new();
    for (file, others) in &reached {
        let circle: Vec<&str> = others.iter().copied().filter(|other| both(file, other)).collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    let mut found: Vec<Vec<&str>> = found.into_iter().collect();
    found.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_found_and_what_hangs_on_it_is_none() {
        let uses = |pairs: &[(&str, &str)]| {
            let mut uses = Uses::new();
            for (a, b) in pairs {
                uses.entry((*a).to_owned()).or_default().insert((*b).to_owned());
                uses.entry((*b).to_owned()).or_default();
            }
            uses
        };
        let ring = uses(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("c", "e"), ("f", "g"), ("g", "f")]);
        assert_eq!(circles(&ring), [vec!["a", "b", "c"], vec!["f", "g"]]);
        assert_eq!(circles(&uses(&[("a", "b"), ("b", "c"), ("a", "c")])), Vec::<Vec<&str>>::new());
    }
}
