//! `overread verify --report`: holds what a report says of when its threshold was fixed against the log, and nothing else.

use crate::cli::output::Output;
use crate::domain::{Decision, ModelId, NamedThresholds, Standing};
use crate::files::hash::sha256_hex;
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
    #[serde(default)]
    bound_to_log: bool,
    threshold: Option<f64>,
    #[serde(default)]
    class_thresholds: NamedThresholds,
    prespecification: Option<Claim>,
    prespecification_against: Option<Claim>,
    against: Option<Against>,
    #[serde(default)]
    prespecification_beside: Vec<Option<Claim>>,
    #[serde(default)]
    beside: Vec<Against>,
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
        Ok(Proven { sentence, .. }) => (true, sentence),
        Err(why) => (false, why),
    };
    let written = verdict.as_ref().ok().and_then(|proven| proven.written);
    out.json(&json!({
        "report": file.display().to_string(),
        "proven": proven,
        "why": sentence,
        "figures_event": written,
        "events": log.as_ref().map(|log| log.events),
        "head": log.as_ref().map(|log| &log.head),
    }))?;
    if !proven {
        bail!("not proven: {sentence}");
    }
    out.text(format!("proven by the log alone: {sentence}"))?;
    out.text(match written {
        Some(event) => format!(
            "No figure was altered since the report was written: its hash is event {event} of the log. That nobody looked at the \
             images in another way is not checked."
        ),
        None => "The log does not hold this report's hash: its figures are not checked, nor that nobody looked at the images in \
                 another way."
            .to_owned(),
    })
}

/// What is proven.
struct Proven {
    sentence: String,
    /// The event of the log that holds the report's hash; absent for one that is not bound to it.
    written: Option<i64>,
}

/// The event that a report with these hashes was written at; that of the page counts where there is one.
fn written(log: &FollowedLog, json: &str, page: Option<&str>) -> Option<i64> {
    log.decisions.iter().find_map(|event| match &event.decision {
        Decision::ReportWritten { sha256, page_sha256, .. } => {
            (sha256 == json && page.is_none_or(|page| page == page_sha256)).then_some(event.id.0)
        }
        Decision::Registered { .. }
        | Decision::Threshold { .. }
        | Decision::ClassThreshold { .. }
        | Decision::Temperature { .. }
        | Decision::Scores { .. }
        | Decision::Answers { .. }
        | Decision::FindingTemperatures { .. }
        | Decision::FindingRules { .. }
        | Decision::TestOpened { .. }
        | Decision::ReadingMode { .. }
        | Decision::Assignment { .. }
        | Decision::ReaderDescribed { .. }
        | Decision::Study { .. }
        | Decision::Promoted { .. } => None,
    })
}

/// What is proven, or why it is not.
fn verdict(file: &Path, log: &FollowedLog) -> Result<Result<Proven, String>> {
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
    let others = std::iter::once(&said.prespecification_against).chain(&said.prespecification_beside);
    for (claim, other) in others.zip(said.against.iter().chain(&said.beside)) {
        if let Some(claim) = claim {
            claims.push((claim, &other.model, (other.threshold, &other.class_thresholds)));
        }
    }
    for (claim, model, thresholds) in claims {
        if let Err(why) = agrees(claim, model, thresholds, log) {
            return Ok(Err(format!("{model}: {why}")));
        }
        let says = |page: &String| claim.sentences().iter().all(|sentence| page.contains(&escaped(sentence)));
        if page.as_ref().is_some_and(|page| !says(page)) {
            return Ok(Err(format!("{} does not say what {} says", file.display(), figures.display())));
        }
    }
    let written =
        written(log, &sha256_hex(text.as_bytes()), page.as_ref().map(|page| sha256_hex(page.as_bytes())).as_deref());
    if said.bound_to_log && written.is_none() {
        return Ok(Err(format!(
            "{} was altered since it was written: the log does not hold its hash. Write the report again",
            if page.is_some() { "the page or its JSON file" } else { "the report" }
        )));
    }
    Ok(if claim.is_exploratory() {
        Err(format!("the report says so itself: {}", claim.sentence))
    } else {
        Ok(Proven { sentence: claim.sentence.clone(), written })
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
        | Decision::FindingTemperatures { .. }
        | Decision::FindingRules { .. }
        | Decision::TestOpened { .. }
        | Decision::ReportWritten { .. }
        | Decision::ReadingMode { .. }
        | Decision::Assignment { .. }
        | Decision::ReaderDescribed { .. }
        | Decision::Study { .. }
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
