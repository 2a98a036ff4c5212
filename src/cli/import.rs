//! `overread import`: a project of a folder of images, with the labels and boxes that lie beside them.

use super::output::Output;
use super::progress::Bar;
use crate::domain::{ClassList, SplitRatios};
use crate::interchange::{self, Options, ReadError, voc};
use crate::session::{Core, Created, NewProject, create_project_of};
use anyhow::{Context, Result, anyhow};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of images and labels, or one file of labels in the images' folder. It is only read, and must stay
    /// where it is.
    source: PathBuf,
    /// The project folder to make, NAME.overread.
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// How labels are stored.
    #[arg(long, value_enum, default_value_t = Format::Auto)]
    format: Format,
    /// The folder of the images, where it is not the source.
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// Where Pascal VOC files count pixels from; detected where it is not said.
    #[arg(long, value_name = "0|1", value_parser = clap::value_parser!(u8).range(0..=1))]
    voc_base: Option<u8>,
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
    /// Print the report as one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Auto,
    Folders,
    Yolo,
    Coco,
    Voc,
    Csv,
    LabelStudio,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let new = NewProject {
        source: std::path::absolute(&args.source).with_context(|| format!("{} is no path", args.source.display()))?,
        project: args.project.clone(),
        classes: args.classes.clone(),
        ordinal: args.ordinal,
        ratios: args.split,
        seed: args.seed,
        group_pattern: args.group.clone(),
        exclude: args.exclude.clone(),
        class_map: args.map.iter().map(|pair| mapping(pair)).collect::<Result<_>>()?,
    };
    let options = Options {
        exclude: args.exclude.clone(),
        images: args.images.clone(),
        voc_base: args.voc_base.map(|base| if base == 0 { voc::Base::Zero } else { voc::Base::One }),
        csv: None,
    };
    let (format, detected) = match known(args.format) {
        Some(format) => (format, None),
        None => {
            let found = interchange::format_of(&new.source, &options)?;
            let others: Vec<&str> = found.others.iter().map(|(format, _)| format.name()).collect();
            let others = if others.is_empty() { String::new() } else { format!("; also there: {}", others.join(", ")) };
            (found.format, Some(format!("read as {}: {}{others}", found.format.name(), found.reason)))
        }
    };
    let bar = Bar::new("reading", 0);
    let reading = interchange::read(&new.source, format, &options, &|done, total| {
        bar.at(done, total);
        true
    });
    let reading = reading.map_err(|error| match error {
        ReadError::Folder(error) => anyhow!(error),
        other => anyhow!(other),
    })?;
    let mut created = create_project_of(&new, reading)?;
    created.remarks.splice(0..0, detected.filter(|_| format != interchange::Format::Folders));
    drop(bar);
    let mut core = Core::open(&created.project)?;
    if !args.ordinal && are_grades(&core.view().classes) {
        let grades = ClassList { ordinal: true, ..(*core.view().classes).clone() };
        core.set_classes(&grades)?;
    }
    report(args, &created, &core)
}

fn report(args: &Args, created: &Created, core: &Core) -> Result<()> {
    let view = core.view();
    let out = Output::new(args.json);
    let left_out: Vec<_> = created.left_out.iter().map(|(file, why)| json!({"file": file, "why": why})).collect();
    let [train, validation, test] = view.counts.splits;
    out.json(&json!({
        "project": created.project,
        "images": created.images,
        "labelled": created.labelled,
        "truncated": created.truncated,
        "boxes": created.boxes,
        "boxes_clipped": created.boxes_clipped,
        "remarks": created.remarks,
        "classes": view.classes.names(),
        "ordinal": view.classes.ordinal,
        "splits": {"train": train, "validation": validation, "test": test},
        "left_out": left_out,
        "conflicts": created.conflicts,
    }))?;
    out.text(format!(
        "{}: {} images, {} labelled; train {train}, validation {validation}, test {test}",
        created.project.display(),
        created.images,
        created.labelled
    ))?;
    out.text(format!("classes: {}", view.classes.names().join(", ")))?;
    if created.boxes > 0 {
        out.text(format!("boxes: {}, of which {} were cut at the image's edge", created.boxes, created.boxes_clipped))?;
    }
    for remark in &created.remarks {
        out.text(format!("note: {remark}"))?;
    }
    for (file, why) in &created.left_out {
        out.text(format!("left out: {file}: {why}"))?;
    }
    for conflict in &created.conflicts {
        out.text(format!("look at: {conflict}"))?;
    }
    Ok(())
}

/// Whether the classes are whole numbers that count up by one, as Kellgren-Lawrence grades do.
fn are_grades(classes: &ClassList) -> bool {
    let numbers: Option<Vec<i64>> = classes.classes.iter().map(|c| c.name.parse().ok()).collect();
    numbers.is_some_and(|n| n.len() > 2 && n.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b)))
}

fn mapping(pair: &str) -> Result<(String, String)> {
    let (from, to) = pair.split_once('=').ok_or_else(|| anyhow!("--map {pair:?} has no `=`: write FROM=TO"))?;
    Ok((from.trim().to_owned(), to.trim().to_owned()))
}

fn ratios(text: &str) -> Result<SplitRatios, String> {
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

/// The format that was asked for; `None` to detect it.
fn known(format: Format) -> Option<interchange::Format> {
    Some(match format {
        Format::Auto => return None,
        Format::Folders => interchange::Format::Folders,
        Format::Yolo => interchange::Format::Yolo,
        Format::Coco => interchange::Format::Coco,
        Format::Voc => interchange::Format::Voc,
        Format::Csv => interchange::Format::Csv,
        Format::LabelStudio => interchange::Format::LabelStudio,
    })
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

    #[test]
    fn numbers_in_a_row_are_grades() {
        let grades = |names: &[&str]| are_grades(&ClassList::from_names(names, false).unwrap());
        assert!(grades(&["0", "1", "2", "3", "4"]));
        assert!(!grades(&["0", "1"]), "two classes have no order to speak of");
        assert!(!grades(&["0", "2", "3"]));
        assert!(!grades(&["a", "b", "c"]));
    }
}
