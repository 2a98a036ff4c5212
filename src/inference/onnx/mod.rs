//! A model as an ONNX file, for programs that know nothing of this one. What happens to a picture before the network is
//! not part of the graph: it stands in the metadata, in words and as JSON.

mod detectors;
mod graph;
mod metadata;
mod networks;
mod proto;

use super::error::ModelError;
use super::model_file::ModelFile;
use crate::domain::recipe::{Architecture, ClassifierArchitecture, Head};
use crate::domain::{Decided, ModelCard, Temperatures};
use crate::files::atomically;
use crate::nn::Compute;
use graph::{Graph, Port, Side};
use prost::Message;
use proto::{GraphProto, ModelProto, OperatorSetIdProto};
use std::path::Path;

/// The version of ONNX's operators that the graph is written in. ONNX Runtime has all of it since 1.12 (2022).
pub const OPSET: i64 = 17;
/// The version of the file's form that came with it.
const IR_VERSION: i64 = 8;

/// Writes a model's file as ONNX, whole or not at all, with what was decided about it.
///
/// # Errors
/// When its file cannot be used, or the new one cannot be written.
pub fn export(from: &Path, decided: Decided, to: &Path) -> Result<(), ModelError> {
    let compute = Compute::cpu();
    let file = ModelFile::read(from, &compute)?;
    let card = file.card.clone().with_decided(decided);
    let bytes = model(&card, &file)?.encode_to_vec();
    atomically(to, |out| out.write_all(&bytes)).map_err(|source| {
        ModelError::Weights(crate::nn::WeightsError::Io { path: to.to_owned(), verb: "written", source })
    })
}

fn model(card: &ModelCard, file: &ModelFile<'_>) -> Result<ModelProto, ModelError> {
    let mut graph = Graph::new(file.tensors());
    let graph = match &card.architecture {
        Architecture::Classifier(architecture) => {
            class_probabilities(&mut graph, architecture, card)?;
            let sides = [Side::Any("pictures"), Side::Of(card.classes.len())];
            let after = match card.head() {
                Head::Classes | Head::Corn | Head::Coral => "their softmax, after a temperature where one was fitted",
                Head::Findings => "the sigmoid of each, after its temperature where some were fitted",
            };
            let one_a_class = "one number a class, in the order of the metadata's classes";
            finished(graph, file, &[("logits", false, &sides, one_a_class), ("probabilities", false, &sides, after)])
        }
        Architecture::Detector(architecture) => {
            let classes = card.classes.len();
            detectors::boxes(&mut graph, &architecture.settings, &card.preprocessing, classes)?;
            finished(graph, file, &BOX_OUTPUTS)
        }
    }?;
    Ok(ModelProto {
        ir_version: Some(IR_VERSION),
        producer_name: Some("overread".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        doc_string: Some(format!("{}; for teaching and research, not a medical device", card.name)),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(OPSET) }],
        metadata_props: metadata::of(card)?,
    })
}

/// From "input" to "logits" and "probabilities".
fn class_probabilities(
    graph: &mut Graph<'_>,
    architecture: &ClassifierArchitecture,
    card: &ModelCard,
) -> Result<(), ModelError> {
    let logits = networks::logits(graph, architecture, card.head())?;
    let logits = graph.named_node("Identity", &[&logits], &[], "logits".to_owned());
    // A temperature that was fitted is part of the probabilities, as in `predict`.
    let by = match card.temperatures() {
        Temperatures::None => None,
        Temperatures::Softmax(temperature) => Some(graph.number(temperature as f32)),
        Temperatures::Sigmoid(each) => {
            let each: Vec<f32> = each.iter().map(|temperature| *temperature as f32).collect();
            Some(graph.numbers(&[each.len()], &each))
        }
    };
    let divided = match by {
        Some(by) => graph.node("Div", &[&logits, &by], &[]),
        None => logits,
    };
    let axis = [graph::Attribute::Int("axis", 1)];
    let probabilities = "probabilities".to_owned();
    match card.head() {
        Head::Classes | Head::Corn | Head::Coral => graph.named_node("Softmax", &[&divided], &axis, probabilities),
        Head::Findings => graph.named_node("Sigmoid", &[&divided], &[], probabilities),
    };
    Ok(())
}

/// What leaves a graph: its name, whether it is whole numbers, its sides, and what it is.
type Output<'a> = (&'a str, bool, &'a [Side], &'a str);

/// The boxes of one picture.
const BOX_OUTPUTS: [Output<'static>; 3] = [
    (
        "boxes",
        false,
        &[Side::Any("found"), Side::Of(4)],
        "xmin, ymin, xmax, ymax in pixels of the input, the highest score first",
    ),
    ("scores", false, &[Side::Any("found")], "the network's own, 0 to 1"),
    ("labels", true, &[Side::Any("found")], "places in the metadata's classes, from 0"),
];

/// The finished graph, if every weight has a place in it.
fn finished(graph: Graph<'_>, file: &ModelFile<'_>, outputs: &[Output<'_>]) -> Result<GraphProto, ModelError> {
    let card = &file.card;
    if let Some(name) = graph.unused() {
        return Err(file.bad(format!("its network has no place for {name}")));
    }
    let p = &card.preprocessing;
    let pictures = match &card.architecture {
        Architecture::Classifier(_) => Side::Any("pictures"),
        Architecture::Detector(_) => Side::Of(1),
    };
    let sides = [pictures, Side::Of(p.channels), Side::Of(p.height), Side::Of(p.width)];
    let input = Port { name: "input", whole: false, sides: &sides, what: "pictures, prepared as the metadata says" };
    let port = |&(name, whole, sides, what)| Port { name, whole, sides, what };
    Ok(graph.finish(card.architecture.name(), &input, &outputs.iter().map(port).collect::<Vec<_>>()))
}
#[cfg(test)]
mod detector_tests;
#[cfg(test)]
mod tests;
