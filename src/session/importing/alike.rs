//! Names of classes that differ only in case or blanks (`No injury`, `No  Injury`): they are one class, which is said, unless
//! a person calls one of them otherwise.

use crate::domain::class_list::folded;
use crate::session::importing::incoming;
use crate::session::protocol::command::NewProject;
use crate::session::protocol::error::SessionError;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What is asked for with the names of one class made one, and a sentence for each class of which there were several.
///
/// `found` are the names of the source; `there` those of the project that it is added to, which win.
///
/// # Errors
/// When a person asks for two classes whose names differ in nothing else.
pub(in crate::session) fn joined<'a>(
    new: &'a NewProject,
    found: &[String],
    there: &[String],
) -> Result<(Cow<'a, NewProject>, Vec<String>), SessionError> {
    let mut names: Vec<String> = there.iter().map(|name| name.trim().to_owned()).collect();
    let mut classes: Vec<String> = Vec::new();
    let mut others: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in &new.classes {
        let to = incoming::renamed(new, name);
        let one = one_of(&mut names, to);
        note(&mut others, &one, to.trim());
        if !classes.contains(&one) {
            classes.push(one);
        }
    }
    let mut map: Vec<(String, String)> = Vec::new();
    // Those that a person names have the first word.
    let is_named = |class: &&String| new.class_map.iter().any(|(from, _)| from == *class);
    let (named, rest): (Vec<&String>, Vec<&String>) = found.iter().partition(is_named);
    for class in named.iter().filter(|class| incoming::renamed(new, class) == class.as_str()) {
        let alike = rest.iter().copied().find(|other| folded(other) == folded(class));
        if let Some(other) =
            alike.or_else(|| named.iter().copied().find(|other| *other != *class && folded(other) == folded(class)))
        {
            return Err(SessionError::refused(format!(
                "the classes {class:?} and {other:?} would differ only in case or blanks, and names must differ in more: \
                 call one of them otherwise, as in --map \"{other}=ANOTHER NAME\""
            )));
        }
    }
    // The first of the source's own order gives its name, unless another is written with fewer blanks.
    let is_neat = |name: &str| !name.trim().contains("  ") && !name.contains('\t');
    for class in found.iter().filter(|class| is_neat(incoming::renamed(new, class))) {
        one_of(&mut names, incoming::renamed(new, class));
    }
    for class in found {
        let to = incoming::renamed(new, class);
        let one = one_of(&mut names, to);
        note(&mut others, &one, to.trim());
        if one != *class {
            map.push((class.clone(), one));
        }
    }
    if others.is_empty() {
        return Ok((Cow::Borrowed(new), Vec::new()));
    }
    let remarks = others.iter().map(|(one, others)| {
        format!(
            "{} {} taken as the class {one}, from which {} in case or blanks only; to keep one apart, give it another name \
             (--map \"{}=ANOTHER NAME\").",
            others.join(", "),
            if others.len() == 1 { "is" } else { "are" },
            if others.len() == 1 { "it differs" } else { "they differ" },
            others.first().map_or("", String::as_str)
        )
    });
    let remarks = remarks.collect();
    // What a person said of classes that are not there stays.
    let said = new.class_map.iter().filter(|(from, _)| !found.contains(from));
    map.extend(said.cloned());
    Ok((Cow::Owned(NewProject { classes, class_map: map, ..new.clone() }), remarks))
}

/// The name among these that is no other class than this one; where there is none, it joins them.
fn one_of(names: &mut Vec<String>, name: &str) -> String {
    let name = name.trim();
    let wanted = folded(name);
    // A list may hold both from before.
    let known =
        names.iter().find(|known| *known == name).or_else(|| names.iter().find(|known| folded(known) == wanted));
    if let Some(known) = known {
        return known.clone();
    }
    names.push(name.to_owned());
    name.to_owned()
}

fn note(others: &mut BTreeMap<String, Vec<String>>, one: &str, name: &str) {
    if one != name {
        let others = others.entry(one.to_owned()).or_default();
        if !others.iter().any(|other| other == name) {
            others.push(name.to_owned());
        }
    }
}

#[cfg(test)]
#[path = "alike_tests.rs"]
mod tests;
