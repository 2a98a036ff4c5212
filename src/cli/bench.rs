//! `overread bench`: how many images a second a network takes on this machine.

use super::output::Output;
use crate::domain::Architecture;
use crate::inference;
use crate::nn::Compute;
use anyhow::{Result, bail};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is measured.
    #[arg(value_enum)]
    task: Task,
    /// The network: simple-cnn, resnet18 and so on; a name that is none gets the list of them.
    #[arg(long)]
    arch: String,
    /// Images that go through the network together.
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Side of the square images in pixels.
    #[arg(long, default_value_t = 224)]
    size: usize,
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
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    if args.batch == 0 || args.size < 8 {
        bail!("nothing can be measured with batches of {} and images of {} pixels", args.batch, args.size);
    }
    let architecture = architecture(&args.arch)?;
    let compute = Compute::parse(&args.device)?;
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
