//! The tasks of an export, handed over one by one as they are read, so that no export is whole in memory.
//!
//! An export is read twice: what a result is about, and which of several questions is the label, only all tasks together
//! tell.

use super::config::Config;
use super::parse::is_table;
use super::results::{Questions, is_task, mentions_boxes};
use crate::interchange::formats::label_studio::pictures::Tags;
use crate::interchange::formats::table::rows::{Row, Table};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt::Formatter;
use std::io::BufRead;

/// Opens an export, from its beginning each time.
pub type Open<'a> = &'a dyn Fn() -> Result<Box<dyn BufRead>, String>;

/// What a brush painted, as run lengths: longer than all the rest, and nothing is made of it.
const PAINTED: &str = "rle";

/// What all tasks of an export together tell.
#[derive(Default)]
pub struct Seen {
    pub tags: Tags,
    pub questions: Questions,
    pub has_boxes: bool,
    pub count: usize,
    /// One of them at least looks like a task.
    pub any_task: bool,
}

impl Seen {
    /// Looks at one more.
    pub fn add(&mut self, task: &Value, config: Option<&Config>) {
        self.count += 1;
        self.any_task |= is_task(task);
        self.tags.add(task);
        self.questions.add(task, config);
        self.has_boxes = self.has_boxes || mentions_boxes(task, 0);
    }
}

/// Hands each task of a JSON or JSON-MIN export to `take`.
///
/// # Errors
/// What is wrong with the text, in words that go behind the file's name.
pub fn of_json(open: Open<'_>, take: &mut dyn FnMut(Value)) -> Result<(), String> {
    match read(open()?, Whole(take))? {
        Kind::List => Ok(()),
        Kind::Task => {
            take(read(open()?, Sparing)?);
            Ok(())
        }
        Kind::Other => Err("is no Label Studio export: it is no list of tasks".into()),
    }
}

/// Hands each row of a CSV export to `take`: cells by column, JSON in cells that begin with a bracket.
///
/// # Errors
/// As [`of_json`].
pub fn of_table(open: Open<'_>, take: &mut dyn FnMut(Value)) -> Result<(), String> {
    let mut table = Table::of(open()?, &|_| false)?;
    let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
    if !is_table(&columns) {
        return Err("is no Label Studio export: it has no columns annotation_id and annotator".into());
    }
    let columns = table.columns.clone();
    let mut row = Row::default();
    while table.next(&mut row)? {
        take(of_row(&columns, row.cells(columns.len())));
    }
    Ok(())
}

/// The task of a row with these cells.
pub fn of_row<'a>(columns: &[String], cells: impl Iterator<Item = &'a str>) -> Value {
    let cell = |text: &str| match text.trim_start().starts_with(['[', '{']) {
        true => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        false => text.into(),
    };
    Value::Object(columns.iter().cloned().zip(cells.map(cell)).collect())
}

fn read<T>(json: impl BufRead, seed: impl for<'de> DeserializeSeed<'de, Value = T>) -> Result<T, String> {
    let mut json = serde_json::Deserializer::from_reader(json);
    let read = seed.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    read.map_err(|e| match e.is_io() {
        true => format!("cannot be read ({e})"),
        false => format!("is no whole JSON file ({e})"),
    })
}

/// What a file holds.
enum Kind {
    /// A list, of which the entries were handed over.
    List,
    /// One task, which was not.
    Task,
    Other,
}

/// A file, of which the entries are handed over where it is a list.
struct Whole<'a>(&'a mut dyn FnMut(Value));

impl<'de> DeserializeSeed<'de> for Whole<'_> {
    type Value = Kind;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Kind, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = Kind;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of tasks")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Kind, A::Error> {
        while let Some(task) = entries.next_element_seed(Sparing)? {
            (self.0)(task);
        }
        Ok(Kind::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let (mut annotations, mut data) = (false, false);
        while let Some(key) = map.next_key::<String>()? {
            annotations |= key == "annotations";
            data |= key == "data";
            map.next_value::<IgnoredAny>()?;
        }
        Ok(if annotations && data { Kind::Task } else { Kind::Other })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Other)
    }
}

/// A value without what is [`PAINTED`]: that it is there is kept.
struct Sparing;

impl<'de> DeserializeSeed<'de> for Sparing {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sparing {
    type Value = Value;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element_seed(Sparing)? {
            list.push(entry);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = if key == PAINTED {
                entries.next_value::<IgnoredAny>()?;
                Value::Array(Vec::new())
            } else {
                entries.next_value_seed(Sparing)?
            };
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Read};

    /// A list of tasks that is made as it is read, each with so many bytes of a kind; it counts how far it was read.
    struct Long {
        task: Vec<u8>,
        left: usize,
        at: usize,
    }

    impl Read for Long {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            if self.left == 0 {
                return Ok(0);
            }
            let part = self.task.get(self.at..).unwrap_or_default();
            let count = part.len().min(into.len());
            into[..count].copy_from_slice(&part[..count]);
            self.at += count;
            if self.at == self.task.len() {
                (self.at, self.left) = (0, self.left - 1);
            }
            Ok(count)
        }
    }

    #[test]
    fn a_list_without_end_is_handed_over_task_by_task() {
        let task = br#"[{"id": 1, "annotations": [{"result": [{"value": {"rle": [1, 2], "x": 1.5}}]}]},"#.to_vec();
        let (first, rest) = (task.clone(), task[1..].to_vec());
        // Cut short far behind: all that comes before is handed over.
        let open = || -> Result<Box<dyn BufRead>, String> {
            let long = Long { task: rest.clone(), left: 1000, at: 0 };
            Ok(Box::new(std::io::BufReader::new(Cursor::new(first.clone()).chain(long))))
        };
        let mut taken = Vec::new();
        let why = of_json(&open, &mut |task| taken.push(task)).unwrap_err();
        assert!(why.starts_with("is no whole JSON file"), "{why}");
        assert_eq!(taken.len(), 1001);
        let value = &taken[1000]["annotations"][0]["result"][0]["value"];
        assert_eq!(*value, serde_json::json!({"rle": [], "x": 1.5}));
    }

    #[test]
    fn values_are_those_of_a_file_that_is_read_whole() {
        let text = r#"[{"a": [1, -2, 1.5, 1e300, "x\u00e9", true, null, {"b": {}}], "a": [18446744073709551615]}, 7]"#;
        let mut taken = Vec::new();
        of_json(&|| Ok(Box::new(Cursor::new(text))), &mut |task| taken.push(task)).unwrap();
        assert_eq!(Value::Array(taken), serde_json::from_str::<Value>(text).unwrap());
    }
}
