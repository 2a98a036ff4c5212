//! The classes or findings in the order of a file's last layer: as was said, else the project's, which is told.

use super::Foreign;
use crate::domain::class_list::means_nothing_to_find;
use crate::domain::{ClassList, ModelRecord};

/// The project's classes in the order of the last layer.
///
/// # Errors
/// In a sentence, when those that were said are not the project's.
pub(super) fn of_classes(
    said: &Foreign<'_>,
    project: &ClassList,
    notes: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> Result<Vec<String>, String> {
    let names = project.names();
    if let Some(name) = said.leave_out.first() {
        return Err(format!(
            "{name} cannot be left out: the probabilities of classes of which an image has one are shared out among all of \
             them; leave out --leave-out"
        ));
    }
    if said.classes.is_empty() {
        unsaid(&names, "classes", "torchvision's ImageFolder numbers them", notes, warnings);
        return Ok(names);
    }
    let list = ClassList::from_names(&said.classes, project.ordinal).map_err(|error| error.to_string())?;
    let mut order = Vec::with_capacity(list.len());
    for name in list.names() {
        match project.index_of(&name).and_then(|at| names.get(at)) {
            Some(ours) => order.push(ours.clone()),
            None => return Err(format!("the project has no class {name:?}; it has {}", names.join(", "))),
        }
    }
    match names.iter().find(|name| !order.contains(name)) {
        Some(missing) => Err(format!(
            "--classes must name all of the project's classes in the order of the last layer; {missing} is missing"
        )),
        None => Ok(order),
    }
}

/// What the outputs of a network with a sigmoid for each are, in the order of the last layer: the project's findings, and
/// those that are to be left out.
///
/// # Errors
/// In a sentence, when an output is no finding of the project and nobody said to leave it out, or a finding has no output.
pub(super) fn of_findings(
    said: &Foreign<'_>,
    project: &ClassList,
    notes: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> Result<Vec<String>, String> {
    let findings: Vec<String> = project.finding_places().map(|place| project.name(place)).collect();
    let listed = findings.join(", ");
    notes.push(format!(
        "a finding counts as present from a probability of {} until another is chosen",
        ModelRecord::THRESHOLD
    ));
    for class in project.classes.iter().filter(|class| class.negative) {
        notes.push(format!("{} is no finding: nothing is answered for it", class.name));
    }
    if said.classes.is_empty() {
        if let Some(name) = said.leave_out.first() {
            return Err(format!(
                "where its output {name} stands is not known: name all of its outputs in the order of the last layer with \
                 --classes"
            ));
        }
        unsaid(&findings, "findings", "programs often number them", notes, warnings);
        return Ok(findings);
    }
    let list = ClassList::from_names(&said.classes, false).map_err(|error| error.to_string())?;
    if let Some(name) = said.leave_out.iter().find(|name| list.index_of(name).is_none()) {
        return Err(format!(
            "--leave-out {name}: its outputs, as --classes names them, have no such; they are {}",
            list.names().join(", ")
        ));
    }
    let (mut order, mut strangers) = (Vec::with_capacity(list.len()), Vec::new());
    for name in list.names() {
        let ours = project.index_of(&name).filter(|at| project.finding_places().any(|place| place == *at));
        match ours {
            _ if is_left_out(&name, &said.leave_out) => order.push(name),
            Some(at) => order.push(project.name(at)),
            None => strangers.push(name),
        }
    }
    if !strangers.is_empty() {
        let nothing: Vec<String> = strangers.iter().filter(|name| means_nothing_to_find(name)).cloned().collect();
        let nothing = if nothing.is_empty() {
            String::new()
        } else {
            format!("; {} says that there is none, which is no finding", nothing.join(", "))
        };
        return Err(format!(
            "these of its outputs are no finding of the project: {}{nothing}. The project has {listed}. Name in --classes by \
             the project's name what is called otherwise, and leave the rest out with --leave-out {}",
            strangers.join(", "),
            in_quotes(&strangers.join(","))
        ));
    }
    if let Some(missing) = findings.iter().find(|name| !order.contains(name) || is_left_out(name, &said.leave_out)) {
        return Err(format!(
            "--classes must name all of the project's findings in the order of the last layer; {missing} is missing"
        ));
    }
    if !said.leave_out.is_empty() {
        notes.push(format!("outputs that were left out: {}", said.leave_out.join(", ")));
    }
    Ok(order)
}

/// For every class of the project the row of the file's last layer that answers it; none for what is no finding.
pub(super) fn places(order: &[String], leave_out: &[String], project: &ClassList) -> Vec<Option<usize>> {
    let of = |(at, name): (usize, String)| {
        let finding = project.finding_places().any(|place| place == at);
        order.iter().position(|other| finding && *other == name && !is_left_out(other, leave_out))
    };
    project.names().into_iter().enumerate().map(of).collect()
}

fn is_left_out(name: &str, leave_out: &[String]) -> bool {
    leave_out.iter().any(|other| other.trim().to_lowercase() == name.to_lowercase())
}

/// A list as a shell takes it for one word.
fn in_quotes(list: &str) -> String {
    if list.contains(char::is_whitespace) { format!("{list:?}") } else { list.to_owned() }
}

/// Tells which order was taken, and warns of another that is as likely.
fn unsaid(names: &[String], what: &str, by: &str, notes: &mut Vec<String>, warnings: &mut Vec<String>) {
    notes.push(format!(
        "nothing says in which order its last layer has the {what}; the project's order was taken: {}",
        names.join(", ")
    ));
    // Python's `sorted`, by which torchvision's ImageFolder numbers classes.
    let mut sorted = names.to_vec();
    sorted.sort();
    if sorted != names {
        warnings.push(format!(
            "as text these {what} come in another order, by which {by}: if the network was trained so, import it with \
             --classes {}",
            in_quotes(&sorted.join(","))
        ));
    }
}
