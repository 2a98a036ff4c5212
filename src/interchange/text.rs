//! Files of annotations as text.

use super::detect::HEAD;
use super::folders::walk::File;
use std::io::Read;
use std::path::Path;

/// The beginning of a file as text; empty where it cannot be read.
pub fn head_of(path: &Path) -> String {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
    if read.is_err() { String::new() } else { String::from_utf8_lossy(&head).into_owned() }
}

/// The text of a file; a byte order mark is dropped, UTF-16 with one is converted.
pub fn text_of(file: &File, largest: u64) -> Result<String, String> {
    let length = std::fs::metadata(file.path()).map_err(|e| format!("cannot be opened ({e})"))?.len();
    if length > largest {
        return Err(format!("has {} MB, more than the {} MB that are read", length >> 20, largest >> 20));
    }
    let bytes = std::fs::read(file.path()).map_err(|e| format!("cannot be opened ({e})"))?;
    decoded(bytes)
}

/// Bytes as text: UTF-8, or UTF-16 with a byte order mark.
pub fn decoded(bytes: Vec<u8>) -> Result<String, String> {
    let wide = |bytes: &[u8], from: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks::<2>().0.iter().map(|pair| from(*pair));
        char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| "is no text in UTF-16".to_owned())
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).map_err(|_| "is no text in UTF-8".to_owned()),
        _ => String::from_utf8(bytes).map_err(|_| "is no text in UTF-8".to_owned()),
    }
}
