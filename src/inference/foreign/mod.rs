//! Weights from elsewhere as a model's file: their names, classes, outputs and pictures are found or asked for, and all that
//! was taken without being said is told.

mod last_layer;
mod look;
mod normalization;
mod order;
mod preparation;
mod preparation_file;

pub use last_layer::Outputs;
pub use look::{Fit, Seen, look};
pub use preparation::{Preparation, Rule};

use super::error::ModelError;
use super::model_file::{save, undefined};
use crate::domain::recipe::{Head, Resize};
use crate::domain::{Architecture, ClassList, ModelCard, Preprocessing};
use crate::models::faster_rcnn::FasterRcnn;
use crate::models::{self, LastLayer, Named, misfit_table, name_as, shapes_of};
use crate::nn::{Compute, Params, first_line, weights};
use candle_core::{DType, Tensor};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// What a person says of a file of weights.
#[derive(Clone, Debug)]
pub struct Foreign<'a> {
    pub file: &'a Path,
    /// What the model is to be called.
    pub name: String,
    pub architecture: Architecture,
    /// The classes, or findings, in the order of the last layer; empty where nobody says.
    pub classes: Vec<String>,
    /// Those of them that the model shall not answer: outputs that are no finding of the project.
    pub leave_out: Vec<String>,
    pub preparation: Preparation,
    /// Channels of a picture, where somebody says.
    pub channels: Option<usize>,
    pub outputs: Option<Outputs>,
    /// The key under which a checkpoint has the weights.
    pub key: Option<String>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Adopted {
    pub card: ModelCard,
    /// The classes in the order in which the file's last layer had them.
    pub order: Vec<String>,
    /// Those of them that were left out.
    pub left_out: Vec<String>,
    /// What was found and taken, in sentences.
    pub notes: Vec<String>,
    /// What a person had better look at, in sentences.
    pub warnings: Vec<String>,
}

/// Why a file of weights cannot become a model.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl From<candle_core::Error> for ForeignError {
    fn from(error: candle_core::Error) -> Self {
        Self::Model(error.into())
    }
}

/// Writes the weights as a model's file for a project of these classes.
///
/// # Errors
/// In a sentence, when something does not fit or must be said.
pub fn adopt(said: &Foreign<'_>, project: &ClassList, compute: &Compute, to: &Path) -> Result<Adopted, ForeignError> {
    let (adopted, params) = fitted(said, project, compute)?;
    save(to, &adopted.card, &params)?;
    Ok(adopted)
}

/// What would become of the weights in a project of these classes; nothing is written.
///
/// # Errors
/// Those of [`adopt`], but for writing.
pub fn try_on(said: &Foreign<'_>, project: &ClassList, compute: &Compute) -> Result<Adopted, ForeignError> {
    fitted(said, project, compute).map(|(adopted, _)| adopted)
}

fn fitted(said: &Foreign<'_>, project: &ClassList, compute: &Compute) -> Result<(Adopted, Params), ForeignError> {
    let file = said.file.display();
    let refuse = |why: String| ForeignError::Refused(format!("{file}: {why}"));
    let network = said.architecture.name();
    let (mut notes, mut warnings) = (Vec::new(), Vec::new());
    // A network that draws boxes tells classes apart, of whatever kind the project is.
    let findings = project.findings && !said.architecture.draws_boxes();
    let order = if findings {
        order::of_findings(said, project, &mut notes, &mut warnings)
    } else {
        order::of_classes(said, project, &mut notes, &mut warnings)
    };
    let order = order.map_err(refuse)?;

    let mut read = weights::read_under(said.file, said.key.as_deref(), compute.device()).map_err(ModelError::from)?;
    if !read.taken.is_empty() && !read.others.is_empty() {
        notes.push(format!(
            "the weights are those under {:?}; --key takes others: {}",
            read.taken,
            read.others.join(", ")
        ));
    }
    let kept = normalization::taken_out(&mut read.tensors)?;
    // What the network's tensors are called does not depend on how pictures are prepared.
    let plain = Preprocessing::imagenet(Resize::Stretch, 224);
    let drawn = Params::blank(compute.device());
    let last =
        build(&said.architecture, Head::Classes, &plain, project.len(), &drawn).map_err(|e| refuse(first_line(&e)))?;
    let Named { mut tensors, notes: found, coral, left_out } =
        name_as(read.tensors, &shapes_of(&drawn), last.as_ref())?;
    notes.extend(found);
    if let Some(first) = left_out.first() {
        notes.push(format!("{} tensors beside the network are left out, first {first}", left_out.len()));
    }
    for tensor in tensors.values_mut() {
        *tensor = tensor.to_dtype(DType::F32)?;
    }

    let channels = channels(said, &drawn, &tensors).map_err(refuse)?;
    let (preprocessing, prepared) = said.preparation.settle(&said.architecture, channels).map_err(refuse)?;
    notes.extend(prepared);
    warnings.extend(kept.and_then(|kept| kept.warning(&preprocessing)));

    let mut head = Head::Classes;
    let rows = last.as_ref().and_then(|last| tensors.get(&last.weight)).filter(|weight| weight.rank() == 2);
    if let (Some(last), Some(rows)) = (&last, rows.map(|weight| weight.dims()[0])) {
        let outputs = if findings {
            last_layer::of_findings(rows, order.len(), coral, said.outputs)
        } else {
            last_layer::outputs(rows, order.len(), coral, said.outputs)
        };
        let outputs = outputs.map_err(refuse)?;
        notes.extend(outputs.note(&order));
        head = outputs.head();
        match outputs {
            Outputs::Sigmoid => last_layer::two_of_one(&mut tensors, last)?,
            Outputs::Sigmoids => {
                let places = order::places(&order, &said.leave_out, project);
                last_layer::pick(&mut tensors, last, &places)?;
            }
            Outputs::Coral => {
                if let Some(step) = last_layer::crossed_step(&tensors, last)? {
                    return Err(refuse(format!(
                        "the thresholds of its steps between grades do not fall (the {}. lies above the one before), so that \
                         a grade would get a probability below 0",
                        step + 1
                    )));
                }
            }
            Outputs::Softmax | Outputs::Corn => {}
        }
    }
    let names = project.names();
    if !findings && order != names {
        if head != Head::Classes {
            return Err(refuse(format!(
                "its outputs are steps of one scale, which cannot be put into another order: the project's grades are {}",
                names.join(", ")
            )));
        }
        last_layer::reorder(&mut tensors, last.as_ref(), &order, &names)?;
        notes.push(format!("the rows of its last layer were put into the project's order: {}", names.join(", ")));
    }

    let params = Params::blank(compute.device());
    build(&said.architecture, head, &preprocessing, project.len(), &params).map_err(|e| refuse(first_line(&e)))?;
    let shapes: BTreeMap<String, Vec<usize>> =
        tensors.iter().map(|(name, tensor)| (name.clone(), tensor.dims().to_vec())).collect();
    let report = params.assign(&tensors)?;
    if let Some(table) = misfit_table(&report, &params, &shapes) {
        let mut why = format!("it does not fit a {network} with {} classes:\n{table}", project.len());
        for note in notes.iter().filter(|note| note.contains("left out") || note.contains("timm")) {
            why.push_str(&format!("\n  {note}"));
        }
        return Err(refuse(why));
    }
    if let Some(name) = undefined(&params)? {
        return Err(ModelError::NotFinite { path: said.file.to_owned(), name }.into());
    }
    let card = card(said, project, head, preprocessing);
    Ok((Adopted { card, order, left_out: said.leave_out.clone(), notes, warnings }, params))
}

/// The card of a network that was trained elsewhere: no recipe, no data and no threshold are known of it.
fn card(said: &Foreign<'_>, project: &ClassList, head: Head, preprocessing: Preprocessing) -> ModelCard {
    ModelCard {
        format: ModelCard::FORMAT,
        name: said.name.clone(),
        architecture: said.architecture.clone(),
        classes: project.clone(),
        preprocessing,
        recipe: None,
        head: Some(head).filter(|head| *head != Head::Classes),
        data_digest: String::new(),
        threshold: None,
        decided: None,
        created_ms: jiff::Timestamp::now().as_millisecond(),
    }
}

/// Makes the network, and tells the layer that answers where it gives classes to whole pictures.
fn build(
    architecture: &Architecture,
    head: Head,
    preprocessing: &Preprocessing,
    classes: usize,
    params: &Params,
) -> candle_core::Result<Option<LastLayer>> {
    match architecture {
        Architecture::Detector(network) => FasterRcnn::new(network, preprocessing, classes, params).map(|_| None),
        Architecture::Classifier(network) => {
            let network = models::build_for(head, network, preprocessing, classes, params)?;
            let of = |end: &str| {
                params.all().into_iter().map(|(name, _)| name).find(|n| network.is_head(n) && n.ends_with(end))
            };
            Ok(of("weight").zip(of("bias")).map(|(weight, bias)| LastLayer { weight, bias }))
        }
    }
}

/// For how many channels the first layer is.
fn channels(said: &Foreign<'_>, drawn: &Params, tensors: &HashMap<String, Tensor>) -> Result<usize, String> {
    // The one weight of a convolution that takes the picture itself.
    let stem = drawn.all().into_iter().find(|(name, var)| {
        var.rank() == 4 && var.dims().get(1) == Some(&3) && tensors.get(name).is_some_and(|tensor| tensor.rank() == 4)
    });
    let of_file = stem.and_then(|(name, _)| tensors.get(&name)?.dims().get(1).copied());
    let channels = of_file.or(said.channels).unwrap_or(3);
    if ![1, 3].contains(&channels) {
        return Err(format!("it is for pictures of {channels} channels; here they have 1 (grey) or 3"));
    }
    match said.channels {
        Some(asked) if asked != channels => {
            Err(format!("it is for {}, not for {}", preparation::in_words(channels), preparation::in_words(asked)))
        }
        _ => Ok(channels),
    }
}

#[cfg(test)]
mod findings_tests;
#[cfg(test)]
mod tests;
