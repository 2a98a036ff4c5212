//! Entropy-coded data of JPEG: bits between markers and Huffman codes (ITU-T T.81, annexes B, C and F).

/// Bits of a scan; stuffed zeros are left out and a marker ends them.
pub struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    buffer: u64,
    count: u32,
    /// Zero bits put behind the end of the scan.
    padding: u32,
}

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, buffer: 0, count: 0, padding: 0 }
    }

    fn fill(&mut self) {
        while self.count <= 48 {
            let byte = match (self.data.get(self.at), self.data.get(self.at + 1)) {
                (Some(0xFF), Some(0)) => {
                    self.at += 2;
                    0xFF
                }
                (Some(&byte), _) if byte != 0xFF => {
                    self.at += 1;
                    byte
                }
                _ => {
                    self.padding += 8;
                    0
                }
            };
            self.buffer = self.buffer << 8 | u64::from(byte);
            self.count += 8;
        }
    }

    fn drop(&mut self, width: u32) -> Option<()> {
        self.count -= width;
        (self.count >= self.padding).then_some(())
    }

    /// The next `width` bits, at most 16.
    pub fn take(&mut self, width: u32) -> Option<u32> {
        self.fill();
        let value = (self.buffer >> (self.count - width)) as u32 & ((1 << width) - 1);
        self.drop(width)?;
        Some(value)
    }

    /// The next symbol of a table.
    pub fn symbol(&mut self, table: &Huffman) -> Option<u8> {
        self.fill();
        let (length, symbol) = table.lookup[(self.buffer >> (self.count - 16)) as usize & 0xFFFF];
        if length == 0 {
            return None;
        }
        self.drop(length.into())?;
        Some(symbol)
    }

    /// `width` bits as a signed value (F.2.2.1, EXTEND).
    pub fn extended(&mut self, width: u32) -> Option<i32> {
        if width == 0 {
            return Some(0);
        }
        let value = self.take(width)?.cast_signed();
        Some(if value < 1 << (width - 1) { value - (1 << width) + 1 } else { value })
    }

    /// A difference of a lossless scan, -32767 to 32768 (H.1.2.2).
    pub fn difference(&mut self, table: &Huffman) -> Option<i32> {
        match self.symbol(table)? {
            16 => Some(32_768),
            width if width < 16 => self.extended(width.into()),
            _ => None,
        }
    }

    /// Steps over the restart marker that comes next.
    pub fn restart(&mut self) -> Option<()> {
        // What is left in the buffer are the last byte's filling bits; the marker has stopped the reading.
        loop {
            match self.data.get(self.at..self.at + 2)? {
                [0xFF, 0xD0..=0xD7] => break,
                [0xFF, 0xFF] => self.at += 1,
                [0xFF, 1..=0xFF] => return None,
                _ => self.at += 1,
            }
        }
        *self = Self { at: self.at + 2, ..Self::new(self.data) };
        Some(())
    }

    /// Bytes before the marker that ended the reading, or read so far.
    pub fn used(&self) -> usize {
        self.at
    }
}

/// A Huffman table as what the next 16 bits mean: the code's length (0 for none) and its symbol.
pub struct Huffman {
    lookup: Vec<(u8, u8)>,
}

impl Huffman {
    /// Reads a table specification (B.2.4.2); gives what lies behind it. `None` when the lengths make no code.
    pub fn read(body: &[u8]) -> Option<(Self, &[u8])> {
        let lengths = body.first_chunk::<16>()?;
        let total: usize = lengths.iter().map(|&n| usize::from(n)).sum();
        let mut symbols = body.get(16..16 + total)?.iter();
        let mut lookup = vec![(0u8, 0u8); 1 << 16];
        let mut start = 0usize;
        for (length, &count) in (1u8..).zip(lengths) {
            for _ in 0..count {
                let end = start + (1 << (16 - length));
                lookup.get_mut(start..end)?.fill((length, *symbols.next()?));
                start = end;
            }
        }
        Some((Self { lookup }, body.get(16 + total..)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes 0, 10, 110 for the symbols 1, 2, 16.
    fn table() -> Huffman {
        let mut body = vec![1, 1, 1];
        body.extend([0; 13]);
        body.extend([1, 2, 16]);
        Huffman::read(&body).unwrap().0
    }

    #[test]
    fn differences_follow_the_standards_table() {
        // 0 1 -> 1; 0 0 -> -1; 10 10 -> 2; 10 00 -> -3; 110 -> 32768; then 1s to fill.
        let data = [0b0100_1010, 0b1000_1101];
        let mut bits = Bits::new(&data);
        let table = table();
        let read: Vec<_> = (0..5).map(|_| bits.difference(&table)).collect();
        assert_eq!(read, [Some(1), Some(-1), Some(2), Some(-3), Some(32_768)]);
        assert_eq!(bits.take(1), Some(1));
        assert_eq!(bits.take(1), None, "bits behind the end");
    }

    #[test]
    fn stuffed_zeros_are_left_out_and_markers_end_the_data() {
        let mut bits = Bits::new(&[0xFF, 0x00, 0x12, 0xFF, 0xD0, 0x34]);
        assert_eq!((bits.take(16), bits.take(1)), (Some(0xFF12), None));
        bits.restart().unwrap();
        assert_eq!(bits.take(8), Some(0x34));
    }

    #[test]
    fn lengths_that_make_no_code_are_no_table() {
        let mut body = vec![3];
        body.extend([0; 15]);
        body.extend([1, 2, 3]);
        assert!(Huffman::read(&body).is_none());
    }
}
