//! Whether figures say that the test images they were made of are others now.

use crate::domain::{
    BoxId, ClassificationReport, DetectionReport, ImageId, ModelCard, ModelId, Rect, Split, SplitMove,
};
use crate::session::project::core::Core;
use crate::session::project::yardstick::changed_since;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::test_changes::TestChanges;
use crate::session::test_project::{Small, add_detector, annotate, send, small, tiny};
use crate::store::NewModel;

/// A model that tells classes apart, judged now.
fn judged(core: &mut Core) -> ModelId {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "weights").unwrap();
    let recipe = tiny();
    let card = ModelCard {
        format: ModelCard::FORMAT,
        name: "tiny".into(),
        architecture: recipe.architecture.clone(),
        classes: core.view().classes.as_ref().clone(),
        preprocessing: recipe.preprocessing.clone(),
        recipe: Some(recipe),
        head: None,
        data_digest: String::new(),
        threshold: None,
        decided: None,
        created_ms: 0,
    };
    let new = NewModel { card: &card, file: file.path(), parent: None, run: None };
    let model = core.store.add_model(&new).unwrap().id;
    judge(core, model);
    model
}

fn judge(core: &mut Core, model: ModelId) {
    core.store.set_test_report(model, &ClassificationReport { images: 4, ..Default::default() }).unwrap();
    core.read_models().unwrap();
}

/// What the window shows, which must be what the command line reads from disk.
fn shown(core: &Core, model: ModelId) -> Option<String> {
    let row = core.view().models.iter().find(|row| row.record.id == model).unwrap();
    let on_disk = changed_since(core.store()).unwrap();
    assert_eq!(on_disk.get(&model), Some(&row.since));
    row.since.in_words()
}

fn test_images(project: &Small, core: &Core) -> Vec<ImageId> {
    let tests = core.images().iter().filter(|image| image.split == Split::Test).map(|image| image.id);
    let tests: Vec<ImageId> = tests.collect();
    assert!(tests.len() >= 4 && tests.len() < project.ids.len());
    tests
}

#[test]
fn labels_of_test_images_given_since_are_counted_until_it_is_judged_anew() {
    let project = small(20);
    let mut core = project.open();
    let tests = test_images(&project, &core);
    // Said before: no part of it.
    send(&mut core, annotate(tests[3], Edit::Label(None))).unwrap();
    let model = judged(&mut core);
    assert_eq!(shown(&core, model), None);
    let labelled = |core: &Core, id: ImageId| core.view().rows.iter().find(|row| row.id == id).unwrap().label;
    let other = |core: &Core, id: ImageId| Some(1 - usize::from(labelled(core, id).unwrap()));
    // Train images, notes and confirming a label do not move it.
    let change = other(&core, project.ids[0]);
    send(&mut core, annotate(project.ids[0], Edit::Label(change))).unwrap();
    send(&mut core, annotate(tests[0], Edit::Note("?".into()))).unwrap();
    let same = labelled(&core, tests[0]).map(usize::from);
    send(&mut core, annotate(tests[0], Edit::Label(same))).unwrap();
    send(
        &mut core,
        annotate(tests[0], Edit::DrawBox { class: 0, rect: Rect { xmin: 1.0, ymin: 1.0, xmax: 5.0, ymax: 5.0 } }),
    )
    .unwrap();
    assert_eq!(shown(&core, model), None);

    let change = other(&core, tests[0]);
    send(&mut core, annotate(tests[0], Edit::Label(change))).unwrap();
    assert_eq!(shown(&core, model).as_deref(), Some("1 test label changed since"));
    let change = other(&core, tests[1]);
    send(&mut core, annotate(tests[1], Edit::Label(change))).unwrap();
    send(&mut core, annotate(tests[3], Edit::Label(Some(1)))).unwrap();
    assert_eq!(shown(&core, model).as_deref(), Some("3 test labels changed since"), "the first label counts");
    drop(core);
    let mut core = project.open();
    assert_eq!(shown(&core, model).as_deref(), Some("3 test labels changed since"), "after a restart");
    assert!(core.model_card(model).unwrap().contains("**3 test labels changed since**"));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(shown(&core, model).as_deref(), Some("2 test labels changed since"), "as it was is no change");
    judge(&mut core, model);
    assert_eq!(shown(&core, model), None);
    assert!(!core.model_card(model).unwrap().contains("changed since"));
}

#[test]
fn of_a_model_that_draws_boxes_the_boxes_count() {
    let project = small(20);
    let mut core = project.open();
    let tests = test_images(&project, &core);
    let model = add_detector(&mut core, "boxes", 0.5, 0);
    let detection = Some(DetectionReport::default());
    core.store.set_test_report(model, &ClassificationReport { detection, ..Default::default() }).unwrap();
    core.read_models().unwrap();
    send(&mut core, annotate(tests[0], Edit::Label(Some(1)))).unwrap();
    assert_eq!(shown(&core, model), None, "a class alone says nothing about boxes");
    let rect = Rect { xmin: 1.0, ymin: 1.0, xmax: 5.0, ymax: 5.0 };
    send(&mut core, annotate(tests[0], Edit::DrawBox { class: 0, rect })).unwrap();
    assert_eq!(shown(&core, model).as_deref(), Some("boxes of 1 test image changed since"));
    let id: BoxId = core.store().annotation(tests[0]).unwrap().boxes[0].id;
    send(&mut core, annotate(tests[0], Edit::DeleteBox { id })).unwrap();
    assert_eq!(shown(&core, model), None, "as it was");
    send(&mut core, annotate(tests[0], Edit::NothingHere)).unwrap();
    let said = shown(&core, model);
    assert_eq!(said.as_deref(), Some("boxes of 1 test image changed since"), "now it is known that there is none");
}

#[test]
fn images_moved_into_the_test_split_or_out_of_it_count() {
    let project = small(20);
    let mut core = project.open();
    let tests = test_images(&project, &core);
    let model = judged(&mut core);
    let train = core.images().iter().find(|image| image.split == Split::Train).unwrap().id;
    let moves = [
        SplitMove { image: tests[0], from: Split::Test, to: Split::Train },
        SplitMove { image: train, from: Split::Train, to: Split::Test },
    ];
    let plan =
        crate::session::protocol::splits::SplitPlan { moves: moves.to_vec(), test_changes: true, ..Default::default() };
    core.apply_split(&plan).unwrap();
    assert_eq!(shown(&core, model).as_deref(), Some("2 images moved in or out of the test split since"));
    send(&mut core, annotate(tests[1], Edit::Label(None))).unwrap();
    let both = "1 test label changed, 2 images moved in or out of the test split since";
    assert_eq!(shown(&core, model).as_deref(), Some(both));
    drop(core);
    let mut core = project.open();
    assert_eq!(shown(&core, model).as_deref(), Some(both));
    assert!(core.view().data.history[0].touches_test);
    core.undo_split().unwrap();
    assert_eq!(shown(&core, model).as_deref(), Some("1 test label changed since"));
    assert_eq!(TestChanges::default().in_words(), None);
}

#[test]
fn the_queue_begins_with_what_is_work_in_the_order_of_file_names() {
    let project = small(20);
    let core = project.open();
    let names: Vec<&str> =
        core.view().queue.iter().map(|&row| core.view().rows[row as usize].name.rsplit('/').next().unwrap()).collect();
    assert_eq!(names[..4], ["img0.png", "img1.png", "img2.png", "img3.png"], "whatever folder they lie in");
    let splits: Vec<Split> = core.view().queue.iter().map(|&row| core.view().rows[row as usize].split).collect();
    assert!(splits.is_sorted_by_key(|split| *split == Split::Test), "test images come last");
}
