//! Where tensors are computed, chosen by a word, so that upper floors need not name the tensor library.

use super::error::first_line;
use candle_core::Device;

/// A device for tensors. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Compute {
    device: Device,
    note: Option<String>,
}

impl From<Device> for Compute {
    fn from(device: Device) -> Self {
        Self { device, note: None }
    }
}

/// Why a device cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The word is none of those known.
    #[error("the device {0:?} is not known: use auto, cpu, cuda:N (N from 0) or metal")]
    Unknown(String),
    /// The device is not there, or this build has no support for it.
    #[error("the device {name} cannot be used ({why}): use auto or cpu, or a build made for that device")]
    Unavailable {
        /// As it was asked for.
        name: String,
        /// The driver's own words.
        why: String,
    },
}

impl Compute {
    /// Reads `auto` (the first accelerator this build supports, else the CPU, with a [`Compute::note`] where one failed), `cpu`, `cuda`, `cuda:N` or `metal`.
    pub fn parse(word: &str) -> Result<Self, DeviceError> {
        let word = word.trim().to_lowercase();
        let unavailable =
            |error: candle_core::Error| DeviceError::Unavailable { name: word.clone(), why: first_line(&error) };
        match word.as_str() {
            "auto" => Ok(best()),
            "cpu" => Ok(Self::cpu()),
            "cuda" => Device::new_cuda(0).map(Self::from).map_err(unavailable),
            "metal" => Device::new_metal(0).map(Self::from).map_err(unavailable),
            other => {
                let ordinal = other.strip_prefix("cuda:").and_then(|n| n.parse::<usize>().ok());
                let ordinal = ordinal.ok_or_else(|| DeviceError::Unknown(other.to_owned()))?;
                Device::new_cuda(ordinal).map(Self::from).map_err(unavailable)
            }
        }
    }

    /// The CPU, which is always there.
    pub fn cpu() -> Self {
        Self::from(Device::Cpu)
    }

    /// Why `auto` is not what this build was made for, as a sentence: an accelerator was there to be tried and failed.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The tensor library's handle.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The level of vector instructions in use on a CPU; empty for other devices.
    pub fn vectors(&self) -> String {
        if self.device.is_cpu() { crate::machine::Vectors::describe() } else { String::new() }
    }

    /// What a person calls it: "CPU, 2 threads".
    pub fn describe(&self) -> String {
        match self.device.location() {
            candle_core::DeviceLocation::Cpu => match rayon::current_num_threads() {
                1 => "CPU, 1 thread".to_owned(),
                threads => format!("CPU, {threads} threads"),
            },
            candle_core::DeviceLocation::Cuda { gpu_id } => format!("CUDA {gpu_id}"),
            candle_core::DeviceLocation::Metal { gpu_id } => format!("Metal {gpu_id}"),
        }
    }
}

/// What this build was made for, if it is there; these functions say what the build has, not what the machine has.
fn best() -> Compute {
    use candle_core::utils::{cuda_is_available, metal_is_available};
    let cuda = cuda_is_available().then(|| ("graphics card (CUDA)", Device::new_cuda(0)));
    let metal = metal_is_available().then(|| ("graphics card (Metal)", Device::new_metal(0)));
    first_of([cuda, metal].into_iter().flatten())
}

/// The first device that works; else the CPU, with a note on the first that does not.
fn first_of(tried: impl IntoIterator<Item = (&'static str, candle_core::Result<Device>)>) -> Compute {
    let mut note = None;
    for (name, device) in tried {
        match device {
            Ok(device) => return Compute::from(device),
            Err(error) => {
                let why = first_line(&error);
                note.get_or_insert_with(|| format!("the {name} cannot be used ({why}): computing on the CPU"));
            }
        }
    }
    if let Some(note) = &note {
        tracing::warn!("{note}");
    }
    Compute { device: Device::Cpu, note }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accelerator_that_fails_is_told_and_the_cpu_used() {
        let broken = || Err(candle_core::Error::Msg("no driver".to_owned()).bt());
        let compute = first_of([("graphics card (CUDA)", broken())]);
        assert!(compute.device().is_cpu() && compute.describe().starts_with("CPU, "));
        let note = compute.note().expect("a sentence");
        assert!(
            note.contains("CUDA") && note.contains("no driver") && note.ends_with("computing on the CPU"),
            "{note}"
        );
        let compute = first_of([("graphics card (CUDA)", broken()), ("other", Ok(Device::Cpu))]);
        assert_eq!(compute.note(), None);
        assert_eq!(first_of([]).note(), None);
    }

    #[test]
    fn words_that_name_no_device_are_refused_with_the_words_that_do() {
        for word in ["gpu", "cuda:", "cuda:x", "cuda:-1", ""] {
            let said = Compute::parse(word).expect_err(word).to_string();
            assert!(said.contains("auto, cpu, cuda:N"), "{said}");
        }
        assert_eq!(Compute::cpu().note(), None);
        assert!(Compute::parse(" CPU ").expect("cpu").describe().starts_with("CPU, "));
    }
}
