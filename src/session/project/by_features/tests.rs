//! Orders by features, on a small project with a trained model.

use super::*;
use crate::domain::ImageId;
use crate::nn::Compute;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::queue::Filter;
use crate::session::protocol::task::Order;
use crate::session::test_project::{Small, annotate, send, small, tiny};

/// A project with an active model.
fn project() -> (Small, Core) {
    let project = small(40);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    let compute = Compute::cpu();
    let work = vec![core.train(tiny(), None, &compute).unwrap()];
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    let model = core.view().training.as_ref().unwrap().model.unwrap();
    send(&mut core, ProjectCommand::Promote(model)).unwrap();
    (project, core)
}

fn sort(core: &mut Core, sort: Sort) {
    send(core, ProjectCommand::SetSort(sort)).unwrap();
}

fn picked(core: &Core) -> Vec<ImageId> {
    let mut picked: Vec<(u32, ImageId)> =
        core.view().rows.iter().filter_map(|row| Some((row.facts.picked?, row.id))).collect();
    picked.sort_unstable();
    picked.into_iter().map(|(_, image)| image).collect()
}

#[test]
fn representative_images_come_first_and_are_no_test_images() {
    let (_dir, mut core) = project();
    assert!(picked(&core).is_empty(), "nobody asked");
    sort(&mut core, Sort::ColdStart);
    let first = picked(&core);
    assert!(first.len() > 4);
    let queue: Vec<ImageId> = core.view().queue.iter().map(|at| core.view().rows[*at as usize].id).collect();
    assert_eq!(queue[..first.len()], first);
    let of = |image: &ImageId| core.view().rows[core.at[image]].clone();
    assert!(first.iter().all(|image| of(image).split != Split::Test));
    assert_ne!(of(&first[0]).label, of(&first[1]).label, "a dark one and a bright one");

    // Without labels on some these alone are picked.
    let open: Vec<ImageId> = first.iter().copied().filter(|image| of(image).split == Split::Train).take(2).collect();
    for image in &open {
        send(&mut core, annotate(*image, Edit::Label(None))).unwrap();
    }
    sort(&mut core, Sort::ColdStart);
    let mut again = picked(&core);
    again.sort_unstable();
    let mut wanted = open.clone();
    wanted.sort_unstable();
    assert_eq!(again, wanted);
    sort(&mut core, Sort::KCentre);
    assert_eq!(picked(&core).len(), 2, "what is labelled is given");
}

#[test]
fn wrong_labels_are_told_by_what_was_learned_from_other_images() {
    let (_dir, mut core) = project();
    let train = core.images().iter().find(|image| image.split == Split::Train).unwrap().id;
    let at = core.at[&train];
    let wrong = core.view().rows[at].label.map(|label| usize::from(1 - label));
    send(&mut core, annotate(train, Edit::Label(wrong))).unwrap();
    assert!(core.view().rows.iter().all(|row| row.facts.out_of_fold.is_none()), "nobody asked");
    sort(&mut core, Sort::LabelErrors);
    assert!(core.view().rows.iter().all(|row| row.facts.out_of_fold.is_some()));
    assert_eq!(core.view().queue.first().map(|at| *at as usize), Some(at));
    // Another model knows nothing of it.
    core.refresh(crate::session::project::changed::Changed::ActiveModel).unwrap();
    assert!(core.view().rows.iter().all(|row| row.facts.out_of_fold.is_none()));
    send(&mut core, ProjectCommand::SetFilter(Filter::default())).unwrap();
    assert!(core.view().rows.iter().all(|row| row.facts.out_of_fold.is_some()), "the order goes by it still");
}

#[test]
fn without_a_model_there_is_no_such_order() {
    let project = small(10);
    let mut core = project.open();
    let refused = core.apply(ProjectCommand::SetSort(Sort::KCentre), &Compute::cpu()).unwrap_err().to_string();
    assert!(refused.contains("train or promote one first"), "{refused}");
    assert_eq!(core.view().sort, Sort::Name);
    sort(&mut core, Sort::LabelErrors);
    assert_eq!(core.view().sort, Sort::LabelErrors);
}
