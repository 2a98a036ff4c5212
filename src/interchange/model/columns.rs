//! What the columns of a table hold, as a person says it.

use serde::{Deserialize, Serialize};

/// What a column may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Image,
    Class,
    /// What is said of the finding that the column is called as; may be said of several columns.
    Finding,
    /// Corners of a box in pixels from 0, the maximum exclusive.
    Xmin,
    Ymin,
    Xmax,
    Ymax,
    /// The middle of a box.
    XCenter,
    YCenter,
    /// Left and top of a box, and its size, in pixels.
    X,
    Y,
    W,
    H,
    /// All four numbers of a box in one cell: which they are is told by the numbers, where they show it.
    Box,
    /// Left, top, width and height in one cell.
    Xywh,
    /// Left, top, right and bottom in one cell.
    Xyxy,
    Group,
    Split,
    Reader,
    Time,
    /// Size of the image in pixels.
    Width,
    Height,
}

impl Role {
    /// Those that hold a box, or a part of one.
    pub const OF_BOX: [Self; 13] = [
        Self::Xmin,
        Self::Ymin,
        Self::Xmax,
        Self::Ymax,
        Self::XCenter,
        Self::YCenter,
        Self::X,
        Self::Y,
        Self::W,
        Self::H,
        Self::Box,
        Self::Xywh,
        Self::Xyxy,
    ];

    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::Image,
        Self::Class,
        Self::Finding,
        Self::Xmin,
        Self::Ymin,
        Self::Xmax,
        Self::Ymax,
        Self::XCenter,
        Self::YCenter,
        Self::X,
        Self::Y,
        Self::W,
        Self::H,
        Self::Box,
        Self::Xywh,
        Self::Xyxy,
        Self::Group,
        Self::Split,
        Self::Reader,
        Self::Time,
        Self::Width,
        Self::Height,
    ];

    /// The word it is given by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Class => "class",
            Self::Finding => "finding",
            Self::Xmin => "xmin",
            Self::Ymin => "ymin",
            Self::Xmax => "xmax",
            Self::Ymax => "ymax",
            Self::XCenter => "xcenter",
            Self::YCenter => "ycenter",
            Self::X => "x",
            Self::Y => "y",
            Self::W => "w",
            Self::H => "h",
            Self::Box => "box",
            Self::Xywh => "xywh",
            Self::Xyxy => "xyxy",
            Self::Group => "group",
            Self::Split => "split",
            Self::Reader => "reader",
            Self::Time => "time",
            Self::Width => "width",
            Self::Height => "height",
        }
    }

    /// The role of that word, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name().eq_ignore_ascii_case(word.trim()))
    }
}

/// A person's word on a table's columns: what, and the name in the header; no name where no column holds it, whatever
/// they are called.
pub type Columns = Vec<(Role, String)>;

/// A table whose columns a person has told, to be read in the same way when its header comes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownTable {
    pub header: Vec<String>,
    pub columns: Columns,
}
