//! A recipe's settings one by one, for a window that shows and edits them all.

use crate::domain::Recipe;
use crate::training::recipe;

/// Every setting of a recipe by its dotted name, with its value as text.
pub fn recipe_settings(of: &Recipe) -> Vec<(String, String)> {
    recipe::list(of)
}

/// The recipe with one setting changed.
///
/// # Errors
/// A sentence when there is no such setting or it cannot have this value.
pub fn with_setting(of: &Recipe, key: &str, value: &str) -> Result<Recipe, String> {
    let mut changed = of.clone();
    recipe::set(&mut changed, &format!("{key}={value}")).map_err(|error| error.to_string())?;
    Ok(changed)
}
