//! `overread influence`: what the model does to its readers, told from the log.

use super::output::Output;
use super::project::ProjectArg;
use crate::domain::{AnswerKind, Split};
use crate::evaluation::influence::{Influence, Overrides, Part};
use crate::session::project::{agreeing, influence};
use crate::session::{BoxFates, Influences, LearningCurve, OfReader, PlantedOf, Quartiles};
use anyhow::{Result, bail};
use serde_json::json;
use std::collections::BTreeSet;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// Of one split only: train, validation or test.
    #[arg(long, value_name = "SPLIT")]
    split: Option<String>,
    /// Say who the readers are; without this they are numbers.
    #[arg(long)]
    names: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    let store = args.project.read()?;
    let split = match args.split.as_deref().map(|text| (text, Split::parse(text))) {
        None => None,
        Some((_, Some(split))) => Some(split),
        Some((text, None)) => bail!("there is no split {text:?}: use train, validation or test"),
    };
    let Some(mut found) = influence::of(&store, split, &|_, _| true)? else { return Ok(()) };
    if !args.names {
        let order = agreeing::who_read(&store)?.into_iter().map(|one| one.name).collect();
        number(&mut found, order);
    }
    out.json(&json!(found))?;
    if out.is_json() {
        return Ok(());
    }
    if found.readers.is_empty() && found.assisted.is_empty() {
        out.text(
            "no reading was committed before a model was revealed: choose \"Reveal after commit\" in the reader's menu of the window",
        )?;
    }
    for one in &found.readers {
        revealed(out, &one.reader, one)?;
    }
    for one in found.models.iter().filter(|_| found.readers.len() > 1) {
        revealed(out, "all readers", one)?;
    }
    for one in &found.assisted {
        let what = places(one.asked, one.overrides.answers);
        out.text(format!("{}, {} on screen all along: {} images, {what}", one.reader, one.model, one.readings))?;
        overridden(out, &one.overrides)?;
        truths(out, one.truths.counts())?;
        one.boxes.map_or(Ok(()), |boxes| fates(out, "boxes", boxes))?;
    }
    for one in &found.planted {
        planted(out, one)?;
    }
    for one in &found.times {
        times(out, &one.reader, &one.curve)?;
    }
    made_of(out, &found)
}

fn planted(out: Output, of: &PlantedOf) -> Result<()> {
    out.text(format!(
        "{}, {}: wrong answers that studies had planted, in none of the figures above",
        of.reader, of.model
    ))?;
    let followed = of.followed;
    lines(
        out,
        [
            ("followed of the planted ones (automation bias)", followed.planted),
            ("and of the model's own wrong ones", followed.wrong),
            ("and of its right ones", followed.right),
        ],
    )
}

/// Numbers in the place of names, the same for the same reader everywhere, also in `overread agreement`: those who read most first.
fn number(found: &mut Influences, order: Vec<String>) {
    let names = |found: &Influences| -> Vec<String> {
        let revealed = found.readers.iter().map(|one| &one.reader);
        let revealed = revealed.chain(found.planted.iter().map(|one| &one.reader));
        let others = found.assisted.iter().map(|one| &one.reader).chain(found.times.iter().map(|one| &one.reader));
        revealed.chain(others).cloned().collect::<BTreeSet<String>>().into_iter().collect()
    };
    let others = names(found).into_iter().filter(|name| !order.contains(name)).collect::<Vec<_>>();
    let known = [order, others].concat();
    let number = |name: &mut String| {
        let at = known.iter().position(|one| one == name).unwrap_or_default();
        *name = format!("reader {}", at + 1);
    };
    found.readers.iter_mut().for_each(|one| number(&mut one.reader));
    found.assisted.iter_mut().for_each(|one| number(&mut one.reader));
    found.planted.iter_mut().for_each(|one| number(&mut one.reader));
    found.times.iter_mut().for_each(|one| number(&mut one.reader));
}

fn made_of(out: Output, found: &Influences) -> Result<()> {
    let of = found.made_of;
    if of.committed + of.assisted > 0 {
        out.text(format!(
            "made of {} committed readings and {} with the model on screen, of {} images",
            of.committed, of.assisted, of.images
        ))?;
    }
    let lines = [
        (
            of.without_answer,
            "committed readings are not counted: no model had answered, or nothing that can be compared",
        ),
        (of.unsure_thresholds, "readings are judged by a threshold of which it is not known whether it was there then"),
        (of.learned, "readings were made with a head that had learned from corrections"),
    ];
    lines.into_iter().filter(|(count, _)| *count > 0).try_for_each(|(count, what)| out.text(format!("{count} {what}")))
}

/// "12 answers", "12 places with a box".
fn places(asked: AnswerKind, count: usize) -> String {
    match asked {
        AnswerKind::Class | AnswerKind::Findings => format!("{count} answers"),
        AnswerKind::Boxes => format!("{count} places with a box"),
    }
}

fn seconds(ms: f64) -> String {
    format!("{:.1}", ms / 1000.0)
}

/// "3 of 5 (0.23 to 0.88)".
fn share(part: Part) -> String {
    match part.interval {
        Some([low, high]) => format!("{} of {} ({low:.2} to {high:.2})", part.count, part.of),
        None => format!("{} of {}", part.count, part.of),
    }
}

fn lines<const N: usize>(out: Output, lines: [(&str, Part); N]) -> Result<()> {
    let told = lines.into_iter().filter(|(_, part)| part.of > 0);
    told.into_iter().try_for_each(|(what, part)| out.text(format!("  {what}: {}", share(part))))
}

fn revealed(out: Output, who: &str, of: &OfReader) -> Result<()> {
    let what = places(of.asked, of.all.answers);
    out.text(format!("{who}, {}: {} committed readings, {what}", of.model, of.readings))?;
    text(out, &of.all)?;
    if let Some(boxes) = of.boxes {
        fates(out, "the model's boxes before the reveal", boxes.before)?;
        fates(out, "and after it", boxes.after)?;
    }
    for (at, part) in of.over_time.iter().enumerate() {
        out.text(format!("  part {}: took the model's answer {}", at + 1, share(part.followed)))?;
    }
    Ok(())
}

fn text(out: Output, of: &Influence) -> Result<()> {
    lines(
        out,
        [
            ("said the same as the model before the reveal", of.agreed_first),
            ("and after it", of.agreed_last),
            ("had said something else and took the model's answer", of.followed),
            ("had said the same and left it", of.left),
            ("right before the reveal, where the truth is known", of.right_first),
            ("right after it", of.right_last),
            ("right: the model", of.right_model),
            ("took the model's answer where it was right", of.gained),
            ("took the model's answer where it was wrong (automation bias)", of.misled),
        ],
    )?;
    overridden(out, &of.overrides)?;
    truths(out, of.truths.counts())
}

fn overridden(out: Output, of: &Overrides) -> Result<()> {
    lines(
        out,
        [
            ("said something else than the model they saw (override rate)", of.overridden),
            ("there right, where the truth is known: the reader", of.reader_right),
            ("and the model", of.model_right),
        ],
    )
}

fn truths(out: Output, of: impl Iterator<Item = (crate::evaluation::influence::TruthFrom, usize)>) -> Result<()> {
    let of: Vec<String> = of.map(|(from, count)| format!("{count} {}", from.name())).collect();
    if of.is_empty() { Ok(()) } else { out.text(format!("  the truth of these: {}", of.join(", "))) }
}

fn fates(out: Output, what: &str, of: BoxFates) -> Result<()> {
    let BoxFates { kept, moved, deleted, added } = of;
    out.text(format!("  {what}: {kept} kept, {moved} moved, {deleted} not there, {added} more"))
}

fn times(out: Output, who: &str, of: &LearningCurve) -> Result<()> {
    let told = |of: &Quartiles| format!("{} s ({} to {})", seconds(of.median), seconds(of.lower), seconds(of.upper));
    let Some(all) = &of.times_ms else { return Ok(()) };
    out.text(format!("{who} looked at {} images, median {}", of.readings, told(all)))?;
    for block in &of.blocks {
        let last = block.from + block.readings - 1;
        out.text(format!("  images {} to {last}: {}", block.from, told(&block.times_ms)))?;
    }
    let Some(trend) = of.trend else { return Ok(()) };
    let p =
        trend.p.map_or_else(String::new, |p| if p < 0.001 { ", p < 0.001".into() } else { format!(", p = {p:.3}") });
    out.text(format!("  time with the number of images read: Spearman's rho {:.3}{p}", trend.spearman))
}
