//! `overread bench`: how many images a second a network takes on this machine, or how long a heat map or figures with
//! intervals, a head learned from kept features, or the window take.

mod head;
mod window;

pub use window::print as print_window;

use super::Next;
use super::output::Output;
use crate::domain::performance::FindingFigure;
use crate::domain::{Architecture, ClassList, MapMethod};
use crate::evaluation::bootstrap::Bootstrap;
use crate::evaluation::performance::{Judged, Truths, of_classes};
use crate::explain;
use crate::inference;
use crate::nn::Compute;
use anyhow::{Result, bail};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is measured.
    #[arg(value_enum)]
    task: Task,
    /// The network: simple-cnn, resnet18 and so on; a name that is none gets the list of them. Not for figures.
    #[arg(long)]
    arch: Option<String>,
    /// Made-up images that figures are of, or that a head learns from.
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    /// How often groups of them are drawn for the intervals.
    #[arg(long, value_name = "N", default_value_t = Bootstrap::default().draws)]
    draws: usize,
    /// How the map is made, of one that is measured.
    #[arg(long, value_name = "NAME", default_value = "grad-cam")]
    method: MapMethod,
    /// Images that go through the network together; not of a map.
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Side of the square images in pixels.
    #[arg(long, default_value_t = 224)]
    size: usize,
    /// Features of an image that a head learns from.
    #[arg(long, value_name = "N", default_value_t = 512)]
    features: usize,
    /// Classes of a head.
    #[arg(long, value_name = "N", default_value_t = 5)]
    classes: usize,
    /// The project that the window is measured over; a copy is made beside it for as long.
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Train a model meanwhile, of the window.
    #[arg(long)]
    training: bool,
    /// How often all is done in the window.
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
    /// How long a person waits between two keys, of the window, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 100)]
    pause: u64,
    /// auto, cpu, cuda:N or metal.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Task {
    /// Forward, backward and a move of the optimizer.
    Train,
    /// Forward only.
    Infer,
    /// The heat map of one image.
    Map,
    /// All figures of two classes with their intervals, of images in groups of two.
    Figures,
    /// The window over a copy of a project, driven without a screen: what opening it, filters, orders and frames take.
    Window,
    /// A last layer learned from invented features, and learned again after each of twenty corrections.
    Head,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Next> {
    match args.task {
        Task::Window => return Ok(Next::Measure(window::asked(args)?)),
        Task::Figures => figures(args)?,
        Task::Head => head::run(args)?,
        Task::Train | Task::Infer | Task::Map => network(args)?,
    }
    Ok(Next::Done)
}

/// What a network takes.
fn network(args: &Args) -> Result<()> {
    if args.batch == 0 || args.size < 8 {
        bail!("nothing can be measured with batches of {} and images of {} pixels", args.batch, args.size);
    }
    let Some(arch) = &args.arch else { bail!("say which network: add --arch") };
    let architecture = architecture(arch)?;
    let compute = Compute::parse(&args.device)?;
    if args.task == Task::Map {
        let measured = explain::map_time(&architecture, args.size, &args.method.into(), &compute)?;
        let (method, milliseconds) = (args.method.name(), measured.milliseconds);
        let out = Output::new(args.json);
        out.json(&json!({
            "task": "map", "method": method, "arch": architecture.name(), "size": args.size,
            "device": compute.describe(), "vectors": compute.vectors(), "threads": rayon::current_num_threads(),
            "milliseconds": milliseconds, "rounds": measured.rounds, "peak_bytes": peak_bytes(),
        }))?;
        return out.text(format!("{method} of {}: {milliseconds:.1} ms a map", architecture.name()));
    }
    let train = args.task == Task::Train;
    let measured = inference::throughput(&architecture, args.batch, args.size, train, &compute)?;
    let out = Output::new(args.json);
    let task = if train { "train" } else { "infer" };
    let (device, arch, speed) = (compute.describe(), architecture.name(), measured.images_per_second);
    out.json(&json!({
        "task": task, "arch": arch, "batch": args.batch, "size": args.size, "device": device,
        "vectors": compute.vectors(), "threads": rayon::current_num_threads(), "images_per_second": speed,
        "milliseconds": measured.milliseconds, "rounds": measured.rounds, "peak_bytes": peak_bytes(),
    }))?;
    let vectors =
        if compute.vectors().is_empty() { String::new() } else { format!(", vectors: {}", compute.vectors()) };
    out.text(format!("{arch} {task}: {speed:.1} images/s ({device}, batch {}{vectors})", args.batch))
}

/// Times the figures of invented images; `tests/reference/bench_figures.py` invents the same and has scikit-learn judge them.
fn figures(args: &Args) -> Result<()> {
    let images = args.images.unwrap_or(10_000);
    // Spread evenly, the same in any language.
    let even = |at: usize| f64::from((at as u32).wrapping_mul(2_654_435_761)) / 4_294_967_296.0;
    let truth: Vec<usize> = (0..images).map(|at| usize::from(even(at) < 0.3)).collect();
    let row = |(at, truth): (usize, &usize)| {
        let logit = 4.0 * even(at + 1_000_003) - 2.0 + if *truth == 1 { 0.8 } else { -0.8 };
        let p = (1.0 / (1.0 + (-logit).exp())) as f32;
        vec![1.0 - p, p]
    };
    let probabilities: Vec<Vec<f32>> = truth.iter().enumerate().map(row).collect();
    let groups: Vec<Option<String>> = (0..images).map(|at| Some((at / 2).to_string())).collect();
    let classes = ClassList::from_names(&["without", "with"], false)?;
    let of = Judged {
        truth: Truths::Classes(&truth),
        probabilities: &probabilities,
        groups: &groups,
        classes: &classes,
        thresholds: crate::domain::ClassThresholds::NONE,
    };
    let started = std::time::Instant::now();
    let performance = of_classes(of, Bootstrap { draws: args.draws, ..Bootstrap::default() });
    let seconds = started.elapsed().as_secs_f64();
    let area = performance.findings.last().and_then(|finding| finding.figure(FindingFigure::Auroc).cloned());
    let out = Output::new(args.json);
    out.json(&json!({
        "task": "figures", "images": images, "draws": args.draws, "threads": rayon::current_num_threads(),
        "seconds": seconds, "auroc": area,
    }))?;
    out.text(format!("figures of {images} images, {} draws: {seconds:.2} s", args.draws))
}

/// The most memory this process had at once, where the system tells (Linux).
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// A network by its name.
pub fn architecture(name: &str) -> Result<Architecture> {
    match Architecture::from_name(name) {
        Some(architecture) => Ok(architecture),
        None => bail!("there is no network {name:?}: use one of {}", Architecture::names()),
    }
}
