//! How far two readers agree over the order of reading.

use super::Shared;
use crate::evaluation::readers::block_agreement;
use crate::session::project::card::day;
use crate::session::protocol::agreement::AgreementBlock;

/// Images in a block.
const BLOCK: usize = 25;

/// Two readers' answers to the images that both have read, in blocks by when the later of the two spoke; there are two or more, or none.
/// A last block that is smaller than half of the others is part of the one before.
pub(super) fn over_time(both: &[(&Shared, usize, usize)], readers: [usize; 2], classes: usize) -> Vec<AgreementBlock> {
    let said = |image: &Shared| readers.iter().filter_map(|at| image.words.get(at)).map(|word| word.said_ms).max();
    let mut timed: Vec<(i64, &(&Shared, usize, usize))> =
        both.iter().map(|one| (said(one.0).unwrap_or_default(), one)).collect();
    timed.sort_by_key(|(time, _)| *time);
    let blocks = (timed.len() + BLOCK / 2) / BLOCK;
    if blocks < 2 {
        return Vec::new();
    }
    let part = |at: usize| {
        let to = if at + 1 == blocks { timed.len() } else { (at + 1) * BLOCK };
        let part = timed.get(at * BLOCK..to).unwrap_or_default();
        let (ours, theirs): (Vec<usize>, Vec<usize>) = part.iter().map(|(_, (_, one, other))| (*one, *other)).unzip();
        AgreementBlock {
            from: at * BLOCK + 1,
            days: [part.first(), part.last()].map(|of| of.map_or_else(String::new, |(time, _)| day(*time))),
            agreement: block_agreement(&ours, &theirs, classes),
            images: part.iter().map(|(_, (image, ..))| image.image).collect(),
        }
    };
    (0..blocks).map(part).collect()
}
