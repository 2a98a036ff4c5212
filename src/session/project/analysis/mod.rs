//! What a project's data are made of and what is wrong with them: counts by class and split, attributes, duplicates,
//! groups, and attributes that give the class away. Pure functions of what the project holds; the work is a job's.

mod attributes;
mod plan;
mod problems;
mod shortcuts;

#[cfg(test)]
mod tests;

pub(in crate::session) use attributes::values_of;
pub use plan::{AnalysisPlan, of_project};

use crate::domain::{Annotation, ClassList, Findings, ImageFacts, ImageId, ImageRecord, Split};
use crate::session::protocol::survey::Analysis;
use std::collections::BTreeSet;

/// Images shown of each class.
const EXAMPLES: usize = 12;

/// What there is to look at, one entry an image.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    pub images: &'a [ImageRecord],
    pub annotations: &'a [Annotation],
    /// Absent where nobody has looked at the picture since this is kept.
    pub facts: &'a [Option<ImageFacts>],
    pub classes: &'a ClassList,
}

impl Material<'_> {
    /// The label, where it is one of the classes.
    fn label(&self, at: usize) -> Option<usize> {
        self.annotations.get(at)?.label.filter(|label| *label < self.classes.len())
    }

    /// What is known of the image's findings; nothing where an image is of one class.
    fn findings(&self, at: usize) -> Findings {
        let of_findings = self.annotations.get(at).filter(|_| self.classes.findings);
        of_findings.map(Annotation::known_findings).unwrap_or_default()
    }

    /// Whether somebody left the image out, as keeping one of several copies does: it is flagged and nothing is said of it.
    fn left_out(&self, at: usize) -> bool {
        let nothing = |said: &Annotation| {
            said.flagged && said.label.is_none() && said.findings.is_empty() && !said.boxes_known(self.classes)
        };
        self.annotations.get(at).is_some_and(nothing)
    }

    /// Where the image counts in lists by class: its label, else its findings that are present and the classes of its boxes,
    /// else the place after them.
    fn counts_as(&self, at: usize) -> Vec<usize> {
        let count = self.classes.len();
        let classes: Vec<usize> =
            self.annotations.get(at).map(|said| said.classes(count).into_iter().collect()).unwrap_or_default();
        if classes.is_empty() { vec![count] } else { classes }
    }
}

/// Looks through all of it. `go_on` is asked between the parts; `false` ends with `None`.
pub fn analyse(of: Material<'_>, go_on: &dyn Fn(&str) -> bool) -> Option<Analysis> {
    let places = 0..of.images.len();
    let mut splits = vec![[0; 3]; of.classes.len() + 1];
    for (at, image) in of.images.iter().enumerate() {
        let split = Split::ALL.iter().position(|split| *split == image.split);
        for class in of.counts_as(at) {
            if let Some(count) = splits.get_mut(class).zip(split).and_then(|(row, split)| row.get_mut(split)) {
                *count += 1;
            }
        }
    }
    let columns = attributes::columns(of);
    if !go_on("attributes") {
        return None;
    }
    let tables = attributes::tables(of, &columns);
    if !go_on("duplicates") {
        return None;
    }
    let problems = problems::find(of);
    if !go_on("shortcuts") {
        return None;
    }
    Some(Analysis {
        images: of.images.len(),
        splits,
        unmeasured: places.filter(|&at| !of.facts.get(at).is_some_and(measured)).count(),
        attributes: tables,
        brightness: brightness(of),
        examples: examples(of),
        groups: of.images.iter().filter_map(|i| i.group.as_deref()).collect::<BTreeSet<_>>().len(),
        problems,
        shortcuts: shortcuts::find(of, &columns),
        said_at_import: Vec::new(),
    })
}

fn measured(facts: &Option<ImageFacts>) -> bool {
    facts.as_ref().is_some_and(ImageFacts::measured)
}

fn brightness(of: Material<'_>) -> Vec<Vec<f64>> {
    let mut sums: Vec<(usize, Vec<f64>)> = vec![(0, Vec::new()); of.classes.len() + 1];
    for (at, facts) in of.facts.iter().enumerate() {
        let Some(facts) = facts.as_ref().filter(|facts| facts.measured()) else { continue };
        for class in of.counts_as(at) {
            let Some((count, sum)) = sums.get_mut(class) else { continue };
            sum.resize(facts.brightness.len(), 0.0);
            sum.iter_mut().zip(&facts.brightness).for_each(|(sum, share)| *sum += f64::from(*share) / 1000.0);
            *count += 1;
        }
    }
    sums.into_iter().map(|(count, sum)| sum.into_iter().map(|sum| sum / count.max(1) as f64).collect()).collect()
}

fn examples(of: Material<'_>) -> Vec<Vec<ImageId>> {
    let mut by_class: Vec<Vec<ImageId>> = vec![Vec::new(); of.classes.len()];
    for (at, image) in of.images.iter().enumerate() {
        for class in of.counts_as(at) {
            if let Some(list) = by_class.get_mut(class) {
                list.push(image.id);
            }
        }
    }
    let spread = |list: Vec<ImageId>| {
        let step = (list.len() as f64 / EXAMPLES as f64).max(1.0);
        (0..EXAMPLES).filter_map(|n| list.get((n as f64 * step) as usize).copied()).collect()
    };
    by_class.into_iter().map(spread).collect()
}
