//! `overread import`: images with the labels and boxes that lie beside them, as a new project or into one that is there.

use super::interrupt;
use super::left_out;
use super::output::Output;
use super::progress::Bar;
use crate::domain::{LeftOut, SplitRatios};
use crate::interchange::names::are_grades;
use crate::interchange::{self, FolderError, Format, ReadError, Role, VocBase, notes};
use crate::session::importing::staging::Opened;
use crate::session::importing::{create, find, tables};
use crate::session::{Core, Created, ImportSource, NewProject};
use anyhow::{Context, Result, anyhow, bail};
use serde_json::json;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of images and labels, or one file of labels in the images' folder. It is only read, and must stay
    /// where it is. Or a zip archive of such a folder: its images are unpacked into the project.
    source: PathBuf,
    /// The project folder to make, NAME.overread, or a project that is there: images it has by content then get the
    /// source's labels and boxes as another reader's, the others are added. What a person reviewed stays in force.
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// How labels are stored.
    #[arg(long, value_parser = formats(), default_value = AUTO)]
    format: String,
    /// The folder of the images, where it is not the source.
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// Which column of tables (CSV) holds what, where their names do not tell: image=NAME, class=NAME, a box as xmin,
    /// ymin, xmax, ymax or x, y, w, h or xcenter, ycenter, w, h (pixels, or shares of the sides) or box (all four in one
    /// cell, told by the numbers; xywh or xyxy where they do not show which they are), finding=NAME for each column of 1,
    /// 0, -1 or blank that is a finding's, group, split, reader, time, width, height; once for each; nothing after = where no column holds it. Columns
    /// that no line names are 1, 2 and so on. The project remembers it for tables of the same header. Of Label Studio and
    /// VGG Image Annotator class=NAME says which question or attribute holds the classes.
    #[arg(long, value_name = "WHAT=COLUMN")]
    column: Vec<String>,
    /// Where Pascal VOC files count pixels from; detected where it is not said.
    #[arg(long, value_name = "0|1", value_parser = clap::value_parser!(u8).range(0..=1))]
    voc_base: Option<u8>,
    /// The frame of boxes on photos that EXIF turns: the picture as stored, or turned upright; detected where it is not
    /// said.
    #[arg(long, value_enum, value_name = "FRAME")]
    frame: Option<Frame>,
    /// What images are that a file lists without an annotation, where it does not say whether anybody looked at them.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Unannotated::Unseen)]
    unannotated: Unannotated,
    /// Take pictures in, too, that no annotation speaks of, or whose annotations are empty or cancelled: without a label.
    #[arg(long)]
    unlabelled: bool,
    /// What becomes of the patients' identifiers in DICOM headers: a keyed hash that says which images are of one
    /// patient, or kept as they are, or not looked at. Images of one patient stay in one split. Where it is not said, as
    /// in the last import into the project, else hashed.
    #[arg(long, value_enum, value_name = "HOW")]
    patient_ids: Option<PatientIds>,
    /// Files and folders to leave out, as glob patterns; may be given several times.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Renames a class; several may be renamed to the same.
    #[arg(long, value_name = "FROM=TO")]
    map: Vec<String>,
    /// A regular expression whose first group (or whole match) in an image's name is the patient or uploader; images of
    /// one group stay in one split.
    #[arg(long, value_name = "REGEX")]
    group: Option<String>,
    /// Shares of train, validation and test, where the folder has no such folders.
    #[arg(long, value_name = "80/10/10", default_value = "80/10/10", value_parser = ratios)]
    split: SplitRatios,
    /// The seed of the split.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The classes, in order; needed for folders without labels.
    #[arg(long, value_delimiter = ',', value_name = "A,B,..")]
    classes: Vec<String>,
    /// The order of the classes means something, as for grades. Numbered classes are taken as grades anyway.
    #[arg(long)]
    ordinal: bool,
    /// An image may have several of the classes, or none: each is a finding of its own. Sources that say so, with A|B in a
    /// cell, several 1 in a row or several choices, are taken so anyway.
    #[arg(long, conflicts_with = "ordinal")]
    findings: bool,
    /// An image is of one class, though the source has images of several findings: those are taken without a class.
    #[arg(long, conflicts_with = "findings")]
    one_class: bool,
    /// Who said what the source gives no reader for.
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
    /// Name every file that is left out, not only the first ten of each reason. With --json all are named.
    #[arg(long)]
    all_left_out: bool,
    /// Print the report as one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Frame {
    Stored,
    Upright,
}

impl From<Frame> for interchange::Frame {
    fn from(chosen: Frame) -> Self {
        match chosen {
            Frame::Stored => Self::Raw,
            Frame::Upright => Self::Oriented,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Unannotated {
    /// Nobody has looked at them.
    Unseen,
    /// Somebody looked and found nothing to draw.
    Negative,
}

impl From<Unannotated> for interchange::Unannotated {
    fn from(chosen: Unannotated) -> Self {
        match chosen {
            Unannotated::Unseen => Self::Unseen,
            Unannotated::Negative => Self::Negative,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PatientIds {
    Hashed,
    Kept,
    Ignored,
}

impl From<PatientIds> for crate::session::PatientIds {
    fn from(chosen: PatientIds) -> Self {
        match chosen {
            PatientIds::Hashed => Self::Hashed,
            PatientIds::Kept => Self::Kept,
            PatientIds::Ignored => Self::Ignored,
        }
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let mut new = NewProject {
        source: std::path::absolute(&args.source).with_context(|| format!("{} is no path", args.source.display()))?,
        project: args.project.clone(),
        classes: args.classes.clone(),
        ordinal: args.ordinal,
        findings: (args.findings || args.one_class).then_some(args.findings),
        ratios: args.split,
        seed: args.seed,
        group_pattern: args.group.clone(),
        exclude: args.exclude.clone(),
        class_map: args.map.iter().map(|pair| mapping(pair)).collect::<Result<_>>()?,
        reader: args.reader.clone(),
    };
    // Before anything is read.
    let mut there = if create::is_project(&args.project)? { Some(Core::open(&args.project)?) } else { None };
    if let Some(why) = there.as_ref().and_then(|core| core.view().read_only.clone()) {
        bail!(why);
    }
    let source = ImportSource {
        path: new.source.clone(),
        images: args.images.clone(),
        format: Format::parse(&args.format),
        exclude: args.exclude.clone(),
        columns: None,
        voc_base: args.voc_base.map(|base| if base == 0 { VocBase::Zero } else { VocBase::One }),
        frame: args.frame.map(Into::into),
        unannotated: args.unannotated.into(),
        unlabelled: args.unlabelled,
        patients: args.patient_ids.map(Into::into),
        findings: args.findings,
    };
    let columns = args.column.iter().map(|pair| column(pair)).collect::<Result<_>>()?;
    let project = std::path::absolute(&args.project)?;
    let bar = Bar::new("reading", 0);
    let interrupted = interrupt::pressed();
    let progress = |done, total| {
        bar.at(done, total);
        !interrupted.load(Ordering::Relaxed)
    };
    let ended = |resumable| {
        let how = if resumable { "to go on where it stopped" } else { "to begin it again" };
        anyhow!("the import was cancelled, nothing was changed: run the same command again {how}")
    };
    let opened = Opened::of(&new.source, &new.project, &progress)
        .map_err(|error| if interrupted.load(Ordering::Relaxed) { ended(false) } else { error.into() })?;
    let mut options =
        find::options(&source, columns, tables::known(&project)?, (&project, &notes::beside(&project)), &opened)?;
    options.mapped = new.class_map.iter().map(|(from, _)| from.clone()).collect();
    let told = if source.format.is_none() { find::formats(&opened, &options)? } else { find::Told::default() };
    let format = find::chosen(source.format, &told)?;
    let reading = find::read(&opened, format, told, &options, &progress).map_err(|error| match error {
        ReadError::Folder(FolderError::Cancelled) => ended(!opened.waits()),
        ReadError::Folder(error) => anyhow!(error),
        other => anyhow!(other),
    })?;
    drop(bar);
    if let Some(core) = &mut there {
        // The predictions that are missing now are made when the project is opened.
        let (report, _) = core.add(&new, &reading, &opened)?;
        notes::remove(&notes::beside(&args.project));
        let view = core.view();
        let (classes, splits) = ((*view.classes).clone(), view.counts.splits);
        return print(args, &Created { project: view.path.clone(), classes, splits, report });
    }
    new.ordinal |= are_grades(&create::class_names(&new, &reading));
    let bar = Bar::new("making the project", reading.images.len());
    let created = create::create_project_of(&opened, &new, &reading, &|done, total| {
        bar.at(done, total);
        !interrupted.load(Ordering::Relaxed)
    });
    drop(bar);
    let created = created
        .map_err(|error| if interrupted.load(Ordering::Relaxed) { ended(!opened.waits()) } else { error.into() })?;
    notes::remove(&notes::beside(&args.project));
    print(args, &created)
}

fn print(args: &Args, made: &Created) -> Result<()> {
    let Created { project, classes, splits: [train, validation, test], report } = made;
    let out = Output::new(args.json);
    let mut object = serde_json::to_value(report)?;
    if let Some(object) = object.as_object_mut() {
        object.insert("project".into(), json!(project));
        object.insert("classes".into(), json!(classes.names()));
        object.insert("ordinal".into(), json!(classes.ordinal));
        object.insert("findings".into(), json!(classes.findings));
        object.insert("splits".into(), json!({"train": train, "validation": validation, "test": test}));
    }
    out.json(&object)?;
    let there = match report.already_there {
        0 => String::new(),
        count => format!("; {count} were there already"),
    };
    out.text(format!("{}: {} images, {} labelled{there}", project.display(), report.images, report.labelled))?;
    out.text(format!("the project: train {train}, validation {validation}, test {test}"))?;
    let kind = if classes.findings { "findings, of which an image may have several" } else { "classes" };
    out.text(format!("{kind}: {}", classes.names().join(", ")))?;
    for (from, to) in &report.class_map {
        out.text(format!("  {from} is called {to}"))?;
    }
    if !report.readers.is_empty() {
        out.text(format!("readers: {}", report.readers.join(", ")))?;
    }
    if report.boxes > 0 {
        out.text(format!("boxes: {}, of which {} were cut at the image's edge", report.boxes, report.boxes_clipped))?;
    }
    out.text(format!("groups: {}", report.groups))?;
    if report.truncated > 0 {
        out.text(format!("cut short and used as far as they decode: {}", report.truncated))?;
    }
    if report.measurements > 0 {
        out.text(format!("measurements: {}", report.measurements))?;
    }
    if report.repeated > 0 {
        out.text(format!("{} statements were known already", report.repeated))?;
    }
    for remark in &report.remarks {
        out.text(format!("note: {remark}"))?;
    }
    let left_out = report.left_out.iter().map(|LeftOut { file, why }| (file.as_str(), why.as_str()));
    for line in left_out::lines(left_out, args.all_left_out) {
        out.text(line)?;
    }
    for conflict in &report.conflicts {
        out.text(format!("look at: {conflict}"))?;
    }
    Ok(())
}

fn column(pair: &str) -> Result<(Role, String)> {
    let (role, name) =
        pair.split_once('=').ok_or_else(|| anyhow!("--column {pair:?} has no `=`: write WHAT=COLUMN"))?;
    let roles = || Role::ALL.map(Role::name).join(", ");
    let role =
        Role::parse(role).ok_or_else(|| anyhow!("--column {role:?}: what a column holds is one of {}", roles()))?;
    Ok((role, name.trim().to_owned()))
}

fn mapping(pair: &str) -> Result<(String, String)> {
    let (from, to) = pair.split_once('=').ok_or_else(|| anyhow!("--map {pair:?} has no `=`: write FROM=TO"))?;
    Ok((from.trim().to_owned(), to.trim().to_owned()))
}

pub(super) fn ratios(text: &str) -> Result<SplitRatios, String> {
    let shares: Vec<f64> = text.split('/').map_while(|part| part.trim().parse().ok()).collect();
    match shares[..] {
        [train, validation, test]
            if text.matches('/').count() == 2
                && shares.iter().all(|s| s.is_finite() && *s >= 0.0)
                && shares.iter().sum::<f64>() > 0.0 =>
        {
            Ok(SplitRatios { train, validation, test })
        }
        _ => Err("write three shares as in 80/10/10".to_owned()),
    }
}

/// The word for telling the format from the files.
const AUTO: &str = "auto";

/// The words that a format is asked for by.
fn formats() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(std::iter::once(AUTO).chain(Format::all().map(Format::id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_three_numbers_of_which_one_is_positive() {
        assert_eq!(ratios("70/20/10"), Ok(SplitRatios { train: 70.0, validation: 20.0, test: 10.0 }));
        for wrong in ["80/20", "80/10/10/0", "a/b/c", "80/-1/21", "0/0/0", "NaN/1/1"] {
            assert!(ratios(wrong).is_err(), "{wrong}");
        }
    }
}
