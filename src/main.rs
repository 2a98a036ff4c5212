//! Reads the arguments, starts the log, then opens the window or runs one command.

use clap::Parser;
use overread::cli::{self, Next};
use std::io::Write;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// candle allocates every result afresh; an allocator that keeps freed pages saves the kernel's half of that time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("OVERREAD_LOG").unwrap_or_else(|_| EnvFilter::new("warn")))
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
    match cli::run(arguments)? {
        Next::Done => Ok(()),
        Next::Window(project) => Ok(overread::ui::run(project)?),
    }
}
