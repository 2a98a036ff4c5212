//! Every setting of a recipe by its dotted name, as [`set`](super::set()) takes it.

use super::set::OPTIONAL;
use crate::domain::Recipe;
use toml::{Table, Value};

/// What tells recipes apart and says what they are for is no setting.
const WORDS: [&str; 3] = ["name", "title", "description"];

/// Every setting and its value as text: `("optimizer.learning_rate", "0.001")`, in the order of the recipe's TOML;
/// `none` stands for no value. Empty when a number is too large for TOML.
pub fn list(recipe: &Recipe) -> Vec<(String, String)> {
    let Ok(table) = Table::try_from(recipe) else { return Vec::new() };
    let mut lines = Vec::new();
    for (name, value) in &table {
        if WORDS.contains(&name.as_str()) {
            continue;
        }
        match value {
            Value::Table(section) => {
                lines.extend(section.iter().map(|(key, value)| (format!("{name}.{key}"), text(value))));
            }
            value => lines.push((name.clone(), text(value))),
        }
    }
    for name in OPTIONAL {
        if !table.contains_key(name) {
            lines.push((name.to_owned(), "none".to_owned()));
        }
    }
    lines
}

/// A value as it is typed: text without quotes.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{builtin, set};
    use super::*;

    #[test]
    fn every_setting_can_be_set_to_what_it_is() {
        for recipe in builtin() {
            let lines = list(&recipe);
            assert!(lines.len() > 15, "{lines:?}");
            let mut same = recipe.clone();
            for (key, value) in lines {
                set(&mut same, &format!("{key}={value}")).unwrap_or_else(|why| panic!("{}: {why}", recipe.name));
                assert_eq!(same, recipe, "{key}={value}");
            }
        }
    }

    #[test]
    fn settings_are_named_by_section() {
        let mut recipe = Recipe::default();
        set(&mut recipe, "optimizer.kind=sgd").unwrap();
        let lines = list(&recipe);
        let value = |key: &str| lines.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str());
        assert_eq!(value("optimizer.kind"), Some("sgd"));
        assert_eq!(value("optimizer.momentum"), Some("0.9"));
        assert_eq!(value("patience"), Some("none"));
        assert_eq!(value("epochs"), Some("10"));
        assert_eq!(value("title"), None);
    }
}
