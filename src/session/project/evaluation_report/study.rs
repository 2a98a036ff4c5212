//! What a project knows of the data and the model that an evaluation is of, counted. Nothing here names an image, a patient,
//! a reader or a path.

use super::Judged;
use super::attributes;
use super::prevalence::{self, Prevalence};
use crate::domain::{
    Annotation, AnswerKind, ClassList, EpochRecord, ImageFacts, ImageId, ImageRecord, ImportRecord, Split,
};
use crate::nn::weights;
use crate::session::project::analysis;
use crate::session::project::card::{duration, started_from};
use crate::session::project::truth::truth;
use crate::session::project::yardstick::changed_since;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::survey::ProblemKind;
use crate::session::protocol::words;
use crate::store::Store;
use crate::training::{Truth, recipe};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What is known of the data and of how the model came to be.
#[derive(Clone, Debug, Serialize)]
pub struct Study {
    pub project: String,
    pub classes: Vec<String>,
    pub flow: Flow,
    /// What is said of each finding, by split; of models that answer with findings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prevalence: Vec<Prevalence>,
    pub characteristics: Vec<Characteristic>,
    /// Attributes that are not shown, because they may name somebody.
    pub attributes_not_shown: usize,
    pub checks: Checks,
    pub training: Training,
}

/// Images, and the groups (patients, uploaders) that they are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    pub images: usize,
    pub groups: usize,
    /// Images of which no group is known.
    pub without_group: usize,
}

/// From the sources to the images that were judged.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Flow {
    pub imports: usize,
    /// Images that imports brought.
    pub imported: usize,
    /// Entries of the sources that were not taken, by reason.
    pub left_out: Vec<(&'static str, usize)>,
    pub in_project: Count,
    /// In the order of [`Split::ALL`].
    pub splits: [Count; 3],
    /// Images of the judged split of which the truth is not known.
    pub without_truth: usize,
    /// Images of it with a known truth that could not be read.
    pub unreadable: usize,
    pub judged: usize,
}

/// How often each value of something occurs, by split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Characteristic {
    pub name: String,
    /// In the order of [`Split::ALL`]; what is missing is a value of its own.
    pub values: Vec<(String, [usize; 3])>,
}

/// What may have leaked from the other splits into the one that was judged, and what changed since.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Checks {
    pub groups_in_several_splits: usize,
    /// Sets of the same picture, or nearly, in several splits.
    pub duplicates_across_splits: usize,
    /// Sets of the same picture, or nearly, with different labels.
    pub duplicates_with_different_labels: usize,
    /// Images that nobody looked at for near duplicates.
    pub not_looked_at: usize,
    /// How often images were moved between splits.
    pub split_changes: usize,
    /// What became of the test images since the project last judged this model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_since: Option<String>,
}

/// How the model came to be.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Training {
    /// What and how it is, in the order to read it; empty where the weights were imported.
    pub settings: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
    pub facts: Vec<(&'static str, String)>,
}

const MISSING: &str = "not given";
/// Values of a characteristic that are told one by one; the rest is counted together.
const TOLD: usize = 12;

/// The project's images with what is known of each, in one order.
struct Material {
    images: Vec<ImageRecord>,
    said: HashMap<ImageId, Annotation>,
    facts: HashMap<ImageId, ImageFacts>,
    classes: ClassList,
    kind: AnswerKind,
}

impl Study {
    /// Reads it; `go_on` is asked before each part and told its name, and `None` is where it said no.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn of(store: &Store, judged: &Judged, go_on: &dyn Fn(&str) -> bool) -> Result<Option<Self>, SessionError> {
        let of = Material {
            images: store.images()?,
            said: store.annotations()?,
            facts: store.facts()?,
            classes: store.classes()?,
            kind: judged.card.answers(),
        };
        let (characteristics, attributes_not_shown) = of.characteristics();
        let Some(checks) = of.checks(store, judged, go_on)? else { return Ok(None) };
        Ok(Some(Self {
            project: store.meta()?.name,
            classes: of.classes.names(),
            flow: of.flow(&store.imports()?, judged),
            prevalence: of.prevalence(),
            characteristics,
            attributes_not_shown,
            checks,
            training: training(store, judged)?,
        }))
    }
}

/// The place of a split in the order of [`Split::ALL`].
pub(super) fn place(split: Split) -> usize {
    Split::ALL.iter().position(|one| *one == split).unwrap_or(0)
}

fn count<'a>(images: impl Iterator<Item = &'a ImageRecord>) -> Count {
    let (mut count, mut groups) = (Count::default(), HashSet::new());
    for image in images {
        count.images += 1;
        match image.group.as_deref() {
            Some(group) => drop(groups.insert(group)),
            None => count.without_group += 1,
        }
    }
    Count { groups: groups.len(), ..count }
}

/// Adds an image of a split to the images with a value.
fn add(values: &mut BTreeMap<String, [usize; 3]>, value: String, at: usize) {
    if let Some(count) = values.entry(value).or_default().get_mut(at) {
        *count += 1;
    }
}

impl Material {
    fn flow(&self, imports: &[ImportRecord], judged: &Judged) -> Flow {
        let mut left_out: BTreeMap<&'static str, usize> = BTreeMap::new();
        for one in imports.iter().flat_map(|import| &import.report.left_out) {
            *left_out.entry(reason(&one.why)).or_default() += entries(&one.file);
        }
        let mut left_out: Vec<_> = left_out.into_iter().collect();
        left_out.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let of_split = self.images.iter().filter(|image| image.split == judged.split).count();
        let known = self.known().filter(|(image, truth)| image.split == judged.split && truth.is_some()).count();
        Flow {
            imports: imports.len(),
            imported: imports.iter().map(|import| import.report.images).sum(),
            left_out,
            in_project: count(self.images.iter()),
            splits: Split::ALL.map(|split| count(self.images.iter().filter(|image| image.split == split))),
            without_truth: of_split - known,
            unreadable: known.saturating_sub(judged.report.images),
            judged: judged.report.images,
        }
    }

    /// What is shown of the images by split, and how many attributes are not.
    fn characteristics(&self) -> (Vec<Characteristic>, usize) {
        let mut all = vec![prevalence::of_classes(self.known(), (&self.classes, self.kind))];
        let mut of_files: [BTreeMap<String, [usize; 3]>; 3] = Default::default();
        let given: HashSet<&String> = self.facts.values().flat_map(|facts| facts.attributes.keys()).collect();
        let mut shown: Vec<&String> = given.iter().copied().filter(|name| attributes::is_shown(name)).collect();
        shown.sort();
        let mut named: Vec<BTreeMap<String, [usize; 3]>> = vec![BTreeMap::new(); shown.len()];
        let missing = || MISSING.to_owned();
        let nothing = ImageFacts::default();
        for image in &self.images {
            let (at, facts) = (place(image.split), self.facts.get(&image.id).unwrap_or(&nothing));
            for (values, name) in named.iter_mut().zip(&shown) {
                let value = facts.attributes.get(*name).filter(|value| !value.trim().is_empty());
                add(values, value.map_or_else(missing, |value| attributes::shown(name, value)), at);
            }
            for (values, (_, value)) in of_files.iter_mut().zip(attributes::of_file(facts)) {
                add(values, value.unwrap_or_else(missing), at);
            }
        }
        let of_files = attributes::of_file(&nothing).into_iter().map(|(name, _)| name.to_owned()).zip(of_files);
        let hidden = given.len() - shown.len();
        let named = shown.into_iter().cloned().zip(named);
        all.extend(named.chain(of_files).map(|(name, values)| characteristic(name, values)));
        (all, hidden)
    }

    /// Each image with what is known of it.
    fn known(&self) -> impl Iterator<Item = (&ImageRecord, Option<Truth>)> {
        let known = |image: &ImageId| self.said.get(image).and_then(|said| truth(said, self.kind, &self.classes));
        self.images.iter().map(move |image| (image, known(&image.id)))
    }

    /// What is said of each finding; nothing where an image is of one class or boxes are judged.
    fn prevalence(&self) -> Vec<Prevalence> {
        let findings = |truth| match truth {
            Truth::Findings(said) => Some(said),
            Truth::Class(_) | Truth::Boxes(_) => None,
        };
        match self.kind {
            AnswerKind::Class | AnswerKind::Boxes => Vec::new(),
            AnswerKind::Findings => {
                let known = self.known().map(|(image, truth)| (image, truth.and_then(findings)));
                prevalence::of_findings(known, &self.classes)
            }
        }
    }

    fn checks(
        &self,
        store: &Store,
        judged: &Judged,
        go_on: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Checks>, SessionError> {
        let Some(found) = analysis::of_project(store, go_on)? else { return Ok(None) };
        let sets = |kind: ProblemKind| found.problems.iter().find(|p| p.kind == kind).map_or(0, |p| p.sets.len());
        let since = match &judged.record {
            Some(record) => changed_since(store)?.get(&record.id).and_then(|since| since.in_words()),
            None => None,
        };
        Ok(Some(Checks {
            groups_in_several_splits: sets(ProblemKind::GroupsAcrossSplits),
            duplicates_across_splits: sets(ProblemKind::DuplicatesAcrossSplits),
            duplicates_with_different_labels: sets(ProblemKind::ConflictingLabels),
            not_looked_at: found.unmeasured,
            split_changes: store.split_changes()?.len(),
            changed_since: since,
        }))
    }
}

/// The most frequent values first, what is missing last.
fn characteristic(name: String, values: BTreeMap<String, [usize; 3]>) -> Characteristic {
    let mut values: Vec<(String, [usize; 3])> = values.into_iter().collect();
    // Bands have an order of their own, which that of their names is.
    if !values.iter().any(|(value, _)| value.ends_with("years")) {
        values.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().sum::<usize>()));
    }
    let missing = values.iter().position(|(value, _)| value == MISSING).map(|at| values.remove(at));
    if values.len() > TOLD {
        let rest = values.split_off(TOLD - 1);
        let mut counts = [0; 3];
        for (_, more) in &rest {
            counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
        values.push((format!("{} other values", rest.len()), counts));
    }
    values.extend(missing);
    Characteristic { name, values }
}

/// The kind of reason why something of a source was not taken. The sentence itself may name files.
fn reason(why: &str) -> &'static str {
    const KINDS: [(&str, &str); 9] = [
        ("left out by the pattern", "left out by a pattern of the person who imported"),
        ("no annotation names it", "no annotation names it"),
        ("the same picture as", "the same picture as another"),
        ("a box of", "a box that cannot be used"),
        ("has a point outside the image", "a drawing that cannot be used"),
        ("a link:", "a link"),
        ("it is encrypted", "encrypted"),
        ("an archive within the archive", "an archive within an archive"),
        ("is not there", "named, but not there"),
    ];
    let kind = KINDS.iter().find(|(part, _)| why.contains(part));
    kind.map_or("could not be read or used", |(_, name)| name)
}

/// How many entries a line of an import's report stands for: "12 files".
fn entries(file: &str) -> usize {
    match file.split_once(' ') {
        Some((number, "file" | "files")) => number.parse().unwrap_or(1),
        Some(_) | None => 1,
    }
}

fn training(store: &Store, judged: &Judged) -> Result<Training, SessionError> {
    let card = &judged.card;
    let run = match judged.record.as_ref().and_then(|record| record.run) {
        Some(id) => store.runs()?.into_iter().find(|run| run.id == id),
        None => None,
    };
    let mut facts = vec![
        ("Network", card.architecture.name().to_owned()),
        (if card.classes.findings { "Findings" } else { "Classes" }, card.classes.names().join(", ")),
        ("Greys", card.preprocessing.greys.sentence().to_owned()),
    ];
    let parameters = judged.record.as_ref().and_then(|record| weights::count_parameters(&record.file).ok());
    facts.extend(parameters.map(|count| ("Parameters", words::thousands(count))));
    facts.push(match card.data_digest.as_str() {
        "" => ("Training data", "not known: the weights were imported".to_owned()),
        digest => ("Digest of the images and labels it learned from (SHA-256)", digest.to_owned()),
    });
    if let Some(run) = &run {
        facts.extend(started_from(run).map(|start| ("Started from the weights in", start)));
        let kept = EpochRecord::kept(&run.epochs).map(|epoch| format!(", kept is number {}", epoch.epoch));
        facts.push(("Passes", format!("{}{}", run.epochs.len(), kept.unwrap_or_default())));
    }
    if let Some(made) = run.as_ref().and_then(|run| run.facts.as_ref()) {
        let images = format!("{} to train on, {} to validate", made.train_images, made.validation_images);
        facts.extend([
            ("Trained by", format!("{}, {}", made.program, made.tensor_library)),
            ("Device", made.device.clone()),
            ("Vector instructions", made.vectors.clone()),
            ("Images", images),
            ("Wall time", duration(made.wall_seconds)),
        ]);
    }
    facts.retain(|(_, value)| !value.is_empty());
    Ok(Training {
        settings: card.recipe.as_ref().map(recipe::describe).unwrap_or_default(),
        recipe: card.recipe.as_ref().map(|recipe| recipe.title.clone()),
        facts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_kinds_and_name_no_file() {
        assert_eq!(
            reason("the same picture as Jane/1.png, which has what was said of both"),
            "the same picture as another"
        );
        assert_eq!(reason("/home/jane/1.png: the header is cut short"), "could not be read or used");
        assert_eq!((entries("12 files"), entries("1 file"), entries("masks of Jane.png")), (12, 1, 1));
    }

    #[test]
    fn many_values_are_told_together_and_what_is_missing_last() {
        let mut values: BTreeMap<String, [usize; 3]> = (0..20).map(|n| (format!("v{n:02}"), [1, 0, 0])).collect();
        values.insert(MISSING.into(), [50, 0, 0]);
        let values = characteristic("view".into(), values).values;
        assert_eq!(values.len(), TOLD + 1);
        assert_eq!((values[TOLD - 1].0.as_str(), values[TOLD - 1].1), ("9 other values", [9, 0, 0]));
        assert_eq!(values[TOLD].0, MISSING);
    }
}
