//! `overread info`: what is in a project.

mod data;

use super::output::Output;
use super::project::ProjectArg;
use crate::domain::NamedThresholds;
use crate::domain::{
    Annotation, ClassList, ImageFacts, ImageId, ImageRecord, ImportRecord, ModelRecord, RunRecord, RunState, Split,
    SplitChange, of_what_is_said,
};
use crate::interchange::time_text;
use crate::session::project::analysis;
use crate::session::project::splitting::{self, Divided};
use crate::session::protocol::splits::Invalidated;
use crate::session::{TestChanges, changed_since};
use crate::store::repair::{REPAIRED, Repaired};
use anyhow::Result;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What a project holds, in numbers.
#[derive(Debug, Serialize)]
struct Info {
    name: String,
    project: String,
    /// When it was repaired last, and what was said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    repaired: Option<Repaired>,
    images: usize,
    labelled: usize,
    reviewed: usize,
    flagged: usize,
    key_images: usize,
    /// Images that are signed off, by whom: of an image that several signed each counts it.
    signed_off: usize,
    signed_off_by: BTreeMap<String, usize>,
    /// Those of them with a sign-off from a copy of the project in which the image said something else; it is not counted above.
    signed_off_elsewhere: usize,
    /// Images with a box.
    with_boxes: usize,
    ordinal: bool,
    /// In the order of the class list.
    classes: Vec<ClassCount>,
    splits: BTreeMap<&'static str, usize>,
    /// Number of groups; images without one are not counted.
    groups: usize,
    #[serde(flatten)]
    data: data::Data,
    /// What became of the splits, the oldest first.
    split_changes: Vec<SplitLine>,
    /// Files that are not where the project says.
    missing: Vec<String>,
    truncated: usize,
    /// What is remarkable about files, such as pixels that stand apart from all others, and of which images.
    remarks: BTreeMap<String, Vec<String>>,
    /// Labels that are wrong on purpose, where the project is a demo.
    wrong_on_purpose: Vec<String>,
    events: usize,
    /// What each import took and left out, the oldest first.
    imports: Vec<ImportLine>,
    models: Vec<ModelLine>,
    runs: Vec<RunLine>,
}

#[derive(Debug, Serialize)]
struct ImportLine {
    time: String,
    #[serde(flatten)]
    record: ImportRecord,
}

#[derive(Debug, Serialize)]
struct ClassCount {
    name: String,
    /// Images with this label, and images without a label that have a box of the class.
    images: usize,
    by_split: BTreeMap<&'static str, usize>,
    boxes: usize,
}

#[derive(Debug, Serialize)]
struct SplitLine {
    time_ms: i64,
    reader: String,
    what: String,
    moved: usize,
}

#[derive(Debug, Serialize)]
struct ModelLine {
    id: i64,
    name: String,
    architecture: &'static str,
    active: bool,
    test_accuracy: Option<f64>,
    /// Of models that answer with findings: the mean over the findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    test_auroc: Option<f64>,
    /// Of models that draw boxes: mAP@0.5, mAP@[.5:.95], and the score from which a box counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    test_map50: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_map: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    #[serde(skip_serializing_if = "NamedThresholds::is_empty")]
    class_thresholds: NamedThresholds,
    /// Images of the test split that it may have been trained or tuned on: where there are any, its test figures do not
    /// count.
    test_images_seen: usize,
    /// What became of the test images since its test figures were made.
    test_since: TestChanges,
}

#[derive(Debug, Serialize)]
struct RunLine {
    id: i64,
    recipe: String,
    epochs: usize,
    #[serde(flatten)]
    state: RunState,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let store = args.project.read()?;
    let meta = store.meta()?;
    let (images, annotations) = (store.images()?, store.annotations()?);
    let truths = store.truths()?;
    let events = store.event_count()?;
    let label_of = |image: &ImageRecord| annotations.get(&image.id).and_then(|a| a.label);
    let has_findings = |image: &ImageRecord| annotations.get(&image.id).is_some_and(|a| !a.findings.is_empty());
    let wrong = |image: &&ImageRecord| matches!((truths.get(&image.id), label_of(image)), (Some(truth), Some(label)) if truth.class != label);
    let said: Vec<Annotation> = images.iter().map(|i| annotations.get(&i.id).cloned().unwrap_or_default()).collect();
    let names = images.iter().map(|i| (i.id, i.name.as_str())).collect();
    let analysis = analysis::of_project(&store, &|_| true)?.unwrap_or_default();
    let (models, runs, changes) = (store.models()?, store.runs()?, store.split_changes()?);
    let divided = Divided {
        images: &images,
        annotations: &said,
        classes: &meta.classes,
        models: &models,
        runs: &runs,
        changes: &changes,
        looks: &[],
    };
    let seen = splitting::invalidated(&divided, &[]);
    let since = changed_since(&store)?;
    let info = Info {
        name: meta.name,
        project: args.project.project.display().to_string(),
        repaired: store.setting(REPAIRED)?,
        images: images.len(),
        labelled: images.iter().filter(|i| label_of(i).is_some() || has_findings(i)).count(),
        reviewed: annotations.values().filter(|a| a.reviewed).count(),
        key_images: annotations.values().filter(|a| a.key).count(),
        signed_off: annotations.values().filter(|a| !a.signed.is_empty()).count(),
        signed_off_by: signed_by_whom(annotations.values()),
        signed_off_elsewhere: annotations.values().filter(|a| a.signed.iter().any(|one| one.elsewhere)).count(),
        flagged: annotations.values().filter(|a| a.flagged).count(),
        with_boxes: annotations.values().filter(|a| !a.boxes.is_empty()).count(),
        ordinal: meta.classes.ordinal,
        classes: class_counts(&meta.classes, &images, &annotations),
        splits: split_counts(images.iter()),
        groups: images.iter().filter_map(|i| i.group.as_deref()).collect::<BTreeSet<_>>().len(),
        data: data::Data::new(&analysis, &meta.classes.names(), &names),
        split_changes: changes.iter().map(split_line).collect(),
        missing: images.iter().filter(|i| !i.path.is_file()).map(|i| i.name.clone()).collect(),
        truncated: images.iter().filter(|i| i.truncated).count(),
        remarks: remarks(&store.facts()?, images.iter().map(|image| (image.id, image.name.as_str()))),
        wrong_on_purpose: images.iter().filter(wrong).map(|i| i.name.clone()).collect(),
        events,
        imports: store.imports()?.into_iter().map(import_line).collect(),
        models: models.iter().map(|model| model_line(model, &seen, since.get(&model.id))).collect(),
        runs: runs.iter().map(run_line).collect(),
    };
    let out = Output::new(args.json);
    out.json(&info)?;
    if !out.is_json() {
        out.text(in_words(&info))?;
    }
    Ok(())
}

/// How many images each reader has signed off.
fn signed_by_whom<'a>(all: impl Iterator<Item = &'a Annotation>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for one in all.flat_map(|said| of_what_is_said(&said.signed)) {
        *counts.entry(one.by).or_default() += 1;
    }
    counts
}

/// The images of each remark, by name.
fn remarks<'a>(
    facts: &HashMap<ImageId, ImageFacts>,
    images: impl Iterator<Item = (ImageId, &'a str)>,
) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (image, name) in images {
        for remark in facts.get(&image).into_iter().flat_map(|facts| &facts.remarks) {
            all.entry(remark.clone()).or_default().push(name.to_owned());
        }
    }
    all
}

fn split_counts<'a>(images: impl Iterator<Item = &'a ImageRecord>) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<&str, usize> = Split::ALL.iter().map(|s| (s.name(), 0)).collect();
    for image in images {
        *counts.entry(image.split.name()).or_default() += 1;
    }
    counts
}

fn class_counts(
    classes: &ClassList,
    images: &[ImageRecord],
    annotations: &HashMap<crate::domain::ImageId, Annotation>,
) -> Vec<ClassCount> {
    let said = |image: &ImageRecord| annotations.get(&image.id);
    let has =
        |image: &&ImageRecord, class: usize| said(image).is_some_and(|a| a.classes(classes.len()).contains(&class));
    let count = |(class, name)| {
        let of = || images.iter().filter(move |image| has(image, class));
        let boxes = annotations.values().flat_map(|a| &a.boxes).filter(|one| one.class == class).count();
        ClassCount { name, images: of().count(), by_split: split_counts(of()), boxes }
    };
    classes.names().into_iter().enumerate().map(count).collect()
}

fn split_line(change: &SplitChange) -> SplitLine {
    SplitLine {
        time_ms: change.time_ms,
        reader: change.reader.clone(),
        what: change.what.clone(),
        moved: change.moves.len(),
    }
}

fn import_line(record: ImportRecord) -> ImportLine {
    ImportLine { time: time_text(record.time_ms), record }
}

fn model_line(model: &ModelRecord, seen: &[Invalidated], since: Option<&TestChanges>) -> ModelLine {
    let boxes = model.test.as_ref().and_then(|test| test.detection.as_ref());
    ModelLine {
        id: model.id.0,
        name: model.card.name.clone(),
        architecture: model.card.architecture.name(),
        active: model.active,
        test_accuracy: model.test.as_ref().filter(|test| test.findings.is_none()).map(|t| t.accuracy),
        test_auroc: model.test.as_ref().and_then(|test| test.findings.as_ref()?.macro_auroc),
        test_map50: boxes.and_then(|d| d.map50),
        test_map: boxes.and_then(|d| d.map),
        threshold: model.card.architecture.draws_boxes().then(|| model.box_threshold()),
        class_thresholds: model.class_thresholds.clone(),
        test_images_seen: seen.iter().find(|one| one.id == model.id).map_or(0, |one| one.images),
        test_since: since.copied().unwrap_or_default(),
    }
}

fn run_line(run: &RunRecord) -> RunLine {
    RunLine { id: run.id.0, recipe: run.recipe.name.clone(), epochs: run.epochs.len(), state: run.state.clone() }
}

fn in_words(info: &Info) -> String {
    let mut lines = vec![
        format!("{}: {} images, {} labelled, {} reviewed", info.name, info.images, info.labelled, info.reviewed),
        format!(
            "splits: {}",
            info.splits.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        ),
    ];
    if let Some(repaired) = &info.repaired {
        lines.push(repaired.in_words());
    }
    for class in &info.classes {
        let boxes = if class.boxes > 0 { format!(", {} boxes", class.boxes) } else { String::new() };
        lines.push(format!("  {:<24} {:>6} images{boxes}", class.name, class.images));
    }
    if info.groups > 0 {
        lines.push(format!("{} groups (patients or uploaders)", info.groups));
    }
    if info.signed_off > 0 {
        let mut by: Vec<String> = info.signed_off_by.iter().map(|(who, count)| format!("{who} {count}")).collect();
        if info.signed_off_elsewhere > 0 {
            by.push(format!("{} in a copy that said something else", info.signed_off_elsewhere));
        }
        let are = if info.signed_off == 1 { "image is" } else { "images are" };
        lines.push(format!("{} {are} signed off: {}", info.signed_off, by.join(", ")));
    }
    lines.extend(info.data.in_words());
    for (count, what) in [
        (info.missing.len(), "images are not where the project says"),
        (info.truncated, "images are cut short and used as far as they decode"),
        (info.wrong_on_purpose.len(), "labels are wrong on purpose"),
    ] {
        if count > 0 {
            lines.push(format!("{count} {what}"));
        }
    }
    for (remark, named) in &info.remarks {
        let first = named.first().map(String::as_str).unwrap_or_default();
        let of = if named.len() == 1 { first.to_owned() } else { format!("{} images, the first {first}", named.len()) };
        lines.push(format!("note: {of}: {remark}"));
    }
    lines.push(format!("{} events in the annotation log", info.events));
    for ImportLine { time, record } in &info.imports {
        let report = &record.report;
        lines.push(format!(
            "import of {time}: {} as {}: {} new images, {} there already, {} left out",
            record.source.display(),
            report.format,
            report.images,
            report.already_there,
            report.left_out.len()
        ));
    }
    for model in &info.models {
        let figure = match (model.test_map50, model.test_auroc, model.test_accuracy) {
            (Some(map50), _, _) => format!(", test mAP@0.5 {map50:.3}"),
            (None, Some(auroc), _) => format!(", test mean AUROC {auroc:.3}"),
            (None, None, Some(accuracy)) => format!(", test accuracy {:.1} %", 100.0 * accuracy),
            (None, None, None) => String::new(),
        };
        let since = model.test_since.in_words().map(|since| format!(" ({since})")).unwrap_or_default();
        let active = if model.active { ", active" } else { "" };
        let seen = match model.test_images_seen {
            0 => String::new(),
            n => format!("; it was trained on {n} images of the test split, so its test figures do not count"),
        };
        lines.push(format!("model {}: {} ({}){active}{figure}{since}{seen}", model.id, model.name, model.architecture));
    }
    for run in &info.runs {
        let state = match &run.state {
            RunState::Running => "running".to_owned(),
            RunState::Interrupted if run.epochs == 0 => {
                format!("did not get to its first epoch, `overread train --resume {}` starts it again", run.id)
            }
            RunState::Interrupted => format!("interrupted, `overread train --resume {}` goes on", run.id),
            RunState::Finished { .. } => "finished".to_owned(),
            RunState::Failed { why } => format!("failed: {why}"),
        };
        lines.push(format!("run {}: {}, {} epochs, {state}", run.id, run.recipe, run.epochs));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_the_same_remark_are_told_together() {
        let said = |remarks: &[&str]| ImageFacts {
            remarks: remarks.iter().map(|remark| (*remark).to_owned()).collect(),
            ..ImageFacts::default()
        };
        let facts =
            HashMap::from([(ImageId(1), said(&["hot"])), (ImageId(2), said(&[])), (ImageId(3), said(&["hot", "cut"]))]);
        let images = [(1, "1.png"), (2, "2.png"), (3, "3.png"), (4, "4.png")];
        let told = remarks(&facts, images.into_iter().map(|(id, name)| (ImageId(id), name)));
        assert_eq!(
            told,
            BTreeMap::from([
                ("cut".into(), vec!["3.png".into()]),
                ("hot".into(), vec!["1.png".into(), "3.png".into()])
            ])
        );
    }
}
