//! `overread verify --report`: holds what a report says of when its threshold was fixed against the log, and nothing else.

use crate::cli::output::Output;
use crate::domain::{Decision, ModelId, NamedThresholds, Standing};
use crate::session::Claim;
use crate::store::{FollowedLog, StoreError};
use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What is read of `report.json`.
#[derive(Deserialize)]
struct Said {
    model: String,
    threshold: Option<f64>,
    #[serde(default)]
    class_thresholds: NamedThresholds,
    prespecification: Option<Claim>,
    prespecification_against: Option<Claim>,
    against: Option<Against>,
}

#[derive(Deserialize)]
struct Against {
    model: String,
    threshold: Option<f64>,
    #[serde(default)]
    class_thresholds: NamedThresholds,
}

/// Checks a report. Where the log does not prove that the threshold was fixed before the test split was opened, that is said
/// with the reason, and it is an error.
pub(super) fn check(file: &Path, log: Result<FollowedLog, StoreError>, out: Output) -> Result<()> {
    let (log, verdict) = match log {
        Ok(log) => {
            let verdict = verdict(file, &log)?;
            (Some(log), verdict)
        }
        Err(broken @ StoreError::ChainBroken { .. }) => (None, Err(broken.to_string())),
        Err(error) => return Err(error.into()),
    };
    let (proven, sentence) = match &verdict {
        Ok(sentence) => (true, sentence),
        Err(why) => (false, why),
    };
    out.json(&json!({
        "report": file.display().to_string(),
        "proven": proven,
        "why": sentence,
        "events": log.as_ref().map(|log| log.events),
        "head": log.as_ref().map(|log| &log.head),
    }))?;
    if !proven {
        bail!("not proven: {sentence}");
    }
    out.text(format!("proven by the log alone: {sentence}"))?;
    out.text("The figures of the report are not checked, nor that nobody looked at the images in another way.")
}

/// The sentence that is proven, or why it is not.
fn verdict(file: &Path, log: &FollowedLog) -> Result<Result<String, String>> {
    let is_page = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("html"));
    let figures: PathBuf = if is_page { file.with_extension("json") } else { file.to_owned() };
    let text = std::fs::read_to_string(&figures)
        .with_context(|| format!("{} cannot be read: the report's JSON file is needed", figures.display()))?;
    let said: Said = serde_json::from_str(&text)
        .map_err(|error| anyhow!("{} is no report of Overread: {error}", figures.display()))?;
    let page = match is_page {
        true => Some(std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?),
        false => None,
    };
    let Some(claim) = &said.prespecification else {
        return Ok(Err(
            "the report's threshold is not the log's: it was given for the evaluation, or the model is a mere \
                       file"
                .to_owned(),
        ));
    };
    let mut claims = vec![(claim, &said.model, (said.threshold, &said.class_thresholds))];
    if let (Some(claim), Some(against)) = (&said.prespecification_against, &said.against) {
        claims.push((claim, &against.model, (against.threshold, &against.class_thresholds)));
    }
    for (claim, model, thresholds) in claims {
        if let Err(why) = agrees(claim, model, thresholds, log) {
            return Ok(Err(format!("{model}: {why}")));
        }
        if page.as_ref().is_some_and(|page| !page.contains(&escaped(&claim.sentence))) {
            return Ok(Err(format!("{} does not say what {} says", file.display(), figures.display())));
        }
    }
    Ok(if claim.is_exploratory() {
        Err(format!("the report says so itself: {}", claim.sentence))
    } else {
        Ok(claim.sentence.clone())
    })
}

/// Whether the log shows what a report claims of a model, and the figures are at that threshold.
fn agrees(
    claim: &Claim,
    model: &str,
    (threshold, own): (Option<f64>, &NamedThresholds),
    log: &FollowedLog,
) -> Result<(), String> {
    if name_of(log, claim.model_id).is_none_or(|name| name != model) {
        return Err("the log knows no such model under this number".to_owned());
    }
    claim.check(&log.decisions, log.hash_of(claim.log.event))?;
    let of_classes = claim.classes.iter().filter_map(|of| Some((of.class.clone(), of.shown.threshold?)));
    if of_classes.collect::<NamedThresholds>() != *own {
        return Err("the figures are at other thresholds of classes than the log's".to_owned());
    }
    match claim.shown.threshold {
        Some(of_log) if threshold != Some(of_log) => {
            Err(format!("the figures are at another threshold than the log's, which is {of_log}"))
        }
        None if threshold.is_some() && claim.shown.standing != Standing::NotChosen => {
            Err("the figures are at a threshold that the log took away".to_owned())
        }
        Some(_) | None => Ok(()),
    }
}

fn name_of(log: &FollowedLog, model: ModelId) -> Option<&str> {
    log.decisions.iter().find_map(|event| match &event.decision {
        Decision::Registered { model: of, name, .. } if *of == model => Some(name.as_str()),
        Decision::Registered { .. }
        | Decision::Threshold { .. }
        | Decision::ClassThreshold { .. }
        | Decision::Temperature { .. }
        | Decision::Scores { .. }
        | Decision::Answers { .. }
        | Decision::TestOpened { .. }
        | Decision::Promoted { .. } => None,
    })
}

/// As the page has it.
fn escaped(sentence: &str) -> String {
    sentence
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
