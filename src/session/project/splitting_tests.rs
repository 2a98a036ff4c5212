//! Dividing anew, mending duplicates, and what undo makes of it.

use crate::domain::{Annotation, Rect, Split, SplitMove, SplitRatios};
use crate::session::project::core::Core;
use crate::session::project::seen::seen_of_test;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::splits::{SplitOptions, SplitPlan};
use crate::session::protocol::view::DataState;
use crate::session::test_project::{annotate, send, small, tiny};
use std::collections::{HashMap, HashSet};

fn options(freeze_test: bool) -> SplitOptions {
    let ratios = SplitRatios { train: 50.0, validation: 25.0, test: 25.0 };
    SplitOptions { ratios, seed: 7, freeze_test, group: None }
}

fn splits(core: &Core) -> Vec<Split> {
    core.images().iter().map(|image| image.split).collect()
}

/// Works out and applies.
fn divide(core: &mut Core, options: SplitOptions) {
    send(core, ProjectCommand::PlanSplit(options)).unwrap();
    send(core, ProjectCommand::ApplySplit).unwrap();
}

#[test]
fn a_division_is_shown_before_it_is_applied_survives_and_is_taken_back() {
    let small = small(40);
    let mut core = small.open();
    let was = splits(&core);
    send(&mut core, ProjectCommand::PlanSplit(options(false))).unwrap();
    let plan = core.view().data.plan.clone().unwrap();
    assert_eq!(splits(&core), was, "nothing moves before it is applied");
    assert_eq!(plan.after, [[10, 5, 5], [10, 5, 5], [0, 0, 0]]);
    assert!(plan.test_changes && plan.invalidated.is_empty());
    send(&mut core, ProjectCommand::ApplySplit).unwrap();
    assert_eq!(core.view().counts.splits, [20, 10, 10]);
    assert_eq!(core.view().data.plan, None);
    drop(core);
    let mut core = small.open();
    let line = &core.view().data.history[0];
    assert_eq!((line.what.as_str(), line.moved, line.undoable), ("50/25/25, seed 7", plan.moves.len(), true));
    send(&mut core, ProjectCommand::UndoSplit).unwrap();
    assert_eq!(splits(&core), was);
    assert_eq!(core.view().rows.iter().map(|row| row.split).collect::<Vec<_>>(), was);
    assert!(send(&mut core, ProjectCommand::UndoSplit).is_err());
    assert!(send(&mut core, ProjectCommand::ApplySplit).is_err());
}

#[test]
fn a_frozen_test_split_keeps_its_images_and_groups_never_lie_in_two() {
    let small = small(40);
    let mut core = small.open();
    let test: HashSet<_> = core.images().iter().filter(|i| i.split == Split::Test).map(|i| i.id).collect();
    divide(&mut core, options(true));
    let now: HashSet<_> = core.images().iter().filter(|i| i.split == Split::Test).map(|i| i.id).collect();
    assert_eq!(now, test);
    // Groups by the first digit of the name: some had images in the test split, and all of them go there.
    send(&mut core, ProjectCommand::PlanSplit(SplitOptions { group: Some("img([0-9])".into()), ..options(true) }))
        .unwrap();
    let plan = core.view().data.plan.clone().unwrap();
    let joining = plan.moves.iter().filter(|m| m.to == Split::Test).count();
    assert!(joining > 0 && plan.joins_test == joining, "groups that straddle join the frozen split, which is said");
    divide(&mut core, SplitOptions { group: Some("img([0-9])".into()), ..options(true) });
    let mut of_group: HashMap<String, Split> = HashMap::new();
    for image in core.images() {
        let group = image.group.clone().unwrap();
        assert_eq!(*of_group.entry(group).or_insert(image.split), image.split, "{}", image.name);
        assert!(image.split == Split::Test || !test.contains(&image.id));
    }
    assert_eq!(of_group.len(), 10);
    let wrong = ProjectCommand::PlanSplit(SplitOptions { group: Some("[".into()), ..options(false) });
    assert!(send(&mut core, wrong).unwrap_err().to_string().contains("regular expression"));
}

#[test]
fn a_model_that_saw_what_becomes_a_test_image_is_named() {
    let small = small(20);
    let mut core = small.open();
    send(&mut core, ProjectCommand::Train(Box::new(tiny()))).unwrap();
    let was: Vec<_> = core.images().iter().map(|i| (i.id, i.split)).collect();
    send(&mut core, ProjectCommand::PlanSplit(SplitOptions { seed: 3, ..options(false) })).unwrap();
    let plan = core.view().data.plan.clone().unwrap();
    let seen = plan.moves.iter().filter(|m| m.to == Split::Test).count();
    assert!(seen > 0, "the seed moves something into the test split");
    assert_eq!(plan.invalidated.iter().map(|i| i.images).collect::<Vec<_>>(), [seen]);
    assert!(core.view().comparison.is_some());
    send(&mut core, ProjectCommand::ApplySplit).unwrap();
    assert!(core.view().comparison.is_none(), "figures of another test split are not shown");
    assert!(core.take_notices().iter().any(|(_, text)| text.contains("no longer count")));
    // What the model saw is known by its time, also after further changes.
    send(&mut core, ProjectCommand::PlanSplit(SplitOptions { seed: 3, ..options(false) })).unwrap();
    let plan = core.view().data.plan.clone().unwrap();
    assert!(plan.moves.is_empty());
    assert_eq!(plan.invalidated[0].images, seen);
    send(&mut core, ProjectCommand::UndoSplit).unwrap();
    assert_eq!(core.images().iter().map(|i| (i.id, i.split)).collect::<Vec<_>>(), was);
    send(&mut core, ProjectCommand::PlanSplit(options(true))).unwrap();
    assert!(core.view().data.plan.clone().unwrap().invalidated.is_empty());
}

#[test]
fn keeping_one_leaves_the_others_out_and_one_undo_brings_them_back() {
    let small = small(12);
    let mut core = small.open();
    let ids = &small.ids;
    send(&mut core, annotate(ids[3], Edit::Label(Some(1)))).unwrap();
    let before = core.annotations().to_vec();
    let sets = vec![vec![ids[1], ids[3], ids[5]], vec![ids[0], ids[2]]];
    send(&mut core, ProjectCommand::KeepOne(sets.clone())).unwrap();
    let left_out: Vec<usize> =
        (0..12).filter(|&at| core.annotations()[at].label.is_none() && core.annotations()[at].flagged).collect();
    // The reviewed one stays; of the others the first.
    assert_eq!(left_out, [1, 2, 5]);
    assert_eq!(core.view().counts.labelled, 9);
    assert!(send(&mut core, ProjectCommand::KeepOne(sets)).is_err(), "there is nothing left to do");
    let after = core.annotations().to_vec();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.annotations(), before);
    assert_eq!(core.view().counts.labelled, 12);
    send(&mut core, ProjectCommand::Redo).unwrap();
    assert_eq!(core.annotations(), after);
    send(&mut core, ProjectCommand::Undo).unwrap();
    // The label from before goes alone.
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert!(!core.annotations()[3].reviewed);
    assert_eq!(core.store().verify_chain().unwrap().events, 12 + 1 + 6 + 6 + 6 + 6 + 1);
}

#[test]
fn keeping_one_takes_the_boxes_of_the_others_too() {
    let small = small(4);
    let mut core = small.open();
    let rect = |x: f64| Rect { xmin: x, ymin: 2.0, xmax: x + 8.0, ymax: 12.0 };
    for (id, boxes) in small.ids.iter().zip([0, 2, 1, 0]) {
        send(&mut core, annotate(*id, Edit::Label(None))).unwrap();
        let drawn = (0..boxes).map(|n| (n, rect(n as f64 * 10.0))).collect();
        send(&mut core, annotate(*id, Edit::DrawBoxes(drawn))).unwrap();
    }
    // Looked at and nothing found: without this it would be a sample without a box.
    send(&mut core, annotate(small.ids[3], Edit::NothingHere)).unwrap();
    let known = |core: &Core| {
        let of = |a: &Annotation| (a.boxes.len(), a.boxes_known(&core.view().classes));
        core.annotations().iter().map(of).collect::<Vec<_>>()
    };
    let before = known(&core);
    assert_eq!(before, [(0, false), (2, true), (1, true), (0, true)]);
    send(&mut core, ProjectCommand::KeepOne(vec![small.ids[..3].to_vec()])).unwrap();
    assert_eq!(known(&core), [(0, false), (2, true), (0, false), (0, true)], "the first that has boxes stays");
    assert_eq!(core.annotations().iter().filter(|a| a.flagged).count(), 2);
    send(&mut core, ProjectCommand::KeepOne(vec![vec![small.ids[1], small.ids[3]]])).unwrap();
    assert_eq!(
        known(&core),
        [(0, false), (2, true), (0, false), (0, false)],
        "both are a reader's word, one has boxes"
    );
    send(&mut core, ProjectCommand::Undo).unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(known(&core), before);
}

#[test]
fn moving_together_takes_the_whole_group_to_where_training_is() {
    let small = small(40);
    let mut core = small.open();
    let test = core.images().iter().position(|i| i.split == Split::Test).unwrap();
    let train = core.images().iter().position(|i| i.split == Split::Train).unwrap();
    let (a, b) = (core.images()[train].id, core.images()[test].id);
    send(&mut core, ProjectCommand::MoveTogether(vec![vec![a, b]])).unwrap();
    assert_eq!(core.images()[test].split, Split::Train);
    assert!(send(&mut core, ProjectCommand::MoveTogether(vec![vec![a, b]])).is_err());
}

#[test]
fn the_data_are_looked_through_again_after_a_change_and_old_pictures_are_measured() {
    let small = small(20);
    let mut core = small.open();
    assert_eq!(core.view().data.state, DataState::Wanted);
    send(&mut core, ProjectCommand::Analyse).unwrap();
    let found = core.view().data.analysis.clone().unwrap();
    assert_eq!((found.images, found.unmeasured, core.view().data.state.clone()), (20, 20, DataState::Done));
    send(&mut core, ProjectCommand::Measure).unwrap();
    assert_eq!(core.view().data.state, DataState::Wanted);
    send(&mut core, ProjectCommand::Analyse).unwrap();
    let found = core.view().data.analysis.clone().unwrap();
    assert_eq!(found.unmeasured, 0);
    // Dark and bright pictures differ in nothing else.
    assert_eq!(found.shortcuts.iter().map(|s| s.attribute.as_str()).collect::<Vec<_>>(), ["mean brightness"]);
    assert!(send(&mut core, ProjectCommand::Measure).is_err());
    send(&mut core, annotate(small.ids[0], Edit::Flag(true))).unwrap();
    assert_eq!(core.view().data.state, DataState::Wanted);
}

#[test]
fn who_compares_a_model_on_images_it_has_seen_is_warned() {
    let small = small(20);
    let mut core = small.open();
    send(&mut core, ProjectCommand::Train(Box::new(tiny()))).unwrap();
    let model = core.models()[0].id;
    let compare = ProjectCommand::Compare { candidate: model, active: None };
    let told = |core: &mut Core| -> Vec<String> {
        core.take_notices().into_iter().map(|(_, text)| text).filter(|text| text.contains("trained on")).collect()
    };
    send(&mut core, compare.clone()).unwrap();
    assert_eq!((told(&mut core), seen_of_test(core.store(), model).unwrap()), (vec![], None));
    let (image, from) = core.images().iter().map(|i| (i.id, i.split)).find(|(_, s)| *s == Split::Train).unwrap();
    let moved = SplitMove { image, from, to: Split::Test };
    let plan = SplitPlan { what: "by hand".into(), moves: vec![moved], ..SplitPlan::default() };
    core.apply_split(&plan).unwrap();
    core.take_notices();
    send(&mut core, compare).unwrap();
    assert_eq!(seen_of_test(core.store(), model).unwrap(), Some(1));
    assert_eq!(told(&mut core).len(), 1);
}
