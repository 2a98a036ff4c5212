//! Text into a filter.

use super::{ALSO, Bounds, Is, KEYS, Key, Known, Quantity, Term, What, words_alone, words_before};
use crate::domain::{ClassList, Presence, Split};
use jiff::civil::Date;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The place of the word, in signs from 0.
    pub at: usize,
    /// A sentence that says what to do.
    pub sentence: String,
}

/// A word of the text, with whether each of its signs stood in quotes.
pub(super) struct Word {
    pub at: usize,
    pub signs: Vec<(char, bool)>,
    /// It began with a quote.
    pub quoted: bool,
}

impl Word {
    fn text(signs: &[(char, bool)]) -> String {
        signs.iter().map(|(sign, _)| *sign).collect()
    }

    /// The place of the first of these signs that stands in no quotes.
    fn find(&self, wanted: &[char]) -> Option<usize> {
        self.signs.iter().position(|(sign, quoted)| !quoted && wanted.contains(sign))
    }
}

/// Cuts a text at its blanks, but not inside quotes.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut all: Vec<Word> = Vec::new();
    let mut word: Option<Word> = None;
    let mut inside = false;
    for (at, sign) in text.chars().enumerate() {
        let quote = sign == '"' || sign == '\u{201c}' || sign == '\u{201d}';
        if sign.is_whitespace() && !inside {
            all.extend(word.take());
            continue;
        }
        let open = word.get_or_insert_with(|| Word { at, signs: Vec::new(), quoted: quote });
        if quote {
            inside = !inside;
        } else {
            open.signs.push((sign, inside));
        }
    }
    all.extend(word);
    all
}

/// Reads a text: its conditions, and what is looked for in names.
///
/// # Errors
/// When a key or value is unknown, with its place.
pub fn read(text: &str, known: &Known<'_>) -> Result<(Vec<Term>, String), Problem> {
    let mut terms = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for word in words(text) {
        match term(&word, known)? {
            Some(term) => terms.push(term),
            None => names.push(Word::text(&word.signs)),
        }
    }
    Ok((terms, names.join(" ")))
}

/// The condition that a word is; `None` for one that is looked for in names.
fn term(word: &Word, known: &Known<'_>) -> Result<Option<Term>, Problem> {
    let problem = |sentence: String| Problem { at: word.at, sentence };
    if word.quoted && word.find(&[':', '>', '<']).is_none() {
        return Ok(None);
    }
    let (not, signs) = match Word::text(&word.signs) {
        text if text.starts_with("not:") && text.len() > 4 => (true, word.signs.get(4..).unwrap_or_default()),
        text if text.starts_with('-') && text.contains([':', '>', '<']) => {
            (true, word.signs.get(1..).unwrap_or_default())
        }
        _ => (false, word.signs.as_slice()),
    };
    let inner = Word { at: word.at, signs: signs.to_vec(), quoted: false };
    let whole = Word::text(&inner.signs);
    let unquoted = inner.signs.iter().all(|(_, quoted)| !quoted);
    if unquoted && let Some(is) = is(&whole) {
        let (is, otherwise) = is;
        return Ok(Some(Term { not: not != otherwise, what: What::Is(is) }));
    }
    let Some(cut) = inner.find(&[':', '>', '<']) else {
        return Ok(not.then_some(Term { not, what: What::Name(whole) }));
    };
    let key = Word::text(inner.signs.get(..cut).unwrap_or_default());
    let rest = inner.signs.get(cut..).unwrap_or_default();
    let value = Word::text(rest.get(1..).unwrap_or_default());
    if let Some((quantity, _)) = Quantity::ALL.iter().find(|(_, name)| key.eq_ignore_ascii_case(name)) {
        let bounds = bounds(&Word::text(rest)).ok_or_else(|| {
            problem(format!(
                "\u{201c}{whole}\u{201d} is no number to compare with: write {key}>10, {key}<10 or {key}:1..10"
            ))
        })?;
        return Ok(Some(Term { not, what: What::Number(*quantity, bounds) }));
    }
    if rest.first().is_some_and(|(sign, _)| *sign != ':') {
        // A name may have such a sign.
        return Ok(not.then_some(Term { not, what: What::Name(whole) }));
    }
    let quoted = rest.get(1..).unwrap_or_default().iter().any(|(_, quoted)| *quoted);
    what(&key, &value, quoted, known).map(|what| Some(Term { not, what })).map_err(problem)
}

/// What one word alone says, and whether it says that it is not so.
fn is(word: &str) -> Option<(Is, bool)> {
    let lower = word.to_lowercase();
    if let Some((is, _)) = Is::ALL.iter().find(|(_, name)| lower == *name) {
        return Some((*is, false));
    }
    ALSO.iter().find(|(name, ..)| lower == *name).map(|(_, is, not)| (*is, *not))
}

fn bounds(text: &str) -> Option<Bounds> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    if let Some(rest) = text.strip_prefix(">=") {
        return number(rest).map(Bounds::AtLeast);
    }
    if let Some(rest) = text.strip_prefix("<=") {
        return number(rest).map(Bounds::AtMost);
    }
    if let Some(rest) = text.strip_prefix('>') {
        return number(rest).map(Bounds::Above);
    }
    if let Some(rest) = text.strip_prefix('<') {
        return number(rest).map(Bounds::Below);
    }
    let rest = text.strip_prefix(':')?;
    match rest.split_once("..") {
        Some((low, "")) => number(low).map(Bounds::AtLeast),
        Some(("", high)) => number(high).map(Bounds::AtMost),
        Some((low, high)) => Some(Bounds::Between(number(low)?, number(high)?)),
        None => number(rest).map(Bounds::Is),
    }
}

fn what(key: &str, value: &str, quoted: bool, known: &Known<'_>) -> Result<What, String> {
    let is_word = |word: &str| !quoted && value.eq_ignore_ascii_case(word);
    let Some((found, ..)) = KEYS.iter().find(|(_, name, _)| key.eq_ignore_ascii_case(name)) else {
        return attribute(key, value, known);
    };
    match found {
        Key::Label if is_word("none") => Ok(What::Label(None)),
        Key::Label => class(value, known.classes).map(|class| What::Label(Some(class))),
        Key::Model => class(value, known.classes).map(What::Model),
        Key::Finding if is_word("none") => Ok(What::NoFinding),
        Key::Finding => finding(value, known.classes),
        Key::Reader if value.is_empty() => Err("Say whose: reader:NAME.".to_owned()),
        Key::Reader => Ok(What::Reader(value.to_owned())),
        Key::Split => Split::ALL
            .into_iter()
            .find(|split| split.name().eq_ignore_ascii_case(value) || (value == "val" && *split == Split::Validation))
            .map(What::Split)
            .ok_or_else(|| format!("There is no split \u{201c}{value}\u{201d}: train, validation or test.")),
        Key::Patient if value.is_empty() => Err("Say which: patient:NAME, or a part of it.".to_owned()),
        Key::Patient => Ok(What::Patient(value.to_owned())),
        Key::Note => Ok(What::Note(value.to_owned())),
        Key::Name => Ok(What::Name(value.to_owned())),
        Key::Date => date(value),
        Key::Not => Err("Say what must not be so: not:flagged, not:label:1.".to_owned()),
        Key::Is => match is(value) {
            Some((is, false)) => Ok(What::Is(is)),
            Some((_, true)) => Err(format!("Write not:{} for that.", value.trim_start_matches("un"))),
            None => Err(format!("\u{201c}{value}\u{201d} is nothing an image is: {}.", words_of_is())),
        },
    }
}

fn words_of_is() -> String {
    Is::ALL.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}

fn class(value: &str, classes: &ClassList) -> Result<usize, String> {
    classes.index_of(value).ok_or_else(|| {
        format!(
            "There is no class \u{201c}{value}\u{201d}: {}. A name with blanks stands in quotes.",
            classes.names().join(", ")
        )
    })
}

fn finding(value: &str, classes: &ClassList) -> Result<What, String> {
    let (name, presence) = match (value.strip_suffix('?'), value.rsplit_once('=')) {
        (Some(name), _) if classes.index_of(value).is_none() => (name, Some(Presence::Uncertain)),
        // The second is what it was called before.
        (_, Some((name, "unassessed" | "unknown"))) => (name, None),
        (_, Some((name, word))) => {
            let all = [Presence::Present, Presence::Uncertain, Presence::Absent];
            let presence = all.into_iter().find(|presence| presence.name() == word);
            let wrong =
                || format!("A finding is present, uncertain, absent or unassessed, not \u{201c}{word}\u{201d}.");
            (name, Some(presence.ok_or_else(wrong)?))
        }
        _ => (value, Some(Presence::Present)),
    };
    Ok(What::Finding(class(name, classes)?, presence))
}

fn date(value: &str) -> Result<What, String> {
    let wrong = || {
        format!(
            "\u{201c}{value}\u{201d} is no day: write 2026-11-30, 2026-11-01.. , ..2026-11-30 or 2026-11-01..2026-11-30."
        )
    };
    let day = |text: &str| text.parse::<Date>().map_err(|_| wrong());
    match value.split_once("..") {
        Some(("", "")) => Err(wrong()),
        Some((from, "")) => Ok(What::Date(Some(day(from)?), None)),
        Some(("", to)) => Ok(What::Date(None, Some(day(to)?))),
        Some((from, to)) => Ok(What::Date(Some(day(from)?), Some(day(to)?))),
        None => day(value).map(|day| What::Date(Some(day), Some(day))),
    }
}

fn attribute(key: &str, value: &str, known: &Known<'_>) -> Result<What, String> {
    let found = known.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
    let Some((name, values)) = found else {
        let listed = |words: Vec<&str>| words.join(", ");
        let more = match known.attributes.is_empty() {
            true => " Attributes of the files can be asked for once the Data screen has looked through them.",
            false => "",
        };
        return Err(format!(
            "\u{201c}{key}\u{201d} is no key: {}. Alone stand {}. In quotes it is looked for \
             in names.{more}",
            listed(words_before().collect()),
            listed(words_alone().collect())
        ));
    };
    match values.iter().find(|one| one.eq_ignore_ascii_case(value)) {
        Some(value) => Ok(What::Attribute(name.clone(), value.clone())),
        None => Err(format!(
            "\u{201c}{name}\u{201d} has no value \u{201c}{value}\u{201d}: {}.",
            values.iter().take(6).cloned().collect::<Vec<_>>().join(", ")
        )),
    }
}
