//! Which network a recipe trains. What a type can say it says: a network gives the whole picture a class, or draws boxes.

use super::detector::DetectorSettings;
use serde::{Deserialize, Serialize};

/// A network and its size. In files it is a table whose `kind` is its [`name`](Self::name).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub enum Architecture {
    /// Gives the whole picture a class.
    Classifier(ClassifierArchitecture),
    /// Draws boxes.
    Detector(DetectorArchitecture),
}

/// A network that gives the whole picture a class.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassifierArchitecture {
    SimpleCnn(SimpleCnn),
    /// He et al. 2016, as torchvision's `resnet18`.
    ResNet18,
    /// As torchvision's `resnet34`.
    ResNet34,
    /// As torchvision's `resnet50`, which strides in the 3x3 convolution of a block ("v1.5").
    ResNet50,
    /// Tan and Le 2019, as torchvision's `efficientnet_b0`.
    EfficientNetB0 {
        /// Probability of dropping a unit before the last layer.
        dropout: f64,
        /// Probability of leaving out the last residual block; it grows evenly from 0 at the first (Huang et al. 2016).
        stochastic_depth: f64,
    },
    /// Huang et al. 2017, as torchvision's `densenet121`.
    DenseNet121,
}

/// Blocks of 3x3 convolution, batch norm (where asked for), ReLU and 2x2 max pooling, then a classifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimpleCnn {
    /// Output channels of each block.
    pub channels: Vec<usize>,
    pub batch_norm: bool,
    /// Units of the hidden linear layer; 0 for none.
    pub hidden: usize,
    /// Averages every channel over the picture before the classifier instead of flattening it.
    pub global_pooling: bool,
    /// Probability of dropping a unit before the last layer.
    pub dropout: f64,
}

/// A Faster R-CNN.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorArchitecture {
    pub backbone: Backbone,
    pub settings: DetectorSettings,
}

/// What a Faster R-CNN takes its features from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backbone {
    /// The light sibling.
    ResNet18,
    /// As in torchvision's `fasterrcnn_resnet50_fpn_v2`.
    ResNet50,
}

impl Default for SimpleCnn {
    fn default() -> Self {
        Self { channels: vec![16, 32, 64], batch_norm: true, hidden: 0, global_pooling: true, dropout: 0.2 }
    }
}

impl Default for Architecture {
    fn default() -> Self {
        SimpleCnn::default().into()
    }
}

impl From<SimpleCnn> for ClassifierArchitecture {
    fn from(network: SimpleCnn) -> Self {
        Self::SimpleCnn(network)
    }
}

impl From<SimpleCnn> for Architecture {
    fn from(network: SimpleCnn) -> Self {
        Self::Classifier(ClassifierArchitecture::SimpleCnn(network))
    }
}

impl From<ClassifierArchitecture> for Architecture {
    fn from(network: ClassifierArchitecture) -> Self {
        Self::Classifier(network)
    }
}

impl From<DetectorArchitecture> for Architecture {
    fn from(network: DetectorArchitecture) -> Self {
        Self::Detector(network)
    }
}

impl Architecture {
    /// What lists call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Classifier(network) => network.name(),
            Self::Detector(network) => network.name(),
        }
    }

    /// One of each kind with its usual settings, small ones first.
    pub fn all() -> [Self; 8] {
        [
            Self::default(),
            ClassifierArchitecture::ResNet18.into(),
            ClassifierArchitecture::ResNet34.into(),
            ClassifierArchitecture::ResNet50.into(),
            ClassifierArchitecture::EfficientNetB0 { dropout: a_fifth(), stochastic_depth: a_fifth() }.into(),
            ClassifierArchitecture::DenseNet121.into(),
            DetectorArchitecture::on_resnet18(DetectorSettings::light()).into(),
            DetectorArchitecture::on_resnet50(DetectorSettings::default()).into(),
        ]
    }

    /// The one of this [`name`](Self::name) with its usual settings, however the words of the name are joined:
    /// torchvision's `efficientnet_b0` is `efficientnet-b0`.
    pub fn from_name(name: &str) -> Option<Self> {
        let joined = |name: &str| name.to_lowercase().replace('_', "-");
        Self::all().into_iter().find(|architecture| joined(architecture.name()) == joined(name))
    }

    /// All names, for sentences that list them: "simple-cnn, resnet18, ...".
    pub fn names() -> String {
        Self::all().map(|architecture| architecture.name()).join(", ")
    }

    /// Whether batch norm takes statistics over the images of a step.
    pub fn normalises_batches(&self) -> bool {
        match self {
            Self::Classifier(ClassifierArchitecture::SimpleCnn(network)) => network.batch_norm,
            Self::Classifier(_) | Self::Detector(_) => true,
        }
    }

    /// Whether torchvision gives pretrained weights for it, of colour pictures, that give the picture a class.
    pub fn is_torchvisions(&self) -> bool {
        matches!(self, Self::Classifier(network) if network.is_torchvisions())
    }

    /// The network as one that gives the whole picture a class.
    pub fn classifier(&self) -> Option<&ClassifierArchitecture> {
        match self {
            Self::Classifier(network) => Some(network),
            Self::Detector(_) => None,
        }
    }

    /// The network as one that draws boxes.
    pub fn detector(&self) -> Option<&DetectorArchitecture> {
        match self {
            Self::Classifier(_) => None,
            Self::Detector(network) => Some(network),
        }
    }

    /// Whether it draws boxes.
    pub fn draws_boxes(&self) -> bool {
        self.detector().is_some()
    }
}

impl ClassifierArchitecture {
    /// What lists call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SimpleCnn(_) => "simple-cnn",
            Self::ResNet18 => "resnet18",
            Self::ResNet34 => "resnet34",
            Self::ResNet50 => "resnet50",
            Self::EfficientNetB0 { .. } => "efficientnet-b0",
            Self::DenseNet121 => "densenet121",
        }
    }

    /// Whether torchvision gives pretrained weights for it, of colour pictures.
    pub fn is_torchvisions(&self) -> bool {
        match self {
            Self::SimpleCnn(_) => false,
            Self::ResNet18 | Self::ResNet34 | Self::ResNet50 | Self::EfficientNetB0 { .. } | Self::DenseNet121 => true,
        }
    }
}

impl DetectorArchitecture {
    /// The light sibling of torchvision's.
    pub fn on_resnet18(settings: DetectorSettings) -> Self {
        Self { backbone: Backbone::ResNet18, settings }
    }

    /// As torchvision's `fasterrcnn_resnet50_fpn_v2`.
    pub fn on_resnet50(settings: DetectorSettings) -> Self {
        Self { backbone: Backbone::ResNet50, settings }
    }

    /// What lists call it.
    pub fn name(&self) -> &'static str {
        match self.backbone {
            Backbone::ResNet18 => "fasterrcnn-resnet18-fpn",
            Backbone::ResNet50 => "fasterrcnn-resnet50-fpn-v2",
        }
    }
}

impl Backbone {
    /// The name of the classifier whose weights it can start with.
    pub fn name(self) -> &'static str {
        match self {
            Self::ResNet18 => ClassifierArchitecture::ResNet18.name(),
            Self::ResNet50 => ClassifierArchitecture::ResNet50.name(),
        }
    }
}

/// torchvision's rates for EfficientNet-B0.
fn a_fifth() -> f64 {
    0.2
}

/// The networks as recipes and model files write them: one list, told apart by `kind`. Those without settings have empty
/// braces, or serde would take any setting for them and drop it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Written {
    SimpleCnn {
        channels: Vec<usize>,
        batch_norm: bool,
        hidden: usize,
        global_pooling: bool,
        dropout: f64,
    },
    #[serde(rename = "resnet18")]
    ResNet18 {},
    #[serde(rename = "resnet34")]
    ResNet34 {},
    #[serde(rename = "resnet50")]
    ResNet50 {},
    #[serde(rename = "efficientnet-b0")]
    EfficientNetB0 {
        #[serde(default = "a_fifth")]
        dropout: f64,
        #[serde(default = "a_fifth")]
        stochastic_depth: f64,
    },
    #[serde(rename = "densenet121")]
    DenseNet121 {},
    #[serde(rename = "fasterrcnn-resnet50-fpn-v2")]
    FasterRcnnResNet50(DetectorSettings),
    #[serde(rename = "fasterrcnn-resnet18-fpn")]
    FasterRcnnResNet18(DetectorSettings),
}

impl From<Written> for Architecture {
    fn from(written: Written) -> Self {
        match written {
            Written::SimpleCnn { channels, batch_norm, hidden, global_pooling, dropout } => {
                SimpleCnn { channels, batch_norm, hidden, global_pooling, dropout }.into()
            }
            Written::ResNet18 {} => ClassifierArchitecture::ResNet18.into(),
            Written::ResNet34 {} => ClassifierArchitecture::ResNet34.into(),
            Written::ResNet50 {} => ClassifierArchitecture::ResNet50.into(),
            Written::EfficientNetB0 { dropout, stochastic_depth } => {
                ClassifierArchitecture::EfficientNetB0 { dropout, stochastic_depth }.into()
            }
            Written::DenseNet121 {} => ClassifierArchitecture::DenseNet121.into(),
            Written::FasterRcnnResNet50(settings) => DetectorArchitecture::on_resnet50(settings).into(),
            Written::FasterRcnnResNet18(settings) => DetectorArchitecture::on_resnet18(settings).into(),
        }
    }
}

impl From<Architecture> for Written {
    fn from(architecture: Architecture) -> Self {
        match architecture {
            Architecture::Classifier(ClassifierArchitecture::SimpleCnn(network)) => {
                let SimpleCnn { channels, batch_norm, hidden, global_pooling, dropout } = network;
                Written::SimpleCnn { channels, batch_norm, hidden, global_pooling, dropout }
            }
            Architecture::Classifier(ClassifierArchitecture::ResNet18) => Written::ResNet18 {},
            Architecture::Classifier(ClassifierArchitecture::ResNet34) => Written::ResNet34 {},
            Architecture::Classifier(ClassifierArchitecture::ResNet50) => Written::ResNet50 {},
            Architecture::Classifier(ClassifierArchitecture::EfficientNetB0 { dropout, stochastic_depth }) => {
                Written::EfficientNetB0 { dropout, stochastic_depth }
            }
            Architecture::Classifier(ClassifierArchitecture::DenseNet121) => Written::DenseNet121 {},
            Architecture::Detector(DetectorArchitecture { backbone, settings }) => match backbone {
                Backbone::ResNet18 => Written::FasterRcnnResNet18(settings),
                Backbone::ResNet50 => Written::FasterRcnnResNet50(settings),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_is_written_under_its_name_and_read_again() {
        for architecture in Architecture::all() {
            let written = serde_json::to_value(&architecture).unwrap();
            assert_eq!(written["kind"], architecture.name());
            assert_eq!(serde_json::from_value::<Architecture>(written).unwrap(), architecture);
        }
        for architecture in Architecture::all() {
            let mut written = serde_json::to_value(&architecture).unwrap();
            written["colour"] = "red".into();
            let refused = serde_json::from_value::<Architecture>(written).unwrap_err().to_string();
            assert!(refused.contains("colour"), "{refused}");
        }
    }
}
