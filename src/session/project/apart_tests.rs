//! Orders by how far readers and models are apart, and by the oldest word, over a project on disk.

use crate::domain::change::Seeing;
use crate::domain::{Change, Findings, ImageId, ModelId, Prediction, Rect};
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::queue::{Filter, Sort};
use crate::session::test_project::{add_model, annotate, send, small, tiny};

fn shown(core: &Core) -> Vec<u32> {
    (*core.view().queue).clone()
}

fn word(label: Option<usize>, boxes: &[f64]) -> Change {
    let at = |x: &f64| (0, Rect { xmin: *x, ymin: 0.0, xmax: x + 10.0, ymax: 10.0 });
    let boxes = boxes.iter().map(at).collect();
    Change::Reading {
        label,
        findings: Findings::default(),
        boxes,
        nothing_found: false,
        in_force: false,
        again: false,
        seeing: Seeing::InForce,
    }
}

#[test]
fn readers_that_differ_come_first_and_a_new_word_moves_the_next_queue() {
    let project = small(8);
    let mut core = project.open();
    let say = |core: &mut Core, reader: &str, image: usize, word: Change| {
        core.store.append(reader, project.ids[image], word, None, None, None).unwrap();
    };
    // 0: one reader alone. 2: three readers, one of them apart. 3: two that differ. 4: two that agree. 5: boxes half alike.
    for (image, reader, label) in [
        (0, "Ada", 0),
        (2, "Ada", 0),
        (2, "Ben", 0),
        (2, "Cem", 1),
        (3, "Ada", 0),
        (3, "Ben", 1),
        (4, "Ada", 1),
        (4, "Ben", 1),
    ] {
        say(&mut core, &format!("import:{reader}"), image, word(Some(label), &[]));
    }
    say(&mut core, "import:Ada", 5, word(None, &[0.0, 15.0]));
    say(&mut core, "import:Ben", 5, word(None, &[0.0]));
    assert!(core.view().rows.iter().all(|row| row.facts.readers_apart.is_none()), "nobody asked");
    send(&mut core, ProjectCommand::SetSort(Sort::ReadersApart)).unwrap();
    let apart: Vec<Option<f32>> = core.view().rows.iter().map(|row| row.facts.readers_apart).collect();
    let (two_of_three, third) = (Some(2.0 / 3.0), Some(1.0 / 3.0));
    assert_eq!(apart, [None, None, two_of_three, Some(1.0), Some(0.0), third, None, None]);
    assert_eq!(shown(&core)[..4], [3, 2, 5, 4]);
    // A person agrees with one of the two and differs from the other.
    core.set_reader("Dora").unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Label(Some(1)))).unwrap();
    assert_eq!(core.view().rows[0].facts.readers_apart, Some(1.0));
    send(&mut core, ProjectCommand::SetFilter(Filter::default())).unwrap();
    assert_eq!(shown(&core)[..3], [0, 3, 2]);
}

#[test]
fn the_oldest_word_comes_first_and_none_last() {
    let project = small(6);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    send(&mut core, ProjectCommand::SetSort(Sort::Oldest)).unwrap();
    for at in [4, 1] {
        send(&mut core, annotate(project.ids[at], Edit::Label(Some(1)))).unwrap();
    }
    send(&mut core, ProjectCommand::SetFilter(Filter::default())).unwrap();
    let times: Vec<Option<i64>> =
        shown(&core).iter().map(|at| core.view().rows[*at as usize].facts.said.as_ref().map(|(_, t)| *t)).collect();
    let known: Vec<i64> = times.iter().copied().flatten().collect();
    assert!(known.is_sorted(), "{times:?}");
    assert_eq!(times.iter().position(Option::is_none).unwrap_or(times.len()), known.len());
}

fn model(core: &mut Core, name: &str, said: &[(ImageId, f32)]) -> ModelId {
    let model = add_model(core, name, tiny().architecture, None, 0);
    let prediction = |(image, p): &(ImageId, f32)| Prediction {
        image: *image,
        model,
        logits: vec![p.ln(), (1.0 - p).ln()],
        probabilities: vec![*p, 1.0 - p],
        boxes: Vec::new(),
    };
    core.store.put_predictions(&said.iter().map(prediction).collect::<Vec<_>>()).unwrap();
    core.read_models().unwrap();
    model
}

fn activate(core: &mut Core, model: ModelId) {
    core.store.set_active("ada", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
}

#[test]
fn images_on_which_the_compared_models_are_furthest_apart_come_first() {
    let project = small(20);
    let mut core = project.open();
    let [a, b, c] = [0, 8, 9].map(|at| project.ids[at]);
    let old = model(&mut core, "old", &[(a, 0.9), (b, 0.9), (c, 0.2)]);
    let new = model(&mut core, "new", &[(a, 0.8), (b, 0.1)]);
    activate(&mut core, old);
    send(&mut core, ProjectCommand::SetSort(Sort::ModelsApart)).unwrap();
    assert!(core.view().rows.iter().all(|row| row.facts.models_apart.is_none()), "there is nothing to compare with");
    core.take_comparison(new, Some(old)).unwrap();
    send(&mut core, ProjectCommand::SetSort(Sort::ModelsApart)).unwrap();
    assert_eq!(shown(&core)[..2], [8, 0]);
    let apart = |at: usize| core.view().rows[at].facts.models_apart;
    assert!((apart(8).unwrap() - 0.8).abs() < 1e-6 && (apart(0).unwrap() - 0.1).abs() < 1e-6);
    assert_eq!(apart(9), None, "the other has not seen it");
}

#[test]
fn the_random_part_is_kept_with_the_order() {
    use crate::session::protocol::workplace::Workplace;
    let project = small(20);
    let mut core = project.open();
    let said: Vec<(ImageId, f32)> = (0..20).map(|at| (project.ids[at], 0.5 + at as f32 / 50.0)).collect();
    let only = model(&mut core, "only", &said);
    activate(&mut core, only);
    send(&mut core, ProjectCommand::SetSort(Sort::Uncertainty)).unwrap();
    let plain = shown(&core);
    send(&mut core, ProjectCommand::SetRandomArm(20)).unwrap();
    let mixed = shown(&core);
    assert_ne!(mixed, plain);
    assert_eq!(mixed[..4], plain[..4]);
    send(&mut core, ProjectCommand::SetRandomArm(0)).unwrap();
    assert_eq!(shown(&core), plain);
    core.take_workplace(Workplace { sort: Sort::Uncertainty, random_arm: 20, ..Workplace::default() });
    assert_eq!((core.view().random_arm, shown(&core)), (20, mixed));
}
