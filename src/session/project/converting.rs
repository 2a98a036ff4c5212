//! A project of one class an image becomes one of several findings an image, and the other way round: what is said of each
//! image is said again in the other way, and what would be lost is told before.

use crate::domain::class_list::Class;
use crate::domain::{Annotation, Change, ClassList, EventId, Findings, ImageId, Presence, Split};
use crate::session::importing::create::NO_FINDING;
use crate::session::project::core::Core;
use crate::session::protocol::conversion::{Conversion, kind_words};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::Work;
use crate::session::protocol::words;
use crate::store::Store;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The class lists before and after a conversion, kept so that undo and redo can change the kind too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Converted {
    pub before: ClassList,
    pub after: ClassList,
}

/// What the settings begin with that keep conversions.
const KEYS: &str = "conversion.";

/// The setting that keeps the conversion which begins with an event.
fn key_of(first: EventId) -> String {
    format!("{KEYS}{first}")
}

impl Core {
    /// What it would do to make this a project of several findings an image (`findings`), or of one class.
    ///
    /// # Errors
    /// When the project is of that kind already and nothing is left to do, or it has no class for it.
    pub fn plan_conversion(&self, findings: bool) -> Result<Conversion, SessionError> {
        if findings != self.view.classes.findings && !self.store.own_readers()?.is_empty() {
            return Err(SessionError::refused(
                "readers have readings of their own here (blind, or revealed after a commit), which say one kind of thing: a \
                 project is converted before that, not after",
            ));
        }
        let said = self.images.iter().zip(&self.annotations).map(|(image, said)| (image.id, image.split, said));
        let plan = planned(&self.view.classes, said, self.models.len(), findings)?;
        let changed = plan.changes.iter().filter_map(|(image, _)| self.at.get(image).copied());
        self.check_unsigned(changed.collect::<BTreeSet<_>>())?;
        Ok(plan)
    }

    /// Shows what a conversion would do, or why there is none.
    pub(in crate::session) fn show_conversion(&mut self, findings: bool) {
        let plan = self.plan_conversion(findings).map(Arc::new).map_err(|error| error.to_string());
        self.view.data.conversion = Some(plan);
    }

    /// Carries out what was shown. Where something else would become of the images by now, that is shown instead; with work
    /// that follows, and `None` where `progress` ended it.
    pub(in crate::session) fn convert_as_shown(
        &mut self,
        progress: &dyn Fn(usize, usize) -> bool,
    ) -> Result<Option<Vec<Work>>, SessionError> {
        let Some(Ok(shown)) = self.view.data.conversion.clone() else {
            return Err(SessionError::refused("look first what a conversion would do"));
        };
        let findings = shown.classes.findings;
        let now = self.plan_conversion(findings)?;
        if now != *shown {
            self.view.data.conversion = Some(Ok(Arc::new(now)));
            return Err(SessionError::refused(
                "something was said of the images meanwhile, and nothing was converted: look again at what would change",
            ));
        }
        let Some(work) = self.convert_with(&now, progress)? else { return Ok(None) };
        self.view.data.conversion = None;
        Ok(Some(work))
    }

    /// Carries a conversion out: the class list, and then all that is said, as one action of the present reader. Undo takes
    /// both back, also after a restart; where nothing is said of any image there is nothing to undo.
    ///
    /// # Errors
    /// When the project cannot be written, or what is said of an image changed since.
    pub fn convert(&mut self, plan: &Conversion) -> Result<Vec<Work>, SessionError> {
        Ok(self.convert_with(plan, &|_, _| true)?.unwrap_or_default())
    }

    fn convert_with(
        &mut self,
        plan: &Conversion,
        progress: &dyn Fn(usize, usize) -> bool,
    ) -> Result<Option<Vec<Work>>, SessionError> {
        self.check_writable()?;
        let kept = Converted { before: (*self.view.classes).clone(), after: plan.classes.clone() };
        let keep = |first: EventId| (key_of(first), kept.clone());
        let made = self.store.append_with_classes(&self.view.reader, &plan.classes, &plan.changes, keep, progress)?;
        if made.is_none() {
            return Ok(None);
        }
        self.reload().map(Some)
    }

    /// The conversion that an event, or the one it takes back, belongs to.
    pub(super) fn conversion_of(&self, event: EventId) -> Result<Option<Converted>, SessionError> {
        let first = match self.store.batch(event)? {
            Some(first) => first,
            None => self.store.root(event)?,
        };
        Ok(self.store.setting(&key_of(first))?)
    }

    /// The classes, and behind them those that a conversion added and undo took away: the log still names them.
    pub(super) fn classes_of_log(&self) -> Result<ClassList, SessionError> {
        classes_of_log(&self.store, &self.view.classes)
    }

    /// Puts the class list `to` in force where `from` is. Where it was changed since, only the kind is that of `to`.
    pub(super) fn put_in_kind(&mut self, to: &ClassList, from: &ClassList) -> Result<(), SessionError> {
        let now = &*self.view.classes;
        let classes = if now == from {
            to.clone()
        } else {
            ClassList { classes: now.classes.clone(), ordinal: to.ordinal, findings: to.findings }
        };
        Ok(self.store.set_classes(&self.view.reader, &classes)?)
    }
}

/// The classes in force, and behind them those that a conversion added and undo took away.
pub(super) fn classes_of_log(store: &Store, now: &ClassList) -> Result<ClassList, SessionError> {
    let mut all = now.clone();
    for Converted { before, after } in store.settings_under(KEYS)? {
        for list in [before, after] {
            all.classes.extend(list.classes.into_iter().skip(all.classes.len()));
        }
    }
    Ok(all)
}

/// What it would do to make a project of these classes one of several findings an image (`findings`), or of one class. Of
/// each image its split and what is `said` of it; `models` were trained so far.
///
/// A class becomes a finding that is present while all others are absent, and a class that means that there is nothing to
/// find says that all are absent. Of findings the one that is present becomes the class, and none at all the class for that,
/// which is added where there is none.
///
/// # Errors
/// When the project is of that kind already and nothing is left to do, or it has no class for it.
pub(in crate::session) fn planned<'a>(
    now: &ClassList,
    said: impl Iterator<Item = (ImageId, Split, &'a Annotation)>,
    models: usize,
    findings: bool,
) -> Result<Conversion, SessionError> {
    let mut converting = Converting { classes: ClassList { findings, ..now.clone() }, ..Converting::default() };
    if findings {
        converting.classes.ordinal = false;
        if now.ordinal {
            converting.lost.push("The order of the classes, which are grades: findings have none.".into());
        }
        if converting.classes.finding_places().next().is_none() {
            return Err(SessionError::refused(
                "the project has no class that can be a finding: add the findings to the classes first",
            ));
        }
    }
    for (image, split, said) in said {
        let before = converting.images;
        if findings {
            converting.say_findings(image, said);
        } else {
            converting.say_class(image, said);
        }
        converting.test_images += if split == Split::Test { converting.images - before } else { 0 };
    }
    if now.findings == findings && converting.changes.is_empty() {
        let kind = if findings { "several findings" } else { "one class" };
        return Err(SessionError::refused(format!("an image has {kind} in this project already")));
    }
    let mut plan = converting.plan(now);
    if models > 0 {
        plan.notes.push(format!(
            "{} before answer in the way of before: train a new one.",
            if models == 1 { "1 model trained".to_owned() } else { format!("{models} models trained") }
        ));
    }
    Ok(plan)
}

/// What undo and redo call a conversion: "the conversion to several findings an image".
pub(super) fn conversion_words(conversion: &Converted) -> String {
    format!("the conversion to {}", kind_words(conversion.after.findings))
}

#[derive(Default)]
struct Converting {
    classes: ClassList,
    changes: Vec<(ImageId, Change)>,
    images: usize,
    test_images: usize,
    lost: Vec<String>,
    several: usize,
    uncertain: usize,
    /// Images of which some are said to be absent, none to be present, and others were not looked at.
    partly: usize,
    /// Images of which one is present, and others were not looked at.
    not_looked_at: usize,
}

impl Converting {
    fn say_findings(&mut self, image: ImageId, said: &Annotation) {
        let Some(label) = said.label else { return };
        let absent: Findings = self.classes.finding_places().map(|place| (place, Presence::Absent)).collect();
        let new = if self.classes.is_negative(label) { absent } else { absent.with(label, Some(Presence::Present)) };
        // What was said of findings before goes before what follows from the class.
        self.put(image, said, None, said.findings.clone().filled_with(&new), said.reviewed);
    }

    fn say_class(&mut self, image: ImageId, said: &Annotation) {
        if said.findings.is_empty() {
            return;
        }
        let places: Vec<usize> = ClassList { findings: true, ..self.classes.clone() }.finding_places().collect();
        let present: Vec<usize> = said.findings.that_are(Presence::Present).collect();
        let uncertain = said.findings.that_are(Presence::Uncertain).next().is_some();
        let all = places.iter().all(|place| said.findings.get(*place).is_some());
        let label = match present.as_slice() {
            [_, _, ..] => {
                self.several += 1;
                None
            }
            _ if uncertain => {
                self.uncertain += 1;
                None
            }
            [one] => {
                self.not_looked_at += usize::from(!all);
                Some(*one)
            }
            [] if all => Some(self.nothing()),
            [] => {
                self.partly += 1;
                None
            }
        };
        self.put(image, said, label, Findings::default(), said.reviewed && label.is_some());
    }

    /// The class of images with nothing to find, added behind the others where there is none.
    fn nothing(&mut self) -> usize {
        let there = self.classes.classes.iter().position(|class| class.negative);
        there.unwrap_or_else(|| {
            let place = self.classes.len();
            self.classes.classes.push(Class::at(place, NO_FINDING));
            place
        })
    }

    fn put(&mut self, image: ImageId, said: &Annotation, label: Option<usize>, findings: Findings, reviewed: bool) {
        self.images += 1;
        if said.label != label {
            let (old, new) = (said.label, label);
            let change =
                Change::Label { old, new, old_reviewed: said.reviewed, new_reviewed: reviewed, accepted: false };
            self.changes.push((image, change));
        }
        if said.findings != findings {
            let old_reviewed = if said.label == label { said.reviewed } else { reviewed };
            let (old, new, new_reviewed) = (said.findings.clone(), findings, reviewed);
            self.changes.push((image, Change::Findings { old, new, old_reviewed, new_reviewed, accepted: false }));
        }
    }

    fn plan(self, before: &ClassList) -> Conversion {
        let Self { classes, changes, images, test_images, mut lost, several, uncertain, partly, not_looked_at } = self;
        for (count, what) in [
            (several, "several findings that are present: an image of one class has one"),
            (uncertain, "an uncertain finding, for which one class has no word"),
            (partly, "findings that are absent while others were not assessed: no class follows from that"),
        ] {
            if count > 0 {
                let have = if count == 1 { "has" } else { "have" };
                lost.push(format!("{} {have} {what}; {} left without a class.", words::images(count), it_is(count)));
            }
        }
        if not_looked_at > 0 {
            let have = if not_looked_at == 1 { "has" } else { "have" };
            lost.push(format!(
                "{} {have} one finding that is present and others that nobody looked at: as a class it says that there is \
                 nothing else.",
                words::images(not_looked_at)
            ));
        }
        let added = classes.names().split_off(before.len().min(classes.len()));
        let mut notes: Vec<String> =
            added.iter().map(|name| format!("The class {name} is added, for images without any finding.")).collect();
        if classes.findings {
            let negative = classes.classes.iter().filter(|class| class.negative).map(|class| class.name.clone());
            notes.extend(negative.map(|name| format!("{name} is no finding: it says that all findings are absent.")));
        }
        Conversion { classes, images, test_images, lost, notes, changes }
    }
}

fn it_is(count: usize) -> &'static str {
    if count == 1 { "it is" } else { "they are" }
}

#[cfg(test)]
#[path = "converting_tests.rs"]
mod tests;
