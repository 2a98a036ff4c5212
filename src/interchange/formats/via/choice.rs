//! Which of the attributes of regions, or of files, is the class. Everybody names them as they like.

use serde_json::Value;
use std::collections::BTreeMap;

/// Names of attributes that are the class, the likeliest first, in lower case and without separators.
const USUAL: [&str; 18] = [
    "class",
    "label",
    "classname",
    "category",
    "labelname",
    "type",
    "name",
    "object",
    "objectname",
    "objecttype",
    "finding",
    "diagnosis",
    "disease",
    "lesion",
    "species",
    "kind",
    "tag",
    "grade",
];

/// Attributes that VIA gives to every new project's files, and what people use them for is no class.
const DEFAULTS: [&str; 3] = ["caption", "public_domain", "image_url"];

/// The attributes that are used, and those a project declares as a choice of one.
#[derive(Default)]
pub struct Attributes {
    /// How many regions have a value in it.
    used: BTreeMap<String, usize>,
    choices: Vec<String>,
}

impl Attributes {
    /// Notes the attributes of a region or file, `{"class": "mass"}`.
    pub fn see(&mut self, attributes: &Value) {
        for (name, value) in attributes.as_object().into_iter().flatten() {
            if value_of(value).is_some() {
                *self.used.entry(name.clone()).or_default() += 1;
            }
        }
    }

    /// Notes that a project declares this one as a choice of one (a drop-down list or radio buttons).
    pub fn declare(&mut self, name: &str) {
        self.choices.push(name.to_owned());
    }

    /// Which one is the class of regions, and why in a sentence, where there is something to choose.
    ///
    /// # Errors
    /// What is wrong with the name that a person gave, in words that go behind the file's name.
    pub fn class(&self, wanted: Option<&str>) -> Result<Option<(String, Option<String>)>, String> {
        let names = || self.used.keys().cloned().collect::<Vec<_>>().join(", ");
        if let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) {
            if !self.used.contains_key(wanted) {
                return Err(format!("has no region attribute {wanted}: it has {}", names()));
            }
            return Ok(Some((wanted.to_owned(), None)));
        }
        let Some((most, _)) = self.used.iter().max_by_key(|(_, count)| **count) else { return Ok(None) };
        if self.used.len() == 1 {
            return Ok(Some((most.clone(), Some(format!("the class is the region attribute {most}")))));
        }
        let usual = USUAL.iter().find_map(|usual| self.used.keys().find(|name| plain(name) == *usual));
        let declared = || self.choices.iter().find(|name| self.used.contains_key(*name));
        let one = usual.or_else(declared).unwrap_or(most);
        let why = format!(
            "of the region attributes {} the class is {one}; the others were not taken (--column class=NAME chooses another)",
            names()
        );
        Ok(Some((one.clone(), Some(why))))
    }

    /// Which attribute of files is the image's label: one with a usual name, or one that is a choice.
    pub fn label(&self) -> Option<String> {
        let usual = || USUAL.iter().find_map(|usual| self.used.keys().find(|name| plain(name) == *usual));
        let declared = self.choices.iter().find(|name| self.used.contains_key(*name));
        declared.or_else(usual).filter(|name| !DEFAULTS.contains(&name.as_str())).cloned()
    }

    /// The names that are used, but for one.
    pub fn others(&self, one: Option<&str>) -> Vec<&str> {
        self.used.keys().map(String::as_str).filter(|name| Some(*name) != one).collect()
    }
}

/// The value of an attribute as text: of check boxes the only one that is set. `None` where there is none.
pub fn value_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Object(boxes) => {
            let mut set = boxes.iter().filter(|(_, set)| set.as_bool() == Some(true));
            set.next().filter(|_| set.next().is_none())?.0.trim().to_owned()
        }
        Value::Null | Value::Bool(_) | Value::Array(_) => return None,
    };
    // What VIA writes where nobody chose.
    Some(text).filter(|text| !text.is_empty() && text != "undefined")
}

fn plain(name: &str) -> String {
    name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}
