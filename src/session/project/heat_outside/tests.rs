//! Where the heat lies beside boxes: of a model that was trained for a moment.

use super::*;
use crate::domain::{Presence, Rect};
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::row_findings::{RowFinding, RowFindings};
use crate::session::test_project::{add_detector, annotate, send, small, tiny};

#[test]
fn the_right_class_with_heat_outside_the_boxes_comes_first_and_what_was_made_is_kept() {
    let project = small(12);
    let mut core = project.open();
    let by_heat = || ProjectCommand::SetSort(Sort::HeatOutside);
    let why = send(&mut core, by_heat()).unwrap_err().to_string();
    assert!(why.contains("there is no model"), "{why}");
    send(&mut core, ProjectCommand::Train(Box::new(tiny()))).unwrap();
    let model = core.models()[0].id;
    send(&mut core, ProjectCommand::Promote(model)).unwrap();
    let why = send(&mut core, by_heat()).unwrap_err().to_string();
    assert!(why.contains("no image with boxes of a class that the model gives it"), "{why}");
    let right: Vec<ImageRow> = core.view().rows.iter().filter(|row| !right_classes(row).is_empty()).cloned().collect();
    let [whole, corner] = [&right[0], &right[1]].map(|row| (row.id, usize::from(row.label.unwrap())));
    let far = Rect { xmin: 0.0, ymin: 0.0, xmax: 2.0, ymax: 2.0 };
    let all = Rect { xmin: 0.0, ymin: 0.0, xmax: 32.0, ymax: 24.0 };
    for ((image, class), rect) in [(whole, all), (corner, far)] {
        send(&mut core, annotate(image, Edit::DrawBox { class, rect })).unwrap();
    }
    // A box of another class is no box of this one.
    let (other, class) = (right[2].id, 1 - usize::from(right[2].label.unwrap()));
    send(&mut core, annotate(other, Edit::DrawBox { class, rect: far })).unwrap();
    send(&mut core, by_heat()).unwrap();
    let share = |core: &Core, image: ImageId| core.view().rows[core.at[&image]].facts.heat_outside;
    assert_eq!((share(&core, whole.0), share(&core, other)), (Some(0.0), None));
    let outside = share(&core, corner.0).unwrap();
    assert!(outside > 0.5 && outside < 1.0, "{outside}");
    let first = |core: &Core| core.view().rows[core.view().queue[0] as usize].id;
    assert_eq!(first(&core), corner.0);

    // It is the formula: heat above zero of each pixel of the map, shared out over the image.
    let (model, picture) = (core.active_model().unwrap(), core.images()[core.at[&corner.0]].file());
    let classifier = Classifier::open(&model.file, &Compute::cpu()).unwrap();
    let how = How::from(MapMethod::GradCam);
    let map = class_map(&classifier, &imaging::read(&picture).unwrap(), corner.1, &how, &mut |_, _| true);
    let map = map.unwrap().unwrap();
    let (mut inside, mut sum) = (0.0, 0.0);
    for (x, y) in (0..320).flat_map(|x| (0..240).map(move |y| (f64::from(x) / 10.0 + 0.05, f64::from(y) / 10.0 + 0.05)))
    {
        let heat = map.heat_at(x, y);
        sum += heat;
        inside += if x < 2.0 && y < 2.0 { heat } else { 0.0 };
    }
    assert!((f64::from(outside) - (1.0 - inside / sum)).abs() < 2e-3, "{outside} {inside} {sum}");

    // Kept beside the predictions, also for the next start, and of a box that moved it is another.
    let kept = |core: &Core, model: &crate::domain::ModelRecord| {
        let digest = hash::sha256_file(&model.file).unwrap();
        core.store().heat_outside().read(model.id, &digest).len()
    };
    assert_eq!(kept(&core, core.active_model().unwrap()), 2);
    let id = core.annotations()[core.at[&corner.0]].boxes[0].id;
    send(&mut core, annotate(corner.0, Edit::ChangeBox { id, class: corner.1, rect: all })).unwrap();
    assert_eq!(share(&core, corner.0), None, "the box moved");
    send(&mut core, by_heat()).unwrap();
    assert_eq!((share(&core, corner.0), kept(&core, core.active_model().unwrap())), (Some(0.0), 3));

    // What is said while maps are being made: what comes of it is of the boxes before.
    core.want_heat(Sort::HeatOutside).unwrap();
    assert!(core.heat_work().unwrap().is_some());
    send(&mut core, annotate(corner.0, Edit::ChangeBox { id, class: corner.1, rect: far })).unwrap();
    core.take_heat(core.heat_outside.number, vec![(corner.0, 0.25), (whole.0, 0.5)]);
    assert_eq!((share(&core, corner.0), share(&core, whole.0)), (None, Some(0.5)));
    // Another threshold says other classes.
    core.refresh(crate::session::project::changed::Changed::Threshold).unwrap();
    assert_eq!(share(&core, whole.0), None);
    // A head's answers are not the model's, of which the map is.
    send(&mut core, by_heat()).unwrap();
    assert!(share(&core, whole.0).is_some());
    core.learn_while_labelling(true).unwrap();
    assert_eq!(share(&core, whole.0), None);
    let why = send(&mut core, by_heat()).unwrap_err().to_string();
    assert!(why.contains("Learn while you label"), "{why}");
}

#[test]
fn of_several_findings_the_share_furthest_outside_counts() {
    let project = small(2);
    let core = project.open();
    let file = project.dir.path().join("weights");
    std::fs::write(&file, "as good as any: no map has to be made").unwrap();
    let [first, second] = [0, 1].map(|at: usize| &core.images()[at]);
    let boxes =
        |class| vec![TrueBox { class, rect: Rect { xmin: 0.0, ymin: 0.0, xmax: 2.0, ymax: 2.0 }, crowd: false }];
    let case = |image: &crate::domain::ImageRecord, class| Case {
        image: image.id,
        file: image.file(),
        class,
        boxes: boxes(class),
        key: key(&image.sha256, image.frame, class, &boxes(class)).unwrap(),
    };
    let (model, kept) = (ModelId(1), core.store().heat_outside());
    let cases = vec![case(first, 0), case(first, 1), case(second, 0), case(second, 1)];
    let mut shares = Features::default();
    for (case, share) in cases.iter().zip([0.25, 0.75, 0.5, 0.125]) {
        shares.put(case.key, &[share]);
    }
    kept.write(model, &hash::sha256_file(&file).unwrap(), &shares).unwrap();
    let plan = HeatPlan { number: 1, model, name: "m".into(), file, cases, kept, keeps: true };
    let found = plan.outside(&Compute::cpu(), &|| Order::Go, &mut |_| {}).unwrap();
    assert_eq!(found, [(first.id, 0.75), (second.id, 0.5)]);
}

#[test]
fn a_finding_is_right_where_readers_and_model_see_it() {
    let one = |known, answered| RowFinding { known, answered: Some(answered), ..RowFinding::default() };
    let each = [
        one(Some(Presence::Present), true),
        one(Some(Presence::Absent), true),
        one(None, true),
        one(Some(Presence::Present), false),
        one(Some(Presence::Uncertain), true),
        one(Some(Presence::Present), true),
    ];
    let project = small(1);
    let mut row = project.open().view().rows[0].clone();
    row.findings = Some(RowFindings::new(each, false));
    assert_eq!(right_classes(&row), [0, 5]);
}

#[test]
fn a_detector_is_told_its_own_order_and_what_was_asked_before_is_not_heard() {
    let project = small(2);
    let mut core = project.open();
    let detector = add_detector(&mut core, "boxes", 0.5, 0);
    core.store.set_active("ann", Some(detector)).unwrap();
    core.refresh(crate::session::project::changed::Changed::ActiveModel).unwrap();
    let why = send(&mut core, ProjectCommand::SetSort(Sort::HeatOutside)).unwrap_err().to_string();
    assert!(why.contains("take the order \"Right class, wrong place\""), "{why}");
    let number = core.heat_outside.number;
    let share = |core: &Core| core.view().rows[0].facts.heat_outside;
    core.take_heat(number, vec![(project.ids[0], 0.5)]);
    assert_eq!(share(&core), Some(0.5));
    core.forget_heat();
    core.take_heat(number, vec![(project.ids[0], 0.5)]);
    assert_eq!(share(&core), None);
}
