//! How the pictures were prepared that weights from elsewhere learned from: as a person says it, with torchvision's rule
//! where the network is torchvision's and nobody says otherwise.

use super::preparation_file;
use crate::domain::recipe::{Interpolation, Resize};
use crate::domain::{Architecture, Preprocessing};
use std::path::PathBuf;

/// torchvision's presets of classifiers: the shorter side, and the square from the centre.
const SHORTER: usize = 256;
const CROP: usize = 224;
/// About what torchvision's detectors are made for.
const SIDE_FOR_BOXES: usize = 1024;

/// What a person says of it; all of it may be left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preparation {
    pub rule: Option<Rule>,
    /// Width and height: of the shorter side, where the rule crops (then both are equal), else of the input.
    pub resize: Option<(usize, usize)>,
    /// Width and height of what is cut from the centre.
    pub crop: Option<(usize, usize)>,
    /// The input's side.
    pub size: Option<usize>,
    pub mean: Vec<f32>,
    pub std: Vec<f32>,
    pub interpolation: Option<Interpolation>,
}

/// How a picture comes to the input's size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The shorter side to a length, then the centre, as torchvision's presets.
    Torchvision,
    /// To the input's size, whatever the picture's shape.
    Stretch,
    /// The whole picture, black around it.
    Letterbox,
    /// As a file says.
    File(PathBuf),
}

impl Preparation {
    /// The preprocessing of a network for so many channels, and sentences on what was taken because nobody said it.
    ///
    /// # Errors
    /// In a sentence, when what is said does not go together or does not say enough.
    pub fn settle(&self, architecture: &Architecture, channels: usize) -> Result<(Preprocessing, Vec<String>), String> {
        let mut notes = Vec::new();
        let rule = match (&self.rule, architecture) {
            (Some(rule), _) => rule.clone(),
            (None, Architecture::Detector(_)) => Rule::Letterbox,
            (None, Architecture::Classifier(network)) if network.is_torchvisions() => {
                notes.push(format!(
                    "pictures are prepared as torchvision's preset for {} does, for no --preprocessing was given; --resize, \
                     --crop, --mean, --std and --interpolation change parts of it",
                    network.name()
                ));
                Rule::Torchvision
            }
            (None, Architecture::Classifier(network)) => {
                return Err(format!(
                    "nothing says how pictures were prepared for a {}: add --preprocessing with torchvision, stretch, \
                     letterbox or a file",
                    network.name()
                ));
            }
        };
        // Pictures of whole values are what Pillow hands to torchvision; its detectors resize what is scaled already.
        let rounded = !architecture.draws_boxes();
        let plain = Preprocessing { channels, rounded, ..Preprocessing::imagenet(Resize::Stretch, CROP) };
        let mut made = match &rule {
            Rule::File(file) => {
                let read = preparation_file::read(file)?;
                if read.channels != channels {
                    return Err(format!(
                        "{} is for {}, the weights are for {}",
                        file.display(),
                        in_words(read.channels),
                        in_words(channels)
                    ));
                }
                read
            }
            Rule::Torchvision => Preprocessing {
                resize: Resize::ShorterSideThenCrop(SHORTER),
                interpolation: preset(architecture),
                ..plain
            },
            Rule::Stretch => plain,
            Rule::Letterbox if architecture.draws_boxes() => {
                Preprocessing { resize: Resize::Pad, width: SIDE_FOR_BOXES, height: SIDE_FOR_BOXES, ..plain }
            }
            Rule::Letterbox => Preprocessing { resize: Resize::Pad, ..plain },
        };
        self.bring_to_size(&mut made, matches!(rule, Rule::File(_)))?;
        if architecture.draws_boxes() && matches!(made.resize, Resize::ShorterSideThenCrop(_)) {
            return Err(
                "a network that draws boxes must see the whole picture: use --preprocessing letterbox or stretch"
                    .into(),
            );
        }
        self.normalise(&mut made, channels, matches!(rule, Rule::File(_)))?;
        if let Some(interpolation) = self.interpolation {
            made.interpolation = interpolation;
        }
        check(&made)?;
        Ok((made, notes))
    }

    /// Sizes, as far as they are given.
    fn bring_to_size(&self, made: &mut Preprocessing, from_file: bool) -> Result<(), String> {
        let square = self.size.map(|side| (side, side));
        if self.size.is_some() && self.crop.or(self.resize.filter(|_| !crops(made))).is_some() {
            return Err(
                "--size names the input's side, and so do --crop and, without a crop, --resize: give one of them"
                    .into(),
            );
        }
        if let Resize::ShorterSideThenCrop(shorter) = &mut made.resize {
            let before = made.width.max(made.height).max(1);
            let crop = self.crop.or(square);
            if let Some((width, height)) = crop {
                (made.width, made.height) = (width, height);
            }
            match self.resize {
                Some((width, height)) if width != height => {
                    return Err(format!(
                        "--resize {width}x{height} stretches, and then nothing is cut off: say --preprocessing stretch, or \
                         one number for the shorter side"
                    ));
                }
                Some((side, _)) => *shorter = side,
                // torchvision's share of 224 in 256 is kept.
                None if crop.is_some() => {
                    let side = made.width.max(made.height);
                    *shorter = (*shorter as f64 * side as f64 / before as f64).round() as usize;
                }
                None => {}
            }
            if *shorter < made.width.max(made.height) {
                return Err(format!(
                    "a centre of {} x {} is more than the shorter side of {shorter}: give a smaller --crop or a larger \
                     --resize",
                    made.width, made.height
                ));
            }
            return Ok(());
        }
        if self.crop.is_some() {
            let what = if from_file { "this file's rule" } else { "stretch or letterbox" };
            return Err(format!(
                "with {what} nothing is cut off: leave --crop out, or say --preprocessing torchvision"
            ));
        }
        if let Some((width, height)) = self.resize.or(square) {
            (made.width, made.height) = (width, height);
        }
        Ok(())
    }

    /// Mean and deviation, as far as they are given.
    fn normalise(&self, made: &mut Preprocessing, channels: usize, from_file: bool) -> Result<(), String> {
        if self.mean.is_empty() != self.std.is_empty() {
            return Err("--mean and --std go together: give both".into());
        }
        if !self.mean.is_empty() {
            made.mean = spread("--mean", &self.mean, channels)?;
            made.std = spread("--std", &self.std, channels)?;
            if made.mean.iter().chain(&made.std).any(|value| *value > 2.0) {
                return Err(format!(
                    "--mean and --std are of values from 0 to 1; {} looks like the scale from 0 to 255: divide by 255",
                    made.mean.iter().chain(&made.std).copied().fold(0.0, f32::max)
                ));
            }
        } else if channels == 1 && !from_file {
            return Err(
                "the file is for grey pictures, 1 channel, for which torchvision has no mean and deviation: add \
                        --mean and --std, such as --mean 0.5 --std 0.5"
                    .into(),
            );
        }
        Ok(())
    }
}

fn crops(p: &Preprocessing) -> bool {
    matches!(p.resize, Resize::ShorterSideThenCrop(_))
}

/// The interpolation of torchvision's preset: bicubic for its EfficientNet-B0, bilinear for all others here.
fn preset(architecture: &Architecture) -> Interpolation {
    use crate::domain::recipe::ClassifierArchitecture::{
        DenseNet121, EfficientNetB0, ResNet18, ResNet34, ResNet50, SimpleCnn,
    };
    match architecture.classifier() {
        Some(EfficientNetB0 { .. }) => Interpolation::Bicubic,
        Some(SimpleCnn(_) | ResNet18 | ResNet34 | ResNet50 | DenseNet121) | None => Interpolation::Bilinear,
    }
}

/// One figure a channel; one alone is for all.
fn spread(option: &str, values: &[f32], channels: usize) -> Result<Vec<f32>, String> {
    match values {
        [one] => Ok(vec![*one; channels]),
        all if all.len() == channels => Ok(all.to_vec()),
        all => Err(format!("{option} has {} figures for {}", all.len(), in_words(channels))),
    }
}

pub(super) fn in_words(channels: usize) -> String {
    match channels {
        1 => "grey pictures, 1 channel".to_owned(),
        n => format!("{n} channels"),
    }
}

fn check(p: &Preprocessing) -> Result<(), String> {
    let most = 4096;
    if [p.width, p.height].iter().any(|side| !(8..=most).contains(side)) {
        return Err(format!("an input of {} x {} pixels: each side must be from 8 to {most}", p.width, p.height));
    }
    if p.mean.iter().any(|v| !v.is_finite()) || p.std.iter().any(|v| !(v.is_finite() && *v > 0.0)) {
        return Err("mean and deviation must be numbers, and the deviation above 0".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recipe::{ClassifierArchitecture, Greys};

    fn said(preparation: &Preparation) -> Result<String, String> {
        preparation.settle(&ClassifierArchitecture::ResNet18.into(), 3).map(|(made, _)| made.sentence())
    }

    #[test]
    fn the_presets_are_torchvisions() {
        // repr(torchvision.models.*_Weights.IMAGENET1K_V1.transforms()) of torchvision 0.29.2.
        let names = ["resnet18", "resnet34", "resnet50", "densenet121", "efficientnet_b0"];
        for name in names {
            let architecture = Architecture::from_name(name).unwrap();
            let (made, notes) = Preparation::default().settle(&architecture, 3).unwrap();
            let how = if name == "efficientnet_b0" { "bicubic" } else { "bilinear" };
            assert_eq!(
                made.sentence(),
                format!(
                    "the shorter side to 256 pixels ({how}, rounded as Pillow does), then the centre of 224 x 224, 3 channels, mean 0.485 0.456 \
                     0.406, deviation 0.229 0.224 0.225"
                )
            );
            assert!(notes.len() == 1 && notes[0].contains("torchvision's preset"), "{notes:?}");
        }
    }

    #[test]
    fn how_a_file_says_that_greys_are_read_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("prepared.toml");
        for (said, greys) in [("", Greys::Shown), ("greys = \"full-depth\"\n", Greys::FullDepth)] {
            let text = format!(
                "[preprocessing]\nchannels = 3\nresize = \"stretch\"\nwidth = 64\nheight = 64\nmean = [0.5]\nstd = [0.25]\n{said}"
            );
            std::fs::write(&file, text).unwrap();
            let asked = Preparation { rule: Some(Rule::File(file.clone())), ..Preparation::default() };
            let (made, _) = asked.settle(&ClassifierArchitecture::ResNet18.into(), 3).unwrap();
            assert_eq!(made.greys, greys);
        }
    }

    #[test]
    fn what_is_said_is_taken() {
        let base = Preparation::default();
        let v2 = Preparation { resize: Some((232, 232)), ..base.clone() };
        assert!(said(&v2).unwrap().starts_with(
            "the shorter side to 232 pixels (bilinear, rounded as Pillow does), then the centre of 224 x 224"
        ));
        let small = Preparation { size: Some(64), ..base.clone() };
        assert!(said(&small).unwrap().starts_with(
            "the shorter side to 73 pixels (bilinear, rounded as Pillow does), then the centre of 64 x 64"
        ));
        let stretched = Preparation {
            rule: Some(Rule::Stretch),
            resize: Some((192, 256)),
            mean: vec![0.5],
            std: vec![0.25],
            interpolation: Some(Interpolation::Lanczos),
            ..base.clone()
        };
        assert_eq!(
            said(&stretched).unwrap(),
            "stretched to 192 x 256 pixels (lanczos, rounded as Pillow does), 3 channels, mean 0.5 0.5 0.5, deviation 0.25 0.25 0.25"
        );
        let letterbox = Preparation { rule: Some(Rule::Letterbox), size: Some(320), ..base };
        assert!(said(&letterbox).unwrap().starts_with("the whole picture in 320 x 320 pixels"));
    }

    #[test]
    fn what_does_not_go_together_is_refused_in_a_sentence() {
        let base = Preparation::default();
        let refused = |preparation: &Preparation, word: &str| {
            let why = said(preparation).unwrap_err();
            assert!(why.contains(word), "{why}");
        };
        refused(&Preparation { rule: Some(Rule::Stretch), crop: Some((64, 64)), ..base.clone() }, "leave --crop out");
        refused(&Preparation { resize: Some((100, 100)), ..base.clone() }, "larger --resize");
        refused(&Preparation { resize: Some((256, 128)), ..base.clone() }, "shorter side");
        refused(&Preparation { mean: vec![0.5], ..base.clone() }, "give both");
        refused(&Preparation { mean: vec![123.675], std: vec![58.395], ..base.clone() }, "divide by 255");
        refused(&Preparation { mean: vec![0.5; 2], std: vec![0.5; 2], ..base.clone() }, "2 figures for 3 channels");
        refused(&Preparation { size: Some(64), crop: Some((64, 64)), ..base.clone() }, "one of them");
        let grey = base.settle(&ClassifierArchitecture::ResNet18.into(), 1).unwrap_err();
        assert!(grey.contains("grey pictures, 1 channel") && grey.contains("--mean"), "{grey}");
        let own = base.settle(&Architecture::default(), 3).unwrap_err();
        assert!(own.contains("--preprocessing"), "{own}");
    }
}
