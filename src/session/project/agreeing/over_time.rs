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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::Seeing;
    use crate::domain::{EventId, Findings, ImageId};
    use crate::session::importing::readings::{Logged, Word};

    #[test]
    fn blocks_follow_when_the_later_of_the_two_spoke() {
        let word = |said_ms: i64| Word {
            label: Some(0),
            findings: Findings::default(),
            boxes: Vec::new(),
            nothing_found: false,
            said_ms,
            logged: Logged { event: EventId(1), time_ms: said_ms, imported: false },
            seeing: Seeing::Nothing,
        };
        // The last image in the project was read first; a day lies between two images.
        let day = 86_400_000;
        let shared = |at: i64| Shared {
            image: ImageId(at),
            group: None,
            words: [(0, word(5)), (1, word((100 - at) * day))].into(),
        };
        let images: Vec<Shared> = (0..60).map(shared).collect();
        let both: Vec<(&Shared, usize, usize)> =
            images.iter().map(|one| (one, 0, usize::from(one.image.0 < 35))).collect();
        let found = over_time(&both, [0, 1], 2);
        let told: Vec<_> = found.iter().map(|of| (of.from, of.agreement.images, of.agreement.same)).collect();
        assert_eq!(told, [(1, 25, 25), (26, 35, 0)], "a rest of ten is part of the block before");
        assert_eq!((found[0].images[0], found[1].images[34]), (ImageId(59), ImageId(0)));
        assert_eq!(found[0].days, ["1970-02-11", "1970-03-07"]);
        assert!(over_time(&both[..37], [0, 1], 2).is_empty(), "one block is no course");
    }
}
