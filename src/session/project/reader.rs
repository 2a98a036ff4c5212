//! The name of the reader where nobody gave one.

/// What the system calls the user, else "Reader 1".
pub fn default_reader() -> String {
    let named = ["USER", "USERNAME", "LOGNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.map(|name| name.trim().to_owned()).find(|name| !name.is_empty()).unwrap_or_else(|| "Reader 1".to_owned())
}
