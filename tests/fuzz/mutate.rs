//! Damage of the kinds that real files come with, and the kinds that are made on purpose.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Files never grow beyond this, so that a run stays quick.
const LARGEST: usize = 256 << 10;

/// Values that lengths, counts and offsets go wrong at.
const ODD: [u64; 14] = [
    0,
    1,
    2,
    7,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
    0x7FFF_FFFF_FFFF_FFFF,
];

/// Numbers and words that texts go wrong at.
const WORDS: [&str; 30] = [
    "-1",
    "0",
    "1e308",
    "-1e308",
    "1e-320",
    "NaN",
    "Infinity",
    "99999999999999999999",
    "4294967296",
    "0.5",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "[[1,2],[3]]",
    "\\u0000",
    "\u{FEFF}",
    "é",
    "足",
    "\r\n",
    "%ff%fe",
    "../../x",
    "<",
    "&#x0;",
    "]]>",
    "\t",
    ";",
    "'",
    "2024-13-45T99:00:00Z",
];

/// One seed with one to eight changes.
pub fn mutated(rng: &mut ChaCha8Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let seed = |rng: &mut ChaCha8Rng| &seeds[rng.random_range(0..seeds.len())];
    let mut bytes = seed(rng).clone();
    for _ in 0..1 << rng.random_range(0..4) {
        let other = seed(rng);
        change(rng, &mut bytes, other);
        bytes.truncate(LARGEST);
    }
    bytes
}

/// A range within a length, of at most so many bytes.
fn range(rng: &mut ChaCha8Rng, length: usize, most: usize) -> std::ops::Range<usize> {
    let start = rng.random_range(0..=length);
    start..(start + rng.random_range(0..=most)).min(length)
}

fn change(rng: &mut ChaCha8Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = |rng: &mut ChaCha8Rng, bytes: &[u8]| rng.random_range(0..bytes.len().max(1));
    match rng.random_range(0..11) {
        0 => {
            let at = at(rng, bytes);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << rng.random_range(0..8);
            }
        }
        1 => {
            let at = at(rng, bytes);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = rng.random();
            }
        }
        2 => number(rng, bytes),
        3 => {
            let range = range(rng, bytes.len(), 64);
            bytes.drain(range);
        }
        4 => {
            let copied = bytes[range(rng, bytes.len(), 64)].to_vec();
            let at = rng.random_range(0..=bytes.len());
            bytes.splice(at..at, copied);
        }
        5 => bytes.truncate(rng.random_range(0..=bytes.len())),
        6 => {
            let copied = other[range(rng, other.len(), 256)].to_vec();
            let to = range(rng, bytes.len(), 256);
            bytes.splice(to, copied);
        }
        7 => {
            let at = rng.random_range(0..=bytes.len());
            bytes.splice(at..at, WORDS[rng.random_range(0..WORDS.len())].bytes());
        }
        8 | 9 => digits(rng, bytes),
        _ => {
            let range = range(rng, bytes.len(), 32);
            let value = [0, 0xFF, b' ', b'9'][rng.random_range(0..4)];
            bytes[range].fill(value);
        }
    }
}

/// Overwrites two, four or eight bytes with an odd value of either byte order.
fn number(rng: &mut ChaCha8Rng, bytes: &mut [u8]) {
    let (value, width) = (ODD[rng.random_range(0..ODD.len())], 2 << rng.random_range(0..3));
    let written = if rng.random() { value.to_le_bytes() } else { (value << (64 - 8 * width.min(8))).to_be_bytes() };
    let at = rng.random_range(0..bytes.len().max(1));
    for (to, from) in bytes.iter_mut().skip(at).zip(written.into_iter().take(width)) {
        *to = from;
    }
}

/// Puts an odd word in the place of a number of a text.
fn digits(rng: &mut ChaCha8Rng, bytes: &mut Vec<u8>) {
    let from = rng.random_range(0..bytes.len().max(1));
    let is = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    let Some(start) = bytes.iter().skip(from).position(|byte| byte.is_ascii_digit()).map(|at| at + from) else {
        return;
    };
    let end = bytes.iter().skip(start).position(|byte| !is(byte)).map_or(bytes.len(), |length| start + length);
    bytes.splice(start..end, WORDS[rng.random_range(0..WORDS.len())].bytes());
}
