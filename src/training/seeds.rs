//! One generator for each thing that is drawn, made from the seed and what the draw is for.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What a generator is for; two purposes never share a stream.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// The images of an epoch and their order.
    Order = 1,
    /// The random change of one copy of an image.
    Augmentation = 2,
    /// Dropout in one step.
    Dropout = 3,
    /// The anchors and regions that a step of a network for boxes learns from.
    Regions = 4,
    /// The same for its loss on the validation images.
    ValidationRegions = 5,
}

/// The generator for draw number `index`, copy `copy`, of an epoch.
pub(super) fn generator(seed: u64, purpose: Purpose, epoch: usize, index: usize, copy: usize) -> ChaCha8Rng {
    let mut key = [0u8; 32];
    let words = [seed, index as u64, epoch as u64, ((purpose as u64) << 56) ^ copy as u64];
    for (slot, byte) in key.iter_mut().zip(words.into_iter().flat_map(u64::to_le_bytes)) {
        *slot = byte;
    }
    ChaCha8Rng::from_seed(key)
}
