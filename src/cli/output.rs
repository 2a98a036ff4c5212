//! Standard output: sentences for people, one JSON object a line for scripts.

use anyhow::{Context, Result};
use serde::Serialize;
use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

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

/// Nobody reads any more: the pipe was closed at its other end, as `head` does.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// Writes one line and hands it over at once, so that a reader at the other end of a pipe sees it now. Where that reader
/// has gone the printing ends, and what is being done goes on.
pub fn line(text: &str) -> Result<()> {
    if CLOSED.load(Ordering::Relaxed) {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            CLOSED.store(true, Ordering::Relaxed);
            Ok(())
        }
        written => written.context("standard output cannot be written to"),
    }
}
