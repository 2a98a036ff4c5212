//! Maps that keep the order in which they were filled, as JSON objects in that order: figures by class stand in the order
//! of the classes.

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::marker::PhantomData;

/// Writes the entries in their order.
pub(super) fn serialize<T: Serialize, S: Serializer>(map: &IndexMap<String, T>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(map)
}

/// Reads the entries in the order in which they stand.
pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<IndexMap<String, T>, D::Error> {
    struct Entries<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
        type Value = IndexMap<String, T>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = IndexMap::new();
            while let Some((name, value)) = entries.next_entry()? {
                map.insert(name, value);
            }
            Ok(map)
        }
    }

    from.deserialize_map(Entries(PhantomData))
}

#[cfg(test)]
mod tests {
    use crate::domain::{ClassMetrics, ClassificationReport};

    #[test]
    fn classes_keep_their_order() {
        let names = ["2", "10", "1"];
        let per_class = names.map(|name| (name.to_owned(), ClassMetrics::default())).into();
        let report = ClassificationReport { per_class, ..Default::default() };
        let text = serde_json::to_string(&report).unwrap();
        let places = names.map(|name| text.find(&format!("\"{name}\":{{")).unwrap());
        assert!(places.is_sorted(), "{text}");
        let back: ClassificationReport = serde_json::from_str(&text).unwrap();
        assert_eq!(back.per_class.keys().collect::<Vec<_>>(), names);
    }
}
