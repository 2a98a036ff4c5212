//! `overread agreement`: how far the readers of a project agree.

use super::output::Output;
use super::project::ProjectArg;
use crate::domain::performance::Estimate;
use crate::domain::{ClassList, Split};
use crate::evaluation::readers::BlockAgreement;
use crate::session::project::agreeing;
use crate::session::{Agreement, AskedOfReaders, PairOfReaders, RepeatsOf, Unblinded, WhichReadings};
use anyhow::{Result, bail};
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// Of one split only: train, validation or test.
    #[arg(long, value_name = "SPLIT")]
    split: Option<String>,
    /// Which readings: what each said last, or first, before a reveal, an adjudication or going on to another image.
    #[arg(long, value_enum, default_value_t = Readings::Last)]
    readings: Readings,
    /// Say who the readers are; without this they are numbers, those who read most first.
    #[arg(long)]
    names: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Which of a reader's readings of an image.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Readings {
    First,
    Last,
}

impl From<Readings> for WhichReadings {
    fn from(of: Readings) -> Self {
        match of {
            Readings::First => Self::First,
            Readings::Last => Self::Last,
        }
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    let store = args.project.read()?;
    let classes = store.classes()?;
    let split = match args.split.as_deref() {
        None => None,
        Some(text) => match Split::parse(text) {
            Some(split) => Some(split),
            None => bail!("there is no split {text:?}: use train, validation or test"),
        },
    };
    let Some(mut found) = agreeing::of(&store, args.readings.into(), split, &|_, _| true)? else { return Ok(()) };
    let known: Vec<String> = found.readers.iter().map(|one| one.name.clone()).collect();
    let numbered = |reader: &mut String| {
        let at = known.iter().position(|name| name == reader).unwrap_or(known.len());
        *reader = format!("reader {}", at + 1);
    };
    if !args.names {
        found.repeats.iter_mut().for_each(|one| numbered(&mut one.reader));
        found.box_repeats.iter_mut().for_each(|one| numbered(&mut one.reader));
    }
    let found = found;
    let who = |at: usize| match found.readers.get(at) {
        Some(reader) if args.names => reader.name.clone(),
        Some(_) | None => format!("reader {}", at + 1),
    };
    out.json(&object(&found, &classes, &who))?;
    text(out, &found, &classes, &who)
}

/// "reader 1 and reader 2".
fn pair(who: &dyn Fn(usize) -> String, readers: [usize; 2]) -> String {
    let [one, other] = readers.map(who);
    format!("{one} and {other}")
}

/// "0.712 (0.601 to 0.803)".
fn figure(estimate: &Estimate) -> String {
    match (estimate.value, estimate.interval) {
        (None, _) => "not defined".to_owned(),
        (Some(value), None) => format!("{value:.3}"),
        (Some(value), Some([low, high])) => format!("{value:.3} ({low:.3} to {high:.3})"),
    }
}

fn text(out: Output, found: &Agreement, classes: &ClassList, who: &dyn Fn(usize) -> String) -> Result<()> {
    if found.readers.is_empty() {
        return out
            .text("nobody has said anything of an image yet; what an import says without naming a reader is nobody's");
    }
    for (at, reader) in found.readers.iter().enumerate() {
        let from = if reader.imported { ", from an import or another copy" } else { "" };
        out.text(format!("{}: {} images{from}", who(at), reader.images))?;
    }
    out.text(found.which.means())?;
    if found.late > 0 {
        out.text(format!("{} are left out: they came after an adjudication, or after a reveal elsewhere", found.late))?;
    }
    repeats(out, found, classes)?;
    if found.asked.is_empty() && found.boxes.is_empty() {
        return out.text("no image was read by two of them: there is nothing to compare");
    }
    for asked in &found.asked {
        out.text(format!("\n{}, {} images read by two or more", title(asked, classes), asked.shared))?;
        for one in &asked.all {
            out.text(format!("  {}: {}", one.coefficient.name(one.likeness), figure(&one.estimate)))?;
        }
        for one in &asked.pairs {
            let of = &one.agreement;
            let mut line = format!(
                "  {}: {} images, agreement {}, Cohen's kappa {}",
                pair(who, one.readers),
                of.images,
                figure(&of.agreement),
                figure(&of.kappa)
            );
            if let Some(quadratic) = &of.quadratic_kappa {
                line.push_str(&format!(", quadratic kappa {}", figure(quadratic)));
            }
            out.text(line + &seen(one.seen))?;
            details(out, asked, one)?;
        }
    }
    for one in &found.boxes {
        let of = &one.all;
        out.text(format!(
            "\nboxes of {}: {} images, F1 {} at IoU 0.5, {} by both, {} and {} by one alone, {} of another class{}",
            pair(who, one.readers),
            of.images,
            figure(&of.f1),
            of.both,
            of.only[0],
            of.only[1],
            of.other_class.unwrap_or_default(),
            seen(one.seen)
        ))?;
        for (class, of) in &one.by_class {
            out.text(format!(
                "  {}: F1 {}, {} by both, {} and {} by one alone",
                classes.name(*class),
                figure(&of.f1),
                of.both,
                of.only[0],
                of.only[1]
            ))?;
        }
    }
    let of_all = found.asked.iter().flat_map(|asked| asked.all.iter().map(|one| &one.estimate));
    let mut estimates = of_all.chain(found.boxes.iter().map(|one| &one.all.f1));
    out.text(match estimates.any(|one| one.interval.is_some()) {
        true => "\nin brackets: 95 % intervals, made by drawing groups (patients) again",
        false => "\nthere are too few groups (patients) for intervals",
    })
}

/// Two readers on each answer, and over the order of reading.
fn details(out: Output, asked: &AskedOfReaders, of: &PairOfReaders) -> Result<()> {
    let said = asked.answers.iter().zip(&of.by_class).filter(|(_, one)| one.value.is_some());
    let said: Vec<String> = said.map(|(answer, one)| format!("{answer}: {}", figure(one))).collect();
    if said.len() > 1 {
        out.text(format!("    agreement on each. {}", said.join("; ")))?;
    }
    for block in &of.over_time {
        let BlockAgreement { images, same, interval, kappa } = block.agreement;
        let ends = interval.map_or_else(String::new, |[low, high]| format!(" ({low:.3} to {high:.3})"));
        let kappa = kappa.map_or_else(|| "not defined".to_owned(), |kappa| format!("{kappa:.3}"));
        let last = block.from + images - 1;
        let [first_day, last_day] = &block.days;
        out.text(format!(
            "    images {} to {last}, {first_day} to {last_day}: {same} of {images} the same{ends}, kappa {kappa}",
            block.from
        ))?;
    }
    Ok(())
}

/// How each reader agrees with earlier readings of the reader's own.
fn repeats(out: Output, found: &Agreement, classes: &ClassList) -> Result<()> {
    for RepeatsOf { reader, finding, intra, .. } in &found.repeats {
        let of = &intra.agreement;
        let what = finding.map_or_else(|| "the class".to_owned(), |finding| classes.name(finding));
        out.text(format!(
            "{reader} read {} images twice, {what}: agreement {}, Cohen's kappa {}; of {} the first answer was not on screen at the \
             second, of the others only what is changed is sure to be in the log",
            of.images,
            figure(&of.agreement),
            figure(&of.kappa),
            intra.unseen
        ))?;
    }
    for one in &found.box_repeats {
        let of = &one.all;
        let iou = of.mean_iou.map_or_else(|| "not defined".to_owned(), |iou| format!("{iou:.3}"));
        out.text(format!(
            "{} drew boxes on {} images twice: F1 {} at IoU 0.5, mean IoU {iou}, {} both times, {} the first and {} the second time \
             alone, {} of another class; of {} the first boxes were not on screen at the second",
            one.reader,
            of.images,
            figure(&of.f1),
            of.both,
            of.only[0],
            of.only[1],
            of.other_class.unwrap_or_default(),
            one.unseen
        ))?;
        for (class, of) in &one.by_class {
            out.text(format!("  {}: F1 {}, {} both times", classes.name(*class), figure(&of.f1), of.both))?;
        }
    }
    Ok(())
}

fn title(asked: &AskedOfReaders, classes: &ClassList) -> String {
    asked.finding.map_or_else(|| "the class".to_owned(), |finding| classes.name(finding))
}

/// What makes an agreement worth less.
fn seen(seen: Unblinded) -> String {
    let mut text = String::new();
    if seen.could_see > 0 {
        text.push_str(&format!("; on {} the later could see what the other had said", seen.could_see));
    }
    if seen.not_known > 0 {
        text.push_str(&format!("; on {} it is not known whether the later could", seen.not_known));
    }
    text
}

fn object(found: &Agreement, classes: &ClassList, who: &dyn Fn(usize) -> String) -> Value {
    let readers: Vec<Value> = found
        .readers
        .iter()
        .enumerate()
        .map(|(at, one)| json!({"reader": who(at), "imported": one.imported, "images": one.images}))
        .collect();
    let asked: Vec<Value> = found
        .asked
        .iter()
        .map(|asked| {
            let pairs: Vec<Value> = asked
                .pairs
                .iter()
                .map(|one| {
                    let counts: Vec<Vec<usize>> =
                        one.cells.iter().map(|row| row.iter().map(Vec::len).collect()).collect();
                    json!({
                        "readers": one.readers.map(who), "agreement": one.agreement, "counts": counts,
                        "by_class": one.by_class, "over_time": one.over_time, "seen": one.seen,
                    })
                })
                .collect();
            json!({
                "finding": asked.finding.map(|finding| classes.name(finding)), "answers": asked.answers,
                "images": asked.shared, "all": asked.all, "pairs": pairs,
            })
        })
        .collect();
    let boxes: Vec<Value> = found
        .boxes
        .iter()
        .map(|one| {
            let by_class: Vec<Value> = one
                .by_class
                .iter()
                .map(|(class, of)| json!({"class": classes.name(*class), "agreement": of}))
                .collect();
            json!({
                "readers": one.readers.map(who), "agreement": one.all, "by_class": by_class, "seen": one.seen,
            })
        })
        .collect();
    let repeats: Vec<Value> = found
        .repeats
        .iter()
        .map(|one| json!({"reader": one.reader, "finding": one.finding.map(|at| classes.name(at)), "intra": one.intra}))
        .collect();
    let box_repeats: Vec<Value> = found
        .box_repeats
        .iter()
        .map(|one| {
            let of = |(class, of): &(usize, _)| json!({"class": classes.name(*class), "agreement": of});
            let by_class: Vec<Value> = one.by_class.iter().map(of).collect();
            json!({"reader": one.reader, "unseen": one.unseen, "agreement": one.all, "by_class": by_class})
        })
        .collect();
    json!({
        "readings": found.which, "left_out": found.late, "readers": readers, "asked": asked, "boxes": boxes,
        "repeats": repeats, "box_repeats": box_repeats,
    })
}
