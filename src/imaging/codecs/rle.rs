//! RLE Lossless (PS3.5 annex G): PackBits, one segment for each byte of a sample.

use super::CodecError;
/// Decodes one frame of `pixels` pixels into samples by pixel, `samples` a pixel of `bytes` bytes each.
pub fn decode(data: &[u8], pixels: usize, samples: usize, bytes: usize) -> Result<Vec<u32>, CodecError> {
    let damaged = |why: &str| CodecError::Damaged(format!("its RLE {why}"));
    let word = |index: usize| {
        let at = index * 4;
        data.get(at..at + 4).and_then(|b| b.first_chunk::<4>()).map(|b| u32::from_le_bytes(*b) as usize)
    };
    let count = word(0).ok_or_else(|| damaged("header is cut short"))?;
    if count != samples * bytes || count > 15 {
        return Err(damaged(&format!("header tells of {count} segments where {} are needed", samples * bytes)));
    }
    let mut out = vec![0u32; pixels * samples];
    for segment in 0..count {
        let start = word(1 + segment).ok_or_else(|| damaged("header is cut short"))?;
        let end = if segment + 1 < count { word(2 + segment).unwrap_or(data.len()) } else { data.len() };
        let packed = data.get(start..end.min(data.len())).ok_or_else(|| damaged("segments lie outside the frame"))?;
        // The most significant byte of a sample comes first (annex G.2).
        let (sample, shift) = (segment / bytes, 8 * (bytes - 1 - segment % bytes));
        let mut targets = out.iter_mut().skip(sample).step_by(samples);
        let unpacked = unpack(packed, |byte| match targets.next() {
            Some(target) => {
                *target |= u32::from(byte) << shift;
                true
            }
            None => false,
        });
        if unpacked < pixels {
            return Err(CodecError::CutShort { found: unpacked, wanted: pixels });
        }
    }
    Ok(out)
}

/// PackBits (annex G.3.2) until the segment ends or `take` wants no more; gives how many bytes were taken.
fn unpack(packed: &[u8], mut take: impl FnMut(u8) -> bool) -> usize {
    let (mut at, mut taken) = (0, 0);
    while let Some(&control) = packed.get(at) {
        at += 1;
        let control = i8::from_ne_bytes([control]);
        if control >= 0 {
            let end = at + control as usize + 1;
            for &byte in packed.get(at..end.min(packed.len())).unwrap_or_default() {
                if !take(byte) {
                    return taken;
                }
                taken += 1;
            }
            at = end;
        } else if control != i8::MIN {
            let Some(&byte) = packed.get(at) else { break };
            at += 1;
            for _ in 0..=-i32::from(control) {
                if !take(byte) {
                    return taken;
                }
                taken += 1;
            }
        }
    }
    taken
}

/// Codes samples by pixel, as [`decode`] gives them, into one frame; each row is packed for itself (annex G.3.1).
/// `None` for sizes that have no rows or more than the fifteen segments of a frame.
pub fn encode(values: &[u32], columns: usize, samples: usize, bytes: usize) -> Option<Vec<u8>> {
    let count = samples * bytes;
    if count == 0 || count > 15 || columns == 0 {
        return None;
    }
    let mut offsets = vec![u32::try_from(count).ok()?];
    let mut body = Vec::new();
    for segment in 0..count {
        offsets.push(u32::try_from(64 + body.len()).ok()?);
        let (sample, shift) = (segment / bytes, 8 * (bytes - 1 - segment % bytes));
        let plane: Vec<u8> = values.iter().skip(sample).step_by(samples).map(|value| (value >> shift) as u8).collect();
        plane.chunks(columns).for_each(|row| pack(row, &mut body));
        body.extend((body.len() % 2 == 1).then_some(0));
    }
    offsets.resize(16, 0);
    Some(offsets.into_iter().flat_map(u32::to_le_bytes).chain(body).collect())
}

/// PackBits (annex G.3.1): runs of two or more as runs, what lies between as literals.
fn pack(row: &[u8], out: &mut Vec<u8>) {
    let mut literals: Vec<u8> = Vec::new();
    let flush = |literals: &mut Vec<u8>, out: &mut Vec<u8>| {
        for some in literals.chunks(128) {
            out.push(some.len() as u8 - 1);
            out.extend(some);
        }
        literals.clear();
    };
    for run in row.chunk_by(|a, b| a == b) {
        for some in run.chunks(128) {
            match some {
                &[byte] => literals.push(byte),
                [byte, ..] => {
                    flush(&mut literals, out);
                    out.extend([(257 - some.len()) as u8, *byte]);
                }
                [] => {}
            }
        }
    }
    flush(&mut literals, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_coded_is_decoded_to_the_same_samples() {
        for (columns, samples, bytes) in [(1, 1, 1), (300, 1, 2), (7, 3, 1), (150, 3, 2), (64, 1, 4)] {
            let most = if bytes == 4 { u64::from(u32::MAX) + 1 } else { 1u64 << (8 * bytes) };
            // Runs, literals and both mixed.
            let value = |at: usize| if at % 200 < 140 { (at / 9) as u64 } else { at as u64 * 2_654_435_761 };
            let values: Vec<u32> = (0..columns * samples * 5).map(|at| (value(at) % most) as u32).collect();
            let coded = encode(&values, columns, samples, bytes).unwrap();
            assert_eq!(decode(&coded, columns * 5, samples, bytes).unwrap(), values, "{columns} {samples} {bytes}");
        }
        assert!(encode(&[1], 0, 1, 1).is_none() && encode(&[1], 1, 4, 4).is_none());
    }

    #[test]
    fn the_annexs_rules_unpack_runs_and_literals() {
        let mut out = Vec::new();
        // 3 literals, a run of 4, the no-operation, one literal.
        unpack(&[2, 7, 8, 9, 0xFD, 5, 0x80, 0, 1], |byte| {
            out.push(byte);
            true
        });
        assert_eq!(out, [7, 8, 9, 5, 5, 5, 5, 1]);
    }

    #[test]
    fn bytes_of_a_sample_are_put_together_high_byte_first() {
        let mut frame = vec![0u8; 64];
        frame[0] = 2;
        frame[4] = 64;
        frame[8] = 66;
        frame.extend([0xFF, 1, 1, 0x10, 0x20]);
        assert_eq!(decode(&frame, 2, 1, 2).unwrap(), [0x110, 0x120]);
        assert!(decode(&frame, 3, 1, 2).is_err());
        assert!(decode(&frame[..10], 2, 1, 2).is_err());
    }
}
