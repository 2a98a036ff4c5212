//! Palettes that are written in segments: runs of entries, straight lines between two entries, and repetitions of
//! earlier segments (PS3.3 C.7.9.2).

/// What a segment is, by the number it begins with.
const DISCRETE: u16 = 0;
const LINEAR: u16 = 1;
const INDIRECT: u16 = 2;

/// The entries of a palette of at most `most` entries. Each of `data` is a byte or a word, as wide as the entries are
/// (`bytes` 1 or 2). A line's entries are rounded to the nearest, halves to the even one.
///
/// # Errors
/// What is wrong with the segments.
pub(super) fn entries(data: &[u16], bytes: usize, most: usize) -> Result<Vec<u16>, &'static str> {
    let mut out = Vec::new();
    expand(data, 0, usize::MAX, (bytes, most), true, &mut out)?;
    Ok(out)
}

/// Expands up to `segments` segments that begin at `at`. A repetition stands for segments that are none themselves.
fn expand(
    data: &[u16],
    mut at: usize,
    segments: usize,
    (bytes, most): (usize, usize),
    may_repeat: bool,
    out: &mut Vec<u16>,
) -> Result<(), &'static str> {
    const SHORT: &str = "a segment of the palette ends too early";
    for _ in 0..segments {
        // One byte may fill up the value to an even length.
        let Some([kind, length]) = data.get(at..).and_then(|rest| rest.first_chunk::<2>()) else { break };
        let length = usize::from(*length);
        at += 2;
        match *kind {
            DISCRETE => {
                out.extend_from_slice(data.get(at..at + length).ok_or(SHORT)?);
                at += length;
            }
            LINEAR => {
                let from = f64::from(*out.last().ok_or("the palette begins with a line that starts nowhere")?);
                let to = f64::from(*data.get(at).ok_or(SHORT)?);
                let step = (to - from) / length as f64;
                out.extend((1..=length).map(|n| (from + step * n as f64).round_ties_even() as u16));
                at += 1;
            }
            INDIRECT if may_repeat => {
                // Four bytes of an offset in bytes, the lowest first.
                let words = data.get(at..at + 4 / bytes).ok_or(SHORT)?;
                let offset = words.iter().rev().fold(0, |offset, &word| offset << (8 * bytes) | usize::from(word));
                expand(data, offset / bytes, length, (bytes, most), false, out)?;
                at += 4 / bytes;
            }
            INDIRECT => return Err("a segment of the palette repeats one that repeats others"),
            _ => return Err("the palette has a segment of a kind that the standard does not know"),
        }
        if out.len() > most {
            return Err("the palette's segments hold more entries than its descriptor says");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::entries;

    #[test]
    fn runs_lines_and_repetitions() {
        // The first segment begins at byte 0, the second at byte 8.
        let words = [0, 2, 10, 20, 1, 4, 40, 2, 1, 8, 0];
        assert_eq!(entries(&words, 2, 10), Ok(vec![10, 20, 25, 30, 35, 40, 40, 40, 40, 40]));
        let bytes = [0, 1, 3, 1, 2, 4, 2, 2, 0, 0, 0, 0, 0];
        assert_eq!(entries(&bytes, 1, 6), Ok(vec![3, 4, 4, 3, 4, 4]), "3.5 is 4, the even one");
    }

    #[test]
    fn what_does_not_fit_is_said() {
        for (words, why) in [
            (&[1, 4, 40][..], "starts nowhere"),
            (&[0, 3, 1, 2], "too early"),
            (&[0, 1, 1, 1, 9], "too early"),
            (&[0, 1, 1, 2, 1, 0], "too early"),
            (&[0, 1, 1, 2, 1, 6, 0], "repeats others"),
            (&[0, 1, 1, 7, 1, 0, 0], "does not know"),
            (&[0, 1, 1, 1, 4, 9], "more entries"),
        ] {
            assert!(entries(words, 2, 4).is_err_and(|said| said.contains(why)), "{words:?}: {why}");
        }
    }
}
