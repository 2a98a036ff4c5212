//! Empties a class: what was said of it becomes another class, or is taken away. The place in the list stays, because models
//! and the log refer to it.

use crate::domain::{Annotation, Change, Findings, ImageId, Presence};
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;

impl Core {
    /// Gives what is said of a class to another one, or takes it away, as one step of undo: labels, boxes and findings. Who
    /// reviewed an image has reviewed it still, but where its label is taken away.
    pub fn empty_class(&mut self, class: usize, into: Option<usize>) -> Result<usize, SessionError> {
        self.check_writable()?;
        let classes = self.view.classes.len();
        if class >= classes || into.is_some_and(|into| into >= classes || into == class) {
            return Err(SessionError::refused("a class is given to another class of the list"));
        }
        let (mut changes, mut places): (Vec<(ImageId, Change)>, Vec<usize>) = (Vec::new(), Vec::new());
        for (at, (image, said)) in self.images.iter().zip(&self.annotations).enumerate() {
            let before = changes.len();
            changes.extend(emptied(said, class, into).into_iter().map(|change| (image.id, change)));
            if changes.len() > before {
                places.push(at);
            }
        }
        if changes.is_empty() {
            return Err(SessionError::refused(format!(
                "nothing is said of {} on any image: there is nothing to give away",
                self.view.classes.name(class)
            )));
        }
        self.check_unsigned(places.iter().copied())?;
        let events = self.store.append_many(&self.view.reader, &changes)?;
        for event in &events {
            if let Some(annotation) = self.at.get(&event.image).and_then(|&at| self.annotations.get_mut(at)) {
                event.change.apply(annotation);
            }
        }
        self.refresh(Changed::Annotations(&places))?;
        let (name, of) = (self.view.classes.name(class), words::images(places.len()));
        self.mention(match into {
            Some(into) => format!("{name} is {} now on {of}", self.view.classes.name(into)),
            None => format!("{name} taken away from {of}"),
        });
        Ok(places.len())
    }
}

/// The changes of one image.
fn emptied(said: &Annotation, class: usize, into: Option<usize>) -> Vec<Change> {
    let mut changes = Vec::new();
    if said.label == Some(class) {
        let new_reviewed = said.reviewed && into.is_some();
        let (old, new, old_reviewed) = (said.label, into, said.reviewed);
        changes.push(Change::Label { old, new, old_reviewed, new_reviewed, accepted: false });
    }
    if let Some(presence) = said.findings.get(class) {
        let new = moved(&said.findings, class, into, presence);
        let reviewed = said.reviewed && !new.is_empty();
        let (old, old_reviewed) = (said.findings.clone(), said.reviewed);
        changes.push(Change::Findings { old, new, old_reviewed, new_reviewed: reviewed, accepted: false });
    }
    for one in said.boxes.iter().filter(|one| one.class == class) {
        let new = into.map(|into| (into, one.rect));
        changes.push(Change::Box { id: one.id, old: Some((one.class, one.rect)), new });
    }
    changes
}

/// What is said of findings with one given to another: present on either is present.
fn moved(findings: &Findings, class: usize, into: Option<usize>, presence: Presence) -> Findings {
    let without = findings.clone().with(class, None);
    let Some(into) = into else { return without };
    let both = match (without.get(into), presence) {
        (Some(Presence::Present), _) | (_, Presence::Present) => Presence::Present,
        (Some(Presence::Uncertain), _) | (_, Presence::Uncertain) => Presence::Uncertain,
        (Some(Presence::Absent) | None, Presence::Absent) => Presence::Absent,
    };
    without.with(into, Some(both))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rect;
    use crate::session::protocol::command::{Edit, ProjectCommand};
    use crate::session::test_project::{annotate, send, small};

    #[test]
    fn labels_and_boxes_become_the_other_class_s_and_one_undo_brings_them_back() {
        let project = small(10);
        let mut core = project.open();
        let rect = Rect { xmin: 1.0, ymin: 1.0, xmax: 9.0, ymax: 9.0 };
        send(&mut core, annotate(project.ids[0], Edit::DrawBox { class: 1, rect })).unwrap();
        send(&mut core, annotate(project.ids[1], Edit::Label(Some(1)))).unwrap();
        let before = core.annotations().to_vec();
        send(&mut core, ProjectCommand::EmptyClass { class: 1, into: Some(0) }).unwrap();
        assert!(core.annotations().iter().all(|said| said.label == Some(0)));
        assert_eq!(core.annotations()[0].boxes[0].class, 0);
        assert!(core.annotations()[1].reviewed && !core.annotations()[3].reviewed, "nobody reviewed anything by it");
        assert_eq!(core.take_notices().last().unwrap().1, "bright is dark now on 6 images");
        send(&mut core, ProjectCommand::Undo).unwrap();
        assert_eq!(core.annotations(), before);
        send(&mut core, ProjectCommand::EmptyClass { class: 1, into: None }).unwrap();
        assert_eq!(core.annotations().iter().filter(|said| said.label.is_none()).count(), 5);
        assert!(core.annotations()[0].boxes.is_empty() && !core.annotations()[1].reviewed);
        send(&mut core, ProjectCommand::Undo).unwrap();
        assert_eq!(core.annotations(), before);
        for wrong in [Some(1), Some(7)] {
            assert!(send(&mut core, ProjectCommand::EmptyClass { class: 1, into: wrong }).is_err());
        }
        core.store().verify_chain().unwrap();
    }

    #[test]
    fn present_on_either_finding_is_present() {
        use Presence::{Absent, Present, Uncertain};
        let of = |a: Option<Presence>, b| Findings::default().with(0, a).with(1, Some(b));
        for (a, b, both) in [
            (None, Absent, Absent),
            (Some(Absent), Present, Present),
            (Some(Present), Absent, Present),
            (Some(Absent), Uncertain, Uncertain),
        ] {
            let after = moved(&of(a, b), 1, Some(0), b);
            assert_eq!((after.get(0), after.get(1)), (Some(both), None));
        }
    }
}
