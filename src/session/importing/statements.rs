//! What imported data say of images, as changes for the log: what comes into force, and each reader's own word beside it;
//! and what was measured on them.

use crate::domain::annotation::{imported_reader, is_imported};
use crate::domain::change::Seeing;
use crate::domain::class_list::means_nothing_to_find;
use crate::domain::{
    Annotation, BoxId, Change, Findings, ImportReport, Measurement, MeasurementId, Presence, Rect, signed_by,
};
use crate::interchange::{Measured, Said};
use crate::session::importing::readings::{By, Readings, same_findings};
use crate::store::{About, ImportedChange};

/// Corners of one box may differ by what writing and reading decimals makes of them, in pixels.
const SAME_CORNER: f64 = 1e-3;

/// The statements of an import as they are made into changes, image by image.
pub(in crate::session) struct Statements<'a> {
    /// The index of a class the source names; `None` passes its statements over.
    pub class_of: &'a dyn Fn(&str) -> Option<usize>,
    /// The name of a class by its index.
    pub name_of: &'a dyn Fn(usize) -> String,
    /// The places of the findings, where an image may have several; else empty.
    pub findings: &'a [usize],
    /// The places of the findings that a source speaks of when it says that all others are absent.
    pub others: &'a [usize],
    /// Where an image is of one class, that of images with nothing to find.
    pub nothing: Option<usize>,
    /// Images whose findings are no class: they have several, or an uncertain one, or none and there is no class for that.
    pub no_class: [Vec<String>; 3],
    /// Whose statements those are that the source gives no reader for.
    pub reader: Unnamed<'a>,
    /// In the order they are to be logged.
    pub changes: Vec<ImportedChange>,
    /// Statements that were known already.
    pub repeated: usize,
    /// Images on which readers differ, by name.
    pub differing: Vec<String>,
    /// A sentence each image whose reviewed state an import contradicts.
    pub kept: Vec<String>,
    /// Images that are signed off, each with by whom, whose measurements were not taken.
    pub locked: Vec<String>,
}

/// Whose statements those are that a source gives no reader for.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) enum Unnamed<'a> {
    /// The person said who it is.
    Is(&'a str),
    /// Nobody knows; they are logged under this name.
    LoggedAs(&'a str),
}

/// What was found on the way through statements; as the fields of [`Statements`].
#[derive(Debug, Default)]
pub(in crate::session) struct Found {
    repeated: usize,
    differing: Vec<String>,
    kept: Vec<String>,
    locked: Vec<String>,
    no_class: [Vec<String>; 3],
}

impl Found {
    /// Adds it to the report.
    pub(in crate::session) fn tell(mut self, report: &mut ImportReport) {
        report.repeated = self.repeated;
        report.conflicts.append(&mut self.kept);
        let whys = [
            (
                "have several findings",
                "make a project of several findings an image of it (--findings), or convert this one",
            ),
            (
                "have an uncertain finding",
                "make a project of several findings an image of it (--findings), or convert this one",
            ),
            ("have none of the findings", "add a class for that, as No Finding, and import again"),
        ];
        for (names, (what, way)) in self.no_class.iter().zip(whys).filter(|(names, _)| !names.is_empty()) {
            report.conflicts.push(format!(
                "in this project an image is of one class; these {what} and are taken without one ({}): to keep what is said, \
                 {way}.",
                crate::session::importing::incoming::named_images(names)
            ));
        }
        if !self.locked.is_empty() {
            report.conflicts.push(format!(
                "signed off, so that their measurements were not taken: {}; reopen them first, with a reason",
                crate::session::importing::incoming::named_images(&self.locked)
            ));
        }
        if !self.differing.is_empty() {
            report.conflicts.push(format!(
                "readers differ on {}; the later statement is in force, the others stay readable",
                crate::session::importing::incoming::named_images(&self.differing)
            ));
        }
    }
}

/// A statement in the project's own terms.
struct Statement {
    /// As logged.
    reader: String,
    /// Somebody said who that is.
    named: bool,
    stated_ms: Option<i64>,
    label: Option<usize>,
    findings: Findings,
    boxes: Vec<(usize, Rect)>,
    nothing_found: bool,
    /// A person reviewed the image.
    reviewed: bool,
    /// What the reader saw while reading.
    seeing: Seeing,
    /// The reader took back all that was said.
    taken_back: bool,
    /// That the same is known already makes it no repetition.
    is_later: bool,
    /// It is the reader's second reading.
    again: bool,
}

impl Statement {
    /// Whether it says something of the image as a whole.
    fn is_about_the_whole(&self) -> bool {
        self.label.is_some() || !self.findings.is_empty()
    }

    fn is_about_boxes(&self) -> bool {
        !self.boxes.is_empty() || self.nothing_found
    }
}

impl<'a> Statements<'a> {
    pub(in crate::session) fn new(
        class_of: &'a dyn Fn(&str) -> Option<usize>,
        name_of: &'a dyn Fn(usize) -> String,
        findings: &'a [usize],
        reader: Unnamed<'a>,
    ) -> Self {
        let (changes, differing, kept) = (Vec::new(), Vec::new(), Vec::new());
        let (others, nothing, no_class) = (findings, None, Default::default());
        let (repeated, locked) = (0, Vec::new());
        Self {
            class_of,
            name_of,
            findings,
            others,
            nothing,
            no_class,
            reader,
            changes,
            repeated,
            differing,
            kept,
            locked,
        }
    }

    /// Takes in what is said of one image, in the order it was said; `there` is what the project knows of it. The later
    /// statement comes into force, except over an image that a person reviewed or drew on.
    pub(in crate::session) fn take(
        &mut self,
        about: About,
        name: &str,
        said: &[Said],
        there: &Readings,
        box_id: &mut dyn FnMut() -> BoxId,
    ) {
        let all = said.len();
        self.count_without_class(name, said);
        let said: Vec<Statement> = said.iter().filter_map(|said| self.statement(said)).collect();
        let understood = said.len();
        let fresh: Vec<Statement> = said.into_iter().filter(|one| !self.known(one, there)).collect();
        self.repeated += understood - fresh.len();
        if fresh.is_empty() {
            return;
        }
        let settled = there.settled_by();
        let label_at = match settled {
            Some(_) => None,
            None => {
                let may = |one: &Statement| one.seeing.is_in_force() && one.is_about_the_whole();
                fresh.iter().rposition(|one| may(one) && later(one, there.label_by.as_ref()))
            }
        };
        let boxes_at = match settled {
            Some(_) => None,
            None => {
                let may = |one: &Statement| one.seeing.is_in_force() && one.is_about_boxes();
                fresh.iter().rposition(|one| may(one) && later(one, there.boxes_by.as_ref()))
            }
        };
        let (label_from, boxes_from) = (label_at.and_then(|at| fresh.get(at)), boxes_at.and_then(|at| fresh.get(at)));
        let state = &there.state;
        if let Some(from) = boxes_from {
            let gone =
                state.boxes.iter().map(|old| Change::Box { id: old.id, old: Some((old.class, old.rect)), new: None });
            let drawn = from.boxes.iter().map(|new| Change::Box { id: box_id(), old: None, new: Some(*new) });
            for change in gone.chain(drawn) {
                self.changes.push(from.change(about, change));
            }
        }
        let label = label_from.map_or(state.label, |from| from.label);
        // What somebody says of some findings leaves what was said of the others as it is.
        let findings = label_from
            .map_or_else(|| state.findings.clone(), |from| from.findings.clone().filled_with(&state.findings));
        // Somebody looked and found nothing to draw: that is a review.
        let reviewed = boxes_from.map_or(state.reviewed, |from| from.nothing_found)
            || [label_from, boxes_from].into_iter().flatten().any(|from| from.reviewed);
        if let Some(from) = label_from.or(boxes_from)
            && (label, &findings, reviewed) != (state.label, &state.findings, state.reviewed)
        {
            let (old_reviewed, new_reviewed, accepted) = (state.reviewed, reviewed, false);
            let change = if self.findings.is_empty() {
                Change::Label { old: state.label, new: label, old_reviewed, new_reviewed, accepted }
            } else {
                let (old, new) = (state.findings.clone(), findings.clone());
                Change::Findings { old, new, old_reviewed, new_reviewed, accepted }
            };
            self.changes.push(from.change(about, change));
        }
        let boxes: Vec<(usize, Rect)> = match boxes_from {
            Some(from) => from.boxes.clone(),
            None => state.boxes.iter().map(|one| (one.class, one.rect)).collect(),
        };
        // The events above are the whole word of somebody who is the first and only one to say anything.
        let alone = all == 1
            && there.words.is_empty()
            && state.signed.is_empty()
            && fresh.iter().all(|one| one.seeing.is_in_force() && !one.taken_back);
        for one in fresh.iter().filter(|_| !alone) {
            let agrees = one.seeing.is_in_force()
                && !one.taken_back
                && one.label.is_none_or(|said| Some(said) == label)
                && one.findings.iter().all(|(finding, presence)| findings.get(finding) == Some(presence))
                && (!one.is_about_boxes() || same_findings(&one.boxes, &boxes));
            self.changes.push(one.change(
                about,
                Change::Reading {
                    label: one.label,
                    findings: one.findings.clone(),
                    boxes: one.boxes.clone(),
                    nothing_found: one.nothing_found,
                    in_force: agrees,
                    seeing: one.seeing,
                    again: one.again,
                },
            ));
            if let (false, Some(person)) = (agrees || one.taken_back || !one.seeing.is_in_force(), settled) {
                let said = self.in_words(one.label, &one.findings, &one.boxes);
                let stands = self.in_words(label, &findings, &boxes);
                let who = crate::session::protocol::words::reader(&one.reader);
                self.kept.push(format!("{name}: {who} says {said}; {stands}{}", stays(state, person)));
            }
        }
        let differ = |(finding, presence): (usize, Presence)| findings.get(finding) != Some(presence);
        let label_changes = (state.label.is_some() && label != state.label) || state.findings.iter().any(differ);
        let boxes_change = boxes_from.is_some() && there.boxes_by.is_some() && {
            let before: Vec<(usize, Rect)> = state.boxes.iter().map(|one| (one.class, one.rect)).collect();
            !same_findings(&before, &boxes)
        };
        let among = fresh.iter().filter(|one| one.seeing.is_in_force()).any(|one| {
            one.label.is_some_and(|said| Some(said) != label)
                || one.findings.iter().any(differ)
                || (one.is_about_boxes() && !same_findings(&one.boxes, &boxes))
        });
        if settled.is_none() && (label_changes || boxes_change || among) {
            self.differing.push(name.to_owned());
        }
    }

    /// Takes in what was measured on one image; what the project has measured there already is passed over, and an image that
    /// is signed off stays as it is.
    pub(in crate::session) fn measure(
        &mut self,
        (about, name): (About, &str),
        measured: &[Measured],
        there: &Annotation,
        id: &mut dyn FnMut() -> MeasurementId,
    ) {
        if let (Some(by), Some(_)) = (signed_by(&there.signed), measured.first()) {
            self.locked.push(format!("{name} ({by})"));
            return;
        }
        for one in measured {
            if there.measurements.iter().any(|old| same_points(&old.measurement, &one.measurement)) {
                self.repeated += 1;
                continue;
            }
            let (reader, _) = self.logged(one.reader.as_deref());
            let change = Change::Measurement { id: id(), old: None, new: Some(one.measurement.clone()) };
            self.changes.push(ImportedChange { about, reader, stated_ms: one.time_ms, change });
        }
    }

    /// What was found on the way.
    pub(in crate::session) fn found(self) -> Found {
        let Self { repeated, differing, kept, locked, no_class, .. } = self;
        Found { repeated, differing, kept, locked, no_class }
    }

    /// What a reader is called in the log, and whether anybody said who that is.
    fn logged(&self, reader: Option<&str>) -> (String, bool) {
        match (reader, self.reader) {
            (Some(name), _) | (None, Unnamed::Is(name)) => (imported_reader(name), true),
            (None, Unnamed::LoggedAs(name)) => (name.to_owned(), false),
        }
    }

    fn statement(&self, said: &Said) -> Option<Statement> {
        let (reader, named) = self.logged(said.reader.as_deref());
        let boxes: Vec<(usize, Rect)> =
            said.boxes.iter().filter_map(|one| Some(((self.class_of)(&one.class)?, one.rect))).collect();
        let findings = self.said_of_findings(said);
        let label = if self.findings.is_empty() { self.class_said(said).ok().flatten() } else { None };
        let says =
            said.taken_back || label.is_some() || !findings.is_empty() || !boxes.is_empty() || said.nothing_found;
        says.then_some(Statement {
            reader,
            named,
            stated_ms: said.time_ms,
            label,
            findings,
            boxes,
            nothing_found: said.nothing_found,
            reviewed: said.reviewed,
            seeing: said.seeing,
            taken_back: said.taken_back,
            is_later: said.is_later,
            again: said.again,
        })
    }

    /// What somebody says of the findings; nothing where an image is of one class. A class of the whole image is a finding
    /// that is present; one that means that there is nothing to find says so of all.
    fn said_of_findings(&self, said: &Said) -> Findings {
        if self.findings.is_empty() {
            return Findings::default();
        }
        let named = |name: &str| (self.class_of)(name).filter(|class| self.findings.contains(class));
        let all = said
            .findings
            .iter()
            .filter_map(|(name, presence)| Some((named(name)?, *presence)))
            .chain(said.label.as_deref().and_then(named).map(|class| (class, Presence::Present)));
        let mut findings = Findings::default();
        // Of several that are renamed to one, that one is there where any of them is.
        for (finding, presence) in all {
            let surer = match (findings.get(finding), presence) {
                (Some(Presence::Present), _) | (_, Presence::Present) => Presence::Present,
                (Some(Presence::Uncertain), _) | (_, Presence::Uncertain) => Presence::Uncertain,
                (Some(Presence::Absent) | None, Presence::Absent) => Presence::Absent,
            };
            findings.set(finding, Some(surer));
        }
        let none = said.label.as_deref().is_some_and(means_nothing_to_find);
        let absent = if none { self.findings } else { self.others };
        if said.others_absent || none {
            findings = findings.filled_with(&absent.iter().map(|place| (*place, Presence::Absent)).collect());
        }
        findings
    }

    /// The class that somebody gives an image, where an image is of one: the label, or the one finding that is present, or
    /// the class of images with nothing to find where none is; else why its findings are no class, by the place in
    /// [`Self::no_class`].
    fn class_said(&self, said: &Said) -> Result<Option<usize>, usize> {
        if said.label.is_some() || !said.is_about_findings() {
            return Ok(said.label.as_deref().and_then(self.class_of));
        }
        let are = |wanted: Presence| said.findings.iter().filter(move |(_, presence)| *presence == wanted);
        let mut present = are(Presence::Present);
        match (present.next(), present.next()) {
            (Some(_), Some(_)) => Err(0),
            _ if are(Presence::Uncertain).next().is_some() => Err(1),
            (Some((name, _)), None) => Ok((self.class_of)(name)),
            // Of one or two findings that are absent follows nothing for the others.
            (None, _) if !said.others_absent => Ok(None),
            (None, _) => self.nothing.map(Some).ok_or(2),
        }
    }

    fn count_without_class(&mut self, name: &str, said: &[Said]) {
        if !self.findings.is_empty() {
            return;
        }
        let whys: Vec<usize> = said.iter().filter_map(|said| self.class_said(said).err()).collect();
        for why in whys {
            if let Some(names) = self.no_class.get_mut(why).filter(|names| names.last().is_none_or(|last| last != name))
            {
                names.push(name.to_owned());
            }
        }
    }

    /// Whether the project has this word already: from this reader, or from any import where nobody says who it is.
    fn known(&self, said: &Statement, there: &Readings) -> bool {
        if said.taken_back || said.is_later {
            return false;
        }
        let words = if said.again { &there.again } else { &there.words };
        words.iter().any(|(reader, word)| {
            let who = if said.named { *reader == said.reader } else { is_imported(reader) };
            let nothing = word.nothing_found == said.nothing_found || said.is_about_the_whole();
            who && word.label == said.label
                && word.findings == said.findings
                && nothing
                && same_corners(&word.boxes, &said.boxes)
        })
    }

    /// "Fractured, 2 boxes".
    fn in_words(&self, label: Option<usize>, findings: &Findings, boxes: &[(usize, Rect)]) -> String {
        let perhaps =
            findings.that_are(Presence::Uncertain).map(|finding| format!("perhaps {}", (self.name_of)(finding)));
        let said: Vec<String> = findings.that_are(Presence::Present).map(self.name_of).chain(perhaps).collect();
        let of_findings = match (findings.is_empty(), said.is_empty()) {
            (true, _) => None,
            (false, true) => Some("no finding".to_owned()),
            (false, false) => Some(said.join(", ")),
        };
        crate::session::protocol::words::reading(label.map(self.name_of).or(of_findings), boxes.len())
    }
}

impl Statement {
    fn change(&self, about: About, change: Change) -> ImportedChange {
        ImportedChange { about, reader: self.reader.clone(), stated_ms: self.stated_ms, change }
    }
}

/// That what is said of an image stays, and why: it is signed off, or a person has settled it.
fn stays(state: &Annotation, person: &str) -> String {
    match signed_by(&state.signed) {
        Some(by) => {
            format!(" is signed off by {by} and stays in force: reopen it first, with a reason, then adjudicate.")
        }
        None => format!(", as {person} has it, stays in force."),
    }
}

/// Whether a statement comes after what is in force: told by the times that both state, else by their order.
fn later(said: &Statement, in_force: Option<&By>) -> bool {
    match (said.stated_ms, in_force.and_then(|by| by.stated_ms)) {
        (Some(now), Some(before)) => now >= before,
        _ => true,
    }
}

/// Whether the same thing is measured from point to point.
pub(in crate::session) fn same_points(a: &Measurement, b: &Measurement) -> bool {
    let near = |(a, b): (&[f64; 2], &[f64; 2])| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= SAME_CORNER);
    a.measure == b.measure && a.points.len() == b.points.len() && a.points.iter().zip(&b.points).all(near)
}

/// Whether these are the same boxes in any order.
fn same_corners(a: &[(usize, Rect)], b: &[(usize, Rect)]) -> bool {
    let corners = |r: &Rect| [r.xmin, r.ymin, r.xmax, r.ymax];
    let same = |x: &(usize, Rect), y: &(usize, Rect)| {
        x.0 == y.0 && corners(&x.1).iter().zip(corners(&y.1)).all(|(x, y)| (x - y).abs() <= SAME_CORNER)
    };
    let mut rest: Vec<&(usize, Rect)> = b.iter().collect();
    a.len() == b.len()
        && a.iter().all(|one| rest.iter().position(|other| same(one, other)).map(|at| rest.swap_remove(at)).is_some())
}

#[cfg(test)]
#[path = "statements_tests.rs"]
mod tests;
