//! Standard output: sentences for people, one JSON object a line for scripts.

use anyhow::{Context, Result};
use serde::Serialize;
use std::io::Write;

/// Where results go, and in which form.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// JSON lines, or sentences.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether JSON lines were asked for.
    pub fn is_json(self) -> bool {
        self.json
    }

    /// Prints an object when JSON was asked for.
    pub fn json(self, value: &impl Serialize) -> Result<()> {
        if !self.json {
            return Ok(());
        }
        line(&serde_json::to_string(value)?)
    }

    /// Prints a sentence unless JSON was asked for.
    pub fn text(self, text: impl AsRef<str>) -> Result<()> {
        if self.json { Ok(()) } else { line(text.as_ref()) }
    }
}

/// Writes one line and hands it over at once, so that a reader at the other end of a pipe sees it now.
pub fn line(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).context("standard output cannot be written to")
}
