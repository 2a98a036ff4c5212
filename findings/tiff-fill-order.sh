#!/bin/sh
# tiff 0.11.3 (Rust, what the image crate reads TIFF files with).
#
# One would guess: a bilevel picture whose FillOrder (tag 266) is 2 comes out with the bits of each byte reversed, as
# TIFF 6.0 section 8 says: the first pixel lies in the lowest bit. Fax machines and film digitisers write such files.
# Seen: the tag is not looked at, the same pixels come out for 1 and 2, so every eight pixels stand mirrored.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
mkdir "$dir/src"
cat > "$dir/Cargo.toml" <<'TOML'
[package]
name = "try"
version = "0.0.0"
edition = "2024"
[dependencies]
tiff = "=0.11.3"
TOML
cat > "$dir/src/main.rs" <<'RS'
/// A picture of 8 x 1 pixels of one bit, all in the one byte 0b0000_0111.
fn file(fill_order: u16) -> Vec<u8> {
    let fields: [(u16, u16, u32); 9] = [
        (256, 3, 8),                       // ImageWidth
        (257, 3, 1),                       // ImageLength
        (258, 3, 1),                       // BitsPerSample
        (259, 3, 1),                       // Compression: none
        (262, 3, 1),                       // PhotometricInterpretation: 0 is black
        (266, 3, u32::from(fill_order)),   // FillOrder
        (273, 4, 8 + 2 + 9 * 12 + 4),      // StripOffsets
        (277, 3, 1),                       // SamplesPerPixel
        (279, 4, 1),                       // StripByteCounts
    ];
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend(9u16.to_le_bytes());
    for (tag, kind, value) in fields {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(0u32.to_le_bytes());
    bytes.push(0b0000_0111);
    bytes
}

fn main() {
    let read = |fill_order| {
        let mut decoder = tiff::decoder::Decoder::new(std::io::Cursor::new(file(fill_order))).unwrap();
        match decoder.read_image().unwrap() {
            tiff::decoder::DecodingResult::U8(values) => values,
            other => panic!("{other:?}"),
        }
    };
    let (one, two) = (read(1), read(2));
    println!("FillOrder 1: {one:?}, FillOrder 2: {two:?}; by the standard the second is the first, mirrored");
    assert_eq!(one, two);
}
RS
cd "$dir" && cargo run -q
