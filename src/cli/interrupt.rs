//! Ctrl+C during a command that has something to tidy up: the first ends it in order, the second at once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of a program that was ended by Ctrl+C.
const INTERRUPTED: i32 = 130;

/// Whether Ctrl+C was pressed since the first call, which begins to listen.
pub fn pressed() -> &'static AtomicBool {
    static PRESSED: AtomicBool = AtomicBool::new(false);
    static LISTENING: OnceLock<()> = OnceLock::new();
    LISTENING.get_or_init(|| {
        let listening = ctrlc::set_handler(|| {
            if PRESSED.swap(true, Ordering::Relaxed) {
                std::process::exit(INTERRUPTED);
            }
        });
        if let Err(error) = listening {
            tracing::debug!(%error, "Ctrl+C ends the command at once");
        }
    });
    &PRESSED
}
