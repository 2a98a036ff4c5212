//! Python's pickles (protocols 0 to 5), read as data: nothing in them is executed, imported or made.
//!
//! The operations are those of `Lib/pickletools.py`. An object is named by its place in a list, so what is memoised once and
//! filled later, or held twice, is the same object wherever it is met.

use std::collections::HashMap;

/// The place of an object.
pub(super) type Id = usize;

/// What a pickle holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// Bytes and whatever else nobody here looks into.
    Opaque,
    /// A class or function by module and name.
    Global(String, String),
    Tuple(Vec<Id>),
    /// Also sets.
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// What Python would make by calling something, with the state and the items that it would get afterwards.
    Made {
        what: Id,
        with: Id,
        state: Option<Id>,
        items: Vec<(Id, Id)>,
    },
    /// What lies outside the pickle, by its description.
    Persistent(Id),
}

/// Why bytes are no pickle.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PickleFault {
    /// They end too early.
    Cut,
    Bad(String),
}

/// A pickle that was read.
#[derive(Debug)]
pub(super) struct Pickle {
    values: Vec<Value>,
    pub(super) root: Id,
}

impl Pickle {
    /// Reads one pickle off the front of `rest`.
    pub(super) fn read(rest: &mut &[u8]) -> Result<Self, PickleFault> {
        let mut machine =
            Machine { rest, values: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
        while machine.step()? {}
        let root = machine.pop()?;
        let values = machine.values;
        Ok(Self { values, root })
    }

    /// The object at a place.
    pub(super) fn value(&self, id: Id) -> &Value {
        self.values.get(id).unwrap_or(&Value::None)
    }

    /// What a dictionary, or an object that is filled like one, holds.
    pub(super) fn entries(&self, id: Id) -> Option<&[(Id, Id)]> {
        match self.value(id) {
            Value::Dict(entries) => Some(entries),
            Value::Made { items, .. } if !items.is_empty() => Some(items),
            _ => None,
        }
    }

    /// The items of a tuple or list.
    pub(super) fn items(&self, id: Id) -> Option<&[Id]> {
        match self.value(id) {
            Value::Tuple(items) | Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn text(&self, id: Id) -> Option<&str> {
        match self.value(id) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number that counts something.
    pub(super) fn count(&self, id: Id) -> Option<usize> {
        match self.value(id) {
            Value::Int(n) => usize::try_from(*n).ok(),
            _ => None,
        }
    }

    /// All objects.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.values.iter()
    }
}

struct Machine<'a, 'b> {
    rest: &'a mut &'b [u8],
    values: Vec<Value>,
    stack: Vec<Id>,
    /// How high the stack was at each open mark.
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
}

fn bad<T>(why: impl Into<String>) -> Result<T, PickleFault> {
    Err(PickleFault::Bad(why.into()))
}

impl Machine<'_, '_> {
    /// One operation; whether there is another.
    fn step(&mut self) -> Result<bool, PickleFault> {
        let operation = self.byte()?;
        match operation {
            b'.' => return Ok(false),
            // Protocol, frames: nothing to do.
            0x80 => drop(self.byte()?),
            0x95 => drop(self.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.since_mark()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            b'q' | b'r' | b'p' | 0x94 | b'h' | b'j' | b'g' => self.memory(operation)?,
            b'N' | 0x88 | 0x89 | b'J' | b'K' | b'M' | b'I' | b'L' | 0x8a | 0x8b | b'G' | b'F' => {
                self.number(operation)?
            }
            b'X' | 0x8c | 0x8d | b'V' | b'T' | b'U' | b'S' | b'B' | b'C' | 0x8e | 0x96 => self.bytes(operation)?,
            b')' | b't' | 0x85 | 0x86 | 0x87 | b']' | b'l' | 0x8f | 0x91 | b'}' | b'd' => self.collection(operation)?,
            b'a' | b'e' | 0x90 | b's' | b'u' => self.filling(operation)?,
            b'c' | 0x93 | b'R' | 0x81 | 0x92 | b'o' | b'i' | b'b' | b'Q' | b'P' => self.making(operation)?,
            other => return bad(format!("it holds an operation {other:#04x} that no pickle has")),
        }
        Ok(true)
    }

    fn memory(&mut self, operation: u8) -> Result<(), PickleFault> {
        let key = match operation {
            b'q' | b'h' => u64::from(self.byte()?),
            b'r' | b'j' => self.length(4)?,
            b'p' | b'g' => self.line()?.parse().or_else(|_| bad("a place of its memory has no number"))?,
            _ => self.memo.len() as u64,
        };
        match operation {
            b'h' | b'j' | b'g' => match self.memo.get(&key) {
                Some(id) => self.stack.push(*id),
                None => return bad(format!("it remembers nothing at {key}")),
            },
            _ => {
                let top = self.top()?;
                self.memo.insert(key, top);
            }
        }
        Ok(())
    }

    fn number(&mut self, operation: u8) -> Result<(), PickleFault> {
        let value = match operation {
            b'N' => Value::None,
            0x88 | 0x89 => Value::Bool(operation == 0x88),
            b'J' => {
                let bytes = self.take(4)?;
                Value::Int(i64::from(bytes.iter().rev().fold(0u32, |n, b| n << 8 | u32::from(*b)) as i32))
            }
            b'K' => Value::Int(i64::from(self.byte()?)),
            b'M' => Value::Int(self.length(2)? as i64),
            b'I' => match self.line()?.as_str() {
                "00" => Value::Bool(false),
                "01" => Value::Bool(true),
                text => text.parse().map_or(Value::Opaque, Value::Int),
            },
            b'L' => self.line()?.trim_end_matches('L').parse().map_or(Value::Opaque, Value::Int),
            0x8a => {
                let length = u64::from(self.byte()?);
                self.long(length)?
            }
            0x8b => {
                let length = self.length(4)?;
                self.long(length)?
            }
            b'G' => {
                let bytes = self.take(8)?;
                Value::Float(f64::from_bits(bytes.iter().fold(0u64, |n, b| n << 8 | u64::from(*b))))
            }
            _ => self.line()?.parse().map_or(Value::Opaque, Value::Float),
        };
        self.push(value);
        Ok(())
    }

    /// A whole number of so many bytes; longer ones than fit are of no use here.
    fn long(&mut self, length: u64) -> Result<Value, PickleFault> {
        let bytes = self.take(length)?;
        let negative = bytes.last().is_some_and(|b| b & 0x80 != 0);
        if bytes.len() > 8 {
            return Ok(Value::Opaque);
        }
        let start = if negative { -1i64 } else { 0 };
        Ok(Value::Int(bytes.iter().rev().fold(start, |n, b| n << 8 | i64::from(*b))))
    }

    fn bytes(&mut self, operation: u8) -> Result<(), PickleFault> {
        let text = |bytes: &[u8]| Value::Text(String::from_utf8_lossy(bytes).into_owned());
        let value = match operation {
            b'V' => Value::Text(self.line()?),
            b'S' => Value::Text(self.line()?.trim_matches(['\'', '"']).to_owned()),
            _ => {
                let length = match operation {
                    0x8c | b'U' | b'C' => 1,
                    b'X' | b'T' | b'B' => 4,
                    _ => 8,
                };
                let length = self.length(length)?;
                let bytes = self.take(length)?;
                match operation {
                    b'X' | 0x8c | 0x8d | b'T' | b'U' => text(bytes),
                    _ => Value::Opaque,
                }
            }
        };
        self.push(value);
        Ok(())
    }

    fn collection(&mut self, operation: u8) -> Result<(), PickleFault> {
        let value = match operation {
            b')' => Value::Tuple(Vec::new()),
            b']' | 0x8f => Value::List(Vec::new()),
            b'}' => Value::Dict(Vec::new()),
            b't' => Value::Tuple(self.since_mark()?),
            b'l' | 0x91 => Value::List(self.since_mark()?),
            b'd' => Value::Dict(pairs(&self.since_mark()?)),
            _ => {
                let count = usize::from(operation - 0x84);
                let from = self.stack.len().checked_sub(count);
                let Some(from) = from else { return bad("it takes more than it holds") };
                Value::Tuple(self.stack.split_off(from))
            }
        };
        self.push(value);
        Ok(())
    }

    fn filling(&mut self, operation: u8) -> Result<(), PickleFault> {
        let new = match operation {
            b'a' => vec![self.pop()?],
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            _ => self.since_mark()?,
        };
        let by_name = matches!(operation, b's' | b'u');
        let top = self.top()?;
        match self.values.get_mut(top) {
            Some(Value::List(items)) if !by_name => items.extend(new),
            Some(Value::Dict(items) | Value::Made { items, .. }) if by_name => items.extend(pairs(&new)),
            // A queue or the like, which holds no weights.
            Some(Value::Made { .. }) => {}
            _ => return bad("it fills what holds nothing"),
        }
        Ok(())
    }

    fn making(&mut self, operation: u8) -> Result<(), PickleFault> {
        let value = match operation {
            b'c' => Value::Global(self.line()?, self.line()?),
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                match (self.values.get(module), self.values.get(name)) {
                    (Some(Value::Text(module)), Some(Value::Text(name))) => Value::Global(module.clone(), name.clone()),
                    _ => return bad("a class of it has no name"),
                }
            }
            b'b' => {
                let state = self.pop()?;
                let top = self.top()?;
                // The state of a dictionary, as `_metadata` of a state_dict, is of no use here.
                if let Some(Value::Made { state: place, .. }) = self.values.get_mut(top) {
                    *place = Some(state);
                }
                return Ok(());
            }
            b'Q' => Value::Persistent(self.pop()?),
            b'P' => {
                let text = Value::Text(self.line()?);
                Value::Persistent(self.add(text))
            }
            b'o' | b'i' => {
                let named = if operation == b'i' { Some(Value::Global(self.line()?, self.line()?)) } else { None };
                let mut items = self.since_mark()?;
                let what = match named {
                    Some(named) => self.add(named),
                    None if items.is_empty() => return bad("it makes something of nothing"),
                    None => items.remove(0),
                };
                let with = self.add(Value::Tuple(items));
                self.made(what, with)
            }
            _ => {
                if operation == 0x92 {
                    // Arguments by name come last.
                    self.pop()?;
                }
                let (with, what) = (self.pop()?, self.pop()?);
                self.made(what, with)
            }
        };
        self.push(value);
        Ok(())
    }

    /// Dictionaries of Python's library are dictionaries; Python 2 hands their items over as a list of pairs.
    fn made(&self, what: Id, with: Id) -> Value {
        let kinds = ["OrderedDict", "defaultdict", "Counter"];
        match self.values.get(what) {
            Some(Value::Global(module, name)) if module == "collections" && kinds.contains(&name.as_str()) => {
                let tuple = |id: &Id| match self.values.get(*id) {
                    Some(Value::Tuple(items) | Value::List(items)) => items.as_slice(),
                    _ => &[],
                };
                let list = tuple(&with).first().map(tuple).unwrap_or_default();
                let pair = |id: &Id| Some((*tuple(id).first()?, *tuple(id).get(1)?));
                Value::Dict(list.iter().filter_map(pair).collect())
            }
            _ => Value::Made { what, with, state: None, items: Vec::new() },
        }
    }

    fn add(&mut self, value: Value) -> Id {
        self.values.push(value);
        self.values.len() - 1
    }

    fn push(&mut self, value: Value) {
        let id = self.add(value);
        self.stack.push(id);
    }

    fn pop(&mut self) -> Result<Id, PickleFault> {
        self.stack.pop().ok_or_else(|| PickleFault::Bad("it takes more than it holds".into()))
    }

    fn top(&self) -> Result<Id, PickleFault> {
        self.stack.last().copied().ok_or_else(|| PickleFault::Bad("it takes more than it holds".into()))
    }

    /// What was put on the stack since the last mark.
    fn since_mark(&mut self) -> Result<Vec<Id>, PickleFault> {
        match self.marks.pop() {
            Some(mark) if mark <= self.stack.len() => Ok(self.stack.split_off(mark)),
            _ => bad("it lacks a mark"),
        }
    }

    fn take(&mut self, length: u64) -> Result<&[u8], PickleFault> {
        let length = usize::try_from(length).map_err(|_| PickleFault::Cut)?;
        let (taken, after) = self.rest.split_at_checked(length).ok_or(PickleFault::Cut)?;
        *self.rest = after;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, PickleFault> {
        self.take(1)?.first().copied().ok_or(PickleFault::Cut)
    }

    /// A length of so many bytes, at most 8, the lowest first.
    fn length(&mut self, bytes: u64) -> Result<u64, PickleFault> {
        Ok(self.take(bytes)?.iter().rev().fold(0u64, |n, b| n << 8 | u64::from(*b)))
    }

    fn line(&mut self) -> Result<String, PickleFault> {
        let end = self.rest.iter().position(|b| *b == b'\n').ok_or(PickleFault::Cut)?;
        let line = String::from_utf8_lossy(self.take(end as u64)?).trim_end_matches('\r').to_owned();
        self.byte()?;
        Ok(line)
    }
}

/// Keys and values that come one after the other.
fn pairs(items: &[Id]) -> Vec<(Id, Id)> {
    items.as_chunks::<2>().0.iter().map(|[key, value]| (*key, *value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(bytes: &[u8]) -> Vec<i64> {
        let pickle = Pickle::read(&mut &bytes[..]).unwrap();
        let items = pickle.items(pickle.root).unwrap().to_vec();
        items.iter().map(|id| if let Value::Int(n) = pickle.value(*id) { *n } else { i64::MIN }).collect()
    }

    #[test]
    fn numbers_of_every_form_are_pythons() {
        // pickle.dumps([0, 255, 65535, -1, 2**31, -2**31 - 1, 2**40], 2) of Python 3.12.
        let bytes = b"\x80\x02]q\x00(K\x00K\xffM\xff\xffJ\xff\xff\xff\xff\x8a\x05\x00\x00\x00\x80\x00\x8a\x05\xff\xff\xff\x7f\xff\x8a\x06\x00\x00\x00\x00\x00\x01e.";
        assert_eq!(numbers(bytes), [0, 255, 65535, -1, 1 << 31, -(1 << 31) - 1, 1 << 40]);
    }

    #[test]
    fn what_is_held_twice_is_filled_in_both_places() {
        // d = {"a": 1}; pickle.dumps((d, d), 2): the dictionary is remembered before it is filled.
        let bytes = b"\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01sh\x00\x86q\x02.";
        let pickle = Pickle::read(&mut &bytes[..]).unwrap();
        let items = pickle.items(pickle.root).unwrap();
        assert_eq!(items.len(), 2);
        for id in items {
            let entries = pickle.entries(*id).unwrap();
            assert_eq!((entries.len(), pickle.text(entries[0].0), pickle.count(entries[0].1)), (1, Some("a"), Some(1)));
        }
    }

    #[test]
    fn protocol_four_is_read_as_protocol_two() {
        // pickle.dumps([1, "a"], 4).
        let bytes = b"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00]\x94(K\x01\x8c\x01a\x94e.";
        let pickle = Pickle::read(&mut &bytes[..]).unwrap();
        let items = pickle.items(pickle.root).unwrap();
        assert_eq!((pickle.count(items[0]), pickle.text(items[1])), (Some(1), Some("a")));
        assert_eq!(Pickle::read(&mut &bytes[..14]).unwrap_err(), PickleFault::Cut);
    }
}
