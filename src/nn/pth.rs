//! PyTorch's own weight files, read without executing anything in them: the zip archives of `torch.save` since 1.6 and
//! the row of pickles before that, in which torchvision's DenseNet still is.
//!
//! The layout of the older form is that of `torch/serialization.py`, `_legacy_save`: magic number, protocol, system
//! facts, the object, the names of its storages, then each storage as its length and its numbers.

use super::error::first_line;
use super::weights::WeightsError;
use candle_core::pickle::{Object, PthTensors, Stack, TensorInfo};
use candle_core::{DType, Device, Tensor};
use std::collections::HashMap;
use std::path::Path;

/// `torch.serialization.MAGIC_NUMBER` as protocol 2 pickles it.
const MAGIC: [u8; 15] = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];
const ZIP: &[u8] = b"PK\x03\x04";
/// Under which of its keys a checkpoint may hold the weights.
const INSIDE: [&str; 4] = ["state_dict", "model_state_dict", "model", "net"];
const SAVE_AGAIN: &str = "in Python, `torch.save(model.state_dict(), file)` writes one that can be read";

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
enum Fault {
    Cut,
    Foreign(String),
}

impl From<candle_core::Error> for Fault {
    fn from(error: candle_core::Error) -> Self {
        match error {
            candle_core::Error::Io(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => Self::Cut,
            other => Self::Foreign(first_line(&other)),
        }
    }
}

/// Reads all tensors by the names torchvision uses today.
pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    form: Form,
    device: &Device,
) -> Result<HashMap<String, Tensor>, WeightsError> {
    let read = || match form {
        Form::Zip => zipped(path, bytes),
        Form::Pickles => pickled(bytes),
        Form::Tar if tar_is_cut(bytes) => Err(Fault::Cut),
        Form::Tar => Err(Fault::Foreign(format!("PyTorch wrote it before 2017, in a form that is gone: {SAVE_AGAIN}"))),
    };
    // The library's reader trusts what a pickle says of its own shape; damage there must not end the program.
    let found = std::panic::catch_unwind(read)
        .unwrap_or_else(|_| Err(Fault::Foreign("its list of tensors is damaged: copy or download it again".into())));
    let tensors = found.map_err(|fault| match fault {
        Fault::Cut => WeightsError::Cut { path: path.to_owned() },
        Fault::Foreign(why) => WeightsError::Foreign { path: path.to_owned(), why },
    })?;
    let moved = tensors.into_iter().map(|(name, tensor)| Ok((name, tensor.to_device(device)?)));
    let moved: HashMap<String, Tensor> = moved
        .collect::<candle_core::Result<_>>()
        .map_err(|source| WeightsError::Tensor { path: path.to_owned(), source })?;
    Ok(renamed(moved))
}

fn zipped(path: &Path, bytes: &[u8]) -> Result<HashMap<String, Tensor>, Fault> {
    // The directory of a zip archive is its end, and its last record is 22 bytes long.
    let tail = bytes.get(bytes.len().saturating_sub(1 << 16)..).unwrap_or_default();
    let end = tail.windows(4).rposition(|four| four == b"PK\x05\x06");
    if end.is_none_or(|at| tail.len() < at + 22) {
        return Err(Fault::Cut);
    }
    for key in std::iter::once(None).chain(INSIDE.map(Some)) {
        let Ok(file) = PthTensors::new(path, key) else {
            // Without a key the file must be readable; a key may simply not be there.
            if key.is_none() {
                PthTensors::new(path, None)?;
            }
            continue;
        };
        let mut tensors = HashMap::new();
        for (name, info) in file.tensor_infos() {
            check_size(info, bytes.len())?;
            if let Some(tensor) = file.get(name)? {
                tensors.insert(name.clone(), tensor);
            }
        }
        if !tensors.is_empty() {
            return Ok(tensors);
        }
    }
    Err(no_tensors())
}

fn no_tensors() -> Fault {
    Fault::Foreign(format!("it holds no weights by name but another Python object: {SAVE_AGAIN}"))
}

/// A damaged shape must not ask for more memory than the file can fill.
fn check_size(info: &TensorInfo, file: usize) -> Result<(), Fault> {
    let numbers = info.layout.dims().iter().try_fold(info.dtype.size_in_bytes(), |all, side| all.checked_mul(*side));
    match numbers {
        Some(bytes) if bytes <= file => Ok(()),
        _ => Err(Fault::Foreign(format!("{} is said to be {:?}, larger than the file", info.name, info.layout.dims()))),
    }
}

fn pickled(bytes: &[u8]) -> Result<HashMap<String, Tensor>, Fault> {
    let mut rest = bytes.get(MAGIC.len()..).ok_or(Fault::Cut)?;
    let _protocol = pickle(&mut rest)?;
    let _system = pickle(&mut rest)?;
    let object = pickle(&mut rest)?;
    let Object::List(keys) = pickle(&mut rest)? else {
        return Err(Fault::Foreign("its list of storages is damaged: copy or download it again".into()));
    };
    let infos = infos(object)?;
    let mut types: HashMap<&str, DType> = HashMap::new();
    for info in &infos {
        types.insert(storage(info), info.dtype);
    }
    let mut storages: HashMap<String, &[u8]> = HashMap::new();
    for key in keys {
        let key = key.unicode().map_err(|_| Fault::Foreign("a storage has no name".into()))?;
        let dtype = types.get(key.as_str()).ok_or_else(|| Fault::Foreign(format!("nothing uses its storage {key}")))?;
        let (length, after) = rest.split_first_chunk::<8>().ok_or(Fault::Cut)?;
        let length =
            usize::try_from(i64::from_le_bytes(*length)).ok().and_then(|n| n.checked_mul(dtype.size_in_bytes()));
        let length = length.ok_or_else(|| Fault::Foreign("a storage has no length".into()))?;
        let (numbers, after) = after.split_at_checked(length).ok_or(Fault::Cut)?;
        storages.insert(key, numbers);
        rest = after;
    }
    let mut tensors = HashMap::with_capacity(infos.len());
    for info in &infos {
        check_size(info, bytes.len())?;
        if !info.layout.is_contiguous() {
            return Err(Fault::Foreign(format!("{} is not stored row by row: {SAVE_AGAIN}", info.name)));
        }
        let begin = info.layout.start_offset();
        let end = begin.saturating_add(info.layout.shape().elem_count() * info.dtype.size_in_bytes());
        let numbers = storages.get(storage(info)).and_then(|all| all.get(begin..end));
        let numbers = numbers.ok_or_else(|| Fault::Foreign(format!("{} lies outside its storage", info.name)))?;
        let tensor = Tensor::from_raw_buffer(numbers, info.dtype, info.layout.dims(), &Device::Cpu)?;
        tensors.insert(info.name.clone(), tensor);
    }
    if tensors.is_empty() { Err(no_tensors()) } else { Ok(tensors) }
}

/// One pickle off the front.
fn pickle(rest: &mut &[u8]) -> Result<Object, Fault> {
    let mut stack = Stack::empty();
    match stack.read_loop(rest) {
        Ok(()) => Ok(stack.finalize()?),
        Err(_) if rest.is_empty() => Err(Fault::Cut),
        Err(error) => Err(Fault::Foreign(format!("{}: {SAVE_AGAIN}", first_line(&error)))),
    }
}

/// The tensors of a state dictionary, which may be one of a checkpoint's entries.
fn infos(object: Object) -> Result<Vec<TensorInfo>, Fault> {
    let Object::Dict(entries) = object else { return Err(no_tensors()) };
    let (mut found, mut inside) = (Vec::new(), None);
    for (name, value) in entries {
        if let (Object::Unicode(key), Object::Dict(_)) = (&name, &value)
            && INSIDE.contains(&key.as_str())
        {
            inside = Some(value);
            continue;
        }
        if let Some(info) = today(value).into_tensor_info(name, Path::new(""))? {
            found.push(info);
        }
    }
    match inside {
        Some(inside) if found.is_empty() => infos(inside),
        _ => Ok(found),
    }
}

/// `_rebuild_tensor`, used before PyTorch 0.4, is `_rebuild_tensor_v2` without its last two arguments, which nobody reads.
fn today(value: Object) -> Object {
    let Object::Reduce { mut callable, args } = value else { return value };
    if let Object::Class { module_name, class_name } = &mut *callable
        && module_name == "torch._utils"
        && class_name == "_rebuild_tensor"
    {
        class_name.push_str("_v2");
    }
    Object::Reduce { callable, args }
}

/// The name of a tensor's storage: what follows the slash after the empty folder's name.
fn storage(info: &TensorInfo) -> &str {
    info.path.strip_prefix('/').unwrap_or(&info.path)
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
mod tests {
    use super::super::weights::read;
    use super::*;
    use std::path::PathBuf;

    /// What `tests/reference/weight_files.py` wrote, with torch's own reading of it.
    fn expected(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/expected/weight_files").join(name)
    }

    #[track_caller]
    fn check(name: &str) {
        let (tensors, notes) = read(&expected(name), &Device::Cpu).unwrap();
        assert!(notes.is_empty());
        let mut names: Vec<&str> = tensors.keys().map(String::as_str).collect();
        names.sort_unstable();
        let told = [
            "features.denseblock1.denselayer1.conv2.weight",
            "features.denseblock1.denselayer1.norm1.weight",
            "features.norm5.num_batches_tracked",
            "half",
            "tail",
        ];
        assert_eq!(names, told, "{name}");
        let floats = |name: &str| tensors[name].flatten_all().unwrap().to_dtype(DType::F32).unwrap().to_vec1::<f32>();
        assert_eq!(tensors[told[0]].dims(), [2, 1, 2, 3]);
        assert_eq!(floats(told[0]).unwrap(), (0..12).map(|i| i as f32 * 0.5 - 3.0).collect::<Vec<_>>());
        assert_eq!(floats(told[1]).unwrap(), [0.25, -7.0]);
        assert_eq!(tensors[told[2]].to_vec0::<i64>().unwrap(), 41);
        assert_eq!(floats("half").unwrap(), [1.5, -0.125]);
        // A view from the middle of a storage.
        assert_eq!(floats("tail").unwrap(), [3.0, 4.0, 5.0]);
    }

    #[test]
    fn files_of_every_form_are_read_as_torch_reads_them() {
        for name in ["zip.pth", "pickles.pth", "checkpoint.pth", "parallel.pth", "checkpoint_pickles.pth"] {
            check(name);
        }
    }

    #[test]
    fn every_cut_is_called_a_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.pth");
        for name in ["zip.pth", "pickles.pth"] {
            let whole = std::fs::read(expected(name)).unwrap();
            for length in (16..whole.len()).step_by(7) {
                std::fs::write(&path, &whole[..length]).unwrap();
                let error = read(&path, &Device::Cpu).unwrap_err();
                assert!(matches!(error, WeightsError::Cut { .. }), "{name} at {length}: {error}");
            }
        }
    }

    #[test]
    fn damage_gets_a_sentence_and_never_ends_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.pth");
        let whole = std::fs::read(expected("pickles.pth")).unwrap();
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        for at in (15..whole.len()).step_by(3) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x15;
            std::fs::write(&path, &damaged).unwrap();
            if let Err(error) = read(&path, &Device::Cpu) {
                assert!(error.to_string().contains("damaged.pth"), "{error}");
            }
        }
        std::panic::set_hook(hook);
    }

    #[test]
    fn other_python_objects_and_old_archives_are_told_apart() {
        let error = read(&expected("object.pth"), &Device::Cpu).unwrap_err().to_string();
        assert!(error.contains("no weights by name") && error.contains("state_dict"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.pth");
        let mut tar = vec![0u8; 2048];
        tar[257..262].copy_from_slice(b"ustar");
        tar[124..136].copy_from_slice(b"00000000012\0");
        std::fs::write(&path, &tar).unwrap();
        let error = read(&path, &Device::Cpu).unwrap_err().to_string();
        assert!(error.contains("before 2017"), "{error}");
        std::fs::write(&path, &tar[..1000]).unwrap();
        assert!(matches!(read(&path, &Device::Cpu), Err(WeightsError::Cut { .. })));
    }

    #[test]
    fn the_truncated_downloads_at_hand_are_called_cut() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/weights/broken");
        let Ok(files) = std::fs::read_dir(&folder) else {
            assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "{} is not there", folder.display());
            return println!("skipped: {} is not there", folder.display());
        };
        for file in files {
            let path = file.unwrap().path();
            let error = read(&path, &Device::Cpu).unwrap_err();
            assert!(matches!(error, WeightsError::Cut { .. }), "{error}");
        }
    }
}
