//! Starting from the weights of another model file.

use super::error::TrainError;
use crate::domain::{Architecture, ModelCard};
use crate::models::Network;
use crate::nn::Params;
use crate::nn::weights;
use std::path::Path;

/// Fills `params` with the weights in `path`, which must be of the same architecture; a last layer for other classes
/// is left as it was drawn. Gives the sentences for the log.
///
/// # Errors
/// When the file cannot be read, or anything but its last layer does not fit.
pub(super) fn start_from(
    path: &Path,
    architecture: &Architecture,
    network: &dyn Network,
    params: &Params,
) -> Result<Vec<String>, TrainError> {
    let refuse = |why: String| TrainError::CannotStartFrom { path: path.to_owned(), why };
    let (mut tensors, metadata) = weights::read(path, params.device()).map_err(|error| refuse(error.to_string()))?;
    if let Some(text) = metadata.get(ModelCard::KEY) {
        let card: ModelCard =
            serde_json::from_str(text).map_err(|error| refuse(format!("its description is not readable ({error})")))?;
        if card.architecture.name() != architecture.name() {
            return Err(refuse(format!(
                "it is a {}, the recipe wants a {}",
                card.architecture.name(),
                architecture.name()
            )));
        }
    }
    // Checked before anything is assigned, so that a refused file leaves no half-filled network.
    let (mut fresh, mut misfits, mut fitting) = (Vec::new(), Vec::new(), 0usize);
    for (name, var) in params.all() {
        match tensors.get(&name) {
            Some(tensor) if tensor.dims() == var.dims() => fitting += 1,
            _ if network.is_head(&name) => {
                tensors.remove(&name);
                fresh.push(name);
            }
            Some(tensor) => misfits.push(format!("{name} is {:?}, needed is {:?}", tensor.dims(), var.dims())),
            None => misfits.push(format!("{name} is missing")),
        }
    }
    if let Some(first) = misfits.first() {
        let more = if misfits.len() > 1 { format!(", and {} more", misfits.len() - 1) } else { String::new() };
        return Err(refuse(format!("it does not fit the recipe's network: {first}{more}")));
    }
    // A head whose bias fits by chance is still another's: weight and bias start together.
    if !fresh.is_empty() {
        tensors.retain(|name, _| !network.is_head(name));
    }
    let report = params.assign(&tensors)?;
    let mut log = vec![format!("started from {} tensors of {}", report.assigned.len().min(fitting), path.display())];
    if !fresh.is_empty() {
        log.push("the last layer starts anew: the classes are other ones".to_owned());
    }
    if !report.unexpected.is_empty() {
        log.push(format!("{} tensors of that file have no place in this network", report.unexpected.len()));
    }
    Ok(log)
}
