//! Tests of maps are made on the images that are there, and what was found is kept.

use crate::domain::{MapMethod, Split};
use crate::explain::How;
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::project::map_testing::TestOn;
use crate::session::protocol::command::ProjectCommand;
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
    let command = ProjectCommand::TestMap { model, method: MapMethod::Occlusion };
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

    // Told to end, it says nothing.
    let mut core = core;
    let work = core.test_map(model, MapMethod::SmoothGrad.into(), on).unwrap();
    core.perform(vec![work], &compute, &mut |report| {
        assert!(matches!(report, Report::Progress { .. }), "{report:?}");
        Order::Cancel
    })
    .unwrap();
    assert_eq!(core.view().map_tests.len(), 2);
}
