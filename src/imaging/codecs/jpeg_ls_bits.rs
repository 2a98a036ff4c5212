//! Entropy-coded data of JPEG-LS: bits between markers (ITU-T T.87, annex C).

use super::CodecError;
use super::jpeg_ls::damaged;

/// Bits after the markers' rule: after a byte of all ones the next has seven (C.2.1, A.1).
pub struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    buffer: u64,
    count: u32,
    /// Zero bits put behind the end of the data.
    padding: u32,
    after_ones: bool,
}

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, buffer: 0, count: 0, padding: 0, after_ones: false }
    }

    /// Bytes read so far, or before the marker that ended the reading.
    pub fn used(&self) -> usize {
        self.at
    }

    fn fill(&mut self) {
        while self.count <= 48 {
            let byte = self.data.get(self.at).copied();
            let marker = byte == Some(0xFF) && self.data.get(self.at + 1).is_none_or(|&next| next >= 0x80);
            match byte {
                Some(byte) if !marker => {
                    let width = if self.after_ones { 7 } else { 8 };
                    self.buffer = self.buffer << width | u64::from(byte);
                    self.count += width;
                    self.after_ones = byte == 0xFF;
                    self.at += 1;
                }
                _ => {
                    self.buffer <<= 8;
                    self.count += 8;
                    self.padding += 8;
                }
            }
        }
    }

    /// The next `width` bits, at most 32.
    pub fn take(&mut self, width: u32) -> Result<u32, CodecError> {
        self.fill();
        self.count -= width;
        if self.count < self.padding {
            return Err(damaged("it is cut short"));
        }
        Ok((self.buffer >> self.count) as u32 & ((1u64 << width) - 1) as u32)
    }

    /// Zeros before the next one, which is taken too.
    pub fn zeros(&mut self, most: u32) -> Result<u32, CodecError> {
        let mut found = 0;
        loop {
            self.fill();
            let window = self.buffer << (64 - self.count);
            let zeros = window.leading_zeros().min(self.count);
            if zeros < self.count {
                self.count -= zeros + 1;
                found += zeros;
                if self.count < self.padding || found > most {
                    return Err(damaged("a code is longer than allowed or cut short"));
                }
                return Ok(found);
            }
            found += zeros;
            self.count = 0;
            if self.padding > 0 || found > most {
                return Err(damaged("a code is longer than allowed or cut short"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_of_ones_is_followed_by_seven_bits_and_markers_end_the_data() {
        // 1111 1111 (0)000 0001 1, then a marker.
        let data = [0xFF, 0x01, 0x80, 0xFF, 0xD9];
        let mut bits = Bits::new(&data);
        assert_eq!(bits.take(8).unwrap(), 0xFF);
        assert_eq!(bits.zeros(32).unwrap(), 6);
        assert_eq!(bits.take(1).unwrap(), 1);
        assert_eq!(bits.take(7).unwrap(), 0);
        assert!(bits.take(1).is_err());
        assert_eq!(bits.used(), 3);
    }
}
