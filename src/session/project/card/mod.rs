//! A model's card: what it is, what it learned from, how it does and what it is not for, in Markdown. After Mitchell et
//! al. 2019, "Model Cards for Model Reporting". No image's name, no path and no patient is in it.

mod boxes;
mod classes;
mod epochs;

use crate::domain::recipe::Architecture;
use crate::domain::{
    EpochRecord, ModelId, ModelRecord, Prespecified, RunFacts, RunRecord, RunState, Split, StopReason, prespecified,
};
use crate::files::atomically;
use crate::nn::weights;
use crate::session::project::core::Core;
use crate::session::project::seen::seen_of_test;
use crate::session::project::truth::truth;
use crate::session::protocol::claim;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::test_changes::TestChanges;
use crate::session::protocol::words::thousands;
use crate::training::recipe;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::path::Path;

/// What a card is written from.
pub(in crate::session) struct Facts<'a> {
    pub model: &'a ModelRecord,
    pub run: Option<&'a RunRecord>,
    pub parent: Option<&'a str>,
    /// Numbers that training may change.
    pub parameters: Option<usize>,
    /// Images that show each class by split, in the order of the class list and of [`Split::ALL`].
    pub counts: Vec<(String, [usize; 3])>,
    /// Images of which the class, or for a model that draws boxes all boxes, are known; by split.
    pub known: [usize; 3],
    pub unlabelled: usize,
    /// Different groups (patients, uploaders), those of them that lie in several splits, and images that belong to one.
    pub groups: usize,
    pub apart: usize,
    pub grouped: usize,
    /// Images of the test split as it is now that the model was trained or tuned on.
    pub seen: usize,
    /// What became of the test images since the figures were made.
    pub since: TestChanges,
    /// What the log shows of when its threshold was fixed.
    pub prespecified: Prespecified,
}

impl Core {
    /// A model's card in Markdown.
    ///
    /// # Errors
    /// When the project has no such model.
    pub fn model_card(&self, model: ModelId) -> Result<String, SessionError> {
        let record = self.models.iter().find(|m| m.id == model);
        let record = record.ok_or_else(|| SessionError::refused(format!("the project has no model {model}")))?;
        let parent = record.parent.and_then(|id| self.models.iter().find(|m| m.id == id));
        let names = self.view.classes.names();
        let mut counts: Vec<(String, [usize; 3])> = names.into_iter().map(|name| (name, [0; 3])).collect();
        let (mut known, mut unlabelled) = ([0; 3], 0);
        let kind = record.card.answers();
        for (image, annotation) in self.images.iter().zip(&self.annotations) {
            let Some(truth) = truth(annotation, kind, &self.view.classes) else {
                unlabelled += 1;
                continue;
            };
            let at = Split::ALL.iter().position(|split| *split == image.split).unwrap_or(0);
            known.iter_mut().skip(at).take(1).for_each(|count| *count += 1);
            for class in truth.classes() {
                if let Some(count) = counts.get_mut(class).and_then(|(_, counts)| counts.get_mut(at)) {
                    *count += 1;
                }
            }
        }
        let grouped = self.images.iter().filter_map(|image| Some((image.group.as_deref()?, image.split)));
        let mut groups: HashMap<&str, HashSet<Split>> = HashMap::new();
        for (group, split) in grouped.clone() {
            groups.entry(group).or_default().insert(split);
        }
        Ok(write(&Facts {
            model: record,
            run: record.run.and_then(|id| self.runs.iter().find(|r| r.id == id)),
            parent: parent.map(|m| m.card.name.as_str()),
            parameters: weights::count_parameters(&record.file).ok(),
            counts,
            known,
            unlabelled,
            groups: groups.len(),
            apart: groups.values().filter(|splits| splits.len() > 1).count(),
            grouped: grouped.count(),
            seen: seen_of_test(&self.store, model)?.unwrap_or(0),
            since: self.changed_since(model),
            prespecified: prespecified(&self.store.decisions()?, model),
        }))
    }

    /// Writes a model's card to a file.
    ///
    /// # Errors
    /// When the project has no such model or the file cannot be written.
    pub fn write_model_card(&self, model: ModelId, to: &Path) -> Result<(), SessionError> {
        let text = self.model_card(model)?;
        atomically(to, |out| out.write_all(text.as_bytes())).map_err(|e| SessionError::file(to, "written", &e))
    }
}

/// The card's text.
pub(in crate::session) fn write(facts: &Facts<'_>) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = head(&mut out, facts)
        .and_then(|()| data(&mut out, facts))
        .and_then(|()| training(&mut out, facts))
        .and_then(|()| figures(&mut out, facts))
        .and_then(|()| limits(&mut out, facts));
    out
}

pub(in crate::session) type Written = Result<(), std::fmt::Error>;

fn head(out: &mut String, facts: &Facts<'_>) -> Written {
    let card = &facts.model.card;
    writeln!(out, "# {}\n", card.name)?;
    writeln!(
        out,
        "**Not a medical device.** For teaching and research. It gives no diagnosis and must not be used to decide on \
         anyone's care.\n"
    )?;
    writeln!(out, "| | |\n|---|---|")?;
    writeln!(out, "| Made | {} |", day(card.created_ms))?;
    writeln!(out, "| Network | {} |", card.architecture.name())?;
    if let Some(parameters) = facts.parameters {
        writeln!(out, "| Parameters | {} |", thousands(parameters))?;
    }
    let ordered = if card.classes.ordinal { " (graded, in this order)" } else { "" };
    let names: Vec<String> = card.classes.names().iter().map(|name| cell(name)).collect();
    writeln!(out, "| Classes | {}{ordered} |", names.join(", "))?;
    let p = &card.preprocessing;
    writeln!(out, "| Input | {}; done by what is inside the file |", p.sentence())?;
    writeln!(out, "| Greys | {} |", p.greys.sentence())?;
    if facts.prespecified.threshold.is_some() {
        writeln!(out, "| Threshold | {} |", claim::sentence(&facts.prespecified))?;
    }
    if let Some(temperature) = facts.model.temperature {
        writeln!(out, "| Probabilities | calibrated on the validation images, by a temperature of {temperature:.3} |")?;
    }
    for one in &facts.model.finding_temperatures {
        writeln!(out, "| Probabilities | {} |", cell(&one.sentence()))?;
    }
    if let Some(rules) = &facts.model.finding_rules {
        let percent = 100.0 * rules.miss;
        writeln!(
            out,
            "| Not sure | it may be not sure of a finding, so that at most {percent:.1} % of its answers about each miss the truth |"
        )?;
        for text in rules.each.iter().filter_map(|one| one.too_few(rules.miss)) {
            writeln!(out, "| Not sure | {} |", cell(&text))?;
        }
    }
    if let Some(map) = facts.model.scores {
        let (a, b, c, boxes) = (map.a, map.b, map.c, map.boxes);
        writeln!(
            out,
            "| Scores | calibrated on {boxes} boxes of the validation images: log odds {a:.3} ln(s) - {b:.3} ln(1 - s) + {c:.3} |"
        )?;
    }
    if let Some(rule) = facts.model.answers {
        let percent = 100.0 * rule.miss;
        writeln!(
            out,
            "| Not sure | it may name several classes, so that at most {percent:.1} % of its answers miss the truth |"
        )?;
    }
    writeln!(out, "| Parent | {} |", facts.parent.map_or("none".to_owned(), cell))?;
    writeln!(out, "| Written by | Overread {} |\n", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "## Intended use\n")?;
    let what = match card.architecture {
        Architecture::Classifier(_) => "To sort single images like those it learned from into the classes above",
        Architecture::Detector(_) => {
            "To draw boxes around what is of the classes above on single images like those it learned from"
        }
    };
    writeln!(
        out,
        "{what}, beside a person who looks at every image: to find labels worth a second look, and to learn and teach \
         how such models fail.\n"
    )
}

fn data(out: &mut String, facts: &Facts<'_>) -> Written {
    writeln!(out, "## Data\n")?;
    writeln!(out, "Labelled images of the project when this card was written:\n")?;
    writeln!(out, "| Class | train | validation | test |\n|---|---:|---:|---:|")?;
    for (name, counts) in &facts.counts {
        let [train, validation, test] = counts;
        writeln!(out, "| {} | {train} | {validation} | {test} |", cell(name))?;
    }
    let [train, validation, test] = facts.known;
    writeln!(out, "| all | {train} | {validation} | {test} |\n")?;
    match facts.model.card.architecture {
        _ if facts.unlabelled == 0 => {}
        Architecture::Classifier(_) => {
            writeln!(out, "{} images have no label and were not learned from.\n", facts.unlabelled)?
        }
        Architecture::Detector(_) => {
            writeln!(out, "Of {} images no boxes are known; they were not learned from.\n", facts.unlabelled)?
        }
    }
    match facts.groups {
        0 => writeln!(out, "No groups (patients, uploaders) are known: one person's images may lie in two splits.\n")?,
        groups => {
            let apart = match facts.apart {
                0 => "none lies in two splits".to_owned(),
                apart => format!("{apart} lie in several splits, so that figures may flatter the model"),
            };
            writeln!(out, "{groups} groups (patients, uploaders) are known for {} images; {apart}.\n", facts.grouped)?;
        }
    }
    match facts.model.card.data_digest.as_str() {
        "" => writeln!(out, "What it was trained on is not known here: the weights were imported.\n"),
        digest => writeln!(out, "Digest of the images and labels it learned from (SHA-256): `{digest}`\n"),
    }
}

fn training(out: &mut String, facts: &Facts<'_>) -> Written {
    writeln!(out, "## Training\n")?;
    let Some(of) = &facts.model.card.recipe else {
        return writeln!(out, "No recipe is known: the weights were imported.\n");
    };
    writeln!(out, "Recipe **{}** (`{}`), seed {}.\n", of.title, of.name, of.seed)?;
    writeln!(out, "| | |\n|---|---|")?;
    for (name, text) in recipe::describe(of) {
        writeln!(out, "| {} | {} |", cell(&name), cell(&text))?;
    }
    writeln!(out, "\n<details><summary>Every setting</summary>\n\n```")?;
    for (key, value) in recipe::list(of) {
        writeln!(out, "{key} = {value}")?;
    }
    writeln!(out, "```\n\n</details>\n")?;
    let Some(run) = facts.run else { return Ok(()) };
    if let Some(start) = started_from(run) {
        writeln!(out, "Started from the weights in `{start}`.\n")?;
    }
    if let Some(made) = &run.facts {
        made_with(out, made, &facts.model.card.classes.names())?;
    }
    let seconds: f64 = run.epochs.iter().map(|e| e.seconds).filter(|s| s.is_finite()).sum();
    let how = match run.state {
        RunState::Finished { stopped: Some(StopReason::NoGain) } => ", ended early without a gain",
        RunState::Finished { stopped: Some(StopReason::Stopped) } => ", stopped by a person",
        _ => "",
    };
    write!(out, "{} epochs in {}{how}", run.epochs.len(), duration(seconds))?;
    match EpochRecord::kept(&run.epochs) {
        Some(best) => writeln!(out, "; the weights kept are those of epoch {}.\n", best.epoch)?,
        None => writeln!(out, ".\n")?,
    }
    epochs::table(out, &run.epochs, facts.model.card.answers())
}

/// What a run was made of and what it took.
fn made_with(out: &mut String, run: &RunFacts, classes: &[String]) -> Written {
    writeln!(out, "| | |\n|---|---|")?;
    let rate =
        format!("{:.1} images/s, {:.0} % of the time waiting for images", run.images_per_second, 100.0 * run.data_wait);
    let drawn: Vec<String> = classes.iter().zip(&run.drawn).map(|(name, n)| format!("{name} {n}")).collect();
    for (name, value) in [
        ("Trained by", format!("{}, {}", run.program, run.tensor_library)),
        ("Started from", run.started_from.clone()),
        ("Device", run.device.clone()),
        ("Vector instructions", run.vectors.clone()),
        ("Images", format!("{} to train on, {} to validate", run.train_images, run.validation_images)),
        ("Shown in all epochs", drawn.join(", ")),
        ("Wall time", duration(run.wall_seconds)),
        ("Speed", rate),
        ("End", run.ended.clone()),
    ] {
        if !value.is_empty() {
            writeln!(out, "| {name} | {} |", cell(&value))?;
        }
    }
    writeln!(out)
}

fn figures(out: &mut String, facts: &Facts<'_>) -> Written {
    writeln!(out, "## Figures on the test split\n")?;
    let Some(test) = &facts.model.test else {
        return writeln!(out, "Not evaluated yet.\n");
    };
    match facts.seen {
        0 => writeln!(out, "{} images that no training, threshold or early stopping saw.\n", test.images)?,
        seen => writeln!(
            out,
            "{} images. The model was trained or tuned on {seen} images of the test split as it is now: these figures may \
             flatter it.\n",
            test.images
        )?,
    }
    if let Some(since) = facts.since.in_words() {
        writeln!(out, "**{since}**: evaluate the model again before these figures are laid beside others.\n")?;
    }
    if let Some(detection) = &test.detection {
        return boxes::figures(out, detection, &facts.model.card.classes.names());
    }
    classes::figures(out, test, &facts.model.card.classes.names())
}

fn limits(out: &mut String, facts: &Facts<'_>) -> Written {
    writeln!(out, "## Limits\n")?;
    let known = match facts.model.card.architecture {
        Architecture::Classifier(_) => {
            "It knows only the classes above and gives every image one of them, also an image of something else."
        }
        Architecture::Detector(_) => {
            "It knows only the classes above and looks for nothing else; an image without a box is not a healthy one."
        }
    };
    let mut lines = vec![
        known,
        "Its figures hold for images from the same sources; other devices, hospitals, ages or projections may differ.",
        "What correlates with a class in the data (size, markers, cropping) may be what it learned: look at its heat maps.",
        "The readers' labels are its truth; where they are wrong, so are its figures.",
    ];
    match facts.model.test.as_ref().map(|t| t.images) {
        None => lines.push("It was never evaluated on a test split."),
        Some(images) if images < 100 => {
            lines.push("The test split is small: by chance figures may be quite other ones.")
        }
        Some(_) => {}
    }
    lines.into_iter().try_for_each(|line| writeln!(out, "- {line}"))
}

/// The name, without its folder, of the file that a run's log says it started from.
pub(in crate::session) fn started_from(run: &RunRecord) -> Option<String> {
    let line = run.log.iter().find_map(|line| line.strip_prefix("started from "))?;
    let (path, _) = line.rsplit_once(": ")?;
    path.rsplit(['/', '\\']).next().map(str::to_owned)
}

/// Text that may stand in a table.
pub(in crate::session) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

pub(in crate::session) fn number(value: Option<f64>) -> String {
    value.filter(|v| v.is_finite()).map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"))
}

/// "2026-01-15", in UTC.
pub(in crate::session) fn day(created_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(created_ms)
        .map_or_else(|_| "-".to_owned(), |t| t.strftime("%Y-%m-%d").to_string())
}

pub(in crate::session) fn duration(seconds: f64) -> String {
    let s = seconds.round() as u64;
    match s {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        _ => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

#[cfg(test)]
mod tests;
