//! Floating-point numbers in JSON, kept to the last bit: serde_json may round the last digit when it reads one, and a
//! resumed run must not differ from an uninterrupted one by even that.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes an optional number as its bits.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(f64::to_bits).serialize(serializer)
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(Option::<u64>::deserialize(deserializer)?.map(f64::from_bits))
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Holder(#[serde(with = "super")] Option<f64>);

    #[test]
    fn every_bit_survives() {
        for value in [0.1 + 0.2, f64::MIN_POSITIVE, f64::INFINITY, -1.234_567_890_123_456_7e-200] {
            let text = serde_json::to_string(&Holder(Some(value))).unwrap();
            let back: Holder = serde_json::from_str(&text).unwrap();
            assert_eq!(back.0.map(f64::to_bits), Some(value.to_bits()));
        }
    }
}
