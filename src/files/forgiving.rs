//! Reading settings that may be damaged: what can be understood counts, what cannot costs itself alone.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What of a file could be read.
#[derive(Debug, PartialEq)]
pub struct Forgiving<T> {
    pub value: T,
    /// The fields that are as they come because the file's could not be understood: "appearance.text_size".
    pub wrong: Vec<String>,
}

/// Reads a JSON object as a value, field by field where it cannot be read as a whole; a field that is not understood is as
/// in the default value, an entry of a list that is not is left out. `None` where the text is no JSON object.
pub fn forgiving<T: Serialize + DeserializeOwned + Default>(text: &str) -> Option<Forgiving<T>> {
    let given: Value = serde_json::from_str(text).ok()?;
    if !given.is_object() {
        return None;
    }
    if let Ok(value) = serde_json::from_value(given.clone()) {
        return Some(Forgiving { value, wrong: Vec::new() });
    }
    let mut whole = serde_json::to_value(T::default()).ok()?;
    let mut wrong = Vec::new();
    take::<T>(&mut whole, &mut Vec::new(), &given, &mut wrong);
    Some(Forgiving { value: serde_json::from_value(whole).unwrap_or_default(), wrong })
}

/// A step into a value: the name of a field, or a place in a list.
#[derive(Clone)]
enum Step {
    Field(String),
    Place(usize),
}

/// Puts what is given into its place in the whole where the whole can be read then, else part by part.
fn take<T: DeserializeOwned>(whole: &mut Value, path: &mut Vec<Step>, given: &Value, wrong: &mut Vec<String>) {
    let Some(place) = at(whole, path) else { return };
    let before = std::mem::replace(place, given.clone());
    if serde_json::from_value::<T>(whole.clone()).is_ok() {
        return;
    }
    let mut put = |value: Value| {
        if let Some(place) = at(whole, path) {
            *place = value;
        }
    };
    match given {
        Value::Object(fields) if before.is_object() => {
            put(before);
            for (name, value) in fields {
                path.push(Step::Field(name.clone()));
                take::<T>(whole, path, value, wrong);
                path.pop();
            }
        }
        Value::Array(entries) if before.is_array() => {
            put(Value::Array(Vec::new()));
            for entry in entries {
                let length = at(whole, path).and_then(|list| list.as_array()).map_or(0, Vec::len);
                path.push(Step::Place(length));
                take::<T>(whole, path, entry, wrong);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) | Value::Array(_) => {
            match (path.last(), &before) {
                // A field or an entry that was not there goes again.
                (Some(Step::Place(_)), _) | (Some(Step::Field(_)), Value::Null) => remove(whole, path),
                (Some(Step::Field(_)) | None, _) => put(before),
            }
            let name = path.iter().map(|step| match step {
                Step::Field(name) => name.clone(),
                Step::Place(place) => (place + 1).to_string(),
            });
            wrong.push(name.collect::<Vec<_>>().join("."));
        }
    }
}

/// The place of a path, made where it is missing.
fn at<'v>(whole: &'v mut Value, path: &[Step]) -> Option<&'v mut Value> {
    path.iter().try_fold(whole, |value, step| match (step, value) {
        (Step::Field(name), Value::Object(fields)) => Some(fields.entry(name.clone()).or_insert(Value::Null)),
        (Step::Place(place), Value::Array(list)) => {
            if list.len() == *place {
                list.push(Value::Null);
            }
            list.get_mut(*place)
        }
        (Step::Field(_) | Step::Place(_), _) => None,
    })
}

fn remove(whole: &mut Value, path: &[Step]) {
    let Some((last, above)) = path.split_last() else { return };
    match (last, at(whole, above)) {
        (Step::Field(name), Some(Value::Object(fields))) => {
            fields.remove(name);
        }
        (Step::Place(place), Some(Value::Array(list))) => list.truncate(*place),
        (Step::Field(_) | Step::Place(_), _) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct All {
        name: Option<String>,
        inner: Inner,
        list: Vec<Entry>,
        keys: BTreeMap<String, Vec<String>>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Inner {
        size: f32,
        dark: bool,
    }

    impl Default for Inner {
        fn default() -> Self {
            Self { size: 1.5, dark: true }
        }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Entry {
        at: u32,
    }

    fn read(text: &str) -> Forgiving<All> {
        forgiving(text).unwrap()
    }

    #[test]
    fn what_is_right_is_read_and_what_is_not_costs_itself_alone() {
        let whole = read(r#"{"name": "A", "inner": {"size": 2, "dark": false}, "list": [{"at": 1}], "later": 7}"#);
        let inner = Inner { size: 2.0, dark: false };
        let all = All { name: Some("A".into()), inner, list: vec![Entry { at: 1 }], ..All::default() };
        assert_eq!(whole, Forgiving { value: all, wrong: Vec::new() });

        let one =
            read(r#"{"name": 7, "inner": {"size": "big", "dark": false}, "list": [{"at": 1}, {"at": -1}, {"at": 3}]}"#);
        assert_eq!(one.wrong, ["inner.size", "list.2", "name"], "in the order of their names");
        assert_eq!(one.value.inner, Inner { size: 1.5, dark: false });
        assert_eq!(one.value.list, [Entry { at: 1 }, Entry { at: 3 }]);

        let keys = read(r#"{"name": "A", "keys": {"fit": ["F"], "zoom": "Z"}}"#);
        assert_eq!((keys.wrong, keys.value.name.as_deref()), (vec!["keys.zoom".to_owned()], Some("A")));
        assert_eq!(keys.value.keys["fit"], ["F"]);

        let shape = read(r#"{"inner": "x", "list": {"at": 1}, "name": "B"}"#);
        assert_eq!((shape.wrong.len(), shape.value.name.as_deref()), (2, Some("B")));
    }

    #[test]
    fn what_is_no_object_is_nothing() {
        for text in ["", "{\"name\": 7", "[]", "7", "null"] {
            assert_eq!(forgiving::<All>(text), None, "{text}");
        }
    }
}
