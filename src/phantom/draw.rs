//! Seeded draws: one generator for each purpose, so that adding a draw for one thing changes no other.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// A generator with the same stream on every machine.
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// The generator for one purpose of one picture.
    pub fn new(kind: &str, purpose: &str, seed: u64, index: u64) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(format!("{kind}/{purpose}/{seed}/{index}"));
        Self(ChaCha8Rng::from_seed(hasher.finalize().into()))
    }

    /// Evenly from 0 to 1, 1 excluded.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly between two values.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Evenly up to a value either way.
    pub fn either_way(&mut self, most: f64) -> f64 {
        self.between(-most, most)
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// -1 or 1.
    pub fn sign(&mut self) -> f64 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }

    /// 0 to `count` - 1.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// Near enough to a standard normal value (Irwin-Hall of four, never beyond 3.5).
    pub fn normal(&mut self) -> f64 {
        let bits = self.0.next_u64();
        let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
        (sum as f64 / 65_536.0 - 2.0) * 3f64.sqrt()
    }
}
