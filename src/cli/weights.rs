//! `overread weights`: pretrained weights that can be downloaded, and downloading them.

use super::output::Output;
use super::progress::Bar;
use crate::pretrained::{Downloaded, Going, Pretrained, Progress, Shelf};
use crate::session::Places;
use anyhow::Result;
use serde_json::json;
use std::time::{Duration, Instant};

/// How often progress is told.
const EVERY: Duration = Duration::from_millis(200);

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// What there is, how large, how it was made, under which licence, and what of it is here.
    List {
        /// Print one JSON object a file.
        #[arg(long)]
        json: bool,
    },
    /// Fetch files by name, on from where an earlier attempt stopped, and check them.
    Download {
        /// As in the list: resnet18.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// Print progress and results as one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Say where a downloaded file is, or in which folder they all are.
    Path {
        /// As in the list: resnet18.
        name: Option<String>,
    },
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let shelf = Places::of_user().shelf();
    match &args.what {
        What::List { json } => list(&shelf, Output::new(*json)),
        What::Download { names, json } => {
            // All names are looked up before the first byte is fetched.
            let wanted = names.iter().map(|name| shelf.find(name)).collect::<Result<Vec<_>, _>>()?;
            wanted.into_iter().try_for_each(|entry| download(&shelf, entry, Output::new(*json)))
        }
        What::Path { name: None } => super::output::line(&shelf.dir().display().to_string()),
        What::Path { name: Some(name) } => super::output::line(&shelf.resolve(name)?.display().to_string()),
    }
}

fn list(shelf: &Shelf, out: Output) -> Result<()> {
    for entry in shelf.entries() {
        let kept = shelf.kept(entry);
        let (state, bytes, file) = match &kept {
            Downloaded::Nothing => ("absent", 0, None),
            Downloaded::Part(bytes) => ("part", *bytes, None),
            Downloaded::Whole(file) => ("there", entry.bytes(), Some(file)),
        };
        out.json(&json!({
            "name": entry.name, "title": entry.title, "arch": entry.architecture, "url": entry.url,
            "bytes": entry.bytes(), "sha256_prefix": entry.sha256_prefix, "made_with": entry.made_with.describe(),
            "figures": entry.figures, "licence": entry.licence, "state": state, "bytes_here": bytes, "file": file,
        }))?;
        let state = match &kept {
            Downloaded::Nothing => format!("{}, not downloaded", entry.size()),
            Downloaded::Part(bytes) => format!("{}, {} MB of it downloaded", entry.size(), bytes / 1_000_000),
            Downloaded::Whole(file) => format!("{}, in {}", entry.size(), file.display()),
        };
        out.text(format!("{}  {}: {state}", entry.name, entry.title))?;
        out.text(format!("    {}; made with {}", entry.figures, entry.made_with.describe()))?;
        out.text(format!("    {}", entry.licence))?;
        out.text(format!("    {}", entry.url))?;
    }
    Ok(())
}

fn download(shelf: &Shelf, entry: &Pretrained, out: Output) -> Result<()> {
    let bar = Bar::new(&format!("downloading {}", entry.name), 0);
    let mut told = None::<Instant>;
    let mut begun = None::<(Instant, u64)>;
    let file = shelf.download(entry, &mut |progress: Progress| {
        let now = Instant::now();
        let (start, first) = *begun.get_or_insert((now, progress.done));
        if progress.done < progress.total && told.is_some_and(|at| now - at < EVERY) {
            return Going::On;
        }
        told = Some(now);
        let megabytes = |bytes: u64| bytes / 1_000_000;
        bar.at(megabytes(progress.done) as usize, megabytes(progress.total) as usize);
        let rate = progress.done.saturating_sub(first) as f64 / (now - start).as_secs_f64();
        let left = progress.total.saturating_sub(progress.done) as f64 / rate;
        let left = left.is_finite().then_some(left);
        bar.message(left.map_or("MB".to_owned(), |s| format!("MB, {s:.0} s left")));
        let event = json!({
            "event": "download", "name": entry.name, "done": progress.done, "total": progress.total,
            "seconds_left": left,
        });
        // A reader that has gone away ends the download; what came is kept.
        if out.json(&event).is_ok() { Going::On } else { Going::Stop }
    })?;
    drop(bar);
    out.json(&json!({"event": "downloaded", "name": entry.name, "file": file}))?;
    out.text(format!("{} is in {}", entry.name, file.display()))
}
