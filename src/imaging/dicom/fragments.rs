//! Which fragments of encapsulated pixel data make which frame (PS3.5 annex A.4). Offset tables are often absent and
//! sometimes wrong, so where pictures begin is looked for in the fragments themselves.

use super::frame::Codec;
use std::borrow::Cow;

/// Where frames begin among the fragments.
#[derive(Debug, PartialEq)]
pub(super) struct Frames {
    /// The position of each frame's first fragment; as many as the header states, or fewer where fewer are there.
    first: Vec<usize>,
    /// There is an offset table, and it says something else.
    pub table_wrong: bool,
    /// More frames are there than the header states.
    pub more: bool,
}

impl Frames {
    /// Finds the beginning of each of `stated` frames. `tables` are the offset tables that there are, the extended one
    /// first: where frames' items begin, in bytes after the basic table's item.
    pub fn find(pieces: &[&[u8]], tables: [&[u64]; 2], stated: usize, codec: Codec) -> Self {
        let table = tables.into_iter().find(|table| !table.is_empty()).unwrap_or_default();
        let by_table = by_table(pieces, table);
        let wrong = |first: &[usize]| !table.is_empty() && by_table.as_deref() != Some(first);
        let begun: Vec<usize> = (0..pieces.len()).filter(|&at| begins(pieces.get(at).copied(), codec)).collect();
        if stated <= 1 || pieces.len() <= 1 {
            let first: Vec<usize> = (!pieces.is_empty()).then_some(0).into_iter().collect();
            return Self { first, table_wrong: false, more: begun.len() > 1 };
        }
        let every = || (0..pieces.len()).collect::<Vec<usize>>();
        let begun_first = begun.first() == Some(&0);
        // Where each fragment is a frame, pictures begin with it or, where that is not seen, end before it.
        let ended = after_ends(pieces);
        let each = |at: &usize| begun.contains(at) || ended.as_ref().is_some_and(|ended| ended.contains(at));
        let one_each = pieces.len() == stated && (begun.is_empty() || (0..stated).all(|at| each(&at)));
        let first = if begun_first && begun.len() == stated {
            begun
        } else if one_each {
            every()
        } else if let Some(told) = by_table.clone().filter(|told| told.len() == stated) {
            told
        } else if let Some(ended) = ended.filter(|ended| ended.len() == stated) {
            ended
        } else if begun_first {
            begun
        } else if pieces.len() < stated {
            every()
        } else {
            by_table.clone().unwrap_or_default()
        };
        let (table_wrong, more) = (wrong(&first), first.len() > stated);
        Self { first: first.into_iter().take(stated).collect(), table_wrong, more }
    }

    /// How many of the frames are there.
    pub fn count(&self) -> usize {
        self.first.len()
    }

    /// The bytes of a frame.
    pub fn bytes<'a>(&self, pieces: &[&'a [u8]], frame: usize) -> Option<Cow<'a, [u8]>> {
        let start = *self.first.get(frame)?;
        // Where more frames are there than stated, the next one begins somewhere within what follows; decoders stop at
        // the end of the first picture.
        let end = self.first.get(frame + 1).copied().unwrap_or(pieces.len());
        match pieces.get(start..end)? {
            [] => None,
            [one] => Some(Cow::Borrowed(one)),
            many => Some(Cow::Owned(many.concat())),
        }
    }
}

/// The fragments that a table points to; `None` where it does not point to the first and then always further.
fn by_table(pieces: &[&[u8]], table: &[u64]) -> Option<Vec<usize>> {
    let mut begins = Vec::with_capacity(pieces.len());
    let mut at = 0u64;
    for piece in pieces {
        begins.push(at);
        at += piece.len() as u64 + 8;
    }
    let first: Vec<usize> = table.iter().map(|offset| begins.binary_search(offset).ok()).collect::<Option<_>>()?;
    (first.first() == Some(&0) && first.is_sorted_by(|a, b| a < b)).then_some(first)
}

/// Whether a picture begins with this fragment.
fn begins(piece: Option<&[u8]>, codec: Codec) -> bool {
    let Some(piece) = piece else { return false };
    match codec {
        Codec::Jpeg | Codec::JpegLs => piece.starts_with(&[0xFF, 0xD8, 0xFF]),
        Codec::Jpeg2000 => piece.starts_with(&[0xFF, 0x4F, 0xFF, 0x51]) || piece.get(4..8) == Some(b"jP  "),
        Codec::Rle => {
            // The header: how many segments, and where they begin, the first right after it (PS3.5 annex G.5).
            let header = piece.get(..piece.len().min(64)).unwrap_or_default();
            let words: Vec<u32> = header.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
            let Some((&count, offsets)) = words.split_first() else { return false };
            let (used, unused) = offsets.split_at(offsets.len().min(count as usize));
            count <= 15 && used.first() == Some(&64) && used.is_sorted() && unused.iter().all(|&offset| offset == 0)
        }
        Codec::Native => false,
    }
}

/// The fragments that follow one in whose last bytes a codestream ends (EOI of JPEG, EOC of JPEG 2000).
fn after_ends(pieces: &[&[u8]]) -> Option<Vec<usize>> {
    let ends = |piece: &&[u8]| {
        let tail = piece.get(piece.len().saturating_sub(10)..).unwrap_or_default();
        tail.windows(2).any(|pair| pair == [0xFF, 0xD9])
    };
    let mut first = vec![0];
    first.extend((1..pieces.len()).filter(|at| pieces.get(at - 1).is_some_and(&ends)));
    pieces.last().is_some_and(ends).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two frames of two fragments each; the second fragment ends the picture.
    const PIECES: [&[u8]; 4] =
        [&[0xFF, 0xD8, 0xFF, 1], &[2, 3, 0xFF, 0xD9], &[0xFF, 0xD8, 0xFF, 4], &[5, 6, 0xFF, 0xD9]];

    fn found(pieces: &[&[u8]], table: &[u64], stated: usize) -> (Vec<usize>, bool, bool) {
        let frames = Frames::find(pieces, [&[], table], stated, Codec::Jpeg);
        (frames.first, frames.table_wrong, frames.more)
    }

    #[test]
    fn frames_begin_where_pictures_do_whatever_a_table_says() {
        assert_eq!(found(&PIECES, &[], 2), (vec![0, 2], false, false));
        assert_eq!(found(&PIECES, &[0, 24], 2), (vec![0, 2], false, false));
        for wrong in [&[0, 12][..], &[0, 16], &[0], &[24, 0], &[0, 12, 24]] {
            assert_eq!(found(&PIECES, wrong, 2), (vec![0, 2], true, false), "{wrong:?}");
        }
        assert_eq!(found(&PIECES, &[], 3), (vec![0, 2], false, false), "a frame is missing");
        assert_eq!(found(&PIECES, &[], 1), (vec![0], false, true), "a frame more than stated");
        let frames = Frames::find(&PIECES, [&[], &[]], 2, Codec::Jpeg);
        assert_eq!(frames.bytes(&PIECES, 1).as_deref(), Some(&[0xFF, 0xD8, 0xFF, 4, 5, 6, 0xFF, 0xD9][..]));
        assert_eq!(frames.bytes(&PIECES, 2), None);
    }

    #[test]
    fn where_no_picture_is_seen_to_begin_ends_and_tables_tell() {
        let odd: [&[u8]; 3] = [&[0, 1, 0xFF, 0xD9], &[2, 2], &[3, 0xFF, 0xD9, 0]];
        assert_eq!(found(&odd, &[], 2).0, [0, 1]);
        let none: [&[u8]; 3] = [&[1], &[2, 2], &[3]];
        assert_eq!(found(&none, &[0, 9], 2), (vec![0, 1], false, false));
        assert_eq!(found(&none, &[], 2).0, [] as [usize; 0]);
    }
}
