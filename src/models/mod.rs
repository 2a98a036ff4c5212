//! Networks, one a file, each cut in two where Grad-CAM looks: the features of the last convolution stage, and the head.

mod densenet;
mod efficientnet;
pub mod faster_rcnn;
mod graded;
mod naming;
mod resnet;
mod simple_cnn;
mod timm;

use crate::domain::Preprocessing;
use crate::domain::recipe::{ClassifierArchitecture, Head};
use crate::nn::{Mode, Params};
use candle_core::{Result, Tensor};
pub use efficientnet::STRIDES as EFFICIENTNET_B0_STRIDES;
use graded::{Graded, Steps};
pub use naming::{LastLayer, Named, Shapes, misfit_table, name_as, shapes_of};
use resnet::{Depth, ResNet};
use std::collections::HashMap;

/// A classifier of pictures.
pub trait Network: Send + Sync {
    /// N, C, H, W inputs to the N, c, h, w activations of the last convolution stage, after its ReLU.
    fn features(&self, x: &Tensor, mode: &Mode) -> Result<Tensor>;

    /// How many places a map of the picture may be made at, from the first at 1 to the last, whose activations are those
    /// of [`Self::features`]. The grid gets coarser from one to the next, or the paper draws a line between them.
    fn layers(&self) -> usize;

    /// From the activations of the place `from`, or the input where that is 0, on to those of the place `to`.
    fn advance(&self, x: &Tensor, from: usize, to: usize, mode: &Mode) -> Result<Tensor>;

    /// Whether its activations are ReLUs, which guided backpropagation is made for.
    fn has_relus(&self) -> bool {
        true
    }

    /// Those activations to N, K logits, one a class.
    fn head(&self, features: &Tensor, mode: &Mode) -> Result<Tensor>;

    /// Those activations to the N, K - 1 logits of "is it above grade k, given that it reaches k?", for a network
    /// made for [`Head::Corn`] or, without the condition, [`Head::Coral`].
    fn ranks(&self, _features: &Tensor, _mode: &Mode) -> Result<Tensor> {
        candle_core::bail!("this network does not answer in grades")
    }

    /// How many stages the network has, from the stem at 0 to the head, which comes last. What lies between is cut where
    /// the grid gets coarser or the paper draws a line, so that training can leave the first stages as they are.
    fn stages(&self) -> usize;

    /// The stage a weight or buffer belongs to, below [`Self::stages`].
    fn stage(&self, name: &str) -> usize;

    /// Whether a parameter belongs to the last linear layer, which is new for every list of classes.
    fn is_head(&self, name: &str) -> bool {
        self.stage(name) + 1 == self.stages()
    }

    /// N, C, H, W inputs to N, c features: the activations of the last convolution stage, averaged over the positions. For
    /// most networks it is what enters the last linear layer; a simple CNN pools otherwise or has a
    /// hidden layer between.
    fn pooled(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        average_positions(&self.features(x, mode)?)
    }

    /// Inputs to logits.
    fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.head(&self.features(x, mode)?, mode)
    }
}

/// Makes a network as [`build`] does, with a last layer that answers so.
pub fn build_for(
    head: Head,
    architecture: &ClassifierArchitecture,
    preprocessing: &Preprocessing,
    classes: usize,
    params: &Params,
) -> Result<Box<dyn Network>> {
    let steps = match head {
        Head::Classes | Head::Findings => return build(architecture, preprocessing, classes, params),
        Head::Corn => Steps::Conditional,
        Head::Coral => Steps::Cumulative,
    };
    if classes < 2 {
        candle_core::bail!("a scale needs at least two grades, got {classes}");
    }
    Ok(Box::new(Graded::new(build(architecture, preprocessing, classes - 1, params)?, steps)))
}

/// Makes a network for inputs of this preprocessing and so many classes, with its parameters new in `params`. Fails with
/// a sentence when the architecture does not fit the input.
pub fn build(
    architecture: &ClassifierArchitecture,
    preprocessing: &Preprocessing,
    classes: usize,
    params: &Params,
) -> Result<Box<dyn Network>> {
    if classes == 0 {
        candle_core::bail!("a classifier needs at least one class");
    }
    let root = params.root();
    let resnet = |depth| -> Result<Box<dyn Network>> {
        Ok(Box::new(ResNet::new(depth, preprocessing.channels, classes, &root)?))
    };
    Ok(match architecture {
        ClassifierArchitecture::SimpleCnn(settings) => {
            Box::new(simple_cnn::SimpleCnn::new(settings, preprocessing, classes, &root)?)
        }
        ClassifierArchitecture::ResNet18 => resnet(Depth::basic([2, 2, 2, 2]))?,
        ClassifierArchitecture::ResNet34 => resnet(Depth::basic([3, 4, 6, 3]))?,
        ClassifierArchitecture::ResNet50 => resnet(Depth::bottleneck([3, 4, 6, 3]))?,
        ClassifierArchitecture::EfficientNetB0 { dropout, stochastic_depth } => {
            let rates = efficientnet::Rates { dropout: *dropout, stochastic_depth: *stochastic_depth };
            Box::new(efficientnet::EfficientNet::b0(rates, preprocessing.channels, classes, &root)?)
        }
        ClassifierArchitecture::DenseNet121 => {
            Box::new(densenet::DenseNet::densenet121(preprocessing.channels, classes, &root)?)
        }
    })
}

/// Tensors under the names that networks here have: torchvision's older files call some of them otherwise.
pub fn current_names(tensors: HashMap<String, Tensor>) -> HashMap<String, Tensor> {
    tensors.into_iter().map(|(name, tensor)| (densenet::current_name(&name), tensor)).collect()
}

/// The number that follows `prefix` at the start of a name.
fn number_after(name: &str, prefix: &str) -> Option<usize> {
    let rest = name.strip_prefix(prefix)?;
    rest.split('.').next()?.parse().ok()
}

/// The mean over the positions of every channel: N, C, h, w to N, C.
fn average_positions(x: &Tensor) -> Result<Tensor> {
    x.flatten_from(2)?.mean(2)
}

#[cfg(test)]
mod reference_check;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod torchvision_check;
