//! A model's card: what it is, what it learned from, how it does and what it is not for, in Markdown. After Mitchell et
//! al. 2019, "Model Cards for Model Reporting". No image's name, no path and no patient is in it.

use super::card_boxes;
use super::core::Core;
use super::error::SessionError;
use super::learning::truth;
use crate::domain::{ClassificationReport, ModelId, ModelRecord, RunFacts, RunRecord, RunState, Split, StopReason};
use crate::evaluation::wilson_interval;
use crate::imaging::write::atomically;
use crate::nn::weights;
use crate::training::recipe;
use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;

/// What a card is written from.
pub(super) struct Facts<'a> {
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
    /// Different groups (patients, uploaders) and images that belong to one.
    pub groups: usize,
    pub grouped: usize,
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
        let boxes = record.card.architecture.detector().is_some();
        for (image, annotation) in self.images.iter().zip(&self.annotations) {
            let Some(truth) = truth(annotation, boxes, &self.view.classes) else {
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
        let groups: Vec<&str> = self.images.iter().filter_map(|i| i.group.as_deref()).collect();
        Ok(write(&Facts {
            model: record,
            run: record.run.and_then(|id| self.runs.iter().find(|r| r.id == id)),
            parent: parent.map(|m| m.card.name.as_str()),
            parameters: weights::count_parameters(&record.file).ok(),
            counts,
            known,
            unlabelled,
            groups: groups.iter().collect::<HashSet<_>>().len(),
            grouped: groups.len(),
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
pub(super) fn write(facts: &Facts<'_>) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = head(&mut out, facts)
        .and_then(|()| data(&mut out, facts))
        .and_then(|()| training(&mut out, facts))
        .and_then(|()| figures(&mut out, facts))
        .and_then(|()| limits(&mut out, facts));
    out
}

pub(super) type Written = Result<(), std::fmt::Error>;

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
    let colour = if p.channels == 1 { "grey" } else { "colour" };
    writeln!(out, "| Input | {} x {} pixels, {colour}; preprocessing inside the file |", p.width, p.height)?;
    writeln!(out, "| Parent | {} |", facts.parent.map_or("none".to_owned(), cell))?;
    writeln!(out, "| Written by | Overread {} |\n", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "## Intended use\n")?;
    let what = match card.architecture.detector() {
        None => "To sort single images like those it learned from into the classes above",
        Some(_) => "To draw boxes around what is of the classes above on single images like those it learned from",
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
    if facts.unlabelled > 0 {
        writeln!(out, "{} images have no label and were not learned from.\n", facts.unlabelled)?;
    }
    match facts.groups {
        0 => writeln!(out, "No groups (patients, uploaders) are known: one person's images may lie in two splits.\n")?,
        groups => writeln!(
            out,
            "{groups} groups (patients, uploaders) are known for {} images; none lies in two splits.\n",
            facts.grouped
        )?,
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
    match run.epochs.iter().find(|e| e.best) {
        Some(best) => writeln!(out, "; the weights kept are those of epoch {}.\n", best.epoch)?,
        None => writeln!(out, ".\n")?,
    }
    writeln!(out, "| Epoch | Loss | Accuracy | Validation loss | Validation accuracy | Learning rate | Seconds |")?;
    writeln!(out, "|---:|---:|---:|---:|---:|---:|---:|")?;
    for e in &run.epochs {
        let best = if e.best { " (kept)" } else { "" };
        writeln!(
            out,
            "| {}{best} | {} | {} | {} | {} | {} | {:.1} |",
            e.epoch,
            number(Some(e.train_loss)),
            number(Some(e.train_accuracy)),
            number(e.validation_loss),
            number(e.validation_accuracy),
            e.learning_rate,
            e.seconds
        )?;
    }
    writeln!(out)
}

/// What a run was made of and what it took.
fn made_with(out: &mut String, run: &RunFacts, classes: &[String]) -> Written {
    writeln!(out, "| | |\n|---|---|")?;
    let rate =
        format!("{:.1} images/s, {:.0} % of the time waiting for images", run.images_per_second, 100.0 * run.data_wait);
    let drawn: Vec<String> = classes.iter().zip(&run.drawn).map(|(name, n)| format!("{name} {n}")).collect();
    for (name, value) in [
        ("Trained by", format!("{}, {}", run.program, run.tensor_library)),
        ("Device", run.device.clone()),
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
    writeln!(
        out,
        "{} images that no training, threshold or early stopping saw. Intervals are 95 % (Wilson) and speak of images, \
         as if each were of another person.\n",
        test.images
    )?;
    if let Some(detection) = &test.detection {
        return card_boxes::figures(out, detection, &facts.model.card.classes.names());
    }
    let names = facts.model.card.classes.names();
    let right: usize = test.confusion_matrix.iter().enumerate().filter_map(|(i, row)| row.get(i)).sum();
    writeln!(out, "| | |\n|---|---|")?;
    writeln!(out, "| Accuracy | {} {} |", number(Some(test.accuracy)), interval(right, test.images))?;
    writeln!(out, "| Balanced accuracy | {} |", number(Some(test.balanced_accuracy)))?;
    for (name, value) in [
        ("AUC", test.auc),
        ("Kappa, quadratic weights", test.quadratic_kappa),
        ("Mean error in grades", test.mean_absolute_error),
        ("Calibration error", test.calibration_error),
    ] {
        if value.is_some() {
            writeln!(out, "| {name} | {} |", number(value))?;
        }
    }
    writeln!(out, "\n| Class | Precision | Recall | F1 | Images |\n|---|---:|---:|---:|---:|")?;
    for (at, name) in names.iter().enumerate() {
        let Some(m) = test.per_class.get(name) else { continue };
        let found = test.confusion_matrix.get(at).and_then(|row| row.get(at)).copied().unwrap_or(0);
        writeln!(
            out,
            "| {} | {} | {} {} | {} | {} |",
            cell(name),
            number(Some(m.precision)),
            number(Some(m.recall)),
            interval(found, m.support),
            number(Some(m.f1)),
            m.support
        )?;
    }
    writeln!(out)?;
    confusion(out, test, &names)
}

fn confusion(out: &mut String, test: &ClassificationReport, names: &[String]) -> Written {
    let heads: Vec<String> = names.iter().map(|name| cell(name)).collect();
    writeln!(out, "Rows are the readers' labels, columns what the model says:\n")?;
    writeln!(out, "| | {} |\n|---|{}", heads.join(" | "), "---:|".repeat(heads.len()))?;
    for (head, row) in heads.iter().zip(&test.confusion_matrix) {
        let row: Vec<String> = row.iter().map(usize::to_string).collect();
        writeln!(out, "| **{head}** | {} |", row.join(" | "))?;
    }
    writeln!(out)
}

fn limits(out: &mut String, facts: &Facts<'_>) -> Written {
    writeln!(out, "## Limits\n")?;
    let known = match facts.model.card.architecture.detector() {
        None => "It knows only the classes above and gives every image one of them, also an image of something else.",
        Some(_) => {
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
        Some(images) if images < 100 => lines.push("The test split is small: see how wide the intervals are."),
        Some(_) => {}
    }
    lines.into_iter().try_for_each(|line| writeln!(out, "- {line}"))
}

/// The name, without its folder, of the file that a run's log says it started from.
fn started_from(run: &RunRecord) -> Option<String> {
    let line = run.log.iter().find_map(|line| line.strip_prefix("started from "))?;
    let (path, _) = line.rsplit_once(": ")?;
    path.rsplit(['/', '\\']).next().map(str::to_owned)
}

/// Text that may stand in a table.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

pub(super) fn number(value: Option<f64>) -> String {
    value.filter(|v| v.is_finite()).map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"))
}

fn interval(successes: usize, trials: usize) -> String {
    wilson_interval(successes, trials).map_or_else(String::new, |(low, high)| format!("({low:.3} to {high:.3})"))
}

/// "2026-01-15", in UTC.
fn day(created_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(created_ms)
        .map_or_else(|_| "-".to_owned(), |t| t.strftime("%Y-%m-%d").to_string())
}

fn duration(seconds: f64) -> String {
    let s = seconds.round() as u64;
    match s {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        _ => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn card(change: impl Fn(&mut ModelRecord, &mut RunRecord)) -> String {
        let mut model = fixture::models().remove(0).record;
        let mut run = fixture::runs().into_iter().find(|r| !r.epochs.is_empty()).unwrap();
        change(&mut model, &mut run);
        let counts = model.card.classes.names().into_iter().map(|name| (name, [30, 10, 12])).collect();
        write(&Facts {
            model: &model,
            run: Some(&run),
            parent: Some("before"),
            parameters: Some(11_177_538),
            counts,
            known: [60, 20, 24],
            unlabelled: 3,
            groups: 17,
            grouped: 90,
        })
    }

    #[test]
    fn a_card_says_what_a_reader_of_it_must_know() {
        let text = card(|model, run| {
            model.card.data_digest = "ab12".into();
            run.facts = Some(RunFacts {
                device: "CPU, 2 threads".into(),
                tensor_library: "candle 0.11".into(),
                wall_seconds: 125.0,
                images_per_second: 31.25,
                drawn: vec![7, 9],
                ..RunFacts::default()
            });
            run.log.push("started from /home/reader/Jane Doe/resnet18-f37072fd.pth: 120 of its tensors fit".into());
        });
        for part in [
            "**Not a medical device.**",
            "gives no diagnosis",
            "| Parameters | 11,177,538 |",
            "| Parent | before |",
            "| Fractured | 30 | 10 | 12 |",
            "| all | 60 | 20 | 24 |",
            "3 images have no label",
            "17 groups",
            "`ab12`",
            "Started from the weights in `resnet18-f37072fd.pth`",
            "optimizer.learning_rate = ",
            "| Device | CPU, 2 threads |",
            "candle 0.11",
            "| Wall time | 2 min 5 s |",
            "31.2 images/s",
            "Non_fractured 9",
            "| Epoch | Loss |",
            "(kept)",
            "## Limits",
        ] {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
        assert!(!text.contains("/home") && !text.contains("Jane"), "{text}");
    }

    #[test]
    fn figures_stand_with_their_intervals_and_the_confusion_matrix() {
        let text = card(|model, _| {
            let mut test = ClassificationReport { images: 50, accuracy: 0.9, ..Default::default() };
            test.confusion_matrix = vec![vec![25, 2], vec![3, 20]];
            test.per_class
                .insert("Fractured".into(), crate::domain::ClassMetrics { support: 27, ..Default::default() });
            model.test = Some(test);
        });
        assert!(text.contains("| Accuracy | 0.900 (0.786 to 0.957) |"), "{text}");
        assert!(text.contains("| **Fractured** | 25 | 2 |"), "{text}");
        assert!(text.contains("The test split is small"), "{text}");
    }

    #[test]
    fn imported_weights_without_figures_get_a_card_too() {
        let text = card(|model, run| {
            (model.card.recipe, model.test) = (None, None);
            model.card.data_digest.clear();
            model.card.name = "a|b".into();
            run.epochs.clear();
        });
        assert!(text.contains("No recipe is known") && text.contains("Not evaluated yet"), "{text}");
        assert!(text.contains("never evaluated on a test split"), "{text}");
    }
}
