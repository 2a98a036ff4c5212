//! Numbers that some programs write as text: "12.5" for 12.5.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt::Formatter;

/// A number, or a text that is one.
struct Loose(f64);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Loose;

            fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Loose, E> {
                Ok(Loose(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Loose, E> {
                Ok(Loose(value as f64))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Loose, E> {
                Ok(Loose(value as f64))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Loose, E> {
                let value: f64 = text.trim().parse().map_err(|_| E::custom("a text that is no number"))?;
                if value.is_finite() { Ok(Loose(value)) } else { Err(E::custom("a text that is no number")) }
            }
        }

        from.deserialize_any(Either)
    }
}

/// A number that may be absent.
pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    Ok(Option::<Loose>::deserialize(from)?.map(|Loose(value)| value))
}

/// A list of numbers that may be absent.
pub(super) fn numbers<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<f64>>, D::Error> {
    Ok(Option::<Vec<Loose>>::deserialize(from)?.map(|list| list.into_iter().map(|Loose(value)| value).collect()))
}
