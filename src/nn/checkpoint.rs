//! What a PyTorch file holds by name: which of its dictionaries are the weights, and where their numbers lie.

use super::pickle::{Id, Pickle, Value};
use std::collections::{HashMap, HashSet};

/// How the numbers of a storage are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    F64,
    F32,
    F16,
    Bf16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
}

impl Number {
    fn of_storage(class: &str) -> Option<Self> {
        Some(match class {
            "DoubleStorage" => Self::F64,
            "FloatStorage" => Self::F32,
            "HalfStorage" => Self::F16,
            "BFloat16Storage" => Self::Bf16,
            "LongStorage" => Self::I64,
            "IntStorage" => Self::I32,
            "ShortStorage" => Self::I16,
            "CharStorage" => Self::I8,
            "ByteStorage" => Self::U8,
            "BoolStorage" => Self::Bool,
            _ => return None,
        })
    }

    /// Bytes of one.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::Bf16 | Self::I16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }
}

/// Where the numbers of a tensor lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) name: String,
    /// The storage's name.
    pub(super) storage: String,
    pub(super) number: Number,
    /// In numbers, from the storage's start.
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    /// In numbers, from one to the next along each side.
    pub(super) strides: Vec<usize>,
}

/// A dictionary of tensors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The keys that lead to it, joined by points; empty for the file's own dictionary.
    pub(super) path: String,
    pub(super) tensors: Vec<Place>,
}

/// Keys that hold the weights themselves, the surest first; the file's own dictionary comes before them.
const WEIGHTS: [&str; 10] = [
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "net",
    "network",
    "module",
    "weights",
    "params",
    "state_dict_ema",
];
/// Parts of a path under which tensors are no weights.
const NOT_WEIGHTS: [&str; 8] = ["optim", "sched", "scaler", "amp", "callback", "loop", "metric", "rng"];

/// Every dictionary that holds a tensor, where it stands in the file.
pub(super) fn groups(pickle: &Pickle) -> Vec<Group> {
    let mut found = Vec::new();
    collect(pickle, pickle.root, String::new(), &mut HashSet::new(), &mut found);
    found
}

/// Which of the groups holds the weights: of those with at least half as many tensors as the largest, the one whose key
/// says so.
pub(super) fn weights(groups: &[Group]) -> Option<usize> {
    let is_other = |group: &Group| NOT_WEIGHTS.iter().any(|word| group.path.to_lowercase().contains(word));
    let most = groups.iter().filter(|group| !is_other(group)).map(|group| group.tensors.len()).max()?;
    let rank = |group: &Group| {
        let known = WEIGHTS.iter().position(|key| group.path.split('.').any(|part| part == *key));
        let averaged = usize::from(group.path.to_lowercase().contains("ema"));
        if group.path.is_empty() { 0 } else { known.map_or(WEIGHTS.len() + 1 + averaged, |at| at + 1) }
    };
    let enough = |(_, group): &(usize, &Group)| !is_other(group) && 2 * group.tensors.len() >= most;
    groups.iter().enumerate().filter(enough).min_by_key(|(_, group)| rank(group)).map(|(at, _)| at)
}

fn collect(pickle: &Pickle, id: Id, path: String, seen: &mut HashSet<Id>, found: &mut Vec<Group>) {
    let Some(entries) = pickle.entries(id) else { return };
    // A dictionary may hold itself.
    if !seen.insert(id) || seen.len() > 10_000 {
        return;
    }
    let mut tensors: Vec<Place> = Vec::new();
    let mut inside = Vec::new();
    for (key, value) in entries {
        let Some(key) = pickle.text(*key) else { continue };
        match tensor(pickle, *value, 0) {
            Some(place) => tensors.push(Place { name: key.to_owned(), ..place }),
            None => inside.push((key, *value)),
        }
    }
    if !tensors.is_empty() {
        found.push(Group { path: path.clone(), tensors });
    }
    // Twenty dictionaries within one another are no checkpoint, and would fill the call stack.
    if path.matches('.').count() > 20 {
        return;
    }
    for (key, value) in inside {
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        collect(pickle, value, path, seen, found);
    }
}

/// The tensor that an object stands for, still without a name.
fn tensor(pickle: &Pickle, id: Id, depth: usize) -> Option<Place> {
    let Value::Made { what, with, .. } = pickle.value(id) else { return None };
    let Value::Global(module, function) = pickle.value(*what) else { return None };
    let arguments = pickle.items(*with)?;
    match (module.as_str(), function.as_str()) {
        // Before PyTorch 0.4 the last two arguments were not there; nobody reads them.
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => rebuilt(pickle, arguments),
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") if depth < 4 => {
            tensor(pickle, *arguments.first()?, depth + 1)
        }
        ("torch._tensor", "_rebuild_from_type_v2") => {
            let Value::Global(..) = pickle.value(*arguments.first()?) else { return None };
            rebuilt(pickle, pickle.items(*arguments.get(2)?)?)
        }
        _ => None,
    }
}

/// `_rebuild_tensor_v2(storage, offset, size, stride, ..)`.
fn rebuilt(pickle: &Pickle, arguments: &[Id]) -> Option<Place> {
    let (storage, number) = storage(pickle, pickle.value(*arguments.first()?))?;
    let sides = |at: usize| -> Option<Vec<usize>> {
        pickle.items(*arguments.get(at)?)?.iter().map(|side| pickle.count(*side)).collect()
    };
    let (shape, strides) = (sides(2)?, sides(3)?);
    let offset = pickle.count(*arguments.get(1)?)?;
    (shape.len() == strides.len()).then(|| Place { name: String::new(), storage, number, offset, shape, strides })
}

/// A storage's name and numbers: ("storage", class, name, where it was, how long it is, ..).
fn storage(pickle: &Pickle, value: &Value) -> Option<(String, Number)> {
    let Value::Persistent(of) = value else { return None };
    let parts = pickle.items(*of)?;
    let Value::Global(_, class) = pickle.value(*parts.get(1)?) else { return None };
    Some((pickle.text(*parts.get(2)?)?.to_owned(), Number::of_storage(class)?))
}

/// The numbers of every storage that the pickle names, whoever uses it.
pub(super) fn storages(pickle: &Pickle) -> HashMap<String, Number> {
    pickle.values().filter_map(|value| storage(pickle, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(path: &str, tensors: usize) -> Group {
        let place = Place {
            name: "w".into(),
            storage: "0".into(),
            number: Number::F32,
            offset: 0,
            shape: vec![],
            strides: vec![],
        };
        Group { path: path.into(), tensors: vec![place; tensors] }
    }

    #[track_caller]
    fn taken(groups: &[(&str, usize)], expected: &str) {
        let groups: Vec<Group> = groups.iter().map(|(path, n)| group(path, *n)).collect();
        assert_eq!(groups[weights(&groups).unwrap()].path, expected);
    }

    #[test]
    fn the_weights_are_found_beside_other_tensors() {
        taken(&[("", 122)], "");
        // PyTorch's ImageNet example keeps its best accuracy as a tensor.
        taken(&[("", 1), ("state_dict", 122), ("optimizer.state.0", 200)], "state_dict");
        // torchvision's averaged copy has one tensor more.
        taken(&[("model_ema", 123), ("model", 122)], "model");
        taken(&[("ema", 122), ("net", 122)], "net");
        taken(&[("ema", 122)], "ema");
        taken(&[("teacher", 122), ("class_weights", 2)], "teacher");
        assert_eq!(weights(&[group("optimizer.state", 10)]), None);
    }
}
