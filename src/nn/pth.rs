//! PyTorch's own weight files, read without executing anything in them: the zip archives of `torch.save` since 1.6 and
//! the row of pickles before that, in which torchvision's DenseNet still is.
//!
//! The layout of the older form is that of `torch/serialization.py`, `_legacy_save`: magic number, protocol, system
//! facts, the object, the names of its storages, then each storage as its length and its numbers.

use super::archive::{Archive, ArchiveFault};
use super::checkpoint::{Group, Number, Place, groups, storages, weights};
use super::pickle::{Pickle, PickleFault, Value};
use super::weights::WeightsError;
use candle_core::{DType, Device, Tensor};
use std::collections::HashMap;
use std::path::Path;

/// `torch.serialization.MAGIC_NUMBER` as protocol 2 pickles it.
const MAGIC: [u8; 15] = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];
const ZIP: &[u8] = b"PK\x03\x04";
const SAVE_AGAIN: &str = "in Python, `torch.save(model.state_dict(), file)` writes one that can be read";
const DAMAGED: &str = "its list of tensors is damaged: copy or download it again";

/// The forms a PyTorch file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Zip,
    Pickles,
    Tar,
}

/// Which of them these are the first bytes of.
pub(super) fn form(bytes: &[u8]) -> Option<Form> {
    if bytes.starts_with(ZIP) {
        Some(Form::Zip)
    } else if bytes.starts_with(&MAGIC) {
        Some(Form::Pickles)
    } else if bytes.get(257..262) == Some(b"ustar") {
        Some(Form::Tar)
    } else {
        None
    }
}

/// What is wrong with a file, before it is said of a path.
#[derive(Debug)]
enum Fault {
    Cut,
    Foreign(String),
}

impl From<PickleFault> for Fault {
    fn from(fault: PickleFault) -> Self {
        match fault {
            PickleFault::Cut => Self::Cut,
            PickleFault::Bad(why) => Self::Foreign(format!("{why}: {SAVE_AGAIN}")),
        }
    }
}

impl From<ArchiveFault> for Fault {
    fn from(fault: ArchiveFault) -> Self {
        match fault {
            ArchiveFault::Cut => Self::Cut,
            ArchiveFault::Damaged => Self::Foreign("its archive is damaged: copy or download it again".into()),
            ArchiveFault::Packed => {
                Self::Foreign(format!("its archive is packed, as PyTorch does not do: {SAVE_AGAIN}"))
            }
        }
    }
}

impl From<candle_core::Error> for Fault {
    fn from(error: candle_core::Error) -> Self {
        Self::Foreign(super::error::first_line(&error))
    }
}

/// What a file holds.
pub(super) struct Found {
    pub(super) tensors: HashMap<String, Tensor>,
    /// The key that leads to them; empty where they are the file's own.
    pub(super) taken: String,
    /// Keys that lead to other dictionaries of tensors as large.
    pub(super) others: Vec<String>,
}

/// Reads the weights, or the tensors under `key`, by the names torchvision uses today.
pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    form: Form,
    key: Option<&str>,
    device: &Device,
) -> Result<Found, WeightsError> {
    let found = match form {
        Form::Zip => zipped(bytes, key),
        Form::Pickles => pickled(bytes, key),
        Form::Tar if tar_is_cut(bytes) => Err(Fault::Cut),
        Form::Tar => Err(Fault::Foreign(format!("PyTorch wrote it before 2017, in a form that is gone: {SAVE_AGAIN}"))),
    };
    let found = found.map_err(|fault| match fault {
        Fault::Cut => WeightsError::Cut { path: path.to_owned() },
        Fault::Foreign(why) => WeightsError::Foreign { path: path.to_owned(), why },
    })?;
    let moved = found.tensors.into_iter().map(|(name, tensor)| Ok((name, tensor.to_device(device)?)));
    let moved: HashMap<String, Tensor> = moved
        .collect::<candle_core::Result<_>>()
        .map_err(|source| WeightsError::Tensor { path: path.to_owned(), source })?;
    Ok(Found { tensors: renamed(moved), ..found })
}

fn zipped(bytes: &[u8], key: Option<&str>) -> Result<Found, Fault> {
    let archive = Archive::read(bytes)?;
    let Some(folder) = archive.names().find_map(|name| name.strip_suffix("data.pkl")).map(str::to_owned) else {
        return Err(Fault::Foreign("it is an archive, but none that PyTorch wrote".into()));
    };
    let entry = |name: &str| archive.entry(&format!("{folder}{name}"));
    if entry("byteorder")?.is_some_and(|order| order == b"big") {
        return Err(Fault::Foreign(format!("a computer with another order of bytes wrote it: {SAVE_AGAIN}")));
    }
    let pickle = Pickle::read(&mut entry("data.pkl")?.unwrap_or_default())?;
    let chosen = Chosen::of(&pickle, key)?;
    let mut tensors = HashMap::with_capacity(chosen.group.tensors.len());
    for place in &chosen.group.tensors {
        let numbers = entry(&format!("data/{}", place.storage))?.ok_or_else(|| Fault::Foreign(DAMAGED.into()))?;
        tensors.insert(place.name.clone(), tensor(place, numbers, bytes.len())?);
    }
    Ok(chosen.found(tensors))
}

/// The dictionary that is read.
struct Chosen {
    group: Group,
    others: Vec<String>,
}

impl Chosen {
    fn of(pickle: &Pickle, key: Option<&str>) -> Result<Self, Fault> {
        let mut all = groups(pickle);
        let at = match key {
            None => weights(&all).ok_or_else(|| no_tensors(pickle))?,
            Some(key) => all.iter().position(|group| group.path == key).ok_or_else(|| {
                let keys: Vec<&str> = all.iter().map(|group| group.path.as_str()).filter(|k| !k.is_empty()).collect();
                Fault::Foreign(match keys.as_slice() {
                    [] => format!("it has no tensors under {key:?}"),
                    keys => format!("it has no tensors under {key:?}, but under {}", keys.join(", ")),
                })
            })?,
        };
        let group = all.remove(at);
        all.retain(|other| 2 * other.tensors.len() >= group.tensors.len() && !other.path.starts_with("optim"));
        let others = all.into_iter().map(|group| group.path).filter(|path| !path.is_empty()).collect();
        Ok(Self { group, others })
    }

    fn found(self, tensors: HashMap<String, Tensor>) -> Found {
        Found { tensors, taken: self.group.path, others: self.others }
    }
}

/// Why there is nothing by name: a whole model, or something else.
fn no_tensors(pickle: &Pickle) -> Fault {
    let class = match pickle.value(pickle.root) {
        Value::Made { what, .. } => match pickle.value(*what) {
            Value::Global(module, name) => Some(format!("{module}.{name}")),
            _ => None,
        },
        _ => None,
    };
    let what = class.map_or("another Python object".to_owned(), |class| format!("a whole Python object, {class}"));
    Fault::Foreign(format!("it holds no weights by name but {what}: {SAVE_AGAIN}"))
}

fn pickled(bytes: &[u8], key: Option<&str>) -> Result<Found, Fault> {
    let mut rest = bytes.get(MAGIC.len()..).ok_or(Fault::Cut)?;
    let _protocol = Pickle::read(&mut rest)?;
    let _system = Pickle::read(&mut rest)?;
    let object = Pickle::read(&mut rest)?;
    let listed = Pickle::read(&mut rest)?;
    let Value::List(keys) = listed.value(listed.root) else { return Err(Fault::Foreign(DAMAGED.into())) };
    let chosen = Chosen::of(&object, key)?;
    // An optimizer's storages lie between those of the weights.
    let kinds = storages(&object);
    let mut storages: HashMap<&str, &[u8]> = HashMap::new();
    for key in keys {
        let key = listed.text(*key).ok_or_else(|| Fault::Foreign("a storage has no name".into()))?;
        let number = kinds.get(key).ok_or_else(|| Fault::Foreign(format!("nothing uses its storage {key}")))?;
        let (length, after) = rest.split_first_chunk::<8>().ok_or(Fault::Cut)?;
        let length = usize::try_from(i64::from_le_bytes(*length)).ok().and_then(|n| n.checked_mul(number.bytes()));
        let length = length.ok_or_else(|| Fault::Foreign("a storage has no length".into()))?;
        let (numbers, after) = after.split_at_checked(length).ok_or(Fault::Cut)?;
        storages.insert(key, numbers);
        rest = after;
    }
    let mut tensors = HashMap::with_capacity(chosen.group.tensors.len());
    for place in &chosen.group.tensors {
        let numbers = storages.get(place.storage.as_str()).copied();
        let numbers = numbers.ok_or_else(|| Fault::Foreign(format!("{} lies outside its storage", place.name)))?;
        tensors.insert(place.name.clone(), tensor(place, numbers, bytes.len())?);
    }
    Ok(chosen.found(tensors))
}

/// The tensor at a place of its storage, its numbers row by row however they are stored.
fn tensor(place: &Place, numbers: &[u8], file: usize) -> Result<Tensor, Fault> {
    let size = place.number.bytes();
    // A damaged shape must not ask for more memory than the file can fill.
    let count = place.shape.iter().try_fold(1usize, |all, side| all.checked_mul(*side));
    let Some(count) = count.filter(|count| count.checked_mul(size).is_some_and(|bytes| bytes <= file)) else {
        let why = format!("{} is said to be {:?}, larger than the file", place.name, place.shape);
        return Err(Fault::Foreign(why));
    };
    let outside = || Fault::Foreign(format!("{} lies outside its storage", place.name));
    let mut bytes = Vec::with_capacity(count * size);
    if place.is_row_by_row() {
        let begin = place.offset.checked_mul(size).ok_or_else(outside)?;
        bytes.extend_from_slice(numbers.get(begin..begin.saturating_add(count * size)).ok_or_else(outside)?);
    } else {
        let mut at = vec![0usize; place.shape.len()];
        for _ in 0..count {
            let mut steps = at.iter().zip(&place.strides);
            let number = steps.try_fold(place.offset, |sum, (at, step)| sum.checked_add(at.checked_mul(*step)?));
            let begin = number.and_then(|number| number.checked_mul(size)).ok_or_else(outside)?;
            bytes.extend_from_slice(numbers.get(begin..begin.saturating_add(size)).ok_or_else(outside)?);
            for (at, side) in at.iter_mut().zip(&place.shape).rev() {
                *at += 1;
                if *at < *side {
                    break;
                }
                *at = 0;
            }
        }
    }
    let shape = place.shape.as_slice();
    let whole = |values: Vec<i64>| Tensor::from_vec(values, shape, &Device::Cpu);
    let raw = |dtype: DType| Tensor::from_raw_buffer(&bytes, dtype, shape, &Device::Cpu);
    Ok(match place.number {
        Number::F64 => raw(DType::F64)?,
        Number::F32 => raw(DType::F32)?,
        Number::F16 => raw(DType::F16)?,
        Number::Bf16 => raw(DType::BF16)?,
        Number::I64 => raw(DType::I64)?,
        Number::U8 | Number::Bool => raw(DType::U8)?,
        // These have no place in a network; their value is kept, not their form.
        Number::I32 => whole(bytes.as_chunks().0.iter().map(|b| i64::from(i32::from_le_bytes(*b))).collect())?,
        Number::I16 => whole(bytes.as_chunks().0.iter().map(|b| i64::from(i16::from_le_bytes(*b))).collect())?,
        Number::I8 => whole(bytes.iter().map(|b| i64::from(*b as i8)).collect())?,
    })
}

impl Place {
    /// Whether its numbers lie one after the other in the order of its sides.
    fn is_row_by_row(&self) -> bool {
        let mut step = 1usize;
        self.shape.iter().zip(&self.strides).rev().all(|(side, stride)| {
            let fits = *side == 1 || *stride == step;
            step = step.saturating_mul(*side);
            fits
        })
    }
}

/// Whether an entry of a tar archive runs past the end.
fn tar_is_cut(bytes: &[u8]) -> bool {
    let mut at = 0usize;
    while let Some(header) = bytes.get(at..at + 512) {
        if header.iter().all(|b| *b == 0) {
            return false;
        }
        let size = header.get(124..136).unwrap_or_default();
        let digits: String = size.iter().map(|b| char::from(*b)).filter(char::is_ascii_digit).collect();
        let Ok(size) = usize::from_str_radix(&digits, 8) else { return true };
        at = at.saturating_add(512).saturating_add(size.next_multiple_of(512));
    }
    true
}

/// The names torchvision uses today: without the prefix of `DataParallel`, and with the layers of older DenseNet files
/// (`denselayer1.norm.1.weight`) as `torchvision/models/densenet.py` renames them (`denselayer1.norm1.weight`).
fn renamed(tensors: HashMap<String, Tensor>) -> HashMap<String, Tensor> {
    let parallel = !tensors.is_empty() && tensors.keys().all(|name| name.starts_with("module."));
    let rename = |name: String| {
        let name = if parallel { name.trim_start_matches("module.").to_owned() } else { name };
        let Some(layer) = name.find(".denselayer") else { return name };
        let (block, layer) = name.split_at(layer);
        let mut layer = layer.to_owned();
        for kind in ["norm", "conv"] {
            for number in ["1", "2"] {
                layer = layer.replace(&format!(".{kind}.{number}."), &format!(".{kind}{number}."));
            }
        }
        format!("{block}{layer}")
    };
    tensors.into_iter().map(|(name, tensor)| (rename(name), tensor)).collect()
}

#[cfg(test)]
#[path = "pth_tests.rs"]
mod tests;
