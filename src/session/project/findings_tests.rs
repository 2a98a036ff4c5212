//! Findings from a model's word to the rows, the queue and the log.

use super::*;
use crate::domain::{AnnotatedBox, BoxId, ImageId, ModelId, Rect};
use crate::session::Workbench as _;
use crate::session::fixture::Bench;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::rows;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::queue::{Filter, OfFindings, Sort};
use crate::session::protocol::view::Counts;
use crate::session::test_project::{Small, add_model_of_findings, annotate, send, small};

/// Effusion, a class from before the list was one of findings, Mass and Nodule.
fn classes() -> ClassList {
    ClassList::of_findings(&["Effusion", "No finding", "Mass", "Nodule"]).unwrap()
}

fn shown(annotation: &Annotation, probabilities: Option<[f32; 4]>, thresholds: &[f64]) -> ImageRow {
    let (image, model) = (ImageId(1), ModelId(1));
    let prediction = probabilities.map(|p| Prediction {
        image,
        model,
        logits: Vec::new(),
        probabilities: p.to_vec(),
        boxes: Vec::new(),
    });
    let mut row = Bench::project().view().project.as_ref().unwrap().rows[0].clone();
    row.label = None;
    let answering = Answering { thresholds, rules: None };
    row.findings = of_row(annotation, prediction.as_ref(), Some(answering), &classes());
    show(&mut row, prediction.as_ref(), answering, &classes());
    row
}

fn said(said: &[(usize, Presence)]) -> Annotation {
    Annotation { findings: said.iter().copied().collect(), ..Annotation::default() }
}

#[test]
fn a_row_is_judged_by_each_finding_at_its_own_threshold() {
    use Presence::{Absent, Present, Uncertain};
    let least = [0.5, 0.5, 0.2, 0.5];
    let row = shown(&said(&[(0, Absent), (2, Present), (3, Uncertain)]), Some([0.4, 0.99, 0.3, 0.9]), &least);
    assert!(!row.disagrees(), "0.3 is above the threshold of the mass, and of what is uncertain nothing can differ");
    assert_eq!(row.predicted, Some((3, 0.9)), "a class that is no finding is never the model's word");
    let nearest = 1.0 - (0.3f32 - 0.2) / 0.8;
    assert!((row.uncertainty - nearest).abs() < 1e-6, "{}", row.uncertainty);
    let row = shown(&said(&[(0, Present)]), Some([0.4, 0.99, 0.1, 0.1]), &least);
    assert!(row.disagrees() && row.predicted.is_none() && row.is_predicted());
    assert!(row.findings.as_ref().unwrap().answered().unwrap().get(1).is_none());
    assert!(!shown(&said(&[(0, Present)]), None, &least).is_predicted());
}

#[test]
fn what_is_known_counts_as_a_label_also_where_only_a_box_says_it() {
    let rect = Rect { xmin: 0.0, ymin: 0.0, xmax: 5.0, ymax: 5.0 };
    let boxed = Annotation { boxes: vec![AnnotatedBox { id: BoxId(1), class: 2, rect }], ..Annotation::default() };
    let row = shown(&boxed, Some([0.0; 4]), &[0.5; 4]);
    assert_eq!(row.findings.as_ref().unwrap().get(2).known, Some(Presence::Present));
    assert!(row.is_labelled() && row.disagrees());
    let none = shown(&said(&[0, 2, 3].map(|place| (place, Presence::Absent))), None, &[0.5; 4]);
    assert!(none.findings.as_ref().unwrap().is_none());
    let untouched = shown(&Annotation::default(), Some([0.9; 4]), &[0.5; 4]);
    let Counts { labelled, disagreements, .. } = rows::counts(&[row, none.clone(), untouched.clone()]);
    assert_eq!((labelled, disagreements), (2, 1));
    assert!(!untouched.findings.unwrap().is_none() && none.is_labelled());
}

/// A project of findings whose active model has looked at the first four images, of which nobody has said anything.
fn answered() -> (Small, Core) {
    let project = small(6);
    let mut core = project.open();
    for image in &project.ids {
        core.annotate(*image, &Edit::Label(None), None, None).unwrap();
    }
    core.set_classes(&ClassList::of_findings(&["dark", "bright"]).unwrap()).unwrap();
    let model = add_model_of_findings(&mut core, "findings");
    let said = [[0.9, 0.1], [0.2, 0.7], [0.1, 0.2], [0.8, 0.9]];
    let of = |(image, p): (&ImageId, [f32; 2])| Prediction {
        image: *image,
        model,
        logits: p.map(|p| (p / (1.0 - p)).ln()).to_vec(),
        probabilities: p.to_vec(),
        boxes: Vec::new(),
    };
    let predictions: Vec<Prediction> = project.ids.iter().zip(said).map(of).collect();
    core.store.put_predictions(&predictions).unwrap();
    core.store.set_active("ada", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
    (project, core)
}

fn queue(core: &Core) -> Vec<u32> {
    core.view().queue.to_vec()
}

#[test]
fn accepting_fills_what_nobody_said_and_undo_takes_it_back_at_once() {
    use Presence::{Absent, Present, Uncertain};
    let (project, mut core) = answered();
    assert_eq!(core.view().counts.labelled, 0);
    assert!(!core.view().is_about_boxes() && core.view().counts.predicted == 4);
    let say = |finding, presence| Edit::Finding { finding, presence: Some(presence) };
    send(&mut core, annotate(project.ids[0], say(0, Absent))).unwrap();
    assert!(core.view().rows[0].disagrees() && core.view().counts.disagreements == 1);
    let before = core.annotations()[0].clone();
    send(&mut core, annotate(project.ids[0], Edit::Accept)).unwrap();
    let after = core.annotations()[0].clone();
    assert_eq!(after.findings, [(0, Absent), (1, Absent)].into_iter().collect(), "what was said stays");
    core.undo().unwrap();
    assert_eq!(core.annotations()[0], before);

    let rect = Rect { xmin: 1.0, ymin: 1.0, xmax: 9.0, ymax: 9.0 };
    send(&mut core, annotate(project.ids[2], Edit::DrawBox { class: 1, rect })).unwrap();
    assert_eq!(core.view().rows[2].findings.as_ref().unwrap().get(1).known, Some(Present));
    assert!(!core.view().is_about_boxes(), "a box says a finding too");
    send(&mut core, annotate(project.ids[2], Edit::Accept)).unwrap();
    let taken = core.annotations()[2].findings.clone();
    assert_eq!(taken, [(0, Absent), (1, Present)].into_iter().collect(), "a drawn box is not denied by the model");

    send(&mut core, annotate(project.ids[3], say(1, Uncertain))).unwrap();
    assert_eq!(core.view().counts.labelled, 3);
}

#[test]
fn the_queue_is_narrowed_and_ordered_by_finding_and_follows_what_is_said() {
    use Presence::{Absent, Present, Uncertain};
    let (project, mut core) = answered();
    let place = |core: &Core, image: ImageId| core.view().rows.iter().position(|r| r.id == image).unwrap() as u32;
    let of = |at: usize| project.ids[at];
    for (at, finding, presence) in [(0, 0, Present), (1, 0, Uncertain), (2, 0, Absent), (2, 1, Absent)] {
        send(&mut core, annotate(of(at), Edit::Finding { finding, presence: Some(presence) })).unwrap();
    }
    let said = |finding, presence| OfFindings::Said { finding, presence };
    for (filter, images) in [
        (said(0, Some(Present)), vec![0]),
        (said(0, Some(Uncertain)), vec![1]),
        (said(1, None), vec![0, 1, 3, 4, 5]),
        (OfFindings::None, vec![2]),
        (OfFindings::Unsaid, vec![3, 4, 5]),
    ] {
        send(&mut core, ProjectCommand::SetFilter(Filter { findings: Some(filter), ..Filter::default() })).unwrap();
        let mut shown = queue(&core);
        shown.sort_unstable();
        let images: Vec<u32> = images.into_iter().map(|at| place(&core, of(at))).collect();
        assert_eq!(shown, images, "{filter:?}");
    }
    send(&mut core, annotate(of(3), Edit::Finding { finding: 1, presence: Some(Absent) })).unwrap();
    assert_eq!(queue(&core).len(), 2, "it left the queue of those of which nothing is said");
    send(&mut core, ProjectCommand::SetFilter(Filter::default())).unwrap();
    send(&mut core, ProjectCommand::SetSort(Sort::Finding(1))).unwrap();
    assert_eq!(queue(&core)[..4], [3, 1, 2, 0].map(|at| place(&core, of(at))), "0.9, 0.7, 0.2, 0.1");
}

#[test]
fn keeping_one_of_several_copies_takes_back_what_is_said_of_the_others() {
    let (project, mut core) = answered();
    for at in 0..2 {
        send(&mut core, annotate(project.ids[at], Edit::NothingHere)).unwrap();
    }
    core.keep_one(&[vec![project.ids[0], project.ids[1]]]).unwrap();
    let said: Vec<bool> = core.annotations()[..2].iter().map(|a| a.findings.is_empty()).collect();
    assert_eq!(said, [false, true]);
    let left = &core.annotations()[1];
    assert!(left.flagged && !left.reviewed);
    core.undo().unwrap();
    assert!(core.annotations()[1].reviewed && core.annotations()[1].findings.len() == 2);
}
