//! The layers of a network that a map can look at, in words.

use super::recipe::{Architecture, ClassifierArchitecture, Preprocessing};

/// A layer of a network that gives whole images a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapLayer {
    /// From 1, the finest.
    pub number: usize,
    /// "Stage 2".
    pub title: String,
    /// What the weights' names call it: "layer2".
    pub own_name: String,
    /// The grid that a map of it has.
    pub rows: usize,
    pub columns: usize,
}

impl MapLayer {
    /// Its name with the size of its grid: "Stage 2, 28 × 28".
    pub fn with_grid(&self) -> String {
        format!("{}, {} × {}", self.title, self.rows, self.columns)
    }
}

/// Which side a layer leaves of one that comes in.
#[derive(Clone, Copy)]
enum Step {
    /// As it is.
    Same,
    /// Half of it, rounded up: a convolution that moves by two with its padding.
    Half,
    /// Half of it, rounded down: pooling without padding.
    HalfDown,
}

impl Step {
    fn of(self, side: usize) -> usize {
        match self {
            Self::Same => side,
            Self::Half => side.div_ceil(2),
            Self::HalfDown => side / 2,
        }
    }
}

/// The layers that a map of a network with such inputs can look at, the finest first; none of one that draws boxes, whose maps
/// are of the level that the box was told from.
pub fn map_layers(architecture: &Architecture, preprocessing: &Preprocessing) -> Vec<MapLayer> {
    let Architecture::Classifier(network) = architecture else { return Vec::new() };
    // What comes before the first, then each with what comes before it, its title and its own name.
    let (stem, steps): (&[Step], Vec<(Step, String, String)>) = match network {
        ClassifierArchitecture::SimpleCnn(network) => {
            let step = |at: usize| if at == 0 { Step::Same } else { Step::HalfDown };
            let block = |at| (step(at), format!("Block {}", at + 1), format!("blocks.{at}"));
            (&[], (0..network.channels.len()).map(block).collect())
        }
        ClassifierArchitecture::ResNet18 | ClassifierArchitecture::ResNet34 | ClassifierArchitecture::ResNet50 => {
            let step = |at: usize| if at == 1 { Step::Same } else { Step::Half };
            let stage = |at| (step(at), format!("Stage {at}"), format!("layer{at}"));
            (&[Step::Half, Step::Half], (1..=4).map(stage).collect())
        }
        ClassifierArchitecture::EfficientNetB0 { .. } => {
            let step = |at: usize| if matches!(at, 2 | 3 | 4 | 6) { Step::Half } else { Step::Same };
            let stage = |at| (step(at), format!("Stage {at}"), format!("features.{at}"));
            (&[Step::Half], (1..=8).map(stage).collect())
        }
        ClassifierArchitecture::DenseNet121 => {
            let step = |at: usize| if at == 1 { Step::Same } else { Step::HalfDown };
            let block = |at| (step(at), format!("Dense block {at}"), format!("denseblock{at}"));
            (&[Step::Half, Step::Half], (1..=4).map(block).collect())
        }
    };
    let through = |side: usize| stem.iter().fold(side, |side, step| step.of(side));
    let (mut rows, mut columns) = (through(preprocessing.height), through(preprocessing.width));
    let mut layers = Vec::with_capacity(steps.len());
    for (number, (step, title, own_name)) in (1..).zip(steps) {
        (rows, columns) = (step.of(rows), step.of(columns));
        layers.push(MapLayer { number, title, own_name, rows, columns });
    }
    layers
}
