//! Few pixels that stand apart from all others, such as a hot one of a detector: a picture that is shown from its smallest
//! value to its largest is shown by them.

use super::decoded::{DecodedImage, Samples};

/// Of so many pixels one may stand apart.
const ONE_IN: usize = 1000;

/// That a thousandth of the pixels takes more than half of the range of greys, of a picture of more than 8 bits without a
/// DICOM header: all others are then shown, and given to networks, in what is left of it.
pub(super) fn remark(image: &DecodedImage) -> Option<&'static str> {
    let values: &[u16] = match &image.samples {
        Samples::Gray16(values) => values,
        // The whole range of 8 bits is shown, a header says what of it is; of colours all channels would have to agree.
        Samples::Gray8(_) | Samples::Rgb8(_) | Samples::Rgb16(_) | Samples::Measured(_) => return None,
    };
    let mut counts = vec![0usize; usize::from(u16::MAX) + 1];
    for &value in values {
        counts[usize::from(value)] += 1;
    }
    let apart = values.len() / ONE_IN;
    let nth = |wanted: usize, mut from: std::ops::RangeInclusive<usize>, backwards: bool| {
        let mut seen = 0;
        let mut reached = |value: &usize| {
            seen += counts.get(*value).copied().unwrap_or_default();
            seen > wanted
        };
        if backwards { from.rfind(|value| reached(value)) } else { from.find(|value| reached(value)) }
    };
    let all = 0..=usize::from(u16::MAX);
    let whole = nth(0, all.clone(), true)?.checked_sub(nth(0, all.clone(), false)?)?;
    // The thousandth may lie at one end or be shared by both.
    let most = (0..=apart)
        .step_by((apart / 8).max(1))
        .filter_map(|below| nth(apart - below, all.clone(), true)?.checked_sub(nth(below, all.clone(), false)?));
    (2 * most.min()? < whole).then_some(
        "less than a thousandth of its pixels takes more than half of its range of greys: all others are shown, and given \
         to networks, nearly alike; mend those pixels, or window the picture by hand",
    )
}

/// What is remarkable about a picture's values: what reading it came upon, and that few of them stand apart.
pub fn remarks(image: &DecodedImage) -> Vec<String> {
    image.remarks.iter().cloned().chain(remark(image).map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(width: u32, values: Vec<u16>) -> Option<&'static str> {
        let height = values.len() as u32 / width;
        remark(&DecodedImage {
            width,
            height,
            samples: Samples::Gray16(values),
            bits: 16,
            truncated: false,
            orientation: 1,
            shape: 1.0,
            remarks: Vec::new(),
            taken: None,
        })
    }

    #[test]
    fn one_hot_or_dead_pixel_is_told_and_a_marker_is_not() {
        let ramp = |special: &[(usize, u16)]| {
            let mut values: Vec<u16> = (0..4096).map(|at| 20_000 + at % 4000).collect();
            special.iter().for_each(|(at, value)| values[*at] = *value);
            of(64, values)
        };
        assert!(ramp(&[(7, 65_535)]).is_some_and(|said| said.contains("a thousandth of its pixels")));
        assert!(ramp(&[(7, 0)]).is_some() && ramp(&[(7, 65_535), (9, 0)]).is_some());
        assert_eq!(ramp(&[]), None);
        assert_eq!(ramp(&[(7, 26_000)]), None, "a little brighter than all others");
        let marker: Vec<(usize, u16)> = (0..40).map(|at| (at, 65_535)).collect();
        assert_eq!(ramp(&marker), None, "the letter of a side is a hundredth");
        assert_eq!((of(2, vec![0, 65_535]), of(2, vec![5, 5])), (None, None));
    }
}
