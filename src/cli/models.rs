//! `overread models`: the registry of a project.

mod import;

use super::output::Output;
use super::project::{self, ProjectArg};
use crate::domain::{Architecture, ClassificationReport, ModelRecord};
use crate::nn::Compute;
use crate::session::{Core, Order, TestChanges, changed_since};
use anyhow::Result;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Every model with its figures, the oldest first.
    List {
        #[command(flatten)]
        project: ProjectArg,
        /// Print one JSON object a model.
        #[arg(long)]
        json: bool,
    },
    /// Everything about one model, its recipe included, as JSON.
    Show {
        /// The model's number or name.
        model: String,
        #[command(flatten)]
        project: ProjectArg,
    },
    /// Copy a model's weight file out, or write it as ONNX for other programs.
    Export {
        /// The model's number or name.
        model: String,
        #[command(flatten)]
        project: ProjectArg,
        /// The .safetensors or .onnx file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The file's form; that of its name if not given. ONNX is written in operator set 17, with what happens to a
        /// picture before the network in its metadata.
        #[arg(long, value_enum)]
        format: Option<Format>,
    },
    /// Write what a model is, what it learned from and how it does, as Markdown.
    Card {
        /// The model's number or name.
        model: String,
        #[command(flatten)]
        project: ProjectArg,
        /// The .md file to write; else standard output.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Make a model the active one and predict every image with it.
    Promote {
        /// The model's number or name.
        model: String,
        #[command(flatten)]
        project: ProjectArg,
    },
    /// Register a weight file: one that Overread wrote, or a checkpoint of PyTorch with the tensor names of torchvision or
    /// timm.
    Import(Box<import::Args>),
}

/// The form in which a model leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Safetensors,
    Onnx,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    match &args.what {
        What::List { project, json } => list(project, Output::new(*json)),
        What::Show { model, project } => {
            let record = project::model(&project.read()?, model)?;
            super::output::line(&serde_json::to_string_pretty(&record)?)
        }
        What::Export { model, project, out, format } => {
            let store = project.read()?;
            let id = project::model(&store, model)?.id;
            drop(store);
            let core = Core::open_to_look(&project.project)?;
            let named_onnx = out.extension().is_some_and(|end| end.eq_ignore_ascii_case("onnx"));
            match format.unwrap_or(if named_onnx { Format::Onnx } else { Format::Safetensors }) {
                Format::Safetensors => core.export_model(id, out)?,
                Format::Onnx => {
                    core.export_onnx(id, out)?;
                    let opset = crate::inference::onnx::OPSET;
                    let written = format!("{model} written to {} as ONNX, operator set {opset}", out.display());
                    super::output::line(&written)?;
                    let card = &core.find_model(model)?.card;
                    let pictures = match &card.architecture {
                        Architecture::Classifier(_) => "any number of pictures",
                        Architecture::Detector(_) => "one picture at a time",
                    };
                    let prepared = card.preprocessing.sentence();
                    return super::output::line(&format!("its input: {pictures}; {prepared}"));
                }
            }
            super::output::line(&format!("{model} written to {}", out.display()))
        }
        What::Card { model, project, out } => {
            let core = Core::open_to_look(&project.project)?;
            let id = core.find_model(model)?.id;
            match out {
                None => super::output::line(core.model_card(id)?.trim_end()),
                Some(out) => {
                    core.write_model_card(id, out)?;
                    super::output::line(&format!("the card of {model} was written to {}", out.display()))
                }
            }
        }
        What::Promote { model, project } => promote(&project.project, model),
        What::Import(args) => import::run(args),
    }
}

fn list(project: &ProjectArg, out: Output) -> Result<()> {
    let store = project.read()?;
    let models = store.models()?;
    let since = changed_since(&store)?;
    for model in &models {
        let problem = store.model_file_problem(model)?;
        let since = since.get(&model.id).copied().unwrap_or_default();
        out.json(&row(model, problem.as_deref(), since))?;
        let mut test = model.test.as_ref().map_or_else(String::new, figure);
        if let Some(since) = since.in_words() {
            test.push_str(&format!(" ({since})"));
        }
        let state = if model.active { "active" } else { status(model) };
        let problem = problem.map_or(String::new(), |why| format!("; {why}"));
        out.text(format!(
            "{:>3}  {} ({}), {state}{test}{problem}",
            model.id,
            model.card.name,
            model.card.architecture.name()
        ))?;
    }
    if models.is_empty() {
        out.text("no model yet: `overread train` makes one")?;
    }
    Ok(())
}

/// The figure that a line of the list has room for.
fn figure(test: &ClassificationReport) -> String {
    let map50 = test.detection.as_ref().and_then(|boxes| boxes.map50);
    let auroc = test.findings.as_ref().map(|findings| (findings.macro_auroc, findings.images));
    match (map50, auroc) {
        (Some(map50), _) => format!(", test mAP@0.5 {map50:.3} of {} images", test.images),
        (None, Some((Some(auroc), images))) => format!(", test mean AUROC {auroc:.3} of {images} images"),
        (None, Some((None, images))) => format!(", test mean AUROC not defined on {images} images"),
        (None, None) => format!(", test accuracy {:.1} % of {} images", 100.0 * test.accuracy, test.images),
    }
}

fn row(model: &ModelRecord, problem: Option<&str>, since: TestChanges) -> Value {
    json!({
        "id": model.id,
        "name": model.card.name,
        "arch": model.card.architecture.name(),
        "status": model.status,
        "active": model.active,
        "parent": model.parent,
        "run": model.run,
        "file": model.file,
        "data_digest": model.card.data_digest,
        "created_ms": model.card.created_ms,
        "test": model.test,
        "test_since": since,
        "problem": problem,
    })
}

fn status(model: &ModelRecord) -> &'static str {
    use crate::domain::ModelStatus::{Candidate, Discarded, Promoted};
    match model.status {
        Candidate => "candidate",
        Promoted => "previously active",
        Discarded => "discarded",
    }
}

fn promote(project: &Path, model: &str) -> Result<()> {
    let mut core = Core::open(project)?;
    let id = project::model(core.store(), model)?.id;
    let work = core.promote(id)?;
    let bar = super::progress::Bar::new("predicting", 0);
    core.perform(work, &Compute::parse("auto")?, &mut |report| {
        if let crate::session::Report::Progress { done, total, .. } = report {
            bar.at(*done, *total);
        }
        Order::Go
    })?;
    drop(bar);
    super::output::line(&format!("{model} is the active model"))
}
