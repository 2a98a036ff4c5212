//! What the tensor library says, in one line.

/// The message without the backtrace that the library appends when `RUST_BACKTRACE` is set.
pub fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
