//! `overread train`: one run of a recipe, or the rest of one that was interrupted.

use super::output::Output;
use super::progress::Bar;
use super::project::ProjectArg;
use super::report::Figures;
use crate::domain::{AnswerKind, EpochRecord, Metric, ModelId, Recipe, RunId, Split};
use crate::nn::Compute;
use crate::session::{Core, Order, Places, Report, Work};
use crate::training::{TrainEvent, recipe};
use anyhow::{Context, Result, anyhow, bail};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// A recipe that comes with the program, or a TOML file.
    #[arg(long, value_name = "NAME|FILE", required_unless_present = "resume")]
    recipe: Option<String>,
    /// Changes one setting of the recipe, as in `epochs=3` or `optimizer.learning_rate=0.001`.
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "resume")]
    set: Vec<String>,
    /// Weights to start from instead of random ones: a .safetensors or .pth file, or a name of `overread weights list`.
    #[arg(long, value_name = "FILE|NAME", conflicts_with = "resume")]
    weights: Option<String>,
    /// auto, cpu, cuda:N or metal.
    #[arg(long, default_value = "auto")]
    device: String,
    /// The seed of everything random; else the recipe's.
    #[arg(long, conflicts_with = "resume")]
    seed: Option<u64>,
    /// Goes on with a run that was interrupted, by its number.
    #[arg(long, value_name = "RUN", conflicts_with = "recipe")]
    resume: Option<i64>,
    /// Leaves the test split unseen and prints the figures on the validation images: a threshold that is chosen before
    /// `overread evaluate` opens it can be shown to be fixed beforehand.
    #[arg(long)]
    keep_test_closed: bool,
    /// Print events and figures as one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let compute = Compute::parse(&args.device)?;
    let mut core = Core::open(&args.project.project)?;
    if args.keep_test_closed {
        core.keep_test_closed_now();
    }
    let work = match (args.resume, &args.recipe) {
        (Some(run), _) => core.resume(RunId(run), &compute)?,
        (None, Some(name)) => {
            let recipe = chosen(name, &args.set, args.seed)?;
            let weights =
                args.weights.as_ref().map(|w| Places::of_user().shelf().start_for(w, recipe.architecture.name()));
            core.train(recipe, weights.transpose()?, &compute)?
        }
        (None, None) => bail!("say which recipe: {}", known()),
    };
    let out = Output::new(args.json);
    let model = perform(&mut core, work, &compute, out)?;
    let split = if core.view().test_closed { Split::Validation } else { Split::Test };
    if let Some(work) = core.evaluate(model, split)? {
        core.perform(vec![work], &compute, &mut |_| Order::Go)?;
    }
    print_result(&core, model, split, out)
}

/// A recipe with its changes.
fn chosen(name: &str, changes: &[String], seed: Option<u64>) -> Result<Recipe> {
    let mut recipe = recipe::find(name)?;
    for change in changes {
        recipe::set(&mut recipe, change)?;
    }
    recipe.seed = seed.unwrap_or(recipe.seed);
    recipe::check(&recipe)?;
    Ok(recipe)
}

fn known() -> String {
    recipe::builtin().into_iter().map(|r| r.name).collect::<Vec<_>>().join(", ")
}

/// Trains, telling what happens, and returns the model that came of it.
pub fn perform(core: &mut Core, work: Work, compute: &Compute, out: Output) -> Result<ModelId> {
    let bar = Bar::new("training", 0);
    let mut run = None;
    let mut failure = None;
    core.perform(vec![work], compute, &mut |report| {
        let told = match report {
            Report::Training { run: of, event } => {
                if run.replace(*of).is_none() {
                    // First of all, so that whoever watches can resume the run by its number.
                    let told = out.json(&json!({"event": "run", "run": of}));
                    told.and_then(|()| tell(event, out, &bar))
                } else {
                    tell(event, out, &bar)
                }
            }
            Report::Trained { outcome, .. } => {
                outcome.as_ref().as_ref().map(|_| ()).map_err(|why| anyhow!(why.clone()))
            }
            _ => Ok(()),
        };
        match told {
            Ok(()) => Order::Go,
            Err(error) => {
                failure.get_or_insert(error);
                Order::Leave
            }
        }
    })?;
    drop(bar);
    if let Some(failure) = failure {
        return Err(failure);
    }
    let made = core.runs().iter().find(|r| Some(r.id) == run).and_then(|r| r.model);
    made.ok_or_else(|| anyhow!("the run ended without a model"))
}

fn tell(event: &TrainEvent, out: Output, bar: &Bar) -> Result<()> {
    match event {
        TrainEvent::Preparing { done, total } => {
            bar.at(*done, *total);
            bar.message("images prepared".to_owned());
            out.json(&json!({"event": "preparing", "done": done, "total": total}))
        }
        TrainEvent::Started { train, validation } => {
            out.json(&json!({"event": "started", "train": train, "validation": validation}))?;
            out.text(format!("training on {train} images, validating on {validation}"))
        }
        TrainEvent::Step { epoch, epochs, step, steps, loss, images_per_second, seconds_left } => {
            bar.at((epoch.saturating_sub(1)) * steps + step, epochs * steps);
            bar.message(format!("steps, {images_per_second:.0} images/s, {seconds_left:.0} s left"));
            out.json(&json!({
                "event": "step", "epoch": epoch, "epochs": epochs, "step": step, "steps": steps, "loss": loss,
                "images_per_second": images_per_second, "seconds_left": seconds_left,
            }))
        }
        TrainEvent::KeepingFeatures { done, total } => {
            bar.message(format!("steps; features of {done} of {total} images made"));
            out.json(&json!({"event": "features", "done": done, "total": total}))
        }
        TrainEvent::Validating { epoch, done, total } => {
            bar.message(format!("steps; {done} of {total} validation images looked at"));
            out.json(&json!({"event": "validating", "epoch": epoch, "done": done, "total": total}))
        }
        TrainEvent::Epoch(record) => {
            let mut object = serde_json::to_value(record)?;
            if let Some(fields) = object.as_object_mut() {
                fields.insert("event".to_owned(), json!("epoch"));
            }
            out.json(&object)?;
            if record.epoch == 1 {
                out.text(epoch_heads(record))?;
            }
            out.text(epoch_row(record))
        }
        TrainEvent::Log(text) => {
            out.json(&json!({"event": "log", "text": text}))?;
            out.text(text)
        }
    }
}

/// The figures of an epoch that the table of epochs shows, with their heads.
fn figures(e: &EpochRecord) -> Vec<(&'static str, Option<f64>)> {
    let mut figures = vec![("loss", Some(e.train_loss))];
    let boxes = !e.train_loss_parts.is_empty();
    if boxes {
        for (head, part) in [
            ("class", "classifier"),
            ("box", "box regression"),
            ("object", "objectness"),
            ("proposal", "proposal regression"),
        ] {
            figures.push((head, e.train_loss_parts.get(part).copied()));
        }
    } else {
        figures.push(("accuracy", Some(e.train_accuracy)));
    }
    let of_findings = [Metric::AveragePrecision, Metric::ExactMatch].iter().any(|m| e.validation.get(*m).is_some());
    let kind = match (boxes, of_findings) {
        (true, _) => AnswerKind::Boxes,
        (false, true) => AnswerKind::Findings,
        (false, false) => AnswerKind::Class,
    };
    figures.extend(Metric::of_kind(kind).map(|metric| (metric.head(), e.validation.get(metric))));
    figures
}

/// The heads of the table of epochs.
fn epoch_heads(e: &EpochRecord) -> String {
    let heads: String = figures(e).iter().map(|(head, _)| format!(" {head:>8}")).collect();
    format!("{:>6}{heads} {:>9} {:>8} {:>6}", "epoch", "rate", "images/s", "wait")
}

/// The figures of an epoch below [`epoch_heads`]; the best so far is marked.
fn epoch_row(e: &EpochRecord) -> String {
    let figures: String = figures(e)
        .iter()
        .map(|(_, value)| value.map_or_else(|| format!(" {:>8}", "-"), |value| format!(" {value:>8.4}")))
        .collect();
    let (rate, speed, wait) = (e.learning_rate, e.images_per_second, 100.0 * e.data_wait);
    let best = if e.best { " best so far" } else { "" };
    format!("{:>6}{figures} {rate:>9.2e} {speed:>8.1} {wait:>4.0} %{best}", e.epoch)
}

fn print_result(core: &Core, model: ModelId, split: Split, out: Output) -> Result<()> {
    let record = core.models().iter().find(|m| m.id == model).context("the model is not in the registry")?;
    let evaluation = core.evaluation(model, split)?;
    let mut extra = json!({"model_id": model, "file": record.file, "run": record.run, "left_out": evaluation.left_out});
    let run = record.run.and_then(|id| core.runs().iter().find(|r| r.id == id));
    if let (Some(run), Some(fields)) = (run, extra.as_object_mut()) {
        fields.insert("recipe".to_owned(), json!(run.recipe.name));
        fields.insert("epochs".to_owned(), json!(run.epochs.len()));
        if let Some(serde_json::Value::Object(facts)) = run.facts.as_ref().map(serde_json::to_value).transpose()? {
            fields.extend(facts);
        }
    }
    let name = &record.card.name;
    Figures { model: name, split: split.name(), report: &evaluation.report, extra }.print(out)?;
    if !record.active {
        let project = core.view().path.display();
        out.text(format!(
            "{name} is a candidate; `overread models promote {name} --project {project}` makes it active"
        ))?;
    }
    Ok(())
}
