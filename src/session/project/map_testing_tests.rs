//! Tests of maps are made on the images that are there, and what was found is kept.

use crate::domain::recipe::SimpleCnn;
use crate::domain::{MapMethod, Recipe, Rect, Split, map_layers};
use crate::explain::How;
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::project::map_testing::TestOn;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::task::{Order, Report};
use crate::session::test_project::{small, tiny};

#[test]
fn what_was_found_is_kept_in_the_project_and_the_last_of_a_method_stands() {
    let project = small(12);
    let mut core = Core::open(&project.project).unwrap();
    let compute = Compute::cpu();
    let work = core.apply(ProjectCommand::Train(Box::new(tiny())), &compute).unwrap();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    let model = core.models()[0].id;
    let refused = core.test_map(model, MapMethod::DRise.into(), core.usual_map_test()).unwrap_err().to_string();
    assert!(refused.contains("explains boxes"), "{refused}");
    let command = ProjectCommand::TestMap { model, method: MapMethod::Occlusion, layer: None };
    for _ in 0..2 {
        let work = core.apply(command.clone(), &compute).unwrap();
        core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    }
    let kept = core.view().map_tests.clone();
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].model, kept[0].test.method, kept[0].test.split),
        (model, MapMethod::Occlusion, Some(Split::Test))
    );
    assert!(kept[0].test.images > 0 && kept[0].test.pointing.is_none() && kept[0].test.tested_ms > 0);

    let on = TestOn { split: None, most: 5 };
    let how = How { seed: 3, ..MapMethod::Gradient.into() };
    let work = core.test_map(model, how, on).unwrap();
    core.perform(vec![work], &compute, &mut |_| Order::Go).unwrap();
    drop(core);
    let core = Core::open(&project.project).unwrap();
    let methods: Vec<(MapMethod, usize)> =
        core.view().map_tests.iter().map(|one| (one.test.method, one.test.images)).collect();
    assert_eq!(methods, [(MapMethod::Occlusion, kept[0].test.images), (MapMethod::Gradient, 5)]);

    // A box that a reader draws makes what was found old, and taking it back makes it good again.
    let mut core = core;
    let old = |core: &Core| core.view().map_tests.iter().map(|one| one.outdated).collect::<Vec<_>>();
    assert_eq!(old(&core), [false, false]);
    let test = core.images().iter().find(|image| image.split == Split::Train).unwrap().id;
    let edit = Edit::DrawBox { class: 0, rect: Rect { xmin: 1.0, ymin: 1.0, xmax: 9.0, ymax: 9.0 } };
    core.annotate(test, &edit, None, None).unwrap();
    assert_eq!(old(&core), [false, true], "only the one of all splits looked at this image");
    drop(core);
    let mut core = Core::open(&project.project).unwrap();
    assert_eq!(old(&core), [false, true], "also after opening it again");
    core.undo().unwrap();
    assert_eq!(old(&core), [false, false]);

    // Told to end, it says nothing.
    let work = core.test_map(model, MapMethod::SmoothGrad.into(), on).unwrap();
    core.perform(vec![work], &compute, &mut |report| {
        assert!(matches!(report, Report::Progress { .. }), "{report:?}");
        Order::Cancel
    })
    .unwrap();
    assert_eq!(core.view().map_tests.len(), 2);
}

#[test]
fn a_test_of_another_layer_stands_beside_that_of_the_last_which_has_one_name() {
    let project = small(12);
    let mut core = Core::open(&project.project).unwrap();
    let compute = Compute::cpu();
    let architecture =
        SimpleCnn { channels: vec![4, 4], batch_norm: false, hidden: 0, global_pooling: true, dropout: 0.0 };
    let recipe = Recipe { architecture: architecture.into(), ..tiny() };
    let work = core.apply(ProjectCommand::Train(Box::new(recipe)), &compute).unwrap();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    let (model, card) = (core.models()[0].id, core.models()[0].card.clone());
    let last = map_layers(&card.architecture, &card.preprocessing).len();
    assert!(last > 1);
    for layer in [Some(1), None, Some(last)] {
        let command = ProjectCommand::TestMap { model, method: MapMethod::GradCam, layer };
        let work = core.apply(command, &compute).unwrap();
        core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    }
    let layers: Vec<Option<usize>> = core.view().map_tests.iter().map(|one| one.test.layer).collect();
    assert_eq!(layers, [Some(1), None]);
}
