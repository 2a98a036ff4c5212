//! YAML files as trees of texts (yaml.org/spec/1.2.2): what is quoted, commented, spread over lines or said by an anchor
//! comes as it is meant. What a text means (a number, a name) is for who asks to say: `no` may be a class.

use saphyr_parser::{Event, Parser};
use std::collections::HashMap;

/// How deep lists and maps may lie within each other.
const DEEPEST: usize = 64;
/// How many texts, lists and maps a file may hold, those told again by aliases too.
const MOST: usize = 100_000;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// Reads the first document of a text.
    ///
    /// # Errors
    /// What is wrong with the text, in words that go behind the file's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tree = Tree::default();
        let mut parser = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            let (event, _) = event.map_err(|e| format!("is no whole YAML file ({e})"))?;
            match event {
                Event::DocumentEnd | Event::StreamEnd => break,
                event => tree.take(event)?,
            }
        }
        tree.whole.ok_or_else(|| "holds nothing".to_owned())
    }

    /// The value of a key; of a map that takes others in by `<<`, theirs where it has none itself.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        let named = |wanted: &str| entries.iter().find(|(name, _)| name.text() == Some(wanted)).map(|(_, value)| value);
        named(key).or_else(|| match named("<<")? {
            Self::List(maps) => maps.iter().find_map(|map| map.get(key)),
            map => map.get(key),
        })
    }

    /// The text it is, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// The texts of a list, or the one text; what else is in it is passed over. Nothing is none.
    pub fn texts(&self) -> Vec<&str> {
        let texts = match self {
            Self::Text(text) => vec![text.as_str()],
            Self::List(items) => items.iter().filter_map(Self::text).collect(),
            Self::Map(_) => Vec::new(),
        };
        texts.into_iter().filter(|text| !["", "~", "null"].contains(text)).collect()
    }

    fn size(&self) -> usize {
        match self {
            Self::Text(_) => 1,
            Self::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Self::Map(entries) => 1 + entries.iter().map(|(key, value)| key.size() + value.size()).sum::<usize>(),
        }
    }
}

/// A list or map that is open, with its anchor.
struct Open {
    anchor: usize,
    items: Vec<Node>,
    is_map: bool,
}

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    whole: Option<Node>,
    size: usize,
}

impl Tree {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, _, anchor, _) => self.add(Node::Text(text.into_owned()), anchor),
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().ok_or("names an anchor that is not there")?;
                self.add(node, 0)
            }
            Event::SequenceStart(anchor, _) => self.begin(anchor, false),
            Event::MappingStart(anchor, _) => self.begin(anchor, true),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { anchor, items, is_map }) = self.open.pop() else { return Ok(()) };
                let node = if is_map { Node::Map(paired(items)) } else { Node::List(items) };
                self.add(node, anchor)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn begin(&mut self, anchor: usize, is_map: bool) -> Result<(), String> {
        if self.open.len() >= DEEPEST {
            return Err(format!("has lists or maps more than {DEEPEST} deep"));
        }
        self.open.push(Open { anchor, items: Vec::new(), is_map });
        Ok(())
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        self.size += node.size();
        // What lies within others is counted with each of them.
        if self.size > 8 * MOST {
            return Err(format!("says more than {MOST} things, or the same too often"));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            Some(open) if open.items.len() >= MOST => return Err(format!("says more than {MOST} things")),
            Some(open) => open.items.push(node),
            None => self.whole = Some(node),
        }
        Ok(())
    }
}

fn paired(items: Vec<Node>) -> Vec<(Node, Node)> {
    let mut items = items.into_iter();
    std::iter::from_fn(|| Some((items.next()?, items.next()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lists_maps_anchors_and_merges_come_as_they_are_meant() {
        let text = "# head\r\na: &x [1, 'it''s', \"b, c\"] # tail\r\nb: *x\r\nc: &m {k: v}\r\nd:\r\n  <<: *m\r\n  l: >-\r\n    two\r\n    lines\r\ne:\r\n";
        let whole = Node::parse(text).unwrap();
        assert_eq!(whole.get("b").unwrap().texts(), ["1", "it's", "b, c"]);
        assert_eq!(whole.get("d").and_then(|d| d.get("k")).and_then(Node::text), Some("v"));
        assert_eq!(whole.get("d").and_then(|d| d.get("l")).and_then(Node::text), Some("two lines"));
        assert!(whole.get("e").unwrap().texts().is_empty());
    }

    #[test]
    fn broken_and_boundless_texts_get_a_sentence() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for n in 1..30 {
            bomb.push_str(&format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(",")));
        }
        for text in ["", "a: [1", "a: *b", "- a\nb: c"] {
            assert!(!Node::parse(text).unwrap_err().is_empty(), "{text}");
        }
        let deep = |levels: usize| Node::parse(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
        assert!(deep(DEEPEST).is_ok() && deep(DEEPEST + 1).unwrap_err().contains("deep"));
        assert!(deep(5000).is_err() && Node::parse(&"[".repeat(5000)).is_err());
        assert!(Node::parse(&bomb).unwrap_err().contains("the same too often"));
        let list = |items: usize| Node::parse(&format!("[{}]", vec!["x"; items].join(",")));
        assert!(list(MOST).is_ok() && list(MOST + 1).unwrap_err().contains("things"));
    }
}
