//! Reads the arguments, starts the log, then opens the window or runs one command.

use clap::Parser;
use overread::cli::{self, Next};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// candle allocates every result afresh; an allocator that keeps freed pages saves the kernel's half of that time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long freed pages are kept before the kernel gets them back, milliseconds: longer than a training step of a large
/// network takes, which would otherwise have every page cleared anew.
const KEEP_FREED: std::ffi::c_long = 60_000;
/// `mi_option_purge_delay` in mimalloc's list of options.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// An environment variable of the allocator (`MIMALLOC_PURGE_DELAY`) goes before.
#[allow(unsafe_code, reason = "the allocator takes options only through its C interface")]
fn keep_freed_pages() {
    // SAFETY: the function takes two integers by value and ignores options it does not know; no other thread runs yet.
    unsafe { libmimalloc_sys::mi_option_set_default(PURGE_DELAY, KEEP_FREED) }
}

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    if arguments.runs_networks() {
        keep_freed_pages();
    }
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("OVERREAD_LOG").unwrap_or_else(|_| EnvFilter::new("warn")))
        // Colours are for people: a file or another program gets the words alone.
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed; then there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "overread: {}", cli::one_sentence(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: cli::Cli) -> anyhow::Result<()> {
    overread::machine::Vectors::asked()?;
    match cli::run(arguments)? {
        Next::Done => Ok(()),
        Next::Window(project) => {
            overread::machine::compute_gives_way();
            Ok(overread::ui::run(project)?)
        }
        Next::Measure(trial) => {
            overread::machine::compute_gives_way();
            cli::bench::print_window(&trial, &overread::measure::measure(&trial)?)
        }
    }
}
