//! What models did to the readers of the images that were judged: before and after the reveal, with the model on screen, and how
//! long they looked.

use super::EvaluationReport;
use super::html::Html;
use super::items;
use crate::domain::performance::Estimate;
use crate::evaluation::influence::{Part, Truths};
use crate::session::drawing::numbers::{counted, number, p_value};
use crate::session::protocol::agreement::{Agreement, Influences, OfReader, TimesOf};

/// That of a project's agreement, with readers by their numbers from 1 as in the block on their agreement: names are left out.
pub(super) fn numbered(agreement: &Agreement) -> Influences {
    let mut found = agreement.influences.clone();
    let mut names: Vec<String> = agreement.readers.iter().map(|one| one.name.clone()).collect();
    let mut number = |name: &mut String| {
        let known = names.iter().position(|one| one == name);
        // Who took all back again has no number there.
        let at = known.unwrap_or_else(|| {
            names.push(name.clone());
            names.len() - 1
        });
        *name = format!("reader {}", at + 1);
    };
    found.readers.iter_mut().for_each(|one| number(&mut one.reader));
    found.assisted.iter_mut().for_each(|one| number(&mut one.reader));
    found.times.iter_mut().for_each(|one| number(&mut one.reader));
    found
}

/// "3 of 5 (0.231 to 0.882)".
fn share(part: Part) -> String {
    match part.interval {
        Some([low, high]) => format!("{} of {} ({} to {})", part.count, part.of, number(low), number(high)),
        None => "none".to_owned(),
    }
}

/// "12 imported, 3 adjudicated".
fn truths(of: Truths) -> String {
    let told: Vec<String> = of.counts().map(|(from, count)| format!("{count} {}", from.name())).collect();
    if told.is_empty() { "not known".to_owned() } else { told.join(", ") }
}

pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    page.heading("influence", "What models did to the readers", Some(items::INFLUENCE));
    let found = &of.influence;
    if found.readers.is_empty() && found.assisted.is_empty() {
        page.paragraph("No image of this split was read with a model's answer on screen, before or after a reading: what it does to readers is not known.");
    }
    if !found.readers.is_empty() {
        revealed(page, found);
    }
    if !found.assisted.is_empty() {
        assisted(page, found);
    }
    boxes(page, found);
    times(page, &found.times);
    made_of(page, found);
}

/// Those of a reader each, and all together by model.
fn everybody(found: &Influences) -> impl Iterator<Item = (String, &OfReader)> {
    let together = found.models.iter().filter(|_| found.readers.len() > 1);
    let name = |one: &OfReader| if one.reader.is_empty() { "all".to_owned() } else { one.reader.clone() };
    found.readers.iter().chain(together).map(move |one| (name(one), one))
}

fn revealed(page: &mut Html, found: &Influences) {
    page.subheading("Before and after the reveal");
    page.paragraph(
        "Readings that were committed before the model's answer was revealed, and what became of them. Overridden: what the reader \
         said in the end is not what the model says. In brackets 95 % intervals (Wilson), which take every answer for independent.",
    );
    let rows: Vec<Vec<String>> = everybody(found)
        .map(|(who, one)| {
            let of = &one.all;
            let parts = [of.agreed_first, of.agreed_last, of.followed, of.left, of.overrides.overridden];
            let mut row = vec![who, one.model.clone(), one.readings.to_string(), of.answers.to_string()];
            row.extend(parts.map(share));
            row
        })
        .collect();
    let head = [
        "Reader",
        "Model",
        "Readings",
        "Answers",
        "Agreed before",
        "Agreed after",
        "Took its answer",
        "Left its answer",
        "Overridden",
    ];
    page.wide_table("llrrvvvvv", &head, &rows);
    let known: Vec<Vec<String>> = everybody(found)
        .filter(|(_, one)| one.all.right_model.of > 0)
        .map(|(who, one)| {
            let of = &one.all;
            let parts = [of.right_first, of.right_last, of.right_model, of.gained, of.misled];
            let mut row = vec![who, one.model.clone()];
            row.extend(parts.map(share));
            row.push(truths(of.truths));
            row
        })
        .collect();
    if known.is_empty() {
        return page.paragraph(
            "Of none of these the truth was settled by others than the reader: who was right is not known.",
        );
    }
    page.paragraph(
        "Who was right, where the truth was settled by others than the reader. Gained and misled: of readers who had said something \
         else, who took the model's answer where it was right, and where it was wrong (automation bias; Goddard and others 2012).",
    );
    let head = ["Reader", "Model", "Right before", "Right after", "Right: the model", "Gained", "Misled", "Truth"];
    page.wide_table("llvvvvvl", &head, &known);
}

fn assisted(page: &mut Html, found: &Influences) {
    page.subheading("With the model on screen all along");
    page.paragraph(
        "What a reader said last of an image while the model's answer was shown, and who was right where it is not what the model says.",
    );
    let rows: Vec<Vec<String>> = found
        .assisted
        .iter()
        .map(|one| {
            let of = &one.overrides;
            let mut row = vec![one.reader.clone(), one.model.clone(), one.readings.to_string(), of.answers.to_string()];
            row.extend([of.overridden, of.reader_right, of.model_right].map(share));
            row.push(truths(one.truths));
            row
        })
        .collect();
    let head =
        ["Reader", "Model", "Images", "Answers", "Overridden", "There right: reader", "There right: model", "Truth"];
    page.wide_table("llrrvvvl", &head, &rows);
}

fn boxes(page: &mut Html, found: &Influences) {
    let mut rows = Vec::new();
    let mut row = |who: &str, model: &str, when: &str, of: crate::evaluation::box_influence::BoxFates| {
        let mut row = vec![who.to_owned(), model.to_owned(), when.to_owned()];
        row.extend([of.kept, of.moved, of.deleted, of.added].map(|count| count.to_string()));
        rows.push(row);
    };
    for (who, one) in everybody(found) {
        if let Some(boxes) = one.boxes {
            row(&who, &one.model, "before", boxes.before);
            row(&who, &one.model, "after", boxes.after);
        }
    }
    for one in &found.assisted {
        if let Some(boxes) = one.boxes {
            row(&one.reader, &one.model, "on screen", boxes);
        }
    }
    if rows.is_empty() {
        return;
    }
    page.subheading("The model's boxes in what the readers drew");
    page.paragraph(
        "Boxes as they were shown, from the threshold of then on. Kept: both overlap by half of their union (IoU 0.5); moved: by a tenth \
         or more. An answer above is a place where anybody drew a box.",
    );
    let head = ["Reader", "Model", "When", "Kept", "Moved", "Not there", "More"];
    page.table("lllrrrr", &head, &rows);
}

fn times(page: &mut Html, times: &[TimesOf]) {
    if times.is_empty() {
        return;
    }
    page.subheading("Time an image");
    page.paragraph(
        "From when an image came on screen to the commit, or to the last word before another image; first readings alone. Medians with \
         quartiles, in seconds, in the order of reading, and the rank correlation (Spearman) of time with that order.",
    );
    let seconds = |of: &crate::evaluation::learning_curve::Quartiles| {
        let [lower, median, upper] = [of.lower, of.median, of.upper].map(|ms| format!("{:.1}", ms / 1000.0));
        format!("{median} ({lower} to {upper})")
    };
    let mut rows = Vec::new();
    for one in times {
        let trend = one.curve.trend.map_or_else(
            || "not defined".to_owned(),
            |trend| match trend.p {
                Some(p) => format!("{}, {}", number(trend.spearman), p_value(Some(p))),
                None => number(trend.spearman),
            },
        );
        let all = one.curve.times_ms.as_ref().map_or_else(String::new, seconds);
        rows.push(vec![one.reader.clone(), format!("all {}", one.curve.readings), all, trend]);
        rows.extend(one.curve.blocks.iter().map(|block| {
            let last = block.from + block.readings - 1;
            vec![String::new(), format!("{} to {last}", block.from), seconds(&block.times_ms), String::new()]
        }));
    }
    page.table("lrvv", &["Reader", "Images", "Seconds", "Trend"], &rows);
}

fn made_of(page: &mut Html, found: &Influences) {
    let of = found.made_of;
    if of.committed + of.assisted + of.without_answer == 0 {
        return;
    }
    let mut lines = vec![format!(
        "Made of {} and {} with a model on screen, of {} of this split. What a model answered is what the log says was shown, by its \
         thresholds of then.",
        counted(of.committed, "committed reading", "committed readings"),
        counted(of.assisted, "reading", "readings"),
        counted(of.images, "image", "images")
    )];
    let mut more = |count: usize, what: &str| {
        if count > 0 {
            lines.push(format!("{}: {what}.", counted(count, "reading", "readings")));
        }
    };
    more(
        of.without_answer,
        "committed and not counted, because no model had answered, or nothing that can be compared",
    );
    more(of.unsure_thresholds, "judged by a threshold of which it is not known whether it was there then");
    more(of.learned, "made with a head that had learned from corrections");
    page.list(&lines);
}

/// Rows of the table of figures: the model, the figure, and its value.
pub(super) fn rows(of: &EvaluationReport) -> Vec<(String, String, Estimate)> {
    let mut rows = Vec::new();
    let mut row = |who: &str, model: &str, name: &str, part: Part| {
        if part.of > 0 {
            let value = Some(part.count as f64 / part.of as f64);
            rows.push((
                model.to_owned(),
                format!("{name} ({who})"),
                Estimate { value, interval: part.interval, why: None },
            ));
        }
    };
    for (who, one) in everybody(&of.influence) {
        let of = &one.all;
        let parts = [
            ("agreed_before_reveal", of.agreed_first),
            ("agreed_after_reveal", of.agreed_last),
            ("took_model_answer", of.followed),
            ("overridden", of.overrides.overridden),
            ("right_before_reveal", of.right_first),
            ("right_after_reveal", of.right_last),
            ("right_model", of.right_model),
            ("gained", of.gained),
            ("misled", of.misled),
        ];
        parts.into_iter().for_each(|(name, part)| row(&who, &one.model, name, part));
    }
    for one in &of.influence.assisted {
        let parts = [
            ("overridden_on_screen", one.overrides.overridden),
            ("overridden_reader_right", one.overrides.reader_right),
            ("overridden_model_right", one.overrides.model_right),
        ];
        parts.into_iter().for_each(|(name, part)| row(&one.reader, &one.model, name, part));
    }
    rows
}
