//! Which columns of the tables hold JSON and of what. A text that cannot be read would keep the whole project from being
//! opened: its row is one that is gone.

use crate::domain::{ClassList, EpochRecord, ImageFacts, ImportReport, ModelCard, Recipe, RunFacts, RunState, Split};
use rusqlite::types::Value;
use serde::de::DeserializeOwned;

/// Whether every such text of a row, given in these columns, can be read.
pub(super) fn can_be_read(table: &str, columns: &[String], row: &[Value]) -> bool {
    columns.iter().zip(row).all(|(column, value)| match (table, column.as_str()) {
        ("image_facts", "facts") => is::<ImageFacts>(value),
        ("class_lists", "classes") => is::<ClassList>(value),
        ("imports", "report") => is::<ImportReport>(value),
        ("runs", "recipe") => is::<Recipe>(value),
        ("runs", "state") => is::<RunState>(value),
        ("runs", "facts") => *value == Value::Null || is::<RunFacts>(value),
        ("epochs", "more") => *value == Value::Null || is::<EpochRecord>(value),
        ("models", "card") => is::<ModelCard>(value),
        ("models", "status") => is::<crate::domain::ModelStatus>(value),
        ("models", "test") => *value == Value::Null || is::<crate::domain::ClassificationReport>(value),
        ("split_changes", "moves") => is::<Vec<(i64, Split, Split)>>(value),
        ("split_changes", "regroups") => is::<Vec<(i64, Option<String>, Option<String>)>>(value),
        _ => true,
    })
}

fn is<T: DeserializeOwned>(value: &Value) -> bool {
    matches!(value, Value::Text(text) if serde_json::from_str::<T>(text).is_ok())
}
