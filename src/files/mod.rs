//! Files of any kind: written whole or not at all, told apart by their content, and read as far as they can be understood.

mod atomic;
mod forgiving;
pub mod hash;

pub use atomic::atomically;
pub use forgiving::{Forgiving, forgiving};
