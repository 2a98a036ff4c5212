//! Starting from the weights of another model file.

use super::error::TrainError;
use crate::domain::{Architecture, ModelCard};
use crate::models::{LastLayer, Named, current_names, name_as, shapes_of};
use crate::nn::Params;
use crate::nn::weights;
use candle_core::Tensor;
use std::collections::HashMap;
use std::path::Path;

/// Where a network that draws boxes has the ResNet that its features come from, as torchvision names it.
const BACKBONE: &str = "backbone.body.";

/// Fills `params` with the weights in `path`, which must be of the same architecture; the layers that `is_head` accepts
/// are left as they were drawn where the file's are for other classes. A network that draws boxes may also start from
/// the classifier that its backbone is. Weights of others are found under their names, as `models import` finds them. Gives
/// the sentences for the log.
///
/// # Errors
/// When the file cannot be read, or anything but its last layer does not fit.
pub(super) fn start_from(
    path: &Path,
    architecture: &Architecture,
    classes: &[String],
    is_head: &dyn Fn(&str) -> bool,
    params: &Params,
) -> Result<Vec<String>, TrainError> {
    let refuse = |why: String| TrainError::CannotStartFrom { path: path.to_owned(), why };
    let (tensors, metadata) = weights::read(path, params.device()).map_err(|error| refuse(error.to_string()))?;
    let foreign = !metadata.contains_key(ModelCard::KEY);
    let (mut tensors, mut log) =
        if foreign { of_others(tensors, architecture, is_head, params)? } else { (current_names(tensors), Vec::new()) };
    let backbone = is_backbone_alone(architecture, &tensors);
    let mut other_classes = None;
    if let Some(text) = metadata.get(ModelCard::KEY) {
        let card: ModelCard =
            serde_json::from_str(text).map_err(|error| refuse(format!("its description is not readable ({error})")))?;
        if card.architecture.name() != architecture.name() && !backbone {
            return Err(refuse(format!(
                "it is a {}, the recipe wants a {}",
                card.architecture.name(),
                architecture.name()
            )));
        }
        let theirs = card.classes.names();
        other_classes = (theirs != classes && !backbone).then(|| theirs.join(", "));
    }
    if backbone {
        tensors.retain(|name, _| !name.starts_with("fc."));
        tensors = tensors.into_iter().map(|(name, tensor)| (format!("{BACKBONE}{name}"), tensor)).collect();
    }
    let starts_anew = |name: &str| is_head(name) || (backbone && !name.starts_with(BACKBONE));
    // Checked before anything is assigned, so that a refused file leaves no half-filled network.
    let (mut left_out, mut absent, mut misfits, mut body) = (Vec::new(), false, Vec::new(), 0usize);
    for (name, var) in params.all() {
        match tensors.get(&name) {
            Some(tensor) if tensor.dims() == var.dims() => body += usize::from(!starts_anew(&name)),
            Some(tensor) if starts_anew(&name) => left_out.push(format!("{name} {:?}", tensor.dims())),
            None if starts_anew(&name) => absent = true,
            Some(tensor) => misfits.push(format!("{name} is {:?}, needed is {:?}", tensor.dims(), var.dims())),
            None => misfits.push(format!("{name} is missing")),
        }
    }
    let wanted = architecture.name();
    if body == 0 {
        return Err(refuse(format!("none of its {} tensors has a place in a {wanted}", tensors.len())));
    }
    if let Some(first) = misfits.first() {
        let more = if misfits.len() > 1 { format!(", and {} more", misfits.len() - 1) } else { String::new() };
        let why = format!("it does not fit the recipe's {wanted}: {body} tensors fit, but {first}{more}");
        return Err(refuse(why));
    }
    // A head whose bias fits by chance is still another's: weight and bias start together.
    let fresh = absent || !left_out.is_empty() || other_classes.is_some();
    if fresh {
        tensors.retain(|name, _| !starts_anew(name));
    }
    let report = params.assign(&tensors)?;
    log.insert(0, format!("started from {}: {} of its tensors fit", path.display(), report.assigned.len()));
    if backbone {
        log.push("the file is a classifier: it becomes the backbone, and all that draws boxes starts again".to_owned());
    } else if !left_out.is_empty() {
        log.push(format!("the last layer starts again, for other classes are in the file: {}", left_out.join(", ")));
    } else if absent {
        log.push("the last layer starts again: the file has none".to_owned());
    } else if let Some(theirs) = other_classes {
        log.push(format!(
            "the last layer starts again, for the file's classes are others or in another order: {theirs}"
        ));
    } else if foreign {
        log.push(format!(
            "the last layer goes on from the file's, its classes taken in the project's order, for the file names none: {}",
            classes.join(", ")
        ));
        // Python's `sorted`, by which torchvision's ImageFolder numbers classes.
        let mut sorted = classes.to_vec();
        sorted.sort();
        if sorted != classes {
            log.push(format!(
                "as text the classes come in another order, by which torchvision's ImageFolder numbers them: {}; if the file's \
                 last layer was trained so, import the file with this order of --classes, and start from that model",
                sorted.join(", ")
            ));
        }
    }
    if let Some(first) = report.unexpected.first() {
        let count = report.unexpected.len();
        log.push(format!("{count} tensors of the file have no place in this network and are left out, first {first}"));
    }
    Ok(log)
}

/// Tensors of a file without a description under the names of the network, and what was done to get there.
fn of_others(
    tensors: HashMap<String, Tensor>,
    architecture: &Architecture,
    is_head: &dyn Fn(&str) -> bool,
    params: &Params,
) -> Result<(HashMap<String, Tensor>, Vec<String>), TrainError> {
    let whole = shapes_of(params);
    let named = |end: &str| whole.keys().find(|name| is_head(name) && name.ends_with(end)).cloned();
    let last = named("weight").zip(named("bias")).map(|(weight, bias)| LastLayer { weight, bias });
    let last = last.filter(|_| !architecture.draws_boxes());
    let mut of = name_as(tensors, &whole, last.as_ref())?;
    if architecture.draws_boxes() && !of.tensors.keys().any(|name| whole.contains_key(name)) {
        let alone =
            whole.iter().filter_map(|(name, shape)| Some((name.strip_prefix(BACKBONE)?.to_owned(), shape.clone())));
        of = name_as(of.tensors, &alone.collect(), None)?;
    }
    let Named { tensors, mut notes, left_out, .. } = of;
    if let Some(first) = left_out.first() {
        notes.push(format!("{} tensors beside the network are left out, first {first}", left_out.len()));
    }
    Ok((tensors, notes))
}

/// Whether these are the weights of a classifier that can become the backbone of a network that draws boxes.
fn is_backbone_alone(architecture: &Architecture, tensors: &HashMap<String, Tensor>) -> bool {
    architecture.draws_boxes()
        && tensors.contains_key("layer1.0.conv1.weight")
        && !tensors.keys().any(|name| name.starts_with(BACKBONE))
}
