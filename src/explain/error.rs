//! Why there is no map, each in one sentence.

use crate::domain::map_method::listed;
use crate::domain::{MapLayer, MapMethod};
use crate::inference::ModelError;

/// Why a map cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The model, the class, the box, or the tensor library.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A method of boxes for a model that gives whole images a class.
    #[error(
        "{} explains boxes, this model gives the whole image a class: use {}", .0.name(), listed(MapMethod::that_fit(false), "or")
    )]
    OfBoxes(MapMethod),
    /// A method of whole images for a model that draws boxes.
    #[error(
        "{} explains models that give the whole image a class, this one draws boxes: use {}", .0.name(), listed(MapMethod::that_fit(true), "or")
    )]
    OfImages(MapMethod),
    /// A network that guided backpropagation was not made for.
    #[error(
        "guided backpropagation changes what goes back through ReLUs, and this network has none: use grad-cam, smooth-grad or \
         integrated-gradients"
    )]
    NoRelus,
    /// A layer outside those of the network.
    #[error("there is no layer {layer}: this network has {}", listed_layers(.layers))]
    NoSuchLayer { layer: usize, layers: Vec<MapLayer> },
    /// A layer for a method that looks at none.
    #[error("{} looks at the picture itself and at no layer: leave the layer out", .0.name())]
    HasNoLayers(MapMethod),
}

/// "4 to look at: 1 (Stage 1, 56 × 56), ...".
fn listed_layers(layers: &[MapLayer]) -> String {
    let one = |layer: &MapLayer| format!("{} ({})", layer.number, layer.with_grid());
    format!("{} to look at: {}", layers.len(), layers.iter().map(one).collect::<Vec<_>>().join(", "))
}

impl From<candle_core::Error> for MapError {
    fn from(error: candle_core::Error) -> Self {
        Self::Model(error.into())
    }
}
