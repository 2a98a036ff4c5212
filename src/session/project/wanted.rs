//! A filter's conditions in words, made ready for many rows.

use crate::domain::{ImageId, Presence};
use crate::session::protocol::query::{Is, Quantity, Term, What};
use crate::session::protocol::survey::Analysis;
use crate::session::protocol::view::ImageRow;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::HashSet;

/// One condition.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    not: bool,
    what: Ready,
}

#[derive(Clone, Debug)]
enum Ready {
    /// As it was asked; words in lower case.
    Plain(What),
    /// From and to before (ms since 1970-01-01 UTC).
    Time(Option<i64>, Option<i64>),
    /// One of these images.
    Among(HashSet<ImageId>),
}

impl Wanted {
    pub(super) fn of(term: &Term, analysis: Option<&Analysis>) -> Self {
        let what = match &term.what {
            What::Date(from, to) => {
                Ready::Time(from.and_then(start), to.and_then(|day| day.tomorrow().ok()).and_then(start))
            }
            What::Attribute(name, value) => {
                let table = analysis.and_then(|analysis| analysis.attributes.iter().find(|one| one.name == *name));
                let values = table.into_iter().flat_map(|table| &table.values).filter(|one| one.value == *value);
                Ready::Among(values.flat_map(|one| one.images.iter().copied()).collect())
            }
            What::Reader(text) => Ready::Plain(What::Reader(text.to_lowercase())),
            What::Patient(text) => Ready::Plain(What::Patient(text.to_lowercase())),
            What::Note(text) => Ready::Plain(What::Note(text.to_lowercase())),
            What::Name(text) => Ready::Plain(What::Name(text.to_lowercase())),
            other @ (What::Label(_)
            | What::Model(_)
            | What::Finding(..)
            | What::NoFinding
            | What::Split(_)
            | What::Is(_)
            | What::Number(..)) => Ready::Plain(other.clone()),
        };
        Self { not: term.not, what }
    }

    /// Whether it is so of a row.
    pub(super) fn fits(&self, row: &ImageRow) -> bool {
        let so = match &self.what {
            Ready::Plain(what) => is_so(what, row),
            Ready::Time(from, before) => row.facts.said.as_ref().is_some_and(|(_, said)| {
                from.is_none_or(|from| *said >= from) && before.is_none_or(|before| *said < before)
            }),
            Ready::Among(images) => images.contains(&row.id),
        };
        so != self.not
    }
}

/// The first moment of a day here.
fn start(day: Date) -> Option<i64> {
    Some(day.to_zoned(TimeZone::system()).ok()?.timestamp().as_millisecond())
}

fn is_so(what: &What, row: &ImageRow) -> bool {
    let has = |text: Option<&str>, part: &str| text.is_some_and(|text| text.to_lowercase().contains(part));
    match what {
        What::Label(None) => !row.is_labelled(),
        What::Label(Some(class)) => match &row.findings {
            Some(findings) => findings.get(*class).known == Some(Presence::Present),
            None => row.label.map(usize::from) == Some(*class),
        },
        What::Model(class) => match &row.findings {
            Some(findings) if findings.is_answered() => findings.get(*class).answered == Some(true),
            Some(_) | None => row.predicted.map(|(class, _)| usize::from(class)) == Some(*class),
        },
        What::Finding(finding, presence) => {
            row.findings.as_ref().is_some_and(|findings| findings.get(*finding).known == *presence)
        }
        What::NoFinding => row.findings.as_ref().is_some_and(|findings| findings.is_none()),
        What::Reader(name) => row.facts.said.as_ref().is_some_and(|(reader, _)| reader.to_lowercase() == *name),
        What::Split(split) => row.split == *split,
        What::Patient(part) => has(row.facts.group.as_deref(), part),
        What::Note(part) => has(row.facts.note.as_deref(), part),
        What::Name(part) => has(Some(&row.name), part),
        What::Is(is) => match is {
            Is::Reviewed => row.reviewed,
            Is::Flagged => row.flagged,
            Is::Key => row.facts.key,
            Is::Signed => row.facts.signed_here,
            Is::SignedElsewhere => row.facts.signed_elsewhere,
            Is::Labelled => row.is_labelled(),
            Is::Wrong => row.disagrees(),
            Is::Unsure => row.is_unsure(),
            Is::Missing => row.missing,
            Is::Missed => row.boxes.missed > 0,
            Is::Shifted => row.boxes.shifted > 0,
            Is::Extra => row.boxes.extra > 0,
        },
        What::Number(quantity, bounds) => {
            let number = match quantity {
                Quantity::Size => Some(f64::from(row.width.max(row.height))),
                Quantity::Boxes => row.boxes.known.then(|| f64::from(row.boxes.drawn)),
                Quantity::Sure => row.predicted.map(|(_, p)| f64::from(p)),
                Quantity::Uncertainty => row.is_predicted().then(|| f64::from(row.uncertainty)),
            };
            number.is_some_and(|number| bounds.hold(number))
        }
        // Made ready as something else.
        What::Date(..) | What::Attribute(..) => false,
    }
}
