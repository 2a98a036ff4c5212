//! The network of a recipe: which of its settings can be, and what it is in words.

use super::RecipeError;
use super::check::{share_below_one, whole};
use super::describe::{counted, percent};
use crate::domain::recipe::{Architecture, Preprocessing};

/// Refuses the first setting of a network that cannot be, or an input that does not fit it.
pub fn check(architecture: &Architecture, p: &Preprocessing) -> Result<(), RecipeError> {
    match architecture {
        Architecture::SimpleCnn { channels, hidden, dropout, .. } => {
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
        Architecture::EfficientNetB0 { dropout, stochastic_depth } => {
            share_below_one("architecture.dropout", *dropout)?;
            share_below_one("architecture.stochastic_depth", *stochastic_depth)?;
        }
        Architecture::ResNet18 | Architecture::ResNet34 | Architecture::ResNet50 | Architecture::DenseNet121 => {}
        // See detector::check.
        Architecture::FasterRcnnResNet50(_) | Architecture::FasterRcnnResNet18(_) => {}
    }
    if architecture.is_torchvisions() || architecture.detector().is_some() {
        whole("preprocessing.width", p.width, 32, 4096)?;
        whole("preprocessing.height", p.height, 32, 4096)?;
    }
    Ok(())
}

/// The network, its size and what it asks of the machine.
pub fn describe(architecture: &Architecture) -> String {
    match architecture {
        Architecture::SimpleCnn { channels, batch_norm, hidden, global_pooling, dropout } => {
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
        Architecture::ResNet18 => "ResNet-18, 11 million weights; slow without a graphics card".to_owned(),
        Architecture::ResNet34 => "ResNet-34, 21 million weights; slow without a graphics card".to_owned(),
        Architecture::ResNet50 => "ResNet-50, 24 million weights; very slow without a graphics card".to_owned(),
        Architecture::DenseNet121 => "DenseNet-121, 7 million weights; very slow without a graphics card".to_owned(),
        Architecture::FasterRcnnResNet50(_) => {
            "Faster R-CNN on ResNet-50 with a feature pyramid, 43 million weights; hardly usable without a graphics card"
                .to_owned()
        }
        Architecture::FasterRcnnResNet18(_) => "small Faster R-CNN on ResNet-18 with a feature pyramid".to_owned(),
        Architecture::EfficientNetB0 { dropout, stochastic_depth } => {
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
