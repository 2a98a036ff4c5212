//! The blocks around the figures: what was judged, on what data, how the model came to be, and the limits.

use super::html::{Html, MANY};
use super::study::{Characteristic, Count};
use super::{EvaluationReport, flow_diagram, items};
use crate::domain::{AnswerKind, Split};
use crate::inference::test_augmentation;
use crate::session::drawing::Drawing;
use crate::session::drawing::numbers::{counted, with_share};

/// Of fewer images figures may be quite other ones by chance.
const FEW: usize = 100;

/// Of a finding that fewer images have, or lack, too.
const FEW_OF_A_KIND: usize = 10;

/// What was judged.
pub(super) fn head(page: &mut Html, of: &EvaluationReport) {
    let judged = &of.judged;
    page.title(&format!("{} on the {} images of {}", judged.model, judged.split.name(), of.study.project));
    page.items(items::HEAD);
    page.warning(
        "Not a medical device. For teaching and research. It gives no diagnosis and must not be used to decide on anyone's care.",
    );
    let (what, classes) = match judged.card.answers() {
        AnswerKind::Class => ("sorts single images into classes", "Classes"),
        AnswerKind::Findings => ("says of single images which of several findings they have", "Findings"),
        AnswerKind::Boxes => ("draws boxes on single images", "Classes"),
    };
    let mut rows = vec![
        row("Model", format!("{}, a neural network ({}) that {what}", judged.model, judged.card.architecture.name())),
        row("Project", of.study.project.clone()),
        row("Split", format!("{}, {}", judged.split.name(), counted(judged.report.images, "image", "images"))),
        row(classes, of.study.classes.join(", ")),
        row("Made", format!("{} with {}", of.made, of.program)),
    ];
    for (at, against) in of.others().enumerate() {
        rows.insert(1 + at, row("Laid beside", against.judged.model.clone()));
    }
    if judged.tta {
        let how = test_augmentation::described(&judged.card);
        rows.push(row("Each image", format!("{how} (test-time augmentation)")));
    }
    page.table("ll", &[], &rows);
}

fn row(name: &str, value: String) -> Vec<String> {
    vec![name.to_owned(), value]
}

/// From the sources to the figures.
pub(super) fn flow(page: &mut Html, of: &EvaluationReport) {
    page.heading("flow", "Flow of the images", Some(items::FLOW));
    let caption = "Groups are patients or uploaders, as far as the project knows them. Entries are files and what they state; \
                   what a person left out before the import is not known here.";
    let svg = flow_diagram::svg(&of.study.flow, &of.judged);
    page.drawings(&[Drawing { name: "flow", svg, caption: caption.to_owned() }]);
    match of.judged.cut_short {
        Some(0) => {}
        Some(cut) => {
            let cut = counted(cut, "image is", "images are");
            page.paragraph(&format!("{cut} cut short and used as far as they decode."));
        }
        None => page.paragraph(
            "The model had looked at the pictures before; whether some are cut short was not looked at again.",
        ),
    }
}

/// Table 1.
pub(super) fn characteristics(page: &mut Html, of: &EvaluationReport) {
    page.heading("characteristics", "Table 1: images by split", Some(items::CHARACTERISTICS));
    let splits = &of.study.flow.splits;
    let of_counts = |name: &str, value: fn(&Count) -> usize| {
        std::iter::once(name.to_owned()).chain(splits.iter().map(|count| value(count).to_string())).collect::<Vec<_>>()
    };
    let mut rows = vec![
        of_counts("Images", |count| count.images),
        of_counts("Groups known (patients, uploaders)", |count| count.groups),
        of_counts("Images of no known group", |count| count.without_group),
    ];
    for Characteristic { name, values } in &of.study.characteristics {
        rows.push(vec![name.clone()]);
        rows.extend(values.iter().map(|(value, counts)| {
            let shares = counts.iter().zip(splits).map(|(count, all)| with_share(*count, all.images));
            std::iter::once(value.clone()).chain(shares).collect()
        }));
    }
    let names = Split::ALL.map(Split::name);
    page.table("lrrr", &["", names[0], names[1], names[2]], &rows);
    prevalence(page, of);
    if of.study.attributes_not_shown > 0 {
        let hidden = counted(of.study.attributes_not_shown, "other attribute is", "other attributes are");
        page.paragraph(&format!(
            "{hidden} known but not shown: by the name it is not sure that nobody is named there."
        ));
    }
}

/// What is said of each finding, by split.
fn prevalence(page: &mut Html, of: &EvaluationReport) {
    let all = &of.study.prevalence;
    if all.is_empty() {
        return;
    }
    page.subheading("Each finding by split");
    page.paragraph(
        "Images by what is said of them. The share beside those that have a finding is of the images on which it is known \
         whether they have it: present or absent.",
    );
    let rows = all.iter().flat_map(|of| {
        let counts = |name: &str, counts: &[usize; 3]| {
            std::iter::once(name.to_owned()).chain(counts.iter().map(usize::to_string)).collect::<Vec<_>>()
        };
        let present = of.present.iter().enumerate().map(|(split, count)| with_share(*count, of.known(split)));
        [
            vec![of.finding.clone()],
            std::iter::once("present".to_owned()).chain(present).collect(),
            counts("absent", &of.absent),
            counts("uncertain", &of.uncertain),
            counts("not assessed", &of.not_looked_at),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let names = Split::ALL.map(Split::name);
    page.fold_if(all.len() > MANY, "What is said of each finding, by split", |page| {
        page.table("lrrr", &["", names[0], names[1], names[2]], &rows);
    });
}

/// Split and leaks.
pub(super) fn checks(page: &mut Html, of: &EvaluationReport) {
    page.heading("checks", "Data split and leaks", Some(items::CHECKS));
    let (checks, flow) = (&of.study.checks, &of.study.flow);
    let disjoint = match (flow.in_project.groups, checks.groups_in_several_splits) {
        (0, _) => "No groups are known: images of one person may lie in two splits.".to_owned(),
        (_, 0) => "No group (patient, uploader) lies in two splits.".to_owned(),
        (_, apart) => format!(
            "{} in several splits: the figures may flatter the model.",
            counted(apart, "group lies", "groups lie")
        ),
    };
    let sets = |count: usize, what: &str| match count {
        0 => format!("Nowhere {what}."),
        count => format!("{} of {what}.", counted(count, "set", "sets")),
    };
    let seen = match (of.judged.split, &of.judged.record, of.judged.seen_in_training) {
        (Split::Test, Some(_), 0) => {
            "The model was neither trained nor tuned on an image of the test split.".to_owned()
        }
        (Split::Test, Some(_), seen) => {
            format!(
                "The model was trained or tuned on {} of the test split: these figures flatter it.",
                counted(seen, "image", "images")
            )
        }
        (Split::Test, None, _) => "What the model was trained on is not known to the project.".to_owned(),
        (Split::Train | Split::Validation, ..) => {
            format!("The {} images were used to make the model: these figures flatter it.", of.judged.split.name())
        }
    };
    let since = match (&checks.changed_since, of.judged.record.as_ref().is_some_and(|record| record.test.is_some())) {
        (Some(since), _) => {
            format!("{since} the project first judged this model; the figures here are of the truth as it is now.")
        }
        (None, true) => {
            "No test label changed since the project judged this model at the end of its training.".to_owned()
        }
        (None, false) => {
            "The project had not judged this model before, so that there is nothing to have changed.".to_owned()
        }
    };
    let mut lines = vec![
        disjoint,
        sets(checks.duplicates_across_splits, "the same picture, or nearly, in several splits"),
        sets(checks.duplicates_with_different_labels, "the same picture, or nearly, with different labels"),
        seen,
        since,
        match checks.split_changes {
            0 => "Images were never moved between splits after the import.".to_owned(),
            changes => format!("Images were moved between splits {}.", counted(changes, "time", "times")),
        },
    ];
    if checks.not_looked_at > 0 {
        lines.push(format!(
            "{} not looked at for near duplicates.",
            counted(checks.not_looked_at, "image was", "images were")
        ));
    }
    page.list(&lines);
}

/// How the model came to be.
pub(super) fn training(page: &mut Html, of: &EvaluationReport) {
    page.heading("training", "Model and training", Some(items::TRAINING));
    let training = &of.study.training;
    let mut rows: Vec<Vec<String>> = training.facts.iter().map(|(name, value)| row(name, value.clone())).collect();
    match &training.recipe {
        Some(recipe) => rows.push(vec![format!("Recipe: {recipe}")]),
        None => rows.push(vec!["No recipe is known: the weights were imported.".to_owned()]),
    }
    rows.extend(training.settings.iter().map(|(name, value)| row(name, value.clone())));
    page.table("ll", &[], &rows);
}

/// What the figures do not say.
pub(super) fn limits(page: &mut Html, of: &EvaluationReport) {
    page.heading("limits", "Limits", Some(items::LIMITS));
    let mut lines = vec![
        "All images are of this project: the figures do not say how the model does on those of other devices, places or people."
            .to_owned(),
        "The truth is what the readers' labels and boxes say; where they are wrong, so are the figures.".to_owned(),
        "What goes along with a class in the data (size, markers, cropping) may be what the model learned.".to_owned(),
    ];
    if of.judged.report.images < FEW {
        lines.push(format!(
            "{} are few: by chance the figures may be quite other ones.",
            counted(of.judged.report.images, "image", "images")
        ));
    }
    let findings = of.judged.report.findings.as_ref();
    let so = if findings.is_some() { "the model could not learn it" } else { "the model cannot say it" };
    lines.extend(
        of.judged
            .never_learned
            .iter()
            .map(|class| format!("No training image showed {class}: {so}, and its images count as errors.")),
    );
    if let Some(findings) = findings {
        lines.push(
            "Figures of a finding leave out the images on which it is uncertain or was not assessed: what is left may be easier."
                .to_owned(),
        );
        let few = findings.per_finding.iter().filter(|(_, of)| of.positives.min(of.negatives) < FEW_OF_A_KIND);
        let few: Vec<&str> = few.map(|(name, _)| name.as_str()).collect();
        if !few.is_empty() {
            lines.push(format!(
                "Fewer than {FEW_OF_A_KIND} images have, or lack, {}: by chance what is told of these may be quite another.",
                few.join(", ")
            ));
        }
    }
    if of.study.flow.in_project.groups == 0 {
        lines.push("Without known groups the intervals take every image for another person's; if they are not, they are too narrow.".to_owned());
    }
    lines.extend(super::threshold::limit(of));
    if of.judged.report.detection.is_none() {
        lines.push("Many figures are shown: some look good or bad by chance alone. Which one counts should be said beforehand.".to_owned());
    }
    page.list(&lines);
}
