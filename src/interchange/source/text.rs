//! Files of annotations as text.

/// How much of a beginning is looked at, in bytes.
pub const HEAD: usize = 4096;
use crate::interchange::source::walk::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

/// Bytes of a stream that are read together.
const AT_ONCE: usize = 1 << 16;

/// The beginning of a file as text; empty where it cannot be read.
pub fn head_of(path: &Path) -> String {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
    if read.is_err() {
        return String::new();
    }
    let wide = |rest: &[u8], from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.as_chunks::<2>().0.iter().map(|pair| from(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match head.as_slice() {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        rest => String::from_utf8_lossy(rest).into_owned(),
    }
}

/// The text of a file; a byte order mark is dropped, UTF-16 with one is converted.
pub fn text_of(file: &File, largest: u64) -> Result<String, String> {
    let mut bytes = Vec::new();
    opened(file, largest)?.read_to_end(&mut bytes).map_err(|e| format!("cannot be read ({e})"))?;
    decoded(bytes)
}

/// The same as a stream, for files that may be large; bytes that are no UTF-8 come through as they are.
///
/// # Errors
/// As [`text_of`].
pub fn stream_of(file: &File, largest: u64) -> Result<Box<dyn BufRead>, String> {
    let mut stream = BufReader::with_capacity(AT_ONCE, opened(file, largest)?);
    let head = stream.fill_buf().map_err(|e| format!("cannot be read ({e})"))?;
    match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Ok(Box::new(Cursor::new(text_of(file, largest)?))),
        [0xef, 0xbb, 0xbf, ..] => {
            stream.consume(3);
            Ok(Box::new(stream))
        }
        _ => Ok(Box::new(stream)),
    }
}

fn opened(file: &File, largest: u64) -> Result<std::fs::File, String> {
    let opened = std::fs::File::open(file.path()).map_err(|e| format!("cannot be opened ({e})"))?;
    let length = opened.metadata().map_err(|e| format!("cannot be opened ({e})"))?.len();
    if length > largest {
        return Err(format!("has {} MB, more than the {} MB that are read", length >> 20, largest >> 20));
    }
    Ok(opened)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_texts_whatever_mark_they_begin_with() {
        let dir = tempfile::tempdir().unwrap();
        let wanted = "{\"name\": \"Knöchel 🦶\"}";
        let wide = |bytes: fn(u16) -> [u8; 2], mark: [u8; 2]| {
            mark.into_iter().chain(wanted.encode_utf16().flat_map(bytes)).collect::<Vec<u8>>()
        };
        let cases = [
            ("plain", wanted.as_bytes().to_vec()),
            ("marked", [&b"\xef\xbb\xbf"[..], wanted.as_bytes()].concat()),
            ("little", wide(u16::to_le_bytes, [0xff, 0xfe])),
            ("big", wide(u16::to_be_bytes, [0xfe, 0xff])),
        ];
        for (name, bytes) in cases {
            let (path, length) = (dir.path().join(name), bytes.len() as u64);
            std::fs::write(&path, bytes).unwrap();
            let file = File::at(&path, name);
            let mut text = String::new();
            stream_of(&file, length).unwrap().read_to_string(&mut text).unwrap();
            assert_eq!((text.as_str(), text_of(&file, length).as_deref()), (wanted, Ok(wanted)), "{name}");
            let refused = stream_of(&file, length - 1).err().unwrap();
            assert_eq!(Some(refused.as_str()), text_of(&file, length - 1).err().as_deref());
            assert!(refused.starts_with("has 0 MB"), "{refused}");
            assert_eq!(head_of(&path), wanted, "{name}");
        }
        let empty = dir.path().join("empty");
        std::fs::write(&empty, "").unwrap();
        assert_eq!(stream_of(&File::at(&empty, "empty"), 9).unwrap().read(&mut [0; 4]).unwrap(), 0);
        assert!(
            stream_of(&File::at(&dir.path().join("gone"), "gone"), 9).err().unwrap().starts_with("cannot be opened")
        );
    }
}
