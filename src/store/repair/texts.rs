//! Which columns of the tables hold JSON, or the name of a file. A text that cannot be read would keep the whole project
//! from being opened: its row is one that is gone.

use crate::domain::{
    AssignmentList, AssignmentPlan, ClassList, ClassificationReport, EpochRecord, ImageFacts, ImportReport,
};
use crate::domain::{ModelCard, ModelStatus, Recipe, RunFacts, RunState, Split};
use rusqlite::types::Value;
use serde::de::DeserializeOwned;
use std::path::Path;

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
        ("models", "file") => matches!(value, Value::Text(file) if Path::new(file).file_name().is_some()),
        ("models", "status") => is::<ModelStatus>(value),
        ("models", "test") => *value == Value::Null || is::<ClassificationReport>(value),
        ("assignments", "plan") => is::<AssignmentPlan>(value),
        ("assignments", "list") => is::<AssignmentList>(value),
        ("split_changes", "moves") => is::<Vec<(i64, Split, Split)>>(value),
        ("split_changes", "regroups") => is::<Vec<(i64, Option<String>, Option<String>)>>(value),
        _ => true,
    })
}

fn is<T: DeserializeOwned>(value: &Value) -> bool {
    matches!(value, Value::Text(text) if serde_json::from_str::<T>(text).is_ok())
}
