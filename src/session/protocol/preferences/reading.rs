//! How pictures are read: what the mouse does, what goes along from one image to the next, what the corners say.

use serde::{Deserialize, Serialize};

/// How a person reads pictures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Whether window, zoom and rotation go along to the next image of the same kind.
    pub keep_view: bool,
    pub mouse: Mouse,
    /// A person's own windows, offered for pictures of their modality.
    pub presets: Vec<OwnPreset>,
    pub corners: Corners,
    /// Points of the screen a millimetre, as a person measured it; absent while it is not known.
    pub points_per_mm: Option<f64>,
    /// Frames a second that films are played at; absent for as many as each file says.
    pub frames_a_second: Option<f64>,
}

/// What dragging with a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DragUse {
    /// What the tool in hand does, else it moves the picture and boxes: the left button only.
    Tool,
    Window,
    Pan,
    Zoom,
}

impl DragUse {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Tool, Self::Window, Self::Pan, Self::Zoom];

    /// What people read.
    pub fn title(self) -> &'static str {
        match self {
            Self::Tool => "Tool in hand",
            Self::Window => "Window",
            Self::Pan => "Move the picture",
            Self::Zoom => "Zoom",
        }
    }
}

/// What the wheel does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WheelUse {
    Zoom,
    /// The next or previous image; the frames of a file are images.
    Images,
}

impl WheelUse {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Zoom, Self::Images];

    /// What people read.
    pub fn title(self) -> &'static str {
        match self {
            Self::Zoom => "Zoom",
            Self::Images => "Next image or frame",
        }
    }
}

/// What the mouse does on a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mouse {
    pub left: DragUse,
    pub middle: DragUse,
    pub right: DragUse,
    pub wheel: WheelUse,
    /// With Ctrl held, or Command.
    pub ctrl_wheel: WheelUse,
}

impl Mouse {
    /// For drawing and labelling.
    pub const LABELLING: Self = Self {
        left: DragUse::Tool,
        middle: DragUse::Pan,
        right: DragUse::Window,
        wheel: WheelUse::Zoom,
        ctrl_wheel: WheelUse::Zoom,
    };

    /// As viewers in reading rooms have it.
    pub const WORKSTATION: Self = Self {
        left: DragUse::Window,
        middle: DragUse::Pan,
        right: DragUse::Zoom,
        wheel: WheelUse::Images,
        ctrl_wheel: WheelUse::Zoom,
    };

    /// What it does in a sentence.
    pub fn in_words(self) -> String {
        let [left, middle, right] = [self.left, self.middle, self.right].map(|one| one.title().to_lowercase());
        let [wheel, ctrl] = [self.wheel, self.ctrl_wheel].map(|one| one.title().to_lowercase());
        format!("Left drag: {left}; middle: {middle}; right: {right}; wheel: {wheel}; Ctrl and wheel: {ctrl}.")
    }
}

impl Default for Mouse {
    fn default() -> Self {
        Self::LABELLING
    }
}

/// A window that a person gave a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnPreset {
    pub name: String,
    /// Of pictures of this modality alone; absent for all.
    #[serde(default)]
    pub modality: Option<String>,
    /// In values after the modality transform.
    pub centre: f64,
    pub width: f64,
}

/// What the corners of the picture say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Corners {
    /// Window and zoom.
    pub view: bool,
    /// Size, depth, and the value under the pointer.
    pub values: bool,
    /// The file's name and its split.
    pub name: bool,
    /// The patient's group and the study, as marks that name nobody, and the place in the series.
    pub study: bool,
    /// R L A P H F at the edges.
    pub letters: bool,
}

impl Default for Corners {
    fn default() -> Self {
        Self { view: true, values: true, name: true, study: true, letters: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_does_not_name_is_as_it_comes() {
        let read: Reading = serde_json::from_str(r#"{"keep_view":true,"mouse":{"left":"window"}}"#).unwrap();
        assert_eq!(read.mouse, Mouse { left: DragUse::Window, ..Mouse::LABELLING });
        assert!(read.keep_view && read.corners == Corners::default());
        let own = OwnPreset { name: "Nodules".into(), modality: Some("CT".into()), centre: -600.0, width: 1500.0 };
        let reading = Reading { mouse: Mouse::WORKSTATION, presets: vec![own], ..Reading::default() };
        let written = serde_json::to_string(&reading).unwrap();
        assert_eq!(serde_json::from_str::<Reading>(&written).unwrap(), reading);
    }
}
