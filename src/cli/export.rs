//! `overread export`: the labels, boxes and pictures of a project in the formats other tools read, or its audit log.

use super::output::Output;
use super::progress::Bar;
use super::project::ProjectArg;
use crate::interchange::{self, Format, Pictures};
use crate::session::{Core, Deidentify, ExportFormat, ExportRequest, Exported, Since};
use anyhow::{Context, Result, bail};
use clap::builder::TypedValueParser;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// What to write.
    #[arg(long, value_parser = words().try_map(|word| wanted(&word)))]
    format: ExportFormat,
    /// The folder to write, new or empty. For csv a name that ends in .csv writes the tables alone: labels, and boxes
    /// and measurements beside them as NAME.boxes.csv and NAME.measurements.csv. For audit-log the file.
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// What becomes of the pictures; copied unless said otherwise, with csv left where they are.
    #[arg(long, value_enum)]
    images: Option<Images>,
    /// Every reader's last word on each image, not only what is in force.
    #[arg(long)]
    all_readers: bool,
    // In which formats, the list of writers says.
    #[arg(long, value_enum, value_name = "WHAT", help = help_of_unseen())]
    unseen: Option<Unseen>,
    /// Only images of which something changed since then, as in 2026-01-31T08:15:00Z.
    #[arg(long, value_name = "TIME", conflicts_with = "since_model")]
    since: Option<String>,
    /// Only images of which something changed since this model (number or name) was made.
    #[arg(long, value_name = "M")]
    since_model: Option<String>,
    /// Clean what is written of what may tell who the patient is: DICOM files by the basic profile of PS3.15 annex E,
    /// other pictures as PNG without metadata; new file names, no notes, readers by number. Words burned into pixels
    /// stay.
    #[arg(long)]
    deidentify: bool,
    /// What becomes of dates in DICOM files: removed, or moved by the same number of days for all files of a patient.
    #[arg(long, value_enum, default_value_t = Dates::Remove, requires = "deidentify")]
    dates: Dates,
    /// A file with the key that new identifiers depend on, made if it is not there: exports with one key fit together.
    /// Keep it as safe as the originals. Without it the key is forgotten.
    #[arg(long, value_name = "FILE", requires = "deidentify")]
    key: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The words that [`wanted`] takes.
fn words() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(ExportFormat::all().map(ExportFormat::id))
}

fn help_of_unseen() -> String {
    let formats = silent(ExportFormat::name);
    format!(
        "What becomes of images nobody has looked at in {formats}, which would take them for images without findings; left \
         out unless said otherwise"
    )
}

/// The formats that take silence for an image without findings: "coco, yolo and voc".
fn silent(called: fn(ExportFormat) -> &'static str) -> String {
    let mut names: Vec<&str> =
        ExportFormat::all().filter(|format| format.takes_silence_for_none()).map(called).collect();
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last.to_owned() } else { format!("{} and {last}", names.join(", ")) }
}

fn wanted(word: &str) -> Result<ExportFormat, String> {
    ExportFormat::all().find(|format| format.id() == word).ok_or_else(|| format!("{word} is no format that is written"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Images {
    Copy,
    Link,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Unseen {
    LeaveOut,
    /// As if somebody had looked and found nothing to draw.
    AsNegative,
}

impl From<Unseen> for interchange::Unseen {
    fn from(chosen: Unseen) -> Self {
        match chosen {
            Unseen::LeaveOut => Self::LeaveOut,
            Unseen::AsNegative => Self::AsNegative,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Dates {
    Shift,
    Remove,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let core = Core::open_to_look(&args.project.project)?;
    let request = request(args, &core)?;
    let bar = Bar::new("images", core.images().len());
    let exported = core.export(&request, &|done, total| {
        bar.at(done, total);
        true
    })?;
    drop(bar);
    let out = Output::new(args.json);
    out.json(&line(args.format, &exported))?;
    out.text(sentence(args.format, &exported))?;
    for (name, why) in &exported.left_out {
        out.text(format!("left out: {name}: {why}"))?;
    }
    for warning in &exported.warnings {
        out.text(format!("look: {warning}"))?;
    }
    for lost in &exported.lost {
        out.text(format!("note: {lost}"))?;
    }
    Ok(())
}

fn request(args: &Args, core: &Core) -> Result<ExportRequest> {
    let since = match (&args.since, &args.since_model) {
        (Some(time), _) => Since::Time(instant(time)?),
        (None, Some(model)) => Since::Model(core.find_model(model)?.id),
        (None, None) => Since::Ever,
    };
    let pictures = match args.images {
        Some(Images::Link) if args.deidentify => {
            bail!("--images link leads to pictures that are not cleaned: leave it out with --deidentify")
        }
        Some(Images::Copy) => Pictures::Copy,
        Some(Images::Link) => Pictures::Link,
        Some(Images::None) => Pictures::Leave,
        None if args.format == ExportFormat::Labels(Format::CSV) && !args.deidentify => Pictures::Leave,
        None => Pictures::Copy,
    };
    if args.unseen.is_some() && !args.format.takes_silence_for_none() {
        bail!(
            "--unseen is for {}, which take silence for an image without findings: leave it out with {}",
            silent(ExportFormat::id),
            args.format.id()
        );
    }
    let shift_dates = args.dates == Dates::Shift;
    Ok(ExportRequest {
        format: args.format,
        to: args.out.clone(),
        pictures,
        every_reader: args.all_readers,
        since,
        unseen: args.unseen.map(Into::into).unwrap_or_default(),
        deidentify: args.deidentify.then(|| Deidentify { shift_dates, key: args.key.clone() }),
        only: None,
    })
}

/// The counts that mean something for the format, and what was not written.
fn line(format: ExportFormat, exported: &Exported) -> Value {
    let left_out: Vec<Value> =
        exported.left_out.iter().map(|(name, why)| json!({"image": name, "reason": why})).collect();
    let mut line = Map::from_iter([
        ("out".to_owned(), json!(exported.to)),
        ("images".to_owned(), json!(exported.images)),
        ("boxes".to_owned(), json!(exported.boxes)),
        ("lost".to_owned(), json!(exported.lost)),
        ("left_out".to_owned(), json!(left_out)),
        ("warnings".to_owned(), json!(exported.warnings)),
    ]);
    if format == ExportFormat::AuditLog {
        line.insert("events".to_owned(), json!(exported.events));
    }
    Value::Object(line)
}

fn sentence(format: ExportFormat, exported: &Exported) -> String {
    let to = exported.to.display();
    match format {
        ExportFormat::AuditLog => {
            format!("{} events written to {to}; check them with overread verify --log", exported.events)
        }
        ExportFormat::Labels(_) => format!("{} images and {} boxes written to {to}", exported.images, exported.boxes),
    }
}

/// An instant in milliseconds since 1970-01-01 UTC.
fn instant(text: &str) -> Result<i64> {
    interchange::instant(text).with_context(|| format!("--since {text:?} is no time: write it as 2026-01-31T08:15:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_formats_follow_the_list_of_writers() {
        assert_eq!(silent(ExportFormat::id), "coco, yolo and voc");
        assert!(help_of_unseen().contains(" COCO, YOLO and Pascal VOC, "));
        let made_of_pictures: Vec<ExportFormat> =
            ExportFormat::all().filter(|format| format.without_pictures().is_some()).collect();
        assert_eq!(made_of_pictures, [ExportFormat::Labels(Format::FOLDERS)]);
        for format in ExportFormat::all() {
            assert_eq!(wanted(format.id()), Ok(format));
            assert!(format.about().ends_with('.'), "{}", format.id());
        }
    }
}
