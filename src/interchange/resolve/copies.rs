//! Which of the images of a source have the same content.

use std::collections::BTreeMap;

/// The images of a source by content, told by the file's hash and the frame.
pub struct Contents(Vec<Content>);

/// Half of the hash, which is enough to tell all of them apart, with the frame and the image's place.
type Content = ([u8; 16], u32, u32);

impl Contents {
    /// None, of about so many.
    pub fn of(images: usize) -> Self {
        Self(Vec::with_capacity(images))
    }

    /// Takes the next image in; `sha256` is in hexadecimal.
    pub fn push(&mut self, sha256: &str, frame: u32) {
        let half = sha256.get(..32).and_then(|half| u128::from_str_radix(half, 16).ok());
        let at = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        // What is no hash is nobody's copy.
        let half = half.unwrap_or(u128::MAX - u128::from(at));
        self.0.push((half.to_be_bytes(), frame, at));
    }

    /// The places of the images of which there are several, by the first of each content; those behind the first come in
    /// their order.
    pub fn copies(mut self) -> BTreeMap<usize, Vec<usize>> {
        self.0.sort_unstable();
        let same = |a: &Content, b: &Content| (a.0, a.1) == (b.0, b.1);
        let several = self.0.chunk_by(same).filter(|places| places.len() > 1);
        let mut places = several.map(|places| places.iter().map(|(.., at)| *at as usize));
        std::iter::from_fn(|| {
            let mut places = places.next()?;
            Some((places.next()?, places.collect()))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_one_hash_and_frame_are_copies() {
        let mut contents = Contents::of(0);
        let hash = |first: char| std::iter::once(first).chain("0123456789abcdef".repeat(4).chars().skip(1)).collect();
        for (first, frame) in [('b', 0), ('a', 0), ('a', 1), ('b', 0), ('c', 0), ('a', 1), ('b', 0)] {
            let hash: String = hash(first);
            contents.push(&hash, frame);
        }
        contents.push("no hash", 0);
        contents.push("no hash", 0);
        assert_eq!(contents.copies(), BTreeMap::from([(0, vec![3, 6]), (2, vec![5])]));
    }
}
