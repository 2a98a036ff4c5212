//! What is decided about single classes or findings of a model: kept in the project's settings, and changed by decisions alone.

use super::error::{StoreError, from_json, to_json};
use crate::domain::{FindingRules, FindingTemperature, ModelId, NamedThresholds};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is kept of a model.
#[derive(Clone, Copy)]
enum Kept {
    Thresholds,
    Temperatures,
    Rules,
}

impl Kept {
    /// The setting that holds it.
    fn key(self, model: ModelId) -> String {
        let name = match self {
            Self::Thresholds => "class_thresholds",
            Self::Temperatures => "finding_temperatures",
            Self::Rules => "finding_rules",
        };
        format!("{name}.{model}")
    }

    /// As a message has it.
    fn title(self) -> &'static str {
        match self {
            Self::Thresholds => "the thresholds of a model's classes",
            Self::Temperatures => "the temperatures of a model's findings",
            Self::Rules => "when a model is not sure of a finding",
        }
    }

    fn read<T: DeserializeOwned + Default>(self, db: &Connection, model: ModelId) -> Result<T, StoreError> {
        let mut select = db.prepare_cached("SELECT value FROM settings WHERE key = ?")?;
        let kept: Option<String> = select.query_row([self.key(model)], |row| row.get(0)).optional()?;
        kept.map_or_else(|| Ok(T::default()), |text| from_json(&text, self.title()))
    }

    fn write<T: Serialize>(self, db: &Connection, model: ModelId, value: &T) -> Result<(), StoreError> {
        let insert =
            "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        db.execute(insert, params![self.key(model), to_json(value)?])?;
        Ok(())
    }

    /// Puts a value in the place of another; whether that is the one that is there.
    fn change<T>(self, db: &Connection, model: ModelId, old: &T, new: &T) -> Result<bool, StoreError>
    where
        T: Serialize + DeserializeOwned + Default + PartialEq,
    {
        if self.read::<T>(db, model)? != *old {
            return Ok(false);
        }
        self.write(db, model, new)?;
        Ok(true)
    }
}

/// Each class's own threshold of a model, as it is in force.
pub(super) fn thresholds(db: &Connection, model: ModelId) -> Result<NamedThresholds, StoreError> {
    Kept::Thresholds.read(db, model)
}

/// Puts one class's own threshold in the place of another; whether that is the one that is there.
pub(super) fn change_threshold(
    db: &Connection,
    model: ModelId,
    class: &str,
    [old, new]: [Option<f64>; 2],
) -> Result<bool, StoreError> {
    let mut kept = thresholds(db, model)?;
    if kept.get(class).copied() != old {
        return Ok(false);
    }
    match new {
        Some(new) => kept.insert(class.to_owned(), new),
        None => kept.remove(class),
    };
    Kept::Thresholds.write(db, model, &kept)?;
    Ok(true)
}

/// The temperature of each finding of a model, as it is in force.
pub(super) fn temperatures(db: &Connection, model: ModelId) -> Result<Vec<FindingTemperature>, StoreError> {
    Kept::Temperatures.read(db, model)
}

/// Puts temperatures of findings in the place of others; whether those are the ones that are there.
pub(super) fn change_temperatures(
    db: &Connection,
    model: ModelId,
    [old, new]: [&[FindingTemperature]; 2],
) -> Result<bool, StoreError> {
    Kept::Temperatures.change(db, model, &old.to_vec(), &new.to_vec())
}

/// When a model is not sure of a finding, as it is in force.
pub(super) fn rules(db: &Connection, model: ModelId) -> Result<Option<FindingRules>, StoreError> {
    Kept::Rules.read(db, model)
}

/// Puts one rule in the place of another; whether that is the one that is there.
pub(super) fn change_rules(
    db: &Connection,
    model: ModelId,
    [old, new]: [Option<&FindingRules>; 2],
) -> Result<bool, StoreError> {
    Kept::Rules.change(db, model, &old.cloned(), &new.cloned())
}
