//! `overread import`: a project of a folder of images.

use super::output::Output;
use super::progress::Bar;
use crate::domain::{ClassList, SplitRatios};
use crate::session::{Core, Created, NewProject, create_project};
use anyhow::{Context, Result, anyhow, bail};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of images. It is only read, and must stay where it is.
    source: PathBuf,
    /// The project folder to make, NAME.overread.
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// How labels are stored.
    #[arg(long, value_enum, default_value_t = Format::Auto)]
    format: Format,
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
    if !matches!(args.format, Format::Auto | Format::Folders) {
        bail!("--format {} is not read yet: only class folders are (--format folders)", name(args.format));
    }
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
    let bar = Bar::new("reading", 0);
    let created = create_project(&new, &|done, total| {
        bar.at(done, total);
        true
    })?;
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

fn name(format: Format) -> String {
    use clap::ValueEnum;
    format.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned())
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
