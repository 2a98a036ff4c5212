//! Sweeps read, drawn, halved and logged, and logs of other programs.

use super::*;
use crate::domain::sweep::{Setting, Settings, TrialEnd, TrialRecord};
use std::collections::BTreeSet;

fn sweep(text: &str) -> Result<Sweep, SweepError> {
    Sweep::parse(text, recipe::find)
}

/// A run that came to this.
fn record(trial: Trial, figure: Option<f64>) -> TrialRecord {
    TrialRecord {
        recipe: "demo-cnn".into(),
        trial,
        end: figure.map_or_else(|| TrialEnd::Failed { why: "no".into() }, |_| TrialEnd::Done { stopped: None }),
        figures: figure.map(|figure| (Metric::Auroc, Some(figure))).into_iter().collect(),
        best_epoch: figure.map(|_| 1),
        history: Vec::new(),
        data_digest: "00".into(),
        seconds: 2.0,
        program: String::new(),
    }
}

/// Does all runs, each with the figure that `came` says.
fn all(sweep: &Sweep, came: impl Fn(&Trial) -> Option<f64>) -> Vec<TrialRecord> {
    let mut records = Vec::new();
    while let Some(trial) = sweep.next(&records) {
        let figure = came(&trial);
        records.push(record(trial, figure));
    }
    records
}

const GRID: &str = "
recipe = 'demo-cnn'
seeds = [1, 2]
by = 'validation-auroc'
[settings]
batch = [16, 32]
'optimizer.learning_rate' = [0.001, 0.004, 0.016]
";

fn number(settings: &Settings, key: &str) -> f64 {
    match &settings[key] {
        Setting::Number(number) => *number,
        other => panic!("{other}"),
    }
}

#[test]
fn a_grid_is_every_combination_with_every_seed_and_goes_on_where_it_ended() {
    let sweep = sweep(GRID).unwrap();
    let records = all(&sweep, |_| Some(0.5));
    assert_eq!((records.len(), sweep.runs()), (12, 12));
    let order: Vec<(f64, f64, u64)> = records
        .iter()
        .map(|r| {
            let of = |key| number(&r.trial.settings, key);
            (of("batch"), of("optimizer.learning_rate"), r.trial.seed)
        })
        .collect();
    assert_eq!(order[..3], [(16.0, 0.001, 1), (16.0, 0.001, 2), (16.0, 0.004, 1)]);
    assert_eq!(order.iter().map(|o| format!("{o:?}")).collect::<BTreeSet<_>>().len(), 12, "each once");
    assert_eq!(records.iter().map(|r| r.trial.number).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    let missing: Vec<TrialRecord> = records.iter().filter(|r| r.trial.number != 5).cloned().collect();
    assert_eq!(sweep.next(&missing), Some(records[4].trial.clone()), "what is missing is what comes next");
    let recipe = sweep.recipe(&records[4].trial).unwrap();
    assert_eq!((recipe.batch, recipe.seed, recipe.best_by), (16, 1, Metric::Auroc));
    assert_eq!(recipe.optimizer.learning_rate(), 0.016);
    assert_eq!(sweep.epochs(), 12 * sweep.base().epochs);
}

#[test]
fn how_much_is_to_be_done_follows_the_epochs_that_the_settings_give() {
    let text = "recipe = 'demo-cnn'\nseeds = [1, 2, 3]\n[settings]\nepochs = [1, 5]\n";
    let sweep = sweep(text).unwrap();
    assert_eq!((sweep.runs(), sweep.epochs()), (6, 3 * (1 + 5)));
    let done: usize = all(&sweep, |_| Some(0.5)).iter().map(|record| record.trial.epochs).sum();
    assert_eq!(done, sweep.epochs(), "all of it is done at the end");
}

#[test]
fn drawn_settings_are_the_same_again_and_within_their_ranges() {
    let text = "
recipe = 'demo-cnn'
method = 'random'
draws = 40
draw_seed = 3
[settings]
batch = { from = 8, to = 64, whole = true }
'optimizer.learning_rate' = { from = 1e-5, to = 1e-1, log = true }
'schedule.kind' = ['constant', 'cosine']
";
    let records = all(&sweep(text).unwrap(), |_| Some(0.5));
    assert_eq!(records, all(&sweep(text).unwrap(), |_| Some(0.5)));
    assert_ne!(records, all(&sweep(&text.replace("draw_seed = 3", "draw_seed = 4")).unwrap(), |_| Some(0.5)));
    assert_eq!(records.len(), 40);
    let of = |key: &str| records.iter().map(|r| number(&r.trial.settings, key)).collect::<Vec<f64>>();
    assert!(of("batch").iter().all(|batch| batch.fract() == 0.0 && (8.0..=64.0).contains(batch)));
    let rates = of("optimizer.learning_rate");
    assert!(rates.iter().all(|rate| (1e-5..=1e-1).contains(rate)));
    let low = rates.iter().filter(|rate| **rate < 1e-3).count();
    assert!((12..=28).contains(&low), "half of the decades lie below: {low} of 40");
    let kinds: BTreeSet<String> = records.iter().map(|r| r.trial.settings["schedule.kind"].to_string()).collect();
    assert_eq!(kinds.len(), 2);
}

#[test]
fn halving_gives_the_better_third_three_times_the_epochs() {
    let text = "
recipe = 'demo-cnn'
method = 'halving'
draws = 9
seeds = [1, 2]
first_epochs = 2
by = 'validation-auroc'
[settings]
'optimizer.learning_rate' = { from = 1e-4, to = 1e-2 }
";
    let sweep = Sweep::parse(text, |name| Ok(Recipe { epochs: 12, ..recipe::find(name)? })).unwrap();
    // The higher the rate the better; one that fails with one seed is out.
    let failing = |trial: &Trial| trial.seed == 2 && number(&trial.settings, "optimizer.learning_rate") > 0.008;
    let records = all(&sweep, |t| (!failing(t)).then(|| number(&t.settings, "optimizer.learning_rate")));
    let of_rung = |rung| records.iter().filter(|r| r.trial.rung == rung).collect::<Vec<_>>();
    let shape: Vec<(usize, usize)> = (0..3).map(|rung| (of_rung(rung).len(), of_rung(rung)[0].trial.epochs)).collect();
    assert_eq!(shape, [(18, 2), (6, 6), (2, 12)], "runs and epochs of each rung");
    assert_eq!((sweep.runs(), sweep.epochs()), (26, 18 * 2 + 6 * 6 + 2 * 12));
    let best = of_rung(2)[0].trial.settings.clone();
    let rate = number(&best, "optimizer.learning_rate");
    let whole: Vec<f64> = of_rung(0)
        .iter()
        .filter(|r| !failing(&r.trial))
        .map(|r| number(&r.trial.settings, "optimizer.learning_rate"))
        .collect();
    assert_eq!(rate, whole.into_iter().filter(|rate| *rate <= 0.008).fold(0.0, f64::max));
    let rows = table(&records, Metric::Auroc.key(), false);
    assert_eq!((rows.len(), rows[0].settings.clone(), rows[0].epochs), (9, best, 12));
}

#[test]
fn a_sweep_that_cannot_be_done_is_refused_before_its_first_run() {
    for (change, with, says) in [
        ("batch = [16, 32]", "batch = [16, 0]", "batch"),
        ("batch = [16, 32]", "batches = [16]", "no such setting"),
        ("batch = [16, 32]", "batch = []", "empty list"),
        ("batch = [16, 32]", "batch = { from = 1, to = 4 }", "range"),
        ("seeds = [1, 2]", "seeds = [1, 1]", "different"),
        ("seeds = [1, 2]", "seeds = [1]\nseed = 3", "line 4"),
        ("seeds = [1, 2]", "draws = 3", "grid"),
        ("seeds = [1, 2]", "method = 'random'", "draws"),
        ("seeds = [1, 2]", "keep_one_of = 2", "halving"),
        ("validation-auroc", "validation-map50", "does not judge"),
        ("'demo-cnn'", "'demo-cnm'", "no recipe"),
        ("batch = [16, 32]", "seed = [1]", "seeds = "),
    ] {
        let error = sweep(&GRID.replace(change, with)).unwrap_err().to_string();
        assert!(error.contains(says), "{with}: {error}");
    }
}

#[test]
fn rows_hold_the_mean_and_the_spread_over_the_seeds() {
    let records: Vec<TrialRecord> = [(1, 0.70), (2, 0.80), (3, 0.96)]
        .map(|(seed, value)| {
            let trial = Trial { number: seed, rung: 0, settings: Settings::new(), seed: seed as u64, epochs: 3 };
            record(trial, Some(value))
        })
        .to_vec();
    let rows = table(&records, Metric::Auroc.key(), false);
    let spread = rows[0].figures[Metric::Auroc.key()];
    // numpy: mean 0.82, std(ddof=1) 0.13114877048604.
    assert!((spread.mean - 0.82).abs() < 1e-12 && (spread.deviation.unwrap() - 0.131_148_770_486_04).abs() < 1e-12);
    assert_eq!((spread.least, spread.most, rows[0].seconds), (0.70, 0.96, 6.0));
    assert_eq!(table(&records[..1], Metric::Auroc.key(), false)[0].figures[Metric::Auroc.key()].deviation, None);
}

#[test]
fn logs_are_written_and_read_and_a_damaged_one_is_named() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(read_records(&dir.path().join("none")).unwrap(), []);
    let sweep = sweep(GRID).unwrap();
    let records = all(&sweep, |t| (t.number != 3).then_some(0.25));
    for record in records.iter().rev() {
        write_record(dir.path(), record).unwrap();
    }
    assert_eq!(read_records(dir.path()).unwrap(), records);
    std::fs::write(dir.path().join("0007.json"), "{").unwrap();
    let error = read_records(dir.path()).unwrap_err().to_string();
    assert!(error.contains("0007.json") && error.contains("done again"), "{error}");
}

#[test]
fn logs_of_other_programs_are_read_as_they_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    // A run with its settings in a section and a list for each figure.
    write(
        "a.json",
        r#"{"config": {"lr": 0.001, "batch_size": 32, "seed": 7, "map_size": 3}, "history": {"train_loss": [0.9, 0.5], "val_acc": [0.5, 0.75]}, "best": {"valF1": 0.7}}"#,
    );
    // Epochs as objects, settings beside them.
    write(
        "b.json",
        r#"{"model": "resnet50", "lr": 0.01, "epochs": [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.4}]}"#,
    );
    // A list of runs.
    write("c.json", r#"[{"lr": 0.1, "auc": 0.6}, {"lr": 0.2, "auc": 0.8, "note": null}]"#);
    write("d.json", r#"{"lr": 1}"#);
    write("e.json", "no json");
    let found = read_elsewhere(dir.path()).unwrap();
    let names: Vec<&str> = found.runs.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c #1", "c #2"]);
    let [a, b, c, _] = found.runs.as_slice() else { panic!() };
    let figures = |run: &logs::RunElsewhere| {
        run.figures.iter().map(|(name, value)| (name.clone(), *value)).collect::<Vec<(String, f64)>>()
    };
    let expected = [("best.valF1", 0.7), ("history.train_loss", 0.5), ("history.val_acc", 0.75)];
    assert_eq!(figures(a), expected.map(|(name, value)| (name.to_owned(), value)));
    assert_eq!(a.seed, Some(7));
    let settings: Vec<&str> = a.settings.keys().map(String::as_str).collect();
    assert_eq!(settings, ["batch_size", "lr", "map_size"], "what stands among settings is one");
    assert_eq!(figures(b), [("loss".to_owned(), 0.4)]);
    assert_eq!(b.settings["model"], Setting::Text("resnet50".into()));
    assert_eq!(figures(c), [("auc".to_owned(), 0.6)]);
    assert!(found.remarks.iter().any(|remark| remark.contains("d.json") && remark.contains("e.json")));
    let empty = tempfile::tempdir().unwrap();
    assert!(read_elsewhere(empty.path()).unwrap_err().to_string().contains("no JSON"));
}
