//! The last comparison is there again when a project is opened the next time, and says where it is of other labels.

use crate::domain::{ClassList, ImageId, ModelId, Prediction};
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::view::{Comparison, Recall};
use crate::session::test_project::{add_detector, add_model, annotate, send, small};
use std::sync::Arc;

fn model(core: &mut Core, name: &str, wrong: usize) -> ModelId {
    let model = add_model(core, name, crate::domain::Architecture::default(), None, 0);
    let said: Vec<Prediction> = (core.images().iter().enumerate())
        .map(|(at, image)| {
            let p = if image.name.starts_with("bright") != (at % 7 == wrong) { 0.8 } else { 0.3 };
            let (logits, probabilities) = (vec![0.0; 2], vec![1.0 - p, p]);
            Prediction { image: image.id, model, logits, probabilities, boxes: Vec::new() }
        })
        .collect();
    core.store.put_predictions(&said).unwrap();
    model
}

fn shown(core: &Core) -> Arc<Comparison> {
    core.view().comparison.clone().unwrap()
}

#[test]
fn a_comparison_comes_back_as_it_was_and_says_which_labels_changed_since() {
    let project = small(100);
    let mut core = project.open();
    let (new, old, third) = (model(&mut core, "new", 1), model(&mut core, "old", 2), model(&mut core, "third", 3));
    send(&mut core, ProjectCommand::LayBeside(vec![third, new])).unwrap();
    send(&mut core, ProjectCommand::Compare { candidate: new, active: Some(old) }).unwrap();
    let before = shown(&core);
    assert_eq!((before.performances.len(), before.beside.len(), before.said.len()), (3, 1, 3));
    assert!(before.difference.is_some() && before.beside[0].difference.is_some());
    let image: ImageId = before.candidate_cells[0][0].images[0];
    send(&mut core, annotate(image, Edit::Label(Some(1)))).unwrap();
    drop(core);

    let mut core = project.open();
    assert!(core.view().comparison.is_none());
    send(&mut core, ProjectCommand::RecallComparison).unwrap();
    let mut after = (*shown(&core)).clone();
    // What was said comes in the order of the cells.
    let sort = |comparison: &mut Comparison| {
        for (_, said) in &mut comparison.said {
            Arc::make_mut(said).sort_by_key(|one| one.image);
        }
    };
    let mut before = (*before).clone();
    sort(&mut before);
    sort(&mut after);
    assert_eq!(after, before);
    assert_eq!(*core.view().beside, [third]);
    let since = core.view().models.iter().find(|row| row.record.id == new).unwrap().since;
    assert_eq!(since.in_words().as_deref(), Some("1 test label changed since"));
    assert!(core.recall_comparison().is_none(), "it is looked for once");
    // What is made anew is what is shown the next time.
    send(&mut core, ProjectCommand::Compare { candidate: old, active: None }).unwrap();
    drop(core);
    let mut core = project.open_to_look();
    send(&mut core, ProjectCommand::RecallComparison).unwrap();
    assert_eq!((shown(&core).candidate, core.view().recall), (old, Recall::Done), "who only looks sees it, too");
}

#[test]
fn what_is_about_other_classes_is_not_shown_and_nothing_is_no_error() {
    let project = small(60);
    let mut core = project.open();
    send(&mut core, ProjectCommand::RecallComparison).unwrap();
    assert_eq!((core.view().comparison.is_none(), core.view().recall), (true, Recall::Done));
    let new = model(&mut core, "new", 8);
    send(&mut core, ProjectCommand::Compare { candidate: new, active: None }).unwrap();
    core.store.set_classes("ada", &ClassList::from_names(&["night", "day"], false).unwrap()).unwrap();
    drop(core);
    let mut core = project.open();
    send(&mut core, ProjectCommand::RecallComparison).unwrap();
    assert!(core.view().comparison.is_none());
}

#[test]
fn what_was_broken_off_is_made_anew() {
    let project = small(60);
    let mut core = project.open();
    let new = model(&mut core, "new", 8);
    // The program ends while the intervals are being worked out.
    assert_eq!(core.take_comparison(new, None).unwrap().len(), 1);
    drop(core);
    let mut core = project.open();
    send(&mut core, ProjectCommand::RecallComparison).unwrap();
    assert_eq!((shown(&core).candidate, shown(&core).performances.len()), (new, 1));

    let boxes = add_detector(&mut core, "boxes", 0.5, 0);
    core.take_comparison(boxes, None).unwrap();
    drop(core);
    let mut core = project.open();
    send(&mut core, ProjectCommand::RecallComparison).unwrap();
    assert_eq!(shown(&core).candidate, boxes);
}
