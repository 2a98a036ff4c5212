//! Arrays for NumPy: the `.npy` format, version 1.0.

use anyhow::{Context, Result};
use npyz::{DType, TypeStr, WriterBuilder};
use std::path::Path;

/// A value `.npy` files hold here.
pub trait Element: npyz::Serialize + Copy {
    /// NumPy's name of the type.
    const TYPE: &'static str;
}

impl Element for u8 {
    const TYPE: &'static str = "|u1";
}

impl Element for u16 {
    const TYPE: &'static str = "<u2";
}

impl Element for f32 {
    const TYPE: &'static str = "<f4";
}

impl Element for i8 {
    const TYPE: &'static str = "|i1";
}

impl Element for i16 {
    const TYPE: &'static str = "<i2";
}

impl Element for u32 {
    const TYPE: &'static str = "<u4";
}

impl Element for i32 {
    const TYPE: &'static str = "<i4";
}

impl Element for f64 {
    const TYPE: &'static str = "<f8";
}

/// Writes an array of this shape in C order, whole or not at all.
pub fn write<T: Element>(path: &Path, shape: &[u64], values: &[T]) -> Result<()> {
    let kind: TypeStr = T::TYPE.parse().context("the type of the array has no name in NumPy")?;
    crate::files::atomically(path, |out| {
        let mut writer = npyz::WriteOptions::new().dtype(DType::Plain(kind)).shape(shape).writer(out).begin_nd()?;
        writer.extend(values.iter().copied())?;
        writer.finish()
    })
    .with_context(|| format!("{} was not written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_comes_back_with_shape_and_values() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        write(&path, &[2, 3], &[1u16, 2, 3, 65535, 5, 6]).unwrap();
        let array = npyz::NpyFile::new(std::fs::File::open(&path).unwrap()).unwrap();
        assert_eq!(array.shape(), [2, 3]);
        assert_eq!(array.into_vec::<u16>().unwrap(), [1, 2, 3, 65535, 5, 6]);
    }
}
