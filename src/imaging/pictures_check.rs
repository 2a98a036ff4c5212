//! TIFF, PNG, BMP and WebP files of the kinds that public issues tell of against what is stored in them:
//! `tests/reference/pictures.py` says where each kind comes from and how its files were made.

use super::{Samples, decode, special_values};
use crate::imaging::dicom::Values;
use serde_json::Value;

/// What is stored, as numbers.
fn stored(bytes: &[u8], samples: &Samples) -> Vec<f64> {
    match special_values(bytes).unwrap().map(|stored| stored.values) {
        Some(Values::I8(v)) => v.into_iter().map(f64::from).collect(),
        Some(Values::I16(v)) => v.into_iter().map(f64::from).collect(),
        Some(Values::U32(v)) => v.into_iter().map(f64::from).collect(),
        Some(Values::I32(v)) => v.into_iter().map(f64::from).collect(),
        Some(Values::F32(v)) => v.into_iter().map(f64::from).collect(),
        Some(Values::F64(v)) => v,
        Some(Values::U8(_) | Values::U16(_)) => panic!("these are read in the usual way"),
        None => match samples {
            Samples::Gray8(v) | Samples::Rgb8(v) => v.iter().map(|&v| v.into()).collect(),
            Samples::Gray16(v) | Samples::Rgb16(v) => v.iter().map(|&v| v.into()).collect(),
            Samples::Measured(_) => panic!("its values are not told"),
        },
    }
}

#[test]
fn pictures_of_every_kind_are_read_as_they_are_meant() {
    let text = include_str!("../../tests/reference/expected/pictures.json");
    let expected: Value = serde_json::from_str(text).unwrap();
    let mut wrong = Vec::new();
    for case in expected["cases"].as_array().unwrap() {
        let (name, hex) = (case["name"].as_str().unwrap(), case["file"].as_str().unwrap());
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        let image = match decode::from_bytes(&bytes, 0) {
            Ok(image) => image,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let values: Vec<f64> = case["values"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        let found = stored(&bytes, &image.samples);
        // Expected values are rounded to six decimals.
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-6;
        if found.len() != values.len() || !found.iter().zip(&values).all(near) {
            wrong.push(format!("{name}: {found:?}, not {values:?}"));
        }
        let said = image.remarks.join("; ");
        if case["remark"].as_str().map_or(!said.is_empty(), |remark| !said.contains(remark)) {
            wrong.push(format!("{name}: {said:?} is said, not {:?}", case["remark"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_cut_anywhere_get_a_sentence_or_a_picture() {
    let text = include_str!("../../tests/reference/expected/pictures.json");
    let expected: Value = serde_json::from_str(text).unwrap();
    for case in expected["cases"].as_array().unwrap() {
        let hex = case["file"].as_str().unwrap();
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        let whole = decode::from_bytes(&bytes, 0).unwrap();
        for length in (0..bytes.len()).step_by(7) {
            match decode::from_bytes(&bytes[..length], 0) {
                Ok(image) => assert!(
                    image.truncated || image.samples == whole.samples || image.remarks.len() > whole.remarks.len(),
                    "{} of {} bytes cut at {length} shows other pixels, and nothing is said of it: {:?}, not {:?}",
                    case["name"],
                    bytes.len(),
                    image.samples,
                    whole.samples
                ),
                Err(error) => assert!(error.to_string().contains(' '), "{} cut at {length}", case["name"]),
            }
        }
    }
}

/// A little-endian TIFF file of one strip: entries (tag, 3 for numbers of 16 bits or 4 for 32, values) and its pixels.
fn tiff(entries: &[(u16, u16, &[u32])], pixels: &[u8]) -> Vec<u8> {
    let entries: Vec<(u16, u16, Vec<u32>)> = entries.iter().map(|(tag, kind, v)| (*tag, *kind, v.to_vec())).collect();
    let directory = 8 + pixels.len().next_multiple_of(2);
    let mut beside = directory + 2 + (entries.len() + 2) * 12 + 4;
    let mut all = [entries, vec![(273, 4, vec![8]), (279, 4, vec![pixels.len() as u32])]].concat();
    all.sort();
    let mut out = [&b"II*\0"[..], &(directory as u32).to_le_bytes(), pixels].concat();
    out.resize(directory, 0);
    out.extend((all.len() as u16).to_le_bytes());
    let mut behind = Vec::new();
    for (tag, kind, values) in all {
        let bytes: Vec<u8> = match kind {
            3 => values.iter().flat_map(|&value| (value as u16).to_le_bytes()).collect(),
            _ => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        };
        out.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        out.extend((values.len() as u32).to_le_bytes());
        if bytes.len() <= 4 {
            out.extend([&bytes[..], &[0; 4][bytes.len()..]].concat());
        } else {
            out.extend((beside as u32).to_le_bytes());
            beside += bytes.len();
            behind.extend(bytes);
        }
    }
    out.extend([0; 4]);
    [out, behind].concat()
}

#[test]
fn tiff_files_of_other_samples_are_turned_and_unpacked_like_all() {
    let floats: Vec<u8> = [0.0f32, 1.0, 2.0, 3.0, 4.0, 5.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    let size = |entries: &[(u16, u16, &'static [u32])]| {
        let plain: [(u16, u16, &[u32]); 4] = [(256, 3, &[3]), (257, 3, &[2]), (259, 3, &[1]), (278, 3, &[2])];
        [&plain[..], entries].concat()
    };
    // A quarter turn: rows become columns.
    let grey = size(&[(258, 3, &[32]), (262, 3, &[1]), (274, 3, &[6]), (277, 3, &[1]), (339, 3, &[3])]);
    let image = decode::from_bytes(&tiff(&grey, &floats), 0).unwrap();
    let shown: Vec<f32> = image.planes(1).into_iter().map(|value| (value * 5.0).round()).collect();
    assert_eq!((image.width, image.height, shown), (2, 3, vec![3.0, 0.0, 4.0, 1.0, 5.0, 2.0]));
    // Colours above 1.
    let colours = [(256, 3, &[2][..]), (257, 3, &[1]), (259, 3, &[1]), (278, 3, &[1])];
    let more: [(u16, u16, &[u32]); 4] = [(258, 3, &[32, 32, 32]), (262, 3, &[2]), (277, 3, &[3]), (339, 3, &[3, 3, 3])];
    let file = tiff(&[&colours[..], &more].concat(), &floats);
    let image = decode::from_bytes(&file, 0).unwrap();
    assert_eq!(image.samples, Samples::Rgb16([0, 1, 2, 3, 4, 5].map(|value| value * 13_107).to_vec()));
    assert!(image.remarks.join(" ").contains("reach above 1"), "{:?}", image.remarks);
    // Two indices a byte, each row from a new byte on.
    let map: Vec<u32> = (0..48).map(|at| (at * 5 % 250) << 8).collect();
    let map: &'static [u32] = map.leak();
    let palette = size(&[(258, 3, &[4]), (262, 3, &[3]), (277, 3, &[1]), (320, 3, map)]);
    let image = decode::from_bytes(&tiff(&palette, &[0x01, 0x2F, 0x34, 0x5F]), 0).unwrap();
    let of = |index: usize| [index, 16 + index, 32 + index].map(|at| (at * 5 % 250) as u8);
    assert_eq!(image.samples, Samples::Rgb8([0, 1, 2, 3, 4, 5].map(of).concat()));
}

#[test]
fn what_is_too_large_is_refused_before_it_is_decoded_and_what_is_cut_keeps_its_upper_rows() {
    let values: Vec<u16> = (0..64 * 64u16).map(|at| at.wrapping_mul(40_503)).collect();
    let coded = |format: image::ImageFormat| {
        let mut out = std::io::Cursor::new(Vec::new());
        let wide = image::ImageBuffer::<image::Luma<u16>, _>::from_raw(64, 64, values.clone()).unwrap();
        match format {
            image::ImageFormat::Png => image::DynamicImage::from(wide).write_to(&mut out, format).unwrap(),
            _ => image::DynamicImage::from(wide).into_luma8().write_to(&mut out, format).unwrap(),
        }
        out.into_inner()
    };
    let (png, bmp, jpeg) =
        (coded(image::ImageFormat::Png), coded(image::ImageFormat::Bmp), coded(image::ImageFormat::Jpeg));
    let large = |bytes: &[u8], at: usize, sides: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + sides.len()].copy_from_slice(sides);
        decode::from_bytes(&bytes, 0).unwrap_err().to_string()
    };
    let side = 60_000u32.to_le_bytes();
    let why = large(&bmp, 18, &[side, side].concat());
    assert!(why.contains("60000 x 60000 pixels is more than"), "{why}");
    let at = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let why = large(&jpeg, at + 5, &[0xEA, 0x60, 0xEA, 0x60]);
    assert!(why.contains("60000 x 60000 pixels is more than"), "{why}");
    // Sixteen bits are in the file's order up to the cut.
    let cut = decode::from_bytes(&png[..png.len() * 2 / 3], 0).unwrap();
    let Samples::Gray16(found) = &cut.samples else { panic!("not 16 bits") };
    assert!(cut.truncated && found[..64 * 16] == values[..64 * 16] && found[64 * 63..].iter().all(|&value| value == 0));
    for (bytes, length) in [(&png, 60), (&bmp, bmp.len() / 2)] {
        let why = decode::from_bytes(&bytes[..length], 0).unwrap_err().to_string();
        assert!(why.contains("damaged"), "{why}");
    }
}
