//! What is done to many images with one action, and what it would come to before it is done.

use crate::domain::{Change, ClassList, ImageId, Presence};
use crate::session::protocol::command::Edit;
use crate::session::protocol::view::{ImageRow, ProjectView};
use crate::session::protocol::words::images;
use std::collections::HashSet;

/// What a reader does to many images at once; all of it is one step of undo.
#[derive(Clone, Debug, PartialEq)]
pub enum ManyEdit {
    /// A class, or `None` to take the label away; of findings all that was said of them.
    Label(Option<usize>),
    /// Says of a finding whether it is present; `None` for "not looked at".
    Finding {
        finding: usize,
        presence: Option<Presence>,
    },
    /// The images are reviewed and have no box; all findings are absent.
    NothingHere,
    /// What Enter does to one image: what somebody said of it is confirmed, and where nobody has said anything the model's
    /// word is taken, its boxes from this score on where it draws some.
    Accept {
        threshold: Option<f64>,
    },
    Flag(bool),
    /// Marks key images, or takes the marks off.
    Key(bool),
}

impl ManyEdit {
    /// The edits of one image, of which the first that changes something is done.
    pub(in crate::session) fn edits(&self) -> Vec<Edit> {
        match self {
            Self::Label(class) => vec![Edit::Label(*class)],
            Self::Finding { finding, presence } => vec![Edit::Finding { finding: *finding, presence: *presence }],
            Self::NothingHere => vec![Edit::NothingHere],
            Self::Accept { threshold: Some(threshold) } => {
                vec![Edit::AcceptBoxes { threshold: *threshold }, Edit::Accept, Edit::Confirm]
            }
            Self::Accept { threshold: None } => vec![Edit::Accept, Edit::Confirm],
            Self::Flag(flagged) => vec![Edit::Flag(*flagged)],
            Self::Key(key) => vec![Edit::Key(*key)],
        }
    }
}

/// What an action on many images would come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Toll {
    pub images: usize,
    /// Images of which a reader or an import has said something else.
    pub overruled: usize,
    /// Of these, by readers.
    pub of_readers: usize,
}

impl Toll {
    /// Counts what an action would do to these images of a project.
    pub fn of(project: &ProjectView, images: &[ImageId], edit: &ManyEdit) -> Self {
        let asked: HashSet<ImageId> = images.iter().copied().collect();
        let rows = project.rows.iter().filter(|row| asked.contains(&row.id));
        let mut toll = Self::default();
        for row in rows {
            toll.images += 1;
            let overrules = overrules(row, edit);
            toll.overruled += usize::from(overrules);
            toll.of_readers += usize::from(overrules && row.reviewed);
        }
        toll
    }
}

/// Whether an edit puts something else in the place of what is said of an image.
fn overrules(row: &ImageRow, edit: &ManyEdit) -> bool {
    match edit {
        ManyEdit::Label(class) => match &row.findings {
            Some(findings) => findings.is_known(),
            None => row.label.is_some() && row.label.map(usize::from) != *class,
        },
        ManyEdit::Finding { finding, presence } => row.findings.as_ref().is_some_and(|findings| {
            let known = findings.get(*finding).known;
            known.is_some() && known != *presence
        }),
        ManyEdit::NothingHere => {
            let found = row.findings.as_ref().is_some_and(|of| of.is_known() && !of.is_none());
            found || row.boxes.drawn > 0 || row.label.is_some()
        }
        // What somebody said stays, and marks hide nothing.
        ManyEdit::Accept { .. } | ManyEdit::Flag(_) | ManyEdit::Key(_) => false,
    }
}

/// How many images a move to another split takes along besides those that were asked for, because they are of the same
/// group: pictures of one patient stay together.
pub fn taken_along(project: &ProjectView, images: &[ImageId]) -> usize {
    let asked: HashSet<ImageId> = images.iter().copied().collect();
    let groups: HashSet<&str> = project
        .rows
        .iter()
        .filter(|row| asked.contains(&row.id))
        .filter_map(|row| row.facts.group.as_deref())
        .collect();
    let of_these = |row: &&ImageRow| row.facts.group.as_deref().is_some_and(|group| groups.contains(group));
    project.rows.iter().filter(of_these).filter(|row| !asked.contains(&row.id)).count()
}

/// What an action on so many images did.
pub(in crate::session) fn done(done: &[Change], count: usize, back: bool, classes: &ClassList) -> String {
    let of = images(count);
    let flags = done.iter().filter(|change| matches!(change, Change::Flag { .. })).count();
    if flags > 0 && flags < done.len() {
        // Only duplicates that are mended lose their labels and are flagged.
        return format!("leaving out {of}{}", if back { "; their labels and boxes are back" } else { "" });
    }
    let label_of = |change: &Change| match change {
        Change::Label { new, accepted: false, .. } => Some(*new),
        _ => None,
    };
    match done.first() {
        Some(Change::Flag { new, .. }) if flags > 0 => {
            if *new {
                format!("flag of {of}")
            } else {
                format!("taking the flag of {of} away")
            }
        }
        Some(Change::KeyImage { new: true, .. }) => format!("key mark of {of}"),
        Some(Change::KeyImage { new: false, .. }) => format!("taking the key mark of {of} away"),
        Some(Change::SignOff { new: true, .. }) => format!("sign-off of {of}"),
        Some(Change::SignOff { .. }) => format!("reopening of {of}"),
        Some(first) => match label_of(first) {
            Some(new) if done.iter().all(|change| label_of(change) == Some(new)) => match new {
                Some(class) => format!("label {} of {of}", classes.name(class)),
                None => format!("taking the label of {of} away"),
            },
            _ => format!("what was said of {of}"),
        },
        None => of,
    }
}

/// What undo would take back of many images: "labels of 37 images".
pub fn undone(made: &[(ImageId, Change)]) -> String {
    let count = images(made.iter().map(|(image, _)| image).collect::<HashSet<_>>().len());
    let all = |is: fn(&Change) -> bool| made.iter().all(|(_, change)| is(change));
    if all(|change| matches!(change, Change::Label { .. })) {
        format!("labels of {count}")
    } else if all(|change| matches!(change, Change::Findings { .. })) {
        format!("findings of {count}")
    } else if all(|change| matches!(change, Change::Flag { .. })) {
        format!("flags of {count}")
    } else if all(|change| matches!(change, Change::KeyImage { .. })) {
        format!("key marks of {count}")
    } else if all(|change| matches!(change, Change::SignOff { new: true, .. })) {
        format!("sign-off of {count}")
    } else if all(|change| matches!(change, Change::SignOff { .. })) {
        format!("reopening of {count}")
    } else {
        format!("what was said of {count}")
    }
}

/// What an action on many images did to so many: "37 images labelled Fractured".
pub fn did(edit: &ManyEdit, count: usize, classes: &ClassList) -> String {
    let of = images(count);
    match edit {
        ManyEdit::Label(Some(class)) => format!("{of} labelled {}", classes.name(*class)),
        ManyEdit::Label(None) => format!("What was said of {of} taken away"),
        ManyEdit::Finding { finding, presence } => {
            format!("{} {} on {of}", classes.name(*finding), presence.map_or("not assessed", Presence::name))
        }
        ManyEdit::NothingHere => format!("Nothing here on {of}"),
        ManyEdit::Accept { .. } => format!("{of} confirmed or taken as the model says"),
        ManyEdit::Flag(true) => format!("{of} flagged"),
        ManyEdit::Flag(false) => format!("Flag taken off {of}"),
        ManyEdit::Key(true) => format!("{of} marked as key images"),
        ManyEdit::Key(false) => format!("Key mark taken off {of}"),
    }
}
