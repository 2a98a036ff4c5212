//! The network of a recipe: which of its settings can be, and what it is in words.

use super::RecipeError;
use super::check::{share_below_one, whole};
use super::describe::{counted, percent};
use crate::domain::recipe::{Architecture, Backbone, ClassifierArchitecture, Preprocessing, SimpleCnn};

/// Refuses the first setting of a network that cannot be, or an input that does not fit it.
pub fn check(architecture: &Architecture, p: &Preprocessing) -> Result<(), RecipeError> {
    match architecture {
        Architecture::Classifier(ClassifierArchitecture::SimpleCnn(SimpleCnn {
            channels, hidden, dropout, ..
        })) => {
            whole("architecture.channels (number of blocks)", channels.len(), 1, 8)?;
            for &width in channels {
                whole("architecture.channels", width, 1, 4096)?;
            }
            whole("architecture.hidden", *hidden, 0, 65_536)?;
            share_below_one("architecture.dropout", *dropout)?;
            if p.width.min(p.height) >> channels.len() == 0 {
                let why = format!("{} blocks halve a {}x{} picture to nothing", channels.len(), p.width, p.height);
                return Err(RecipeError::field("architecture.channels", why));
            }
        }
        Architecture::Classifier(ClassifierArchitecture::EfficientNetB0 { dropout, stochastic_depth }) => {
            share_below_one("architecture.dropout", *dropout)?;
            share_below_one("architecture.stochastic_depth", *stochastic_depth)?;
        }
        Architecture::Classifier(
            ClassifierArchitecture::ResNet18
            | ClassifierArchitecture::ResNet34
            | ClassifierArchitecture::ResNet50
            | ClassifierArchitecture::DenseNet121,
        ) => {}
        // See detector::check.
        Architecture::Detector(_) => {}
    }
    if architecture.is_torchvisions() || architecture.draws_boxes() {
        whole("preprocessing.width", p.width, 32, 4096)?;
        whole("preprocessing.height", p.height, 32, 4096)?;
    }
    Ok(())
}

/// The network, its size and what it asks of the machine.
pub fn describe(architecture: &Architecture) -> String {
    match architecture {
        Architecture::Classifier(network) => classifier(network),
        Architecture::Detector(network) => detector(network.backbone).to_owned(),
    }
}

fn classifier(network: &ClassifierArchitecture) -> String {
    match network {
        ClassifierArchitecture::SimpleCnn(SimpleCnn { channels, batch_norm, hidden, global_pooling, dropout }) => {
            let widths: Vec<String> = channels.iter().map(usize::to_string).collect();
            let mut text = format!(
                "small convolutional network, {} of {} channels",
                counted(channels.len(), "block", "blocks"),
                widths.join(", ")
            );
            if *batch_norm {
                text += ", batch norm";
            }
            text += if *global_pooling { ", averaged over the picture" } else { ", every position kept" };
            if *hidden > 0 {
                text += &format!(", {hidden} hidden units");
            }
            if *dropout > 0.0 {
                text += &format!(", {} dropped at random", percent(*dropout));
            }
            text
        }
        ClassifierArchitecture::ResNet18 => "ResNet-18, 11 million weights; slow without a graphics card".to_owned(),
        ClassifierArchitecture::ResNet34 => "ResNet-34, 21 million weights; slow without a graphics card".to_owned(),
        ClassifierArchitecture::ResNet50 => {
            "ResNet-50, 24 million weights; very slow without a graphics card".to_owned()
        }
        ClassifierArchitecture::DenseNet121 => {
            "DenseNet-121, 7 million weights; very slow without a graphics card".to_owned()
        }
        ClassifierArchitecture::EfficientNetB0 { dropout, stochastic_depth } => {
            let mut text = "EfficientNet-B0, 4 million weights; slow without a graphics card".to_owned();
            if *dropout > 0.0 {
                text += &format!(", {} dropped at random", percent(*dropout));
            }
            if *stochastic_depth > 0.0 {
                text += &format!(", up to {} of the blocks left out at random", percent(*stochastic_depth));
            }
            text
        }
    }
}

fn detector(backbone: Backbone) -> &'static str {
    match backbone {
        Backbone::ResNet50 => {
            "Faster R-CNN on ResNet-50 with a feature pyramid, 43 million weights; hardly usable without a graphics card"
        }
        Backbone::ResNet18 => "small Faster R-CNN on ResNet-18 with a feature pyramid",
    }
}
