//! `overread audit`: the events of the log in words, as somebody asks for them.

use super::interrupt;
use super::output::Output;
use super::progress::Bar;
use super::project::ProjectArg;
use crate::session::project::auditing;
use crate::session::{AuditExport, AuditFilter, AuditFormat, AuditKind, audit_days as days};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// Events of images whose names have this part.
    #[arg(long, value_name = "PART", default_value = "")]
    image: String,
    /// Events of this reader.
    #[arg(long)]
    reader: Option<String>,
    /// From this day on, YYYY-MM-DD.
    #[arg(long, value_name = "DAY", default_value = "")]
    from: String,
    /// Up to this day, it included.
    #[arg(long, value_name = "DAY", default_value = "")]
    to: String,
    /// label, findings, box, measurement, note, flag, key-image, own-reading, imported-word, adjudication, sign-off or decision.
    #[arg(long)]
    kind: Option<String>,
    /// Events that have this text in what they say, or in the name of the image, the reader or the model.
    #[arg(long, default_value = "")]
    text: String,
    /// As what they are written to --out; told from its name where absent.
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// Write them to this file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Form {
    Csv,
    Json,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    let store = args.project.read()?;
    let filter = filter(args)?;
    let interrupted = interrupt::pressed();
    let bar = Bar::new("reading the log", 0);
    let go_on = |done: usize, total: usize| {
        bar.at(done, total);
        !interrupted.load(Ordering::Relaxed)
    };
    if let Some(to) = &args.out {
        let format = match args.format {
            Some(Form::Csv) => AuditFormat::Csv,
            Some(Form::Json) => AuditFormat::Json,
            None => AuditFormat::of(to),
        };
        let export = AuditExport { filter, to: to.clone(), format };
        let Some(count) = auditing::write(&store, &export, &go_on)? else {
            bail!("it was cancelled, nothing was written")
        };
        drop(bar);
        out.json(&json!({ "events": count, "out": to }))?;
        return out.text(format!("{count} of {} events written to {}", store.event_count()?, to.display()));
    }
    if args.format.is_some() {
        bail!("--format is about a file: say which with --out FILE");
    }
    let mut lines = Vec::new();
    if !auditing::for_each(&store, &filter, &go_on, &mut |_| {}, &mut |line| lines.push(line))? {
        bail!("it was cancelled");
    }
    drop(bar);
    for line in &lines {
        out.json(&auditing::as_json(line))?;
        let about = if line.name.is_empty() { String::new() } else { format!("  {}", line.name) };
        out.text(format!("{:>6}  {}  {}{about}  {}", line.event, line.when, line.who, line.what))?;
    }
    out.text(format!("{} of {} events", lines.len(), store.event_count()?))
}

fn filter(args: &Args) -> Result<AuditFilter> {
    let [from_ms, until_ms] = days(&args.from, &args.to).map_err(anyhow::Error::msg)?;
    let kind = args.kind.as_deref().map(|wanted| {
        let kinds = || AuditKind::ALL.map(AuditKind::id).join(", ");
        let found = AuditKind::ALL.into_iter().find(|kind| kind.id() == wanted);
        found.with_context(|| format!("there is no kind of event {wanted:?}: there are {}", kinds()))
    });
    Ok(AuditFilter {
        image: args.image.clone(),
        reader: args.reader.clone(),
        from_ms,
        until_ms,
        kind: kind.transpose()?,
        text: args.text.clone(),
    })
}
