//! Networks with a sigmoid for each output, from the file to a model of findings.

use super::tests::{Place, tensors, words};
use super::*;
use crate::inference::sigmoid;

fn findings(names: &[&str]) -> ClassList {
    ClassList::of_findings(names).unwrap()
}

#[test]
fn outputs_become_the_projects_findings_by_their_names() {
    let place = Place::with(tensors(3, 3));
    let project = findings(&["Mass", "Edema", "Nodule"]);
    let unsaid = place.adopt(&project, |_| ()).unwrap();
    assert_eq!((unsaid.card.head(), unsaid.order.join(" ")), (Head::Findings, "Mass Edema Nodule".into()));
    for part in ["the project's order was taken: Mass, Edema, Nodule", "each with a sigmoid", "probability of 0.5"] {
        assert!(unsaid.notes.iter().any(|note| note.contains(part)), "{part}: {unsaid:?}");
    }
    assert!(unsaid.warnings.len() == 1 && unsaid.warnings[0].contains("--classes Edema,Mass,Nodule"), "{unsaid:?}");
    let plain = place.output();
    let each: Vec<f32> = plain.logits.iter().map(|logit| sigmoid(*logit)).collect();
    assert_eq!(plain.probabilities, each);

    let said = place.adopt(&project, |said| said.classes = words(&["nodule", "Mass", "Edema"])).unwrap();
    assert_eq!((said.order.join(" "), said.warnings.len()), ("Nodule Mass Edema".into(), 0));
    let rows = &plain.probabilities;
    assert_eq!(place.output().probabilities, [rows[1], rows[2], rows[0]]);
    assert!(place.adopt(&findings(&["a", "b", "c"]), |_| ()).unwrap().warnings.is_empty());
    // In so many words it is the same.
    place.adopt(&project, |said| said.outputs = Some(Outputs::Sigmoid)).unwrap();
    assert_eq!(place.output().probabilities, plain.probabilities);
    // One finding is one output.
    Place::with(tensors(3, 1)).adopt(&findings(&["Mass"]), |_| ()).unwrap();
}

#[test]
fn what_is_no_finding_of_the_project_is_left_out_only_where_a_person_says_so() {
    let place = Place::with(tensors(3, 4));
    let outputs = words(&["No Finding", "Edema", "Hernia", "Mass"]);
    place.adopt(&findings(&["a", "b", "c", "d"]), |_| ()).unwrap();
    let plain = place.output().probabilities;
    let project = findings(&["Mass", "No Finding", "Edema"]);
    place.refused(&project, |_| (), "4 outputs, and 2 findings are named");
    let why = "no finding of the project: No Finding, Hernia; No Finding says that there is none";
    place.refused(&project, |said| said.classes = outputs.clone(), why);
    place.refused(&project, |said| said.classes = outputs.clone(), "--leave-out \"No Finding,Hernia\"");
    let both = words(&["hernia", "No Finding"]);
    let adopted =
        place.adopt(&project, |said| (said.classes, said.leave_out) = (outputs.clone(), both.clone())).unwrap();
    assert_eq!((&adopted.left_out, &adopted.order), (&both, &outputs));
    // What is no finding has a place among the answers, and nothing is said there.
    assert_eq!(place.output().probabilities, [plain[3], 0.5, plain[1]]);
    let no_edema = words(&["No Finding", "Hernia", "Edema"]);
    place.refused(&project, |said| (said.classes, said.leave_out) = (outputs.clone(), no_edema), "Edema is missing");
    place.refused(&project, |said| said.leave_out = both.clone(), "name all of its outputs");
    let unknown = words(&["Pneumonia"]);
    place.refused(&project, |said| (said.classes, said.leave_out) = (outputs.clone(), unknown), "have no such");
}

#[test]
fn a_network_of_another_kind_is_refused_with_the_reason() {
    let place = Place::with(tensors(3, 3));
    let project = findings(&["a", "b", "c"]);
    place.refused(&project, |said| said.outputs = Some(Outputs::Softmax), "shares one probability out");
    place.refused(&project, |said| said.outputs = Some(Outputs::Corn), "answers of one scale");
    let classes = ClassList::from_names(&["a", "b", "c"], false).unwrap();
    place.refused(&classes, |said| said.outputs = Some(Outputs::Sigmoid), "overread convert --to findings");
    place.refused(&classes, |said| said.leave_out = words(&["a"]), "cannot be left out");
}
