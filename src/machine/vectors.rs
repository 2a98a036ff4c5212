//! The level of vector instructions in use. Sums of a product are taken in another order at each level, so results differ
//! in their last bits between levels; blocks of a sum depend on the sizes of the caches, too. Operators and linear layers are
//! held down; what the tensor library does itself on the CPU, element by element and in plain sums, is not.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// The environment variable that holds the level down.
pub const VECTORS: &str = "OVERREAD_VECTORS";

/// A level of vector instructions; a higher one has all of the lower ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vectors {
    /// What every x86-64 processor has; our loops and products use no wider vectors.
    None,
    /// AVX2 with fused multiply-add (x86-64-v3).
    Avx2,
    /// AVX-512 F, BW, CD, DQ and VL (x86-64-v4).
    Avx512,
    /// A processor of another kind: what it has is used, and cannot be held down.
    Native,
}

/// Why a level cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VectorsError {
    /// The word is none of those known.
    #[error("{VECTORS}={0:?} is no level of vector instructions: use none, avx2 or avx512")]
    Unknown(String),
    /// The processor has less.
    #[error("{VECTORS}={asked} is more than this processor has: use {machine} or less, or leave it out")]
    Missing {
        /// What was asked for.
        asked: Vectors,
        /// What there is.
        machine: Vectors,
    },
}

impl fmt::Display for Vectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Native => "native",
        })
    }
}

impl FromStr for Vectors {
    type Err = VectorsError;

    fn from_str(word: &str) -> Result<Self, VectorsError> {
        match word.trim().to_ascii_lowercase().as_str() {
            "none" => Ok(Self::None),
            "avx2" => Ok(Self::Avx2),
            "avx512" => Ok(Self::Avx512),
            _ => Err(VectorsError::Unknown(word.to_owned())),
        }
    }
}

impl Vectors {
    /// The highest level that this processor has.
    pub fn of_machine() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if pulp::x86::V4::try_new().is_some() {
                Self::Avx512
            } else if pulp::x86::V3::try_new().is_some() {
                Self::Avx2
            } else {
                Self::None
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        Self::Native
    }

    /// The level to use where `word` is what the environment says, if it says anything, on a processor that has `machine`.
    ///
    /// # Errors
    /// When the word is unknown or names more than there is.
    pub fn choose(word: Option<&str>, machine: Self) -> Result<Self, VectorsError> {
        let Some(word) = word.filter(|word| !word.trim().is_empty()) else { return Ok(machine) };
        let asked = Self::from_str(word)?;
        if asked > machine || machine == Self::Native {
            return Err(VectorsError::Missing { asked, machine });
        }
        Ok(asked)
    }

    /// What the environment asks for, on this processor.
    ///
    /// # Errors
    /// Those of [`Vectors::choose`].
    pub fn asked() -> Result<Self, VectorsError> {
        let word = std::env::var_os(VECTORS);
        Self::choose(word.as_deref().map(|word| word.to_string_lossy()).as_deref(), Self::of_machine())
    }

    /// The level that loops and products of this process use, decided once. The program refuses an environment that asks
    /// for what is not there before it comes to this ([`Vectors::asked`]).
    pub fn in_use() -> Self {
        static IN_USE: OnceLock<Vectors> = OnceLock::new();
        *IN_USE.get_or_init(|| Self::asked().unwrap_or_else(|_| Self::of_machine()))
    }

    /// For the record of a run: the level, and that it is held down or disturbed where it is.
    pub fn describe() -> String {
        let (level, machine) = (Self::in_use(), Self::of_machine());
        let held = if level == machine { String::new() } else { format!(" (held down from {machine})") };
        let noise =
            super::product_noise().map(|seed| format!(", products disturbed by seed {seed}")).unwrap_or_default();
        format!("{level}{held}{noise}")
    }
}

/// How our loops are to be compiled for the level in use.
pub fn arch() -> pulp::Arch {
    static ARCH: OnceLock<pulp::Arch> = OnceLock::new();
    *ARCH.get_or_init(|| {
        #[cfg(target_arch = "x86_64")]
        {
            match Vectors::in_use() {
                Vectors::None => pulp::Arch::Scalar,
                Vectors::Avx2 => pulp::x86::V3::try_new().map_or(pulp::Arch::Scalar, pulp::Arch::V3),
                Vectors::Avx512 | Vectors::Native => pulp::Arch::new(),
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        pulp::Arch::new()
    })
}

/// AVX2 where the level in use has it.
#[cfg(target_arch = "x86_64")]
pub fn v3() -> Option<pulp::x86::V3> {
    (Vectors::in_use() >= Vectors::Avx2).then(pulp::x86::V3::try_new).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_held_down_and_never_up() {
        let choose = |word| Vectors::choose(word, Vectors::Avx2);
        assert_eq!(choose(None), Ok(Vectors::Avx2));
        assert_eq!(choose(Some(" ")), Ok(Vectors::Avx2));
        assert_eq!(choose(Some("AVX2")), Ok(Vectors::Avx2));
        assert_eq!(choose(Some("none")), Ok(Vectors::None));
        let more = choose(Some("avx512")).unwrap_err().to_string();
        assert!(more.contains("OVERREAD_VECTORS=avx512") && more.contains("use avx2 or less"), "{more}");
        let unknown = choose(Some("sse9")).unwrap_err().to_string();
        assert!(unknown.contains("\"sse9\"") && unknown.contains("none, avx2 or avx512"), "{unknown}");
        assert!(Vectors::choose(Some("avx2"), Vectors::Native).is_err());
    }

    /// A misspelt level would make a run of the tests at that level one at the machine's own.
    #[test]
    fn the_level_these_tests_were_asked_to_run_at_is_the_one_in_use() {
        assert_eq!(Vectors::asked(), Ok(Vectors::in_use()));
        #[cfg(target_arch = "x86_64")]
        {
            let level = match arch() {
                pulp::Arch::V4(_) => Vectors::Avx512,
                pulp::Arch::V3(_) => Vectors::Avx2,
                _ => Vectors::None,
            };
            assert_eq!(level, Vectors::in_use());
            assert_eq!(v3().is_some(), level >= Vectors::Avx2);
        }
    }
}
