//! Weight files: safetensors with metadata, written whole or not at all, the same bytes for the same content. PyTorch's
//! own files are read too.

use super::error::first_line;
use super::pth;
use candle_core::{DType, Device, Tensor};
use safetensors::{SafeTensorError, SafeTensors};
use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Tensors by name, and the file's own notes.
pub type Contents = (HashMap<String, Tensor>, HashMap<String, String>);

/// Why a weight file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The system said no.
    #[error("{path} cannot be {verb}: {source}")]
    Io {
        path: PathBuf,
        /// "read" or "written".
        verb: &'static str,
        source: std::io::Error,
    },
    /// The header promises more than there is.
    #[error("{path} is cut short: copy or download it again")]
    Cut { path: PathBuf },
    /// Something else than a weight file.
    #[error(
        "{path} is no weight file that can be used ({why}): choose a .safetensors or .pth file with torchvision's names"
    )]
    Foreign { path: PathBuf, why: String },
    /// The tensor library refused.
    #[error("the tensors for {path} cannot be used: {}", first_line(.source))]
    Tensor { path: PathBuf, source: candle_core::Error },
}

/// The number types we write; anything else has no place in a network or an optimizer.
fn type_name(dtype: DType) -> Option<&'static str> {
    match dtype {
        DType::F32 => Some("F32"),
        DType::F64 => Some("F64"),
        DType::I64 => Some("I64"),
        DType::U32 => Some("U32"),
        DType::U8 => Some("U8"),
        _ => None,
    }
}

/// Writes tensors and metadata beside `path`, syncs, and renames over it. Names are sorted, so the bytes depend on the
/// content only.
pub fn write(
    path: &Path,
    tensors: &[(String, Tensor)],
    metadata: &HashMap<String, String>,
) -> Result<(), WeightsError> {
    let io = |source| WeightsError::Io { path: path.to_owned(), verb: "written", source };
    let tensor = |source| WeightsError::Tensor { path: path.to_owned(), source };
    let sorted: BTreeMap<&str, &Tensor> = tensors.iter().map(|(name, t)| (name.as_str(), t)).collect();
    let header = header(&sorted, metadata).map_err(tensor)?;

    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    let mut out = std::io::BufWriter::with_capacity(1 << 20, file.as_file_mut());
    out.write_all(&(header.len() as u64).to_le_bytes()).map_err(io)?;
    out.write_all(header.as_bytes()).map_err(io)?;
    for t in sorted.values() {
        out.write_all(&little_endian(t).map_err(tensor)?).map_err(io)?;
    }
    out.flush().map_err(io)?;
    drop(out);
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|e| io(e.error))?;
    sync_folder(folder);
    Ok(())
}

/// Makes the rename itself durable where a folder can be opened (not on Windows, which needs no such thing).
fn sync_folder(folder: &Path) {
    if let Ok(handle) = std::fs::File::open(folder)
        && let Err(error) = handle.sync_all()
    {
        tracing::debug!(%error, "folder not synced after a rename");
    }
}

/// The JSON header, padded with spaces to a multiple of eight as the format's authors do.
fn header(tensors: &BTreeMap<&str, &Tensor>, metadata: &HashMap<String, String>) -> candle_core::Result<String> {
    let metadata: BTreeMap<&str, &str> = metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let text = |value: &str| serde_json::Value::from(value).to_string();
    let mut fields = Vec::with_capacity(tensors.len() + 1);
    if !metadata.is_empty() {
        let notes: Vec<String> = metadata.iter().map(|(k, v)| format!("{}:{}", text(k), text(v))).collect();
        fields.push(format!("\"__metadata__\":{{{}}}", notes.join(",")));
    }
    let mut offset = 0;
    for (name, tensor) in tensors {
        let Some(dtype) = type_name(tensor.dtype()) else {
            candle_core::bail!("{name} holds {:?} values, which weight files here do not", tensor.dtype());
        };
        let end = offset + tensor.elem_count() * tensor.dtype().size_in_bytes();
        fields.push(format!(
            "{}:{{\"dtype\":\"{dtype}\",\"shape\":{:?},\"data_offsets\":[{offset},{end}]}}",
            text(name),
            tensor.dims()
        ));
        offset = end;
    }
    let mut header = format!("{{{}}}", fields.join(","));
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    Ok(header)
}

fn little_endian(tensor: &Tensor) -> candle_core::Result<Vec<u8>> {
    fn bytes<T: candle_core::WithDType, const N: usize>(
        t: &Tensor,
        f: impl Fn(T) -> [u8; N],
    ) -> candle_core::Result<Vec<u8>> {
        Ok(t.to_vec1::<T>()?.into_iter().flat_map(f).collect())
    }
    let flat = tensor.flatten_all()?;
    match tensor.dtype() {
        DType::F32 => bytes(&flat, f32::to_le_bytes),
        DType::F64 => bytes(&flat, f64::to_le_bytes),
        DType::I64 => bytes(&flat, i64::to_le_bytes),
        DType::U32 => bytes(&flat, u32::to_le_bytes),
        DType::U8 => flat.to_vec1::<u8>(),
        other => candle_core::bail!("{other:?} values are not written"),
    }
}

/// What a weight file holds.
pub struct Checkpoint {
    pub tensors: HashMap<String, Tensor>,
    /// The file's own notes, of which PyTorch's files have none.
    pub metadata: HashMap<String, String>,
    /// The key of a PyTorch checkpoint under which they were; empty where they are the file's own.
    pub taken: String,
    /// Keys under which it has as many tensors again, such as averaged weights.
    pub others: Vec<String>,
}

/// Reads all tensors and the metadata, of which PyTorch's own files have none. Foreign and cut files are told apart by
/// what their header says.
pub fn read(path: &Path, device: &Device) -> Result<Contents, WeightsError> {
    read_under(path, None, device).map(|checkpoint| (checkpoint.tensors, checkpoint.metadata))
}

/// How PyTorch's exporter begins an ONNX file: the version of its format, 8, and then the name of a program.
const ONNX: &[u8] = &[0x08, 0x08, 0x12];

/// As [`read`], and tells where in a PyTorch checkpoint the weights were; with a key, the tensors under that one.
pub fn read_under(path: &Path, key: Option<&str>, device: &Device) -> Result<Checkpoint, WeightsError> {
    let bytes =
        std::fs::read(path).map_err(|source| WeightsError::Io { path: path.to_owned(), verb: "read", source })?;
    if let Some(form) = pth::form(&bytes) {
        let pth::Found { tensors, taken, others } = pth::read(path, &bytes, form, key, device)?;
        return Ok(Checkpoint { tensors, metadata: HashMap::new(), taken, others });
    }
    if let Some(key) = key {
        let why = format!("a safetensors file has no tensors under {key:?}");
        return Err(WeightsError::Foreign { path: path.to_owned(), why });
    }
    let file = SafeTensors::deserialize(&bytes).map_err(|error| sentence(path, &bytes, error))?;
    // The header was just read once; asking again is how the crate hands out the metadata.
    let metadata = SafeTensors::read_metadata(&bytes)
        .map_err(|error| sentence(path, &bytes, error))?
        .1
        .metadata()
        .clone()
        .unwrap_or_default();
    let mut tensors = HashMap::with_capacity(file.len());
    for (name, view) in file.tensors() {
        let tensor = DType::try_from(view.dtype())
            .and_then(|dtype| Tensor::from_raw_buffer(view.data(), dtype, view.shape(), device))
            .map_err(|source| WeightsError::Tensor { path: path.to_owned(), source })?;
        tensors.insert(name, tensor);
    }
    Ok(Checkpoint { tensors, metadata, taken: String::new(), others: Vec::new() })
}

/// How many numbers a safetensors file holds that training may change: all but the running statistics of batch norm.
/// Only the header is read.
pub fn count_parameters(path: &Path) -> Result<usize, WeightsError> {
    let io = |source| WeightsError::Io { path: path.to_owned(), verb: "read", source };
    let mut file = std::fs::File::open(path).map_err(io)?;
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(io)?;
    let mut header = Vec::new();
    file.take(u64::from_le_bytes(length)).read_to_end(&mut header).map_err(io)?;
    let foreign = |why: String| WeightsError::Foreign { path: path.to_owned(), why };
    let header: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&header).map_err(|_| foreign("its header is not JSON".to_owned()))?;
    let statistics = ["running_mean", "running_var", "num_batches_tracked"];
    let trained = header.iter().filter(|(name, _)| !statistics.iter().any(|s| name.ends_with(s)));
    let sides = trained.filter_map(|(_, tensor)| tensor.get("shape")?.as_array());
    Ok(sides.map(|sides| sides.iter().filter_map(|n| n.as_u64()).product::<u64>() as usize).sum())
}

fn sentence(path: &Path, bytes: &[u8], error: SafeTensorError) -> WeightsError {
    let path = path.to_owned();
    let foreign = |why: &str| WeightsError::Foreign { path: path.clone(), why: why.to_owned() };
    let named_onnx = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("onnx"));
    match error {
        _ if named_onnx || bytes.starts_with(ONNX) => foreign(
            "it is an ONNX file, which Overread writes and does not read: take the weights that it was made from (.pth, .pt or \
             .safetensors)",
        ),
        SafeTensorError::HeaderTooSmall if bytes.is_empty() => foreign("it is empty"),
        SafeTensorError::HeaderTooSmall => foreign("it has less than 8 bytes"),
        SafeTensorError::HeaderTooLarge => foreign("its first bytes are no header length"),
        // A header that runs past the end is a cut file if it at least begins as one.
        SafeTensorError::InvalidHeaderLength if bytes.get(8) == Some(&b'{') => WeightsError::Cut { path },
        SafeTensorError::InvalidHeaderLength => foreign("its first bytes are no header length"),
        SafeTensorError::MetadataIncompleteBuffer => WeightsError::Cut { path },
        SafeTensorError::InvalidHeader(_) | SafeTensorError::InvalidHeaderDeserialization(_) => {
            foreign("its header is not JSON")
        }
        other => foreign(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Vec<(String, Tensor)>, HashMap<String, String>) {
        let a = Tensor::new(&[[1.0f32, -2.5], [f32::MIN_POSITIVE, 1e30]], &Device::Cpu).expect("a");
        let b = Tensor::new(&[7i64], &Device::Cpu).expect("b");
        let notes = (0..9).map(|i| (format!("key{i}"), format!("\"quoted\" \u{e9}\n{i}"))).collect();
        (vec![("z.weight".into(), a), ("a\"b".into(), b)], notes)
    }

    #[test]
    fn what_is_written_is_read_back_and_the_bytes_do_not_depend_on_order() {
        let folder = tempfile::tempdir().expect("folder");
        let (mut tensors, notes) = sample();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        write(&one, &tensors, &notes).expect("written");
        tensors.reverse();
        // A map built anew iterates in another order.
        write(&two, &tensors, &notes.clone().into_iter().collect()).expect("written");
        assert_eq!(std::fs::read(&one).expect("one"), std::fs::read(&two).expect("two"));
        let (back, said) = read(&one, &Device::Cpu).expect("read");
        assert_eq!(said, notes);
        assert_eq!(back["z.weight"].to_vec2::<f32>().expect("f32"), [[1.0, -2.5], [f32::MIN_POSITIVE, 1e30]]);
        assert_eq!(back["a\"b"].to_vec1::<i64>().expect("i64"), [7]);
        assert_eq!(count_parameters(&one).expect("counted"), 5);
        assert_eq!(std::fs::read_dir(folder.path()).expect("listing").count(), 2, "nothing temporary is left");
    }

    #[test]
    fn every_cut_is_refused_and_most_are_called_a_cut() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("m.safetensors");
        let (tensors, notes) = sample();
        write(&path, &tensors, &notes).expect("written");
        let whole = std::fs::read(&path).expect("bytes");
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).expect("cut");
            let error = read(&path, &Device::Cpu).expect_err("a cut file");
            assert_eq!(matches!(error, WeightsError::Cut { .. }), length > 8, "{length}: {error}");
            assert!(error.to_string().contains("m.safetensors"));
        }
    }

    #[test]
    fn foreign_files_get_a_sentence() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("x");
        for bytes in
            [&b"%PDF-1.7 a document"[..], b"\x89PNG\r\n\x1a\n", b"\x02\0\0\0\0\0\0\0[]", b"\x01\0\0\0\0\0\0\0{"]
        {
            std::fs::write(&path, bytes).expect("file");
            let error = read(&path, &Device::Cpu).expect_err("foreign");
            assert!(matches!(error, WeightsError::Foreign { .. }), "{error}");
        }
        assert!(matches!(read(&folder.path().join("none"), &Device::Cpu), Err(WeightsError::Io { .. })));
    }
}
