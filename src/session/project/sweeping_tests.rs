//! Sweeps over a project: cut short and gone on with, one at a time, by the file they were begun with.

use crate::domain::sweep::TrialRecord;
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::protocol::task::{Order, Report};
use crate::session::test_project::small;

const FILE: &str = "
recipe = 'demo-cnn'
seeds = [1, 2]
by = 'validation-loss'
[settings]
epochs = [2]
'preprocessing.side' = [32]
'optimizer.learning_rate' = [0.001, 0.01]
";

/// Goes on with the sweep until so many reports of a kind have come, and leaves then as a closing window does.
fn go_on(core: &mut Core, leave: &dyn Fn(&Report) -> bool) -> Vec<TrialRecord> {
    let work = core.sweep("rates", FILE, &Compute::cpu()).unwrap();
    let mut left = false;
    core.perform(vec![work], &Compute::cpu(), &mut |report| {
        left |= leave(report);
        if left { Order::Leave } else { Order::Go }
    })
    .unwrap();
    core.sweep_view("rates").unwrap().records
}

/// A record without what the clock says.
fn timeless(records: &[TrialRecord]) -> Vec<TrialRecord> {
    let still = |record: &TrialRecord| TrialRecord { seconds: 0.0, history: Vec::new(), ..record.clone() };
    records.iter().map(still).collect()
}

#[test]
fn a_sweep_that_is_left_within_a_run_goes_on_and_comes_to_the_same() {
    let whole = small(20);
    let mut core = whole.open();
    let expected = go_on(&mut core, &|_| false);
    assert_eq!(expected.len(), 4);
    let candidate = core.models().last().unwrap();
    assert_eq!((core.models().len(), candidate.active), (1, false), "the best is a candidate");
    assert!(candidate.test.is_none(), "nobody asked for figures of the test images");
    let best = expected.iter().min_by(|a, b| {
        let loss = |r: &TrialRecord| r.figures.get(crate::domain::Metric::Loss).unwrap();
        loss(a).total_cmp(&loss(b))
    });
    let card = candidate.card.recipe.as_ref().unwrap();
    assert_eq!(Some(card.seed), best.map(|record| record.trial.seed));

    let cut = small(20);
    let mut core = cut.open();
    // Within the second run, after its first epoch.
    let within = |report: &Report| matches!(report, Report::Progress { text, .. } if text.starts_with("run 2 of 4, epoch 1 is done"));
    let records = go_on(&mut core, &within);
    assert_eq!(records.len(), 1);
    assert!(core.models().is_empty());
    drop(core);
    let mut core = cut.open();
    assert_eq!(core.view().sweeps.iter().map(|sweep| (sweep.records.len(), sweep.runs)).collect::<Vec<_>>(), [(1, 4)]);
    let records = go_on(&mut core, &|_| false);
    assert_eq!(timeless(&records), timeless(&expected), "as if it had never been left");
    assert_eq!(core.models().len(), 1);
    // Asked for once more there is nothing to do, and no second model.
    assert_eq!(go_on(&mut core, &|report| matches!(report, Report::Trial(_))), records);
    assert_eq!(core.models().len(), 1);
}

#[test]
fn one_sweep_at_a_time_and_each_by_its_own_file() {
    let project = small(20);
    let mut core = project.open();
    let work = core.sweep("rates", FILE, &Compute::cpu()).unwrap();
    let refused = |core: &mut Core, name: &str, text: &str| {
        core.sweep(name, text, &Compute::cpu()).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(refused(&mut core, "others", FILE).contains("a sweep is in progress"));
    drop(work);
    assert!(refused(&mut core, "rates", &FILE.replace("0.01]", "0.02]")).contains("another file"));
    assert!(refused(&mut core, "../rates", FILE).contains("names no sweep"));
    assert!(core.sweep_view("none").unwrap_err().to_string().contains("its sweeps: rates"));
    assert!(core.sweep("rates", FILE, &Compute::cpu()).is_ok(), "the same file goes on");
}
