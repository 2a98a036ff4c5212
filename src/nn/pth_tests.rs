//! Files of PyTorch against what torch says of them.

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
fn weights_are_found_beside_whatever_else_a_checkpoint_holds() {
    let names = ["beside.pth", "beside_pickles.pth", "averaged.pth", "twice.pth", "protocol5.pth"];
    for name in names.into_iter().chain(["strided.pth", "strided_pickles.pth"]) {
        check(name);
    }
}

#[test]
fn a_key_chooses_among_several_and_the_others_are_named() {
    use super::super::weights::read_under;
    let path = expected("averaged.pth");
    let read = read_under(&path, None, &Device::Cpu).unwrap();
    assert_eq!((read.taken.as_str(), read.others.as_slice()), ("model", &["model_ema".to_owned()][..]));
    let averaged = read_under(&path, Some("model_ema"), &Device::Cpu).unwrap();
    assert_eq!(averaged.tensors["module.tail"].to_vec1::<f64>().unwrap(), [4.0, 5.0, 6.0]);
    let error = read_under(&path, Some("ema"), &Device::Cpu).err().unwrap().to_string();
    assert!(error.contains("under model_ema, model"), "{error}");
}

#[test]
fn numbers_of_every_kind_are_torchs() {
    let (tensors, _) = read(&expected("numbers.pth"), &Device::Cpu).unwrap();
    let value =
        |name: &str| tensors[name].flatten_all().unwrap().to_dtype(DType::F64).unwrap().to_vec1::<f64>().unwrap();
    assert_eq!(value("bf16"), [1.5, -2.0]);
    assert_eq!(value("f64"), [0.1]);
    assert_eq!((value("i32"), value("i16"), value("i8")), (vec![-7.0], vec![-300.0], vec![-128.0]));
    assert_eq!((value("bool"), value("parameter")), (vec![1.0, 0.0], vec![4.0]));
    assert_eq!(tensors["transposed"].dims(), [3, 2]);
    assert_eq!(value("transposed"), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    assert_eq!(value("channels_last"), (0..24).map(f64::from).collect::<Vec<_>>());
    assert_eq!(tensors.len(), 9);
}

#[test]
fn a_whole_model_is_named() {
    let error = read(&expected("whole.pth"), &Device::Cpu).unwrap_err().to_string();
    assert!(error.contains("torch.nn.modules.linear.Linear") && error.contains("state_dict"), "{error}");
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
