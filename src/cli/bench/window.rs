//! What the window costs over a project: what is asked for, and the table of what came of it. The measuring is the window's.

use super::Args;
use crate::cli::output::Output;
use crate::session::protocol::timing::{Meanwhile, Timed, WindowFigures, WindowTrial};
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::time::Duration;

/// What is to be measured.
pub(super) fn asked(args: &Args) -> Result<WindowTrial> {
    let Some(project) = args.project.clone() else { bail!("say of which project: add --project NAME.overread") };
    if args.rounds == 0 {
        bail!("nothing is measured in no rounds");
    }
    let meanwhile = if args.training { Meanwhile::Training } else { Meanwhile::Nothing };
    Ok(WindowTrial {
        project,
        meanwhile,
        rounds: args.rounds,
        pause: Duration::from_millis(args.pause),
        json: args.json,
    })
}

/// Prints what was measured.
pub fn print(trial: &WindowTrial, figures: &WindowFigures) -> Result<()> {
    let out = Output::new(trial.json);
    let peak = super::peak_bytes();
    let meanwhile = match trial.meanwhile {
        Meanwhile::Nothing => "nothing",
        Meanwhile::Training => "training",
    };
    let all = Timed {
        what: "all frames".to_owned(),
        milliseconds: figures.frames.iter().flat_map(|timed| timed.milliseconds.clone()).collect(),
    };
    let several = |timed: &[Timed]| timed.iter().map(object).collect::<Vec<Value>>();
    out.json(&json!({
        "task": "window", "images": figures.images, "meanwhile": meanwhile,
        "threads": rayon::current_num_threads(), "peak_bytes": peak, "open": object(&figures.open),
        "answers": several(&figures.answers), "frames": several(&figures.frames), "all_frames": object(&all),
    }))?;
    out.text(format!("{} images; meanwhile {meanwhile}", figures.images))?;
    out.text(format!("{:<30} {:>6} {:>8} {:>8} {:>8}", "milliseconds", "times", "median", "p95", "longest"))?;
    for timed in std::iter::once(&figures.open).chain(&figures.answers).chain(&figures.frames).chain([&all]) {
        out.text(line(timed))?;
    }
    match peak {
        Some(bytes) => out.text(format!("most memory at once: {} MB", bytes / 1_000_000)),
        None => Ok(()),
    }
}

fn object(timed: &Timed) -> Value {
    let [median, p95, longest] = [0.5, 0.95, 1.0].map(|share| timed.quantile(share));
    json!({ "what": timed.what, "times": timed.milliseconds.len(), "median_ms": median, "p95_ms": p95, "longest_ms": longest })
}

fn line(timed: &Timed) -> String {
    let [median, p95, longest] = [0.5, 0.95, 1.0].map(|share| timed.quantile(share).unwrap_or_default());
    format!("{:<30} {:>6} {median:>8.2} {p95:>8.2} {longest:>8.2}", timed.what, timed.milliseconds.len())
}
