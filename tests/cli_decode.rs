//! `overread decode` on real DICOM files: the stored values it writes are pydicom's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

mod program;

use overread::files::hash::sha256_hex;
use program::{Place, arg};
use serde_json::Value;
use std::path::Path;

/// The bytes of an array behind its header (NumPy's format, version 1).
fn content(npy: &[u8]) -> (&str, &[u8]) {
    let length = usize::from(u16::from_le_bytes([npy[8], npy[9]]));
    (std::str::from_utf8(&npy[10..10 + length]).unwrap(), &npy[10 + length..])
}

#[test]
fn stored_values_of_lossless_files_are_pydicoms() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = ["../shared/data/dicom", "../../shared/data/dicom"].map(|up| root.join(up));
    let Some(folder) = places.into_iter().find(|path| path.is_dir()) else {
        assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "../shared/data/dicom must be there in CI");
        println!("skipped: ../shared/data/dicom is not there");
        return;
    };
    let expected: Value = serde_json::from_str(include_str!("reference/expected/dicom.json")).unwrap();
    let place = Place::new();
    let mut compared = 0;
    for (name, file) in expected["files"].as_object().unwrap() {
        let (Some(shape), Some(false)) = (file["shape"].as_array(), file["lossy"].as_bool()) else { continue };
        // Whole arrays of one frame; small ones, since the program is built anew for each test run.
        if !name.starts_with("xray/")
            || shape.len() != 2
            || std::fs::metadata(folder.join(name)).unwrap().len() > 2_000_000
        {
            continue;
        }
        let out = place.path("a.npy");
        place.ok(&["decode", arg(&folder.join(name)), "--out", arg(&out)]);
        let npy = std::fs::read(&out).unwrap();
        let (header, values) = content(&npy);
        assert!(header.contains(file["type"].as_str().unwrap()), "{name}: {header}");
        assert!(header.contains(&format!("({}, {},", shape[0], shape[1])), "{name}: {header}");
        assert_eq!(sha256_hex(values), file["sha256"].as_str().unwrap(), "{name}");
        compared += 1;
    }
    assert!(compared >= 3, "only {compared} files were compared");
    let lossless = folder.join("xray/pydicom-bundled__test_files__dicomdirtests__77654033__CR1__6154.dcm");
    let why = place.fails(&["decode", arg(&lossless), "--frame", "3", "--out", arg(&place.path("b.png"))]);
    assert!(why.contains("there is no frame 3"), "{why}");
}
