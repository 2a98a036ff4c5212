//! `overread evaluate --calibrate`, `--uncalibrate` and `--not-sure` for a model that answers with findings.

use super::Args;
use super::deciding::take;
use super::lines::Line;
use crate::cli::output::Output;
use crate::cli::project::Chosen;
use crate::domain::finding_calibration::{FindingCalibration, FindingsCalibration};
use crate::domain::{Decision, Findings, ModelCard};
use crate::session::{
    KnownFindings, answering_findings, dropped_answers, fitted_findings, recalibrated_findings, remarks_of,
};
use crate::store::Store;
use anyhow::{Result, anyhow, bail};

/// What is known of an image's findings, and what the model says.
type Lines = Vec<Line<Findings>>;

/// Decides what was asked for on the validation images, which `validation` makes the model look at; the model as it is then.
pub(super) fn decide(
    args: &Args,
    store: &mut Store,
    of: &Chosen,
    validation: &dyn Fn(&Store) -> Result<Lines>,
) -> Result<Chosen> {
    if !args.decides_more() {
        return Ok(Chosen { file: of.file.clone(), record: of.record.clone() });
    }
    let Some(mut record) = of.record.clone() else {
        bail!("what is decided is kept with a model of the project: name one instead of a file");
    };
    let known = known(&validation(store)?);
    let mut remarks = Vec::new();
    let mut told = |decisions: &[Decision]| remarks.extend(remarks_of(decisions));
    if args.calibrate {
        let decisions = fitted_findings(&record, &known).map_err(|why| anyhow!(why))?;
        told(&decisions);
        take(store, &mut record, &decisions)?;
    }
    if args.uncalibrate {
        let decisions = recalibrated_findings(&record, &known, Vec::new());
        told(&decisions);
        take(store, &mut record, &decisions)?;
    }
    match args.not_sure {
        None => {}
        Some(0.0) => {
            let decisions = dropped_answers(&record);
            take(store, &mut record, &decisions)?;
        }
        Some(miss) => {
            let decisions = answering_findings(&record, &known, miss).map_err(|why| anyhow!(why))?;
            told(&decisions);
            take(store, &mut record, &decisions)?;
        }
    }
    remarks.iter().for_each(|remark| tracing::warn!("{remark}"));
    Ok(Chosen { file: of.file.clone(), record: Some(record) })
}

fn known(lines: &[Line<Findings>]) -> KnownFindings {
    KnownFindings {
        truth: lines.iter().map(|line| line.truth.clone()).collect(),
        logits: lines.iter().map(|line| line.logits.clone()).collect(),
    }
}

/// How the probabilities and answers do on the images that are judged; nothing where nothing is decided about them.
pub(super) fn seen(lines: &[Line<Findings>], of: &Chosen, card: &ModelCard) -> Option<FindingsCalibration> {
    let decided = of.decided(card);
    if decided.finding_temperatures.is_empty() && decided.finding_rules.is_none() {
        return None;
    }
    let (by, rules) = (&decided.finding_temperatures, decided.finding_rules.as_ref());
    Some(known(lines).calibration(&card.classes, by, rules))
}

/// Prints it, a line a finding and figure.
pub(super) fn print(seen: Option<&FindingsCalibration>, out: Output) -> Result<()> {
    let Some(seen) = seen else { return Ok(()) };
    for one in &seen.findings {
        print_figures(one, out)?;
    }
    if let Some(worse) = seen.worse() {
        out.text(worse)?;
    }
    if let Some(sentence) = seen.sentence() {
        out.text(sentence)?;
    }
    let miss = seen.miss.unwrap_or_default();
    for sentence in seen.findings.iter().filter_map(|of| of.answers_sentence(miss)) {
        out.text(format!("  {sentence}"))?;
    }
    Ok(())
}

fn print_figures(of: &FindingCalibration, out: Output) -> Result<()> {
    let (Some(temperature), Some(calibrated)) = (&of.temperature, &of.calibrated) else { return Ok(()) };
    let number = |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), |value| format!("{value:.3}"));
    out.text(format!("{}; here on {} images, {} with it:", temperature.sentence(), of.images, of.positives))?;
    for ((title, own, best), (_, now, _)) in of.own.rows().into_iter().zip(calibrated.rows()) {
        if temperature.why_own().is_some() {
            out.text(format!("  {title:<30} {} ({best})", number(own)))?;
            continue;
        }
        out.text(format!("  {title:<30} {} -> {} ({best})", number(own), number(now)))?;
    }
    Ok(())
}
