//! A classifier as an ONNX file, for programs that know nothing of this one. What happens to a picture before the network is
//! not part of the graph: it stands in the metadata, in words and as JSON.

mod graph;
mod networks;
mod proto;

use super::error::ModelError;
use super::model_file::ModelFile;
use crate::domain::recipe::{Architecture, Head};
use crate::domain::{Decided, ModelCard};
use crate::files::atomically;
use crate::nn::Compute;
use graph::Graph;
use prost::Message;
use proto::{ModelProto, OperatorSetIdProto, StringStringEntryProto};
use std::path::Path;

/// The version of ONNX's operators that the graph is written in. ONNX Runtime has all of it since 1.12 (2022).
pub const OPSET: i64 = 17;
/// The version of the file's form that came with it.
const IR_VERSION: i64 = 8;

/// Writes a model's file as ONNX, whole or not at all, with what was decided about it.
///
/// # Errors
/// When the model draws boxes, its file cannot be used, or the new one cannot be written.
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
    let Architecture::Classifier(architecture) = &card.architecture else {
        return Err(ModelError::NoOnnx { model: card.name.clone(), network: card.architecture.name() });
    };
    let mut graph = Graph::new(file.tensors());
    let logits = networks::logits(&mut graph, architecture, card.head())?;
    let logits = graph.named_node("Identity", &[&logits], &[], "logits".to_owned());
    // A temperature that was fitted is part of the probabilities, as in `predict`.
    let temperature = card.decided.as_ref().and_then(|decided| decided.temperature);
    let divided = match temperature {
        Some(temperature) => {
            let temperature = graph.number(temperature as f32);
            graph.node("Div", &[&logits, &temperature], &[])
        }
        None => logits,
    };
    let axis = [graph::Attribute::Int("axis", 1)];
    let probabilities = "probabilities".to_owned();
    match card.head() {
        Head::Classes | Head::Corn | Head::Coral => graph.named_node("Softmax", &[&divided], &axis, probabilities),
        Head::Findings => graph.named_node("Sigmoid", &[&divided], &[], probabilities),
    };
    if let Some(name) = graph.unused() {
        return Err(file.bad(format!("its network has no place for {name}")));
    }
    let p = &card.preprocessing;
    let classes = card.classes.len();
    let after = match card.head() {
        Head::Classes | Head::Corn | Head::Coral => "their softmax, after a temperature where one was fitted",
        Head::Findings => "the sigmoid of each, after a temperature where one was fitted",
    };
    let outputs = [
        ("logits", classes, "one number a class, in the order of the metadata's classes"),
        ("probabilities", classes, after),
    ];
    let graph = graph.finish(architecture.name(), &[p.channels, p.height, p.width], &outputs);
    Ok(ModelProto {
        ir_version: Some(IR_VERSION),
        producer_name: Some("overread".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        doc_string: Some(format!("{}; for teaching and research, not a medical device", card.name)),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(OPSET) }],
        metadata_props: metadata(card)?,
    })
}

/// What somebody needs who has only this file.
fn metadata(card: &ModelCard) -> Result<Vec<StringStringEntryProto>, ModelError> {
    let json = |value: serde_json::Result<String>| {
        value.map_err(|error| ModelError::BadCard { path: card.name.clone().into(), why: error.to_string() })
    };
    let p = &card.preprocessing;
    let activation = match card.head() {
        Head::Classes => "softmax",
        Head::Findings => "sigmoid",
        Head::Corn => "CORN",
        Head::Coral => "CORAL",
    };
    let mut entries = vec![
        ("name", card.name.clone()),
        ("network", card.architecture.name().to_owned()),
        ("answers", card.answers().words().to_owned()),
        ("activation", activation.to_owned()),
        ("classes", json(serde_json::to_string(&card.classes.names()))?),
        (
            "preprocessing",
            format!(
                "{}; before that, {}; channels first (N, C, H, W), red, green, blue, values from 0 to 1 before the mean is \
                 subtracted; where the picture does not reach, 0 before the mean",
                p.sentence(),
                p.greys.sentence()
            ),
        ),
        ("preprocessing_json", json(serde_json::to_string(p))?),
        (ModelCard::KEY, json(serde_json::to_string(&ModelCard { created_ms: 0, ..card.clone() }))?),
    ];
    if let Some(temperature) = card.decided.as_ref().and_then(|decided| decided.temperature) {
        entries.push(("temperature", temperature.to_string()));
    }
    let own = card.class_thresholds().with_names(&card.classes.names());
    if !own.is_empty() {
        let one = |(class, threshold): (&String, &f64)| format!("{class} from a probability of {threshold}");
        entries.push(("threshold", own.iter().map(one).collect::<Vec<_>>().join("; ")));
    }
    Ok(entries
        .into_iter()
        .map(|(key, value)| StringStringEntryProto { key: Some(key.to_owned()), value: Some(value) })
        .collect())
}

#[cfg(test)]
mod tests;
