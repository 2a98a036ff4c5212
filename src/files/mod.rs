//! Files of any kind: written whole or not at all, and told apart by their content.

mod atomic;
pub mod hash;

pub use atomic::atomically;
