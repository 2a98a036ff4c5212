//! The windows to choose from: what the header offers, a person's own, those that are usual for the modality, parts of the
//! range.

use crate::domain::Voi;
use crate::session::{OwnPreset, Picture};

/// Windows of computed tomography in Hounsfield units, centre and width, as viewers have them (those of OHIF's default
/// configuration, and the mediastinum of radiology textbooks).
const CT: [(&str, f64, f64); 6] = [
    ("Soft tissue", 40.0, 400.0),
    ("Lung", -600.0, 1500.0),
    ("Liver", 90.0, 150.0),
    ("Bone", 480.0, 2500.0),
    ("Brain", 40.0, 80.0),
    ("Mediastinum", 50.0, 350.0),
];
/// Middle and width of the part shown, as shares of all values.
const PARTS: [(&str, f64, f64); 7] = [
    ("Middle half", 0.5, 0.5),
    ("Darker half", 0.25, 0.5),
    ("Brighter half", 0.75, 0.5),
    ("Middle quarter", 0.5, 0.25),
    ("Dark greys", 0.35, 0.4),
    ("Bright greys", 0.65, 0.4),
    ("Soft", 0.5, 2.0),
];

/// The windows to choose from for a picture, by name. Without a header the picture's own window is the first.
pub(super) fn presets(picture: &Picture, own: &[OwnPreset]) -> Vec<(String, Voi)> {
    let (low, high) = picture.range;
    let span = if high > low { high - low } else { 1.0 };
    let taken = picture.taken.as_deref();
    let modality = taken.and_then(|taken| taken.modality.as_deref());
    let in_hounsfield = modality == Some("CT") && taken.and_then(|taken| taken.units.as_deref()) == Some("HU");
    let header = if picture.presets.is_empty() { vec!["As stored".to_owned()] } else { picture.presets.to_vec() };
    let mut all: Vec<(String, Voi)> =
        header.into_iter().enumerate().map(|(index, name)| (name, Voi::Preset(index))).collect();
    let fits = |preset: &&OwnPreset| preset.modality.as_deref().is_none_or(|of| Some(of) == modality);
    let sound = |preset: &&OwnPreset| preset.centre.is_finite() && preset.width.is_finite() && preset.width > 0.0;
    let own = own.iter().filter(fits).filter(sound);
    all.extend(own.map(|preset| (preset.name.clone(), Voi::Window(preset.centre, preset.width))));
    if in_hounsfield {
        all.extend(CT.map(|(name, centre, width)| (name.to_owned(), Voi::Window(centre, width))));
    }
    all.push(("Whole range".to_owned(), Voi::Window(low + span * 0.5, span)));
    if let Some((centre, width)) = picture.middle {
        all.push(("Without the extreme 2 %".to_owned(), Voi::Window(centre, width)));
    }
    if !in_hounsfield {
        let part =
            |(name, middle, width): (&str, f64, f64)| (name.to_owned(), Voi::Window(low + span * middle, span * width));
        all.extend(PARTS.map(part));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ImageId, Taken};
    use crate::session::PictureRequest;
    use std::sync::Arc;

    fn picture(header: &[&str], range: (f64, f64), modality: Option<&str>) -> Picture {
        let units = (modality == Some("CT")).then(|| "HU".to_owned());
        let taken = Taken { modality: modality.map(str::to_owned), units, ..Taken::default() };
        Picture {
            request: PictureRequest { image: ImageId(1), voi: Voi::default(), invert: false, side: 8 },
            width: 1,
            height: 1,
            rgba: Arc::new(vec![0; 4]),
            image_width: 1,
            image_height: 1,
            bits: 12,
            shape: 1.0,
            photometric: "greyscale",
            inverted: false,
            window: (0.0, 1.0),
            range,
            middle: Some((100.0, 50.0)),
            presets: header.iter().map(|name| (*name).to_owned()).collect(),
            taken: Some(Arc::new(taken)),
        }
    }

    #[test]
    fn the_headers_presets_come_before_parts_of_the_range() {
        let all = presets(&picture(&["STANDARD", "BONE"], (0.0, 4095.0), Some("CR")), &[]);
        assert_eq!(all[1], ("BONE".to_owned(), Voi::Preset(1)));
        assert_eq!(all[2], ("Whole range".to_owned(), Voi::Window(2047.5, 4095.0)));
        assert_eq!(all[3], ("Without the extreme 2 %".to_owned(), Voi::Window(100.0, 50.0)));
        let plain = presets(&picture(&[], (0.0, 255.0), None), &[]);
        assert_eq!(plain[0], ("As stored".to_owned(), Voi::default()));
        for range in [(0.0, 0.0), (-1024.0, 3071.0)] {
            let sound = |voi: &Voi| matches!(voi, Voi::Window(c, w) if c.is_finite() && *w > 0.0);
            assert!(presets(&picture(&[], range, None), &[]).iter().skip(1).all(|(_, voi)| sound(voi)));
        }
    }

    #[test]
    fn a_section_has_the_windows_of_its_modality_and_a_person_their_own() {
        let own = |name: &str, modality: Option<&str>, width| OwnPreset {
            name: name.into(),
            modality: modality.map(str::to_owned),
            centre: 10.0,
            width,
        };
        let own = [own("Mine", None, 5.0), own("Chest", Some("CR"), 5.0), own("Broken", None, 0.0)];
        let names = |modality| -> Vec<String> {
            presets(&picture(&["W1"], (0.0, 9.0), modality), &own).into_iter().map(|(name, _)| name).collect()
        };
        let section = names(Some("CT"));
        assert_eq!(section[..4], ["W1", "Mine", "Soft tissue", "Lung"]);
        assert!(!section.contains(&"Chest".to_owned()) && !section.contains(&"Middle half".to_owned()));
        assert_eq!(names(Some("CR"))[..4], ["W1", "Mine", "Chest", "Whole range"]);
        let lung = presets(&picture(&[], (0.0, 9.0), Some("CT")), &[]);
        assert!(lung.contains(&("Lung".to_owned(), Voi::Window(-600.0, 1500.0))));
    }
}
