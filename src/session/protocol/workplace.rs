//! How a person left a project, so that it is found so again: what the queue shows, which image, how it is displayed, and
//! how the window is laid out.
//!
//! It is kept among the person's own files, by project and by reader, and not in the project's database. Only one window
//! may write to that, so a second person who looks at a project meanwhile would have no place there; a project that is
//! handed on would carry the habits of whoever had it; and one row that everybody writes is overwritten by whoever closes
//! last. Two people with accounts of their own have files of their own, two readers of one account two entries in one file.

use crate::domain::{ImageId, Voi};
use crate::session::protocol::queue::{Filter, Sort};
use serde::{Deserialize, Serialize};

/// How a person left a project. What a file does not name is as it comes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Workplace {
    /// The screen, by its title: "Review".
    pub screen: String,
    /// The image looked at last.
    pub image: Option<ImageId>,
    pub filter: Filter,
    pub sort: Sort,
    /// How many percent of a learned order are drawn at random.
    pub random_arm: u8,
    /// Where that image lay, where it was not fitted.
    pub place: Option<PicturePlace>,
    /// How images are displayed, where a person changed that.
    pub displays: Vec<ImageDisplay>,
    /// What dragging did, by its name: "window".
    pub tool: String,
    pub panels: Panels,
}

/// Where a picture lay in the room it had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PicturePlace {
    /// Points of the screen the width of an image pixel.
    pub zoom: f64,
    /// The image point in the middle, in pixels.
    pub centre: [f64; 2],
}

/// How one image is displayed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageDisplay {
    pub image: ImageId,
    #[serde(default)]
    pub voi: Voi,
    #[serde(default)]
    pub inverted: bool,
    /// Quarter turns clockwise, after mirroring.
    #[serde(default)]
    pub turns: u8,
    /// Left and right are changed over.
    #[serde(default)]
    pub mirrored: bool,
}

/// How the Review screen is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panels {
    /// Widths in points; absent where nobody drew them.
    pub queue_width: Option<f32>,
    pub detail_width: Option<f32>,
    pub queue_folded: bool,
    pub detail_folded: bool,
    /// Pictures in a row and rows of them; 0 and 1 for one picture.
    pub grid: u8,
    /// After a label the same image stays.
    pub stay: bool,
}
