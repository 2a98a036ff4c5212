//! A stand-in for other processors, for tests: every number that a matrix product gives is moved by at most one unit in
//! its last place, as another order of its sum might. Which way depends on the number and the seed only, so that a
//! disturbed run is reproducible too, on any number of threads.

use std::sync::OnceLock;

/// The environment variable that disturbs products, with a seed; for tests only.
pub const PRODUCT_NOISE: &str = "OVERREAD_PRODUCT_NOISE";

/// The seed that products are disturbed by; none where they are left alone, which is always so outside tests.
pub fn product_noise() -> Option<u64> {
    static SEED: OnceLock<Option<u64>> = OnceLock::new();
    *SEED.get_or_init(|| std::env::var(PRODUCT_NOISE).ok()?.trim().parse().ok())
}
