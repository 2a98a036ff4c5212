//! Numbers as the report writes them.

use crate::domain::performance::Estimate;

/// Three digits; what rounds to nothing has no sign.
pub(in crate::session) fn number(value: f64) -> String {
    if !value.is_finite() {
        "not defined".to_owned()
    } else if value.abs() < 0.0005 {
        "0.000".to_owned()
    } else {
        format!("{value:.3}")
    }
}

/// The same of what may not be defined.
pub(in crate::session) fn maybe(value: Option<f64>) -> String {
    value.map_or_else(|| "not defined".to_owned(), number)
}

/// "0.700 to 0.800", or nothing.
pub(in crate::session) fn interval(estimate: &Estimate) -> String {
    estimate.interval.map_or_else(String::new, |[low, high]| format!("{} to {}", number(low), number(high)))
}

/// "0.812 (0.750 to 0.871)".
pub(in crate::session) fn with_interval(estimate: &Estimate) -> String {
    match interval(estimate) {
        none if none.is_empty() => maybe(estimate.value),
        ends => format!("{} ({ends})", maybe(estimate.value)),
    }
}

/// "12 (25.0 %)"; of nothing there is no share.
pub(in crate::session) fn with_share(part: usize, of: usize) -> String {
    if of == 0 { part.to_string() } else { format!("{part} ({:.1} %)", 100.0 * part as f64 / of as f64) }
}

/// "p = 0.012", "p < 0.001".
pub(in crate::session) fn p_value(p: Option<f64>) -> String {
    match p {
        None => "no test: nothing to tell apart".to_owned(),
        Some(p) if p < 0.001 => "p < 0.001".to_owned(),
        Some(p) => format!("p = {p:.3}"),
    }
}

/// "1 image", "2 images".
pub(in crate::session) fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_sign_and_no_share() {
        assert_eq!(
            (number(-0.0001), number(0.7512), number(f64::NAN)),
            ("0.000".into(), "0.751".into(), "not defined".into())
        );
        assert_eq!((with_share(1, 4), with_share(0, 0)), ("1 (25.0 %)".to_owned(), "0".to_owned()));
        assert_eq!((p_value(Some(0.0001)), p_value(Some(0.04))), ("p < 0.001".to_owned(), "p = 0.040".to_owned()));
    }
}
