//! Pictures, thumbnails, heat maps and previews for the window, made on worker threads and kept while there is room.

use crate::domain::recipe::Augmentation;
use crate::domain::{
    Contour, HeatMap, ImageId, MapMethod, ModelId, Outline, PixelValue, Preprocessing, Rect, RegionFigures, Taken, Voi,
};
use crate::imaging::colormap;
use std::sync::Arc;

/// What picture is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PictureRequest {
    pub image: ImageId,
    pub voi: Voi,
    pub invert: bool,
    /// Pixels of its longer side at most; no picture is larger than its image.
    pub side: usize,
}

impl PictureRequest {
    /// The side of a picture as large as its image; every graphics card that wgpu takes allows textures of this size.
    pub const WHOLE: usize = 8192;
}

/// A picture as displayed, in the oriented frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub request: PictureRequest,
    /// Size of `rgba`, smaller than the image where that is larger than was asked for.
    pub width: usize,
    pub height: usize,
    pub rgba: Arc<Vec<u8>>,
    /// Size of the image itself in pixels.
    pub image_width: u32,
    pub image_height: u32,
    /// The height of a pixel in widths of it: 1 for square ones.
    pub shape: f64,
    /// Bits a stored sample.
    pub bits: u8,
    /// "RGB", "greyscale".
    pub photometric: &'static str,
    /// The lowest value is shown white (MONOCHROME1).
    pub inverted: bool,
    /// The window used, in stored values: centre, width.
    pub window: (f64, f64),
    /// Smallest and largest stored value.
    pub range: (f64, f64),
    /// The window, centre and width, that leaves out the lowest and the highest hundredth of the pixels; absent for
    /// colours.
    pub middle: Option<(f64, f64)>,
    /// What the header calls its windows and tables; empty without a header.
    pub presets: Arc<[String]>,
    /// How it was taken; absent without a header.
    pub taken: Option<Arc<Taken>>,
}

/// A small picture for lists, RGBA.
#[derive(Clone, Debug, PartialEq)]
pub struct Thumbnail {
    pub width: usize,
    pub height: usize,
    pub rgba: Arc<Vec<u8>>,
}

/// What a heat map explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Explained {
    /// That the whole image is of this class, for a model that says so of images.
    Class(usize),
    /// That something of this class is here, for a model that draws boxes; pixels of the image.
    Box { class: usize, rect: Rect },
}

impl Explained {
    /// The class that is explained.
    pub fn class(&self) -> usize {
        let (Self::Class(class) | Self::Box { class, .. }) = *self;
        class
    }
}

/// What heat map is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapRequest {
    pub image: ImageId,
    /// The model whose answer is explained; the active one where it is absent.
    pub model: Option<ModelId>,
    pub explained: Explained,
    pub method: MapMethod,
    /// The layer looked at, from 1, the finest; the last where it is absent, and where the network has fewer.
    pub layer: Option<usize>,
}

/// A heat map with its colours, RGBA (not premultiplied, alpha grows with the value) on the map's own grid.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatPicture {
    pub map: HeatMap,
    /// Of a box, the score that the model gives it, 0 to 1.
    pub score: Option<f32>,
    pub width: usize,
    pub height: usize,
    pub rgba: Arc<Vec<u8>>,
    /// Lines of equal heat.
    pub lines: Arc<Vec<Contour>>,
}

/// The colour, sRGB, of a value of a heat map: 0 to 1, of a signed one -1 to 1.
pub fn heat_colour(value: f32, signed: bool) -> [u8; 3] {
    colormap::of_map(value, signed).0
}

/// What a preview of a recipe's work on an image is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewRequest {
    pub image: ImageId,
    pub preprocessing: Preprocessing,
    pub augmentation: Augmentation,
    pub seed: u64,
    /// Another round, other draws: it stands for the epoch.
    pub round: usize,
}

/// An image as a network is shown it, RGBA before normalisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    pub image: ImageId,
    pub width: usize,
    pub height: usize,
    /// Brought to size and unchanged.
    pub original: Arc<Vec<u8>>,
    /// Changed copies, in turn of each view.
    pub copies: Vec<Arc<Vec<u8>>>,
    /// Views of the augmentation; 1 where it has no fixed ones.
    pub views: usize,
}

/// What the header of a DICOM file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// In the file's order; those of a sequence's items follow it.
    pub lines: Vec<HeaderLine>,
}

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderLine {
    /// (gggg,eeee)
    pub tag: String,
    /// How many sequences it lies in.
    pub depth: usize,
    /// The standard's keyword, or "private".
    pub name: String,
    pub value: String,
    /// It may tell who the patient is: shown only when asked for.
    pub identifying: bool,
}

/// What is read off an image's values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValuesOf {
    Pixel {
        column: u32,
        row: u32,
    },
    Region(Outline, Rect),
    /// From the first image point to the second.
    Line([f64; 2], [f64; 2]),
}

/// Which values are wanted, and of which image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValuesRequest {
    pub image: ImageId,
    pub of: ValuesOf,
}

/// Values read off an image, after the modality transform.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Pixel(PixelValue),
    Region(RegionFigures),
    /// At even steps along the line; `NaN` where there is no measurement.
    Line(Vec<f64>),
    /// There is nothing that was measured.
    Nothing,
}

/// What there is of something asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Fetched<T> {
    /// Being made; an older one, where there is one, may be shown meanwhile.
    Loading(Option<Arc<T>>),
    Ready(Arc<T>),
    /// A sentence that says why not.
    Failed(Arc<str>),
}
