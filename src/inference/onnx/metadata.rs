//! What an ONNX file says of itself, for somebody who has only this file.

use super::proto::StringStringEntryProto;
use crate::domain::recipe::{Architecture, DetectorSettings, Head, Resize};
use crate::domain::{ModelCard, Temperatures};
use crate::inference::error::ModelError;

/// The entries of a model's file.
pub(super) fn of(card: &ModelCard) -> Result<Vec<StringStringEntryProto>, ModelError> {
    let json = |value: serde_json::Result<String>| {
        value.map_err(|error| ModelError::BadCard { path: card.name.clone().into(), why: error.to_string() })
    };
    let p = &card.preprocessing;
    let activation = match (&card.architecture, card.head()) {
        (Architecture::Detector(_), _) => "softmax with the background, which is left out",
        (Architecture::Classifier(_), Head::Classes) => "softmax",
        (Architecture::Classifier(_), Head::Findings) => "sigmoid",
        (Architecture::Classifier(_), Head::Corn) => "CORN",
        (Architecture::Classifier(_), Head::Coral) => "CORAL",
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
    match card.temperatures() {
        Temperatures::None => {}
        Temperatures::Softmax(temperature) => entries.push(("temperature", temperature.to_string())),
        Temperatures::Sigmoid(each) => entries.push(("temperatures", json(serde_json::to_string(&each))?)),
    }
    if let Architecture::Detector(network) = &card.architecture {
        entries.extend(of_boxes(card, &network.settings, &json)?);
    } else {
        let own = card.class_thresholds().with_names(&card.classes.names());
        if !own.is_empty() {
            let one = |(class, threshold): (&String, &f64)| format!("{class} from a probability of {threshold}");
            entries.push(("threshold", own.iter().map(one).collect::<Vec<_>>().join("; ")));
        }
    }
    Ok(entries
        .into_iter()
        .map(|(key, value)| StringStringEntryProto { key: Some(key.to_owned()), value: Some(value) })
        .collect())
}

/// From which scores boxes count, which are left out already, and the way back to the picture.
fn of_boxes(
    card: &ModelCard,
    settings: &DetectorSettings,
    json: &impl Fn(serde_json::Result<String>) -> Result<String, ModelError>,
) -> Result<Vec<(&'static str, String)>, ModelError> {
    let (p, thresholds) = (&card.preprocessing, card.box_thresholds());
    let calibration = card.decided.as_ref().and_then(|decided| decided.scores);
    let of = if calibration.is_some() { "calibrated score" } else { "score" };
    let one = |(class, name): (usize, &String)| format!("{name} from a {of} of {}", thresholds.of(class));
    let (wide, high) = (p.width, p.height);
    let scaled = match p.resize {
        Resize::Stretch => format!("w = {wide}, h = {high}; left = top = 0"),
        Resize::Pad => format!(
            "s = min({wide} / W, {high} / H), w = round(W s), h = round(H s); left = ({wide} - w) div 2, top = ({high} - h) div 2"
        ),
        Resize::ShorterSideThenCrop(side) => format!(
            "the shorter of w and h is {side}, the longer floor({side} longer / shorter); left = -round((w - {wide}) / 2), top = \
             -round((h - {high}) / 2), halves to the even number; where the crop is the larger, left = ({wide} - w) div 2, top alike"
        ),
    };
    let back = format!(
        "a picture of W x H pixels lies on the input as w x h pixels from (left, top): {scaled}. x of the picture = (x - left) W / w, \
         y = (y - top) H / h"
    );
    let mut entries = vec![
        ("threshold", card.classes.names().iter().enumerate().map(one).collect::<Vec<_>>().join("; ")),
        (
            "listed",
            format!(
                "boxes with a score over {}, at most {}; of two of a class that overlap by more than {} (intersection over \
                 union) the better",
                settings.least_score, settings.most_boxes, settings.nms_iou
            ),
        ),
        ("back_to_the_picture", back),
    ];
    if let Some(map) = calibration {
        let form = "calibrated = 1 / (1 + exp(-(a ln(s) - b ln(1 - s) + c))) of a score s: not part of the graph";
        entries.push(("calibration", format!("{form}; {}", json(serde_json::to_string(&map))?)));
    }
    Ok(entries)
}
