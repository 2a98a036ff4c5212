//! One scan of JPEG-LS: from its coded bits to samples (ITU-T T.87, annexes A and B). Variable names are the standard's.

use super::CodecError;
use super::jpeg_ls::{FrameHeader, Preset, ScanHeader, damaged};
use super::jpeg_ls_bits::Bits;

/// Lengths of runs as powers of two (code segment A.15).
const J: [u32; 32] =
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const REGULAR_CONTEXTS: usize = 365;

#[derive(Clone, Copy)]
struct Context {
    a: i32,
    b: i32,
    c: i32,
    n: i32,
}

#[derive(Clone, Copy)]
struct RunContext {
    a: i32,
    n: i32,
    negative: i32,
}

/// A scan in the making.
pub struct Scan<'a> {
    bits: Bits<'a>,
    near: i32,
    maxval: i32,
    range: i32,
    qbpp: u32,
    limit: u32,
    thresholds: [i32; 3],
    reset: i32,
    contexts: Vec<Context>,
    runs: [RunContext; 2],
}

/// ceil(log2(value)).
fn bits_for(value: i32) -> u32 {
    32 - (value - 1).max(0).leading_zeros()
}

impl<'a> Scan<'a> {
    pub fn new(frame: &FrameHeader, preset: &Preset, scan: &ScanHeader, data: &'a [u8]) -> Result<Self, CodecError> {
        let maxval = if preset.maxval > 0 { preset.maxval } else { (1 << frame.precision) - 1 };
        let near = scan.near;
        if near > (maxval / 2).min(255) || maxval >= 1 << frame.precision {
            return Err(damaged("its parameters do not make sense"));
        }
        let range = (maxval + 2 * near) / (2 * near + 1) + 1;
        let bpp = bits_for(maxval + 1).max(2);
        let mut thresholds = defaults(maxval, near);
        for (value, set) in thresholds.iter_mut().zip(preset.thresholds) {
            if set > 0 {
                *value = set;
            }
        }
        let reset = if preset.reset > 0 { preset.reset } else { 64 };
        let a = ((range + 32) / 64).max(2);
        Ok(Self {
            bits: Bits::new(data),
            near,
            maxval,
            range,
            qbpp: bits_for(range),
            limit: 2 * (bpp + bpp.max(8)),
            thresholds,
            reset,
            contexts: vec![Context { a, b: 0, c: 0, n: 1 }; REGULAR_CONTEXTS],
            runs: [RunContext { a, n: 1, negative: 0 }; 2],
        })
    }

    /// Decodes all lines into `out`, `channels` samples a pixel; gives how many bytes were used.
    pub fn decode(
        &mut self,
        scan: &ScanHeader,
        (columns, rows): (usize, usize),
        channels: usize,
        out: &mut [u32],
    ) -> Result<usize, CodecError> {
        let count = scan.components.len();
        // One sample before and one after the line: the neighbours at its ends (A.2.1).
        let mut previous = vec![vec![0i32; columns + 2]; count];
        let mut current = previous.clone();
        let mut run_index = vec![0usize; count];
        for y in 0..rows {
            for (now, before) in current.iter_mut().zip(&mut previous) {
                now[0] = before[1];
                before[columns + 1] = before[columns];
            }
            if scan.interleave == 2 && count > 1 {
                self.tuple_line(&previous, &mut current, columns, &mut run_index[0])?;
            } else {
                for index in 0..count {
                    self.line(&previous[index], &mut current[index], columns, &mut run_index[index])?;
                }
            }
            let row = out.get_mut(y * columns * channels..(y + 1) * columns * channels).unwrap_or_default();
            for (line, &component) in current.iter().zip(&scan.components) {
                let targets = row.iter_mut().skip(component).step_by(channels);
                targets.zip(line.iter().skip(1)).for_each(|(target, &value)| *target = value.cast_unsigned());
            }
            std::mem::swap(&mut previous, &mut current);
        }
        Ok(self.bits.used())
    }

    fn line(&mut self, prev: &[i32], cur: &mut [i32], columns: usize, run_index: &mut usize) -> Result<(), CodecError> {
        let mut x = 1;
        while x <= columns {
            let (ra, rb, rc, rd) = (cur[x - 1], prev[x], prev[x - 1], prev[x + 1]);
            let q = self.context(ra, rb, rc, rd);
            if q != 0 {
                cur[x] = self.regular(q, ra, rb, rc)?;
                x += 1;
                continue;
            }
            let run = self.run_length(columns + 1 - x, run_index)?;
            cur[x..x + run].fill(ra);
            x += run;
            if x <= columns {
                cur[x] = self.interruption(ra, prev[x], *run_index)?;
                *run_index = run_index.saturating_sub(1);
                x += 1;
            }
        }
        Ok(())
    }

    /// A line of sample-interleaved components: runs are of whole pixels (annex B.3).
    fn tuple_line(
        &mut self,
        prev: &[Vec<i32>],
        cur: &mut [Vec<i32>],
        columns: usize,
        run_index: &mut usize,
    ) -> Result<(), CodecError> {
        let mut x = 1;
        while x <= columns {
            let q = |c: usize, cur: &[Vec<i32>], this: &Self| {
                this.context(cur[c][x - 1], prev[c][x], prev[c][x - 1], prev[c][x + 1])
            };
            let flat = (0..cur.len()).all(|c| q(c, cur, self) == 0);
            if !flat {
                for c in 0..cur.len() {
                    let context = q(c, cur, self);
                    cur[c][x] = self.regular(context, cur[c][x - 1], prev[c][x], prev[c][x - 1])?;
                }
                x += 1;
                continue;
            }
            let run = self.run_length(columns + 1 - x, run_index)?;
            for line in cur.iter_mut() {
                let ra = line[x - 1];
                line[x..x + run].fill(ra);
            }
            x += run;
            if x <= columns {
                for (line, before) in cur.iter_mut().zip(prev) {
                    let (ra, rb) = (line[x - 1], before[x]);
                    let error = self.run_error(0, *run_index)?;
                    line[x] = self.reconstruct(rb, if rb >= ra { error } else { -error });
                }
                *run_index = run_index.saturating_sub(1);
                x += 1;
            }
        }
        Ok(())
    }

    /// The context of a sample with its sign (A.3.3, A.3.4); 0 where a run begins.
    fn context(&self, ra: i32, rb: i32, rc: i32, rd: i32) -> i32 {
        81 * self.quantised(rd - rb) + 9 * self.quantised(rb - rc) + self.quantised(rc - ra)
    }

    fn quantised(&self, d: i32) -> i32 {
        let [t1, t2, t3] = self.thresholds;
        let size = d.abs();
        let level = if size <= self.near {
            0
        } else if size < t1 {
            1
        } else if size < t2 {
            2
        } else if size < t3 {
            3
        } else {
            4
        };
        if d < 0 { -level } else { level }
    }

    /// A Golomb code of limited length (A.5.3).
    fn golomb(&mut self, k: u32, limit: u32) -> Result<i32, CodecError> {
        let escape = limit.saturating_sub(self.qbpp + 1);
        let zeros = self.bits.zeros(limit)?;
        if zeros < escape {
            let low = if k == 0 { 0 } else { self.bits.take(k)? };
            return Ok(((u64::from(zeros) << k) as u32 | low).cast_signed());
        }
        Ok(self.bits.take(self.qbpp)?.cast_signed() + 1)
    }

    /// A sample in regular mode (A.4 to A.6).
    fn regular(&mut self, signed_context: i32, ra: i32, rb: i32, rc: i32) -> Result<i32, CodecError> {
        let sign = signed_context.signum();
        let q = (signed_context.unsigned_abs() as usize).min(REGULAR_CONTEXTS - 1);
        let Context { mut a, mut b, mut c, mut n } = self.contexts[q];
        let median = if rc >= ra.max(rb) {
            ra.min(rb)
        } else if rc <= ra.min(rb) {
            ra.max(rb)
        } else {
            ra + rb - rc
        };
        let px = (median + if sign < 0 { -c } else { c }).clamp(0, self.maxval);
        let k = golomb_parameter(n, a);
        let mapped = self.golomb(k, self.limit)?;
        let error = if self.near == 0 && k == 0 && 2 * b <= -n {
            if mapped & 1 != 0 { (mapped - 1) / 2 } else { -(mapped / 2) - 1 }
        } else if mapped & 1 != 0 {
            -((mapped + 1) / 2)
        } else {
            mapped / 2
        };
        // A.6: statistics and bias.
        b = b.saturating_add(error.saturating_mul(2 * self.near + 1));
        a = a.saturating_add(error.abs());
        if n >= self.reset {
            a >>= 1;
            b >>= 1;
            n >>= 1;
        }
        n += 1;
        if b <= -n {
            b = (b + n).max(-n + 1);
            c = (c - 1).max(-128);
        } else if b > 0 {
            b = (b - n).min(0);
            c = (c + 1).min(127);
        }
        self.contexts[q] = Context { a, b, c, n };
        Ok(self.reconstruct(px, if sign < 0 { -error } else { error }))
    }

    /// Prediction and error back to a value, wrapped into the range (A.4.5).
    fn reconstruct(&self, px: i32, error: i32) -> i32 {
        let step = 2 * self.near + 1;
        let mut value = px.saturating_add(error.saturating_mul(step));
        if value < -self.near {
            value = value.saturating_add(self.range * step);
        } else if value > self.maxval + self.near {
            value -= self.range * step;
        }
        value.clamp(0, self.maxval)
    }

    /// The length of a run of at most `left` samples (A.7.1).
    fn run_length(&mut self, left: usize, run_index: &mut usize) -> Result<usize, CodecError> {
        let mut run = 0;
        while self.bits.take(1)? == 1 {
            let full = 1usize << J[*run_index];
            let step = full.min(left - run);
            run += step;
            if step == full && *run_index < 31 {
                *run_index += 1;
            }
            if run == left {
                return Ok(run);
            }
        }
        let width = J[*run_index];
        run += if width == 0 { 0 } else { self.bits.take(width)? as usize };
        if run >= left { Err(damaged("a run reaches over its line")) } else { Ok(run) }
    }

    /// The sample that ends a run (A.7.2).
    fn interruption(&mut self, ra: i32, rb: i32, run_index: usize) -> Result<i32, CodecError> {
        if (ra - rb).abs() <= self.near {
            let error = self.run_error(1, run_index)?;
            return Ok(self.reconstruct(ra, error));
        }
        let error = self.run_error(0, run_index)?;
        Ok(self.reconstruct(rb, if rb >= ra { error } else { -error }))
    }

    /// The error of a run's interruption of the type 0 or 1.
    fn run_error(&mut self, kind: usize, run_index: usize) -> Result<i32, CodecError> {
        let RunContext { mut a, mut n, mut negative } = self.runs[kind];
        let rtype = kind as i32;
        let k = golomb_parameter(n, if kind == 1 { a + (n >> 1) } else { a });
        let coded = self.golomb(k, self.limit.saturating_sub(J[run_index] + 1))?;
        let doubled = coded.saturating_add(rtype);
        let map = doubled & 1;
        let size = (doubled / 2).saturating_add(map);
        let error = if (k != 0 || 2 * negative >= n) == (map == 1) { -size } else { size };
        if error < 0 {
            negative += 1;
        }
        a = a.saturating_add((coded + 1 - rtype) >> 1);
        if n >= self.reset {
            a >>= 1;
            n >>= 1;
            negative >>= 1;
        }
        n += 1;
        self.runs[kind] = RunContext { a, n, negative };
        Ok(error)
    }
}

/// The smallest k with n * 2^k >= a (A.5.1).
fn golomb_parameter(n: i32, a: i32) -> u32 {
    let mut k = 0;
    while k < 24 && (i64::from(n) << k) < i64::from(a) {
        k += 1;
    }
    k
}

/// Default thresholds (C.2.4.1.1.1).
fn defaults(maxval: i32, near: i32) -> [i32; 3] {
    let within = |value: i32, low: i32| if value > maxval || value < low { low } else { value };
    if maxval >= 128 {
        let factor = (maxval.min(4095) + 128) / 256;
        let t1 = within(factor + 2 + 3 * near, near + 1);
        let t2 = within(factor * 4 + 3 + 5 * near, t1);
        [t1, t2, within(factor * 17 + 4 + 7 * near, t2)]
    } else {
        let factor = 256 / (maxval + 1);
        let t1 = within((3 / factor + 3 * near).max(2), near + 1);
        let t2 = within((7 / factor + 5 * near).max(3), t1);
        [t1, t2, within((21 / factor + 7 * near).max(4), t2)]
    }
}
