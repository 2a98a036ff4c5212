//! `overread sweep`: one recipe with many settings and seeds, one run after another; or the runs that are done already.

use super::output::Output;
use super::progress::Bar;
use crate::domain::Metric;
use crate::domain::sweep::{Setting, TrialRecord};
use crate::nn::Compute;
use crate::session::{Core, Order, Report, SweepRow, SweepView, value_text};
use crate::training::sweep::{self, Elsewhere};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The project folder, NAME.overread.
    #[arg(long, value_name = "DIR", required_unless_present = "logs")]
    project: Option<PathBuf>,
    /// A TOML file: the recipe, what of it differs, and the seeds. Asked for again, it goes on where it ended.
    #[arg(long, value_name = "FILE")]
    grid: Option<PathBuf>,
    /// What the sweep is called in the project; else the file's name. Without a file the runs of that sweep are shown.
    #[arg(long)]
    name: Option<String>,
    /// Show runs that another program logged: a folder of JSON files.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["project", "grid", "name"])]
    logs: Option<PathBuf>,
    /// The figure that tells the rows apart; else the sweep's own.
    #[arg(long, value_name = "FIGURE")]
    by: Option<String>,
    /// auto, cpu, cuda:N or metal.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print events and the table as one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    match (&args.logs, &args.project) {
        (Some(folder), _) => elsewhere(&sweep::read_elsewhere(folder)?, args.by.as_deref(), out),
        (None, Some(project)) => of_project(args, project, out),
        (None, None) => bail!("name the project: --project DIR, or a folder of logs: --logs DIR"),
    }
}

fn of_project(args: &Args, project: &Path, out: Output) -> Result<()> {
    let Some(grid) = &args.grid else {
        let core = Core::open_to_look(project)?;
        return match &args.name {
            Some(name) => show(&core, name, args.by.as_deref(), out),
            None => list(&core, out),
        };
    };
    let text = std::fs::read_to_string(grid).with_context(|| format!("{} cannot be read", grid.display()))?;
    let stem = || grid.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = args.name.clone().unwrap_or_else(stem);
    let compute = Compute::parse(&args.device)?;
    let mut core = Core::open(project)?;
    let before = core.models().len();
    let work = core.sweep(&name, &text, &compute)?;
    let sweep = core.sweep_view(&name)?;
    let (runs, done) = (sweep.runs, sweep.records.len());
    out.json(&json!({"event": "sweep", "sweep": name, "runs": runs, "done": done, "by": sweep.by.key()}))?;
    out.text(format!("{name}: {runs} runs of {}, {done} of them done", sweep.recipe))?;
    let interrupted = super::interrupt::pressed();
    let bar = Bar::new("epochs", 0);
    let mut failure = None;
    core.perform(vec![work], &compute, &mut |report| {
        let told = match report {
            Report::Progress { done, total, text } => {
                bar.at(*done, *total);
                bar.message(text.clone());
                Ok(())
            }
            Report::Trial(record) => tell(record, sweep.by, out),
            // A sweep tells of nothing else while it goes on; how it ends is told by what it returns.
            Report::FilesChecked { .. }
            | Report::Relinked { .. }
            | Report::Predicted { .. }
            | Report::Training { .. }
            | Report::Trained { .. }
            | Report::Comparable { .. }
            | Report::Judged { .. }
            | Report::Parted { .. }
            | Report::BoxesJudged { .. }
            | Report::BoxesParted { .. }
            | Report::BoxesApart { .. }
            | Report::AllJudged
            | Report::Recalled(_)
            | Report::Apart { .. }
            | Report::MapTested { .. }
            | Report::RobustnessMeasured { .. }
            | Report::ValidationReady(_)
            | Report::Reportable(_)
            | Report::Wrote { .. }
            | Report::ReportWritten { .. }
            | Report::Exported(_)
            | Report::Analysed { .. }
            | Report::NotAnalysed(_)
            | Report::ReadersCompared { .. }
            | Report::Adjudicable(_)
            | Report::Audited { .. }
            | Report::LogVerified(_)
            | Report::Measured { .. }
            | Report::FeaturesRead { .. }
            | Report::Refitted { .. }
            | Report::Ordered { .. }
            | Report::HeatPlaced { .. }
            | Report::SplitPlanned(_)
            | Report::Swept { .. }
            | Report::WeightsLookedAt(_)
            | Report::WeightsAdopted(_)
            | Report::Failed(_) => Ok(()),
        };
        if let Err(error) = told {
            failure.get_or_insert(error);
        }
        if failure.is_some() || interrupted.load(Ordering::Relaxed) { Order::Leave } else { Order::Go }
    })?;
    drop(bar);
    if let Some(failure) = failure {
        return Err(failure);
    }
    show(&core, &name, args.by.as_deref(), out)?;
    if let Some(model) = core.models().get(before..).and_then(<[_]>::last) {
        out.json(&json!({"event": "model", "model": model.card.name, "model_id": model.id}))?;
        out.text(format!("the best run's weights are the model {}; `overread evaluate` measures it", model.card.name))?;
    }
    Ok(())
}

/// A run that is done, as a line.
fn tell(record: &TrialRecord, by: Metric, out: Output) -> Result<()> {
    let mut object = serde_json::to_value(record)?;
    if let Some(fields) = object.as_object_mut() {
        fields.insert("event".to_owned(), json!("trial"));
        fields.remove("history");
    }
    out.json(&object)?;
    let settings: Vec<String> = record.trial.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let came = match (record.failure(), record.figures.get(by)) {
        (Some(why), _) => format!("failed: {why}"),
        (None, Some(value)) => format!("{} {value:.4}", by.words()),
        (None, None) => format!("{} is not defined", by.words()),
    };
    let (number, seed) = (record.trial.number, record.trial.seed);
    out.text(format!("run {number}: {} seed={seed}: {came} ({:.0} s)", settings.join(" "), record.seconds))
}

fn list(core: &Core, out: Output) -> Result<()> {
    let names = core.sweeps();
    out.json(&json!({"sweeps": names}))?;
    out.text(match names.as_slice() {
        [] => "the project has no sweep yet: begin one with --grid FILE".to_owned(),
        names => format!("sweeps: {}; show one with --name NAME", names.join(", ")),
    })
}

fn show(core: &Core, name: &str, by: Option<&str>, out: Output) -> Result<()> {
    let sweep = core.sweep_view(name)?;
    let by = match by {
        None => sweep.by,
        Some(word) => figure(word, &sweep)?,
    };
    let rows = sweep.rows(by);
    let objects: Vec<Value> = rows.iter().map(row_json).collect();
    out.json(&json!({
        "event": "table", "sweep": name, "by": by.key(), "runs": sweep.runs, "done": sweep.records.len(),
        "rows": objects, "remarks": sweep.remarks,
    }))?;
    if out.is_json() {
        return Ok(());
    }
    let others: Vec<Metric> = sweep.figures().filter(|metric| *metric != by).collect();
    let mut heads: Vec<String> = sweep.axes.iter().map(|axis| short(axis).to_owned()).collect();
    heads.push("runs".to_owned());
    if !sweep.axes.iter().any(|axis| axis == "epochs") {
        heads.push("epochs".to_owned());
    }
    heads.extend([format!("{} mean", by.head()), "SD".to_owned(), "least".to_owned(), "most".to_owned()]);
    heads.extend(others.iter().map(|metric| metric.head().to_owned()));
    let mut lines = vec![heads];
    for row in &rows {
        let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
        let spread = row.figures.get(by.key());
        let mut cells: Vec<String> = sweep.axes.iter().map(|axis| value_text(row.settings.get(axis))).collect();
        let failed = if row.failed > 0 { format!(" ({} failed)", row.failed) } else { String::new() };
        cells.push(format!("{}{failed}", row.runs));
        if !sweep.axes.iter().any(|axis| axis == "epochs") {
            cells.push(row.epochs.to_string());
        }
        cells.extend([figure(spread.map(|s| s.mean)), figure(spread.and_then(|s| s.deviation))]);
        cells.extend([figure(spread.map(|s| s.least)), figure(spread.map(|s| s.most))]);
        cells.extend(others.iter().map(|metric| figure(row.figures.get(metric.key()).map(|s| s.mean))));
        lines.push(cells);
    }
    if !rows.is_empty() {
        out.text(aligned(&lines))?;
    }
    sweep.remarks.iter().try_for_each(|remark| out.text(remark))
}

fn row_json(row: &SweepRow) -> Value {
    let figures: Map<String, Value> = row
        .figures
        .iter()
        .map(|(key, s)| {
            let value = json!({"runs": s.runs, "mean": s.mean, "sd": s.deviation, "least": s.least, "most": s.most});
            (key.clone(), value)
        })
        .collect();
    json!({
        "settings": row.settings, "runs": row.runs, "failed": row.failed, "epochs": row.epochs, "rung": row.rung,
        "seconds": row.seconds, "figures": figures,
    })
}

fn figure(word: &str, sweep: &SweepView) -> Result<Metric> {
    let wanted = word.replace('-', "_");
    let fits = |metric: &Metric| metric.key() == wanted || metric.key().strip_prefix("validation_") == Some(&wanted);
    sweep.figures().find(fits).with_context(|| {
        let known: Vec<String> = sweep.figures().map(Metric::in_recipes).collect();
        format!("there is no figure {word:?}; there are {}", known.join(", "))
    })
}

/// The last part of a setting's name.
fn short(axis: &str) -> &str {
    axis.rsplit('.').next().unwrap_or(axis)
}

/// Runs that another program logged, as they are: which of their figures is good when it is high is not known.
fn elsewhere(found: &Elsewhere, by: Option<&str>, out: Output) -> Result<()> {
    let mut settings: Vec<&String> = found.runs.iter().flat_map(|run| run.settings.keys()).collect();
    let mut figures: Vec<&String> = found.runs.iter().flat_map(|run| run.figures.keys()).collect();
    for names in [&mut settings, &mut figures] {
        names.sort();
        names.dedup();
    }
    let mut runs: Vec<_> = found.runs.iter().collect();
    if let Some(by) = by {
        if !figures.iter().any(|figure| *figure == by) {
            let known: Vec<&str> = figures.iter().map(|figure| figure.as_str()).collect();
            bail!("there is no figure {by:?}; there are {}", known.join(", "));
        }
        let low = by.contains("loss") || by.contains("error");
        let score = |value: Option<&f64>| value.map_or(f64::NEG_INFINITY, |value| if low { -value } else { *value });
        runs.sort_by(|a, b| score(b.figures.get(by)).total_cmp(&score(a.figures.get(by))));
    }
    let objects: Vec<Value> = runs
        .iter()
        .map(|run| json!({"run": run.name, "seed": run.seed, "settings": run.settings, "figures": run.figures}))
        .collect();
    out.json(&json!({"event": "table", "by": by, "rows": objects, "remarks": found.remarks}))?;
    if out.is_json() {
        return Ok(());
    }
    let heads = ["run".to_owned(), "seed".to_owned()].into_iter();
    let named = settings.iter().chain(&figures).map(|name| (*name).clone());
    let mut lines = vec![heads.chain(named).collect::<Vec<String>>()];
    for run in runs {
        let mut cells = vec![run.name.clone(), run.seed.map_or_else(|| "-".to_owned(), |seed| seed.to_string())];
        cells.extend(settings.iter().map(|key| run.settings.get(*key).map_or("-".to_owned(), Setting::to_string)));
        cells.extend(figures.iter().map(|key| run.figures.get(*key).map_or("-".to_owned(), |v| format!("{v:.4}"))));
        lines.push(cells);
    }
    out.text(aligned(&lines))?;
    found.remarks.iter().try_for_each(|remark| out.text(remark))
}

/// Columns as wide as their widest cell.
fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let text = |line: &Vec<String>| {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    lines.iter().map(text).collect::<Vec<_>>().join("\n")
}
