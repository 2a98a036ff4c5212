//! What is in force of models in the damaged database and the log does not tell any more: decided again, named as recovered.

use super::Repair;
use super::salvage::Salvage;
use super::states::recovered_reader;
use crate::domain::{Decision, ModelId, ModelRecord, ThresholdBy};
use crate::store::error::StoreError;
use crate::store::head::Head;
use crate::store::{assignments, decisions, models, now_ms};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Decides again what the registry of the damaged database holds beyond what the log came to.
pub(super) fn recover(
    db: &Connection,
    damaged: &Salvage,
    head: &mut Head,
    report: &mut Repair,
) -> Result<(), StoreError> {
    let ids: Vec<i64> =
        db.prepare("SELECT id FROM models ORDER BY id")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut before = None;
    let mut active = None;
    // One that is gone may be the active one.
    let mut all_read = !report.cut.iter().any(|(table, _)| *table == "models");
    let mut all = Vec::new();
    for id in ids.into_iter().map(ModelId) {
        let now = models::read_one(db, Path::new(""), id)?;
        before = before.or(now.active.then_some(id));
        let Some(held) = damaged.model(id) else {
            report.states_unreadable += 1;
            all_read = false;
            continue;
        };
        active = active.or(held.active.then(|| (id, held.card.name.clone())));
        all.extend(between(&now, &held));
    }
    match active {
        Some((model, name)) if before != Some(model) => {
            all.push(Decision::Promoted { model: Some(model), name, before });
        }
        None if before.is_some() && all_read => {
            all.push(Decision::Promoted { model: None, name: String::new(), before });
        }
        Some(_) | None => {}
    }
    all.extend(assignments::between(db, &held_assignments(damaged))?);
    for decision in &all {
        match decisions::insert(db, head, (now_ms(), &recovered_reader(None)), decision, None) {
            Ok(_) => report.recovered += 1,
            Err(StoreError::Refused(why)) => {
                tracing::warn!(why, "a part of what is recovered of a model makes no sense");
                report.recovered_unfitting += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// In which state each plan of readings was, as far as that can be read.
fn held_assignments(damaged: &Salvage) -> Vec<(String, Option<String>)> {
    let one = |row: Vec<Value>| match <[Value; 2]>::try_from(row).ok()? {
        [Value::Text(digest), Value::Text(state)] => Some((digest, Some(state))),
        [Value::Text(digest), Value::Null] => Some((digest, None)),
        _ => None,
    };
    let (rows, _) = damaged.rows("assignments", &["digest".to_owned(), "state".to_owned()]);
    rows.into_iter().filter_map(one).collect()
}

/// The decisions that make of what is in force of a model what was.
fn between(now: &ModelRecord, held: &ModelRecord) -> Vec<Decision> {
    let (model, name) = (now.id, now.card.name.clone());
    let mut all = Vec::new();
    if now.temperature != held.temperature {
        let (old, new) = (now.temperature, held.temperature);
        all.push(Decision::Temperature { model, name: name.clone(), old, new, on: None });
    }
    if now.scores != held.scores {
        let (old, new) = (now.scores, held.scores);
        all.push(Decision::Scores { model, name: name.clone(), old, new, on: None });
    }
    if now.threshold != held.threshold {
        all.push(decisions::threshold_of(now, held.threshold, ThresholdBy::Earlier));
    }
    let classes: BTreeSet<&String> = now.class_thresholds.keys().chain(held.class_thresholds.keys()).collect();
    for class in classes {
        let [old, new] = [now, held].map(|record| record.class_thresholds.get(class).copied());
        if old != new {
            let (class, by) = (class.clone(), ThresholdBy::Earlier);
            all.push(Decision::ClassThreshold { model, name: name.clone(), class, old, new, by });
        }
    }
    if now.answers != held.answers {
        all.push(Decision::Answers { model, name: name.clone(), old: now.answers, new: held.answers });
    }
    if now.finding_temperatures != held.finding_temperatures {
        let (old, new) = (now.finding_temperatures.clone(), held.finding_temperatures.clone());
        all.push(Decision::FindingTemperatures { model, name: name.clone(), old, new, on: None });
    }
    if now.finding_rules != held.finding_rules {
        let (old, new) = (now.finding_rules.clone(), held.finding_rules.clone());
        all.push(Decision::FindingRules { model, name, old, new });
    }
    all
}
