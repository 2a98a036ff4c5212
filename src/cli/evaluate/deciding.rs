//! `overread evaluate --calibrate`, `--uncalibrate` and `--not-sure`: what is decided about a classifier on the validation
//! images before it is judged, and how that does on the images it is judged by.

use super::Args;
use super::lines::Line;
use crate::cli::output::Output;
use crate::cli::project::Chosen;
use crate::domain::calibration::Calibration;
use crate::domain::{AnswerRule, ClassList, Decision, ModelRecord};
use crate::evaluation::calibrated::calibration_of;
use crate::session::project::reader;
use crate::session::{Known, answering, dropped_answers, fitted, recalibrated};
use crate::store::Store;
use anyhow::{Result, anyhow, bail};

/// Decides what was asked for on the validation images, which `validation` makes the model look at; the model as it is then.
pub(super) fn decide(
    args: &Args,
    store: &mut Store,
    of: &Chosen,
    validation: &dyn Fn(&Store) -> Result<Vec<Line<usize>>>,
) -> Result<Chosen> {
    if !args.decides_more() {
        return Ok(Chosen { file: of.file.clone(), record: of.record.clone() });
    }
    let Some(mut record) = of.record.clone() else {
        bail!("what is decided is kept with a model of the project: name one instead of a file");
    };
    let known = known(&validation(store)?);
    if args.calibrate {
        let decisions = fitted(&record, &known).map_err(|why| anyhow!(why))?;
        take(store, &mut record, &decisions)?;
    }
    if args.uncalibrate {
        let decisions = recalibrated(&record, &known, None);
        take(store, &mut record, &decisions)?;
    }
    match args.not_sure {
        None => {}
        Some(0.0) => {
            let decisions = dropped_answers(&record);
            take(store, &mut record, &decisions)?;
        }
        Some(miss) => {
            let decisions = answering(&record, &known, miss).map_err(|why| anyhow!(why))?;
            take(store, &mut record, &decisions)?;
        }
    }
    Ok(Chosen { file: of.file.clone(), record: Some(record) })
}

/// Puts decisions in force; the model as it is then.
pub(super) fn take(store: &mut Store, record: &mut ModelRecord, decisions: &[Decision]) -> Result<()> {
    if !decisions.is_empty() {
        let reader = reader::of_project(store)?;
        store.decide(&reader, decisions)?;
        *record = store.model(record.id)?;
    }
    Ok(())
}

fn known(lines: &[Line<usize>]) -> Known {
    Known {
        truth: lines.iter().map(|line| line.truth).collect(),
        logits: lines.iter().map(|line| line.logits.clone()).collect(),
    }
}

/// How the probabilities and answers do on the images that are judged; nothing where nothing is decided about them.
pub(super) fn seen(
    lines: &[Line<usize>],
    classes: &ClassList,
    temperature: Option<f64>,
    rule: Option<AnswerRule>,
) -> Option<Calibration> {
    if temperature.is_none() && rule.is_none() {
        return None;
    }
    let Known { truth, logits } = known(lines);
    Some(calibration_of(&truth, &logits, classes, temperature, rule))
}

/// Prints it, a line a figure.
pub(super) fn print(seen: Option<&Calibration>, out: Output) -> Result<()> {
    let Some(seen) = seen else { return Ok(()) };
    let number = |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), |value| format!("{value:.3}"));
    if let (Some(temperature), Some(calibrated)) = (seen.temperature, &seen.calibrated) {
        out.text(format!("probabilities calibrated by a temperature of {temperature:.3}; {}:", seen.finding))?;
        for ((title, own, best), (_, now, _)) in seen.own.rows().into_iter().zip(calibrated.rows()) {
            out.text(format!("  {title:<30} {} -> {} ({best})", number(own), number(now)))?;
        }
    }
    if let Some(answers) = &seen.answers {
        out.text(answers.sentence())?;
    }
    Ok(())
}
