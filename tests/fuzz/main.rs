//! Damaged files of every kind that is read: each reader gets mutated real ones and must answer with a value or a
//! sentence, never with a panic.
//!
//! Seeded mutation in a test of its own instead of `cargo fuzz`: that needs a nightly compiler and libFuzzer, and this
//! runs wherever the tests run, with the same damage everywhere. By itself it makes a few files a reader. A long run:
//!
//! ```text
//! OVERREAD_FUZZ_SECONDS=3600 cargo test --release --test fuzz -- --nocapture
//! ```
//!
//! goes round all readers for that long and then says how many files each got and how much time of the processor. What
//! panicked, or took long, is written to `target/fuzz-finds/`; a find that is mended goes to `tests/fuzz/finds/`, whose
//! files are tried first, always, each with the reader it is named after. `OVERREAD_FUZZ_SEED` chooses other damage,
//! `OVERREAD_FUZZ_ONLY` one reader.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly, its helpers too")]

mod mutate;
mod targets;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use targets::{Scratch, Target};

/// Files made for each reader where no time is given.
const FEW: usize = 40;

/// A file that keeps a reader busy for longer, in seconds, is kept: a small one should not.
const SLOW: f64 = 10.0;

/// What a reader was given so far.
#[derive(Clone, Copy, Default)]
struct Work {
    files: usize,
    /// Seconds of the processor.
    seconds: f64,
}

/// Seconds of all processors that this program has used, in hundredths; since it began, where the system does not say.
fn busy(began: Instant) -> f64 {
    let used = || {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        // The 14th and 15th field (proc(5)): in its own code and in the system's, in ticks of which Linux has 100.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let ticks: f64 = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
        Some(ticks / 100.0)
    };
    used().unwrap_or_else(|| began.elapsed().as_secs_f64())
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn what_once_panicked_no_longer_does() {
    let scratch = Scratch::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/finds");
    let targets = targets::all();
    let mut tried = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let reader = name.rsplit_once('-').unwrap().0;
        let target = targets.iter().find(|target| target.name == reader).expect("finds are named READER-HASH");
        survives(target, &scratch, &std::fs::read(&path).unwrap()).unwrap();
        tried += 1;
    }
    assert!(tried > 0, "no finds are kept");
}

#[test]
fn every_reader_survives_damaged_files() {
    let began = Instant::now();
    let seed = number("OVERREAD_FUZZ_SEED").unwrap_or(1);
    let long = number("OVERREAD_FUZZ_SECONDS").map(|seconds| (Instant::now(), Duration::from_secs(seconds)));
    let only = std::env::var("OVERREAD_FUZZ_ONLY").ok();
    let scratch = Scratch::new();
    let targets: Vec<Target> =
        targets::all().into_iter().filter(|target| only.as_deref().is_none_or(|name| name == target.name)).collect();
    assert!(!targets.is_empty(), "no reader has that name");
    let mut finds = Vec::new();
    let mut work = vec![Work::default(); targets.len()];
    for round in 0.. {
        for (target, work) in targets.iter().zip(&mut work) {
            assert!(!target.seeds.is_empty(), "{} has no seeds", target.name);
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(round);
            let before = busy(began);
            for _ in 0..FEW {
                let bytes = mutate::mutated(&mut rng, &target.seeds);
                work.files += 1;
                if let Err(find) = survives(target, &scratch, &bytes) {
                    println!("{find}");
                    finds.push(find);
                }
            }
            work.seconds += busy(began) - before;
        }
        if long.is_none_or(|(start, most)| start.elapsed() >= most) || finds.len() > 50 {
            break;
        }
    }
    for (target, work) in targets.iter().zip(&work) {
        println!("{}: {} damaged files, {:.1} s of the processor", target.name, work.files, work.seconds);
    }
    assert!(finds.is_empty(), "{} panics; the files are in target/fuzz-finds:\n{}", finds.len(), finds.join("\n"));
}

fn survives(target: &Target, scratch: &Scratch, bytes: &[u8]) -> Result<(), String> {
    let started = Instant::now();
    let before = busy(started);
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(scratch, bytes)));
    let seconds = busy(started) - before;
    if outcome.is_ok() && seconds <= SLOW {
        return Ok(());
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz-finds");
    std::fs::create_dir_all(&folder).unwrap();
    let name = format!("{}-{}", target.name, &overread::files::hash::sha256_hex(bytes)[..12]);
    std::fs::write(folder.join(&name), bytes).unwrap();
    if outcome.is_ok() {
        // Slowness depends on the machine: it is told, and fails nothing.
        println!("{name}: {seconds:.1} s");
        return Ok(());
    }
    Err(name)
}
