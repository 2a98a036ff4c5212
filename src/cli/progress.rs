//! Progress on standard error, where that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar with a message; silent where standard error is not a terminal.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar of `total` parts; 0 where the number is not known yet.
    pub fn new(what: &str, total: usize) -> Self {
        let bar = ProgressBar::new(total as u64);
        if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(what.to_owned());
        Self(bar)
    }

    /// A bar that says how long it will still take.
    pub fn with_time_left(what: &str) -> Self {
        let bar = Self::new(what, 0);
        if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:30}] {percent} %, {eta} left {msg}") {
            bar.0.set_style(style.progress_chars("=> "));
        }
        bar
    }

    /// `done` of `total` parts.
    pub fn at(&self, done: usize, total: usize) {
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }

    /// What the bar says beside its numbers.
    pub fn message(&self, text: String) {
        self.0.set_message(text);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
