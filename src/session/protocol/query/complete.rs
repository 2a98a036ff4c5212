//! What a word that is being typed may become.

use super::{Is, KEYS, Key, Known, Quantity};
use crate::domain::Split;

/// How a word may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is put in the place of the word.
    pub text: String,
    /// What it is, in a few words; empty where it says so itself.
    pub about: String,
}

/// How the last word of a text may go on, the likeliest first, and where that word begins, in bytes.
pub fn complete(text: &str, known: &Known<'_>) -> (usize, Vec<Completion>) {
    let mut inside = false;
    let mut from = 0;
    for (at, sign) in text.char_indices() {
        match sign {
            '"' => inside = !inside,
            _ if sign.is_whitespace() && !inside => from = at + sign.len_utf8(),
            _ => {}
        }
    }
    let word = text.get(from..).unwrap_or_default();
    let (not, rest) = match word.strip_prefix("not:") {
        Some(rest) => ("not:", rest),
        None => ("", word),
    };
    let options = match rest.split_once(':') {
        Some((key, begun)) => values(key, begun.trim_matches('"'), known),
        None => keys(rest, !not.is_empty(), known),
    };
    let with = |one: Completion| Completion { text: format!("{not}{}", one.text), ..one };
    (from, options.into_iter().map(with).filter(|one| one.text != word).collect())
}

fn keys(begun: &str, after_not: bool, known: &Known<'_>) -> Vec<Completion> {
    let one = |text: String, about: &str| Completion { text, about: about.to_owned() };
    let offered = KEYS.iter().filter(|(key, ..)| !(after_not && *key == Key::Not));
    let fixed = offered.map(|(_, name, about)| one(format!("{name}:"), about));
    let numbers = Quantity::ALL.iter().map(|(quantity, key)| {
        let about = match quantity {
            Quantity::Size => "the longer side in pixels",
            Quantity::Boxes => "how many boxes are drawn",
            Quantity::Sure => "the probability of what the model says, 0 to 1",
            Quantity::Uncertainty => "how undecided the model is, 0 to 1",
        };
        one(format!("{key}>"), about)
    });
    let states = Is::ALL.iter().map(|(is, word)| {
        let about = match is {
            Is::Wrong => "the model says something else",
            Is::Unsure => "the model is not sure",
            Is::Key => "a key image",
            Is::Signed => "signed off as it is here",
            Is::SignedElsewhere => "signed off in a copy that said something else",
            Is::Missing => "the file is not there",
            Is::Missed | Is::Shifted | Is::Extra => "by boxes of the model",
            Is::Reviewed | Is::Flagged | Is::Labelled => "",
        };
        one((*word).to_owned(), about)
    });
    let attributes =
        known.attributes.iter().map(|(name, _)| one(format!("{}:", quoted(name)), "an attribute of the files"));
    let lower = begun.to_lowercase();
    fixed
        .chain(numbers)
        .chain(states)
        .chain(attributes)
        .filter(|one| one.text.to_lowercase().starts_with(&lower))
        .collect()
}

fn values(key: &str, begun: &str, known: &Known<'_>) -> Vec<Completion> {
    let classes = || known.classes.names();
    let all: Vec<String> = match key.to_lowercase().as_str() {
        "label" => classes().into_iter().chain(["none".to_owned()]).collect(),
        "model" => classes(),
        "finding" => known.classes.finding_places().map(|place| known.classes.name(place)).collect(),
        "reader" => known.readers.to_vec(),
        // Not a key of its own, but the end of a word.
        "signed" => vec!["elsewhere".to_owned()],
        "split" => Split::ALL.map(|split| split.name().to_owned()).to_vec(),
        _ => {
            let of = known.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(key.trim_matches('"')));
            of.map(|(_, values)| values.clone()).unwrap_or_default()
        }
    };
    let lower = begun.to_lowercase();
    let begins = all.into_iter().filter(|value| value.to_lowercase().starts_with(&lower));
    begins.map(|value| Completion { text: format!("{key}:{}", quoted(&value)), about: String::new() }).collect()
}

fn quoted(text: &str) -> String {
    if text.contains(char::is_whitespace) { format!("\"{text}\"") } else { text.to_owned() }
}
