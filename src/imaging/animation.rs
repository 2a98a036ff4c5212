//! How many pictures a PNG or WebP file moves through.

/// The number that an animation's header or chunks tell; 1 for pictures that stand still and for other formats.
pub(super) fn pictures(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return png(bytes).unwrap_or(1);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") { webp(bytes).max(1) } else { 1 }
}

/// The number in the animation control chunk, which comes before the picture's data (PNG third edition, 11.3.6.1).
fn png(bytes: &[u8]) -> Option<usize> {
    let mut at = 8;
    loop {
        let length = u32::from_be_bytes(*bytes.get(at..at + 4)?.first_chunk()?) as usize;
        match bytes.get(at + 4..at + 8)? {
            b"acTL" => return Some(u32::from_be_bytes(*bytes.get(at + 8..at + 12)?.first_chunk()?) as usize),
            b"IDAT" => return None,
            _ => at = at.checked_add(length.checked_add(12)?)?,
        }
    }
}

/// Frame chunks (RFC 9649, section 2.7.1.1).
fn webp(bytes: &[u8]) -> usize {
    let (mut at, mut frames) = (12usize, 0);
    while let Some(head) = bytes.get(at..at.saturating_add(8)).and_then(|head| head.first_chunk::<8>()) {
        let [name @ .., a, b, c, d] = head;
        frames += usize::from(name == b"ANMF");
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        at = at.saturating_add(8).saturating_add(length.next_multiple_of(2));
    }
    frames
}
