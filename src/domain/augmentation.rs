//! Random changes of training images; part of a [`super::Recipe`].

use serde::{Deserialize, Serialize};

/// Random changes of training images, drawn anew for each image, epoch and copy. A change that is not named is off.
///
/// They are made in this order: CLAHE; crop, mirror, shear, rotation, scale and shift in one bilinear step; brightness
/// and contrast; gamma; blur; holes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Mirror left and right, half of the time.
    pub horizontal_flip: bool,
    /// Mirror top and bottom, half of the time.
    pub vertical_flip: bool,
    /// Largest rotation either way, degrees.
    pub rotation: f64,
    /// Largest shift either way, share of the side.
    pub shift: f64,
    /// Largest change of scale either way: 0.1 is 0.9 to 1.1.
    pub scale: f64,
    /// Largest shear either way, degrees, along each axis.
    pub shear: f64,
    /// Probability that rotation, shift, scale and shear happen, all together.
    pub warp_probability: f64,
    /// Largest change of brightness either way, on the 0..1 scale.
    pub brightness: f64,
    /// Largest relative change of contrast either way, about the picture's mean.
    pub contrast: f64,
    /// Probability that brightness and contrast change, both together.
    pub tone_probability: f64,
    pub gamma: Gamma,
    pub crop: RandomCrop,
    pub blur: Blur,
    pub clahe: Clahe,
    pub dropout: CoarseDropout,
    /// A box of which less than this share of its area is left in the changed picture is left out, 0 to 1; what is kept
    /// is clipped (Albumentations' `min_visibility`).
    #[serde(skip_serializing_if = "is_zero")]
    pub min_visibility: f64,
    /// Fixed views: each image comes once with each of them in every epoch, so the training set is multiplied by their
    /// number. They take the place of the settings above, which must be off then.
    pub view: Vec<Augmentation>,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self {
            horizontal_flip: false,
            vertical_flip: false,
            rotation: 0.0,
            shift: 0.0,
            scale: 0.0,
            shear: 0.0,
            warp_probability: 1.0,
            brightness: 0.0,
            contrast: 0.0,
            tone_probability: 1.0,
            gamma: Gamma { probability: 0.0, ..Gamma::default() },
            crop: RandomCrop { probability: 0.0, ..RandomCrop::default() },
            blur: Blur { probability: 0.0, ..Blur::default() },
            clahe: Clahe { probability: 0.0, ..Clahe::default() },
            dropout: CoarseDropout { probability: 0.0, ..CoarseDropout::default() },
            min_visibility: 0.0,
            view: Vec::new(),
        }
    }
}

fn is_zero(share: &f64) -> bool {
    *share == 0.0
}

impl Augmentation {
    /// Copies of each image in one epoch; copy `c` shows view `c % views()`.
    pub fn views(&self) -> usize {
        self.view.len().max(1)
    }

    /// Whether pictures are mirrored left and right, in one of the views at least.
    pub fn mirrors(&self) -> bool {
        self.horizontal_flip || self.view.iter().any(|view| view.horizontal_flip)
    }

    /// The settings for one copy of an image.
    pub fn of_copy(&self, copy: usize) -> &Self {
        self.view.get(copy % self.views()).unwrap_or(self)
    }

    /// Whether every copy of every image stays as it is.
    pub fn changes_nothing(&self) -> bool {
        if !self.view.is_empty() {
            return self.view.iter().all(Self::changes_nothing);
        }
        let switched = [
            self.gamma.probability,
            self.crop.probability,
            self.blur.probability,
            self.clahe.probability,
            self.dropout.probability,
        ];
        !self.horizontal_flip
            && !self.vertical_flip
            && (self.warp_probability == 0.0 || [self.rotation, self.shift, self.scale, self.shear] == [0.0; 4])
            && (self.tone_probability == 0.0 || [self.brightness, self.contrast] == [0.0; 2])
            && switched == [0.0; 5]
    }
}

/// Every value is raised to a drawn power: below 1 lightens, above 1 darkens the middle tones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gamma {
    pub probability: f64,
    /// Smallest and largest power.
    pub power: [f64; 2],
}

impl Default for Gamma {
    fn default() -> Self {
        Self { probability: 0.5, power: [0.8, 1.25] }
    }
}

/// A part of the picture takes the place of the whole (torchvision's RandomResizedCrop).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RandomCrop {
    pub probability: f64,
    /// Smallest and largest share of the area that is kept.
    pub area: [f64; 2],
    /// Largest ratio of the part's sides to the picture's, either way; 1 keeps the shape.
    pub aspect: f64,
}

impl Default for RandomCrop {
    fn default() -> Self {
        Self { probability: 1.0, area: [0.7, 1.0], aspect: 4.0 / 3.0 }
    }
}

/// Gaussian blur.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Blur {
    pub probability: f64,
    /// Smallest and largest standard deviation, pixels of the network's input.
    pub sigma: [f64; 2],
}

impl Default for Blur {
    fn default() -> Self {
        Self { probability: 0.5, sigma: [0.1, 2.0] }
    }
}

/// Contrast-limited adaptive histogram equalisation (Zuiderveld 1994).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clahe {
    pub probability: f64,
    /// Smallest and largest clip limit: how many times the even height a bin of a tile's histogram may have.
    pub clip_limit: [f64; 2],
    /// Tiles along each side.
    pub tiles: usize,
}

impl Default for Clahe {
    fn default() -> Self {
        Self { probability: 0.5, clip_limit: [1.0, 4.0], tiles: 8 }
    }
}

/// Rectangular holes (DeVries and Taylor 2017, as Albumentations' CoarseDropout).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CoarseDropout {
    pub probability: f64,
    /// Fewest and most holes.
    pub holes: [usize; 2],
    /// Smallest and largest side of a hole, share of the picture's.
    pub size: [f64; 2],
    /// What the holes are filled with, 0 black to 1 white.
    pub fill: f64,
}

impl Default for CoarseDropout {
    fn default() -> Self {
        Self { probability: 0.5, holes: [1, 8], size: [0.05, 0.2], fill: 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_go_round_the_views() {
        let plain = Augmentation { rotation: 5.0, ..Augmentation::default() };
        assert_eq!((plain.views(), plain.of_copy(7)), (1, &plain));
        let turned = Augmentation { view: vec![Augmentation::default(), plain.clone()], ..Augmentation::default() };
        assert_eq!(turned.views(), 2);
        assert_eq!((turned.of_copy(0), turned.of_copy(3)), (&Augmentation::default(), &plain));
        assert!(!turned.changes_nothing() && Augmentation::default().changes_nothing());
        assert!(Augmentation { rotation: 5.0, warp_probability: 0.0, ..Augmentation::default() }.changes_nothing());
    }
}
