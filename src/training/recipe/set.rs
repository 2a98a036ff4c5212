//! Changing one setting of a recipe by its dotted name.

use super::{RecipeError, check, one_line};
use crate::domain::{Architecture, Recipe};
use toml::{Table, Value};

/// The settings that are left out while they have no value.
pub(super) const OPTIONAL: [&str; 2] = ["patience", "stop_by"];

/// Changes one setting: `epochs=20`, `optimizer.learning_rate=0.001`, `schedule.kind=cosine`, `patience=none`.
///
/// Choosing another `kind` keeps the settings both kinds have and takes usual values for the rest; only a network that
/// draws boxes comes with all of its own, which were made for one another. Choosing another number of `preprocessing.channels` spreads the mean of `mean` and `std` over them. `preprocessing.side` sets width
/// and height. A warm-up that is longer than the run becomes as long as it. A recipe that would not be usable afterwards is left as it was.
///
/// # Errors
/// When the setting does not exist or cannot have this value.
pub fn set(recipe: &mut Recipe, assignment: &str) -> Result<(), RecipeError> {
    let Some((key, value)) = assignment.split_once('=') else {
        return Err(RecipeError::NoAssignment { given: assignment.to_owned() });
    };
    let (key, value) = (key.trim(), value.trim());
    let mut table = Table::try_from(&*recipe).map_err(|error| RecipeError::field(key, one_line(&error.to_string())))?;
    match (key, value) {
        (optional, "none" | "never" | "") if OPTIONAL.contains(&optional) => {
            table.remove(key);
        }
        ("preprocessing.side", _) => {
            place(&mut table, "preprocessing.width", parsed(value))?;
            place(&mut table, "preprocessing.height", parsed(value))?;
        }
        ("preprocessing.channels", _) => {
            place(&mut table, key, parsed(value))?;
            let channels = value.parse().unwrap_or(0).min(3);
            spread(&mut table, "mean", channels);
            spread(&mut table, "std", channels);
        }
        ("epochs", _) => {
            place(&mut table, key, parsed(value))?;
            shorten_warmup(&mut table);
        }
        ("uncertain", _) => drop(table.insert(key.to_owned(), parsed(value))),
        // Left out where it is the usual one.
        ("preprocessing.interpolation" | "preprocessing.rounded", _) => {
            if let Some(section) = table.get_mut("preprocessing").and_then(Value::as_table_mut) {
                section.insert(key.trim_start_matches("preprocessing.").to_owned(), parsed(value));
            }
        }
        ("architecture.kind" | "optimizer.kind" | "schedule.kind" | "loss.kind", _) => {
            choose_kind(&mut table, key, value)?
        }
        _ => place(&mut table, key, parsed(value))?,
    }
    let changed: Recipe = table
        .try_into()
        .map_err(|error: toml::de::Error| RecipeError::field(key, plainly(&one_line(error.message()))))?;
    check(&changed)?;
    *recipe = changed;
    Ok(())
}

/// A TOML value, or the text itself where it is none: nobody quotes on a command line.
fn parsed(value: &str) -> Value {
    toml::from_str::<Table>(&format!("value = {value}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(value.to_owned()))
}

fn place(table: &mut Table, key: &str, value: Value) -> Result<(), RecipeError> {
    let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
    let mut at = table;
    for part in section.split('.').filter(|part| !part.is_empty()) {
        at = at
            .get_mut(part)
            .and_then(Value::as_table_mut)
            .ok_or_else(|| RecipeError::field(key, "there is no such setting"))?;
    }
    if !at.contains_key(name) && !OPTIONAL.contains(&key) {
        let absent = OPTIONAL.iter().filter(|optional| section.is_empty() && !at.contains_key(**optional));
        let known: Vec<&str> = at.keys().map(String::as_str).chain(absent.copied()).collect();
        return Err(RecipeError::field(key, format!("there is no such setting here; there are {}", known.join(", "))));
    }
    if let Some(Value::Table(own)) = at.get(name)
        && !value.is_table()
    {
        let own: Vec<String> = own.keys().map(|setting| format!("{key}.{setting}")).collect();
        return Err(RecipeError::field(key, format!("it has settings of its own: {}", own.join(", "))));
    }
    at.insert(name.to_owned(), value);
    Ok(())
}

/// What serde says of a word that is none of those there are, without the marks of its own: "x is none of pad, crop".
fn plainly(message: &str) -> String {
    let parts = message.strip_prefix("unknown variant `").and_then(|rest| {
        let (given, expected) = rest.split_once("`, expected ")?;
        Some((given, expected.trim_start_matches("one of ")))
    });
    match parts {
        Some((given, expected)) => format!("{given} is none of {}", expected.replace('`', "").replace(" or ", ", ")),
        None => message.to_owned(),
    }
}

fn spread(table: &mut Table, name: &str, channels: usize) {
    if let Some(Value::Array(values)) =
        table.get_mut("preprocessing").and_then(Value::as_table_mut).and_then(|p| p.get_mut(name))
        && values.len() != channels
    {
        let sum: f64 = values.iter().filter_map(Value::as_float).sum();
        let mean = sum / values.len().max(1) as f64;
        *values = vec![Value::Float(mean); channels];
    }
}

fn shorten_warmup(table: &mut Table) {
    let epochs = table.get("epochs").and_then(Value::as_integer);
    let warmup = table.get_mut("schedule").and_then(Value::as_table_mut).and_then(|s| s.get_mut("warmup_epochs"));
    if let (Some(epochs), Some(warmup)) = (epochs, warmup)
        && warmup.as_integer().is_some_and(|long| long > epochs)
    {
        *warmup = Value::Integer(epochs.max(0));
    }
}

fn choose_kind(table: &mut Table, key: &str, kind: &str) -> Result<(), RecipeError> {
    let section = key.split('.').next().unwrap_or_default();
    let before = table.get(section).and_then(Value::as_table).and_then(|before| before.get("kind"));
    if before.and_then(Value::as_str) == Some(kind) {
        return Ok(());
    }
    let mut chosen = if section == "architecture"
        && let Some(usual) = Architecture::from_name(kind)
    {
        Table::try_from(usual).map_err(|error| RecipeError::field(key, one_line(&error.to_string())))?
    } else {
        usual(key, section, kind)?
    };
    let whole = section == "architecture" && Architecture::from_name(kind).is_some_and(|a| a.draws_boxes());
    if let Some(before) = table.get(section).and_then(Value::as_table).filter(|_| !whole) {
        for (name, value) in &mut chosen {
            if let Some(kept) = before.get(name) {
                *value = kept.clone();
            }
        }
    }
    chosen.insert("kind".to_owned(), Value::String(kind.to_owned()));
    table.insert(section.to_owned(), Value::Table(chosen));
    Ok(())
}

/// The usual settings of an optimizer or schedule of this kind.
fn usual(key: &str, section: &str, kind: &str) -> Result<Table, RecipeError> {
    let usual = match (section, kind) {
        ("schedule", "constant") | ("loss", "cross-entropy" | "corn" | "binary-cross-entropy") => "",
        ("loss", "focal") => "gamma = 2.0\nalpha = 0.25",
        ("loss", "asymmetric") => "gamma_negative = 4.0\ngamma_positive = 1.0\nclip = 0.05",
        ("optimizer", "sgd") => "learning_rate = 0.01\nmomentum = 0.9\nnesterov = false\nweight_decay = 0.0",
        ("optimizer", "adam" | "adamw") => "learning_rate = 0.001\nweight_decay = 0.0",
        ("schedule", "step") => "every = 10\ngamma = 0.1",
        ("schedule", "cosine") => "warmup_epochs = 1",
        ("schedule", "plateau") => "factor = 0.5\npatience = 5",
        ("schedule", "one-cycle") => "",
        _ => {
            let kinds = match section {
                "architecture" => Architecture::names(),
                "optimizer" => "sgd, adam, adamw".to_owned(),
                "loss" => "cross-entropy, corn, binary-cross-entropy, focal, asymmetric".to_owned(),
                _ => "constant, step, cosine, plateau, one-cycle".to_owned(),
            };
            return Err(RecipeError::field(key, format!("{kind:?} is not one of {kinds}")));
        }
    };
    toml::from_str(usual).map_err(|error| RecipeError::field(key, one_line(error.message())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recipe::{ClassifierArchitecture, Imbalance, Loss, Optimizer, Resize, Schedule};

    #[test]
    fn what_a_setting_cannot_be_is_said_plainly() {
        let refused = |given: &str| set(&mut Recipe::default(), given).unwrap_err().to_string();
        let said = refused("preprocessing.resize=squash");
        assert!(said.contains("squash is none of ") && said.contains("stretch") && !said.contains('`'), "{said}");
        let said = refused("loss=corn");
        assert!(said.contains("loss: it has settings of its own: loss.kind"), "{said}");
    }

    #[test]
    fn settings_are_changed_by_name() {
        let mut recipe = Recipe::default();
        for assignment in [
            "epochs=3",
            "patience = 4",
            "optimizer.learning_rate=1",
            "imbalance=class-weights",
            "preprocessing.resize={ shorter-side-then-crop = 256 }",
            "preprocessing.side=224",
            "preprocessing.channels=3",
            "architecture.channels=[8, 16]",
            "augmentation.rotation=5",
            "title=Mine, 2nd try",
        ] {
            set(&mut recipe, assignment).unwrap_or_else(|error| panic!("{assignment}: {error}"));
        }
        assert_eq!((recipe.epochs, recipe.patience, recipe.imbalance), (3, Some(4), Imbalance::ClassWeights));
        assert_eq!(recipe.optimizer.learning_rate(), 1.0);
        assert_eq!(recipe.preprocessing.resize, Resize::ShorterSideThenCrop(256));
        assert_eq!((recipe.preprocessing.width, recipe.preprocessing.height), (224, 224));
        assert_eq!((recipe.preprocessing.channels, recipe.preprocessing.mean.len()), (3, 3));
        assert_eq!(recipe.title, "Mine, 2nd try");
        set(&mut recipe, "patience=none").unwrap();
        assert_eq!(recipe.patience, None);
    }

    #[test]
    fn every_setting_can_be_given() {
        let mut recipe = Recipe::default();
        for (kind, fields) in [
            ("step", "every=3 gamma=0.2"),
            ("cosine", "warmup_epochs=2 final_rate=0.001"),
            ("plateau", "factor=0.3 patience=2 watch=validation-kappa threshold=0.01"),
            ("one-cycle", "rise=0.4 start_divisor=10 end_divisor=1000 cycle_momentum=false"),
        ] {
            set(&mut recipe, &format!("schedule.kind={kind}")).unwrap();
            for field in fields.split(' ') {
                set(&mut recipe, &format!("schedule.{field}")).unwrap_or_else(|error| panic!("{field}: {error}"));
            }
        }
        let expected =
            Schedule::OneCycle { rise: 0.4, start_divisor: 10.0, end_divisor: 1000.0, cycle_momentum: false };
        assert_eq!(recipe.schedule, expected);
        for (field, value) in [
            ("accumulate", "2"),
            ("clip_norm", "1"),
            ("backbone_rate", "0.1"),
            ("decay_biases_and_norms", "false"),
            ("stop_by", "validation-auroc"),
            ("best_by", "validation-macro-f1"),
            ("imbalance", "oversampling"),
            ("freeze_backbone_epochs", "2"),
            ("frozen_stages", "2"),
            ("label_smoothing", "0.1"),
        ] {
            let before = recipe.clone();
            set(&mut recipe, &format!("{field}={value}")).unwrap_or_else(|error| panic!("{field}: {error}"));
            assert_ne!(recipe, before, "{field}");
        }
        recipe.label_smoothing = 0.0;
        set(&mut recipe, "loss.kind=corn").unwrap();
        assert_eq!(recipe.loss, Loss::Corn);
        set(&mut recipe, "stop_by=none").unwrap();
        assert_eq!(recipe.stop_by, None);
        let message = set(&mut recipe, "stopping=2").unwrap_err().to_string();
        assert!(message.contains("stop_by") && message.contains("clip_norm"), "{message}");
    }

    #[test]
    fn another_kind_keeps_what_both_have() {
        let mut recipe = Recipe::default();
        set(&mut recipe, "optimizer.learning_rate=0.02").unwrap();
        set(&mut recipe, "optimizer.kind=sgd").unwrap();
        assert!(matches!(recipe.optimizer, Optimizer::Sgd { learning_rate: 0.02, momentum: 0.9, .. }));
        set(&mut recipe, "schedule.kind=cosine").unwrap();
        assert_eq!(recipe.schedule, Schedule::cosine(1));
        set(&mut recipe, "architecture.kind=resnet18").unwrap();
        assert_eq!(recipe.architecture, ClassifierArchitecture::ResNet18.into());
        for architecture in Architecture::all() {
            set(&mut recipe, &format!("architecture.kind={}", architecture.name())).unwrap();
            assert_eq!(recipe.architecture, architecture);
        }
    }

    #[test]
    fn wrong_settings_are_named_and_change_nothing() {
        let mut recipe = Recipe::default();
        for (assignment, named) in [
            ("epochs", "key=value"),
            ("epoch=3", "epoch"),
            ("optimizer.rate=3", "learning_rate"),
            ("epochs=-1", "epochs"),
            ("epochs=0", "epochs"),
            ("nowhere.at.all=1", "nowhere"),
            ("optimizer.kind=lion", "adamw"),
            ("imbalance=maybe", "imbalance"),
            ("preprocessing.channels=2", "channels"),
        ] {
            let message = set(&mut recipe, assignment).unwrap_err().to_string();
            assert!(message.contains(named), "{assignment}: {message}");
            assert_eq!(recipe, Recipe::default(), "{assignment}");
        }
    }
}
