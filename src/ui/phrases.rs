//! Numbers and times in words, as the window writes them.

pub use crate::session::protocol::words::thousands;

/// "1 image", "12,000 images".
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// "2 min 41 s left"; seconds only below a minute, no seconds above an hour.
pub fn time_left(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return String::new();
    }
    let s = seconds.round() as u64;
    match s {
        0..60 => format!("{s} s left"),
        60..3600 => format!("{} min {} s left", s / 60, s % 60),
        _ => format!("{} h {} min left", s / 3600, s % 3600 / 60),
    }
}

/// Three decimals, or a dash for what is not there.
pub fn figure(value: Option<f64>) -> String {
    value.filter(|v| v.is_finite()).map_or_else(|| "–".to_owned(), |v| format!("{v:.3}"))
}

/// Three decimals; what rounds to nothing has no sign.
pub fn plain(value: f64) -> String {
    let text = format!("{value:.3}");
    if text == "-0.000" { "0.000".to_owned() } else { text.replace('-', "−") }
}

/// "+0.042", "−0.010", "±0"; empty where one of the two is not there.
pub fn change(from: Option<f64>, to: Option<f64>) -> String {
    let (Some(from), Some(to)) = (from, to) else { return String::new() };
    let by = to - from;
    if !by.is_finite() {
        String::new()
    } else if by.abs() < 0.0005 {
        "±0".into()
    } else if by > 0.0 {
        format!("+{by:.3}")
    } else {
        format!("−{:.3}", -by)
    }
}

/// A learning rate without trailing zeros: "0.003", "0.00005".
pub fn rate(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-6 {
        return format!("{value:e}");
    }
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// The first characters of a long hash.
pub fn short_hash(hash: &str) -> String {
    hash.chars().take(8).collect()
}

/// A name as a file may be called everywhere: what is neither letter nor digit becomes a dash.
pub fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect()
}

/// "47 MB", "0.8 kB": three digits at most, in powers of ten as disks are sold.
pub fn bytes(count: u64) -> String {
    let mut size = count as f64;
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < units.len() {
        size /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && size < 9.95);
    format!("{size:.digits$} {}", units.get(unit).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_counts_read_as_people_say_them() {
        assert_eq!(time_left(161.0), "2 min 41 s left");
        assert_eq!(time_left(59.6), "1 min 0 s left");
        assert_eq!(time_left(7260.0), "2 h 1 min left");
        assert_eq!(time_left(f64::NAN), "");
        assert_eq!(count(1, "image", "images"), "1 image");
        assert_eq!(count(123_456, "image", "images"), "123,456 images");
    }

    #[test]
    fn figures_tell_what_is_missing_and_which_way_they_went() {
        assert_eq!(figure(None), "–");
        assert_eq!((plain(-0.0002), plain(-0.25), plain(1.0)), ("0.000".into(), "−0.250".into(), "1.000".into()));
        assert_eq!(change(Some(0.85), Some(0.892)), "+0.042");
        assert_eq!(change(Some(0.85), Some(0.84)), "−0.010");
        assert_eq!(change(Some(0.85), Some(0.85)), "±0");
        assert_eq!(change(None, Some(1.0)), "");
        assert_eq!((rate(0.003), rate(5e-5), rate(1.0)), ("0.003".into(), "0.00005".into(), "1".into()));
    }
}
