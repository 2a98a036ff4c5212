//! Where tensors are computed, chosen by a word, so that upper floors need not name the tensor library.

use super::error::first_line;
use candle_core::Device;

/// A device for tensors. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Compute {
    device: Device,
}

/// Why a device cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The word is none of those known.
    #[error("the device {0:?} is not known: use auto, cpu, cuda:N (N from 0) or metal")]
    Unknown(String),
    /// The device is not there, or this build has no support for it.
    #[error("the device {name} cannot be used ({why}): use cpu, or a build made for that device")]
    Unavailable {
        /// As it was asked for.
        name: String,
        /// The driver's own words.
        why: String,
    },
}

impl Compute {
    /// Reads `auto` (the first accelerator this build supports, else the CPU), `cpu`, `cuda`, `cuda:N` or `metal`.
    pub fn parse(word: &str) -> Result<Self, DeviceError> {
        let word = word.trim().to_lowercase();
        let unavailable =
            |error: candle_core::Error| DeviceError::Unavailable { name: word.clone(), why: first_line(&error) };
        match word.as_str() {
            "auto" => Ok(Self { device: best() }),
            "cpu" => Ok(Self::cpu()),
            "cuda" => Device::new_cuda(0).map(|device| Self { device }).map_err(unavailable),
            "metal" => Device::new_metal(0).map(|device| Self { device }).map_err(unavailable),
            other => {
                let ordinal = other.strip_prefix("cuda:").and_then(|n| n.parse::<usize>().ok());
                let ordinal = ordinal.ok_or_else(|| DeviceError::Unknown(other.to_owned()))?;
                Device::new_cuda(ordinal).map(|device| Self { device }).map_err(unavailable)
            }
        }
    }

    /// The CPU, which is always there.
    pub fn cpu() -> Self {
        Self { device: Device::Cpu }
    }

    /// The tensor library's handle.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// What a person calls it: "CPU, 2 threads".
    pub fn describe(&self) -> String {
        match self.device.location() {
            candle_core::DeviceLocation::Cpu => match rayon::current_num_threads() {
                1 => "CPU, 1 thread".to_owned(),
                threads => format!("CPU, {threads} threads"),
            },
            candle_core::DeviceLocation::Cuda { gpu_id } => format!("CUDA device {gpu_id}"),
            candle_core::DeviceLocation::Metal { gpu_id } => format!("Metal device {gpu_id}"),
        }
    }
}

fn best() -> Device {
    let cuda = candle_core::utils::cuda_is_available().then(|| Device::new_cuda(0).ok()).flatten();
    let metal = || candle_core::utils::metal_is_available().then(|| Device::new_metal(0).ok()).flatten();
    cuda.or_else(metal).unwrap_or(Device::Cpu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_name_no_device_are_refused_with_the_words_that_do() {
        for word in ["gpu", "cuda:", "cuda:x", "cuda:-1", ""] {
            let said = Compute::parse(word).expect_err(word).to_string();
            assert!(said.contains("auto, cpu, cuda:N"), "{said}");
        }
        assert!(Compute::parse(" CPU ").expect("cpu").describe().starts_with("CPU, "));
    }
}
