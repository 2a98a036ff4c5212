#!/bin/sh
# dicom-object 0.10.1 (dicom-rs).
#
# One would guess: a name in GB18030 (Specific Character Set GB18030, PS3.3 C.12.1.1.2) is read as one value: a byte 5C that is
# the second half of a character is no separator (PS3.5 section 6.1.2.5.4 says so of the backslash).
# Seen: the value is cut at that byte before it is decoded, and the lone first half becomes an escape with a backslash of
# its own: one name becomes three values, none of which has the character.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
mkdir "$dir/src"
cat > "$dir/Cargo.toml" <<'TOML'
[package]
name = "try"
version = "0.0.0"
edition = "2024"
[dependencies]
dicom-object = { version = "=0.10.1", default-features = false }
dicom-core = "=0.10.1"
dicom-transfer-syntax-registry = { version = "=0.10.1", default-features = false }
TOML
cat > "$dir/src/main.rs" <<'RS'
use dicom_core::Tag;
use dicom_object::InMemDicomObject;
use dicom_transfer_syntax_registry::entries::EXPLICIT_VR_LITTLE_ENDIAN;

fn element(group: u16, number: u16, vr: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = group.to_le_bytes().to_vec();
    bytes.extend(number.to_le_bytes());
    bytes.extend(vr.as_bytes());
    bytes.extend((value.len() as u16).to_le_bytes());
    bytes.extend(value);
    bytes
}

fn main() {
    // U+4E57 is 81 5C in GB18030.
    let name = [0x81, 0x5C, b'^', b'A'];
    let mut data = element(0x0008, 0x0005, "CS", b"GB18030 ");
    data.extend(element(0x0010, 0x0010, "PN", &name));
    let object = InMemDicomObject::read_dataset_with_ts(data.as_slice(), &EXPLICIT_VR_LITTLE_ENDIAN.erased()).unwrap();
    let value = object.element(Tag(0x0010, 0x0010)).unwrap().value();
    let read: Vec<String> = value.to_multi_str().unwrap().to_vec();
    println!("{} values: {read:?}", read.len());
    assert_eq!(read, ["", "201", "^A"]);
}
RS
cd "$dir" && cargo run -q
