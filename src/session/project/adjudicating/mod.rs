//! The words of several readers become one: by a rule for all images at once, or by a person who takes one reader's word.

mod plan;
mod rules;
mod staple;
#[cfg(test)]
mod tests;

pub use plan::AdjudicationWork;

use crate::domain::{
    AdjudicationRule, AnnotatedBox, Annotation, BoxId, Change, ClassList, Findings, ImageId, ImageRecord, Rect, Split,
};
use crate::session::importing::readings::{Readings, Word, says_something};
use crate::session::project::agreeing::words_by_name;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::describing::students;
use crate::session::project::signing::signed_sentence;
use crate::session::protocol::adjudication::{AdjudicationPlan, Decided};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::Work;
use crate::session::protocol::words;
use crate::store::Store;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Images that are read from the log between two questions whether to go on.
const STRIDE: usize = 500;
/// Two edges of boxes that no eye tells apart are at most so far from each other, in pixels.
const UNSEEN: f64 = 0.5;

/// What a rule makes of the words of the readers of each image, those of students left out unless they are asked for; `None` where `go_on`, which is told how many of how many images
/// were read, said no.
///
/// # Errors
/// When the project cannot be read.
pub fn plan(
    store: &Store,
    (rule, with_students): (AdjudicationRule, bool),
    version: u64,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<AdjudicationPlan>, SessionError> {
    let (images, classes) = (store.images()?, store.classes()?);
    let (mut left_out, mut spoken, mut states) = (0, Vec::new(), Vec::new());
    let students = if with_students { BTreeSet::new() } else { students(store)? };
    for (at, image) in images.iter().enumerate() {
        if at % STRIDE == 0 && !go_on(at, images.len()) {
            return Ok(None);
        }
        let readings = Readings::of(&store.events(image.id)?);
        let mut said = that_fits(words_by_name(&readings), &classes);
        let all = said.len();
        said.retain(|(reader, _)| !students.contains(reader));
        left_out += all - said.len();
        if said.len() >= 2 {
            spoken.push(said);
            states.push((image, readings.state));
        }
    }
    Ok(Some(sorted(rule, &spoken, &states, (left_out, version))))
}

/// Tells the images apart by what becomes of them.
fn sorted(
    asked: AdjudicationRule,
    spoken: &[Vec<(String, Word)>],
    states: &[(&ImageRecord, Annotation)],
    (left_out, version): (usize, u64),
) -> AdjudicationPlan {
    let (rule, fused, instead) = match asked {
        AdjudicationRule::Staple => match staple::fuse(spoken) {
            Ok(fused) => (asked, Some(fused), None),
            Err(why) => (AdjudicationRule::Majority, None, Some(why)),
        },
        AdjudicationRule::All | AdjudicationRule::Majority | AdjudicationRule::Chosen => (asked, None, None),
    };
    let (mut decided, mut undecided, mut signed) = (Vec::new(), Vec::new(), Vec::new());
    let (mut stand, mut test_images) = (0, 0);
    for (at, (said, (image, state))) in spoken.iter().zip(states).enumerate() {
        let Some(one) = of_image(rule, image, said).map(|one| with_boxes(one, said, at, fused.as_ref())) else {
            undecided.push(image.id);
            continue;
        };
        if is_in_force(state, &one) {
            stand += 1;
        } else if !state.signed.is_empty() {
            signed.push(image.id);
        } else {
            test_images += usize::from(image.split == Split::Test);
            decided.push(one);
        }
    }
    AdjudicationPlan {
        rule,
        instead,
        readers: Arc::new(fused.map(|fused| fused.readers).unwrap_or_default()),
        left_out,
        version,
        shared: spoken.len(),
        decided: Arc::new(decided),
        stand,
        undecided: Arc::new(undecided),
        signed: Arc::new(signed),
        test_images,
    }
}

fn of_image(rule: AdjudicationRule, image: &ImageRecord, said: &[(String, Word)]) -> Option<Decided> {
    let words: Vec<&Word> = said.iter().map(|(_, word)| word).collect();
    let rules::Final { label, findings, boxes } = rules::decide(rule, &words)?;
    let readers = said.iter().map(|(reader, _)| reader.clone()).collect();
    Some(Decided { image: image.id, readers, weights: Vec::new(), label, findings, boxes })
}

/// The same with the boxes that were decided for all images together, if they were, and how far those are relied on who drew them.
fn with_boxes(one: Decided, said: &[(String, Word)], at: usize, fused: Option<&staple::Fused>) -> Decided {
    let Some(fused) = fused else { return one };
    let looked = |reader: &str| said.iter().any(|(name, word)| name == reader && rules::looked_for_boxes(word));
    let weights = fused.readers.iter().filter(|known| looked(&known.reader)).cloned().collect();
    Decided { weights, boxes: fused.boxes.get(at).cloned().flatten(), ..one }
}

/// A word as far as it fits what is asked in the project: one class an image, or findings. What was said before a conversion of
/// the other kind says nothing here.
fn that_fits(said: Vec<(String, Word)>, classes: &ClassList) -> Vec<(String, Word)> {
    let fits = |(reader, word): (String, Word)| match classes.findings {
        true => (reader, Word { label: None, ..word }),
        false => (reader, Word { findings: Findings::default(), ..word }),
    };
    said.into_iter().map(fits).filter(|(_, word)| says_something(word)).collect()
}

/// What holds once this is in force: parts that nobody spoke of stay.
fn after(now: &Annotation, one: &Decided) -> (Option<usize>, Findings, Vec<(usize, Rect)>) {
    let drawn = || now.boxes.iter().map(|drawn| (drawn.class, drawn.rect)).collect();
    let findings = one.findings.clone().filled_with(&now.findings);
    (one.label.or(now.label), findings, one.boxes.clone().unwrap_or_else(drawn))
}

/// Whether two boxes are one. Where readers are weighed, each word of any reader moves all boxes a little: what no eye tells apart is
/// the same then, or one more image read would draw all others anew.
fn is_same(one: &Decided, (class, rect): (usize, Rect), (other_class, other): (usize, Rect)) -> bool {
    let most = if one.weights.is_empty() { 0.0 } else { UNSEEN };
    let edges = |rect: Rect| [rect.xmin, rect.ymin, rect.xmax, rect.ymax];
    class == other_class && edges(rect).into_iter().zip(edges(other)).all(|(a, b)| (a - b).abs() <= most)
}

/// Whether that is what holds already, as a reviewed statement.
fn is_in_force(now: &Annotation, one: &Decided) -> bool {
    let (label, findings, boxes) = after(now, one);
    let drawn = |drawn: &AnnotatedBox| boxes.iter().any(|new| is_same(one, (drawn.class, drawn.rect), *new));
    let same_boxes = now.boxes.len() == boxes.len() && now.boxes.iter().all(drawn);
    now.reviewed && now.label == label && now.findings == findings && same_boxes
}

/// The changes that bring this into force.
fn changes(now: &Annotation, one: &Decided, number: &mut dyn FnMut() -> BoxId, classes: &ClassList) -> Vec<Change> {
    let mut all = Vec::new();
    let (label, findings, boxes) = after(now, one);
    for drawn in &now.boxes {
        if !boxes.iter().any(|new| is_same(one, (drawn.class, drawn.rect), *new)) {
            all.push(Change::Box { id: drawn.id, old: Some((drawn.class, drawn.rect)), new: None });
        }
    }
    let there = |new: &(usize, Rect)| now.boxes.iter().any(|drawn| is_same(one, (drawn.class, drawn.rect), *new));
    for new in boxes.iter().filter(|new| !there(new)) {
        all.push(Change::Box { id: number(), old: None, new: Some(*new) });
    }
    let (old_reviewed, new_reviewed, accepted) = (now.reviewed, true, false);
    if classes.findings {
        let (old, new) = (now.findings.clone(), findings);
        if old != new || !old_reviewed {
            all.push(Change::Findings { old, new, old_reviewed, new_reviewed, accepted });
        }
    } else if now.label != label || !old_reviewed {
        all.push(Change::Label { old: now.label, new: label, old_reviewed, new_reviewed, accepted });
    }
    all
}

impl Core {
    /// Works out what a rule would make of the readers' words.
    pub(in crate::session) fn plan_rule(&mut self, rule: AdjudicationRule, with_students: bool) -> Vec<Work> {
        self.view.data.adjudication = None;
        vec![Box::new(AdjudicationWork {
            dir: self.view.path.clone(),
            rule,
            with_students,
            version: self.data_version,
        })]
    }

    /// Takes in what was worked out.
    pub(in crate::session) fn take_adjudication(&mut self, planned: Result<AdjudicationPlan, String>) {
        match planned {
            Ok(plan) => self.view.data.adjudication = Some(Arc::new(plan)),
            Err(why) => self.warn(format!("what the readers said was not adjudicated: {why}")),
        }
    }

    /// Puts in force what was worked out, as one step of undo; how many images it changed.
    ///
    /// # Errors
    /// When nothing was worked out, something was said since then, or it cannot be written.
    pub fn adjudicate(&mut self) -> Result<usize, SessionError> {
        self.check_writable()?;
        let plan = self.view.data.adjudication.clone();
        let plan = plan.ok_or_else(|| SessionError::refused("nothing was worked out yet: choose a rule first"))?;
        if plan.version != self.data_version {
            self.view.data.adjudication = None;
            return Err(SessionError::refused(
                "something was said since that was worked out, so it may not be true any more: work it out again",
            ));
        }
        let count = self.put_in_force(plan.rule, &plan.decided)?;
        self.view.data.adjudication = None;
        let left = plan.undecided.len();
        let left = if left > 0 { format!("; {} a person has to decide", words::images(left)) } else { String::new() };
        let done = format!("{} adjudicated ({}){left}", words::images(count), plan.rule.name());
        let signed = self.signed_names(plan.signed.iter().filter_map(|image| self.at.get(image).copied()));
        match signed.is_empty() {
            true => self.mention(done),
            false => self.inform(format!("{done}; {}", signed_sentence(&signed))),
        }
        Ok(count)
    }

    /// A person takes what one reader says of an image.
    ///
    /// # Errors
    /// When that reader said nothing of it, or it cannot be written.
    pub fn take_word(&mut self, image: ImageId, reader: &str) -> Result<(), SessionError> {
        self.check_writable()?;
        self.check_unsigned([self.place(image)?])?;
        let said = that_fits(words_by_name(&Readings::of(&self.store.events(image)?)), &self.view.classes);
        let Some((_, word)) = said.into_iter().find(|(name, _)| name == reader) else {
            return Err(SessionError::refused(format!("{reader} says nothing of this image any more")));
        };
        let looked = !word.boxes.is_empty() || word.nothing_found;
        let Word { label, findings, boxes, .. } = word;
        let boxes = looked.then_some(boxes);
        let one = Decided { image, readers: vec![reader.to_owned()], weights: Vec::new(), label, findings, boxes };
        self.put_in_force(AdjudicationRule::Chosen, &[one]).map(|_| ())
    }

    fn put_in_force(&mut self, rule: AdjudicationRule, decided: &[Decided]) -> Result<usize, SessionError> {
        let (mut all, mut places) = (Vec::new(), Vec::new());
        for one in decided {
            let at = self.place(one.image)?;
            let Some(now) = self.annotations.get(at) else { continue };
            let store = &mut self.store;
            let changes = changes(now, one, &mut || store.allocate_box_id(), &self.view.classes);
            let number = |change: &Change| match change {
                Change::Box { id, .. } => Some(*id),
                Change::Label { .. }
                | Change::Findings { .. }
                | Change::Flag { .. }
                | Change::KeyImage { .. }
                | Change::Note { .. }
                | Change::Measurement { .. }
                | Change::Reading { .. }
                | Change::Own { .. }
                | Change::Adjudicated { .. }
                | Change::SignOff { .. }
                | Change::Committed => None,
            };
            let id = changes.iter().filter_map(number).max();
            let (readers, weights) = (one.readers.clone(), one.weights.clone());
            all.push((one.image, Change::Adjudicated { rule, readers, weights, id, changes }));
            places.push(at);
        }
        if all.is_empty() {
            return Ok(0);
        }
        let events = self.store.append_many(&self.view.reader, &all)?;
        for event in &events {
            if let Some(annotation) = self.at.get(&event.image).and_then(|&at| self.annotations.get_mut(at)) {
                event.change.apply(annotation);
            }
        }
        self.refresh(Changed::Annotations(&places))?;
        Ok(places.len())
    }
}
