//! torchvision's official weights: where they are, how they are checked, and how they were made.
//!
//! Addresses, sizes, figures and preprocessing are those of torchvision's own tables (`torchvision/models/*.py`,
//! 0.30). The eight hexadecimal digits in each file's name are the beginning of its SHA-256, which `torch.hub` checks too.

use crate::domain::Architecture;

/// A file of weights that can be downloaded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pretrained {
    /// What `--weights` calls it: torchvision's name of the network, with `-v2` for a second set.
    pub name: &'static str,
    /// What the window calls it.
    pub title: &'static str,
    /// The network it is for, as [`Architecture::name`] has it, up to `-` and `_`.
    pub architecture: &'static str,
    pub url: &'static str,
    /// The first eight hexadecimal digits of the file's SHA-256.
    pub sha256_prefix: &'static str,
    /// Size of the file in MiB, to three decimals.
    pub mebibytes: f64,
    pub made_with: MadeWith,
    /// What it reached on the data it was made for.
    pub figures: &'static str,
    pub licence: &'static str,
}

/// What pictures the weights were made with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MadeWith {
    /// The shorter side resized to `shorter_side`, a square of `crop` from the centre, 0..1, then ImageNet's mean and
    /// standard deviation by channel.
    ImageNet { shorter_side: usize, crop: usize, bicubic: bool },
    /// Colour pictures of any size, 0..1, normalised inside the network.
    WholePicture,
}

impl MadeWith {
    /// In words.
    pub fn describe(self) -> String {
        match self {
            Self::ImageNet { shorter_side, crop, bicubic } => {
                let how = if bicubic { "bicubic" } else { "bilinear" };
                format!("shorter side {shorter_side} ({how}), centre {crop} x {crop}, ImageNet mean and deviation")
            }
            Self::WholePicture => "whole colour pictures of any size".to_owned(),
        }
    }
}

impl Pretrained {
    /// The file's name, the last part of its address.
    pub fn file_name(&self) -> &'static str {
        self.url.rsplit('/').next().unwrap_or(self.name)
    }

    /// Size in bytes, to about a thousand.
    pub fn bytes(&self) -> u64 {
        (self.mebibytes * 1_048_576.0) as u64
    }

    /// "47 MB", in millions of bytes.
    pub fn size(&self) -> String {
        format!("{:.0} MB", self.mebibytes * 1.048_576)
    }

    /// Whether it is for the network of this name, however its words are joined, or for its backbone.
    pub fn is_for(&self, architecture: &str) -> bool {
        let backbone =
            Architecture::from_name(architecture).and_then(|network| Some(network.detector()?.backbone.name()));
        [Some(architecture), backbone].into_iter().flatten().any(|name| joined(self.architecture) == joined(name))
    }

    /// Whether a person who typed this means it.
    pub fn is_called(&self, name: &str) -> bool {
        joined(self.name) == joined(name)
    }
}

fn joined(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

const IMAGENET: MadeWith = MadeWith::ImageNet { shorter_side: 256, crop: 224, bicubic: false };
const TORCHVISION: &str = "weights of torchvision, BSD 3-clause; learned from ImageNet, whose pictures are for \
                           non-commercial research: check whether your use is covered";

/// Every file there is, the smaller network first.
pub const fn catalogue() -> &'static [Pretrained] {
    &CATALOGUE
}

const CATALOGUE: [Pretrained; 7] = [
    Pretrained {
        name: "resnet18",
        title: "ResNet-18, ImageNet",
        architecture: "resnet18",
        url: "https://download.pytorch.org/models/resnet18-f37072fd.pth",
        sha256_prefix: "f37072fd",
        mebibytes: 44.661,
        made_with: IMAGENET,
        figures: "ImageNet-1K: 69.758 % first guess, 89.078 % first five",
        licence: TORCHVISION,
    },
    Pretrained {
        name: "resnet34",
        title: "ResNet-34, ImageNet",
        architecture: "resnet34",
        url: "https://download.pytorch.org/models/resnet34-b627a593.pth",
        sha256_prefix: "b627a593",
        mebibytes: 83.275,
        made_with: IMAGENET,
        figures: "ImageNet-1K: 73.314 % first guess, 91.420 % first five",
        licence: TORCHVISION,
    },
    Pretrained {
        name: "resnet50",
        title: "ResNet-50, ImageNet, first set",
        architecture: "resnet50",
        url: "https://download.pytorch.org/models/resnet50-0676ba61.pth",
        sha256_prefix: "0676ba61",
        mebibytes: 97.781,
        made_with: IMAGENET,
        figures: "ImageNet-1K: 76.130 % first guess, 92.862 % first five",
        licence: TORCHVISION,
    },
    Pretrained {
        name: "resnet50-v2",
        title: "ResNet-50, ImageNet, second set",
        architecture: "resnet50",
        url: "https://download.pytorch.org/models/resnet50-11ad3fa6.pth",
        sha256_prefix: "11ad3fa6",
        mebibytes: 97.79,
        made_with: MadeWith::ImageNet { shorter_side: 232, crop: 224, bicubic: false },
        figures: "ImageNet-1K: 80.858 % first guess, 95.434 % first five",
        licence: TORCHVISION,
    },
    Pretrained {
        name: "efficientnet_b0",
        title: "EfficientNet-B0, ImageNet",
        architecture: "efficientnet_b0",
        url: "https://download.pytorch.org/models/efficientnet_b0_rwightman-7f5810bc.pth",
        sha256_prefix: "7f5810bc",
        mebibytes: 20.451,
        made_with: MadeWith::ImageNet { shorter_side: 256, crop: 224, bicubic: true },
        figures: "ImageNet-1K: 77.692 % first guess, 93.532 % first five",
        licence: "weights of pytorch-image-models (Ross Wightman, Apache 2.0) in torchvision, BSD 3-clause; learned \
                  from ImageNet, whose pictures are for non-commercial research: check whether your use is covered",
    },
    Pretrained {
        name: "densenet121",
        title: "DenseNet-121, ImageNet",
        architecture: "densenet121",
        url: "https://download.pytorch.org/models/densenet121-a639ec97.pth",
        sha256_prefix: "a639ec97",
        mebibytes: 30.845,
        made_with: IMAGENET,
        figures: "ImageNet-1K: 74.434 % first guess, 91.972 % first five",
        licence: TORCHVISION,
    },
    Pretrained {
        name: "fasterrcnn_resnet50_fpn_v2",
        title: "Faster R-CNN ResNet-50-FPN v2, COCO",
        architecture: "fasterrcnn_resnet50_fpn_v2",
        url: "https://download.pytorch.org/models/fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth",
        sha256_prefix: "dd69338a",
        mebibytes: 167.104,
        made_with: MadeWith::WholePicture,
        figures: "COCO val2017: box mAP 46.7",
        licence: "weights of torchvision, BSD 3-clause; learned from COCO and ImageNet: check whether your use is covered",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_named_by_its_hash_at_pytorch_org() {
        for (at, file) in catalogue().iter().enumerate() {
            assert!(file.url.starts_with("https://download.pytorch.org/models/"), "{}", file.url);
            assert!(file.file_name().ends_with(&format!("-{}.pth", file.sha256_prefix)), "{}", file.url);
            assert!(file.sha256_prefix.len() == 8 && file.sha256_prefix.chars().all(|c| c.is_ascii_hexdigit()));
            let others = &catalogue()[at + 1..];
            assert!(others.iter().all(|other| !other.is_called(file.name) && other.url != file.url));
        }
    }

    #[test]
    fn names_are_taken_however_their_words_are_joined() {
        let called = |name: &str| catalogue().iter().find(|p| p.is_called(name)).map(|p| p.file_name());
        assert_eq!(called("ResNet-18"), Some("resnet18-f37072fd.pth"));
        assert_eq!(called("resnet50_V2"), Some("resnet50-11ad3fa6.pth"));
        assert_eq!(called("efficientnet-b0"), Some("efficientnet_b0_rwightman-7f5810bc.pth"));
        assert_eq!(called("vgg16"), None);
        assert!(catalogue().iter().any(|p| p.name == "resnet18" && p.is_for("fasterrcnn-resnet18-fpn")));
        assert!(!catalogue().iter().any(|p| p.name == "resnet34" && p.is_for("fasterrcnn-resnet18-fpn")));
        assert_eq!(catalogue().iter().filter(|p| p.is_for("resnet50")).count(), 2);
        assert_eq!(catalogue()[0].size(), "47 MB");
    }
}
