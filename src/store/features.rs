//! Features of images under a model, kept below `cache/features/`: one file a model, `model-ID.f16`, made again when it is gone.
//!
//! The file, whose numbers are little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `OVRFEAT1` |
//! | 32 | SHA-256 of the model's weight file |
//! | 4 | features of an image, d, as u32 |
//! | 4 | images, n, as u32 |
//! | 36 n | for each image the SHA-256 of its file, and the frame in that file as u32 |
//! | 2 n d | image after image its features as IEEE 754 half floats |
//! | 32 | SHA-256 of all before |
//!
//! It is read into memory whole, not mapped: mapped files can change under the program, which safe Rust does not allow. 100,000
//! images of 512 features are 106 MB.

use super::caches::write_atomically;
use super::error::{IoContext, StoreError};
use crate::domain::ModelId;
use half::f16;
use half::slice::HalfFloatSliceExt;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"OVRFEAT1";
const HEAD: usize = 48;
const KEY: usize = 36;
const SUM: usize = 32;
/// The largest number that a half float holds.
const LARGEST: f32 = 65_504.0;

/// What an image is told by: the SHA-256 of its file, and the frame in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FeatureKey {
    sha256: [u8; 32],
    frame: u32,
}

impl FeatureKey {
    /// Of 64 hexadecimal digits; `None` where it is no such hash.
    pub fn of(sha256: &str, frame: u32) -> Option<Self> {
        Some(Self { sha256: from_hex(sha256)?, frame })
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0u8; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// Features of images under one model.
#[derive(Clone, Debug, Default)]
pub struct Features {
    width: usize,
    keys: Vec<FeatureKey>,
    /// Image after image.
    values: Vec<f16>,
    at: HashMap<FeatureKey, usize>,
}

impl Features {
    /// Features of an image; 0 where there are none yet.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Images.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether those of an image are there.
    pub fn has(&self, key: &FeatureKey) -> bool {
        self.at.contains_key(key)
    }

    /// Takes those of an image in. Those that are no numbers, or of another length than the first, are left out; whether they
    /// were taken.
    pub fn put(&mut self, key: FeatureKey, features: &[f32]) -> bool {
        let fits = self.keys.is_empty() || features.len() == self.width;
        if !fits || features.is_empty() || self.has(&key) || features.iter().any(|value| value.is_nan()) {
            return false;
        }
        self.width = features.len();
        self.values.extend(features.iter().map(|value| f16::from_f32(value.clamp(-LARGEST, LARGEST))));
        self.at.insert(key, self.keys.len());
        self.keys.push(key);
        true
    }

    /// Writes those of an image to `to`, which has the length of [`Self::width`]; whether they are there.
    pub fn read(&self, key: &FeatureKey, to: &mut [f32]) -> bool {
        let values = self.at.get(key).and_then(|at| self.values.get(at * self.width..(at + 1) * self.width));
        match values.filter(|values| values.len() == to.len()) {
            Some(values) => values.convert_to_f32_slice(to),
            None => return false,
        }
        true
    }

    fn bytes(&self, model_sha256: &[u8; 32]) -> Option<Vec<u8>> {
        let (width, count) = (u32::try_from(self.width).ok()?, u32::try_from(self.keys.len()).ok()?);
        let mut bytes = Vec::with_capacity(HEAD + self.keys.len() * KEY + self.values.len() * 2 + SUM);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(model_sha256);
        bytes.extend_from_slice(&width.to_le_bytes());
        bytes.extend_from_slice(&count.to_le_bytes());
        for key in &self.keys {
            bytes.extend_from_slice(&key.sha256);
            bytes.extend_from_slice(&key.frame.to_le_bytes());
        }
        bytes.extend(self.values.iter().flat_map(|value| value.to_le_bytes()));
        let sum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&sum);
        Some(bytes)
    }

    /// `None` where the bytes are no such file, of another model, or damaged.
    fn of_bytes(bytes: &[u8], model_sha256: &[u8; 32]) -> Option<Self> {
        let (content, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM)?)?;
        let rest = content.strip_prefix(MAGIC)?.strip_prefix(model_sha256)?;
        let number = |at: usize| Some(u32::from_le_bytes(rest.get(at..at + 4)?.try_into().ok()?));
        let (width, count) = (number(0)? as usize, number(4)? as usize);
        let (keys, values) = rest.get(8..)?.split_at_checked(count.checked_mul(KEY)?)?;
        if values.len() != count.checked_mul(width)?.checked_mul(2)? || Sha256::digest(content).as_slice() != sum {
            return None;
        }
        let key = |bytes: &[u8]| {
            let (sha256, frame) = bytes.split_at_checked(32)?;
            Some(FeatureKey { sha256: sha256.try_into().ok()?, frame: u32::from_le_bytes(frame.try_into().ok()?) })
        };
        let keys: Vec<FeatureKey> = keys.chunks_exact(KEY).filter_map(key).collect();
        let values = values.as_chunks().0.iter().map(|pair| f16::from_le_bytes(*pair)).collect();
        let at = keys.iter().enumerate().map(|(at, key)| (*key, at)).collect();
        Some(Self { width, keys, values, at })
    }
}

/// The files of features. Cheap to clone and needs no store, so that a job can read and write them.
#[derive(Clone, Debug)]
pub struct FeatureFiles {
    dir: PathBuf,
}

impl FeatureFiles {
    /// Those below a folder that need not exist yet.
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Those kept of a model with this SHA-256 of its weights (64 hexadecimal digits); none where there are none, where they
    /// are of other weights, or damaged.
    pub fn read(&self, model: ModelId, model_sha256: &str) -> Features {
        let Ok(bytes) = std::fs::read(self.file(model)) else { return Features::default() };
        let read = from_hex(model_sha256).and_then(|sha256| Features::of_bytes(&bytes, &sha256));
        read.unwrap_or_else(|| {
            tracing::info!(%model, "features that were kept are damaged or of other weights: they are made again");
            Features::default()
        })
    }

    /// Keeps those of a model, whole or not at all.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, model: ModelId, model_sha256: &str, features: &Features) -> Result<(), StoreError> {
        let refused = || StoreError::Refused("these features cannot be kept: they are too many".to_owned());
        let sha256 = from_hex(model_sha256).ok_or_else(refused)?;
        let bytes = features.bytes(&sha256).ok_or_else(refused)?;
        std::fs::create_dir_all(&self.dir).on(&self.dir)?;
        write_atomically(&self.file(model), &bytes)
    }

    /// Throws those of a model away.
    ///
    /// # Errors
    /// Where the file cannot be deleted.
    pub fn remove(&self, model: ModelId) -> Result<(), StoreError> {
        gone(std::fs::remove_file(self.file(model)), &self.file(model))
    }

    /// Throws all of them away.
    ///
    /// # Errors
    /// Where a file cannot be deleted.
    pub fn clear(&self) -> Result<(), StoreError> {
        gone(std::fs::remove_dir_all(&self.dir), &self.dir)
    }

    fn file(&self, model: ModelId) -> PathBuf {
        self.dir.join(format!("model-{model}.f16"))
    }
}

/// What is not there need not be deleted.
fn gone(deleted: std::io::Result<()>, path: &Path) -> Result<(), StoreError> {
    match deleted {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).on(path),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, frame: u32) -> FeatureKey {
        FeatureKey::of(&crate::files::hash::sha256_hex(name.as_bytes()), frame).unwrap()
    }

    #[test]
    fn features_come_back_for_the_same_image_frame_and_weights_alone() {
        let dir = tempfile::tempdir().unwrap();
        let files = FeatureFiles::at(dir.path().join("features"));
        let (model, sha256) = (ModelId(3), crate::files::hash::sha256_hex(b"weights"));
        assert!(files.read(model, &sha256).is_empty());
        let mut features = Features::default();
        assert!(features.put(key("a", 0), &[0.5, -2.0, 1e9]));
        assert!(features.put(key("a", 1), &[1.0, 0.1, 0.0]));
        assert!(!features.put(key("a", 1), &[9.0; 3]), "it is there");
        assert!(!features.put(key("b", 0), &[1.0; 2]), "another network's");
        assert!(!features.put(key("b", 0), &[f32::NAN; 3]));
        files.write(model, &sha256, &features).unwrap();

        let back = files.read(model, &sha256);
        assert_eq!((back.len(), back.width()), (2, 3));
        let mut row = [0.0; 3];
        assert!(back.read(&key("a", 0), &mut row));
        assert_eq!(row, [0.5, -2.0, 65_504.0]);
        assert!(back.read(&key("a", 1), &mut row) && (row[1] - 0.1).abs() < 1e-4);
        assert!(!back.read(&key("a", 2), &mut row) && !back.read(&key("b", 0), &mut row));
        assert!(!back.read(&key("a", 0), &mut [0.0; 2]));
        assert!(files.read(model, &crate::files::hash::sha256_hex(b"other weights")).is_empty());
        assert!(files.read(ModelId(4), &sha256).is_empty());
        let bytes = std::fs::metadata(dir.path().join("features/model-3.f16")).unwrap().len();
        assert_eq!(bytes, 48 + 2 * 36 + 2 * 3 * 2 + 32, "as the head of this file says");
        files.remove(model).unwrap();
        files.remove(model).unwrap();
        assert!(files.read(model, &sha256).is_empty());
        files.clear().unwrap();
    }

    #[test]
    fn a_damaged_file_is_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let files = FeatureFiles::at(dir.path().to_owned());
        let (model, sha256) = (ModelId(1), crate::files::hash::sha256_hex(b"weights"));
        let mut features = Features::default();
        features.put(key("a", 0), &[1.0, 2.0]);
        files.write(model, &sha256, &features).unwrap();
        let path = dir.path().join("model-1.f16");
        let whole = std::fs::read(&path).unwrap();
        for cut in [0, 5, 47, 48, 60, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(files.read(model, &sha256).is_empty(), "cut at {cut}");
        }
        let mut turned = whole.clone();
        turned[48 + 36] ^= 1;
        std::fs::write(&path, &turned).unwrap();
        assert!(files.read(model, &sha256).is_empty(), "a bit turned");
        let mut huge = whole;
        huge[44..48].copy_from_slice(&[255; 4]);
        std::fs::write(&path, &huge).unwrap();
        assert!(files.read(model, &sha256).is_empty(), "more images than there are bytes");
    }
}
