//! How images are displayed, where a person changed it, and the heat maps over them.

use super::turn::Turn;
use crate::domain::{ImageId, MapMethod, ModelId, Voi};
use crate::session::PictureRequest;

/// How one image is displayed, where a person changed it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Display {
    pub voi: Voi,
    pub invert: bool,
    pub turn: Turn,
}

impl Display {
    /// The picture of an image displayed so, its longer side at most so many pixels.
    pub fn request(self, image: ImageId, side: usize) -> PictureRequest {
        PictureRequest { image, voi: self.voi, invert: self.invert, side }
    }
}

/// The heat map overlay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heat {
    pub shown: bool,
    /// Of one map, or of the left one of two.
    pub first: MapChoice,
    /// The right one, while two are beside each other.
    pub second: Option<MapChoice>,
    /// Which of two the keys are about.
    pub in_hand: MapSide,
    /// Lines of equal heat in place of colour.
    pub lines: bool,
    /// 0 to 1.
    pub opacity: f32,
}

/// What a person chose of a heat map; what is absent follows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MapChoice {
    /// `None` for the active one.
    pub model: Option<ModelId>,
    /// The class it explains; `None` follows the active model's answer.
    pub class: Option<usize>,
    /// `None` for the one that is kept for all images.
    pub method: Option<MapMethod>,
    /// From 1, the finest; `None` for the last.
    pub layer: Option<usize>,
}

/// One of two heat maps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapSide {
    #[default]
    Left,
    Right,
}

impl MapSide {
    /// The one beside it.
    pub fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }

    /// Its place among the maps on screen.
    pub fn index(self) -> usize {
        match self {
            Self::Left => 0,
            Self::Right => 1,
        }
    }
}

impl Heat {
    /// What was chosen of a side; of the right one the same as of the left while there is one map only.
    pub fn choice(&self, side: MapSide) -> MapChoice {
        match side {
            MapSide::Left => self.first,
            MapSide::Right => self.second.unwrap_or(self.first),
        }
    }

    /// The same to be changed.
    pub fn choice_mut(&mut self, side: MapSide) -> &mut MapChoice {
        match (side, &mut self.second) {
            (MapSide::Right, Some(second)) => second,
            (MapSide::Right, None) | (MapSide::Left, _) => &mut self.first,
        }
    }

    /// The side that keys are about.
    pub fn side_in_hand(&self) -> MapSide {
        if self.second.is_some() { self.in_hand } else { MapSide::Left }
    }

    /// One map again: the active model's.
    pub fn leave_two(&mut self) {
        (self.second, self.first.model, self.in_hand) = (None, None, MapSide::Left);
    }
}

impl Default for Heat {
    fn default() -> Self {
        let first = MapChoice::default();
        Self { shown: false, first, second: None, in_hand: MapSide::Left, lines: false, opacity: 0.6 }
    }
}
