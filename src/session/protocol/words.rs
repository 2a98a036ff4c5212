//! The sentences and short texts that views show: changes, times, summaries.

use crate::domain::annotation::IMPORT_READER;
use crate::domain::{Change, ClassList, Findings, MapMethod, Measurement, Presence, Rect};
pub use crate::session::protocol::file_words::{greys, marks};
use crate::session::protocol::many;
use crate::session::protocol::signing;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

fn label(label: Option<usize>, classes: &ClassList) -> String {
    label.map_or_else(|| "none".to_owned(), |index| classes.name(index))
}

/// What a change did: "Non_fractured -> Fractured", "accepted Fractured", "flagged", "box Fractured".
pub fn change(change: &Change, classes: &ClassList) -> String {
    match change {
        Change::Label { new: Some(new), accepted: true, .. } => format!("accepted {}", classes.name(*new)),
        Change::Label { old: None, new: None, new_reviewed: false, .. } => "not reviewed any more".into(),
        Change::Label { old: None, new, new_reviewed: false, .. } => format!("label {}", label(*new, classes)),
        Change::Label { old: None, new: None, .. } => "reviewed".into(),
        Change::Label { old, new, .. } if old == new => format!("confirmed {}", label(*new, classes)),
        Change::Label { old, new, .. } => format!("{} -> {}", label(*old, classes), label(*new, classes)),
        Change::Findings { new, accepted: true, .. } => format!("accepted {}", findings(new, classes)),
        Change::Findings { old, new, new_reviewed: false, .. } if old == new => "not reviewed any more".into(),
        Change::Findings { old, new, .. } if old == new => format!("confirmed {}", findings(new, classes)),
        Change::Findings { old, new, .. } => findings_changed(old, new, classes),
        Change::Flag { new: true, .. } => "flagged".into(),
        Change::Flag { new: false, .. } => "flag removed".into(),
        Change::KeyImage { new: true, .. } => "marked as a key image".into(),
        Change::KeyImage { new: false, .. } => "no key image any more".into(),
        Change::Note { new, .. } if new.is_empty() => "note removed".into(),
        Change::Note { old, new } if old.is_empty() => format!("note \u{201c}{}\u{201d}", beginning(new)),
        Change::Note { old, new } => {
            format!("note \u{201c}{}\u{201d} -> \u{201c}{}\u{201d}", beginning(old), beginning(new))
        }
        Change::Box { old: None, new: Some((class, _)), .. } => format!("box {}", classes.name(*class)),
        Change::Box { old: Some((was, _)), new: Some((is, _)), .. } if was != is => {
            format!("box {} -> {}", classes.name(*was), classes.name(*is))
        }
        Change::Box { old: Some((class, was)), new: Some((_, is)), .. } => {
            format!("box {} moved: {} -> {}", classes.name(*class), place(was), place(is))
        }
        Change::Box { new: None, .. } => "box deleted".into(),
        Change::Measurement { new: Some(Measurement { known_mm: Some(length), .. }), .. } => {
            format!("calibrated by a known length of {length} mm")
        }
        Change::Measurement { old: None, new: Some(is), .. } => {
            format!("{} measured", is.measure.name().to_lowercase())
        }
        Change::Measurement { new: Some(new), .. } => format!("{} changed", new.measure.name().to_lowercase()),
        Change::Measurement { old: Some(Measurement { known_mm: Some(_), .. }), .. } => "calibration deleted".into(),
        Change::Measurement { new: None, .. } => "measurement deleted".into(),
        Change::Reading { label: None, findings: said, boxes, nothing_found: false, .. }
            if said.is_empty() && boxes.is_empty() =>
        {
            "took back what was said".into()
        }
        Change::Reading { label, findings: said, boxes, in_force, again, .. } => {
            let not = match (again, in_force) {
                (true, _) => " in a second reading",
                (false, true) => "",
                (false, false) => " (not in force)",
            };
            let said = Some(said).filter(|said| !said.is_empty()).map(|said| findings(said, classes));
            format!("read as {}{not}", reading(label.map(|label| classes.name(label)).or(said), boxes.len()))
        }
        Change::Own { change: own, revealed, again } => {
            let of = if *again { "own second reading" } else { "own reading" };
            match (own.as_ref(), *revealed) {
                (Change::Committed, _) => format!("{of} committed"),
                (own, false) => format!("{of}: {}", self::change(own, classes)),
                (own, true) => format!("{of}, revealed: {}", self::change(own, classes)),
            }
        }
        Change::Committed => "own reading committed".into(),
        Change::SignOff { sign_off, new, reason, .. } => signing::change(sign_off, *new, &beginning(reason)),
        Change::Adjudicated { rule, readers, weights, changes, .. } => {
            let what: Vec<String> = changes.iter().map(|one| self::change(one, classes)).collect();
            let what = if what.is_empty() { "stands as it was".to_owned() } else { what.join(", ") };
            let part = |reader: &String| match weights.iter().find(|one| one.reader == *reader) {
                Some(one) => format!("{reader} {:.2}", one.weight),
                None => reader.clone(),
            };
            let parts: Vec<String> = readers.iter().map(part).collect();
            format!("{what}; adjudicated: {} ({})", rule.name(), parts.join(", "))
        }
    }
}

/// What an event did that is so many steps of undo and redo away from what a reader said; that itself where it is none. What
/// is taken back is said, and whose it was, not what undoing it made of the image: "undo: note “cortex” (ann) taken back".
pub fn step_back(steps: usize, what: String, whose: &str) -> String {
    match steps {
        0 => what,
        // An undo of a redo is an undo: every second step forth is one back.
        steps if steps % 2 == 1 => format!("undo: {what} ({whose}) taken back"),
        _ => format!("redo: {what} ({whose}) done again"),
    }
}

/// A text, or as much of it as a line has room for.
fn beginning(text: &str) -> String {
    const LONGEST: usize = 80;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}\u{2026}", line.get(..at).unwrap_or_default()),
        None => line,
    }
}

/// Where a box lies, in whole pixels: its upper left corner, and how large it is.
fn place(rect: &Rect) -> String {
    let (width, height) = (rect.xmax - rect.xmin, rect.ymax - rect.ymin);
    format!("{:.0}, {:.0} ({width:.0} x {height:.0})", rect.xmin, rect.ymin)
}

/// What is said of findings: "Effusion, perhaps Mass"; "no finding" where all are absent; "no Mass" where nothing else is
/// said of any.
pub fn findings(said: &Findings, classes: &ClassList) -> String {
    let names = |presence| said.that_are(presence).map(|finding| classes.name(finding)).collect::<Vec<_>>();
    if said.all_absent(classes.finding_places()) {
        return "no finding".to_owned();
    }
    let unsure = names(Presence::Uncertain).into_iter().map(|name| format!("perhaps {name}"));
    let there: Vec<String> = names(Presence::Present).into_iter().chain(unsure).collect();
    let absent = names(Presence::Absent);
    match (there.is_empty(), absent.is_empty()) {
        (false, _) => there.join(", "),
        // The word that decides stands first: a list may be cut at its end.
        (true, false) => format!("no {}", absent.join(", no ")),
        (true, true) => "nothing of any finding".to_owned(),
    }
}

/// What changed of findings: "Effusion present, Mass not looked at"; "no finding" where all became absent.
fn findings_changed(old: &Findings, new: &Findings, classes: &ClassList) -> String {
    if new.all_absent(classes.finding_places()) {
        return "no finding".to_owned();
    }
    let changed = (0..classes.len()).filter(|finding| old.get(*finding) != new.get(*finding));
    let in_words = |finding| {
        let presence = new.get(finding).map_or("not assessed", Presence::name);
        format!("{} {presence}", classes.name(finding))
    };
    let changed: Vec<String> = changed.map(in_words).collect();
    if changed.is_empty() { "reviewed".to_owned() } else { changed.join(", ") }
}

/// What somebody says of an image: "Fractured, 2 boxes", "nothing found".
pub fn reading(label: Option<String>, boxes: usize) -> String {
    let boxes = match boxes {
        0 if label.is_some() => None,
        0 => Some("nothing found".to_owned()),
        1 => Some("1 box".to_owned()),
        count => Some(format!("{count} boxes")),
    };
    label.into_iter().chain(boxes).collect::<Vec<_>>().join(", ")
}

/// What undo (`back`) or redo just did, from the changes that it made, each with its image's name: "Undid: label 2 of
/// chest_0068.png, back to 1".
pub fn stepped(back: bool, made: &[(String, Change)], classes: &ClassList) -> String {
    let verb = if back { "Undid" } else { "Redid" };
    let mut names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let what = match (made, names.as_slice()) {
        ([(name, change)], _) => step(back, change, short(name), classes),
        (_, [name]) => {
            let boxes = made.iter().filter(|(_, change)| matches!(change, Change::Box { .. })).count();
            let reviewed =
                made.iter().any(|(_, change)| matches!(change, Change::Label { .. } | Change::Findings { .. }));
            let boxes = match (boxes, made.len() - boxes) {
                (0, others) => format!("{others} changes"),
                (1, _) => "1 box".to_owned(),
                (boxes, _) => format!("{boxes} boxes"),
            };
            format!("{boxes}{} of {}", if reviewed { " and the review" } else { "" }, short(name))
        }
        (_, names) => {
            let done: Vec<Change> =
                made.iter().map(|(_, change)| if back { change.inverse() } else { change.clone() }).collect();
            many::done(&done, names.len(), back, classes)
        }
    };
    format!("{verb}: {what}")
}

fn step(back: bool, made: &Change, image: &str, classes: &ClassList) -> String {
    let done = if back { made.inverse() } else { made.clone() };
    match done {
        Change::Label { old: None, new: None, .. } => format!("review of {image}"),
        Change::Label { old, new, .. } if old == new => format!("review of {image}, label {}", label(new, classes)),
        Change::Label { old, new: None, .. } if back => {
            format!("taking the label of {image} away, it is {} again", label(old, classes))
        }
        Change::Label { new: None, .. } => format!("taking the label of {image} away"),
        Change::Label { old, new, .. } => {
            let before = match (old, back) {
                (None, true) => "it has none again".to_owned(),
                (None, false) => "it had none".to_owned(),
                (Some(_), true) => format!("back to {}", label(old, classes)),
                (Some(_), false) => format!("it was {}", label(old, classes)),
            };
            format!("label {} of {image}, {before}", label(new, classes))
        }
        Change::Findings { old, new, .. } if old == new => format!("review of {image}"),
        Change::Findings { old, new, .. } => {
            // What was done, and what it is now: of an undo what it was before.
            let (verb, is) = if back {
                ("back to", findings_changed(&new, &old, classes))
            } else {
                ("now", findings_changed(&old, &new, classes))
            };
            format!("findings of {image}, {verb} {is}")
        }
        Change::Flag { new: true, .. } => format!("flag of {image}"),
        Change::Flag { new: false, .. } => format!("taking the flag of {image} away"),
        Change::KeyImage { new: true, .. } => format!("key mark of {image}"),
        Change::KeyImage { new: false, .. } => format!("taking the key mark of {image} away"),
        Change::Note { .. } => format!("note of {image}"),
        Change::Box { old: None, new: Some((class, _)), .. } => format!("box {} of {image}", classes.name(class)),
        Change::Box { old: Some((was, _)), new: Some((is, _)), .. } if was != is => {
            format!("class {} of a box of {image}, {} before", classes.name(is), classes.name(was))
        }
        Change::Box { new: Some(_), .. } => format!("moving a box of {image}"),
        Change::Box { old: Some((class, _)), .. } => format!("deleting a box {} of {image}", classes.name(class)),
        Change::Box { .. } => format!("box of {image}"),
        Change::Measurement { old: Some(_), new: Some(_), .. } => format!("moving a measurement of {image}"),
        Change::Measurement { new: None, .. } => format!("deleting a measurement of {image}"),
        Change::Measurement { .. } => format!("measurement of {image}"),
        Change::Reading { .. } => format!("reading of {image}"),
        Change::Own { change, .. } => step(false, &change, image, classes),
        Change::Committed => format!("committing the reading of {image}"),
        Change::SignOff { new, .. } => format!("{} of {image}", signing::noun(new)),
        Change::Adjudicated { .. } => format!("adjudication of {image}"),
    }
}

/// What is said where there is nothing that undo (`back`) or redo could do.
pub fn nothing_to_step(back: bool) -> &'static str {
    if back { "There is nothing to undo" } else { "There is nothing to redo" }
}

/// Whether a change makes another label or other boxes of an image.
pub fn changes_truth(change: &Change) -> bool {
    match change {
        Change::Label { old, new, old_reviewed, new_reviewed, .. } => {
            // That an image without a label is reviewed says that there is no box.
            old != new || (new.is_none() && old_reviewed != new_reviewed)
        }
        Change::Findings { old, new, .. } => old != new,
        Change::Box { .. } => true,
        Change::Flag { .. } | Change::KeyImage { .. } | Change::Note { .. } => false,
        Change::Measurement { .. } | Change::Reading { .. } => false,
        // What comes into force of it does so by changes of their own.
        Change::Own { .. } | Change::Committed | Change::SignOff { .. } => false,
        Change::Adjudicated { changes, .. } => changes.iter().any(changes_truth),
    }
}

/// Who it was, from the name in the log: "ann", or "import" where imported data name nobody.
pub fn reader(logged: &str) -> &str {
    match logged.strip_prefix(IMPORT_READER) {
        Some("") => IMPORT_READER,
        Some(rest) => rest.strip_prefix(':').unwrap_or(logged),
        None => logged,
    }
}

/// What undo would take back: "label of IMG0001.jpg".
pub fn undo(change: &Change, image: &str) -> String {
    let what = match change {
        Change::Label { .. } => "label",
        Change::Findings { .. } => "findings",
        Change::Flag { .. } => "flag",
        Change::KeyImage { .. } => "key mark",
        Change::Note { .. } => "note",
        Change::Box { .. } => "box",
        Change::Measurement { .. } => "measurement",
        Change::Reading { .. } => "reading",
        Change::Own { change, .. } => return undo(change, image),
        Change::Committed => "committed reading",
        Change::SignOff { new, .. } => signing::noun(*new),
        Change::Adjudicated { .. } => "adjudication",
    };
    format!("{what} of {}", short(image))
}

/// The last part of a name.
pub fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// "1 image", "12 images".
pub fn images(count: usize) -> String {
    if count == 1 { "1 image".into() } else { format!("{} images", thousands(count)) }
}

/// "1 test image", "12 test images".
pub fn test_images(count: usize) -> String {
    if count == 1 { "1 test image".into() } else { format!("{} test images", thousands(count)) }
}

/// "12,000".
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An instant as people say it, in local time: "10:42" today, "14 Jan 10:42" this year, "14 Jan 2025" before.
pub fn instant(time_ms: i64, now: &Zoned) -> String {
    let Some(then) = local(time_ms, now.time_zone()) else { return String::new() };
    if then.date() == now.date() {
        then.strftime("%H:%M").to_string()
    } else if then.year() == now.year() {
        then.strftime("%-d %b %H:%M").to_string()
    } else {
        then.strftime("%-d %b %Y").to_string()
    }
}

/// Like [`instant`], with "today" and "yesterday".
pub fn day_and_time(time_ms: i64, now: &Zoned) -> String {
    let Some(then) = local(time_ms, now.time_zone()) else { return String::new() };
    let time = then.strftime("%H:%M").to_string();
    if then.date() == now.date() {
        format!("today {time}")
    } else if now.date().yesterday().is_ok_and(|yesterday| yesterday == then.date()) {
        format!("yesterday {time}")
    } else {
        instant(time_ms, now)
    }
}

fn local(time_ms: i64, zone: &TimeZone) -> Option<Zoned> {
    Timestamp::from_millisecond(time_ms).ok().map(|t| t.to_zoned(zone.clone()))
}

/// Milliseconds since 1970-01-01 UTC.
pub fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// What the status bar calls the test of the maps that a method makes of a model.
pub fn testing_maps(method: MapMethod, model: &str) -> String {
    format!("Testing {} of {model}", method.title())
}

/// What the status bar calls the measuring of a model on pictures that are made worse.
pub fn measuring_robustness(model: &str) -> String {
    format!("Measuring the robustness of {model}")
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
