//! Pictures that are drawn over others: masks, contours, overlays beside the pictures they belong to. They are no pictures
//! to be classified; BUSI has `benign (1)_mask.png` beside `benign (1).png`, others `masks/1.png` beside `images/1.png`.

use crate::interchange::model::layout::{folders_of, is_drawn_over};
use crate::interchange::model::names::{base_name, stem};
use std::collections::HashSet;

/// What ends the name of such a picture.
const MARKS: [&str; 15] = [
    "mask",
    "masks",
    "seg",
    "segmentation",
    "label",
    "gt",
    "groundtruth",
    "annotation",
    "overlay",
    "overlays",
    "heatmap",
    "cam",
    "gradcam",
    "saliency",
    "contour",
];

/// The places of those among these names that belong to another of them.
pub fn drawn_over<'a>(names: impl Iterator<Item = &'a str> + Clone) -> HashSet<usize> {
    let folders = |name: &str| folders_of(name).join("/").to_lowercase();
    let own = |name: &str| stem(base_name(name)).to_lowercase();
    // Of what no mark and no folder's name says that it is drawn over another, and so of most.
    let suspect = |name: &str| is_drawn_over(name) || unmarked(&own(name)).is_some();
    let mut suspects = names.clone().enumerate().filter(|(_, name)| suspect(name)).peekable();
    if suspects.peek().is_none() {
        return HashSet::new();
    }
    let suspects: Vec<(usize, &str)> = suspects.collect();
    let plain: HashSet<(String, String)> =
        names.filter(|name| !is_drawn_over(name)).map(|name| (folders(name), own(name))).collect();
    let belongs = |(_, name): &(usize, &str)| {
        let (folders, own) = (folders(name), own(name));
        let base = unmarked(&own).map(str::to_owned);
        let of = |stem: String| plain.contains(&(folders.clone(), stem));
        base.is_some_and(of) || (is_drawn_over(name) && of(own))
    };
    suspects.into_iter().filter(belongs).map(|(at, _)| at).collect()
}

/// The name without the mark at its end, and the number behind that: `a_mask`, `a-mask_2`.
fn unmarked(stem: &str) -> Option<&str> {
    let separators = ['_', '-', ' ', '.'];
    let digits = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let word = if digits.len() < stem.len() { digits.trim_end_matches(separators) } else { stem };
    let (base, mark) = word.rsplit_once(separators)?;
    let base = base.trim_end_matches(separators);
    (MARKS.contains(&mark) && !base.is_empty()).then_some(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_another_picture_is_told() {
        let drawn = |names: &[&str]| -> Vec<String> {
            let found = drawn_over(names.iter().copied());
            names.iter().enumerate().filter(|(at, _)| found.contains(at)).map(|(_, name)| (*name).to_owned()).collect()
        };
        assert_eq!(
            drawn(&["b/b (1).png", "b/b (1)_mask.png", "b/b (1)_mask_1.png", "b/c_mask.png"]),
            ["b/b (1)_mask.png", "b/b (1)_mask_1.png"]
        );
        assert_eq!(drawn(&["images/1.png", "masks/1.tif", "masks/2.png"]), ["masks/1.tif"]);
        assert_eq!(
            drawn(&["mass/x.png", "heatmaps/mass/x_cam.png", "thumbnails/mass/x.png", "mass/y_cam.png"]),
            ["heatmaps/mass/x_cam.png", "thumbnails/mass/x.png"]
        );
        assert_eq!(drawn(&["train/images/a.png", "train/GT/a_seg.png", "val/masks/a.png"]), ["train/GT/a_seg.png"]);
        // Classes of faces: nothing is drawn over anything.
        assert_eq!(drawn(&["mask/1.png", "no_mask/1.png"]), [""; 0]);
        assert_eq!(drawn(&["a.png", "amask.png", "mask.png", "a_2.png"]), [""; 0]);
    }
}
