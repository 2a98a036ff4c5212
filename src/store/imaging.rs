//! Content hashes and image names until the imaging floor is there.
pub(super) mod hash {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;
    use std::io::Read;
    use std::path::Path;

    #[cfg(test)]
    pub(in crate::store) fn sha256_hex(bytes: &[u8]) -> String {
        hex(&Sha256::digest(bytes))
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    pub(in crate::store) fn sha256_file(path: &Path) -> std::io::Result<String> {
        let mut file = std::fs::File::open(path)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                return Ok(hex(&hasher.finalize()));
            }
            hasher.update(buffer.get(..read).unwrap_or_default());
        }
    }
}
pub(super) mod decode {
    pub(in crate::store) fn is_image_name(path: &std::path::Path) -> bool {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        ["png", "jpg", "jpeg", "bmp", "tif", "tiff", "webp"].contains(&extension.as_str())
    }
}
