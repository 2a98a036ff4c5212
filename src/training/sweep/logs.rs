//! Logs of runs: one file of JSON a run in a sweep's folder, and folders of JSON that other programs wrote.

use crate::domain::sweep::{Setting, Settings, TrialRecord};
use crate::files::atomically;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Why logs cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("{file} cannot be {done}: {why}")]
    File { file: PathBuf, done: &'static str, why: String },
    #[error("{file} is no log of a run ({why}): put it elsewhere, or remove it to have the run done again")]
    Damaged { file: PathBuf, why: String },
    #[error("{folder} holds no JSON with the figures of a run")]
    Nothing { folder: PathBuf },
}

/// The largest log that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// Writes a record as `0001.json`, whole or not at all.
pub fn write_record(dir: &Path, record: &TrialRecord) -> Result<(), LogError> {
    let file = dir.join(format!("{:04}.json", record.trial.number));
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(dir)?;
        let text = serde_json::to_vec_pretty(record)?;
        atomically(&file, |out| out.write_all(&text))
    };
    write().map_err(|error| LogError::File { file: file.clone(), done: "written", why: error.to_string() })
}

/// The records in a sweep's folder, in their order; none where it does not exist yet.
pub fn read_records(dir: &Path) -> Result<Vec<TrialRecord>, LogError> {
    let mut records = Vec::new();
    for file in json_files(dir)? {
        let text = read(&file)?;
        let record: TrialRecord = serde_json::from_str(&text)
            .map_err(|error| LogError::Damaged { file: file.clone(), why: error.to_string() })?;
        records.push(record);
    }
    records.sort_by_key(|record| record.trial.number);
    Ok(records)
}

fn read(file: &Path) -> Result<String, LogError> {
    let unreadable = |why: String| LogError::File { file: file.to_path_buf(), done: "read", why };
    let size = std::fs::metadata(file).map_err(|error| unreadable(error.to_string()))?.len();
    if size > LARGEST {
        return Err(unreadable(format!("it is larger than {} MB", LARGEST >> 20)));
    }
    std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))
}

fn json_files(dir: &Path) -> Result<Vec<PathBuf>, LogError> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(LogError::File { file: dir.to_path_buf(), done: "read", why: error.to_string() });
        }
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) && file.is_file());
    files.sort();
    Ok(files)
}

/// Runs that other programs logged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Elsewhere {
    pub runs: Vec<RunElsewhere>,
    /// What was taken as what and what was left out, a sentence each.
    pub remarks: Vec<String>,
}

/// One run that another program logged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunElsewhere {
    /// The file's name, with the run's place where a file holds several.
    pub name: String,
    pub settings: Settings,
    pub seed: Option<u64>,
    /// Of a list, the last value.
    pub figures: BTreeMap<String, f64>,
}

/// Words in a name that make its number a figure rather than a setting.
const FIGURES: [&str; 26] = [
    "loss",
    "acc",
    "accuracy",
    "f1",
    "auc",
    "auroc",
    "ap",
    "map",
    "map50",
    "precision",
    "recall",
    "sensitivity",
    "specificity",
    "kappa",
    "mcc",
    "dice",
    "iou",
    "brier",
    "ece",
    "score",
    "error",
    "mae",
    "rmse",
    "time",
    "seconds",
    "duration",
];

/// Names of objects in which settings stand, whatever they are called.
const SECTIONS: [&str; 9] =
    ["config", "params", "parameters", "hyperparameters", "hparams", "args", "settings", "recipe", "model_config"];

/// Reads a folder of JSON files, each a run, a list of runs, or a list of epochs.
///
/// # Errors
/// When a file cannot be read, or none holds a figure.
pub fn read_elsewhere(folder: &Path) -> Result<Elsewhere, LogError> {
    let mut read_in = Elsewhere::default();
    let mut left_out = Vec::new();
    for file in json_files(folder)? {
        let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match serde_json::from_str::<Value>(&read(&file)?) {
            Ok(Value::Array(list)) if !is_history(&list) => {
                let runs = list.iter().enumerate().map(|(at, value)| run(format!("{name} #{}", at + 1), value));
                read_in.runs.extend(runs.filter(|run| !run.figures.is_empty()));
            }
            Ok(value) => match run(name.clone(), &value) {
                run if run.figures.is_empty() => left_out.push(format!("{name}.json: no figure in it")),
                run => read_in.runs.push(run),
            },
            Err(error) => left_out.push(format!("{name}.json: no JSON ({error})")),
        }
    }
    if read_in.runs.is_empty() {
        return Err(LogError::Nothing { folder: folder.to_path_buf() });
    }
    let names = |of: &dyn Fn(&RunElsewhere) -> Vec<String>| {
        let all: BTreeSet<String> = read_in.runs.iter().flat_map(of).collect();
        all.into_iter().collect::<Vec<_>>().join(", ")
    };
    let figures = names(&|run| run.figures.keys().cloned().collect());
    let settings = names(&|run| run.settings.keys().cloned().collect());
    read_in.remarks.push(format!("taken as figures, of lists their last value: {figures}."));
    if !settings.is_empty() {
        read_in.remarks.push(format!("taken as settings: {settings}."));
    }
    if !left_out.is_empty() {
        read_in.remarks.push(format!("left out: {}.", left_out.join("; ")));
    }
    Ok(read_in)
}

/// A list of epochs rather than of runs.
fn is_history(list: &[Value]) -> bool {
    let epoch = |value: &Value| value.get("epoch").or_else(|| value.get("step")).is_some_and(Value::is_number);
    !list.is_empty() && list.iter().all(epoch)
}

fn run(name: String, value: &Value) -> RunElsewhere {
    let mut run = RunElsewhere { name, ..RunElsewhere::default() };
    match value {
        Value::Array(list) => run.take_epochs("", list),
        Value::Object(fields) => run.take(fields, "", false),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    run
}

impl RunElsewhere {
    fn take(&mut self, fields: &Map<String, Value>, within: &str, settings: bool) {
        for (key, value) in fields {
            let name = if within.is_empty() { key.clone() } else { format!("{within}.{key}") };
            match value {
                Value::Object(inner) => {
                    let section = SECTIONS.contains(&key.to_lowercase().as_str());
                    // What stands in a section needs no more of a name than itself.
                    let within = if section { "" } else { name.as_str() };
                    self.take(inner, within, settings || section);
                }
                Value::Array(list) if is_history(list) => self.take_epochs("", list),
                Value::Array(list) => {
                    if let (Some(last), true) = (list.last().and_then(Value::as_f64), list.iter().all(Value::is_number))
                    {
                        self.figures.insert(name, last);
                    }
                }
                Value::Number(number) if !settings && is_figure(&name) => {
                    self.figures.extend(number.as_f64().map(|number| (name, number)));
                }
                Value::Number(number) if is_seed(key) => self.seed = number.as_u64(),
                Value::Number(number) => {
                    self.settings.extend(number.as_f64().map(|number| (name, Setting::Number(number))));
                }
                Value::Bool(flag) => drop(self.settings.insert(name, Setting::Flag(*flag))),
                Value::String(text) => drop(self.settings.insert(name, Setting::Text(text.clone()))),
                Value::Null => {}
            }
        }
    }

    /// The figures of the last epoch that has them.
    fn take_epochs(&mut self, within: &str, epochs: &[Value]) {
        for (key, value) in epochs.iter().filter_map(Value::as_object).flatten() {
            if let (Some(number), true) = (value.as_f64(), is_figure(key)) {
                let name = if within.is_empty() { key.clone() } else { format!("{within}.{key}") };
                self.figures.insert(name, number);
            }
        }
    }
}

/// Whether one of a name's words is that of a figure: `val_acc`, `best.valF1`, `test-loss`.
fn is_figure(name: &str) -> bool {
    let mut words = vec![String::new()];
    let mut lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (lower && letter.is_uppercase()) {
            words.push(String::new());
        }
        lower = letter.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.iter().any(|word| FIGURES.contains(&word.as_str()))
}

fn is_seed(key: &str) -> bool {
    matches!(key.to_lowercase().as_str(), "seed" | "random_seed" | "random_state")
}
