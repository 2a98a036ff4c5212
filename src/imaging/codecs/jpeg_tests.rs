//! Streams written for the purpose: lossless ones as annex H says, sequential and progressive ones by libjpeg-turbo
//! (`tests/reference/jpeg_streams.py`).

use super::*;
use serde_json::Value;

/// Bits of a scan, with a zero behind each byte of ones.
#[derive(Default)]
struct Written {
    bytes: Vec<u8>,
    buffer: u32,
    count: u32,
}

impl Written {
    fn put(&mut self, value: u32, width: u32) {
        for at in (0..width).rev() {
            self.buffer = self.buffer << 1 | (value >> at & 1);
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.buffer as u8);
                if self.buffer == 0xFF {
                    self.bytes.push(0);
                }
                (self.buffer, self.count) = (0, 0);
            }
        }
    }

    fn filled(&mut self) {
        while self.count > 0 {
            self.put(1, 1);
        }
    }
}

/// The predictors of table H.1, from the left, the upper and the upper left neighbour.
fn table_h1(selection: u8, [a, b, c]: [i32; 3]) -> i32 {
    [0, a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1][usize::from(selection)]
}

/// A lossless stream of one component: samples whose lowest `low` bits are dropped, with a restart after so many lines.
fn lossless(samples: &[u16], columns: usize, precision: u8, selection: u8, low: u8, lines: usize) -> Vec<u8> {
    let rows = samples.len() / columns;
    let segment =
        |marker: u8, body: &[u8]| [&[0xFF, marker][..], &(body.len() as u16 + 2).to_be_bytes(), body].concat();
    let [y, x] = [rows, columns].map(|side| (side as u16).to_be_bytes());
    let mut out = vec![0xFF, 0xD8];
    out.extend(segment(0xC3, &[precision, y[0], y[1], x[0], x[1], 1, 7, 0x11, 0]));
    // Seventeen categories, each with a code of five bits.
    let codes = [&[0][..], &[0, 0, 0, 0, 17], &[0; 11], &(0..17).collect::<Vec<u8>>()].concat();
    out.extend(segment(0xC4, &codes));
    out.extend(segment(0xDD, &((lines * columns) as u16).to_be_bytes()));
    out.extend(segment(0xDA, &[1, 7, 0, selection, 0, low]));
    let mut bits = Written::default();
    let sample = |x: usize, y: usize| i32::from(samples[y * columns + x] >> low);
    for y in 0..rows {
        let begins = y == 0 || (lines > 0 && y % lines == 0);
        if begins && y > 0 {
            bits.filled();
            bits.bytes.extend([0xFF, 0xD0 + ((y / lines - 1) % 8) as u8]);
        }
        for x in 0..columns {
            let prediction = match (begins, x) {
                (true, 0) => 1 << (precision - low - 1),
                (true, _) => sample(x - 1, y),
                (false, 0) => sample(x, y - 1),
                _ => table_h1(selection, [sample(x - 1, y), sample(x, y - 1), sample(x - 1, y - 1)]),
            };
            // Modulo 2^16; 32768 has a category of its own and no bits (H.1.2.2).
            let difference = i32::from((sample(x, y) - prediction) as i16);
            let width = 32 - difference.unsigned_abs().leading_zeros();
            bits.put(width, 5);
            let value = if difference < 0 { difference + (1 << width) - 1 } else { difference };
            bits.put(value as u32, if width == 16 { 0 } else { width });
        }
    }
    bits.filled();
    out.extend(bits.bytes);
    out.extend([0xFF, 0xD9]);
    out
}

#[test]
fn every_predictor_of_a_lossless_stream_comes_back_with_and_without_restarts() {
    let columns = 9;
    for (precision, low) in [(8u8, 0u8), (12, 0), (16, 0), (12, 3)] {
        let most = (1u32 << precision) - 1;
        let samples: Vec<u16> = (0..63u32).map(|at| (at * at * 977 % (most + 1)).min(most - 7) as u16).collect();
        let kept: Vec<u32> = samples.iter().map(|&value| u32::from(value >> low << low)).collect();
        for (selection, lines) in (1..=7).flat_map(|selection| [(selection, 0), (selection, 1), (selection, 3)]) {
            let stream = lossless(&samples, columns, precision, selection, low, lines);
            let coded = decode(&stream, columns, 7).unwrap();
            assert_eq!(coded.samples, kept, "{precision} bits, predictor {selection}, restarts after {lines} lines");
            assert_eq!((coded.channels, coded.precision, coded.told), (1, precision, Told::Nothing));
        }
    }
}

#[test]
fn a_lossless_stream_that_makes_no_sense_gets_a_sentence() {
    let samples: Vec<u16> = (0..63).map(|at| at * 3).collect();
    let stream = lossless(&samples, 9, 8, 1, 0, 1);
    let why = |stream: &[u8], columns: usize| decode(stream, columns, 7).unwrap_err().to_string();
    let at = |marker: u8| stream.windows(2).position(|pair| pair == [0xFF, marker]).unwrap();
    let with = |place: usize, value: u8| {
        let mut changed = stream.clone();
        changed[place] = value;
        changed
    };
    assert!(why(&stream, 8).contains("9 x 7 pixels, the header 8 x 7"));
    assert!(why(&with(at(0xDA) + 7, 8), 9).contains("predictor makes no sense"));
    assert!(why(&with(at(0xDA) + 9, 8), 9).contains("predictor makes no sense"), "no bit is left");
    assert!(why(&with(at(0xDD) + 5, 4), 9).contains("restarts within a line"));
    assert!(why(&with(at(0xD0) + 1, 0xC8), 9).contains("restart marker is missing"));
    assert!(why(&with(at(0xDA) + 5, 9), 9).contains("an unknown colour"));
    assert!(why(&[&stream[..at(0xDA)], &[0xFF, 0xD9]].concat(), 9).contains("ends before its last scan"));
    let plain = lossless(&samples, 9, 8, 1, 0, 0);
    assert!(why(&plain[..plain.len() - 20], 9).contains("cut short"));
}

fn reference() -> (Value, impl Fn(&str) -> Coded) {
    let text = include_str!("../../../tests/reference/expected/jpeg_streams.json");
    let expected: Value = serde_json::from_str(text).unwrap();
    let side = |at: usize| expected["size"][at].as_u64().unwrap() as usize;
    let size = (side(0), side(1));
    let streams = expected.clone();
    let decoded = move |name: &str| {
        let hex = streams[name].as_str().unwrap();
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        decode(&bytes, size.0, size.1).unwrap()
    };
    (expected, decoded)
}

#[test]
fn restarts_of_a_sequential_stream_change_nothing() {
    let (expected, decoded) = reference();
    for name in ["grey", "colour"] {
        let (plain, restarts) = (decoded(name), decoded(&format!("{name}_restarts")));
        assert_eq!(plain.samples, restarts.samples, "{name}");
    }
    let theirs: Vec<i64> = expected["greys"].as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect();
    let near = |(ours, theirs): (&u32, &i64)| (i64::from(*ours) - theirs).abs() <= 1;
    assert!(decoded("grey").samples.iter().zip(&theirs).all(near));
}

#[test]
fn progressive_streams_give_what_libjpeg_gives() {
    let (expected, decoded) = reference();
    for (name, values, channels) in [("grey_progressive", "greys", 1), ("colour_progressive", "colours", 3)] {
        let theirs: Vec<i64> = expected[values].as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect();
        let coded = decoded(name);
        assert_eq!((coded.channels, coded.samples.len()), (channels, theirs.len()), "{name}");
        let apart = coded.samples.iter().zip(&theirs).map(|(ours, theirs)| (i64::from(*ours) - theirs).abs()).max();
        assert!(apart <= Some(1), "{name}: {apart:?}");
        assert_eq!(coded.told, Told::Differences, "as JFIF says");
    }
}
