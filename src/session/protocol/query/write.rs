//! A filter into text.

use super::{Bounds, Is, Quantity, Term, What, words_alone};
use crate::domain::{ClassList, Presence};
use crate::session::protocol::queue::{Boxes, Filter, OfFindings, Review};

/// All of a filter but a set of images that another screen sent.
pub fn write(filter: &Filter, classes: &ClassList) -> String {
    let mut terms: Vec<Term> = Vec::new();
    let mut add = |not: bool, what: What| terms.push(Term { not, what });
    if let Some(label) = filter.label {
        add(false, What::Label(Some(label)));
    }
    if let Some(split) = filter.split {
        add(false, What::Split(split));
    }
    if let Some(review) = filter.review {
        add(review == Review::Unreviewed, What::Is(Is::Reviewed));
    }
    for (on, is) in [
        (filter.flagged, Is::Flagged),
        (filter.key, Is::Key),
        (filter.disagreement, Is::Wrong),
        (filter.unsure, Is::Unsure),
    ] {
        if on {
            add(false, What::Is(is));
        }
    }
    match filter.boxes {
        Some(Boxes::Some) => add(false, What::Number(Quantity::Boxes, Bounds::Above(0.0))),
        Some(Boxes::None) => add(false, What::Number(Quantity::Boxes, Bounds::Is(0.0))),
        Some(Boxes::Missed) => add(false, What::Is(Is::Missed)),
        Some(Boxes::Shifted) => add(false, What::Is(Is::Shifted)),
        Some(Boxes::Extra) => add(false, What::Is(Is::Extra)),
        None => {}
    }
    match filter.findings {
        Some(OfFindings::Said { finding, presence }) => add(false, What::Finding(finding, presence)),
        Some(OfFindings::None) => add(false, What::NoFinding),
        Some(OfFindings::Unsaid) => add(true, What::Is(Is::Labelled)),
        None => {}
    }
    terms.extend(filter.terms.iter().cloned());
    write_terms(&terms, &filter.name, classes)
}

/// Conditions, then what is looked for in names.
pub fn write_terms(terms: &[Term], name: &str, classes: &ClassList) -> String {
    let mut parts: Vec<String> = terms.iter().map(|term| one(term, classes)).collect();
    parts.extend(Some(name.trim()).filter(|name| !name.is_empty()).map(plain));
    parts.join(" ")
}

/// What is looked for in names, in quotes where it would be read as something else.
fn plain(name: &str) -> String {
    let is_odd =
        |word: &str| word.contains([':', '>', '<']) || words_alone().any(|other| word.eq_ignore_ascii_case(other));
    if name.split_whitespace().any(is_odd) { format!("\"{name}\"") } else { name.to_owned() }
}

fn one(term: &Term, classes: &ClassList) -> String {
    let text = match &term.what {
        What::Label(None) => "label:none".to_owned(),
        What::Label(Some(class)) => format!("label:{}", value(&classes.name(*class))),
        What::Model(class) => format!("model:{}", value(&classes.name(*class))),
        What::Finding(finding, presence) => {
            let name = value(&classes.name(*finding));
            match presence {
                Some(Presence::Present) => format!("finding:{name}"),
                Some(Presence::Uncertain) => format!("finding:{name}?"),
                Some(Presence::Absent) => format!("finding:{name}=absent"),
                None => format!("finding:{name}=unassessed"),
            }
        }
        What::NoFinding => "finding:none".to_owned(),
        What::Reader(name) => format!("reader:{}", value(name)),
        What::Split(split) => format!("split:{}", split.name()),
        What::Patient(part) => format!("patient:{}", value(part)),
        What::Note(part) if part.is_empty() => "note:".to_owned(),
        What::Note(part) => format!("note:{}", value(part)),
        What::Is(is) => is.word().to_owned(),
        What::Number(quantity, bounds) => format!("{}{}", quantity.key(), numbers(*bounds)),
        What::Date(from, to) if from == to => format!("date:{}", from.map_or(String::new(), |day| day.to_string())),
        What::Date(from, to) => {
            let day = |day: &Option<jiff::civil::Date>| day.map_or(String::new(), |day| day.to_string());
            format!("date:{}..{}", day(from), day(to))
        }
        What::Attribute(name, of) => format!("{}:{}", value(name), value(of)),
        What::Name(part) if term.not && !part.contains(char::is_whitespace) => plain(part),
        What::Name(part) if term.not => value(part),
        What::Name(part) => format!("name:{}", value(part)),
    };
    if term.not { format!("not:{text}") } else { text }
}

/// In quotes where it is more than one word, would be read as several, or means something else without.
fn value(text: &str) -> String {
    let odd = text.contains(|sign: char| sign.is_whitespace() || ":<>".contains(sign));
    if odd || text.eq_ignore_ascii_case("none") || text.is_empty() { format!("\"{text}\"") } else { text.to_owned() }
}

fn numbers(bounds: Bounds) -> String {
    match bounds {
        Bounds::Above(low) => format!(">{low}"),
        Bounds::AtLeast(low) => format!(">={low}"),
        Bounds::Below(high) => format!("<{high}"),
        Bounds::AtMost(high) => format!("<={high}"),
        Bounds::Between(low, high) => format!(":{low}..{high}"),
        Bounds::Is(number) => format!(":{number}"),
    }
}
